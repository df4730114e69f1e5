"""What Exchange says of mail that did not leave, each text with where it comes from.

Sources: KB and page numbers are Microsoft's; seen: printed in several public threads; ours: nobody knows better.
"""

from __future__ import annotations

from typing import Final

_QUEUE: Final = (
    '451 4.4.0 Primary target IP address responded with: "{inner}." Attempted failover to alternate host, but that '
    "did not succeed. Either there are no alternate hosts, or delivery failed to all alternate hosts."
)  # KB 979175

UNABLE_TO_CONNECT: Final = "421 4.2.1 Unable to connect"
"""Nothing listens there: seen."""

TIMED_OUT: Final = "421 4.4.1 Connection timed out"
"""No answer in time, and a TLS handshake that failed: KB 4051498."""

TLS_FAILED: Final = "TLS negotiation failed with error SocketError"
"""In the protocol log, of a TLS handshake that failed: KB 4051498; the error's name is assumed."""

DROPPED: Final = "421 4.4.2 Connection dropped due to SocketError"
"""The other side hung up: seen; KB 4051498 has the beginning."""

BASIC_AUTHENTICATION: Final = "451 5.7.3 Require basic authentication"
"""A login is stored, AUTH LOGIN is not offered: seen, with a protocol log."""

EXCHANGE_AUTHENTICATION: Final = "451 5.7.3 Cannot achieve Exchange Server authentication"
"""The mechanism ExchangeServer towards a server that is no Exchange: KB 979175."""

STARTTLS_REQUIRED: Final = "451 5.7.3 STARTTLS is required to send mail"
"""TLS is required, STARTTLS not offered: seen."""

CERTIFICATE_REFUSED: Final = "454 4.7.5 Certificate validation failure"
"""Chain or name of the certificate are not those that the connector wants: seen."""

UNREACHABLE: Final = "A matching connector cannot be found to route the external recipient."
"""No connector covers the recipient's domain: seen, of the queue Unreachable."""

EXPIRED: Final = "#550 4.4.7 QUEUE.Expired; message expired ##"
"""In the report of mail that was given up: seen."""

UNKNOWN: Final = "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##"
"""In the report of mail to an address that nobody has in an authoritative domain: seen."""

REMOVED: Final = "#550 4.3.2 QUEUE.Admin; message deleted by administrative action ##"
"""In the report of mail that an administrator removed: seen."""

DELAYED: Final = "400 4.4.7 Message delayed"
"""Of mail whose sender has had a notice of its delay, in that notice and as its LastError: seen."""

UNDELIVERABLE: Final = "Undeliverable: {subject}"
"""Subject of a report of non-delivery: seen; the lab has it in English whatever the language of the server."""

DELAY_NOTICE: Final = "Delivery delayed: {subject}"
"""Subject of a notice of delay, in English as well: assumed."""

BACK_PRESSURE: Final = "452 4.3.1 Insufficient system resources"
"""What a server with a full disk answers: seen."""

DNS_DELIVERY: Final = "not simulated: delivery by DNS would leave this machine"
"""Ours: the lab connects to the loopback alone."""

OTHER_SMART_HOST: Final = "not simulated: smart host {smart_host} would leave this machine; the lab stays on it"
"""Ours."""


def last_error(inner: str) -> str:
    """What Get-Queue shows where a connection failed; ``inner`` is the reply, or one of the texts above."""
    return _QUEUE.format(inner=inner.rstrip("."))
