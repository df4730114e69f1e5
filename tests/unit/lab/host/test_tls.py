"""Which TLS a host offers: Windows, the SCHANNEL keys, Exchange's build, what .NET was taught."""

from __future__ import annotations

from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.host.tls import PREPARED, PROTOCOLS, offered_by_default, offered_by_name

R2, SERVER_2012, SERVER_2022 = "6.1.7601", "6.2.9200", "10.0.20348"
KEY = {version: rf"{PROTOCOLS}\TLS {version}\Client" for version in ("1.0", "1.1", "1.2")}
ON, BY_NAME, OFF = ({"Enabled": 1, "DisabledByDefault": 0}, {"Enabled": 1, "DisabledByDefault": 1}, {"Enabled": 0})
MINUS_ONE = {"Enabled": 0xFFFFFFFF, "DisabledByDefault": 0}


def lowered(keys: dict[str, Any]) -> dict[str, Any]:
    return {path.lower(): values for path, values in keys.items()}


@pytest.mark.parametrize(
    ("windows", "keys", "by_default", "by_name"),
    [
        (R2, {}, ("1.0",), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: ON}, ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: BY_NAME}, ("1.0",), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: OFF}, ("1.0",), ("1.0", "1.1")),
        (R2, {KEY["1.2"]: {**ON, "Enabled": 0}}, ("1.0",), ("1.0", "1.1")),
        (R2, {KEY["1.2"]: MINUS_ONE}, ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: {"Enabled": 1}}, ("1.0",), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: {"DisabledByDefault": 0}}, ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: {}}, ("1.0",), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"].replace("Client", "Server"): ON}, ("1.0",), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.0"]: OFF, KEY["1.2"]: ON}, ("1.2",), ("1.1", "1.2")),
        (R2, {KEY["1.0"]: OFF}, (), ("1.1", "1.2")),
        (R2, dict.fromkeys(KEY.values(), ON), ("1.0", "1.1", "1.2"), ("1.0", "1.1", "1.2")),
        (R2, {KEY["1.2"]: {"enabled": 1, "DISABLEDBYDEFAULT": 0}}, ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        ("6.0.6002", {KEY["1.2"]: ON}, ("1.0",), ("1.0",)),
        (SERVER_2012, {}, ("1.0", "1.1", "1.2"), ("1.0", "1.1", "1.2")),
        (SERVER_2012, {KEY["1.2"]: BY_NAME}, ("1.0", "1.1"), ("1.0", "1.1", "1.2")),
        (SERVER_2022, {}, ("1.0", "1.1", "1.2", "1.3"), ("1.0", "1.1", "1.2")),
    ],
)
def test_what_windows_offers(
    windows: str, keys: dict[str, Any], by_default: tuple[str, ...], by_name: tuple[str, ...]
) -> None:
    assert offered_by_default(lowered(keys), windows) == by_default
    assert offered_by_name(("1.0", "1.1", "1.2"), lowered(keys), windows) == by_name


@pytest.mark.parametrize(
    ("state", "exchange", "dotnet"),
    [
        ("sbs2011", ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        ("sbs2011_stock", ("1.0",), ("1.0",)),
        ("sbs2011_ru9", ("1.0",), ("1.0", "1.1", "1.2")),
        ("sbs2011_half_keys", ("1.0",), ("1.0", "1.1", "1.2")),
        ({"exsetup_version": "14.3.224.2"}, ("1.0",), ("1.0", "1.1", "1.2")),
        ({"exsetup_version": "14.3.99.0"}, ("1.0",), ("1.0", "1.1", "1.2")),  # as a text it would be the newer one
        ({"exsetup_version": "14.3.235.1"}, ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        ({"exsetup_version": "14.3.224.2", "registry": {KEY["1.0"]: OFF}}, (), ("1.1", "1.2")),
        ({"registry": {KEY["1.2"]: OFF}}, ("1.0",), ("1.0", "1.1")),
        ({"dotnet_tls12": False}, ("1.0", "1.2"), ("1.0",)),
        ({"dotnet_tls12": False, "registry": {KEY["1.0"]: OFF}}, (), ()),
        ("edge2010", ("1.0", "1.2"), ("1.0", "1.1", "1.2")),
        ("exchange2013", (), ("1.0", "1.1", "1.2")),
        ("no_exchange", (), ("1.0", "1.1", "1.2")),
    ],
)
def test_what_a_host_offers(state: Any, exchange: tuple[str, ...], dotnet: tuple[str, ...]) -> None:
    machine = SimulatedMachine.from_state(state)
    assert (machine.tls_in_force, machine.dotnet_tls) == (exchange, dotnet)
    assert machine.dotnet_tls12 == ("1.2" in dotnet)


def test_the_builds() -> None:
    told = {name: SimulatedMachine.from_state(name) for name in ("sbs2011", "sbs2011_stock", "sbs2011_ru9")}
    builds = {name: (machine.facts()["Exchange"]["Build"], machine.exsetup_version) for name, machine in told.items()}
    assert builds == {
        "sbs2011": ("14.3.123.4", "14.3.513.0"),
        "sbs2011_stock": ("14.1.218.15", "14.1.218.15"),
        "sbs2011_ru9": ("14.3.123.4", "14.3.235.1"),
    }
    setup = told["sbs2011_stock"].registry[r"software\microsoft\exchangeserver\v14\setup"]
    assert (setup["MsiProductMinor"], setup["MsiBuildMajor"], setup["MsiBuildMinor"]) == (1, 218, 15)
    assert SimulatedMachine({"profile": "sbs2011_sp1"}).exsetup_version == "14.1.218.15"


def test_keys_are_in_force_once_the_transport_service_has_started_again() -> None:
    machine = SimulatedMachine.from_state("sbs2011_ru9")
    (key,) = PREPARED
    machine.write_registry(key, PREPARED[key])
    assert (machine.tls_in_force, machine.dotnet_tls12) == (("1.0",), True)
    machine.restart_service("MSExchangeIS")
    assert machine.tls_in_force == ("1.0",)
    machine.restart_service("msexchangetransport")
    assert machine.tls_in_force == ("1.0", "1.2")
    machine.change({"registry": {key: {"Enabled": 0}}})
    assert (machine.tls_in_force, machine.dotnet_tls12) == (("1.0", "1.2"), False)
    machine.change({"reboot": True})
    assert machine.tls_in_force == ("1.0",)
