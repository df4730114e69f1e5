"""The facts of a machine where a real Windows keeps them: registry, WMI, WSMan drive, registered snap-ins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

SNAPIN = "Microsoft.Exchange.Management.PowerShell.E2010"
_EXCHANGE_KEYS = {14: "v14", 15: "v15"}


def registry(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The values of every simulated key below HKLM, by the key's path in small letters."""
    keys = {
        r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters": {
            "Hostname": facts["ComputerName"],
            "Domain": facts["Domain"],
        },
        r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation": {"TimeZoneKeyName": facts["Clock"]["TimeZone"]},
        **_exchange(facts["Exchange"]),
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
    return {rf"{root}\Setup": setup, **roles}


def operating_system(facts: Mapping[str, Any]) -> dict[str, Any]:
    """``Win32_OperatingSystem`` as far as the facts go; texts begin with ``=`` (see ``typed``)."""
    windows = facts["Windows"]
    return {
        "Version": f"={windows['Version']}",
        "Caption": f"={windows['Caption']}",
        "ServicePackMajorVersion": windows["ServicePack"],
        "OSArchitecture": f"={windows['Architecture']}",
        "OperatingSystemSKU": windows["Sku"],
        "OSProductSuite": windows["SuiteMask"],
        "OSLanguage": int(windows["Language"], 16),
        "LocalDateTime": f"={_local_time(facts['Clock'])}",
        "CurrentTimeZone": facts["Clock"]["UtcOffsetMinutes"],
    }


def _local_time(clock: Mapping[str, Any]) -> str:
    """The CIM form of the host's local time, ``20261124213936.000000+060``."""
    local = datetime.fromisoformat(clock["Utc"]) + timedelta(minutes=clock["UtcOffsetMinutes"])
    return f"{local:%Y%m%d%H%M%S}.000000{clock['UtcOffsetMinutes']:+04d}"


def wsman(facts: Mapping[str, Any]) -> dict[str, str]:
    """Items of the WSMan drive by their path in small letters; their values are texts there."""
    limit = facts["WinRM"]["MaxMemoryPerShellMB"]
    return {} if limit is None else {r"wsman:\localhost\shell\maxmemorypershellmb": str(limit)}


def snapins(facts: Mapping[str, Any]) -> list[str]:
    """The registered snap-ins beside PowerShell's own."""
    return [SNAPIN] if facts["Exchange"]["SnapinRegistered"] else []
