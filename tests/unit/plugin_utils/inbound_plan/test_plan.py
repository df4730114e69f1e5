"""The plan of one domain: what comes next, what is urgent, and that nothing which is learnt makes a step undone."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.facts import Facts, Fetching, Mx, Talk
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.plan import TABLES, URGENT, plan_of
from tests.unit.plugin_utils.inbound_plan.cases import BACK, DAY, DOMAIN, NOT_KNOWN, NOW, OVER, READY, planned

WHOLE = {"mx": OVER, "pop3": BACK}


@pytest.mark.parametrize("to", TABLES)
def test_what_is_over_reads_all_done(to: str) -> None:
    plan = planned(WHOLE[to], to)
    assert (plan.next, plan.urgent) == (None, ())
    assert plan.lines()[-1] == f"{DOMAIN}: all done, its mail comes in by {to}."
    assert plan.as_data()["next"] is None and {each["state"] for each in plan.as_data()["steps"]} == {"done"}


@pytest.mark.parametrize("to", TABLES)
def test_where_nobody_tells_all_is_unknown_and_nothing_urgent(to: str) -> None:
    plan = planned(NOT_KNOWN, to)
    states = {each.step.name: each.verdict.state for each in plan.steps}
    assert set(states.values()) == {"unknown"}
    assert plan.urgent == ()


def learnt(rng: random.Random, whole: Facts, known: Facts) -> Facts:
    """One fact more of those of the end."""
    unlike = [each.name for each in fields(Facts) if getattr(known, each.name) != getattr(whole, each.name)]
    name = rng.choice(unlike)
    return replace(known, **{name: getattr(whole, name)})


@pytest.mark.parametrize("to", TABLES)
@pytest.mark.parametrize("seed", range(60))
def test_what_is_learnt_makes_no_done_step_undone(to: str, seed: int) -> None:
    rng, known, done = random.Random(seed), NOT_KNOWN, set[str]()
    while known != WHOLE[to]:
        known = learnt(rng, WHOLE[to], known)
        now = {each.step.name for each in planned(known, to).steps if each.done}
        assert done <= now
        done = now
    assert done == {each.name for each in TABLES[to]}


@pytest.mark.parametrize("to", TABLES)
@pytest.mark.parametrize("seed", range(20))
def test_the_next_step_is_the_first_that_is_not_done(to: str, seed: int) -> None:
    rng, known = random.Random(seed), NOT_KNOWN
    for _fact in range(rng.randrange(12)):
        if known != WHOLE[to]:
            known = learnt(rng, WHOLE[to], known)
    plan = planned(known, to)
    at = plan.steps.index(plan.next) if plan.next else len(plan.steps)
    assert all(each.done for each in plan.steps[:at])


HERE, BOTH = Mx("here", ("mail.beispiel.de",), 300), Mx("both", ("mail.beispiel.de", "smtpin.rzone.de"), 300)
WRONG: list[tuple[str, Facts, dict[str, Any], str]] = [
    ("nowhere", READY, {"mx": Mx("nowhere")}, "goes to nobody"),
    ("closed", OVER, {"receiving": ()}, "Mail is lost now: the MX leads here (mail.beispiel.de)"),
    ("closed", READY, {"receiving": (), "mx": BOTH}, "Mail is lost now"),
    ("unaccepted", OVER, {"accepted": ""}, "no accepted one"),
    ("refuses", OVER, {"talk": Talk(False, says="info@beispiel.de was refused, 550")}, "info@beispiel.de was refused"),
    ("bounces", OVER, {"missing": ("chef@beispiel.de",)}, "nobody has chef@beispiel.de"),
    ("unfetched", READY, {"fetching": Fetching(False, False, ())}, "nothing here fetches it"),
    ("unfetched", READY, {"fetching": Fetching(True, True, (), ())}, "nothing here fetches it"),
    ("unfit", OVER, {"failing": ("disk", "back_pressure")}, "while these checks fail: back_pressure"),
    ("unfit", READY, {"failing": ("services",)}, "while these checks fail: services"),
    ("relay", READY, {"relaying": ("Scanner",)}, "open relay: Scanner passes on"),
    ("relay", READY, {"talk": Talk(True, False, True)}, "open relay: a recipient in a foreign domain"),
]


@pytest.mark.parametrize(("name", "facts", "changed", "words"), WRONG)
@pytest.mark.parametrize("to", TABLES)
def test_what_contradicts_comes_first(to: str, name: str, facts: Facts, changed: dict[str, Any], words: str) -> None:
    plan = planned(facts, to, **changed)
    assert any(words in each for each in plan.urgent)
    assert plan.lines()[0].startswith("URGENT, beispiel.de: ")


def test_every_contradiction_has_a_row() -> None:
    assert {name for name, _judge in URGENT} == {name for name, *_rest in WRONG}


COLLECTED = replace(READY, fetching=Fetching(False, False, ("POPcon",), ()))
UNNAMED = replace(READY, fetching=Fetching(True, True, (), None))


@pytest.mark.parametrize("facts", [READY, OVER, BACK, NOT_KNOWN, COLLECTED, UNNAMED])
@pytest.mark.parametrize("to", TABLES)
def test_nothing_is_urgent_where_nothing_is_wrong(facts: Facts, to: str) -> None:
    assert planned(facts, to).urgent == ()


def test_the_line_of_the_next_step_says_who_when_and_how_back() -> None:
    plan = plan_of(DOMAIN, "mx", replace(OVER, mx_changed=NOW - DAY, zone=ZoneInfo("Europe/Berlin"), fetching=RUNS))
    assert plan.lines()[0] == "beispiel.de: the way to mx, 11 of 13 steps done."
    assert "12 waiting, next: fetching goes on for the old TTL and five days. Seen: it lasts until" in plan.lines()[12]
    what, back = plan.lines()[-2:]
    assert what.startswith(
        "beispiel.de, step 12 is next. Let fetching go on until then. From when on: 2026-03-26 12:00 UTC"
    )
    assert what.endswith("(2026-03-26 13:00 CET). Whose hands: our own, by variables: mx_changed, old_ttl.")
    assert back == "The way back of step 12: none is needed: fetching takes nothing away from the other way."
    assert plan.as_data()["steps"][12]["next_from"] == "2026-03-26 12:00 UTC (2026-03-26 13:00 CET)"


RUNS = Fetching(True, True, (), ("info@beispiel.de",))
