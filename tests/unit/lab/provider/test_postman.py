"""Where the mail of a provider's customers goes: into its own mailboxes, or to whom the MX leads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab.dns import DnsServer
from lab.endpoint.certificates import Certificates
from lab.host.clock import Clock
from lab.provider import SimulatedProvider
from lab.provider.postman import MailHosts, Surroundings

BOX = {"address": "info@beispiel.de", "password": "lab-only-Zinkblech-0815", "created": "2020-01-01"}
MAIL = b"Message-ID: <selbst@beispiel.de>\r\nSubject: Probe\r\n\r\n"
HOST, PROVIDER = "198.51.100.7", "127.0.0.1"


class World:
    """A host at ``HOST`` and a DNS server."""

    def __init__(self, reply: str | None = "250 2.6.0 Queued") -> None:
        self.dns = DnsServer(f"smtpin.rzone.de. IN A {PROVIDER}\nmail.beispiel.de. IN A {HOST}\n")
        self.reply = reply
        self.arrived: list[tuple[str, str, str]] = []
        self.asked = 0

    def arrive(self, sender: str, recipient: str, content: bytes, client: str, helo: str) -> str:
        if self.reply is None:
            raise ConnectionRefusedError("nothing listens")
        self.arrived.append((sender, recipient, client))
        return self.reply

    def mail_hosts(self, domain: str) -> MailHosts:
        self.asked += 1
        addresses, ttl = self.dns.mail_hosts(domain)
        return MailHosts(tuple(addresses), ttl)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca") / "ca.pem")


def provider_in(world: World, certificates: Certificates, clock: Clock | None = None, **more: Any) -> SimulatedProvider:
    provider = SimulatedProvider({"mailboxes": [BOX], **more}, certificates, clock)
    provider.postman.world = Surroundings(world.mail_hosts, lambda address: world if address == HOST else None)
    return provider


def ends(provider: SimulatedProvider, recipient: str = "info@beispiel.de") -> list[tuple[str, str | None]]:
    provider.postman.bring("kunde@example.com", (recipient,), MAIL)
    return [(one.way, one.to) for one in provider.records.forwarded]


@pytest.mark.parametrize(
    ("zone", "reply", "expected"),
    [
        (["5 smtpin.rzone.de."], "250 x", ("mailbox", "info@beispiel.de")),
        (["5 mail.beispiel.de."], "250 x", ("host", HOST)),
        (["5 mail.beispiel.de."], "550 5.1.1 User unknown", ("bounced", HOST)),
        (["5 mail.beispiel.de.", "10 smtpin.rzone.de."], "452 4.3.1 x", ("mailbox", "info@beispiel.de")),
        (["5 smtpin.rzone.de.", "10 mail.beispiel.de."], "250 x", ("mailbox", "info@beispiel.de")),
        ([], "250 x", ("mailbox", "info@beispiel.de")),
    ],
)
def test_a_mail_goes_where_the_mx_leads(
    certificates: Certificates, zone: list[str], reply: str, expected: tuple[str, str]
) -> None:
    world = World(reply)
    world.dns.change([f"beispiel.de. 300 IN MX {each}" for each in zone])
    assert ends(provider_in(world, certificates)) == [expected]


def test_a_mail_comes_from_the_providers_own_address(certificates: Certificates) -> None:
    world = World()
    world.dns.change(["beispiel.de. 300 IN MX 5 mail.beispiel.de."])
    ends(provider_in(world, certificates, sends_from="192.0.2.99"))
    assert world.arrived == [("kunde@example.com", "info@beispiel.de", "192.0.2.99")]


def test_a_domain_that_is_still_hosted_is_delivered_locally(certificates: Certificates) -> None:
    world = World()
    world.dns.change(["beispiel.de. 300 IN MX 5 mail.beispiel.de."])
    provider = provider_in(world, certificates, local_delivery=["Beispiel.de"])
    assert ends(provider) == [("mailbox", "info@beispiel.de")]
    assert (world.asked, world.arrived) == (0, [])
    (waiting,) = provider.maildrops.waiting("info@beispiel.de")
    assert waiting.content() == MAIL and waiting.octets == len(MAIL)
    assert ends(provider, "neu@beispiel.de")[-1] == ("bounced", None)
    dumped = provider.dump()["mailboxes"][0]["messages"][0]
    assert (dumped["message-id"], dumped["size"]) == ("<selbst@beispiel.de>", len(MAIL))
    assert provider.dump()["forwarded"][0]["way"] == "mailbox"


def test_nobody_listens_at_the_only_mx(certificates: Certificates) -> None:
    world = World(None)
    world.dns.change(["beispiel.de. 300 IN MX 5 mail.beispiel.de."])
    provider = provider_in(world, certificates)
    ends(provider)
    (record,) = provider.records.forwarded
    assert (record.way, record.reply) == ("deferred", "nothing listens")
    assert provider.maildrops.waiting("info@beispiel.de") == ()


def test_an_answer_is_kept_for_its_ttl(certificates: Certificates) -> None:
    world, clock = World(), Clock("2026-12-01T08:00:00Z")
    world.dns.change(["beispiel.de. 7200 IN MX 5 smtpin.rzone.de."])
    provider = provider_in(world, certificates, clock)
    ends(provider)
    world.dns.change(["beispiel.de. 300 IN MX 5 mail.beispiel.de."])
    clock.advance_to(clock.now() + timedelta(seconds=7199))
    assert ends(provider)[-1][0] == "mailbox"
    clock.advance_to(clock.now() + timedelta(seconds=1))
    assert (ends(provider)[-1][0], world.asked) == ("host", 2)


def test_mail_for_strangers_is_gone_without_a_trace(certificates: Certificates) -> None:
    provider = provider_in(World(), certificates)
    assert ends(provider, "jemand@example.org") == []
