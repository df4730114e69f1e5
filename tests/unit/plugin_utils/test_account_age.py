"""The age gate: a creation date and a moment in, usable or not out; both clock changes, and no way around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import (
    CEILING_DAYS,
    DEFAULT_ZONE,
    EARLIEST,
    FLOOR_DAYS,
    Login,
    Mailbox,
    open_gate,
    parse_mailbox,
    parse_now,
    show_moment,
    too_young,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

steady = settings(deadline=None, derandomize=True)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 12, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


class TaggedStr(str):
    """A text as Ansible hands it over: a subclass that carries more."""


class TaggedDate(date):
    """A date as Ansible hands it over."""


class TaggedDateTime(datetime):
    """A date-time as Ansible hands it over."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def created(value: Any, zone: ZoneInfo = BERLIN, now: datetime = NOW) -> datetime:
    return parse_mailbox({"address": "info@beispiel.de", "created": value, "time_zone": zone.key}, now, "here").created


def mailbox(**data: Any) -> Mailbox:
    return parse_mailbox({"address": "info@beispiel.de"} | data, NOW, "here")


def refused(now: datetime = NOW, **data: Any) -> list[str]:
    given = {"address": "info@beispiel.de", "created": "2026-01-31"} | data
    return keys_of(refusal(InputRefused, parse_mailbox, given, now, "here"))


def test_the_law() -> None:
    assert FLOOR_DAYS == 14
    assert CEILING_DAYS == 3650
    assert DEFAULT_ZONE == "Europe/Berlin"
    assert date(1984, 8, 3) == EARLIEST


CREATED: list[tuple[Any, str]] = [
    # as declared, the moment in UTC from which the age counts
    ("2026-01-31", "2026-01-31 23:00"),
    (" 2026-01-31 ", "2026-01-31 23:00"),
    (TaggedStr("2026-01-31"), "2026-01-31 23:00"),
    (date(2026, 1, 31), "2026-01-31 23:00"),
    (TaggedDate(2026, 1, 31), "2026-01-31 23:00"),
    ("2026-07-31", "2026-07-31 22:00"),
    ("1984-08-03", "1984-08-03 22:00"),
    # The end of a day on which the clocks change, of the day before, and of a leap day
    ("2026-03-28", "2026-03-28 23:00"),
    ("2026-03-29", "2026-03-29 22:00"),
    ("2026-10-24", "2026-10-24 22:00"),
    ("2026-10-25", "2026-10-25 23:00"),
    ("2024-02-29", "2024-02-29 23:00"),
    # A time without a zone is the provider's
    ("2026-01-31T14:30", "2026-01-31 13:30"),
    (" 2026-01-31 14:30 ", "2026-01-31 13:30"),
    ("2026-01-31 14:30:15", "2026-01-31 13:30:15"),
    ("2026-01-31 14:30:15.5", "2026-01-31 13:30:15.500"),
    (TaggedStr("2026-07-31T14:30"), "2026-07-31 12:30"),
    (datetime(2026, 7, 31, 14, 30), "2026-07-31 12:30"),
    (TaggedDateTime(2026, 7, 31, 14, 30), "2026-07-31 12:30"),
    # The hour that is there twice is the later one, the hour that is not there too
    ("2026-10-25T01:59:59", "2026-10-24 23:59:59"),
    ("2026-10-25T02:00", "2026-10-25 01:00"),
    ("2026-10-25T02:30", "2026-10-25 01:30"),
    (datetime(2026, 10, 25, 2, 30), "2026-10-25 01:30"),
    (datetime(2026, 10, 25, 2, 30, fold=1), "2026-10-25 01:30"),
    ("2026-10-25T03:00", "2026-10-25 02:00"),
    ("2026-03-29T01:59", "2026-03-29 00:59"),
    ("2026-03-29T02:30", "2026-03-29 01:30"),
    ("2026-03-29T03:00", "2026-03-29 01:00"),
    # A time with a zone is that very moment
    ("2026-10-25T02:30+02:00", "2026-10-25 00:30"),
    ("2026-10-25T02:30+0100", "2026-10-25 01:30"),
    ("2026-01-31T14:30Z", "2026-01-31 14:30"),
    ("2026-01-31T14:30:00.123456-05:00", "2026-01-31 19:30:00.123456"),
    (datetime(2026, 1, 31, 14, 30, tzinfo=UTC), "2026-01-31 14:30"),
    (datetime(2026, 1, 31, 14, 30, tzinfo=timezone(timedelta(hours=-5))), "2026-01-31 19:30"),
    (datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=0), "2026-10-25 00:30"),
]

# Refused whatever the moment
NO_CREATED: list[tuple[Any, str]] = [
    (None, "created_missing"),
    ("", "created_missing"),
    (" ", "created_unreadable"),
    ("31.01.2026", "created_unreadable"),
    ("2026-1-31", "created_unreadable"),
    ("26-01-31", "created_unreadable"),
    ("2026-01", "created_unreadable"),
    ("2026-02-29", "created_unreadable"),
    ("2026-02-30", "created_unreadable"),
    ("2026-13-01", "created_unreadable"),
    ("0000-01-01", "created_unreadable"),
    ("20260131", "created_unreadable"),
    ("2026-01-31T24:30", "created_unreadable"),
    ("2026-01-31T14:60", "created_unreadable"),
    ("2026-01-31T14", "created_unreadable"),
    ("2026-01-31T14:30 Europe/Berlin", "created_unreadable"),
    ("2026-01-31T14:30+25:00", "created_unreadable"),
    ("2026-W05-6", "created_unreadable"),
    ("২০২৬-01-31", "created_unreadable"),
    ("today", "created_unreadable"),
    ("9999-12-31T23:59-14:00", "created_unreadable"),
    (True, "created_unreadable"),
    (False, "created_unreadable"),
    (20260131, "created_unreadable"),
    (1769817600.0, "created_unreadable"),
    (["2026-01-31"], "created_unreadable"),
    ({"date": "2026-01-31"}, "created_unreadable"),
    (time(14, 30), "created_unreadable"),
    (b"2026-01-31", "created_unreadable"),
    ("1984-08-02", "created_too_long_ago"),
    ("1970-01-01", "created_too_long_ago"),
    ("0026-01-31", "created_too_long_ago"),
    ("0001-01-01", "created_too_long_ago"),
    ("0001-01-01T00:00+00:00", "created_too_long_ago"),
    (date.min, "created_too_long_ago"),
    (datetime(1, 1, 2, tzinfo=UTC), "created_too_long_ago"),
    ("9999-12-31", "created_in_future"),
    (date.max, "created_in_future"),
]

ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "UTC", "America/New_York", "Pacific/Kiritimati")]


@pytest.mark.parametrize(("declared", "moment"), CREATED, ids=str)
def test_a_creation_date_is_the_latest_moment_it_can_mean(declared: Any, moment: str) -> None:
    found = created(declared)
    assert found == utc(moment)
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize(("declared", "key"), NO_CREATED, ids=str)
def test_what_is_no_creation_date(declared: Any, key: str, zone: ZoneInfo) -> None:
    assert keys_of(refusal(InputRefused, created, declared, zone)) == [key]


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("31.01.2026", "created: '31.01.2026'"),
        ("Kein-Datum-8841", "created: a text that is not repeated here, since it might be a password"),
        (["a secret text"], "created: list"),
        ({"password": "a secret text"}, "created: dict"),
        ("2027-01-01", "created: 2027-01-01, which is in the future (it is 2026-12-15 13:00 CET)"),
        ("1983-01-01", "created: 1983-01-01"),
    ],
)
def test_what_was_found_is_named_and_only_the_type_of_what_may_hold_anything(declared: Any, found: str) -> None:
    (reason,) = refusal(InputRefused, created, declared)
    assert reason.found == found


# The day begins and ends where the provider is.
@pytest.mark.parametrize(
    ("declared", "zone", "now", "accepted"),
    [
        ("2026-06-15", "Europe/Berlin", "2026-06-15 12:00", True),
        ("2026-06-16", "Europe/Berlin", "2026-06-15 21:59:59.999999", False),
        ("2026-06-16", "Europe/Berlin", "2026-06-15 22:00", True),
        ("2026-06-16", "America/New_York", "2026-06-15 22:00", False),
        ("2026-06-16", "Pacific/Kiritimati", "2026-06-15 10:00", True),
        ("2026-06-15T14:00", "Europe/Berlin", "2026-06-15 12:00", True),
        ("2026-06-15T14:00:00.000001", "Europe/Berlin", "2026-06-15 12:00", False),
        ("2026-06-15T12:00Z", "Europe/Berlin", "2026-06-15 12:00", True),
        ("2026-06-15T12:01Z", "Europe/Berlin", "2026-06-15 12:00", False),
        ("2026-06-16", "UTC", "2026-06-15 12:00", False),
        # In the hour that is there twice only the later reading counts, even while the earlier one has come
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25 00:45", False),
        ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25 01:30", True),
    ],
)
def test_a_mailbox_of_the_future(declared: str, zone: str, now: str, accepted: bool) -> None:
    given = {"address": "a@b.de", "created": declared, "time_zone": zone}
    if accepted:
        assert parse_mailbox(given, utc(now), "here").address == "a@b.de"
    else:
        assert keys_of(refusal(InputRefused, parse_mailbox, given, utc(now), "here")) == ["created_in_future"]


USABLE_FROM: list[tuple[str, int | None, str]] = [
    # created, the minimum, usable from (UTC)
    ("2026-01-31T14:30", None, "2026-02-14 13:30"),
    ("2026-01-31", None, "2026-02-14 23:00"),
    ("2026-01-31", 14, "2026-02-14 23:00"),
    ("2026-01-31", 15, "2026-02-15 23:00"),
    ("2026-01-31", 30, "2026-03-02 23:00"),
    ("2025-12-31", 365, "2026-12-31 23:00"),
    # The clocks go forward in between: 14 times 24 hours are later
    ("2026-03-20T12:00", None, "2026-04-03 11:00"),
    ("2026-03-20", None, "2026-04-03 23:00"),
    ("2026-03-28", None, "2026-04-11 23:00"),
    ("2026-03-29", None, "2026-04-12 22:00"),
    # They go back: the same time of day is later
    ("2026-10-20T12:00", None, "2026-11-03 11:00"),
    ("2026-10-20", None, "2026-11-03 23:00"),
    ("2026-10-24", None, "2026-11-07 23:00"),
    ("2026-10-25", None, "2026-11-08 23:00"),
    # The end falls into the hour that is there twice, and into the one that is not there
    ("2026-10-11T02:30", None, "2026-10-25 01:30"),
    ("2026-03-15T02:30", None, "2026-03-29 01:30"),
    # Leap days
    ("2024-02-15", None, "2024-02-29 23:00"),
    ("2024-02-16", None, "2024-03-01 23:00"),
    ("2025-02-15", None, "2025-03-01 23:00"),
    ("2024-02-29", None, "2024-03-14 23:00"),
]


@pytest.mark.parametrize(("declared", "minimum", "moment"), USABLE_FROM)
def test_from_when_on_a_mailbox_is_usable(declared: str, minimum: int | None, moment: str) -> None:
    assert mailbox(created=declared, minimum_age_days=minimum).usable_from == utc(moment)


@pytest.mark.parametrize(("declared", "minimum", "moment"), USABLE_FROM)
def test_the_boundary_is_sharp(declared: str, minimum: int | None, moment: str) -> None:
    box = mailbox(created=declared, minimum_age_days=minimum)
    for beside, usable in ((-TICK, False), (timedelta(0), True), (TICK, True)):
        now = utc(moment) + beside
        assert box.usable_at(now) is usable
        assert (box.days_left(now) == 0) is usable


def test_the_gate_is_shut_a_microsecond_before_and_open_at_fourteen_days() -> None:
    box = Mailbox("info@beispiel.de", utc("2026-06-01 08:00"))
    boundary = utc("2026-06-15 08:00")
    (reason,) = refusal(InputRefused, open_gate, box, boundary - TICK, "here")
    assert reason == too_young(box, boundary - TICK, "here")
    assert open_gate(box, boundary, "here") == Login(box)
    assert open_gate(box, boundary + TICK, "here").mailbox is box


IN_USE: list[tuple[str | None, list[str], bool]] = [
    # the mailbox's own login name, the logins in use, let through though too young
    (None, ["info@beispiel.de"], True),
    (None, ["INFO@Beispiel.DE"], True),
    (None, ["alt@beispiel.de", "info@beispiel.de"], True),
    (None, ["alt@beispiel.de"], False),
    (None, [""], False),
    (None, [], False),
    ("info", ["INFO"], True),
    ("info", ["info@beispiel.de"], False),
]


@pytest.mark.parametrize(("username", "in_use", "through"), IN_USE)
def test_a_young_mailbox_passes_only_where_its_login_is_in_use(
    username: str | None, in_use: list[str], through: bool
) -> None:
    young = replace(mailbox(created="2026-12-10"), username=username)
    if through:
        assert open_gate(young, NOW, "here", in_use).mailbox is young
    else:
        assert keys_of(refusal(InputRefused, open_gate, young, NOW, "here", in_use)) == ["mailbox_too_young"]


@pytest.mark.parametrize(
    ("declared", "earliest", "latest"),
    [
        ("2026-01-31", "2026-01-30 23:00", "2026-01-31 23:00"),
        ("2026-10-25", "2026-10-24 22:00", "2026-10-25 23:00"),
        ("2026-03-29", "2026-03-28 23:00", "2026-03-29 22:00"),
        ("2026-01-31T14:30", "2026-01-31 13:30", "2026-01-31 13:30"),
    ],
)
def test_a_mailbox_knows_the_earliest_and_the_latest_moment_of_its_creation(
    declared: str, earliest: str, latest: str
) -> None:
    box = mailbox(created=declared)
    assert (box.created_earliest, box.created) == (utc(earliest), utc(latest))


@pytest.mark.parametrize(("username", "name"), [(None, "info@beispiel.de"), ("", "info@beispiel.de"), ("m7", "m7")])
def test_a_mailbox_logs_in_with_its_address_unless_it_has_a_username(username: str | None, name: str) -> None:
    assert replace(mailbox(created="2026-01-31"), username=username).login_name == name


def test_what_has_passed_the_gate_cannot_be_exchanged_afterwards() -> None:
    box = Mailbox("info@beispiel.de", utc("2026-06-01 08:00"))
    login = open_gate(box, utc("2026-07-01 08:00"), "here")
    with pytest.raises(FrozenInstanceError):
        login.mailbox = Mailbox("young@beispiel.de", utc("2026-06-30 08:00"))  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        box.address = "young@beispiel.de"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("now", "age", "left"),
    [
        ("2026-06-01 08:00", "0.0", 14),
        ("2026-06-01 08:00:01", "0.0", 14),
        ("2026-06-02 08:00", "1.0", 13),
        ("2026-06-02 08:00:01", "1.0", 13),
        ("2026-06-14 08:00", "13.0", 1),
        ("2026-06-15 07:59:59", "13.9", 1),
        ("2026-05-31 08:00", "0.0", 15),
    ],
)
def test_a_refusal_never_makes_a_mailbox_older_than_it_is(now: str, age: str, left: int) -> None:
    box = Mailbox("info@beispiel.de", utc("2026-06-01 08:00"), 14, BERLIN)
    (reason,) = refusal(InputRefused, open_gate, box, utc(now), "smarthost")
    assert reason.found == f"the mailbox info@beispiel.de, {age} days old"
    assert "at least 14 days" in reason.expected
    assert f"from 2026-06-15 10:00 CEST on ({left} more days)" in reason.remedy


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-01-01 12:00", "2026-01-01 13:00 CET"),
        ("2026-01-01 12:00:00.000001", "2026-01-01 13:01 CET"),
        ("2026-01-01 12:00:00.999999", "2026-01-01 13:01 CET"),
        ("2026-01-01 12:00:01", "2026-01-01 13:01 CET"),
        ("2026-01-01 12:00:59.999999", "2026-01-01 13:01 CET"),
        ("2026-12-31 22:59:30", "2027-01-01 00:00 CET"),
        ("2026-10-25 00:30", "2026-10-25 02:30 CEST"),
        ("2026-10-25 01:30", "2026-10-25 02:30 CET"),
    ],
)
def test_a_moment_is_never_shown_too_early(moment: str, shown: str) -> None:
    assert show_moment(utc(moment), BERLIN) == shown


@pytest.mark.parametrize(
    ("minimum", "days"),
    [(None, 14), (14, 14), (15, 15), ("14", 14), (" 21 ", 21), (TaggedStr("30"), 30), (CEILING_DAYS, CEILING_DAYS)],
)
def test_a_minimum_can_be_raised(minimum: Any, days: int) -> None:
    assert mailbox(created="2026-01-31", minimum_age_days=minimum).minimum_age_days == days


@pytest.mark.parametrize(
    ("minimum", "key"),
    [
        (13, "minimum_age_below_floor"),
        ("13", "minimum_age_below_floor"),
        (0, "minimum_age_below_floor"),
        (-14, "minimum_age_below_floor"),
        ("0", "minimum_age_below_floor"),
        (True, "minimum_age_unreadable"),
        (False, "minimum_age_unreadable"),
        ("-14", "minimum_age_unreadable"),
        ("", "minimum_age_unreadable"),
        ("two weeks", "minimum_age_unreadable"),
        ("14 days", "minimum_age_unreadable"),
        ("14.5", "minimum_age_unreadable"),
        (14.0, "minimum_age_unreadable"),
        (14.5, "minimum_age_unreadable"),
        (float("nan"), "minimum_age_unreadable"),
        ([14], "minimum_age_unreadable"),
        ({}, "minimum_age_unreadable"),
        (CEILING_DAYS + 1, "minimum_age_unreadable"),
        (str(CEILING_DAYS + 1), "minimum_age_unreadable"),
        ("²", "minimum_age_unreadable"),
        ("9" * 5000, "minimum_age_unreadable"),
    ],
)
def test_a_minimum_can_never_be_lowered_nor_be_anything_else(minimum: Any, key: str) -> None:
    assert refused(minimum_age_days=minimum) == [key]


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Europe", "Europe/Bielefeld", "../etc/passwd", "/etc/localtime", "a\0b", 1, [], {}),
        # What lies beside the zones in their folder, and none that an administrator can mean.
        *("localtime", "posixrules", "Factory", "right/Europe/Berlin", "posix/Europe/Berlin", "tzdata.zi", "\ud800"),
    ],
)
def test_an_unknown_time_zone(zone: Any) -> None:
    assert refused(time_zone=zone) == ["time_zone_unknown"]


@pytest.mark.parametrize("zone", [None, "Europe/Berlin", TaggedStr("Europe/Berlin")])
def test_the_time_zone_is_the_providers(zone: Any) -> None:
    assert mailbox(created="2026-01-31", time_zone=zone).zone == BERLIN


@pytest.mark.parametrize("address", [None, "", " ", 5, True, ["info@beispiel.de"], {}])
def test_a_mailbox_has_an_address(address: Any) -> None:
    assert refused(address=address) == ["mailbox_without_address"]


def test_all_reasons_come_at_once() -> None:
    reasons = refusal(InputRefused, parse_mailbox, {"minimum_age_days": 1, "time_zone": "Mars"}, NOW, "the login")
    assert keys_of(reasons) == [
        "created_missing",
        "mailbox_without_address",
        "minimum_age_below_floor",
        "time_zone_unknown",
    ]
    assert {reason.where for reason in reasons} == {"the login", "the login, ?"}


# The moment at which a filter judges is the earliest it can mean: the strict reading again.
@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-02-14", "2026-02-13 23:00"),
        ("1984-12-24", "1984-12-23 23:00"),
        (date(2026, 2, 14), "2026-02-13 23:00"),
        ("2026-10-25T02:30", "2026-10-25 00:30"),
        ("2026-03-29T02:30", "2026-03-29 00:30"),
        ("2026-02-14T12:00+01:00", "2026-02-14 11:00"),
        (utc("2026-02-14 11:00"), "2026-02-14 11:00"),
    ],
)
def test_a_moment_to_judge_at_is_the_earliest_it_can_mean(now: Any, moment: str) -> None:
    assert parse_now(now, None, "now") == utc(moment)


@pytest.mark.parametrize("now", ["", "tomorrow", 0, True, ["2026-02-14"], "0001-01-01", date.min])
def test_what_is_no_moment_to_judge_at(now: Any) -> None:
    assert keys_of(refusal(InputRefused, parse_now, now, None, "now")) == ["now_unreadable"]


# Zones with a clock change of an hour, of half an hour, at midnight, none at all, and a day that was left out
ZONE = st.sampled_from(
    ["Europe/Berlin", "UTC", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia"]
).map(ZoneInfo)
MOMENT = st.datetimes(datetime(1990, 1, 1), datetime(2036, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))
MAILBOX = st.builds(Mailbox, st.just("info@beispiel.de"), MOMENT, st.integers(FLOOR_DAYS, 60), ZONE)
# Moments around the boundary, where it matters
AROUND = st.timedeltas(timedelta(days=-80), timedelta(days=80)) | st.timedeltas(timedelta(hours=-2), timedelta(hours=2))


@steady
@given(box=MAILBOX, first=AROUND, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_once_usable_always_usable(box: Mailbox, first: timedelta, later: timedelta) -> None:
    now = box.usable_from + first
    assert box.usable_at(now) <= box.usable_at(now + later)
    assert box.days_left(now) >= box.days_left(now + later)


@steady
@given(box=MAILBOX, beside=AROUND)
def test_never_usable_before_fourteen_times_twenty_four_hours(box: Mailbox, beside: timedelta) -> None:
    now = box.created + FLOOR_DAYS * DAY + beside
    assert not (box.usable_at(now) and now < box.created + FLOOR_DAYS * DAY)
    assert not (box.usable_at(now) and box.age_days(now) < box.minimum_age_days)


@steady
@given(box=MAILBOX)
def test_never_usable_before_fourteen_days_on_the_providers_calendar(box: Mailbox) -> None:
    began, ends = (moment.astimezone(box.zone).replace(tzinfo=None) for moment in (box.created, box.usable_from))
    assert ends - began >= box.minimum_age_days * DAY


@steady
@given(box=MAILBOX)
def test_the_wait_is_no_longer_than_the_clock_change_explains(box: Mailbox) -> None:
    assert box.usable_from - box.created <= (box.minimum_age_days + 1) * DAY


@steady
@given(box=MAILBOX, beside=AROUND)
def test_the_days_left_agree_with_the_gate(box: Mailbox, beside: timedelta) -> None:
    now = box.usable_from + beside
    left = box.days_left(now)
    assert (left == 0) is box.usable_at(now)
    assert box.usable_at(now + left * DAY)
    assert left == 0 or not box.usable_at(now + (left - 1) * DAY)


@steady
@given(box=MAILBOX, beside=AROUND)
def test_the_gate_lets_through_exactly_what_is_usable(box: Mailbox, beside: timedelta) -> None:
    now = box.usable_from + beside
    if box.usable_at(now):
        assert open_gate(box, now, "here").mailbox == box
    else:
        assert keys_of(refusal(InputRefused, open_gate, box, now, "here")) == ["mailbox_too_young"]


@steady
@given(day=st.dates(date(1990, 1, 1), date(2026, 12, 1)), at=st.times(), zone=ZONE)
def test_a_plain_date_counts_from_after_every_moment_of_its_day(day: date, at: time, zone: ZoneInfo) -> None:
    moment = datetime.combine(day, at).replace(tzinfo=zone).astimezone(UTC)
    assume(moment.astimezone(zone).date() == day)  # a time that the clock change left out is on no day
    assert created(day, zone) > moment
    assert created(day, zone) == created(day.isoformat(), zone)


@steady
@given(moment=st.datetimes(datetime(1990, 1, 1), datetime(2026, 12, 1)), zone=ZONE)
def test_a_time_without_a_zone_is_never_before_what_the_wall_clock_says(moment: datetime, zone: ZoneInfo) -> None:
    readings = [moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    assert created(moment, zone) == max(readings)
    assert created(moment.isoformat(" "), zone) == max(readings)


def sources(root: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every function and module of the plugins, by file."""
    for file in sorted((root / "plugins").rglob("*.py")):
        yield file.relative_to(root / "plugins").as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def called(node: ast.AST) -> str | None:
    """The name of what a node calls."""
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)


def functions_that_call(root: Path, name: str) -> list[tuple[str, ast.FunctionDef]]:
    """The functions in which a name is called; a call outside of a function fails the test."""
    found: list[tuple[str, ast.FunctionDef]] = []
    for file, tree in sources(root):
        calls = sum(called(node) == name for node in ast.walk(tree))
        inside = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inside = [node for node in inside if any(called(each) == name for each in ast.walk(node))]
        assert len(inside) == calls, f"{name} is called in {file} outside of a function, or twice in one"
        found += [(file, node) for node in inside]
    return found


def test_a_login_is_made_by_the_gate_alone(root: Path) -> None:
    makers = [(file, function.name) for file, function in functions_that_call(root, "Login")]
    assert makers == [("plugin_utils/account_age.py", "open_gate")]


def test_a_login_goes_by_no_other_name_and_has_no_heir(root: Path) -> None:
    for file, tree in sources(root):
        for node in ast.walk(tree):
            if isinstance(node, ast.alias):
                assert node.name != "Login" or node.asname is None, file
            if isinstance(node, ast.ClassDef):
                assert "Login" not in [getattr(base, "id", None) for base in node.bases], file
            if isinstance(node, ast.Assign):
                assert getattr(node.value, "id", None) != "Login", file


PROOFS = {
    "plugin_utils/mailboxes/login_proof.py": "Test-SmtpLogin",
    "plugin_utils/pop3_connector/proof.py": "Test-Pop3Login",
}


def test_a_smarthost_credential_is_built_from_a_login_alone(root: Path) -> None:
    # request.py builds one for the host's own endpoint, which is no mailbox; proof.py one for a step that only tries.
    others = ("plugin_utils/request.py", *PROOFS)
    builders = functions_that_call(root, "credential_parameter")
    found = [(file, function) for file, function in builders if file not in others]
    assert sorted((file, function.name) for file, function in found) == [OWN_MAIL, GATE]
    for _file, function in found:
        given = {ast.unparse(each.annotation) for each in function.args.args if each.annotation}
        assert given & {"Login", "Login | None"}


GATE = ("plugin_utils/send_connector/gate.py", "to_write")
"""Where what came through the gate becomes a credential."""
OWN_MAIL = ("plugin_utils/inbound_plan/own_mail.py", "step")
"""And where it sends one mail."""
TOLD_OF = ("plugin_utils/request.py", "plugin_utils/run/transcript.py", "plugin_utils/send_connector/subject.py")
"""Files that know how a credential is written: the one that makes it, and two that read it."""


def test_a_credential_s_form_is_written_nowhere_else(root: Path) -> None:
    for file, tree in sources(root):
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert file in TOLD_OF or "$credential" not in texts, file


def test_what_is_written_beside_settings_comes_from_the_gate(root: Path) -> None:
    inside = "plugin_utils/exchange/objects.py"
    makers = [(file, tree) for file, tree in sources(root) if any(called(node) == "Extra" for node in ast.walk(tree))]
    assert sorted(file for file, _tree in makers) == sorted([inside, GATE[0]])
    made = {file: [ast.unparse(node) for node in ast.walk(tree) if called(node) == "Extra"] for file, tree in makers}
    assert made[inside] == ["Extra()"] and len(made[GATE[0]]) == 1


@pytest.mark.parametrize(("file", "command"), PROOFS.items())
def test_what_only_tries_a_login_is_no_command_that_writes(root: Path, file: str, command: str) -> None:
    tree = dict(sources(root))[file]
    commands = [
        ast.unparse(node.args[1]) for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "Step"
    ]
    assert commands == ["COMMAND"]
    assert f'COMMAND = "{command}"' in ast.unparse(tree).replace("'", '"')


def test_going_back_is_the_one_place_that_names_a_login_of_before(root: Path) -> None:
    setters = [
        (file, each.arg)
        for file, tree in sources(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for each in node.keywords
        if each.arg == "in_use_before"
    ]
    assert setters == [("plugin_utils/smarthost_account/switch.py", "in_use_before")]


def test_the_floor_is_lowered_nowhere(root: Path) -> None:
    for file, tree in sources(root):
        stored = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        assert ("FLOOR_DAYS" in stored) is (file == "plugin_utils/account_age.py"), file
        given = [each for node in ast.walk(tree) if isinstance(node, ast.Call) for each in node.keywords]
        written = [each.value for each in given if each.arg == "minimum_age_days"]
        assert not any(isinstance(value, ast.Constant) for value in written), file
