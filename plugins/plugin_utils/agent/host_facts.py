# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host tells of itself: the agent's Get-HostFacts as Ansible facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..lenient import first, inside, moment, number
from ..request import Reply, Request, Step
from . import shell_memory, tls_facts
from .session import Session, ask_to_read, require_read

PROPERTIES = ("ComputerName", "Fqdn", "Domain", "Windows", "PowerShell", "Exchange", "Clock", "WinRM")
STEP = Step("read_host_facts", "Get-HostFacts", select=PROPERTIES)
SBS_SKUS = {9: "Small Business Server", 25: "Small Business Server Premium", 50: "SB Solution Server"}
"""OperatingSystemSKU of Win32_OperatingSystem (GetProductInfo's PRODUCT_SMALLBUSINESS_SERVER and relatives)."""
SMALL_BUSINESS_SUITES = 0x1 | 0x20
"""VER_SUITE_SMALLBUSINESS and VER_SUITE_SMALLBUSINESS_RESTRICTED in OSProductSuite."""


BESIDE = tls_facts.STEPS
"""What is asked for besides, and may fail."""
MAY_FAIL = frozenset(each.id for each in tls_facts.STEPS)


def host_facts(session: Session, now: datetime) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The facts, and what there is to say. ``now`` is the controller's clock, against which the host's is held."""
    request = Request((STEP, *BESIDE))
    reply, again = ask_to_read(session, request)
    require_read(reply, request, session.where, MAY_FAIL)
    return facts_of(reply, now), (*again, *reply.warnings, *notices(reply))


def notices(reply: Reply) -> tuple[str, ...]:
    """What the facts in a reply give to say."""
    reported = inside(first(reply.result(STEP.id).output).get("WinRM"))
    return shell_memory.notices_of(reported.get("MaxMemoryPerShellMB"))


def facts_of(reply: Reply, now: datetime) -> dict[str, Any]:
    """The facts in a reply to STEP and BESIDE."""
    found = first(reply.result(STEP.id).output)
    facts = {_snake(name): _snake_keys(found.get(name)) for name in PROPERTIES}
    facts["agent"] = reply.agent
    facts["small_business_server"] = _small_business(found.get("Windows"))
    facts["clock_skew_seconds"] = _skew(found.get("Clock"), now)
    return tls_facts.facts(reply, facts)


def _small_business(windows: Any) -> bool | None:
    """Whether Windows calls itself a Small Business Server; None where it does not tell."""
    sku, suites = (number(inside(windows).get(key)) for key in ("Sku", "SuiteMask"))
    if sku is None and suites is None:
        return None
    return sku in SBS_SKUS or bool((suites or 0) & SMALL_BUSINESS_SUITES)


def host_clock(clock: Any) -> datetime | None:
    """The moment that a host's ``Clock`` tells, in whole seconds that are over; None where it does not tell."""
    return moment(inside(clock).get("Utc"))


def _skew(clock: Any, now: datetime) -> int | None:
    """How many seconds the host's clock is ahead of the controller's; None where it does not tell."""
    found = host_clock(clock)
    return round((found - now).total_seconds()) if found else None


def _snake_keys(value: Any) -> Any:
    return {_snake(str(key)): item for key, item in value.items()} if isinstance(value, Mapping) else value


def _snake(name: str) -> str:
    """``MaxMemoryPerShellMB`` as ``max_memory_per_shell_mb``, ``WinRM`` as ``winrm``, ``UtcOffsetMinutes`` likewise."""
    text = name.replace("WinRM", "Winrm").replace("PowerShell", "Powershell").replace("MB", "Mb")
    return "".join(("_" if at and char.isupper() else "") + char.lower() for at, char in enumerate(text))
