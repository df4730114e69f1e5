"""Windows services of a simulated host: what they are called, how they start, whether they run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

STATUSES: Final = ("Running", "Stopped", "Paused", "StartPending", "StopPending")
START_MODES: Final = ("Auto", "Manual", "Disabled")
_FIRST_PROCESS: Final = 1204


@dataclass(frozen=True)
class WindowsService:
    """One service. ``will_not_stop``/``will_not_start``: what it is told is without effect."""

    name: str
    display_name: str = ""
    status: str = "Running"
    start_mode: str = "Auto"
    description: str = ""
    account: str = "LocalSystem"
    program: str = ""
    depends_on: tuple[str, ...] = ()
    will_not_stop: bool = False
    will_not_start: bool = False

    def shown(self) -> dict[str, Any]:
        """As Windows shows it (WMI's ``Win32_Service``)."""
        return {
            "Name": self.name,
            "DisplayName": self.display_name or self.name,
            "Description": self.description,
            "Status": self.status,
            "StartMode": self.start_mode,
            "Account": self.account,
            "Program": self.program,
            "DependsOn": list(self.depends_on),
        }

    def registry(self, path: str) -> list[dict[str, Any]]:
        """The values of its key, as far as they say what is known of it here."""
        values = (
            ("DisplayName", "String", self.display_name),
            ("ImagePath", "ExpandString", self.program),
            ("ObjectName", "String", self.account),
            ("Start", "DWord", {"Auto": 2, "Manual": 3, "Disabled": 4}[self.start_mode]),
        )
        return [{"Path": path, "Name": name, "Kind": kind, "Value": value} for name, kind, value in values]


class ServiceRun(NamedTuple):
    """The process of a service that runs, and since when."""

    process_id: int
    started: datetime


_Snapshot = tuple[dict[str, WindowsService], dict[str, ServiceRun]]


class ServiceError(Exception):
    """What the service control manager refuses: ``missing``, ``not_stopped`` or ``not_started``, and its words."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Services:
    """Services by name, whatever its capitals. What starts gets a process; ``started`` is when."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._services: dict[str, WindowsService] = {}
        self._runs: dict[str, ServiceRun] = {}
        self._process_ids = itertools.count(_FIRST_PROCESS, 4)

    def snapshot(self) -> _Snapshot:
        """All of it, to come back to."""
        return dict(self._services), dict(self._runs)

    def restore(self, snapshot: _Snapshot) -> None:
        """Come back to a snapshot."""
        self._services, self._runs = dict(snapshot[0]), dict(snapshot[1])

    def boot(self, moment: datetime) -> None:
        """Windows starts: what starts by itself does, the rest does not run."""
        self._runs.clear()
        for name, service in self._services.items():
            runs = service.start_mode == "Auto" and not service.will_not_start
            self._put(name, replace(service, status="Running" if runs else "Stopped"), moment)

    def has_booted(self, moment: datetime) -> None:
        """It did then: whatever runs has run since."""
        self._runs.clear()
        for name, service in self._services.items():
            self._put(name, service, moment)

    def run_of(self, name: str) -> ServiceRun | None:
        """The process of the service of that name; None where it does not run."""
        return self._runs.get(name.lower())

    def all(self) -> list[WindowsService]:
        """Every service, by name."""
        return [self._services[name] for name in sorted(self._services)]

    def find(self, name: str) -> WindowsService | None:
        """The service of that name."""
        return self._services.get(name.lower())

    def merge(self, properties: Mapping[str, Any]) -> None:
        """Change one service or add it. Raises ValueError."""
        unknown = set(properties) - set(WindowsService.__dataclass_fields__)
        name = properties.get("name")
        if unknown or not isinstance(name, str) or not name:
            raise ValueError(f"service {name!r}: it has a name, and of the rest {sorted(unknown)} are unknown")
        values = dict(properties)
        if "depends_on" in values:
            values["depends_on"] = tuple(values["depends_on"])
        known = self.find(name)
        service = replace(known, **{**values, "name": known.name}) if known else WindowsService(**values)
        if service.status not in STATUSES or service.start_mode not in START_MODES:
            raise ValueError(f"service {name}: status is one of {STATUSES}, start_mode one of {START_MODES}")
        self._put(name.lower(), service)

    def remove(self, name: str) -> None:
        """Take a service away, if it is there."""
        self._services.pop(name.lower(), None)
        self._runs.pop(name.lower(), None)

    def stop(self, name: str) -> bool:
        """Stop it; returns whether it ran. Raises ServiceError."""
        service = self._existing(name)
        if service.status == "Stopped":
            return False
        if service.will_not_stop:
            raise ServiceError("not_stopped", f"Cannot stop {name} service on computer '.'.")
        self._put(name.lower(), replace(service, status="Stopped"))
        return True

    def start(self, name: str) -> None:
        """Start it, if it does not run. Raises ServiceError."""
        service = self._existing(name)
        if service.status != "Running" and (service.will_not_start or service.start_mode == "Disabled"):
            raise ServiceError("not_started", f"Cannot start service {name} on computer '.'.")
        self._put(name.lower(), replace(service, status="Running"))

    def _put(self, name: str, service: WindowsService, moment: datetime | None = None) -> None:
        self._services[name] = service
        if service.status in ("Stopped", "StartPending"):
            self._runs.pop(name, None)
        elif name not in self._runs:
            self._runs[name] = ServiceRun(next(self._process_ids), moment or self._now())

    def _existing(self, name: str) -> WindowsService:
        service = self.find(name)
        if service is None:
            raise ServiceError("missing", f"Cannot find any service with service name '{name}'.")
        return service
