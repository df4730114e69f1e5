"""The preflight alone at a provider: which logins it makes, and what it keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import LedgerFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import LOGGED_IN, POP3_LOGIN, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import smarthost_rows
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from lab.endpoint.certificates import Certificates
from lab.provider import SimulatedProvider
from lab.twin.backend import Twin
from tests.unit.plugin_utils.mail_flow.flow_host import CONNECTOR, INFO, PASSWORD, UNTOUCHED, Server
from tests.unit.plugin_utils.pop3_connector.pop3_host import declared, options

LOGINS = {"preflight_login", "preflight_pop3_0"}


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    return tmp_path / "ca.pem"


@pytest.fixture
def provider(ca_file: Path) -> Iterator[SimulatedProvider]:
    box = {"address": INFO, "password": PASSWORD, "created": "2020-01-01"}
    with SimulatedProvider({"mailboxes": [box]}, Certificates(ca_file)) as found:
        yield found


@pytest.fixture
def sbs(tmp_path: Path, ca_file: Path, provider: SimulatedProvider) -> Server:
    server = Server(tmp_path / "kept", UNTOUCHED)
    server._twin = Twin(server.machine, ca_file)
    pop3_port, named = provider.ports["pop3"], {"name": "Ours", "pop3_host": "localhost", "min_poll_minutes": 15}
    account = declared(1, provider=named, server="localhost", port=pop3_port, username=INFO, password=PASSWORD)
    nouns = {
        "send_connector": {**CONNECTOR, "smart_hosts": ["localhost"], "port": provider.port},
        "pop3_connector": options(account, confirm_mailbox=True),
    }
    server.variables = {f"{noun}_{name}": value for noun, each in nouns.items() for name, value in each.items()}
    return server


def results(told: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["result"] for row in told["checks"]}


def asked(server: Server) -> set[str]:
    return {step["id"] for request in server.requests for step in request["steps"]} & LOGINS


def test_each_login_is_made_once_and_kept(sbs: Server, tmp_path: Path) -> None:
    found = results(sbs.run("preflight", {}))
    names = ("port", "starttls", "auth", "certificate", "login", "null_sender", "pop3_port", "pop3_login")
    assert {name: found.get(name) for name in names} == dict.fromkeys(names, "pass")
    assert (asked(sbs), len(sbs.requests)) == (LOGINS, 1)
    ledger = Ledger(tmp_path / "kept" / "ledger.sqlite")
    assert [each.kind for each in ledger.events()] == [LOGGED_IN, POP3_LOGIN]
    # Within the provider's pause the first proof counts.
    again = results(sbs.run("preflight", {}))
    assert (asked(sbs), again["pop3_login"]) == ({"preflight_login"}, "pass")


def test_check_mode_makes_no_login_since_it_keeps_none(sbs: Server, tmp_path: Path) -> None:
    found = results(sbs.run("preflight", {}, check=True))
    assert (asked(sbs), found["login"], found["pop3_login"], found["port"]) == (set(), "unknown", "unknown", "pass")
    assert not (tmp_path / "kept" / "ledger.sqlite").exists()


def test_a_refused_login_is_not_tried_again(sbs: Server, provider: SimulatedProvider) -> None:
    provider.change({"refuse_logins": [INFO]})
    told = sbs.run("preflight", {})
    assert told["failed"] and results(told)["login"] == "fail"
    again = results(sbs.run("preflight", {}))
    assert (asked(sbs), again["login"]) == (set(), "unknown")


def test_what_was_found_is_told_where_it_cannot_be_kept(
    sbs: Server, provider: SimulatedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(situation: Situation) -> None:
        raise LedgerFailed(reason_of("internal", "ledger", type="disk full", outcome=""))

    monkeypatch.setattr(smarthost_rows, "record", full)
    provider.change({"refuse_logins": [INFO]})
    told = sbs.run("preflight", {})
    assert told["failed"] and results(told)["login"] == "fail" and "disk full" in str(told["warnings"])


def test_a_run_beside_the_nouns_makes_none_of_these_logins(sbs: Server) -> None:
    sbs.flow({"transport": {"calm_for_provider": "strato"}})
    assert asked(sbs) == set()
