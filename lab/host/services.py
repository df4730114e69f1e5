"""The services that run on a host of its kind, as far as a preflight asks for them."""

from __future__ import annotations

from typing import Any, Final

from lab.host.event_log import TRANSPORT
from lab.host.profiles import Profile

_NEEDED: Final = "MSExchangeADTopology"
_OF_EXCHANGE: Final = {
    _NEEDED: "Microsoft Exchange Active Directory Topology",
    "MSExchangeIS": "Microsoft Exchange Information Store",
    "MSExchangeMailSubmission": "Microsoft Exchange Mail Submission",
    "MSExchangeSA": "Microsoft Exchange System Attendant",
    TRANSPORT: "Microsoft Exchange Transport",
}
_OF_A_CONTROLLER: Final = {
    "DNS": "DNS Server",
    "NTDS": "Active Directory Domain Services",
    "kdc": "Kerberos Key Distribution Center",
}
_OF_EVERY_SERVER: Final = {"Netlogon": "Netlogon", "W32Time": "Windows Time"}


def usual_services(profile: Profile, is_controller: bool) -> list[dict[str, Any]]:
    """Those that run, in English whatever the language; of an Exchange that is not simulated there are none."""
    edition = profile.exchange
    exchange = _OF_EXCHANGE if edition and edition.major == 14 else {}
    if edition and "EdgeTransport" in edition.roles:
        exchange = {TRANSPORT: _OF_EXCHANGE[TRANSPORT]}
    windows = {**(_OF_A_CONTROLLER if is_controller else {}), **_OF_EVERY_SERVER}
    needed = [_NEEDED] if _NEEDED in exchange else []
    return [
        {"name": name, "display_name": shown, "depends_on": needed if name in exchange and name != _NEEDED else []}
        for name, shown in {**exchange, **windows}.items()
    ]
