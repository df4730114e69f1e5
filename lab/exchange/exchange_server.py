"""An Exchange server of the organisation, as Get-ExchangeServer shows it."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("Mailbox", "ClientAccess", "UnifiedMessaging", "HubTransport", "Edge")
"""The roles of Exchange 2010 in the order in which a host prints them."""


@dataclass(frozen=True)
class ExchangeServer:
    """One server. ``version`` is ``14.3.123.4``; ``domain`` its DNS domain."""

    name: str
    domain: str
    guid: str
    distinguished_name: str
    version: str = "14.3.123.4"
    edition: str = "Standard"
    roles: tuple[str, ...] = ("Mailbox", "ClientAccess", "HubTransport")

    @property
    def fqdn(self) -> str:
        """The server's name in DNS."""
        return f"{self.name.lower()}.{self.domain}"

    def is_named(self, identity: str) -> bool:
        """Whether the identity is this server's name, FQDN, GUID or distinguished name."""
        names = (self.name, self.fqdn, self.guid, self.distinguished_name)
        return identity.lower() in (name.lower() for name in names)

    def read_back(self, site: str) -> dict[str, object]:
        """The server in plain values; ``site`` is the canonical name of its Active Directory site."""
        major, minor, build, revision = self.version.split(".")
        return {
            "AdminDisplayVersion": f"Version {major}.{minor} (Build {build}.{revision})",
            "DistinguishedName": self.distinguished_name,
            "Domain": self.domain,
            "Edition": self.edition,
            "Fqdn": self.fqdn,
            "Guid": self.guid,
            "Id": self.name,
            "Identity": self.name,
            "IsClientAccessServer": "ClientAccess" in self.roles,
            "IsE14OrLater": int(major) >= 14,
            "IsEdgeServer": "Edge" in self.roles,
            "IsExchange2007OrLater": True,
            "IsExchangeTrialEdition": False,
            "IsHubTransportServer": "HubTransport" in self.roles,
            "IsMailboxServer": "Mailbox" in self.roles,
            "IsUnifiedMessagingServer": "UnifiedMessaging" in self.roles,
            "IsValid": True,
            "Name": self.name,
            "ServerRole": ", ".join(role for role in ROLES if role in self.roles),
            "Site": site,
        }
