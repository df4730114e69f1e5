"""Facts of a domain whose change is over, and of one where it has not begun; rows change a few of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.facts import (
    HERE,
    PROVIDER,
    Facts,
    Fetching,
    Incoming,
    Mx,
    SpfAfter,
    Talk,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.plan import DomainPlan, plan_of

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DOMAIN = "beispiel.de"
RIGHT = Talk(True, False, False)
NOT_KNOWN = Facts(NOW)
READY = Facts(
    NOW,
    failing=(),
    addresses=("info@beispiel.de",),
    missing=(),
    accepted="Authoritative",
    validated=True,
    receiving=("Internet",),
    relaying=(),
    talk=RIGHT,
    log_read=True,
    mx=Mx(PROVIDER, ("smtpin.rzone.de",), 300),
    spf=SpfAfter(True, "it names Strato"),
    fetching=Fetching(True, True, (), ("info@beispiel.de",)),
    ttl_lowered=NOW - 3 * DAY,
    old_ttl=172800,
    confirmed=frozenset({"router", "proof_by_name"}),
)
"""Nothing is left but the MX."""
OVER = replace(
    READY,
    incoming=Incoming("203.0.113.9", NOW - DAY / 2, "Internet"),
    mx=Mx(HERE, ("mail.beispiel.de",), 300),
    fetching=Fetching(False, False, (), ("info@beispiel.de",)),
    mx_changed=NOW - 10 * DAY,
)
BACK = replace(
    OVER,
    receiving=(),
    mx=Mx(PROVIDER, ("smtpin.rzone.de",), 86400),
    fetching=Fetching(True, True, (), ("info@beispiel.de",)),
)
"""The way back is over."""


def planned(facts: Facts, to: str = "mx", **changed: Any) -> DomainPlan:
    """The plan of these facts with some of them changed."""
    return plan_of(DOMAIN, to, replace(facts, **changed))


def state_of(plan: DomainPlan, step: str) -> str:
    """What came of one step."""
    return next(each.verdict.state for each in plan.steps if each.step.name == step)


def evidence_of(plan: DomainPlan, step: str) -> str:
    """By what."""
    return next(each.verdict.evidence for each in plan.steps if each.step.name == step)
