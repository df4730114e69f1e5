"""A switch of the smarthost account that breaks on its way, Exchange's own word on it, and clocks that differ.

Each row is a host of one lab, with a provider and a ledger of its own; the new mailbox has come of age, the old one is
in use. Commands are counted from 1: the first one reads, the second one proves, the third one writes and reads back,
those after it read Exchange's protocol log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from .accounts import NEW, OLD, PASSWORDS, YOUNG_LIMIT, AccountSite, account_site, at_provider, hashed, mailbox, traffic
from .running import Run

Fault = dict[str, Any]
SETTLED = 4
"""Seconds to wait for Exchange where it has something to say."""
FOREIGN = "fremd@beispiel.de"


@dataclass(frozen=True)
class Row:
    """What happens, and what has to become of it: the end (below), the last stage that is told, words of the message
    or the warnings.

    ``sends``: the host's Exchange sends messages all the time; ``refuses``: the provider refuses the new login once it
    is written. ``minutes``: the lead of the host's clock. ``before``: the login in use, ``old_age`` its age in days;
    ``outdated``: another password is declared for it than it has.
    """

    end: str
    last: tuple[str, str] = ("exchange", "unknown")
    words: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    sends: bool = False
    refuses: bool = False
    minutes: float | None = None
    before: str = OLD
    old_age: float = 300
    outdated: bool = False


@dataclass(frozen=True)
class End:
    """How the run ends: its status, whether it says that it changed something, the login then, whether the ledger
    knows of the write; and what the next run decides, which always succeeds."""

    status: str
    changed: bool
    login: str
    written: bool
    again: str


ENDS = {
    "switched": End("ok", True, NEW, True, "keep"),
    "switched, and still a failure": End("failed", True, NEW, True, "keep"),
    "switched unawares": End("failed", True, NEW, False, "keep"),
    "perhaps": End("failed", True, OLD, False, "switch"),
    "left": End("failed", False, OLD, False, "switch"),
    "back": End("failed", True, OLD, True, "keep"),
    "refused": End("failed", True, NEW, True, "switch"),
}


def drop(action: str, command: int, when: str = "before") -> Fault:
    """The connection breaks at a message of a command."""
    return {"kind": "drop", "action": action, "when": when, "command": command}


def kill(when: str, command: int) -> Fault:
    """The shell is gone before or after a command did its work."""
    return {"kind": "kill_shell", "when": when, "nth": command}


def hang(end: str, when: str, command: int, *words: str, last: tuple[str, str]) -> Row:
    """A command does not end."""
    fault = {"kind": "hang", "when": when, "nth": command}
    return Row(end, last, ("no completion after 6 seconds", *words), [fault], {"timeout": 5, "wait_for_session": 1})


def clock(minutes: float, *words: str) -> Row:
    """The host's clock is so far ahead; too far for a run where it says so."""
    if words:
        return Row("left", ("", ""), (*words, "within an hour of each other"), minutes=minutes)
    side = "ahead of" if minutes > 0 else "behind"
    return Row("switched", words=("The host's clock is 0:", f"{side} the controller's"), minutes=minutes)


def fails(cmdlet: str, **keys: Any) -> Fault:
    """A cmdlet fails."""
    return {"kind": "fail_cmdlet", "cmdlet": cmdlet, **keys}


GATE, PROVEN_BOTH, WRITTEN = ("gate", "switch"), ("way_back", "proven"), ("write", "done")
LOOKS = {"wait_for_session": 1}
UNREAD = "Exchange's protocol log could not be read"
STORY = ("broke after the plan", "all of it took effect")
REPORTED = ("as Exchange reports: 535 5.7.8",)
ROWS = {
    # Exchange's own word
    "proven": Row("switched", ("exchange", "proven"), sends=True),
    "silent": Row("switched", words=("No new session of Exchange within 1 seconds",), options=LOOKS),
    "refused": Row("back", ("back", "done"), (*REPORTED, f"logs in as {OLD} again"), sends=True, refuses=True),
    "refused-and-the-one-before-young": Row(
        "back", ("back", "done"), (*REPORTED, f"logs in as {OLD} again"), sends=True, refuses=True, old_age=3
    ),
    "refused-and-the-one-before-unknown": Row(
        "refused", ("exchange", "refused"), (*REPORTED, "no verified login"), sends=True, refuses=True, before=FOREIGN
    ),
    "refused-and-the-way-back-fails": Row(
        "refused",
        ("back", "failed"),
        (*REPORTED, "Set-SendConnector failed", "backup_file"),
        [fails("Set-SendConnector", after=1)],
        sends=True,
        refuses=True,
    ),
    "outdated-password-of-the-one-before": Row(
        "switched", words=("535 5.7.8", "no login to go back to"), outdated=True
    ),
    # While its log is read
    "log-drop": Row("switched", words=("No new session",), faults=[drop("Receive", 4)], options=LOOKS),
    "log-drop-twice": Row("switched", words=(UNREAD,), faults=[drop("Receive", 4), drop("Receive", 5)], options=LOOKS),
    "log-kill-shell": Row("switched", ("exchange", "proven"), faults=[kill("start", 4)], sends=True),
    "log-cut-twice": Row(
        "switched",
        words=(UNREAD, "truncated or garbled"),
        faults=[{"kind": "cut_reply", "nth": 4, "count": 2}],
        options=LOOKS,
    ),
    "log-hang": hang(
        "switched, and still a failure", "start", 4, "is written and read back", last=("exchange", "unknown")
    ),
    # While the host is read, and a login proven
    "read-drop": Row("switched", words=("failed once", "was repeated"), faults=[drop("Receive", 1)]),
    "proof-drop": Row("left", GATE, ("Nothing was written",), [drop("Receive", 2)]),
    "proof-kill-shell": Row("left", GATE, ("Nothing was written",), [kill("start", 2)]),
    "proof-kill-shell-at-end": Row("left", GATE, ("Nothing was written",), [kill("end", 2)]),
    "proof-cut-reply": Row("left", GATE, ("truncated or garbled", "Run again"), [{"kind": "cut_reply", "nth": 2}]),
    "proof-hang": hang("left", "start", 2, "while a login was tried", "Nothing was written", last=GATE),
    # While it is written and read back
    "write-drop-before": Row("left", PROVEN_BOTH, ("none of the 1 steps",), [drop("Command", 3)]),
    "write-kill-shell": Row("left", PROVEN_BOTH, ("none of the 1 steps",), [kill("start", 3)]),
    "write-drop-receive": Row("switched", words=STORY, faults=[drop("Receive", 3)]),
    "write-drop-receive-and-sends": Row("switched", ("exchange", "proven"), STORY, [drop("Receive", 3)], sends=True),
    "write-kill-shell-at-end": Row("switched", words=STORY, faults=[kill("end", 3)]),
    "write-cut-reply": Row("switched", words=STORY, faults=[{"kind": "cut_reply", "nth": 3}]),
    "write-hang": hang("perhaps", "start", 3, "may have taken effect", last=PROVEN_BOTH),
    "write-hang-at-end": hang("switched unawares", "end", 3, "may have taken effect", last=PROVEN_BOTH),
    "write-fails": Row(
        "left", PROVEN_BOTH, ("Verboten.", "0 of 1 steps"), [fails("Set-SendConnector", message="Verboten.")]
    ),
    "read-back-fails": Row(
        "switched, and still a failure",
        WRITTEN,
        ("Get-SendConnector failed", "Every step was done"),
        [fails("Get-SendConnector", after=1)],
    ),
    # Clocks
    "clock-day-ahead": clock(1440, "a clock that is 23:5", "ahead of the controller's"),
    "clock-day-behind": clock(-1440, "a clock that is 24:0", "behind the controller's"),
    "clock-62-minutes-ahead": clock(62, "a clock that is 1:01:", "ahead of the controller's"),
    "clock-61-minutes-behind": clock(-61, "a clock that is 1:01:", "behind the controller's"),
    "clock-59-minutes-ahead": clock(59),
    "clock-58-minutes-behind": clock(-58),
    "clock-3-minutes-ahead": clock(3),
    "clock-2-minutes-behind": clock(-2),
}


@dataclass(frozen=True)
class Met:
    """The run and the one after it; of each host the login and its password's hash between the two, how mail fared
    then, what the ledger knew, the open shells, and the logins at the provider."""

    many: AccountSite
    run: Run
    again: Run
    logins: dict[str, tuple[str, str] | None]
    mail: dict[str, list[str]]
    events: dict[str, list[tuple[str, str]]]
    shells: dict[str, int]


def desired(row: Row) -> dict[str, Any]:
    """What a host declares."""
    wait = {"wait_for_session": SETTLED} if row.sends else {}
    password = {"password": f"{PASSWORDS[OLD]} alt"} if row.outdated else {}
    return {"mailboxes": [mailbox(NEW, 20), mailbox(OLD, row.old_age, **password)], **wait, **row.options}


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """One run meets all that, a second one without the faults."""
    folder = tmp_path_factory.mktemp("breaks")
    with ExitStack() as stack:
        many = stack.enter_context(account_site(folder, hosts=list(ROWS)))
        many.give_providers(stack, {"mailboxes": at_provider(new=20, old=300)})
        for name, row in ROWS.items():
            many.in_use(name, row.before)
            many.provider_of(name).change({"mailboxes": at_provider(old=row.old_age)})
            for fault in row.faults:
                many.lab.order_fault(name, fault)
            if row.minutes is not None:
                clock = datetime.now(UTC) + timedelta(minutes=row.minutes)
                many.lab.hosts[name].machine.change({"clock": clock.isoformat()})
            if row.old_age < 14:
                many.mail(name, YOUNG_LIMIT + 1)
        with ExitStack() as sending:
            for name in [name for name, row in ROWS.items() if row.sends]:
                sending.enter_context(traffic(many, name, partial(refuse, many, name)))
            run = many.accounts({name: desired(row) for name, row in ROWS.items()}, "-vvvv")
        logins = {name: many.login(name) for name in ROWS}
        mail = {name: many.mail(name) for name in ROWS}
        events = {name: ledger(many, name) for name in ROWS}
        shells = {name: host.open_shells for name, host in many.lab.hosts.items()}
        for name in ROWS:
            many.lab.clear_faults(name)
            many.lab.hosts[name].machine.change({"clock": None})
        again = many.accounts({name: {**desired(row), "wait_for_session": 0} for name, row in ROWS.items()})
        yield Met(many, run, again, logins, mail, events, shells)


def refuse(many: AccountSite, name: str) -> None:
    """The provider changes its mind about the new mailbox, where the row says so."""
    if ROWS[name].refuses:
        many.provider_of(name).change({"refuse_logins": [NEW]})


def ledger(many: AccountSite, name: str) -> list[tuple[str, str]]:
    """What a host's ledger knows; nothing where there is none."""
    return many.events(name) if (many.backups / f"{name}.sqlite").exists() else []


@pytest.mark.parametrize("name", ROWS)
def test_it_ends_as_it_must_and_says_so(met: Met, name: str) -> None:
    record, row, end = met.run.task(host=name), ROWS[name], ENDS[ROWS[name].end]
    result = record["result"]
    assert (record["status"], result["changed"]) == (end.status, end.changed)
    text = "\n".join([result.get("msg", ""), *result.get("warnings", [])])
    assert [word for word in row.words if word not in text] == []
    stages = [(each["stage"], each["outcome"]) for each in result["stages"]] or [("", "")]
    assert stages[-1] == row.last
    assert result.get("decision") == {"back": "back"}.get(row.end, None if row.last == ("", "") else "switch")


@pytest.mark.parametrize("name", ROWS)
def test_what_is_told_and_recorded_is_what_the_host_shows(met: Met, name: str) -> None:
    row, end = ROWS[name], ENDS[ROWS[name].end]
    assert met.logins[name] == hashed(end.login)
    assert (("written", NEW) in met.events[name]) == (("switched", NEW) in met.events[name]) == end.written
    assert (("refused", NEW) in met.events[name]) == row.refuses
    twice = row.last == ("exchange", "proven")  # by the proof and by Exchange
    assert met.events[name].count(("logged_in", NEW)) == (0 if row.last in (("", ""), GATE) else 1 + twice)
    assert met.shells[name] == 0


@pytest.mark.parametrize("name", ROWS)
def test_mail_flows_meanwhile(met: Met, name: str) -> None:
    stopped = ROWS[name].end == "refused" or ROWS[name].old_age < 14  # throttled
    assert met.mail[name] == ["deferred" if stopped else "delivered"]


@pytest.mark.parametrize("name", ROWS)
def test_the_next_run_goes_on_from_there(met: Met, name: str) -> None:
    record, row, end = met.again.task(host=name), ROWS[name], ENDS[ROWS[name].end]
    assert (record["status"], record["result"]["decision"]) == ("ok", end.again)
    assert record["result"]["changed"] is (end.again == "switch")
    assert met.many.login(name) == hashed(OLD if row.refuses else NEW)
    warnings = "\n".join(record["result"].get("warnings", []))
    assert ("has no record of the password written" in warnings) == (row.end == "switched unawares")
    if row.old_age >= 14:
        assert met.many.mail(name) == ["delivered"]


def test_a_throttled_mailbox_is_a_way_back_all_the_same(met: Met) -> None:
    result = met.run.result(host="refused-and-the-one-before-young")
    (way_back,) = [each for each in result["stages"] if each["stage"] == "way_back"]
    assert way_back["outcome"] == "refused" and "Transmit rate limit exceeded" in way_back["text"]
    assert result["login"] == OLD


def test_a_provider_that_takes_the_login_has_no_more_than_one_attempt_for_each_proof(met: Met) -> None:
    quiet = [name for name, row in ROWS.items() if row.end == "switched" and not row.sends and not row.outdated]
    # The two at the end are the messages that the tests have sent.
    assert {tuple(met.many.logins(name)) for name in quiet} == {(NEW, OLD, NEW, NEW)}
    assert met.many.refused_logins("outdated-password-of-the-one-before") == [OLD]
