# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's mail goes through, and what is declared of it: what the checks are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ..inbound.desired import Desired as Inbound
from ..lenient import text
from ..mailboxes.candidates import Candidate
from ..mailboxes.login_history import LoginHistory
from ..pop3_connector.declared_accounts import DesiredAccount
from ..pop3_connector.desired import ConnectorPlace
from ..pop3_connector.proof import LoginTries
from ..send_connector.routes import internet_spaces
from ..send_connector.state import SendConnector, spaces_of
from .desired import Desired


@dataclass(frozen=True)
class Route:
    """Where one enabled send connector hands mail over, and how; its name aside two are the same where all this is.

    ``hosts``: the smart hosts, in order; none: straight to the recipients' servers. ``must_encrypt``: no mail leaves
    without TLS (RequireTLS, or a login that needs it). ``may_encrypt``: STARTTLS is used where it is offered.
    ``auth``: Exchange's SmartHostAuthMechanism. ``checks_certificate``: TlsAuthLevel asks for a valid one. ``sources``:
    the servers that use the connector, in small letters; none: not told. ``fqdn``: the name that is set for EHLO;
    whether Exchange says it, only its log tells. ``outward``: whether it takes mail to the internet, or to
    the house alone."""

    connector: str = field(compare=False)
    hosts: tuple[str, ...] = ()
    port: int = 25
    must_encrypt: bool = False
    may_encrypt: bool = True
    auth: str = "None"
    checks_certificate: bool = False
    sources: frozenset[str] = field(default=frozenset(), compare=False)
    fqdn: str | None = field(default=None, compare=False)
    outward: bool = field(default=True, compare=False)

    @property
    def direct(self) -> bool:
        """Whether mail goes straight to the recipients' servers."""
        return self.outward and not self.hosts


def routes_of(connectors: Iterable[SendConnector]) -> frozenset[Route]:
    """The routes of those connectors that are enabled."""
    return frozenset(route_of(each) for each in connectors if each.enabled)


def route_of(connector: SendConnector) -> Route:
    """The route of a connector, whether it is enabled or not."""
    values = connector.values
    hosts, auth = values.get("smart_hosts"), str(values.get("smart_host_auth_mechanism") or "None")
    port, level, sources = (values.get(each) for each in ("port", "tls_auth_level", "source_transport_servers"))
    return Route(
        connector.name,
        tuple(sorted(map(str, hosts))) if connector.hands_to_smart_host and isinstance(hosts, frozenset) else (),
        port if isinstance(port, int) else 25,
        values.get("require_tls") is True or auth == "BasicAuthRequireTLS",
        values.get("ignore_starttls") is not True,
        auth,
        level in ("CertificateValidation", "DomainValidation"),
        frozenset(str(each).lower() for each in sources) if isinstance(sources, frozenset) else frozenset(),
        fqdn=text(values.get("fqdn")),
        outward=bool(internet_spaces(connector)) or not spaces_of(values.get("address_spaces")),
    )


@dataclass(frozen=True)
class Declared:
    """What is declared for a run, as far as checks go by it. ``nouns``: those that take part. ``logins``: mailboxes
    that may log in at the smarthost; ``sender``: who a proof says it is from, None: the mailbox itself. ``accounts``:
    those that are to be fetched. ``domains``: in small letters, those with which mail leaves. ``host_tls``: whether
    TLS 1.2 is declared for SCHANNEL's client side, ``tls_restarts``: and a run would restart the transport service for
    it before it comes here; in the run itself that is over. ``tls_written``: when host_tls has last written the keys of
    that side, by the host's clock; None: not known.
    ``history``, ``tries``: what the ledger knows of logins. ``known_routes``: other routes that are known.
    ``inbound``: by which way the mail of each domain comes in. ``pop3_place``, ``other_collectors``: where the POP3
    connector is and what else may fetch, whether its noun takes part or not. ``known_relays``: receive connectors that
    may relay.
    """

    options: Desired = field(default_factory=Desired)
    nouns: frozenset[str] = frozenset()
    route: Route | None = None
    logins: tuple[Candidate, ...] = ()
    sender: str | None = None
    accounts: tuple[DesiredAccount, ...] = ()
    domains: tuple[str, ...] = ()
    host_tls: bool = False
    tls_restarts: bool = False
    tls_written: datetime | None = None
    known_routes: frozenset[str] = frozenset()
    inbound: Inbound = field(default_factory=Inbound)
    pop3_place: ConnectorPlace = ConnectorPlace()
    other_collectors: tuple[str, ...] = ()
    known_relays: frozenset[str] = frozenset()
    history: LoginHistory | None = field(default=None, repr=False, compare=False)
    tries: LoginTries | None = field(default=None, repr=False, compare=False)
