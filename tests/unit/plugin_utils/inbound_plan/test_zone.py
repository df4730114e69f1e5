"""What DNS tells of a domain on its way: a zone in, where its mail goes out. Who does not answer is unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.facts import Place
from ansible_collections.sbs.mailflow.plugins.plugin_utils.inbound_plan.zone import Own, mx_of, spf_after
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Route
from tests.unit.plugin_utils.preflight.fake_dns import DIRECT, STRATO, FakeResolver

HERE = "mail.beispiel.de A 203.0.113.5\n"
BY_ADDRESS, BY_NAME = Own(address="203.0.113.5"), Own(frozenset({"mail.beispiel.de"}))


@pytest.mark.parametrize("own", [BY_ADDRESS, BY_NAME])
@pytest.mark.parametrize(
    ("zone", "place"),
    [
        ("beispiel.de MX 10 mail.beispiel.de\n", "here"),
        ("beispiel.de MX 10 smtpin.rzone.de\n", "provider"),
        ("beispiel.de MX 10 mail.beispiel.de\nbeispiel.de MX 20 smtpin.rzone.de\n", "both"),
        ("beispiel.de MX 0 .\n", "nowhere"),
        ("beispiel.de TXT x\n", "nowhere"),
        ("", "nowhere"),
        ("beispiel.de A 192.0.2.80\n", None),
        ("beispiel.de SERVFAIL\n", None),
        ("beispiel.de MX 10 weg.beispiel.de\n", "nowhere"),
        ("beispiel.de MX 10 weg.beispiel.de\nbeispiel.de MX 20 mail.beispiel.de\n", "here"),
    ],
)
def test_where_the_mx_lead(zone: str, place: Place | None, own: Own) -> None:
    assert mx_of(FakeResolver(zone + HERE), "beispiel.de", own).place == place


def test_an_mx_that_nobody_knows_is_unknown_until_the_address_is_declared() -> None:
    resolver = FakeResolver("beispiel.de MX 10 mx.fremd.de\nmx.fremd.de A 192.0.2.1\n" + HERE)
    unknown = mx_of(resolver, "beispiel.de", BY_NAME)
    assert (unknown.place, unknown.hosts) == (None, ("mx.fremd.de",)) and "inbound_public_address" in unknown.why
    assert mx_of(resolver, "beispiel.de", BY_ADDRESS).place == "provider"
    assert mx_of(resolver, "beispiel.de", Own(families=frozenset({"fremd.de"}))).place == "provider"


def test_an_own_name_that_dns_does_not_tell_counts_by_the_name() -> None:
    resolver = FakeResolver("beispiel.de MX 10 mail.beispiel.de\nmail.beispiel.de SERVFAIL\n")
    assert mx_of(resolver, "beispiel.de", Own(frozenset({"mail.beispiel.de"}), "203.0.113.5")).place == "here"
    assert mx_of(resolver, "beispiel.de", Own(address="203.0.113.5")).place is None


def test_a_private_address_is_what_only_the_house_is_told() -> None:
    resolver = FakeResolver("beispiel.de MX 10 mail.beispiel.de\nmail.beispiel.de A 192.168.1.2\n")
    found = mx_of(resolver, "beispiel.de", BY_ADDRESS)
    assert found.place is None and "private address" in found.why


def test_a_name_in_the_own_domain_for_the_providers_mailboxes_makes_no_mx_the_providers() -> None:
    families = frozenset({"beispiel.de"})
    zone = f"beispiel.de MX 10 mail.beispiel.de\n{HERE}"
    for own in (BY_ADDRESS, BY_NAME):
        assert mx_of(FakeResolver(zone), "beispiel.de", replace(own, families=families)).place == "here"


OTHER = Route("Internet", ("smtp.fremd.de",), 587)
INCLUDE = "_spf.strato.com TXT v=spf1 ip4:192.0.2.0/24 -all\n"


@pytest.mark.parametrize(
    ("record", "route", "passes"),
    [
        ("v=spf1 mx include:_spf.strato.com -all", STRATO, True),
        ("v=spf1 include:_spf.strato.com -all", STRATO, True),
        ("v=spf1 mx -all", STRATO, False),
        ("v=spf1 mx -all", DIRECT, True),
        ("v=spf1 mx:fremd.de -all", STRATO, True),
        ("v=spf1 mx:beispiel.de -all", STRATO, False),
        ("v=spf1 mx -all", OTHER, None),
        ("v=spf1 mx mx mx +oops -all", STRATO, None),
        ("nothing of that", STRATO, True),
    ],
)
def test_what_spf_means_after_the_change(record: str, route: Route, passes: bool | None) -> None:
    resolver = FakeResolver(f"beispiel.de TXT {record}\nbeispiel.de MX 10 smtpin.rzone.de\n{INCLUDE}")
    assert spf_after(resolver, "beispiel.de", [route]).passes is passes


def test_who_does_not_answer_makes_it_unknown() -> None:
    found = spf_after(FakeResolver("beispiel.de SERVFAIL\n"), "beispiel.de", [STRATO])
    assert found.passes is None and "SERVFAIL" in found.found
