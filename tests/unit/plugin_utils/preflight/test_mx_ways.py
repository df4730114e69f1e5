"""Whether a domain's MX records fit its way: a zone in, a finding out."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.mx_ways import Goal, judge_goal

from .fake_dns import FakeResolver

ADDRESS = "203.0.113.9"
OWN = "beispiel.de MX 10 mail.beispiel.de\nmail.beispiel.de A 203.0.113.9"
STRATO = "beispiel.de MX 10 smtpin.rzone.de"
IONOS = "beispiel.de MX 10 mx00.ionos.de"
FILTER = "beispiel.de MX 10 in.filter.test\nin.filter.test A 198.51.100.7"
SILENT = "beispiel.de MX 10 mail.beispiel.de\nmail.beispiel.de SERVFAIL"
TO_US = {"own": True, "address": ADDRESS}
FETCHED = {"own": False, "address": ADDRESS, "families": frozenset({"strato"})}
MOVES = {"own": True, "transition": True, "address": ADDRESS, "families": frozenset({"strato"})}


def second(zone: str, preference: int) -> str:
    return zone.replace("MX 10", f"MX {preference}")


@pytest.mark.parametrize(
    ("goal", "zone", "result", "words"),
    [
        (TO_US, OWN, PASS, "comes to this server"),
        (TO_US, "beispiel.de A 203.0.113.9", PASS, "comes to this server"),
        (TO_US, "beispiel.de AAAA 2001:db8::9", WARN, "beispiel.de first"),
        *((goal, "beispiel.de TXT v=spf1", FAIL, "no MX record") for goal in (TO_US, FETCHED, MOVES)),
        (TO_US, STRATO, FAIL, "smtpin.rzone.de, and nobody fetches"),
        (TO_US, f"{OWN}\n{second(STRATO, 20)}", WARN, "a part of it may go to smtpin.rzone.de"),
        (TO_US, f"{OWN}\n{STRATO}", WARN, "a part of it"),
        (TO_US, f"{OWN}\n{second(STRATO, 5)}", FAIL, "smtpin.rzone.de"),
        (TO_US, FILTER, WARN, "in.filter.test first"),
        (TO_US, SILENT, UNKNOWN, "mail.beispiel.de is this server"),
        ({"own": True}, OWN, UNKNOWN, "is not known"),
        ({"own": True}, STRATO, FAIL, "nobody fetches"),
        (FETCHED, STRATO, PASS, "goes where it is fetched"),
        (FETCHED, OWN, FAIL, "not where it is fetched"),
        (FETCHED, f"{STRATO}\n{OWN}", WARN, "mail.beispiel.de"),
        (FETCHED, IONOS, WARN, "does not go to the provider"),
        ({"own": False}, STRATO, PASS, "goes where it is fetched"),
        ({"own": False}, FILTER, UNKNOWN, "in.filter.test is the provider"),
        ({"own": False, "families": frozenset({"filter.test"})}, FILTER, PASS, "where it is fetched"),
        ({"own": False, "families": frozenset({"anders.test"})}, FILTER, UNKNOWN, "in.filter.test"),
        (MOVES, STRATO, PASS, "still leads to the provider"),
        (MOVES, f"{STRATO}\n{OWN}", PASS, "leads to this server and to the provider"),
        (MOVES, OWN, PASS, "has moved"),
        (MOVES, FILTER, WARN, "neither this server nor"),
        (MOVES, SILENT, UNKNOWN, "is not known"),
        *((goal, "beispiel.de SERVFAIL", UNKNOWN, "SERVFAIL") for goal in (TO_US, FETCHED, MOVES)),
        *((goal, "", FAIL, "nobody can send mail") for goal in (TO_US, FETCHED, MOVES)),
        *((goal, "beispiel.de MX 0 .", FAIL, "nobody can send mail") for goal in (TO_US, FETCHED, MOVES)),
        ({**TO_US, "address": "2001:db8::9"}, "beispiel.de MX 5 m.test\nm.test AAAA 2001:db8::9", PASS, "this server"),
    ],
)
def test_where_mail_goes_and_where_it_is_to_go(goal: dict[str, object], zone: str, result: str, words: str) -> None:
    found = judge_goal(FakeResolver(zone), Goal("beispiel.de", **goal))  # type: ignore[arg-type]
    assert (found.result, words in found.found) == (result, True), found
    assert bool(found.remedy) == (result in (FAIL, WARN)) or result == UNKNOWN
