"""Dials the smart hosts of a server: one session after the other, over real SMTP."""

from __future__ import annotations

from dataclasses import dataclass

from lab.exchange import delivery_texts
from lab.exchange.protocol_log import ProtocolLog
from lab.exchange.schannel import TlsClient
from lab.exchange.send_connector import SendConnector
from lab.exchange.smtp_client import ConnectionFailed
from lab.exchange.smtp_send import SmtpSend, loopback_address


class NotSimulated(Exception):
    """The mail would leave this machine; says why."""


@dataclass(frozen=True)
class SmtpDialer:
    """A server's name in EHLO, its TLS, its protocol log, and its wait for an answer in seconds."""

    fqdn: str
    tls: TlsClient
    log: ProtocolLog
    timeout: float

    def open(self, connector: SendConnector) -> SmtpSend:
        """A session with the first smart host that gives one; of failures the first one counts.

        Raises ConnectionFailed, or NotSimulated for what is not on the loopback.
        """
        stay_here(connector)
        failures: list[ConnectionFailed] = []
        for smart_host in connector.SmartHosts:
            try:
                return self._session(connector, smart_host)
            except ConnectionFailed as failure:
                failures.append(failure)
        raise failures[0]

    def _session(self, connector: SendConnector, smart_host: str) -> SmtpSend:
        log = self.log.session(connector.Name)
        logged = connector.ProtocolLoggingLevel == "Verbose"

        def connected(local: str, remote: str) -> None:
            log.local, log.remote = local, remote

        log.remote = f"{loopback_address(smart_host)}:{connector.Port}"
        note = log.note if logged else lambda event, data, context: None
        return SmtpSend(connector, smart_host, self.fqdn, self.tls, self.timeout, note, connected)


def stay_here(connector: SendConnector) -> None:
    """Raises NotSimulated unless every smart host is on the loopback."""
    if connector.DNSRoutingEnabled or not connector.SmartHosts:
        raise NotSimulated(delivery_texts.DNS_DELIVERY)
    for host in connector.SmartHosts:
        if loopback_address(host) is None:
            raise NotSimulated(delivery_texts.OTHER_SMART_HOST.format(smart_host=host))
