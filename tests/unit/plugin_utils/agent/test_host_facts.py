"""What a host tells of itself, as facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.host_facts import host_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from tests.unit.plugin_utils.run.examples import HOST, done, failed, keys_of, packed, reply_data, request_in

NOW = datetime(2026, 11, 24, 20, 39, 36, tzinfo=UTC)
TOLD: dict[str, Any] = {
    "ComputerName": "SBS",
    "Fqdn": "sbs.nt4admins.local",
    "Domain": "nt4admins.local",
    "Windows": {
        "Version": "6.1.7601",
        "Caption": "Microsoft Windows Small Business Server 2011 Standard",
        "ServicePack": 1,
        "Architecture": "64-bit",
        "Sku": 9,
        "SuiteMask": 305,
        "Language": "0407",
    },
    "PowerShell": {"Version": "2.0", "Clr": "2.0.50727.5420"},
    "Exchange": {
        "Installed": True,
        "Major": 14,
        "Minor": 3,
        "Build": "14.3.123.4",
        "Roles": ["HubTransport", "Mailbox"],
        "SnapinRegistered": True,
    },
    "Clock": {"Utc": "2026-11-24T20:39:36Z", "TimeZone": "W. Europe Standard Time", "UtcOffsetMinutes": 60},
    "WinRM": {"MaxMemoryPerShellMB": 150},
}


def session(*results: dict[str, Any], **changes: Any) -> Session:
    return Session(lambda line, stdin: (0, packed(reply_data(*results, **changes)), b""), HOST)


def facts(told: dict[str, Any], now: datetime = NOW) -> dict[str, Any]:
    return host_facts(session(done("read_host_facts", told)), now)[0]


def test_the_facts_of_an_sbs() -> None:
    assert facts(TOLD) == {
        "agent": "0.1.0",
        "computer_name": "SBS",
        "fqdn": "sbs.nt4admins.local",
        "domain": "nt4admins.local",
        "windows": {
            "version": "6.1.7601",
            "caption": "Microsoft Windows Small Business Server 2011 Standard",
            "service_pack": 1,
            "architecture": "64-bit",
            "sku": 9,
            "suite_mask": 305,
            "language": "0407",
        },
        "powershell": {"version": "2.0", "clr": "2.0.50727.5420"},
        "exchange": {
            "installed": True,
            "major": 14,
            "minor": 3,
            "build": "14.3.123.4",
            "roles": ["HubTransport", "Mailbox"],
            "snapin_registered": True,
            "update": None,
            "update_name": None,
            "smtp_follows_schannel": None,
        },
        "tls": None,
        "clock": {"utc": "2026-11-24T20:39:36Z", "time_zone": "W. Europe Standard Time", "utc_offset_minutes": 60},
        "winrm": {"max_memory_per_shell_mb": 150},
        "small_business_server": True,
        "clock_skew_seconds": 0,
    }


@pytest.mark.parametrize(
    ("windows", "is_sbs"),
    [
        ({"Sku": 9, "SuiteMask": None}, True),
        ({"Sku": 25, "SuiteMask": 0}, True),
        ({"Sku": 50}, True),
        ({"Sku": 7, "SuiteMask": 0x1}, True),
        ({"Sku": 7, "SuiteMask": 0x20}, True),
        ({"SuiteMask": 305}, True),
        ({"Sku": 7, "SuiteMask": 0x110}, False),
        ({"Sku": 7}, False),
        ({"SuiteMask": 0x110}, False),
        ({"Sku": None, "SuiteMask": None}, None),
        ({}, None),
        (None, None),
        ("6.1", None),
    ],
)
def test_whether_windows_is_a_small_business_server(windows: Any, is_sbs: bool | None) -> None:
    assert facts({**TOLD, "Windows": windows})["small_business_server"] is is_sbs


@pytest.mark.parametrize(
    ("seconds", "skew"), [(0, 0), (-90, 90), (3600, -3600), (0.4, 0), (-0.6, 1), (-86400 * 365, 86400 * 365)]
)
def test_how_far_the_hosts_clock_is_ahead(seconds: float, skew: int) -> None:
    assert facts(TOLD, NOW + timedelta(seconds=seconds))["clock_skew_seconds"] == skew


@pytest.mark.parametrize(
    "clock",
    [None, {}, {"Utc": None}, {"Utc": ""}, {"Utc": "gestern"}, {"Utc": "2026-11-24T20:39:36"}, {"Utc": 5}, "20:39", []],
)
def test_a_clock_that_is_not_told_is_no_error(clock: Any) -> None:
    assert facts({**TOLD, "Clock": clock})["clock_skew_seconds"] is None


@pytest.mark.parametrize("told", [{}, dict.fromkeys(TOLD)])
def test_what_is_not_told_is_null(told: dict[str, Any]) -> None:
    found = facts(told)
    assert found.pop("agent") == "0.1.0"
    assert set(found.values()) == {None}
    assert {"computer_name", "exchange", "winrm", "small_business_server", "clock_skew_seconds"} <= set(found)


def test_a_host_that_returns_no_object_tells_nothing() -> None:
    assert host_facts(session(done("read_host_facts")), NOW)[0]["computer_name"] is None


def test_the_agents_warnings_come_along() -> None:
    told = {**TOLD, "WinRM": {"MaxMemoryPerShellMB": 512}}
    assert host_facts(session(done("read_host_facts", told), warnings=["Achtung"]), NOW)[1] == ("Achtung",)


def test_facts_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(HostRefused) as caught:
        host_facts(session(failed("read_host_facts", "WMI ist kaputt")), NOW)
    assert keys_of(caught.value) == ["read_failed"]


def test_facts_need_no_exchange_and_no_secret() -> None:
    asked: list[dict[str, Any]] = []

    def execute(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        asked.append(request_in(stdin))
        return 0, packed(reply_data(done("read_host_facts", TOLD))), b""

    host_facts(Session(execute, HOST), NOW)
    (request,) = asked
    assert (request["exchange"], request["secrets"]) == ("none", {})
    asked_first, *others = request["steps"]
    assert (asked_first["command"], asked_first["select"]) == ("Get-HostFacts", list(TOLD))
    assert [step["command"] for step in others] == ["Get-UpdateFacts", "Get-RegistryValues", "Get-TlsAbility"]
