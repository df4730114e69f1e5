# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of one domain's mail, told by DNS, the host and whoever asked for the plan. None always means that
nobody told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Place = Literal["here", "provider", "both", "nowhere"]
HERE: Place = "here"
PROVIDER: Place = "provider"
BOTH: Place = "both"
NOWHERE: Place = "nowhere"
"""Where the MX of a domain lead: to this server, to others, to both, or mail to it can go to nobody."""
OUTSIDE, FETCHED, LOST, REFUSED = "outside", "fetched", "lost", "refused"
"""What became of a mail to oneself: it came by SMTP from outside, out of the provider's mailbox, not at all, or the
smart host did not take it."""
LOW_TTL = 300
"""Seconds for which an MX may be kept by others where it is about to be changed."""
RETRIES = timedelta(days=5)
"""How long senders try again what they could not deliver (RFC 5321, 4.5.4.1)."""


@dataclass(frozen=True)
class Mx:
    """The MX of a domain. ``hosts``: the preferred first. ``ttl``: the seconds for which others may keep them, as the
    asked server tells it. ``why``: why it is not known where they lead."""

    place: Place | None = None
    hosts: tuple[str, ...] = ()
    ttl: int | None = None
    why: str = ""

    @property
    def names(self) -> str:
        """The hosts for a sentence."""
        return ", ".join(self.hosts)


@dataclass(frozen=True)
class SpfAfter:
    """Whether a domain's SPF lets its mail pass after the change. ``passes`` None: not known, as ``found`` says."""

    passes: bool | None = None
    found: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Talk:
    """What the server itself answered from inside, at RCPT: whether it took an address that is here, one that nobody
    has, and one of another domain. ``says``: its words for what is wrong, or why it was not reached. ``by``: the
    connector that answered, where it is another one than the world comes to; ``tls``: what is wrong with its TLS."""

    known: bool | None = None
    unknown: bool | None = None
    foreign: bool | None = None
    says: str = ""
    by: str = ""
    tls: str = ""

    @property
    def right(self) -> bool:
        """Whether all three answers are what they should be."""
        return (self.known, self.unknown, self.foreign) == (True, False, False)

    @property
    def wrong(self) -> bool:
        """Whether one of them is not."""
        return self.known is False or self.unknown is True or self.foreign is True


@dataclass(frozen=True)
class Incoming:
    """The newest mail that came straight from a public address: from whom, when. ``connector``: which took it."""

    address: str
    at: datetime | None
    connector: str = ""


@dataclass(frozen=True)
class Fetching:
    """What fetches mail on this host. ``running``: whether the POP3 connector's service does; ``task``: whether a task
    of ours starts it; ``others``: programs of other makers. ``accounts``: those of this domain on the host, None also
    where one of them may be it; ``further``: domains and mailboxes for which it goes on fetching."""

    running: bool | None = None
    task: bool | None = None
    others: tuple[str, ...] | None = None
    accounts: tuple[str, ...] | None = None
    further: tuple[str, ...] = ()

    @property
    def going(self) -> bool | None:
        """Whether anybody fetches; None where that is not known."""
        if self.running or self.task or self.others:
            return True
        return False if self.running is False and self.task is False and self.others is not None else None


@dataclass(frozen=True)
class Facts:
    """All that is known of a domain. ``failing``: checks of the host that fail. ``addresses``: those that mail comes to
    today, ``missing``: which of them nobody here has. ``accepted``: the type of its accepted domain, empty where there
    is none. ``validated``: whether mail to addresses that nobody has is refused. ``receiving``: the connectors that
    take mail from everybody, ``relaying``: which of all that the world reaches pass on mail of anybody. ``incoming``:
    mail that came from outside; ``log_read``: whether tracking was read for it. ``hairpin``: whether the server was
    reached over its own public address. ``mail``: what became of a mail to oneself.

    ``mx_changed``, ``ttl_lowered``, ``old_ttl``: what an administrator tells of what nobody can see; ``confirmed``: the
    steps that he vouches for. ``others_here``: other domains whose mail comes in here, or may; ``owner``: the provider
    whose own the domain is, such as t-online.de."""

    now: datetime
    zone: ZoneInfo = ZoneInfo("UTC")
    failing: tuple[str, ...] | None = None
    addresses: tuple[str, ...] = ()
    missing: tuple[str, ...] | None = None
    accepted: str | None = None
    validated: bool | None = None
    receiving: tuple[str, ...] | None = None
    relaying: tuple[str, ...] | None = None
    talk: Talk = Talk()
    incoming: Incoming | None = None
    log_read: bool = False
    hairpin: bool = False
    mx: Mx = Mx()
    spf: SpfAfter = SpfAfter()
    fetching: Fetching = Fetching()
    mail: str | None = None
    mail_says: str = ""
    mx_changed: datetime | None = None
    ttl_lowered: datetime | None = None
    old_ttl: int | None = None
    confirmed: frozenset[str] = frozenset()
    others_here: tuple[str, ...] = ()
    owner: str = ""

    @property
    def longest_ttl(self) -> int | None:
        """The longest time for which somebody may have kept the MX of before. What is seen says nothing of that."""
        return None if self.old_ttl is None else max(self.old_ttl, self.mx.ttl or 0)

    @property
    def settled(self) -> datetime | None:
        """From when on nobody delivers the old way any more; None where it is not known."""
        return None if self.forgotten is None else self.forgotten + RETRIES

    @property
    def forgotten(self) -> datetime | None:
        """From when on nobody has the MX of before any more; None where it is not known."""
        if self.mx_changed is None or self.longest_ttl is None:
            return None
        return self.mx_changed + timedelta(seconds=self.longest_ttl)

    @property
    def delivers_locally(self) -> bool:
        """Whether the provider keeps mail of its own customers, and not for an MX that it still knows from before."""
        fetched = self.mail == FETCHED and self.mx.place == HERE
        return fetched and self.forgotten is not None and self.now >= self.forgotten

    @property
    def ttl_over(self) -> datetime | None:
        """From when on everybody has the lowered TTL; None where it is not known."""
        if self.ttl_lowered is None or self.old_ttl is None:
            return None
        return self.ttl_lowered + timedelta(seconds=self.old_ttl)


def shown(at: datetime, zone: ZoneInfo) -> str:
    """A moment by both clocks, rounded up to the minute."""
    rounded = at + -timedelta(seconds=at.second, microseconds=at.microsecond) % timedelta(minutes=1)
    here = rounded.astimezone(zone)
    utc = f"{rounded.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return utc if here.utcoffset() == timedelta(0) else f"{utc} ({here:%Y-%m-%d %H:%M %Z})"


_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def spoken(seconds: int) -> str:
    """A span in its largest whole unit: 172800 is two days."""
    size, name = next((each for each in _UNITS if seconds and seconds % each[0] == 0), _UNITS[-1])
    number = seconds // size
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
