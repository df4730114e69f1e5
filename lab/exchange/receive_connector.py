"""A Receive connector of Exchange 2010: its properties, whom it takes mail of, and which one a client comes to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from lab.exchange import directory_object
from lab.exchange.ad_permission import (
    ANONYMOUS,
    ANY_RECIPIENT,
    AUTHENTICATED,
    SECURED,
    SUBMIT,
    Permissions,
    Trustee,
    allows,
    shown_groups,
    with_groups,
)
from lab.exchange.contract import load
from lab.exchange.ip_ranges import Binding, IpRange, parse_address
from lab.exchange.texts import Language
from lab.exchange.values import Limit, Size, display_time_span

_OF_THE_CALL: Final = {"Identity", "Confirm", "WhatIf", "DomainController"}
PROPERTIES: Final = tuple(name for name in load()["Set-ReceiveConnector"].parameters if name not in _OF_THE_CALL)
"""What Set-ReceiveConnector of 2010 can set, by Exchange's names; New-ReceiveConnector all but one of it."""

_NULL_MEANS: Final = {"Comment": ""}


@dataclass
class ReceiveConnector:
    """One connector; the fields carry Exchange's own names. Defaults are those of the 2010 reference.

    ``entries`` is its access list, ``server`` the name and ``server_fqdn`` the FQDN of the server it belongs to.
    """

    Name: str
    Guid: str
    DistinguishedName: str
    WhenCreated: datetime
    WhenChanged: datetime
    server: str = "SBS"
    server_fqdn: str = "sbs.nt4admins.local"
    entries: Permissions = ()
    AdvertiseClientSettings: bool = True
    AuthMechanism: str = "Tls"
    Banner: str | None = None
    BareLinefeedRejectionEnabled: bool = False
    BinaryMimeEnabled: bool = True
    Bindings: list[Binding] = field(default_factory=list)
    ChunkingEnabled: bool = True
    Comment: str = ""
    ConnectionInactivityTimeout: timedelta = timedelta(minutes=5)
    ConnectionTimeout: timedelta = timedelta(minutes=10)
    DefaultDomain: str | None = None
    DeliveryStatusNotificationEnabled: bool = True
    DomainSecureEnabled: bool = False
    EightBitMimeEnabled: bool = True
    EnableAuthGSSAPI: bool = False
    Enabled: bool = True
    EnhancedStatusCodesEnabled: bool = True
    ExtendedProtectionPolicy: str = "None"
    Fqdn: str | None = None
    LiveCredentialEnabled: bool = False
    LongAddressesEnabled: bool = False
    MaxAcknowledgementDelay: timedelta = timedelta(seconds=30)
    MaxHeaderSize: Size = Size(64 * 1024)
    MaxHopCount: int = 30
    MaxInboundConnection: Limit = Limit(5000)
    MaxInboundConnectionPerSource: Limit = Limit(20)
    MaxInboundConnectionPercentagePerSource: int = 2
    MaxLocalHopCount: int = 8
    MaxLogonFailures: int = 3
    MaxMessageSize: Size = Size(10 * 1024**2)
    MaxProtocolErrors: Limit = Limit(5)
    MaxRecipientsPerMessage: int = 200
    MessageRateLimit: Limit = Limit(None)
    MessageRateSource: str = "IPAddress"
    OrarEnabled: bool = False
    PermissionGroups: str = "None"
    PipeliningEnabled: bool = True
    ProtocolLoggingLevel: str = "None"
    RemoteIPRanges: list[IpRange] = field(default_factory=list)
    RequireEHLODomain: bool = False
    RequireTLS: bool = False
    SizeEnabled: str = "Enabled"
    SuppressXAnonymousTls: bool = False
    TarpitInterval: timedelta = timedelta(seconds=5)
    TlsDomainCapabilities: list[str] = field(default_factory=list)

    @property
    def identity(self) -> str:
        """``SERVER\\Name``, which is also its ConnectorId in logs."""
        return f"{self.server}\\{self.Name}"

    @property
    def greeting(self) -> str:
        """The first line that a client reads, without what follows of a time; a Banner replaces it."""
        return self.Banner or f"220 {self.name_in_smtp} Microsoft ESMTP MAIL Service ready"

    @property
    def name_in_smtp(self) -> str:
        """The name in greeting, EHLO and Received."""
        return self.Fqdn or self.server_fqdn

    @property
    def mechanisms(self) -> set[str]:
        """The AuthMechanism, each by itself."""
        return _flags(self.AuthMechanism)

    @property
    def groups(self) -> set[str]:
        """The PermissionGroups, each by itself."""
        return _flags(self.PermissionGroups)

    def listens_at(self, local: Binding) -> bool:
        """Whether one of its bindings is, or covers, that local address and port."""
        return any(binding.reaches(local) for binding in self.Bindings)

    def takes(self, address: str) -> bool:
        """Whether it is enabled and the client's address is in one of its ranges. ValueError: no address."""
        return self.Enabled and self._narrowest(address) is not None

    @property
    def is_externally_secured(self) -> bool:
        """Whether whoever connects counts as one of the organisation's own servers."""
        return "ExternalAuthoritative" in self.mechanisms

    @property
    def accepts_anonymous(self) -> bool:
        """Whether one who has not logged in may hand in mail at all."""
        return allows(self.entries, self._is("anonymous"), SUBMIT)

    def accepts(self, user: str) -> bool:
        """The same of ``anonymous``, or of the name of a user who has logged in."""
        return allows(self.entries, self._is(user), SUBMIT)

    def relays_for(self, user: str) -> bool:
        """Whether ``anonymous``, or the user of that name who has logged in, may write to recipients anywhere."""
        return allows(self.entries, self._is(user), ANY_RECIPIENT)

    def offers_login(self, tls: bool) -> bool:
        """Whether AUTH LOGIN stands in its EHLO, before STARTTLS or after it."""
        mechanisms = self.mechanisms
        return "BasicAuth" in mechanisms and (tls or "BasicAuthRequireTLS" not in mechanisms)

    @property
    def offers_starttls(self) -> bool:
        """Whether STARTTLS stands in its EHLO, as long as the server has a certificate for its name."""
        return "Tls" in self.mechanisms

    def write(self, typed: dict[str, object]) -> None:
        """Set properties from typed parameters as ``binding.bind`` gives them; other parameters are passed over."""
        before = self.groups
        for name in PROPERTIES:
            if name in typed:
                setattr(self, name, _NULL_MEANS.get(name) if typed[name] is None else typed[name])
        if "PermissionGroups" in typed:
            self.entries = with_groups(self.entries, sorted(before), _in_order(self.PermissionGroups))

    def read_back(self, language: Language) -> dict[str, object]:
        """The connector as Get-ReceiveConnector returns it, in plain values."""
        shown = {name: _plain(getattr(self, name), language) for name in PROPERTIES}
        shown["PermissionGroups"] = shown_groups(self.entries)
        place = directory_object.read_back(self, self.identity)
        return {**shown, **place, "ObjectClass": ["top", "msExchSmtpReceiveConnector"], "Server": self.server}

    def specificity(self, local: Binding, address: str) -> tuple[bool, int] | None:
        """How near it is to a client there, less is nearer; None where it is not for it.

        A binding to the very address comes before one to all of them (assumed), then the narrower range wins.
        """
        if not self.Enabled or (range_ := self._narrowest(address)) is None:
            return None
        reaching = [binding for binding in self.Bindings if binding.reaches(local)]
        return min(((binding.address != local.address, range_.size) for binding in reaching), default=None)

    def _narrowest(self, address: str) -> IpRange | None:
        client = parse_address(address)
        return min((each for each in self.RemoteIPRanges if each.has(client)), key=lambda each: each.size, default=None)

    def _is(self, user: str) -> set[Trustee]:
        """The accounts that such a session counts as."""
        secured = {SECURED} if self.is_externally_secured else set()
        if user == "anonymous":
            return {ANONYMOUS, *secured}
        own = {entry.trustee for entry in self.entries if _bare(entry.trustee.name) == _bare(user)}
        return {AUTHENTICATED, *own, *secured}


def connector_for(
    connectors: Iterable[ReceiveConnector], binding: str | Binding, client_address: str
) -> ReceiveConnector | None:
    """The connector that a client of that address comes to who connects to that local address and port.

    ``binding`` is ``192.168.1.2:25``, or ``0.0.0.0:25`` for the connectors of all addresses. None: nobody takes it, and
    the server closes the connection. The most specific wins. Raises ValueError for what is no binding or address.
    """
    local = Binding.parse(binding) if isinstance(binding, str) else binding
    near = [(found, each) for each in connectors if (found := each.specificity(local, client_address)) is not None]
    return min(near, key=lambda pair: pair[0], default=(None, None))[1]


def _flags(written: str) -> set[str]:
    return set(_in_order(written))


def _in_order(written: str) -> list[str]:
    return [name for name in re.split(r",\s*", written) if name != "None"]


def _bare(user: str) -> str:
    """A user's own name, without domain and capitals."""
    return user.rpartition("\\")[2].partition("@")[0].lower()


def _plain(value: object, language: Language) -> object:
    if isinstance(value, list):
        return [_plain(each, language) for each in value]
    if isinstance(value, timedelta):
        return display_time_span(value)
    if isinstance(value, Size):
        return value.display(language)
    return value.display() if isinstance(value, Limit | IpRange | Binding) else value
