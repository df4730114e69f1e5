"""What came back and what has left, in; the state of the mail flow, out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.refusals import CLASSES, is_ours, remedy
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.look import look
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.states import STATES, worst
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.queue.queue_host import STRATO_450, answers, cause, counted, session, traffic
from tests.unit.plugin_utils.queue.test_look import said

ROOT = Path(__file__).parents[4]
FOREIGN = "553 5.7.1 <chef@nt4admins.local>: Sender address rejected: not owned by user info@beispiel.de"
STARTTLS, RELAY = "530 Must issue a STARTTLS command first", "554 5.7.1 <k@example.com>: Relay access denied"
QUOTA, UNKNOWN = "550 5.4.5 Daily sending quota exceeded", "550 5.1.1 <{}@example.com>: User unknown"
LOGIN = "535 5.7.8 Error: authentication failed"
NOBODY_KNOWS = "554 Lieber nicht"
EXPIRED = "#550 4.4.7 QUEUE.Expired; message expired ##"
REMOVED = "#550 4.3.2 QUEUE.Admin; message deleted by administrative action ##"
INTERNAL = "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##"
FULL = "452 4.2.2 <voll@example.com>: mailbox full"


def from_many(text: str, count: int) -> list[dict[str, Any]]:
    """One message each of so many senders."""
    return [cause(text, f"a{number}@beispiel.de") for number in range(count)]


def waits(text: str | None, since: str, count: int = 1, **changes: Any) -> dict[str, Any]:
    """A queue whose messages have waited since a time of this day for one reason."""
    oldest = f"2026-03-02T{since}:00Z"
    errors = [{"Text": text or "", "Count": count, "Oldest": oldest, "FirstExpiry": "2026-03-04T06:00:00Z"}]
    return counted(retry=count, Errors=errors, Oldest=oldest, **changes)


def told(*rows: dict[str, Any], tracked: Any = True, **options: Any) -> dict[str, Any]:
    desired = parse_desired({"per_hour": 250, **options})
    return look(session(answers(*rows, interval="01:00:00", tracked=tracked)), ExchangeShell(), desired)[0]


TYPO, NEWS = [cause(UNKNOWN.format("x"))], [cause(UNKNOWN.format("x"), "news@beispiel.de", 50)]
LISTED = ["queue_healthy", "queue_came_back"]
ROWS: dict[str, tuple[list[dict[str, Any]], str, list[str]]] = {
    "a quiet office at night": ([traffic(0)], "healthy", ["queue_healthy"]),
    "an office at work": ([counted(ready=2), traffic(40)], "healthy", ["queue_healthy"]),
    "30 of a foreign sender, and nothing else": (
        [traffic(0, 0, [cause(FOREIGN, count=30)])], "refused", ["queue_came_back"],
    ),
    "the same, and others' mail left before": (
        [traffic(9, 0, [cause(FOREIGN, count=30)], "2026-03-02T10:59:00Z")], "refused", ["queue_came_back"],
    ),
    "the same, and others' mail leaves": ([traffic(9, 0, [cause(FOREIGN, count=30)])], "noticed", ["queue_came_back"]),
    "two of a foreign sender": ([traffic(0, 0, [cause(FOREIGN, count=2)])], "noticed", ["queue_came_back"]),
    "two senders, three messages, others leave": (
        [traffic(9, 0, [cause(FOREIGN, "a@x.de", 2), cause(FOREIGN, "b@x.de")])], "refused", ["queue_came_back"],
    ),
    "two senders, two messages": ([traffic(0, 0, from_many(FOREIGN, 2))], "noticed", ["queue_came_back"]),
    "classes that are ours count together": (
        [traffic(9, 0, [cause(FOREIGN, "a@x.de"), cause(QUOTA, "b@x.de"), cause(QUOTA, "c@x.de")])],
        "refused", ["queue_came_back", "queue_came_back"],
    ),
    "no TLS": ([traffic(0, 0, [cause(STARTTLS, count=3)])], "refused", ["queue_came_back"]),
    "relaying denied, once": ([traffic(9, 0, [cause(RELAY)])], "refused", ["queue_came_back"]),
    "the quota of the day": ([traffic(9, 0, from_many(QUOTA, 5))], "refused", ["queue_came_back"]),
    "one typo": ([traffic(3, 0, TYPO)], "healthy", LISTED),
    "one typo in the only mail": ([traffic(0, 0, TYPO)], "healthy", LISTED),
    "a newsletter of 1,000 with 5 % unknown": ([traffic(950, 0, NEWS)], "healthy", LISTED),
    "automatic replies alone": (
        [traffic(0, 0, [cause(FOREIGN, "<>", 30)])], "healthy", ["queue_healthy", "queue_automatic_came_back"],
    ),
    "a sender that is not told": (
        [traffic(0, 0, [cause(FOREIGN, "", 30)])], "healthy", ["queue_healthy", "queue_automatic_came_back"],
    ),
    "messages that were given up": (
        [traffic(20, 0, [cause(EXPIRED, count=5, source="QUEUE")])], "noticed", ["queue_given_up"],
    ),
    "names that nobody knows": (
        [traffic(20, 0, [cause("550 5.4.4", count=5, source="DNS")])], "noticed", ["queue_unreached"],
    ),
    "an administrator's removal": (
        [traffic(0, 0, [cause(REMOVED, count=9, source="ADMIN")])], "healthy", ["queue_healthy"],
    ),
    "addresses that nobody has here": (
        [traffic(0, 0, [cause(INTERNAL, count=9, source="ROUTING")])], "healthy", ["queue_healthy"],
    ),
    "a rule's replacements": (
        [traffic(0, 0, [cause("550 5.7.1", count=9, source="AGENT")])], "healthy", ["queue_healthy"],
    ),
    "a login that was repaired an hour ago": (
        [traffic(9, 0, [cause(LOGIN, count=9, first="10:00", last="11:00")])], "noticed", ["queue_came_back_before"],
    ),
    "no TLS for a while, of many": (
        [traffic(9, 0, [cause(STARTTLS, f"a{n}@x.de", first="07:00", last="08:00") for n in range(9)])],
        "noticed", ["queue_came_back_before"],
    ),
    "the same a minute later": (
        [traffic(9, 0, [cause(LOGIN, count=9, first="10:00", last="11:01")])], "refused", ["queue_came_back"],
    ),
    "and nothing has left since": (
        [traffic(9, 0, [cause(LOGIN, first="08:00", last="09:00")], "2026-03-02T09:00:00Z")],
        "refused", ["queue_came_back"],
    ),
    "of one sender it is over, of the other nobody knows": (
        [traffic(9, 0, [cause(LOGIN, "a@x.de", first="08:00", last="09:00"), cause(LOGIN, "b@x.de", first="08:00")])],
        "refused", ["queue_came_back"],
    ),
    "a quota does not end because something leaves": (
        [traffic(9, 0, [cause(QUOTA, f"a{n}@x.de", first="07:00", last="08:00") for n in range(9)])],
        "refused", ["queue_came_back"],
    ),
    "automatic replies without a login, long ago": (
        [traffic(9, 0, [cause(LOGIN, "<>", first="07:00", last="08:00")])],
        "healthy", ["queue_healthy", "queue_automatic_came_back"],
    ),
    "a later version probes itself": (
        [traffic(0, 0, [cause(RELAY, "HealthMailbox0a1b2c3d4e5f@beispiel.local", 60)])], "healthy", ["queue_healthy"],
    ),
    "unknown words": ([traffic(9, 0, from_many(NOBODY_KNOWS, 9))], "noticed", ["queue_came_back"]),
    "unknown words, and nothing leaves": ([traffic(0, 0, from_many(NOBODY_KNOWS, 9))], "refused", ["queue_came_back"]),
    "a refusal without words": ([traffic(9, 0, [cause("")])], "noticed", ["queue_came_back"]),
    "more reasons than are told": ([traffic(9, left_out=3)], "noticed", ["queue_more_came_back"]),
    "a recipient's full mailbox for two days": (
        [waits(FULL, "06:00", FirstExpiry="2026-03-02T13:00:00Z"), traffic(0)],
        "healthy", ["queue_healthy", "queue_refused"],
    ),
    "nothing has left for five hours": (
        [waits(None, "07:00", 4), traffic(3, last="2026-03-02T06:50:00Z")], "stuck", ["queue_stuck", "queue_old"],
    ),
    "refused for the rate for five hours": (
        [waits(STRATO_450, "07:00", 4), traffic(0)], "stuck", ["queue_stuck", "queue_old", "queue_refused"],
    ),
    "some wait for five hours, others leave": (
        [waits(None, "07:00", 4), traffic(3)], "slowing", ["queue_old"],
    ),
    "one mail that unknown words keep back is not all mail": (
        [waits("451 nein", "07:00"), traffic(0)], "slowing", ["queue_old", "queue_refused"],
    ),
    "three are": ([waits("451 nein", "07:00", 3), traffic(0)], "stuck", ["queue_stuck", "queue_old", "queue_refused"]),
    "waiting for minutes after a quiet weekend": ([waits(None, "11:55", 4), traffic(0)], "healthy", ["queue_healthy"]),
    "tracking tells nothing": ([waits(None, "07:00", 4)], "slowing", ["queue_old"]),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "state", "why"), ROWS.values(), ids=ROWS)
def test_the_state_of_a_mail_flow(rows: list[dict[str, Any]], state: str, why: list[str]) -> None:
    found = told(*rows)
    assert found["verdict"] == state, found["why"]
    assert said(found["why"]) == why
    assert found["at_least"] == list(STATES[: STATES.index(state) + 1])


def test_no_remedy_is_given_for_what_is_over_or_automatic() -> None:
    assert told(traffic(9, 0, [cause(LOGIN, first="07:00", last="08:00")]))["what_to_do"] == []
    assert told(traffic(9, 0, [cause(FOREIGN, "<>", 9)]))["what_to_do"] == []


def test_where_only_a_stopped_queue_holds_the_mail_nobody_is_sent_to_the_provider() -> None:
    stopped, running = (waits(None, "07:00", 4, Status=status) for status in ("Suspended", "Retry"))
    assert said(told(stopped, traffic(0))["what_to_do"]) == ["queue_do_resume"]
    assert said(told(running, traffic(0))["what_to_do"]) == ["queue_do_unstick"]


@pytest.mark.parametrize(("words", "end"), [("554 Nein.", ": 554 Nein."), ("", ": no reply text.")])
def test_the_words_end_a_sentence(words: str, end: str) -> None:
    assert told(traffic(9, 0, [cause(words)]))["why"][0].endswith(end)


def test_what_came_back_stands_in_the_result_with_words_and_remedy() -> None:
    back = [cause(UNKNOWN.format("x"), count=7), cause(FOREIGN, "chef@nt4admins.local", 30), cause(FOREIGN, "<>", 2)]
    found = told(traffic(0, 0, back))
    first, second, third = found["came_back"]
    assert (first["class"], first["messages"], first["senders"], first["decides"], first["automatic"]) == (
        "sender", 30, ["chef@nt4admins.local"], True, False,
    )  # fmt: skip
    assert (first["words"], first["what_to_do"], first["since"]) == (
        FOREIGN, remedy("sender"), "2026-03-02T11:00:00+00:00",
    )  # fmt: skip
    assert [(each["class"], each["decides"], each["automatic"]) for each in (second, third)] == [
        ("recipient", False, False), ("sender", False, True),
    ]  # fmt: skip
    assert FOREIGN in found["why"][0] and remedy("sender") in found["what_to_do"]


def test_without_tracking_nothing_is_healthy() -> None:
    found = told(traffic(3), tracked=False)
    assert (found["verdict"], said(found["why"])) == ("noticed", ["queue_untracked"])


def test_tracking_that_cannot_be_read_is_told() -> None:
    found = told(counted(ready=2), {"Identity": None, "Events": None, "Problem": "Log Search is stopped."})
    assert (found["verdict"], said(found["why"])) == ("noticed", ["queue_tracking_unread"])
    assert "Log Search is stopped." in found["why"][0]


@pytest.mark.parametrize("text", [FOREIGN, STARTTLS, RELAY, QUOTA, UNKNOWN, NOBODY_KNOWS, FULL, EXPIRED])
@pytest.mark.parametrize("sent", [0, 9])
def test_more_of_the_same_never_makes_it_better_and_what_is_ours_is_never_healthy(text: str, sent: int) -> None:
    states = [told(traffic(sent, 0, from_many(text, count)))["verdict"] for count in range(1, 8)]
    assert states == sorted(states, key=STATES.index)
    (row,) = told(traffic(sent, 0, from_many(text, 1)))["came_back"]
    assert (states[0] == "healthy") is (row["class"] in ("recipient", "content", "greylisted"))
    assert states[-1] == "refused" if is_ours(row["class"]) else sent == 0 or states[-1] != "refused"


def test_the_worst_of_the_states() -> None:
    assert STATES == ("healthy", "noticed", "slowing", "snowball", "stuck", "refused")
    assert (worst([]), worst(STATES), worst(["slowing", "noticed"])) == ("healthy", "refused", "slowing")


def test_the_playbook_and_the_page_know_every_state() -> None:
    page = (ROOT / "docs" / "queue.md").read_text(encoding="utf-8")
    assert [state for state in STATES if f"| `{state}` |" not in page] == []
    (play,) = yaml.safe_load((ROOT / "playbooks" / "check_transport.yml").read_text(encoding="utf-8"))
    assert play["vars"]["states"] == list(STATES[1:])


def test_every_class_is_ours_or_somebody_elses_or_nobodys() -> None:
    assert {kind for kind in CLASSES if is_ours(kind)} == {
        "login", "login_outage", "sender", "address", "throttled", "old_server", "connection",
    }  # fmt: skip
