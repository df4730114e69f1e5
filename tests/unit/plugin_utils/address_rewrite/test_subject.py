"""Whole runs over the wire: calls, what is written, what is reported when one fails or the connection breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import COMMANDS_PER_SHELL
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.wire import STDIN_LIMIT
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, HostRefused, TimedOut
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import SHOWN_STEPS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_diff, as_result
from tests.unit.plugin_utils.address_rewrite.address_host import (
    INSIDE,
    LOCAL,
    OUTSIDE,
    X500,
    AddressHost,
    Kept,
    guid,
    printed,
    run,
    statuses,
    subject,
)
from tests.unit.plugin_utils.run.examples import HOST, Break, keys_of

BROKE = ConnectionLost(reason_of("connection_lost", HOST, what="it", host_says="RST", outcome=""))
LATE = TimedOut(reason_of("timed_out", HOST, seconds=600, outcome=""))
NAMES = ("Anna", "Bernd", "Clara")


def three() -> AddressHost:
    """Three mailboxes inside."""
    return AddressHost(*(printed(name) for name in NAMES))


def outside(host: AddressHost) -> list[str]:
    """Who has an address outside as the primary one."""
    return [each["Name"] for each in host.recipients if each["PrimarySmtpAddress"].endswith(OUTSIDE)]


def test_two_calls_for_a_change_and_one_for_a_second_run() -> None:
    host, kept = three(), Kept()
    looked = run(host, subject(), check=True)
    outcome = run(host, subject(), save=kept)
    assert (statuses(outcome), outcome.error, len(host.requests)) == (["done"] * 3, None, 3)
    assert looked.decision.plan == outcome.decision.plan
    assert outside(host) == list(NAMES)
    assert host.addresses() == [f"SMTP:anna@{OUTSIDE}", f"smtp:anna@{INSIDE}"]
    assert [each["name"] for each in kept.data["address_rewrite"]["recipients"]] == list(NAMES)
    again = run(host, subject())
    assert (again.changed, again.decision.plan, len(host.requests)) == (False, None, 4)


def test_the_senders_are_not_read_back() -> None:
    host = three()
    run(host, subject())
    commands = [[step["command"] for step in request["steps"]] for request in host.requests]
    assert commands[0][-1] == "Get-SentSenders"
    assert "Get-SentSenders" not in commands[1]


def test_one_that_fails_stops_the_others() -> None:
    host = three()
    host.failing = {guid("Bernd")}
    outcome = run(host, subject())
    assert statuses(outcome) == ["done", "failed", "not_tried"]
    assert outcome.error is not None and keys_of(outcome.error) == ["step_failed"]
    assert outside(host) == ["Anna"]


def test_one_that_fails_does_not_stop_the_others_where_that_is_asked() -> None:
    host = three()
    host.failing = {guid("Anna"), guid("Bernd")}
    outcome = run(host, subject(on_error="continue"))
    assert statuses(outcome) == ["failed", "failed", "done"]
    assert outcome.error is not None and keys_of(outcome.error) == ["step_failed_others_done"] * 2
    assert "1 of 3 steps were done anyway, 2 failed" in str(outcome.error)
    assert (outside(host), len(host.requests)) == (["Clara"], 2)
    host.failing = set()
    assert statuses(run(host, subject(on_error="continue"))) == ["done", "done"]


@pytest.mark.parametrize("fails", [False, True])
def test_nobody_gets_an_address_in_a_domain_that_could_not_be_made(fails: bool) -> None:
    host = three()
    host.domains = [dict(LOCAL)]
    if fails:
        host.fail("New-AcceptedDomain")
    outcome = run(host, subject(on_error="continue", unknown_recipients_return="no"))
    expected = ["failed", *["not_tried"] * 3] if fails else ["done"] * 4
    assert (statuses(outcome), len(host.requests)) == (expected, 3)
    assert outside(host) == ([] if fails else list(NAMES))
    if fails:
        assert outcome.error is not None and keys_of(outcome.error) == ["step_failed"]


def test_how_the_plan_goes_on_is_no_part_of_what_was_approved() -> None:
    plans = [run(three(), subject(on_error=word), check=True).decision.plan for word in ("stop", "continue")]
    assert plans[0] is not None and plans[1] is not None
    assert plans[0].digest == plans[1].digest


def test_one_that_was_deleted_since_fails_alone() -> None:
    host = three()

    class Deleting(AddressHost):
        def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
            if len(self.requests) == 1:
                self.recipients = [each for each in self.recipients if each["Name"] != "Bernd"]
            return super().execute(command_line, stdin)

    host = Deleting(*host.recipients)
    outcome = run(host, subject(on_error="continue"))
    assert statuses(outcome) == ["done", "failed", "done"]
    assert run(host, subject()).changed is False


def test_what_exchange_forgets_is_told_in_one_sentence() -> None:
    host = AddressHost(*(printed(f"user{number}") for number in range(30)))
    host.deaf = {"EmailAddresses"}
    outcome = run(host, subject(confirm_mass_change=True))
    assert outcome.error is not None and keys_of(outcome.error) == ["read_back_differs"]
    assert "and 10 more" in str(outcome.error)


@pytest.mark.parametrize(("after", "expected"), [(0, ["not_done"] * 3), (2, ["done", "done", "not_done"])])
def test_a_cut_connection_is_told_step_by_step_and_a_rerun_finishes(after: int, expected: list[str]) -> None:
    host = three()
    host.breaks[2] = Break(BROKE, after)
    outcome = run(host, subject())
    assert (statuses(outcome), len(host.requests)) == (expected, 3)
    assert outcome.error is not None and keys_of(outcome.error) == ["connection_lost"]
    assert statuses(run(host, subject())) == ["done"] * (3 - after)


def test_a_cut_after_the_last_one_is_a_success_with_a_story() -> None:
    host = three()
    host.breaks[2] = Break(BROKE, 3)
    outcome = run(host, subject())
    assert (statuses(outcome), outcome.error) == (["done"] * 3, None)


# Plans of thousands of steps


def many(number: int, edge: bool = False) -> AddressHost:
    """So many mailboxes, with an address of the old organisation each that no gzip makes short."""
    people = [f"u{at}.{guid(str(at))[:12]}" for at in range(number)]
    return AddressHost(*(printed(name, f"SMTP:{name}@{INSIDE}", X500 + guid(name)) for name in people), edge=edge)


BIG = 4500
ALL = {"confirm_mass_change": True}


def test_a_large_plan_takes_few_even_calls_in_one_shell() -> None:
    host = many(BIG)
    outcome = run(host, subject(**ALL))
    assert (statuses(outcome), outcome.error) == (["done"] * BIG, None)
    calls = [len(request["steps"]) for request in host.requests[1:]]
    assert (host.reconnects, len(calls) in (4, 5)) == (0, True)
    assert max(calls) - min(calls) <= 5


def test_a_request_of_more_calls_than_a_shell_takes_goes_on_in_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session.COMMANDS_PER_SHELL", 4)
    host = many(BIG)
    assert run(host, subject(**ALL)).error is None
    assert host.reconnects == 1
    assert (COMMANDS_PER_SHELL, STDIN_LIMIT) == (15, 100_000)


def test_a_cut_in_the_third_of_several_calls() -> None:
    host = many(BIG)
    host.breaks[4] = Break(BROKE, 100)
    outcome = run(host, subject(**ALL))
    sent = [len(request["steps"]) for request in host.requests]
    counts = {status: statuses(outcome).count(status) for status in ("done", "not_done", "not_tried", "unknown")}
    done = sent[1] + sent[2] + 100
    assert counts == {"done": done, "not_done": sent[3] - 100, "not_tried": BIG - sum(sent[1:4]), "unknown": 0}
    assert outcome.error is not None and keys_of(outcome.error) == ["connection_lost"]
    assert f"{done} of {BIG} steps had taken effect" in str(outcome.error)
    assert len(statuses(run(host, subject(**ALL)))) == BIG - done


def test_one_that_had_failed_before_the_cut_stays_failed() -> None:
    host = many(BIG)
    first = host.recipients[0]["Guid"]
    host.failing = {first}
    host.breaks[4] = Break(BROKE)
    outcome = run(host, subject(on_error="continue", **ALL))
    failed = [report for report in outcome.reports if report.status == "failed"]
    assert [report.step.parameters["Identity"] for report in failed] == [first]
    assert failed[0].error == "Set-Mailbox geht hier nicht."


@pytest.mark.parametrize("problem", [LATE, BROKE])
def test_where_nobody_can_look_what_was_answered_is_known_all_the_same(problem: Any) -> None:
    host = many(BIG)
    host.breaks = {3: Break(problem, 7), 4: Break(BROKE), 5: Break(BROKE)}
    outcome = run(host, subject(**ALL))
    sent = [len(request["steps"]) for request in host.requests]
    counts = {status: statuses(outcome).count(status) for status in ("done", "unknown", "not_tried")}
    assert counts == {"done": sent[1], "unknown": sent[2], "not_tried": BIG - sent[1] - sent[2]}


def test_the_result_of_a_large_plan_stays_usable_and_the_saved_state_has_it_all() -> None:
    host, kept = many(BIG), Kept()
    outcome = run(host, subject(**ALL), save=kept)
    result = as_result("address_rewrite", outcome)
    assert len(result["plan"]["steps"]) == SHOWN_STEPS
    assert result["plan"]["steps_left_out"] == BIG - SHOWN_STEPS
    assert len(result["steps"]) == BIG
    assert len(result["transcript"]) == 1 + 2 * SHOWN_STEPS + 1
    assert result["transcript"][-1].startswith(f"# {BIG - SHOWN_STEPS} more steps are not shown here.")
    assert len(kept.data["plan"]["steps"]) == BIG
    diff = as_diff("address_rewrite", outcome.decision)
    assert diff["after"].count("\n") == BIG
    assert not set(diff["before"].splitlines()) & set(diff["after"].splitlines())
    assert len(json.dumps(result)) < 3_000_000


def test_a_host_that_is_no_exchange_is_refused_as_ever() -> None:
    host = three()
    host.version = "Version 15.0 (Build 1.0)"
    with pytest.raises(HostRefused) as caught:
        run(host, subject(), check=True)
    assert keys_of(caught.value) == ["exchange_too_new"]


def test_an_unloaded_shell_speaks_for_itself() -> None:
    host = three()
    host.fail("Get-ExchangeServer", "kein Snap-In", "exchange_missing")
    with pytest.raises(HostRefused) as caught:
        run(host, subject(), check=True)
    assert keys_of(caught.value) == ["exchange_missing"]


def test_what_a_run_says_is_plain_data() -> None:
    outcome: Outcome = run(three(), subject())
    assert json.loads(json.dumps(as_result("address_rewrite", outcome)))["changing"] == 3
