"""Where a domain's mail goes: a zone in, a finding out."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.mx import (
    fetched_domains,
    hosts_of,
    judge_mx,
    judge_way,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import FOUND, Answer

from .fake_dns import FakeResolver, account

GOOD = "beispiel.de MX 20 mx2.test\nbeispiel.de MX 5 MX1.test\nmx1.test A 192.0.2.1\nmx2.test AAAA 2001:db8::1"


@pytest.mark.parametrize(
    ("zone", "result", "found"),
    [
        (GOOD, PASS, "mail to beispiel.de goes to mx1.test, mx2.test"),
        ("beispiel.de MX 0 .", FAIL, "null MX"),
        ("beispiel.de A 192.0.2.1", WARN, "no MX record"),
        ("beispiel.de TXT x", FAIL, "neither an MX record nor an address"),
        ("", FAIL, "there is no domain beispiel.de"),
        ("beispiel.de MX 5 mx.test\nmx.test CNAME mx1.test\nmx1.test A 192.0.2.1", WARN, "mx.test, which is an alias"),
        ("beispiel.de MX 5 192.0.2.1", FAIL, "is the address 192.0.2.1"),
        ("beispiel.de MX 5 fehlt.test", FAIL, "names fehlt.test, which has no address"),
        ("beispiel.de MX 5 fehlt.test\nbeispiel.de MX 6 fort.test", FAIL, "fehlt.test, which has no address; an MX"),
        (f"{GOOD}\nbeispiel.de MX 9 fehlt.test", WARN, "names fehlt.test, which has no address"),
        ("beispiel.de SERVFAIL", UNKNOWN, "SERVFAIL"),
        ("beispiel.de MX 5 mx.test\nmx.test SERVFAIL", UNKNOWN, "SERVFAIL"),
    ],
)
def test_the_records(zone: str, result: str, found: str) -> None:
    finding = judge_mx(FakeResolver(zone), "beispiel.de")
    assert (finding.result, found in finding.found) == (result, True), finding
    assert bool(finding.remedy) == (result in (FAIL, WARN))


STRATO, OWN, OTHER = ["smtpin.rzone.de"], ["mail.beispiel.de"], ["mx00.ionos.de"]


@pytest.mark.parametrize(
    ("server", "hosts", "result"),
    [
        ("pop3.strato.de", STRATO, PASS),
        ("pop.1und1.de", ["mx00.kundenserver.de", "mx01.ionos.de"], PASS),
        ("pop.anbieter.test", ["mx.anbieter.test"], PASS),
        ("pop3.strato.de", STRATO + OWN, WARN),
        ("pop3.strato.de", OWN, WARN),
        ("pop3.strato.de", OTHER, WARN),
        ("pop3.strato.de", [], WARN),
        ("pop.anbieter.test", OTHER, UNKNOWN),
        ("pop3.strato.de", ["."], WARN),
    ],
)
def test_mail_goes_where_it_is_fetched(server: str, hosts: list[str], result: str) -> None:
    zone = "beispiel.de TXT x\n" + "\n".join(f"beispiel.de MX {at} {host}" for at, host in enumerate(hosts))
    fetched = fetched_domains(["beispiel.de"], [account("info@beispiel.de", server)])
    finding = judge_way(FakeResolver(zone), "beispiel.de", fetched["beispiel.de"])
    assert (finding.result, bool(finding.remedy)) == (result, result == WARN), finding


def test_where_nobody_tells_it_is_unknown() -> None:
    assert judge_way(FakeResolver("beispiel.de SERVFAIL"), "beispiel.de", {"strato"}).result == UNKNOWN


def test_an_account_fetches_the_mail_of_its_domain() -> None:
    accounts = [account("info@Beispiel.de"), account("a@fremd.test"), account("b@beispiel.de", "pop.ionos.de")]
    assert fetched_domains(["beispiel.de", "anders.de"], accounts) == {"beispiel.de": {"strato", "1und1"}}
    assert fetched_domains(["beispiel.de", "anders.de"], [account("info", "pop3.web.de")]).keys() == {
        "beispiel.de",
        "anders.de",
    }


def test_hosts_are_in_the_order_of_their_preference() -> None:
    assert hosts_of(Answer(FOUND, ("10 B.test", "5 c.test", "10 a.test"))) == ["c.test", "a.test", "b.test"]
