"""The preflight beside the nouns of a run, and alone: what it reads, whom it asks, what it stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.action import preflight as preflight_action
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mail_flow import declarations
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import making
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.check import (
    CONNECTORS,
    DNS,
    HOST,
    LOGIN,
    NETWORK,
    POP3,
    Check,
    Reads,
    new_accounts,
    new_route,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, UNKNOWN, WARN, Finding
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Step
from tests.unit.plugin_utils.mail_flow.flow_host import ALL, AT_STRATO, UNTOUCHED, WITH_ACCOUNT, Server, failing

READ = Step("preflight_memory", "Get-ShellLimits", select=("MaxMemoryPerShellMB",))
LOGS_IN = Step("preflight_login", "Get-TlsAbility", select=("Tls12",))
Put = Callable[..., list[Situation]]


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes these the only checks that there are."""

    def put(*checks: Check) -> None:
        monkeypatch.setattr(making, "CHECKS", checks)
        for module in (declarations, preflight_action):
            monkeypatch.setattr(module, "BY_NAME", {each.name: each for each in checks})

    return put


@pytest.fixture
def put(catalogue: Callable[..., None]) -> Put:
    """Makes one check, ``tls``, the only one; the list is of the situations that it judged."""

    def put_one(result: str = FAIL, asks: str = HOST, **more: Any) -> list[Situation]:
        seen: list[Situation] = []

        def judge(situation: Situation) -> Finding:
            seen.append(situation)
            return Finding(result, "TLS 1.0 only", "Update it.")

        catalogue(Check("tls", "tls", "TLS as the provider takes it", "us", judge, asks=asks, **more))
        return seen

    return put_one


@pytest.fixture
def sbs(tmp_path: Path) -> Server:
    return Server(tmp_path / "kept", UNTOUCHED)


def reasons_of(told: dict[str, Any]) -> list[str]:
    return [f"{each['where']}: {each['found']}: {each['remedy']}" for each in told["reasons"]]


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("declarations", "noun"), [(ALL, "send_connector"), (WITH_ACCOUNT, "smarthost_account")])
def test_a_failed_check_stops_the_new_route_and_nothing_else(
    sbs: Server, put: Put, declarations: dict[str, Any], noun: str, check_mode: bool
) -> None:
    put(stops=new_route)
    before = sbs.dump()
    told = sbs.flow(declarations, check=check_mode)
    changed = {each for each, result in told["nouns"].items() if result["changed"]}
    assert changed == set(declarations) - {noun} and told["failed"]
    (reason,) = reasons_of(told["nouns"][noun])
    assert "check tls: TLS 1.0 only" in reason and "Update it." in reason and "preflight_accept: [tls]" in reason
    # The plan is shown like every other that a safety check refuses.
    refused = told["nouns"][noun]
    assert refused["plan"] and {step["status"] for step in refused["steps"]} == {"not_tried"} and refused["diff"]
    assert sbs.dump()["send_connectors"] == before["send_connectors"]
    assert "failed" not in told["nouns"]["preflight"]


def test_who_waits_for_a_noun_that_is_stopped_waits(sbs: Server, put: Put) -> None:
    put(stops=lambda situation: situation.planned & {"address_rewrite"})
    told = sbs.flow(ALL)
    assert "not tried, since" in reasons_of(told["nouns"]["send_connector"])[0]
    assert told["nouns"]["transport"]["changed"] and told["nouns"]["pop3_connector"]["changed"]


def test_what_is_accepted_stops_nothing_and_is_not_warned_of(sbs: Server, put: Put) -> None:
    put(stops=new_route)
    told = sbs.flow(ALL, preflight={"accept": ["tls"]})
    assert "failed" not in told and told["nouns"]["send_connector"]["changed"]
    (row,) = told["nouns"]["preflight"]["checks"]
    assert (row["result"], row["accepted"], row["stops"]) == (FAIL, True, [])
    assert "warnings" not in told["nouns"]["preflight"]


def test_a_name_that_no_check_has_is_refused_before_the_host_is_touched(sbs: Server, put: Put) -> None:
    put()
    told = sbs.flow(ALL, preflight={"accept": ["tsl"]})
    assert told["failed"] and "tsl" in told["msg"] and sbs.requests == []


@pytest.mark.parametrize(("result", "warned"), [(FAIL, True), (WARN, False), (UNKNOWN, False), (PASS, False)])
def test_on_a_converged_host_what_failed_is_told_and_the_play_passes(
    sbs: Server, put: Put, result: str, warned: bool
) -> None:
    put(PASS)
    sbs.flow(ALL)
    put(result, stops=new_route)
    told = sbs.flow(ALL)
    assert (told["changed"], "failed" in told, len(sbs.requests)) == (False, False, 1)
    warnings = told["nouns"]["preflight"].get("warnings", [])
    assert warnings == ([f"{result} tls: TLS 1.0 only. Update it."] if warned else [])
    told = sbs.flow(ALL, preflight={"fail_on": "always"})
    assert bool(told.get("failed")) is warned


@pytest.mark.parametrize("urgent", [False, True])
def test_what_nobody_knows_is_told_with_a_change_where_it_is_urgent(
    sbs: Server, catalogue: Callable[..., None], urgent: bool
) -> None:
    found = Finding(UNKNOWN, "TLS 1.0 only.", "Update it.", urgent)
    catalogue(Check("tls", "tls", "TLS as the provider takes it", "us", lambda situation: found))
    told = [sbs.flow(ALL)["nouns"]["preflight"].get("warnings", []) for _run in range(2)]
    assert told == [["unknown tls: TLS 1.0 only. Update it."] if urgent else [], []]


def test_a_login_that_is_switched_where_mail_leaves_today_is_never_stopped(tmp_path: Path, put: Put) -> None:
    put(stops=new_route)
    at_strato = Server(tmp_path / "kept", AT_STRATO)
    told = at_strato.flow(WITH_ACCOUNT)
    assert "failed" not in told and told["nouns"]["smarthost_account"]["changed"]


@pytest.mark.parametrize("asks", [DNS, NETWORK, LOGIN])
def test_converged_runs_ask_nobody(sbs: Server, put: Put, asks: str) -> None:
    put(PASS)
    sbs.flow(ALL)
    seen = put(asks=asks, nouns=CONNECTORS, reads=lambda declared: Reads((LOGS_IN,)))
    for _ in range(20):
        told = sbs.flow(ALL)
        assert (told["changed"], told["nouns"]["preflight"]["checks"], len(sbs.requests)) == (False, [], 1)
    asked = [step["id"] for step in sbs.requests[0]["steps"]]
    assert seen == [] and (LOGS_IN.id in asked) is (asks != LOGIN)


def test_it_adds_steps_and_no_process(sbs: Server, put: Put) -> None:
    seen = put(PASS, reads=lambda declared: Reads((READ,)))
    sbs.flow({"transport": ALL["transport"]}, check=True)
    assert len(sbs.requests) == 1
    ids = [step["id"] for step in sbs.requests[0]["steps"]]
    # What needs no Exchange is answered before it is loaded.
    assert ids.index(READ.id) < ids.index("read_transport_servers")
    assert seen[0].rows(READ.id)


@pytest.mark.parametrize("nouns", [ALL, WITH_ACCOUNT])
def test_alone_it_reads_beside_all_nouns_with_all_checks_that_there_are(sbs: Server, nouns: dict[str, Any]) -> None:
    told = alone(sbs, nouns, only=["host", "tls", "exchange", "smarthost", "pop3", "dns", "server"])
    assert len(told["checks"]) > 30 and len(sbs.requests) == 1


@pytest.mark.parametrize("alone_", [False, True])
def test_what_needs_no_exchange_is_told_though_loading_it_ends_the_process(tmp_path: Path, alone_: bool) -> None:
    dying = Server(tmp_path / "kept", {**UNTOUCHED, "profile": "snapin_dies"})
    told = alone(dying, ALL) if alone_ else dying.flow(ALL)["nouns"]["preflight"]
    found = {each["name"]: each["result"] for each in told["checks"]}
    names = ("windows", "build", "shell_memory", "rights", "clock", "schannel")
    assert {found[name] for name in names} == {PASS} and found["roles"] == UNKNOWN


def test_what_the_host_does_not_tell_stops_no_noun(sbs: Server, put: Put) -> None:
    seen = put(PASS, reads=lambda declared: Reads((READ,)))
    sbs.meddle = lambda number, request, reply: failing(reply, READ.id)
    told = sbs.flow(ALL)
    assert "failed" not in told and not seen[0].was_told(READ.id)


def test_pop3_alone_loads_no_exchange(sbs: Server, put: Put) -> None:
    put(PASS, reads=lambda declared: Reads((READ, Step("preflight_x", "Get-TransportAgent", select=("Name",)))))
    sbs.flow({"pop3_connector": ALL["pop3_connector"]}, check=True)
    (request,) = sbs.requests
    assert request["exchange"] == "none" and "Get-TransportAgent" not in {each["command"] for each in request["steps"]}


def test_new_accounts_run_into_what_is_wrong_there(sbs: Server, put: Put) -> None:
    seen = put(FAIL, nouns=POP3, stops=new_accounts)
    told = sbs.flow(ALL)
    assert told["nouns"]["pop3_connector"]["failed"] and told["nouns"]["send_connector"]["changed"]
    assert [each.identity.username for each in seen[0].new_accounts] == ["user3@beispiel.de"]


def test_an_account_whose_password_was_changed_is_fetched_today(sbs: Server, put: Put) -> None:
    put(PASS)
    sbs.flow(ALL)
    seen = put(FAIL, nouns=POP3, stops=new_accounts)
    rotated = {**ALL["pop3_connector"], "accounts": [dict(each) for each in ALL["pop3_connector"]["accounts"]]}
    rotated["accounts"][0]["password"] = "Gv5-mail-flow-only-Dachrinne-8831"
    told = sbs.flow({**ALL, "pop3_connector": rotated})
    assert "failed" not in told and told["nouns"]["pop3_connector"]["changed"] and seen[0].new_accounts == ()


def test_what_it_is_told_of_the_declaration(sbs: Server, put: Put) -> None:
    seen = put(PASS)
    sbs.flow(WITH_ACCOUNT, check=True)
    (situation,) = seen
    declared = situation.declared
    assert declared.domains == ("beispiel.de",) and declared.nouns == frozenset(WITH_ACCOUNT)
    assert declared.route and declared.route.hosts == ("smtp.strato.de",) and declared.route.must_encrypt
    assert [each.username for each in declared.logins][:1] == ["info@beispiel.de"]
    assert {route.direct for route in situation.today} == {True}
    assert {route.hosts for route in situation.new_routes} == {("smtp.strato.de",)}


# ---- alone


def alone(server: Server, variables: dict[str, Any], **options: Any) -> dict[str, Any]:
    server.variables = {f"{noun}_{name}": value for noun, each in variables.items() for name, value in each.items()}
    return server.run("preflight", options)


def test_alone_it_asks_everything_and_changes_nothing(sbs: Server, put: Put) -> None:
    seen = put(PASS, asks=LOGIN, reads=lambda declared: Reads((LOGS_IN,)))
    before = sbs.dump()
    told = alone(sbs, WITH_ACCOUNT)
    assert "failed" not in told and not told["changed"] and sbs.dump() == before
    assert told["said"] == told["lines"] == ["pass tls: TLS 1.0 only. Update it."]
    assert seen[0].was_told(LOGS_IN.id) and len(sbs.requests) == 1


@pytest.mark.parametrize(
    ("stops", "fail_on", "failed"), [(True, "change", True), (False, "change", False), (False, "always", True)]
)
def test_alone_it_fails_where_a_change_would_run_into_something(
    sbs: Server, put: Put, stops: bool, fail_on: str, failed: bool
) -> None:
    put(FAIL, **({"stops": new_route} if stops else {}))
    told = alone(sbs, WITH_ACCOUNT, fail_on=fail_on)
    assert bool(told.get("failed")) is failed and told["lines"] == ["fail tls: TLS 1.0 only. Update it."]


def test_alone_on_a_host_of_which_nothing_is_declared(sbs: Server, put: Put) -> None:
    seen = put(WARN)
    told = alone(sbs, {})
    assert "failed" not in told and told["lines"] and {route.direct for route in seen[0].today} == {True}


def test_only_some_groups(sbs: Server, catalogue: Callable[..., None]) -> None:
    def row(name: str, group: str) -> Check:
        return Check(name, group, "about", "us", lambda situation: Finding(PASS, name))

    catalogue(row("tls", "tls"), row("spf", "dns"), row("licence", "server"))
    assert alone(sbs, WITH_ACCOUNT)["lines"] == ["pass tls: tls.", "pass spf: spf."]
    assert alone(sbs, WITH_ACCOUNT, only=["server"])["lines"] == ["pass licence: licence."]


def test_a_host_without_exchange_is_judged_all_the_same(tmp_path: Path, put: Put) -> None:
    put(FAIL, reads=lambda declared: Reads((READ,)))
    told = alone(Server(tmp_path, {"profile": "no_exchange"}), {})
    assert told["lines"] == ["fail tls: TLS 1.0 only. Update it."]


def test_a_fault_of_the_watcher_itself_stops_no_noun(sbs: Server, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(FAIL, stops=new_route)
    monkeypatch.setattr(making.PreflightWatcher, "_situation", lambda *arguments: 1 / 0)
    told = sbs.flow(ALL)
    assert "failed" not in told and "ZeroDivisionError" in str(told["warnings"])


def test_a_fault_of_the_watcher_is_all_that_a_preflight_alone_has_to_tell(
    sbs: Server, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(PASS)
    monkeypatch.setattr(making.PreflightWatcher, "_situation", lambda *arguments: 1 / 0)
    told = alone(sbs, WITH_ACCOUNT)
    assert told["failed"] and "ZeroDivisionError" in told["msg"]


def test_alone_it_tells_why_a_noun_would_be_refused(tmp_path: Path, put: Put) -> None:
    put(PASS)
    told = alone(Server(tmp_path, {"profile": "no_snapin"}), {"send_connector": ALL["send_connector"]})
    assert told["failed"] and told["lines"] and "send_connector" in told["reasons"][0]["where"]


@pytest.mark.parametrize("skipped", [[], ["host_tls"]])
def test_what_is_skipped_is_not_counted_on(sbs: Server, put: Put, skipped: list[str]) -> None:
    seen = put(PASS)
    sbs.variables = {"host_tls_client": True, "host_tls_restart": "service", "ansible_skip_tags": skipped}
    sbs.flow(WITH_ACCOUNT, check=True)
    assert (seen[0].declared.host_tls, seen[0].declared.tls_restarts) == (not skipped, not skipped)
