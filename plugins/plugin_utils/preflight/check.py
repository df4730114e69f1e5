# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One check: a row of the catalogue (catalogue.py) and a function that judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..request import Step
from .declared import Declared
from .finding import Finding
from .situation import Situation

HOST, DNS, NETWORK, LOGIN = "host", "dns", "network", "login"
CONNECTORS = frozenset({"send_connector", "smarthost_account"})
POP3 = frozenset({"pop3_connector"})
SENDERS = frozenset({"address_rewrite", *CONNECTORS})


@dataclass(frozen=True)
class Reads:
    """What a check reads on the host: steps, each with an id of its own that begins with ``preflight_`` unless it is a
    noun's own step, and the secrets to which they refer."""

    steps: tuple[Step, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def always(declared: Declared) -> bool:
    """That a check applies to every host."""
    return True


def nothing(declared: Declared) -> Reads:
    """That a check reads nothing of its own."""
    return Reads()


def never(situation: Situation) -> frozenset[str]:
    """That no plan runs into what is wrong."""
    return frozenset()


def new_route(situation: Situation) -> frozenset[str]:
    """The connector's nouns, where their plan hands mail over as none is handed over today: then none of today's is
    stopped by what is wrong, and what is planned would run into it."""
    return situation.planned & CONNECTORS if situation.new_routes else frozenset()


def new_accounts(situation: Situation) -> frozenset[str]:
    """The POP3 connector, where its plan fetches from where nothing is fetched today."""
    return situation.planned & POP3 if situation.new_accounts else frozenset()


@dataclass(frozen=True)
class Check:
    """One check. ``name`` is what ``preflight_accept`` takes; ``group`` one of desired.GROUPS. ``about``: what is
    checked, ``source``: of what that is known, both for the documentation, without a full stop.

    ``asks``: HOST is judged in every run by what was read; DNS and NETWORK are asked from the controller, and in a run
    that may change something only where one of ``nouns`` has a plan; LOGIN is what asks the network from the host, or
    logs in, and is asked in a preflight alone, since before a change the nouns prove their own logins. ``judge``: None
    where it turns out to be about nothing on this host. ``offline``: it is judged in every run, if only
    by what was read. ``stops``: the nouns that a FAIL stops, of those that have a
    plan. Mail that leaves today is never stopped."""

    name: str
    group: str
    about: str
    source: str
    judge: Callable[[Situation], Finding | None]
    applies: Callable[[Declared], bool] = always
    reads: Callable[[Declared], Reads] = nothing
    asks: str = HOST
    nouns: frozenset[str] = SENDERS
    offline: bool = False
    stops: Callable[[Situation], frozenset[str]] = never
