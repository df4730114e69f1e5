# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which senders the provider will refuse: recipients by their primary address, and what really left by the tracking
log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..mailboxes.system import is_system_address
from ..messages import notice_of
from ..queue.tracking import SENT, outcome_of
from ..request import Step
from .addresses import domain_of
from .recipients import Recipient
from .rules import RuleBook

STEP_ID = "read_sent_senders"
EMPTY = "<>"
"""The sender of bounces and reports (RFC 5321), which some providers refuse."""


def read_step(days: int) -> Step:
    """The agent's own function that counts the senders of mail that left in so many days."""
    return Step(STEP_ID, "Get-SentSenders", {"Days": days}, ("Sender", "EventId", "Source", "Messages", "Last"))


@dataclass(frozen=True)
class Sender:
    """One sender's address, how many messages left with it, and when the last one did (ISO 8601, UTC)."""

    address: str
    messages: int
    last: str | None

    def as_data(self) -> dict[str, Any]:
        """The sender for a task's result."""
        return {"sender": self.address, "messages": self.messages, "last": self.last}


def parse_senders(output: Iterable[Mapping[str, Any]]) -> tuple[Sender, ...]:
    """The senders of a reply whose mail has left, Exchange's own left out; one that cannot be read as a count is kept
    with 0."""
    found: dict[str, Sender] = {}
    for data in output:
        event, source = str(data.get("EventId") or "SEND"), str(data.get("Source") or "SMTP")
        address, last = str(data.get("Sender") or EMPTY), str(data.get("Last") or "") or None
        if outcome_of(event, source) == SENT and not is_system_address(address):
            known = found.get(address, Sender(address, 0, None))
            latest = max(filter(None, (known.last, last)), default=None)
            found[address] = Sender(address, known.messages + _number(data.get("Messages")), latest)
    return tuple(found.values())


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def foreign_senders(senders: Sequence[Sender], own: frozenset[str]) -> list[Sender]:
    """The senders that are in no domain of the provider, the most frequent first."""
    foreign = [each for each in senders if not _is_own(each.address.strip("<>"), own)]
    return sorted(foreign, key=lambda each: (-each.messages, each.address.lower()))


def foreign_recipients(
    recipients: Sequence[Recipient], primaries: Mapping[str, str], rules: RuleBook, own: frozenset[str]
) -> list[dict[str, Any]]:
    """The recipients that would still leave with a foreign address; ``primaries``: those that change, by GUID."""
    rows = [
        {"name": each.name, "address": address, "hidden": each.hidden, "why": _why(each, rules)}
        for each in recipients
        if not each.system_mailbox and (address := primaries.get(each.guid, each.primary)) and not _is_own(address, own)
    ]
    return sorted(rows, key=lambda row: (str(row["address"]).lower(), str(row["name"])))


def _is_own(address: str, own: frozenset[str]) -> bool:
    """Whether the provider takes it as a sender: by its domain, or by the whole address."""
    return domain_of(address) in own or address.lower() in own


def _why(recipient: Recipient, rules: RuleBook) -> str:
    if recipient.system:
        return notice_of("foreign_system")
    if rules.any_exempt and not recipient.names.isdisjoint(rules.all_exempt):
        return notice_of("foreign_exempt")
    return notice_of("foreign_without_rule")
