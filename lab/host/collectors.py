"""Mail collectors of third parties on a host: the services by which they are known, and what they fetch.

Only products whose service is publicly known are here. How each of them fetches and hands over is not: all are taken
to do what the SBS POP3 connector does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lab.host.state import StateError
from lab.pop3.fetch import Deliver, Source, fetch
from lab.pop3.settings import Pop3Account, Pop3Error, read_account

PRODUCTS: Final[Mapping[str, Mapping[str, str]]] = {
    "popcon": {"POPcon": "POPcon"},
    "exchange_connector": {"QSS Exchange Connector Service": "QSS Exchange Connector Service"},
    "gfi": {"GFI POP2Exchange": "GFI POP2Exchange", "gfimesattendant": "GFI MailEssentials Attendant"},
    "hmailserver": {"hMailServer": "hMailServer"},
}
"""The services of each: display names by their keys, the one that fetches first. Where only one is known it is both."""
_KEYS: Final = {"product", "accounts", "loses_refused"}


@dataclass(frozen=True)
class Collector:
    """``loses_refused``: what Exchange refuses is deleted at the source all the same (nobody knows)."""

    product: str
    accounts: tuple[Pop3Account, ...] = ()
    loses_refused: bool = True

    @classmethod
    def read(cls, given: object) -> Collector:
        """A product's name, or a mapping with it. Raises StateError."""
        entry = {"product": given} if isinstance(given, str) else given
        if not isinstance(entry, Mapping) or set(entry) - _KEYS or entry.get("product") not in PRODUCTS:
            raise StateError(
                f"collectors: one of {sorted(PRODUCTS)}, or a mapping with it as product and of the rest some of "
                f"{sorted(_KEYS)} is expected"
            )
        try:
            accounts = tuple(read_account(each) for each in entry.get("accounts", []))
        except Pop3Error as error:
            raise StateError(f"collectors: {entry['product']}: {error}") from error
        return cls(str(entry["product"]), accounts, bool(entry.get("loses_refused", True)))

    @property
    def service(self) -> str:
        """The key of the service that fetches."""
        return next(iter(PRODUCTS[self.product]))

    def services(self) -> list[dict[str, Any]]:
        """As the state's key ``services`` has them."""
        return [{"name": name, "display_name": shown} for name, shown in PRODUCTS[self.product].items()]

    def collect(self, ca_file: Path | None, deliver: Deliver) -> list[dict[str, Any]]:
        """Fetch all its accounts now; see ``lab.pop3.fetch.fetch``."""
        results = (fetch(_source(each), ca_file, deliver) for each in self.accounts)
        return [{"collector": self.product, **result} for result in results]

    def as_data(self) -> dict[str, Any]:
        """JSON-able, without passwords."""
        accounts = [each.plain() for each in self.accounts]
        return {"product": self.product, "accounts": accounts, "loses_refused": self.loses_refused}


def read_collectors(given: object) -> list[Collector]:
    """The state's key ``collectors``. Raises StateError."""
    if not isinstance(given, list):
        raise StateError("collectors: a list is expected")
    return [Collector.read(each) for each in given]


def services_of(collectors: Sequence[Collector]) -> list[dict[str, Any]]:
    """Of all of them."""
    return [service for each in collectors for service in each.services()]


def handing_over(collector: Collector, hand_over: Callable[[str, bytes], str | None]) -> Deliver:
    """How it gets rid of what it has fetched: ``hand_over`` says what Exchange refuses."""

    def deliver(target: str | None, message: bytes) -> bool:
        return hand_over((target or "").lower(), message) is None or collector.loses_refused

    return deliver


def _source(account: Pop3Account) -> Source:
    where = account.server, str(account.port), account.username, account.password
    return Source(*where, account.mailbox, account.ssl, account.logon)
