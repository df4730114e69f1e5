"""Ranges and bindings: the texts that a host takes and prints, and what lies in what."""

from __future__ import annotations

import pytest

from lab.exchange.ip_ranges import Binding, IpRange, parse_address


@pytest.mark.parametrize(
    ("written", "shown", "size"),
    [
        (" 10.0.0.1 ", "10.0.0.1", 1),
        ("10.0.0.1-10.0.0.9", "10.0.0.1-10.0.0.9", 9),
        ("10.0.0.0/24", "10.0.0.0/24", 256),
        ("10.0.0.7/24", "10.0.0.7/24", 256),
        ("10.0.0.0(255.255.255.0)", "10.0.0.0/24", 256),
        ("::1", "::1", 1),
        ("fe80::/10", "fe80::/10", 2**118),
        ("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 2**128),
    ],
)
def test_a_range_is_read_and_printed(written: str, shown: str, size: int) -> None:
    found = IpRange.parse(written)
    assert (found.display(), found.size) == (shown, size)


@pytest.mark.parametrize("written", ["", "10.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-::2", "10.0.0.0/33", "a-b", "*"])
def test_what_is_no_range_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        IpRange.parse(written)


@pytest.mark.parametrize(
    ("one", "other", "contains", "meets"),
    [
        ("10.0.0.0/24", "10.0.0.5", True, True),
        ("10.0.0.0/24", "10.0.0.0-10.0.0.255", True, True),
        ("10.0.0.0-10.0.0.9", "10.0.0.9-10.0.0.20", False, True),
        ("10.0.0.0-10.0.0.9", "10.0.0.10-10.0.0.20", False, False),
        ("0.0.0.0-255.255.255.255", "::1", False, False),
    ],
)
def test_what_lies_in_what(one: str, other: str, contains: bool, meets: bool) -> None:
    first, second = IpRange.parse(one), IpRange.parse(other)
    assert (first.contains(second), first.meets(second), second.meets(first)) == (contains, meets, meets)


def test_equal_ranges_are_equal_however_they_are_written() -> None:
    assert IpRange.parse("10.0.0.0/24") == IpRange.parse("10.0.0.0-10.0.0.255")


def test_an_ipv4_client_that_is_dressed_as_ipv6_is_one() -> None:
    assert IpRange.parse("10.0.0.0/8").has(parse_address("::ffff:10.1.2.3"))


@pytest.mark.parametrize(("written", "shown"), [("0.0.0.0:25", "0.0.0.0:25"), ("[::]:587", "[::]:587")])
def test_a_binding_is_read_and_printed(written: str, shown: str) -> None:
    assert Binding.parse(written).display() == shown


@pytest.mark.parametrize("written", ["", "25", "0.0.0.0", "0.0.0.0:0", "0.0.0.0:65536", "::1:25", "host:25"])
def test_what_is_no_binding_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Binding.parse(written)


@pytest.mark.parametrize(
    ("binding", "local", "reaches"),
    [
        ("0.0.0.0:25", "192.168.1.2:25", True),
        ("192.168.1.2:25", "192.168.1.2:25", True),
        ("192.168.1.2:25", "0.0.0.0:25", False),
        ("0.0.0.0:25", "192.168.1.2:587", False),
        ("[::]:25", "192.168.1.2:25", False),
        ("[::]:25", "[fe80::1]:25", True),
    ],
)
def test_who_connects_reaches_a_binding(binding: str, local: str, reaches: bool) -> None:
    assert Binding.parse(binding).reaches(Binding.parse(local)) == reaches
