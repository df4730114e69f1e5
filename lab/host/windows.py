"""The Windows of a host as a preflight asks for it: registry, start times, services, disk, events, rights, licence."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lab.host import event_log, queue_disk, tls
from lab.host.event_log import Event, read_event
from lab.host.queue_disk import QueueDisk, events_of
from lab.host.registry import Registry, registry_of
from lab.host.state import StateError
from lab.pop3.services import Services

_ADMINISTRATORS: Final = "S-1-5-32-544"
_DOMAIN_ADMINS: Final = "-512"
Now = Callable[[], datetime]


@dataclass(frozen=True)
class ServerFacts:
    """What the state's key ``server`` says.

    ``uptime_hours``: since when it runs when the lab starts. ``shares``: names. ``licence_status``: of Windows,
    1 is licensed. ``dcdiag``: what ``dcdiag /q`` prints, nothing where all is well.
    """

    uptime_hours: float = 72
    shares: list[str] = field(default_factory=lambda: ["NETLOGON", "SYSVOL"])
    licence_status: int = 1
    dcdiag: str = ""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> ServerFacts:
        """Raises StateError."""
        unknown = set(given) - set(cls.__dataclass_fields__)
        if unknown:
            raise StateError(f"server: unknown keys {sorted(unknown)}; possible are {sorted(cls.__dataclass_fields__)}")
        return cls(**given)


class HostWindows:
    """Not thread-safe: the machine holds the lock. ``settings`` are a complete state. Raises StateError."""

    def __init__(self, settings: Mapping[str, Any], facts: Mapping[str, Any], services: Services, now: Now) -> None:
        self._now = now
        self._version = str(facts["Windows"]["Version"])
        further = tls.PREPARED if settings["registry"] is None else settings["registry"]
        self.registry = Registry({**registry_of(facts), **further}, now)
        self.services = services
        self.server = ServerFacts.read(settings["server"])
        self.own_addresses = read_addresses(settings["own_addresses"])
        """The IP addresses of the network adapters, and of the loopback."""
        self.disk = QueueDisk()
        self.boot_time = now() - timedelta(hours=self.server.uptime_hours)
        self._events = [read_event(entry, now()) for entry in settings["events"]]
        services.has_booted(self.boot_time)
        self.change_disk(settings["queue_disk"])
        self.smtp_offers = self._offered()
        """What SCHANNEL offered when the transport service started."""

    def reboot(self) -> None:
        """Everything starts anew."""
        self.boot_time = self._now()
        self.services.boot(self.boot_time)
        self.transport_started()

    def transport_started(self) -> None:
        """The transport service opens its credentials, which keep the versions of that moment."""
        self.smtp_offers = self._offered()

    def net_offers(self, knows_tls12: bool) -> tuple[str, ...]:
        """What .NET offers where TLS 1.0 to 1.2 are asked for by name; an untaught .NET 3.5 drops the newer two."""
        wanted = tls.VERSIONS[:3] if knows_tls12 else tls.VERSIONS[:1]
        return tls.offered_by_name(wanted, self.registry.keys, self._version)

    def change_disk(self, wish: object) -> None:
        """Another disk, or how full it is; the transport service logs what follows. Raises StateError."""
        changed = self.disk.changed(wish)
        self._events += events_of(self.disk.pressure, changed.pressure, self._now())
        self.disk = changed

    def add_events(self, entries: list[object]) -> None:
        """Further ones. Raises StateError, with none added."""
        self._events += [read_event(entry, self._now()) for entry in entries]

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What raises inside leaves no trace."""
        before = self.disk, list(self._events), self.own_addresses, self.registry.snapshot()
        try:
            yield
        except Exception:
            self.disk, self._events, self.own_addresses, registry = before
            self.registry.restore(registry)
            raise

    def events(self) -> list[Event]:
        """The application log, oldest first."""
        return sorted(self._events)

    def as_data(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "registry": self.registry.keys,
            "own_addresses": list(self.own_addresses),
            "boot_time": self.boot_time.isoformat(),
            "queue_disk": queue_disk.as_data(self.disk),
            "events": [event_log.as_data(event) for event in self.events()],
        }

    def _offered(self) -> tuple[str, ...]:
        return tls.offered_by_default(self.registry.keys, self._version)


def read_addresses(given: object) -> list[str]:
    """IP addresses of a state. Raises StateError."""
    try:
        return [str(ipaddress.ip_address(str(each))) for each in (given if isinstance(given, list) else [given])]
    except ValueError as error:
        raise StateError(f"own_addresses: {error}") from error


def rights_of(settings: Mapping[str, Any], domain_sid: str) -> tuple[str, ...]:
    """The SIDs of the groups of whoever connects; where the state is silent those of a domain's administrator."""
    given = settings["rights"]
    return (_ADMINISTRATORS, domain_sid + _DOMAIN_ADMINS) if given is None else tuple(map(str, given))
