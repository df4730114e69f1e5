# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provider's mailboxes that may log in at the smarthost, in order of preference, as an inventory declares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..account_age import RECREATED, Mailbox, parse_mailbox, parse_recreated
from ..errors import Reason, WishRefused, collect
from ..logins import MAILBOX, MISFIT, parse_texts
from ..mailbox_names import mailbox_key
from ..mailboxes import with_minimum_of
from ..messages import say
from ..providers import Provider

KEYS: dict[str, tuple[str, str]] = {
    "address": ("str", "The mailbox's e-mail address. Required."),
    "username": (
        "str",
        "The name with which it logs in, where that is neither the address nor what the provider makes of it.",
    ),
    "password": ("str", "The mailbox's password, from ansible-vault. Required."),
    "created": (
        "raw",
        "When the provider made the mailbox (or, where the provider counts so, the contract): a date, which counts as"
        " the end of that day, or a date-time. Required.",
    ),
    "minimum_age_days": ("int", "How old it must be, in days; the provider's own minimum or more, never less."),
    "time_zone": ("str", "The provider's time zone, for a V(created) without one; by default V(Europe/Berlin)."),
    "recreated": RECREATED,
}
"""The keys of a mailbox: type in Ansible's documentation, and what they mean."""


@dataclass(frozen=True)
class Candidate:
    """A mailbox that may be used: its age, its password (never shown), and what is known of it.

    ``observed`` is the first moment (UTC) at which it was seen to log in, None: never. ``barred`` says why it is not
    tried at all.
    """

    mailbox: Mailbox
    password: str = field(repr=False)
    recreated: bool = False
    observed: datetime | None = None
    barred: str | None = None

    @property
    def username(self) -> str:
        """The name with which the mailbox logs in."""
        return self.mailbox.login_name

    def denies(self, login: datetime) -> bool:
        """Whether the mailbox cannot have been there yet when it is said to have logged in."""
        return self.mailbox.denies(login)

    def counted(self, login: datetime | None) -> datetime | None:
        """A first login as far as it counts: one before the mailbox was made anew does not."""
        return None if login and self.recreated and self.denies(login) else login

    def usable_at(self, now: datetime) -> bool:
        """Whether it may log in at ``now``, and may be tried."""
        return self.barred is None and self.mailbox.usable_at(now)


def parse_candidates(declared: Any, provider: Provider, now: datetime, where: str) -> tuple[Candidate, ...]:
    """The declared mailboxes in their order. Raises WishRefused with every reason of all of them."""
    if not isinstance(declared, list) or not declared:
        raise WishRefused(say("mailboxes_missing", where))
    reasons: list[Reason] = []
    found = [_parse(reasons, each, provider, now, f"{where}, mailbox {at}") for at, each in enumerate(declared, 1)]
    candidates = [each for each in found if each]
    reasons += _duplicates(candidates, where)
    if reasons:
        raise WishRefused(*reasons)
    return tuple(candidates)


def _parse(reasons: list[Reason], declared: Any, provider: Provider, now: datetime, where: str) -> Candidate | None:
    if not isinstance(declared, Mapping):
        reasons.append(say("mailbox_no_mapping", where, type=type(declared).__name__))
        return None
    reasons += [say("mailbox_option_unknown", where, option=str(key)) for key in declared if key not in KEYS]
    texts, recreated = parse_texts(reasons, where, declared, MAILBOX), parse_recreated(reasons, where, declared)
    if texts["password"] is None:
        reasons.append(say("password_missing", where))
    mailbox = _parse_mailbox(reasons, {**declared, **texts}, provider, now, where, bool(declared.get("username")))
    misfit = MISFIT in texts.values()
    return Candidate(mailbox, str(texts["password"]), recreated) if mailbox and not misfit else None


def _parse_mailbox(
    reasons: list[Reason], declared: Mapping[str, Any], provider: Provider, now: datetime, where: str, unread: bool
) -> Mailbox | None:
    mailbox: Mailbox | None = collect(reasons, parse_mailbox, declared, now, where)
    if mailbox is None:
        return None
    named = f"{where}, {mailbox.address}"
    username = declared["username"] or (None if unread else _username(mailbox.address, provider))
    if username is None:
        reasons.append(say("username_missing", named, provider=provider.display_name))
    given = declared.get("minimum_age_days") is not None
    return replace(with_minimum_of(mailbox, provider, given, reasons, where), username=str(username))


def _username(address: str, provider: Provider) -> str | None:
    """What the provider makes of an address; None where it issues names of its own."""
    if provider.username_form == "localpart":
        return address.partition("@")[0]
    return None if provider.username_form == "mailbox-login" else address


def _duplicates(candidates: Sequence[Candidate], where: str) -> list[Reason]:
    seen: set[str] = set()
    reasons = []
    for each in candidates:
        names = {mailbox_key(each.mailbox.address), mailbox_key(each.username)}
        if names & seen:
            reasons.append(say("mailbox_twice", where, address=each.mailbox.address))
        seen |= names
    return reasons
