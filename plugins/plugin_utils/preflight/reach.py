# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which servers the host itself can connect to: never judged from the controller, whose firewall is another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..lenient import texts
from ..request import Step
from .declared import Declared
from .situation import Situation

STEP_ID, COMMAND = "preflight_reach", "Test-Reach"
IMPLICIT_TLS = 465
"""The port of submission with TLS from the first byte, which Exchange does not speak."""


def hosts_of(declared: Declared) -> tuple[str, ...]:
    """The declared smart hosts."""
    return tuple(each.strip("[]") for each in declared.route.hosts) if declared.route else ()


def recipients_of(declared: Declared) -> tuple[tuple[str, int], ...]:
    """The recipients' mail servers that are declared, by whom it is seen whether a server that sends directly gets out
    at all. Nobody is called whom the inventory does not name."""
    direct = declared.route is not None and declared.route.direct
    return tuple((host, 25) for host in declared.options.recipient_servers) if direct else ()


def places_of(declared: Declared) -> tuple[tuple[str, int], ...]:
    """The servers that are declared, each with its port; of smart hosts the other usual port, too. Of a server that is
    declared to send directly some of its recipients'."""
    port = declared.route.port if declared.route else 0
    smart = [(host, number) for host in hosts_of(declared) for number in (port, IMPLICIT_TLS)]
    pop3 = [(each.identity.server, int(each.identity.port)) for each in declared.accounts]
    return tuple(dict.fromkeys((*smart, *pop3, *recipients_of(declared))))


def steps(declared: Declared) -> tuple[Step, ...]:
    """One step for all of them, within one time."""
    places = [{"Name": name, "Port": port} for name, port in places_of(declared)]
    given = {"Places": places, "TimeoutSeconds": declared.options.answer_seconds}
    return (Step(STEP_ID, COMMAND, given, ("Name", "Port", "Addresses", "Connected", "Problem")),) if places else ()


def reached(situation: Situation, name: str, port: int) -> Mapping[str, Any] | None:
    """What the host told of a place."""
    rows = situation.rows(STEP_ID)
    return next((row for row in rows if (row.get("Name"), row.get("Port")) == (name, port)), None)


def addresses(row: Mapping[str, Any] | None) -> list[str]:
    """The addresses of a row."""
    return texts(row.get("Addresses")) if row else []
