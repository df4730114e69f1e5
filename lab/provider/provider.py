"""The simulated provider: settings that can change at run time, clock, allowance, maildrops, records, both servers."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Final

from lab.endpoint.certificates import Certificates
from lab.host.clock import Clock
from lab.provider.judgement import Judgement
from lab.provider.pop3_session import Pop3Session
from lab.provider.pop3_stream import Stream
from lab.provider.server import ClientConnection, ProviderServer
from lab.provider.session import SmtpSession
from lab.provider.settings import Mailbox, ProviderSettings, changed
from lab.provider.tls import pop3_context, smtp_context
from lab.provider.values import SettingsError

_OF_TLS: Final = (
    *("certificate_names", "pop3_certificate_names", "certificate_keys"),
    *("tls_versions", "suites", "tls_groups", "pop3_tls13_only"),
)
__all__ = ["SettingsError", "SimulatedProvider"]


class SimulatedProvider(Judgement):
    """A provider as a context manager, listening on 127.0.0.1 between ``start`` and ``close``.

    ``data`` is what a state's key ``provider`` holds (SettingsError if it is wrong), ``certificates`` the CA that
    its certificate comes from. Tests may set ``clock``; ``records`` tells what happened, ``errors`` holds what went
    wrong inside the simulation itself. ``clock`` is one that others share; a time in ``data`` wins over it.
    """

    def __init__(self, data: object, certificates: Certificates, clock: Clock | None = None) -> None:
        super().__init__(data, certificates, clock)
        self._lock = threading.Lock()
        self._server = ProviderServer(smtp=self._smtp, pop3=self._pop3, pop3_plain=self._pop3_plain)
        for box in self.settings.mailboxes:
            self.maildrops.fill(box.address, box.messages, self.clock.now())

    @property
    def ports(self) -> dict[str, int]:
        """Where it listens: ``smtp``, ``pop3`` (TLS from the first byte), ``pop3_plain`` (STLS); 0 before ``start``."""
        return dict(self._server.ports)

    @property
    def port(self) -> int:
        """Where it takes mail; 0 before ``start``."""
        return self._server.ports["smtp"]

    def __enter__(self) -> SimulatedProvider:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Listen; on return it takes connections."""
        self._server.start()

    def close(self) -> None:
        """Stop listening, cut every connection."""
        self._server.close()

    def change(self, change: object) -> None:
        """Change mailboxes and settings: all of it or, if anything is wrong, nothing (SettingsError).

        An open SMTP connection keeps the certificate, STARTTLS and mechanisms with which it began, an open POP3 session
        the messages.
        """
        with self._lock:
            settings = changed(self.settings, change)
            if any(getattr(settings, name) != getattr(self.settings, name) for name in _OF_TLS):
                contexts = smtp_context(settings, self._certificates), pop3_context(settings, self._certificates)
                self.tls_context, self.pop3_tls_context = contexts
            told = settings.clock != self.settings.clock
            self._refill(settings)
            self.settings = settings
            if told:
                self.clock = self._own_clock()

    def _refill(self, settings: ProviderSettings) -> None:
        """Only where the change names the messages of a mailbox; else it keeps those that POP3 has left."""
        for box in self.settings.mailboxes:
            if settings.mailbox(box.address) is None:
                self.maildrops.forget(box.address)
        for box in settings.mailboxes:
            known = self.settings.mailbox(box.address)
            # The very same tuple: equal messages may be put in anew.
            if known is None or box.messages is not known.messages:
                self.maildrops.fill(box.address, box.messages, self.clock.now())

    def dump(self) -> dict[str, Any]:
        """The whole provider as JSON can hold it. Instead of a password there is its SHA-256 in hexadecimal."""
        return {
            "port": self.port,
            "pop3_port": self.ports["pop3"],
            "pop3_plain_port": self.ports["pop3_plain"],
            "now": self.clock.now().isoformat(),
            "clock_factor": self.clock.factor,
            **self.settings.dump(),
            "mailboxes": [self._dump_mailbox(box) for box in self.settings.mailboxes],
            **self.records.dump(),
        }

    def _dump_mailbox(self, box: Mailbox) -> dict[str, Any]:
        now = self.clock.now()
        return {
            **box.dump(),
            "young": self.settings.is_young(box, now),
            "per_hour": self.settings.limit_of(box, now),
            "last_hour": self.allowance.used(box.address, now),
            "messages": [{"uid": one.uid, **one.message.dump()} for one in self.maildrops.waiting(box.address)],
            "maildrop_open": self.maildrops.is_open(box.address),
        }

    def _smtp(self, opened: set[ClientConnection]) -> SmtpSession:
        return SmtpSession(self, opened)

    def _pop3(self, opened: set[ClientConnection]) -> Stream:
        return Stream(Pop3Session(self, tls=True).talk, opened)

    def _pop3_plain(self, opened: set[ClientConnection]) -> Stream:
        return Stream(Pop3Session(self, tls=False).talk, opened)
