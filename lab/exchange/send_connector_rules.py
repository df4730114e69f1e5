"""Exchange's own rules for a Send connector: which properties must, and which cannot, stand together.

Each rule is a sentence of Microsoft's Exchange 2010 reference of New-/Set-SendConnector, quoted in short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.exchange.send_connector import SendConnector
from lab.exchange.texts import Text, text


def broken_rules(connector: SendConnector) -> list[Text]:
    """What Exchange would say of a connector that is about to be stored, first reason first; empty if it takes it."""
    return [reason for rule in _RULES for reason in rule(connector)]


def _routing(connector: SendConnector) -> Iterator[Text]:
    """With SmartHosts, DNSRoutingEnabled must be $false on the same command line (or be so already)."""
    if connector.SmartHosts and connector.DNSRoutingEnabled:
        yield text("smart_hosts_with_dns")
    if not connector.SmartHosts and not connector.DNSRoutingEnabled:
        yield text("smart_hosts_missing")


def _authentication(connector: SendConnector) -> Iterator[Text]:
    """BasicAuth and BasicAuthRequireTLS need the AuthenticationCredential parameter."""
    if connector.SmartHostAuthMechanism.startswith("BasicAuth") and connector.AuthenticationCredential is None:
        yield text("credential_missing", mechanism=connector.SmartHostAuthMechanism)


def _require_tls(connector: SendConnector) -> Iterator[Text]:
    """IgnoreSTARTTLS must be $false if RequireTLS is $true."""
    if connector.RequireTLS and connector.IgnoreSTARTTLS:
        yield text("require_tls_ignored")


def _tls_auth_level(connector: SendConnector) -> Iterator[Text]:
    """TlsAuthLevel takes no value with IgnoreSTARTTLS $true or RequireTLS $false."""
    if connector.TlsAuthLevel is None:
        return
    if connector.IgnoreSTARTTLS:
        yield text("tls_auth_level_ignored")
    if not connector.RequireTLS:
        yield text("tls_auth_level_without_tls")


def _tls_domain(connector: SendConnector) -> Iterator[Text]:
    """TlsDomain is used only with DomainValidation (read strictly: refused without), and required with it
    on a smart-host connector."""
    validates = connector.TlsAuthLevel == "DomainValidation"
    if connector.TlsDomain is not None and not validates:
        yield text("tls_domain_unused")
    if connector.TlsDomain is None and validates and not connector.DNSRoutingEnabled:
        yield text("tls_domain_missing")


def _domain_secure(connector: SendConnector) -> Iterator[Text]:
    """Mutual TLS works only with DNSRoutingEnabled $true and IgnoreSTARTTLS $false (read strictly)."""
    if not connector.DomainSecureEnabled:
        return
    if not connector.DNSRoutingEnabled:
        yield text("domain_secure_without_dns")
    if connector.IgnoreSTARTTLS:
        yield text("domain_secure_ignored")


def _address_spaces(connector: SendConnector) -> Iterator[Text]:
    """A non-SMTP address space needs smart hosts and no DNS routing; none at all needs a linked connector."""
    foreign = [space for space in connector.AddressSpaces if space.type != "SMTP"]
    if foreign and (connector.DNSRoutingEnabled or not connector.SmartHosts):
        yield text("foreign_space_without_smart_host", space=foreign[0].display())
    if not connector.AddressSpaces and connector.LinkedReceiveConnector is None:
        yield text("address_spaces_missing")


def _linked(connector: SendConnector) -> Iterator[Text]:
    """LinkedReceiveConnector goes with AddressSpaces $null, MaxMessageSize unlimited and a smart host."""
    if connector.LinkedReceiveConnector is None:
        return
    if connector.AddressSpaces:
        yield text("linked_with_spaces")
    if connector.MaxMessageSize.bytes is not None:
        yield text("linked_with_limit")
    if connector.DNSRoutingEnabled:
        yield text("smart_hosts_with_dns")


def _source_servers(connector: SendConnector) -> Iterator[Text]:
    """A connector belongs to the servers that can use it."""
    if not connector.SourceTransportServers:
        yield text("no_source_server")


_RULES: tuple[Callable[[SendConnector], Iterator[Text]], ...] = (
    _routing,
    _authentication,
    _require_tls,
    _tls_auth_level,
    _tls_domain,
    _domain_secure,
    _address_spaces,
    _linked,
    _source_servers,
)
