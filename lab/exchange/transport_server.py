"""The transport settings of a Hub Transport server of Exchange 2010, their defaults and how a host prints them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lab.exchange.texts import Text, text
from lab.exchange.values import Limit, display_time_span

_LOGS: Final = r"C:\Program Files\Microsoft\Exchange Server\V14\TransportRoles\Logs"
_MONTH: Final = timedelta(days=30)


@dataclass
class TransportServer:
    """The settings of one server that the lab keeps; the fields carry Exchange's own names.

    Defaults are those of the 2010 reference of Set-TransportServer for a Hub Transport server. The path of the protocol
    log is that of a default installation, which the reference does not tell.
    """

    ConnectivityLogEnabled: bool = False
    ConnectivityLogMaxAge: timedelta = _MONTH
    DelayNotificationTimeout: timedelta = timedelta(hours=4)
    IntraOrgConnectorProtocolLoggingLevel: str = "None"
    MaxConcurrentMailboxDeliveries: int = 20
    MaxConcurrentMailboxSubmissions: int = 20
    MaxConnectionRatePerMinute: int = 1200
    MaxOutboundConnections: Limit = Limit(1000)
    MaxPerDomainOutboundConnections: Limit = Limit(20)
    MessageExpirationTimeout: timedelta = timedelta(days=2)
    MessageRetryInterval: timedelta = timedelta(minutes=1)
    MessageTrackingLogEnabled: bool = True
    MessageTrackingLogMaxAge: timedelta = _MONTH
    MessageTrackingLogSubjectLoggingEnabled: bool = True
    OutboundConnectionFailureRetryInterval: timedelta = timedelta(minutes=10)
    QueueMaxIdleTime: timedelta = timedelta(minutes=3)
    ReceiveProtocolLogMaxAge: timedelta = _MONTH
    SendProtocolLogMaxAge: timedelta = _MONTH
    SendProtocolLogPath: str | None = rf"{_LOGS}\ProtocolLog\SmtpSend"
    TransientFailureRetryCount: int = 6
    TransientFailureRetryInterval: timedelta = timedelta(minutes=5)

    @classmethod
    def of(cls, roles: tuple[str, ...]) -> TransportServer:
        """With the defaults of its role: an Edge Transport server waits longer before it tries again."""
        if "Edge" not in roles:
            return cls()
        return cls(
            OutboundConnectionFailureRetryInterval=timedelta(minutes=30),
            TransientFailureRetryInterval=timedelta(minutes=10),
        )

    def write(self, typed: Mapping[str, object]) -> None:
        """Set properties from typed parameters as ``binding.bind`` gives them; other parameters are passed over."""
        for name in PROPERTIES:
            if name in typed:
                setattr(self, name, typed[name])

    def read_back(self) -> dict[str, object]:
        """The settings as Get-TransportServer returns them, in plain values."""
        return {name: _plain(getattr(self, name)) for name in PROPERTIES}

    def broken_rules(self) -> Iterator[Text]:
        """What Exchange would say of settings that are about to be stored.

        The one rule that Microsoft writes down (TransportServer.MaxPerDomainOutboundConnections): less than or equal to
        MaxOutboundConnections. Whether a server compares DelayNotificationTimeout with MessageExpirationTimeout is not
        documented, so the lab does not.
        """
        per_domain, outbound = self.MaxPerDomainOutboundConnections, self.MaxOutboundConnections
        if not outbound.allows(per_domain):
            yield text("per_domain_above_outbound", per_domain=per_domain.display(), outbound=outbound.display())


PROPERTIES: Final = tuple(field.name for field in dataclasses.fields(TransportServer))
"""What Set-TransportServer sets in the lab; its other parameters are refused aloud."""


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return display_time_span(value)
    return value.display() if isinstance(value, Limit) else value
