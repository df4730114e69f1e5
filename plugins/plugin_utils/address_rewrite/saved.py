# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A saved state: what a run changed as it was before, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..controller.backup import text, text_or_none, texts
from .domains import AcceptedDomain
from .draft import Draft
from .edge_entries import RewriteEntry
from .policies import Policy
from .state import State


@dataclass(frozen=True)
class SavedRecipient:
    """A recipient before a run: all its addresses, whether it followed policies, and what the run made of the
    former."""

    guid: str
    name: str
    addresses: tuple[str, ...]
    follows: bool | None
    after: tuple[str, ...]


@dataclass(frozen=True)
class SavedAddresses:
    """What a run found. ``created_...`` is what it made, which was not there before."""

    method: str
    recipients: tuple[SavedRecipient, ...]
    domains: tuple[AcceptedDomain, ...]
    policies: tuple[Policy, ...]
    entries: tuple[RewriteEntry, ...]
    created_domains: tuple[str, ...]
    created_policy: str | None
    changed_policy: str | None
    created_entries: tuple[str, ...]


def saved_state(state: State, method: str, draft: Draft) -> dict[str, Any]:
    """What a plan touches, as readable JSON: recipients that change, and all of the few other objects."""
    return {
        "method": method,
        "recipients": [
            {
                "guid": each.recipient.guid,
                "name": each.recipient.name,
                "addresses": list(each.recipient.addresses),
                "follows_policies": each.recipient.follows,
                "hidden": each.recipient.hidden,
                "addresses_after": list(each.addresses),
            }
            for each in draft.touched
        ],
        "accepted_domains": [
            {"name": each.name, "domain": each.domain, "type": each.type, "default": each.default}
            for each in state.domains
        ],
        "policies": [_saved_policy(each) for each in state.policies],
        "entries": [
            {
                "name": each.name,
                "internal": each.internal,
                "external": each.external,
                "outbound_only": each.outbound_only,
            }
            for each in state.entries
        ],
        "created_domains": list(draft.created_domains),
        "created_policy": draft.created_policy,
        "changed_policy": draft.changed_policy,
        "created_entries": list(draft.created_entries),
    }


def _saved_policy(policy: Policy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "priority": policy.priority,
        "templates": list(policy.templates),
        "included_recipients": sorted(policy.included),
        "filter": policy.filter,
        "narrowed": policy.narrowed,
    }


def read_saved(data: Mapping[str, Any]) -> SavedAddresses:
    """A saved state of a file's content. Raises KeyError, TypeError or ValueError where it was edited into nonsense."""
    return SavedAddresses(
        text(data["method"]),
        tuple(_read_recipient(each) for each in data["recipients"]),
        tuple(
            AcceptedDomain(text(each["name"]), text(each["domain"]), text(each["type"]), _flag(each["default"]))
            for each in data["accepted_domains"]
        ),
        tuple(_read_policy(each) for each in data["policies"]),
        tuple(
            RewriteEntry(
                text(each["name"]), text(each["internal"]), text(each["external"]), _flag(each["outbound_only"])
            )
            for each in data["entries"]
        ),
        texts(data["created_domains"]),
        text_or_none(data["created_policy"]),
        text_or_none(data["changed_policy"]),
        texts(data["created_entries"]),
    )


def _read_recipient(data: Mapping[str, Any]) -> SavedRecipient:
    reported = data["follows_policies"]
    follows = None if reported is None else _flag(reported)
    addresses, after = texts(data["addresses"]), texts(data["addresses_after"])
    return SavedRecipient(text(data["guid"]), text(data["name"]), addresses, follows, after)


def _read_policy(data: Mapping[str, Any]) -> Policy:
    return Policy(
        text(data["name"]),
        _number(data["priority"]),
        texts(data["templates"]),
        frozenset(texts(data["included_recipients"])),
        text_or_none(data["filter"]),
        _flag(data["narrowed"]),
    )


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a whole number")
    return value
