# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a look keeps of each mailbox for the next one: since when a message waits, and which messages were there before.
Unique ids are kept as digests alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ..lenient import inside, moment, number

MOST: Final = 5000
"""Of one mailbox no more messages are compared, and no more of those remembered that have gone."""
FORGOTTEN: Final = timedelta(days=30)
"""After so long a message that has gone is no longer known."""


@dataclass(frozen=True)
class KeptMailbox:
    """One mailbox as a look has found it: when its provider told, how much waited, since when
    each message is known to be there (``uids`` None: the provider tells none), and which had gone
    before."""

    asked: datetime
    messages: int | None = None
    octets: int | None = None
    uids: Mapping[str, datetime] | None = None
    gone: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def since(self) -> datetime | None:
        """Since when the oldest message is known to wait."""
        return min(self.uids.values(), default=None) if self.uids else None

    def as_data(self) -> dict[str, Any]:
        """The same for a file; ``read_kept`` reads it."""
        return {
            "asked": self.asked.isoformat(),
            "messages": self.messages,
            "octets": self.octets,
            "uids": None if self.uids is None else _shown(self.uids),
            "gone": _shown(self.gone),
        }


@dataclass(frozen=True)
class Compared:
    """A mailbox now, beside how it was: ``remained`` of the messages before are there still, ``left`` are not,
    ``back`` had gone before and are there again. None: not known."""

    now: KeptMailbox
    before: datetime | None = None
    remained: int | None = None
    left: int | None = None
    back: int | None = None


def digest(account: str, uid: str) -> str:
    """What is kept of a unique id; the same message in another mailbox has another one."""
    return hashlib.blake2b(f"{account}\0{uid}".encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()


def compared(before: KeptMailbox | None, found: KeptMailbox) -> Compared:
    """How a mailbox has changed. ``found`` has as ``uids`` those that are there, since now."""
    now = found.asked
    if found.uids is None:
        return Compared(found, before.asked if before else None)
    known = before.uids if before else None
    gone = {key: at for key, at in (before.gone if before else {}).items() if now - at < FORGOTTEN}
    since = {key: min(now, (known or {}).get(key, now)) for key in found.uids}
    # Of a full mailbox the oldest are not told, so what is missing there may be there still.
    whole = found.messages is not None and len(found.uids) >= found.messages
    left = [key for key in known or {} if key not in since] if whole else []
    newest = sorted({**gone, **dict.fromkeys(left, now)}.items(), key=lambda each: each[1])[-MOST:]
    back = [key for key in since if key in gone]
    kept = KeptMailbox(now, found.messages, found.octets, since, {key: at for key, at in newest if key not in since})
    if known is None or before is None:
        return Compared(kept, before.asked if before else None)
    return Compared(kept, before.asked, len(known.keys() & since.keys()), len(left) if whole else None, len(back))


def read_kept(content: Mapping[str, Any], now: datetime) -> dict[str, KeptMailbox]:
    """The mailboxes of a last look, by their accounts; what cannot be read was never kept. A clock that was put back
    makes nothing wait since tomorrow."""
    found = {}
    for name, told in inside(content.get("accounts")).items():
        each = inside(told)
        asked = moment(each.get("asked"))
        if asked is not None:
            uids = None if each.get("uids") is None else _moments(each["uids"], now)
            messages, octets = number(each.get("messages")), number(each.get("octets"))
            found[str(name)] = KeptMailbox(min(asked, now), messages, octets, uids, _moments(each.get("gone"), now))
    return found


def as_content(mailboxes: Mapping[str, KeptMailbox], now: datetime, bad_mail: int | None) -> dict[str, Any]:
    """What is kept of a look."""
    accounts = {name: each.as_data() for name, each in mailboxes.items()}
    return {"saved_at": now.isoformat(), "bad_mail": bad_mail, "accounts": accounts}


def found_now(account: str, now: datetime, messages: int | None, octets: int | None, uids: Any) -> KeptMailbox:
    """A mailbox as its provider tells; ``uids`` is what the agent has, None where there is no UIDL."""
    told: Iterable[Any] = uids if isinstance(uids, list) else ()
    digests = {digest(account, each): now for each in [*told][-MOST:] if isinstance(each, str)}
    return KeptMailbox(now, messages, octets, digests if isinstance(uids, list) else None)


def _moments(told: Any, now: datetime) -> dict[str, datetime]:
    pairs = ((str(key), moment(value)) for key, value in inside(told).items())
    return {key: min(at, now) for key, at in pairs if at is not None}


def _shown(moments: Mapping[str, datetime]) -> dict[str, str]:
    return {key: at.isoformat() for key, at in moments.items()}
