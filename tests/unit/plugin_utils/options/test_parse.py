"""How what is declared becomes values: what is unknown, misfits or is not declared, with its path and no secret."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.kinds import ListOf, Raw, Record
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import Option
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.parse import parse
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling, Words
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Boolean, Choice, Integer, Text
from tests.unit.plugin_utils.reason_keys import keys_of

SECRET = "hB6%Schneefang|{{lab}}|only-2086'\"\\Qy"
HERE = Spelling("here")
BOX = Record(
    Option("name", Text(), "Its name.", required=True),
    Option("created", Integer(1, 9), "When."),
    Option("password", Text(4), "Its password.", secret=True),
    words=Words(missing="rule_incomplete"),
)
OPTIONS = (
    Option("port", Integer(1, 65535), "Port.", default=25),
    Option("tls", Boolean(), "TLS."),
    Option("boxes", ListOf(BOX), "Boxes."),
    Option("days", ListOf(Choice("monday", "friday"), alone=True, least=1), "Days."),
    Option("more", Raw(), "Anything."),
    Option("key", Integer(1, 9), "A secret number.", secret=True),
)


def told(at: Spelling = HERE, **arguments: Any) -> tuple[dict[str, Any], list[Reason]]:
    reasons: list[Reason] = []
    return parse(OPTIONS, arguments, at, reasons), reasons


VALUES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"port": 25}),
    ({"port": None, "tls": None, "boxes": None, "days": None, "more": None, "key": None}, {"port": 25}),
    ({"port": "587", "tls": "no"}, {"port": 587, "tls": False}),
    ({"boxes": []}, {"port": 25, "boxes": ()}),
    ({"boxes": [{"name": "a", "created": None}]}, {"port": 25, "boxes": ({"name": "a"},)}),
    ({"days": "Friday"}, {"port": 25, "days": ("friday",)}),
    ({"days": ["MONDAY", "friday", "monday"]}, {"port": 25, "days": ("monday", "friday")}),
    ({"boxes": [{"name": "a"}, {"name": "a"}]}, {"port": 25, "boxes": ({"name": "a"}, {"name": "a"})}),
    ({"more": {"x": [1]}}, {"port": 25, "more": {"x": [1]}}),
]


@pytest.mark.parametrize(("arguments", "values"), VALUES)
def test_what_is_declared_becomes_values_and_none_is_not_declared(
    arguments: dict[str, Any], values: dict[str, Any]
) -> None:
    assert told(**arguments) == (values, [])


MISFITS: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"port": 0}, [("here", "port: 0")]),
    ({"port": {"a": "b", "c": [1, "d"]}}, [("here", "port: {'a': '...', 'c': [1, '...']}")]),
    ({"prot": 1}, [("here", "an option prot, which does not exist")]),
    ({"boxes": "x"}, [("here", "boxes: a text that is not repeated here, since it might be a password")]),
    ({"boxes": [7]}, [("here", "boxes[0]: 7")]),
    ({"boxes": [{"name": "a"}, {"name": "b", "created": 10}]}, [("here, boxes[1]", "created: 10")]),
    ({"boxes": [{"created": 1}]}, [("here, boxes[0]", "a rule without name")]),
    ({"boxes": [{"name": "a", "x": 1}]}, [("here, boxes[0]", "an option x, which does not exist")]),
    ({"days": []}, [("here", "days: []")]),
    ({"days": ["monday", "mardi"]}, [("here", "days[1]: 'mardi'")]),
    ({"days": "mardi"}, [("here", "days: 'mardi'")]),
    ({"port": 0, "tls": "?", "days": 1}, [("here", "port: 0"), ("here", "tls: '?'"), ("here", "days: 1")]),
]


@pytest.mark.parametrize(("arguments", "reasons"), MISFITS)
def test_each_misfit_is_a_reason_with_its_path(arguments: dict[str, Any], reasons: list[tuple[str, str]]) -> None:
    _values, found = told(**arguments)
    assert [(each.where, each.found) for each in found] == reasons


def test_a_mapping_that_is_none_leaves_its_place_in_a_list() -> None:
    assert told(boxes=[7, {"name": "a"}])[0]["boxes"] == (None, {"name": "a"})


def test_what_comes_later_is_known_and_not_read() -> None:
    reasons: list[Reason] = []
    assert parse(OPTIONS, {"boxes": 7, "prot": 1}, HERE, reasons, later=("boxes",)) == {"port": 25}
    assert keys_of(reasons) == ["option_unknown"]


@pytest.mark.parametrize(
    "arguments",
    [
        {SECRET: 1},
        {"key": SECRET},
        {"key": {"password": SECRET}},
        {"boxes": [{"name": "a", "password": "Schneefang"}]},
        {"port": {"passwort": SECRET}},
        {"port": [{"deeper": {SECRET: SECRET}}]},
        {"port": ({"passwort": SECRET},)},
        {"port": [({"passwort": (SECRET,)},)]},
        {"port": {"passwort": {SECRET}}},
        {"days": [{"passwort": SECRET}]},
        {"boxes": [SECRET]},
        {"boxes": {"password": SECRET}},
        {"boxes": [{"password": SECRET}]},
        {"boxes": [{"name": "a", "passwort": SECRET}]},
        {"boxes": [{"name": "a", SECRET: "x"}]},
        {"boxes": [{"name": [SECRET], "created": SECRET}]},
        {"key": SECRET, "port": SECRET},
        {"boxes": [{"name": "a", "password": "Schneefang", "Schneefang": 1}]},
    ],
)
def test_no_secret_is_repeated_wherever_it_stands(arguments: dict[str, Any]) -> None:
    _values, reasons = told(**arguments)
    assert reasons and "Schneefang" not in repr(reasons)


HUGE = 10**5000
DEEP: Any = []
for each in range(5000):
    DEEP = {"a": [DEEP]} if each % 2 else (DEEP,)
ROUND: list[Any] = []
ROUND.append(ROUND)
ODD: dict[str, Any] = {
    "a number that Python does not write": HUGE,
    "one below zero": -HUGE,
    "one as a name": {HUGE: 1},
    "no number": float("nan"),
    "bytes": b"07:00",
    "a day": date(2026, 1, 31),
    "a moment": datetime(1, 1, 1, tzinfo=UTC),
    "deep": DEEP,
    "in itself": ROUND,
    "names that are no texts": {1: 2, None: 3, b"a": 4, (1, 2): 5},
    "half a character": "\ud800",
    "a set": {1},
    "nothing inside": [None],
}


@pytest.mark.parametrize("option", [each.name for each in OPTIONS])
@pytest.mark.parametrize("name", ODD)
def test_nothing_odd_breaks_it(name: str, option: str) -> None:
    for value in (ODD[name], [ODD[name]], [{"name": ODD[name], "created": ODD[name], "password": ODD[name]}]):
        assert all(map(str, told(**{option: value})[1]))


def test_no_name_breaks_it() -> None:
    reasons: list[Reason] = []
    parse(OPTIONS, {HUGE: 1, None: 1, b"a": 1, (1,): 1, 1: 1}, HERE, reasons)  # type: ignore[dict-item]
    assert keys_of(reasons) == ["option_unknown"] * 5


def test_a_secret_is_not_repeated_even_where_it_is_a_number() -> None:
    for value in (4711, "4711", [4711]):
        (reason,) = told(key=value)[1]
        assert "4711" not in str(reason)


@pytest.mark.parametrize("value", ["4711", 4711, [4711], {4711: 1}])
def test_a_secret_of_the_same_mapping_is_not_repeated_though_it_looks_harmless(value: Any) -> None:
    (reason,) = told(boxes=[{"name": "a", "password": "4711", "created": value}])[1]
    assert "4711" not in str(reason)


def test_how_an_option_is_written() -> None:
    assert HERE("port") == "port"
    assert Spelling("here", prefix="send_connector_")("port") == "send_connector_port"
    transport = Spelling("here", path="transport")
    assert (transport("port"), transport.inside("boxes[1]")("created")) == (
        "transport.port",
        "transport.boxes[1].created",
    )
    assert told(Spelling("here", prefix="x_"), port=0)[1][0].found == "x_port: 0"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([each.name for each in OPTIONS]) | st.text(max_size=5)


@given(arguments=st.dictionaries(NAMES, JUNK, max_size=4))
def test_nothing_that_is_declared_breaks_it(arguments: dict[str, Any]) -> None:
    values, reasons = told(**arguments)
    assert values.keys() <= {each.name for each in OPTIONS}
    assert reasons or set(values) >= {name for name, value in arguments.items() if value is not None}
