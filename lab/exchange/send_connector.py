"""A Send connector of Exchange 2010: its properties, their defaults and how a host prints them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lab.exchange import directory_object
from lab.exchange.texts import Language
from lab.exchange.values import AddressSpace, Credential, Size, display_time_span

PROPERTIES = (
    "AddressSpaces",
    "AuthenticationCredential",
    "Comment",
    "ConnectionInactivityTimeOut",
    "DNSRoutingEnabled",
    "DomainSecureEnabled",
    "Enabled",
    "ErrorPolicies",
    "ForceHELO",
    "Fqdn",
    "IgnoreSTARTTLS",
    "IsCoexistenceConnector",
    "IsScopedConnector",
    "LinkedReceiveConnector",
    "MaxMessageSize",
    "Name",
    "Port",
    "ProtocolLoggingLevel",
    "RequireOorg",
    "RequireTLS",
    "SmartHostAuthMechanism",
    "SmartHosts",
    "SmtpMaxMessagesPerConnection",
    "SourceIPAddress",
    "SourceTransportServers",
    "TlsAuthLevel",
    "TlsDomain",
    "UseExternalDNSServersEnabled",
)
"""What New-SendConnector and Set-SendConnector of 2010 can set, by Exchange's names."""

_NULL_MEANS = {"SourceIPAddress": "0.0.0.0", "Comment": ""}


@dataclass
class SendConnector:
    """One connector; the fields carry Exchange's own names. Defaults are those of the 2010 reference;
    ``SmtpMaxMessagesPerConnection`` is documented for later versions only, ``IgnoreSTARTTLS`` seen in print."""

    Name: str
    Guid: str
    DistinguishedName: str
    WhenCreated: datetime
    WhenChanged: datetime
    AddressSpaces: list[AddressSpace] = field(default_factory=list)
    AuthenticationCredential: Credential | None = None
    Comment: str = ""
    ConnectionInactivityTimeOut: timedelta = timedelta(minutes=10)
    DNSRoutingEnabled: bool = True
    DomainSecureEnabled: bool = False
    Enabled: bool = True
    ErrorPolicies: str = "Default"
    ForceHELO: bool = False
    Fqdn: str | None = None
    IgnoreSTARTTLS: bool = False
    IsCoexistenceConnector: bool = False
    IsScopedConnector: bool = False
    LinkedReceiveConnector: str | None = None
    MaxMessageSize: Size = Size(10 * 1024**2)
    Port: int = 25
    ProtocolLoggingLevel: str = "None"
    RequireOorg: bool = False
    RequireTLS: bool = False
    SmartHostAuthMechanism: str = "None"
    SmartHosts: list[str] = field(default_factory=list)
    SmtpMaxMessagesPerConnection: int = 20
    SourceIPAddress: str = "0.0.0.0"
    SourceTransportServers: list[str] = field(default_factory=list)
    TlsAuthLevel: str | None = None
    TlsDomain: str | None = None
    UseExternalDNSServersEnabled: bool = False

    def write(self, typed: dict[str, object]) -> None:
        """Set properties from typed parameters as ``binding.bind`` gives them; other parameters are passed over."""
        for name in PROPERTIES:
            if name not in typed:
                continue
            value = typed[name]
            if isinstance(value, Size):
                value = value.rounded_up_to_kb()
            setattr(self, name, _NULL_MEANS.get(name) if value is None else value)

    def read_back(self, language: Language) -> dict[str, object]:
        """The connector as Get-SendConnector returns it, in plain values; the password stays inside."""
        shown: dict[str, object] = {name: getattr(self, name) for name in PROPERTIES}
        login = self.AuthenticationCredential
        shown |= {
            "AddressSpaces": [space.display() for space in self.AddressSpaces],
            "AuthenticationCredential": None if login is None else {"UserName": login.username},
            "ConnectionInactivityTimeOut": display_time_span(self.ConnectionInactivityTimeOut),
            "MaxMessageSize": self.MaxMessageSize.display(language),
            "SmartHosts": list(self.SmartHosts),
            "SmartHostsString": ",".join(self.SmartHosts),
            "SourceTransportServers": list(self.SourceTransportServers),
        }
        return shown | self._directory_object()

    def _directory_object(self) -> dict[str, object]:
        """What every object of the directory shows, and what a connector derives from its place there."""
        return {
            **directory_object.read_back(self, self.Name),
            "ConnectedDomains": [],
            "HomeMTA": "Microsoft MTA",
            "HomeMtaServerId": self.SourceTransportServers[0] if self.SourceTransportServers else None,
            "IsSmtpConnector": True,
            "ObjectClass": ["top", "msExchConnector", "mailGateway", "msExchRoutingSMTPConnector"],
            "SourceRoutingGroup": "Exchange Routing Group (DWBGZMFD01QNBJR)",
        }
