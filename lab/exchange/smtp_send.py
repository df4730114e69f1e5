"""One SmtpSend session: how Exchange 2010 speaks to a smart host, as the connector's properties say."""

from __future__ import annotations

import base64
import ipaddress
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from lab.exchange import delivery_texts
from lab.exchange.schannel import TlsClient, version_of
from lab.exchange.send_connector import SendConnector
from lab.exchange.smtp_client import HIDDEN, ConnectionFailed, Reply, SmtpClient

_SHOWN_CHALLENGE: Final = "<authentication response>"  # what Exchange logs of a 334
_TLS_SUCCEEDED: Final = "TLS protocol SP_PROT_TLS{}_CLIENT negotiation succeeded"
_LOCALHOST: Final = "127.0.0.1"


def loopback_address(smart_host: str) -> str | None:
    """Where a smart host is on this machine; None for every other. No name is ever looked up."""
    bare = smart_host.strip("[]")
    if bare.lower().rstrip(".") == "localhost":
        return _LOCALHOST
    try:
        return bare if ipaddress.ip_address(bare).is_loopback else None
    except ValueError:
        return None


class SmtpSend:
    """A session that is open and logged in, or ConnectionFailed.

    ``fqdn`` is the name in EHLO, ``tls`` what the server offers and trusts, ``note`` takes the lines of the protocol
    log, ``connected`` both endpoints once they are known.
    """

    def __init__(
        self,
        connector: SendConnector,
        smart_host: str,
        fqdn: str,
        tls: TlsClient,
        timeout: float,
        note: Callable[[str, str, str], None],
        connected: Callable[[str, str], None],
    ) -> None:
        self.smart_host = smart_host
        self._connector = connector
        self._name = smart_host.strip("[]")
        self._fqdn = fqdn
        self._tls = tls
        self._note = note
        self._features: Mapping[str, str] = {}
        address = loopback_address(smart_host)
        assert address is not None  # the caller has refused all others
        note("*", "", "attempting to connect")
        self._client = SmtpClient(address, connector.Port, timeout, note)
        connected(*self._client.endpoints)
        note("+", "", "")
        try:
            self._open()
        except ConnectionFailed:
            self.hang_up("Remote")
            raise

    def deliver(self, sender: str, recipients: list[str], content: bytes) -> dict[str, Reply]:
        """Hand over one message; the last word on each recipient. Raises ConnectionFailed when the session is lost."""
        size = f" SIZE={len(content)}" if "SIZE" in self._features else ""
        mail = self._checked(self._client.command(f"MAIL FROM:<{sender}>{size}"))
        if not mail.good:
            self._client.command("RSET")
            return dict.fromkeys(recipients, mail)
        replies = {to: self._checked(self._client.command(f"RCPT TO:<{to}>")) for to in recipients}
        taken = [to for to, reply in replies.items() if reply.good]
        if not taken:
            # Without it the next MAIL FROM would be refused: the transaction stays open.
            self._client.command("RSET")
            return replies
        return replies | dict.fromkeys(taken, self._data(content))

    def quit(self) -> None:
        """Take leave."""
        try:
            self._client.command("QUIT")
        except ConnectionFailed:
            self.hang_up("Remote")
        else:
            self.hang_up("Local")

    def hang_up(self, who: str) -> None:
        """End the connection without a word."""
        self._client.close()
        self._note("-", "", who)

    def _data(self, content: bytes) -> Reply:
        go_on = self._checked(self._client.command("DATA"))
        return self._checked(self._client.content(content)) if go_on.code == 354 else go_on

    def _open(self) -> None:
        self._demand(self._client.reply(), 220)
        self._greet()
        self._encrypt()
        self._log_in()

    def _greet(self) -> None:
        word = "HELO" if self._connector.ForceHELO else "EHLO"
        reply = self._client.command(f"{word} {self._fqdn}")
        self._demand(reply, 250)
        words = [line.partition(" ") for line in reply.lines[1:]]
        self._features = {} if word == "HELO" else {name.upper(): value.upper() for name, _, value in words}

    @property
    def _needs_tls(self) -> bool:
        return self._connector.RequireTLS or self._connector.SmartHostAuthMechanism == "BasicAuthRequireTLS"

    def _encrypt(self) -> None:
        """STARTTLS wherever it is offered, unless the connector ignores it; required, it must succeed."""
        offered = "STARTTLS" in self._features and not self._connector.IgnoreSTARTTLS
        if not offered:
            if self._needs_tls:
                raise ConnectionFailed(delivery_texts.STARTTLS_REQUIRED)
            return
        reply = self._checked(self._client.command("STARTTLS"))
        if reply.code != 220:
            if self._needs_tls:
                raise ConnectionFailed(reply.text)
            return
        verified = self._connector.TlsAuthLevel == "CertificateValidation" or bool(self._wanted_names)
        encrypted = self._client.start_tls(self._tls, self._name, verified)
        self._check_names(encrypted)
        self._note("*", "", _TLS_SUCCEEDED.format(version_of(encrypted).replace(".", "_")))
        self._greet()

    @property
    def _wanted_names(self) -> list[str]:
        """The names that the certificate must carry."""
        names = []
        if self._connector.SmartHostAuthMechanism == "BasicAuthRequireTLS":
            names.append(self._name)
        if self._connector.TlsAuthLevel == "DomainValidation":
            names.append(str(self._connector.TlsDomain))
        return names

    def _check_names(self, encrypted: ssl.SSLSocket) -> None:
        certificate = encrypted.getpeercert() or {}
        carried = [str(entry[1]).lower() for entry in certificate.get("subjectAltName", ())]
        if not all(any(_fits(name, wanted.lower()) for name in carried) for wanted in self._wanted_names):
            raise ConnectionFailed(delivery_texts.CERTIFICATE_REFUSED)

    def _log_in(self) -> None:
        mechanism, login = self._connector.SmartHostAuthMechanism, self._connector.AuthenticationCredential
        if mechanism == "ExchangeServer":
            raise ConnectionFailed(delivery_texts.EXCHANGE_AUTHENTICATION)
        if not mechanism.startswith("BasicAuth"):
            return
        # Exchange 2010 speaks AUTH LOGIN and nothing else.
        if login is None or "LOGIN" not in self._features.get("AUTH", "").split():
            raise ConnectionFailed(delivery_texts.BASIC_AUTHENTICATION)
        self._demand(self._client.command("AUTH LOGIN", answer=_SHOWN_CHALLENGE), 334)
        self._demand(self._client.command(_encoded(login.username), HIDDEN, _SHOWN_CHALLENGE), 334)
        self._demand(self._client.command(_encoded(login.password), HIDDEN), 235)

    def _demand(self, reply: Reply, code: int) -> None:
        if reply.code != code:
            raise ConnectionFailed(reply.text)

    def _checked(self, reply: Reply) -> Reply:
        """Whatever the command was, 421 is the end of the connection."""
        if reply.code == 421:
            raise ConnectionFailed(reply.text)
        return reply


def _encoded(text: str) -> str:
    """Which encoding Exchange has for letters beyond ASCII is not known; UTF-8 is assumed."""
    return base64.b64encode(text.encode()).decode("ascii")


def _fits(carried: str, wanted: str) -> bool:
    """Whether a name in a certificate satisfies a wanted one; ``*.`` may stand in front of either, for one label."""
    if carried == wanted:
        return True
    head, _, rest = wanted.partition(".")
    if carried.startswith("*."):
        return bool(head) and carried.removeprefix("*.") == rest
    return head == "*" and carried.partition(".")[2] == rest
