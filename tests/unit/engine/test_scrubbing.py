"""No secret leaves, in whatever form it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.scrubbing import HIDDEN, scrub
from tests.unit.engine.examples import OTHER_PASSWORD, PASSWORD

ODD = "Zq7\"quer\\'strich\n-Ö€-Kupferdach"

SCRUBBED: list[tuple[Any, Any]] = [
    (PASSWORD, HIDDEN),
    (f"login {PASSWORD} failed, {PASSWORD}", f"login {HIDDEN} failed, {HIDDEN}"),
    ([PASSWORD, [PASSWORD, 1]], [HIDDEN, [HIDDEN, 1]]),
    ((PASSWORD,), [HIDDEN]),
    ({PASSWORD}, [HIDDEN]),
    (frozenset({PASSWORD}), [HIDDEN]),
    ({"a": {"b": [{"c": PASSWORD}]}}, {"a": {"b": [{"c": HIDDEN}]}}),
    ({PASSWORD: 1, f"x{PASSWORD}": 2}, {HIDDEN: 1, f"x{HIDDEN}": 2}),
    ({1: PASSWORD, None: 2}, {"1": HIDDEN, "None": 2}),
    (None, None),
    (True, True),
    (5, 5),
    (0.5, 0.5),
    ("nothing secret", "nothing secret"),
    ({}, {}),
    ("", ""),
]


@pytest.mark.parametrize(("value", "clean"), SCRUBBED, ids=repr)
def test_the_secret_is_hidden(value: Any, clean: Any) -> None:
    assert scrub(value, [PASSWORD]) == clean


def test_a_boolean_stays_one() -> None:
    assert scrub({"changed": True}, ["1"])["changed"] is True


@pytest.mark.parametrize(
    "form",
    [
        ODD,
        json.dumps(ODD),
        json.dumps(ODD, ensure_ascii=False),
        repr(ODD),
        json.dumps({"a": [ODD]}),
        str({"a": [ODD]}),
        f"{ValueError(ODD)!r}",
    ],
)
def test_escaped_forms_are_hidden(form: str) -> None:
    clean = scrub(f"it was {form}!", [ODD])
    assert HIDDEN in clean
    assert "Kupferdach" not in clean


@pytest.mark.parametrize("ascii_only", [True, False])
def test_of_an_escaped_secret_no_character_is_left(ascii_only: bool) -> None:
    assert scrub(json.dumps({"a": ODD}, ensure_ascii=ascii_only), [ODD]) == f'{{"a": "{HIDDEN}"}}'
    assert scrub(repr([ODD]), [ODD]) == f"['{HIDDEN}']"


def test_several_secrets_are_hidden() -> None:
    assert scrub(f"{PASSWORD}/{OTHER_PASSWORD}", [OTHER_PASSWORD, PASSWORD]) == f"{HIDDEN}/{HIDDEN}"


@pytest.mark.parametrize("order", [1, -1])
def test_a_secret_that_holds_another_is_hidden_as_a_whole(order: int) -> None:
    secrets = ["Kupferdach", "Zq7-Kupferdach-9134"][::order]
    assert scrub("a Zq7-Kupferdach-9134 b Kupferdach c", secrets) == f"a {HIDDEN} b {HIDDEN} c"


@pytest.mark.parametrize("order", [1, -1])
def test_of_secrets_that_overlap_nothing_is_left(order: int) -> None:
    secrets = ["Regen-Kupferdach", "Kupferdach-Rinne"][::order]
    clean = scrub("a Regen-Kupferdach-Rinne b", secrets)
    assert not [piece for piece in ("Regen", "Kupfer", "Rinne") if piece in clean]
    assert (clean[:2], clean[-2:]) == ("a ", " b")


@pytest.mark.parametrize(
    ("value", "clean"),
    [("abc", HIDDEN), ("abcd", "abcd"), (["abc", "x abc"], [HIDDEN, "x abc"]), ({"abc": "abc"}, {HIDDEN: HIDDEN})],
)
def test_a_short_secret_is_hidden_where_it_is_the_whole_text(value: Any, clean: Any) -> None:
    assert scrub(value, ["abc"]) == clean


def test_the_shortest_secret_that_is_hidden_everywhere() -> None:
    assert scrub("x abcd y", ["abcd"]) == f"x {HIDDEN} y"


@pytest.mark.parametrize("secrets", [[], [""], iter([""])])
def test_no_secret_hides_nothing(secrets: Any) -> None:
    assert scrub({"a": ["b", ""]}, secrets) == {"a": ["b", ""]}


def test_the_secrets_may_come_from_an_iterator() -> None:
    assert scrub(["x " + PASSWORD, PASSWORD], iter([PASSWORD])) == ["x " + HIDDEN, HIDDEN]


def test_a_text_of_a_subclass_becomes_a_plain_one() -> None:
    class Tagged(str):
        pass

    assert type(scrub([Tagged("x")], [])[0]) is str


@given(st.text(min_size=4).filter(lambda text: not set(text) & set("*")), st.text(), st.text())
def test_wherever_a_secret_stands_it_is_gone(secret: str, before: str, after: str) -> None:
    for text in (before + secret + after, json.dumps({before: secret + after}), repr([before, secret])):
        assert secret not in scrub(text, [secret])
