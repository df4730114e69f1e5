"""Questions and checks of DNS at a real server: what knot says is what the checks understand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.dns_rows import ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import (
    ABSENT,
    EMPTY,
    FOUND,
    Resolver,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import UNKNOWN as NOT_TOLD
from tests.unit.plugin_utils.preflight.fake_dns import DIRECT, STRATO, account, declared, situation

from .knot import Knot
from .processes import ServerFailed, open_folder

pytestmark = pytest.mark.knot

ADDRESS = "192.0.2.25"
LONG = " ".join(f'"ip4:198.51.100.{number}/32 "' for number in range(120))
ZONES = {
    "beispiel.de": f"""
@ MX 5 smtpin.rzone.de.
@ TXT "v=spf1 redirect=_spf.str" "ato.com"
mail A {ADDRESS}
strato-dkim-0002._domainkey TXT "v=DKIM1; k=rsa; p=MIIB"
_dmarc CNAME dmarc
dmarc TXT "v=DMARC1; p=quarantine"
alias CNAME mail
kreis CNAME kreis2
kreis2 CNAME kreis
""",
    "beispiel.test": '_dmarc TXT "v=DMARC1; p=reject"\n@ TXT "v=spf1 mx -all"\n@ MX 0 .\n',
    "lang.test": f'@ TXT "v=spf1 " {LONG} "include:_spf.strato.com -all"\n@ MX 1 smtpin.rzone.de.\n',
    "servfail.test": None,
    "strato.com": '_spf TXT "v=spf1 ip4:192.0.2.0/24 ?all"\n',
    "strato.de": "smtp A 192.0.2.7\n",
    "rzone.de": "smtpin A 192.0.2.5\n",
    "2.0.192.in-addr.arpa": "25 PTR mail.beispiel.de.\n",
    "zen.spamhaus.org": "2.0.0.127 A 127.0.0.2\n25.2.0.192 A 127.0.0.4\n",
}


@pytest.fixture(scope="module")
def knot() -> Iterator[Knot]:
    with open_folder("sbs-knot-") as folder, Knot(folder, ZONES) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "kind", "outcome", "records"),
    [
        ("BEISPIEL.de", "MX", FOUND, ("5 smtpin.rzone.de",)),
        ("beispiel.de", "TXT", FOUND, ("v=spf1 redirect=_spf.strato.com",)),
        ("alias.beispiel.de", "A", FOUND, (ADDRESS,)),
        ("beispiel.test", "MX", FOUND, ("0 .",)),
        ("25.2.0.192.in-addr.arpa", "PTR", FOUND, ("mail.beispiel.de",)),
        ("mail.beispiel.de", "AAAA", EMPTY, ()),
        ("fehlt.beispiel.de", "A", ABSENT, ()),
        ("kreis.beispiel.de", "A", NOT_TOLD, ()),
        ("servfail.test", "MX", NOT_TOLD, ()),
        ("fremd.test", "MX", NOT_TOLD, ()),
    ],
)
def test_what_it_says(knot: Knot, name: str, kind: str, outcome: str, records: tuple[str, ...]) -> None:
    answer = Resolver(Deadline(5), "127.0.0.1", knot.port).ask(name, kind)
    assert (answer.outcome, answer.records) == (outcome, records)
    assert bool(answer.why) == (outcome == NOT_TOLD)


def results(knot: Knot, domain: str, route: Route) -> dict[str, str]:
    of = declared(domain, route=route, public_address=ADDRESS, accounts=(account(f"info@{domain}"),))
    told = replace(situation("", of), resolver=Resolver(Deadline(20), "127.0.0.1", knot.port))
    found = {row.name: row.judge(told) for row in ROWS if row.applies(of)}
    return {name: finding.result for name, finding in found.items() if finding}


def test_a_good_domain_through_a_smart_host(knot: Knot) -> None:
    found = results(knot, "beispiel.de", STRATO)
    assert len(found) == 7 and set(found.values()) == {PASS}


def test_a_bad_one(knot: Knot) -> None:
    found = results(knot, "beispiel.test", STRATO)
    assert (found["mx"], found["mx_way"], found["spf"], found["resolving"]) == (FAIL, WARN, PASS, PASS)
    assert (found["spf_provider"], found["dkim"], found["dmarc"]) == (FAIL, WARN, FAIL)


def test_a_record_longer_than_a_datagram(knot: Knot) -> None:
    found = results(knot, "lang.test", STRATO)
    assert (found["spf"], found["spf_provider"]) == (PASS, PASS)


def test_one_of_whom_nobody_tells(knot: Knot) -> None:
    found = results(knot, "servfail.test", STRATO)
    assert found.pop("resolving") == PASS and len(found) == 6 and set(found.values()) == {UNKNOWN}


def test_a_server_that_sends_directly(knot: Knot) -> None:
    found = results(knot, "beispiel.de", DIRECT)
    assert (found["ptr"], found["dnsbl"], found["t_online"]) == (PASS, FAIL, WARN)


def test_what_does_not_start_says_why() -> None:
    with open_folder("sbs-knot-") as folder, pytest.raises(ServerFailed, match="knot did not start"):
        Knot(folder, {"a b c: d": None}).start()
