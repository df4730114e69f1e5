"""From a state to a plan: what is written, what is restarted, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.diff import decide
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.keys import ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.state import RegistryKey, Services, State
from tests.unit.plugin_utils.host_tls.tls_host import BOOT, CLIENT, CLIENT_KEY, NOW, ON, W2012, key, state
from tests.unit.plugin_utils.reason_keys import keys_of

WISH, WITH_RESTART = Desired(client=True), Desired(client=True, restart="service")
EVERYTHING = Desired(client=True, server=True, dotnet=True, winhttp=True)
SET, RESTART = "Set-RegistryValues", "Restart-TransportService"
QUIET = {"waiting": 0, "services": Services("Running", "Stopped")}
ENABLED = {CLIENT: key(**ON)}


def commands(found: State, desired: Desired, written: datetime | None = None) -> list[str]:
    plan = decide(found, desired, written).plan
    return [step.command for step in plan.steps] if plan else []


def reasons(found: State, desired: Desired, written: datetime | None = None) -> list[str]:
    refusal = decide(found, desired, written).refusal
    return keys_of(refusal.reasons) if refusal else []


def test_everything_on_a_bare_host_is_one_step_a_key() -> None:
    plan = decide(state(), EVERYTHING, None).plan
    assert plan is not None
    assert [step.parameters["Key"] for step in plan.steps] == [row.path for row in ROWS]
    assert {step.command for step in plan.steps} == {SET}
    assert plan.steps[0].parameters["Values"] == [{"Name": name, "Value": ON[name]} for name in ON]


def test_what_is_shown_tells_absent_from_zero_and_what_a_key_means() -> None:
    half = decide(state({CLIENT: key(Enabled=0)}), WISH, None)
    assert half.before == {CLIENT_KEY: {"Enabled": 0, "DisabledByDefault": "absent", "state": "disabled"}}
    assert half.after == {CLIENT_KEY: {"Enabled": 1, "DisabledByDefault": 0, "state": "enabled"}}


def test_half_a_key_is_mended_and_told() -> None:
    found = decide(state({CLIENT: key(Enabled=1)}), WISH, None)
    assert found.before[CLIENT_KEY]["state"] == "misconfigured" and found.facts["schannel"] == {
        "client": "misconfigured"
    }
    assert [CLIENT_KEY in notice for notice in found.notices] == [True]
    assert found.plan is not None and len(found.plan.steps[0].changes) == 1


PLANS: dict[str, tuple[State, Desired, datetime | None, list[str]]] = {
    "nothing declared": (state(), Desired(), None, []),
    "a restart alone is nothing": (state(), Desired(restart="service"), BOOT, []),
    "values that are there": (state(ENABLED), WISH, None, []),
    "nothing to add since Windows 8": (state(windows=W2012), WISH, None, []),
    "values, and nothing restarted": (state(), WISH, None, [SET]),
    "values and the service": (state(**QUIET), WITH_RESTART, None, [SET, RESTART]),
    "not in force yet": (state(ENABLED, **QUIET), WITH_RESTART, NOW, [RESTART]),
    "in force": (state(ENABLED, **QUIET), WITH_RESTART, BOOT - timedelta(hours=1), []),
    "written by somebody else": (state(ENABLED, **QUIET), WITH_RESTART, None, []),
    "a restart that broke off": (
        state(ENABLED, waiting=0, started=None, services=Services("Stopped", "Stopped")),
        WITH_RESTART,
        NOW,
        [RESTART],
    ),
    "stopped by hand, and written before the boot": (
        state(ENABLED, waiting=0, started=None, services=Services("Stopped", "Stopped")),
        WITH_RESTART,
        BOOT - timedelta(hours=1),
        [],
    ),
}


@pytest.mark.parametrize(("found", "desired", "written", "planned"), PLANS.values(), ids=PLANS)
def test_a_plan(found: State, desired: Desired, written: datetime | None, planned: list[str]) -> None:
    assert commands(found, desired, written) == planned
    assert reasons(found, desired, written) == []


REFUSED: dict[str, tuple[State, Desired, list[str]]] = {
    "no Exchange": (state(exchange=False), WISH, ["tls_no_exchange"]),
    "an unknown rollup": (state(build=None), WISH, ["tls_update_unknown"]),
    "the rollup before": (state(build="14.3.224.2"), WISH, ["tls_exchange_too_old"]),
    "a number that is smaller as a text": (state(build="14.3.99.1"), WISH, ["tls_exchange_too_old"]),
    "as it is sold": (state(build="14.01.0218.015"), WISH, ["tls_exchange_too_old"]),
    "no service pack": (state(windows=(6, 1, 7600)), WISH, ["tls_windows_too_old"]),
    "an unknown Windows": (state(windows=None), WISH, ["tls_windows_too_old"]),
    "both, and values that are there": (
        state(ENABLED, build="14.2.247.5", windows=(6, 0, 6002)),
        WISH,
        ["tls_exchange_too_old", "tls_windows_too_old"],
    ),
    "no DWORD": (state({CLIENT: RegistryKey(True, {}, ("Enabled",))}), WISH, ["tls_value_no_dword"]),
    "no service": (state(waiting=0, services=Services()), WITH_RESTART, ["tls_service_unknown"]),
    "a backup": (state(waiting=0, services=Services("Running", "Running")), WITH_RESTART, ["tls_backup_runs"]),
    "much mail": (state(waiting=101), WITH_RESTART, ["tls_much_waiting"]),
    "no Exchange shell": (state(queue_problem="Kein Speicher."), WITH_RESTART, ["tls_queue_unread"]),
    "all of that": (
        state(build="14.2.247.5", waiting=500, services=Services("Running", "StartPending")),
        WITH_RESTART,
        ["tls_backup_runs", "tls_exchange_too_old", "tls_much_waiting"],
    ),
}


@pytest.mark.parametrize(("found", "desired", "keys"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_with_every_reason_and_the_plan_that_is_known(
    found: State, desired: Desired, keys: list[str]
) -> None:
    assert reasons(found, desired) == keys
    assert bool(commands(found, desired)) is (found.keys != ENABLED)


@pytest.mark.parametrize("build", ["14.3.235.1", "14.03.0513.000", "15.0.516.32", "15.2.2562.17"])
def test_builds_that_follow_schannel(build: str) -> None:
    assert reasons(state(build=build), WISH) == []


def test_a_hundred_messages_and_a_backup_that_is_not_there_are_no_reason() -> None:
    found = state(waiting=100, services=Services("Running", None))
    assert reasons(found, WITH_RESTART) == []


def test_what_is_not_restarted_is_not_looked_at() -> None:
    found = state(waiting=500, services=Services("Running", "Running"))
    assert reasons(found, WISH) == reasons(replace(found, keys=ENABLED), WITH_RESTART) == []
    assert reasons(state(exchange=False, windows=None), Desired()) == []


@pytest.mark.parametrize(
    ("found", "written", "told"),
    [
        (state(), BOOT - timedelta(hours=1), False),
        (state(ENABLED), None, None),
        (state(ENABLED), NOW, False),
        (state(ENABLED), BOOT - timedelta(hours=1), True),
    ],
)
def test_whether_they_can_be_in_force(found: State, written: datetime | None, told: bool | None) -> None:
    facts: dict[str, Any] = dict(decide(found, WISH, written).facts)
    assert (facts["in_force"], facts["proven"]) == (told, "not yet")
