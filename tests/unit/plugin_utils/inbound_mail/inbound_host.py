"""A host in memory whose mail comes in, or does not: its connector, its services, its logs, its providers."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.last_look import LastLook
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_mail.look import look_at_inbound
from ansible_collections.sbs.mailflow.plugins.plugin_utils.lenient import moment
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.pop3_connector.pop3_file import SHAPES, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import MAP, PASSWORD, Pop3Host
from tests.unit.plugin_utils.run.examples import HOST, NOW, done, failed, packed, reply_data, request_in

EXCHANGE = ("MSExchangeADTopology", "MSExchangeIS", "MSExchangeMailSubmission", "MSExchangeTransport", "MSExchangeSA")
OWN, SCANNER, OUTSIDE = "192.168.1.2", "192.168.1.50", "203.0.113.9"
INTERNET, LAN = "SBS\\Windows SBS Internet Receive SBS", "SBS\\Default SBS"
NOTHING_SAID = object()
EXCHANGES_OWN = ("Get-ReceiveConnector", "Get-ReceivedMail", "Measure-SmtpClients", "Get-Recipient", "Get-Mailbox")


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def ago(**span: float) -> str:
    return iso(NOW - timedelta(**span))


def service(name: str, status: str = "Running", display: str = "") -> dict[str, Any]:
    return {"Name": name, "DisplayName": display or name, "Status": status, "StartMode": "Auto"}


def by(connector: str, address: str, count: int = 1, newest: str = "") -> dict[str, Any]:
    return {"Connector": connector, "ClientIp": address, "Count": count, "Newest": newest or ago(minutes=5)}


def client(address: str, refused: dict[str, int], words: str = "", last: str = "", connector: str = LAN) -> Any:
    told = {"Connector": connector, "Address": address, "Count": 3, "Last": last or ago(minutes=10), "Source": "log"}
    return {**told, "Refused": refused, "Text": words or None, "Cut": False}


def connector(name: str = INTERNET, **changes: Any) -> dict[str, Any]:
    """A receive connector for the internet."""
    plain = {
        "Name": name.partition("\\")[2],
        "Identity": name,
        "Server": "SBS",
        "Enabled": True,
        "Bindings": ["0.0.0.0:25"],
        "RemoteIPRanges": ["0.0.0.0-255.255.255.255"],
        "PermissionGroups": "AnonymousUsers",
        "AuthMechanism": "Tls",
    }
    return {**plain, **changes}


class InboundHost(Pop3Host):
    """A healthy host with one account, of which one message has just come in. ``silent``: commands that are done and
    tell nothing; ``dies``: before Exchange is there."""

    def __init__(self, *names: dict[str, str]) -> None:
        accounts = names or (account(1),)
        stored = {each["password"]: PASSWORD for each in accounts}
        super().__init__(data_of(SHAPES[0], *accounts), stored)
        self.exchange_services = [service(each) for each in EXCHANGE]
        self.events: list[dict[str, Any]] = []
        self.disk: dict[str, Any] = {"QueueDrive": "C:", "QueueSize": 1000, "QueueFree": 500, "Groups": []}
        self.clock = NOW
        self.counts = [by(LAN, "127.0.0.1")]
        self.twice: list[dict[str, Any]] = []
        self.clients: list[dict[str, Any]] = []
        self.files = 1
        self.connectors = [connector()]
        self.log_at = ago(minutes=5)
        self.uids: dict[str, Any] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.asked_at: list[tuple[str, str, str]] = []
        self.silent: set[str] = set()
        self.dies = False
        self.domain: str | None = "S-1-5-21-1-2-3"

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        request = request_in(stdin)
        self.requests.append(request)
        results = []
        for step in request["steps"]:
            if step["command"] in self.failures:
                results.append({**self.failures[step["command"]], "id": step["id"]})
                continue
            if step["parameters"].get("Sha256", self.sha256) != self.sha256:
                results.append(failed(step["id"], "The file is not the one that was read.", "pop3_file_changed"))
                continue
            output = self.run(step["command"], step["parameters"], request["secrets"])
            results.append(done(step["id"], *([] if step["command"] in self.silent else output)))
        told = reply_data(*results, warnings=self.warnings, domain=self.domain)
        if self.dies:
            leading = [each["command"] for each in request["steps"]].index("Get-ReceiveConnector")
            told = {**told, "results": told["results"][:leading], "more": True}
        return 0, packed(told), b""

    def run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        own = {
            "Get-HostFacts": lambda: [{"ComputerName": "SBS", "Clock": {"Utc": iso(self.clock)}}],
            "Read-Pop3Log": lambda: [self._log()],
            "Get-EventCounts": lambda: self.events,
            "Get-HostState": lambda: [self.disk],
            "Get-OwnAddresses": lambda: [{"Address": OWN, "Prefix": 24}],
            "Get-ReceiveConnector": lambda: self.connectors,
            "Get-ReceivedMail": lambda: [{"Counts": self.counts, "Twice": self.twice, "Cut": False}],
            "Measure-SmtpClients": lambda: [*self.clients, self._whole()],
            "Measure-Pop3Waiting": lambda: [self._counted(each) for each in given["Logins"]],
        }
        if command == "Get-ServiceList" and "MSExchangeIS" in given["Names"]:
            return self.exchange_services
        return own[command]() if command in own else super().run(command, given, secrets)

    def _log(self) -> dict[str, Any]:
        lines = ["fetched", "PASS Geheim-4711-Ziegel"]
        return {"Folder": "C:\\l", "Name": "a.log", "LastWriteTime": self.log_at, "Length": 9, "Lines": lines}

    def _whole(self) -> dict[str, Any]:
        return {"Connector": None, "Cut": False, "Files": self.files, "Since": None, "Problems": []}

    def _counted(self, login: dict[str, Any]) -> dict[str, Any]:
        name, pause = login["Username"], login.get("PauseMinutes")
        worked = moment(self.log_at) if pause else None
        if worked and worked + timedelta(minutes=pause) > self.clock:
            return {"Stage": "connect", "Problem": "too_soon", "Messages": None, "Reply": None}
        self.counted.append(name)
        self.asked_at.append((login["Server"], name, login["Security"]))
        uids = self.uids.get(name, [])
        plain = {
            "Stage": "done",
            "Problem": None,
            "Reply": "+OK",
            "Messages": len(uids or ()),
            "Octets": 1,
            "Uids": uids,
        }
        return {**plain, **self.answers.get(name, {})}


def look(host: InboundHost, folder: Path, now: datetime = NOW, check: bool = False, **options: Any) -> dict[str, Any]:
    """The result of one look, and its warnings; the controller keeps things in a folder."""
    desired = parse_desired({"key_map": MAP, **options})
    last = LastLook(str(folder), HOST, "inbound_mail", check)
    ledger = Ledger(folder / "ledger.sqlite", read_only=check)

    def meet(here: identity.Identity) -> bool:
        identity.meet(here, [last], ())
        return False

    session = Session(host.execute, HOST, lambda: None, meet)
    try:
        found, warnings = look_at_inbound(session, ExchangeShell(), desired, last, ledger, now)
    finally:
        last.close()
    return {**found, "warnings": list(warnings)}
