"""What a host of each kind tells of itself."""

from __future__ import annotations

import pytest

from lab.host.machine import SimulatedMachine


def test_facts_of_the_default_host() -> None:
    facts = SimulatedMachine.from_state({"language": "de", "clock": "2026-11-24T21:39:36+01:00"}).host_facts()
    assert facts == {
        "ComputerName": "SBS",
        "Fqdn": "sbs.nt4admins.local",
        "Domain": "nt4admins.local",
        "Windows": {
            "Version": "6.1.7601",
            "Caption": "Microsoft Windows Small Business Server 2011 Standard ",
            "ServicePack": 1,
            "Architecture": "64-Bit",
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
            "Roles": ["ClientAccess", "HubTransport", "Mailbox"],
            "SnapinRegistered": True,
        },
        "Clock": {"Utc": "2026-11-24T20:39:36Z", "TimeZone": "W. Europe Standard Time", "UtcOffsetMinutes": 60},
        "WinRM": {"MaxMemoryPerShellMB": 1024},
    }


@pytest.mark.parametrize(
    ("profile", "installed", "major", "snapin"),
    [
        ("sbs2011", True, 14, True),
        ("exchange2010", True, 14, True),
        ("exchange2013", True, 15, True),
        ("exchange2007", True, 8, False),
        ("no_snapin", True, 14, False),
        ("snapin_fails", True, 14, True),
        ("snapin_dies", True, 14, True),
        ("no_exchange", False, None, False),
    ],
)
def test_what_a_profile_tells_of_exchange(profile: str, installed: bool, major: int | None, snapin: bool) -> None:
    exchange = SimulatedMachine.from_state(profile).host_facts()["Exchange"]
    assert isinstance(exchange, dict)
    assert (exchange["Installed"], exchange["Major"], exchange["SnapinRegistered"]) == (installed, major, snapin)
