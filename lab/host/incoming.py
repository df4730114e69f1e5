"""The mail that comes in at a host by SMTP: who is asked, the log of what was said, and the mailboxes where it ends."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from lab.exchange.ip_ranges import Binding, parse_address
from lab.exchange.organisation import Organisation
from lab.exchange.protocol_log import ProtocolLog
from lab.exchange.queues.message import Mail, Origin
from lab.exchange.receiving.reception import Incoming, Letter, Reception
from lab.exchange.receiving.session import ReceivingSession
from lab.exchange.resolver import Resolved

_KEPT: Final = 10_000  # messages that are shown
_LOCALHOST: Final = "127.0.0.1"
_PORT_OF_CLIENT: Final = 40000
ANY_ADDRESS: Final = "0.0.0.0:25"


@dataclass(frozen=True)
class House:
    """What of a host its reception asks, beside its Exchange.

    ``lets_in``: whether a user name and a password are right. ``own_addresses``: of its network adapters.
    ``mailboxes``: addresses that the state says are mailboxes here. ``certified``: the names in the certificate
    that fits a name, None without one.
    """

    lock: AbstractContextManager[Any]
    now: Callable[[], datetime]
    lets_in: Callable[[str, str], bool]
    own_addresses: Callable[[], Sequence[str]]
    mailboxes: Callable[[], Iterable[str]]
    certified: Callable[[str], tuple[str, ...] | None]


class IncomingMail:
    """``taken`` is what came, oldest first; ``mailboxes`` what of it is in each mailbox, by its address in small
    letters."""

    def __init__(self, organisation: Organisation, house: House) -> None:
        self.log = ProtocolLog(house.now, "Receive")
        self.taken: list[Incoming] = []
        self.mailboxes: dict[str, list[Incoming]] = {}
        self._organisation = organisation
        self._house = house
        self.reception = self._open_reception()
        server = organisation.queues.server
        self._resolve, server.resolve = server.resolve, self.resolve

    def session(self, client: str, to: str = ANY_ADDRESS, port: int = _PORT_OF_CLIENT) -> ReceivingSession:
        """The server's side of a session. Raises ConnectionRefusedError where nothing listens."""
        local = local_end(to, client, tuple(self._house.own_addresses()))
        with self._house.lock:
            return ReceivingSession(self.reception, client, local, port)

    @property
    def is_open(self) -> bool:
        """Whether the server listens anywhere."""
        with self._house.lock:
            return self.reception.is_open

    def resolve(self, addresses: Sequence[str]) -> Resolved:
        """Who is meant; the state's mailboxes of the POP3 connector are here, whether a recipient has them or not."""
        found = self._resolve(addresses)
        mine = {each.lower() for each in self._house.mailboxes()}
        for kind in (found.unknown, found.outside):
            here = [each for each in kind if each.lower() in mine]
            found.here.extend(here)
            kind[:] = [each for each in kind if each.lower() not in mine]
        return found

    def put(self, letter: Letter) -> Incoming:
        """Into the queues; who is here has it at once."""
        queues, now, size = self._organisation.queues, self._house.now(), len(letter.content)
        message_id, subject = _headers(letter.content)
        message_id = message_id or f"<{now:%Y%m%d%H%M%S%f}@{queues.server.fqdn}>"
        origin = Origin(message_id, letter.connector.identity, letter.client, letter.helo)
        here = queues.server.resolve(letter.recipients).here
        number = queues.receive(Mail(letter.sender, letter.recipients, subject, size), origin, letter.content)
        envelope = (letter.client, letter.helo, letter.sender, letter.recipients)
        taken = Incoming(now, number, message_id, origin.connector, *envelope, subject, size, letter.login, letter.tls)
        self.taken = [*self.taken[-_KEPT:], taken]
        for address in here:
            self.mailboxes.setdefault(address.lower(), []).append(taken)
        return taken

    def log_files(self, path: str) -> Mapping[str, str]:
        """The files of the SmtpReceive log in that folder of the host: their texts by name."""
        text, folder = self.log.text, self.log_path or ""
        return {"RECV1.LOG": text} if text and path.rstrip("\\").lower() == folder.rstrip("\\").lower() else {}

    @property
    def log_path(self) -> str | None:
        """The folder of the SmtpReceive log; None where none is written."""
        return self._organisation.queues.server.settings().ReceiveProtocolLogPath

    def _open_reception(self) -> Reception:
        organisation, house = self._organisation, self._house
        return Reception(
            lock=house.lock,
            now=house.now,
            log=self.log,
            connectors=lambda: organisation.receive_connectors.local,
            domains=organisation.addressing.domains,
            runs=lambda: organisation.queues.server.runs(),
            pressure=self._pressure,
            validates=lambda: organisation.recipient_filter.validates,
            exists=self.exists,
            lets_in=house.lets_in,
            certified=house.certified,
            take=self.put,
        )

    def _pressure(self) -> str:
        queues = self._organisation.queues
        return "High" if queues.assumptions.back_pressure else queues.server.pressure()

    def exists(self, address: str) -> bool:
        """Whether anybody here has it."""
        index = self._organisation.addressing.recipients.index
        has_it = index.owner_of(f"smtp:{address}".lower(), "") is not None
        return has_it or address.lower() in {each.lower() for each in self._house.mailboxes()}

    def as_data(self) -> dict[str, Any]:
        """What came, and the Message-IDs of what is in each mailbox, JSON-able."""
        boxes = {address: [one.message_id for one in mails] for address, mails in sorted(self.mailboxes.items())}
        return {"received": [_plain(one) for one in self.taken], "inboxes": boxes}


def local_end(to: str, client: str, own: tuple[str, ...]) -> Binding:
    """Where a client connects to; of all addresses the loopback for whoever is here, else the host's in its LAN."""
    wanted = Binding.parse(to)
    if not wanted.is_any or wanted.address.version != parse_address(client).version:
        return wanted
    if parse_address(client).is_loopback:
        return Binding(parse_address(_LOCALHOST if wanted.address.version == 4 else "::1"), wanted.port)
    outside = [address for each in own if not (address := parse_address(each)).is_loopback]
    fitting = [address for address in outside if address.version == wanted.address.version]
    return Binding(fitting[0], wanted.port) if fitting else wanted


def message_text(
    sender: str, recipients: tuple[str, ...], now: datetime, subject: str, message_id: str | None
) -> bytes:
    """A short message; without a Message-ID it gets none."""
    headers: Mapping[str, str | None] = {
        "From": f"<{sender}>",
        "To": ", ".join(f"<{to}>" for to in recipients),
        "Subject": subject,
        "Date": format_datetime(now),
        "Message-ID": message_id,
    }
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "".join(f"{line}\r\n" for line in (*lines, "", "Sent to a simulated Exchange.")).encode()


def _headers(content: bytes) -> tuple[str, str]:
    """Message-ID and subject; empty ones where there are none."""
    headers = email.message_from_bytes(content.partition(b"\r\n\r\n")[0], policy=email.policy.compat32)
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    return str(headers.get("Message-ID", "")).strip(), str(parsed.get("Subject", ""))


def _plain(one: Incoming) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.isoformat(), "recipients": list(one.recipients)}
