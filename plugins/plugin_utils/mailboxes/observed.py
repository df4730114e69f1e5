# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ledger knows against what an inventory claims of a mailbox, for all actions that write its login."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..account_age import Mailbox, show_moment
from ..errors import Reason
from ..messages import reason_of
from .ledger import LOGGED_IN, RECREATED, WRITTEN, Event, Ledger
from .names import mailbox_key


@dataclass(frozen=True)
class Observed:
    """The ledger as one host and one clock see it. Every method raises LedgerFailed."""

    ledger: Ledger
    host: str
    clock: Callable[[], datetime]

    def conflict(self, mailbox: Mailbox, where: str, recreated: bool = False) -> Reason | None:
        """Why the declared age of a mailbox cannot be; ``recreated``: it is declared as made anew since it was seen."""
        address = mailbox.address
        first = None if recreated else self.ledger.first_login(address)
        before = self.ledger.last_login_before_anew(address)
        return after_login(mailbox, first, where) or before_anew(mailbox, before, where)

    def rotated(self, mailbox: Mailbox, password: str) -> bool | None:
        """Whether a password is another one than was written last for the mailbox on this host; None: not known."""
        last = self.ledger.last_written(self.host, mailbox.address)
        same = self.ledger.same_password(last.fingerprint, mailbox.address, password) if last else None
        return None if same is None else not same

    def made_anew(self, mailbox: str, since: datetime | None = None) -> bool:
        """Whether a mailbox was made anew, after a moment or ever."""
        return any(since is None or each.at > since for each in self.ledger.events(mailbox, (RECREATED,)))

    def record_anew(self, mailbox: Mailbox) -> None:
        """Record that a mailbox was made anew, the first time that it logs in after what was seen of it before."""
        first = self.ledger.first_login(mailbox.address)
        if first is not None and mailbox.denies(first):
            self.record(mailbox, RECREATED, "recreated: true")

    def record_written(self, mailbox: Mailbox, password: str, why: str) -> None:
        """Record that a password was written, by its fingerprint."""
        self.record(mailbox, WRITTEN, why, password)

    def record(self, mailbox: Mailbox, kind: str, text: str, password: str | None = None) -> None:
        """Add an event of now, with the fingerprint of the password that it is about."""
        print_of = self.ledger.fingerprint(mailbox.address, password) if password is not None else None
        names = [mailbox.address]
        # A send connector knows a mailbox by what it logs in with alone.
        if kind in (LOGGED_IN, RECREATED) and mailbox_key(mailbox.login_name) != mailbox_key(mailbox.address):
            names.append(mailbox.login_name)
        self.ledger.record(*(Event(self.clock(), self.host, name, kind, text, print_of) for name in names))


def after_login(mailbox: Mailbox, login: datetime | None, where: str) -> Reason | None:
    """The mailbox logged in before it is said to have been made."""
    if login is None or not mailbox.denies(login):
        return None
    return reason_of(
        "created_after_login",
        where,
        address=mailbox.address,
        observed=show_moment(login, mailbox.zone),
        created=show_moment(mailbox.created, mailbox.zone),
    )


def before_anew(mailbox: Mailbox, login: datetime | None, where: str) -> Reason | None:
    """The mailbox is said to have been made before the one logged in that it replaces."""
    if login is None or mailbox.created > login:
        return None
    return reason_of(
        "created_before_anew",
        where,
        address=mailbox.address,
        observed=show_moment(login, mailbox.zone),
        created=show_moment(mailbox.created, mailbox.zone),
    )
