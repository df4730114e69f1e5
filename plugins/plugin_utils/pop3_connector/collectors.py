# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other programs that fetch provider mailboxes into an Exchange server, known by their Windows service, or by the
scheduled task that starts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..messages import notice_of
from ..request import Reply, Step


@dataclass(frozen=True)
class Collector:
    """One product. ``wildcards`` are compared with the names and display names of services and with what tasks
    start."""

    product: str
    wildcards: tuple[str, ...]
    source: str
    confidence: str


_PRODUCT = "the product's name; its service name is published nowhere, so its own words are looked for"
_VENDOR = "the service's name, as its maker tells it"
_CYGWIN = "the program's name, run by cygrunsrv"
_SCRIPTS = "the service's name, in public scripts"
COLLECTORS = (
    Collector("POPcon, POPcon PRO (Servolutions)", ("*popcon*",), _SCRIPTS, "confirmed"),
    Collector("Exchange Connector (QSS)", ("*exchange connector service*",), _VENDOR, "confirmed"),
    Collector("GFI POP2Exchange, Pop2Exchange (Roth)", ("*pop2exchange*",), _VENDOR, "confirmed"),
    Collector("hMailServer", ("*hmailserver*",), _SCRIPTS, "confirmed"),
    Collector("PopRep (Twistround)", ("*poprep*",), "the program's name, as its maker tells it", "medium"),
    Collector("POPBeamer (Dataenter)", ("*popbeamer*",), _PRODUCT, "medium"),
    Collector("SmartPOP2Exchange (JAM Software)", ("*smartpop2exchange*",), _PRODUCT, "medium"),
    Collector("MAPILab POP3 Connector", ("*mapilab*pop3*",), _PRODUCT, "low"),
    Collector("eXchange POP3", ("exchange pop3*", "exchangepop3*"), _PRODUCT, "low"),
    Collector("PopGrabber", ("*popgrabber*",), _PRODUCT, "low"),
    Collector("POPWeasel", ("*popweasel*",), _PRODUCT, "low"),
    Collector("IGetMail", ("*igetmail*",), _PRODUCT, "low"),
    Collector("VPOP3", ("*vpop3*",), _PRODUCT, "low"),
    Collector("fetchmail", ("*fetchmail*",), _CYGWIN, "low"),
    # Not *getmail*: scripts that look at Exchange are called GetMailboxSizes and the like.
    Collector("getmail", ("getmail", "*[/\\ '\"]getmail", "*[/\\ '\"]getmail[ ._'\"]*"), _CYGWIN, "low"),
)
"""Exchange's own POP3 service (``MSExchangePOP3``, "Microsoft Exchange POP3") only serves; it fits none of them."""
SERVICES_ID, TASKS_ID = "read_services", "read_tasks"


def _names(further: Iterable[str]) -> list[str]:
    return sorted({wildcard for each in COLLECTORS for wildcard in each.wildcards} | set(further))


def read_step(further: Iterable[str]) -> Step:
    """The step that looks for their services, and for those that the inventory names besides."""
    shown = ("Name", "DisplayName", "Status", "StartMode")
    return Step(SERVICES_ID, "Get-ServiceList", {"Names": _names(further)}, shown)


def tasks_step(further: Iterable[str]) -> Step:
    """The step that looks for tasks that start them."""
    return Step(TASKS_ID, "Get-TaskList", {"Names": _names(further)}, ("Name", "Command", "Enabled"))


@dataclass(frozen=True)
class Collected:
    """A service or task that may fetch: as it is told to a person, and whether it is at work."""

    name: str
    runs: bool


def collected(reply: Reply, own_service: str) -> tuple[Collected, ...]:
    """What may fetch; what is switched off for good does not, nor does the SBS's own service."""
    services, tasks = (reply.result(step_id).output for step_id in (SERVICES_ID, TASKS_ID))
    return (
        *(
            Collected(
                f"{each.get('DisplayName') or each.get('Name')} ({each.get('Name')}, {each.get('Status')})",
                each.get("Status") != "Stopped",
            )
            for each in services
            if str(each.get("Name")).lower() != own_service.lower()
            and not (each.get("StartMode") == "Disabled" and each.get("Status") == "Stopped")
        ),
        *(
            Collected(notice_of("pop3_collector_task", name=each.get("Name"), command=each.get("Command")), True)
            for each in tasks
            if each.get("Enabled") is not False
        ),
    )


def found(reply: Reply, own_service: str) -> tuple[str, ...]:
    """The same for a person alone."""
    return tuple(each.name for each in collected(reply, own_service))
