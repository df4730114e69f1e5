"""Whole runs against a simulated SBS, to which mail comes: what is closed, what stays, and what a run says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.subject import TransportSubject
from tests.unit.plugin_utils.mail_flow.flow_host import ALL as FLOW
from tests.unit.plugin_utils.mail_flow.flow_host import UNTOUCHED, Reply, failing, ring
from tests.unit.plugin_utils.receive_connector.receiving_host import (
    ALL,
    DEFAULT,
    INTERNET,
    SCANNER,
    Receiving,
)

OPEN = {"relay_rights": [{"connector": INTERNET, "user": "anonymous"}]}
SCANS: dict[str, Any] = {"Name": "Scanner", "RemoteIPRanges": [SCANNER], "PermissionGroups": "AnonymousUsers"}
SCANNING: dict[str, Any] = {
    "receive_connectors": [
        {"Name": DEFAULT, "Bindings": ["0.0.0.0:25"], "RemoteIPRanges": ["192.168.1.0/24", "127.0.0.1"]},
        {"Name": INTERNET, "PermissionGroups": "AnonymousUsers", "AuthMechanism": "Tls"},
        SCANS,
    ],
    "relay_rights": [{"connector": "Scanner", "user": "anonymous"}, {"connector": INTERNET, "user": "anonymous"}],
}
ALONE: dict[str, Any] = {
    "receive_connectors": [{"Name": INTERNET, "PermissionGroups": "AnonymousUsers", "AuthMechanism": "Tls"}]
}
PROVIDER = "203.0.113.0/24"
NARROW = {"adopt": True, "remote_ip_ranges": [PROVIDER]}
ADOPT = {"adopt": True, "max_message_size": "25MB"}
PROVING = {**FLOW["pop3_connector"], "validate_logins": True}


def test_a_converged_run_is_one_process_and_reads_no_clients(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path)
    assert sbs.receive(ADOPT)["changed"]
    again = sbs.receive(ADOPT)
    assert (again["changed"], again["plan"], len(sbs.requests)) == (False, None, 1)
    commands = [step["command"] for step in sbs.requests[0]["steps"]]
    assert "Measure-SmtpClients" not in commands and "Get-ExchangeCertificate" not in commands


def test_the_connector_keeps_its_name(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path)
    told = sbs.receive({**ADOPT, "name": "Internet"})
    assert any("keeps its name" in each for each in told["warnings"])
    assert sbs.connector(INTERNET) and not sbs.connector("Internet")


@pytest.mark.parametrize("check", [False, True])
def test_an_open_relay_is_told_in_every_run(tmp_path: Path, check: bool) -> None:
    sbs = Receiving(tmp_path, **OPEN)
    for declared in ({}, ADOPT, ADOPT):
        told = sbs.receive(declared, check)
        assert told["open_relays"] == [INTERNET]
        assert any("is an open relay" in each and "close_relay" in each for each in told["warnings"])
    assert sbs.relays() == [INTERNET]


def test_an_open_relay_is_told_where_the_rest_is_refused(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **OPEN)
    told = sbs.receive({"name": "Neu", "comment": "x"})
    assert told["failed"] and told["open_relays"] == [INTERNET]
    assert any("is an open relay" in each for each in told["said"])


def test_it_is_closed_and_a_scanner_relays_as_before(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **SCANNING)
    assert sbs.takes("8.8.8.8") and sbs.takes(SCANNER)
    told = sbs.receive({"close_relay": True})
    assert (told["changed"], told.get("msg"), told["open_relays"]) == (True, None, [])
    assert not sbs.takes("8.8.8.8") and sbs.takes(SCANNER) and sbs.relays() == ["Scanner"]
    assert not sbs.receive({"close_relay": True})["changed"]
    saved = json.loads(Path(told["backup_file"]).read_text())
    assert [each["sid"] for each in saved["relay_rights"]] == ["S-1-5-7"]


CANNOT: list[tuple[str, dict[str, Any], str]] = [
    ("inherited", {"relay_rights": [{"connector": INTERNET, "user": "anonymous", "inherited": True}]}, "inherited"),
    (
        "servers",
        {
            "receive_connectors": [
                {
                    "Name": INTERNET,
                    "PermissionGroups": "AnonymousUsers, ExchangeServers",
                    "AuthMechanism": "Tls, ExternalAuthoritative",
                }
            ]
        },
        "ExternalAuthoritative",
    ),
]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("state", "words"), [each[1:] for each in CANNOT], ids=[each[0] for each in CANNOT])
def test_what_cannot_be_closed_fails_and_is_left(
    tmp_path: Path, state: dict[str, Any], words: str, check: bool
) -> None:
    sbs = Receiving(tmp_path, **state)
    told = sbs.receive({"close_relay": True}, check)
    assert told["failed"] and not told["changed"] and words in told["msg"] and told["open_relays"] == [INTERNET]
    rest = sbs.receive({**ADOPT, "close_relay": True}, check)
    assert rest["failed"] and rest["changed"] and words in rest["msg"]


def unread(reply: Reply) -> Reply:
    return failing(reply, "read_connector_rights")


@pytest.mark.parametrize("check", [False, True])
def test_rights_that_cannot_be_read_are_no_closed_relay(tmp_path: Path, check: bool) -> None:
    sbs = Receiving(tmp_path, **OPEN)
    sbs.meddle = lambda number, request, reply: unread(reply)
    looked = sbs.receive({}, check)
    assert "failed" not in looked and any("is unknown" in each for each in looked["warnings"])
    assert sbs.receive({"close_relay": True}, check)["failed"]


def test_a_step_that_did_nothing_is_no_closed_relay(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **OPEN)

    def deaf(number: int, request: dict[str, Any], reply: Reply) -> Reply:
        if any(step["command"] == "Remove-ADPermission" for step in request["steps"]):
            sbs.machine.change({"relay_rights": OPEN["relay_rights"]})
            rights = [each for each in reply["results"] if each["id"] == "read_connector_rights"]
            rights[0]["output"] = before
        before[:] = next((each["output"] for each in reply["results"] if each["id"] == "read_connector_rights"), before)
        return reply

    before: list[Any] = []
    sbs.meddle = deaf
    told = sbs.receive({"close_relay": True})
    assert told["failed"] and "anonymous_relay" in told["msg"] and told["open_relays"] == [INTERNET]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("declared", [{"adopt": True, "require_tls": True}, {"name": "Neu", "comment": "x"}])
def test_closing_comes_though_the_rest_is_refused(tmp_path: Path, declared: dict[str, Any], check: bool) -> None:
    sbs = Receiving(tmp_path, **OPEN)
    told = sbs.receive({**declared, "close_relay": True}, check)
    assert told["failed"] and told["changed"]
    assert [step["command"] for step in told["plan"]["steps"]] == ["Remove-ADPermission"]
    assert sbs.relays() == ([INTERNET] if check else [])


def test_closing_comes_before_anything_of_another_noun(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **{**UNTOUCHED, **OPEN})
    told = sbs.flow({**FLOW, "receive_connector": {"close_relay": True}, "pop3_connector": PROVING})
    asked = [[step["command"] for step in request["steps"]] for request in sbs.requests]
    closed = next(at for at, commands in enumerate(asked) if "Remove-ADPermission" in commands)
    proven = next(at for at, commands in enumerate(asked) if "Test-Pop3Login" in commands)
    assert closed < proven and told["nouns"]["receive_connector"]["changed"]
    writing = [command for commands in asked[:closed] for command in commands if command.startswith(("Set-", "New-"))]
    assert writing == [] and sbs.relays() == []


LOOPED: dict[str, Any] = {
    "receive_connectors": [
        *ALONE["receive_connectors"],
        {"Name": "ERP", "Bindings": ["127.0.0.1:25"], "PermissionGroups": "AnonymousUsers", "AuthMechanism": "Tls"},
    ],
    "relay_rights": [{"connector": "ERP", "user": "anonymous"}],
}


def test_what_listens_on_the_loopback_alone_is_nobody_s_relay(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **LOOPED)
    told = sbs.receive({"adopt": True, "comment": "x", "close_relay": True})
    assert (told.get("msg"), told["open_relays"], told["connector"]) == (None, [], INTERNET)
    assert sbs.relays() == ["ERP"] and sbs.takes("127.0.0.1", to="127.0.0.1:25")


WIDE = {"adopt": True, "remote_ip_ranges": [ALL]}


def test_an_open_relay_is_not_opened_for_more(tmp_path: Path) -> None:
    narrow = {**ALONE["receive_connectors"][0], "RemoteIPRanges": [PROVIDER, "127.0.0.1", "192.168.1.2"]}
    sbs = Receiving(tmp_path, receive_connectors=[narrow], **OPEN)
    refused = sbs.receive(WIDE)
    assert refused["failed"] and "makes it an open relay" in refused["msg"] and not sbs.takes("8.8.8.8")
    done = sbs.receive({**WIDE, "close_relay": True})
    assert done.get("msg") is None and not sbs.takes("203.0.113.9")


def test_the_way_back_opens_no_relay_for_more(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **ALONE)
    told = sbs.receive({**NARROW, "clients_given_up": []})
    sbs.machine.change(OPEN)
    refused = sbs.run("restore", {"backup_file": told["backup_file"]})
    assert refused["failed"] and "confirm_open_relay" in refused["msg"] and not sbs.takes("8.8.8.8")


# ---- where nothing is declared of it


@pytest.mark.parametrize("check", [False, True])
def test_a_run_of_other_nouns_tells_of_an_open_relay(tmp_path: Path, check: bool) -> None:
    sbs = Receiving(tmp_path, **{**UNTOUCHED, **OPEN})
    declared: dict[str, Any] = {"transport": FLOW["transport"]}
    for _ in range(2):
        told = sbs.flow(declared, check)
        assert "failed" not in told and any("open_relay" in each and INTERNET in each for each in told["warnings"])
    assert len(sbs.requests) == 1 or check
    quiet = sbs.flow({**declared, "preflight": {"accept": ["open_relay"]}}, check)
    assert not any("open_relay" in each for each in quiet.get("warnings", ()))


def test_one_that_looks_at_relays_itself_tells_it_once(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **{**UNTOUCHED, **OPEN})
    told = sbs.flow({"transport": FLOW["transport"], "receive_connector": {}})
    assert len([each for each in told["warnings"] if "open relay" in each]) == 1


# ---- who loses it


def test_the_hand_over_of_the_server_itself_works_after_narrowing(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **ALONE, recipients=[{"Name": "user1", "Alias": "user1"}])
    inside = "user1@nt4admins.local"
    own = [("127.0.0.1", "127.0.0.1:25"), ("192.168.1.2", "192.168.1.2:25")]
    assert all(sbs.takes(client, inside, to) for client, to in own)
    told = sbs.receive({**NARROW, "clients_given_up": []})
    assert told.get("msg") is None and any("stay in the ranges" in each for each in told["warnings"])
    assert all(sbs.takes(client, inside, to) for client, to in own)
    assert sbs.takes("203.0.113.9", inside) and not sbs.takes("8.8.8.8", inside)
    assert not sbs.receive({**NARROW, "clients_given_up": []})["changed"]


def test_a_client_of_the_last_days_has_to_be_named(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **ALONE, recipients=[{"Name": "user1", "Alias": "user1"}])
    inside = "user1@nt4admins.local"
    for client in (SCANNER, "8.8.8.8", "203.0.113.9"):
        assert sbs.takes(client, inside)
    before = sbs.dump()
    told = sbs.receive(NARROW)
    assert told["failed"] and len(sbs.requests) == 2 and sbs.dump() == before
    assert [each["address"] for each in told["clients_losing"]] == [SCANNER, "8.8.8.8"]
    assert SCANNER in told["msg"] and "203.0.113.9" not in told["msg"]
    assert sbs.receive({**NARROW, "clients_given_up": [ALL]})["failed"]
    done = sbs.receive({**NARROW, "remote_ip_ranges": [PROVIDER, SCANNER], "clients_given_up": [ALL]})
    assert done.get("msg") is None and sbs.takes(SCANNER, inside)


def test_where_nothing_is_logged_somebody_has_to_say_so(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **ALONE, transport_servers=[{"Name": "SBS", "MessageTrackingLogEnabled": False}])
    told = sbs.receive(NARROW)
    assert told["failed"] and "neither message tracking nor a protocol log" in told["msg"]
    assert "clients_given_up" in told["msg"]
    assert "failed" not in sbs.receive({**NARROW, "clients_given_up": []})


def test_nobody_is_asked_where_nobody_loses(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path)
    sbs.receive(ADOPT, check=True)
    assert len(sbs.requests) == 1


# ---- recipients, names


def test_validation_is_set_and_its_agents_are_told(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, recipient_filter={"agents_installed": False})
    told = sbs.receive({"recipient_validation": True})
    assert told["changed"] and any("Install-AntispamAgents.ps1" in each for each in told["warnings"])
    assert told["recipient_validation"] == {"enabled": True, "agent": False, "filter": True}
    assert not sbs.receive({"recipient_validation": True})["changed"]


def test_a_name_needs_a_certificate(tmp_path: Path) -> None:
    sbs = Receiving(
        tmp_path, certificates=[{"names": ["mail.beispiel.de"], "services": ["SMTP"], "not_after": "2040-01-01"}]
    )
    assert "failed" not in sbs.receive({"adopt": True, "fqdn": "mail.beispiel.de"})
    refused = sbs.receive({"adopt": True, "fqdn": "post.beispiel.de"})
    assert refused["failed"] and "mail.beispiel.de" in refused["msg"]


# ---- back


def test_everything_goes_back(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **ALONE)
    own = ["127.0.0.1", "192.168.1.2"]
    changes: list[tuple[dict[str, Any], list[str]]] = [
        ({**NARROW, "clients_given_up": [], "banner": "220 mail.beispiel.de", "recipient_validation": True}, []),
        ({"name": "Neu", "bindings": ["0.0.0.0:2525"], "remote_ip_ranges": [ALL]}, own),
    ]
    for declared, lost in changes:
        before = sbs.dump()
        told = sbs.receive(declared)
        assert told.get("msg") is None and told["changed"]
        back: dict[str, Any] = {"backup_file": told["backup_file"]}
        if lost:
            refused = sbs.run("restore", back)
            assert refused["failed"] and all(each in refused["msg"] for each in lost) and sbs.connector("Neu")
            back |= {"clients_given_up": lost}
        done = sbs.run("restore", back)
        assert done.get("msg") is None and done["changed"]
        after = sbs.dump()
        for key in ("receive_connectors", "relay_rights", "recipient_filter"):
            assert after[key] == before[key], key
        assert not sbs.run("restore", back)["changed"]


def test_the_way_back_takes_no_connector_from_who_used_it(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **ALONE, recipients=[{"Name": "user1", "Alias": "user1"}])
    assert "failed" not in sbs.receive({**NARROW, "clients_given_up": []})
    told = sbs.receive({**NARROW, "remote_ip_ranges": [PROVIDER, SCANNER]})
    assert sbs.takes(SCANNER, "user1@nt4admins.local")
    back = {"backup_file": told["backup_file"]}
    refused = sbs.run("restore", back)
    assert refused["failed"] and SCANNER in refused["msg"] and "clients_given_up" in refused["msg"]
    assert [each["address"] for each in refused["clients_losing"]] == [SCANNER]
    assert sbs.takes(SCANNER, "user1@nt4admins.local")
    assert "failed" not in sbs.run("restore", {**back, "clients_given_up": [SCANNER]})
    assert not sbs.takes(SCANNER, "user1@nt4admins.local")


def test_a_scanner_s_connector_comes_back_with_its_right(tmp_path: Path) -> None:
    sbs = Receiving(tmp_path, **SCANNING)
    told = sbs.receive({"name": "Scanner", "state": "absent", "clients_given_up": []})
    assert told["changed"] and not sbs.connector("Scanner") and not sbs.takes(SCANNER)
    back = sbs.run("restore", {"backup_file": told["backup_file"]})
    assert back.get("msg") is None and sbs.takes(SCANNER)


@pytest.mark.parametrize("check", [False, True])
def test_a_relay_is_opened_again_only_where_that_is_confirmed(tmp_path: Path, check: bool) -> None:
    sbs = Receiving(tmp_path, **OPEN)
    told = sbs.receive({"close_relay": True})
    back = {"backup_file": told["backup_file"]}
    refused = sbs.run("restore", back, check)
    assert refused["failed"] and "confirm_open_relay" in refused["msg"] and sbs.relays() == []
    confirmed = sbs.run("restore", {**back, "confirm_open_relay": True}, check)
    assert confirmed["changed"] and any("open relay again" in each for each in confirmed["warnings"])
    assert sbs.relays() == ([] if check else [INTERNET])


def test_closing_is_done_when_the_time_ends_in_another_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sbs = Receiving(tmp_path, **{**UNTOUCHED, **OPEN})
    monkeypatch.setattr(TransportSubject, "prove", lambda *given: ring())
    told = sbs.flow({"transport": FLOW["transport"], "receive_connector": {"close_relay": True}})
    assert told["failed"] and sbs.relays() == []
