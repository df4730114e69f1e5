# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a receive connector: one row each.

Argument check, diff and documentation page read this table; the lab does not, and a test holds the two against each
other. Facts: Microsoft's reference of 2018-02-07 (the last that keeps Exchange 2010's own wording). What Exchange gives
a new connector depends on its usage, so permission groups and authentication are always told it (``NEW``).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..exchange.objects import ExchangeObject
from ..exchange.settings import Setting, Settings, Values
from ..options.values import Boolean, Choice, Flags, HostName, Integer, Size, Text, TimeSpan
from .ranges import Bindings, IpRanges

TEN_MB = 10 * 1024**2
ANONYMOUS = "AnonymousUsers"
CUSTOM = "Custom"
GROUPS = (ANONYMOUS, "ExchangeUsers", "ExchangeServers", "ExchangeLegacyServers", "Partners")
MECHANISMS = ("Tls", "Integrated", "BasicAuth", "BasicAuthRequireTLS", "ExchangeServer", "ExternalAuthoritative")


class PermissionGroups(Flags):
    """Permission groups. Exchange shows ``Custom`` beside them where rights were given by hand, and takes no such
    group: rights are no setting, and are read for themselves."""

    def __init__(self) -> None:
        super().__init__("None", *GROUPS)

    def host(self, value: Any) -> Hashable:
        names = [each.strip() for each in value.split(",")] if isinstance(value, str) else None
        if names is None or CUSTOM not in names:
            return super().host(value)
        return super().host(", ".join(each for each in names if each != CUSTOM) or self.none)


SETTINGS = Settings(
    Setting("enabled", Boolean(), "Whether Exchange uses the receive connector.", prop="Enabled", new_value=True),
    Setting(
        "bindings",
        Bindings(),
        "The local addresses and ports that it listens on, such as V(0.0.0.0:25) for all IPv4 addresses of the server"
        " and V([::]:25) for all IPv6 addresses. An address that the server lacks is refused: Exchange's transport may"
        " not start with it.",
        prop="Bindings",
    ),
    Setting(
        "remote_ip_ranges",
        IpRanges(),
        "The client addresses that it is for: single ones, V(192.168.1.0/24) or V(a-b). V(0.0.0.0-255.255.255.255) is"
        " everyone. Of several connectors, that with the smallest range around a client's address"
        " takes its mail. The server's own addresses and the loopback are added where they are not declared, since the"
        " POP3 connector hands its mail over from there.",
        prop="RemoteIPRanges",
    ),
    Setting(
        "permission_groups",
        PermissionGroups(),
        "Who may deliver. V(AnonymousUsers) is what mail from the internet needs. The list replaces that of the"
        " connector.",
        prop="PermissionGroups",
    ),
    Setting(
        "auth_mechanism",
        Flags("None", *MECHANISMS),
        "How clients may log in, and V(Tls) for STARTTLS. V(ExternalAuthoritative) lets every address of"
        " O(remote_ip_ranges) relay.",
        prop="AuthMechanism",
    ),
    Setting(
        "require_tls",
        Boolean(),
        "Whether mail is taken over TLS only. Refused on a connector for everyone: many senders could not deliver.",
        prop="RequireTLS",
        new_value=False,
    ),
    Setting(
        "fqdn",
        HostName(),
        "The name in the greeting, in EHLO and in Received headers, and for which a certificate is looked for. Never"
        " changed on C(Default <server>).",
        prop="Fqdn",
        nullable=True,
    ),
    Setting(
        "banner",
        Text(200),
        "The greeting, beginning with V(220). An empty text: Exchange's own, with the server's name.",
        prop="Banner",
        new_value=None,
        nullable=True,
    ),
    Setting(
        "max_message_size",
        Size(2147483647, least=65536, unlimited=False),
        "The largest message: bytes (rounded up to KB) or a size such as V(25MB).",
        prop="MaxMessageSize",
        new_value=TEN_MB,
    ),
    Setting(
        "max_recipients_per_message",
        Integer(1, 512000),
        "How many recipients one message may have.",
        prop="MaxRecipientsPerMessage",
        new_value=200,
    ),
    Setting(
        "tarpit_interval",
        TimeSpan(0, 600),
        "How long a rejection to an anonymous client is delayed, which makes harvesting of addresses slow.",
        prop="TarpitInterval",
        new_value=5,
    ),
    Setting(
        "protocol_logging_level",
        Choice("None", "Verbose"),
        "Whether the SMTP dialogue is logged on the server. V(Verbose) shows afterwards who used the connector.",
        prop="ProtocolLoggingLevel",
        new_value="None",
    ),
    Setting("comment", Text(), "Free text on the receive connector.", prop="Comment", new_value=None, nullable=True),
)

NEW: Values = {"permission_groups": frozenset({ANONYMOUS}), "auth_mechanism": frozenset({"Tls"})}
"""What a new connector is told where nothing is declared: what mail from the internet needs, and no more."""
RECEIVE_CONNECTOR = ExchangeObject("ReceiveConnector", "receive connector", SETTINGS, ("Name", "Identity"))
