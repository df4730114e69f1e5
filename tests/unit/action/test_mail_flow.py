"""One run over several nouns: what it costs, what stops it, and that it ends as the single roles do."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.wire import encode_calls
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused, RequestTooLarge, StepFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mail_flow.nouns import CONNECTORS, NOUNS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from tests.unit.plugin_utils.mail_flow.flow_host import (
    ALL,
    ALT,
    AT_STRATO,
    INFO,
    SECRETS,
    UNTOUCHED,
    WITH_ACCOUNT,
    WIZARD,
    Reply,
    Server,
    failing,
    ring,
    without_hashes,
)

Declarations = dict[str, dict[str, Any]]
SWITCH: Declarations = {noun: desired for noun, desired in WITH_ACCOUNT.items() if noun != "address_rewrite"}
FORMS: Declarations = {
    "receive_connector": {"adopt": True, "tarpit_interval": "soon"},
    "address_rewrite": {"rules": 5},
    "send_connector": {"name": "Smarthost", "port": 465},
    "smarthost_account": {"provider": "nobody-knows-it"},
    "pop3_connector": {"accounts": 5},
    "transport": {"message_retry_interval": "soon"},
}


@pytest.fixture
def sbs(tmp_path: Path) -> Server:
    return Server(tmp_path / "kept", UNTOUCHED)


def states(result: dict[str, Any]) -> dict[str, str]:
    """What became of each noun that may be written."""
    return {noun: _state(told) for noun, told in result["nouns"].items() if noun != "preflight"}


def _state(told: dict[str, Any]) -> str:
    if told.get("failed"):
        held = [each["found"] for each in told["reasons"] if "not tried, since" in each["found"]]
        return "not tried" if held else "failed"
    return "changed" if told["changed"] else "unchanged"


# ---- what it costs


@pytest.mark.parametrize("declarations", [ALL, WITH_ACCOUNT], ids=["login of its own", "old enough"])
def test_first_run_then_converged_then_one_noun(sbs: Server, declarations: Declarations) -> None:
    checked = sbs.flow(declarations, check=True)
    assert (len(sbs.requests), set(states(checked).values())) == (1, {"changed"})
    proofs = 2 if "smarthost_account" in declarations else 1
    first = sbs.flow(declarations)
    assert ("failed" not in first, len(sbs.requests)) == (True, 1 + proofs + len(declarations))
    assert first["plan"] == checked["plan"] and set(states(first).values()) == {"changed"}
    again = sbs.flow(declarations)
    assert (again["changed"], again["plan"], len(sbs.requests)) == (False, None, 1)
    sbs.flow({**declarations, "transport": {"calm_for_per_hour": 60}})
    assert len(sbs.requests) == 2


def test_every_step_is_read_once_and_the_clock_last(sbs: Server) -> None:
    sbs.flow(WITH_ACCOUNT, check=True)
    ids = [step["id"] for step in sbs.requests[0]["steps"]]
    assert len(set(ids)) == len(ids) and ids[-1] == "read_host_facts"
    assert {"read_recipients", "read_send_connectors", "read_pop3_records"} & set(ids) >= {"read_send_connectors"}


def test_a_noun_without_exchange_is_written_without_its_shell(sbs: Server) -> None:
    sbs.flow(ALL)
    shells = {request["steps"][0]["command"]: request["exchange"] for request in sbs.requests[1:]}
    assert shells["Write-Pop3Records"] == "none" and shells["Set-TransportServer"] == "snapin"


def test_no_secret_of_one_noun_goes_by_the_name_of_anothers(sbs: Server) -> None:
    declarations = {
        **WITH_ACCOUNT,
        "smarthost_account": {**WITH_ACCOUNT["smarthost_account"], "require_observed_age": True},
    }
    sbs.flow(declarations)
    names = [set(request["secrets"]) for request in sbs.requests]
    assert any(name.startswith("observe") for name in names[0]) and any("pop3" in name for name in names[0])


# ---- as the single roles


@pytest.mark.parametrize(
    ("state", "size"), [*((UNTOUCHED, size) for size in (1, 2, 3, 4)), (AT_STRATO, 3), (AT_STRATO, 4)]
)
def test_it_ends_as_the_single_roles_do(tmp_path: Path, state: dict[str, Any], size: int) -> None:
    for declarations in itertools.chain(*(itertools.combinations(each.items(), size) for each in (ALL, WITH_ACCOUNT))):
        chosen = dict(declarations)
        name = "-".join(chosen)
        joint, single = Server(tmp_path / name, state), Server(tmp_path / f"{name}-single", state)
        together, alone = joint.flow(chosen), single.one_by_one(chosen)
        assert joint.dump() == single.dump(), name
        # No decision depends on what an earlier noun of the same run still has to do.
        for noun, told in alone.items():
            assert without_hashes(together["nouns"][noun]["plan"]) == without_hashes(told["plan"]), (name, noun)
        assert not joint.flow(chosen)["changed"]
        assert not any(each["changed"] for each in joint.one_by_one(chosen).values())


def test_the_digest_of_one_noun_is_its_plans_own(sbs: Server) -> None:
    told = sbs.flow({"transport": ALL["transport"]}, check=True)
    assert told["plan"]["digest"] == told["nouns"]["transport"]["plan"]["digest"]
    both = sbs.flow({noun: ALL[noun] for noun in ("pop3_connector", "transport")}, check=True)
    assert both["plan"]["digest"] not in {both["nouns"][each]["plan"]["digest"] for each in states(both)}


def test_only_the_approved_plans_are_carried_out(sbs: Server) -> None:
    digest = sbs.flow(ALL, check=True)["plan"]["digest"]
    other = sbs.flow(ALL, approved_plan="0" * 64)
    assert (len(sbs.requests), other["changed"], set(states(other).values())) == (1, False, {"failed"})
    assert "failed" not in sbs.flow(ALL, approved_plan=digest)


def test_each_saved_state_goes_back(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", UNTOUCHED)
    before = sbs.dump()
    nouns = ("receive_connector", "address_rewrite", "send_connector", "transport")
    files = sbs.flow({noun: ALL[noun] for noun in nouns})["backup_files"]
    assert len(files) == 4
    for noun, file in zip(nouns, files, strict=True):
        more = {"confirm_no_smarthost": True} if noun == "send_connector" else {}
        assert "failed" not in sbs.run("restore", {"backup_file": file, **more}), noun
    after = sbs.dump()
    for key in ("transport_servers", "receive_connectors", "relay_rights"):
        assert after[key] == before[key]
    addresses = [[each["EmailAddresses"] for each in state["recipients"]] for state in (before, after)]
    assert addresses[0] == addresses[1]


def accounts_file(sbs: Server) -> Any:
    """What tells one content of the POP3 connector's file from another."""
    return sbs.machine.dump()["pop3_connector"]["data_folder"]["pop3records.dat"]


def test_what_one_run_changed_goes_back_at_once(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", UNTOUCHED)
    before, accounts = sbs.dump(), accounts_file(sbs)
    assert "failed" not in sbs.flow(ALL) and accounts_file(sbs) != accounts
    back = sbs.run("restore", {"run": "last", "confirm_no_smarthost": True})
    assert [each["noun"] for each in back["restored"]] == [noun for noun in reversed(NOUNS) if noun in ALL]
    assert accounts_file(sbs) == accounts
    after = sbs.dump()
    assert after["transport_servers"] == before["transport_servers"]
    addresses = [[each["EmailAddresses"] for each in state["recipients"]] for state in (before, after)]
    assert addresses[0] == addresses[1]


# ---- what is wrong in a declaration stops all


@pytest.mark.parametrize("noun", NOUNS)
def test_a_wrong_declaration_stops_everything(sbs: Server, noun: str) -> None:
    declarations = {**(WITH_ACCOUNT if noun == "smarthost_account" else ALL), noun: FORMS[noun]}
    before = sbs.dump()
    result = sbs.flow(declarations)
    assert (result["failed"], sbs.requests, sbs.dump()) == (True, [], before)


def test_all_that_is_wrong_is_said_at_once(sbs: Server) -> None:
    declarations = {noun: FORMS[noun] for noun in ALL}
    result = sbs.flow(declarations, timeout="soon", anything=1)
    said = json.dumps(result["reasons"])
    assert all(word in said for word in ("rules", "465", "accounts", "soon", "timeout", "anything"))
    assert sbs.requests == []


def test_a_ledger_that_is_none_hides_nothing_that_is_wrong(sbs: Server) -> None:
    pop3 = {**ALL["pop3_connector"], "ledger": "~nobody-of-this-name/ledger.sqlite"}
    result = sbs.flow({**ALL, "pop3_connector": pop3, "transport": FORMS["transport"]})
    assert [word for word in ("nobody-of-this-name", "soon") if word not in result["msg"]] == []
    assert sbs.requests == []


@pytest.mark.parametrize(
    ("declarations", "word"),
    [
        ({}, "nothing declared"),
        ({"transport": {}}, "nothing declared"),
        ({"transport": 5}, "int"),
        ({**ALL, **WITH_ACCOUNT}, "both send_connector and smarthost_account"),
        ({"transport": ALL["transport"], "only": ["transpert"]}, "transpert"),
        ({"transport": ALL["transport"], "only": ["pop3_connector"]}, "pop3_connector"),
        ({"transport": ALL["transport"], "only": []}, "only: []"),
        ({"transport": ALL["transport"], "only": ""}, "only"),
        ({"smarthost_account": {**WITH_ACCOUNT["smarthost_account"], "wait_for_session": -700}}, "-700"),
        ({"smarthost_account": {**WITH_ACCOUNT["smarthost_account"], "wait_for_session": 10**30}}, "wait_for_session"),
        ({"transport": {**ALL["transport"], "timeout": 5}}, "timeout"),
    ],
)
def test_a_wish_that_is_none_is_refused(sbs: Server, declarations: Declarations, word: str) -> None:
    result = sbs.run("mail_flow", declarations)
    assert result["failed"] and word in result["msg"] and sbs.requests == []


def test_only_some_of_what_is_declared(sbs: Server) -> None:
    assert list(sbs.flow(ALL, only=["Transport"])["nouns"]) == ["transport", "preflight"]
    assert len(sbs.requests) == 2


# ---- what forbids one noun stops it, and those that wait for it

MAY_FAIL = {"read_host_facts", "read_queues", "read_transport_server"}
"""Steps that are only looked at beside: the clock, where it is not about ages, and what waits or is logged."""
Breaker = Callable[[Server, str, pytest.MonkeyPatch], None]
OWN_STEP = {
    "receive_connector": "read_receive_connectors",
    "address_rewrite": "read_accepted_domains",
    "send_connector": "read_send_connectors",
    "smarthost_account": "read_send_connectors",
    "pop3_connector": "read_pop3",
    "transport": "read_transport_servers",
}
WRITES = {
    "receive_connector": ("Set-ReceiveConnector",),
    "address_rewrite": ("New-AcceptedDomain", "Set-Mailbox"),
    "send_connector": ("Set-SendConnector", "New-SendConnector"),
    "smarthost_account": ("Set-SendConnector", "New-SendConnector"),
    "pop3_connector": ("Write-Pop3Records",),
    "transport": ("Set-TransportServer",),
}


def raising(made: Any, method: str, patch: pytest.MonkeyPatch) -> None:
    def no(*given: Any) -> Any:
        raise HostRefused(reason_of("duplicate_name", "here", count=2, guids="x"))

    patch.setattr(made, method, no)


def subject_of(noun: str) -> Any:
    from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.subject import RewriteSubject
    from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.subject import Pop3ConnectorSubject
    from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.subject import (
        ReceiveConnectorSubject,
    )
    from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject
    from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.subject import (
        SmarthostAccountSubject,
    )
    from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.subject import TransportSubject

    return {
        "receive_connector": ReceiveConnectorSubject,
        "address_rewrite": RewriteSubject,
        "send_connector": SendConnectorSubject,
        "smarthost_account": SmarthostAccountSubject,
        "pop3_connector": Pop3ConnectorSubject,
        "transport": TransportSubject,
    }[noun]


def writing(request: dict[str, Any], noun: str) -> bool:
    return any(step["command"] in WRITES[noun] for step in request["steps"])


def at_write(noun: str, then: Callable[[dict[str, Any], Reply], Reply]) -> Callable[..., Reply]:
    return lambda number, request, reply: then(request, reply) if writing(request, noun) else reply


def by_reading(sbs: Server, noun: str, patch: pytest.MonkeyPatch) -> None:
    def read(self: Any, reply: Any, where: str) -> Any:
        raise HostRefused(reason_of("read_failed", where, command="Get-X", host_says="no"))

    patch.setattr(subject_of(noun), "parse", read)


def by_deciding(sbs: Server, noun: str, patch: pytest.MonkeyPatch) -> None:
    raising(subject_of(noun), "decide", patch)


def by_proving(sbs: Server, noun: str, patch: pytest.MonkeyPatch) -> None:
    raising(subject_of(noun), "prove", patch)


def by_a_step(sbs: Server, noun: str, patch: pytest.MonkeyPatch) -> None:
    sbs.meddle = at_write(noun, lambda request, reply: failing(reply, "apply_1"))


def by_reading_back(sbs: Server, noun: str, patch: pytest.MonkeyPatch) -> None:
    def unread(request: dict[str, Any], reply: Reply) -> Reply:
        return failing(reply, *(step["id"] for step in request["steps"] if not step["id"].startswith("apply")))

    sbs.meddle = at_write(noun, unread)


def by_confirming(sbs: Server, noun: str, patch: pytest.MonkeyPatch) -> None:
    def confirm(self: Any, session: Any, shell: Any, state: Any, outcome: Outcome) -> Outcome:
        return replace(outcome, error=StepFailed(reason_of("read_failed", "here", command="Get-X", host_says="no")))

    patch.setattr(subject_of(noun), "confirm", confirm)


BREAKERS: dict[str, Breaker] = {
    each.__name__: each for each in (by_reading, by_deciding, by_proving, by_a_step, by_reading_back, by_confirming)
}


@pytest.mark.parametrize("breaker", BREAKERS.values(), ids=BREAKERS)
@pytest.mark.parametrize("noun", NOUNS)
def test_what_stops_one_noun_stops_those_that_wait_for_it_and_no_other(
    sbs: Server, noun: str, breaker: Breaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    declarations = WITH_ACCOUNT if noun == "smarthost_account" else ALL
    breaker(sbs, noun, monkeypatch)
    result = sbs.flow(declarations)
    waiting = set(CONNECTORS) if noun == "address_rewrite" and breaker is not by_confirming else set()
    expected = {
        each: "failed" if each == noun else "not tried" if each in waiting else "changed" for each in declarations
    }
    assert states(result) == expected and result["failed"]
    (summary,) = [each for each in result["reasons"] if "not tried:" in each["found"]]
    assert noun in summary["found"] and all(each in summary["found"] for each in waiting & set(declarations))
    connector = WRITES["send_connector"][0]
    written = [step["command"] for request in sbs.requests for step in request["steps"]]
    assert (connector in written) is not bool(waiting & set(declarations) or (noun in CONNECTORS and breaker in BEFORE))


@pytest.mark.parametrize("method", ["prove", "left_to_do", "confirm", "finish"])
def test_a_fault_of_ours_in_one_noun_hides_nothing_of_the_others(
    sbs: Server, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*given: Any) -> Any:
        raise KeyError("of ours")

    monkeypatch.setattr(subject_of("send_connector"), method, fault)
    result = sbs.flow(ALL)
    expected = {**dict.fromkeys(ALL, "changed"), "send_connector": "failed"}
    assert states(result) == expected and "unexpected KeyError" in result["msg"]
    told = result["nouns"]["send_connector"]
    assert (told["changed"], len(result["backup_files"])) == (method != "prove", 4 + (method != "prove"))


def test_what_was_done_before_a_request_that_is_too_large_is_told(sbs: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def encoded(request: Any) -> Any:
        if any(step.command == "Set-Mailbox" for step in request.steps):
            raise RequestTooLarge(reason_of("request_too_large", "Set-Mailbox", size=2, limit=1))
        return encode_calls(request)

    monkeypatch.setattr(session, "encode_calls", encoded)
    result = sbs.flow({"address_rewrite": {**ALL["address_rewrite"], "on_error": "continue"}})
    assert [step["status"] for step in result["steps"]] == ["done", *["not_tried"] * 3]
    assert result["failed"] and result["changed"] and len(result["backup_files"]) == 1


BEFORE = (by_reading, by_deciding, by_proving)


@pytest.mark.parametrize("breaker", BREAKERS.values(), ids=BREAKERS)
@pytest.mark.parametrize("noun", ["address_rewrite", "pop3_connector", "transport"])
def test_a_login_is_switched_on_its_day_whatever_else_fails(
    tmp_path: Path, noun: str, breaker: Breaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    sbs = Server(tmp_path / "kept", AT_STRATO)
    breaker(sbs, noun, monkeypatch)
    result = sbs.flow(WITH_ACCOUNT)
    (connector,) = sbs.machine.dump()["send_connectors"]
    assert connector["AuthenticationCredential"]["UserName"] == INFO != ALT
    assert states(result)["smarthost_account"] == "changed" and states(result)[noun] == "failed"


def connector(**changes: Any) -> dict[str, Any]:
    return {**UNTOUCHED, "send_connectors": [{**AT_STRATO["send_connectors"][0], **changes}]}


def beside(smart_host: str, **changes: Any) -> dict[str, Any]:
    """Another connector for every domain, and before the declaration's own one."""
    mine, rival = AT_STRATO["send_connectors"][0], {"Name": "Haupt", "SmartHosts": [smart_host]}
    return {**UNTOUCHED, "send_connectors": [{**mine, **rival}, {**mine, "Name": "Smarthost", **changes}]}


NEW = {"adopt": False, "name": "Neu", "address_spaces": ["beispiel.org"]}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "sends by DNS": (UNTOUCHED, {}, "not tried"),
    "is created": (connector(), NEW, "not tried"),
    "turned to another provider": (connector(SmartHosts=["mail.gmx.net"]), {}, "not tried"),
    "switched on": (connector(Enabled=False), {"enabled": True, "name": WIZARD}, "not tried"),
    "takes on every domain": (connector(Name="Smarthost", AddressSpaces=["x.de"]), {"adopt": False}, "not tried"),
    "takes on another provider's mail": (
        beside("mail.gmx.net", AddressSpaces=["SMTP:*;9"]),
        {"adopt": False, "exclusive": True},
        "not tried",
    ),
    "takes on a domain": (
        beside("mail.gmx.net", AddressSpaces=["x.de"]),
        {"adopt": False, "address_spaces": ["x.de", "y.de"]},
        "not tried",
    ),
    "takes on the same provider's mail": (
        beside("smtp.strato.de", AddressSpaces=["SMTP:*;9"]),
        {"adopt": False, "exclusive": True},
        "changed",
    ),
    "leaves another provider's mail": (
        beside("mail.gmx.net", AddressSpaces=["SMTP:x.de;9"]),
        {"adopt": False, "address_spaces": ["x.de"]},
        "changed",
    ),
    "another login at the same provider": (connector(), {}, "changed"),
    "another name of the same provider": (connector(SmartHosts=["SMTP.STRATO.DE"]), {"port": 25}, "changed"),
    "another setting": (connector(), {"name": WIZARD, "comment": "x"}, "changed"),
    "removed": (connector(), {"state": "absent", "name": WIZARD, "confirm_no_smarthost": True}, "changed"),
}


@pytest.mark.parametrize(("state", "changes", "expected"), CASES.values(), ids=CASES)
def test_what_a_connector_waits_for_the_addresses_with(
    tmp_path: Path, state: dict[str, Any], changes: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sbs = Server(tmp_path / "kept", state)
    desired = changes if {"state", "comment"} & set(changes) else {**ALL["send_connector"], **changes}
    by_deciding(sbs, "address_rewrite", monkeypatch)
    result = sbs.flow({"address_rewrite": ALL["address_rewrite"], "send_connector": desired})
    assert states(result) == {"address_rewrite": "failed", "send_connector": expected}, result["msg"]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_step_that_is_not_read_stops_only_who_needs_it(sbs: Server, noun: str) -> None:
    declarations = WITH_ACCOUNT if noun == "smarthost_account" else ALL
    sbs.flow({noun: declarations[noun]}, check=True)
    own = {step["id"] for step in sbs.requests[0]["steps"]}
    shared: set[str] = set()
    for other in declarations:
        if other != noun:
            sbs.flow({other: declarations[other]}, check=True)
            shared |= {step["id"] for step in sbs.requests[0]["steps"]}
    sbs.meddle = lambda number, request, reply: failing(reply, *(own - shared))
    found = states(sbs.flow(declarations, check=True))
    assert found[noun] == "failed" or not own - shared - MAY_FAIL
    assert {each for each, state in found.items() if state == "failed"} <= {noun}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_connection_that_breaks_at_one_noun_is_read_again_and_the_others_go_on(sbs: Server, noun: str) -> None:
    declarations = WITH_ACCOUNT if noun == "smarthost_account" else ALL

    def broken(request: dict[str, Any], reply: Reply) -> Reply:
        raise ConnectionResetError("RST")

    sbs.meddle = at_write(noun, broken)
    result = sbs.flow(declarations)
    assert {each for each, state in states(result).items() if state not in ("changed", "failed")} == set()
    assert all(state == "changed" for each, state in states(result).items() if each != noun)
    sbs.meddle = lambda number, request, reply: reply
    assert not sbs.flow(declarations).get("failed")
    assert not sbs.flow(declarations)["changed"]


@pytest.mark.parametrize("noun", ALL)
def test_a_time_limit_that_is_over_ends_all(sbs: Server, noun: str) -> None:
    def late(request: dict[str, Any], reply: Reply) -> Reply:
        ring()
        return reply

    sbs.meddle = at_write(noun, late)
    found = states(sbs.flow(ALL))
    order = [each for each in NOUNS if each in ALL]
    at = order.index(noun)
    assert [found[each] for each in order] == ["changed"] * at + ["failed"] + ["not tried"] * (len(order) - at - 1)


def test_a_login_is_switched_on_its_day_whatever_time_the_pop3_accounts_take(tmp_path: Path) -> None:
    def late(number: int, request: dict[str, Any], reply: Reply) -> Reply:
        if any(step["command"] == "Test-Pop3Login" for step in request["steps"]):
            ring()
        return reply

    sbs = Server(tmp_path / "kept", AT_STRATO)
    sbs.meddle = late
    account = {**WITH_ACCOUNT["smarthost_account"], "wait_for_session": 60}
    pop3 = {**ALL["pop3_connector"], "validate_logins": True}
    result = sbs.flow({**WITH_ACCOUNT, "smarthost_account": account, "pop3_connector": pop3})
    assert states(result) == {**dict.fromkeys(WITH_ACCOUNT, "changed"), "pop3_connector": "failed"}
    assert len(result["backup_files"]) == 4
    assert "no completion after" in json.dumps(result["nouns"]["smarthost_account"]["warnings"])


def test_a_host_that_does_not_answer_is_told_once(sbs: Server) -> None:
    def broken(number: int, request: dict[str, Any], reply: Reply) -> Reply:
        raise ConnectionResetError("RST")

    sbs.meddle = broken
    result = sbs.flow(ALL)
    assert len(result["reasons"]) == 2 and set(states(result).values()) == {"failed"}
    assert not result["changed"] and result["backup_files"] == []


def test_another_server_in_the_middle_ends_all(sbs: Server) -> None:
    def other(number: int, request: dict[str, Any], reply: Reply) -> Reply:
        return {**reply, "computer": "EX1"} if number > 1 else reply

    sbs.meddle = other
    found = states(sbs.flow({noun: ALL[noun] for noun in ("address_rewrite", "transport")}))
    assert found == {"address_rewrite": "failed", "transport": "not tried"}


@pytest.mark.parametrize(("said", "state"), [(True, "changed"), (False, "failed")])
def test_a_process_that_dies_while_exchange_loads_costs_the_nouns_of_exchange_only(
    tmp_path: Path, said: bool, state: str
) -> None:
    sbs = Server(tmp_path / "kept", {**UNTOUCHED, "profile": "snapin_dies"})
    result = sbs.flow({**ALL, "pop3_connector": {**ALL["pop3_connector"], "confirm_mailbox": said}})
    assert states(result) == {**dict.fromkeys(ALL, "failed"), "pop3_connector": state}
    assert said or "confirm_mailbox" in result["msg"]


def test_what_the_host_says_against_one_noun_is_told_by_its_name(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", {**UNTOUCHED, "send_connectors": []})
    result = sbs.flow({"address_rewrite": ALL["address_rewrite"], "transport": OWN})
    unclear, summary = result["reasons"]
    assert (unclear["where"], summary["where"]) == ("sbs, transport", "sbs")
    assert result["nouns"]["transport"]["reasons"] == [{**unclear, "where": "sbs"}]


# ---- what belongs together


def test_a_setting_of_the_connector_goes_to_the_connector_that_is_only_made(tmp_path: Path) -> None:
    state = {**UNTOUCHED, "send_connectors": []}
    declarations = {
        "send_connector": {**ALL["send_connector"], "adopt": False},
        "transport": {"smtp_max_messages_per_connection": 5, "message_retry_interval": "00:30:00"},
    }
    sbs = Server(tmp_path / "kept", state)
    checked = sbs.flow(declarations, check=True)
    assert "failed" not in checked
    assert sbs.flow(declarations)["plan"] == checked["plan"]
    (connector,) = sbs.machine.dump()["send_connectors"]
    assert connector["SmtpMaxMessagesPerConnection"] == 5
    assert not sbs.flow(declarations)["changed"]
    declarations["send_connector"]["smtp_max_messages_per_connection"] = 7
    assert "smtp_max_messages_per_connection" in sbs.flow(declarations)["msg"]


OWN = {"smtp_max_messages_per_connection": 5}


@pytest.mark.parametrize(
    ("noun", "named"), [("send_connector", "SMARTHOST"), ("smarthost_account", "smarthost strato")]
)
@pytest.mark.parametrize("connectors", [[], UNTOUCHED["send_connectors"]], ids=["made", "adopted"])
def test_a_setting_of_the_connector_that_is_named_goes_to_it_too(
    tmp_path: Path, noun: str, named: str, connectors: list[Any]
) -> None:
    sbs = Server(tmp_path / "kept", {**UNTOUCHED, "send_connectors": connectors})
    declarations = {noun: WITH_ACCOUNT.get(noun, ALL["send_connector"]), "transport": {**OWN, "connector": named}}
    result = sbs.flow(declarations)
    assert "failed" not in result, result["msg"]
    (connector,) = sbs.machine.dump()["send_connectors"]
    assert connector["SmtpMaxMessagesPerConnection"] == 5
    assert not sbs.flow(declarations)["changed"]


@pytest.mark.parametrize(
    "other",
    [
        {"name": "Alt", "state": "absent"},
        {"name": "Alt", "comment": "x", "address_spaces": ["x.de"]},
        {"name": "Alt", "state": "Absent", "confirm_no_smarthost": True},
    ],
)
def test_a_setting_of_the_connector_stays_where_the_run_keeps_another(tmp_path: Path, other: dict[str, Any]) -> None:
    alt = {**AT_STRATO["send_connectors"][0], "Name": "Alt", "AddressSpaces": ["x.de"]}
    sbs = Server(tmp_path / "kept", {**UNTOUCHED, "send_connectors": [*AT_STRATO["send_connectors"], alt]})
    assert "failed" not in sbs.flow({"send_connector": other, "transport": OWN})
    found = {each["Name"]: each["SmtpMaxMessagesPerConnection"] for each in sbs.machine.dump()["send_connectors"]}
    assert found.pop(WIZARD) == 5 and 5 not in found.values()


@pytest.mark.parametrize("value", ["many", -1, [5], {"a": 1}])
def test_a_setting_of_the_connector_that_is_none_is_refused_where_it_stands(sbs: Server, value: Any) -> None:
    told = sbs.flow({**ALL, "transport": {"smtp_max_messages_per_connection": value}})
    assert [each["where"] for each in told["reasons"]] == ["transport server, transport"] and sbs.requests == []


def test_addresses_know_the_mailboxes_that_the_other_nouns_declare(sbs: Server) -> None:
    domains = {"domain_type": "Authoritative", "unknown_recipients_return": "no"}
    addresses = {**ALL["address_rewrite"], **domains}
    joint = sbs.flow({**WITH_ACCOUNT, "address_rewrite": addresses}, check=True, only=["address_rewrite"])
    variables = {
        "smarthost_account_mailboxes": WITH_ACCOUNT["smarthost_account"]["mailboxes"],
        "pop3_connector_accounts": WITH_ACCOUNT["pop3_connector"]["accounts"],
    }
    sbs.variables = variables
    single = sbs.run("address_rewrite", addresses, check=True)
    assert joint["nouns"]["address_rewrite"].get("reasons") == single.get("reasons")
    assert INFO in json.dumps(single) and INFO in json.dumps(joint)


def test_exchanges_word_is_looked_for_where_the_run_has_moved_the_log(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", AT_STRATO)
    account = {**WITH_ACCOUNT["smarthost_account"], "wait_for_session": 1}
    sbs.flow({"smarthost_account": account, "transport": {"send_protocol_log_path": "D:\\Log"}})
    steps = [step for request in sbs.requests for step in request["steps"] if step["command"] == "Read-SmtpSendLog"]
    assert {step["parameters"]["Path"] for step in steps} == {"D:\\Log"}


# ---- the options of a run


@pytest.mark.parametrize(
    ("variables", "own", "word"),
    [
        ({"transport_timeout": 30, "pop3_connector_timeout": 30}, {}, None),
        ({"transport_timeout": 30}, {}, None),
        ({"transport_timeout": 30, "pop3_connector_timeout": 40}, {}, "mail_flow_timeout"),
        ({"transport_timeout": 30, "pop3_connector_timeout": 40}, {"timeout": 50}, None),
        ({"transport_timeout": 30, "smarthost_account_timeout": 40}, {}, None),
        ({"transport_timeout": 1}, {}, "timeout"),
    ],
)
def test_a_single_roles_option_of_a_run_counts(
    sbs: Server, variables: dict[str, Any], own: dict[str, Any], word: str | None
) -> None:
    sbs.variables = variables
    result = sbs.flow(ALL, check=True, **own)
    assert bool(result.get("failed")) is (word is not None)
    assert word is None or word in result["msg"]


def test_variables_of_a_connector_that_is_not_used_are_named(sbs: Server) -> None:
    sbs.variables = {"send_connector_name": "Smarthost", "send_connector_known_routes": ["Partner"]}
    told = [each for each in sbs.flow(WITH_ACCOUNT, check=True)["warnings"] if "not used" in each]
    assert len(told) == 1 and "send_connector_name" in told[0] and "known_routes" not in told[0]
    assert not [each for each in sbs.flow(ALL, check=True)["warnings"] if "not used" in each]


def test_the_login_of_the_endpoint_is_a_secret_wherever_it_is_declared(sbs: Server) -> None:
    login = {"username": "Administrator", "password": f"{SECRETS[0]}-wrong"}
    sbs.variables = {"transport_exchange_connection": "endpoint", "transport_exchange_login": login}
    assert sbs.flow(ALL, check=True)["failed"]
    assert sbs.requests[0]["exchange"] == "endpoint"


# ---- other servers


def test_an_edge_server_is_read_again_for_the_noun_that_needs_it(tmp_path: Path) -> None:
    rules = [{"from": "buchhaltung@nt4admins.local", "to": "rechnung@beispiel.de"}, *ALL["address_rewrite"]["rules"]]
    declarations = {
        "address_rewrite": {"rules": rules},
        "send_connector": {**ALL["send_connector"], "name": "Internet"},
    }
    sbs = Server(tmp_path / "kept", "edge2010")
    counts = [(sbs.flow(declarations)["changed"], len(sbs.requests)) for _run in range(2)]
    assert counts == [(True, 4), (False, 2)]
    assert not [step for step in sbs.requests[1]["steps"] if step["command"] == "Get-SendConnector"]


def test_a_noun_that_cannot_be_read_in_its_other_way_stops_alone(tmp_path: Path) -> None:
    rules = [{"from": "buchhaltung@nt4admins.local", "to": "rechnung@beispiel.de"}, *ALL["address_rewrite"]["rules"]]
    declarations = {"address_rewrite": {"rules": rules}, "transport": ALL["transport"]}
    sbs = Server(tmp_path / "kept", "edge2010")

    def foreign(number: int, request: dict[str, Any], reply: Reply) -> Reply:
        asked = any("AddressRewriteEntry" in step["command"] for step in request["steps"])
        return {**reply, "protocol": 9} if asked else reply

    sbs.meddle = foreign
    result = sbs.flow(declarations)
    assert states(result) == {"address_rewrite": "failed", "transport": "changed"}
    assert "protocol 9" in result["msg"]


@pytest.mark.parametrize("state", ["exchange2013", "no_snapin", "snapin_fails", "no_exchange"])
def test_what_is_wrong_with_the_server_is_said_once(tmp_path: Path, state: str) -> None:
    sbs = Server(tmp_path / "kept", state)
    exchange = {noun: desired for noun, desired in ALL.items() if noun != "pop3_connector"}
    result = sbs.flow(exchange)
    assert (len(result["reasons"]), len(sbs.requests), result["changed"]) == (2, 1, False)


def test_thousands_of_recipients_cost_no_process_more_once_they_are_right(tmp_path: Path) -> None:
    many = ({"Name": f"r{number}", "Alias": f"r{number}"} for number in range(1500))
    sbs = Server(tmp_path / "kept", {**UNTOUCHED, "recipients": [*UNTOUCHED["recipients"], *many]})
    assert "failed" not in sbs.flow(ALL)
    assert not sbs.flow(ALL)["changed"] and len(sbs.requests) == 1
