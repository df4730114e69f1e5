"""What the agent reads of Windows itself: the registry and the application log are the machine's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import translate
from typing import Any, Final

from lab.exchange.host import Output
from lab.host.machine import SimulatedMachine
from lab.twin.agent import Agent, Given
from lab.twin.files import utc
from lab.twin.parameters import as_list

_EVENTS: Final = 5000
_UPDATES: Final = ("ExSetup", "WinHttp", "WebIo", "DotNet35")
_MEMORY: Final = ("PeakMegabytes", "PrivateMegabytes")


def get_registry_values(agent: Agent, given: Given) -> Output:
    """``Get-RegistryValues``."""
    return [_value(agent.machine, wanted) for wanted in given["Values"]]


def get_update_facts(agent: Agent, given: Given) -> Output:
    """``Get-UpdateFacts``; of program files the simulated host has Exchange's ExSetup.exe alone."""
    return [{**dict.fromkeys(_UPDATES), "ExSetup": agent.machine.exsetup_version}]


def get_event_counts(agent: Agent, given: Given) -> Output:
    """``Get-EventCounts``: by source, id and kind; the newest events only."""
    patterns = [re.compile(translate(str(source)), re.IGNORECASE) for source in as_list(given["Sources"])]
    rows: dict[str, dict[str, Any]] = {}
    for event in agent.machine.events()[-_EVENTS:]:
        if any(one.match(event.source) for one in patterns):
            named = {"Source": event.source, "Id": event.id, "Kind": event.kind}
            row = rows.setdefault(f"{event.source} {event.id:05} {event.kind}", {**named, "Count": 0})
            row["Count"] += 1
            row["Latest"] = utc(event.time)
    return [rows[key] for key in sorted(rows)]


def get_process_facts(agent: Agent, given: Given) -> Output:
    """``Get-ProcessFacts``."""
    return [dict.fromkeys(_MEMORY)]


def _value(machine: SimulatedMachine, wanted: Mapping[str, Any]) -> dict[str, object]:
    """Neither the path nor the name minds capitals."""
    key, name = str(wanted["Key"]), str(wanted["Name"])
    values = machine.registry.get(key.lower())
    known = {each.lower(): value for each, value in (values or {}).items()}
    return {"Key": key, "Name": name, "Present": values is not None, "Value": known.get(name.lower())}
