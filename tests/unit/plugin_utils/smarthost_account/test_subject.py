"""Runs of the smarthost account against a host in memory: what reaches the host, which login the connector has in the
end, what the ledger knows, what is reported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import (
    ConnectionLost,
    HostRefused,
    InputRefused,
    LedgerFailed,
    MailflowError,
    StepFailed,
    TimedOut,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import (
    HELD_BACK,
    LOGGED_IN,
    RECREATED,
    SWITCHED,
    WRITTEN,
    Event,
    LastRun,
    Ledger,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import REFUSED as NOTED_REFUSED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import notice_of, reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.progress import Progress
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.window import DAYS
from tests.unit.plugin_utils.run.examples import HOST, NOW, WIZARD, Break, failed, guid, keys_of, printed
from tests.unit.plugin_utils.smarthost_account.account_host import (
    CERTIFICATE,
    GREYLISTED,
    LATER,
    NEW,
    NEWER_TLS,
    NO,
    NO_TLS,
    OLD,
    OTHER_REASON,
    POLL,
    PROVEN,
    READ,
    READ_BACK,
    REFUSED,
    SECRETS,
    THIRD,
    TRY,
    TRY_BOTH,
    WELCOME,
    WRITE,
    Account,
    AccountHost,
    at,
    days_old,
    mailbox,
    smarthost,
)

LATE = TimedOut(reason_of("timed_out", HOST, seconds=1200, outcome=""))
BROKE = ConnectionLost(reason_of("connection_lost", HOST, what="the reading", host_says="RST", outcome=""))
TURNED = SECRETS["turned"]
Make = Callable[..., Account]


@pytest.fixture
def account(tmp_path: Path) -> Make:
    """Makes an account: the connector's login, and the ages of the mailboxes in their order."""

    def make(login: str | None = None, connector: dict[str, Any] | None = None, **ages: float) -> Account:
        names = {"new": NEW, "old": OLD, "third": THIRD}
        host = AccountHost(connector or smarthost(login))
        return Account(tmp_path, host, [mailbox(names[name], age) for name, age in ages.items()])

    return make


def error_of(outcome: Outcome) -> MailflowError:
    assert outcome.error is not None
    return outcome.error


def refusal_of(run: Account, kind: type[MailflowError], **more: Any) -> list[str]:
    """The reasons with which a run is refused; nothing was written then."""
    before = [dict(each) for each in run.host.connectors]
    with pytest.raises(kind) as caught:
        run(**more)
    assert type(caught.value) is kind
    assert (run.host.connectors, run.host.passwords, run.saved) == (before, {}, [])
    return keys_of(caught.value)


def notices(outcome: Outcome) -> list[str]:
    """What is told, but that the connector is adopted, which every plan says."""
    found = [*outcome.decision.notices, *outcome.notices]
    return [each for each in found if "is adopted for 'Smarthost Strato'" not in each]


def switching(account: Make) -> Account:
    """On this Monday the preferred mailbox has come of age."""
    run = account(OLD, new=15, old=900)
    run.note(WRITTEN, OLD, 100, SECRETS[OLD])
    return run


# ---- which login


def test_the_first_set_up(account: Make) -> None:
    run = account(connector=printed(), new=3, old=900)
    outcome = run()
    assert (outcome.error, outcome.changed) == (None, True)
    assert run.host.login == (OLD, SECRETS[OLD])
    assert run.host.connector() == smarthost(OLD)
    assert run.host.calls == [READ, TRY, WRITE, POLL]
    assert run.host.tried == [(OLD, SECRETS[OLD])]
    assert run.events == [(LOGGED_IN, OLD), (WRITTEN, OLD), (SWITCHED, OLD), (LOGGED_IN, OLD)]
    assert run.stages == [
        ("gate", "switch", OLD),
        ("proof", "proven", OLD),
        ("write", "done", OLD),
        ("exchange", "proven", OLD),
    ]


def test_a_connector_that_is_not_there_is_created_with_the_login(account: Make) -> None:
    run = account(new=15)
    run.host.connectors = []
    assert run(connector={"name": WIZARD}).error is None
    assert run.host.calls == [READ, TRY, ("New-SendConnector", *READ_BACK), POLL]
    assert run.host.login == (NEW, SECRETS[NEW])


def test_what_the_first_set_up_tells(account: Make) -> None:
    run = account(connector=printed(), new=3, old=900)
    run()
    told = {key: run.told[key] for key in ("decision", "login", "connector", "backup_file", "next_date")}
    assert told == {
        "decision": "switch",
        "login": OLD,
        "connector": WIZARD,
        "backup_file": "state.json",
        "next_date": "2026-03-16T07:00:00+01:00",
    }
    assert run.told["next_event"] == f"the login switches to {NEW}"
    assert f"'{WIZARD}' is adopted for 'Smarthost Strato'" in run.told["warnings"][0]
    young, old = run.told["mailboxes"]
    assert young == {
        "address": NEW,
        "usable": False,
        "usable_from": "2026-03-13T13:00:00+01:00",
        "minimum_age_days": 14,
        "observed": None,
        "barred": None,
    }
    assert (old["address"], old["usable"]) == (OLD, True)


def test_a_second_run_keeps_what_is_there(account: Make) -> None:
    run = account(connector=printed(), new=3, old=900)
    run()
    events = run.events
    outcome = run()
    assert (outcome.changed, outcome.decision.plan, notices(outcome)) == (False, None, [])
    assert (run.host.calls, run.events, len(run.saved)) == ([READ], events, 1)
    assert run.told["mailboxes"][1]["observed"] == "2026-03-02T12:00:00+00:00"


def test_the_switch_on_the_day(account: Make) -> None:
    run = switching(account)
    outcome = run()
    assert (outcome.error, outcome.changed, notices(outcome)) == (None, True, [])
    assert run.host.login == (NEW, SECRETS[NEW])
    assert run.host.calls == [READ, TRY_BOTH, WRITE, POLL]
    assert run.host.tried == [(NEW, SECRETS[NEW]), (OLD, SECRETS[OLD])]
    assert run.events[1:] == [
        (LOGGED_IN, NEW),
        (LOGGED_IN, OLD),
        (WRITTEN, NEW),
        (SWITCHED, NEW),
        (LOGGED_IN, NEW),
    ]
    assert run.stages == [
        ("gate", "switch", NEW),
        ("proof", "proven", NEW),
        ("way_back", "proven", OLD),
        ("write", "done", NEW),
        ("exchange", "proven", NEW),
    ]
    assert (run.told["next_date"], run.told["next_event"]) == (None, None)


def test_a_switch_is_postponed_until_the_window_opens(account: Make) -> None:
    run = switching(account)
    run.host.clock.now = at("2026-03-07 12:00")  # a Saturday
    outcome = run()
    assert (outcome.changed, run.host.calls, run.host.login[0]) == (False, [READ], OLD)
    assert (run.told["decision"], run.told["next_date"]) == ("postpone", "2026-03-09T07:00:00+01:00")
    run.host.clock.now = at("2026-03-09 05:59:59")
    assert run().changed is False
    run.host.clock.now = at("2026-03-09 06:00")
    assert run().error is None
    assert run.host.login == (NEW, SECRETS[NEW])


def test_the_switch_is_not_a_moment_before_the_age(account: Make) -> None:
    run = account(OLD, new=13, old=900)
    run.note(WRITTEN, OLD, 100, SECRETS[OLD])
    run.host.clock.now = NOW + timedelta(days=1, seconds=-1)
    assert run().changed is False
    run.host.clock.now = NOW + timedelta(days=1)
    assert run().changed is True
    assert run.host.login[0] == NEW


@pytest.mark.parametrize(("controller", "skew"), [(59, -59), (0, -1), (0, 59)])
def test_the_age_is_that_of_the_earlier_clock(account: Make, controller: int, skew: int) -> None:
    run = account(OLD, new=14 - 1 / 1440, old=900)
    run.note(WRITTEN, OLD, 100, SECRETS[OLD])
    run.host.clock.now = NOW + timedelta(minutes=controller)
    run.host.skew = timedelta(minutes=skew)
    assert (run().changed, run.told["login"], run.told["mailboxes"][0]["usable"]) == (False, OLD, False)
    run.host.skew = timedelta(0)
    run.host.clock.now = NOW + timedelta(minutes=1)
    assert run().changed is True


def test_other_settings_are_corrected_while_a_switch_is_postponed(account: Make) -> None:
    run = switching(account)
    run.host.connectors[0]["Port"] = 25
    run.host.clock.now = at("2026-03-07 12:00")
    assert run().error is None
    assert run.host.calls == [READ, WRITE]
    assert (run.host.login, run.host.connectors[0]["Port"]) == ((OLD, None), 587)


def test_nobody_old_enough_and_no_login_is_refused_with_every_reason(account: Make) -> None:
    run = account(connector=printed(), new=3, old=5, third=900)
    run.note(NOTED_REFUSED, THIRD, 1, SECRETS[THIRD])
    assert refusal_of(run, InputRefused) == ["mailbox_too_young", "mailbox_too_young", "mailbox_barred"]
    assert run.host.calls == [READ]
    assert (run.told["decision"], run.told["login"]) == ("nobody", None)
    assert run.told["next_date"] == "2026-03-11T13:00:00+01:00"
    assert [each["usable"] for each in run.told["mailboxes"]] == [False, False, False]


def test_a_young_login_in_use_is_kept_and_its_relief_is_told(account: Make) -> None:
    run = account(NEW, new=3)
    run.note(WRITTEN, NEW, 1, SECRETS[NEW])
    outcome = run()
    (notice,) = notices(outcome)
    assert (outcome.changed, run.host.calls) == (False, [READ])
    assert f"The login {NEW} is too young and already in use" in notice and "2026-03-13 13:00" in notice
    assert (run.told["next_date"], run.told["next_event"]) == ("2026-03-13T13:00:00+01:00", f"{NEW} is old enough")


def test_a_login_that_is_not_declared_is_kept_until_one_is_old_enough(account: Make) -> None:
    run = account("jemand@anders.de", new=3)
    outcome = run()
    assert (outcome.changed, run.host.calls, run.told["login"]) == (False, [READ], None)
    assert "none of the declared mailboxes" in " ".join(notices(outcome))
    run.host.clock.now = NOW + timedelta(days=12)
    assert run().error is None
    assert run.host.login == (NEW, SECRETS[NEW])


def test_settings_are_corrected_beside_a_login_that_is_not_declared(account: Make) -> None:
    run = account(connector=smarthost("jemand@anders.de", Port=25), new=3)
    assert run().error is None
    assert (run.host.calls, run.host.login) == ([READ, WRITE], ("jemand@anders.de", None))


def test_a_young_login_in_use_gives_way_to_an_old_one_at_once(account: Make) -> None:
    run = account(NEW, new=3, old=900)
    run.host.clock.now = at("2026-03-07 12:00")
    assert run().error is None
    assert run.host.login == (OLD, SECRETS[OLD])


def test_a_provider_with_a_longer_wait(account: Make) -> None:
    run = account(connector=printed(), new=29, old=900)
    run.options = {"provider": "ionos"}
    run()
    assert run.host.login[0] == OLD
    run.host.clock.now = at("2026-03-03 12:00")
    run()
    assert run.host.login[0] == NEW


def test_a_login_name_that_is_no_address(account: Make) -> None:
    run = account(connector=smarthost(None, AuthenticationCredential={"UserName": "ALT"}), new=15, old=900)
    run.options = {"provider": "web.de"}
    run.host.connectors[0]["SmartHosts"] = ["smtp.web.de"]
    assert run().error is None
    assert run.host.tried == [("neu", SECRETS[NEW]), ("alt", SECRETS[OLD])]
    assert run.host.login == ("neu", SECRETS[NEW])
    assert (LOGGED_IN, NEW) in run.events
    step = run.host.requests[1]["steps"][0]
    assert (step["parameters"]["Recipient"], step["parameters"]["Sender"]) == (NEW, NEW)


def test_a_declared_sender_is_tried(account: Make) -> None:
    run = switching(account)
    run(sender="buero@beispiel.de")
    senders = {step["parameters"]["Sender"] for step in run.host.requests[1]["steps"]}
    assert senders == {"buero@beispiel.de"}


# ---- passwords


def test_a_password_that_changed_is_written_again_once_it_is_proven(account: Make) -> None:
    run = switching(account)
    run()
    run.declare(NEW, password=TURNED)
    outcome = run()
    assert (outcome.error, outcome.changed, notices(outcome)) == (None, True, [])
    assert (run.host.calls, run.host.tried) == ([READ, TRY, WRITE, POLL], [(NEW, TURNED)])
    assert run.host.login == (NEW, TURNED)
    assert run.events[-3:] == [(LOGGED_IN, NEW), (WRITTEN, NEW), (LOGGED_IN, NEW)]
    assert run().changed is False


def test_a_password_that_changed_is_written_while_a_switch_is_postponed(account: Make) -> None:
    run = switching(account)
    run.host.clock.now = at("2026-03-07 12:00")
    run.declare(OLD, password=TURNED)
    assert run().error is None
    assert (run.host.tried, run.host.login) == ([(OLD, TURNED)], (OLD, TURNED))
    assert run.told["decision"] == "postpone"


def test_a_young_login_in_use_gets_its_new_password(account: Make) -> None:
    run = account(NEW, new=3)
    run.note(WRITTEN, NEW, 1, "an older one")
    outcome = run()
    assert (outcome.error, run.host.login) == (None, (NEW, SECRETS[NEW]))
    assert run.host.calls == [READ, TRY, WRITE, POLL]
    assert len([each for each in notices(outcome) if "too young" in each]) == 1


def test_a_password_of_which_nothing_is_known_is_not_written_unasked(account: Make) -> None:
    run = account(OLD, old=900)
    (notice, _) = notices(run())  # and that the ledger is new
    assert "has no record of the password written" in notice and OLD in notice
    assert run.host.calls == [READ]


def test_a_password_is_written_at_every_run_where_that_is_declared(account: Make) -> None:
    run = account(OLD, old=900)
    run.ledger.begin()
    for _ in range(2):
        outcome = run(update_password="always")
        assert (outcome.error, notices(outcome)) == (None, [])
        assert run.host.calls == [READ, TRY, WRITE, POLL]
    assert run.host.login == (OLD, SECRETS[OLD])
    assert (SWITCHED, OLD) not in run.events
    assert notices(run()) == []


NEW_LEDGERS: dict[str, tuple[str | None, dict[str, float], str | None]] = {
    "the declared login is in use": (OLD, {"old": 900}, OLD),
    "one that is about to go is in use": (OLD, {"new": 20, "old": 900}, OLD),
    "one that is too young is in use": (NEW, {"new": 3}, NEW),
    "nobody logs in yet": (None, {"old": 900}, None),
    "somebody else logs in": ("fremd@beispiel.de", {"old": 900}, None),
}


@pytest.mark.parametrize(("login", "ages", "told"), NEW_LEDGERS.values(), ids=NEW_LEDGERS)
def test_a_new_ledger_is_told_once_where_a_login_of_ours_is_in_use(
    account: Make, login: str | None, ages: dict[str, float], told: str | None
) -> None:
    run = account(login, **ages)
    path = run.ledger.path
    expected = [notice_of("ledger_new", path=path, connector=WIZARD, address=told)] if told else []
    for check_mode in (True, False):
        assert [each for each in notices(run(check_mode)) if "is new" in each] == expected
        assert path.exists() is not check_mode
    assert [each for each in notices(run()) if "is new" in each] == []


def test_a_ledger_that_is_lost_once_more_is_told_of_once_more(account: Make) -> None:
    run = account(OLD, old=900)
    for _ in range(2):
        assert "is new" in " ".join(notices(run()))
        run.ledger.path.unlink()


def test_a_first_login_that_is_noted_in_the_same_run_makes_no_ledger_an_old_one(account: Make) -> None:
    run = account(OLD, old=900)
    assert "is new" in " ".join(notices(run(require_observed_age=True)))
    assert (LOGGED_IN, OLD) in run.events


def test_a_lost_key_makes_a_password_unknown(account: Make, tmp_path: Path) -> None:
    run = switching(account)
    run()
    (tmp_path / "ledger.sqlite.key").unlink()
    outcome = run()
    assert outcome.changed is False
    assert "has no record of the password" in " ".join(notices(outcome))


def test_a_password_that_was_written_for_another_mailbox_is_not_this_ones(account: Make) -> None:
    run = account(OLD, old=900)
    run.note(WRITTEN, NEW, 1, SECRETS[NEW])
    assert "has no record of the password" in " ".join(notices(run()))


# ---- the proof


def test_a_refused_login_is_not_written_and_not_tried_again(account: Make) -> None:
    run = switching(account)
    run.host.answers = {NEW: [REFUSED]}
    assert refusal_of(run, InputRefused) == ["login_refused"]
    assert run.events[1:] == [(NOTED_REFUSED, NEW), (LOGGED_IN, OLD)]
    assert run.stages[1] == ("proof", "refused", NEW)
    for _ in range(3):
        assert run().changed is False
        assert (run.host.tried, run.host.login[0]) == ([], OLD)
    assert "the provider rejected this password on 2026-03-02 13:00" in run.told["mailboxes"][0]["barred"]


def test_a_refused_login_is_tried_again_with_another_password(account: Make) -> None:
    run = switching(account)
    run.host.answers = {NEW: [REFUSED, PROVEN]}
    refusal_of(run, InputRefused)
    run.declare(NEW, password=TURNED)
    assert run().error is None
    assert run.host.login == (NEW, TURNED)


def test_a_refused_first_login_gives_way_to_the_next(account: Make) -> None:
    run = account(connector=printed(), new=15, old=900)
    run.host.answers = {NEW: [REFUSED]}
    assert refusal_of(run, InputRefused) == ["login_refused"]
    assert run().error is None
    assert run.host.login == (OLD, SECRETS[OLD])


def test_a_new_password_that_is_refused_is_tried_once(account: Make) -> None:
    run = account(OLD, old=900)
    run.note(WRITTEN, OLD, 100, "an older one")
    run.host.answers = {OLD: [REFUSED]}
    assert refusal_of(run, InputRefused) == ["login_refused"]
    for more in ({}, {"update_password": "always"}):
        outcome = run(**more)
        assert (outcome.changed, run.host.tried) == (False, [])
        assert "is in use and may not be chosen (the provider rejected this password" in " ".join(notices(outcome))


ALWAYS = {"days": list(DAYS), "from": "00:00", "to": "23:59"}


def passing(run: Account, hours: float) -> Account:
    """The same account so much later."""
    run.host.clock.now += timedelta(hours=hours)
    return run


def test_a_refusal_ages(account: Make) -> None:
    run = switching(account)
    run.note(NOTED_REFUSED, NEW, 6.9, SECRETS[NEW])
    assert run().changed is False and run.host.tried == []
    passing(run, 24)
    assert (run().error, run.host.login[0]) == (None, NEW)


@pytest.mark.parametrize(("hours", "tried"), [(3.9, False), (4.1, True)])
def test_a_refused_login_is_tried_again_where_that_is_wished_but_not_at_once(
    account: Make, hours: float, tried: bool
) -> None:
    run = switching(account)
    run.note(NOTED_REFUSED, NEW, hours / 24, SECRETS[NEW])
    assert run(retry_refused=True).changed is tried
    assert ((NEW, SECRETS[NEW]) in run.host.tried) is tried


def test_two_logins_that_are_refused_at_once_are_an_outage(account: Make) -> None:
    run = switching(account)
    run.host.answers = {NEW: [REFUSED, PROVEN], OLD: [REFUSED, PROVEN]}
    assert refusal_of(run, HostRefused) == ["logins_in_doubt"]
    assert run.events == [(WRITTEN, OLD)] and ("proof", "unproven", NEW) in run.stages
    assert "outage of the provider's login database" in run.told["msg"]
    passing(run, 1.1)
    assert (run(retry_hours=1).error, run.host.login[0]) == (None, NEW)


@pytest.mark.parametrize("accepted", [False, True])
def test_while_both_are_refused_neither_is_tried_more_often_than_declared(account: Make, accepted: bool) -> None:
    run = switching(account)
    run.host.answers = {NEW: [REFUSED], OLD: [REFUSED]}
    tries = []
    for _ in range(3 * 24):
        try:
            outcome = run(accept_unproven=accepted, retry_hours=6, switch_window=ALWAYS)
            assert outcome.changed is False and "as in an outage" in " ".join(notices(outcome))
        except HostRefused as error:
            assert keys_of(error) == ["logins_in_doubt"]
        tries += [run.host.clock.now] * len(run.host.tried)
        passing(run, 1)
    assert len(tries) == 2 * 12 and run.host.login[0] == OLD
    assert run.events == [(WRITTEN, OLD)]


def test_a_third_login_that_is_refused_in_an_outage_is_in_doubt_as_well(account: Make) -> None:
    run = account(OLD, new=15, old=900, third=800)
    run.host.answers = {NEW: [REFUSED], OLD: [REFUSED], THIRD: [REFUSED]}
    assert refusal_of(run, HostRefused) == ["logins_in_doubt"]
    assert refusal_of(run, HostRefused) == ["logins_in_doubt"]
    assert (run.host.tried, run.events) == ([(THIRD, SECRETS[THIRD])], [])


def test_another_password_is_tried_in_an_outage(account: Make) -> None:
    run = switching(account)
    run.host.answers = {NEW: [REFUSED, PROVEN], OLD: [REFUSED, PROVEN]}
    assert refusal_of(run, HostRefused) == ["logins_in_doubt"]
    run.declare(NEW, password=TURNED)
    assert (run().error, run.host.login) == (None, (NEW, TURNED))


def test_first_logins_that_are_all_refused_are_an_outage(account: Make) -> None:
    run = account(OLD, new=15, old=900)
    run.host.answers = {NEW: [REFUSED], OLD: [REFUSED]}
    assert run(require_observed_age=True).changed is False
    assert (len(run.host.tried), run.events) == (2, [])


UNWRITTEN: dict[str, tuple[dict[str, Any], type[MailflowError], str, list[tuple[str, str]]]] = {
    "greylisted": (GREYLISTED, InputRefused, "mail_refused", [(LOGGED_IN, NEW), (HELD_BACK, NEW)]),
    "another reason than the password": (OTHER_REASON, InputRefused, "auth_refused", []),
    "the wrong certificate": (CERTIFICATE, InputRefused, "certificate_unfit", []),
    "a failure for now": (LATER, HostRefused, "login_unproven", []),
    "no common TLS": (NO_TLS, HostRefused, "tls_unproven", []),
    "a newer TLS alone": (NEWER_TLS, HostRefused, "tls_newer", []),
}


@pytest.mark.parametrize(("answer", "kind", "reason", "events"), UNWRITTEN.values(), ids=UNWRITTEN)
def test_what_is_not_proven_is_not_written_and_is_tried_again(
    account: Make, answer: dict[str, Any], kind: type[MailflowError], reason: str, events: list[tuple[str, str]]
) -> None:
    run = switching(account)
    run.host.answers = {NEW: [answer, PROVEN]}
    assert refusal_of(run, kind) == [reason]
    assert run.events[1:] == [*events, (LOGGED_IN, OLD)]
    assert run().error is None
    assert run.host.login == (NEW, SECRETS[NEW])


def test_an_unproven_login_is_written_where_that_is_accepted(account: Make) -> None:
    run = switching(account)
    run.host.answers = {NEW: [NO_TLS], OLD: [NO_TLS]}
    outcome = run(accept_unproven=True)
    assert (outcome.error, run.host.login) == (None, (NEW, SECRETS[NEW]))
    assert "there is no login to go back to" in " ".join(notices(outcome))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(REFUSED, "login_refused"), (GREYLISTED, "mail_refused"), (CERTIFICATE, "certificate_unfit")],
)
def test_a_refused_login_is_not_written_whatever_is_accepted(
    account: Make, answer: dict[str, Any], reason: str
) -> None:
    run = switching(account)
    run.host.answers = {NEW: [answer]}
    assert refusal_of(run, InputRefused, accept_unproven=True) == [reason]


@pytest.mark.parametrize("accepted", [False, True])
def test_a_young_login_is_not_written_whatever_is_accepted(account: Make, accepted: bool) -> None:
    run = account(connector=printed(), new=13.99)
    assert refusal_of(run, InputRefused, accept_unproven=accepted, update_password="always") == ["mailbox_too_young"]
    assert run.host.tried == []


def test_a_host_that_cannot_try_a_login_is_refused(account: Make) -> None:
    run = switching(account)
    run.host.fail("Test-SmtpLogin", "no such command", "request")
    assert refusal_of(run, HostRefused) == ["request_refused"]


def test_a_connection_that_breaks_during_the_proof_leaves_everything(account: Make) -> None:
    run = switching(account)
    run.host.breaks = {2: Break(BROKE)}
    assert refusal_of(run, ConnectionLost) == ["connection_lost"]


# ---- the way back


def test_a_way_back_that_is_refused_is_told_and_no_reason_to_stay(account: Make) -> None:
    run = switching(account)
    run.host.answers = {OLD: [REFUSED]}
    outcome = run()
    assert (outcome.error, run.host.login[0]) == (None, NEW)
    assert f"The login {OLD} in use now was not verified (535" in " ".join(notices(outcome))
    assert (NOTED_REFUSED, OLD) in run.events


def test_a_way_back_that_was_refused_before_is_not_tried(account: Make) -> None:
    run = switching(account)
    run.note(NOTED_REFUSED, OLD, 1, SECRETS[OLD])
    outcome = run()
    assert run.host.tried == [(NEW, SECRETS[NEW])]
    assert (outcome.error, run.host.login[0]) == (None, NEW)
    assert f"The login {OLD} in use now was not verified (noted)" in " ".join(notices(outcome))


def test_a_way_back_that_cannot_be_proven_stops_the_switch(account: Make) -> None:
    run = switching(account)
    run.host.answers = {OLD: [LATER, LATER, PROVEN]}
    assert refusal_of(run, HostRefused) == ["way_back_unproven"]
    assert run(accept_unproven=True).error is None
    assert run.host.login[0] == NEW


# ---- Exchange's word


def test_exchange_is_waited_for(account: Make) -> None:
    run = switching(account)
    run.host.words = [None, None, WELCOME]
    outcome = run(wait_for_session=75)
    assert (outcome.error, notices(outcome)) == (None, [])
    assert (run.host.calls[3:], run.host.clock.slept) == ([POLL] * 3, [15, 15])
    assert run.told["stages"][-1] == {"stage": "exchange", "mailbox": NEW, "outcome": "proven", "text": WELCOME}


def test_what_is_waited_for_is_told_with_its_own_limit(account: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run, told, stage = switching(account), [], Progress.stage

    def noted(self: Progress, what: str, limit: float | None = None) -> Any:
        told.append((what, limit))
        return stage(self, what, limit)

    monkeypatch.setattr(Progress, "stage", noted)
    run.host.words = [WELCOME]
    run(wait_for_session=75)
    assert (f"waiting for Exchange to log in as {NEW}", 75) in told
    assert [what for what, _limit in told if what.startswith("checking") and "logins are tested" in what] != []


def test_a_silent_exchange_is_told(account: Make) -> None:
    run = switching(account)
    run.host.words = [None]
    outcome = run(wait_for_session=40)
    (notice,) = notices(outcome)
    assert (outcome.error, run.host.login[0]) == (None, NEW)
    assert (run.host.calls[3:], run.host.clock.slept) == ([POLL] * 4, [15, 15, 10])
    assert "No new session of Exchange within 40 seconds" in notice
    assert run.stages[-1] == ("exchange", "unknown", NEW)
    assert run.events[-1] == (SWITCHED, NEW)


def test_sessions_that_end_before_the_login_are_told_with_the_way_back(account: Make) -> None:
    run = switching(account)
    run.host.words = [None, "454 4.7.0 Temporary authentication failure"]
    outcome = run(wait_for_session=40)
    (notice,) = notices(outcome)
    assert (outcome.error, run.host.login[0], len(run.host.calls[3:])) == (None, NEW, 4)
    assert "454 4.7.0 Temporary" in notice and "No new session" not in notice
    assert OLD in notice and "restore_send_connector" in notice
    assert (run.stages[-1], run.events[-1]) == (("exchange", "ended", NEW), (SWITCHED, NEW))


def test_a_session_that_ended_is_waited_past(account: Make) -> None:
    run = switching(account)
    run.host.words = ["421 too busy", WELCOME]
    outcome = run(wait_for_session=40)
    assert (notices(outcome), run.stages[-1]) == ([], ("exchange", "proven", NEW))


def test_exchange_is_not_waited_for_where_that_is_declared(account: Make) -> None:
    run = switching(account)
    outcome = run(wait_for_session=0)
    assert (outcome.error, notices(outcome), run.host.clock.slept) == (None, [], [])
    assert run.host.calls == [READ, TRY_BOTH, WRITE]


def test_a_long_wait_takes_a_new_shell_after_ten_polls(account: Make) -> None:
    run = switching(account)
    run.host.words = [None]
    run(wait_for_session=900)
    assert (run.host.calls.count(POLL), sum(run.host.clock.slept)) == (61, 900)
    assert run.host.reconnects == 6


def test_a_session_of_before_the_write_is_no_word_on_the_new_login(account: Make) -> None:
    run = switching(account)
    run.host.words = [WELCOME, NO]
    run.host.skew = timedelta(seconds=-20)  # the lines of the first poll are from before
    real = run.host._lines
    moment = run.host.clock.now

    def lines(given: dict[str, Any]) -> list[str]:
        found = real(given)
        early = (moment + run.host.skew - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
        return [early + line[19:] for line in found] if run.host.clock.now == moment else found

    run.host._lines = lines  # type: ignore[method-assign]
    assert keys_of(error_of(run())) == ["went_back"]


def test_a_throttled_login_is_a_way_back(account: Make) -> None:
    run = switching(account)
    run.host.answers = {OLD: [GREYLISTED]}
    run.host.words = [NO]
    outcome = run()
    assert (keys_of(error_of(outcome)), run.host.login[0]) == (["went_back"], OLD)
    assert "no login to go back to" not in " ".join(notices(outcome))


def test_a_session_of_the_second_of_the_write_may_have_had_the_login_before(account: Make) -> None:
    run = switching(account)
    run.host.session_begins = timedelta(0)
    assert run().error is None
    assert run.host.calls[-2:] == [POLL, POLL] and sum(run.host.clock.slept) == 15


def test_the_log_is_read_from_the_hosts_own_moment_of_the_write(account: Make) -> None:
    run = switching(account)
    run.host.skew = timedelta(minutes=-5)
    run()
    (step,) = run.host.requests[3]["steps"]
    assert step["parameters"]["After"] == "2026-03-02T11:55:01Z"


@pytest.mark.parametrize("age", [900, 15])
def test_a_login_that_exchange_reports_refused_is_taken_back(account: Make, age: float) -> None:
    run = account(OLD, new=15, old=age)
    run.note(WRITTEN, OLD, 1, SECRETS[OLD])
    run.host.words = [None, NO]
    outcome = run()
    assert (keys_of(error_of(outcome)), type(outcome.error), outcome.changed) == (["went_back"], StepFailed, True)
    assert run.host.login == (OLD, SECRETS[OLD])
    assert run.host.calls == [READ, TRY_BOTH, WRITE, POLL, POLL, READ, WRITE]
    assert run.events[-5:] == [
        (WRITTEN, NEW),
        (SWITCHED, NEW),
        (NOTED_REFUSED, NEW),
        (WRITTEN, OLD),
        (SWITCHED, OLD),
    ]
    assert run.stages[-2:] == [("exchange", "refused", NEW), ("back", "done", OLD)]
    assert (run.told["decision"], run.told["login"]) == ("back", OLD)
    again = run()
    assert (again.changed, run.host.tried) == (False, [])


def test_going_back_writes_the_password_where_somebody_has_put_the_login_back_already(account: Make) -> None:
    run = switching(account)
    run.host.words = [None, NO]
    sleep = run.host.clock.sleep

    def meanwhile(seconds: float) -> None:
        run.host.connectors[0]["AuthenticationCredential"] = {"UserName": OLD}
        sleep(seconds)

    run.host.clock.sleep = meanwhile  # type: ignore[method-assign]
    assert keys_of(error_of(run())) == ["went_back"]
    assert run.host.login == (OLD, SECRETS[OLD])


def test_a_young_login_of_before_is_taken_back_too(account: Make) -> None:
    run = account(NEW, new=3, old=900)
    run.host.words = [NO]
    assert keys_of(error_of(run())) == ["went_back"]
    assert run.host.login == (NEW, SECRETS[NEW])
    outcome = run()
    assert (outcome.changed, run.host.tried) == (False, [])
    assert "too young and already in use" in " ".join(notices(outcome))


def test_a_login_that_is_only_held_back_is_a_way_back(account: Make) -> None:
    run = account(NEW, new=3, old=900)
    run.host.answers = {NEW: [GREYLISTED]}
    run.host.words = [NO]
    assert keys_of(error_of(run())) == ["went_back"]
    assert run.host.login == (NEW, SECRETS[NEW])
    assert (HELD_BACK, NEW) in run.events


def test_a_refused_first_login_has_no_way_back(account: Make) -> None:
    run = account(connector=printed(), old=900)
    run.host.words = [NO]
    assert keys_of(error_of(run())) == ["refused_after_switch"]
    assert run.host.login == (OLD, SECRETS[OLD])
    assert run.events[-1] == (NOTED_REFUSED, OLD)
    assert (run().changed, run.host.tried) == (False, [])


@pytest.mark.parametrize("answer", [REFUSED, CERTIFICATE])
def test_nobody_goes_back_to_a_login_that_is_refused_too(account: Make, answer: dict[str, Any]) -> None:
    run = switching(account)
    run.host.answers = {OLD: [answer]}
    run.host.words = [NO]
    assert keys_of(error_of(run())) == ["refused_after_switch"]
    assert run.host.login == (NEW, SECRETS[NEW])


def test_a_new_password_that_exchange_reports_refused_has_no_way_back(account: Make) -> None:
    run = account(OLD, old=900)
    run.note(WRITTEN, OLD, 1, "an older one")
    run.host.words = [NO]
    assert keys_of(error_of(run())) == ["refused_after_switch"]
    assert (run().changed, run.host.tried) == (False, [])


@pytest.mark.parametrize("command", ["Get-TransportServer", "Get-HostFacts", "Get-Queue"])
def test_what_is_only_good_to_know_never_loses_the_run(account: Make, command: str) -> None:
    """Damaged WMI, a log folder or queues that nobody can read: the switch goes on, and back where it has to."""
    run = switching(account)
    run.host.failures[0, command] = failed("", "Ungültige Klasse")
    outcome = run()
    assert outcome.error is None and run.host.login[0] == NEW


@pytest.mark.parametrize("call", [5, 6])
def test_a_way_back_that_breaks_is_told(account: Make, call: int) -> None:
    run = switching(account)
    run.host.words = [NO]
    run.host.failures[call, "Set-SendConnector" if call == 6 else "Get-SendConnector"] = failed("", "Kein Zugriff.")
    outcome = run()
    assert keys_of(error_of(outcome))[0] == "back_failed"
    assert len(error_of(outcome).reasons) == 2
    assert run.stages[-1] == ("back", "failed", OLD)
    assert run.told["login"] == NEW
    assert (WRITTEN, OLD) not in run.events[1:]


def test_a_log_without_a_folder_is_told_at_once(account: Make) -> None:
    run = switching(account)
    run.host.log_path = None
    outcome = run()
    (notice,) = notices(outcome)
    assert (outcome.error, run.host.clock.slept, run.host.calls[3:]) == (None, [], [])
    assert "could not be read (the host reports no folder for it)" in notice


def test_a_log_that_cannot_be_read_is_told(account: Make) -> None:
    run = switching(account)
    run.host.fail("Read-SmtpSendLog", "Zugriff verweigert.")
    outcome = run()
    (notice,) = notices(outcome)
    assert (outcome.error, run.host.login[0]) == (None, NEW)
    assert "Zugriff verweigert." in notice and "could not be read" in notice
    assert run.stages[-1] == ("exchange", "unknown", NEW)


def test_a_connection_that_breaks_once_while_polling_is_made_again(account: Make) -> None:
    run = switching(account)
    run.host.words = [None, NO]
    run.host.breaks = {5: Break(BROKE)}
    assert keys_of(error_of(run())) == ["went_back"]
    assert (run.host.reconnects, run.host.login[0]) == (1, OLD)


def test_a_connection_that_stays_broken_while_polling_is_told(account: Make) -> None:
    run = switching(account)
    run.host.words = [None]
    run.host.breaks = {5: Break(BROKE), 6: Break(BROKE)}
    outcome = run()
    (notice,) = notices(outcome)
    assert (outcome.error, outcome.changed, run.host.login[0]) == (None, True, NEW)
    assert "could not be read" in notice and "RST" in notice
    assert run.events[-1] == (SWITCHED, NEW)


def test_a_time_out_of_the_proof_says_that_nothing_was_written(account: Make) -> None:
    run = switching(account)
    run.host.breaks = {2: Break(LATE)}
    assert refusal_of(run, TimedOut) == ["timed_out_proving"]


def test_the_time_out_while_polling_is_an_error_beside_what_was_done(account: Make) -> None:
    run = switching(account)
    run.host.breaks = {4: Break(LATE)}
    outcome = run()
    assert (type(outcome.error), keys_of(error_of(outcome))) == (TimedOut, ["timed_out_waiting"])
    assert (outcome.changed, outcome.backup_file, notices(outcome)) == (True, "state.json", [])
    assert run.stages[-1] == ("exchange", "unknown", NEW)
    assert run.events[-1] == (SWITCHED, NEW)


# ---- when writing fails


def test_a_write_that_fails_is_not_recorded_and_not_waited_for(account: Make) -> None:
    run = switching(account)
    run.host.fail("Set-SendConnector")
    outcome = run()
    assert keys_of(error_of(outcome)) == ["step_failed"]
    assert (run.host.calls, run.host.login[0]) == ([READ, TRY_BOTH, WRITE], OLD)
    assert run.events[1:] == [(LOGGED_IN, NEW), (LOGGED_IN, OLD)]


def test_a_login_that_was_written_before_a_later_step_failed_is_recorded(account: Make) -> None:
    run = switching(account)
    run.host.connectors.append(printed("Alt", AddressSpaces=["SMTP:*;5"]))
    run.host.deaf = {"Enabled"}
    outcome = run(connector={"exclusive": True, "name": WIZARD, "adopt": False})
    assert keys_of(error_of(outcome)) == ["read_back_differs"]
    assert run.events[-2:] == [(WRITTEN, NEW), (SWITCHED, NEW)]
    assert POLL not in run.host.calls


def test_a_connection_that_breaks_after_the_write_is_a_success_with_a_story(account: Make) -> None:
    run = switching(account)
    run.host.breaks = {3: Break(BROKE, 1)}
    outcome = run()
    assert (outcome.error, run.host.login[0]) == (None, NEW)
    assert run.host.calls == [READ, TRY_BOTH, WRITE, READ, POLL]
    assert run.events[-3:] == [(WRITTEN, NEW), (SWITCHED, NEW), (LOGGED_IN, NEW)]


def test_a_connection_that_breaks_before_the_write_leaves_the_login(account: Make) -> None:
    run = switching(account)
    run.host.breaks = {3: Break(BROKE, 0)}
    outcome = run()
    assert keys_of(error_of(outcome)) == ["connection_lost"]
    assert (run.host.login[0], run.stages[-1]) == (OLD, ("way_back", "proven", OLD))


def test_a_ledger_that_fails_after_the_write_hides_nothing(account: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = switching(account)
    record = Ledger.record

    def full(self: Ledger, event: Event) -> None:
        if event.kind in (WRITTEN, SWITCHED):
            raise LedgerFailed(reason_of("ledger_failed", "ledger", problem="disk full"))
        record(self, event)

    monkeypatch.setattr(Ledger, "record", full)
    outcome = run()
    assert (keys_of(error_of(outcome)), outcome.changed) == (["ledger_failed"], True)
    assert run.stages[-1] == ("exchange", "proven", NEW)
    run.declare(NEW, password=TURNED)
    run.host.words = [NO]
    outcome = run(update_password="always")
    assert keys_of(error_of(outcome)) == ["refused_after_switch"]
    assert "disk full" in " ".join(notices(outcome))


def test_a_ledger_that_cannot_be_read_stops_before_anything_is_tried(account: Make, tmp_path: Path) -> None:
    run = account(OLD, new=15, old=900)
    (tmp_path / "ledger.sqlite").write_bytes(b"no ledger" * 500)
    with pytest.raises(LedgerFailed):
        run.ledger.events()
    subject_login = run.host.login
    with pytest.raises(LedgerFailed):
        run()
    assert (run.host.login, run.host.tried, run.saved) == (subject_login, [], [])


# ---- check mode


def test_check_mode_tries_no_login_and_writes_no_ledger(account: Make, tmp_path: Path) -> None:
    run = account(OLD, new=15, old=900)
    outcome = run(check_mode=True)
    assert (outcome.changed, run.host.calls, run.host.login) == (True, [READ], (OLD, None))
    assert list(tmp_path.iterdir()) == []
    assert run.stages == [("gate", "switch", NEW)]


def test_check_mode_and_the_run_make_the_same_plan(account: Make) -> None:
    run = switching(account)
    checked = run(check_mode=True).decision.plan
    assert checked is not None and checked == run().decision.plan


def test_check_mode_knows_what_the_ledger_knows(account: Make) -> None:
    run = switching(account)
    run.note(NOTED_REFUSED, NEW, 1, SECRETS[NEW])
    before = run.ledger.events()
    assert run(check_mode=True).changed is False
    run.declare(OLD, password=TURNED)
    assert run(check_mode=True).changed is True
    assert run.ledger.events() == before


# ---- a mailbox that was made anew, and one of two spellings


def test_what_was_made_anew_stays_made_anew(account: Make) -> None:
    """The inventory is put back to what it said of the mailbox before."""
    run = account(OLD, new=3, old=900)
    run.note(LOGGED_IN, NEW, 100)
    run.note(RECREATED, NEW, 3)
    run.note(LOGGED_IN, NEW, 2.9)
    assert run().changed is False
    run.declare(NEW, created=days_old(900))
    for more in ({}, {"recreated": True}):
        run.declare(NEW, **more)
        assert refusal_of(run, InputRefused) == ["created_before_anew"]
    assert run.host.calls == [READ]


@pytest.mark.parametrize("spelling", [f"{NEW} ", f"{NEW}.", NEW.upper(), NEW.replace("e", "\u0435")], ids=ascii)
def test_a_refused_password_is_remembered_by_every_spelling(account: Make, spelling: str) -> None:
    run = switching(account)
    run.note(NOTED_REFUSED, spelling, 1, SECRETS[NEW])
    assert (run().changed, run.host.tried) == (False, [])
    assert "rejected this password" in run.told["mailboxes"][0]["barred"]


# ---- the host's clock


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, None), (60, None), (-60, None), (61, "0:01:01 ahead of"), (-61, "0:01:01 behind"), (3600, "1:00:00 ahead")],
)
def test_a_clock_that_is_off_is_told(account: Make, seconds: int, told: str | None) -> None:
    run = account(OLD, old=900)
    run.note(WRITTEN, OLD, 1, SECRETS[OLD])
    run.host.skew = timedelta(seconds=seconds)
    found = notices(run())
    assert [told in each for each in found] == ([True] if told else [])


@pytest.mark.parametrize(("seconds", "told"), [(3601, "1:00:01 ahead of"), (-90_000, "25:00:00 behind")])
def test_a_clock_that_is_far_off_is_refused(account: Make, seconds: int, told: str) -> None:
    run = switching(account)
    run.host.skew = timedelta(seconds=seconds)
    with pytest.raises(HostRefused) as caught:
        run()
    assert keys_of(caught.value) == ["clock_far_off"]
    assert told in str(caught.value)
    assert run.host.calls == [READ]


@pytest.mark.parametrize("facts", [[], [{}], [{"Clock": None}], [{"Clock": {"Utc": "gestern"}}], [{"Clock": {}}]])
def test_a_host_that_does_not_tell_the_time_is_believed(account: Make, facts: list[dict[str, Any]]) -> None:
    run = switching(account)
    real = run.host._run
    run.host._run = lambda command, *rest: facts if command == "Get-HostFacts" else real(command, *rest)  # type: ignore
    assert run().error is None


# ---- an age that counts from the first login seen


def test_the_first_run_observes_and_the_age_counts_from_it(account: Make) -> None:
    run = account(connector=printed(), new=900)
    run.options = {"require_observed_age": True}
    assert refusal_of(run, InputRefused) == ["mailbox_too_young"]
    assert run.host.calls == [(*READ[:2], "Test-SmtpLogin", *READ[2:])]
    assert run.events == [(LOGGED_IN, NEW)]
    assert run.stages == [("observation", "proven", NEW)]
    run.host.clock.now = NOW + timedelta(days=14, seconds=-1)
    assert refusal_of(run, InputRefused) == ["mailbox_too_young"]
    assert run.host.tried == []
    run.host.clock.now = NOW + timedelta(days=14)
    assert run().error is None
    assert run.host.login == (NEW, SECRETS[NEW])


def test_each_mailbox_is_observed_with_its_own_password_and_once_a_run(account: Make) -> None:
    run = account(OLD, new=900, old=900, third=900)
    run.options = {"require_observed_age": True, "connector": {"max_message_size": "20MB"}}
    run.note(LOGGED_IN, OLD, 100)
    run.host.answers = {THIRD: [LATER]}
    outcome = run()
    assert outcome.error is None
    assert run.host.tried == [(NEW, SECRETS[NEW]), (THIRD, SECRETS[THIRD])]
    assert run.events == [(LOGGED_IN, OLD), (LOGGED_IN, NEW)]
    assert run.host.calls[1:] == [WRITE]


def test_another_forks_observation_meanwhile_is_not_taken_for_this_ones(account: Make) -> None:
    run = account(OLD, new=900, old=900, third=900)
    run.options = {"require_observed_age": True}
    run.note(LOGGED_IN, OLD, 100)
    run.host.answers = {NEW: [REFUSED]}
    real = run.host._try

    def beside(given: dict[str, Any], secrets: dict[str, str]) -> dict[str, Any]:
        if not run.host.tried:
            run.note(LOGGED_IN, NEW, 0)
        return real(given, secrets)

    run.host._try = beside  # type: ignore[method-assign]
    run()
    assert run.events[2:] == [(NOTED_REFUSED, NEW), (LOGGED_IN, THIRD)]


def test_check_mode_observes_nothing(account: Make, tmp_path: Path) -> None:
    run = account(OLD, old=900)
    outcome = run(check_mode=True, require_observed_age=True)
    assert (outcome.changed, run.host.tried, list(tmp_path.iterdir())) == (False, [], [])
    assert "may not be chosen (it has no observed login" in " ".join(notices(outcome))


def test_a_mailbox_that_was_refused_is_not_observed_again(account: Make) -> None:
    run = account(OLD, new=900, old=900)
    run.options = {"require_observed_age": True}
    run.host.answers = {NEW: [REFUSED]}
    run()
    assert run.events == [(NOTED_REFUSED, NEW), (LOGGED_IN, OLD)]
    run()
    assert run.host.tried == []


def test_a_login_that_the_provider_stops_later_than_the_login_is_observed(account: Make) -> None:
    run = account(OLD, old=900)
    run.host.answers = {OLD: [GREYLISTED]}
    run(require_observed_age=True)
    assert run.events == [(LOGGED_IN, OLD), (HELD_BACK, OLD)]


def test_a_mailbox_cannot_be_younger_than_its_first_login(account: Make) -> None:
    run = account(OLD, new=100, old=900)
    run.note(LOGGED_IN, OLD, 901)
    assert refusal_of(run, InputRefused) == ["created_after_login"]
    assert run.host.tried == []


def test_a_mailbox_that_was_made_anew_starts_over_once(account: Make) -> None:
    run = account(OLD, new=20, old=900)
    run.note(LOGGED_IN, NEW, 700)
    run.note(WRITTEN, OLD, 1, SECRETS[OLD])
    assert refusal_of(run, InputRefused) == ["created_after_login"]
    run.declare(NEW, recreated=True)
    assert run().error is None
    assert run.host.login == (NEW, SECRETS[NEW])
    assert run.events.count((RECREATED, NEW)) == 1
    assert run.ledger.first_login(NEW) == NOW
    run.declare(NEW, recreated=True, password=TURNED)
    assert run().error is None
    assert run.events.count((RECREATED, NEW)) == 1


def test_a_mailbox_that_was_made_anew_is_as_young_as_it_is_declared(account: Make) -> None:
    run = account(connector=printed(), new=10)
    run.note(LOGGED_IN, NEW, 700)
    run.declare(NEW, recreated=True)
    assert refusal_of(run, InputRefused) == ["mailbox_too_young"]


def test_a_mailbox_that_was_made_anew_is_observed_anew(account: Make) -> None:
    run = account(OLD, new=20, old=900)
    run.options = {"require_observed_age": True}
    run.note(LOGGED_IN, NEW, 700)
    run.note(LOGGED_IN, OLD, 700)
    run.declare(NEW, recreated=True)
    assert run().changed is False
    assert run.host.tried == [(NEW, SECRETS[NEW])]
    assert run.events[2:] == [(RECREATED, NEW), (LOGGED_IN, NEW)]
    run.host.clock.now = at("2026-03-16 12:00")
    assert run().error is None
    assert run.host.login[0] == NEW


def test_the_younger_of_the_two_dates_counts(account: Make) -> None:
    run = account(OLD, new=900, old=900)
    run.options = {"require_observed_age": True}
    run.note(LOGGED_IN, NEW, 13)
    run.note(LOGGED_IN, OLD, 100)
    run()
    assert run.told["mailboxes"][0]["usable_from"] == "2026-03-03T13:00:00+01:00"
    assert run.host.login[0] == OLD


# ---- passwords in texts


@pytest.mark.parametrize("answer", [REFUSED, NO_TLS, GREYLISTED])
def test_a_provider_that_repeats_the_password_is_not_repeated(account: Make, answer: dict[str, Any]) -> None:
    run = switching(account)  # every run looks for passwords in all that it gives back and leaves
    run.host.answers = {NEW: [{**answer, "Text": f"535 no: {SECRETS[NEW]}"}]}
    with pytest.raises(MailflowError):
        run()
    assert "535 no: " in run.told["msg"]


def test_a_log_that_repeats_the_password_is_not_repeated(account: Make) -> None:
    run = switching(account)
    run.declare(NEW, password=TURNED)
    run.host.words = [f"535 no: {TURNED}"]
    assert keys_of(error_of(run())) == ["went_back"]
    assert "********" in run.told["stages"][-2]["text"]


def test_a_password_goes_to_the_host_only_where_it_is_needed(account: Make) -> None:
    run = switching(account)
    run.host.words = [NO]
    run()
    secrets = [sorted(request["secrets"].values()) for request in run.host.requests]
    both = sorted([SECRETS[NEW], SECRETS[OLD]])
    assert secrets == [[], both, [SECRETS[NEW]], [], [], [SECRETS[OLD]]]


def test_a_created_day_counts_as_its_end(account: Make) -> None:
    run = account(OLD, new=900, old=900)
    run.declare(NEW, created=days_old(14)[:10])
    run.note(WRITTEN, OLD, 1, SECRETS[OLD])
    assert run().changed is False
    run.host.clock.now = at("2026-03-03 08:00")
    assert run().changed is True


# ---- what waits behind the login


def test_a_switch_with_a_backlog_is_refused_before_anything_is_tried(account: Make) -> None:
    run = switching(account)
    run.host.queues = [{"Identity": "SBS\\3", "NextHopConnector": guid(WIZARD), "Status": "Ready", "MessageCount": 400}]
    assert refusal_of(run, HostRefused) == ["backlog_before_switch"]
    assert run.host.calls == [READ] and run.host.tried == []
    assert run(switch_with_backlog=True).error is None
    assert run.host.login == (NEW, SECRETS[NEW])


def test_a_login_that_stays_does_not_ask_what_waits(account: Make) -> None:
    run = account(OLD, old=900)
    run.note(WRITTEN, OLD, 100, SECRETS[OLD])
    run.host.queues = [{"Identity": "SBS\\3", "NextHopConnector": guid(WIZARD), "Status": "Ready", "MessageCount": 400}]
    outcome = run()
    assert (outcome.error, outcome.changed, run.host.calls) == (None, False, [READ])


def test_queues_that_cannot_be_read_do_not_stop_a_switch(account: Make) -> None:
    run = switching(account)
    run.host.fail("Get-Queue", "Zugriff verweigert.")
    outcome = run()
    assert outcome.error is None and run.host.login == (NEW, SECRETS[NEW])
    assert any("Zugriff verweigert." in notice for notice in notices(outcome))


@pytest.mark.parametrize("answer", [PROVEN, GREYLISTED, LATER, NO_TLS, CERTIFICATE, REFUSED])
@pytest.mark.parametrize("at", [NEW, OLD])
def test_what_the_agent_warns_of_reaches_the_user_whatever_comes_of_the_proof(
    account: Make, answer: dict[str, Any], at: str
) -> None:
    run = switching(account)
    run.host.answers = {at: [answer]}
    run.host.warnings = ["This .NET is old."]
    try:
        said = " ".join(notices(run()))
    except MailflowError as error:
        said = str(error)
    assert "This .NET is old." in said


@pytest.mark.parametrize("at", [NEW, OLD])
def test_nobody_is_advised_to_write_a_login_where_tls_is_what_fails(account: Make, at: str) -> None:
    run = switching(account)
    run.host.answers = {at: [NO_TLS]}
    with pytest.raises(HostRefused) as caught:
        run()
    assert "accept_unproven" not in str(caught.value)
    assert "TLS 1.2" in str(caught.value)


def test_a_proof_says_what_it_proves(account: Make) -> None:
    run = switching(account)
    run()
    proofs = [stage for stage in run.told["stages"] if stage["stage"] in ("proof", "way_back")]
    assert len(proofs) == 2
    assert all("not that Exchange" in stage["proves"] for stage in proofs)


@pytest.mark.parametrize("told", ["System.Management.Automation.PSCredential", None, {}], ids=str)
def test_a_login_that_the_host_does_not_tell_is_kept_while_none_may_log_in(account: Make, told: Any) -> None:
    run = account(connector=smarthost(None, AuthenticationCredential=told, Port=25), new=3)
    outcome = run()
    assert (outcome.error, outcome.changed, run.host.passwords) == (None, True, {})
    assert any("keeps its login, which the host does not report" in each for each in notices(outcome))
    assert outcome.decision.facts["decision"] == "keep"


# ---- the time between two runs


def paused(account: Make, hours: float, new: float = 3, **more: Any) -> list[str]:
    """What is told of the time between two runs, so many hours apart; the first finds a mailbox of that age."""
    run = account(OLD, new=new, old=900)
    run.note(WRITTEN, OLD, 100, SECRETS[OLD])
    run(**more)
    run.host.clock.now += timedelta(hours=hours)
    return [each for each in notices(run(**more)) if "has not run" in each]


def test_a_timer_that_did_not_run_is_told_of_by_the_next_run(account: Make) -> None:
    assert paused(account, 26, expected_every_hours=26) == []
    (told,) = paused(account, 72.5, expected_every_hours=26)
    assert "has not run on this host for 72 hours (last on 2026-03-02 (Monday) 13:00 CET; expected every 26" in told


def test_where_no_timer_is_expected_a_pause_is_told_of_if_a_switch_was_due_in_it(account: Make) -> None:
    due = (at("2026-03-16 06:00") - NOW) / timedelta(hours=1)
    assert [paused(account, due + late) for late in (-2, 0, 26)] == [[], [], []]
    (told,) = paused(account, due + 27)
    assert "for 357 hours" in told and "the login was to switch on 2026-03-16 (Monday) 07:00 CET" in told
    assert paused(account, 24 * 300, new=20) == []


def test_check_mode_tells_of_a_pause_and_is_no_run(account: Make) -> None:
    run = account(OLD, old=900)
    run()
    run.host.clock.now += timedelta(hours=72)
    for _turn in range(2):
        outcome = run(check_mode=True, expected_every_hours=26)
        assert [each for each in notices(outcome) if "for 72 hours" in each]
    run.ledger.note_run("another", LastRun(run.host.clock()))
    assert [each for each in notices(run(expected_every_hours=26)) if "for 72 hours" in each]
    assert [each for each in notices(run(expected_every_hours=26)) if "has not run" in each] == []


def test_a_run_that_decides_nothing_is_none(account: Make) -> None:
    run = account(OLD, old=900)
    run()
    run.host.clock.now += timedelta(hours=72)
    run.host.skew = timedelta(hours=3)
    with pytest.raises(HostRefused):
        run()
    run.host.skew = timedelta(0)
    assert [each for each in notices(run(expected_every_hours=26)) if "for 72 hours" in each]
