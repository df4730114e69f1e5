"""A look at a host, from its replies to the result: what is asked, whom, how often, and what the next look
makes of it."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.last_look import LastLook
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, HostRefused, Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.proof import note_logins
from tests.unit.plugin_utils.inbound_mail.inbound_host import (
    LAN,
    OWN,
    InboundHost,
    ago,
    by,
    iso,
    look,
)
from tests.unit.plugin_utils.pop3_connector.pop3_file import SHAPES, account, data_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import MAP, PASSWORD
from tests.unit.plugin_utils.run.examples import HOST, NOW

USER, OTHER = "user1@beispiel.de", "user2@beispiel.de"
UID = "uid-Schornstein-7731"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KEPT = f"{HOST}/inbound_mail.json"


def at(host: InboundHost, now: datetime, *uids: str, handed: datetime | None = None) -> InboundHost:
    """The host some time later, with these messages at its provider."""
    host.clock, host.log_at = now, iso(now - MINUTE)
    host.uids = {USER: list(uids)}
    host.counts = [by(LAN, OWN, 1, iso(handed))] if handed else [by(LAN, "127.0.0.1", 1, ago(hours=1))]
    return host


def web_de(n: int = 1) -> dict[str, str]:
    """An account at a provider that wants 15 minutes between two logins."""
    return account(n, server="pop3.web.de", username=f"user{n}@web.de")


# ---- how often, and whom


def test_all_is_read_and_asked_in_one_process(tmp_path: Path) -> None:
    """Where the passwords stand, the first look has to read; from then on it is known."""
    host = InboundHost()
    look(host, tmp_path)
    first, second = host.commands
    assert second == ["Measure-Pop3Waiting"] and "Measure-Pop3Waiting" not in first
    assert {"Read-Pop3Records", "Get-ReceivedMail", "Measure-SmtpClients", "Get-Recipient"} <= set(first)
    told = look(host, tmp_path, NOW + HOUR)
    *_, third = host.commands
    assert (len(host.commands), host.counted, told["accounts"][0]["outcome"]) == (3, 2 * [USER], "counted")
    assert sorted(third) == sorted([*first, "Measure-Pop3Waiting"])
    own = [each for each in third if each.startswith(("Get-Rec", "Get-Mail", "Measure-Smtp"))]
    assert third[-len(own) :] == own, "what needs Exchange comes last"
    assert all(step["always"] for request in host.requests for step in request["steps"])


def test_a_file_that_has_changed_is_read_before_anybody_is_asked(tmp_path: Path) -> None:
    """Other passwords stand at the old places, or none: the host compares the file first."""
    host = InboundHost(web_de())
    host.log_at = ago(hours=1)
    look(host, tmp_path)
    host.data, later = data_of(SHAPES[0], account(2, server="pop3.strato.de"), web_de()), NOW + HOUR
    host.stored = dict.fromkeys((account(1)["password"], account(2)["password"]), PASSWORD)
    told = look(at(host, later), tmp_path, later)
    assert host.commands[2].count("Measure-Pop3Waiting") == 1 and host.commands[3] == ["Measure-Pop3Waiting"]
    assert host.counted == ["user1@web.de", "user2@beispiel.de"], "its log is a minute old"
    assert [each["outcome"] for each in told["accounts"]] == ["counted", "later"]
    assert look(at(host, later + HOUR), tmp_path, later + HOUR)["verdict"] == "healthy" and len(host.commands) == 5


def _other_server(kept: dict[str, Any]) -> None:
    kept["file"]["accounts"][0]["server"] = "pop.boese.example"


def _other_place(kept: dict[str, Any]) -> None:
    kept["file"]["accounts"][0]["places"][0]["Offset"] += 1


def _no_seal(kept: dict[str, Any]) -> None:
    del kept["file"]["seal"]


def _no_file(kept: dict[str, Any]) -> None:
    kept["file"] = "x"


@pytest.mark.parametrize("edit", [_other_server, _other_place, _no_seal, _no_file])
def test_no_login_is_made_by_a_file_that_was_edited(tmp_path: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    host = InboundHost()
    look(host, tmp_path)
    kept = json.loads((tmp_path / KEPT).read_text(encoding="utf-8"))
    edit(kept)
    (tmp_path / KEPT).write_text(json.dumps(kept), encoding="utf-8")
    look(host, tmp_path)
    assert len(host.commands) == 4 and host.asked_at == 2 * [("pop3.strato.de", USER, "tls")]


def test_how_a_login_is_made_follows_from_what_is_declared_now(tmp_path: Path) -> None:
    """Its map, and whether clear text is confirmed."""
    host = InboundHost(account(1, port="110", ssl="False"))
    look(host, tmp_path, confirm_clear_text=True)
    assert look(host, tmp_path)["accounts"][0]["outcome"] == "unknown"
    assert len(host.commands) == 3 and [each[2] for each in host.asked_at] == ["none"]
    ssl = {**MAP["ssl"], "values": {"true": "False", "false": "True"}}
    look(host, tmp_path, key_map={**MAP, "ssl": ssl})
    assert len(host.commands) == 4 and host.asked_at[-1][2] == "tls"
    look(host, tmp_path, key_map={}, confirm_clear_text=True)
    assert len(host.commands) == 6, "what the file has under another key was not kept"


def test_a_password_that_no_longer_opens_is_told_though_the_file_is_the_same(tmp_path: Path) -> None:
    host = InboundHost()
    look(host, tmp_path)
    host.stored = {}
    host.answers = {USER: {"Stage": "password", "Problem": "not_opened", "Messages": None, "Reply": None}}
    told = look(host, tmp_path)
    assert (told["verdict"], told["accounts"][0]["outcome"]) == ("stuck", "unknown")


def test_a_login_is_not_made_again_where_the_connection_broke(tmp_path: Path) -> None:
    host = InboundHost()
    look(host, tmp_path)
    plain, breaks = host.execute, [True]

    def broken(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        answer = plain(command_line, stdin)
        if breaks and breaks.pop():
            raise ConnectionLost(Reason(HOST, "x", "y", "z"), host_says="weg")
        return answer

    host.execute = broken  # type: ignore[method-assign]
    told = look(host, tmp_path)
    assert (host.counted, told["accounts"][0]["outcome"], told["verdict"]) == (2 * [USER], "unknown", "noticed")
    assert host.commands[-1].count("Measure-Pop3Waiting") == 0


def test_nobody_is_asked_where_there_is_no_account(tmp_path: Path) -> None:
    host = InboundHost()
    host.data = None
    told = look(host, tmp_path)
    assert (len(host.commands), told["accounts"], told["waiting"]) == (1, [], None)


def test_two_accounts_of_one_mailbox_are_one_login(tmp_path: Path) -> None:
    host = InboundHost(account(1), account(2, username="USER1@beispiel.de"), account(3))
    told = look(host, tmp_path)
    assert host.counted == [USER, "user3@beispiel.de"]
    assert [each["outcome"] for each in told["accounts"]] == ["counted", "unknown", "counted"]


@pytest.mark.parametrize(("minutes", "asked"), [(1, 0), (14, 0), (16, 1), (600, 1)])
def test_within_the_pause_of_a_provider_nobody_is_asked(tmp_path: Path, minutes: int, asked: int) -> None:
    """Whoever made that login: a proof, another host, a look."""
    note_logins(
        Ledger(tmp_path / "ledger.sqlite"), "other", NOW - minutes * MINUTE, [AccountKey(*list(web_de().values())[:3])]
    )
    host = InboundHost(web_de())
    host.log_at = ago(hours=1)
    told = look(host, tmp_path)
    assert len(host.counted) == asked
    assert told["accounts"][0]["outcome"] == ("counted" if asked else "later")
    assert (told["verdict"] == "healthy") is bool(asked), "what nobody has ever told is not green"


def test_the_connector_s_own_login_counts_by_its_log(tmp_path: Path) -> None:
    host = InboundHost(web_de())
    host.log_at = ago(minutes=5)
    assert look(host, tmp_path)["accounts"][0]["outcome"] == "later" and host.counted == []


def test_the_clock_of_the_host_is_taken_into_account_there(tmp_path: Path) -> None:
    host = InboundHost(web_de())
    host.clock, host.log_at = NOW + HOUR, iso(NOW + HOUR - 30 * MINUTE)
    assert look(host, tmp_path)["accounts"][0]["outcome"] == "counted"


def test_a_second_look_within_the_pause_tells_what_the_first_one_saw(tmp_path: Path) -> None:
    host = InboundHost(web_de())
    host.log_at, host.uids = ago(hours=1), {"user1@web.de": ["a", "b"]}
    look(host, tmp_path)
    told = look(host, tmp_path, NOW + MINUTE)
    assert (len(host.counted), told["waiting"], told["accounts"][0]["outcome"]) == (1, 2, "later")
    assert told["verdict"] == "healthy" and told["accounts"][0]["asked"] == NOW.isoformat()


def test_a_login_is_kept_before_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("no database", encoding="utf-8")
    host = InboundHost()
    told = look(host, tmp_path)
    assert (host.counted, told["verdict"], told["accounts"][0]["outcome"]) == ([], "noticed", "unknown")


def test_in_check_mode_nothing_is_kept_and_nobody_is_asked(tmp_path: Path) -> None:
    host = InboundHost()
    told = look(host, tmp_path, check=True)
    assert host.counted == [] and list(tmp_path.rglob("*")) == []
    assert told["verdict"] == "noticed" and "In check mode" in told["why"][0]


@pytest.mark.parametrize("again", [True, False])
def test_what_the_providers_said_survives_a_process_that_dies_of_exchange(tmp_path: Path, again: bool) -> None:
    """It is read once more, but for the logins; where that works no better, the first part has to do."""
    host = InboundHost()
    waits(host, tmp_path, 0, UID)
    plain, left = host.execute, [True, not again]

    def dying(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        host.dies = left.pop(0) if left else False
        return plain(command_line, stdin) if not host.dies or left else (1, b"", b"")

    host.execute = dying  # type: ignore[method-assign]
    told = waits(host, tmp_path, 0.5, UID)
    (mailbox,) = told["accounts"]
    assert (host.counted, mailbox["outcome"], mailbox["remained"]) == (2 * [USER], "counted", 1)
    assert told["verdict"] == ("healthy" if again else "noticed") and told["service"]["status"] == "Running"


# ---- beside the last look


def waits(host: InboundHost, folder: Path, hours: float, *uids: str, **told: Any) -> dict[str, Any]:
    """A look so many hours later."""
    now = NOW + hours * HOUR
    return look(at(host, now, *uids, **told), folder, now)


@pytest.mark.parametrize(
    ("hours", "verdict"),
    [(0.5, "healthy"), (0.99, "healthy"), (1, "waiting"), (3.9, "waiting"), (4, "stuck"), (900, "stuck")],
)
def test_since_when_a_message_waits(tmp_path: Path, hours: float, verdict: str) -> None:
    host = InboundHost()
    first = waits(host, tmp_path, 0, UID)
    told = waits(host, tmp_path, hours, UID, "new")
    assert (first["verdict"], first["compared_with"]) == ("healthy", None)
    assert (told["verdict"], told["waiting"], told["compared_with"]) == (verdict, 2, NOW.isoformat())
    (mailbox,) = told["accounts"]
    assert (mailbox["waits_since"], mailbox["remained"], mailbox["left"], mailbox["back"]) == (NOW.isoformat(), 1, 0, 0)


def test_what_was_fetched_has_gone_and_waits_no_more(tmp_path: Path) -> None:
    host = InboundHost()
    waits(host, tmp_path, 0, "a", "b")
    told = waits(host, tmp_path, 9, "c", handed=NOW + HOUR)
    (mailbox,) = told["accounts"]
    assert (told["verdict"], mailbox["left"], mailbox["remained"]) == ("healthy", 2, 0)
    assert mailbox["waits_since"] == (NOW + 9 * HOUR).isoformat()


def test_a_message_that_is_back_is_noticed(tmp_path: Path) -> None:
    host = InboundHost()
    for hours, uids in ((0, ["a"]), (0.1, []), (0.2, [])):
        assert waits(host, tmp_path, hours, *uids)["verdict"] == "healthy"
    told = waits(host, tmp_path, 0.3, "a")
    assert (told["verdict"], told["accounts"][0]["back"]) == ("noticed", 1)
    assert "were gone at an earlier look, and are there again" in told["why"][0]
    assert waits(host, tmp_path, 0.4, "a")["accounts"][0]["back"] == 0


def test_what_is_fetched_and_never_deleted_is_stuck(tmp_path: Path) -> None:
    host = InboundHost()
    waits(host, tmp_path, 0, "a", "b")
    told = waits(host, tmp_path, 0.5, "a", "b", handed=NOW + 0.3 * HOUR)
    assert told["verdict"] == "stuck" and "what is fetched is not deleted at the provider" in told["why"][0]


@pytest.mark.parametrize(
    ("uids", "handed", "accounts"),
    [(["a"], 0.3, 1), (["a", "b"], None, 1), (["a", "b"], -1, 1), (["a", "b"], 0.3, 2), ([], 0.3, 1)],
)
def test_what_may_be_otherwise_is_not_said_of_it(tmp_path: Path, uids: list[str], handed: Any, accounts: int) -> None:
    """One of them has gone; nothing came in since; or it came in through another account."""
    host = InboundHost(*(account(n) for n in range(1, accounts + 1)))
    waits(host, tmp_path, 0, "a", "b")
    told = waits(host, tmp_path, 0.5, *uids, handed=None if handed is None else NOW + handed * HOUR)
    assert "deleted" not in " ".join(told["why"]) and told["verdict"] == "healthy"


def test_of_a_connector_that_does_not_work_nobody_says_that_it_does_not_delete(tmp_path: Path) -> None:
    """Whatever the server hands over to itself then is no fetched mail."""
    host = InboundHost()
    waits(host, tmp_path, 0, "a")
    host.status = "Stopped"
    told = waits(host, tmp_path, 0.5, "a", handed=NOW + 0.3 * HOUR)
    assert told["verdict"] == "stuck" and "not deleted" not in " ".join(told["why"])


def test_what_no_look_has_seen_waits_for_no_hours(tmp_path: Path) -> None:
    host = InboundHost()
    (_, first) = waits(host, tmp_path, 0, "a")["why"]
    assert first == f"1 messages are waiting for {USER} at pop3.strato.de:995, none of which an earlier look has seen."
    host.answers = {USER: {"Stage": "pass", "Problem": "reply", "Reply": "-ERR [IN-USE] x", "Messages": None}}
    assert "the oldest for 3.0 hours" in " ".join(waits(host, tmp_path, 3)["why"])


def test_more_bad_mail_than_before(tmp_path: Path) -> None:
    host = InboundHost()
    host.facts = {"Get-BadMail": {"Folder": "C:\\b", "Messages": 1}}
    look(host, tmp_path)
    host.facts = {"Get-BadMail": {"Folder": "C:\\b", "Messages": 3}}
    assert "1 at the last look" in look(host, tmp_path)["why"][0]


def test_a_full_mailbox_of_which_the_oldest_are_not_told_has_lost_nobody(tmp_path: Path) -> None:
    host = InboundHost()
    waits(host, tmp_path, 0, "a", "b")
    host.answers = {USER: {"Messages": 6000}}
    (mailbox,) = waits(host, tmp_path, 0.5, "c")["accounts"]
    assert (mailbox["left"], mailbox["remained"], mailbox["messages"]) == (None, 0, 6000)


def test_a_provider_that_does_not_answer_changes_nothing_of_what_is_known(tmp_path: Path) -> None:
    host = InboundHost()
    waits(host, tmp_path, 0, "a")
    host.answers = {USER: {"Stage": "pass", "Problem": "reply", "Reply": "-ERR [IN-USE] x", "Messages": None}}
    told = waits(host, tmp_path, 2)
    assert (told["verdict"], told["accounts"][0]["outcome"]) == ("waiting", "busy")
    host.answers = {}
    assert waits(host, tmp_path, 5, "a")["accounts"][0]["waits_since"] == NOW.isoformat()


def test_an_account_that_is_gone_is_forgotten_and_one_that_was_unread_is_not(tmp_path: Path) -> None:
    host = InboundHost(account(1), account(2))
    look(host, tmp_path)
    host.fail("Read-Pop3Records", None)
    look(host, tmp_path)
    kept = json.loads((tmp_path / KEPT).read_text(encoding="utf-8"))["accounts"]
    assert len(kept) == 2
    other = InboundHost(account(1))
    look(other, tmp_path)
    assert len(json.loads((tmp_path / KEPT).read_text(encoding="utf-8"))["accounts"]) == 1


# ---- what is kept, and whose it is


def test_unique_ids_are_kept_as_digests_for_the_owner_alone_and_no_password(tmp_path: Path) -> None:
    host = InboundHost()
    told = waits(host, tmp_path, 0, UID)
    text = (tmp_path / KEPT).read_text(encoding="utf-8")
    assert UID not in text and PASSWORD not in text and "Geheim" not in json.dumps(told)
    assert os.stat(tmp_path / KEPT).st_mode & 0o777 == 0o600
    assert json.loads(text)["domain"] == "S-1-5-21-1-2-3" and told["log"]["lines"] == ["fetched", "PASS ********"]


def test_what_was_kept_of_another_server_is_refused(tmp_path: Path) -> None:
    host = InboundHost()
    look(host, tmp_path)
    host.domain, host.data = "S-1-5-21-7-7-7", data_of(SHAPES[0], account(1, server="pop3.other.example"))
    with pytest.raises(HostRefused, match="S-1-5-21-7-7-7"):
        look(host, tmp_path)
    assert host.counted == [USER]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 2, "host": "sbs01"}', '{"format": 1}', "[" * 200_000, "\xff"]
)
def test_a_damaged_file_is_begun_anew_with_a_warning(tmp_path: Path, text: str) -> None:
    host = InboundHost()
    look(host, tmp_path)
    (tmp_path / KEPT).write_bytes(text.encode("latin-1"))
    told = look(host, tmp_path)
    assert told["verdict"] == "healthy" and "begins anew" in " ".join(told["warnings"])
    assert look(host, tmp_path)["warnings"] == []


ODD = {"k": 1, "l": "2199-01-01T00:00:00+00:00"}
TOMORROW = {"asked": "2199-01-01T00:00:00+00:00", "uids": ODD, "gone": []}


@pytest.mark.parametrize(
    "accounts", [None, [], {"x": 1}, {"x": {"asked": "?"}}, {f"{USER} at pop3.strato.de:995": TOMORROW}]
)
def test_an_edited_file_is_read_as_far_as_it_can_be(tmp_path: Path, accounts: Any) -> None:
    host = InboundHost()
    look(host, tmp_path)
    content = json.loads((tmp_path / KEPT).read_text(encoding="utf-8"))
    (tmp_path / KEPT).write_text(json.dumps({**content, "accounts": accounts}), encoding="utf-8")
    assert look(host, tmp_path)["verdict"] == "healthy"


def test_where_nothing_can_be_kept_the_look_goes_on(tmp_path: Path) -> None:
    (tmp_path / HOST).write_text("a file where the folder should be", encoding="utf-8")
    told = look(InboundHost(), tmp_path)
    assert told["service"]["status"] == "Running" and "could not be kept" in " ".join(told["warnings"])


def test_a_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"{LastLook.__module__}.write_whole", full)
    told = look(InboundHost(), tmp_path)
    assert told["verdict"] == "healthy" and "No space left on device" in " ".join(told["warnings"])


def test_two_looks_at_once_ask_a_mailbox_once(tmp_path: Path) -> None:
    hosts = [InboundHost(), InboundHost()]
    inside, leave = threading.Event(), threading.Event()
    plain = hosts[0].execute

    def slow(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        inside.set()
        leave.wait(10)
        return plain(command_line, stdin)

    hosts[0].execute = slow  # type: ignore[method-assign]
    thread = threading.Thread(target=look, args=(hosts[0], tmp_path))
    thread.start()
    assert inside.wait(10)
    told = look(hosts[1], tmp_path)
    leave.set()
    thread.join()
    assert (hosts[0].counted, hosts[1].counted) == ([USER], [])
    assert told["accounts"][0]["outcome"] == "unknown" and "another look" in " ".join(told["warnings"])


# ---- what a host may say


@pytest.mark.parametrize("value", [None, [], {}, "x", -1, 1e400, [None], [{"Connector": 1}], True])
def test_a_host_that_answers_anything(tmp_path: Path, value: Any) -> None:
    """No reply breaks a look."""
    host = InboundHost()
    plain = host.run

    def odd(command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        rows = plain(command, given, secrets)
        return [dict.fromkeys(row, value) for row in rows] if command != "Read-Pop3Records" else rows

    host.run = odd  # type: ignore[method-assign]
    assert look(host, tmp_path)["verdict"] in ("noticed", "stuck", "losing")


def test_exchange_that_does_not_answer_leaves_the_connector_s_part(tmp_path: Path) -> None:
    host = InboundHost()
    for command in ("Get-ReceiveConnector", "Get-ReceivedMail", "Measure-SmtpClients", "Get-Recipient", "Get-Mailbox"):
        host.fail(command, "exchange_not_loaded")
    host.status = "Stopped"
    told = waits(host, tmp_path, 0, "a")
    assert (told["verdict"], told["waiting"], told["log"]["name"]) == ("stuck", 1, "a.log")
    assert told["what_to_do"][0].startswith("Find out who stopped it")
