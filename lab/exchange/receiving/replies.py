"""What Exchange 2010 answers whoever delivers to it.

Seen: printed in several public threads and logs; ours: nobody knows better.
"""

from __future__ import annotations

from typing import Final

HELLO: Final = "{fqdn} Hello [{client}]"
"""Seen, of EHLO and HELO."""

SENDER_OK: Final = "250 2.1.0 Sender OK"
RECIPIENT_OK: Final = "250 2.1.5 Recipient OK"
START_MAIL: Final = "354 Start mail input; end with <CRLF>.<CRLF>"
QUEUED: Final = "250 2.6.0 {message_id} [InternalId={number}] Queued mail for delivery"
RESET: Final = "250 2.0.0 Resetting"
NOTHING_DONE: Final = "250 2.0.0 OK"
GOODBYE: Final = "221 2.0.0 Service closing transmission channel"
TLS_READY: Final = "220 2.0.0 SMTP server ready"
"""All seen."""

USERNAME: Final = "334 VXNlcm5hbWU6"
PASSWORD: Final = "334 UGFzc3dvcmQ6"
LOGGED_IN: Final = "235 2.7.0 Authentication successful"
LOGIN_REFUSED: Final = "535 5.7.3 Authentication unsuccessful"
MECHANISM_UNKNOWN: Final = "504 5.7.4 Unrecognized authentication type"
"""All seen."""

NOT_AUTHENTICATED: Final = "530 5.7.1 Client was not authenticated"
"""At MAIL, of a connector whose permission groups do not let in whoever asks: seen."""

MAY_NOT_SUBMIT: Final = "550 5.7.1 Client does not have permissions to submit to this server"
"""At MAIL, of somebody who has logged in without a right to: seen."""

TLS_FIRST: Final = "451 5.7.3 Must issue a STARTTLS command first"
"""At MAIL, of a connector that requires TLS: seen."""

UNABLE_TO_RELAY: Final = "550 5.7.1 Unable to relay"
"""At RCPT, of a domain that is none of this organisation: seen."""

USER_UNKNOWN: Final = "550 5.1.1 User unknown"
"""At RCPT, by the recipient filter's validation: seen."""

BAD_ADDRESS: Final = "501 5.1.3 Invalid address"
BAD_ARGUMENTS: Final = "501 5.5.4 Invalid arguments"
UNKNOWN_COMMAND: Final = "500 5.3.3 Unrecognized command"
HELLO_FIRST: Final = "503 5.5.2 Send hello first"
MAIL_FIRST: Final = "503 5.5.2 Need mail command"
RECIPIENT_FIRST: Final = "503 5.5.2 Need rcpt command"
MAIL_TWICE: Final = "503 5.5.2 Sender already specified"
ORDER: Final = "503 5.5.2 Bad sequence of commands"
TOO_MANY_RECIPIENTS: Final = "452 4.5.3 Too many recipients"
TOO_BIG: Final = "552 5.3.4 Message size exceeds fixed maximum message size"
"""All seen."""

NO_RESOURCES: Final = "452 4.3.1 Insufficient system resources"
"""At MAIL, with back pressure: seen."""

NO_CONNECTOR: Final = "421 4.3.2 Service not available"
"""To an address that no connector's RemoteIPRanges hold, which is then cut off: assumed."""

HIDDEN: Final = "<Binary Data>"
CHALLENGE: Final = "<authentication response>"
"""What the protocol log has in the place of a login: seen."""
