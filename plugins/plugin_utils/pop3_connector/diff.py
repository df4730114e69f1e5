# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a declaration means for each account of a host: keep, change, make or remove. Nothing is written here, and
nothing refused: diff says what is wanted, safety_checks.py whether it may be, plan.py how it is done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..messages import notice_of
from ..run.plan import Change
from .declared_accounts import DesiredAccount
from .desired import Desired
from .mailbox import AccountKey, provider_mailbox
from .records import PORT, SERVER, USERNAME
from .state import SAME, HostAccount, State

CREATE, CHANGE, REMOVE = "create", "change", "remove"
PROVEN_OPTIONS = ("server", "port", "username", "password", "ssl")
"""What makes another login, or another mailbox, of an account."""


@dataclass(frozen=True)
class Work:
    """What is to be done with one account. ``host`` is None for a new one, ``wanted`` for one that is not declared.

    ``texts``: key of the file -> the text to write, of an account that is changed; the password is apart.
    """

    kind: str
    wanted: DesiredAccount | None
    host: HostAccount | None
    changes: tuple[Change, ...] = ()
    texts: Mapping[str, str] | None = None
    password: bool = False
    logs_in_anew: bool = False

    @property
    def name(self) -> str:
        """The account for a person, as it is on the host where it is there."""
        if self.host is not None:
            return str(self.host.identity)
        return str(self.wanted.identity) if self.wanted else ""

    @property
    def identity(self) -> AccountKey:
        """What the account is once this is done."""
        if self.wanted is not None:
            return self.wanted.identity
        return self.host.identity if self.host else AccountKey("", "", "")

    @property
    def provider_mailbox(self) -> tuple[str, str]:
        """The mailbox that it fetches then."""
        if self.wanted is not None:
            return self.wanted.provider_mailbox
        return provider_mailbox(self.identity.server, self.identity.username)


@dataclass(frozen=True)
class Diff:
    """All that a declaration means for a host. ``kept`` are the accounts that stay as they are; ``equals`` those to be
    touched of which the host has several; ``both`` those that are there beside the one they are to replace."""

    works: tuple[Work, ...]
    kept: tuple[Work, ...] = ()
    equals: tuple[tuple[HostAccount, ...], ...] = ()
    both: tuple[DesiredAccount, ...] = ()

    def of_kind(self, kind: str) -> tuple[Work, ...]:
        """The works of one kind."""
        return tuple(each for each in self.works if each.kind == kind)


def candidates(desired: Desired) -> tuple[DesiredAccount, ...]:
    """The declared accounts with a password, in the order in which the host compares them."""
    return tuple(each for each in desired.present if each.password is not None)


def candidate_number(desired: Desired, wanted: DesiredAccount | None) -> int | None:
    """The number of an account's declared password among them."""
    numbers = (at for at, each in enumerate(candidates(desired)) if each is wanted)
    return next(numbers, None)


def compare(state: State, desired: Desired, *, verifying: bool = False) -> Diff:
    """What the declaration means for this host. ``verifying``: afterwards, when a password that is to be written in any
    case need only be the one that is there."""
    found: dict[tuple[str, str, str], list[HostAccount]] = defaultdict(list)
    for account in state.accounts:
        found[account.identity.key].append(account)
    numbers = {each.identity.key: at for at, each in enumerate(candidates(desired))}
    works: list[Work] = []
    both, touched = [], set()
    for wanted in desired.accounts:
        own = found.get(wanted.identity.key, [])
        old = found.get(wanted.replaces.key, []) if wanted.replaces else []
        touched |= {each.block.index for each in (*own, *old)}
        if own and old:
            both.append(wanted)
        elif wanted.state == "absent":
            works += [Work(REMOVE, wanted, each, (Change("account", "there", None),)) for each in own]
        else:
            number = numbers.get(wanted.identity.key)
            hosts: list[HostAccount | None] = [*(own or old)] or [None]
            works += [_present(wanted, each, desired, number, verifying) for each in hosts]
    others = [each for each in state.accounts if each.block.index not in touched]
    removed = others if desired.exclusive else []
    works += [Work(REMOVE, None, each, (Change("account", "there", None),)) for each in removed]
    kept = [each for each in works if not each.changes]
    kept += [Work(CHANGE, None, each) for each in others if not desired.exclusive]
    works = [each for each in works if each.changes]
    concerned = {each.host.identity.key for each in works if each.host}
    equals = tuple(tuple(each) for key, each in found.items() if len(each) > 1 and key in concerned)
    return Diff(tuple(works), tuple(kept), equals, tuple(both))


def _present(
    wanted: DesiredAccount, host: HostAccount | None, desired: Desired, number: int | None, verifying: bool
) -> Work:
    if host is None:
        shown = {**wanted.identity._asdict(), **wanted.options, "password": notice_of("pop3_password_declared")}
        changes = tuple(Change(option, None, value) for option, value in shown.items())
        return Work(CREATE, wanted, None, changes, password=True, logs_in_anew=True)
    texts, changes = _texts(wanted, host, desired)
    state = host.password_state(number)
    moved = wanted.identity.key != host.identity.key
    other = number is not None and state != SAME
    always = number is not None and desired.update_password == "always" and not verifying
    password = always or (other and (moved or desired.update_password != "on_create"))
    if password:
        before = notice_of("pop3_password_state", state=state)
        changes = (*changes, Change("password", before, notice_of("pop3_password_declared")))
    anew = any(each.option in PROVEN_OPTIONS and (each.option != "password" or other) for each in changes)
    return Work(CHANGE, wanted, host, changes, texts, password, anew)


def _texts(wanted: DesiredAccount, host: HostAccount, desired: Desired) -> tuple[dict[str, str], tuple[Change, ...]]:
    """The values of an account's lines that differ: key -> text, and the same for a person."""
    texts: dict[str, str] = {}
    changes: list[Change] = []
    same = [mine == theirs for mine, theirs in zip(wanted.identity.key, host.identity.key, strict=True)]
    # Capitals of a user name may matter to a provider, so they are written as declared.
    same[2] = wanted.identity.username == host.identity.username
    for key, option, equal in zip((SERVER, PORT, USERNAME), AccountKey._fields, same, strict=True):
        if not equal:
            before, after = getattr(host.identity, option), getattr(wanted.identity, option)
            texts[key] = after
            changes.append(Change(option, before, after))
    for option, value in wanted.options.items():
        mapped = desired.key_map.options[option]
        text, form = host.value(mapped.key), mapped.form(value)
        if text != form and form is not None:
            texts[mapped.key] = form
            changes.append(Change(option, None if text is None else mapped.shown(text), value))
    return texts, tuple(changes)


def shown(works: Sequence[Work], after: bool) -> dict[str, dict[str, Any]]:
    """The touched accounts for a person, before or after."""
    return {
        each.name: {
            change.option: change.after if after else change.before
            for change in each.changes
            if (change.after if after else change.before) is not None
        }
        for each in works
        if (each.kind != REMOVE if after else each.kind != CREATE)
    }
