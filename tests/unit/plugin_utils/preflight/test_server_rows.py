"""What the server tells beside its mail, and what each check makes of it."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import PASS, RESULTS, UNKNOWN, WARN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.server_rows import (
    DIRECTORY,
    DIRECTORY_SERVICES,
    ROWS,
    SERVER,
    TRIAL,
)

from .judging import FACTS, Case, hold, junk_told

CONTROLLER = {DIRECTORY.id: [{"Name": name, "Status": "Running"} for name in DIRECTORY_SERVICES]}
MEMBER = {DIRECTORY.id: [{"Name": "Netlogon", "Status": "Running"}]}


def stopped(*names: str) -> dict[str, Any]:
    rows = [{"Name": each, "Status": "Stopped" if each in names else "Running"} for each in DIRECTORY_SERVICES]
    return {DIRECTORY.id: rows}


def server(services: Any = CONTROLLER, **more: Any) -> dict[str, Any]:
    return {SERVER.id: [more], **services}


def trial(name: str = "SBS", **more: Any) -> dict[str, Any]:
    return {FACTS: [{"ComputerName": "SBS"}], TRIAL.id: [{"Name": name, **more}]}


CASES = (
    Case("directory", CONTROLLER, PASS),
    Case("directory", stopped("kdc", "DNS"), WARN, "kdc, DNS"),
    Case("directory", MEMBER, None),
    Case("directory", {DIRECTORY.id: None}, UNKNOWN),
    Case("shares", server(Shares=["Users", "SysVol", "NETLOGON"]), PASS),
    Case("shares", server(Shares=["NETLOGON"]), WARN, "not shared: SYSVOL"),
    Case("shares", server(Shares=[]), WARN, "SYSVOL, NETLOGON"),
    Case("shares", server(MEMBER, Shares=[]), None),
    Case("shares", server(Shares=None), UNKNOWN),
    Case("dcdiag", server(DcdiagSilent=True), PASS),
    Case("dcdiag", server(DcdiagSilent=False), WARN),
    Case("dcdiag", server(MEMBER, DcdiagSilent=None), None),
    Case("dcdiag", server(DcdiagSilent=None), UNKNOWN),
    Case("licence", server(LicenceStatus=1), PASS),
    Case("licence", server(LicenceStatus=5), WARN, "LicenseStatus 5"),
    Case("licence", {SERVER.id: None}, UNKNOWN),
    Case("trial", trial(IsExchangeTrialEdition=False, RemainingTrialPeriod="00:00:00"), PASS),
    Case("trial", trial(IsExchangeTrialEdition=True, RemainingTrialPeriod="30.00:00:00"), PASS, "30 more days"),
    Case("trial", trial(IsExchangeTrialEdition=True, RemainingTrialPeriod="29.23:59:59.1"), WARN, "29 more days"),
    Case("trial", trial(IsExchangeTrialEdition=True, RemainingTrialPeriod="-3.00:00:00"), WARN, "0 more days"),
    Case("trial", trial(IsExchangeTrialEdition=True, RemainingTrialPeriod="soon"), None),
    Case("trial", trial(RemainingTrialPeriod="30.00:00:00"), None),
    Case("trial", trial("EX2", IsExchangeTrialEdition=False), None),
    Case("trial", {}, None),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_told_and_what_is_found(case: Case) -> None:
    hold(ROWS, case)


def test_every_check_has_every_result_that_it_can_have() -> None:
    assert {(case.check, case.result) for case in CASES if case.result} == {
        *((each.name, result) for each in ROWS for result in (PASS, WARN)),
        *((each.name, UNKNOWN) for each in ROWS if each.name != "trial"),
    }


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_told_never_raises(seed: int) -> None:
    told = junk_told(ROWS, Declared(), Random(seed))
    for each in ROWS:
        found = each.judge(told)
        assert found is None or found.result in RESULTS
