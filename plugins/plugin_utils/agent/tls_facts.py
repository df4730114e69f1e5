# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host tells of TLS: which Exchange it is by its rollup, what SCHANNEL's keys mean on this Windows, and what the
agent's own .NET can speak. What the agent reaches says nothing of Exchange."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..lenient import first, inside, is_of, text
from ..request import Reply, Step

_DATA = Path(__file__).parent.parent / "data"
_KEYS = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
PROTOCOLS = ("TLS 1.0", "TLS 1.1", "TLS 1.2")
ENDS = ("Client", "Server")
VALUES = ("Enabled", "DisabledByDefault")
SCHANNEL = {(protocol, end): rf"{_KEYS}\{protocol}\{end}" for protocol in PROTOCOLS for end in ENDS}
"""The key of each protocol and end."""
_WANTED = {"Values": [{"Key": key, "Name": name} for key in SCHANNEL.values() for name in VALUES]}
UPDATES = Step("read_updates", "Get-UpdateFacts", select=("ExSetup",), always=True)
_REGISTRY = Step("read_schannel", "Get-RegistryValues", _WANTED, ("Key", "Name", "Present", "Value"), always=True)
_ABILITY = Step("read_tls_ability", "Get-TlsAbility", select=("Tls12",), always=True)
STEPS = (UPDATES, _REGISTRY, _ABILITY)
"""None of them needs Exchange; each may fail."""
WINDOWS_8 = (6, 2)
"""The first Windows, as Server 2012, on which TLS 1.1 and 1.2 are on where no key says otherwise."""
Version = tuple[int, ...]


def version_of(reported: Any, parts: int) -> Version | None:
    """The numbers of a version, which files print filled up with zeros; None where it is none of so many parts."""
    found = re.match(r"\s*\d{1,6}(?:\.\d{1,6})*", reported) if isinstance(reported, str) else None
    numbers = tuple(map(int, found[0].split("."))) if found else ()
    return numbers[:parts] if len(numbers) >= parts else None


@cache
def _table() -> Mapping[str, Any]:
    table: dict[str, Any] = json.loads((_DATA / "exchange_builds.json").read_text("ascii"))
    return table


def exchange_update(reported: Any) -> dict[str, Any]:
    """A build by ExSetup.exe's version: its number, its name (of the nearest one below, where nobody knows it) and
    whether its SMTP follows SCHANNEL."""
    version = version_of(reported, 4)
    if version is None:
        return {"update": None, "update_name": None, "smtp_follows_schannel": None}
    known = {tuple(map(int, build.split("."))): name for build, name in _table()["builds"].items()}
    below = max((build for build in known if build <= version and build[:2] == version[:2]), default=None)
    name = known[below] if below else None
    lowest = version_of(_table()["lowest_for_tls12_smtp"], 4) or ()
    return {
        "update": ".".join(map(str, version)),
        "update_name": f"{name} or later" if name and below != version else name,
        "smtp_follows_schannel": version >= lowest,
    }


def _number(value: Any) -> int | None:
    """A DWORD, which .NET may show as a negative number."""
    return value if is_of(int, value) else None


def end_state(protocol: str, values: Mapping[str, Any], windows: Version | None) -> dict[str, Any]:
    """What a key says of one end of a protocol (``state``), and whether it is then spoken by who names no versions
    (``on``, None: unknown)."""
    enabled, hidden = (_number(values.get(name)) for name in VALUES)
    if enabled is None and hidden is None:
        on = protocol == "TLS 1.0" or windows >= WINDOWS_8 if windows else None
        return {"state": "absent", "on": on}
    if enabled == 0:
        return {"state": "disabled", "on": False}
    if enabled is None or hidden is None:
        return {"state": "misconfigured", "on": None}
    return {"state": "disabled by default" if hidden else "enabled", "on": not hidden}


def schannel(rows: Iterable[Mapping[str, Any]], windows: Any) -> dict[str, dict[str, Any]]:
    """Each protocol with the state of its ends, where ``windows`` is the version of Windows."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(str(row.get("Key")).lower(), {})[str(row.get("Name"))] = row.get("Value")
    version = version_of(windows, 2)
    return {
        protocol: {end.lower(): end_state(protocol, found.get(key.lower(), {}), version) for end, key in ends.items()}
        for protocol, ends in ((each, {end: SCHANNEL[each, end] for end in ENDS}) for each in PROTOCOLS)
    }


def facts(reply: Reply, host_facts: Mapping[str, Any]) -> dict[str, Any]:
    """``host_facts``, with what a reply to STEPS tells; a part that was not told is None."""
    windows, exchange = inside(host_facts.get("windows")), host_facts.get("exchange")
    told = any(reply.result(each.id).output for each in STEPS)
    rows = reply.result(_REGISTRY.id).output
    keys = schannel(rows, text(windows.get("version"))) if rows else None
    update = exchange_update(first(reply.result(UPDATES.id).output).get("ExSetup"))
    able = first(reply.result(_ABILITY.id).output).get("Tls12")
    tls: dict[str, Any] = {
        "agent_tls12": able if is_of(bool, able) else None,
        "schannel": keys,
        "exchange_tls12": _exchange_tls12(update["smtp_follows_schannel"], keys),
    }
    if isinstance(exchange, Mapping):
        exchange = {**exchange, **update}
    return {**host_facts, "exchange": exchange, "tls": tls if told else None}


def _exchange_tls12(follows: bool | None, keys: Mapping[str, Any] | None) -> bool | None:
    """Whether Exchange's SMTP offers TLS 1.2 to a provider, once the server was restarted with these keys."""
    client = keys["TLS 1.2"]["client"]["on"] if keys else None
    if follows is False or client is False:
        return False
    return True if follows and client else None
