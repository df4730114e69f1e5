# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits at the providers before and after a fetch, asked with the stored passwords, and what follows of the fetch.

The connector tells nobody what it took: its program's exit code and the words of its log are not publicly known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..lenient import number
from ..mailboxes.providers import min_poll_minutes, provider_of_pop3
from ..messages import notice_of
from ..request import DONE, Reply, Step
from .desired import ConnectorPlace
from .diff import CHANGE, Work
from .key_map import KeyMap
from .proof import CLEAR, SELECT, judge, security_of
from .state import HostAccount, State, entropy_of

Pause = Callable[[HostAccount], int | None]
"""The minutes that an account's provider wants between two logins, the connector's own among them."""

COMMAND = "Measure-Pop3Waiting"
NOTHING, TAKEN, PARTLY, STILL = "nothing_waited", "taken", "partly_taken", "nothing_taken"
UNCLEAR, NOT_ASKED = "others_came", "not_asked"


@dataclass(frozen=True)
class Count:
    """How many messages of how many octets wait for an account; ``number`` is None where it is not known, ``text`` then
    says why."""

    number: int | None
    text: str = ""
    octets: int | None = None


@dataclass(frozen=True)
class Asking:
    """What is asked of whom. ``logins``: the accounts with how the connector logs in there; ``silent``: of the others
    why nobody asks."""

    logins: tuple[tuple[HostAccount, str], ...]
    silent: Mapping[str, str]


def pause_of(account: HostAccount) -> int | None:
    """Those of the packaged table."""
    return min_poll_minutes(provider_of_pop3(account.identity.server))


def asking(state: State, key_map: KeyMap, confirm_clear_text: bool, pause: Pause = pause_of) -> Asking:
    """Whom to ask: whoever may be, with a login that disturbs neither the provider nor the fetch."""
    logins, silent = [], {}
    for account in state.accounts:
        security = security_of(Work(CHANGE, None, account), key_map)
        why = _why_not(state, account, security, confirm_clear_text, pause(account))
        if why is None:
            logins.append((account, security))
        else:
            silent[str(account.identity)] = why
    return Asking(tuple(logins), silent)


def _why_not(
    state: State, account: HostAccount, security: str, confirm_clear_text: bool, minutes: int | None
) -> str | None:
    if minutes:
        return notice_of("pop3_count_too_soon", minutes=minutes)
    if account.password is None or not account.password.readable or entropy_of(state.secrets, account.password) is None:
        return notice_of("pop3_count_unreadable")
    if security == CLEAR and not confirm_clear_text:
        return notice_of("pop3_count_clear")
    port = account.identity.port.strip()
    return None if port.isascii() and port.isdecimal() and 0 < int(port) < 65536 else notice_of("pop3_count_port")


def count_step(step_id: str, place: ConnectorPlace, state: State, asked: Asking, uids: bool = False) -> Step | None:
    """The step that counts, and with ``uids`` tells the messages' unique ids; None where there is nobody to ask."""
    if not asked.logins:
        return None
    further = {"Uids": True} if uids else {}
    logins = [{**_login(state, account, security), **further} for account, security in asked.logins]
    path = {"Path": place.file} if place.file else {}
    select = (*SELECT, *further)
    return Step(step_id, COMMAND, {**path, "Sha256": state.sha256, "Logins": logins}, select, always=True)


def _login(state: State, account: HostAccount, security: str) -> dict[str, Any]:
    entropy = entropy_of(state.secrets, account.password)
    server, port, username = account.identity
    return {
        "Server": server,
        "Port": int(port),
        "Username": username,
        "Security": security,
        "Password": account.password.place if account.password else None,
        "Entropy": entropy.place if entropy else None,
    }


def counts(reply: Reply, step_id: str, asked: Asking) -> dict[str, Count]:
    """What came of a counting step, by account."""
    found = {name: Count(None, why) for name, why in asked.silent.items()}
    result = reply.result(step_id)
    problem = result.error.message if result.error else notice_of("pop3_no_answer")
    for at, (account, _security) in enumerate(asked.logins):
        output: Mapping[str, Any] = result.output[at] if result.status == DONE and at < len(result.output) else {}
        proof = judge(output) if output else None
        text = proof.text if proof else problem
        octets = number(output.get("Octets"))
        found[str(account.identity)] = Count(proof.messages if proof else None, text, octets)
    return found


def compared(accounts: Sequence[HostAccount], before: Mapping[str, Count], after: Mapping[str, Count]) -> list[Any]:
    """One row an account for a task's result."""
    rows = []
    for account in accounts:
        unknown = Count(None, notice_of("pop3_no_answer"))
        was, now = (found.get(str(account.identity), unknown) for found in (before, after))
        text = was.text if was.number is None else now.text if now.number is None else ""
        told = {"before": was.number, "after": now.number, "outcome": _outcome(was, now), "text": text}
        rows.append({**account.identity._asdict(), **told})
    return rows


def _outcome(was: Count, now: Count) -> str:
    if was.number is None or now.number is None:
        return NOT_ASKED
    if was.number == 0:
        return NOTHING
    if now.number < was.number:
        return PARTLY if now.number else TAKEN
    # Mail that came meanwhile may stand for mail that was taken: only what is the same in both is still there for sure.
    return STILL if (now.number, now.octets) == (was.number, was.octets) else UNCLEAR


_TOLD = {STILL: "pop3_nothing_taken", PARTLY: "pop3_partly_taken", UNCLEAR: "pop3_others_came"}


def notices(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What somebody has to look at: mail that is still there, and mailboxes of which nobody knows."""
    told = []
    for row in rows:
        account = f"{row['username']} at {row['server']}:{row['port']}"
        if row["outcome"] in _TOLD:
            told.append(notice_of(_TOLD[row["outcome"]], account=account, before=row["before"], after=row["after"]))
        elif row["outcome"] == NOT_ASKED:
            told.append(notice_of("pop3_not_asked", account=account, text=row["text"]))
    return told
