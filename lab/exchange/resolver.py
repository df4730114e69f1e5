"""Who is meant by the recipients of a message that is submitted: groups are expanded, users of this server found.

What Exchange's categorizer does with the directory, as far as the lab has one. Every mailbox and public folder of the
organisation is taken to be on this server. Delivery restrictions, moderation, forwarding and rules are not simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from lab.exchange.accepted_domain import AUTHORITATIVE
from lab.exchange.accepted_domains import AcceptedDomains
from lab.exchange.recipient import Recipient
from lab.exchange.recipient_filter import parse_recipient_filter
from lab.exchange.recipient_index import RecipientIndex
from lab.exchange.recipients import Recipients

_GROUPS: Final = ("DistributionGroup", "DynamicDistributionGroup")
_STORED: Final = ("Mailbox", "MailPublicFolder")
"""Nouns of what is kept in this server's own databases."""
_ELSEWHERE: Final = ("MailContact", "MailUser")


@dataclass
class Resolved:
    """Every address once, whatever its capitals.

    ``here`` are mailboxes and public folders of this server, ``outside`` leave over a connector, ``unknown`` are
    nobody in a domain of which this organisation knows everybody. ``expanded`` holds each group's address with those
    of its members, ``changed`` the addresses that were written and what they became.
    """

    here: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    expanded: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Of recipients, once groups have become their members."""
        return len(self.here) + len(self.outside) + len(self.unknown)


Resolve = Callable[[Sequence[str]], Resolved]


def all_outside(addresses: Sequence[str]) -> Resolved:
    """Of a server that has no directory: as written, nobody is left out."""
    return Resolved(outside=list(addresses))


class Resolver:
    """Reads recipients and accepted domains anew each time."""

    def __init__(self, recipients: Recipients, domains: AcceptedDomains) -> None:
        self._recipients = recipients
        self._domains = domains

    def resolve(self, addresses: Sequence[str]) -> Resolved:
        """Who is meant. An organisation without a single recipient, as on an Edge server, knows nobody to look for."""
        index = self._recipients.index
        if not len(index):
            return all_outside(addresses)
        walk = _Walk(index, self._domains)
        for address in addresses:
            walk.written(address)
        return walk.found


class _Walk:
    """One message. Whoever has been met is passed over, so that groups may hold each other and themselves."""

    def __init__(self, index: RecipientIndex, domains: AcceptedDomains) -> None:
        self.found = Resolved()
        self._index = index
        self._domains = domains
        self._met: set[str] = set()

    def written(self, address: str) -> None:
        """An address of the message itself."""
        recipient = self._owner(address)
        if recipient is None:
            self._stranger(address)
            return
        target = _target(recipient) or address
        if recipient.kind.noun not in _GROUPS and target.lower() != address.lower():
            self.found.changed.append((address, target))
        self._reach(recipient, target)

    def _reach(self, recipient: Recipient, target: str) -> None:
        if recipient.Guid in self._met:
            return
        self._met.add(recipient.Guid)
        if recipient.kind.noun in _GROUPS:
            self._expand(recipient, target)
        elif recipient.kind.noun in _STORED:
            self.found.here.append(target)
        elif other := self._owner(target, recipient.Guid):
            self._reach(other, _target(other) or target)
        else:
            self._leave(target)

    def _expand(self, group: Recipient, address: str) -> None:
        """A member without an address gets no mail."""
        members = [(member, target) for member in self._members(group) if (target := _target(member))]
        self.found.expanded.append((address, tuple(target for _, target in members)))
        for member, target in members:
            self._reach(member, target)

    def _members(self, group: Recipient) -> list[Recipient]:
        if group.kind.noun == "DistributionGroup":
            return self._index.those(group.Members)
        if not group.RecipientFilter:
            return []
        matches = parse_recipient_filter(group.RecipientFilter)
        return [each for each in self._index if matches(each)]

    def _stranger(self, address: str) -> None:
        """Nobody's address: a report where the organisation would have to know it, else it leaves."""
        domain = self._domains.of(address.rpartition("@")[2])
        if domain is None or domain.DomainType != AUTHORITATIVE:
            self._leave(address)
        elif self._is_new(address):
            self.found.unknown.append(address)

    def _leave(self, address: str) -> None:
        if self._is_new(address):
            self.found.outside.append(address)

    def _is_new(self, address: str) -> bool:
        known = address.lower() in self._met
        self._met.add(address.lower())
        return not known

    def _owner(self, address: str, beside: str = "") -> Recipient | None:
        return self._index.owner_of(f"smtp:{address}".lower(), beside)


def _target(recipient: Recipient) -> str:
    """Where its mail goes: outside for contacts and users of another system, else its primary address."""
    external = recipient.ExternalEmailAddress if recipient.kind.noun in _ELSEWHERE else None
    return external.address if external and external.is_smtp else recipient.primary
