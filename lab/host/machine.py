"""One simulated host: its Windows, its clock, its Exchange, and what tests do behind Ansible's back."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.exchange import delivery_texts, errors
from lab.exchange.active_directory import Directory
from lab.exchange.address_state import KEYS as ADDRESS_KEYS
from lab.exchange.delivery import Result, Sender, check_mail
from lab.exchange.errors import CmdletError
from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.host import Output
from lab.exchange.organisation import Organisation
from lab.exchange.protocol_log import ProtocolLog
from lab.exchange.queues import Mail, QueueEngine
from lab.exchange.queues.server import Road
from lab.exchange.receive_connectors import untouched
from lab.exchange.road import SmtpRoad
from lab.exchange.send_connector import SendConnector
from lab.exchange.texts import Language, text
from lab.exchange.values import Credential
from lab.host.clock import Clock
from lab.host.cmdlet_faults import CmdletFaults, Ordered
from lab.host.profiles import PROFILES
from lab.host.registry import registry
from lab.host.state import StateError, complete, load_state
from lab.pop3 import Pop3Host
from lab.pop3.host import merge_or_remove
from lab.pop3.settings import Pop3Error

__all__ = ["SimulatedMachine", "StateError", "load_state"]

_WINDOWS_LANGUAGES = {"en": "0409", "de": "0407"}
_LAST_ROLLUP = "14.3.513.0"  # of Exchange 2010; its SMTP speaks TLS 1.2, as the lab's does
_PATIENCE = 5.0  # seconds for an answer of a smart host; a real server waits for minutes
_EXCHANGE = {"send_connectors", "remove", "transport_servers", *ADDRESS_KEYS}
_WINDOWS = {"pop3_connector", "services", "tasks"}
_CHANGEABLE = {"clock", "delivery", "restart_transport", *_EXCHANGE, *_WINDOWS}


class SimulatedMachine:
    """A host that can be asked and changed from several threads at once; every cmdlet runs whole, one at a time.

    ``clock`` is one that others share; a time in the state wins over it. ``name`` is the host's in the lab. ``ca_file``
    holds whom the host trusts when it delivers what is queued, ``delivering`` says whether a running lab lets it,
    ``road`` is its way to smart hosts.
    """

    def __init__(self, state: Mapping[str, Any], clock: Clock | None = None, name: str = "") -> None:
        settings = complete(state)
        self._settings = settings
        self.profile = PROFILES[settings["profile"]]
        self.language: Language = settings["language"]
        self.computer_name = str(settings["computer_name"])
        self.domain = str(settings["domain"])
        self.domain_sid = str(settings["domain_sid"] or _sid_of(name or self.fqdn))
        self.endpoint_account = _account(settings["endpoint_account"])
        self._shared = clock
        self.clock = self._clock_of(settings["clock"])
        self.ca_file: Path | None = None
        self.delivering = False
        self.road: Callable[[], Road] = self.smtp_road
        self.history: list[dict[str, Any]] = []
        self._lock = threading.RLock()
        self._faults = CmdletFaults()
        self._send_log = ProtocolLog(lambda: self.clock.now())
        self.organisation = self._build_organisation(settings)
        self.pop3 = self._build_pop3(settings)
        self._change_delivery(settings["delivery"])

    @classmethod
    def from_state(
        cls, state: Mapping[str, Any] | str | Path, clock: Clock | None = None, name: str = ""
    ) -> SimulatedMachine:
        """A machine in the given state: a mapping, the path of a YAML file, or the name of one in lab/states."""
        return cls(load_state(state) if isinstance(state, str | Path) else state, clock, name)

    @property
    def fqdn(self) -> str:
        """The host's name in DNS."""
        return f"{self.computer_name.lower()}.{self.domain}"

    @property
    def powershell(self) -> str:
        """The version of PowerShell, ``2.0``."""
        return self.profile.powershell

    def invoke(
        self,
        command: str,
        parameters: Mapping[str, object],
        cancelled: threading.Event | None = None,
        warnings: list[str] | None = None,
    ) -> Output:
        """Run one Exchange cmdlet, with whatever was ordered for it; see ``Organisation.invoke``.

        Raises CmdletError; on a host without a simulated Exchange every cmdlet is unknown. A delay ends early
        when ``cancelled`` is set. What the cmdlet warns of is added to ``warnings``.
        """
        return self._run(command, parameters, cancelled, warnings)

    def host_facts(self, cancelled: threading.Event | None = None) -> dict[str, object]:
        """What ``Get-HostFacts`` tells, by the wire page. Raises CmdletError if a failure was ordered."""
        return self._run("Get-HostFacts", {}, cancelled)[0]

    @property
    def send_log_path(self) -> str | None:
        """The folder of the host's SmtpSend protocol log; None where none is written."""
        if self.organisation is None:
            return None
        settings = self.organisation.transport_servers.settings.get(self.computer_name)
        return settings.SendProtocolLogPath if settings else None

    def smtp_send_log_files(self, path: str) -> Mapping[str, str]:
        """The files of the SmtpSend protocol log in that folder of the host: their texts by name."""
        text, folder = self.smtp_send_log(), self.send_log_path or ""
        return {"SEND1.LOG": text} if text and path.rstrip("\\").lower() == folder.rstrip("\\").lower() else {}

    def lets_in(self, credential: Credential) -> bool:
        """Whether the server's own Exchange endpoint takes this login: user, DOMAIN\\user or user@domain."""
        account = self.endpoint_account
        if account is None:
            return False
        return _plain(credential.username) == _plain(account.username) and credential.password == account.password

    def password_of(self, name: str) -> str | None:
        """The password in the connector of that name; see ``Organisation.password_of``."""
        with self._lock:
            if self.organisation is None:
                raise KeyError(name)
            return self.organisation.password_of(name)

    def send(
        self,
        sender: str,
        recipients: Sequence[str],
        count: int = 1,
        ca_file: Path | None = None,
        timeout: float = _PATIENCE,
    ) -> list[dict[str, Any]]:
        """Let the host's Exchange send ``count`` messages now; one entry per message and recipient, JSON-able.

        ``ca_file`` holds what the host trusts, ``timeout`` is the wait for an answer in seconds. Raises ValueError
        for what cannot be sent, StateError where there is no simulated Exchange.
        """
        with self._lock:
            if self.organisation is None:
                raise StateError("send: this host has no simulated Exchange")
            connectors = copy.deepcopy(self.organisation.connectors.all)
        server = Sender(connectors, self.fqdn, ca_file, lambda: self.clock.now(), self._send_log, timeout)
        results = server.send(sender, recipients, count)
        self._track(sender, results)
        return [result.as_data() for result in results]

    def facts(self) -> dict[str, Any]:
        """What ``Get-HostFacts`` tells, whatever was ordered for it, and without a trace in the history."""
        with self._lock:
            return self._facts()

    @property
    def registry(self) -> dict[str, dict[str, Any]]:
        """The values of each key below HKLM, by its path in small letters."""
        return registry(self.facts(), self._settings["registry"])

    @property
    def exsetup_version(self) -> str | None:
        """The version of ExSetup.exe in the folder that the registry names; None where there is none."""
        edition = self.profile.exchange
        if edition is None or edition.major < 14:
            return None
        return str(self._settings["exsetup_version"] or (_LAST_ROLLUP if edition.major == 14 else edition.version))

    @property
    def dotnet_tls12(self) -> bool:
        """Whether the host's .NET can speak TLS 1.2."""
        return bool(self._settings["dotnet_tls12"])

    @property
    def shell_limits(self) -> dict[str, Any]:
        """What WinRM's configuration says of a shell."""
        return {"MaxMemoryPerShellMB": self._settings["max_memory_per_shell_mb"]}

    def own_function(self, command: str, cancelled: threading.Event | None = None) -> None:
        """What was ordered for one of the agent's own functions happens now: a delay, a failure (CmdletError)."""
        with self._lock:
            ordered = self._faults.take(command)
        self._wait(ordered, cancelled)
        self._fail_if_ordered(command, ordered)

    def console(self, order: Mapping[str, Any]) -> None:
        """Do one thing as the SBS console would; see ``Pop3Host.console``. Raises StateError."""
        with self._lock, self._state_errors():
            self.pop3.console(order)

    def fetch(self, ca_file: Path | None = None) -> list[dict[str, Any]]:
        """Let the POP3 connector fetch now; see ``Pop3Host.fetch``. ``ca_file`` holds what the host trusts."""
        with self._state_errors():
            return self.pop3.fetch(ca_file)

    def close(self) -> None:
        """Cut what its Exchange has open."""
        if self.organisation is not None:
            self.organisation.queues.disconnect()

    @property
    def queues(self) -> QueueEngine:
        """The queues of the host's Exchange. Raises StateError where there is none."""
        if self.organisation is None:
            raise StateError("queues: this host has no simulated Exchange")
        return self.organisation.queues

    def submit(
        self, sender: str, recipients: Sequence[str], count: int = 1, per_hour: float | None = None, **mail: Any
    ) -> dict[str, Any]:
        """Put messages into the queues, at once or at a rate; how many were taken and refused now.

        ``mail`` are further fields of ``lab.exchange.queues.Mail``. Raises ValueError for what cannot be submitted.
        """
        check_mail(sender, recipients, count)
        if per_hour is not None and not per_hour > 0:
            raise ValueError(f"{per_hour!r} an hour: a number above 0 is expected")
        taken = self.queues.submit(Mail(sender, tuple(dict.fromkeys(recipients)), **mail), count, per_hour)
        planned = count if per_hour else 0
        refused = count - taken - planned
        reply = delivery_texts.BACK_PRESSURE if refused else None
        numbers = {"submitted": taken, "planned": planned, "refused": refused}
        return {**numbers, "reply": reply, "clock": self.clock.as_data()}

    def queue_summary(self) -> dict[str, Any]:
        """Queues, counts, bounces, notices of delay and the clock, JSON-able."""
        engine = self.queues
        with self._lock:
            bounces = [bounce.as_data() for bounce in engine.ledger.bounces]
            delays = [delay.as_data() for delay in engine.ledger.delays]
            beside = {"clock": self.clock.as_data(), "delivering": self.delivering}
            return {**beside, **engine.summary(), "bounces": bounces, "delay_notices": delays}

    def smtp_send_log(self) -> str:
        """The SmtpSend protocol log of this host as one text; empty before anything was logged."""
        return self._send_log.text

    def fail_next(self, command: str, message: str | None = None, times: int = 1, after: int = 0) -> None:
        """Let the next ``times`` calls of a cmdlet fail with this message, after ``after`` more have passed."""
        with self._lock:
            self._faults.fail(command, message, times, after)

    def delay_next(self, command: str, seconds: float) -> None:
        """Hold up the next call of a cmdlet."""
        with self._lock:
            self._faults.delay(command, seconds)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change the host behind Ansible's back: all of it or, if anything is wrong, nothing (StateError).

        ``send_connectors`` is merged by name (a new name is a new connector), ``remove`` lists names of
        connectors that go, ``transport_servers`` changes settings of servers by name, ``clock`` sets the time,
        ``pop3_connector`` is what ``Pop3Host.change`` takes, ``services`` and ``tasks`` are merged by name (one with
        ``remove: true`` goes).
        ``delivery`` changes knobs of the queues, ``restart_transport`` restarts the transport service.
        ``recipients``, ``accepted_domains``, ``email_address_policies``, ``address_rewrite_entries`` and
        ``transport_agents`` are merged by name (one with ``remove: true`` goes), ``tracking`` is added.
        """
        unknown = set(changes) - _CHANGEABLE
        if unknown:
            raise StateError(f"change: unknown keys {sorted(unknown)}; possible are {sorted(_CHANGEABLE)}")
        with self._lock:
            if "clock" in changes:
                self.clock = self._clock_of(changes["clock"])
            with self.pop3.all_or_nothing():
                self._change_windows(changes)
                if changes.keys() & _EXCHANGE:
                    self._change_exchange(changes)
                self._change_delivery(changes.get("delivery"))
        if changes.get("restart_transport"):
            # The turn first: whoever delivers has it before it wants the lock.
            with self.queues.turn:
                self.queues.restart()

    def dump(self) -> dict[str, Any]:
        """The whole host as JSON can hold it. Instead of a password there is its SHA-256 in hexadecimal."""
        with self._lock:
            connectors = self.organisation.connectors.all if self.organisation else []
            transport_servers = self.organisation.transport_servers.all() if self.organisation else []
            kept = ("profile", "language", "computer_name", "domain", "organisation")
            return {
                **{key: self._settings[key] for key in kept},
                "facts": self._facts(),
                "send_connectors": [self._dump_connector(connector) for connector in connectors],
                "transport_servers": transport_servers,
                "pop3_connector": self.pop3.dump(),
                "services": [service.shown() for service in self.pop3.services.all()],
                "tasks": [asdict(task) for task in self.pop3.tasks.all()],
                "clock": {"factor": self.clock.factor},
                "delivering": self.delivering,
                "queues": self.organisation.queues.summary() if self.organisation else None,
                **(self.organisation.addresses.dump() if self.organisation else {}),
                "history": copy.deepcopy(self.history),
            }

    def _run(
        self,
        command: str,
        parameters: Mapping[str, object],
        cancelled: threading.Event | None,
        warnings: list[str] | None = None,
    ) -> Output:
        with self._lock:
            ordered = self._faults.take(command)
        self._wait(ordered, cancelled)
        with self._lock:
            entry = {"command": command, "parameters": sorted(parameters), "status": "failed"}
            self.history.append(entry)
            output = self._execute(command, parameters, ordered)
            entry["status"] = "done"
            if warnings is not None and self.organisation is not None and command != "Get-HostFacts":
                warnings.extend(self.organisation.host.warnings)
            return output

    def _execute(self, command: str, parameters: Mapping[str, object], ordered: Ordered) -> Output:
        self._fail_if_ordered(command, ordered)
        if command == "Get-HostFacts":
            return [self._facts()]
        if self.organisation is None:
            missing = text("not_a_command", command=command).render(self.language)
            raise CmdletError(missing, errors.NOT_A_COMMAND, "ObjectNotFound", "CommandNotFoundException")
        return self.organisation.invoke(command, parameters)

    def _wait(self, ordered: Ordered, cancelled: threading.Event | None) -> None:
        if ordered.seconds:
            (cancelled or threading.Event()).wait(ordered.seconds)

    def _fail_if_ordered(self, command: str, ordered: Ordered) -> None:
        if ordered.fails:
            message = ordered.message or text("ordered_failure").render(self.language)
            raise CmdletError(message, errors.LOCALIZED, "NotSpecified", f"0BADC0DE,{command}")

    def _facts(self) -> dict[str, object]:
        windows, exchange = self.profile.windows, self.profile.exchange
        return {
            "ComputerName": self.computer_name,
            "Fqdn": self.fqdn,
            "Domain": self.domain,
            "Windows": {
                "Version": windows.version,
                "Caption": windows.caption,
                "ServicePack": windows.service_pack,
                "Architecture": "64-Bit" if self.language == "de" else "64-bit",
                "Sku": windows.sku,
                "SuiteMask": windows.suite_mask,
                "Language": _WINDOWS_LANGUAGES[self.language],
            },
            "PowerShell": {"Version": self.profile.powershell, "Clr": self.profile.clr},
            "Exchange": {
                "Installed": exchange is not None,
                "Major": exchange.major if exchange else None,
                "Minor": exchange.minor if exchange else None,
                "Build": exchange.version if exchange else None,
                "Roles": sorted(exchange.roles) if exchange else [],
                "SnapinRegistered": exchange is not None and exchange.snapin,
            },
            "Clock": self.clock.facts(),
            "WinRM": self.shell_limits,
        }

    def _build_organisation(self, settings: Mapping[str, Any]) -> Organisation | None:
        """The simulated Exchange; only 2010 is simulated, of other versions a host has no more than the facts."""
        edition = self.profile.exchange
        if edition is None or edition.major != 14:
            for key in (
                "send_connectors",
                "receive_connectors",
                "transport_servers",
                "generated_recipients",
                *ADDRESS_KEYS,
            ):
                if settings[key]:
                    raise StateError(f"{key}: profile {settings['profile']!r} has no simulated Exchange")
            return None
        directory = Directory(self.domain, str(settings["organisation"]), self.fqdn)
        servers = [{"name": self.computer_name, "roles": edition.roles}, *settings["servers"]]
        organisation = Organisation(
            directory,
            [_server(directory, edition.version, entry) for entry in servers],
            self.language,
            lambda: self.clock.now(),
            lambda: self.road(),
            self._lock,
        )
        for properties in settings["send_connectors"]:
            _checked("send connector", organisation.connectors.add, properties)
        receiving = settings["receive_connectors"]
        for properties in untouched(self.computer_name, self._is_sbs) if receiving is None else receiving:
            _checked("receive connector", organisation.receive_connectors.add, properties)
        for properties in settings["transport_servers"]:
            _checked("transport server", organisation.transport_servers.edit, properties)
        organisation.addresses.build(settings, self._is_sbs, _checked)
        return organisation

    @property
    def _is_sbs(self) -> bool:
        return "Small Business" in self.profile.windows.caption

    def _build_pop3(self, settings: Mapping[str, Any]) -> Pop3Host:
        """An SBS has the connector from the start, other kinds of machine only where the state says so."""
        data, others = settings["pop3_connector"], (settings["services"], settings["tasks"])
        with self._state_errors():
            return Pop3Host(data, self._is_sbs, lambda: self.clock.now(), self._lock, *others)

    def _change_windows(self, changes: Mapping[str, Any]) -> None:
        with self._state_errors():
            if "pop3_connector" in changes:
                self.pop3.change(changes["pop3_connector"])
            for store, entries in ((self.pop3.services, "services"), (self.pop3.tasks, "tasks")):
                for entry in changes.get(entries, []):
                    merge_or_remove(store, entry)

    @contextmanager
    def _state_errors(self) -> Iterator[None]:
        try:
            yield
        except Pop3Error as error:
            raise StateError(str(error)) from error

    def _clock_of(self, wish: object) -> Clock:
        """One of its own for a fixed time, else the shared one where there is one."""
        if self._shared is not None and not isinstance(wish, str):
            return self._shared
        try:
            return Clock.of(wish)
        except ValueError as error:
            raise StateError(str(error)) from error

    def smtp_road(self) -> Road:
        """The way over real SMTP."""
        return SmtpRoad(self.fqdn, self.ca_file, self._send_log, _PATIENCE)

    def _change_delivery(self, wish: object) -> None:
        """``true`` or ``false``, or knobs by name with ``running`` among them; None changes nothing."""
        if wish is None or (wish is False and self.organisation is None):
            return
        knobs = {"running": wish} if isinstance(wish, bool) else wish
        if not isinstance(knobs, Mapping) or not isinstance(knobs.get("running", True), bool):
            raise StateError("delivery: true, false or a mapping of knobs is expected; running is true or false")
        try:
            self.queues.knobs.change({name: value for name, value in knobs.items() if name != "running"})
        except ValueError as error:
            raise StateError(str(error)) from error
        self.delivering = bool(knobs.get("running", self.delivering))

    def _track(self, sender: str, results: Sequence[Result]) -> None:
        """What has left stands in the message tracking log, one event a message and connector."""
        settings = self.organisation and self.organisation.transport_servers.settings.get(self.computer_name)
        if self.organisation is None or (settings and not settings.MessageTrackingLogEnabled):
            return
        sent: dict[tuple[int, str], list[str]] = {}
        for result in results:
            if result.status == "delivered":
                sent.setdefault((result.message, result.connector or ""), []).append(result.recipient)
        with self._lock:
            for (number, connector), recipients in sent.items():
                self.organisation.addressing.tracking.sent(
                    sender, recipients, connector, f"Message {number} of the lab"
                )

    def _change_exchange(self, changes: Mapping[str, Any]) -> None:
        if self.organisation is None:
            raise StateError("change: this host has no simulated Exchange")
        connectors, servers = self.organisation.connectors, self.organisation.transport_servers
        before = copy.deepcopy((connectors.all, servers.settings))
        try:
            with self.organisation.addresses.all_or_nothing():
                self.organisation.addresses.change(changes, _checked)
                self._change_transport(changes)
        except StateError:
            connectors.all, servers.settings = before
            raise

    def _change_transport(self, changes: Mapping[str, Any]) -> None:
        assert self.organisation is not None
        connectors, servers = self.organisation.connectors, self.organisation.transport_servers
        for name in changes.get("remove", []):
            gone = self._connector(name)
            connectors.all = [other for other in connectors.all if other is not gone]
        for properties in changes.get("send_connectors", []):
            self._merge(properties)
        for properties in changes.get("transport_servers", []):
            _checked("transport server", servers.edit, properties)

    def _merge(self, properties: dict[str, Any]) -> None:
        assert self.organisation is not None
        collection = self.organisation.connectors
        if any(connector.Name == properties.get("Name") for connector in collection.all):
            connector = self._connector(properties["Name"])
            _checked("send connector", lambda given: collection.edit(connector, given), properties)
        else:
            _checked("send connector", collection.add, properties)

    def _connector(self, name: str) -> SendConnector:
        assert self.organisation is not None
        found = [connector for connector in self.organisation.connectors.all if connector.Name == name]
        if len(found) != 1:
            raise StateError(f"change: {len(found)} connectors are named {name!r}, exactly one is expected")
        return found[0]

    def _dump_connector(self, connector: SendConnector) -> dict[str, Any]:
        shown: dict[str, Any] = connector.read_back(self.language)
        login = connector.AuthenticationCredential
        if login is not None:
            digest = hashlib.sha256(login.password.encode()).hexdigest()
            shown["AuthenticationCredential"] = {"UserName": login.username, "password_sha256": digest}
        return shown


def _checked(kind: str, apply: Any, properties: Any) -> None:
    """Apply the properties of one object; what is wrong with them becomes a StateError that names it."""
    if not isinstance(properties, dict) or "Name" not in properties:
        raise StateError(f"{kind.replace(' ', '_')}s: every entry is a mapping with a Name")
    try:
        apply(properties)
    except Exception as error:
        reason = getattr(error, "reason", None)
        shown = reason.render("en") if reason is not None else error
        raise StateError(f"{kind} {properties['Name']!r}: {shown}") from error


def _sid_of(name: str) -> str:
    """A directory domain's SID, the same for the same name."""
    digest = hashlib.sha256(name.encode()).digest()
    return "S-1-5-21-" + "-".join(str(int.from_bytes(digest[at : at + 4], "big")) for at in (0, 4, 8))


def _account(account: Mapping[str, str] | None) -> Credential | None:
    return None if account is None else Credential(str(account["username"]), str(account["password"]))


def _plain(username: str) -> str:
    """The user's own name, without its domain and in small letters."""
    return username.rpartition("\\")[2].partition("@")[0].lower()


def _server(directory: Directory, version: str, entry: Mapping[str, Any]) -> ExchangeServer:
    """Setup calls the role EdgeTransport; Exchange itself prints it as Edge."""
    name = str(entry["name"])
    guid, dn = directory.guid("server", name, 0), directory.server_dn(name)
    roles = tuple(entry.get("roles", ("Mailbox", "ClientAccess", "HubTransport")))
    roles = tuple("Edge" if role == "EdgeTransport" else role for role in roles)
    return ExchangeServer(name, directory.domain, guid, dn, version, "Standard", roles)
