"""WMI of the simulated Windows: the instances of the classes that are simulated, and filters as far as they are needed.

Texts begin with ``=`` (see ``typed``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lab.host.machine import SimulatedMachine
from lab.host.network import adapters
from lab.pwsh.windows import dmtf, operating_system

Instance = dict[str, Any]
_WINDOWS: Final = "55c92734-d682-4d71-983e-d6ec3f16059f"
_CONDITION: Final = re.compile(r"\s*(\w+)\s*(?:=\s*(?:'([^']*)'|(\d+))|(IS NOT NULL))\s*", re.IGNORECASE)


class UnknownFilter(ValueError):
    """A filter that is not simulated."""


def instances(machine: SimulatedMachine, name: str, wanted: str = "") -> list[Instance] | None:
    """Those of a class that a filter lets through; None for a class that there is not. Raises UnknownFilter."""
    read = _CLASSES.get(name.lower())
    return None if read is None else [each for each in read(machine) if _passes(each, wanted)]


def _passes(instance: Instance, wanted: str) -> bool:
    known = {name.lower(): value for name, value in instance.items()}
    for condition in re.split(r"\bAND\b", wanted, flags=re.IGNORECASE) if wanted else ():
        match = _CONDITION.fullmatch(condition)
        if match is None or match[1].lower() not in known:
            raise UnknownFilter(f"Filter: {wanted}")
        value = known[match[1].lower()]
        expected = match[2] if match[2] is not None else match[3]
        if value is None or (not match[4] and str(value).removeprefix("=").lower() != expected.lower()):
            return False
    return True


def _operating_system(machine: SimulatedMachine) -> list[Instance]:
    return [{**operating_system(machine.facts()), "LastBootUpTime": f"={_time(machine, machine.boot_time)}"}]


def _services(machine: SimulatedMachine) -> list[Instance]:
    return [
        {
            **{name: f"={service.shown()[told]}" for name, told in _OF_A_SERVICE.items()},
            "ProcessId": run.process_id if (run := machine.pop3.services.run_of(service.name)) else 0,
        }
        for service in machine.pop3.services.all()
    ]


def _processes(machine: SimulatedMachine) -> list[Instance]:
    """Those of services."""
    runs = {service.name: machine.pop3.services.run_of(service.name) for service in machine.pop3.services.all()}
    return [
        {"Name": f"={name}.exe", "ProcessId": run.process_id, "CreationDate": f"={_time(machine, run.started)}"}
        for name, run in runs.items()
        if run
    ]


def _disks(machine: SimulatedMachine) -> list[Instance]:
    disk = machine.queue_disk
    return [{"DeviceID": f"={disk.volume}", "DriveType": 3, "Size": disk.size, "FreeSpace": disk.free}]


def _shares(machine: SimulatedMachine) -> list[Instance]:
    return [{"Name": f"={name}"} for name in machine.shares]


def _networks(machine: SimulatedMachine) -> list[Instance]:
    """One adapter with all addresses, and one of those that have none."""
    found = adapters(machine)
    masks = [str(each.netmask) if each.version == 4 else str(each.network.prefixlen) for each in found]
    told = {"IPAddress": [f"={each.ip}" for each in found], "IPSubnet": [f"={mask}" for mask in masks]}
    return [{"IPEnabled": False, "IPAddress": None, "IPSubnet": None}, {"IPEnabled": True, **told}]


def _licences(machine: SimulatedMachine) -> list[Instance]:
    """The product whose key is installed, and one of the many whose key is not."""
    keyed = {"PartialProductKey": "=LAB15", "LicenseStatus": machine.licence_status}
    return [
        {"Name": "=Windows(R)", "ApplicationID": f"={_WINDOWS}", **rest}
        for rest in ({"PartialProductKey": None, "LicenseStatus": 0}, keyed)
    ]


def _time(machine: SimulatedMachine, moment: datetime) -> str:
    offset: int = machine.facts()["Clock"]["UtcOffsetMinutes"]
    return dmtf(moment + timedelta(minutes=offset), offset)


_OF_A_SERVICE: Final[Mapping[str, str]] = {
    "Name": "Name",
    "DisplayName": "DisplayName",
    "Description": "Description",
    "State": "Status",
    "StartMode": "StartMode",
    "StartName": "Account",
    "PathName": "Program",
}
_CLASSES: Final[Mapping[str, Callable[[SimulatedMachine], list[Instance]]]] = {
    "softwarelicensingproduct": _licences,
    "win32_logicaldisk": _disks,
    "win32_networkadapterconfiguration": _networks,
    "win32_operatingsystem": _operating_system,
    "win32_process": _processes,
    "win32_service": _services,
    "win32_share": _shares,
}
