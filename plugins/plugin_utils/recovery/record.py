# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a recovery remembers between its ticks: where it is, what it found, and every message. All of it stands in one
file on the controller, so that an interrupted run goes on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, get_type_hints

from ..controller.backup import is_format, texts
from ..controller.identity import Identity
from ..lenient import is_of, moment
from ..mailboxes.ledger import QUEUE_SUSPENDED

SUSPEND, SAVE, SETTLE, QUIET, SWITCH, PROVE = "suspend", "save", "settle", "quiet", "switch", "prove"
HOLD, RELEASE, VERIFY, RESTORE, FINISHED = "hold", "release", "verify", "restore", "done"
STAGES = (SUSPEND, SAVE, SETTLE, QUIET, SWITCH, PROVE, HOLD, RELEASE, VERIFY, RESTORE, FINISHED)
"""In their order."""
ABANDON = "abandon"
"""Instead of what is left up to RESTORE, where somebody wants the recovery to end."""
STOPPED = (SUSPEND, SAVE, SETTLE, QUIET, SWITCH, PROVE, HOLD)
"""The stages in which the queue as a whole is suspended."""

HELD, FOREIGN, RELEASING, RELEASED, REMOVING = "held", "foreign", "releasing", "released", "removing"
GONE, SENT, FAILED, REMOVED, ACCEPTED = "gone", "sent", "failed", "removed", "accepted"
IN_QUEUE = (HELD, FOREIGN, RELEASING, RELEASED, REMOVING)
"""A message's states: those in the queue are suspended by us, suspended by somebody else before us, about to be
released, released, about to be removed; GONE left the queue and nothing is known of it yet; the rest is the end."""
OPEN = (*IN_QUEUE, GONE)
ITS_OWN = ("received", "expiry")
"""The moments of a message that the host has noted, and not we."""
FORMAT = 1
NOUN = "queue_recovery"
SETTLED = ("message_expiration_timeout", "message_retry_interval", "max_per_domain_outbound_connections",
           "message_tracking_log_enabled")  # fmt: skip
"""The options of the transport server that a recovery changes meanwhile."""


@dataclass(frozen=True)
class Message:
    """One saved message. ``identity`` is where it was seen last; ``queue`` names the queue that leads nowhere in
    which it stands instead of ours. ``released_at`` is when it was released last, ``left_after`` the last moment at
    which it was seen before it was gone, ``returned`` how often it came back by itself while others passed."""

    key: str
    identity: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    size: int | None
    received: datetime | None
    expiry: datetime | None
    state: str = HELD
    queue: str | None = None
    released_at: datetime | None = None
    left_after: datetime | None = None
    gone_at: datetime | None = None
    failed: tuple[str, ...] = ()
    returned: int = 0
    returned_at: datetime | None = None

    @property
    def weight(self) -> int:
        """What it counts at the provider: every recipient does."""
        return max(1, len(self.recipients))


@dataclass(frozen=True)
class Recovery:
    """A recovery of one connector's queue on one host. Times are moments of the host's clock (UTC).

    ``rate_wished`` and ``rate`` (messages an hour) are what was declared and what is left of it after refusals;
    ``halved_at`` is when it last went down, or a step up again; ``settings_before`` are options of the transport server
    as they were, ``settings_written`` as this recovery wrote them; ``notes`` are the ledger's lines that have been
    written; ``computer`` and ``domain`` are what the host says of itself. ``brakes`` (safety_checks.py) are the names
    that are suspended with the provider's words, ``braked_at`` and ``braked_times`` when, and how often, messages were
    refused so; ``proven`` are senders that it takes, ``proof_at`` and ``proof_count`` what asking has used of the hour.
    """

    host: str
    connector: str
    connector_guid: str
    started: datetime
    rate_wished: int
    rate: int
    login_before: str | None
    stage: str = SUSPEND
    suspended_at: datetime | None = None
    read_at: datetime | None = None
    last_batch: datetime | None = None
    halved_at: datetime | None = None
    hold_issued: bool = False
    resume_issued: bool = False
    settings_before: Mapping[str, Any] | None = None
    settings_written: Mapping[str, Any] = field(default_factory=dict)
    messages: Mapping[str, Message] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    computer: str | None = None
    domain: str | None = None
    brakes: Mapping[str, Any] = field(default_factory=dict)
    braked_at: datetime | None = None
    braked_times: int = 0
    proven: tuple[str, ...] = ()
    proof_at: datetime | None = None
    proof_count: int = 0

    @property
    def identity(self) -> Identity:
        """The server whose recovery it is."""
        return Identity.told(self.host, self.computer, self.domain)

    @property
    def stands(self) -> bool:
        """Whether the queue as a whole is suspended, as far as is known: the ledger says so, and not yet that it runs
        again."""
        return QUEUE_SUSPENDED in self.notes

    def of(self, *states: str) -> list[Message]:
        """The messages in these states."""
        return [each for each in self.messages.values() if each.state in states]

    def with_messages(self, changed: Iterable[Message]) -> Recovery:
        """The same with these messages changed or added."""
        return replace(self, messages={**self.messages, **{each.key: each for each in changed}})

    def until(self, now: datetime) -> Recovery:
        """The same with no moment after this one. Where the host's clock was set back, all that counts from a moment
        would else wait for as long as it was ahead."""
        own, changed = _until(self, now), [_until(each, now) for each in self.messages.values()]
        return replace(self, **own).with_messages(
            replace(each, **later) for each, later in zip(self.messages.values(), changed, strict=True) if later
        )

    def counts(self) -> dict[str, int]:
        """How many messages are where."""
        states = [each.state for each in self.messages.values()]
        queued = sum(state in IN_QUEUE for state in states)
        ends = {state: states.count(state) for state in (SENT, FAILED, REMOVED, ACCEPTED, GONE)}
        kept = states.count(HELD) + states.count(FOREIGN)
        return {"saved": len(states), "queued": queued, "kept_back": kept, **ends}


def _until(reported: Recovery | Message, now: datetime) -> dict[str, Any]:
    """The moments of ours that have not come yet, as this one."""
    moments = {
        name: value for name, value in vars(reported).items() if isinstance(value, datetime) and name not in ITS_OWN
    }
    return {name: now for name, value in moments.items() if value > now}


def as_data(recovery: Recovery) -> dict[str, Any]:
    """A recovery as JSON; no password is in it."""
    data = {key: _plain(value) for key, value in vars(recovery).items() if key != "messages"}
    messages = [{key: _plain(value) for key, value in vars(each).items()} for each in recovery.messages.values()]
    return {"format": FORMAT, "noun": NOUN, **data, "messages": messages}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def from_data(data: Mapping[str, Any]) -> Recovery:
    """A recovery out of JSON. Raises ValueError, KeyError or TypeError where it is none."""
    if not is_format(data["format"], FORMAT) or data["noun"] != NOUN or data["stage"] not in (*STAGES, ABANDON):
        raise ValueError("another kind of file")
    own = {key: value for key, value in data.items() if key not in ("format", "noun", "messages")}
    messages = [_message(each) for each in data["messages"]]
    if len({each.key for each in messages}) != len(messages):
        raise ValueError("a message twice")
    recovery = Recovery(**_fields(Recovery, own), messages={each.key: each for each in messages})
    if min(recovery.rate, recovery.rate_wished) <= 0:
        raise ValueError("no rate")
    if not all(isinstance(each, str) for each in recovery.brakes.values()):
        raise ValueError("no words of a refusal")
    return recovery


def _message(data: Mapping[str, Any]) -> Message:
    if data["state"] not in (*OPEN, SENT, FAILED, REMOVED, ACCEPTED):
        raise ValueError("no state of a message")
    return Message(**_fields(Message, data))


def _fields(kind: type[Recovery | Message], data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a file's content as their types want them. Raises ValueError, KeyError or TypeError."""
    hints = _HINTS[kind]
    return {name: _READERS[hints[name]](value) for name, value in data.items()}


_HINTS: dict[type, dict[str, Any]] = {kind: get_type_hints(kind) for kind in (Recovery, Message)}


def _of(kind: type, value: Any) -> Any:
    if not is_of(kind, value):
        raise TypeError(f"no {kind.__name__}")
    return value


def _moment(value: Any) -> datetime:
    found = moment(value)
    if found is None:
        raise ValueError("no time with its zone")
    return found.astimezone(UTC)


def _or_none(read: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else read(value)


_PLAIN: dict[Any, Callable[[Any], Any]] = {
    str: partial(_of, str),
    int: partial(_of, int),
    bool: partial(_of, bool),
    datetime: _moment,
    Mapping[str, Any]: partial(_of, dict),
    tuple[str, ...]: texts,
}
_READERS: dict[Any, Callable[[Any], Any]] = {
    **_PLAIN,
    **{kind | None: partial(_or_none, read) for kind, read in _PLAIN.items()},
}
"""How a value of each type that a field may have is read."""
