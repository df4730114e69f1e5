"""An accepted domain of Exchange 2010 and how a host prints it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lab.exchange import directory_object

AUTHORITATIVE: Final = "Authoritative"
EXTERNAL_RELAY: Final = "ExternalRelay"


@dataclass(frozen=True)
class AcceptedDomain:
    """One domain for which the organisation takes mail; fields carry Exchange's names."""

    Name: str
    DomainName: str
    Guid: str
    DistinguishedName: str
    WhenCreated: datetime
    WhenChanged: datetime
    DomainType: str = AUTHORITATIVE
    Default: bool = False
    AddressBookEnabled: bool = True
    OutboundOnly: bool = False

    @property
    def may_give_addresses(self) -> bool:
        """Whether a policy may hand out addresses of it: authoritative or internal relay, never external relay."""
        return self.DomainType != EXTERNAL_RELAY

    def covers(self, domain: str) -> bool:
        """Whether it is this domain, or ``*.x`` above it."""
        own, wanted = self.DomainName.lower(), domain.lower()
        return own == wanted or (own.startswith("*.") and wanted.endswith(own[1:]))

    def read_back(self) -> dict[str, object]:
        """As Get-AcceptedDomain returns it, in plain values."""
        return {
            **directory_object.read_back(self, self.Name),
            "AddressBookEnabled": self.AddressBookEnabled,
            "Default": self.Default,
            "DomainName": self.DomainName,
            "DomainType": self.DomainType,
            "Name": self.Name,
            "OutboundOnly": self.OutboundOnly,
        }
