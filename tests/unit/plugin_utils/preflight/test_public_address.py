"""The name of a public address: a zone in, a finding out."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.public_address import judge_name, looks_dial_up

from .fake_dns import FakeResolver

PTR = "25.2.0.192.in-addr.arpa PTR"


@pytest.mark.parametrize(
    ("zone", "result", "found"),
    [
        (f"{PTR} mail.beispiel.de\nmail.beispiel.de A 192.0.2.25", PASS, "192.0.2.25 is mail.beispiel.de"),
        (f"{PTR} fort.test\n{PTR} mail.test\nmail.test A 192.0.2.25", PASS, "192.0.2.25 is mail.test"),
        ("", FAIL, "has no name"),
        (PTR.replace("PTR", "TXT x"), FAIL, "has no name"),
        (f"{PTR} mail.beispiel.de\nmail.beispiel.de A 192.0.2.26", FAIL, "called mail.beispiel.de, which is another"),
        (f"{PTR} mail.beispiel.de", FAIL, "which is another address"),
        (f"{PTR} pc00219.dip0.test\npc00219.dip0.test A 192.0.2.25", WARN, "as a dial-in line is"),
        (PTR.replace("PTR", "SERVFAIL"), UNKNOWN, "SERVFAIL"),
        (f"{PTR} mail.beispiel.de\nmail.beispiel.de SERVFAIL", UNKNOWN, "SERVFAIL"),
    ],
)
def test_a_name_leads_back(zone: str, result: str, found: str) -> None:
    finding = judge_name(FakeResolver(zone), "192.0.2.25")
    assert (finding.result, found in finding.found) == (result, True), finding
    assert bool(finding.remedy) == (result in (FAIL, WARN))


def test_an_address_of_ipv6_has_one_too() -> None:
    reverse = "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"
    zone = f"{reverse} PTR mail.beispiel.de\nmail.beispiel.de AAAA 2001:db8:0::1"
    assert judge_name(FakeResolver(zone), "2001:db8::1").result == PASS


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("p5b0a0c21.dip0.t-ipconnect.de", True),
        ("dslb-091-010-012-033.091.010.pools.vodafone-ip.de", True),
        ("91.10.12.33.static.test", True),
        ("33-12-10-91.static.test", True),
        ("host-91-10-12-33.test", True),
        ("x5b0a0c21.static.test", True),
        ("vdsl7.test", True),
        ("dynamic.test", True),
        ("mail.beispiel.de", False),
        ("mx1.diplom-dynamo.poolbau.de", False),
        ("s91-10.test", False),
    ],
)
def test_a_dial_in_lines_name(name: str, looks: bool) -> None:
    assert looks_dial_up(name, "91.10.12.33") is looks
    assert looks_dial_up(name, "2001:db8::1") is (looks and any(each in name for each in ("dip", "dsl", "dyn")))
