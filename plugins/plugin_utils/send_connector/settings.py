# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a send connector: one row each.

Argument check, diff and documentation page read this table; the lab does not, and a test holds the two against
each other. Facts: Microsoft's reference of 2018-02-07 (the last that keeps Exchange 2010's own wording).
"""

from __future__ import annotations

from ..exchange.objects import ExchangeObject
from ..exchange.settings import Setting, Settings, Values
from ..options.values import (
    AddressSpaces,
    Boolean,
    Choice,
    Flags,
    HostName,
    Integer,
    IpAddress,
    ServerNames,
    Size,
    SmartHosts,
    Text,
    TimeSpan,
)

TEN_MB = 10 * 1024**2


SETTINGS = Settings(
    Setting("enabled", Boolean(), "Whether the connector is used.", prop="Enabled", new_value=True),
    Setting(
        "address_spaces",
        AddressSpaces(),
        "The address spaces of this connector, as V(type:space;cost). V(*) means every SMTP domain, at cost 1.",
        prop="AddressSpaces",
    ),
    Setting(
        "smart_hosts",
        SmartHosts(),
        "The provider's smart hosts, as host names or IP addresses. Disables DNS routing.",
        prop="SmartHosts",
        new_value=frozenset(),
    ),
    Setting(
        "port",
        Integer(1, 65535),
        "The smart host's port. Exchange supports only STARTTLS, so never 465.",
        prop="Port",
        new_value=25,
    ),
    Setting(
        "dns_routing_enabled",
        Boolean(),
        "Whether mail is sent directly to the recipients' mail servers. Off whenever O(smart_hosts) is given.",
        prop="DNSRoutingEnabled",
        new_value=True,
    ),
    Setting(
        "smart_host_auth_mechanism",
        Choice("None", "BasicAuth", "BasicAuthRequireTLS", "ExchangeServer", "ExternalAuthoritative"),
        "How Exchange logs in at the smart host. The two V(BasicAuth) values need O(login).",
        prop="SmartHostAuthMechanism",
        new_value="None",
    ),
    Setting("require_tls", Boolean(), "Whether mail is sent over TLS only.", prop="RequireTLS", new_value=False),
    Setting("ignore_starttls", Boolean(), "Never use TLS, even if the smart host offers it.", prop="IgnoreSTARTTLS"),
    Setting(
        "tls_auth_level",
        Choice("EncryptionOnly", "CertificateValidation", "DomainValidation"),
        "How the smart host's certificate is checked. Needs O(require_tls=true).",
        prop="TlsAuthLevel",
        new_value=None,
        nullable=True,
    ),
    Setting(
        "tls_domain",
        HostName(wildcard=True),
        "The name that the smart host's certificate must contain, with O(tls_auth_level=DomainValidation).",
        prop="TlsDomain",
        new_value=None,
        nullable=True,
    ),
    Setting(
        "source_transport_servers",
        ServerNames(),
        "The Hub Transport servers that use this connector. A new connector gets the local server.",
        prop="SourceTransportServers",
    ),
    Setting(
        "max_message_size",
        Size(2147483647),
        "The largest message: bytes (rounded up to KB), a size such as V(25MB), or V(unlimited).",
        prop="MaxMessageSize",
        new_value=TEN_MB,
    ),
    Setting(
        "connection_inactivity_timeout",
        TimeSpan(1, 86400),
        "How long an idle connection stays open: V(00:10:00), or a number of seconds.",
        prop="ConnectionInactivityTimeOut",
        new_value=600,
    ),
    Setting(
        "smtp_max_messages_per_connection",
        Integer(0, 2147483647),
        "How many messages are sent over one connection before a new one is opened.",
        prop="SmtpMaxMessagesPerConnection",
    ),
    Setting(
        "fqdn",
        HostName(),
        "The name that Exchange sends in EHLO. According to Microsoft, a server with Hub Transport and Mailbox role"
        " (an SBS) does not use it.",
        prop="Fqdn",
        new_value=None,
        nullable=True,
    ),
    Setting(
        "protocol_logging_level",
        Choice("None", "Verbose"),
        "Whether the SMTP dialogue is logged on the server.",
        prop="ProtocolLoggingLevel",
        new_value="None",
    ),
    Setting("comment", Text(), "Free text on the connector.", prop="Comment", new_value=None, nullable=True),
    Setting(
        "error_policies",
        Flags("Default", "DowngradeAuthFailures", "DowngradeDnsFailures"),
        "Which permanent errors are tried again.",
        prop="ErrorPolicies",
    ),
    Setting("domain_secure_enabled", Boolean(), "Mutual TLS for Domain Security.", prop="DomainSecureEnabled"),
    Setting(
        "use_external_dns_servers_enabled",
        Boolean(),
        "Whether the external DNS servers of the transport server resolve the smart host's name.",
        prop="UseExternalDNSServersEnabled",
        new_value=False,
    ),
    Setting(
        "is_scoped_connector",
        Boolean(),
        "Whether only servers of the same Active Directory site use the connector.",
        prop="IsScopedConnector",
        new_value=False,
    ),
    Setting("source_ip_address", IpAddress(), "The local address from which mail is sent.", prop="SourceIPAddress"),
    Setting(
        "force_helo",
        Boolean(),
        "Send HELO instead of EHLO; then there is no TLS and no login.",
        prop="ForceHELO",
        new_value=False,
    ),
    Setting(
        "usage",
        Choice("Custom", "Internal", "Internet", "Partner"),
        "The permissions of a new connector. Exchange accepts it on creation only and does not show it afterwards.",
        prop="Usage",
        new_value="Custom",
        create_only=True,
    ),
    Setting(
        "login",
        Text(),
        "The provider mailbox that logs in at the smart host. Its password is written and never read.",
        prop="AuthenticationCredential",
        new_value=None,
        secret=True,
    ),
)


def _linked(values: Values) -> Values:
    """Exchange wants DNS routing switched off on the same command line."""
    return {"dns_routing_enabled": False} if values.get("smart_hosts") else {}


CREDENTIAL = SETTINGS["login"].prop
SEND_CONNECTOR = ExchangeObject("SendConnector", "send connector", SETTINGS, ("Name", "Guid"), _linked)
