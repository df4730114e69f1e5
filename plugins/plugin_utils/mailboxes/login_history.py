# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run knows and notes of mailboxes: the ledger, as this host and this moment see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ..account_age import show_moment
from ..errors import LedgerFailed, Reason
from ..messages import notice_of
from . import login_proof as proof
from .candidates import Candidate, judged
from .ledger import HELD_BACK, LOGGED_IN, REFUSED, SWITCHED, WRITTEN, Event, Ledger
from .observed import Observed

Clock = Callable[[], datetime]
REFUSAL_HOLDS = timedelta(days=7)
"""How long a password that was refused is not tried again."""


@dataclass(frozen=True)
class Retry:
    """When a login that was refused may be tried again: after REFUSAL_HOLDS, with ``refused`` after ``hours`` already,
    as after a refusal that came together with others."""

    refused: bool = False
    hours: int = 4

    @property
    def after_doubt(self) -> timedelta:
        """How long after a try of which nothing was learnt."""
        return timedelta(hours=self.hours)

    @property
    def after_refusal(self) -> timedelta:
        """How long after a refusal."""
        return self.after_doubt if self.refused else REFUSAL_HOLDS


class LoginHistory:
    """The ledger in the hands of one run on one host.

    ``stages`` are what has happened in it, as the task's result tells it; ``unrecorded`` is why the ledger could not
    keep all of that.
    """

    def __init__(
        self, ledger: Ledger, host: str, clock: Clock, require_observed_age: bool, where: str, retry: Retry
    ) -> None:
        self.ledger = ledger
        self.stages: list[dict[str, Any]] = []
        self.unrecorded: LedgerFailed | None = None
        self.clock = clock
        self._memory = Observed(ledger, host, clock)
        self._require_observed_age = require_observed_age
        self._where = where
        self._retry = retry
        self.is_new: bool | None = None

    # ---- what is known

    def look(self) -> None:
        """Find out whether there is a ledger, before anything is recorded."""
        if self.is_new is None:
            self.is_new = self.ledger.is_empty()

    def first_login(self, candidate: Candidate) -> datetime | None:
        """The first login that counts for a mailbox (UTC), or None."""
        return candidate.counted(self.ledger.first_login(candidate.mailbox.address))

    def judged(self, candidate: Candidate) -> Candidate:
        """A candidate with what the ledger knows of it."""
        first = self.ledger.first_login(candidate.mailbox.address)
        found = judged(candidate, first, self._require_observed_age)
        barred = self.barred(candidate)
        return replace(found, barred=barred) if barred else found

    def barred(self, candidate: Candidate) -> str | None:
        """Why this very password is not tried now, which would lock the mailbox out in the end: the provider refused it
        lately, or it and others at once."""
        zone, refusal = candidate.mailbox.zone, self.refused_before(candidate)
        if refusal:
            again = show_moment(refusal.at + self._retry.after_refusal, zone)
            return notice_of("refused_before", moment=show_moment(refusal.at, zone), text=refusal.text, again=again)
        tried = self._in_doubt_since(candidate)
        if tried is None:
            return None
        again = show_moment(tried + self._retry.after_doubt, zone)
        return notice_of("refused_with_others", moment=show_moment(tried, zone), again=again)

    def refused_before(self, candidate: Candidate) -> Event | None:
        """The provider's refusal of this very password, as long as it holds."""
        name = candidate.mailbox.address
        refusal = self.ledger.last_refusal(name)
        if refusal is None or self.clock() >= refusal.at + self._retry.after_refusal:
            return None
        return refusal if self.ledger.same_password(refusal.fingerprint, name, candidate.password) else None

    def _in_doubt_since(self, candidate: Candidate) -> datetime | None:
        tried = self.ledger.last_try(candidate.mailbox.address, candidate.password)
        return tried if tried and self.clock() < tried + self._retry.after_doubt else None

    def conflict(self, candidate: Candidate) -> Reason | None:
        """Why the declared age of a mailbox cannot be."""
        return self._memory.conflict(candidate.mailbox, self._where, candidate.recreated)

    def rotated(self, candidate: Candidate) -> bool | None:
        """Whether the password of a login in use is another one than was written last; None: not known."""
        return self._memory.rotated(candidate.mailbox, candidate.password)

    # ---- what is noted

    def add(self, stage: str, outcome: str, text: str = "", mailbox: str | None = None, **more: str) -> None:
        """One stage more."""
        self.stages.append({"stage": stage, "mailbox": mailbox, "outcome": outcome, "text": text, **more})

    def note(self, stage: str, candidate: Candidate, found: proof.LoginProof) -> None:
        """Keep what was observed: a first login, and each refusal of the provider with its words."""
        address = candidate.mailbox.address
        text, proves = f"{found.stage}: {found.text}", notice_of("proof_proves")
        self.add(stage, found.outcome, text, address, proves=proves)
        if found.login_taken:
            if candidate.recreated:
                self._memory.record_anew(candidate.mailbox)
            self.record(candidate, LOGGED_IN, found.text)
        if found.login_refused:
            self.record(candidate, REFUSED, found.text)
        elif found.login_taken and found.outcome == proof.REFUSED:
            self.record(candidate, HELD_BACK, found.text)

    def doubted(
        self, tried: Mapping[str, Candidate], found: Mapping[str, proof.LoginProof], known: Sequence[Candidate]
    ) -> dict[str, proof.LoginProof]:
        """The proofs of a run, of which those that an outage explains are none; when they were tried is remembered.
        ``known`` are all mailboxes: where one of them was refused together with another lately, that goes on."""
        judged = proof.doubted(found, any(self._in_doubt_since(each) for each in known))
        self.put_off(*(tried[name] for name, each in judged.items() if each.in_doubt))
        return judged

    def put_off(self, *candidates: Candidate) -> None:
        """Remember that logins were tried to no avail, so that they are not tried again at once."""
        if candidates:
            prints = {each.mailbox.address: self._fingerprint(each) for each in candidates}
            self.ledger.note_tries(self.clock(), prints)

    def _fingerprint(self, candidate: Candidate) -> str:
        return self.ledger.fingerprint(candidate.mailbox.address, candidate.password)

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
            self.unrecorded = error
