# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Exchange's SMTP here can speak: by its build, by SCHANNEL's keys, and by what was started since they were
written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..agent import host_facts, tls_facts
from ..agent.tls_facts import Version
from ..host_tls.state import TIMES
from ..host_tls.timing import TRANSPORT, in_force
from ..lenient import first, inside, moment, objects, text
from ..messages import notice_of
from ..request import Step
from .situation import Situation
from .tls_probe import NEW, R2008, Offer, of_2008r2

UPDATES, REGISTRY, AGENT = tls_facts.STEPS
_POLICY = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
SUITES = Step(
    "preflight_suites",
    "Get-RegistryValues",
    {"Values": [{"Key": _POLICY, "Name": "Functions"}]},
    ("Key", "Name", "Present", "Value"),
)
FACTS = (host_facts.STEP, *tls_facts.STEPS)
"""What tells the keys, and what they mean on this Windows."""
OFFER = (*FACTS, SUITES)
"""The same, and the host's suites."""
WINDOWS_2016 = (10, 0)
"""The first Windows whose suites are other ones than those of 2008 R2."""
ABLE, UNABLE, PENDING, UNTOLD = "able", "unable", "pending", "untold"


@dataclass(frozen=True)
class Ability:
    """Whether Exchange's SMTP here speaks TLS 1.2; PENDING: once something was restarted. ``words``: what is missing,
    or not known. ``offer``: what it offers then."""

    state: str
    words: str = ""
    offer: Offer = R2008


def _windows(situation: Situation) -> str | None:
    return text(inside(first(situation.rows(host_facts.STEP.id)).get("Windows")).get("Version"))


def keys_of(situation: Situation) -> Mapping[str, Any] | None:
    """What SCHANNEL's keys mean for each protocol's ends; None where they were not told."""
    rows = situation.rows(REGISTRY.id)
    return tls_facts.schannel(rows, _windows(situation)) if rows else None


def client_state(situation: Situation) -> str:
    """What SCHANNEL's keys say of TLS 1.2 for clients; empty where they were not told."""
    keys = keys_of(situation)
    return str(keys["TLS 1.2"]["client"]["state"]) if keys else ""


def ability(situation: Situation) -> Ability:
    """What Exchange's SMTP can, by its build, by SCHANNEL's keys for clients, and by what was started since."""
    offer = offer_to(situation)
    update = tls_facts.exchange_update(first(situation.rows(UPDATES.id)).get("ExSetup"))
    follows, keys = update["smtp_follows_schannel"], keys_of(situation)
    client = keys["TLS 1.2"]["client"] if keys else {"state": "", "on": None}
    if follows is False:
        return Ability(UNABLE, notice_of("preflight_build_too_old", build=update["update"]), offer)
    if not client["on"] and keys and situation.declared.host_tls:
        # In check mode; a run has written them by now, and restarted what it was to restart, or skipped all of it.
        if situation.declared.tls_restarts:
            return Ability(ABLE, offer=offer)
        return Ability(PENDING, notice_of("preflight_keys_declared"), offer)
    if client["on"] is False:
        return Ability(UNABLE, notice_of("preflight_keys_off", state=client["state"]), offer)
    if client["state"] == "misconfigured":
        return Ability(UNTOLD, notice_of("preflight_keys_half"), offer)
    if follows is None or client["on"] is None:
        return Ability(UNTOLD, notice_of("preflight_host_untold"), offer)
    return _since_start(situation, offer)


def _since_start(situation: Situation, offer: Offer) -> Ability:
    """A host whose keys are as they should be: whether they were that when its programs began."""
    written, told = situation.declared.tls_written, first(situation.rows(TIMES.id))
    services = [moment(each.get("Started")) for each in objects(told.get("Services")) if each.get("Name") == TRANSPORT]
    clock = host_facts.host_clock(first(situation.rows(host_facts.STEP.id)).get("Clock"))
    can_be = in_force(written, moment(told.get("Boot")), next(iter(services), None), clock)
    if written is None or can_be or (can_be is False and situation.declared.tls_restarts):
        return Ability(ABLE, offer=offer)
    if can_be is None:
        return Ability(UNTOLD, notice_of("preflight_start_untold"), offer)
    return Ability(PENDING, notice_of("preflight_keys_new"), offer)


def offer_to(situation: Situation) -> Offer:
    """What the host offers in TLS 1.2: what 2008 R2 does, or its policy; of a much newer Windows whatever there is."""
    windows: Version | None = tls_facts.version_of(_windows(situation), 2)
    if windows and windows >= WINDOWS_2016:
        return NEW
    policy = first(situation.rows(SUITES.id)).get("Value")
    listed = isinstance(policy, (str, list)) and policy
    return of_2008r2(policy) if listed else R2008
