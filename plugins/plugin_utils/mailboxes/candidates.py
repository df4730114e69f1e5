# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The provider's mailboxes that may log in at the smarthost, in order of preference, as an inventory declares them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..account_age import RECREATED, TIME_ZONE, Mailbox, parse_mailbox
from ..errors import InputRefused, Reason, collect, refuse
from ..messages import notice_of, reason_of
from ..options.kinds import ListOf, Raw, Record
from ..options.option import Option
from ..options.parse import MISFIT
from ..options.spelling import Spelling, Words
from .logins import NAME, PASSWORD, REFUSED
from .names import mailbox_key
from .preference import with_minimum_of
from .providers import Provider

MAILBOX = Record(
    Option("address", NAME, "The mailbox's e-mail address.", required=True),
    Option(
        "username",
        NAME,
        "The user name that it logs in with, if that is neither the address nor the provider's usual form of it.",
    ),
    Option("password", PASSWORD, "The mailbox's password, from ansible-vault.", required=True, secret=True),
    Option(
        "created",
        Raw(),
        "When the provider created the mailbox (or the contract, if the provider counts from that): a date, which"
        " counts as the end of that day, or a date-time.",
        required=True,
    ),
    Option(
        "minimum_age_days",
        Raw("int"),
        "Its minimum age, in days; the provider's own minimum or more, never less.",
    ),
    TIME_ZONE,
    RECREATED,
    words=Words(unknown="mailbox_option_unknown", shape="mailbox_no_mapping"),
)
"""A mailbox; what is raw in it is read by ``account_age.parse_mailbox``."""
MAILBOXES = ListOf(MAILBOX, least=1, words=Words(shape="mailboxes_missing"))


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


def judged(candidate: Candidate, observed: datetime | None, require_observed: bool) -> Candidate:
    """A candidate with what was observed of it.

    With ``require_observed`` its age counts from its first observed login, and without one it is barred.
    """
    observed = candidate.counted(observed)
    if require_observed and observed is None:
        return replace(candidate, barred=notice_of("never_observed"))
    if require_observed and observed is not None:
        mailbox = replace(candidate.mailbox, created=max(candidate.mailbox.created, observed))
        return replace(candidate, mailbox=mailbox, observed=observed)
    return replace(candidate, observed=observed)


def parse_candidates(declared: Any, provider: Provider, now: datetime, where: str | Spelling) -> tuple[Candidate, ...]:
    """The declared mailboxes in their order. Raises InputRefused with every reason of all of them."""
    reasons: list[Reason] = []
    at = Spelling.of(where)
    told = MAILBOXES.read(declared, at, "mailboxes", reasons)
    if told is MISFIT:
        raise InputRefused(*reasons)
    places = (at.inside(f"mailboxes[{number}]").where for number in range(len(told)))
    candidates = [
        candidate
        for given, each, place in zip(declared, told, places, strict=True)
        if each is not None and (candidate := _candidate(reasons, given, each, provider, now, place))
    ]
    reasons += _duplicates(candidates, at.where)
    refuse(reasons)
    return tuple(candidates)


def _candidate(
    reasons: list[Reason],
    declared: Mapping[str, Any],
    given: Mapping[str, Any],
    provider: Provider,
    now: datetime,
    where: str,
) -> Candidate | None:
    """A mailbox of what was ``told``, as its form has been read; ``declared`` is that before."""
    if "password" not in given:
        reasons.append(reason_of("password_missing", where))
    mailbox = _mailbox(reasons, given, provider, now, where, unread=bool(declared.get("username")))
    misfit = REFUSED in (given.get("address"), given.get("username"), given.get("password"))
    if mailbox is None or misfit:
        return None
    return Candidate(mailbox, str(given.get("password")), given.get("recreated", False))


def _mailbox(
    reasons: list[Reason], told: Mapping[str, Any], provider: Provider, now: datetime, where: str, unread: bool
) -> Mailbox | None:
    """The mailbox; ``unread``: a login name was declared, and may have been none."""
    mailbox: Mailbox | None = collect(reasons, parse_mailbox, told, now, where)
    if mailbox is None:
        return None
    named = f"{where}, {mailbox.address}"
    username = told.get("username") or (None if unread else _username(mailbox.address, provider))
    if username is None:
        reasons.append(reason_of("username_missing", named, provider=provider.display_name))
    given = told.get("minimum_age_days") is not None
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
            reasons.append(reason_of("mailbox_twice", where, address=each.mailbox.address))
        seen |= names
    return reasons
