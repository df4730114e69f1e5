"""SPF records as their recipients count them: a zone in, a finding out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.spf import (
    MOST_LOOKUPS,
    judge_spf,
    read_spf,
    terms_of,
)

from .fake_dns import FakeResolver


def includes(number: int, at: str = "beispiel.de") -> str:
    """A zone in which a record includes so many others, each with an address."""
    names = " ".join(f"include:n{each}.test" for each in range(number))
    others = "\n".join(f"n{each}.test TXT v=spf1 ip4:192.0.2.{each} ~all" for each in range(number))
    return f"{at} TXT v=spf1 {names} -all\n{others}"


def void(number: int) -> str:
    return "beispiel.de TXT v=spf1 " + " ".join(f"a:fehlt{each}.test" for each in range(number)) + " -all"


def mx(number: int) -> str:
    return "beispiel.de TXT v=spf1 mx -all\n" + "\n".join(
        f"beispiel.de MX {each} mx{each}.test" for each in range(number)
    )


X_TEST = "x.test A 192.0.2.1\nx.test MX 1 x.test"
NESTED = "beispiel.de TXT v=spf1 include:oben.test ~all\n" + includes(7, "oben.test")
CIRCLE = "beispiel.de TXT v=spf1 include:a.test -all\na.test TXT v=spf1 include:b.test -all\nb.test TXT v=spf1 include:"


@pytest.mark.parametrize(
    ("zone", "result", "found"),
    [
        ("beispiel.de TXT v=spf1 ip4:192.0.2.1 -all", PASS, "takes 0 of 10 DNS lookups"),
        ("beispiel.de TXT V=SPF1 IP4:192.0.2.1/28 ip6:2001:db8::/32 -ALL", PASS, "takes 0 of 10"),
        ("beispiel.de TXT v=spf1", PASS, "takes 0 of 10"),
        (
            "beispiel.de TXT v=spf1 redirect=_spf.strato.com\n_spf.strato.com TXT v=spf1 ip4:192.0.2.1 -all",
            PASS,
            "1 of",
        ),
        (NESTED, PASS, "8 of 10"),
        (includes(8), PASS, "8 of 10"),
        (includes(9), WARN, "9 of 10"),
        (includes(10), WARN, "10 of 10"),
        (includes(11), FAIL, "more than 10 DNS lookups"),
        ("beispiel.de TXT v=spf1 " + "ptr " * 11, FAIL, "more than 10 DNS lookups"),
        ("beispiel.de TXT v=spf1 " + "exists:%{i}.x.test " * 3 + "a:%{d} -all", PASS, "4 of 10"),
        (f"{CIRCLE}a.test", FAIL, "back to a.test in a circle"),
        (f"{CIRCLE}beispiel.de", FAIL, "back to beispiel.de in a circle"),
        (void(2), PASS, "2 of 10"),
        (void(3), FAIL, "more than 2 names that do not exist"),
        (mx(10), PASS, "1 of 10"),
        (mx(11), FAIL, "the MX records of beispiel.de, which are more than 10"),
        (f"beispiel.de TXT v=spf1 a/24 a:x.test/24//64 mx/8 mx:x.test -all\n{X_TEST}", PASS, "4 of 10"),
        ("beispiel.de TXT v=spf1 -all\nbeispiel.de TXT v=spf1 ~all", FAIL, "2 SPF records"),
        ("beispiel.de TXT anderes\nbeispiel.de TXT v=spf10 a", WARN, "no SPF record"),
        ("", WARN, "no SPF record"),
        ("beispiel.de TXT v=spf1 a +all\nbeispiel.de A 192.0.2.1", FAIL, "(+all)"),
        ("beispiel.de TXT v=spf1 all", FAIL, "(+all)"),
        ("beispiel.de TXT v=spf1 include:a.test -all\na.test TXT v=spf1 all", FAIL, "(+all)"),
        ("beispiel.de TXT v=spf1 ?include:a.test -all\na.test TXT v=spf1 all", PASS, "1 of 10"),
        (
            "beispiel.de TXT v=spf1 redirect=a.test -all\na.test TXT v=spf1 -all",
            WARN,
            "redirect that counts for nothing",
        ),
        ("beispiel.de TXT v=spf1 redirect=a.test\na.test TXT v=spf1 -all", PASS, "1 of 10"),
        ("beispiel.de TXT v=spf1 include:fehlt.test -all", FAIL, "fehlt.test, which has 0 SPF records"),
        ("beispiel.de TXT v=spf1 redirect=a.test\na.test TXT v=spf1\na.test TXT v=spf1", FAIL, "2 SPF records"),
        ("beispiel.de TXT v=spf1 ipv4:192.0.2.1 -all", FAIL, "'ipv4:192.0.2.1'"),
        ("beispiel.de TXT v=spf1 ip4:192.0.2 -all", FAIL, "'ip4:192.0.2'"),
        ("beispiel.de TXT v=spf1 ip4: 192.0.2.1 -all", FAIL, "'ip4:'"),
        ("beispiel.de TXT v=spf1 include: -all", FAIL, "'include:'"),
        ("beispiel.de TXT v=spf1 redirect=a.test redirect=b.test", FAIL, "'redirect'"),
        ("beispiel.de TXT v=spf1 include=a.test -all", PASS, "0 of 10"),
        ("beispiel.de TXT v=spf1 -all include:a.test", PASS, "0 of 10"),
        ("beispiel.de TXT v=spf1 include:%{d}.a.test -all", UNKNOWN, "by 'include %{d}.a.test'"),
        ("beispiel.de SERVFAIL", UNKNOWN, "SERVFAIL"),
        ("beispiel.de TXT v=spf1 include:a.test -all\na.test SERVFAIL", UNKNOWN, "SERVFAIL"),
        # What fails anyway is not made unknown by what nobody tells.
        (includes(11) + "\nn0.test SERVFAIL", FAIL, "more than 10"),
    ],
)
def test_a_record_is_judged(zone: str, result: str, found: str) -> None:
    finding = judge_spf(FakeResolver(zone), "beispiel.de")
    assert (finding.result, found in finding.found) == (result, True), finding
    assert bool(finding.remedy) == (result in (FAIL, WARN))


@pytest.mark.parametrize("term", ["x" * 9000, f"include:%{{d}}.{'x' * 9000}"])
def test_a_term_without_end_is_told_in_short(term: str) -> None:
    finding = judge_spf(FakeResolver(f"beispiel.de TXT v=spf1 {term} -all"), "beispiel.de")
    assert finding.result in (FAIL, UNKNOWN) and len(finding.found) < 300


def test_whom_it_names_is_told_by_include_and_redirect_alone() -> None:
    zone = """
    beispiel.de TXT v=spf1 ip4:192.0.2.1 -include:nicht.test redirect=r.test
    r.test TXT v=spf1 include:i.test ~all
    i.test TXT v=spf1 a -all
    nicht.test TXT v=spf1 include:darin.test -all
    darin.test TXT v=spf1 -all
    """
    spf = read_spf(FakeResolver(zone), "beispiel.de")
    assert spf.names == {"r.test", "i.test"}
    assert [each.name for each in spf.terms] == ["ip4", "include", "redirect", "include", "all"]
    assert spf.others == "~"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("-a:x.test/24", "a - x.test"),
        ("mx/24", "mx + "),
        ("exp=x.test", "exp + x.test"),
        ("ip6:2001:db8::/32", "ip6 + 2001:db8::/32"),
        ("a:%{d/}.test", "a + %{d/}.test"),
    ],
)
def test_a_term_is_read(word: str, shown: str) -> None:
    (term,) = terms_of(f"v=spf1  {word}")
    assert f"{term.name} {term.sign} {term.value}" == shown


@pytest.mark.parametrize(
    "word", ["all:x", "+redirect=x", "redirect=", "a:", "ptr/24", "ip4", "ip6:192.0.2.1", "1", "a\tb"]
)
def test_what_is_no_term_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        terms_of(f"v=spf1 {word}")


NAMES = ["beispiel.de", "a.test", "b.test", "c.test"]
TERM = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["", "-", "?"]),
        st.sampled_from(["include", "a", "mx", "exists", "redirect", "all", "ptr"]),
        st.sampled_from([":", "=", "/", ""]),
        st.sampled_from([*NAMES, "%{d}", ""]),
    ),
    st.text(max_size=8).map(lambda text: text.replace("\n", "")),
)
RECORD = st.lists(TERM, max_size=14).map(lambda terms: " ".join(["v=spf1", *terms]))


@given(st.lists(st.tuples(st.sampled_from(NAMES), RECORD), max_size=6))
def test_counting_ends_whatever_the_records(records: list[tuple[str, str]]) -> None:
    zone = "\n".join(f"{name} TXT {' '.join(record.split())}" for name, record in records)
    resolver = FakeResolver(zone)
    finding = judge_spf(resolver, "beispiel.de")
    assert finding.result in (FAIL, WARN, UNKNOWN, PASS) and finding.found
    assert len(resolver.asked) <= MOST_LOOKUPS + 1
