# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""E-mail address policies that are there: in which order they stand, and for which recipients each is.

By Microsoft's pages of Exchange 2010: the first policy by priority that a recipient matches decides, even one that was
never applied; the default policy comes last. Filters that need what is not read of a recipient (department, company,
container, a filter of its own) are not evaluated: whether such a policy is for a recipient is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..lenient import number, texts
from ..request import Step
from .recipients import GROUP, Recipient
from .templates import AddressTemplate, read_template

CONDITIONS = (
    "ConditionalDepartment",
    "ConditionalCompany",
    "ConditionalStateOrProvince",
    *(f"ConditionalCustomAttribute{number}" for number in range(1, 16)),
)
READ_STEP = Step(
    "read_email_address_policies",
    "Get-EmailAddressPolicy",
    select=(
        "Name",
        "Priority",
        "EnabledEmailAddressTemplates",
        "EnabledPrimarySMTPAddressTemplate",
        "IncludedRecipients",
        "RecipientFilter",
        "RecipientContainer",
        "RecipientFilterApplied",
        *CONDITIONS,
    ),
)
LOWEST = 10**6
"""The place of the default policy, which Exchange prints as a word."""
EVERYBODY = "allrecipients"
_ANY_ALIAS = re.compile(r"\(*\s*alias\s+-ne\s+\$null\s*\)*", re.IGNORECASE)
_WHOLE_DOMAIN = re.compile(r"[^/\\=]+/?|DC=[^,=]+(,\s*DC=[^,=]+)*", re.IGNORECASE)
"""A container by its canonical name or its distinguished name; anything longer is a part of the domain."""


@dataclass(frozen=True)
class Policy:
    """One policy. ``templates`` as Exchange lists them; ``included`` in small letters, empty where the policy has a
    filter of its own; ``narrowed``: whether it has conditions that cannot be evaluated from what is read."""

    name: str
    priority: int
    templates: tuple[str, ...]
    included: frozenset[str]
    filter: str | None = None
    narrowed: bool = False

    @property
    def smtp_templates(self) -> tuple[AddressTemplate, ...]:
        """Its SMTP templates as far as they can be read."""
        return tuple(found for text in self.templates if (found := read_template(text)) is not None)

    def is_for(self, recipient: Recipient) -> bool | None:
        """Whether the policy is for a recipient; None: not known."""
        if not self.included:
            return True if self.filter and _ANY_ALIAS.fullmatch(self.filter) and not self.narrowed else None
        matches = True if EVERYBODY in self.included else _included(self.included, recipient)
        return None if matches and self.narrowed else matches


def deciding(order: Sequence[Policy], recipient: Recipient) -> Policy | None:
    """The first policy that is for a recipient, or that may be."""
    return next((each for each in order if each.is_for(recipient) is not False), None)


def _included(included: frozenset[str], recipient: Recipient) -> bool | None:
    """By kind. Whether MailboxUsers are also rooms, and MailGroups dynamic groups, Microsoft does not say."""
    kind = recipient.kind
    if kind == "UserMailbox":
        resource = (recipient.details or "") in ("RoomMailbox", "EquipmentMailbox")
        if not resource:
            return "mailboxusers" in included
        return True if "resources" in included else None if "mailboxusers" in included else False
    if kind == "DynamicDistributionGroup":
        return None if "mailgroups" in included else False
    word = {"MailContact": "mailcontacts", "MailUser": "mailusers"}.get(kind)
    if recipient.command == GROUP:
        word = "mailgroups"
    return word in included


def parse_policies(output: Iterable[Mapping[str, Any]]) -> tuple[Policy, ...]:
    """The policies of a reply, in the order in which they are asked."""
    return tuple(sorted((_parse(data) for data in output), key=lambda each: each.priority))


def _parse(data: Mapping[str, Any]) -> Policy:
    primary = data.get("EnabledPrimarySMTPAddressTemplate")
    templates = data.get("EnabledEmailAddressTemplates") or ([f"SMTP:{primary}"] if primary else [])
    included = str(data.get("IncludedRecipients") or "").lower().split(",")
    container = str(data.get("RecipientContainer") or "")
    conditions = any(data.get(condition) for condition in CONDITIONS)
    return Policy(
        str(data.get("Name") or ""),
        _priority(data.get("Priority")),
        tuple(texts(templates)),
        frozenset(word.strip() for word in included if word.strip() not in ("", "none")),
        str(data.get("RecipientFilter") or "") or None,
        conditions or bool(container and not _WHOLE_DOMAIN.fullmatch(container)),
    )


def _priority(value: Any) -> int:
    """A number; a word is the default policy's."""
    place = number(value)
    return LOWEST if place is None else place
