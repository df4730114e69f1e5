"""The WS-Management service of one host: shells, commands and quotas behind a request and an answer."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from xml.etree import ElementTree

from lab.wsman import faults, names, replies
from lab.wsman.envelope import Request, read_duration
from lab.wsman.faults import SoapFault
from lab.wsman.profile import WinrmProfile
from lab.wsman.shell import Command, Runner, Shell, Trouble
from lab.wsman.streams import AbortedError

# Room for everything of a ReceiveResponse that is no stream.
_RECEIVE_CHARS: Final = 2_048
_TOO_LONG: Final = b"The command line is too long.\r\n"


@dataclass(frozen=True)
class Answer:
    """HTTP status and body with its charset, and what a log wants to know of the request."""

    status: int
    body: bytes = b""
    action: str = ""
    shell_id: str | None = None
    command_id: str | None = None
    fault: str | None = None
    charset: str = "utf-8"

    def in_charset(self, charset: str) -> Answer:
        """The same in ``utf-16``, which begins with a byte order mark, or as it is."""
        if charset == self.charset or not self.body:
            return self
        return replace(self, body=self.body.decode(self.charset).encode(charset), charset=charset)


def _ignore(command: Command, error: BaseException) -> None:
    """Trouble that nobody listens to."""


class Service:
    """Answers envelopes. Thread-safe: one thread per connection may call it, and a Receive blocks.

    ``run`` runs one command in a thread of its own, ``trouble`` hears of what it raises; ``starting`` is told of each
    command before it starts and before the client knows of it. ``clock`` gives seconds.
    """

    def __init__(
        self,
        profile: WinrmProfile,
        run: Runner,
        trouble: Trouble = _ignore,
        starting: Callable[[Command], None] = lambda command: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.profile = profile
        self._run = run
        self._trouble = trouble
        self._starting = starting
        self._clock = clock
        self._lock = threading.Lock()
        self._shells: dict[str, Shell] = {}
        self._operations: dict[str, Callable[[Request, str], Answer]] = {
            "Create": self._create,
            "Command": self._command,
            "Send": self._send,
            "Receive": self._receive,
            "Signal": self._signal,
            "Delete": self._delete,
            "Get": self._get,
        }

    def answer(self, request: Request, user: str | None) -> Answer:
        """Answer one request; faults become HTTP 500 with a fault envelope.

        Without a user nobody has logged in, and nothing but Identify is answered.
        """
        if user is None and request.action != names.IDENTIFY:
            return Answer(400, action=request.action)
        if request.fault:
            return self.refuse(request, request.fault)
        if user is None or request.action == names.IDENTIFY:
            return self.identify(logged_in=user is not None)
        try:
            return self._dispatch(request, user)
        except SoapFault as error:
            return self.refuse(request, error)

    def refuse(self, request: Request, error: SoapFault) -> Answer:
        """The fault envelope that answers ``request``."""
        body = replies.fault(error, request.message_id)
        return Answer(500, body, request.action, request.shell_id, request.command_id, str(error))

    def identify(self, logged_in: bool) -> Answer:
        """The answer to Identify, which needs no login."""
        return Answer(200, replies.identified(self.profile, logged_in), names.IDENTIFY)

    def open_shells(self) -> list[str]:
        """Ids of the shells that are open now."""
        with self._lock:
            self._reap()
            return sorted(self._shells)

    def end_shell(self, shell_id: str) -> None:
        """End a shell as a crash would; does nothing when it is gone."""
        with self._lock:
            shell = self._shells.pop(shell_id, None)
        if shell:
            shell.cancel_all()

    def close(self) -> None:
        """End all shells."""
        for shell_id in self.open_shells():
            self.end_shell(shell_id)

    def _dispatch(self, request: Request, user: str) -> Answer:
        operation = self._operations.get(request.action)
        if operation is None:
            raise faults.unknown_action(request.action)
        if request.action != "Get" and request.resource != names.CMD_SHELL:
            raise faults.unknown_resource(request.resource)
        return operation(request, user)

    def settle(self, request: Request, seconds: float) -> None:
        """Let the command of this message, if it has all its input, come to its end, but wait no longer than that."""
        with self._lock:
            shell = self._shells.get((request.shell_id or "").upper())
            command = shell and shell.commands.get((request.command_id or "").upper())
        if command and command.input.ended:
            command.output.wait_for_end(seconds)

    def _reply(self, request: Request, body: str, shell_id: str | None = None, command_id: str | None = None) -> Answer:
        action = names.ACTIONS[request.action] + "Response"
        return Answer(
            200,
            replies.reply(action, request.message_id, body),
            request.action,
            shell_id or request.shell_id,
            command_id or request.command_id,
        )

    # -- operations -------------------------------------------------------------------------------------------------

    def _create(self, request: Request, user: str) -> Answer:
        _require_durations(request.body)
        shell = Shell(user, _environment(request.body), request.options, self._clock())
        with self._lock:
            self._reap()
            mine = sum(1 for other in self._shells.values() if other.user == user)
            if mine >= self.profile.shells_per_user:
                raise faults.too_many_shells(user, self.profile.shells_per_user, self.profile.shell_quota_fault)
            self._shells[shell.id] = shell
        return self._reply(request, replies.created(shell.id, self.profile), shell_id=shell.id)

    def _command(self, request: Request, user: str) -> Answer:
        line = _command_line(request.body)
        with self._lock:
            shell = self._shell(request, user)
            if shell.started >= self.profile.commands_per_shell:
                raise faults.too_many_commands(self.profile.commands_per_shell, self.profile.command_quota_fault)
            shell.started += 1
            command = Command(shell.id, line, shell.environment)
            shell.commands[command.id] = command
        self._starting(command)
        too_long = len(line) > self.profile.command_line_chars
        command.start(_refuse_length if too_long else self._run, self._trouble)
        return self._reply(request, replies.command_started(command.id), command_id=command.id)

    def _send(self, request: Request, user: str) -> Answer:
        command = self._find(request, user)
        if command.output.finished:
            raise faults.pipe_ended()
        for stream in () if request.body is None else request.body.iterfind(f"{{{names.SHELL}}}Stream"):
            command.input.feed(_decode(stream.text), end=(stream.get("End") or "").lower() == "true")
        return self._reply(request, "<rsp:SendResponse/>")

    def _receive(self, request: Request, user: str) -> Answer:
        command = self._find(request, user)
        bytes_a_character = 2 if request.charset == "utf-16" else 1
        room = min(request.max_envelope, self.profile.envelope_bytes) // bytes_a_character - _RECEIVE_CHARS
        timeout = min(request.operation_timeout, self.profile.operation_timeout_cap)
        try:
            taken = command.output.take(room, timeout)
        except AbortedError:
            raise faults.aborted() from None
        if taken is None:
            raise faults.timed_out()
        return self._reply(request, replies.received(command.id, taken))

    def _signal(self, request: Request, user: str) -> Answer:
        """End a command. That it is not there any more is no fault, as recordings of real hosts show."""
        code = _signal_code(request.body)
        with self._lock:
            commands = self._shell(request, user).commands
            if not request.command_id or code not in (*names.CTRL_C, names.TERMINATE):
                raise faults.incorrect_parameter()
            command = commands.get(request.command_id.upper())
            if command and code == names.TERMINATE:
                del commands[command.id]
        if command and code == names.TERMINATE:
            command.cancel()
        elif command:
            command.interrupt()
        return self._reply(request, "<rsp:SignalResponse/>")

    def _delete(self, request: Request, user: str) -> Answer:
        with self._lock:
            shell_id = self._shell(request, user).id
        self.end_shell(shell_id)
        return self._reply(request, "")

    def _get(self, request: Request, user: str) -> Answer:
        if request.resource == names.CONFIG:
            if not self.profile.config_readable:
                raise faults.access_denied()
            return self._reply(request, replies.config(self.profile))
        if request.resource != names.CMD_SHELL:
            raise faults.unknown_resource(request.resource)
        with self._lock:
            shell_id = self._shell(request, user).id
        return self._reply(request, replies.shell(shell_id))

    # -- look-ups ---------------------------------------------------------------------------------------------------

    def _shell(self, request: Request, user: str) -> Shell:
        """The shell that a request names, if it is this user's; call with the lock held."""
        shell = self._shells.get((request.shell_id or "").upper())
        if shell is None or shell.user != user:
            raise faults.unknown_selectors()
        shell.touched = self._clock()
        return shell

    def _find(self, request: Request, user: str) -> Command:
        with self._lock:
            shell = self._shell(request, user)
            if not request.command_id:
                raise faults.incorrect_parameter()
            command = shell.commands.get(request.command_id.upper())
        if command is None:
            raise faults.unknown_selectors()
        return command

    def _reap(self) -> None:
        """Drop shells that nobody has spoken to for the idle time; call with the lock held."""
        horizon = self._clock() - self.profile.shell_idle
        for shell in [shell for shell in self._shells.values() if shell.touched < horizon]:
            del self._shells[shell.id]
            shell.cancel_all()


def _refuse_length(call: object, command: Command) -> int:
    """What cmd.exe does with a line that it cannot take: a message and exit code 1, no fault."""
    command.output.write("stderr", _TOO_LONG)
    return 1


def _environment(body: ElementTree.Element | None) -> dict[str, str]:
    if body is None:
        return {}
    path = f"{{{names.SHELL}}}Environment/{{{names.SHELL}}}Variable"
    return {variable.get("Name", ""): variable.text or "" for variable in body.iterfind(path)}


def _command_line(body: ElementTree.Element | None) -> str:
    """Command and any number of Arguments, joined by spaces."""
    if body is None:
        return ""
    wanted = (f"{{{names.SHELL}}}Command", f"{{{names.SHELL}}}Arguments")
    return " ".join((element.text or "").strip() for element in body if element.tag in wanted).strip()


def _decode(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=False)
    except binascii.Error:
        raise faults.incorrect_parameter() from None


def _signal_code(body: ElementTree.Element | None) -> str:
    return "" if body is None else (body.findtext(f"{{{names.SHELL}}}Code") or "").strip().lower()


def _require_durations(body: ElementTree.Element | None) -> None:
    """Refuse a shell whose times are unreadable; what they say governs nothing here."""
    for name in ("IdleTimeOut", "Lifetime"):
        text = None if body is None else body.findtext(f"{{{names.SHELL}}}{name}")
        if text is not None and read_duration(text.strip()) is None:
            raise faults.invalid_value(name, text)
