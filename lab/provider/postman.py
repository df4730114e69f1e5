"""Where the mail goes that a provider takes from its customers: into its own mailboxes, or to whom the MX names.

A domain of ``local_delivery`` is never looked up, as by a provider that still hosts it. Of all others it asks for the
MX, and keeps the answer for its TTL by the provider's clock. Mail for anybody else than its own mailboxes and the hosts
of the lab is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from lab.provider.maildrops import Maildrops
from lab.provider.records import Forwarded, Records
from lab.provider.settings import ProviderSettings

_NOBODY: Final = "550 5.1.1 No such mailbox here"
_UNREACHABLE: Final = "connection timed out"


@dataclass(frozen=True)
class MailHosts:
    """To which addresses a domain's mail goes, the best first, and for how many seconds that may be kept."""

    addresses: tuple[str, ...] = ()
    ttl: int = 300


class Receiver(Protocol):
    """A host of the lab; ``lab.host.machine.SimulatedMachine`` is one."""

    def arrive(self, sender: str, recipient: str, content: bytes, client: str, helo: str) -> str:
        """Let mail come in at its public address; the reply that counts. ConnectionError: nobody is reached there."""


Lookup = Callable[[str], MailHosts]
HostAt = Callable[[str], Receiver | None]


@dataclass(frozen=True)
class Surroundings:
    """Whom a provider asks of the world: DNS, and the host that has a public address."""

    mail_hosts: Lookup = lambda domain: MailHosts()
    host_at: HostAt = lambda address: None


class Postman:
    """Safe to use from several threads; ``settings`` and ``now`` are read anew each time."""

    def __init__(
        self,
        settings: Callable[[], ProviderSettings],
        now: Callable[[], datetime],
        maildrops: Maildrops,
        records: Records,
    ) -> None:
        self.world = Surroundings()
        self._settings = settings
        self._now = now
        self._maildrops = maildrops
        self._records = records
        self._known: dict[str, tuple[datetime, MailHosts]] = {}
        self._lock = threading.Lock()

    def bring(self, sender: str, recipients: tuple[str, ...], content: bytes) -> None:
        """Deliver one mail that was taken, to each of its recipients."""
        for recipient in recipients:
            forwarded = self._bring(sender, recipient, content)
            if forwarded is not None:
                self._records.add(forwarded)

    def _bring(self, sender: str, recipient: str, content: bytes) -> Forwarded | None:
        settings, domain = self._settings(), recipient.rpartition("@")[2].lower()
        if domain in {each.lower() for each in settings.local_delivery}:
            return self._local(sender, recipient, content)
        last = None
        for address in self._mail_hosts(domain).addresses:
            if (host := self.world.host_at(address)) is None:
                last = None  # whoever is there takes it: the provider itself, or the world
                break
            last = self._to_host(host, address, sender, recipient, content)
            if last.way != "deferred":
                return last
        if last is not None or settings.mailbox(recipient) is None:
            return last
        return self._local(sender, recipient, content)

    def _to_host(self, host: Receiver, address: str, sender: str, recipient: str, content: bytes) -> Forwarded:
        """A 4xx and no connection at all would be tried again for days, which nobody here waits for."""
        settings = self._settings()
        try:
            reply = host.arrive(sender, recipient, content, settings.sends_from, settings.certificate_names[0])
        except ConnectionError as error:
            reply = str(error) or _UNREACHABLE
        way = {"2": "host", "5": "bounced"}.get(reply[:1], "deferred")
        return Forwarded(self._now(), sender, recipient, way, address, reply)

    def _local(self, sender: str, recipient: str, content: bytes) -> Forwarded:
        box = self._settings().mailbox(recipient)
        if box is None:
            return Forwarded(self._now(), sender, recipient, "bounced", None, _NOBODY)
        self._maildrops.add(box.address, content, self._now())
        return Forwarded(self._now(), sender, recipient, "mailbox", box.address, None)

    def _mail_hosts(self, domain: str) -> MailHosts:
        with self._lock:
            until, known = self._known.get(domain, (None, MailHosts()))
            if until is None or self._now() >= until:
                known = self.world.mail_hosts(domain)
                self._known[domain] = self._now() + timedelta(seconds=known.ttl), known
            return known
