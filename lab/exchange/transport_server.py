"""The transport settings of a Hub Transport server of Exchange 2010, their defaults and how a host prints them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from lab.exchange.texts import Language, Text, text
from lab.exchange.values import Limit, Size, display_time_span

_LOGS: Final = r"C:\Program Files\Microsoft\Exchange Server\V14\TransportRoles\Logs"
_MONTH: Final = timedelta(days=30)
_FILE: Final = Size(10 * 1024**2)
_DIRECTORY: Final = Size(250 * 1024**2)
_SIZED_LOGS: Final = ("ConnectivityLog", "MessageTrackingLog", "ReceiveProtocolLog", "SendProtocolLog")


@dataclass
class TransportServer:
    """The settings of one server that the lab keeps; the fields carry Exchange's own names.

    Defaults are those of the 2010 reference of Set-TransportServer for a Hub Transport server, paths those of an
    installation in the default folder. Sizes are kept in bytes as they are given: the reference says of later versions
    only that small ones may be rounded up.
    """

    ConnectivityLogEnabled: bool = False
    ConnectivityLogMaxAge: timedelta = _MONTH
    ConnectivityLogMaxDirectorySize: Size = _DIRECTORY
    ConnectivityLogMaxFileSize: Size = _FILE
    ConnectivityLogPath: str | None = rf"{_LOGS}\Connectivity"
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
    MessageTrackingLogMaxDirectorySize: Size = Size(1024**3)
    MessageTrackingLogMaxFileSize: Size = _FILE
    MessageTrackingLogPath: str | None = rf"{_LOGS}\MessageTracking"
    MessageTrackingLogSubjectLoggingEnabled: bool = True
    OutboundConnectionFailureRetryInterval: timedelta = timedelta(minutes=10)
    QueueMaxIdleTime: timedelta = timedelta(minutes=3)
    ReceiveProtocolLogMaxAge: timedelta = _MONTH
    ReceiveProtocolLogMaxDirectorySize: Size = _DIRECTORY
    ReceiveProtocolLogMaxFileSize: Size = _FILE
    ReceiveProtocolLogPath: str | None = rf"{_LOGS}\ProtocolLog\SmtpReceive"
    SendProtocolLogMaxAge: timedelta = _MONTH
    SendProtocolLogMaxDirectorySize: Size = _DIRECTORY
    SendProtocolLogMaxFileSize: Size = _FILE
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

    def read_back(self, language: Language) -> dict[str, object]:
        """The settings as Get-TransportServer returns them, in plain values."""
        return {name: _plain(getattr(self, name), language) for name in PROPERTIES}

    def broken_rules(self, language: Language) -> Iterator[Text]:
        """What Exchange would say of settings that are about to be stored.

        The rules that Microsoft writes down: MaxPerDomainOutboundConnections is less than or equal to
        MaxOutboundConnections, and a log's MaxFileSize to its MaxDirectorySize. Whether a server compares
        DelayNotificationTimeout with MessageExpirationTimeout is not documented, so the lab does not.
        """
        per_domain, outbound = self.MaxPerDomainOutboundConnections, self.MaxOutboundConnections
        if not outbound.allows(per_domain):
            yield text("per_domain_above_outbound", per_domain=per_domain.display(), outbound=outbound.display())
        for log in _SIZED_LOGS:
            file, directory = getattr(self, f"{log}MaxFileSize"), getattr(self, f"{log}MaxDirectorySize")
            if not directory.allows(file):
                shown = {"file": file.display(language), "directory": directory.display(language)}
                yield text("log_file_above_directory", log=log, **shown)


PROPERTIES: Final = tuple(field.name for field in dataclasses.fields(TransportServer))
"""What Set-TransportServer sets in the lab; its other parameters are refused aloud."""


def _plain(value: object, language: Language) -> object:
    if isinstance(value, timedelta):
        return display_time_span(value)
    if isinstance(value, Size):
        return value.display(language)
    return value.display() if isinstance(value, Limit) else value
