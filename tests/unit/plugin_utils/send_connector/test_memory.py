"""What the ledger beside the saved states tells of a login: a rotated password, and an age that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, LedgerFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import (
    LOGGED_IN,
    RECREATED,
    WRITTEN,
    Event,
    Ledger,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.observed import Observed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.subject import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.restore import RestoreConnectors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run.examples import (
    HOST,
    LOGIN,
    NOW,
    OTHER_PASSWORD,
    PASSWORD,
    STRATO,
    WIZARD,
    YOUNG,
    FakeHost,
    desired,
    keys_of,
    login,
    printed,
    run_one,
    to_strato,
)

Run = Callable[..., Outcome]


def memory(path: Path, read_only: bool = False) -> Observed:
    return Observed(Ledger(path / "ledger.sqlite", read_only), HOST, lambda: NOW)


@pytest.fixture
def host() -> FakeHost:
    return FakeHost(printed(**STRATO))


@pytest.fixture
def run(tmp_path: Path, host: FakeHost) -> Run:
    """Runs for the wizard's connector, each with the ledger beside it."""

    def once(check_mode: bool = False, **options: Any) -> Outcome:
        subject = SendConnectorSubject(desired(to_strato(**options)), lambda: NOW, memory(tmp_path, check_mode))
        return run_one(subject, host.session(), ExchangeShell(), lambda data: "s", check_mode=check_mode)

    return once


def test_a_rotated_password_is_written_and_known_from_then_on(run: Run, host: FakeHost, tmp_path: Path) -> None:
    first = run()
    assert (first.changed, len(first.decision.notices)) == (False, 1)
    assert "update_password: always" in first.decision.notices[0] and LOGIN in first.decision.notices[0]
    assert not (tmp_path / "ledger.sqlite").exists()
    assert run(update_password="always").decision.notices == ()
    assert (run().changed, run().decision.notices) == (False, ())
    turned = {"login": login(password=OTHER_PASSWORD)}
    assert run(check_mode=True, **turned).decision.plan is not None
    done = run(**turned)
    assert (done.changed, done.error, host.passwords[WIZARD]) == (True, None, OTHER_PASSWORD)
    assert done.decision.facts["password"]["why"] == "it differs from the one written last"
    assert run(**turned).changed is False
    texts = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert PASSWORD.encode() not in texts and OTHER_PASSWORD.encode() not in texts


def test_a_young_login_in_use_gets_its_rotated_password(run: Run, host: FakeHost) -> None:
    young = {"login": login(created=YOUNG)}
    run(update_password="always", **young)
    assert run(login=login(created=YOUNG, password=OTHER_PASSWORD)).changed
    assert host.passwords[WIZARD] == OTHER_PASSWORD


@pytest.mark.parametrize("update", ["on_create", "always"])
def test_where_it_is_said_when_to_write_nobody_asks_the_ledger(run: Run, update: str) -> None:
    assert run(update_password=update).decision.notices == ()


def test_what_was_written_stands_though_the_ledger_cannot_be(run: Run, host: FakeHost, tmp_path: Path) -> None:
    host.connectors = [printed()]
    (tmp_path / "ledger.sqlite.key").mkdir()
    done = run()
    assert isinstance(done.error, LedgerFailed)
    assert (done.changed, host.passwords[WIZARD]) == (True, PASSWORD)


def note(path: Path, kind: str, days: float) -> None:
    memory(path).ledger.record(Event(NOW - timedelta(days=days), "other", f"{LOGIN} ", kind))


def test_an_age_that_the_ledger_denies_is_refused_where_it_is_judged(run: Run, host: FakeHost, tmp_path: Path) -> None:
    host.connectors = [printed()]
    note(tmp_path, LOGGED_IN, 100)
    with pytest.raises(InputRefused) as caught:
        run(login=login(created="2026-01-31"))
    assert keys_of(caught.value) == ["created_after_login"]
    note(tmp_path, RECREATED, 3)
    note(tmp_path, LOGGED_IN, 3)
    with pytest.raises(InputRefused) as caught:
        run()
    assert keys_of(caught.value) == ["created_before_anew"]
    assert [len(request["steps"]) for request in host.requests] == [3, 3]


def test_the_age_of_a_login_in_use_is_doubted_and_stops_nothing(run: Run, host: FakeHost, tmp_path: Path) -> None:
    note(tmp_path, LOGGED_IN, 100)
    done = run(login=login(created="2026-01-31"), require_tls=True)
    assert (done.changed, done.error) == (True, None)
    (notice,) = [each for each in done.decision.notices if "logged in on" in each]
    assert "recreated: true" in notice and LOGIN in notice


def test_a_mailbox_made_anew_is_declared_and_remembered(run: Run, host: FakeHost, tmp_path: Path) -> None:
    host.connectors = [printed()]
    note(tmp_path, LOGGED_IN, 100)
    made = {"created": "2026-01-31", "recreated": True}
    assert run(check_mode=True, login=login(**made)).error is None
    assert memory(tmp_path).ledger.events(kinds=(RECREATED,)) == []
    done = run(login=login(**made))
    assert (done.changed, done.error) == (True, None)
    assert len(memory(tmp_path).ledger.events(kinds=(RECREATED,))) == 1
    # Whether it is still declared so or not, it was made on that day, and not before.
    host.connectors = [printed()]
    assert run(login=login(created="2026-01-31")).error is None
    host.connectors = [printed()]
    with pytest.raises(InputRefused) as caught:
        run()
    assert keys_of(caught.value) == ["created_before_anew"]


def test_a_young_one_made_anew_is_young(run: Run, host: FakeHost, tmp_path: Path) -> None:
    host.connectors = [printed()]
    note(tmp_path, LOGGED_IN, 100)
    with pytest.raises(InputRefused) as caught:
        run(login=login(created=YOUNG, recreated=True))
    assert keys_of(caught.value) == ["mailbox_too_young"]


def test_so_it_is_by_a_restore_which_does_not_vouch_for_a_mailbox_made_anew_since(tmp_path: Path) -> None:
    host, saved = FakeHost(printed(**STRATO)), []
    there = SendConnectorSubject(
        desired(to_strato(name="Neu", exclusive=True, login=login("alt@beispiel.de"))), lambda: NOW
    )
    run_one(there, host.session(), ExchangeShell(), lambda data: saved.append(data) or "s", check_mode=False)
    state = saved[0] | {"saved_at": (NOW - timedelta(days=5)).isoformat()}
    note(tmp_path, LOGGED_IN, 100)
    note(tmp_path, RECREATED, 3)

    def back(*logins: dict[str, Any]) -> list[str]:
        way = going_back(state, NOW, memory(tmp_path), logins=list(logins), confirm_no_smarthost=True)
        subject = RestoreConnectors(way)
        with pytest.raises(InputRefused) as caught:
            run_one(subject, host.session(), ExchangeShell(), lambda data: "s", check_mode=False)
        return keys_of(caught.value)

    assert back() == ["login_comes_into_use_again"]
    assert back(login()) == ["created_before_anew"]
    assert back(login(created="2026-02-28")) == ["mailbox_too_young"]


def test_a_restored_password_is_recorded(tmp_path: Path) -> None:
    host, saved = FakeHost(printed(**STRATO)), []
    there = SendConnectorSubject(desired(to_strato(login=login("alt@beispiel.de"))), lambda: NOW, memory(tmp_path))
    run_one(there, host.session(), ExchangeShell(), lambda data: saved.append(data) or "s", check_mode=False)
    state, logins = saved[0] | {"saved_at": NOW.isoformat()}, [login(password=OTHER_PASSWORD)]
    subject = RestoreConnectors(going_back(state, NOW, memory(tmp_path), logins=logins, confirm_no_smarthost=True))
    assert run_one(subject, host.session(), ExchangeShell(), lambda data: "s", check_mode=False).changed
    events = memory(tmp_path).ledger.events(kinds=(WRITTEN,))
    assert [each.mailbox for each in events] == ["alt@beispiel.de", LOGIN]


def test_a_login_that_is_used_no_more_is_told(run: Run, host: FakeHost) -> None:
    spare = printed("Ersatz", **STRATO | {"AddressSpaces": ["SMTP:*;9"], "AuthenticationCredential": None})
    host.connectors.append(spare)
    subject = SendConnectorSubject(desired({"name": WIZARD, "smart_host_auth_mechanism": "None"}), lambda: NOW)
    done = run_one(subject, host.session(), ExchangeShell(), lambda data: "s", check_mode=False)
    assert [each for each in done.decision.notices if LOGIN in each and "stored" in each]
    done = run_one(subject, host.session(), ExchangeShell(), lambda data: "s", check_mode=False)
    assert not [each for each in done.decision.notices if LOGIN in each]


def test_a_mailbox_made_anew_is_known_by_its_login_name_too(tmp_path: Path) -> None:
    mailbox = Mailbox("neu@beispiel.de", NOW - timedelta(days=3), username="m0123-4")
    seen = memory(tmp_path)
    seen.record(mailbox, LOGGED_IN, "")
    seen.record(mailbox, RECREATED, "recreated: true")
    seen.record(mailbox, LOGGED_IN, "")
    declared = Mailbox("m0123-4", NOW - timedelta(days=150))
    assert seen.conflict(declared, "here") is not None
