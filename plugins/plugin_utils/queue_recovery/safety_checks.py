# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose mail is suspended, since the provider refuses it for good: a sender's, a sender domain's, or all. What is let
go of a sender that nobody has seen pass goes one by one, so that a refusal costs one message and not a whole batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..mailboxes.providers import DOMAIN
from ..mailboxes.refusals import SENDER, is_ours, remedy
from ..messages import notice_of
from ..queue.last_error import LastError, read_last_error
from ..recovery.record import GONE, HELD, RELEASED, RELEASING, SENT, Message, Recovery
from .desired import Desired

ALL = "*"
NOBODY = ("", "<>")
"""The empty sender, of reports: it has nobody to tell, and says nothing about others."""
FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=8)
"""How long until it is asked again whether the provider takes what it has refused: more after each refusal of a
message, since what is asked may be taken where the message is not."""
GRACE = timedelta(minutes=10)
"""How long a message may be gone without a trace: message tracking is written a little later."""


def names(sender: str) -> tuple[str, ...]:
    """The names by which a sender may be suspended."""
    name = sender.lower()
    return name, f"@{name.rpartition('@')[2]}", ALL


def suspended(recovery: Recovery, message: Message) -> bool:
    """Whether a message stays because of a refusal."""
    return bool(recovery.brakes) and any(name in recovery.brakes for name in names(message.sender))


def kept(recovery: Recovery) -> list[Message]:
    """The messages that stay because of refusals."""
    return [each for each in recovery.of(HELD) if suspended(recovery, each)]


def name_of(sender: str, error: LastError, desired: Desired) -> str:
    """Whom a refusal is about."""
    if error.kind != SENDER:
        return ALL
    return names(sender)[1 if desired.sender_rule == DOMAIN else 0]


def braked(recovery: Recovery, found: Mapping[str, str], desired: Desired) -> Recovery:
    """The same, with these names suspended for these words, unless they are released all the same."""
    held = {name: words for name, words in found.items() if not _let_off(name, desired)}
    if not held:
        return recovery
    proven = () if ALL in held else tuple(each for each in recovery.proven if not set(names(each)) & set(held))
    return replace(recovery, brakes={**recovery.brakes, **held}, proven=proven)


def after_failures(
    recovery: Recovery, failed: Iterable[Message], refusals: Mapping[str, str], desired: Desired, now: datetime
) -> Recovery:
    """The same after messages have failed: a refusal by the other side that is about us keeps the rest back."""
    found: dict[str, str] = {}
    for each in failed:
        error = read_last_error(refusals.get(each.message_id))
        if error and is_ours(error.kind) and each.sender.lower() not in NOBODY:
            found.setdefault(name_of(each.sender, error, desired), error.words)
    after = braked(recovery, found, desired)
    if after is recovery:
        return recovery
    return replace(after, braked_at=now, braked_times=recovery.braked_times + 1)


def accepted(recovery: Recovery, desired: Desired) -> Recovery:
    """The same without the refused names that the declaration accepts."""
    left = {name: words for name, words in recovery.brakes.items() if not _let_off(name, desired)}
    return recovery if len(left) == len(recovery.brakes) else replace(recovery, brakes=left)


def _let_off(name: str, desired: Desired) -> bool:
    return name in desired.accept_refused or ALL in desired.accept_refused


def ask_again(recovery: Recovery) -> datetime | None:
    """When it may be asked again whether what is suspended is taken; None: at any time."""
    if recovery.braked_at is None:
        return None
    return recovery.braked_at + min(LONGEST, FIRST * (1 << 2 * min(max(0, recovery.braked_times - 1), 5)))


def lines(recovery: Recovery) -> Iterator[str]:
    """What is suspended and why, with what to do."""
    for name, words in recovery.brakes.items():
        error = read_last_error(words)
        todo = remedy(error.kind) if error else ""
        count = sum(name in names(each.sender) for each in recovery.of(HELD))
        if name == ALL:
            yield notice_of("recovery_all_refused", count=count, words=words, remedy=todo)
        else:
            yield notice_of("recovery_sender_refused", sender=name, count=count, words=words, remedy=todo)


def careful(recovery: Recovery, ordered: Sequence[Message], desired: Desired, now: datetime) -> list[Message]:
    """Of the messages that may go those that do: of a sender who is not known to pass one at a time, and one of all
    where nothing has passed since the provider refused something for good."""
    busy = [each for each in recovery.messages.values() if _under_way(each, now)]
    passed = {each.sender.lower() for each in recovery.of(SENT) if each.released_at and _since(recovery, each)}
    if ALL in desired.accept_refused:
        return list(ordered)
    if recovery.braked_times and not passed:
        return [] if busy else list(ordered[:1])
    seen = {each.sender.lower() for each in busy}
    known = passed.union(recovery.proven, desired.accept_refused)
    return [each for each in ordered if _goes(each.sender.lower(), known, seen)]


def _goes(sender: str, known: set[str], seen: set[str]) -> bool:
    if sender in known:
        return True
    first = sender not in seen
    seen.add(sender)
    return first


def _since(recovery: Recovery, message: Message) -> bool:
    return recovery.braked_at is None or (message.gone_at is not None and message.gone_at > recovery.braked_at)


def _under_way(message: Message, now: datetime) -> bool:
    if message.state == GONE:
        return message.gone_at is not None and now - message.gone_at < GRACE
    return message.state in (RELEASING, RELEASED) and not message.returned
