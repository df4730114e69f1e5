# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ledger knows against what an inventory claims of a mailbox, for all actions that write its login."""

from __future__ import annotations

from datetime import datetime

from .account_age import Mailbox, show_moment
from .errors import Reason
from .ledger import RECREATED, WRITTEN, Event, Ledger
from .messages import say


def contradiction(ledger: Ledger, mailbox: Mailbox, recreated: bool, where: str) -> Reason | None:
    """Why the declared age of a mailbox cannot be. ``recreated``: it is declared as made anew since it was seen.

    Raises LedgerFailed.
    """
    address = mailbox.address
    first = None if recreated else ledger.first_login(address)
    return after_login(mailbox, first, where) or before_anew(mailbox, ledger.last_login_before_anew(address), where)


def after_login(mailbox: Mailbox, login: datetime | None, where: str) -> Reason | None:
    """The mailbox logged in before it is said to have been made."""
    if login is None or not mailbox.denies(login):
        return None
    return say(
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
    return say(
        "created_before_anew",
        where,
        address=mailbox.address,
        observed=show_moment(login, mailbox.zone),
        created=show_moment(mailbox.created, mailbox.zone),
    )


def rotated(ledger: Ledger, host: str, mailbox: Mailbox, password: str) -> bool | None:
    """Whether a password is another one than was written last for the mailbox on this host; None: not known. Raises
    LedgerFailed."""
    last = ledger.last_written(host, mailbox.address)
    same = ledger.same_password(last.fingerprint, mailbox.address, password) if last else None
    return None if same is None else not same


def record_anew(ledger: Ledger, mailbox: Mailbox, recreated: bool, at: datetime, host: str) -> None:
    """Record that a mailbox was made anew, the first time that it is used after what was seen of it before. Raises
    LedgerFailed."""
    first = ledger.first_login(mailbox.address)
    if recreated and first is not None and mailbox.denies(first):
        ledger.record(Event(at, host, mailbox.address, RECREATED, "recreated: true"))


def record_written(ledger: Ledger, mailbox: Mailbox, password: str, why: str, at: datetime, host: str) -> None:
    """Record that a password was written, by its fingerprint. Raises LedgerFailed."""
    print_of = ledger.fingerprint(mailbox.address, password)
    ledger.record(Event(at, host, mailbox.address, WRITTEN, why, print_of))
