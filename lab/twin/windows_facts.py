"""What the agent reads of Windows itself: the registry is the machine's, events are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lab.exchange.host import Output
from lab.host.machine import SimulatedMachine
from lab.twin.agent import Agent, Given

_UPDATES: Final = ("ExSetup", "WinHttp", "WebIo", "DotNet35")
_MEMORY: Final = ("PeakMegabytes", "PrivateMegabytes")


def get_registry_values(agent: Agent, given: Given) -> Output:
    """``Get-RegistryValues``."""
    return [_value(agent.machine, wanted) for wanted in given["Values"]]


def get_update_facts(agent: Agent, given: Given) -> Output:
    """``Get-UpdateFacts``; of program files the simulated host has Exchange's ExSetup.exe alone."""
    return [{**dict.fromkeys(_UPDATES), "ExSetup": agent.machine.exsetup_version}]


def get_event_counts(agent: Agent, given: Given) -> Output:
    """``Get-EventCounts``."""
    return []


def get_process_facts(agent: Agent, given: Given) -> Output:
    """``Get-ProcessFacts``."""
    return [dict.fromkeys(_MEMORY)]


def _value(machine: SimulatedMachine, wanted: Mapping[str, Any]) -> dict[str, object]:
    """Neither the path nor the name minds capitals."""
    key, name = str(wanted["Key"]), str(wanted["Name"])
    values = machine.registry.get(key.lower())
    known = {each.lower(): value for each, value in (values or {}).items()}
    return {"Key": key, "Name": name, "Present": values is not None, "Value": known.get(name.lower())}
