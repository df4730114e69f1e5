"""Whether recipients see that mail may come from the provider: a zone in, a finding out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import providers
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, RESULTS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.sender import (
    ZONES,
    judge_dkim,
    judge_dmarc,
    judge_provider_spf,
    zones_of,
)

from .fake_dns import DIRECT, STRATO, FakeResolver, declared

STRATO_SPF = "_spf.strato.com TXT v=spf1 ip4:192.0.2.0/24 ?all"
SPF = f"beispiel.de TXT v=spf1 redirect=_spf.strato.com\n{STRATO_SPF}"
KEY = "strato-dkim-0002._domainkey.beispiel.de CNAME k.rzone.test\nk.rzone.test TXT v=DKIM1; k=rsa; p=MIIB"
REJECT = "_dmarc.beispiel.de TXT v=DMARC1; p=reject"


@pytest.mark.parametrize(
    ("zone", "key", "result", "found"),
    [
        (SPF, "strato", PASS, "names Strato"),
        (f"beispiel.de TXT v=spf1 include:_spf.strato.com -all\n{STRATO_SPF}", "strato", PASS, "names Strato"),
        (
            f"beispiel.de TXT v=spf1 include:a.test -all\na.test TXT v=spf1 include:_spf.strato.com -all\n{STRATO_SPF}",
            "strato",
            PASS,
            "names Strato",
        ),
        ("beispiel.de TXT v=spf1 include:_spf.perfora.net ~all\n_spf.perfora.net TXT v=spf1 a", "ionos", PASS, "IONOS"),
        ("beispiel.de TXT v=spf1 a mx -all", "strato", FAIL, "does not name Strato"),
        ("beispiel.de TXT v=spf1 mx ~all", "strato", FAIL, "does not name Strato"),
        (f"beispiel.de TXT v=spf1 -include:_spf.strato.com -all\n{STRATO_SPF}", "strato", FAIL, "does not name"),
        ("beispiel.de TXT v=spf1 mx ?all", "strato", WARN, "does not name Strato"),
        ("beispiel.de TXT v=spf1 mx", "strato", WARN, "does not name Strato"),
        ("", "strato", WARN, "does not name Strato"),
        ("beispiel.de TXT v=spf1 ip4:192.0.2.0/24 -all", "strato", WARN, "by addresses at most"),
        ("beispiel.de TXT v=spf1 a mx ~all", "all-inkl", WARN, "by addresses at most"),
        ("beispiel.de TXT v=spf1 +all", "strato", PASS, "names Strato"),
        ("beispiel.de SERVFAIL", "strato", UNKNOWN, "is not known (SERVFAIL)"),
        ("beispiel.de TXT v=spf1 include:%{d}.test -all", "strato", UNKNOWN, "is not known"),
        ("beispiel.de TXT v=spf1\nbeispiel.de TXT v=spf1", "strato", UNKNOWN, "2 SPF records"),
    ],
)
def test_the_providers_spf(zone: str, key: str, result: str, found: str) -> None:
    finding = judge_provider_spf(FakeResolver(zone), "beispiel.de", key)
    assert (finding.result, found in finding.found) == (result, True), finding
    assert (f"include:{ZONES[key].spf[0]}" in finding.remedy) == (result in (FAIL, WARN))


@pytest.mark.parametrize(
    ("zone", "result"),
    [
        (KEY, PASS),
        ("strato-dkim-0003._domainkey.beispiel.de TXT v=DKIM1; k=ed25519; p = abc", PASS),
        (f"{KEY}\nstrato-dkim-0003._domainkey.beispiel.de SERVFAIL", PASS),
        ("strato-dkim-0002._domainkey.beispiel.de TXT v=DKIM1; p=; t=s", WARN),
        ("strato-dkim-0002._domainkey.beispiel.de CNAME fehlt.rzone.test", WARN),
        ("", WARN),
        ("strato-dkim-0002._domainkey.beispiel.de SERVFAIL", UNKNOWN),
    ],
)
def test_the_providers_keys(zone: str, result: str) -> None:
    finding = judge_dkim(FakeResolver(zone), "beispiel.de", "strato")
    assert finding.result == result
    assert ("strato-dkim-0002._domainkey, strato-dkim-0003._domainkey" in finding.remedy) == (result == WARN)


@pytest.mark.parametrize(
    ("zone", "domain", "result", "found"),
    [
        ("", "beispiel.de", WARN, "has no DMARC record"),
        ("_dmarc.beispiel.de TXT v=DMARC1; p=none; rua=mailto:a@b.de", "beispiel.de", PASS, "asks no recipient"),
        ("_dmarc.beispiel.de TXT v=DMARC1", "beispiel.de", PASS, "asks no recipient"),
        ("_dmarc.beispiel.de CNAME dmarc.ionos.de\ndmarc.ionos.de TXT v=DMARC1;p=none", "beispiel.de", PASS, "asks no"),
        (f"{REJECT}\n{SPF}", "beispiel.de", PASS, "asks for reject, and its own mail passes"),
        (f"{REJECT}\n{KEY}", "beispiel.de", PASS, "its own mail passes"),
        (f"{REJECT}\n{KEY}\nbeispiel.de SERVFAIL", "beispiel.de", PASS, "its own mail passes"),
        (REJECT, "beispiel.de", FAIL, "asks for reject, and its own mail through the smart host passes neither"),
        (f"{REJECT}\nbeispiel.de TXT v=spf1 mx -all", "beispiel.de", FAIL, "neither SPF nor DKIM"),
        ("_dmarc.beispiel.de TXT v=DMARC1; P = Quarantine ;", "beispiel.de", FAIL, "asks for quarantine"),
        (f"{REJECT}\nbeispiel.de TXT v=spf1 ip4:192.0.2.1 -all", "beispiel.de", UNKNOWN, "is not known"),
        (f"{REJECT}\nbeispiel.de SERVFAIL", "beispiel.de", UNKNOWN, "is not known"),
        (f"{REJECT}\nstrato-dkim-0003._domainkey.beispiel.de SERVFAIL", "beispiel.de", UNKNOWN, "is not known"),
        ("_dmarc.beispiel.de SERVFAIL", "beispiel.de", UNKNOWN, "SERVFAIL"),
        (f"{REJECT}\n{REJECT}", "beispiel.de", WARN, "several DMARC records"),
        (f"{REJECT}; sp=none", "mail.beispiel.de", PASS, "asks no recipient"),
        (REJECT, "mail.beispiel.de", FAIL, "DMARC of mail.beispiel.de asks for reject"),
        ("_dmarc.beispiel.de TXT v=DMARC1; p=none; sp=reject", "beispiel.de", PASS, "asks no recipient"),
        (f"_dmarc.mail.beispiel.de TXT v=DMARC1; p=none\n{REJECT}", "mail.beispiel.de", PASS, "_dmarc.mail.beisp"),
        ("_dmarc.beispiel.de TXT v=DMARC10; p=reject", "beispiel.de", WARN, "has no DMARC record"),
    ],
)
def test_the_policy(zone: str, domain: str, result: str, found: str) -> None:
    finding = judge_dmarc(FakeResolver(zone), domain, [ZONES["strato"]])
    assert (finding.result, found in finding.found) == (result, True), finding


def test_no_policy_of_a_top_level_is_asked_for() -> None:
    resolver = FakeResolver("")
    judge_dmarc(resolver, "a.mail.beispiel.de", [])
    assert resolver.asked == ["_dmarc.a.mail.beispiel.de", "_dmarc.mail.beispiel.de", "_dmarc.beispiel.de"]


TXT = st.text(max_size=40).map(lambda text: " ".join(text.split()))


@given(st.lists(st.tuples(st.sampled_from(["v=DMARC1; p=reject;", "v=DMARC1;", "", "p="]), TXT), max_size=3))
def test_whatever_is_written_there_something_is_found(records: list[tuple[str, str]]) -> None:
    texts = [f"{start}{text}" for start, text in records]
    names = ("_dmarc.beispiel.de", "strato-dkim-0002._domainkey.beispiel.de", "beispiel.de")
    resolver = FakeResolver("\n".join(f"{name} TXT {text}" for name in names for text in texts))
    for finding in (
        judge_dmarc(resolver, "beispiel.de", [ZONES["strato"]]),
        judge_dkim(resolver, "beispiel.de", "strato"),
        judge_provider_spf(resolver, "beispiel.de", "strato"),
    ):
        assert finding.result in RESULTS and finding.found


@pytest.mark.parametrize("zones", [[], [ZONES["all-inkl"]]])
def test_of_a_provider_of_which_nothing_is_known_nothing_follows(zones: list[object]) -> None:
    assert judge_dmarc(FakeResolver(REJECT), "beispiel.de", zones).result == UNKNOWN  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("route", "keys"),
    [
        (STRATO, ["strato"]),
        (Route("", ("smtp.1und1.de",)), ["ionos"]),
        (Route("", ("smtp.ionos.de", "SMTP.Strato.de.")), ["ionos", "strato"]),
        (Route("", ("w0123.kasserver.com",)), ["all-inkl"]),
        (Route("", ("mail.gmx.net", "smtp.web.de", "securesmtp.t-online.de", "relay.beispiel.de", "192.0.2.1")), []),
        (DIRECT, []),
        (None, []),
    ],
)
def test_the_providers_of_which_it_is_known(route: Route | None, keys: list[str]) -> None:
    assert list(zones_of(declared("beispiel.de", route=route))) == keys


def test_each_provider_is_in_the_table() -> None:
    assert set(ZONES) <= set(providers())
