# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other programs that fetch provider mailboxes into an Exchange server, known by their Windows service, or by the
scheduled task that starts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

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


_PRODUCT = "the product's own words; the name of its service is published nowhere"
_VENDOR = "the service's name, as its maker tells it"
_CYGWIN = "the program's name, run by a task or by cygrunsrv"
_SCRIPTS = "the service's name, in public scripts"
CONFIRMED, LIKELY = "confirmed", "likely"
"""That a product bears a name is published by its maker or in scripts of others; or nowhere, and its own words are
looked for."""
COLLECTORS = (
    Collector("POPcon, POPcon PRO (Servolutions)", ("*popcon*",), _SCRIPTS, CONFIRMED),
    Collector("Exchange Connector (QSS)", ("*exchange connector service*",), _VENDOR, CONFIRMED),
    Collector("GFI MailEssentials", ("gfi pop2exchange", "gfimesattendant", "gfi mailessentials*"), _VENDOR, CONFIRMED),
    Collector("hMailServer", ("*hmailserver*",), _SCRIPTS, CONFIRMED),
    Collector("PopRep (Twistround)", ("*poprep*",), "the program's name, as its maker tells it", LIKELY),
    Collector("POPBeamer (Dataenter)", ("*popbeamer*",), _PRODUCT, LIKELY),
    Collector("SmartPOP2Exchange (JAM Software)", ("*smartpop2exchange*",), _PRODUCT, LIKELY),
    Collector("MAPILab POP3 Connector", ("*mapilab*pop3*",), _PRODUCT, LIKELY),
    Collector("eXchange POP3", ("exchange pop3*", "exchangepop3*"), _PRODUCT, LIKELY),
    Collector("IGetMail", ("*igetmail*",), _PRODUCT, LIKELY),
    Collector("Pop2Exchange (Roth)", ("*pop2exchange*",), _PRODUCT, LIKELY),
    Collector("VPOP3", ("*vpop3*",), _PRODUCT, LIKELY),
    Collector("PopGrabber", ("*popgrabber*",), _PRODUCT, LIKELY),
    Collector("POPWeasel", ("*popweasel*",), _PRODUCT, LIKELY),
    Collector("fetchmail", ("*fetchmail*",), _CYGWIN, LIKELY),
    # Not *getmail*: scripts that look at Exchange are called GetMailboxSizes and the like.
    Collector("getmail", ("getmail", "*[/\\ '\"]getmail", "*[/\\ '\"]getmail[ ._'\"]*"), _CYGWIN, LIKELY),
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


def steps(further: Iterable[str]) -> tuple[Step, Step]:
    """Both steps that look for other programs, and for those that the inventory names besides."""
    return read_step(further), tasks_step(further)


@dataclass(frozen=True)
class FoundCollector:
    """What may fetch: what the host calls it, and the product that it seems to be; None where the inventory alone names
    it. ``runs``: whether it is at work."""

    shown: str
    product: Collector | None = None
    runs: bool = True

    def __str__(self) -> str:
        if self.product is None:
            return self.shown
        sure = "pop3_collector_known" if self.product.confidence == CONFIRMED else "pop3_collector_likely"
        return notice_of(sure, shown=self.shown, product=self.product.product)


def found(reply: Reply, own_service: str) -> tuple[FoundCollector, ...]:
    """What may fetch; what is switched off for good does not, nor does the SBS's own service."""
    services, tasks = (reply.result(step_id).output for step_id in (SERVICES_ID, TASKS_ID))
    return (
        *(
            FoundCollector(
                _shown(each), product_of(each.get("Name"), each.get("DisplayName")), each.get("Status") != "Stopped"
            )
            for each in services
            if str(each.get("Name")).lower() != own_service.lower()
            and not (each.get("StartMode") == "Disabled" and each.get("Status") == "Stopped")
        ),
        *(
            FoundCollector(
                notice_of("pop3_collector_task", name=each.get("Name"), command=each.get("Command")),
                product_of(each.get("Name"), each.get("Command")),
            )
            for each in tasks
            if each.get("Enabled") is not False
        ),
    )


def _shown(service: Mapping[str, Any]) -> str:
    return f"{service.get('DisplayName') or service.get('Name')} ({service.get('Name')}, {service.get('Status')})"


def product_of(*names: object) -> Collector | None:
    """The product to which one of these names belongs, the surest first."""
    small = [each.lower() for each in names if isinstance(each, str)]
    fitting = (each for each in COLLECTORS if any(fnmatchcase(name, card) for name in small for card in each.wildcards))
    return next(fitting, None)
