"""One simulated host: its machine, its WinRM service, its ordered faults, its log."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from lab.endpoint.faulty_run import run_with_faults
from lab.endpoint.log import CommandEntry, HostLog, digest
from lab.endpoint.ordered_faults import FaultOrder, Faults
from lab.wsman import faults as soap_faults
from lab.wsman.backend import Backend, Call
from lab.wsman.envelope import Request, UnreadableEnvelopeError, read_request
from lab.wsman.profile import WinrmProfile
from lab.wsman.service import Answer, Service
from lab.wsman.shell import Command

_SETTLING = 5.0
"""Seconds that a command gets to come to its end before a message to it meets a fault."""


class Machine(Protocol):
    """What the endpoint asks of a simulated machine; ``lab.host.machine.SimulatedMachine`` is one."""

    delivering: bool
    receive_port: int | None

    def dump(self) -> dict[str, Any]:
        """The whole state, JSON-able."""

    def change(self, changes: dict[str, Any]) -> None:
        """Change state behind everyone's back."""

    def send(self, sender: str, recipients: list[str], count: int, ca_file: Path) -> list[dict[str, Any]]:
        """Let its Exchange send mail now."""

    def console(self, order: dict[str, Any]) -> None:
        """Do one thing as the SBS console would."""

    def fetch(self, ca_file: Path) -> list[dict[str, Any]]:
        """Let its POP3 connector fetch now."""

    def receive(self, *args: Any, **kwargs: Any) -> list[str]:
        """Let a message come in at its Exchange by SMTP."""

    def scan(self) -> list[dict[str, Any]]:
        """Let everything in its LAN hand in a mail."""

    def collect(self, ca_file: Path) -> list[dict[str, Any]]:
        """Let its collectors of third parties fetch now."""

    def submit(
        self, sender: str, recipients: list[str], count: int, per_hour: float | None, **mail: Any
    ) -> dict[str, Any]:
        """Put mail into its Exchange's queues."""

    def close(self) -> None:
        """Cut what it has open."""

    def queue_summary(self) -> dict[str, Any]:
        """Its queues, JSON-able."""

    def fail_next(self, command: str, message: str | None = None, times: int = 1, after: int = 0) -> None:
        """Let the next ``times`` calls of a cmdlet fail, after ``after`` more have passed."""

    def delay_next(self, command: str, seconds: float) -> None:
        """Hold up the next call of a cmdlet."""


@dataclass(frozen=True)
class Ports:
    """The two listeners of a host, on 127.0.0.1."""

    http: int
    https: int


@dataclass(frozen=True)
class Outcome:
    """What to do with one message: send ``answer`` (None: nothing), and close the connection or not."""

    answer: Answer | None
    close: bool = False

    def in_charset(self, charset: str) -> Outcome:
        """The same, in the charset of the request."""
        return replace(self, answer=self.answer and self.answer.in_charset(charset))


class Host:
    """A host behind its listeners."""

    def __init__(self, name: str, machine: Machine, backend: Backend, profile: WinrmProfile) -> None:
        self.name = name
        self.machine = machine
        self.backend = backend
        self.log = HostLog()
        self.faults = Faults(self.log.add_fault)
        self.service = Service(profile, self._run, self._trouble, self._starting)
        self.ports = Ports(0, 0)
        self._numbers: dict[str, int] = {}
        self._started: dict[str, tuple[list[FaultOrder], CommandEntry]] = {}

    @property
    def open_shells(self) -> int:
        """How many shells are open now."""
        return len(self.service.open_shells())

    def close(self) -> None:
        """End all shells and the backend, cut what the machine has open."""
        self.service.close()
        self.backend.close()
        self.machine.close()

    # -- messages ---------------------------------------------------------------------------------------------------

    def message(self, envelope: bytes, user: str | None, connection: int) -> Outcome:
        """Answer one envelope of ``user`` (None: of whom is not known), faults included, and log it."""
        if len(envelope) > self.service.profile.envelope_bytes:
            return self._unread(envelope, user, connection, 413)
        try:
            request = read_request(envelope)
        except (UnreadableEnvelopeError, ValueError):
            return self._unread(envelope, user, connection, 400)
        number = self._numbers.get((request.command_id or "").upper())
        orders = self.faults.for_message(request.action, number, connection)
        outcome = self._answer(request, user, orders).in_charset(request.charset)
        self._note(envelope, outcome, request, user, connection)
        return outcome

    def _answer(self, request: Request, user: str | None, orders: list[FaultOrder]) -> Outcome:
        for order in orders:
            if order.kind == "delay":
                time.sleep(float(order.extra["seconds"]))
        if orders:
            # What a broken connection leaves behind must not hang on which of two threads is faster.
            self.service.settle(request, _SETTLING)
        for order in orders:
            if order.kind == "drop" and order.when == "before":
                return Outcome(None, close=True)
            if order.kind == "unauthorized":
                return Outcome(Answer(401, action=request.action))
            if order.kind == "soap_fault":
                fault = soap_faults.ordered(int(order.extra["code"]), str(order.extra["message"]))
                return Outcome(self.service.refuse(request, fault))
        answer = self.service.answer(request, user)
        drops = [order.when for order in orders if order.kind == "drop"]
        if drops:
            self.service.settle(request, _SETTLING)
        return Outcome(None if "after" in drops else answer, close=bool(drops))

    def _unread(self, envelope: bytes, user: str | None, connection: int, status: int) -> Outcome:
        self.log.add(connection, "?", status, request=len(envelope), user=user)
        return Outcome(Answer(status))

    def _note(self, envelope: bytes, outcome: Outcome, request: Request, user: str | None, connection: int) -> None:
        answer = outcome.answer or Answer(0)
        self.log.add(
            connection,
            request.action,
            answer.status,
            request=len(envelope),
            response=len(answer.body),
            user=user,
            shell_id=answer.shell_id or request.shell_id,
            command_id=answer.command_id or request.command_id,
            fault=answer.fault,
            note="connection dropped" if outcome.close else None,
        )

    # -- commands ---------------------------------------------------------------------------------------------------

    def _starting(self, command: Command) -> None:
        number, orders = self.faults.for_command()
        self._numbers[command.id] = number
        self._started[command.id] = (orders, self.log.add_command(command.shell_id, command.id, command.line))

    def _run(self, call: Call, command: Command) -> int:
        orders, entry = self._started.pop(command.id)
        command.output.joins = all(order.kind != "pieces" for order in orders)

        def kill_shell() -> None:
            self.service.end_shell(command.shell_id)

        entry.exit_code = run_with_faults(_watch(call, entry), orders, self.backend.run, kill_shell)
        return entry.exit_code

    def _trouble(self, command: Command, error: BaseException) -> None:
        self.log.add_error("".join(traceback.format_exception(error)))


def _watch(call: Call, entry: CommandEntry) -> Call:
    """The same call; what passes through it is counted in ``entry``."""

    def stdin() -> bytes:
        data = call.stdin()
        entry.stdin_bytes, entry.stdin_sha256 = len(data), digest(data)
        return data

    def write_stdout(data: bytes) -> None:
        entry.stdout_bytes += len(data)
        call.write_stdout(data)

    def write_stderr(data: bytes) -> None:
        entry.stderr_bytes += len(data)
        call.write_stderr(data)

    return replace(call, stdin=stdin, write_stdout=write_stdout, write_stderr=write_stderr)
