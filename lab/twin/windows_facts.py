"""What the agent reads of Windows itself, in Python: the registry is the machine's, events are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from lab.machine import SimulatedMachine

_UPDATES: Final = ("ExSetup", "WinHttp", "WebIo", "DotNet35")
_MEMORY: Final = ("PeakMegabytes", "PrivateMegabytes")


def commands(machine: SimulatedMachine) -> dict[str, Callable[[dict[str, Any]], list[dict[str, object]]]]:
    """The functions by their names; of program files the simulated host has Exchange's ExSetup.exe alone."""
    return {
        "Get-RegistryValues": lambda given: [_value(machine, wanted) for wanted in given["Values"]],
        "Get-UpdateFacts": lambda _: [{**dict.fromkeys(_UPDATES), "ExSetup": machine.exsetup_version}],
        "Get-ShellLimits": lambda _: [dict(machine.shell_limits)],
        "Get-TlsAbility": lambda _: [{"Tls12": machine.dotnet_tls12}],
        "Get-EventCounts": lambda _: [],
        "Get-ProcessFacts": lambda _: [dict.fromkeys(_MEMORY)],
    }


def _value(machine: SimulatedMachine, wanted: Mapping[str, Any]) -> dict[str, object]:
    """Neither the path nor the name minds capitals."""
    key, name = str(wanted["Key"]), str(wanted["Name"])
    values = machine.registry.get(key.lower())
    known = {each.lower(): value for each, value in (values or {}).items()}
    return {"Key": key, "Name": name, "Present": values is not None, "Value": known.get(name.lower())}
