"""One simulated host: its Windows, its clock, its Exchange, and what tests do behind Ansible's back."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.exchange import delivery_texts, errors
from lab.exchange.delivery import check_mail
from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.exchange.queues import Mail, QueueEngine
from lab.exchange.queues.server import Dialer
from lab.exchange.receiving.session import ReceivingSession
from lab.exchange.receiving.visit import Visit
from lab.exchange.texts import Language, text
from lab.exchange.values import Credential
from lab.host.building import build_organisation, build_pop3, fqdn_of, state_errors
from lab.host.calls import Calls
from lab.host.clock import Clock
from lab.host.collectors import Collector, handing_over, read_collectors, services_of
from lab.host.drift import (
    change_delivery,
    change_exchange,
    change_pop3,
    change_windows,
    check_keys,
    replace_services,
)
from lab.host.dump import exchange_as_data, pop3_as_data
from lab.host.event_log import TRANSPORT, Event
from lab.host.facts import host_facts, shell_limits
from lab.host.incoming import ANY_ADDRESS, House, IncomingMail, message_text
from lab.host.outgoing import PATIENCE, Outgoing
from lab.host.profiles import LITTLE_MEMORY, OUT_OF_MEMORY, PROFILES
from lab.host.queue_disk import QueueDisk
from lab.host.router import Router
from lab.host.scanners import Scanner, read_scanners
from lab.host.state import StateError, complete
from lab.host.state_files import load_state
from lab.host.tls import follows_schannel
from lab.host.windows import HostWindows, rights_of
from lab.pop3.fetch import sender_of
from lab.pop3.services import ServiceError

_LAST_ROLLUP = "14.3.513.0"  # of SP3
_DUMPED = ("profile", "language", "computer_name", "domain", "organisation")


class SimulatedMachine:
    """A host that can be asked and changed from several threads at once; every cmdlet runs whole, one at a time.

    ``clock`` is one that others share; a time in the state wins over it. ``name`` is the host's in the lab. ``ca_file``
    holds whom the host trusts when it delivers what is queued, ``delivering`` says whether a running lab lets it,
    ``dialer`` gives what opens its sessions with smart hosts; ``receive_port`` is where on the loopback a running lab
    listens for its port 25.
    """

    def __init__(self, state: Mapping[str, Any], clock: Clock | None = None, name: str = "") -> None:
        settings = self._settings = complete(state)
        self.profile = PROFILES[settings["profile"]]
        self.language: Language = settings["language"]
        self.computer_name = str(settings["computer_name"])
        self.fqdn = fqdn_of(settings)
        """The host's name in DNS."""
        self.domain_sid = str(settings["domain_sid"] or _sid_of(name or self.fqdn))
        self._account = _account(settings["endpoint_account"])
        self._shared = clock
        self.clock = self._clock_of(settings["clock"])
        self.ca_file: Path | None = None
        self.delivering = False
        self.receive_port: int | None = None
        self.dialer: Callable[[], Dialer] = self.smtp_dialer
        self._lock = threading.RLock()
        self._calls = Calls(self._lock, self.language)
        self.history = self._calls.history
        self._outgoing = Outgoing(
            self.computer_name, self.fqdn, lambda: self.clock.now(), lambda: self.tls_in_force, self._lock
        )
        self.organisation = build_organisation(settings, lambda: self.clock.now(), lambda: self.dialer(), self._lock)
        self.pop3 = build_pop3(settings, lambda: self.clock.now(), self._lock)
        self.windows = HostWindows(settings, self.facts(), self.pop3.services, lambda: self.clock.now())
        if self.organisation is not None:
            self.queues.server.runs = lambda: self.started(TRANSPORT) is not None
            self.queues.server.pressure = lambda: self.windows.disk.pressure
            self._incoming = IncomingMail(self.organisation, self._house())
            self.pop3.is_known = self._incoming.exists
            self.pop3.hand_over = self._hand_over
        self.router = Router().changed(settings["router"])
        self.scanners = read_scanners(settings["scanners"])
        self.collectors = read_collectors(settings["collectors"])
        self._change_delivery(settings["delivery"])

    @classmethod
    def from_state(
        cls, state: Mapping[str, Any] | str | Path, clock: Clock | None = None, name: str = ""
    ) -> SimulatedMachine:
        """A machine in the given state: a mapping, the path of a YAML file, or the name of one in lab/states."""
        return cls(load_state(state) if isinstance(state, str | Path) else state, clock, name)

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

        def execute() -> Output:
            output = self._execute(command, parameters)
            if warnings is not None and self.organisation is not None:
                warnings.extend(self.organisation.host.warnings)
            return output

        return self._calls.run(command, parameters, cancelled, execute)

    def host_facts(self, cancelled: threading.Event | None = None) -> dict[str, object]:
        """What ``Get-HostFacts`` tells, by the wire page. Raises CmdletError if a failure was ordered."""
        return self._calls.run("Get-HostFacts", {}, cancelled, lambda: [self.facts()])[0]

    @property
    def send_log_path(self) -> str | None:
        """The folder of the host's SmtpSend protocol log; None where none is written."""
        return self._outgoing.log_path(self.organisation)

    def smtp_send_log_files(self, path: str) -> Mapping[str, str]:
        """The files of the SmtpSend protocol log in that folder of the host: their texts by name."""
        return self._outgoing.log_files(self.organisation, path)

    @property
    def incoming(self) -> IncomingMail:
        """The mail that comes in by SMTP. Raises StateError where there is no simulated Exchange."""
        if self.organisation is None:
            raise StateError("receive: this host has no simulated Exchange")
        return self._incoming

    def smtp_session(self, client: str, to: str = ANY_ADDRESS) -> ReceivingSession:
        """The server's side of an SMTP session with a client of that address, which has connected to ``to``.

        Raises ConnectionRefusedError where nothing listens there, as while the transport service does not run.
        """
        return self.incoming.session(client, to)

    @property
    def is_open(self) -> bool:
        """Whether its Exchange listens for SMTP anywhere."""
        return self.organisation is not None and self.incoming.is_open

    def receive(
        self,
        sender: str,
        recipients: Sequence[str],
        client: str = "203.0.113.9",
        to: str = ANY_ADDRESS,
        helo: str = "mail.example.org",
        starttls: bool = False,
        login: tuple[str, str] | None = None,
        content: bytes | None = None,
        subject: str = "Message of the lab",
        message_id: str | None = None,
        declared_size: int | None = None,
    ) -> list[str]:
        """Let one message come in by SMTP; every reply in order (lines separated by LF), the last says what came of it.

        ``client`` is whence it comes, ``to`` where it connects to (``0.0.0.0:25``: of the loopback where ``client`` is
        one, else the host's own address). ``content`` is the whole message (lines that end in CRLF), else a short one
        with ``subject`` and ``message_id``. Raises ConnectionRefusedError where nothing listens.
        """
        whole = content or message_text(sender, tuple(recipients), self.clock.now(), subject, message_id)
        visit = Visit(sender, tuple(recipients), whole, helo, starttls, login, declared_size)
        return visit.pay(self.smtp_session(client, to))

    def arrive(self, sender: str, recipient: str, content: bytes, client: str, helo: str) -> str:
        """Mail for the host's public address; the reply that counts. Raises ConnectionError where nobody is reached."""
        if not self.router.forwards_25:
            raise ConnectionError("connection timed out")
        return self.receive(sender, [recipient], client, helo=helo, starttls=True, content=content)[-1]

    def scan(self) -> list[dict[str, Any]]:
        """Let everything in the host's LAN hand in one mail now: address, connector, replies, and whether it was taken.

        Where nothing listens there are neither connector nor replies. Raises StateError without a simulated Exchange.
        """
        return [self._scan(scanner) for scanner in self.scanners]

    def collect(self, ca_file: Path | None = None) -> list[dict[str, Any]]:
        """Let the collectors of third parties whose service runs fetch now; one entry an account, as of ``fetch``."""
        running = [each for each in self.collectors if self.started(each.service)]
        return [result for each in running for result in each.collect(ca_file, handing_over(each, self._hand_over))]

    def smtp_receive_log(self) -> str:
        """The SmtpReceive protocol log of this host as one text; empty before anything was logged."""
        return self.incoming.log.text if self.organisation else ""

    @property
    def receive_log_path(self) -> str | None:
        """The folder of the host's SmtpReceive protocol log; None where none is written."""
        return self.incoming.log_path if self.organisation else None

    def smtp_receive_log_files(self, path: str) -> Mapping[str, str]:
        """The files of the SmtpReceive protocol log in that folder of the host: their texts by name."""
        return self.incoming.log_files(path) if self.organisation else {}

    def lets_in(self, credential: Credential) -> bool:
        """Whether the server's own Exchange endpoint takes this login: user, DOMAIN\\user or user@domain."""
        account = self._account
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
        timeout: float = PATIENCE,
    ) -> list[dict[str, Any]]:
        """Let the host's Exchange send ``count`` messages now; one entry per message and recipient, JSON-able.

        ``ca_file`` holds what the host trusts, ``timeout`` is the wait for an answer in seconds. Raises ValueError
        for what cannot be sent, StateError where there is no simulated Exchange.
        """
        return self._outgoing.send(self.organisation, sender, recipients, count, ca_file, timeout)

    def facts(self) -> dict[str, Any]:
        """What ``Get-HostFacts`` tells, whatever was ordered for it, and without a trace in the history."""
        with self._lock:
            return host_facts(self._settings, self.clock)

    @property
    def registry(self) -> dict[str, dict[str, Any]]:
        """The values of each key below HKLM, by its path in small letters."""
        with self._lock:
            return self.windows.registry.keys

    def registry_key(self, key: str) -> dict[str, Any] | None:
        """A key as Windows shows it: ``Values``, each with name, kind and value, and ``SubKeys``; None: not there."""
        with self._lock:
            values, below = self.windows.registry.values(key), self.windows.registry.below(key)
        if values is None:
            return None
        kinds = {name: "String" if isinstance(value, str) else "DWord" for name, value in values.items()}
        rows = [{"Name": name, "Kind": kinds[name], "Value": value} for name, value in values.items()]
        return {"Values": rows, "SubKeys": below}

    def write_registry(self, key: str, values: Mapping[str, int | str | None]) -> None:
        """Set values of a key, which is made if it is not there; None deletes one."""
        with self._lock:
            self.windows.registry.write(key, values)

    def delete_registry_key(self, key: str) -> bool:
        """Take away a key that has neither values nor keys below it; whether it is gone."""
        with self._lock:
            return self.windows.registry.delete(key)

    @property
    def exsetup_version(self) -> str | None:
        """The version of ExSetup.exe in the folder that the registry names; None where there is none."""
        edition = self.profile.exchange
        if edition is None or edition.major < 14:
            return None
        has_rollups = (edition.major, edition.minor) == (14, 3)
        return str(self._settings["exsetup_version"] or (_LAST_ROLLUP if has_rollups else edition.version))

    @property
    def tls_in_force(self) -> tuple[str, ...]:
        """The versions of TLS that Exchange's SMTP offers to a smart host now, oldest first: ``("1.0", "1.2")``.

        Before SP3 RU9 it was built for TLS 1.0; from there on it offers what SCHANNEL did when its service started.
        """
        if self.organisation is None:
            return ()
        offered = self.windows.smtp_offers
        return offered if follows_schannel(self.exsetup_version or "0") else tuple(v for v in offered if v == "1.0")

    @property
    def dotnet_tls(self) -> tuple[str, ...]:
        """What the host's .NET offers where TLS 1.0, 1.1 and 1.2 are asked for by name."""
        return self.windows.net_offers(self.dotnet_knows_tls12)

    @property
    def dotnet_knows_tls12(self) -> bool:
        """Whether the host's .NET was taught TLS 1.2; one that was not drops what it does not know, and offers 1.0."""
        return bool(self._settings["dotnet_tls12"])

    @property
    def dotnet_tls12(self) -> bool:
        """Whether the host's .NET can speak TLS 1.2 to whom it wants to."""
        return "1.2" in self.dotnet_tls

    @property
    def snapin_fails(self) -> str:
        """What is said where the Exchange snap-in does not load; empty where it does."""
        edition, memory = self.profile.exchange, self._settings["max_memory_per_shell_mb"]
        if edition is None or edition.fails:
            return edition.fails if edition else ""
        return OUT_OF_MEMORY if memory is not None and memory <= LITTLE_MEMORY else ""

    @property
    def boot_time(self) -> datetime:
        """When Windows started."""
        return self.windows.boot_time

    def started(self, service: str) -> datetime | None:
        """When a service started; None where it does not run."""
        with self._lock:
            run = self.pop3.services.run_of(service)
            return None if run is None else run.started

    @property
    def own_addresses(self) -> list[str]:
        """The IP addresses of the network adapters, and of the loopback."""
        return list(self.windows.own_addresses)

    @property
    def lacking_bindings(self) -> list[str]:
        """Where receive connectors are to listen though the server has no such address; then SMTP does not start."""
        if self.organisation is None:
            return []
        listening = [each for each in self.organisation.receive_connectors.local if each.Enabled]
        bindings = dict.fromkeys(binding for each in listening for binding in each.Bindings)
        own = self.windows.own_addresses
        return [each.display() for each in bindings if not each.is_any and str(each.address) not in own]

    def start_service(self, name: str) -> None:
        """Start a service that does not run. Raises ServiceError."""
        with self._transport_turn(name), self._lock:
            before = self.pop3.services.run_of(name)
            if name.lower() == TRANSPORT.lower() and before is None and self.lacking_bindings:
                raise ServiceError("not_started", f"Cannot start service {name} on computer '.'.")
            self.pop3.start_service(name)
            if name.lower() == TRANSPORT.lower() and before is None:
                self._transport_started()

    def stop_service(self, name: str) -> None:
        """Stop a service. Raises ServiceError, Killed."""
        with self._transport_turn(name), self._lock:
            self.pop3.stop_service(name)
            if name.lower() == TRANSPORT.lower() and self.organisation is not None:
                self.organisation.queues.disconnect()

    def restart_service(self, name: str) -> None:
        """Stop a service, if it runs, and start it. Raises ServiceError, Killed."""
        self.stop_service(name)
        self.start_service(name)

    def reboot(self) -> None:
        """Windows starts anew, and all that starts by itself."""
        with self._transport_turn(TRANSPORT), self._lock:
            self.windows.reboot()
            if self.lacking_bindings:
                self.pop3.services.stop(TRANSPORT)
            if self.organisation is not None:
                self.organisation.queues.restart()

    @property
    def queue_disk(self) -> QueueDisk:
        """The volume of the queue database."""
        return self.windows.disk

    def events(self) -> list[Event]:
        """The application log, oldest first."""
        with self._lock:
            return self.windows.events()

    @property
    def rights(self) -> tuple[str, ...]:
        """The SIDs of the groups of whoever connects."""
        return rights_of(self._settings, self.domain_sid)

    @property
    def shares(self) -> list[str]:
        """The names of what is shared."""
        return self.windows.server.shares

    @property
    def licence_status(self) -> int:
        """Of Windows: 1 is licensed."""
        return self.windows.server.licence_status

    @property
    def dcdiag(self) -> str:
        """What ``dcdiag /q`` prints; nothing where all is well."""
        return self.windows.server.dcdiag

    @property
    def shell_limits(self) -> dict[str, Any]:
        """What WinRM's configuration says of a shell."""
        return shell_limits(self._settings)

    def own_function(self, command: str, cancelled: threading.Event | None = None) -> None:
        """What was ordered for one of the agent's own functions happens now: a delay, a failure (CmdletError)."""
        self._calls.meet(command, cancelled)

    def console(self, order: Mapping[str, Any]) -> None:
        """Do one thing as the SBS console would; see ``Pop3Host.console``. Raises StateError."""
        with self._lock, state_errors():
            self.pop3.console(order)

    def fetch(self, ca_file: Path | None = None) -> list[dict[str, Any]]:
        """Let the POP3 connector fetch now; see ``Pop3Host.fetch``. ``ca_file`` holds what the host trusts."""
        with state_errors():
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
        closed = delivery_texts.BACK_PRESSURE if self.queues.server.runs() else delivery_texts.UNABLE_TO_CONNECT
        reply = closed if refused else None
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
        return self._outgoing.log.text

    def smtp_dialer(self) -> Dialer:
        """The way over real SMTP."""
        return self._outgoing.smtp_dialer(self.ca_file)

    def fail_next(self, command: str, message: str | None = None, times: int = 1, after: int = 0) -> None:
        """Let the next ``times`` calls of a cmdlet fail with this message, after ``after`` more have passed."""
        with self._lock:
            self._calls.faults.fail(command, message, times, after)

    def delay_next(self, command: str, seconds: float) -> None:
        """Hold up the next call of a cmdlet."""
        with self._lock:
            self._calls.faults.delay(command, seconds)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Change the host behind Ansible's back: all of it or, if anything is wrong, nothing (StateError).

        ``send_connectors`` is merged by name (a new name is a new connector), ``remove`` lists names of
        connectors that go, ``transport_servers`` changes settings of servers by name, ``clock`` sets the time,
        ``pop3_connector`` is what ``Pop3Host.change`` takes, ``services`` and ``tasks`` are merged by name (one with
        ``remove: true`` goes).
        ``receive_connectors`` is merged by name (``remove: true``), and so is ``relay_rights`` by all that they say;
        ``recipient_filter``, ``own_addresses`` and ``certificates`` are set.
        ``registry`` sets values by key (None deletes one), ``queue_disk`` says how full it is, ``events`` are added.
        ``router``, ``scanners`` and ``collectors`` are as in a state; of the latter two the whole lists are replaced.
        ``delivery`` changes assumptions of the queues, ``restart_transport`` restarts the transport service, ``reboot``
        everything.
        ``recipients``, ``accepted_domains``, ``email_address_policies``, ``address_rewrite_entries`` and
        ``transport_agents`` are merged by name (one with ``remove: true`` goes), ``tracking`` is added.
        """
        check_keys(changes)
        with self._lock:
            if "clock" in changes:
                self.clock = self._clock_of(changes["clock"])
            with self.pop3.all_or_nothing(), self.windows.all_or_nothing():
                change_pop3(self.pop3, changes)
                change_windows(self.windows, changes)
                change_exchange(self.organisation, changes)
                around = self._changed_around(changes)
                self._change_delivery(changes.get("delivery"))
                self.router, self.scanners, self.collectors = around
        if changes.get("restart_transport") and self.queues:
            self.restart_service(TRANSPORT)
        if changes.get("reboot"):
            self.reboot()

    def dump(self) -> dict[str, Any]:
        """The whole host as JSON can hold it. Instead of a password there is its SHA-256 in hexadecimal."""
        with self._lock:
            return {
                **{key: self._settings[key] for key in _DUMPED},
                "facts": self.facts(),
                **pop3_as_data(self.pop3),
                **self.windows.as_data(),
                "tls_in_force": list(self.tls_in_force),
                "clock": {"factor": self.clock.factor},
                "delivering": self.delivering,
                "router": self.router.as_data(),
                "scanners": [scanner.as_data() for scanner in self.scanners],
                "collectors": [collector.as_data() for collector in self.collectors],
                **(self._incoming.as_data() if self.organisation else {"received": [], "inboxes": {}}),
                **exchange_as_data(self.organisation, self.language),
                "history": copy.deepcopy(self.history),
            }

    def _changed_around(self, changes: Mapping[str, Any]) -> tuple[Router, list[Scanner], list[Collector]]:
        """Router, scanners and collectors after a change; the last two are replaced, the services of new ones run."""
        router = self.router.changed(changes.get("router", {}))
        scanners = read_scanners(changes["scanners"]) if "scanners" in changes else self.scanners
        collectors = read_collectors(changes["collectors"]) if "collectors" in changes else self.collectors
        with state_errors():
            replace_services(self.pop3.services, services_of(self.collectors), services_of(collectors))
        return router, scanners, collectors

    def _transport_turn(self, service: str) -> AbstractContextManager[Any]:
        """Of the transport service it is needed first: whoever delivers has the turn before it wants the lock."""
        if service.lower() == TRANSPORT.lower() and self.organisation is not None:
            return self.organisation.queues.turn
        return nullcontext()

    def _house(self) -> House:
        return House(
            lock=self._lock,
            now=lambda: self.clock.now(),
            lets_in=lambda username, password: self.lets_in(Credential(username, password)),
            own_addresses=lambda: self.own_addresses,
            mailboxes=lambda: self.pop3.mailboxes,
            certified=self._certified,
        )

    def _certified(self, name: str) -> tuple[str, ...] | None:
        """The names in the certificate with which the transport service answers as ``name``."""
        found = self.organisation.certificates.for_smtp(name) if self.organisation else None
        return found.names if found else None

    def _scan(self, scanner: Scanner) -> dict[str, Any]:
        who: dict[str, Any] = {"address": scanner.address, "connector": None, "replies": [], "taken": False}
        now = self.clock.now()
        whole = message_text(scanner.sender, scanner.recipients, now, "Scan", f"<{now:%Y%m%d%H%M%S%f}@{scanner.helo}>")
        try:
            session = self.smtp_session(scanner.address, scanner.to)
        except ConnectionRefusedError:
            return who
        replies = Visit(scanner.sender, scanner.recipients, whole, scanner.helo, False, scanner.login).pay(session)
        return {**who, "connector": session.connector, "replies": replies, "taken": bool(session.taken)}

    def _hand_over(self, address: str, message: bytes) -> str | None:
        """Mail that was fetched, from the host itself; the refusal, None where it is taken."""
        to = self.pop3.hands_over_to
        client = to.rpartition(":")[0]
        try:
            replies = self.receive(sender_of(message), [address], client, to, self.computer_name, content=message)
        except ConnectionRefusedError:
            return delivery_texts.UNABLE_TO_CONNECT
        return None if replies[-1].startswith("2") else replies[-1]

    def _transport_started(self) -> None:
        self.windows.transport_started()
        if self.organisation is not None:
            self.organisation.queues.restart()

    def _execute(self, command: str, parameters: Mapping[str, object]) -> Output:
        if self.organisation is None:
            missing = text("not_a_command", command=command).render(self.language)
            raise CmdletError(missing, errors.NOT_A_COMMAND, "ObjectNotFound", "CommandNotFoundException")
        return self.organisation.invoke(command, parameters)

    def _clock_of(self, wish: object) -> Clock:
        """One of its own for a fixed time, else the shared one where there is one."""
        if self._shared is not None and not isinstance(wish, str):
            return self._shared
        try:
            return Clock.of(wish)
        except ValueError as error:
            raise StateError(str(error)) from error

    def _change_delivery(self, wish: object) -> None:
        """None changes nothing, nor does ``false`` where there is no Exchange."""
        if wish is None or (wish is False and self.organisation is None):
            return
        running = change_delivery(self.queues, wish)
        self.delivering = self.delivering if running is None else running


def _sid_of(name: str) -> str:
    """A directory domain's SID, the same for the same name."""
    digest = hashlib.sha256(name.encode()).digest()
    return "S-1-5-21-" + "-".join(str(int.from_bytes(digest[at : at + 4], "big")) for at in (0, 4, 8))


def _account(account: Mapping[str, str] | None) -> Credential | None:
    return None if account is None else Credential(str(account["username"]), str(account["password"]))


def _plain(username: str) -> str:
    """The user's own name, without its domain and in small letters."""
    return username.rpartition("\\")[2].partition("@")[0].lower()
