"""A host in memory that also tries logins and has a protocol log, and a run of the smarthost account against it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Event, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_diff, as_failure, as_result
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.subject import SmarthostAccountSubject
from tests.unit.plugin_utils.run.examples import HOST, NOW, STRATO, WIZARD, FakeHost, printed, run_one

NEW, OLD, THIRD = "neu@beispiel.de", "alt@beispiel.de", "dritte@beispiel.de"
# Each holds what JSON, SQL, CSV, PowerShell or a terminal may trip over, around a piece to search for.
SECRETS = {
    NEW: "Zq7 \"Kupferdach-9134\" \\ 'ä☂' %s {0} $(x) `; --",
    OLD: "Xw3 'Blechtonne-2871' , \"\" [0m 📨" + "lang" * 200,
    THIRD: "Vr5<Gartenzaun-4410>&amp;\u2019 #",
    "turned": "Us2 Dachrinne-7702 {{ x }}",
}
PIECES = ("Kupferdach-9134", "Blechtonne-2871", "Gartenzaun-4410", "Dachrinne-7702")

PROVEN = {"Stage": "done", "Problem": None, "Code": 250, "Text": "250 2.1.5 Ok"}
REFUSED = {"Stage": "auth", "Problem": "reply", "Code": 535, "Text": "535 5.7.8 authentication failed"}
LATER = {"Stage": "auth", "Problem": "reply", "Code": 454, "Text": "454 4.7.0 later"}
GREYLISTED = {"Stage": "rcpt", "Problem": "reply", "Code": 450, "Text": "450 4.2.0 greylisted"}
NO_TLS = {"Stage": "tls", "Problem": "handshake", "Code": None, "Text": "no common algorithm"}
NEWER_TLS = {"Stage": "tls", "Problem": "tls_newer", "Code": None, "Text": "protocol version"}
OTHER_REASON = {"Stage": "auth", "Problem": "reply", "Code": 530, "Text": "530 5.7.0 Locked for an hour"}
CERTIFICATE = {"Stage": "tls", "Problem": "certificate", "Code": None, "Text": None}

WELCOME, NO = "235 2.7.0 Authentication successful", "535 5.7.8 Error: authentication failed"
LOG_PATH = r"C:\Program Files\Microsoft\Exchange Server\V14\TransportRoles\Logs\ProtocolLog\SmtpSend"

READ_BACK = ("Get-ExchangeServer", "Get-SendConnector", "Get-TransportServer", "Get-HostFacts")
READ = (*READ_BACK[:-1], "Get-Queue", READ_BACK[-1])
TRY, TRY_BOTH, POLL = ("Test-SmtpLogin",), ("Test-SmtpLogin", "Test-SmtpLogin"), ("Read-SmtpSendLog",)
WRITE = ("Set-SendConnector", *READ_BACK)


def days_old(days: float, now: datetime = NOW) -> str:
    """A creation so many days before a moment."""
    return (now - timedelta(days=days)).isoformat(timespec="seconds")


def mailbox(address: str, days: float, **more: Any) -> dict[str, Any]:
    """A mailbox as an inventory declares it."""
    return {"address": address, "password": SECRETS[address], "created": days_old(days), **more}


def smarthost(login: str | None, **changes: Any) -> dict[str, Any]:
    """The connector as a run leaves it, with that login."""
    credential = {"UserName": login} if login else None
    wanted = {"RequireTLS": True, "ProtocolLoggingLevel": "Verbose", "AuthenticationCredential": credential}
    return printed(**{**STRATO, **wanted, **changes})


class Clock:
    """The controller's clock; sleeping moves it on."""

    def __init__(self) -> None:
        self.now = NOW
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class AccountHost(FakeHost):
    """``answers`` are what a login gets, one after the other, the last for ever (by default PROVEN); ``words`` are the
    replies that Exchange's log shows, one for each poll (None: silence), the last for ever, each in a session that
    began ``session_begins`` after the clock's moment."""

    def __init__(self, *connectors: dict[str, Any]) -> None:
        super().__init__(*connectors)
        self.clock = Clock()
        self.skew = timedelta(0)
        self.session_begins = timedelta(seconds=1)
        self.log_path: str | None = LOG_PATH
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.words: list[str | None] = [WELCOME]
        self.tried: list[tuple[str, str]] = []
        self.queues: list[dict[str, Any]] = []

    @property
    def calls(self) -> list[tuple[str, ...]]:
        """The commands of each call."""
        return [tuple(step["command"] for step in request["steps"]) for request in self.requests]

    @property
    def login(self) -> tuple[str | None, str | None]:
        """The login that the connector has, and the password that was written for it."""
        (found,) = self.connectors
        credential = found["AuthenticationCredential"] or {}
        return credential.get("UserName"), self.passwords.get(WIZARD)

    def _run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        if command == "Get-TransportServer":
            return [
                {"Name": "OTHER", "SendProtocolLogPath": "D:\\"},
                {"Name": "sbs", "SendProtocolLogPath": self.log_path},
            ]
        if command == "Get-Queue":
            return self.queues
        if command == "Get-HostFacts":
            return [{"Clock": {"Utc": (self.clock.now + self.skew).strftime("%Y-%m-%dT%H:%M:%SZ")}}]
        if command == "Test-SmtpLogin":
            return [self._try(given, secrets)]
        if command == "Read-SmtpSendLog":
            return [{"Files": 1, "Lines": self._lines(given), "Truncated": False}]
        return super()._run(command, given, secrets)

    def _try(self, given: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
        credential = given["Credential"]["$credential"]
        self.tried.append((credential["username"], secrets[credential["password"]["$secret"]]))
        return _next(self.answers.get(credential["username"], [PROVEN]))

    def _lines(self, given: dict[str, Any]) -> list[str]:
        assert (given["Path"], given["Connector"]) == (self.log_path, WIZARD)
        word = _next(self.words)
        moment = (self.clock.now + self.skew + self.session_begins).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        head = f"{moment},{WIZARD},08DE,0,192.168.1.2:1,81.169.145.133:587"
        if not word:
            return [f"{head},*,,attempting to connect"]
        end = [f"{head},-,,Local"] if word.startswith("4") else []
        return [f"{head},+,,", f"{head},<,{word},", *end]


def _next(script: list[Any]) -> Any:
    return script.pop(0) if len(script) > 1 else script[0]


@dataclass
class Account:
    """Runs of one account on one host, with a ledger; no password is in anything that a run gives back or leaves."""

    path: Path
    host: AccountHost
    mailboxes: list[dict[str, Any]]
    options: dict[str, Any] = field(default_factory=dict)
    saved: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.path / "ledger.sqlite")

    @property
    def events(self) -> list[tuple[str, str]]:
        """The ledger in short."""
        return [(each.kind, each.mailbox) for each in self.ledger.events()]

    @property
    def stages(self) -> list[tuple[str, str, str | None]]:
        """The stages of the last run in short."""
        return [(each["stage"], each["outcome"], each["mailbox"]) for each in self.told["stages"]]

    def note(self, kind: str, address: str, days: float = 0, password: str | None = None) -> None:
        """Let the ledger know of something that was so many days ago."""
        ledger = self.ledger
        fingerprint = ledger.fingerprint(address, password) if password else None
        ledger.record(Event(NOW - timedelta(days=days), HOST, address, kind, "noted", fingerprint))

    def declare(self, address: str, **changes: Any) -> None:
        """Change what is declared of a mailbox."""
        (found,) = [each for each in self.mailboxes if each["address"] == address]
        found.update(changes)

    def __call__(self, check_mode: bool = False, **more: Any) -> Outcome:
        """A run of its own; the clock stands meanwhile, unless it sleeps."""
        self.host.requests.clear()
        self.host.tried.clear()
        clock = self.host.clock
        options = {"provider": "strato", "mailboxes": self.mailboxes, **self.options, **more}
        ledger = Ledger(self.path / "ledger.sqlite", read_only=check_mode)
        subject = SmarthostAccountSubject(parse_desired(options, clock()), ledger, HOST, clock, clock.sleep)
        try:
            outcome = run_one(subject, self.host.session(), ExchangeShell(), self._save, check_mode=check_mode)
        except MailflowError as error:
            self.told = {**as_failure(error.reasons), **subject.failure_facts()}
            self._search(subject, error)
            raise
        self.told = as_result("send_connector", outcome)
        self._search(subject, outcome, as_diff("send_connector", outcome.decision), outcome.error)
        return outcome

    def _save(self, data: dict[str, Any]) -> str:
        self.saved.append(data)
        return "state.json"

    def _search(self, *things: Any) -> None:
        """Look for a password everywhere."""
        texts = [repr(each) + str(each) for each in (*things, vars(things[0]), self.saved)]
        texts.append(json.dumps([self.told, self.saved], ensure_ascii=False))
        texts += [path.read_bytes().decode("latin-1") for path in self.path.iterdir()]
        assert [piece for piece in PIECES if any(piece in text for text in texts)] == []


def at(text: str) -> datetime:
    """A moment (UTC)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
