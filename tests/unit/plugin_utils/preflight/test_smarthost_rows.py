"""Whether the server gets through to its smart host: what each answer comes to, and what of it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.candidates import Candidate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import (
    HELD_BACK,
    LOGGED_IN,
    REFUSED,
    Ledger,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.login_history import LoginHistory, Retry
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import smarthost_rows
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import CONNECTORS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.smarthost_rows import ROWS, record

from .told import NOW, STRATO, FakeResolver, situation, told

CHECKS = {each.name: each for each in ROWS}
PASSWORD = "lab-only-Kupferdach"


def candidate(address: str = "info@beispiel.de", days: int = 300) -> Candidate:
    return Candidate(Mailbox(address, NOW - timedelta(days=days)), PASSWORD)


def history(tmp_path: Path, read_only: bool = False) -> LoginHistory:
    ledger = Ledger(tmp_path / "ledger.sqlite", read_only)
    return LoginHistory(ledger, "sbs", lambda: NOW, False, "here", Retry())


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    return Declared(route=STRATO, logins=(candidate(),), history=history(tmp_path))


GOOD: dict[str, Any] = {
    "Stage": "done",
    "Problem": None,
    "Code": 250,
    "Text": "250 Ok",
    "Tls": "Tls12",
    "Certificate": {"Problem": None, "NotAfter": (NOW + timedelta(days=60)).isoformat()},
    "Mechanism": "LOGIN",
    "Capabilities": ["AUTH PLAIN LOGIN"],
    "Senders": [
        {"Sender": "info@beispiel.de", "Stage": "rcpt", "Code": 250, "Text": "250 Ok"},
        {"Sender": "", "Stage": "rcpt", "Code": 250, "Text": "250 Ok"},
    ],
}


def talk(**changes: Any) -> dict[str, Any]:
    return {**GOOD, **changes}


def ended(stage: str, problem: str, code: int | None = None, text: str = "", **changes: Any) -> dict[str, Any]:
    before_tls: dict[str, Any] = {"Tls": None, "Certificate": None} if stage in EARLY else {}
    report = {"Stage": stage, "Problem": problem, "Code": code, "Text": text, "Senders": []}
    return talk(**{**report, **before_tls, **changes})


EARLY = ("connect", "greeting", "ehlo", "starttls")


def senders(own: tuple[int, str], null: tuple[int, str] | None = (250, "250 Ok"), stage: str = "rcpt") -> Any:
    rows = [("info@beispiel.de", *own), *([("", *null)] if null else [])]
    return [{"Sender": sender, "Stage": stage, "Code": code, "Text": text} for sender, code, text in rows]


def judged(name: str, here: Situation) -> tuple[str, str, str] | None:
    found = CHECKS[name].judge(here)
    return (found.result, found.found, found.remedy) if found else None


def after(declared: Declared, output: dict[str, Any] | None) -> Situation:
    return situation(told(preflight_login=output) if output is not None else {}, declared=declared)


BAD = {"Problem": "RemoteCertificateChainErrors", "NotAfter": "2030-01-01T00:00:00Z"}
SOON = {"Problem": None, "NotAfter": (NOW + timedelta(days=13)).isoformat()}
TABLE: list[tuple[str, dict[str, Any], dict[str, str | None]]] = [
    ("all is well", GOOD, dict.fromkeys(("starttls", "auth", "certificate", "login", "null_sender"), PASS)),
    ("nobody there", ended("connect", "timeout"), {"starttls": UNKNOWN, "auth": None, "login": UNKNOWN}),
    ("turned away", ended("greeting", "reply", 554, "554 no"), {"starttls": UNKNOWN, "login": UNKNOWN}),
    ("no STARTTLS", ended("starttls", "not_offered"), {"starttls": FAIL, "auth": None, "login": UNKNOWN}),
    ("not now", ended("starttls", "reply", 454, "454 no"), {"starttls": UNKNOWN, "login": UNKNOWN}),
    ("no handshake", ended("tls", "tls", text="no", Tls=None), {"starttls": PASS, "auth": None, "login": UNKNOWN}),
    (
        "a certificate that is not trusted",
        ended("tls", "certificate", text="PartialChain", Certificate=BAD),
        {"starttls": PASS, "certificate": FAIL, "login": UNKNOWN, "auth": None, "null_sender": None},
    ),
    ("a certificate that ends", talk(Certificate=SOON), {"certificate": WARN, "login": PASS}),
    ("a certificate without a date", talk(Certificate={"Problem": None}), {"certificate": PASS}),
    ("no answer to the second EHLO", ended("ehlo", "closed", Tls="Tls12"), {"starttls": PASS, "auth": None}),
    ("no AUTH", ended("auth", "not_offered"), {"auth": FAIL, "login": UNKNOWN}),
    ("refused", ended("auth", "reply", 535, "535 no"), {"auth": PASS, "login": FAIL, "null_sender": None}),
    ("refused otherwise", ended("auth", "reply", 534, "534 no"), {"auth": PASS, "login": FAIL}),
    ("refused for now", ended("auth", "reply", 454, "454 no"), {"auth": PASS, "login": UNKNOWN}),
    ("its sender refused", talk(Senders=senders((553, "553 not owned"))), {"login": FAIL, "null_sender": PASS}),
    ("throttled", talk(Senders=senders((450, "450 4.7.0 rate"))), {"login": WARN, "null_sender": PASS}),
    ("null sender refused", talk(Senders=senders((250, ""), (550, "550 no"))), {"login": PASS, "null_sender": WARN}),
    ("null sender put off", talk(Senders=senders((250, ""), (450, "450 no"))), {"login": PASS, "null_sender": UNKNOWN}),
    (
        "it hung up at the null sender",
        ended("mail", "closed", Senders=senders((250, "250 Ok"), None)),
        {"login": PASS, "null_sender": None},
    ),
    ("no answer to RSET", ended("rset", "timeout", Senders=senders((250, "250 Ok"), None)), {"login": PASS}),
    ("it left", ended("rcpt", "reply", 421, "421 bye", Senders=senders((421, "421 bye"), None)), {"login": WARN}),
]


@pytest.mark.parametrize(("output", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_what_a_login_tells(declared: Declared, output: dict[str, Any], expected: dict[str, str | None]) -> None:
    here = after(declared, output)
    found = {name: judged(name, here) for name in expected}
    assert {name: each and each[0] for name, each in found.items()} == expected
    assert all(each[2] for each in found.values() if each and each[0] in (WARN, FAIL))


def test_a_password_is_never_repeated(declared: Declared) -> None:
    output = ended("auth", "reply", 535, f"535 {PASSWORD} is wrong")
    assert PASSWORD not in str([judged(name, after(declared, output)) for name in CHECKS])


def test_the_step_of_the_login(declared: Declared) -> None:
    reads = CHECKS["login"].reads(replace(declared, sender="chef@beispiel.de"))
    (step,) = reads.steps
    assert (step.id, step.command, dict(reads.secrets)) == ("preflight_login", "Test-SmtpLogin", {step.id: PASSWORD})
    assert step.parameters["Senders"] == ["chef@beispiel.de", ""]
    assert (step.parameters["Server"], step.parameters["Port"]) == ("smtp.strato.de", 587)
    assert step.parameters["Recipient"] == "info@beispiel.de"
    assert "Senders" in step.select and PASSWORD not in repr(step)


@pytest.mark.parametrize(
    ("logins", "chosen"),
    [
        ((candidate("neu@beispiel.de", 3), candidate()), "info@beispiel.de"),
        ((candidate("neu@beispiel.de", 3), candidate("neuer@beispiel.de", 1)), "neu@beispiel.de"),
        ((candidate("alt@beispiel.de"), candidate()), "alt@beispiel.de"),
    ],
)
def test_the_login_of_the_first_that_may_log_in(declared: Declared, logins: tuple[Candidate, ...], chosen: str) -> None:
    (step,) = CHECKS["login"].reads(replace(declared, logins=logins)).steps
    assert step.parameters["Recipient"] == chosen


def test_no_login_that_nobody_would_remember(declared: Declared, tmp_path: Path) -> None:
    for kept in (None, history(tmp_path, read_only=True)):
        without = replace(declared, history=kept)
        assert CHECKS["login"].reads(without).steps == ()
        found = judged("login", after(without, None))
        assert found and found[0] == UNKNOWN and "nobody would remember" in found[1]


def test_a_password_that_was_refused_lately_is_not_tried_again(declared: Declared) -> None:
    here = after(declared, ended("auth", "reply", 535, "535 no"))
    record(here)
    assert CHECKS["login"].reads(declared).steps == ()
    found = judged("login", after(declared, None))
    assert found and found[0] == UNKNOWN and "535 no" in found[1]


def test_a_ledger_that_cannot_be_read_is_none(declared: Declared, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("no ledger")
    assert CHECKS["login"].reads(declared).steps == ()
    found = judged("login", after(declared, None))
    assert found and found[0] == UNKNOWN


@pytest.mark.parametrize(
    ("output", "kinds"),
    [
        (GOOD, [LOGGED_IN]),
        (ended("auth", "reply", 535, "535 no"), [REFUSED]),
        (talk(Senders=senders((450, "450 4.7.0 rate"))), [LOGGED_IN, HELD_BACK]),
        (ended("connect", "timeout"), []),
        (None, []),
    ],
)
def test_what_is_kept(declared: Declared, output: dict[str, Any] | None, kinds: list[str]) -> None:
    record(after(declared, output))
    assert [each.kind for each in declared.history.ledger.events("info@beispiel.de")] == kinds


def reach(**places: Any) -> Any:
    return [
        {"Name": "smtp.strato.de", "Port": int(port.removeprefix("p")), "Addresses": addresses, **more}
        for port, (addresses, more) in places.items()
    ]


OPEN, SHUT = {"Connected": True, "Problem": None}, {"Connected": False, "Problem": "TimedOut"}
ADDRESS = ["81.169.145.133"]


@pytest.mark.parametrize(
    ("rows", "port", "result"),
    [
        (reach(p587=(ADDRESS, OPEN), p465=(ADDRESS, OPEN)), 587, PASS),
        (reach(p587=(ADDRESS, SHUT), p465=(ADDRESS, SHUT)), 587, FAIL),
        (reach(p587=(ADDRESS, SHUT), p465=(ADDRESS, OPEN)), 587, FAIL),
        (reach(p465=(ADDRESS, OPEN)), 465, FAIL),
        ([], 587, UNKNOWN),
    ],
)
def test_the_port(rows: Any, port: int, result: str) -> None:
    declared = Declared(route=replace(STRATO, port=port))
    found = judged("port", situation(told(preflight_reach=rows), declared=declared))
    assert found and found[0] == result
    assert bool(found[2]) is (result == FAIL)


def test_a_name_without_an_address_is_no_matter_of_firewalls() -> None:
    rows = reach(p587=([], SHUT), p465=([], SHUT))
    found = judged("port", situation(told(preflight_reach=rows), declared=Declared(route=STRATO)))
    assert found and found[0] == FAIL and "forwarders" in found[2]


def test_only_465_is_named() -> None:
    rows = reach(p587=(ADDRESS, SHUT), p465=(ADDRESS, OPEN))
    found = judged("port", situation(told(preflight_reach=rows), declared=Declared(route=STRATO)))
    assert found and "only to port 465" in found[1]


@pytest.mark.parametrize(
    ("here", "there", "result"),
    [
        (ADDRESS, tuple(ADDRESS), PASS),
        ([*ADDRESS, "192.0.2.7"], tuple(ADDRESS), PASS),
        (["192.0.2.7"], tuple(ADDRESS), WARN),
        (ADDRESS, (), PASS),
        ([], tuple(ADDRESS), FAIL),
    ],
)
def test_how_the_host_resolves(here: list[str], there: tuple[str, ...], result: str) -> None:
    resolver = FakeResolver(smtp_strato_de=there) if there else FakeResolver()
    rows = told(preflight_reach=reach(p587=(here, OPEN)))
    found = judged("resolving_host", situation(rows, declared=Declared(route=STRATO), resolver=resolver))
    assert found and found[0] == result


def test_each_smart_host_is_asked_for_with_the_other_usual_port() -> None:
    declared = Declared(Desired(answer_seconds=7), route=Route("a", ("[mail.example]", "b.example"), 25))
    (step,) = CHECKS["port"].reads(declared).steps
    places = [(each["Name"], each["Port"]) for each in step.parameters["Places"]]
    assert places == [("mail.example", 25), ("mail.example", 465), ("b.example", 25), ("b.example", 465)]
    assert (step.command, step.parameters["TimeoutSeconds"]) == ("Test-Reach", 7)


def test_who_has_no_smart_host_is_asked_nothing() -> None:
    for declared in (Declared(), Declared(route=Route("Internet")), Declared(logins=(candidate(),))):
        assert not any(each.applies(declared) for each in ROWS)
    assert CHECKS["port"].reads(Declared()).steps == ()
    assert not any(each.applies(Declared(route=STRATO)) for each in ROWS if each.name not in ("port", "resolving_host"))


def test_what_a_plan_would_run_into(declared: Declared) -> None:
    today, new = frozenset[Route](), frozenset({STRATO})
    here = situation({}, declared=declared, planned=CONNECTORS)
    assert {each.name for each in ROWS if each.stops(here)} == {"login"}
    assert all(each.stops(replace(here, today=today, after=new)) == CONNECTORS for each in ROWS)


def test_stages_are_the_agents() -> None:
    agent = Path(smarthost_rows.__file__).parents[2] / "agent" / "smtp_login.ps1"
    text = agent.read_text() + (agent.parent / "mail_talk.ps1").read_text()
    assert [each for each in smarthost_rows.STAGES if f"'{each}'" not in text] == ["hello"]
