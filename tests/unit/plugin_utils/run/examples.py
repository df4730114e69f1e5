"""What the tests of the engine share: connectors as a host prints them, declarations, and a small host in memory."""

from __future__ import annotations

import base64
import gzip
import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError, Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import REASONS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.spelled import spelled
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.order import run
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.subject import Subject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import Desired, parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector, parse_connectors
from lab.host.machine import SimulatedMachine

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OLD, YOUNG = "2020-01-31", "2026-02-25"
HOST = "sbs01"
WIZARD = "Windows SBS Internet-Sendeconnector SBS"
LOGIN = "info@beispiel.de"
PASSWORD = "Zq7-engine-only-Kupferdach-9134"
OTHER_PASSWORD = "Xw3-engine-only-Blechtonne-2871"


def _of_the_wizard() -> dict[str, Any]:
    german = SimulatedMachine.from_state("sbs2011_german").organisation
    assert german is not None
    (shown,) = german.invoke("Get-SendConnector", {})
    return {row.prop: shown[row.prop] for row in SETTINGS.read}


DNS: dict[str, Any] = {**_of_the_wizard(), "AuthenticationCredential": None, "Comment": ""}
"""A connector as the wizard of a German SBS 2011 leaves it: straight by DNS."""

STRATO: dict[str, Any] = {
    "AuthenticationCredential": {"UserName": LOGIN},
    "DNSRoutingEnabled": False,
    "Port": 587,
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "SmartHosts": ["smtp.strato.de"],
}
"""What a smarthost connector prints differently."""


def guid(name: str) -> str:
    """The GUID of the connector of that name on the example host."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, name))


def printed(name: str = WIZARD, **changes: Any) -> dict[str, Any]:
    """A connector as a host prints it."""
    assert set(changes) <= {*DNS, "Guid"}
    return {"Name": name, "Guid": guid(name), **DNS, **changes}


def parsed(*connectors: dict[str, Any]) -> tuple[SendConnector, ...]:
    """The connectors of a host, as the engine reads them."""
    return parse_connectors(connectors)


def login(username: str = LOGIN, created: str = OLD, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """A login as an inventory declares it."""
    return {"username": username, "password": password, "created": created, **more}


def to_strato(**more: Any) -> dict[str, Any]:
    """Options for the way over the smarthost."""
    return {
        "name": WIZARD,
        "address_spaces": ["*"],
        "smart_hosts": ["smtp.strato.de"],
        "port": 587,
        "smart_host_auth_mechanism": "BasicAuthRequireTLS",
        "login": login(),
        **more,
    }


def desired(options: dict[str, Any]) -> Desired:
    """The checked declaration of these options."""
    return parse_desired(options, NOW)


def keys(reasons: Iterable[Reason]) -> list[str]:
    """The keys in messages.REASONS of these reasons."""
    return [_key(reason) for reason in reasons]


def run_one(
    subject: Subject[Any],
    session: Session,
    shell: ExchangeShell,
    save: Callable[[dict[str, Any]], str],
    **keys: Any,
) -> Outcome:
    """The outcome of a run of one noun; what refused it is raised."""
    done = run([subject], session, shell, lambda noun, data: save(data), **keys)
    (outcome,) = done.outcomes.values()
    if outcome.refused and outcome.error is not None:
        raise outcome.error
    return replace(outcome, notices=(*done.notices, *outcome.notices))


def permitted(decision: Any) -> Any:
    """A decision that no safety check refuses; the refusal is raised."""
    if decision.refusal is not None:
        raise decision.refusal
    return decision


def keys_of(error: MailflowError) -> list[str]:
    """The keys of an error's reasons."""
    return keys(error.reasons)


def _key(reason: Reason) -> str:
    texts = (reason.found, reason.expected, reason.remedy)
    fitting = [key for key, row in REASONS.items() if all(map(_made_from, row, texts))]
    assert fitting, reason
    return max(fitting, key=lambda key: sum(map(len, REASONS[key])))


def _made_from(sentence: str, text: str) -> bool:
    pattern = "(?s:.*)".join(map(re.escape, re.split(r"\{\w+\}", spelled(sentence, ""))))
    return re.fullmatch(pattern, text) is not None


def commands(plan: Plan | None) -> list[tuple[str, str]]:
    """A plan in short: command and target of each step."""
    return [(step.command, step.target) for step in plan.steps] if plan else []


def parameters(plan: Plan | None) -> list[dict[str, Any]]:
    """What each step of a plan writes, apart from what every step says."""
    steps = plan.steps if plan else ()
    return [{name: step.parameters[name] for name in step.parameters if name not in SAID} for step in steps]


SAID = ("Identity", "Confirm")


def credential(username: str = LOGIN, secret: str = "login") -> dict[str, Any]:
    """The parameter that stands for a login."""
    return {"$credential": {"username": username, "password": {"$secret": secret}}}


def reply_data(*results: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A reply of the agent."""
    head = {"protocol": 1, "agent": "0.1.0", "powershell": "2.0", "computer": "SBS"}
    return {**head, "results": list(results), "warnings": [], **changes}


def done(step: str, *output: Any) -> dict[str, Any]:
    """A step's result that went well."""
    return {"id": step, "status": "done", "output": list(output), "error": None, "ms": 3}


def failed(step: str, message: str, code: str | None = None) -> dict[str, Any]:
    """A step's result that did not."""
    error = {"message": message, "type": "T", "category": "C", "error_id": "E", "code": code}
    return {"id": step, "status": "failed", "output": [], "error": error, "ms": 3}


def packed(data: Any) -> bytes:
    """JSON as the agent prints it, between its marks."""
    return marked(gzip.compress(json.dumps(data).encode("ascii")))


def marked(content: bytes) -> bytes:
    """Bytes between the marks of a reply."""
    return b"<<<SBS.MAILFLOW.REPLY\r\n" + base64.encodebytes(content) + b"SBS.MAILFLOW.REPLY>>>\r\n"


def request_in(stdin: bytes) -> dict[str, Any]:
    """The request in a call's stdin."""
    text = gzip.decompress(base64.b64decode(stdin)).decode("ascii")
    request: dict[str, Any] = json.loads(text.rpartition("\n#REQUEST#")[2])
    return request


@dataclass(frozen=True)
class Break:
    """A call that ends with an error after so many of its steps took effect; None: its process told those and died."""

    error: Exception | None
    after: int = 0


class FakeHost:
    """Send connectors in memory behind the wire; a fault for any call can be laid down beforehand.

    ``breaks`` end a call (numbered from 1), ``failures`` fail a command in a call or everywhere (call 0), ``deaf``
    names parameters that Exchange takes and forgets.
    """

    def __init__(self, *connectors: dict[str, Any], version: str = "Version 14.3 (Build 123.4)") -> None:
        self.connectors = [dict(each) for each in connectors]
        self.version = version
        self.passwords: dict[str, str] = {}
        self.requests: list[dict[str, Any]] = []
        self.breaks: dict[int, Break] = {}
        self.failures: dict[tuple[int, str], dict[str, Any]] = {}
        self.deaf: set[str] = set()
        self.warnings: list[str] = []
        self.reconnects = 0
        self.clock = NOW

    def session(self) -> Session:
        """A session to this host."""
        return Session(self.execute, HOST, self._reconnect)

    def connector(self, name: str = WIZARD) -> dict[str, Any] | None:
        """The connector of that name, if there is one."""
        return next((each for each in self.connectors if each["Name"] == name), None)

    def fail(self, command: str, message: str = "Kein Zugriff.", code: str | None = None, call: int = 0) -> None:
        """Let a command fail, in one call or in all."""
        self.failures[call, command] = failed("", message, code)

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call of the agent."""
        request = request_in(stdin)
        self.requests.append(request)
        fault = self.breaks.get(len(self.requests))
        steps = request["steps"] if fault is None else request["steps"][: fault.after]
        results: list[dict[str, Any]] = []
        for step in steps:
            broken = any(result["status"] == "failed" for result in results)
            results.append(self._result(step, request["secrets"], broken and not step.get("always")))
        if fault and fault.error:
            raise fault.error
        if fault:
            return -9, packed(reply_data(*results, more=True)), b""
        return 0, packed(reply_data(*results, warnings=self.warnings)), b""

    def _reconnect(self) -> None:
        self.reconnects += 1

    def _result(self, step: dict[str, Any], secrets: dict[str, str], skip: bool) -> dict[str, Any]:
        if skip:
            return {"id": step["id"], "status": "not_tried", "output": [], "error": None, "ms": 0}
        command = step["command"]
        fault = self.failures.get((len(self.requests), command)) or self.failures.get((0, command))
        if fault:
            return {**fault, "id": step["id"]}
        return done(step["id"], *self._run(command, step["parameters"], secrets))

    def _run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        assert given.pop("Confirm", False) is False
        if command == "Get-ExchangeServer":
            return [{"Name": "SBS", "AdminDisplayVersion": self.version, "ServerRole": "Mailbox, HubTransport"}]
        if command == "Get-SendConnector":
            return self.connectors
        if command == "Get-HostFacts":
            return [{"Clock": {"Utc": self.clock.isoformat()}}]
        if command == "Get-TransportConfig":
            return [{"MaxSendSize": "unlimited"}]
        if command == "New-SendConnector":
            self.connectors.append(printed(given.pop("Name")))
            self._set(self.connectors[-1], given, secrets)
            return []
        identity = given.pop("Identity")
        (target,) = [each for each in self.connectors if each["Guid"] == identity]
        if command == "Remove-SendConnector":
            self.connectors.remove(target)
        else:
            assert command == "Set-SendConnector"
            self._set(target, given, secrets)
        return []

    def _set(self, target: dict[str, Any], given: dict[str, Any], secrets: dict[str, str]) -> None:
        for name, value in given.items():
            if name == "AuthenticationCredential":
                written = value["$credential"]
                self.passwords[target["Name"]] = secrets[written["password"]["$secret"]]
                value = {"UserName": written["username"]}
            if name not in self.deaf:
                target[name] = [] if value is None and isinstance(target[name], list) else value
