# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a send connector: one row each.

Argument check, diff and documentation page read this table; the lab does not, and a test holds the two against
each other. Facts: Microsoft's reference of 2018-02-07 (the last that keeps Exchange 2010's own wording).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from ..values import (
    AddressSpaces,
    Boolean,
    Choice,
    Flags,
    HostName,
    Integer,
    IpAddress,
    Kind,
    ServerNames,
    Size,
    SmartHosts,
    Text,
    TimeSpan,
)

ALL = ("2010", "2013", "2016", "2019", "SE")
TEN_MB = 10 * 1024**2


@dataclass(frozen=True)
class Setting:
    """One setting: the option in the inventory and the Exchange property of the same meaning.

    ``default`` is what Exchange 2010 gives a new connector (canonical form), UNKNOWN where Microsoft does not say.
    ``secret`` values are written, never read. ``create_only`` settings exist on New-SendConnector alone.
    """

    option: str
    prop: str
    kind: Kind
    default: Any
    description: str
    versions: tuple[str, ...] = ALL
    secret: bool = False
    create_only: bool = False
    required: bool = False


class _Unknown:
    """Microsoft does not document the default."""

    def __repr__(self) -> str:
        return "not documented"


UNKNOWN: Any = _Unknown()

SETTINGS: tuple[Setting, ...] = (
    Setting("enabled", "Enabled", Boolean(), True, "Whether the connector is used."),
    Setting(
        "address_spaces",
        "AddressSpaces",
        AddressSpaces(),
        UNKNOWN,
        "Where the mail of this connector goes, as V(type:space;cost). V(*) means every SMTP domain, at cost 1.",
    ),
    Setting(
        "smart_hosts",
        "SmartHosts",
        SmartHosts(),
        frozenset(),
        "The provider's smart hosts, as host names or IP addresses. Turns DNS routing off.",
    ),
    Setting(
        "port", "Port", Integer(1, 65535), 25, "The smart host's port. Exchange speaks STARTTLS only, so never 465."
    ),
    Setting(
        "dns_routing_enabled",
        "DNSRoutingEnabled",
        Boolean(),
        True,
        "Whether mail is sent straight to the recipients' mail servers. Off whenever O(smart_hosts) is given.",
    ),
    Setting(
        "smart_host_auth_mechanism",
        "SmartHostAuthMechanism",
        Choice("None", "BasicAuth", "BasicAuthRequireTLS", "ExchangeServer", "ExternalAuthoritative"),
        "None",
        "How Exchange logs in at the smart host. The two V(BasicAuth) values need O(login).",
    ),
    Setting("require_tls", "RequireTLS", Boolean(), False, "Whether mail leaves over TLS only."),
    Setting(
        "ignore_starttls", "IgnoreSTARTTLS", Boolean(), UNKNOWN, "Never use TLS, even if the smart host offers it."
    ),
    Setting(
        "tls_auth_level",
        "TlsAuthLevel",
        Choice("EncryptionOnly", "CertificateValidation", "DomainValidation"),
        None,
        "How the smart host's certificate is checked. Needs O(require_tls=true).",
    ),
    Setting(
        "tls_domain",
        "TlsDomain",
        HostName(wildcard=True),
        None,
        "The name that the smart host's certificate must carry, with O(tls_auth_level=DomainValidation).",
    ),
    Setting(
        "source_transport_servers",
        "SourceTransportServers",
        ServerNames(),
        UNKNOWN,
        "The Hub Transport servers that use this connector. A new connector gets the local server.",
    ),
    Setting(
        "max_message_size",
        "MaxMessageSize",
        Size(2147483647),
        TEN_MB,
        "The largest message: bytes (rounded up to KB), a size such as V(25MB), or V(unlimited).",
    ),
    Setting(
        "connection_inactivity_timeout",
        "ConnectionInactivityTimeOut",
        TimeSpan(1, 86400),
        600,
        "How long an idle connection stays open: V(00:10:00), or a number of seconds.",
    ),
    Setting(
        "smtp_max_messages_per_connection",
        "SmtpMaxMessagesPerConnection",
        Integer(0, 2147483647),
        UNKNOWN,
        "How many messages go over one connection before a new one is opened.",
    ),
    Setting(
        "fqdn",
        "Fqdn",
        HostName(),
        None,
        "The name that Exchange says in EHLO. Microsoft's page says that a server with Hub Transport and Mailbox role"
        " (an SBS) does not use it.",
    ),
    Setting(
        "protocol_logging_level",
        "ProtocolLoggingLevel",
        Choice("None", "Verbose"),
        "None",
        "Whether the SMTP dialogue is logged on the server.",
    ),
    Setting("comment", "Comment", Text(), None, "Free text on the connector."),
    Setting(
        "error_policies",
        "ErrorPolicies",
        Flags("Default", "DowngradeAuthFailures", "DowngradeDnsFailures"),
        UNKNOWN,
        "Which permanent errors are tried again.",
    ),
    Setting("domain_secure_enabled", "DomainSecureEnabled", Boolean(), UNKNOWN, "Mutual TLS for Domain Security."),
    Setting(
        "use_external_dns_servers_enabled",
        "UseExternalDNSServersEnabled",
        Boolean(),
        False,
        "Whether the external DNS servers of the transport server are asked for the smart host's address.",
    ),
    Setting(
        "is_scoped_connector",
        "IsScopedConnector",
        Boolean(),
        False,
        "Whether only servers of the same Active Directory site use the connector.",
    ),
    Setting("source_ip_address", "SourceIPAddress", IpAddress(), UNKNOWN, "The local address from which mail is sent."),
    Setting(
        "force_helo", "ForceHELO", Boolean(), False, "Say HELO instead of EHLO; then there is no TLS and no login."
    ),
    Setting(
        "usage",
        "Usage",
        Choice("Custom", "Internal", "Internet", "Partner"),
        "Custom",
        "The permissions of a new connector. Exchange takes it on creation only and does not show it afterwards.",
        create_only=True,
    ),
    Setting(
        "login",
        "AuthenticationCredential",
        Text(),
        None,
        "The provider mailbox that logs in at the smart host. Its password is written and never read.",
        secret=True,
    ),
)

BY_OPTION = {setting.option: setting for setting in SETTINGS}
READ = tuple(setting for setting in SETTINGS if not setting.create_only and not setting.secret)
"""The settings whose values are compared with the host's."""
IDENTITY = ("Name", "Guid")
"""Properties that say which connector it is."""

Values = dict[str, Hashable]
"""Option -> canonical value."""
