"""What the host tells of itself, and what each check makes of it."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import tls_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import collectors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.declared_accounts import DesiredAccount
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, RESULTS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.host_rows import (
    EVENTS,
    EXCHANGE_SERVICES,
    ROWS,
    SERVICES,
    STATE,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, StepResult

from .judging import FACTS, NOW, Case, hold, junk_told, situation

UPDATES = tls_facts.STEPS[0].id
DOMAIN = "S-1-5-21-1-2-3"
ACCOUNT = DesiredAccount(AccountKey("pop3.strato.de", "995", "info@beispiel.de"), "pop3_0")


def facts(**more: Any) -> dict[str, Any]:
    return {FACTS: [more]}


def of_windows(version: Any) -> dict[str, Any]:
    return facts(Windows={"Version": version})


def memory(megabytes: Any) -> dict[str, Any]:
    return facts(WinRM={"MaxMemoryPerShellMB": megabytes})


def groups(*sids: str, roles: tuple[str, ...] = ()) -> dict[str, Any]:
    return {STATE.id: [{"Groups": list(sids)}], **facts(Exchange={"Roles": list(roles)})}


def clock(seconds: int) -> dict[str, Any]:
    return facts(Clock={"Utc": f"{NOW + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"})


def disk(size: Any, free: Any, drive: Any = "C:") -> dict[str, Any]:
    return {STATE.id: [{"QueueDrive": drive, "QueueSize": size, "QueueFree": free}]}


def events(**hours_ago: float) -> dict[str, Any]:
    """``e15004=2``: two hours ago."""
    return {
        EVENTS.id: [
            {"Id": int(name[1:]), "Latest": f"{NOW - timedelta(hours=ago):%Y-%m-%dT%H:%M:%SZ}"}
            for name, ago in hours_ago.items()
        ]
    }


def services(**status: str) -> dict[str, Any]:
    return {SERVICES.id: [{"Name": name, "Status": each} for name, each in status.items()]}


def fetching(services: Any, tasks: Any) -> dict[str, Any]:
    return {collectors.SERVICES_ID: services, collectors.TASKS_ID: tasks}


RUNNING = dict.fromkeys(EXCHANGE_SERVICES, "Running")
POPCON = {"Name": "POPcon", "DisplayName": "POPcon PRO", "Status": "Running", "StartMode": "Auto"}
CASES = (
    Case("windows", of_windows("6.1.7601"), PASS, "Windows 6.1.7601"),
    Case("windows", of_windows("6.3.9600"), PASS),
    Case("windows", of_windows("10.0.17763"), PASS),
    Case("windows", of_windows("6.1.7600"), WARN, "6.1.7600"),
    Case("windows", of_windows("6.0.6002"), WARN),
    Case("windows", of_windows("new"), UNKNOWN),
    Case("windows", {FACTS: None}, UNKNOWN),
    Case("windows", {}, UNKNOWN),
    Case("build", {UPDATES: [{"ExSetup": "14.03.0513.000"}]}, PASS, "Exchange 14.3.513.0 ("),
    Case("build", {UPDATES: [{"ExSetup": "14.3.235.1"}]}, PASS),
    Case("build", {UPDATES: [{"ExSetup": "14.3.99.0"}]}, WARN, "14.3.99.0"),
    Case("build", {UPDATES: [{"ExSetup": "14.3.123.4"}]}, WARN, "SP3"),
    Case("build", {UPDATES: [{"ExSetup": "17.0.1.2"}]}, PASS, "Exchange 17.0.1.2"),
    Case("build", {UPDATES: [{}], **facts(Exchange={"Build": "14.3.123.4"})}, UNKNOWN, "14.3.123.4, of which"),
    Case("build", {UPDATES: None, **facts(Exchange={})}, UNKNOWN),
    Case("shell_memory", memory(512), PASS, "512 MB"),
    Case("shell_memory", memory(0), PASS, "no limit"),
    Case("shell_memory", memory(511), WARN, "511 MB"),
    Case("shell_memory", memory(None), UNKNOWN),
    Case("rights", groups("S-1-5-32-544", f"{DOMAIN}-512"), PASS, "and of the domain"),
    Case("rights", groups("S-1-5-32-544", f"{DOMAIN}-5120"), WARN, "no domain administrator"),
    Case("rights", groups("S-1-5-32-544", roles=("EdgeTransport",)), PASS, "of the server"),
    Case("rights", groups(f"{DOMAIN}-512"), FAIL, "no administrator of the server"),
    Case("rights", groups(), FAIL),
    Case("rights", {STATE.id: [{"Groups": None}]}, UNKNOWN),
    Case("clock", clock(0), PASS, "by 0 s"),
    Case("clock", clock(60), PASS),
    Case("clock", clock(-60), PASS),
    Case("clock", clock(61), WARN, "by 61 s"),
    Case("clock", clock(-300), WARN),
    Case("clock", clock(301), FAIL),
    Case("clock", clock(-301), FAIL, "by 301 s"),
    Case("clock", facts(Clock={"Utc": "soon"}), UNKNOWN),
    Case("disk", disk(1000, 51), PASS, "94 % of C:"),
    Case("disk", disk(1000, 50), WARN, "95 %"),
    Case("disk", disk(1000, 31), WARN, "96 %"),
    Case("disk", disk(1000, 30, "D:"), FAIL, "97 % of D:"),
    Case("disk", disk(1000, 0), FAIL, "100 %"),
    Case("disk", disk(1000, None), UNKNOWN),
    Case("disk", disk(0, 0), UNKNOWN),
    Case("disk", disk(1000, 1001), UNKNOWN),
    Case("disk", disk(1000, 1, None), UNKNOWN),
    Case("back_pressure", events(), PASS, "no back pressure"),
    Case("back_pressure", events(e15004=1), WARN, "since 2026-12-01 09:00 UTC (event 15004)"),
    Case("back_pressure", events(e15004=1), FAIL, "event 15004", {"new_accounts": (ACCOUNT,)}),
    Case("back_pressure", events(e15004=2, e15006=1), FAIL, "event 15006"),
    Case("back_pressure", events(e15004=1, e15005=2, e15006=3), WARN, "event 15004"),
    Case("back_pressure", events(e15007=1), FAIL, "event 15007"),
    Case("back_pressure", events(e15004=2, e15005=1), PASS, "over since 2026-12-01 09:00 UTC"),
    Case("back_pressure", events(e15006=2, e15005=2), PASS),
    Case("back_pressure", events(e15006=1, e15005=2), FAIL),
    Case("back_pressure", events(e15006=25), PASS, "no back pressure"),
    Case("back_pressure", events(e15005=1, e12014=1), PASS, "no back pressure"),
    Case("back_pressure", {EVENTS.id: None}, UNKNOWN),
    Case("services", services(**RUNNING), PASS),
    Case("services", services(MSExchangeTransport="Running"), PASS),
    Case(
        "services",
        services(**{**RUNNING, "MSExchangeTransport": "Stopped", "MSExchangeIS": "StartPending"}),
        FAIL,
        "not running: MSExchangeIS, MSExchangeTransport",
    ),
    Case("services", services(ScanMail_Master="Running"), UNKNOWN),
    Case("services", {SERVICES.id: None}, UNKNOWN),
    Case("collectors", fetching([], []), PASS),
    Case("collectors", fetching([POPCON], None), WARN, "POPcon PRO (POPcon, Running)"),
    Case("collectors", fetching([], [{"Name": "fetch", "Command": "fetchmail.exe"}]), WARN, "fetchmail.exe"),
    Case("collectors", fetching([], None), UNKNOWN),
    Case("collectors", fetching(None, []), UNKNOWN),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_told_and_what_is_found(case: Case) -> None:
    hold(ROWS, case)


def test_every_check_has_every_result_that_it_can_have() -> None:
    assert {(case.check, case.result) for case in CASES} == {
        *((each.name, result) for each in ROWS for result in (PASS, UNKNOWN)),
        *((each.name, WARN) for each in ROWS if each.name != "services"),
        *((name, FAIL) for name in ("rights", "clock", "disk", "back_pressure", "services")),
    }


def test_a_clock_that_was_told_before_a_long_reading_is_not_behind() -> None:
    long = StepResult("read_queues", DONE, milliseconds=90_000)
    told = situation(clock(-120))
    (check,) = (each for each in ROWS if each.name == "clock")
    found = check.judge(type(told)(told={**told.told, "read_queues": long}, now=NOW))
    assert found is not None and (found.result, found.found.endswith("by 30 s")) == (PASS, True)


def test_collectors_are_left_to_the_connector_where_it_is_declared() -> None:
    (check,) = (each for each in ROWS if each.name == "collectors")
    assert check.applies(Declared())
    assert not check.applies(Declared(nouns=frozenset({"pop3_connector"})))


@pytest.mark.parametrize("name", ["disk", "back_pressure"])
def test_what_is_fetched_anew_is_stopped_by_a_full_disk_and_nothing_else(name: str) -> None:
    (check,) = (each for each in ROWS if each.name == name)
    planned = frozenset({"send_connector", "pop3_connector"})
    assert check.stops(situation({}, planned=planned, new_accounts=(ACCOUNT,))) == {"pop3_connector"}
    assert check.stops(situation({}, planned=planned)) == frozenset()


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_told_never_raises(seed: int) -> None:
    told = junk_told(ROWS, Declared(), Random(seed))
    for each in ROWS:
        found = each.judge(told)
        assert found is None or found.result in RESULTS
