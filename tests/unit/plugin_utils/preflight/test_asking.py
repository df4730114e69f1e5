"""Who is asked, side by side and until one deadline, and in which order the findings are shown."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.asking import Judged, is_asked, judge_all
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import (
    CONNECTORS,
    DNS,
    HOST,
    LOGIN,
    NETWORK,
    POP3,
    Check,
    new_route,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import (
    FAIL,
    PASS,
    UNKNOWN,
    WARN,
    Finding,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation

OLD, NEW = Route("A", ("smtp.alt.de",)), Route("A", ("smtp.strato.de",), 587, must_encrypt=True)


def check(name: str, result: str = PASS, asks: str = HOST, group: str = "host", **more: object) -> Check:
    return Check(name, group, "about", "source", lambda situation: Finding(result, name), asks=asks, **more)  # type: ignore[arg-type]


def names(judged: list[Judged]) -> list[str]:
    return [each.check.name for each in judged]


@pytest.mark.parametrize(
    ("asks", "alone", "planned", "asked"),
    [
        (HOST, False, set(), True),
        (DNS, False, set(), False),
        (NETWORK, False, {"transport"}, False),
        (DNS, False, {"send_connector"}, True),
        (NETWORK, False, {"smarthost_account"}, True),
        (LOGIN, False, {"smarthost_account"}, False),
        (LOGIN, True, set(), True),
        (DNS, True, set(), True),
    ],
)
def test_a_run_asks_only_what_its_plans_are_about(asks: str, alone: bool, planned: set[str], asked: bool) -> None:
    situation = Situation(alone=alone, planned=frozenset(planned))
    assert is_asked(check("x", asks=asks, nouns=CONNECTORS), situation) is asked


def test_the_worst_comes_first_and_then_the_groups_in_their_order() -> None:
    rows = [
        check("passes"),
        check("unknown", UNKNOWN),
        check("fails late", FAIL, group="dns"),
        check("warns", WARN),
        check("fails", FAIL),
    ]
    assert names(judge_all(rows, Situation())) == ["fails", "fails late", "warns", "unknown", "passes"]


def test_what_turns_out_to_be_about_nothing_is_left_out() -> None:
    nothing = replace(check("nothing"), judge=lambda situation: None)
    assert names(judge_all([nothing, check("x")], Situation())) == ["x"]


@pytest.mark.parametrize("asks", [HOST, DNS])
def test_a_fault_in_a_check_is_unknown_and_stops_nothing(asks: str) -> None:
    def fault(situation: Situation) -> Finding:
        raise KeyError("secret")

    (found,) = judge_all([replace(check("x", asks=asks, stops=new_route), judge=fault)], Situation())
    assert (found.finding.result, found.stops) == (UNKNOWN, frozenset()) and "KeyError" in found.finding.found
    assert "secret" not in found.finding.found


STOPS = replace(check("x", FAIL, stops=new_route), nouns=CONNECTORS)


@pytest.mark.parametrize(
    ("today", "after", "planned", "accept", "stops"),
    [
        ({OLD}, {NEW}, {"send_connector"}, set(), {"send_connector"}),
        (set(), {NEW}, {"smarthost_account", "transport"}, set(), {"smarthost_account"}),
        ({OLD}, {NEW}, {"send_connector"}, {"x"}, set()),
        # Mail leaves that way today: a login is switched, or the connector has another name.
        ({NEW}, {NEW}, {"smarthost_account"}, set(), set()),
        ({NEW}, {replace(NEW, connector="B")}, {"send_connector"}, set(), set()),
        ({OLD, NEW}, {NEW}, {"send_connector"}, set(), set()),
        ({NEW}, {NEW}, set(), set(), set()),
    ],
)
def test_only_a_new_route_runs_into_what_is_wrong(
    today: set[Route], after: set[Route], planned: set[str], accept: set[str], stops: set[str]
) -> None:
    declared = Declared(Desired(accept=frozenset(accept)))
    situation = Situation(declared, {}, frozenset(today), frozenset(after), frozenset(planned))
    (found,) = judge_all([STOPS], situation)
    assert found.stops == stops


def test_what_does_not_fail_stops_nothing() -> None:
    situation = Situation(after=frozenset({NEW}), planned=CONNECTORS)
    for result in (WARN, UNKNOWN, PASS):
        (found,) = judge_all([check("x", result, stops=new_route)], situation)
        assert found.stops == frozenset()


def test_the_network_is_asked_side_by_side() -> None:
    together = threading.Barrier(3, timeout=10)

    def meets(situation: Situation) -> Finding:
        together.wait()
        return Finding(PASS, "met")

    rows = [replace(check(name, asks=asks), judge=meets) for name, asks in (("a", DNS), ("b", DNS), ("c", NETWORK))]
    found = judge_all(rows, Situation(deadline=Deadline(10)))
    assert [each.finding.result for each in found] == [PASS] * 3


def test_who_is_silent_is_unknown_once_the_deadline_is_over_however_many_they_are() -> None:
    over = threading.Event()
    clock = iter([0.0] + [100.0] * 99)

    def silent(situation: Situation) -> Finding:
        over.wait(30)
        return Finding(PASS, "too late")

    rows = [replace(check(str(at), asks=DNS), judge=silent) for at in range(20)]
    declared = Declared(Desired(answer_seconds=7))
    found = judge_all(rows, Situation(declared, deadline=Deadline(7, lambda: next(clock))))
    over.set()
    assert {(each.finding.result, each.finding.found) for each in found} == {(UNKNOWN, "no answer within 7 s")}
    assert len(found) == 20


def test_pop3_alone_does_not_ask_about_the_smart_host() -> None:
    situation = Situation(alone=False, planned=POP3)
    rows = [check("smtp", asks=NETWORK, nouns=CONNECTORS), check("pop3", asks=NETWORK, nouns=POP3)]
    assert names(judge_all(rows, situation)) == ["pop3"]


def test_those_that_hang_beyond_the_deadline_do_not_add_up() -> None:
    over = threading.Event()

    def hangs(situation: Situation) -> Finding:
        over.wait(30)
        return Finding(PASS, "too late")

    rows = [replace(check(str(at), asks=DNS), judge=hangs) for at in range(25)]
    began = time.monotonic()
    found = judge_all(rows, Situation(deadline=Deadline(0.1)))
    took = time.monotonic() - began
    over.set()
    assert {each.finding.result for each in found} == {UNKNOWN} and took < 2
