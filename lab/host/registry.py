"""The facts of a machine where a real Windows keeps them in its registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EXCHANGE_KEYS = {14: "v14", 15: "v15"}
PROGRAMS = r"C:\Program Files\Microsoft\Exchange Server"


def registry(facts: Mapping[str, Any], further: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The values of every simulated key below HKLM, by the key's path in small letters; ``further`` ones besides."""
    keys = {
        r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters": {
            "Hostname": facts["ComputerName"],
            "Domain": facts["Domain"],
        },
        r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation": {"TimeZoneKeyName": facts["Clock"]["TimeZone"]},
        **_exchange(facts["Exchange"]),
        **{path: dict(values) for path, values in further.items()},
    }
    return {path.lower(): values for path, values in keys.items()}


def _exchange(exchange: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Exchange 2007 keeps its setup elsewhere; nothing here asks for it, so nothing is made up."""
    version = _EXCHANGE_KEYS.get(exchange["Major"])
    if version is None:
        return {}
    root = rf"SOFTWARE\Microsoft\ExchangeServer\{version}"
    names = ("MsiProductMajor", "MsiProductMinor", "MsiBuildMajor", "MsiBuildMinor")
    setup = dict(zip(names, map(int, exchange["Build"].split(".")), strict=True))
    roles = {rf"{root}\{role}Role": {"ConfiguredVersion": exchange["Build"]} for role in exchange["Roles"]}
    return {rf"{root}\Setup": {**setup, "MsiInstallPath": rf"{PROGRAMS}\{version.upper()}"}, **roles}
