# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A saved state: what a run changed as it was before, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .domains import AcceptedDomain
from .draft import Draft
from .edge_entries import Entry
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
class SavedState:
    """What a run found. ``created_...`` is what it made, which was not there before."""

    method: str
    recipients: tuple[SavedRecipient, ...]
    domains: tuple[AcceptedDomain, ...]
    policies: tuple[Policy, ...]
    entries: tuple[Entry, ...]
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


def read_saved(data: Mapping[str, Any]) -> SavedState:
    """A saved state of a file's content. Raises KeyError, TypeError or ValueError where it was edited into nonsense."""
    return SavedState(
        str(data["method"]),
        tuple(_read_recipient(each) for each in data["recipients"]),
        tuple(
            AcceptedDomain(str(each["name"]), str(each["domain"]), str(each["type"]), bool(each["default"]))
            for each in data["accepted_domains"]
        ),
        tuple(_read_policy(each) for each in data["policies"]),
        tuple(
            Entry(str(each["name"]), str(each["internal"]), str(each["external"]), bool(each["outbound_only"]))
            for each in data["entries"]
        ),
        _texts(data["created_domains"]),
        _name(data["created_policy"]),
        _name(data["changed_policy"]),
        _texts(data["created_entries"]),
    )


def _read_recipient(data: Mapping[str, Any]) -> SavedRecipient:
    follows = data["follows_policies"]
    if follows not in (True, False, None):
        raise ValueError("follows_policies")
    addresses, after = _texts(data["addresses"]), _texts(data["addresses_after"])
    return SavedRecipient(str(data["guid"]), str(data["name"]), addresses, follows, after)


def _read_policy(data: Mapping[str, Any]) -> Policy:
    return Policy(
        str(data["name"]),
        int(data["priority"]),
        _texts(data["templates"]),
        frozenset(_texts(data["included_recipients"])),
        _name(data["filter"]),
        bool(data["narrowed"]),
    )


def _name(data: Any) -> str | None:
    return None if data is None else str(data)


def _texts(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(each, str) for each in data):
        raise TypeError("a list of texts")
    return tuple(data)
