"""The facts of a machine where a real Windows keeps them: WMI, WSMan drive, registered snap-ins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

SNAPIN = "Microsoft.Exchange.Management.PowerShell.E2010"


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
    return dmtf(local, clock["UtcOffsetMinutes"])


def dmtf(local: datetime, offset: int) -> str:
    """A local time as WMI has it."""
    return f"{local:%Y%m%d%H%M%S}.000000{offset:+04d}"


def wsman(facts: Mapping[str, Any]) -> dict[str, str]:
    """Items of the WSMan drive by their path in small letters; their values are texts there."""
    limit = facts["WinRM"]["MaxMemoryPerShellMB"]
    return {} if limit is None else {r"wsman:\localhost\shell\maxmemorypershellmb": str(limit)}


def snapins(facts: Mapping[str, Any]) -> list[str]:
    """The registered snap-ins beside PowerShell's own."""
    return [SNAPIN] if facts["Exchange"]["SnapinRegistered"] else []
