"""One parser for Exchange's filter language; what a cmdlet's filters may hold is its dialect's."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange.opath import Dialect, FilterError, parse_filter

PROPERTIES = {"Name": lambda thing: thing["name"], "Size": lambda thing: thing["size"]}
OPERATORS = {"-eq": lambda wanted: lambda found: str(found) == str(wanted)}
THING = {"name": "it's", "size": 1}
NESTED = Dialect(PROPERTIES, OPERATORS, words={"$true": True})
FLAT = Dialect(PROPERTIES, OPERATORS, nested=False, bare=True)


@pytest.mark.parametrize(
    ("written", "dialect", "expected"),
    [
        ("Name -eq 'it''s'", NESTED, True),
        ('name -EQ "it\'s"', NESTED, True),
        ("Size -eq $true -or Size -eq '1'", NESTED, True),
        ("-not (Size -eq '1')", NESTED, False),
        ("!Size -eq '2' -and (Name -eq 'x' -or Size -eq '1')", NESTED, True),
        ("Size -eq 1", FLAT, True),
        ("{ Size -eq 1 -and Name -eq 'x' }", FLAT, False),
    ],
)
def test_what_is_meant(written: str, dialect: Dialect, expected: bool) -> None:
    assert parse_filter(written, dialect)(THING) is expected


@pytest.mark.parametrize(
    ("written", "dialect", "part"),
    [
        ("Size -eq 1", NESTED, "1"),
        ("{Size -eq '1'}", NESTED, "{Size -eq '1'}"),
        ("Size -eq $false", NESTED, "$false"),
        ("Size -eq '1' -or Size -eq '2'", FLAT, "-or"),
        ("(Size -eq '1')", FLAT, "("),
        ("-not Size -eq '1'", FLAT, "-not"),
        ("Size -GT '1'", FLAT, "-gt"),
        ("Colour -eq 'red'", FLAT, "Colour"),
        ("Size -eq '1' 'x'", FLAT, "x"),
        ("", FLAT, "..."),
    ],
)
def test_what_a_dialect_does_not_know_is_named(written: str, dialect: Dialect, part: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(written, dialect)
    assert str(caught.value) == part


def test_joining_stops_where_the_answer_is_known() -> None:
    asked: list[Any] = []
    dialect = Dialect({"A": asked.append, "B": asked.append}, {"-eq": lambda wanted: lambda found: found == wanted})
    assert parse_filter("A -eq 'x' -and B -eq 'x'", dialect)(1) is False
    assert asked == [1]
