"""Sites whose hosts send through the real servers of a strict provider."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.accounts import NEW, OLD, PASSWORDS, AccountSite, account_site, used
from tests.e2e.running import Run

from .dovecot import User
from .provider import SUBMISSION, RealProvider, birth, leaves, real_provider

USERS = {address: User(PASSWORDS[address]) for address in (NEW, OLD)}


class RealSite(AccountSite):
    """``real`` is the provider, ``sent`` counts what has become of all mail that was sent at once."""

    real: RealProvider

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self.sent: Counter[str] = Counter()

    def mail(self, host: str = "sbs", count: int = 1) -> list[str]:
        """What becomes of so many messages that the host's Exchange sends now."""
        statuses = super().mail(host, count)
        self.sent.update(statuses)
        return statuses

    def logs_in(self, host: str = "sbs", service: str = "submission", address: str = OLD, **properties: Any) -> None:
        """Let the host's only connector send through a service, with the login of a mailbox."""
        machine = self.lab.hosts[host].machine
        gone = [each["Name"] for each in machine.dump()["send_connectors"]]
        machine.change(
            {"remove": gone, "send_connectors": [used(self.real.port(service), address, **properties)]},
        )

    def account(self, mailboxes: Any, *words: str, **options: Any) -> Run:
        """The daily playbook, at this provider."""
        provider = {"name": "Lab", "smtp_host": "localhost", "starttls_port": self.real.port()}
        return super().account(mailboxes, *words, **{"provider": provider, **options})


@contextmanager
def real_site(
    folder: Path,
    state: Mapping[str, Any] | None = None,
    services: Mapping[str, tuple[str, ...]] = SUBMISSION,
    users: Mapping[str, User] = USERS,
    shares: Mapping[str, int] | None = None,
    **keys: Any,
) -> Iterator[RealSite]:
    """A site with a lab, and the provider beside it; the policy counts on the lab's clock."""
    known = {"provider": None, **(state or {})}
    with account_site(folder, known, kind=RealSite, **keys) as site:
        assert isinstance(site, RealSite) and site.lab.certificates
        with real_provider(leaves(site.lab.certificates.leaf), users, services, **(shares or {})) as real:
            real.policy.clock = site.lab.clock
            real.policy.created |= dict.fromkeys(users, birth(300))
            site.real = real
            yield site
