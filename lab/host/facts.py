"""What ``Get-HostFacts`` tells of a simulated host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.host.building import fqdn_of
from lab.host.clock import Clock
from lab.host.profiles import PROFILES, ExchangeEdition, Windows

_LANGUAGES = {"en": "0409", "de": "0407"}


def host_facts(settings: Mapping[str, Any], clock: Clock) -> dict[str, object]:
    """The facts of a host in that complete state."""
    profile = PROFILES[settings["profile"]]
    return {
        "ComputerName": str(settings["computer_name"]),
        "Fqdn": fqdn_of(settings),
        "Domain": str(settings["domain"]),
        "Windows": _windows(profile.windows, settings["language"]),
        "PowerShell": {"Version": profile.powershell, "Clr": profile.clr},
        "Exchange": _exchange(profile.exchange),
        "Clock": clock.facts(),
        "WinRM": shell_limits(settings),
    }


def shell_limits(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What WinRM's configuration says of a shell."""
    return {"MaxMemoryPerShellMB": settings["max_memory_per_shell_mb"]}


def _windows(windows: Windows, language: str) -> dict[str, object]:
    return {
        "Version": windows.version,
        "Caption": windows.caption,
        "ServicePack": windows.service_pack,
        "Architecture": "64-Bit" if language == "de" else "64-bit",
        "Sku": windows.sku,
        "SuiteMask": windows.suite_mask,
        "Language": _LANGUAGES[language],
    }


def _exchange(edition: ExchangeEdition | None) -> dict[str, object]:
    return {
        "Installed": edition is not None,
        "Major": edition.major if edition else None,
        "Minor": edition.minor if edition else None,
        "Build": edition.version if edition else None,
        "Roles": sorted(edition.roles) if edition else [],
        "SnapinRegistered": edition is not None and edition.snapin,
    }
