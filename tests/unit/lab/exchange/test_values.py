"""Text forms of sizes, time spans, address spaces and smart hosts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.exchange.texts import Language
from lab.exchange.values import AddressSpace, Size, display_time_span, is_domain, parse_smart_host, parse_time_span

LANGUAGES: tuple[Language, ...] = ("en", "de")

PRINTED: list[tuple[int | None, Language, str]] = [
    (10485760, "en", "10 MB (10,485,760 bytes)"),
    (10485760, "de", "10 MB (10.485.760 bytes)"),
    (1049600, "en", "1.001 MB (1,049,600 bytes)"),
    (1049600, "de", "1,001 MB (1.049.600 bytes)"),
    (1024, "en", "1 KB (1,024 bytes)"),
    (500, "en", "500 B (500 bytes)"),
    (0, "en", "0 B (0 bytes)"),
    (2147483648, "de", "2 GB (2.147.483.648 bytes)"),
    (None, "en", "unlimited"),
    (None, "de", "unlimited"),
]

SPANS: list[tuple[str, timedelta, str]] = [
    ("00:10:00", timedelta(minutes=10), "00:10:00"),
    ("0:10", timedelta(minutes=10), "00:10:00"),
    ("1.00:00:00", timedelta(days=1), "1.00:00:00"),
    ("00:00:00.5", timedelta(milliseconds=500), "00:00:00.5000000"),
    ("3", timedelta(days=3), "3.00:00:00"),
]


@pytest.mark.parametrize(("size", "language", "printed"), PRINTED)
def test_a_size_as_a_host_prints_it(size: int | None, language: Language, printed: str) -> None:
    assert Size(size).display(language) == printed


@given(size=st.one_of(st.none(), st.integers(0, 2**40)), language=st.sampled_from(LANGUAGES))
def test_a_printed_size_is_read_back_as_itself(size: int | None, language: Language) -> None:
    assert Size.parse(Size(size).display(language)) == Size(size)


@given(number=st.integers(0, 2**20), unit=st.sampled_from(["B", "KB", "MB", "GB", "kb", "Mb"]), gap=st.booleans())
def test_a_size_with_a_unit(number: int, unit: str, gap: bool) -> None:
    factor = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}[unit.upper()]
    assert Size.parse(f"{number}{' ' if gap else ''}{unit}") == Size(number * factor)


@pytest.mark.parametrize(("size", "stored"), [(1048575, 1024 * 1024), (1048577, 1025 * 1024), (0, 0), (1, 1024)])
def test_bytes_are_rounded_up_to_kilobytes(size: int, stored: int) -> None:
    assert Size(size).rounded_up_to_kb() == Size(stored)


@pytest.mark.parametrize("written", ["", "MB", "1.5MB", "10 XB", "unlimitd", "-5", "10MB extra"])
def test_no_size(written: str) -> None:
    with pytest.raises(ValueError):
        Size.parse(written)


@pytest.mark.parametrize(("written", "span", "printed"), SPANS)
def test_a_time_span(written: str, span: timedelta, printed: str) -> None:
    assert parse_time_span(written) == span
    assert display_time_span(span) == printed


@given(st.integers(0, 10 * 86400))
def test_a_printed_time_span_is_read_back_as_itself(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_time_span(display_time_span(span)) == span


@pytest.mark.parametrize("written", ["", "24:00", "23:60", "00:00:60", "10 minutes", "1.2.3:00"])
def test_no_time_span(written: str) -> None:
    with pytest.raises(ValueError):
        parse_time_span(written)


@pytest.mark.parametrize("hour", ["23:59:59", "0:59"])
def test_the_last_moments_of_a_time_span(hour: str) -> None:
    assert parse_time_span(hour) < timedelta(days=1)


def test_a_domain_has_at_most_255_characters() -> None:
    name = ".".join(["a" * 63] * 4)
    assert is_domain(name[:255])
    assert is_domain(f"{name[:-1]}.")
    assert not is_domain(f"{name}.")


def test_a_negative_time_span() -> None:
    assert parse_time_span("-00:10:00") == timedelta(minutes=-10)


@given(
    space=st.sampled_from(["*", "beispiel.de", "*.beispiel.de"]),
    cost=st.integers(1, 100),
    kind=st.sampled_from(["SMTP:", "smtp:", ""]),
)
def test_an_address_space_has_one_canonical_form(space: str, cost: int, kind: str) -> None:
    parsed = AddressSpace.parse(f"{kind}{space};{cost}")
    assert parsed.display() == f"SMTP:{space};{cost}"
    assert AddressSpace.parse(parsed.display()) == parsed


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("smtp.strato.de", "smtp.strato.de"),
        ("10.10.1.1", "[10.10.1.1]"),
        ("[10.10.1.1]", "[10.10.1.1]"),
        ("2001:DB8::1", "[2001:db8::1]"),
        ("relay", "relay"),
    ],
)
def test_a_smart_host_as_a_host_shows_it(written: str, shown: str) -> None:
    assert parse_smart_host(written) == shown


@pytest.mark.parametrize(
    "written", ["", "smtp.strato.de:587", "[smtp.strato.de]", "[10.0.0.1", "10.0.0.1]", "1.2.3", "-a.de", "a..de"]
)
def test_no_smart_host(written: str) -> None:
    with pytest.raises(ValueError):
        parse_smart_host(written)
