# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mailboxes in order of preference, judged by their age alone: what playbooks may ask before anything is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..account_age import Mailbox, parse_mailbox, too_young
from ..errors import InputRefused, Reason, collect, refuse
from ..messages import reason_of
from .names import mailbox_key
from .providers import Provider, find_provider


def parse_mailboxes(declared: Any, provider: Any, now: datetime, where: str) -> tuple[Mailbox, ...]:
    """The declared mailboxes in their order, each with the provider's minimum age at least.

    ``provider`` is one of the table, a description, or None. Raises InputRefused with every reason of all of them.
    """
    if not isinstance(declared, list) or not declared:
        raise InputRefused(reason_of("mailboxes_missing", where))
    known = None if provider is None else find_provider(provider, f"{where}, provider")
    reasons: list[Reason] = []
    found = [_parse(reasons, each, known, now, f"{where}, mailbox {at}") for at, each in enumerate(declared, 1)]
    mailboxes = tuple(each for each in found if each)
    keys = [mailbox_key(each.address) for each in mailboxes]
    twice = {key: each.address for key, each in zip(keys, mailboxes, strict=True) if keys.count(key) > 1}
    reasons += [reason_of("mailbox_twice", where, address=twice[key]) for key in sorted(twice)]
    refuse(reasons)
    return mailboxes


def _parse(
    reasons: list[Reason], declared: Any, provider: Provider | None, now: datetime, where: str
) -> Mailbox | None:
    if not isinstance(declared, Mapping):
        reasons.append(reason_of("mailbox_no_mapping", where, type=type(declared).__name__))
        return None
    data = {**declared, "address": declared.get("address") or declared.get("username")}
    mailbox = collect(reasons, parse_mailbox, data, now, where)
    given = declared.get("minimum_age_days") is not None
    return with_minimum_of(mailbox, provider, given, reasons, where) if mailbox else None


def with_minimum_of(
    mailbox: Mailbox, provider: Provider | None, declared: bool, reasons: list[Reason], where: str
) -> Mailbox:
    """The mailbox with at least the provider's minimum age; a lower one that was ``declared`` becomes a reason."""
    if provider is None or mailbox.minimum_age_days >= provider.minimum_age_days:
        return mailbox
    if declared:
        reasons.append(
            reason_of(
                "minimum_age_below_provider",
                f"{where}, {mailbox.address}",
                value=mailbox.minimum_age_days,
                provider=provider.display_name,
                minimum=provider.minimum_age_days,
            )
        )
    return replace(mailbox, minimum_age_days=provider.minimum_age_days)


def choose(mailboxes: Sequence[Mailbox], now: datetime) -> Mailbox | None:
    """The first that may log in at ``now``, or None."""
    return next((each for each in mailboxes if each.usable_at(now)), None)


def reasons_against(mailboxes: Sequence[Mailbox], now: datetime, where: str) -> list[Reason]:
    """Why none of them may log in."""
    return [too_young(each, now, where) for each in mailboxes if not each.usable_at(now)]
