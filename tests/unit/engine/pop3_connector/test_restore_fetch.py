"""A backup back, and a fetch at once."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import flow
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, MailflowError, WishRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import say
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.fetch import fetch, parse_fetch
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.restore import RestoreSubject, parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import NO_EXCHANGE
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transcript import transcript
from tests.unit.engine.examples import HOST, Break, keys_of
from tests.unit.engine.pop3_connector.pop3_file import SHAPES, account, data_of
from tests.unit.engine.pop3_connector.pop3_host import Pop3Host

OLD = "pop3records.dat.20260101T000000Z.bak"


def host() -> Pop3Host:
    found = Pop3Host(data_of(SHAPES[0], account(1), account(2)))
    found.backups = {OLD: data_of(SHAPES[0], account(1))}
    return found


def run(found: Pop3Host, check: bool = False, **arguments: Any) -> flow.Outcome:
    wished = RestoreSubject(parse_restore(arguments))
    return flow.run(wished, found.session(), NO_EXCHANGE, lambda data: str(data), check_mode=check)


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
        f"#   content: the present file of {len(before or b'')} bytes -> {OLD}",
        "#   (Restore-Pop3Records is the agent's own command; it cannot be run by hand)",
    ]


def test_a_file_that_is_missing_or_damaged_is_no_obstacle() -> None:
    for data in (None, b"", b"Pop3Account:\r\nServer:", b"\xff\xfeS"):
        found = host()
        found.data = data
        assert run(found, backup=OLD).error is None and found.data == found.backups[OLD]


@pytest.mark.parametrize("name", ["pop3records.dat.x.bak", "pop3records.dat.20270101T000000Z.bak"])
def test_a_backup_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(WishRefused) as caught:
        run(host(), backup=name)
    assert keys_of(caught.value) == ["pop3_backup_unknown"] and OLD in str(caught.value)


def test_a_file_at_another_place_has_backups_of_its_own_name() -> None:
    backup = "andere.dat.20260101T000000Z.bak"
    assert parse_restore({"file": "D:\\x\\andere.dat", "backup": backup}).backup == backup
    for arguments in ({"file": "D:\\x\\andere.dat", "backup": OLD}, {"backup": backup}):
        with pytest.raises(WishRefused) as caught:
            parse_restore(arguments)
        assert keys_of(caught.value) == ["value_unfit"]


@pytest.mark.parametrize("name", ["../pop3records.dat.x.bak", "pop3records.dat", "x.bak", "pop3records.dat.a\\b.bak"])
def test_only_a_bare_name_is_taken(name: str) -> None:
    with pytest.raises(WishRefused) as caught:
        parse_restore({"backup": name, "x": 1})
    assert sorted(keys_of(caught.value)) == ["option_unknown", "value_unfit"]


@pytest.mark.parametrize(("after", "statuses"), [(0, ["not_done"]), (1, ["done"])])
def test_after_a_break_the_host_tells_what_happened(after: int, statuses: list[str]) -> None:
    found = host()
    found.breaks[2] = Break(ConnectionLost(say("reply_cut", HOST)), after=after)
    outcome = run(found, backup=OLD)
    assert [report.status for report in outcome.reports] == statuses
    assert (outcome.error is None) is bool(after)


# ---- fetching

STARTED = {"Program": "C:\\x\\Pop3Connector.exe", "Started": True, "ExitCode": 0}
LOG = {"Folder": "C:\\l", "Name": "a.log", "LastWriteTime": "2026-03-02T12:00:00Z", "Length": 9}


def fetching(**facts: Any) -> Pop3Host:
    found = host()
    found.facts = {"Start-Pop3Fetch": STARTED, "Read-Pop3Log": {**LOG, "Lines": ["eins", "> PASS geheim"]}, **facts}
    return found


def test_a_fetch_is_started_and_then_looked_at() -> None:
    found = fetching()
    result = fetch(found.session(), parse_fetch({"wait_seconds": 5, "log_lines": 7}), check_mode=False)
    assert found.commands == [[], ["Start-Pop3Fetch", "Read-Pop3Records", "Read-Pop3Log"]]
    assert result == {
        "changed": True,
        "fetch": {"program": "C:\\x\\Pop3Connector.exe", "started": True, "exit_code": 0},
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
    assert found.commands == [["Read-Pop3Records", "Read-Pop3Log"]] and result["fetch"] is None
    assert result["changed"] is check


def test_what_is_odd_is_told() -> None:
    found = fetching(**{"Start-Pop3Fetch": {**STARTED, "ExitCode": 3}})
    found.interrupted = "running"
    assert len(fetch(found.session(), parse_fetch({}), check_mode=False)["warnings"]) == 2


def test_a_program_that_is_missing_is_refused() -> None:
    found = fetching()
    found.fail("Start-Pop3Fetch", "pop3_program_missing")
    with pytest.raises(MailflowError) as caught:
        fetch(found.session(), parse_fetch({}), check_mode=False)
    assert keys_of(caught.value) == ["pop3_program_missing"]


def test_a_bad_wish_to_fetch_is_refused() -> None:
    with pytest.raises(WishRefused) as caught:
        parse_fetch({"wait_seconds": -1, "log_lines": 0, "y": 1})
    assert sorted(keys_of(caught.value)) == ["option_unknown", "value_unfit", "value_unfit"]
