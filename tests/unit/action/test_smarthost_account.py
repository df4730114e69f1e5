"""The action around the subject: its result whatever happens, the ledger's place, the calendar file."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.action import smarthost_account as action
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import shell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.shell import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, LedgerFailed, Unreachable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RunOptions
from tests.unit.plugin_utils.action.shell_host import Shell, twin
from tests.unit.plugin_utils.run.examples import HOST, NOW, WIZARD, guid, printed
from tests.unit.plugin_utils.smarthost_account.account_host import (
    NEW,
    NO,
    NO_TLS,
    OLD,
    PIECES,
    REFUSED,
    AccountHost,
    mailbox,
    smarthost,
)

ROOT = Path(__file__).resolve().parents[3]
MODULE = ROOT / "plugins/modules/smarthost_account.py"


class Action(action.ActionModule):
    """The action without Ansible around it."""

    def __init__(self, host: AccountHost | None) -> None:
        self.host = host

    def session(self, task: Task) -> Session:
        if self.host is None:
            raise Unreachable(reason_of("unreachable", HOST, host_says="no route"))
        return self.host.session()


@pytest.fixture(autouse=True)
def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "now", lambda: NOW)


def answer(path: Path, host: AccountHost | None, check_mode: bool = False, **more: Any) -> dict[str, Any]:
    arguments = {
        "provider": "strato",
        "mailboxes": [mailbox(NEW, 3), mailbox(OLD, 900)],
        "wait_for_session": 0,
        **more,
    }
    options = RunOptions(backup_dir=str(path / "backup"))
    task = Task(HOST, arguments, options, [], check_mode, False, str(path))
    result = Action(host).answer(task)
    text = json.dumps(result)
    assert [piece for piece in PIECES if piece in text] == []
    return result


def test_a_run_tells_all_and_leaves_its_ledger_beside_the_saved_state(tmp_path: Path) -> None:
    result = answer(tmp_path, AccountHost(smarthost(None)))
    assert (result["changed"], result["decision"], result["login"], "failed" in result) == (True, "switch", OLD, False)
    assert [each["stage"] for each in result["stages"]] == ["gate", "proof", "write", "exchange"]
    assert Path(result["backup_file"]).is_relative_to(tmp_path / "backup")
    assert [each.mailbox for each in Ledger(tmp_path / "backup" / "ledger.sqlite").events()] == [OLD] * 3


def test_a_ledger_of_its_own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    answer(tmp_path, AccountHost(smarthost(None)), ledger="~/deep/my.sqlite")
    assert (tmp_path / "deep" / "my.sqlite").is_file()
    assert not (tmp_path / "backup" / "ledger.sqlite").exists()


def test_check_mode_leaves_nothing_on_the_controller(tmp_path: Path) -> None:
    result = answer(tmp_path, AccountHost(smarthost(None)), check_mode=True, calendar_file=str(tmp_path / "next.ics"))
    assert result["changed"] is True
    assert list(tmp_path.iterdir()) == []


def test_a_refused_run_tells_its_reasons_and_its_stages(tmp_path: Path) -> None:
    host = AccountHost(smarthost(None))
    host.answers = {OLD: [REFUSED]}
    result = answer(tmp_path, host)
    assert (result["changed"], result["failed"], result["decision"]) == (False, True, "switch")
    assert "rejected by the provider: 535" in result["msg"]
    assert [each["outcome"] for each in result["stages"]] == ["switch", "refused"]


def test_where_nobody_may_log_in_the_next_date_is_told_and_in_the_calendar(tmp_path: Path) -> None:
    calendar = tmp_path / "next.ics"
    host = AccountHost(smarthost(None, SmartHostAuthMechanism="None"))
    result = answer(tmp_path, host, mailboxes=[mailbox(NEW, 3)], calendar_file=str(calendar))
    assert (result["failed"], result["decision"], result["next_date"]) == (True, "nobody", "2026-03-13T13:00:00+01:00")
    assert "DTSTART:20260313T120000Z\r\n" in calendar.read_bytes().decode()


def test_the_calendar_holds_the_next_date_of_the_host(tmp_path: Path) -> None:
    calendar = tmp_path / "next.ics"
    answer(tmp_path, AccountHost(smarthost(OLD)), calendar_file=str(calendar))
    text = calendar.read_bytes().decode()
    assert "DTSTART:20260316T060000Z\r\n" in text
    assert f"SUMMARY:{HOST}: the login switches to {NEW}\r\n" in text
    assert f"UID:smarthost_account-{HOST}@sbs.mailflow\r\n" in text


def test_no_calendar_where_nothing_will_happen(tmp_path: Path) -> None:
    calendar = tmp_path / "next.ics"
    answer(tmp_path, AccountHost(smarthost(OLD)), mailboxes=[mailbox(OLD, 900)], calendar_file=str(calendar))
    assert not calendar.exists()


def test_a_calendar_that_cannot_be_written_hides_nothing(tmp_path: Path) -> None:
    result = answer(tmp_path, AccountHost(smarthost(None)), calendar_file=str(tmp_path))
    assert (result["failed"], result["changed"], result["login"]) == (True, True, OLD)
    assert "The changes on the host remain" in result["msg"]
    assert result["backup_file"] and result["stages"]


def test_a_calendar_that_cannot_be_written_hides_no_failure(tmp_path: Path) -> None:
    host = AccountHost(smarthost(None))
    host.answers = {OLD: [REFUSED]}
    result = answer(tmp_path, host, calendar_file=str(tmp_path))
    assert "rejected by the provider: 535" in result["msg"]
    assert "calendar file" in result["warnings"][-1]


def test_a_host_that_is_not_reached_is_unreachable_and_not_failed(tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        answer(tmp_path, None)


def test_a_wish_that_is_refused_reaches_no_host(tmp_path: Path) -> None:
    with pytest.raises(InputRefused):
        answer(tmp_path, None, mailboxes=[])


def test_a_ledger_that_cannot_be_used_fails_the_run_before_anything_is_tried(tmp_path: Path) -> None:
    host = AccountHost(smarthost(OLD))
    result = answer(tmp_path, host, ledger=str(tmp_path))
    assert (result["failed"], result["changed"], host.tried) == (True, False, [])
    assert "a ledger that cannot be used" in result["msg"]
    with pytest.raises(LedgerFailed):
        answer(tmp_path, host, ledger="~nobody-of-this-name/ledger.sqlite")


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [
        ({}, 600),
        ({"wait_for_session": 0}, 0),
        ({"wait_for_session": 1200}, 1200),
        ({"wait_for_session": "60"}, 3600),
        ({"wait_for_session": -700}, 0),
        ({"wait_for_session": 10**30}, 3600),
    ],
)
def test_the_time_to_wait_for_exchange_comes_on_top_of_the_time_out(arguments: dict[str, Any], seconds: int) -> None:
    assert Action(None).extra_seconds(arguments) == seconds


# ---- the line that every run prints


def host(login: str | None, new: dict[str, Any] | None = None, word: str | None = None) -> AccountHost:
    """A host with that login; what the provider answers to the new mailbox, and what Exchange says of it later."""
    made = AccountHost(smarthost(login))
    made.answers = {NEW: [new]} if new else {}
    made.words = [word]
    return made


def crowded() -> AccountHost:
    """A host with very much waiting mail."""
    made = host(OLD)
    queue = {"Identity": "sbs\\1", "NextHopConnector": guid(WIZARD), "MessageCount": 900, "Status": "Retry"}
    made.queues = [{**queue, "DeliveryType": "SmartHostConnectorDelivery", "NextHopDomain": "smtp.strato.de"}]
    return made


YOUNG, DUE, SURE = mailbox(NEW, 3), mailbox(NEW, 20), mailbox(OLD, 900)
OF_AGE = "it is 14 days old on 2026-03-13 (Friday) 13:00 CET, and the next switch window opens then"
LATER = f"{NEW} takes over on 2026-03-16 (Monday) 07:00 CET: {OF_AGE}"
WEEK = "it is not tried again before 2026-03-09 13:00 CET"
LINES = {
    "kept": (host(OLD), [YOUNG, SURE], {}, f"{OLD} logs in; {LATER}"),
    "checked": (host(OLD), [YOUNG, SURE], {"check_mode": True}, f"{OLD} logs in; {LATER}"),
    "settled": (host(NEW), [DUE, SURE], {}, f"{NEW} logs in; it is the preferred one, nothing is left to switch"),
    "begun": (
        AccountHost(printed()),
        [YOUNG, SURE],
        {},
        f"{OLD} logs in from now on, instead of nobody; {LATER}",
    ),
    "would begin": (
        AccountHost(printed()),
        [YOUNG, SURE],
        {"check_mode": True},
        f"nobody logs in; a run without --check lets {OLD} take over now; {LATER}",
    ),
    "switched": (
        host(OLD),
        [DUE, SURE],
        {},
        f"{NEW} logs in from now on, instead of {OLD}; it is the preferred one, nothing is left to switch",
    ),
    "would switch": (
        host(OLD),
        [DUE, SURE],
        {"check_mode": True},
        f"{OLD} logs in; a run without --check lets {NEW} take over now",
    ),
    "window": (
        host(OLD),
        [DUE, SURE],
        {"switch_window": {"days": ["tuesday"]}},
        f"{OLD} logs in; {NEW} takes over on 2026-03-03 (Tuesday) 07:00 CET: it is old enough now, and the switch is"
        " postponed to the next switch window",
    ),
    "backlog": (
        crowded(),
        [DUE, SURE],
        {},
        f"{OLD} logs in; the switch to {NEW} is due and postponed: 900 messages waiting",
    ),
    "no TLS": (
        host(OLD, NO_TLS),
        [DUE, SURE],
        {},
        f"{OLD} logs in; the switch to {NEW} is due and postponed: the login {NEW}, for which the TLS handshake",
    ),
    "refused": (
        host(OLD, REFUSED),
        [DUE, SURE],
        {},
        f"{OLD} logs in; the switch to {NEW} is due and postponed: the provider rejected this password on 2026-03-02"
        f" 13:00 CET (535 5.7.8 authentication failed); {WEEK}",
    ),
    "back": (
        host(OLD, word=NO),
        [DUE, SURE],
        {"wait_for_session": 60},
        f"{OLD} logs in again; the switch to {NEW} failed: the provider rejected this password",
    ),
    "no way back": (
        host(None, word=NO),
        [DUE],
        {"wait_for_session": 60},
        f"{NEW} logs in from now on, instead of an account that the host does not name; but not all went well: the",
    ),
    "all young": (
        host(OLD),
        [YOUNG, mailbox(OLD, 5)],
        {},
        f"{OLD} logs in; it is too young and kept since no other may log in, and old enough on 2026-03-11 (Wednesday)"
        f" 13:00 CET; {LATER}",
    ),
    "foreign": (
        host("fremd@beispiel.de"),
        [YOUNG],
        {},
        f"fremd@beispiel.de (not declared) logs in; {NEW} takes over on 2026-03-13 (Friday) 13:00 CET: it is"
        " 14 days old then",
    ),
    "nobody": (
        AccountHost(printed()),
        [YOUNG],
        {},
        f"nobody logs in; {NEW} takes over on 2026-03-13 (Friday) 13:00 CET: it is 14 days old then",
    ),
    "no ledger": (
        host(OLD),
        [YOUNG, SURE],
        {"ledger": "/"},
        f"who logs in was not found out: a ledger that cannot be used (Is a directory); {NEW} is old enough on"
        " 2026-03-13 (Friday) 13:00 CET",
    ),
}


@pytest.mark.parametrize("row", LINES)
def test_every_run_says_who_logs_in_who_takes_over_when_and_why(row: str, tmp_path: Path) -> None:
    found, boxes, more, line = LINES[row]
    (said,) = answer(tmp_path, copy.deepcopy(found), mailboxes=boxes, **more)["said"]
    assert said.startswith(line) and "\n" not in said


def test_who_has_been_refused_before_is_said_to_be_passed_over(tmp_path: Path) -> None:
    found = host(OLD, REFUSED)
    answer(tmp_path, found, mailboxes=[DUE, SURE])
    (said,) = answer(tmp_path, found, mailboxes=[DUE, SURE])["said"]
    assert said.startswith(f"{OLD} logs in; no other takes over by itself; {NEW} is not tried: the provider rejected")
    assert WEEK in said


@pytest.mark.parametrize(
    ("box", "known"),
    [(DUE, "has been old enough since 2026-02-24 (Tuesday)"), (YOUNG, "is old enough on 2026-03-13 (Friday)")],
)
def test_of_a_host_that_is_not_reached_the_date_is_said_too(box: dict[str, Any], known: str, tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        answer(tmp_path, None, mailboxes=[box, SURE])
    (said,) = caught.value.said
    assert said == f"who logs in was not found out: no WinRM connection: no route; {NEW} {known} 13:00 CET"


def test_the_line_of_a_host_that_is_not_reached_is_printed() -> None:
    def nowhere() -> None:
        raise OSError("no route")

    task = Shell(twin("sbs2011"))
    task.connection._connect = nowhere
    result = task.run("smarthost_account", {"provider": "strato", "mailboxes": [YOUNG, SURE]})
    assert (result["unreachable"], result["failed"], len(result["said"])) == (True, False, 1)
    assert task.lines == [f"[sbs] {result['said'][0]}"] and "2026-03-13 (Friday)" in task.lines[0]


def test_the_line_on_the_page_is_what_a_run_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
    monkeypatch.setattr(shell, "now", lambda: now)
    found = AccountHost(smarthost("info@beispiel.de"))
    found.clock.now = now
    names = {"smarthost@beispiel.de": "2026-11-20", "info@beispiel.de": "2019-03-01"}
    boxes = [{"address": name, "password": "Zq7-any", "created": created} for name, created in names.items()]
    (said,) = answer(tmp_path, found, mailboxes=boxes)["said"]
    assert f"    [sbs] {said}\n" in (ROOT / "docs/smarthost_account.md").read_text()
    documented = yaml.safe_load(re.search(r'^RETURN = r"""(.*)^"""', MODULE.read_text(), re.DOTALL | re.MULTILINE)[1])
    assert documented["said"]["sample"] == [said]
