"""The transport servers of the organisation and Get-TransportServer."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import Host, Output
from lab.exchange.values import display_time_span

_LOGS: Final = r"C:\Program Files\Microsoft\Exchange Server\V14\TransportRoles\Logs"
SEND_LOG_PATH: Final = rf"{_LOGS}\ProtocolLog\SmtpSend"
_SPANS: Final = {
    "DelayNotificationTimeout": timedelta(hours=4),
    "MessageExpirationTimeout": timedelta(days=2),
    "MessageRetryInterval": timedelta(minutes=1),
    "OutboundConnectionFailureRetryInterval": timedelta(minutes=10),
    "QueueMaxIdleTime": timedelta(minutes=3),
    "SendProtocolLogMaxAge": timedelta(days=30),
    "TransientFailureRetryInterval": timedelta(minutes=5),
}
"""Defaults of a Hub Transport server by the 2010 reference of Set-TransportServer."""


class TransportServers:
    """What Get-TransportServer shows; nothing of it can be set, and every server has Exchange 2010's defaults.

    The path of the protocol logs is that of a default installation, which the reference does not tell.
    """

    def __init__(self, host: Host, servers: ExchangeServers) -> None:
        self._host = host
        self._servers = servers

    def get(self, typed: dict[str, object]) -> Output:
        """Get-TransportServer."""
        chosen = [server for server in self._servers.all if "HubTransport" in server.roles]
        if isinstance(identity := typed.get("Identity"), str):
            chosen = [server for server in chosen if server.is_named(identity)]
            if not chosen:
                raise self._host.not_found("Get-TransportServer", identity)
        return [_read_back(server) for server in chosen]


def _read_back(server: ExchangeServer) -> dict[str, object]:
    return {
        "DistinguishedName": server.distinguished_name,
        "Guid": server.guid,
        "Id": server.name,
        "Identity": server.name,
        "IsValid": True,
        "MaxConcurrentMailboxDeliveries": 20,
        "MaxConnectionRatePerMinute": 1200,
        # Unlimited<int> on a host, so a text here as sizes are.
        "MaxOutboundConnections": "1000",
        "MaxPerDomainOutboundConnections": "20",
        "Name": server.name,
        "SendProtocolLogPath": SEND_LOG_PATH,
        "TransientFailureRetryCount": 6,
        **{name: display_time_span(span) for name, span in _SPANS.items()},
    }
