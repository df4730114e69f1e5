# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the host itself is fit to send and to fetch mail: its Windows, its build of Exchange, its disk, its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ..agent import host_facts, tls_facts
from ..agent.shell_memory import ENOUGH_MB
from ..lenient import first, inside, moment, number, text
from ..messages import notice_of
from ..pop3_connector import collectors
from ..request import Step
from .check import Check, Reads, new_accounts
from .declared import Declared
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding
from .situation import Situation
from .told import host, is_edge, not_running, reads, reply_of, untold

STATE = Step("preflight_host_state", "Get-HostState", select=("QueueDrive", "QueueSize", "QueueFree", "Groups"))
EVENTS = Step(
    "preflight_events", "Get-EventCounts", {"Sources": ["MSExchangeTransport"]}, ("Source", "Id", "Kind", "Latest")
)
EXCHANGE_SERVICES = (
    "MSExchangeADTopology",
    "MSExchangeIS",
    "MSExchangeMailSubmission",
    "MSExchangeTransport",
    "MSExchangeSA",
)
"""In the order in which they are to be started."""
FILTERS = ("*vamsoft*", "orfee*", "scanmail_*", "*eset*mail*security*")
"""Programs that filter mail, by their services: ORF, ScanMail, ESET. Judged with Exchange's agents."""
SERVICES = Step(
    "preflight_services",
    "Get-ServiceList",
    {"Names": [*EXCHANGE_SERVICES, *FILTERS]},
    ("Name", "DisplayName", "Status", "StartMode"),
)
WINDOWS = (6, 1, 7601)
NEAR, FAR = 60, 300
"""Seconds: up to the first clocks agree, beyond the second Kerberos fails."""
FULL, TOO_FULL = 95, 97
"""Percent of the queues' volume."""
ROSE, OVER, REFUSES = 15004, 15005, (15006, 15007)
"""Events of back pressure: a resource got scarcer, less scarce, and mail is refused for want of disk or memory."""


def _windows(situation: Situation) -> Finding:
    version = tls_facts.version_of(inside(host(situation).get("Windows")).get("Version"), 3)
    if version is None:
        return untold()
    found = notice_of("check_windows", version=".".join(map(str, version)))
    return Finding(PASS, found) if version >= WINDOWS else Finding(WARN, found, notice_of("remedy_windows"))


def _build(situation: Situation) -> Finding:
    """By the file of the server itself, in which rollups show."""
    told = tls_facts.exchange_update(first(situation.rows(tls_facts.STEPS[0].id)).get("ExSetup"))
    build, name = told["update"], told["update_name"]
    if build is None:
        installed = text(inside(host(situation).get("Exchange")).get("Build"))
        return Finding(UNKNOWN, notice_of("check_build_untold", build=installed)) if installed else untold()
    found = notice_of("check_build", build=build, name=name) if name else notice_of("check_build_unnamed", build=build)
    if told["smtp_follows_schannel"]:
        return Finding(PASS, found)
    return Finding(WARN, found, notice_of("remedy_build"))


def _shell_memory(situation: Situation) -> Finding:
    megabytes = number(inside(host(situation).get("WinRM")).get("MaxMemoryPerShellMB"))
    if megabytes is None:
        return untold()
    if not megabytes:
        return Finding(PASS, notice_of("check_memory_unlimited"))
    found = notice_of("check_memory", found=megabytes)
    if megabytes >= ENOUGH_MB:
        return Finding(PASS, found)
    return Finding(WARN, found, notice_of("remedy_memory", enough=ENOUGH_MB))


def _rights(situation: Situation) -> Finding:
    groups = first(situation.rows(STATE.id)).get("Groups")
    if not isinstance(groups, list):
        return untold()
    if "S-1-5-32-544" not in groups:
        return Finding(FAIL, notice_of("check_rights_none"), notice_of("remedy_rights"))
    if any(str(each).startswith("S-1-5-21-") and str(each).endswith("-512") for each in groups):
        return Finding(PASS, notice_of("check_rights"))
    if is_edge(situation):
        return Finding(PASS, notice_of("check_rights_of_server"))
    return Finding(WARN, notice_of("check_rights_not_of_domain"), notice_of("remedy_rights"))


def _clock(situation: Situation) -> Finding:
    told = host_facts.host_clock(host(situation).get("Clock"))
    if told is None:
        return untold()
    # It was told before the rest was read, which takes a minute where Exchange's shell is loaded.
    reading = sum(each.milliseconds for each in situation.told.values()) // 1000
    ahead = round((told - situation.now).total_seconds())
    seconds = ahead if ahead > 0 else max(0, -ahead - reading)
    found = notice_of("check_clock", seconds=seconds)
    if seconds <= NEAR:
        return Finding(PASS, found)
    return Finding(WARN if seconds <= FAR else FAIL, found, notice_of("remedy_clock"))


def _disk(situation: Situation) -> Finding:
    told = first(situation.rows(STATE.id))
    drive, size, free = text(told.get("QueueDrive")), number(told.get("QueueSize")), number(told.get("QueueFree"))
    if not drive or not size or free is None or not 0 <= free <= size:
        return untold()
    percent = (size - free) * 100 // size
    found = notice_of("check_disk", percent=percent, drive=drive)
    if percent < FULL:
        return Finding(PASS, found)
    return Finding(FAIL if percent >= TOO_FULL else WARN, found, notice_of("remedy_disk", drive=drive))


def _back_pressure(situation: Situation) -> Finding:
    """Only the last day counts, and what was not followed by relief. What is fetched is refused already when pressure
    rises, so that is too much for new accounts."""
    if not situation.was_told(EVENTS.id):
        return untold()
    told = [(number(row.get("Id")), moment(row.get("Latest"))) for row in situation.rows(EVENTS.id)]
    since = situation.now - timedelta(days=1)
    latest = dict(sorted((event, at) for event, at in told if event is not None and at and at >= since))
    over = latest.pop(OVER, None)
    pressed = [(event, latest[event]) for event in (*REFUSES, ROSE) if event in latest]
    left = [(event, at) for event, at in pressed if over is None or at > over]
    if not left:
        is_over = notice_of("check_pressure_over", moment=_shown(over)) if pressed and over else None
        return Finding(PASS, is_over or notice_of("check_pressure_none"))
    event, at = left[0]
    if event == ROSE:
        found = notice_of("check_pressure_rose", event=event, moment=_shown(at))
        return Finding(FAIL if situation.new_accounts else WARN, found, notice_of("remedy_pressure"))
    found = notice_of("check_pressure_refuses", event=event, moment=_shown(at))
    return Finding(FAIL, found, notice_of("remedy_pressure"))


def _shown(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _services(situation: Situation) -> Finding:
    """Those that are there: an Edge server has but one of them."""
    stopped = not_running(situation, SERVICES.id, EXCHANGE_SERVICES)
    if stopped is None:
        return untold()
    if not stopped:
        return Finding(PASS, notice_of("check_services_run"))
    names = ", ".join(stopped)
    return Finding(FAIL, notice_of("check_services_stopped", names=names), notice_of("remedy_services", names=names))


def _collectors(situation: Situation) -> Finding:
    found = collectors.found(reply_of(situation), situation.declared.pop3_place.service_name)
    if found:
        names = "; ".join(map(str, found))
        return Finding(WARN, notice_of("check_collectors", names=names), notice_of("remedy_collectors"))
    told = all(map(situation.was_told, (collectors.SERVICES_ID, collectors.TASKS_ID)))
    return Finding(PASS, notice_of("check_collectors_none")) if told else untold()


def _without_pop3(declared: Declared) -> bool:
    """Where the POP3 connector is declared, it tells of other collectors itself; where the ways of domains are, a check
    of theirs does."""
    return "pop3_connector" not in declared.nouns and not declared.inbound.domains


HOST_FACTS = reads(host_facts.STEP)
ROWS: tuple[Check, ...] = (
    Check(
        "windows",
        "host",
        "Windows Server 2008 R2 with Service Pack 1 or later",
        "Win32_OperatingSystem",
        _windows,
        reads=HOST_FACTS,
    ),
    Check(
        "build",
        "host",
        "an Exchange whose SMTP follows SCHANNEL: 2010 SP3 with Rollup 9 or later",
        "the version of ExSetup.exe",
        _build,
        reads=reads(host_facts.STEP, tls_facts.STEPS[0]),
    ),
    Check(
        "shell_memory",
        "host",
        f"{ENOUGH_MB} MB or more for a shell of WinRM",
        "MaxMemoryPerShellMB",
        _shell_memory,
        reads=HOST_FACTS,
    ),
    Check(
        "rights",
        "host",
        "a login that is an administrator of the server and of its domain",
        "the SIDs of the login's groups",
        _rights,
        reads=reads(host_facts.STEP, STATE),
    ),
    Check(
        "clock",
        "host",
        f"a clock that differs from the controller's by {NEAR} seconds at most; over {FAR} fail",
        "both clocks",
        _clock,
        reads=HOST_FACTS,
    ),
    # What is collected is deleted at the provider, and from Medium pressure on Exchange does not take it. What leaves
    # through a new route waits in the same queues as what leaves today: no plan of the connector runs into a full disk.
    Check(
        "disk",
        "host",
        f"less than {FULL} % used on the volume of the queues; {TOO_FULL} % fail",
        "Win32_LogicalDisk of Exchange's drive",
        _disk,
        reads=reads(STATE),
        stops=new_accounts,
    ),
    Check(
        "back_pressure",
        "host",
        "no back pressure within 24 hours that is not over",
        "events 15004 to 15007 of MSExchangeTransport",
        _back_pressure,
        reads=reads(EVENTS),
        stops=new_accounts,
    ),
    # A service that does not run delivers nothing today either, and a collector that reaches nobody deletes nothing.
    Check(
        "services",
        "host",
        "Exchange's services run",
        "the services of Windows",
        _services,
        reads=reads(SERVICES),
    ),
    Check(
        "collectors",
        "host",
        "no other program that fetches the provider's mailboxes",
        "services and scheduled tasks, by the names of known programs",
        _collectors,
        applies=_without_pop3,
        reads=lambda declared: Reads(collectors.steps(declared.other_collectors)),
        offline=True,
    ),
)
