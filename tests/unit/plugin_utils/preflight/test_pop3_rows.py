"""Whether the POP3 connector gets at its mail: what each answer comes to, and how often it may be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.declared_accounts import DesiredAccount
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.proof import LoginTries, note_fetches
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import POP3
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.pop3_rows import ROWS, record
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import REFUSED, TAKEN, UNREACHABLE
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import FAILED, NOT_TRIED, StepResult

from .told import NOW, ON, RU32, FakeProbe, host, situation, told

CHECKS = {each.name: each for each in ROWS}
PASSWORD = "lab-only-Schieferdach"
STRATO = AccountKey("pop3.strato.de", "995", "info@beispiel.de")
ACCOUNT = DesiredAccount(STRATO, "pop3_0", PASSWORD, min_poll_minutes=15)
SECOND = DesiredAccount(STRATO._replace(username="chef@beispiel.de"), "pop3_1", PASSWORD + "2")
CLEAR = DesiredAccount(STRATO._replace(port="110"), "pop3_0", PASSWORD)
GOOD: dict[str, Any] = {
    "Stage": "done",
    "Problem": None,
    "Reply": "+OK 2 640",
    "Messages": 2,
    "Octets": 640,
    "Tls": "Tls12",
    "Certificate": {"Problem": None, "NotAfter": (NOW + timedelta(days=60)).isoformat()},
}


def tries(tmp_path: Path, minutes: int = 0, read_only: bool = False) -> LoginTries:
    return LoginTries(Ledger(tmp_path / "ledger.sqlite", read_only), "sbs", NOW + timedelta(minutes=minutes))


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    return Declared(accounts=(ACCOUNT,), tries=tries(tmp_path))


def after(declared: Declared, *outputs: dict[str, Any] | None) -> Situation:
    rows = {f"preflight_pop3_{number}": each for number, each in enumerate(outputs) if each is not None}
    return situation(told(**rows), declared=declared)


def judged(name: str, here: Situation) -> tuple[str, str, str] | None:
    found = CHECKS[name].judge(here)
    return (found.result, found.found, found.remedy) if found else None


BAD = {"Problem": "RemoteCertificateNameMismatch", "NotAfter": "2030-01-01T00:00:00Z"}
SOON = {"Problem": None, "NotAfter": (NOW + timedelta(days=3)).isoformat()}


@pytest.mark.parametrize(
    ("changes", "login", "certificate"),
    [
        ({}, PASS, PASS),
        ({"Certificate": SOON}, PASS, WARN),
        ({"Stage": "pass", "Problem": "reply", "Reply": "-ERR no"}, FAIL, PASS),
        ({"Stage": "pass", "Problem": "reply", "Reply": "-ERR [LOGIN-DELAY] wait"}, UNKNOWN, PASS),
        ({"Stage": "greeting", "Problem": "reply", "Reply": "-ERR no", "Certificate": None}, UNKNOWN, None),
        ({"Stage": "connect", "Problem": "timeout", "Reply": None, "Certificate": None}, UNKNOWN, None),
        ({"Stage": "tls", "Problem": "certificate", "Reply": "NameMismatch", "Certificate": BAD}, UNKNOWN, FAIL),
    ],
)
def test_what_a_login_tells(
    declared: Declared, changes: dict[str, Any], login: str | None, certificate: str | None
) -> None:
    here = after(declared, {**GOOD, **changes})
    found = {name: judged(name, here) for name in ("pop3_login", "pop3_certificate")}
    assert [each and each[0] for each in found.values()] == [login, certificate]
    assert all(each[2] for each in found.values() if each and each[0] in (WARN, FAIL))


def test_a_login_is_made_once_within_the_providers_pause(declared: Declared, tmp_path: Path) -> None:
    (step,) = CHECKS["pop3_login"].reads(declared).steps
    assert (step.id, step.command) == ("preflight_pop3_0", "Test-Pop3Login")
    assert dict(CHECKS["pop3_login"].reads(declared).secrets) == {"pop3_0": PASSWORD}
    assert CHECKS["pop3_certificate"].reads(declared).steps == (step,)
    record(after(declared, GOOD))
    within = replace(declared, tries=tries(tmp_path, 14))
    assert CHECKS["pop3_login"].reads(within).steps == ()
    found = judged("pop3_login", after(within, None))
    assert found and (found[0], "messages waiting: 2" in found[1]) == (PASS, True)
    assert judged("pop3_certificate", after(within, None)) is None
    assert CHECKS["pop3_login"].reads(replace(declared, tries=tries(tmp_path, 16))).steps == (step,)


def test_a_refusal_within_the_pause_proves_nothing_and_is_not_repeated(declared: Declared, tmp_path: Path) -> None:
    record(after(declared, {**GOOD, "Stage": "pass", "Problem": "reply", "Reply": "-ERR no"}))
    within = replace(declared, tries=tries(tmp_path, 5))
    assert CHECKS["pop3_login"].reads(within).steps == ()
    found = judged("pop3_login", after(within, None))
    assert found and found[0] == UNKNOWN and "2026-12-01 12:15" in found[1]


def test_another_password_within_the_pause_is_not_proven(declared: Declared, tmp_path: Path) -> None:
    record(after(declared, GOOD))
    changed = replace(ACCOUNT, password="lab-only-another")
    found = judged("pop3_login", after(replace(declared, accounts=(changed,), tries=tries(tmp_path, 5)), None))
    assert found and found[0] == UNKNOWN


@pytest.mark.parametrize(
    ("account", "says"), [(replace(ACCOUNT, password=None), "no password is declared"), (CLEAR, "in clear text")]
)
def test_which_logins_are_not_made(declared: Declared, account: DesiredAccount, says: str) -> None:
    without = replace(declared, accounts=(account,))
    assert CHECKS["pop3_login"].reads(without).steps == ()
    found = judged("pop3_login", after(without, None))
    assert found and found[0] == UNKNOWN and says in found[1]


def test_no_login_that_nobody_would_remember(declared: Declared, tmp_path: Path) -> None:
    for kept in (None, tries(tmp_path, read_only=True)):
        without = replace(declared, tries=kept)
        assert CHECKS["pop3_login"].reads(without).steps == ()
        found = judged("pop3_login", after(without, None))
        assert found and found[0] == UNKNOWN and "nobody would remember" in found[1]


def test_a_ledger_that_cannot_be_read_is_none(declared: Declared, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("no ledger")
    assert CHECKS["pop3_login"].reads(declared).steps == ()
    found = judged("pop3_login", after(declared, None))
    assert found and found[0] == UNKNOWN


@pytest.mark.parametrize(("status", "noted"), [(FAILED, True), (NOT_TRIED, False), (None, True)])
def test_a_login_whose_answer_was_lost_counts_as_one(
    declared: Declared, tmp_path: Path, status: str | None, noted: bool
) -> None:
    result = {"preflight_pop3_0": StepResult("preflight_pop3_0", status)} if status else {}
    record(situation(result, declared=declared))
    within = replace(declared, tries=tries(tmp_path, 5))
    assert (CHECKS["pop3_login"].reads(within).steps == ()) is noted


def test_of_several_accounts_the_worst_is_told_and_each_is_kept(declared: Declared, tmp_path: Path) -> None:
    both = replace(declared, accounts=(ACCOUNT, SECOND))
    assert [each.id for each in CHECKS["pop3_login"].reads(both).steps] == ["preflight_pop3_0", "preflight_pop3_1"]
    here = after(both, GOOD, {**GOOD, "Stage": "pass", "Problem": "reply", "Reply": f"-ERR {PASSWORD}2 no"})
    found = judged("pop3_login", here)
    assert found and found[0] == FAIL and "chef@" in found[1] and "info@" not in found[1]
    assert PASSWORD not in str(found)
    record(here)
    assert len(Ledger(tmp_path / "ledger.sqlite").events()) == 2


@pytest.mark.parametrize(
    ("probe", "client", "result"),
    [
        ((TAKEN, TAKEN), ON, PASS),
        ((REFUSED, TAKEN), ON, UNKNOWN),
        ((REFUSED, TAKEN), (1, 1), UNKNOWN),
        ((REFUSED, TAKEN), (0, 1), FAIL),
        ((REFUSED, REFUSED), ON, FAIL),
        ((REFUSED, REFUSED, REFUSED), ON, UNKNOWN),
        ((UNREACHABLE, UNREACHABLE), ON, UNKNOWN),
    ],
)
def test_what_the_connector_and_a_provider_have_in_common(
    declared: Declared, probe: tuple[str, ...], client: Any, result: str
) -> None:
    here = situation(host(RU32, client), FakeProbe(*probe), declared=declared, planned=POP3)
    found = judged("pop3_tls", here)
    assert found and found[0] == result
    assert CHECKS["pop3_tls"].stops(here) == frozenset()
    new = replace(here, new_accounts=(ACCOUNT,))
    assert CHECKS["pop3_tls"].stops(new) == (POP3 if result == FAIL else frozenset())


def test_an_account_in_clear_text_needs_no_tls(declared: Declared) -> None:
    probe = FakeProbe(REFUSED, REFUSED)
    here = situation(host(), probe, declared=replace(declared, accounts=(CLEAR,)))
    assert (judged("pop3_tls", here), probe.asked) == (None, [])


@pytest.mark.parametrize(
    ("more", "result"), [({"Connected": True}, PASS), ({"Connected": False, "Problem": "HostNotFound"}, FAIL)]
)
def test_the_port(declared: Declared, more: dict[str, Any], result: str) -> None:
    (step,) = CHECKS["pop3_port"].reads(declared).steps
    assert step.parameters["Places"] == [{"Name": "pop3.strato.de", "Port": 995}]
    rows = told(preflight_reach={"Name": "pop3.strato.de", "Port": 995, **more})
    found = judged("pop3_port", situation(rows, declared=declared))
    assert found and found[0] == result


def test_who_has_no_accounts_is_asked_nothing() -> None:
    assert not any(each.applies(Declared()) for each in ROWS)


def test_a_host_that_tells_nothing_at_all(declared: Declared) -> None:
    found = [each.judge(after(declared, None)) for each in ROWS]
    assert {each.result for each in found if each} == {UNKNOWN}


@pytest.mark.parametrize(
    ("host_name", "key", "result"),
    [
        ("sbs", STRATO, PASS),
        ("sbs", STRATO._replace(username="chef@beispiel.de"), UNKNOWN),
        ("sbs", STRATO._replace(port="110"), UNKNOWN),
        ("another", STRATO, UNKNOWN),
    ],
)
def test_only_what_the_connector_itself_took_proves_its_tls(
    tmp_path: Path, declared: Declared, host_name: str, key: AccountKey, result: str
) -> None:
    note_fetches(Ledger(tmp_path / "ledger.sqlite"), host_name, NOW, [key])
    probe = FakeProbe(REFUSED, TAKEN)
    found = judged("pop3_tls", situation(host(build=RU32, client=ON), probe, declared=declared))
    assert found and found[0] == result and ("itself has taken" in found[1]) is (result == PASS)
