"""Messages before they are in a queue: what is submitted, what the server itself writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Mail:
    """What is submitted. ``size`` in bytes is what Exchange shows; over the wire goes a short text.

    ``poison``: each attempt to process it ends the transport service.
    """

    sender: str
    recipients: tuple[str, ...]
    subject: str = "Message of the lab"
    size: int = 4096
    poison: bool = False


@dataclass(frozen=True)
class Origin:
    """Whence a message came by SMTP: its Message-ID, the ``connector`` as ``SERVER\\Name``, the client."""

    message_id: str
    connector: str
    client: str
    helo: str


@dataclass
class MessageIds:
    """The numbers and InternetMessageIds of one server's messages, each given once. ``fqdn`` is the server's."""

    fqdn: str
    made: int = 0

    def take(self, now: datetime) -> tuple[int, str]:
        """The next number, and the InternetMessageId of a message that is made now."""
        self.made += 1
        return self.made, f"<{self.made}.{now:%Y%m%d%H%M%S}@{self.fqdn}>"


@dataclass(frozen=True)
class Report:
    """A message that the server itself writes to a sender: of non-delivery, or of delay.

    It comes from the empty sender, has a number and an InternetMessageId of its own, and is ``about`` that of another.
    """

    number: int
    mail: Mail
    message_id: str
    about: str
