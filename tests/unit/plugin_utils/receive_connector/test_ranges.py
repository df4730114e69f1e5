"""Ranges of addresses and bindings: written in every form, compared, taken from one another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.ranges import (
    EVERYONE,
    AddressRange,
    Binding,
    Bindings,
    IpRanges,
    all_readable,
    cross,
    everyone,
    merged,
    minus,
    parse_binding,
    parse_range,
    public,
    ranges_of,
)

WRITTEN = [
    ("0.0.0.0-255.255.255.255", EVERYONE),
    ("0.0.0.0/0", EVERYONE),
    ("192.168.1.50", "192.168.1.50"),
    ("192.168.1.0/24", "192.168.1.0/24"),
    ("192.168.1.7/24", "192.168.1.0/24"),
    ("192.168.1.0(255.255.255.0)", "192.168.1.0/24"),
    ("192.168.1.0-192.168.1.255", "192.168.1.0/24"),
    (" 192.168.1.10 - 192.168.1.20 ", "192.168.1.10-192.168.1.20"),
    ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:DB8::/32", "2001:db8::/32"),
    ("fe80::1", "fe80::1"),
    ("::ffff:192.168.1.50", "192.168.1.50"),
    ("::ffff:0.0.0.0/96", "0.0.0.0-255.255.255.255"),
]


@pytest.mark.parametrize(("text", "canonical"), WRITTEN)
def test_written_forms(text: str, canonical: str) -> None:
    assert str(parse_range(text)) == canonical
    assert str(parse_range(canonical)) == canonical


def test_an_address_that_is_written_as_one_of_ipv6() -> None:
    assert parse_range("192.168.1.0/24").has("::ffff:192.168.1.50")


@pytest.mark.parametrize(
    "text", ["", "x", "192.168.1", "192.168.1.9-192.168.1.2", "192.168.1.1-::1", "10.0.0.0/33", "fe80::1%4", "-", "/8"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="addresses such as"):
        parse_range(text)


@pytest.mark.parametrize(
    ("text", "canonical", "version"),
    [
        ("0.0.0.0:25", "0.0.0.0:25", 4),
        (":::25", "[::]:25", 6),
        ("[::]:25", "[::]:25", 6),
        ("[fe80::1]:587", "[fe80::1]:587", 6),
        ("192.168.1.2:2525", "192.168.1.2:2525", 4),
    ],
)
def test_bindings(text: str, canonical: str, version: int) -> None:
    found = parse_binding(text)
    assert (str(found), found.version) == (canonical, version)
    assert Bindings().parse([text]) == frozenset({canonical})


@pytest.mark.parametrize("text", ["25", "0.0.0.0", "0.0.0.0:0", "0.0.0.0:65536", "mail:25", "0.0.0.0:x", "[::%1]:25"])
def test_no_binding(text: str) -> None:
    with pytest.raises(ValueError, match="local address and a port"):
        parse_binding(text)


@pytest.mark.parametrize(
    ("one", "other", "takes", "meets"),
    [
        ("0.0.0.0:25", "192.168.1.2:25", True, True),
        ("192.168.1.2:25", "0.0.0.0:25", False, True),
        ("192.168.1.2:25", "192.168.1.3:25", False, False),
        ("0.0.0.0:25", "0.0.0.0:587", False, False),
        ("0.0.0.0:25", "[::1]:25", False, False),
        ("[::]:25", "[::1]:25", True, True),
    ],
)
def test_where_bindings_meet(one: str, other: str, takes: bool, meets: bool) -> None:
    assert parse_binding(one).takes(parse_binding(other)) is takes
    assert parse_binding(one).meets(parse_binding(other)) is meets


@pytest.mark.parametrize(
    ("text", "beyond", "all_of_them"),
    [
        (EVERYONE, True, True),
        ("::/0", True, True),
        ("192.168.1.0/24", False, False),
        ("10.0.0.0-10.255.255.255", False, False),
        ("127.0.0.1", False, False),
        ("fe80::/10", False, False),
        ("203.0.113.0/24", True, False),
        ("192.168.0.0-192.169.0.0", True, False),
        ("100.64.0.0/10", True, False),
        ("2001:db8::/48", True, False),
    ],
)
def test_who_is_public(text: str, beyond: bool, all_of_them: bool) -> None:
    assert bool(public([parse_range(text)])) is beyond
    assert everyone([parse_range(text)]) is all_of_them


def test_everyone_in_pieces_is_everyone() -> None:
    assert everyone([parse_range("0.0.0.0-127.255.255.255"), parse_range("128.0.0.0/1")])


def test_ranges_of_a_value() -> None:
    value = frozenset({"192.168.1.0/24", "what?"})
    assert [str(each) for each in ranges_of(value)] == ["192.168.1.0/24"]
    assert not all_readable(value) and all_readable(value - {"what?"})
    assert (ranges_of(None), all_readable(None)) == ((), False)


@pytest.mark.parametrize(
    ("one", "other", "crossing"),
    [
        ("10.0.0.0/8", "10.1.0.0/16", False),
        ("10.0.0.0/8", "11.0.0.0/8", False),
        ("10.0.0.0-10.0.0.9", "10.0.0.5-10.0.0.20", True),
        ("10.0.0.0-10.0.0.9", "10.0.0.0-10.0.0.9", False),
    ],
)
def test_what_crosses(one: str, other: str, crossing: bool) -> None:
    assert (cross([parse_range(one)], [parse_range(other)]) is not None) is crossing


def test_kind() -> None:
    kind = IpRanges()
    assert kind.parse(["10.0.0.1-10.0.0.1", "10.0.0.1"]) == frozenset({"10.0.0.1"})
    assert kind.host(["10.0.0.0/8", "odd"]) == frozenset({"10.0.0.0/8", "odd"})
    assert Binding("::1", 25) == parse_binding("[::1]:25")


SMALL = st.builds(lambda pair: AddressRange(4, min(pair), max(pair)), st.tuples(st.integers(0, 40), st.integers(0, 40)))
LISTS = st.lists(SMALL, max_size=5)


def numbers(ranges: tuple[AddressRange, ...] | list[AddressRange]) -> set[int]:
    return {number for each in ranges for number in range(each.first, each.last + 1)}


@given(LISTS, LISTS)
def test_reckoning_is_that_of_sets(one: list[AddressRange], other: list[AddressRange]) -> None:
    assert numbers(merged(one)) == numbers(one)
    assert numbers(minus(one, other)) == numbers(one) - numbers(other)
    crossing = any(
        numbers([a]) & numbers([b]) and numbers([a]) - numbers([b]) and numbers([b]) - numbers([a])
        for a in one
        for b in other
    )
    assert (cross(one, other) is not None) is crossing


@given(SMALL)
def test_what_is_written_is_read(found: AddressRange) -> None:
    assert parse_range(str(found)) == found
