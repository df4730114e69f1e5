"""An e-mail address policy of Exchange 2010: for whom it is, which addresses it gives, how a host prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final

from lab.exchange import directory_object
from lab.exchange.address_template import AddressTemplate
from lab.exchange.opath import Matches
from lab.exchange.recipient import CURRENT_VERSION, CUSTOM_ATTRIBUTES, Recipient
from lab.exchange.recipient_filter import parse_recipient_filter

EVERYBODY: Final = "Alias -ne $null"
"""The filter of a policy for all recipients, as that of the default policy is seen in print."""
CONDITIONS: Final = {
    f"Conditional{name}": name for name in ("Company", "Department", "StateOrProvince", *CUSTOM_ATTRIBUTES)
}
_GROUPS: Final = " -or ".join(
    f"(RecipientType -eq '{kind}')"
    for kind in (
        "MailUniversalDistributionGroup",
        "MailUniversalSecurityGroup",
        "MailNonUniversalGroup",
        "DynamicDistributionGroup",
    )
)
_INCLUDED: Final = {
    "MailboxUsers": "(RecipientType -eq 'UserMailbox')",
    "Resources": "((RecipientTypeDetails -eq 'RoomMailbox') -or (RecipientTypeDetails -eq 'EquipmentMailbox'))",
    "MailContacts": "(RecipientType -eq 'MailContact')",
    "MailGroups": f"({_GROUPS})",
    "MailUsers": "(RecipientType -eq 'MailUser')",
}
"""What is meant by each value of IncludedRecipients. Assumed: that rooms are MailboxUsers too, and dynamic groups
MailGroups; that mail-enabled public folders are in AllRecipients only."""


@dataclass(frozen=True)
class EmailAddressPolicy:
    """One policy. ``priority`` counts from 1, None is that of the default policy, which comes last.

    ``included`` is IncludedRecipients as Exchange prints it (``MailboxUsers, MailGroups``), None with a filter of its
    own; ``conditions`` are the values of the Conditional* parameters that have any.
    """

    Name: str
    Guid: str
    DistinguishedName: str
    WhenCreated: datetime
    WhenChanged: datetime
    priority: int | None
    templates: tuple[AddressTemplate, ...]
    disabled: tuple[AddressTemplate, ...] = ()
    included: str | None = None
    conditions: Mapping[str, list[str]] = field(default_factory=dict)
    own_filter: str | None = None
    container: str | None = None
    applied: bool = False

    @property
    def is_default(self) -> bool:
        """Whether it is the one that everybody else gets."""
        return self.priority is None

    @property
    def primary(self) -> AddressTemplate:
        """The template of the primary address."""
        return next(each for each in self.templates if each.primary)

    @cached_property
    def filter(self) -> str:
        """The filter as Exchange shows it; the form of one that is made of IncludedRecipients is ours."""
        if self.own_filter is not None:
            return self.own_filter
        return " -and ".join([_included(self.included or "None"), *map(self._condition, sorted(self.conditions))])

    @cached_property
    def _matches(self) -> Matches:
        return parse_recipient_filter(self.filter)

    def is_for(self, recipient: Recipient) -> bool:
        """Whether it matches the recipient, which follows it unless another policy comes first."""
        inside = self.container is None or f"{recipient.OrganizationalUnit}/".lower().startswith(
            f"{self.container.strip('/')}/".lower()
        )
        return inside and self._matches(recipient)

    def read_back(self) -> dict[str, object]:
        """As Get-EmailAddressPolicy returns it, in plain values."""
        return {
            **{name: list(self.conditions.get(name, [])) for name in CONDITIONS},
            "DisabledEmailAddressTemplates": [each.display() for each in self.disabled],
            "EnabledEmailAddressTemplates": [each.display() for each in self.templates],
            "EnabledPrimarySMTPAddressTemplate": self.primary.bare(),
            "HasEmailAddressSetting": True,
            "HasMailboxManagerSetting": False,
            "IncludedRecipients": self.included,
            "Name": self.Name,
            "Priority": "Lowest" if self.priority is None else str(self.priority),
            "RecipientContainer": self.container,
            "RecipientFilter": self.filter,
            "RecipientFilterApplied": self.applied,
            "RecipientFilterType": "Custom" if self.included is None else "Precanned",
            **directory_object.read_back(self, self.Name),
            "ExchangeVersion": CURRENT_VERSION,
        }

    def _condition(self, name: str) -> str:
        values = [value.replace("'", "''") for value in self.conditions[name]]
        return "(" + " -or ".join(f"({CONDITIONS[name]} -eq '{value}')" for value in values) + ")"


def _included(included: str) -> str:
    """``None`` is nobody; a recipient without an alias is never meant."""
    kinds = included.split(", ")
    if "AllRecipients" in kinds:
        return EVERYBODY
    if kinds == ["None"]:
        return "(Alias -eq $null) -and (Alias -ne $null)"
    return f"({EVERYBODY}) -and ({' -or '.join(_INCLUDED[kind] for kind in kinds)})"
