"""The lab: simulated hosts, their listeners, the control endpoint, the files that tell others of them."""

from __future__ import annotations

import functools
import os
import secrets
import shutil
import ssl
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import trustme

from lab.dns import DnsServer
from lab.endpoint.accounts import Account, Accounts
from lab.endpoint.certificates import Certificates
from lab.endpoint.host import Host, Machine, Ports
from lab.endpoint.listeners import Listeners
from lab.host.clock import Clock
from lab.host.state import StateError
from lab.host.state_files import clock_of, provider_of, zone_of
from lab.provider import SimulatedProvider
from lab.provider.postman import MailHosts, Receiver, Surroundings
from lab.up.control import ControlServer
from lab.up.directory import LabDirectory, Running, process_started
from lab.up.inventory import inventory_text
from lab.up.queue_runner import QueueRunner, run_queues
from lab.up.smtp_listener import ReceivingHost, SmtpListener
from lab.wsman.backend import Backend
from lab.wsman.profile import WinrmProfile, profile_named

DEFAULT_USER = "Administrator"
# A mapping, the path of a YAML file, or the name of one in lab/states.
State = Mapping[str, Any] | str | Path
HostFactory = Callable[[str, State], tuple[Machine, Backend]]


def host_names(number: int) -> list[str]:
    """``sbs`` for one host, ``sbs01`` and on for several."""
    return ["sbs"] if number == 1 else [f"sbs{index:02d}" for index in range(1, number + 1)]


def _windows_context(certificates: Certificates, names: tuple[str, ...]) -> ssl.SSLContext:
    """A server's TLS as a 2008 R2 speaks it, with an RSA certificate for these names."""
    context = certificates.issue(*names, key_type=trustme.KeyType.RSA)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


class Lab:
    """A lab in this process, as a context manager.

    ``hosts``: names. ``state``: of all of them, as ``SimulatedMachine.from_state`` takes it (None: a prepared SBS
    2011). ``states``: of single hosts, by name. ``directory`` None: a temporary one, removed at the end.
    ``profile``: limits of WinRM, a name or a Profile. ``port``: of the first host's http listener, https and
    further hosts follow upwards; 0: any free ports. ``password`` None: a new random one. ``factory`` replaces
    machine and backend (tests). A key ``provider`` in ``state`` gives the lab its one mail provider,
    ``lab.provider``; further ones (tests) take ``lab.certificates``, which its hosts trust. ``on_stop`` is called
    when the control endpoint is told ``down``. Raises ValueError for unknown names and where a lab runs already,
    OSError for ports that are taken.
    """

    def __init__(
        self,
        hosts: Sequence[str] = ("sbs",),
        backend: str = "twin",
        directory: Path | str | None = None,
        profile: str | WinrmProfile = "winrm2-stock",
        *,
        state: State | None = None,
        states: Mapping[str, State] | None = None,
        port: int = 0,
        user: str = DEFAULT_USER,
        password: str | None = None,
        factory: HostFactory | None = None,
        on_stop: Callable[[], None] = lambda: None,
    ) -> None:
        self._temporary = tempfile.mkdtemp(prefix="sbs-lab-") if directory is None else None
        self.directory = LabDirectory(Path(self._temporary or directory or "."))
        self.profile = profile_named(profile) if isinstance(profile, str) else profile
        self.backend = backend
        self.account = Account(user, password or secrets.token_urlsafe(24))
        self.hosts: dict[str, Host] = {}
        self.provider: SimulatedProvider | None = None
        self.dns: DnsServer | None = None
        self.certificates: Certificates | None = None
        self.clock = Clock()
        """What hosts and provider share unless a state gives them a fixed time of their own."""
        self._names = list(hosts)
        self._state: State = "sbs2011" if state is None else state
        self._states = dict(states or {})
        self._port = port
        self._factory = factory or self._make_host
        self._queue_runner = QueueRunner(lambda: [host.machine for host in list(self.hosts.values())])
        self._on_stop = on_stop
        self._listeners: Listeners | None = None
        self.receivers: dict[str, SmtpListener] = {}
        """By host, the SMTP port of its Exchange; of a host without a simulated one there is none."""
        self._control: ControlServer | None = None
        self._ours = False

    def __enter__(self) -> Lab:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Make the hosts and listen; on return the lab accepts connections and its files are written."""
        running = self.directory.alive()
        if running:
            raise ValueError(f"a lab runs in {self.directory.path} already (pid {running.pid}); end it first")
        self.directory.make()
        self._ours = True
        self.clock = clock_of(self._state)
        accounts = Accounts([self.account], self.directory.ntlm_file)
        certificates = self.certificates = Certificates(self.directory.ca_file)
        self._listeners = Listeners(accounts)
        for index, name in enumerate(self._names):
            machine, backend = self._factory(name, self._states.get(name, self._state))
            host = self.hosts[name] = Host(name, machine, backend, self.profile)
            first = self._port + 2 * index if self._port else 0
            http = self._listeners.listen(host, None, first)
            https = self._listeners.listen(host, certificates.context, first and first + 1)
            host.ports = Ports(http, https)
        self._listeners.start()
        self._start_receivers(certificates)
        self._start_provider(certificates)
        self.dns = DnsServer(zone_of(self._state))
        self.dns.start()
        if self.provider:
            self.provider.postman.world = Surroundings(self._mail_hosts, self._host_at)
        self._queue_runner.start()
        self._control = ControlServer(self)
        self._tell()

    def stop(self) -> None:
        """Ask whoever runs the lab to end it (the control endpoint's ``down``)."""
        self._on_stop()

    def close(self) -> None:
        """End shells, connections, backends; the lab's pid file and ``lab.json`` disappear."""
        if self._control:
            self._control.close()
        self._queue_runner.close()
        if self.provider:
            self.provider.close()
        if self.dns:
            self.dns.close()
        for receiver in self.receivers.values():
            receiver.close()
        if self._listeners:
            self._listeners.close()
        for host in self.hosts.values():
            host.close()
        if self._ours:
            self.directory.forget_running()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def order_fault(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Order a fault for one host; returns the order as data. Raises KeyError for the host, ValueError else."""
        host = self.hosts[name]
        order = host.faults.order(data)
        if order.kind == "refuse_port":
            self.refuse_port(name, order.extra["seconds"])
            host.faults.done(order)
        elif order.kind == "fail_cmdlet":
            extra = order.extra
            host.machine.fail_next(str(extra["cmdlet"]), extra["message"], order.count, int(extra["after"]))
            host.faults.done(order)
        elif order.kind == "delay_cmdlet":
            host.machine.delay_next(str(order.extra["cmdlet"]), float(order.extra["seconds"]))
            host.faults.done(order)
        return order.as_data()

    def send(self, name: str, sender: str, recipients: list[str], count: int = 1) -> list[dict[str, Any]]:
        """Let the Exchange of one host send mail now; it trusts the lab's CA. Raises KeyError, ValueError."""
        return self.hosts[name].machine.send(sender, recipients, count, self.directory.ca_file)

    def fetch(self, name: str) -> list[dict[str, Any]]:
        """Let the POP3 connector of one host fetch now; it trusts the lab's CA. Raises KeyError, ValueError."""
        return self.hosts[name].machine.fetch(self.directory.ca_file)

    def collect(self, name: str) -> list[dict[str, Any]]:
        """Let the collectors of third parties of one host fetch now; as ``fetch``."""
        return self.hosts[name].machine.collect(self.directory.ca_file)

    def change_dns(self, lines: Sequence[str], remove: Sequence[str] = ()) -> None:
        """Change what the lab's DNS server says; see ``lab.dns.DnsServer.change``. Raises ValueError."""
        if self.dns is None:
            raise ValueError("dns: the lab does not run")
        self.dns.change(lines, remove)

    def submit(
        self, name: str, sender: str, recipients: list[str], count: int = 1, per_hour: float | None = None, **mail: Any
    ) -> dict[str, Any]:
        """Put mail into the queues of one host; see ``SimulatedMachine.submit``. Raises KeyError, ValueError."""
        return self.hosts[name].machine.submit(sender, recipients, count, per_hour, **mail)

    def run(self, name: str, hours: float, direct: bool = False) -> dict[str, Any]:
        """Let one host, and all that deliver anyway, deliver for so long, as fast as it goes; its queues afterwards.

        The clock jumps from event to event and stands between them; it must be shared with the provider. ``direct``
        takes the short cut of ``lab.up.direct_dialer``. Raises KeyError, ValueError.
        """
        machine = self.hosts[name].machine
        others = [
            each.machine for each in self.hosts.values() if each.machine is not machine and each.machine.delivering
        ]
        with self._queue_runner.paused():
            run_queues([machine, *others], self.provider, self.clock, hours, direct)
        return machine.queue_summary()

    def clear_faults(self, name: str) -> None:
        """Forget the orders of one host and open its ports again."""
        self.hosts[name].faults.clear()
        if self._listeners:
            self._listeners.readmit(self.hosts[name])

    def refuse_port(self, name: str, seconds: float | None = None) -> None:
        """Let the system refuse connections to one host, for ``seconds`` or until its faults are cleared."""
        if self._listeners:
            self._listeners.refuse(self.hosts[name], seconds)

    def _make_host(self, name: str, state: State) -> tuple[Machine, Backend]:
        from lab.host.machine import SimulatedMachine
        from lab.up.backends import make_backend

        machine = SimulatedMachine.from_state(state, self.clock, name)
        machine.ca_file = self.directory.ca_file
        return machine, make_backend(self.backend, machine, self.directory.ca_file)

    def _mail_hosts(self, domain: str) -> MailHosts:
        addresses, ttl = self.dns.mail_hosts(domain) if self.dns else ([], 0)
        return MailHosts(tuple(addresses), ttl)

    def _host_at(self, address: str) -> Receiver | None:
        """The host with that public address."""
        for host in self.hosts.values():
            router = getattr(host.machine, "router", None)
            if router is not None and router.public_address == address:
                return cast(Receiver, host.machine)
        return None

    def _start_receivers(self, certificates: Certificates) -> None:
        issued = functools.cache(functools.partial(_windows_context, certificates))
        for name, host in self.hosts.items():
            if getattr(host.machine, "organisation", None) is not None:
                receiver = self.receivers[name] = SmtpListener(cast(ReceivingHost, host.machine), issued)
                receiver.start()
                host.machine.receive_port = receiver.port

    def _start_provider(self, certificates: Certificates) -> None:
        data = provider_of(self._state)
        for name, state in self._states.items():
            if provider_of(state) not in (None, data):
                raise StateError(f"provider: belongs to the whole lab, not to host {name!r} alone")
        if data is not None:
            self.provider = SimulatedProvider(data, certificates, self.clock)
            self.provider.start()

    def _tell(self) -> None:
        assert self._control is not None
        provider = self.provider.ports if self.provider else {}
        dns = self.dns.port if self.dns else 0
        receiving = {name: receiver.port for name, receiver in self.receivers.items()}
        text = inventory_text(list(self.hosts.values()), self.account, dns, provider, receiving)
        self.directory.write_private(self.directory.inventory_file, text)
        ports = {name: {"http": host.ports.http, "https": host.ports.https} for name, host in self.hosts.items()}
        pid = os.getpid()
        self.directory.write_running(
            Running(
                pid,
                process_started(pid),
                self._control.port,
                self._control.token,
                ports,
                self.backend,
                self.profile.name,
                provider.get("smtp"),
                provider.get("pop3"),
                provider.get("pop3_plain"),
            )
        )
