# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run knows and notes of mailboxes: the ledger, as this host and this moment see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..account_age import show_moment
from ..errors import LedgerFailed, Reason
from ..ledger import HELD_BACK, LOGGED_IN, REFUSED, SWITCHED, WRITTEN, Event, Ledger
from ..messages import tell
from ..observed import Observed
from . import proof
from .candidates import Candidate
from .choice import Choice, judged

Clock = Callable[[], datetime]


@dataclass
class Progress:
    """What has happened in this run; the stages go into the task's result whatever comes of it.

    ``began`` is when the write was known of, ``judged_at`` the moment by which ages were judged, ``host_clock`` what
    the host's own clock said when it was read last.
    """

    choice: Choice | None = None
    target: str | None = None
    began: datetime | None = None
    judged_at: datetime | None = None
    host_clock: datetime | None = None
    stages: list[dict[str, Any]] = field(default_factory=list)
    way_back: bool = False
    unrecorded: LedgerFailed | None = None

    def add(self, stage: str, outcome: str, text: str = "", mailbox: str | None = None, **more: str) -> None:
        """One stage more."""
        self.stages.append({"stage": stage, "mailbox": mailbox, "outcome": outcome, "text": text, **more})


class Book:
    """The ledger in the hands of one run on one host."""

    def __init__(self, ledger: Ledger, host: str, clock: Clock, require_observed_age: bool, where: str) -> None:
        self.ledger = ledger
        self.progress = Progress()
        self.clock = clock
        self._memory = Observed(ledger, host, clock)
        self._require_observed_age = require_observed_age
        self._where = where

    # ---- what is known

    def first_login(self, candidate: Candidate) -> datetime | None:
        """The first login that counts for a mailbox (UTC), or None."""
        return candidate.counted(self.ledger.first_login(candidate.mailbox.address))

    def judged(self, candidate: Candidate) -> Candidate:
        """A candidate with what the ledger knows of it."""
        first = self.ledger.first_login(candidate.mailbox.address)
        found = judged(candidate, first, self._require_observed_age)
        refusal = self.refused_before(candidate)
        return replace(found, barred=_barred(candidate, refusal)) if refusal else found

    def refused_before(self, candidate: Candidate) -> Event | None:
        """The provider's refusal of this very password: trying it again would lock the mailbox out in the end."""
        name = candidate.mailbox.address
        refusal = self.ledger.last_refusal(name)
        same = refusal and self.ledger.same_password(refusal.fingerprint, name, candidate.password)
        return refusal if same else None

    def contradiction(self, candidate: Candidate) -> Reason | None:
        """Why the declared age of a mailbox cannot be."""
        return self._memory.contradiction(candidate.mailbox, self._where, candidate.recreated)

    def rotated(self, choice: Choice) -> bool | None:
        """Whether the password of a login that stays is another one than was written last; None: not known."""
        if choice.candidate is None or choice.candidate is not choice.previous:
            return False
        return self._memory.rotated(choice.candidate.mailbox, choice.candidate.password)

    # ---- what is noted

    def note(self, stage: str, candidate: Candidate, found: proof.Proof) -> None:
        """Keep what was observed: a first login, and each refusal of the provider with its words."""
        address = candidate.mailbox.address
        text, proves = f"{found.stage}: {found.text}", tell("proof_proves")
        self.progress.add(stage, found.outcome, text, address, proves=proves)
        if found.login_taken:
            if candidate.recreated:
                self._memory.record_anew(candidate.mailbox)
            self.record(candidate, LOGGED_IN, found.text)
        if found.login_refused:
            self.record(candidate, REFUSED, found.text)
        elif found.login_taken and found.outcome == proof.REFUSED:
            self.record(candidate, HELD_BACK, found.text)

    def record(self, candidate: Candidate, kind: str, text: str) -> None:
        """Add to the ledger. Raises LedgerFailed."""
        self._memory.record(candidate.mailbox, kind, text, candidate.password if kind in (REFUSED, WRITTEN) else None)

    def remember_write(self, candidate: Candidate, why: str, switched: bool) -> None:
        """Record that a login was written, and that it is another one than before."""
        self.remember(candidate, WRITTEN, why)
        if switched:
            self.remember(candidate, SWITCHED, why)

    def remember(self, candidate: Candidate, kind: str, text: str) -> None:
        """Record what has happened on the host; a ledger that fails must not hide it."""
        try:
            self.record(candidate, kind, text)
        except LedgerFailed as error:
            self.progress.unrecorded = error


def _barred(candidate: Candidate, refusal: Event) -> str:
    moment = show_moment(refusal.at, candidate.mailbox.zone)
    return tell("refused_before", moment=moment, text=refusal.text)
