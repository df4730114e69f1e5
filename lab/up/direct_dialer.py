"""A short cut to the lab's own provider, for millions of attempts: what was proven once over SMTP is judged in process.

A session is opened for real, with TLS and login, whenever provider or connector have changed since the last one; the
messages that follow are judged by the same function and counted by the same records, but over no socket. Wherever the
provider is told to make trouble at a stage, the way is real throughout. The protocol log shows the real sessions only,
and so do the provider's logins.
"""

from __future__ import annotations

from typing import Final

from lab.exchange.queues.queue import Session
from lab.exchange.queues.server import Dialer
from lab.exchange.send_connector import SendConnector
from lab.exchange.smtp_client import Reply
from lab.exchange.smtp_send import loopback_address
from lab.provider import SimulatedProvider, texts
from lab.provider.records import Accepted
from lab.provider.session import message_id
from lab.provider.settings import ProviderSettings

_TAKEN: Final = Reply(250, (texts.ACCEPTED.removeprefix("250 "),))


class DirectDialer:
    """``real`` is the dialer that is taken otherwise."""

    def __init__(self, real: Dialer, provider: SimulatedProvider) -> None:
        self._real = real
        self._provider = provider
        self._proven: tuple[ProviderSettings, SendConnector] | None = None

    def open(self, connector: SendConnector) -> Session:
        """A session. Raises ConnectionFailed or NotSimulated, as the real dialer does."""
        settings, login = self._provider.settings, connector.AuthenticationCredential
        if settings.stages or login is None or not self._leads_there(connector):
            return self._real.open(connector)
        if self._proven is None or self._proven[0] is not settings or self._proven[1] != connector:
            self._real.open(connector).quit()
            self._proven = settings, connector
        return _DirectSession(self._provider, self._real, connector, login.username)

    def _leads_there(self, connector: SendConnector) -> bool:
        hosts = [loopback_address(host) for host in connector.SmartHosts]
        return hosts[:1] == ["127.0.0.1"] and connector.Port == self._provider.port


class _DirectSession:
    def __init__(self, provider: SimulatedProvider, real: Dialer, connector: SendConnector, login: str) -> None:
        self._provider = provider
        self._dialer = real
        self._connector = connector
        box = provider.settings.mailbox(login)
        self._login = box.address if box else login
        self._tls = bool(provider.records.logins and provider.records.logins[-1].tls)
        self._real: Session | None = None

    def deliver(self, sender: str, recipients: list[str], content: bytes) -> dict[str, Reply]:
        """Hand over one message; see ``lab.exchange.queues.queue.Session``."""
        if self._provider.settings.stages and self._real is None:
            self._real = self._dialer.open(self._connector)
        if self._real is not None:
            return self._real.deliver(sender, recipients, content)
        replies = {to: self._judged(sender, to) for to in recipients}
        taken = [to for to, reply in replies.items() if reply is _TAKEN]
        if taken:
            now = self._provider.clock.now()
            mail = (now, self._login, sender, tuple(taken), len(content), self._tls, message_id(content))
            self._provider.records.add(Accepted(*mail))
        return replies

    def quit(self) -> None:
        """Take leave."""
        if self._real:
            self._real.quit()

    def hang_up(self, who: str) -> None:
        """End it without a word."""
        if self._real:
            self._real.hang_up(who)

    def _judged(self, sender: str, recipient: str) -> Reply:
        refusal = self._provider.judge(self._login, sender, recipient, self._take)
        if refusal is None:
            return _TAKEN
        self._provider.refuse("rcpt", refusal, self._login, sender, recipient)
        return Reply(int(refusal[:3]), (refusal[4:],))

    def _take(self, account: str, limit: int) -> bool:
        provider = self._provider
        return provider.allowance.take(account, limit, provider.clock.now(), provider.settings.attempts_count)
