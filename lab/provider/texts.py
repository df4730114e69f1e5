"""Every reply text of the simulated provider, each with where it comes from.

RFC: the code and its meaning are from that RFC, the words are ours or aiosmtpd's. The lab's: no provider is
known to say it; nothing may rely on the wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

THROTTLED: Final = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
"""Strato's own, given at RCPT, per account: a log quoted by Strato's support in knadh/listmonk issue 1073."""

NESTED_MAIL: Final = "503 5.5.0 A mail transaction is open already; send RSET first"
"""The code is Strato's for a MAIL FROM after that 450 without RSET (same issue); the words are the lab's."""

SENDER_REFUSED: Final = "550 5.7.1 Sender address not allowed"
"""The lab's. Strato's text for a foreign sender is not known; code and place (RCPT) follow common practice."""

NOT_OWNED: Final = "553 5.7.1 <{sender}>: Sender address rejected: not owned by user {login}"
"""Postfix's reject_sender_login_mismatch (src/smtpd/smtpd_check.c), as goneo's help quotes it with 553."""

FULL: Final = "452 4.2.2 <{recipient}>: The recipient's mailbox is over quota"
"""RFC 5321 and 3463 (X.2.2); the words are the lab's."""

NO_SUCH_RECIPIENT: Final = "550 5.1.1 No such user here"
"""RFC 5321 and 3463; the words are the lab's. Most providers take mail to anybody and report later."""

LOGIN_REFUSED: Final = "535 5.7.8 Authentication credentials invalid"
"""RFC 4954, section 6."""

LOGIN_NEEDED: Final = "530 5.7.0 Authentication required"
"""RFC 4954, section 6. aiosmtpd says it; here for tests and readers."""

ACCEPTED: Final = "250 2.0.0 Message accepted for delivery"
"""RFC 5321 and 3463; the words are the lab's."""

TROUBLE: Final = "451 4.3.0 The simulated provider failed"
"""The lab's, where the simulation itself has a bug; see ``SimulatedProvider.errors``."""

LOGIN_CHALLENGES: Final = ("Username:", "Password:")
"""What AUTH LOGIN asks, as all common servers do (draft-murchison-sasl-login)."""

# -- POP3 ----------------------------------------------------------------------------------------------------------

IN_USE: Final = "-ERR [IN-USE] The maildrop is in use by another session"
"""RFC 2449, section 8.1.2; the words are the lab's."""

TOO_OFTEN: Final = "-ERR [LOGIN-DELAY] Too many logins, try again later"
"""RFC 2449, section 8.1.1; the words are the lab's: those of web.de, which lets its free mailboxes in every 15 minutes
only (the provider's help), are not known."""

POP3_LOGIN_REFUSED: Final = "-ERR [AUTH] Authentication failed"
"""RFC 3206, section 4; the words are the lab's."""

TLS_NEEDED: Final = "-ERR A login needs TLS here, send STLS first"
"""RFC 2595, section 2.4, leaves it to the server; the words are the lab's."""

UNKNOWN_COMMAND: Final = "-ERR Unknown command"
"""RFC 1939, section 3; the words are the lab's."""

WRONG_STATE: Final = "-ERR Not in this state"
"""RFC 1939, section 3; the words are the lab's."""

NO_SUCH_MESSAGE: Final = "-ERR No such message"
"""RFC 1939, section 5; for a message marked as deleted, too."""

NO_ARGUMENT: Final = "-ERR This argument is missing or wrong"
"""The lab's."""

# -- as real servers say it ----------------------------------------------------------------------------------------

_REJECTED: Final = "<{recipient}>: Recipient address rejected:"
PROFILES: Final[Mapping[str, Mapping[str, str]]] = {
    "lab": {},
    # Postfix 3.7.11 and Dovecot 2.3.19.1 of Debian 12, as tests/real meets them. The rate is a policy service's, whose
    # words (Strato's here) Postfix puts into its own frame; the quota's are those of Dovecot's quota-status.
    "postfix": {
        THROTTLED: f"450 4.7.0 {_REJECTED} Transmit rate limit exceeded, try again later (ACC)",
        NESTED_MAIL: "503 5.5.1 Error: nested MAIL command",
        SENDER_REFUSED: NOT_OWNED,
        FULL: f"452 4.2.2 {_REJECTED} Quota exceeded (mailbox for user is full)",
        NO_SUCH_RECIPIENT: f"550 5.1.1 {_REJECTED} User unknown in virtual mailbox table",
        LOGIN_REFUSED: "535 5.7.8 Error: authentication failed: (reason unavailable)",
        ACCEPTED: "250 2.0.0 Ok: queued as 4F9D195432C",
        IN_USE: "-ERR [IN-USE] Mailbox is locked by another POP3 session.",
        POP3_LOGIN_REFUSED: "-ERR [AUTH] Authentication failed.",
        TLS_NEEDED: "-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
    },
}
"""By the setting ``software``: what is said in the place of a text above."""


def said(software: str, text: str, **about: str) -> str:
    """A text above as that software says it, about this sender, recipient and login."""
    return PROFILES[software].get(text, text).format(**about)
