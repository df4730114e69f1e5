"""Runs the steps of a request on a simulated machine, as docs/wire.md says that the agent does."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from lab.exchange import contract
from lab.exchange.binding import bind_to
from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.exchange.texts import text
from lab.exchange.values import Credential
from lab.machine import SimulatedMachine
from lab.twin import functions, windows_facts
from lab.twin.agent import Refusal, check_range
from lab.twin.mail_talk import OLD_DOTNET, Server, is_one_line
from lab.twin.pop3 import Pop3Commands
from lab.twin.pop3_login import check_pop3_login, prove_pop3_login
from lab.twin.queue_measure import measure_queues
from lab.twin.smtp_login import LoginProof, prove_login
from lab.twin.smtp_send_log import read_send_log
from lab.twin.tracking import Traffic, count_forms, count_senders, message_outcomes

_TOO_NEW = 15  # the major version of Exchange 2013
_NEW_RUNTIME = 4  # of .NET, on which PowerShell 3.0 and later run


class ProcessDied(Exception):
    """The agent's process ended without a word."""


@dataclass(frozen=True)
class Part:
    """One part of a reply: results, all warnings so far, and whether another part follows."""

    results: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)
    more: bool = False


class Steps:
    """One request on one machine, which trusts the certificates of the authority in ``ca_file``."""

    def __init__(
        self,
        machine: SimulatedMachine,
        request: Mapping[str, Any],
        cancelled: threading.Event,
        ca_file: Path | None = None,
    ) -> None:
        self._machine = machine
        self._request = request
        self._cancelled = cancelled
        self._ca_file = ca_file
        self._secrets: dict[str, str] = dict(request.get("secrets") or {})
        self._hidden: set[str] = set()
        self.warnings: list[str] = []
        """What the cmdlets have warned of."""
        for secret in self._secrets.values():
            self._never_say(secret)
        self._loaded: Refusal | bool = False
        self._failed = False
        pop3 = Pop3Commands(machine, self._hide, cancelled, ca_file)
        self._own: dict[str, Callable[[dict[str, Any]], Output]] = {
            "Get-HostFacts": lambda _: [machine.host_facts(cancelled)],
            "Test-SmtpLogin": lambda given: [self._test_smtp_login(given)],
            "Test-Pop3Login": lambda given: [self._test_pop3_login(given)],
            "Read-SmtpSendLog": lambda given: [self._read_smtp_send_log(given)],
            **windows_facts.commands(machine),
            **pop3.commands,
        }
        self._own_of_exchange: dict[str, Callable[[dict[str, Any]], list[dict[str, object]]]] = {
            "Get-SentSenders": self._get_sent_senders,
            "Get-TrackingForms": self._get_tracking_forms,
            "Measure-Queue": self._measure_queue,
            "Get-MessageOutcomes": self._get_message_outcomes,
        }

    def run(self) -> Iterator[Part]:
        """One result per step, in the request's order: first of what needs no Exchange and comes before all that does.
        Where any command is refused, no step is run. Raises ProcessDied."""
        steps = self._request["steps"]
        refused = [step["command"] for step in steps if not _is_listed(step["command"])]
        if refused:
            yield Part([_refused(step) for step in steps])
            return
        leading = list(takewhile(lambda step: not self._needs_exchange(step["command"]), steps))
        if 0 < len(leading) < len(steps):
            yield Part(self._results(leading), list(self.warnings), more=True)
            steps = steps[len(leading) :]
        yield Part(self._results(steps), self.warnings)

    def _results(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for step in steps:
            skipped = self._cancelled.is_set() or (self._failed and not step.get("always"))
            results.append(_result(step, "not_tried") if skipped else self._run(step))
            self._failed = self._failed or results[-1]["status"] == "failed"
        return results

    def _needs_exchange(self, command: str) -> bool:
        own = functions.find(command)
        return own is None or own.name in self._own_of_exchange

    def _run(self, step: Mapping[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        result = _result(step, "done")
        try:
            result["output"] = self._output(step)
        except (Refusal, CmdletError) as error:
            result["status"] = "failed"
            result["error"] = self._error(error)
        result["ms"] = int((time.monotonic() - started) * 1000)
        return result

    def _output(self, step: Mapping[str, Any]) -> list[dict[str, Any]]:
        parameters = {name: self._resolve(value) for name, value in (step.get("parameters") or {}).items()}
        objects = self._invoke(step["command"], parameters)
        names = step.get("select")
        return [_select(found, names) for found in objects] if names else []

    def _invoke(self, command: str, parameters: dict[str, object]) -> list[dict[str, object]]:
        own = functions.find(command)
        if own is not None and own.name in self._own_of_exchange:
            self._load_exchange()
            return self._own_of_exchange[own.name](bind_to(own, parameters, self._machine.language))
        if own is not None:
            return self._own[own.name](bind_to(own, parameters, self._machine.language))
        cmdlet = contract.find(command)
        assert cmdlet is not None
        self._load_exchange()
        if cmdlet.supports_should_process:
            parameters.setdefault("Confirm", False)  # nobody is there to be asked
        if "ResultSize" in cmdlet.parameters:
            parameters.setdefault("ResultSize", "Unlimited")
        return self._machine.invoke(cmdlet.name, parameters, self._cancelled, self.warnings)

    def _test_smtp_login(self, given: dict[str, Any]) -> dict[str, object]:
        given["HeloName"] = given.get("HeloName") or self._machine.fqdn
        for name in ("Server", "Sender", "Recipient", "HeloName"):
            if not is_one_line(given[name]):
                raise Refusal("parameter_unreadable", f"{name} holds a control character.")
        seconds = given.get("TimeoutSeconds", 30)
        check_range("Port", given["Port"], 1, 65535)
        check_range("TimeoutSeconds", seconds, 1, 600)
        login = given["Credential"]
        if not isinstance(login, Credential):
            raise Refusal("parameter_unreadable", "Credential is no login.")
        senders = _senders(given.get("Senders"))
        server = Server(given["Server"], given["Port"], seconds, self._ca_file, self._machine.dotnet_tls12)
        proof = LoginProof(server, login, given["Sender"], given["Recipient"], given["HeloName"], senders)
        return self._warned(prove_login(proof, self._hide))

    def _test_pop3_login(self, given: dict[str, Any]) -> dict[str, object]:
        check_pop3_login(given)
        seconds, tls12 = given.get("TimeoutSeconds", 30), self._machine.dotnet_tls12
        server = Server(given["Server"], given["Port"], seconds, self._ca_file, tls12)
        return self._warned(prove_pop3_login(server, given["Security"], given["Credential"], self._hide))

    def _warned(self, report: dict[str, object]) -> dict[str, object]:
        """A proof's report, once the agent has said why its handshake could not succeed."""
        failed = report["Stage"] == "tls" and not self._machine.dotnet_tls12
        if failed and OLD_DOTNET not in self.warnings:
            self.warnings.append(OLD_DOTNET)
        return report

    def _read_smtp_send_log(self, given: dict[str, Any]) -> dict[str, object]:
        most = given.get("MaxLines", 2000)
        check_range("MaxLines", most, 1, 100_000)
        files = self._machine.smtp_send_log_files(given["Path"])
        try:
            excerpt = read_send_log(files, given["After"], given["Connector"], most)
        except ValueError as error:
            raise Refusal("parameter_unreadable", str(error)) from None
        lines = [self._hide(line) for line in excerpt.lines]
        return {"Files": excerpt.files, "Lines": lines, "Truncated": excerpt.truncated}

    def _get_sent_senders(self, given: dict[str, Any]) -> list[dict[str, object]]:
        check_range("Days", given["Days"], 1, 90)
        since = self._machine.clock.now() - timedelta(days=given["Days"])
        wanted = {"EventId": "Send", "Start": since.isoformat(), "ResultSize": "Unlimited"}
        return count_senders(self._machine.invoke("Get-MessageTrackingLog", wanted, self._cancelled))

    def _get_tracking_forms(self, given: dict[str, Any]) -> list[dict[str, object]]:
        hours = given.get("Hours", 24)
        check_range("Hours", hours, 1, 720)
        since = self._machine.clock.now() - timedelta(hours=hours)
        wanted: dict[str, object] = {"Start": since.isoformat(), "ResultSize": "Unlimited"}
        return count_forms(self._invoke_exchange("Get-MessageTrackingLog", wanted))

    def _measure_queue(self, given: dict[str, Any]) -> list[dict[str, object]]:
        hours, errors, back = given.get("Hours", 1), given.get("Errors", 20), given.get("Back", 1)
        check_range("Hours", hours, 1, 720)
        check_range("Errors", errors, 1, 100)
        check_range("Back", back, 1, 720)
        queues = measure_queues(self._invoke_exchange, errors)
        traffic = Traffic(self._invoke_exchange, self._machine.clock.now(), hours, back)
        return [*queues, traffic.counted(given.get("Counted"), given.get("Latest"), given.get("Causes"))]

    def _get_message_outcomes(self, given: dict[str, Any]) -> list[dict[str, object]]:
        events = given.get("Events") or ["SEND", "FAIL"]
        return message_outcomes(self._invoke_exchange, given["Since"], given["Ids"], events)

    def _invoke_exchange(self, command: str, parameters: dict[str, object]) -> list[dict[str, object]]:
        return self._machine.invoke(command, parameters, self._cancelled, self.warnings)

    def _load_exchange(self) -> None:
        """Load the Exchange shell once; a failure is remembered for every later step that needs it."""
        if self._loaded is False:
            try:
                self._check_exchange()
                self._loaded = True
            except Refusal as refusal:
                self._loaded = refusal
        if isinstance(self._loaded, Refusal):
            raise self._loaded

    def _check_exchange(self) -> None:
        edition, way = self._machine.profile.exchange, self._request.get("exchange")
        if edition is not None and edition.major >= _TOO_NEW:
            raise Refusal("exchange_too_new", f"Exchange {edition.version} is installed: its snap-in must not load.")
        if edition is None or edition.major < 14:
            raise Refusal("exchange_missing", "No Exchange 2010 server is installed here.")
        if way == "endpoint":
            self._check_endpoint()
        elif way != "snapin":
            raise Refusal("exchange_not_loaded", "The request does not ask for the Exchange shell.")
        elif not edition.snapin:
            raise Refusal("exchange_missing", "The snap-in of Exchange 2010 is not registered here.")
        elif int(self._machine.profile.clr.split(".")[0]) >= _NEW_RUNTIME:
            words = f"PowerShell runs on the CLR {self._machine.profile.clr}, Exchange 2010's snap-in on 2.0."
            raise Refusal("snapin_needs_old_runtime", words)
        elif edition.dies:
            raise ProcessDied
        elif edition.fails:
            raise Refusal("exchange_not_loaded", f"The snap-in could not be loaded: {edition.fails}")

    def _check_endpoint(self) -> None:
        endpoint = self._request.get("endpoint") or {}
        credential = self._resolve(endpoint.get("credential"))
        if not isinstance(credential, Credential) or not self._machine.lets_in(credential):
            denied = text("endpoint_denied", host=self._machine.fqdn).render(self._machine.language)
            raise Refusal("exchange_not_loaded", denied)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "$secret" in value:
            return self._secret(value["$secret"])
        if "$credential" in value:
            return self._credential(value["$credential"])
        return {name: self._resolve(entry) for name, entry in value.items()}

    def _credential(self, parts: Any) -> Credential:
        if not isinstance(parts, dict) or not {"username", "password"} <= parts.keys():
            raise Refusal("parameter_unreadable", "A $credential lacks its username or its password.")
        password = str(self._resolve(parts["password"]))
        self._never_say(password)
        return Credential(str(parts["username"]), password)

    def _secret(self, name: str) -> str:
        if name not in self._secrets:
            raise Refusal("parameter_unreadable", f"A parameter names the secret '{name}', which the request lacks.")
        return self._secrets[name]

    def _error(self, error: Refusal | CmdletError) -> dict[str, Any]:
        """The error of a result; hosts like to repeat what they were given, so every secret in it is masked."""
        if isinstance(error, Refusal):
            shown = error.as_error()
        else:
            kept = {"type": error.type, "category": error.category, "error_id": error.error_id}
            shown = {"message": error.message, **kept, "code": None}
        shown["message"] = self._hide(shown["message"])
        return shown

    def _never_say(self, secret: str) -> None:
        """Nor in the form in which a mail server is told it."""
        if secret:
            self._hidden |= {secret, base64.b64encode(secret.encode()).decode("ascii")}

    def _hide(self, text: str) -> str:
        for secret in sorted(self._hidden, key=len, reverse=True):
            text = text.replace(secret, "********")
        return text


def _is_listed(command: str) -> bool:
    return functions.find(command) is not None or contract.find(command) is not None


def _result(step: Mapping[str, Any], status: str) -> dict[str, Any]:
    return {"id": step.get("id"), "status": status, "output": [], "error": None, "ms": 0}


def _select(found: Mapping[str, object], names: list[str]) -> dict[str, object]:
    """The wanted properties under the names that the request has for them; PowerShell does not mind capitals."""
    known = {name.lower(): value for name, value in found.items()}
    return {name: known.get(name.lower()) for name in names}


def _refused(step: Mapping[str, Any]) -> dict[str, Any]:
    result = _result(step, "not_tried")
    if not _is_listed(step["command"]):
        refusal = Refusal("command_refused", f"'{step['command']}' is not on the agent's list of commands.")
        result |= {"status": "failed", "error": refusal.as_error()}
    return result


def _senders(given: Any) -> tuple[str, ...] | None:
    if given is None:
        return None
    senders = tuple(map(str, given if isinstance(given, list) else [given]))
    check_range("the number of Senders", len(senders), 1, 20)
    if not all(map(is_one_line, senders)):
        raise Refusal("parameter_unreadable", "Senders holds a control character.")
    return senders
