"""The way back to the provider's mailboxes: facts in, the state of each step out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.facts import Facts, Fetching, Mx
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.to_pop3 import STEPS
from tests.unit.plugin_utils.inbound_plan.cases import BACK, DAY, NOT_KNOWN, NOW, OVER, planned, state_of

THERE = BACK.mx
MAILBOXES = frozenset({"mailboxes"})
ROWS: list[tuple[str, str, Facts, dict[str, Any]]] = [
    ("mailboxes", "done", BACK, {}),
    ("mailboxes", "open", BACK, {"fetching": Fetching(True, True, (), ())}),
    ("mailboxes", "unknown", NOT_KNOWN, {}),
    ("mailboxes", "unknown", BACK, {"fetching": Fetching(False, False, ("POPcon",), ())}),
    ("mx_back", "done", BACK, {}),
    ("mx_back", "open", OVER, {}),
    ("mx_back", "open", BACK, {"mx": Mx("both", ("a.de", "b.de"), 300)}),
    ("mx_back", "unknown", NOT_KNOWN, {}),
    ("ttl_again", "done", BACK, {}),
    ("ttl_again", "open", BACK, {"mx": replace(THERE, ttl=300)}),
    ("ttl_again", "open", OVER, {}),
    ("ttl_again", "unknown", NOT_KNOWN, {}),
    ("fetch", "done", BACK, {}),
    ("fetch", "open", OVER, {}),
    ("fetch", "unknown", NOT_KNOWN, {}),
    ("spf", "done", BACK, {}),
    ("spf", "unknown", NOT_KNOWN, {}),
    ("connector_open", "done", BACK, {}),
    ("connector_open", "unknown", BACK, {"mx_changed": None}),
    ("connector_open", "unknown", BACK, {"old_ttl": None}),
    ("connector_open", "unknown", BACK, {"mx": Mx(why="SERVFAIL")}),
    ("connector_open", "done", BACK, {"mx_changed": None, "receiving": ("Internet",), "others_here": ("verein.de",)}),
    ("connector_open", "done", NOT_KNOWN, {"owner": "t_online"}),
    ("ttl_again", "done", BACK, {"mx": replace(THERE, ttl=300), "owner": "t_online"}),
    ("ttl_again", "unknown", BACK, {"mx": Mx(None, ("mx.fremd.de",), 300)}),
    ("spf", "done", NOT_KNOWN, {"owner": "t_online"}),
    ("mailboxes", "unknown", BACK, {"fetching": Fetching(True, True, (), None)}),
    ("mailboxes", "done", BACK, {"fetching": Fetching(True, True, ("POPcon",), ()), "confirmed": MAILBOXES}),
    ("mailboxes", "open", BACK, {"fetching": Fetching(True, True, (), ()), "confirmed": MAILBOXES}),
    ("connector_open", "waiting", BACK, {"mx_changed": NOW - DAY, "receiving": ("Internet",)}),
    ("connector_open", "open", BACK, {"mx_changed": NOW - DAY}),
    ("connector_open", "open", OVER, {}),
    ("connector_open", "unknown", BACK, {"mx_changed": None, "receiving": ("Internet",)}),
    ("connector_closed", "done", BACK, {}),
    ("connector_closed", "done", BACK, {"receiving": ("Internet",), "others_here": ("verein.de",)}),
    ("connector_closed", "open", BACK, {"receiving": ("Internet",)}),
    ("connector_closed", "unknown", NOT_KNOWN, {}),
]


@pytest.mark.parametrize(("step", "state", "facts", "changed"), ROWS)
def test_a_step(step: str, state: str, facts: Facts, changed: dict[str, Any]) -> None:
    plan = planned(facts, "pop3", **changed)
    assert (state_of(plan, step), [each.step.name for each in plan.steps]) == (state, [each.name for each in STEPS])


def test_the_mx_comes_first_and_the_connector_stays_open() -> None:
    plan = planned(OVER, "pop3", mx_changed=None)
    assert plan.next and plan.next.step.name == "mx_back" and plan.next.step.whose == "zone"
    moved = planned(BACK, "pop3", mx_changed=NOW - DAY, receiving=("Internet",))
    assert moved.next and (moved.next.step.name, moved.next.next_from) == ("connector_open", "2026-03-26 12:00 UTC")
    closing = moved.steps[-1]
    assert (closing.verdict.state, closing.next_from) == ("open", "2026-03-26 12:00 UTC")
