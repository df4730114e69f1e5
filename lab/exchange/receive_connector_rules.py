"""Exchange's own rules for a Receive connector: which properties must, and which cannot, stand together.

Each rule is a sentence of Microsoft's reference of New-/Set-ReceiveConnector, quoted in short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Final

from lab.exchange.receive_connector import ReceiveConnector
from lab.exchange.texts import Text, text


def broken_rules(connector: ReceiveConnector, others: Iterable[ReceiveConnector]) -> list[Text]:
    """What Exchange would say of a connector that is about to be stored beside others, first reason first."""
    alone = [reason for rule in _RULES for reason in rule(connector)]
    return [*alone, *_conflicts(connector, others)]


def _something(connector: ReceiveConnector) -> Iterator[Text]:
    """A connector listens somewhere, for somebody (assumed)."""
    for name in ("Bindings", "RemoteIPRanges"):
        if not getattr(connector, name):
            yield text("receive_nothing", parameter=name)


def _tls(connector: ReceiveConnector) -> Iterator[Text]:
    """BasicAuthRequireTLS needs BasicAuth and Tls; RequireTLS and DomainSecureEnabled need Tls."""
    mechanisms = connector.mechanisms
    if "BasicAuthRequireTLS" in mechanisms and not mechanisms >= {"BasicAuth", "Tls"}:
        yield text("receive_basic_tls")
    for name in ("RequireTLS", "DomainSecureEnabled"):
        if getattr(connector, name) and "Tls" not in mechanisms:
            yield text("receive_require_tls", parameter=name)


def _external(connector: ReceiveConnector) -> Iterator[Text]:
    """ExternalAuthoritative stands beside Tls alone, and needs the permission group ExchangeServers."""
    if not connector.is_externally_secured:
        return
    if connector.mechanisms - {"ExternalAuthoritative", "Tls"}:
        yield text("receive_external_mechanisms")
    if "ExchangeServers" not in connector.groups:
        yield text("receive_external_groups")


def _groups(connector: ReceiveConnector) -> Iterator[Text]:
    """Custom is what is shown of rights that no group gives; that it cannot be set is assumed."""
    if "Custom" in connector.groups:
        yield text("receive_custom")


def _banner(connector: ReceiveConnector) -> Iterator[Text]:
    """A banner is ``220 text`` in printable ASCII."""
    banner = connector.Banner
    if banner is not None and not (banner.startswith("220 ") and banner.isascii() and banner.isprintable()):
        yield text("receive_banner", banner=banner)


def _fqdn(connector: ReceiveConnector) -> Iterator[Text]:
    """With ExchangeServer authentication it is a name of the server, or none."""
    names = {connector.server.lower(), connector.server_fqdn.lower()}
    if "ExchangeServer" in connector.mechanisms and connector.Fqdn and connector.Fqdn.lower() not in names:
        yield text("receive_fqdn", fqdn=connector.server_fqdn, netbios=connector.server)


def _timeouts(connector: ReceiveConnector) -> Iterator[Text]:
    """ConnectionTimeout is greater than ConnectionInactivityTimeout."""
    if connector.ConnectionTimeout <= connector.ConnectionInactivityTimeout:
        yield text("receive_timeouts")


def _conflicts(connector: ReceiveConnector, others: Iterable[ReceiveConnector]) -> Iterator[Text]:
    """On a server each pair of a binding and a range is there once; ranges of a binding lie in one another or apart."""
    for other in others:
        if other.server != connector.server or not set(connector.Bindings) & set(other.Bindings):
            continue
        for mine, yours in product(connector.RemoteIPRanges, other.RemoteIPRanges):
            nested = mine != yours and (mine.contains(yours) or yours.contains(mine))
            if mine.meets(yours) and not nested:
                yield text("receive_conflict", connector=other.identity)


_RULES: Final[tuple[Callable[[ReceiveConnector], Iterator[Text]], ...]] = (
    _something,
    _tls,
    _external,
    _groups,
    _banner,
    _fqdn,
    _timeouts,
)
