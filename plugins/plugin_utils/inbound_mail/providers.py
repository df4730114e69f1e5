# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits at the providers: whom a look may ask, and what they answered. One login a mailbox, one after the other,
none within the pause that its provider requires, and none that nobody would remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ..errors import LedgerFailed
from ..lenient import number
from ..mailboxes.ledger import Ledger
from ..messages import notice_of
from ..pop3_connector.key_map import KeyMap
from ..pop3_connector.mailbox import provider_mailbox
from ..pop3_connector.proof import PROVEN, UNKNOWN, declared_pause, judge, last_login, note_logins
from ..pop3_connector.state import HostAccount, State
from ..pop3_connector.waiting import Asking, asking, pause_of
from ..request import DONE, Reply
from .kept import Compared, KeptMailbox, compared, found_now

COUNT_ID = "count"
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
    pause: Callable[[HostAccount], datetime | None],
    kept: Mapping[str, KeptMailbox],
) -> AskingPlan:
    """Whom to ask now. ``pause``: until when an account's provider wants no further login. Raises LedgerFailed."""
    others: list[WaitingMail] = []
    open_now: list[HostAccount] = []
    seen: set[tuple[str, str]] = set()
    for account in state.accounts:
        mailbox = provider_mailbox(account.identity.server, account.identity.username)
        until = pause(account)
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


def pause_until(ledger: Ledger, now: datetime, log_at: datetime | None) -> Callable[[HostAccount], datetime | None]:
    """Until when the provider of an account wants no further login: its pause, declared or packaged, after the last
    login that is kept, or after the connector's own, which its newest log tells."""

    def until(account: HostAccount) -> datetime | None:
        minutes = pause_of(account) or declared_pause(ledger, account.identity)
        last = [at for at in (last_login(ledger, account.identity), log_at) if at is not None]
        if not minutes or not last:
            return None
        over = min(max(last), now) + timedelta(minutes=minutes)
        return over if over > now else None

    return until


def note_asking(ledger: Ledger, host: str, now: datetime, asked: Asking) -> str:
    """Keep that these logins are made, before they are; empty, or why they must not be made."""
    if ledger.read_only:
        return notice_of("preflight_login_unkept")
    try:
        note_logins(ledger, host, now, [account.identity for account, _security in asked.logins])
    except LedgerFailed as error:
        return error.reasons[0].found
    return ""


def answered(reply: Reply, asked: Asking, kept: Mapping[str, KeptMailbox], now: datetime) -> tuple[WaitingMail, ...]:
    """What came of the logins, each beside the last look."""
    result = reply.result(COUNT_ID)
    why = result.error.message if result.error else notice_of("pop3_no_answer")
    outputs: Sequence[Mapping[str, Any]] = result.output if result.status == DONE else ()
    told = [outputs[at] if at < len(outputs) else {} for at in range(len(asked.logins))]
    pairs = zip(asked.logins, told, strict=True)
    return tuple(_answer(account, output, kept, now, why) for (account, _security), output in pairs)


def _answer(
    account: HostAccount, output: Mapping[str, Any], kept: Mapping[str, KeptMailbox], now: datetime, why: str
) -> WaitingMail:
    if not output:
        return _unasked(account, UNASKED, kept, why)
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
