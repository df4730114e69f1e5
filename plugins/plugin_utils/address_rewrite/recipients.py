# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there: recipients with all their addresses, read leniently.

Properties by Microsoft's reference of Get-Recipient. That Exchange 2010's shows EmailAddressPolicyEnabled and
ExchangeVersion is likely and not proven: what does not come is None, "not known", and nothing is written on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..mailboxes.system import is_system_address
from ..request import Step
from .addresses import PRIMARY, domain_of, smtp_addresses

PROPERTIES = (
    "Guid",
    "Name",
    "Alias",
    "DisplayName",
    "FirstName",
    "LastName",
    "RecipientType",
    "RecipientTypeDetails",
    "EmailAddresses",
    "PrimarySmtpAddress",
    "EmailAddressPolicyEnabled",
    "HiddenFromAddressListsEnabled",
    "ExternalEmailAddress",
    "ExchangeVersion",
)
READ_STEP = Step("read_recipients", "Get-Recipient", {"ResultSize": "Unlimited"}, PROPERTIES)
GROUP = "Set-DistributionGroup"
COMMANDS: dict[str, str] = {
    "UserMailbox": "Set-Mailbox",
    "MailUniversalDistributionGroup": GROUP,
    "MailUniversalSecurityGroup": GROUP,
    "MailNonUniversalGroup": GROUP,
    "DynamicDistributionGroup": "Set-DynamicDistributionGroup",
    "MailContact": "Set-MailContact",
    "MailUser": "Set-MailUser",
    "PublicFolder": "Set-MailPublicFolder",
}
"""RecipientType -> the cmdlet that changes one."""
SYSTEM = frozenset({"PublicDatabase", "SystemAttendantMailbox", "SystemMailbox", "MicrosoftExchange"})
"""Types of Exchange's own recipients, which are left alone."""
SYSTEM_DETAILS = frozenset(
    {
        "ArbitrationMailbox",
        "DiscoveryMailbox",
        "MonitoringMailbox",
        "AuditLogMailbox",
        "AuxAuditLogMailbox",
        "SupervisoryReviewPolicyMailbox",
    }
)
"""RecipientTypeDetails of its own mailboxes, which RecipientType calls UserMailbox; some are of later versions."""
CAN_BE_UPGRADED = frozenset({GROUP, "Set-DynamicDistributionGroup", "Set-MailContact", "Set-MailUser"})
"""The cmdlets that know ForceUpgrade."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient. ``addresses`` are as Exchange lists them, type and all; ``primary`` is without its type, None
    where there is none. None also stands for what the host did not tell."""

    guid: str
    name: str
    alias: str | None
    display_name: str | None
    first_name: str | None
    last_name: str | None
    kind: str
    details: str | None
    addresses: tuple[str, ...]
    primary: str | None
    follows: bool | None
    hidden: bool
    external: str | None
    version: str | None

    @property
    def label(self) -> str:
        """How a person knows it, and what tells it from another of the same name."""
        return f"{self.name} <{self.primary or ''}>"

    @property
    def command(self) -> str | None:
        """The cmdlet that changes it; None for Exchange's own recipients and for types that are not known."""
        return COMMANDS.get(self.kind)

    @property
    def system(self) -> bool:
        """Whether it is one of Exchange's own, and no person's."""
        return self.kind in SYSTEM or self.system_mailbox

    @property
    def system_mailbox(self) -> bool:
        """Whether it is a mailbox of Exchange's own, which writes to nobody outside."""
        return self.details in SYSTEM_DETAILS or any(map(is_system_address, (self.name, self.primary or "")))

    @property
    def legacy(self) -> bool | None:
        """Whether it is left from Exchange 2003 (version 0.0); None: not known."""
        found = re.match(r"(\d+)\.(\d+)", self.version or "")
        return (found[1], found[2]) == ("0", "0") if found else None

    @property
    def primary_domain(self) -> str:
        """The domain of its primary address in small letters."""
        return domain_of(self.primary or "")

    @property
    def names(self) -> set[str]:
        """Everything by which an exception can name it, in small letters."""
        names = {each.lower() for each in (self.name, self.alias, self.display_name) if each}
        return names | set(smtp_addresses(self.addresses))


def parse_recipients(output: Iterable[Mapping[str, Any]]) -> tuple[tuple[Recipient, ...], tuple[str, ...]]:
    """The recipients of a reply, and the names of those whose addresses cannot be read."""
    recipients: list[Recipient] = []
    unreadable: list[str] = []
    for data in output:
        recipient = _parse(data)
        if recipient is None:
            unreadable.append(str(data.get("Name") or data.get("Guid")))
        else:
            recipients.append(recipient)
    return tuple(recipients), tuple(unreadable)


def _parse(data: Mapping[str, Any]) -> Recipient | None:
    entries, guid = data.get("EmailAddresses"), data.get("Guid")
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries) or not guid:
        return None
    primary = [entry[5:] for entry in entries if entry.startswith(PRIMARY)]
    reported = data.get("PrimarySmtpAddress")
    if len(primary) > 1 or (reported and primary and str(reported).lower() != primary[0].lower()):
        return None
    follows = data.get("EmailAddressPolicyEnabled")
    return Recipient(
        str(guid),
        str(data.get("Name") or guid),
        _text(data.get("Alias")),
        _text(data.get("DisplayName")),
        _text(data.get("FirstName")),
        _text(data.get("LastName")),
        str(data.get("RecipientType") or ""),
        _text(data.get("RecipientTypeDetails")),
        tuple(entries),
        primary[0] if primary else None,
        follows if isinstance(follows, bool) else None,
        data.get("HiddenFromAddressListsEnabled") is True,
        _text(data.get("ExternalEmailAddress")),
        _text(data.get("ExchangeVersion")),
    )


def _text(value: Any) -> str | None:
    return str(value) if value else None
