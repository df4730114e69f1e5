"""Block lists: a zone in, a finding out; who fails his own test is not heard."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.block_lists import (
    ALIVE,
    BLOCK_LISTS,
    DEAD,
    judge_lists,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN

from .fake_dns import FakeResolver

ZEN, MAILSPIKE, OTHER = "zen.spamhaus.org", "rep.mailspike.net", "bl.blocklist.de"
TESTS = {zone: f"2.0.0.127.{zone} A 127.0.0.2\n" for zone in (ZEN, OTHER)} | {
    MAILSPIKE: f"2.0.0.127.{MAILSPIKE} A 127.0.0.10\n"
}
ALL = "".join(TESTS.values())


def listed(zone: str, code: str) -> str:
    return f"25.2.0.192.{zone} A {code}\n"


@pytest.mark.parametrize(
    ("zone", "result", "found"),
    [
        (ALL, PASS, f"192.0.2.25 is on none of {ZEN}, {MAILSPIKE}, {OTHER}"),
        (ALL + listed(ZEN, "127.0.0.2"), FAIL, f"192.0.2.25 is on {ZEN}"),
        (ALL + listed(ZEN, "127.0.0.2") + listed(ZEN, "127.0.0.10"), FAIL, f"192.0.2.25 is on {ZEN}"),
        (ALL + listed(ZEN, "127.0.0.11"), WARN, "from which no mail is expected"),
        (ALL + listed(ZEN, "127.0.0.99"), PASS, "is on none of"),
        (ALL + listed(OTHER, "127.0.0.14"), WARN, f"192.0.2.25 is on {OTHER}"),
        (ALL + listed(MAILSPIKE, "127.0.0.11"), WARN, f"is on {MAILSPIKE}"),
        (ALL + listed(MAILSPIKE, "127.0.0.18"), PASS, "is on none of"),
        # An error, or an answer of somebody else, is no listing.
        (ALL + listed(ZEN, "127.255.255.254"), PASS, f"is on none of {MAILSPIKE}, {OTHER}"),
        (ALL + listed(ZEN, "192.0.2.1"), PASS, f"is on none of {MAILSPIKE}"),
        ("", UNKNOWN, f"{ZEN} says nothing (it does not list its own test entry)"),
        (f"2.0.0.127.{ZEN} A 127.255.255.254", UNKNOWN, f"{ZEN} says nothing (it answers with an error"),
        (f"2.0.0.127.{ZEN} A 192.0.2.1", UNKNOWN, "does not list its own test entry"),
        (f"{TESTS[ZEN]}1.0.0.127.{ZEN} A 127.0.0.2\n{listed(ZEN, '127.0.0.2')}", UNKNOWN, "lists what no list may"),
        (f"2.0.0.127.{ZEN} SERVFAIL\n{listed(ZEN, '127.0.0.2')}", UNKNOWN, "says nothing (SERVFAIL)"),
        (f"{TESTS[ZEN]}25.2.0.192.{ZEN} SERVFAIL", UNKNOWN, "says nothing (SERVFAIL)"),
    ],
)
def test_an_address_is_looked_up(zone: str, result: str, found: str) -> None:
    finding = judge_lists(FakeResolver(zone), "192.0.2.25")
    assert (finding.result, found in finding.found) == (result, True), finding
    assert bool(finding.remedy) == (result in (FAIL, WARN))


def test_an_address_of_ipv6_is_asked_for_by_its_digits() -> None:
    resolver = FakeResolver(ALL)
    judge_lists(resolver, "2001:db8::1")
    assert "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2." + ZEN in resolver.asked


def test_dead_lists_are_never_asked() -> None:
    resolver = FakeResolver("")
    judge_lists(resolver, "192.0.2.25")
    zones = {each.zone for each in BLOCK_LISTS if each.state == DEAD}
    assert len(zones) == 5 and not any(name.endswith(tuple(zones)) for name in resolver.asked)
    assert {each.state for each in BLOCK_LISTS} == {ALIVE, DEAD}
