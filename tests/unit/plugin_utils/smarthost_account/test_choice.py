"""Which mailbox logs in: ages, refusals, the login in use and the moment in, one decision out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import FLOOR_DAYS, Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.candidates import Candidate, judged
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.observed import after_login
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.choice import (
    KEEP,
    NOBODY,
    POSTPONE,
    SWITCH,
    MailboxChoice,
    choose,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.window import SwitchWindow
from tests.unit.plugin_utils.reason_keys import key_of, keys_of

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
SATURDAY = MONDAY + 5 * DAY
WINDOW = SwitchWindow()


def box(name: str, age: float, barred: str | None = None, recreated: bool = False) -> Candidate:
    """A mailbox so many days old on the Monday; one whose name is in capitals is barred."""
    return Candidate(Mailbox(f"{name}@b.de", MONDAY - age * DAY), f"{name}-password", recreated, barred=barred)


OLD, ALSO_OLD = box("old", 900), box("also", 400)
YOUNG, YOUNGER, NEWEST = box("young", 10), box("younger", 5), box("newest", 1)
BAD, BAD_YOUNG = box("bad", 900, "why"), box("badyoung", 3, "why")


@pytest.mark.parametrize("age", [900, 3])
def test_a_login_that_the_host_does_not_tell_is_a_login(age: float) -> None:
    found = choose([box("some", age)], None, WINDOW, MONDAY, "here", untold=True)
    assert found.kind == (SWITCH if age > FLOOR_DAYS else KEEP)
    assert "does not report" in " ".join((found.why, *found.notices)) and "no login" not in found.why


def chosen(*candidates: Candidate, current: str | None = None, now: datetime = MONDAY) -> MailboxChoice:
    return choose(candidates, current, WINDOW, now, "here")


ROWS: dict[str, tuple[list[Candidate], str | None, datetime, str, Candidate | None]] = {
    # candidates, the login in use, the moment, what happens, the login after it
    "the first set-up": ([OLD], None, MONDAY, SWITCH, OLD),
    "the first set-up takes the first that is old enough": ([YOUNG, OLD, ALSO_OLD], None, MONDAY, SWITCH, OLD),
    "the first set-up waits for no window": ([OLD], None, SATURDAY, SWITCH, OLD),
    "in use already": ([OLD], "old@b.de", MONDAY, KEEP, OLD),
    "in use already, in capitals": ([OLD], "OLD@B.DE", MONDAY, KEEP, OLD),
    "one before it is still young": ([YOUNG, OLD], "old@b.de", MONDAY, KEEP, OLD),
    "one before it has come of age": ([ALSO_OLD, OLD], "old@b.de", MONDAY, SWITCH, ALSO_OLD),
    "the same outside of the window": ([ALSO_OLD, OLD], "old@b.de", SATURDAY, POSTPONE, OLD),
    "one behind it is as good": ([OLD, ALSO_OLD], "old@b.de", MONDAY, KEEP, OLD),
    "one before it is barred": ([BAD, OLD], "old@b.de", MONDAY, KEEP, OLD),
    "a login that is not declared": ([OLD], "someone@else.de", MONDAY, SWITCH, OLD),
    "a login that is not declared, at the weekend": ([OLD], "someone@else.de", SATURDAY, SWITCH, OLD),
    "a young one in use and an old one": ([YOUNG, OLD], "young@b.de", MONDAY, SWITCH, OLD),
    "the same at the weekend": ([YOUNGER, OLD], "younger@b.de", SATURDAY, SWITCH, OLD),
    "a barred one in use and an old one, at the weekend": ([BAD, OLD], "bad@b.de", SATURDAY, SWITCH, OLD),
    "nobody old enough, no login": ([YOUNG, YOUNGER], None, MONDAY, NOBODY, None),
    "nobody old enough, one in use": ([YOUNG, YOUNGER], "younger@b.de", MONDAY, KEEP, YOUNGER),
    "nobody old enough, a login that is not declared": ([YOUNG], "someone@else.de", MONDAY, KEEP, None),
    "all barred": ([BAD], None, MONDAY, NOBODY, None),
    "all barred, one in use": ([BAD, BAD_YOUNG], "bad@b.de", MONDAY, KEEP, BAD),
}


@pytest.mark.parametrize(
    ("candidates", "current", "told"),
    [
        ([BAD, OLD], "old@b.de", ["bad"]),
        ([BAD, OLD], None, ["bad"]),
        ([BAD, BAD_YOUNG, OLD], "bad@b.de", ["bad", "badyoung"]),
        ([OLD, BAD], "old@b.de", []),
        ([YOUNG, OLD, BAD], "old@b.de", []),
        ([BAD, YOUNG], "someone@else.de", ["bad"]),
    ],
)
def test_a_preferred_mailbox_that_is_not_tried_is_told(
    candidates: list[Candidate], current: str | None, told: list[str]
) -> None:
    notices = [each for each in chosen(*candidates, current=current).notices if "is not tried" in each]
    assert notices == [f"The mailbox {name}@b.de is not tried: why." for name in told]


@pytest.mark.parametrize(("candidates", "current", "now", "kind", "after"), ROWS.values(), ids=ROWS)
def test_the_choice(
    candidates: list[Candidate], current: str | None, now: datetime, kind: str, after: Candidate | None
) -> None:
    found = chosen(*candidates, current=current, now=now)
    assert (found.kind, found.candidate) == (kind, after)
    by_name = {each.username: each for each in candidates}
    assert found.previous == by_name.get((current or "").lower())


EVENTS: dict[str, tuple[list[Candidate], str | None, datetime, datetime | None, str]] = {
    # candidates, the login in use, the moment, the next date (as the mailbox's coming of age), and what happens then
    "nothing before it": ([OLD], "old@b.de", MONDAY, None, ""),
    "one behind it comes of age": ([OLD, YOUNG], "old@b.de", MONDAY, None, ""),
    "one before it comes of age": ([YOUNG, OLD], "old@b.de", MONDAY, MONDAY + 4 * DAY, "switches to young@b.de"),
    "the first of two before it": ([NEWEST, YOUNG, OLD], None, MONDAY, MONDAY + 4 * DAY, "switches to young@b.de"),
    "a barred one before it": ([BAD_YOUNG, OLD], "old@b.de", MONDAY, None, ""),
    "nobody yet": ([NEWEST, YOUNG], None, MONDAY, MONDAY + 4 * DAY, "switches to young@b.de"),
    "a login that is not declared stays": ([YOUNG], "x@y.de", MONDAY, MONDAY + 4 * DAY, "switches to young@b.de"),
    "a young one is in use": ([YOUNG], "young@b.de", MONDAY, MONDAY + 4 * DAY, "young@b.de is old enough"),
    "another is old enough sooner": (
        [NEWEST, YOUNG],
        "newest@b.de",
        MONDAY,
        MONDAY + 4 * DAY,
        "switches to young@b.de",
    ),
    "another is old enough later": (
        [YOUNG, NEWEST],
        "young@b.de",
        MONDAY,
        MONDAY + 4 * DAY,
        "young@b.de is old enough",
    ),
    "a barred one is in use": ([BAD, YOUNG], "bad@b.de", MONDAY, MONDAY + 4 * DAY, "switches to young@b.de"),
    "all barred": ([BAD_YOUNG], "badyoung@b.de", MONDAY, None, ""),
}


@pytest.mark.parametrize(("candidates", "current", "now", "moment", "event"), EVENTS.values(), ids=EVENTS)
def test_the_next_date(
    candidates: list[Candidate], current: str | None, now: datetime, moment: datetime | None, event: str
) -> None:
    found = chosen(*candidates, current=current, now=now)
    settled = found.candidate is not None and found.candidate.usable_at(now)
    expected = WINDOW.next_moment(moment) if moment and settled else moment
    assert found.next_moment == expected
    assert event in (found.next_event or "")
    assert (found.next_event is None) is (moment is None)


def test_a_switch_of_its_own_waits_for_the_window_and_no_other_does() -> None:
    friday = MONDAY + 4 * DAY
    assert chosen(YOUNG, OLD, current="old@b.de").next_moment == datetime(2026, 3, 9, 6, tzinfo=UTC)
    assert chosen(YOUNG, current="someone@else.de").next_moment == friday


def test_a_postponed_switch_happens_at_the_moment_it_names() -> None:
    postponed = chosen(ALSO_OLD, OLD, current="old@b.de", now=SATURDAY)
    assert postponed.next_moment == datetime(2026, 3, 9, 6, tzinfo=UTC)
    assert "also@b.de" in (postponed.next_event or "")
    assert "2026-03-09 07:00" in postponed.why
    then = chosen(ALSO_OLD, OLD, current="old@b.de", now=postponed.next_moment)
    assert (then.kind, then.candidate) == (SWITCH, ALSO_OLD)


def test_nobody_has_a_reason_for_each() -> None:
    found = chosen(YOUNG, BAD, NEWEST)
    assert [key_of(each) for each in found.reasons] == ["mailbox_too_young", "mailbox_barred", "mailbox_too_young"]
    assert [each.found.split(",")[0] for each in found.reasons] == [
        f"the mailbox {name}@b.de" for name in ("young", "bad", "newest")
    ]


NOTICES = [
    ([YOUNG], "young@b.de", ["The login young@b.de is too young", "2026-03-06 12:00"]),
    ([BAD], "bad@b.de", ["The login bad@b.de is in use and may not be chosen (why)"]),
    ([YOUNG], "x@y.de", ["The login x@y.de is none of the declared mailboxes"]),
]


@pytest.mark.parametrize(("candidates", "current", "pieces"), NOTICES)
def test_what_is_kept_for_want_of_another_is_told(candidates: list[Candidate], current: str, pieces: list[str]) -> None:
    (notice,) = chosen(*candidates, current=current).notices
    assert [piece for piece in pieces if piece not in notice] == []


@pytest.mark.parametrize(
    ("current", "piece"), [(None, "from no login to old@b.de"), ("x@y.de", "from x@y.de to old@b.de")]
)
def test_a_switch_says_from_which_login_to_which(current: str | None, piece: str) -> None:
    assert piece in chosen(OLD, current=current).why


# ---- what is always so

AGES = st.integers(0, 60) | st.sampled_from([FLOOR_DAYS - 1, FLOOR_DAYS, FLOOR_DAYS + 1])
LISTS = st.lists(st.tuples(AGES, st.sampled_from([None, None, None, "why"])), min_size=1, max_size=5).map(
    lambda rows: [box(f"m{at}", age, barred) for at, (age, barred) in enumerate(rows)]
)
LOGINS = st.sampled_from([None, "someone@else.de", *(f"m{at}@b.de" for at in range(5))])
MOMENTS = st.integers(0, 60 * 24).map(lambda hours: MONDAY + timedelta(hours=hours))
steady = settings(deadline=None, derandomize=True, max_examples=300)


@steady
@given(candidates=LISTS, current=LOGINS, now=MOMENTS)
def test_no_young_or_barred_mailbox_is_ever_given_a_login_that_it_does_not_have(
    candidates: list[Candidate], current: str | None, now: datetime
) -> None:
    found = choose(candidates, current, WINDOW, now, "here")
    in_use = found.candidate is not None and found.candidate.username == current
    assert found.candidate is None or in_use or found.candidate.usable_at(now)
    assert (found.kind == SWITCH) is (found.candidate is not None and not in_use)
    assert (found.kind == NOBODY) is (current is None and found.candidate is None)


@steady
@given(candidates=LISTS, now=MOMENTS, later=st.integers(0, 60 * 24))
def test_once_switched_to_the_most_preferred_never_away_again(
    candidates: list[Candidate], now: datetime, later: int
) -> None:
    first = replace(candidates[0], barred=None)
    moment = max(now, first.mailbox.usable_from)
    all_of_them = [first, *candidates[1:]]
    assert choose(all_of_them, None, WINDOW, moment, "here").candidate == first
    again = choose(all_of_them, first.username, WINDOW, moment + timedelta(hours=later), "here")
    assert (again.kind, again.candidate, again.next_moment) == (KEEP, first, None)


@steady
@given(candidates=LISTS, current=LOGINS, now=MOMENTS)
def test_what_is_announced_happens_at_that_moment_and_not_before(
    candidates: list[Candidate], current: str | None, now: datetime
) -> None:
    found = choose(candidates, current, WINDOW, now, "here")
    login = found.candidate.username if found.candidate else current
    if found.next_moment is None or found.next_event is None:
        return
    assert found.next_moment > now
    before = choose(candidates, login, WINDOW, found.next_moment - timedelta(minutes=1), "here")
    then = choose(candidates, login, WINDOW, found.next_moment, "here")
    assert then.candidate is not None and then.candidate.mailbox.address in found.next_event
    assert (then.kind, then.reasons) == (SWITCH if "switches" in found.next_event else KEEP, ())
    assert before.kind != SWITCH and before.candidate == found.candidate


@steady
@given(candidates=LISTS, current=LOGINS, now=MOMENTS)
def test_nothing_happens_of_itself_where_nothing_is_announced(
    candidates: list[Candidate], current: str | None, now: datetime
) -> None:
    found = choose(candidates, current, WINDOW, now, "here")
    if found.next_moment is None:
        login = found.candidate.username if found.candidate else current
        much_later = choose(candidates, login, WINDOW, now + 4000 * DAY, "here")
        assert much_later.candidate == found.candidate


# ---- what was observed

SEEN, LATER = MONDAY - 800 * DAY, MONDAY - 5 * DAY
JUDGED: dict[str, tuple[Candidate, datetime | None, bool, datetime, datetime | None, bool]] = {
    # candidate, first login, require_observed_age; created, observed, barred afterwards
    "never seen": (OLD, None, False, OLD.mailbox.created, None, False),
    "never seen, and that matters": (OLD, None, True, OLD.mailbox.created, None, True),
    "seen": (OLD, LATER, False, OLD.mailbox.created, LATER, False),
    "seen, and that matters": (OLD, LATER, True, LATER, LATER, False),
    "seen before it was made": (YOUNG, SEEN, True, YOUNG.mailbox.created, SEEN, False),
    "made anew": (replace(YOUNG, recreated=True), SEEN, False, YOUNG.mailbox.created, None, False),
    "made anew, and that matters": (replace(YOUNG, recreated=True), SEEN, True, YOUNG.mailbox.created, None, True),
    "made anew and seen since": (replace(YOUNG, recreated=True), LATER, True, LATER, LATER, False),
}


@pytest.mark.parametrize(
    ("candidate", "login", "required", "created", "observed", "barred"), JUDGED.values(), ids=JUDGED
)
def test_what_was_observed_of_a_mailbox(
    candidate: Candidate,
    login: datetime | None,
    required: bool,
    created: datetime,
    observed: datetime | None,
    barred: bool,
) -> None:
    found = judged(candidate, login, required)
    assert (found.mailbox.created, found.observed, found.barred is not None) == (created, observed, barred)


@steady
@given(age=AGES, seen=st.none() | st.integers(-60, 60), required=st.booleans(), recreated=st.booleans(), now=MOMENTS)
def test_an_observation_makes_no_mailbox_older(
    age: int, seen: int | None, required: bool, recreated: bool, now: datetime
) -> None:
    candidate = box("m", age, recreated=recreated)
    found = judged(candidate, MONDAY - seen * DAY if seen is not None else None, required)
    assert found.mailbox.usable_from >= candidate.mailbox.usable_from
    assert found.usable_at(now) <= candidate.usable_at(now)


@pytest.mark.parametrize(
    ("candidate", "login", "reasons"),
    [
        (YOUNG, None, []),
        (YOUNG, MONDAY - 10 * DAY, []),
        (YOUNG, MONDAY - 10 * DAY - timedelta(seconds=1), ["created_after_login"]),
        (YOUNG, SEEN, ["created_after_login"]),
    ],
)
def test_a_login_before_the_creation_contradicts_it(
    candidate: Candidate, login: datetime | None, reasons: list[str]
) -> None:
    found = after_login(candidate.mailbox, candidate.counted(login), "here")
    assert keys_of([found] if found else []) == reasons


def test_no_password_is_in_a_choice() -> None:
    assert "old-password" not in repr(chosen(OLD, YOUNG))
