# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits at the providers: whom a look may ask, and what they answered. One login a mailbox, one after the other,
none within the pause that its provider requires, and none that nobody would remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ..errors import LedgerFailed
from ..lenient import number
from ..mailboxes.ledger import Ledger
from ..messages import notice_of
from ..pop3_connector.key_map import KeyMap
from ..pop3_connector.mailbox import AccountKey, provider_mailbox
from ..pop3_connector.proof import PROVEN, UNKNOWN, declared_pause, judge, last_login, note_logins
from ..pop3_connector.state import HostAccount, State
from ..pop3_connector.waiting import Asking, asking, count_step, pause_of
from ..request import DONE, Reply, Step
from .desired import Desired
from .kept import Compared, KeptMailbox, compared, found_now

COUNT_ID = "count"
FILE_CHANGED: Final = "pop3_file_changed"
COUNTED, BUSY, LATER, REFUSED_LOGIN, UNREACHED, UNASKED = "counted", "busy", "later", "refused", "unreached", "unknown"
"""What came of an account: its provider told how much waits; it is in use or wants a pause just now, which is no
failure; it is not asked before the pause is over; it refuses the login; nobody can get at it; it was not asked, or
nobody answered."""
_AT_LOGIN: Final = ("user", "pass", "stat")
_COUNTED_BEFORE: Final = ("uidl", "top")
"""What follows STAT."""
_NOT_PROVIDERS: Final = ("no_time", "not_opened", None)
"""What says nothing about the provider."""


@dataclass(frozen=True)
class WaitingMail:
    """One account of the connector, and what is known of its mailbox. ``kept`` is what is kept of it for the next look,
    and ``compared`` how that is beside the last one; ``text`` says why it is not known better."""

    account: HostAccount
    outcome: str
    compared: Compared | None = None
    text: str = ""

    @property
    def name(self) -> str:
        """The account for a person, and in what is kept."""
        return str(self.account.identity)

    @property
    def kept(self) -> KeptMailbox | None:
        """The mailbox as it is known."""
        return self.compared.now if self.compared else None

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        found, kept = self.compared, self.kept
        return {
            **self.account.identity._asdict(),
            "outcome": self.outcome,
            "text": self.text,
            "messages": kept.messages if kept else None,
            "octets": kept.octets if kept else None,
            "asked": kept.asked.isoformat() if kept else None,
            "waits_since": kept.since.isoformat() if kept and kept.since else None,
            "asked_before": found.before.isoformat() if found and found.before else None,
            "remained": found.remained if found else None,
            "left": found.left if found else None,
            "back": found.back if found else None,
        }


@dataclass(frozen=True)
class AskingPlan:
    """Whom a look asks (``asked``), and of the others what is known without."""

    asked: Asking
    others: tuple[WaitingMail, ...]


def plan_asking(
    state: State,
    key_map: KeyMap,
    confirm_clear_text: bool,
    pauses: Pauses,
    kept: Mapping[str, KeptMailbox],
) -> AskingPlan:
    """Whom to ask now. Raises LedgerFailed."""
    others: list[WaitingMail] = []
    open_now: list[HostAccount] = []
    seen: set[tuple[str, str]] = set()
    for account in state.accounts:
        mailbox = provider_mailbox(account.identity.server, account.identity.username)
        until = pauses.until(account)
        if mailbox in seen:
            others.append(_unasked(account, UNASKED, kept, notice_of("look_same_mailbox")))
        elif until is not None:
            text = notice_of("look_later", at=f"{until:%Y-%m-%d %H:%M} UTC")
            others.append(_unasked(account, LATER, kept, text))
        else:
            open_now.append(account)
        seen.add(mailbox)
    asked = asking(replace(state, accounts=tuple(open_now)), key_map, confirm_clear_text, lambda account: None)
    by_name = {str(each.identity): each for each in open_now}
    others += [_unasked(by_name[name], UNASKED, kept, text) for name, text in asked.silent.items()]
    return AskingPlan(asked, tuple(others))


def nobody_asked(state: State | None, kept: Mapping[str, KeptMailbox], text: str) -> tuple[WaitingMail, ...]:
    """The accounts where no provider is asked, with what the last look has kept."""
    return tuple(_unasked(each, UNASKED, kept, text) for each in (state.accounts if state else ()))


def _unasked(account: HostAccount, outcome: str, kept: Mapping[str, KeptMailbox], text: str) -> WaitingMail:
    """An account as it was at the last look."""
    before = kept.get(str(account.identity))
    return WaitingMail(account, outcome, Compared(before, before.asked) if before else None, text)


class Pauses:
    """How long the providers want to be left alone, by what was kept before this look keeps logins of its own. That the
    connector has logged in itself is seen on the host alone, by its newest log. Raises LedgerFailed."""

    def __init__(self, ledger: Ledger, now: datetime) -> None:
        self._ledger, self._now = ledger, now
        self._known: dict[AccountKey, tuple[int | None, datetime | None]] = {}

    def minutes(self, account: HostAccount) -> int | None:
        """The pause between two logins, declared or packaged; None where its provider wants none."""
        return self._of(account)[0]

    def until(self, account: HostAccount) -> datetime | None:
        """Until when no further login is wanted; None where one may be made now, as far as the controller knows."""
        return self._of(account)[1]

    def _of(self, account: HostAccount) -> tuple[int | None, datetime | None]:
        if account.identity not in self._known:
            minutes = pause_of(account) or declared_pause(self._ledger, account.identity)
            last = last_login(self._ledger, account.identity)
            over = min(last, self._now) + timedelta(minutes=minutes) if minutes and last else None
            self._known[account.identity] = minutes, over if over and over > self._now else None
        return self._known[account.identity]


def asking_step(desired: Desired, state: State, asked: Asking, pauses: Pauses) -> Step | None:
    """The step that asks, once; None where there is nobody to ask."""
    step = count_step(COUNT_ID, desired.place, state, asked, uids=True)
    if step is None:
        return None
    minutes = [pauses.minutes(account) for account, _security in asked.logins]
    pairs = zip(step.parameters["Logins"], minutes, strict=True)
    logins = [{**login, **({"PauseMinutes": each} if each else {})} for login, each in pairs]
    folder = {"LogFolder": desired.log_folder} if desired.log_folder else {}
    return replace(step, parameters={**step.parameters, "Logins": logins, **folder}, once=True)


def note_asking(ledger: Ledger, host: str, now: datetime, asked: Asking) -> str:
    """Keep that these logins are made, before they are; empty, or why they must not be made."""
    if ledger.read_only:
        return notice_of("preflight_login_unkept")
    try:
        note_logins(ledger, host, now, [account.identity for account, _security in asked.logins])
    except LedgerFailed as error:
        return error.reasons[0].found
    return ""


def answered(
    reply: Reply, made: Asking, asked: Asking, kept: Mapping[str, KeptMailbox], now: datetime
) -> tuple[WaitingMail, ...]:
    """What came of those who are to be ``asked``, each beside the last look. ``made``: the logins that the reply
    answers, in their order."""
    result = reply.result(COUNT_ID)
    why = result.error.message if result.error else notice_of("pop3_no_answer")
    outputs: Sequence[Mapping[str, Any]] = result.output if result.status == DONE else ()
    told = {account.identity: output for (account, _how), output in zip(made.logins, outputs, strict=False)}
    return tuple(_answer(account, told.get(account.identity, {}), kept, now, why) for account, _how in asked.logins)


def not_made(reply: Reply) -> bool:
    """Whether no login was made, since the file is another one by now."""
    error = reply.result(COUNT_ID).error
    return error is not None and error.code == FILE_CHANGED


def _answer(
    account: HostAccount, output: Mapping[str, Any], kept: Mapping[str, KeptMailbox], now: datetime, why: str
) -> WaitingMail:
    if not output:
        return _unasked(account, UNASKED, kept, why)
    if output.get("Problem") == "too_soon":
        return _unasked(account, LATER, kept, notice_of("look_just_worked"))
    proof, name = judge(output), str(account.identity)
    # A login that passed has counted even where what followed did not work, such as a list of unique ids.
    if proof.outcome == PROVEN or output.get("Stage") in _COUNTED_BEFORE:
        found = found_now(name, now, number(output.get("Messages")), number(output.get("Octets")), output.get("Uids"))
        return WaitingMail(account, COUNTED, compared(kept.get(name), found), "")
    return _unasked(account, _outcome(proof.outcome, output), kept, proof.text)


def _outcome(outcome: str, output: Mapping[str, Any]) -> str:
    if outcome == UNKNOWN:
        return BUSY
    if output.get("Problem") in _NOT_PROVIDERS:
        return UNASKED
    refused = output.get("Problem") == "reply" and output.get("Stage") in _AT_LOGIN
    return REFUSED_LOGIN if refused else UNREACHED
