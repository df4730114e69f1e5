"""The checks that speak to a provider, from the host and from the controller: the steps of all of them on both backends
at a simulated provider, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Mailbox
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.candidates import Candidate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import LOGGED_IN, POP3_LOGIN, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.login_history import LoginHistory, Retry
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.declared_accounts import DesiredAccount
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.proof import LoginTries
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import pop3_rows, smarthost_rows, tls_rows
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import TlsProbe
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Request, StepResult
from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.provider import SimulatedProvider
from lab.up.backends import BACKENDS, make_backend

from .asking import ask

pytestmark = pytest.mark.pwsh

NOW = datetime.now(UTC)
ADDRESS, PASSWORD = "info@beispiel.de", "Zq7-lab-only-Kupferdach-9134"
ROWS = (*tls_rows.ROWS, *smarthost_rows.ROWS, *pop3_rows.ROWS)
READY = {
    **dict.fromkeys(("tls", "schannel", "dotnet"), "pass"),
    **dict.fromkeys(("port", "resolving_host", "starttls", "auth", "certificate", "login", "null_sender"), "pass"),
    **dict.fromkeys(("pop3_port", "pop3_login", "pop3_certificate"), "pass"),
    "pop3_tls": "unknown",
}
"""What a host that is as it should be comes to at a provider of today."""


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ca") / "ca.pem"


@pytest.fixture(scope="module")
def certificates(ca_file: Path) -> Certificates:
    return Certificates(ca_file)


@pytest.fixture
def provider(certificates: Certificates) -> Iterator[SimulatedProvider]:
    box = {"address": ADDRESS, "password": PASSWORD, "created": "2020-01-01"}
    with SimulatedProvider({"mailboxes": [box]}, certificates) as found:
        yield found


def declared(provider: SimulatedProvider, ledger: Ledger) -> Declared:
    login = Candidate(Mailbox(ADDRESS, NOW - timedelta(days=900)), PASSWORD)
    account = DesiredAccount(AccountKey("localhost", str(provider.ports["pop3"]), ADDRESS), "box", PASSWORD, ssl=True)
    route = Route("Internet", ("localhost",), provider.port, must_encrypt=True, auth="BasicAuthRequireTLS")
    history = LoginHistory(ledger, "sbs", lambda: NOW, False, "here", Retry())
    tries = LoginTries(ledger, "sbs", NOW)
    return Declared(route=route, logins=(login,), accounts=(account,), history=history, tries=tries)


def situation(name: str, state: str, ca_file: Path, what: Declared) -> Situation:
    """What the host of a state tells, with a probe that is real."""
    reads = [row.reads(what) for row in ROWS if row.applies(what)]
    steps = {step.id: replace(step, always=True) for each in reads for step in each.steps}
    secrets = {key: secret for each in reads for key, secret in each.secrets.items()}
    backend = make_backend(name, SimulatedMachine.from_state(state), ca_file)
    try:
        answer = ask(backend, Request(tuple(steps.values()), secrets=secrets).as_data())
    finally:
        backend.close()
    assert answer.code == 0
    told = {
        each["id"]: StepResult(each["id"], each["status"], tuple(each["output"])) for each in answer.reply["results"]
    }
    assert {each.id for each in told.values() if each.status != "done"} == {"preflight_sent_tls"}  # wants Exchange
    deadline, routes = Deadline(20), frozenset({what.route} if what.route else ())
    return Situation(what, told, routes, routes, now=NOW, deadline=deadline, probe=TlsProbe(deadline))


def results(here: Situation) -> dict[str, str]:
    found = {row.name: row.judge(here) for row in ROWS if row.applies(here.declared)}
    return {name: each.result for name, each in found.items() if each}


@pytest.mark.parametrize("name", BACKENDS)
def test_a_host_and_a_provider_as_they_should_be(
    name: str, provider: SimulatedProvider, ca_file: Path, tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    what = declared(provider, ledger)
    here = situation(name, "sbs2011", ca_file, what)
    assert results(here) == READY
    smarthost_rows.record(here)
    pop3_rows.record(here)
    assert [each.kind for each in ledger.events()] == [LOGGED_IN, POP3_LOGIN]


CASES: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "an old host": ("sbs2011_stock", {}, {"tls": "fail"}),
    "an old host, an old provider": ("sbs2011_stock", {"tls_versions": ["1.0", "1.2"]}, {"tls": "warn"}),
    "half keys": ("sbs2011_half_keys", {}, {"tls": "unknown", "schannel": "warn"}),
    "no suite in common": (
        "sbs2011",
        {"suites": "ECDHE-RSA-AES256-GCM-SHA384", "certificate_keys": ["rsa"], "tls_versions": ["1.2"]},
        {"tls": "fail", "pop3_tls": "fail"},
    ),
    "no STARTTLS": ("sbs2011", {"starttls": False}, {"tls": "unknown", "starttls": "fail"}),
    "another mechanism": ("sbs2011", {"auth": ["PLAIN"]}, {"auth": "fail"}),
    "another name": (
        "sbs2011",
        {"certificate_names": ["smtp.beispiel.de"]},
        {"certificate": "fail", "pop3_certificate": "fail"},
    ),
    "logins refused": ("sbs2011", {"refuse_logins": [ADDRESS]}, {"login": "fail", "pop3_login": "fail"}),
    "no bounces": ("sbs2011", {"null_sender": False}, {"null_sender": "warn"}),
    "a foreign sender": ("sbs2011", {"not_owned": [ADDRESS]}, {"login": "fail"}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named_on_either_side(
    case: str, provider: SimulatedProvider, ca_file: Path, tmp_path: Path
) -> None:
    state, settings, expected = CASES[case]
    provider.change(settings)
    found = results(situation("twin", state, ca_file, declared(provider, Ledger(tmp_path / "ledger.sqlite"))))
    assert {name: found.get(name) for name in expected} == expected
