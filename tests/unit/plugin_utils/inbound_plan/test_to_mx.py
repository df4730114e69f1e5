"""From POP3 to an MX of one's own: facts in, the state of each of the thirteen steps out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan import facts as kinds
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.facts import (
    Facts,
    Fetching,
    Incoming,
    Mx,
    SpfAfter,
    Talk,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.to_mx import STEPS
from tests.unit.plugin_utils.inbound_plan.cases import DAY, NOT_KNOWN, NOW, OVER, READY, evidence_of, planned, state_of

NAMES = [each.name for each in STEPS]
RUNS, STOPPED = Fetching(True, True, ()), Fetching(False, False, ())
THERE, HERE = Mx("provider", ("smtpin.rzone.de",), 300), Mx("here", ("mail.beispiel.de",), 300)
CAME = Incoming("203.0.113.9", NOW - DAY, "Internet")
ROWS: list[tuple[str, str, Facts, dict[str, Any]]] = [
    ("preflight", "done", READY, {}),
    ("preflight", "open", READY, {"failing": ("disk",)}),
    ("preflight", "unknown", READY, {"failing": None}),
    ("addresses", "done", READY, {}),
    ("addresses", "open", READY, {"missing": ("chef@beispiel.de",)}),
    ("addresses", "unknown", READY, {"missing": None}),
    ("addresses", "unknown", READY, {"addresses": ()}),
    ("accepted_domain", "done", READY, {}),
    ("accepted_domain", "open", READY, {"accepted": ""}),
    ("accepted_domain", "open", READY, {"accepted": "InternalRelay"}),
    ("accepted_domain", "unknown", READY, {"accepted": None}),
    ("recipient_filter", "done", READY, {}),
    ("recipient_filter", "done", READY, {"talk": Talk(), "validated": True}),
    ("recipient_filter", "open", READY, {"talk": Talk(True, True, False)}),
    ("recipient_filter", "open", READY, {"talk": Talk(), "validated": False}),
    ("recipient_filter", "unknown", READY, {"talk": Talk(), "validated": None}),
    ("connector", "done", READY, {}),
    ("connector", "open", READY, {"receiving": ()}),
    ("connector", "open", READY, {"relaying": ("Scanner",)}),
    ("connector", "open", READY, {"talk": Talk(True, False, True)}),
    ("connector", "unknown", READY, {"relaying": None}),
    ("connector", "unknown", READY, {"receiving": None}),
    ("ttl", "done", READY, {}),
    ("ttl", "done", OVER, {"ttl_lowered": None, "mx": replace(HERE, ttl=172800)}),
    ("ttl", "open", READY, {"mx": replace(THERE, ttl=172800)}),
    ("ttl", "waiting", READY, {"ttl_lowered": NOW - DAY}),
    ("ttl", "unknown", READY, {"ttl_lowered": None}),
    ("ttl", "unknown", READY, {"old_ttl": None}),
    ("ttl", "unknown", READY, {"mx": Mx()}),
    ("router", "done", READY, {}),
    ("router", "done", NOT_KNOWN, {"incoming": CAME}),
    ("router", "done", NOT_KNOWN, {"hairpin": True}),
    ("router", "done", NOT_KNOWN, {"mail": kinds.OUTSIDE}),
    ("router", "unknown", READY, {"confirmed": frozenset()}),
    ("router", "unknown", NOT_KNOWN, {}),
    ("proof_by_name", "done", READY, {}),
    ("proof_by_name", "done", OVER, {"confirmed": frozenset()}),
    ("proof_by_name", "done", READY, {"confirmed": frozenset(), "hairpin": True}),
    ("proof_by_name", "done", NOT_KNOWN, {"mail": kinds.OUTSIDE}),
    ("proof_by_name", "open", READY, {"talk": Talk(False, False, False, "refused")}),
    ("proof_by_name", "unknown", READY, {"confirmed": frozenset()}),
    ("proof_by_name", "unknown", NOT_KNOWN, {}),
    ("spf", "done", READY, {}),
    ("spf", "open", READY, {"spf": SpfAfter(False, "its mx")}),
    ("spf", "unknown", READY, {"spf": SpfAfter(None, "SERVFAIL")}),
    ("spf", "done", READY, {"spf": SpfAfter(), "confirmed": frozenset({"spf"})}),
    ("mx", "done", OVER, {}),
    ("mx", "open", READY, {}),
    ("mx", "open", READY, {"mx": Mx("both", ("mail.beispiel.de", "smtpin.rzone.de"), 300)}),
    ("mx", "open", READY, {"mx": Mx("nowhere")}),
    ("mx", "unknown", READY, {"mx": Mx(why="SERVFAIL")}),
    ("proof_by_mail", "done", OVER, {}),
    ("proof_by_mail", "done", OVER, {"incoming": None, "mail": kinds.OUTSIDE}),
    ("proof_by_mail", "done", OVER, {"mail": kinds.FETCHED}),
    ("proof_by_mail", "done", OVER, {"mx_changed": None, "confirmed": frozenset({"proof_by_mail"})}),
    ("proof_by_mail", "unknown", OVER, {"mx_changed": None}),
    ("proof_by_mail", "unknown", OVER, {"others_here": ("verein.de",)}),
    ("proof_by_mail", "unknown", OVER, {"mx": Mx(why="SERVFAIL")}),
    ("proof_by_mail", "unknown", OVER, {"incoming": None, "mail": kinds.FETCHED, "mx_changed": NOW - DAY}),
    ("proof_by_mail", "unknown", OVER, {"incoming": None, "mail": kinds.FETCHED, "old_ttl": None}),
    ("proof_by_mail", "unknown", OVER, {"incoming": CAME, "mx_changed": NOW - DAY / 2}),
    ("proof_by_mail", "open", READY, {"incoming": CAME}),
    ("proof_by_mail", "open", OVER, {"incoming": None, "mail": kinds.FETCHED}),
    ("proof_by_mail", "open", OVER, {"incoming": None, "mail": kinds.LOST}),
    ("proof_by_mail", "open", OVER, {"incoming": None, "mail": kinds.REFUSED}),
    ("proof_by_mail", "unknown", OVER, {"incoming": None}),
    ("fetch_on", "done", OVER, {}),
    ("fetch_on", "done", OVER, {"fetching": RUNS}),
    ("fetch_on", "unknown", OVER, {"mx_changed": None}),
    ("fetch_on", "unknown", OVER, {"old_ttl": None}),
    ("fetch_on", "unknown", OVER, {"mx": Mx(why="SERVFAIL")}),
    ("fetch_on", "waiting", OVER, {"mx_changed": NOW - 6 * DAY, "fetching": RUNS}),
    ("fetch_on", "open", OVER, {"mx_changed": NOW - 6 * DAY}),
    ("fetch_on", "open", READY, {}),
    ("fetch_on", "unknown", OVER, {"mx_changed": None, "fetching": RUNS}),
    ("fetch_on", "unknown", OVER, {"fetching": RUNS, "mx": replace(HERE, ttl=None), "old_ttl": None}),
    ("end_of_fetching", "done", OVER, {}),
    ("end_of_fetching", "done", OVER, {"fetching": replace(RUNS, further=("verein.de",))}),
    ("end_of_fetching", "done", OVER, {"fetching": RUNS, "mail": kinds.FETCHED}),
    ("end_of_fetching", "open", OVER, {"fetching": RUNS}),
    ("end_of_fetching", "open", OVER, {"fetching": replace(RUNS, others=("POPcon",))}),
    ("end_of_fetching", "open", READY, {"fetching": RUNS, "mail": kinds.FETCHED}),
    ("end_of_fetching", "open", OVER, {"fetching": RUNS, "mail": kinds.FETCHED, "mx_changed": NOW - DAY}),
    ("end_of_fetching", "unknown", OVER, {"fetching": Fetching()}),
]


@pytest.mark.parametrize(("step", "state", "facts", "changed"), ROWS)
def test_a_step(step: str, state: str, facts: Facts, changed: dict[str, Any]) -> None:
    plan = planned(facts, **changed)
    assert (state_of(plan, step), [each.step.name for each in plan.steps]) == (state, NAMES)


def test_every_step_has_a_row_that_is_done_and_two_that_are_not() -> None:
    assert {step for step, state, *_rest in ROWS if state == "done"} == set(NAMES) and len(NAMES) == 13
    for name in NAMES:
        assert len({state for step, state, *_rest in ROWS if step == name}) >= 2, name


def test_nobody_can_vouch_against_what_is_seen() -> None:
    confirmed = frozenset(NAMES)
    plan = planned(READY, talk=Talk(True, True, False, "x"), spf=SpfAfter(False), receiving=(), confirmed=confirmed)
    assert {state_of(plan, each) for each in ("proof_by_name", "spf", "connector", "mx")} == {"open"}


def test_a_ttl_of_two_days_is_waited_for_twice() -> None:
    seen = planned(READY, mx=replace(THERE, ttl=172800), ttl_lowered=None, old_ttl=None)
    assert seen.next and "at the earliest 2 days after that" in seen.next.verdict.remedy
    assert "-e old_ttl=172800" in seen.next.verdict.remedy
    lowered = planned(READY, ttl_lowered=NOW - DAY)
    assert lowered.next and lowered.next.next_from == "2026-03-21 12:00 UTC"
    changed = planned(OVER, mx_changed=NOW - DAY, fetching=RUNS)
    assert changed.next and (changed.next.step.name, changed.next.next_from) == ("fetch_on", "2026-03-26 12:00 UTC")
    untold = planned(OVER, mx_changed=None, fetching=RUNS)
    assert "until 2 days and 5 days after the change" in evidence_of(untold, "fetch_on")
    assert untold.next and "-e mx_changed=" in untold.next.verdict.remedy


def test_who_fetches_is_who_is_to_be_stopped() -> None:
    found = planned(OVER, fetching=replace(RUNS, others=("POPcon",)))
    assert found.next and "Stop POPcon on the server" in found.next.verdict.remedy


def test_who_answers_from_inside_is_named() -> None:
    other = Talk(True, False, None, "an address that is here was accepted", "Scanner")
    found = planned(READY, talk=other, confirmed=frozenset())
    assert "from inside Scanner answers" in evidence_of(found, "proof_by_name")
    assert (state_of(found, "recipient_filter"), state_of(found, "connector")) == ("done", "done")
    plain = planned(READY, talk=replace(READY.talk, tls="STARTTLS is not offered"), confirmed=frozenset())
    assert evidence_of(plain, "proof_by_name").endswith("cannot be seen; STARTTLS is not offered")
