# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Held against each other: the messages that a recovery knows, and those that a host shows. Nothing is decided here.

A restart of the transport service gives queues, and with them messages, other identities, so a message that is not
found under its identity is looked for by its InternetMessageId. One id may stand for several messages (Exchange
splits a message by recipients); each of them is then another one of the same id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..recovery.record import (
    ACCEPTED,
    FAILED,
    FOREIGN,
    GONE,
    HELD,
    IN_QUEUE,
    OPEN,
    RELEASE,
    RELEASED,
    RELEASING,
    REMOVED,
    REMOVING,
    SENT,
    STOPPED,
    VERIFY,
    Message,
    Recovery,
)
from .desired import Desired
from .safety_checks import after_failures
from .view import MessageOutcome, MessageRow, View


def reconcile(recovery: Recovery, view: View, desired: Desired) -> Recovery:
    """The recovery with what a reading shows; no messages where none were read."""
    recovery = recovery.until(view.now)
    if view.messages is None:
        return recovery
    own, stray = view.own_rows(), view.stray_rows()
    found = match(recovery.of(*OPEN), own, stray)
    nowhere = {row.identity for row in stray}
    there = [each for each in recovery.of(*OPEN) if each.key in found]
    seen = [_seen(each, found[each.key], found[each.key].identity in nowhere) for each in there]
    missing = [_left(each, recovery, view) for each in recovery.of(*IN_QUEUE) if each.key not in found]
    known = {row.identity for row in found.values()}
    new = [row for row in own if row.identity not in known]
    adopted = adopt(recovery, new) if recovery.stage in STOPPED and view.stopped else []
    told = replace(recovery.with_messages([*seen, *missing, *adopted]), read_at=view.now)
    ended = _ended(told, view.outcomes or {}, desired.accept_missing)
    after = told.with_messages(ended)
    failed = [each for each in ended if each.state == FAILED]
    return claim(after_failures(after, failed, view.refusals, desired, view.now), desired)


def match(messages: Iterable[Message], own: Sequence[MessageRow], stray: Sequence[MessageRow]) -> dict[str, MessageRow]:
    """Key of a message -> its row: by identity, then by its id in the connector's queues, then in those that lead
    nowhere. No row serves twice."""
    found: dict[str, MessageRow] = {}
    left = list(messages)
    by_identity = {(row.identity, row.message_id): row for row in own}
    for each in left:
        row = by_identity.get((each.identity, each.message_id))
        if row is not None:
            found[each.key] = row
    for rows in (own, stray):
        _match_by_id([each for each in left if each.key not in found], rows, found)
    return found


def _match_by_id(left: Sequence[Message], rows: Sequence[MessageRow], found: dict[str, MessageRow]) -> None:
    taken = {row.identity for row in found.values()}
    free: dict[str, list[MessageRow]] = defaultdict(list)
    for row in rows:
        if row.identity not in taken and row.message_id:
            free[row.message_id].append(row)
    for each in left:
        if free.get(each.message_id):
            found[each.key] = free[each.message_id].pop(0)


def _seen(message: Message, row: MessageRow, stray: bool) -> Message:
    """A message that is there: suspended or on its way, or in a queue that leads nowhere."""
    queue = row.queue if stray else None
    there = replace(message, identity=row.identity, queue=queue, left_after=None, gone_at=None)
    there = replace(there, expiry=row.expiry or message.expiry)
    if message.state in (FOREIGN, HELD):
        return there
    if row.suspended or stray or not message.released_at:
        # What was about to be released and still stands was not released; what was and stands again has come back.
        return replace(there, state=HELD, released_at=None if message.state == RELEASING else message.released_at)
    return replace(there, state=RELEASED)


def _left(message: Message, recovery: Recovery, view: View) -> Message:
    """A message that is not there any more."""
    if message.state == REMOVING:
        return replace(message, state=REMOVED)
    return replace(message, state=GONE, left_after=recovery.read_at or recovery.started, gone_at=view.now)


def adopt(recovery: Recovery, rows: Iterable[MessageRow]) -> list[Message]:
    """New messages for the record. What was suspended one by one before we did that is somebody else's."""
    number = len(recovery.messages)
    found = []
    for row in rows:
        number += 1
        state = FOREIGN if row.suspended and not recovery.hold_issued else HELD
        found.append(
            Message(
                key=str(number),
                identity=row.identity,
                message_id=row.message_id,
                sender=row.sender,
                recipients=row.recipients,
                size=row.size,
                received=row.received,
                expiry=row.expiry,
                state=state,
            )
        )
    return found


def claim(recovery: Recovery, desired: Desired) -> Recovery:
    """The same, with what somebody else has suspended as ours, where that is declared and can still be released."""
    if not desired.take_over_messages or recovery.stage not in (*STOPPED, RELEASE, VERIFY):
        return recovery
    return recovery.with_messages(replace(each, state=HELD) for each in recovery.of(FOREIGN))


def _ended(recovery: Recovery, outcomes: Mapping[str, MessageOutcome], accepted: Sequence[str]) -> list[Message]:
    """The messages that are gone and of which message tracking, or somebody, knows why."""
    copies: dict[str, list[Message]] = defaultdict(list)
    for each in recovery.of(GONE, SENT, FAILED):
        copies[each.message_id].append(each)
    found = []
    for each in recovery.of(GONE):
        outcome = outcomes.get(each.message_id)
        ended = _end(each, outcome, len(copies[each.message_id])) if outcome and each.message_id else None
        if ended is None and each.message_id in accepted:
            ended = replace(each, state=ACCEPTED)
        found += [ended] if ended else []
    return found


def _end(message: Message, outcome: MessageOutcome, copies: int) -> Message | None:
    """What became of a message; None where tracking has less than there were messages of its id."""
    own = {address.lower() for address in message.recipients}
    failed, removed = (
        tuple(each for each in addresses if not own or each.lower() in own)
        for addresses in (outcome.failed, outcome.removed)
    )
    if failed or (outcome.failed_count and not outcome.failed):
        return replace(message, state=FAILED, failed=failed)
    if removed:
        return replace(message, state=REMOVED)
    if outcome.sent < 1 or (copies > 1 and outcome.sent + len(outcome.failed) < copies):
        return None
    return replace(message, state=SENT)
