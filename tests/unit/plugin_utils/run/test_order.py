"""A run against a host in memory: how many calls, what is written, what is reported when something breaks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import (
    AgentFailed,
    ConnectionLost,
    HostRefused,
    MailflowError,
    StepFailed,
    TimedOut,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run import order
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Decision, Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject
from tests.unit.plugin_utils.run.examples import (
    HOST,
    LOGIN,
    NOW,
    PASSWORD,
    STRATO,
    WIZARD,
    Break,
    FakeHost,
    desired,
    keys_of,
    login,
    printed,
    run_one,
    to_strato,
)

BROKE = ConnectionLost(reason_of("connection_lost", HOST, what="the reading", host_says="RST", outcome=""))
GARBLED = AgentFailed(reason_of("reply_cut", HOST))
LATE = TimedOut(reason_of("timed_out", HOST, seconds=600, outcome=""))
READ, APPLY, AGAIN = 1, 2, 3
ALT, B = printed("Alt", AddressSpaces=["SMTP:*;5"]), printed("B", AddressSpaces=["SMTP:*;9"])


@dataclass
class Run:
    """One run, and what it saved."""

    host: FakeHost
    options: dict[str, Any]
    saved: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, check_mode: bool = False, approved_plan: str | None = None) -> Outcome:
        return run_one(
            SendConnectorSubject(desired(self.options), lambda: NOW),
            self.host.session(),
            ExchangeShell(),
            self._save,
            check_mode=check_mode,
            approved_plan=approved_plan,
        )

    def _save(self, data: dict[str, Any]) -> str:
        self.saved.append(data)
        return "state.json"


def to_smarthost(**more: Any) -> Run:
    """A run with one step."""
    return Run(FakeHost(printed()), to_strato(**more))


def to_exclusive() -> Run:
    """A run with three steps."""
    return Run(FakeHost(printed(), ALT, B), to_strato(exclusive=True))


def statuses(outcome: Outcome) -> list[str]:
    return [report.status for report in outcome.reports]


def error_of(outcome: Outcome) -> MailflowError:
    assert outcome.error is not None
    return outcome.error


def test_a_change_takes_two_calls() -> None:
    run = to_smarthost()
    outcome = run()
    assert (outcome.error, outcome.changed, statuses(outcome)) == (None, True, ["done"])
    assert len(run.host.requests) == 2
    assert run.host.connector() == printed(**STRATO)
    assert run.host.passwords == {WIZARD: PASSWORD}
    assert outcome.backup_file == "state.json"


def test_a_second_run_takes_one_call_and_changes_nothing() -> None:
    run = to_smarthost()
    run()
    outcome = run()
    assert (outcome.changed, outcome.decision.plan, outcome.reports, outcome.backup_file) == (False, None, (), None)
    assert (len(run.host.requests), len(run.saved)) == (3, 1)


def test_an_adopted_connector_that_is_switched_off_is_found_again() -> None:
    declarations = to_strato(name="Strato", adopt=True, enabled=False, confirm_no_smarthost=True)
    run = Run(FakeHost(printed(**STRATO)), declarations)
    assert [(each.error, each.changed) for each in (run(), run())] == [(None, True), (None, False)]
    assert [each["Name"] for each in run.host.connectors] == [WIZARD]


def test_check_mode_stops_after_reading() -> None:
    run = to_smarthost()
    outcome = run(check_mode=True)
    assert outcome.changed and outcome.decision.plan
    assert (len(run.host.requests), run.saved, outcome.reports, outcome.backup_file) == (1, [], (), None)
    assert run.host.connector() == printed()


def test_check_mode_and_the_run_make_the_same_plan() -> None:
    run = to_smarthost()
    checked = run(check_mode=True).decision
    applied = run().decision
    assert checked.plan is not None
    assert checked == applied


def test_check_mode_of_a_converged_host_changes_nothing() -> None:
    assert Run(FakeHost(printed(**STRATO)), to_strato())(check_mode=True).changed is False


def test_reading_sends_no_secret_and_applying_sends_the_one_that_is_written() -> None:
    run = to_smarthost()
    run()
    assert [request["secrets"] for request in run.host.requests] == [{}, {"login": PASSWORD}]
    assert PASSWORD not in json.dumps([request["steps"] for request in run.host.requests])


def test_the_server_is_read_before_its_connectors() -> None:
    run = to_smarthost()
    run(check_mode=True)
    commands = [step["command"] for step in run.host.requests[0]["steps"]]
    assert commands == ["Get-ExchangeServer", "Get-SendConnector", "Get-HostFacts"]


def test_reading_back_always_runs() -> None:
    run = to_exclusive()
    run()
    assert [step.get("always", False) for step in run.host.requests[1]["steps"]] == [False] * 3 + [True] * 2


def test_the_hosts_warnings_are_told_for_both_calls() -> None:
    run = to_smarthost()
    run.host.warnings = ["Achtung"]
    assert run().notices == ("Achtung", "Achtung")


@pytest.mark.parametrize("problem", [BROKE, GARBLED])
def test_a_broken_reading_is_repeated_once_and_told(problem: MailflowError) -> None:
    run = to_smarthost()
    run.host.breaks = {1: Break(problem)}
    outcome = run(check_mode=True)
    assert outcome.changed
    assert (len(run.host.requests), run.host.reconnects) == (2, 1)
    assert outcome.notices == (f"Reading the host failed once ({problem.reasons[0].found}) and was repeated.",)


@pytest.mark.parametrize("problem", [BROKE, GARBLED])
def test_a_reading_that_breaks_twice_is_an_error(problem: MailflowError) -> None:
    run = to_smarthost()
    run.host.breaks = {1: Break(BROKE), 2: Break(problem)}
    with pytest.raises(MailflowError) as caught:
        run()
    assert caught.value is problem
    assert (len(run.host.requests), run.saved) == (2, [])


DIED = Break(None, after=1)


def test_a_reading_whose_process_dies_once_is_repeated_and_told() -> None:
    run = to_smarthost()
    run.host.breaks[READ] = DIED
    outcome = run()
    assert (outcome.error, run.host.reconnects, len(run.host.requests)) == (None, 1, 3)
    assert "its process most likely died" in outcome.notices[0]


def test_a_reading_whose_process_dies_twice_is_refused_where_what_it_took_is_needed() -> None:
    run = to_smarthost()
    run.host.breaks |= {READ: DIED, APPLY: DIED}
    with pytest.raises(HostRefused) as caught:
        run()
    assert keys_of(caught.value) == ["agent_died"]
    assert (len(run.host.requests), run.saved) == (2, [])


def test_a_plan_whose_process_dies_is_read_again_and_what_was_answered_counts() -> None:
    """Nothing shows a password that was written, but the first part of the reply."""
    run = rotation()
    run.host.breaks[APPLY] = DIED
    outcome = run()
    assert (statuses(outcome), outcome.error, len(run.host.requests)) == (["done"], None, 3)
    run = rotation()
    run.host.breaks[APPLY] = Break(None)
    outcome = run()
    assert statuses(outcome) == ["unknown"]
    assert keys_of(error_of(outcome)) == ["connection_lost"]


def test_a_late_reading_is_not_repeated() -> None:
    run = to_smarthost()
    run.host.breaks = {READ: Break(LATE)}
    with pytest.raises(TimedOut) as caught:
        run()
    assert keys_of(caught.value) == ["timed_out_reading"]
    assert len(run.host.requests) == 1


def test_a_connection_that_broke_is_told_in_its_own_words() -> None:
    broke = ConnectionLost(*BROKE.reasons, host_says="RST")
    run = to_smarthost()
    run.host.breaks = {READ: Break(broke), APPLY + 1: Break(broke, 1)}
    outcome = run()
    assert outcome.error is None
    assert outcome.notices == (
        "Reading the host failed once (RST) and was repeated.",
        "The connection broke after the plan (RST); read again, the host shows that all of it took effect.",
    )


UNREAD: list[tuple[str, str, str | None, str]] = [
    ("Get-SendConnector", "Kein Zugriff.", None, "read_failed"),
    ("Get-ExchangeServer", "Version 15.0 (Build 1.0)", "exchange_too_new", "exchange_too_new"),
    ("Get-ExchangeServer", "nicht registriert", "exchange_missing", "exchange_missing"),
    ("Get-ExchangeServer", "zu wenig Speicher", "exchange_not_loaded", "exchange_not_loaded"),
    ("Get-SendConnector", "kein Befehl", "command_refused", "request_refused"),
]


@pytest.mark.parametrize(("command", "message", "code", "key"), UNREAD)
def test_a_host_that_cannot_be_read_is_refused_in_its_own_words(
    command: str, message: str, code: str | None, key: str
) -> None:
    run = to_smarthost()
    run.host.fail(command, message, code)
    with pytest.raises(HostRefused) as caught:
        run()
    assert keys_of(caught.value) == [key]
    assert message in str(caught.value)
    assert (len(run.host.requests), run.saved) == (1, [])


def test_a_host_of_another_version_is_not_touched() -> None:
    run = Run(FakeHost(printed(), version="Version 15.1 (Build 225.42)"), to_strato())
    with pytest.raises(HostRefused) as caught:
        run()
    assert keys_of(caught.value) == ["exchange_too_new"]
    assert (len(run.host.requests), run.saved) == (1, [])


def test_the_approved_plan_is_applied() -> None:
    run = to_smarthost()
    plan = run(check_mode=True).decision.plan
    assert plan is not None
    assert run(approved_plan=plan.digest).error is None
    assert run.host.connector() == printed(**STRATO)


def test_another_plan_than_the_approved_writes_nothing() -> None:
    run = to_smarthost()
    plan = run(check_mode=True).decision.plan
    assert run.host.connectors[0].update(Port=26) is None
    with pytest.raises(HostRefused) as caught:
        run(approved_plan=plan.digest if plan else "")
    assert keys_of(caught.value) == ["plan_not_approved"]
    assert (len(run.host.requests), run.saved) == (2, [])


def test_a_converged_host_needs_no_approval() -> None:
    assert Run(FakeHost(printed(**STRATO)), to_strato())(approved_plan="of yesterday").changed is False


def test_check_mode_shows_a_plan_that_is_not_approved() -> None:
    assert to_smarthost()(check_mode=True, approved_plan="of yesterday").decision.plan


def test_what_cannot_be_saved_is_not_changed() -> None:
    host = FakeHost(printed())

    def full(data: dict[str, Any]) -> str:
        raise MailflowError(reason_of("backup_failed", HOST, path="x", problem="full"))

    subject = SendConnectorSubject(desired(to_strato()), lambda: NOW)
    with pytest.raises(MailflowError):
        run_one(subject, host.session(), ExchangeShell(), full, check_mode=False)
    assert (len(host.requests), host.connector()) == (1, printed())


def test_the_saved_state_has_what_is_touched_and_no_password() -> None:
    run = Run(FakeHost(printed(), ALT, B, printed("Fremd", AddressSpaces=["SMTP:x.de;1"])), to_strato(exclusive=True))
    run()
    (saved,) = run.saved
    assert [each["name"] for each in saved["connectors"]] == ["Alt", "B", WIZARD]
    assert saved["created"] == []
    assert PASSWORD not in json.dumps(saved)


def test_the_saved_state_names_what_is_created() -> None:
    run = Run(FakeHost(), to_strato(name="Neu"))
    run()
    assert (run.saved[0]["connectors"], run.saved[0]["created"]) == ([], ["Neu"])


def test_a_step_that_fails_in_the_middle_stops_the_plan() -> None:
    run = to_exclusive()
    run.host.fail("Set-SendConnector", "Der Vorgang ist fehlgeschlagen.", call=APPLY)
    outcome = run()
    assert statuses(outcome) == ["failed", "not_tried", "not_tried"]
    assert (outcome.changed, outcome.backup_file) == (False, "state.json")
    assert outcome.reports[0].error == "Der Vorgang ist fehlgeschlagen."
    assert isinstance(outcome.error, StepFailed)
    assert keys_of(outcome.error) == ["step_failed"]
    assert "0 of 3 steps were done before it, 2 not tried" in str(outcome.error)


def test_a_step_that_fails_without_a_word_is_reported_too() -> None:
    run = to_smarthost()
    run.host.failures = {(APPLY, "Set-SendConnector"): {"status": "failed", "error": None}}
    outcome = run()
    assert statuses(outcome) == ["failed"]
    assert keys_of(error_of(outcome)) == ["step_failed"]


def test_steps_before_the_failed_one_are_a_change() -> None:
    run = Run(FakeHost(printed(**STRATO), ALT), to_strato(name="Neu", exclusive=True))
    run.host.fail("Set-SendConnector", call=APPLY)
    outcome = run()
    assert statuses(outcome) == ["done", "failed", "not_tried"]
    assert outcome.changed
    assert "1 of 3 steps were done before it, 1 not tried" in str(outcome.error)


def test_a_shell_that_does_not_load_for_the_plan_speaks_for_itself() -> None:
    run = to_smarthost()
    run.host.fail("Set-SendConnector", "zu wenig Speicher", "exchange_not_loaded", call=APPLY)
    outcome = run()
    assert (statuses(outcome), outcome.changed) == (["failed"], False)
    assert keys_of(error_of(outcome)) == ["exchange_not_loaded"]


def test_a_rerun_goes_on_from_a_failed_step() -> None:
    run = Run(FakeHost(printed(**STRATO), ALT), to_strato(name="Neu", exclusive=True))
    run.host.fail("Set-SendConnector", call=APPLY)
    run()
    outcome = run()
    assert (outcome.error, statuses(outcome)) == (None, ["done", "done"])


def test_exchange_that_does_something_else_is_found_out() -> None:
    run = to_smarthost()
    run.host.deaf = {"Port"}
    outcome = run()
    assert (statuses(outcome), outcome.changed) == (["done"], True)
    assert keys_of(error_of(outcome)) == ["read_back_differs"]
    assert "port 25 instead of 587" in str(outcome.error)


def test_a_login_that_did_not_take_is_found_out() -> None:
    run = Run(FakeHost(printed(**STRATO)), to_strato(login=login("alt@beispiel.de")))
    run.host.deaf = {"AuthenticationCredential"}
    outcome = run()
    assert keys_of(error_of(outcome)) == ["read_back_differs"]
    assert f"login.username '{LOGIN}' instead of 'alt@beispiel.de'" in str(outcome.error)


def test_a_reading_back_that_fails_is_an_error_after_a_change() -> None:
    run = to_smarthost()
    run.host.fail("Get-SendConnector", "Kein Zugriff.", call=APPLY)
    outcome = run()
    assert (statuses(outcome), outcome.changed) == (["done"], True)
    assert keys_of(error_of(outcome)) == ["read_back_failed"]
    assert "Kein Zugriff." in str(outcome.error)


@pytest.mark.parametrize("status", ["failed", "not_tried"])
def test_a_reading_back_that_fails_without_a_word_is_an_error_too(status: str) -> None:
    run = to_smarthost()
    run.host.failures = {(APPLY, "Get-SendConnector"): {"status": status, "error": None}}
    outcome = run()
    assert (statuses(outcome), outcome.changed) == (["done"], True)
    assert keys_of(error_of(outcome)) == ["read_back_failed"]


def test_a_reply_without_the_plans_results_is_no_success() -> None:
    run = to_smarthost()

    def forgetful(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        if len(run.host.requests) == 1:
            stdin = first[0]
        first.append(stdin)
        return run.host.execute(line, stdin)

    first: list[bytes] = []
    session = run.host.session()
    session._execute = forgetful
    subject = SendConnectorSubject(desired(run.options), lambda: NOW)
    outcome = run_one(subject, session, ExchangeShell(), run._save, check_mode=False)
    assert (statuses(outcome), outcome.changed) == (["not_tried"], False)
    assert keys_of(error_of(outcome)) == ["reply_cut"]


Breaking = tuple[Callable[[], Run], int, list[str], bool, str | None]


def rotation(*others: dict[str, Any]) -> Run:
    """A run that writes a password, which no host shows."""
    return Run(FakeHost(printed(**STRATO), *others), to_strato(update_password="always", exclusive=True))


def rotation_of_two() -> Run:
    return rotation(ALT)


# The connection breaks while the plan runs; the host is read again.
BREAKS: dict[str, Breaking] = {
    # the run, steps that took effect, their statuses, changed, a piece of the error
    "nothing took effect": (to_smarthost, 0, ["not_done"], False, "none of the 1 steps had taken effect"),
    "all took effect": (to_smarthost, 1, ["done"], True, None),
    "none of three": (to_exclusive, 0, ["not_done"] * 3, False, "none of the 3 steps"),
    "one of three": (to_exclusive, 1, ["done", "not_done", "not_done"], True, "1 of 3 steps had taken effect"),
    "two of three": (to_exclusive, 2, ["done", "done", "not_done"], True, "2 of 3 steps had taken effect"),
    "all of three": (to_exclusive, 3, ["done"] * 3, True, None),
    "a new connector that is there": (lambda: Run(FakeHost(), to_strato(name="Neu")), 1, ["done"], True, None),
    "a new connector that is not": (
        lambda: Run(FakeHost(), to_strato(name="Neu")),
        0,
        ["not_done"],
        False,
        "none of the 1 steps",
    ),
    "a removal that took effect": (
        lambda: Run(FakeHost(printed(**STRATO), ALT), {"name": "Alt", "state": "absent"}),
        1,
        ["done"],
        True,
        None,
    ),
    "a removal that did not": (
        lambda: Run(FakeHost(printed(**STRATO), ALT), {"name": "Alt", "state": "absent"}),
        0,
        ["not_done"],
        False,
        "none of the 1 steps",
    ),
    "a new login that took effect": (
        lambda: Run(FakeHost(printed(**STRATO)), to_strato(login=login("alt@beispiel.de"))),
        1,
        ["done"],
        True,
        None,
    ),
    "a new login that did not": (
        lambda: Run(FakeHost(printed(**STRATO)), to_strato(login=login("alt@beispiel.de"))),
        0,
        ["not_done"],
        False,
        "none of the 1 steps",
    ),
    "a password alone, which may have taken effect": (rotation, 1, ["unknown"], True, "may have taken effect"),
    "a password and a step that did not": (
        lambda: rotation(ALT),
        1,
        ["unknown", "not_done"],
        True,
        "may have taken effect",
    ),
    "a password and a step that did": (
        lambda: rotation(ALT),
        2,
        ["unknown", "done"],
        True,
        "1 of 2 steps had taken effect",
    ),
    "a password alone, which may not have": (rotation, 0, ["unknown"], True, "may have taken effect"),
}


@pytest.mark.parametrize("problem", [BROKE, GARBLED])
@pytest.mark.parametrize(("make", "after", "expected", "changed", "piece"), BREAKS.values(), ids=BREAKS)
def test_a_plan_that_breaks_is_read_again(
    make: Callable[[], Run],
    after: int,
    expected: list[str],
    changed: bool,
    piece: str | None,
    problem: MailflowError,
) -> None:
    run = make()
    run.host.breaks = {APPLY: Break(problem, after)}
    outcome = run()
    assert (statuses(outcome), outcome.changed) == (expected, changed)
    assert (len(run.host.requests), run.host.reconnects) == (AGAIN, 1)
    if piece is None:
        assert outcome.error is None
        assert [notice for notice in outcome.notices if problem.reasons[0].found in notice]
    else:
        assert isinstance(outcome.error, ConnectionLost)
        assert keys_of(outcome.error) == ["connection_lost"]
        assert piece in str(outcome.error)


def lost_for_good(run: Run) -> None:
    run.host.breaks |= {call: Break(BROKE) for call in (AGAIN, AGAIN + 1)}


def refused_afterwards(run: Run) -> None:
    run.host.failures = {(AGAIN, "Get-SendConnector"): {"status": "failed", "error": {"message": "Kein Zugriff."}}}


@pytest.mark.parametrize("afterwards", [lost_for_good, refused_afterwards])
@pytest.mark.parametrize("after", [0, 1])
def test_a_plan_that_breaks_on_a_host_that_cannot_be_read_again_is_unknown(
    after: int, afterwards: Callable[[Run], None]
) -> None:
    run = to_smarthost()
    run.host.breaks = {APPLY: Break(BROKE, after)}
    afterwards(run)
    outcome = run()
    assert (statuses(outcome), outcome.changed) == (["unknown"], True)
    assert keys_of(error_of(outcome)) == ["connection_lost"]
    assert "could not be read" in str(outcome.error)
    assert outcome.backup_file == "state.json"


def test_a_host_that_takes_no_new_login_leaves_the_outcome_unknown() -> None:
    run = to_smarthost()
    run.host.breaks = {APPLY: Break(BROKE)}

    def refuse() -> None:
        raise BROKE

    session = run.host.session()
    session._reconnect = refuse
    subject = SendConnectorSubject(desired(run.options), lambda: NOW)
    outcome = run_one(subject, session, ExchangeShell(), run._save, check_mode=False)
    assert (statuses(outcome), outcome.changed, len(run.host.requests)) == (["unknown"], True, APPLY)


def test_a_reading_again_that_breaks_once_is_repeated_too() -> None:
    run = to_smarthost()
    run.host.breaks = {APPLY: Break(BROKE, 1), AGAIN: Break(BROKE)}
    outcome = run()
    assert (statuses(outcome), outcome.error) == (["done"], None)
    assert len(outcome.notices) == 2


def test_a_plan_that_ends_late_is_unknown_and_not_asked_again() -> None:
    run = to_exclusive()
    run.host.breaks = {APPLY: Break(LATE, 1)}
    outcome = run()
    assert (statuses(outcome), outcome.changed, outcome.error) == (["unknown"] * 3, True, LATE)
    assert len(run.host.requests) == APPLY


class Hooked(SendConnectorSubject):
    """A subject that reads with a secret, proves before and confirms after."""

    def __init__(self, desired: Desired, error: MailflowError | None = None) -> None:
        super().__init__(desired, lambda: NOW)
        self.error = error
        self.called: list[str] = []

    def read_secrets(self) -> Mapping[str, str]:
        return {"reading": "for reading"}

    def prove(self, session: Session, state: Any, decision: Decision) -> tuple[str, ...]:
        self.called.append("prove")
        if self.error:
            raise self.error
        return ("proven",)

    def confirm(self, session: Session, shell: ExchangeShell, state: Any, outcome: Outcome) -> Outcome:
        self.called.append("confirm")
        return replace(outcome, notices=(*outcome.notices, "confirmed"))


def hooked(run: Run, error: MailflowError | None = None, check_mode: bool = False) -> tuple[Hooked, Outcome]:
    subject = Hooked(desired(run.options), error)
    return subject, run_one(subject, run.host.session(), ExchangeShell(), run._save, check_mode=check_mode)


def test_a_secret_for_reading_goes_with_every_reading() -> None:
    run = to_smarthost()
    hooked(run)
    secrets = [request["secrets"] for request in run.host.requests]
    assert secrets == [{"reading": "for reading"}, {"reading": "for reading", "login": PASSWORD}]


def test_a_plan_is_proven_before_and_confirmed_after() -> None:
    run = to_smarthost()
    subject, outcome = hooked(run)
    assert (subject.called, outcome.notices) == (["prove", "confirm"], ("proven", "confirmed"))


def test_a_plan_that_fails_is_confirmed_too() -> None:
    run = to_smarthost()
    run.host.fail("Set-SendConnector")
    subject, outcome = hooked(run)
    assert (subject.called, keys_of(error_of(outcome))) == (["prove", "confirm"], ["step_failed"])


def test_what_is_not_proven_is_neither_saved_nor_written() -> None:
    run = to_smarthost()
    with pytest.raises(HostRefused):
        hooked(run, HostRefused(reason_of("become_refused", HOST)))
    assert (run.saved, run.host.connector(), len(run.host.requests)) == ([], printed(), READ)


@pytest.mark.parametrize("check_mode", [False, True])
def test_nothing_is_proven_where_nothing_will_be_written(check_mode: bool) -> None:
    converged = Run(FakeHost(printed(**STRATO)), to_strato())
    assert hooked(converged, check_mode=check_mode)[0].called == []
    assert hooked(to_smarthost(), check_mode=True)[0].called == []


def test_a_report_is_plain_data() -> None:
    run = to_smarthost()
    (report,) = run().reports
    assert json.loads(json.dumps(report.as_data())) == {
        "action": "change send connector",
        "target": WIZARD,
        "command": "Set-SendConnector",
        "status": "done",
        "error": None,
        "ms": 3,
    }


def test_no_password_in_anything_that_a_run_gives_back() -> None:
    for after in (None, 0, 1):
        run = to_smarthost()
        run.host.breaks = {} if after is None else {APPLY: Break(BROKE, after)}
        assert PASSWORD not in repr(run())


class Talking(SendConnectorSubject):
    """A noun that has something to say."""

    def says(self, outcome: Outcome) -> tuple[str, ...]:
        return (f"changed: {outcome.changed}, refused: {outcome.refused}",)


def test_what_a_noun_has_to_say_is_asked_for_once_all_is_done() -> None:
    def said(approved_plan: str | None, check_mode: bool) -> tuple[str, ...]:
        subject, session = Talking(desired(to_strato()), lambda: NOW), FakeHost(printed()).session()
        save, keys = (lambda noun, data: "state.json"), {"check_mode": check_mode, "approved_plan": approved_plan}
        done = order.run([subject], session, ExchangeShell(), save, **keys)
        return done.outcomes[subject.name].said

    assert said(None, True) == said(None, False) == ("changed: True, refused: False",)
    assert said("another plan", False) == ("changed: False, refused: True",)


def test_what_applies_first_is_written_before_another_proof_refuses() -> None:
    class First(SendConnectorSubject):
        applies_first = True
        name = "first"

    class Refusing(SendConnectorSubject):
        def prove(self, *given: Any) -> tuple[str, ...]:
            seen.extend(host.passwords)
            raise HostRefused(reason_of("duplicate_name", "here", count=2, guids="x"))

    seen: list[str] = []
    host = FakeHost(printed())
    subjects = [Refusing(desired({"name": WIZARD, "comment": "x", "confirm_no_smarthost": True}), lambda: NOW)]
    first = First(desired(to_strato()), lambda: NOW)
    done = order.run([*subjects, first], host.session(), ExchangeShell(), lambda *given: "x", check_mode=False)
    assert seen == [WIZARD]
    assert done.outcomes["first"].changed and done.outcomes["send_connector"].refused
