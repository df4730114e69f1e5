"""A recipient of an Exchange 2010 organisation, of whatever kind: its properties and how a host prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from lab.exchange import directory_object
from lab.exchange.proxy_address import Addresses, ProxyAddress, primary_of

CURRENT_VERSION: Final = "0.10 (14.0.100.0)"
VERSION_2007: Final = "0.1 (8.0.535.0)"
LEGACY_VERSION: Final = "0.0 (6.5.6500.0)"
"""Of an object that no newer server has written since Exchange 2003."""

CUSTOM_ATTRIBUTES: Final = tuple(f"CustomAttribute{number}" for number in range(1, 16))
_RESOURCES: Final = {"RoomMailbox": "Room", "EquipmentMailbox": "Equipment"}
_GROUP_TYPES: Final = {
    "MailUniversalDistributionGroup": "Universal",
    "MailUniversalSecurityGroup": "Universal, SecurityEnabled",
    "MailNonUniversalGroup": "Global, SecurityEnabled",
}


class Kind(NamedTuple):
    """``type`` is the RecipientType, ``noun`` that of the cmdlets for it, ``unit`` where SBS keeps them (assumed)."""

    type: str
    noun: str
    unit: str


_USERS: Final = "MyBusiness/Users/SBSUsers"
_GROUPS: Final = "MyBusiness/Distribution Groups"
_SECURITY: Final = "MyBusiness/Security Groups"
KINDS: Final = {
    "UserMailbox": Kind("UserMailbox", "Mailbox", _USERS),
    "SharedMailbox": Kind("UserMailbox", "Mailbox", _USERS),
    "RoomMailbox": Kind("UserMailbox", "Mailbox", _USERS),
    "EquipmentMailbox": Kind("UserMailbox", "Mailbox", _USERS),
    "LegacyMailbox": Kind("UserMailbox", "Mailbox", _USERS),
    **dict.fromkeys(
        ("ArbitrationMailbox", "DiscoveryMailbox", "MonitoringMailbox", "AuditLogMailbox", "AuxAuditLogMailbox"),
        Kind("UserMailbox", "Mailbox", "Users"),
    ),
    "MailUniversalDistributionGroup": Kind("MailUniversalDistributionGroup", "DistributionGroup", _GROUPS),
    "MailUniversalSecurityGroup": Kind("MailUniversalSecurityGroup", "DistributionGroup", _SECURITY),
    "MailNonUniversalGroup": Kind("MailNonUniversalGroup", "DistributionGroup", _SECURITY),
    "DynamicDistributionGroup": Kind("DynamicDistributionGroup", "DynamicDistributionGroup", _GROUPS),
    "MailContact": Kind("MailContact", "MailContact", _GROUPS),
    "MailUser": Kind("MailUser", "MailUser", _USERS),
    "PublicFolder": Kind("PublicFolder", "MailPublicFolder", "Microsoft Exchange System Objects"),
}
"""By RecipientTypeDetails, of which the lab has these."""

PROPERTIES: Final = (
    "Alias",
    "Company",
    *CUSTOM_ATTRIBUTES,
    "DeliverToMailboxAndForward",
    "Department",
    "DisplayName",
    "EmailAddressPolicyEnabled",
    "ExchangeUserAccountControl",
    "ExchangeVersion",
    "FirstName",
    "ForwardingAddress",
    "ForwardingSmtpAddress",
    "HiddenFromAddressListsEnabled",
    "Initials",
    "LastName",
    "ManagedBy",
    "Name",
    "OrganizationalUnit",
    "RecipientFilter",
    "StateOrProvince",
    "WindowsEmailAddress",
)
"""What a state may say of a recipient, beside its kind and its addresses."""


@dataclass
class Recipient:
    """One recipient; it is replaced whole, never changed, once it is in the organisation.

    Fields carry Exchange's names; ``addresses`` are EmailAddresses, ``attributes`` the fifteen CustomAttributes that
    have a value, ``path`` the canonical name, ``OrganizationalUnit`` the canonical name of what it stands in;
    ``Members`` are the GUIDs of a distribution group's members, which no cmdlet of the lab shows.
    """

    Guid: str
    Name: str
    RecipientTypeDetails: str
    OrganizationalUnit: str
    DistinguishedName: str
    WhenCreated: datetime
    WhenChanged: datetime
    Alias: str | None = None
    DisplayName: str | None = None
    FirstName: str | None = None
    LastName: str | None = None
    Initials: str | None = None
    Company: str | None = None
    Department: str | None = None
    StateOrProvince: str | None = None
    addresses: Addresses = ()
    WindowsEmailAddress: str = ""
    EmailAddressPolicyEnabled: bool = True
    HiddenFromAddressListsEnabled: bool = False
    ExternalEmailAddress: ProxyAddress | None = None
    ExchangeVersion: str = CURRENT_VERSION
    ExchangeUserAccountControl: str = "None"
    ManagedBy: list[str] = field(default_factory=list)
    RecipientFilter: str = ""
    ForwardingAddress: str | None = None
    ForwardingSmtpAddress: str | None = None
    DeliverToMailboxAndForward: bool = False
    Members: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What sort of recipient it is."""
        return KINDS[self.RecipientTypeDetails]

    @property
    def path(self) -> str:
        """Its canonical name, which Exchange shows as Identity: ``nt4admins.local/Users/Anna``."""
        return f"{self.OrganizationalUnit}/{self.Name}"

    @property
    def primary(self) -> str:
        """The address with which it sends; empty where it has none."""
        return primary_of(self.addresses)

    @property
    def is_legacy(self) -> bool:
        """Whether it is as Exchange 2003 left it."""
        return self.ExchangeVersion == LEGACY_VERSION

    def variables(self) -> dict[str, str | None]:
        """What templates of addresses know of it."""
        return {
            "m": self.Alias,
            "g": self.FirstName,
            "s": self.LastName,
            "i": self.Initials,
            "d": self.DisplayName,
        }

    def read_back(self) -> dict[str, object]:
        """As Get-Recipient returns it, in plain values. Which properties that shows is assumed; Initials is none."""
        external = self.ExternalEmailAddress
        return {
            "Alias": self.Alias or "",
            "Company": self.Company or "",
            **{name: self.attributes.get(name, "") for name in CUSTOM_ATTRIBUTES},
            "Department": self.Department or "",
            "DisplayName": self.DisplayName or "",
            "EmailAddresses": [each.display() for each in self.addresses],
            "EmailAddressPolicyEnabled": self.EmailAddressPolicyEnabled,
            "ExternalEmailAddress": external.display() if external else None,
            "FirstName": self.FirstName or "",
            "HiddenFromAddressListsEnabled": self.HiddenFromAddressListsEnabled,
            "LastName": self.LastName or "",
            "ManagedBy": list(self.ManagedBy),
            "Name": self.Name,
            "PrimarySmtpAddress": self.primary,
            "RecipientType": self.kind.type,
            "RecipientTypeDetails": self.RecipientTypeDetails,
            "StateOrProvince": self.StateOrProvince or "",
            **self._directory_object(),
        }

    def read_back_whole(self) -> dict[str, object]:
        """As the cmdlets of its own kind return it; names of persons are no part of that."""
        shown = self.read_back()
        for name in ("FirstName", "LastName", "Company", "Department", "StateOrProvince"):
            del shown[name]
        if not self.kind.type.startswith("Mail") or "Group" not in self.kind.type:
            del shown["ManagedBy"]
        shown["WindowsEmailAddress"] = self.WindowsEmailAddress
        return shown | self._of_kind()

    def _forwarding(self) -> dict[str, object]:
        return {
            "ForwardingAddress": self.ForwardingAddress,
            "DeliverToMailboxAndForward": self.DeliverToMailboxAndForward,
        }

    def _of_kind(self) -> dict[str, object]:
        if self.kind.noun == "MailPublicFolder":
            return self._forwarding()
        if self.kind.noun == "Mailbox":
            resource = _RESOURCES.get(self.RecipientTypeDetails)
            return {
                **self._forwarding(),
                "ForwardingSmtpAddress": self.ForwardingSmtpAddress,
                "ExchangeUserAccountControl": self.ExchangeUserAccountControl,
                "IsResource": resource is not None,
                "IsShared": self.RecipientTypeDetails == "SharedMailbox",
                "ResourceType": resource,
            }
        if self.kind.noun == "DistributionGroup":
            return {"GroupType": _GROUP_TYPES[self.RecipientTypeDetails]}
        if self.kind.noun == "DynamicDistributionGroup":
            return {"RecipientFilter": self.RecipientFilter, "ManagedBy": next(iter(self.ManagedBy), None)}
        return {}

    def _directory_object(self) -> dict[str, object]:
        return {
            **directory_object.read_back(self, self.path),
            "ExchangeVersion": self.ExchangeVersion,
            "OrganizationalUnit": self.OrganizationalUnit,
        }
