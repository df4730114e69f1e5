"""A backup back, and a fetch at once."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.backup import Saved
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, InputRefused, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import POP3_LOGIN, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import ConnectorPlace, parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.diff import CHANGE, Work
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.fetch import fetch, parse_fetch
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.proof import (
    LoginTries,
    TargetProof,
    declared_pause,
    note_logins,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.restore import RestorePop3Connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.state import parse_state, read_step
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.waiting import Count, compared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE, Request
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import BACKUP, Desired, parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.restoring import Back
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.transcript import transcript
from tests.unit.plugin_utils.pop3_connector.pop3_file import SHAPES, Shape, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import MAP, PASSWORD, PATH, Pop3Host, declared, options
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run.examples import HOST, NOW, Break, keys_of, run_one

OLD = "pop3records.dat.20260101T000000Z.bak"


def host() -> Pop3Host:
    found = Pop3Host(data_of(SHAPES[0], account(1), account(2)))
    found.backups = {OLD: data_of(SHAPES[0], account(1))}
    return found


def parse(arguments: dict[str, Any]) -> Desired:
    return parse_restore(arguments, NOW, rows=BACKUP)


def run(found: Pop3Host, check: bool = False, **arguments: Any) -> Outcome:
    wanted = RestorePop3Connector(Back(Saved({}, "", HOST), parse(arguments), lambda: NOW))
    return run_one(wanted, found.session(), NO_EXCHANGE, lambda data: str(data), check_mode=check)


def test_without_a_name_the_backups_are_listed() -> None:
    outcome = run(host())
    assert not outcome.changed and [each["Name"] for each in outcome.decision.facts["backups"]] == [OLD]


def test_a_backup_comes_back_and_the_file_before_becomes_one() -> None:
    found = host()
    before = found.data
    outcome = run(found, backup=OLD)
    assert outcome.changed and outcome.error is None
    assert found.data == found.backups[OLD] and before in found.backups.values()
    assert transcript(outcome.decision.plan) == [
        "# 1/1 restore records pop3records.dat",
        f"#   content: the current file of {len(before or b'')} bytes -> {OLD}",
        "#   (Restore-Pop3Records is the agent's own command; it cannot be run manually)",
    ]


def test_a_file_that_is_missing_or_damaged_is_no_obstacle() -> None:
    for data in (None, b"", b"Pop3Account:\r\nServer:", b"\xff\xfeS"):
        found = host()
        found.data = data
        assert run(found, backup=OLD).error is None and found.data == found.backups[OLD]


@pytest.mark.parametrize("name", ["pop3records.dat.x.bak", "pop3records.dat.20270101T000000Z.bak"])
def test_a_backup_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(InputRefused) as caught:
        run(host(), backup=name)
    assert keys_of(caught.value) == ["pop3_backup_unknown"] and OLD in str(caught.value)


def test_a_file_at_another_place_has_backups_of_its_own_name() -> None:
    backup = "andere.dat.20260101T000000Z.bak"
    assert parse({"file": "D:\\x\\andere.dat", "backup": backup}).backup == backup
    for arguments in ({"file": "D:\\x\\andere.dat", "backup": OLD}, {"backup": backup}):
        with pytest.raises(InputRefused) as caught:
            parse(arguments)
        assert keys_of(caught.value) == ["value_unfit"]


@pytest.mark.parametrize("name", ["../pop3records.dat.x.bak", "pop3records.dat", "x.bak", "pop3records.dat.a\\b.bak"])
def test_only_a_bare_name_is_taken(name: str) -> None:
    with pytest.raises(InputRefused) as caught:
        parse({"backup": name, "x": 1})
    assert sorted(keys_of(caught.value)) == ["option_unknown", "value_unfit"]


@pytest.mark.parametrize(("after", "statuses"), [(0, ["not_done"]), (1, ["done"])])
def test_after_a_break_the_host_tells_what_happened(after: int, statuses: list[str]) -> None:
    found = host()
    found.breaks[2] = Break(ConnectionLost(reason_of("reply_cut", HOST)), after=after)
    outcome = run(found, backup=OLD)
    assert [report.status for report in outcome.reports] == statuses
    assert (outcome.error is None) is bool(after)


def back_to(found: Pop3Host, data: bytes | None, length: int | None = None, check: bool = False) -> Outcome:
    """A run back to what a saved state tells of the file."""
    sha256 = None if data is None else hashlib.sha256(data).hexdigest()
    content = {"noun": "pop3_connector", "file": {"path": PATH, "sha256": sha256, "length": length}}
    wanted = RestorePop3Connector(going_back(content))
    return run_one(wanted, found.session(), NO_EXCHANGE, lambda data: str(data), check_mode=check)


def among_others() -> Pop3Host:
    """A host with backups of which two are as long as each other."""
    found = host()
    found.backups |= {f"pop3records.dat.2026010{n}T000000Z.bak": data_of(SHAPES[0], account(n)) for n in (2, 3)}
    return found


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("name", [OLD, "pop3records.dat.20260102T000000Z.bak"])
def test_what_was_saved_is_found_by_its_hash(name: str, told: bool) -> None:
    found = among_others()
    data = found.backups[name]
    outcome = back_to(found, data, len(data) if told else None)
    assert (outcome.error, outcome.decision.facts["backup"], found.data) == (None, name, data)
    assert [len(each) for each in found.commands] == [1, 4, 2]


def test_what_is_there_already_is_not_put_back() -> None:
    found = among_others()
    for data in (found.data, None):
        found.data = data
        outcome = back_to(found, data)
        assert (outcome.changed, outcome.decision.plan) == (False, None)
    assert [len(each) for each in found.commands] == [1, 1]


def test_what_no_backup_holds_is_refused() -> None:
    for length in (None, 5):
        with pytest.raises(InputRefused) as caught:
            back_to(among_others(), b"x", length)
        assert keys_of(caught.value) == ["pop3_backup_of_saved_gone"] and OLD in str(caught.value)


def test_where_there_was_no_file_no_backup_is_taken_for_it() -> None:
    """Not even one of which the host does not tell the hash."""
    found = among_others()
    with pytest.raises(InputRefused) as caught:
        back_to(found, None)
    assert keys_of(caught.value) == ["pop3_backup_of_saved_gone"]
    assert [len(each) for each in found.commands] == [1]


@pytest.mark.parametrize(("after", "statuses"), [(0, ["not_done"]), (1, ["done"])])
def test_after_a_break_on_the_way_to_what_was_saved_the_host_tells_as_well(after: int, statuses: list[str]) -> None:
    found = among_others()
    found.breaks[3] = Break(ConnectionLost(reason_of("reply_cut", HOST)), after=after)
    outcome = back_to(found, found.backups[OLD])
    assert [report.status for report in outcome.reports] == statuses
    assert (outcome.error is None) is bool(after)


@pytest.mark.parametrize("file", [None, {"path": "x"}, {"path": "x", "sha256": 5}, {"sha256": "x", "length": True}])
def test_a_damaged_state_is_refused(file: Any) -> None:
    with pytest.raises(InputRefused) as caught:
        RestorePop3Connector(going_back({"file": file}))
    assert keys_of(caught.value) == ["backup_unreadable"]


# ---- fetching

STARTED = {"Program": "C:\\x\\Pop3Connector.exe", "Started": True, "ExitCode": 0}
LOG = {"Folder": "C:\\l", "Name": "a.log", "LastWriteTime": "2026-03-02T12:00:00Z", "Length": 9}


UNCOUNTED = {"count_waiting": False}


def fetching(**facts: Any) -> Pop3Host:
    found = host()
    found.facts |= {"Start-Pop3Fetch": STARTED, "Read-Pop3Log": {**LOG, "Lines": ["eins", "> PASS geheim"]}, **facts}
    return found


def test_a_fetch_is_started_and_then_looked_at() -> None:
    found = fetching()
    wanted = parse_fetch({"wait_seconds": 5, "log_lines": 7, "count_waiting": False})
    result = fetch(found.session(), wanted, check_mode=False)
    looked_at = ["Get-BadMail", "Start-Pop3Fetch", "Read-Pop3Records", "Read-Pop3Log", "Get-BadMail"]
    assert found.commands == [[], looked_at]
    assert result == {
        "changed": True,
        "fetch": {"program": "C:\\x\\Pop3Connector.exe", "started": True, "exit_code": 0},
        "mailboxes": [],
        "bad_mail": {"folder": "C:\\b", "messages": 0},
        "service": {"name": "pop3connector", "exists": True, "status": "Running"},
        "log": {
            "folder": "C:\\l",
            "name": "a.log",
            "last_write_time": "2026-03-02T12:00:00Z",
            "length": 9,
            "lines": ["eins", "> PASS ********"],
        },
    }


@pytest.mark.parametrize(("arguments", "check"), [({}, True), ({"start": False}, False)])
def test_a_look_starts_nothing(arguments: dict[str, Any], check: bool) -> None:
    found = fetching()
    result = fetch(found.session(), parse_fetch(arguments), check_mode=check)
    assert found.commands == [["Read-Pop3Records", "Read-Pop3Log", "Get-BadMail"]] and result["fetch"] is None
    assert result["changed"] is check


def test_what_is_odd_is_told() -> None:
    found = fetching(**{"Start-Pop3Fetch": {**STARTED, "ExitCode": 3}})
    found.interrupted = "running"
    assert len(fetch(found.session(), parse_fetch(UNCOUNTED), check_mode=False)["warnings"]) == 2


def test_a_program_that_is_missing_is_refused() -> None:
    found = fetching()
    found.fail("Start-Pop3Fetch", "pop3_program_missing")
    with pytest.raises(MailflowError) as caught:
        fetch(found.session(), parse_fetch(UNCOUNTED), check_mode=False)
    assert keys_of(caught.value) == ["pop3_program_missing"]


def test_a_bad_wish_to_fetch_is_refused() -> None:
    with pytest.raises(InputRefused) as caught:
        parse_fetch({"wait_seconds": -1, "log_lines": 0, "y": 1})
    assert sorted(keys_of(caught.value)) == ["option_unknown", "value_unfit", "value_unfit"]


# ---- what was taken

USER1, USER2 = "user1@beispiel.de", "user2@beispiel.de"
WAITING = [
    # before, after, what is told of user1, whether anything may have changed
    ({}, {USER1: {"Messages": 0}, USER2: {"Messages": 0}}, "taken", True),
    ({}, {}, "nothing_taken", False),
    ({}, {USER2: {"Messages": 0}}, "nothing_taken", True),
    ({}, {USER1: {"Messages": 1}}, "partly_taken", True),
    # Mail that came during the fetch may stand for mail that was taken.
    ({}, {USER1: {"Messages": 5}}, "others_came", True),
    ({USER1: {"Octets": 900}}, {USER1: {"Octets": 901}}, "others_came", True),
    ({USER1: {"Octets": 900}}, {USER1: {"Octets": 900}}, "nothing_taken", False),
    ({USER1: {"Messages": 0}, USER2: {"Messages": 0}}, {USER1: {"Messages": 1}}, "nothing_waited", False),
    ({USER1: {"Stage": "stat", "Problem": "reply", "Reply": "-ERR no", "Messages": None}}, {}, "not_asked", True),
    ({USER1: {"Stage": "connect", "Problem": "no_time", "Messages": None}}, {}, "not_asked", True),
    ({USER1: {"Messages": 0}, USER2: {"Messages": 0}}, {}, "nothing_waited", False),
    ({USER1: {"Stage": "pass", "Problem": "reply", "Reply": "-ERR [IN-USE]", "Messages": None}}, {}, "not_asked", True),
    ({}, {USER1: {"Stage": "tls", "Problem": "tls", "Reply": "x", "Messages": None}}, "not_asked", True),
    ({USER1: {"Stage": "password", "Problem": "not_opened", "Messages": None}}, {}, "not_asked", True),
]


def counted(shape: Shape = SHAPES[0], **held: str) -> Pop3Host:
    found = fetching()
    stored = [account(1, **held), account(2)]
    found.data, found.stored = data_of(shape, *stored), {each["password"]: PASSWORD for each in stored}
    return found


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize(("before", "after", "outcome", "changed"), WAITING)
def test_what_was_taken_is_counted_in_every_form_of_the_file(
    shape: Shape, before: dict[str, Any], after: dict[str, Any], outcome: str, changed: bool
) -> None:
    found, noted = counted(shape), list[str]()
    found.waiting = [before, after]
    wanted = parse_fetch({"key_map": MAP})
    result = fetch(found.session(), wanted, False, lambda each: noted.extend(one.identity.username for one in each))
    assert (result["mailboxes"][0]["outcome"], result["changed"]) == (outcome, changed)
    quiet = {"taken", "nothing_waited"} >= {each["outcome"] for each in result["mailboxes"]}
    assert any(USER1 in each for each in result.get("warnings", ())) is (outcome not in ("taken", "nothing_waited"))
    assert quiet is ("warnings" not in result)
    assert found.counted == noted == [USER1, USER2] * 2
    assert PASSWORD not in str(result) and PASSWORD not in str(found.requests)


@pytest.mark.parametrize(
    ("held", "options", "asked", "words"),
    [
        ({"server": "pop3.web.de"}, {}, False, "15 minutes"),
        ({"password": "foreign"}, {}, False, "cannot be decrypted"),
        ({"port": "110", "ssl": "False"}, {"key_map": MAP}, False, "in clear text"),
        ({"port": "110", "ssl": "False"}, {"key_map": MAP, "confirm_clear_text": True}, True, ""),
        ({"port": "110", "ssl": "True"}, {"key_map": MAP}, True, ""),
        ({"port": "110"}, {}, False, "in clear text"),
        ({"port": "x"}, {"key_map": MAP}, False, "port"),
    ],
)
def test_whom_nobody_asks(held: dict[str, str], options: dict[str, Any], asked: bool, words: str) -> None:
    found = counted(**held)
    found.stored.pop("foreign", None)
    found.waiting = [{}, {USER2: {"Messages": 0}}]
    result = fetch(found.session(), parse_fetch(options), check_mode=False)
    assert (USER1 in found.counted) is asked
    assert result["changed"] and (asked or words in result["mailboxes"][0]["text"])


@pytest.mark.parametrize("code", ["pop3_file_changed", None])
def test_a_fetch_is_started_whatever_became_of_counting(code: str | None) -> None:
    found = counted()
    found.fail("Measure-Pop3Waiting", code, "Geht nicht.")
    result = fetch(found.session(), parse_fetch({}), check_mode=False)
    assert result["fetch"]["started"] and result["changed"]
    assert [(each["outcome"], each["text"]) for each in result["mailboxes"]] == [("not_asked", "Geht nicht.")] * 2


def test_a_count_without_an_answer_says_so() -> None:
    account = parse_state(
        counted().session().ask(Request((read_step(ConnectorPlace()),))), HOST, ConnectorPlace()
    ).accounts[0]
    (row,) = compared([account], {str(account.identity): Count(3)}, {"somebody else": Count(1)})
    assert row["outcome"] == "not_asked" and row["text"]


def test_thirty_accounts_are_counted_in_one_process() -> None:
    found = counted()
    held = [account(n) for n in range(30)]
    found.data, found.stored = data_of(SHAPES[0], *held), {each["password"]: PASSWORD for each in held}
    found.waiting = [{}, {f"user{n}@beispiel.de": {"Messages": 0} for n in range(30)}]
    result = fetch(found.session(), parse_fetch({"key_map": MAP}), check_mode=False)
    assert {each["outcome"] for each in result["mailboxes"]} == {"taken"} and len(result["mailboxes"]) == 30
    assert sum("Measure-Pop3Waiting" in each for each in found.commands) == 2


def test_a_declared_pause_holds_for_a_fetch_too(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    provider = {"name": "Klein", "pop3_host": "pop.klein.example", "min_poll_minutes": 20}
    desired = declared(1, server=None, port=None, provider=provider)
    (wanted,) = parse_desired(options(desired)).accounts
    work = Work(CHANGE, wanted, None)
    LoginTries(ledger, HOST, NOW).note([(work, "tls", TargetProof("proven", "done", "+OK", 3))])
    for _ in range(2):
        assert declared_pause(ledger, wanted.identity) == 20
        note_logins(ledger, HOST, NOW, [wanted.identity])
    found = counted(server="pop.klein.example")
    found.waiting = [{}, {}]
    result = fetch(found.session(), parse_fetch({}), False, pause=lambda each: declared_pause(ledger, each.identity))
    assert found.counted == [USER2] * 2 and "20 minutes" in result["mailboxes"][0]["text"]


def test_while_the_program_runs_nobody_asks_again() -> None:
    found = counted()
    found.facts["Start-Pop3Fetch"] = {**STARTED, "ExitCode": None}
    found.waiting = [{}]
    result = fetch(found.session(), parse_fetch({}), check_mode=False)
    assert {each["outcome"] for each in result["mailboxes"]} == {"not_asked"} and result["changed"]
    assert "still running" in result["warnings"][0]


def test_a_fetch_counts_as_a_login_where_a_pause_is_wanted(tmp_path: Path) -> None:
    found = counted(server="pop3.web.de")
    found.waiting = [{}, {}]
    ledger = Ledger(tmp_path / "ledger.sqlite")
    fetch(
        found.session(),
        parse_fetch({}),
        False,
        lambda each: note_logins(ledger, HOST, NOW, (one.identity for one in each)),
    )
    names = [event.mailbox for event in ledger.events(kinds=(POP3_LOGIN,))]
    assert len(names) == 3 and sum("web.de" in each for each in names) == 1


@pytest.mark.parametrize("data", [None, bytes(40), b"-\r\n"])
def test_a_file_without_accounts_is_fetched_uncounted(data: bytes | None) -> None:
    found = counted()
    found.data = data
    result = fetch(found.session(), parse_fetch({}), check_mode=False)
    assert result["fetch"]["started"] and result["mailboxes"] == [] and result["changed"]


def test_mail_that_could_not_be_delivered_is_told() -> None:
    found = fetching()
    found.facts["Get-BadMail"] = {"Folder": "C:\\b", "Messages": 2}
    (notice,) = fetch(found.session(), parse_fetch(UNCOUNTED), check_mode=False)["warnings"]
    assert "2 messages" in notice and "C:\\b" in notice
