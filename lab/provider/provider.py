"""The simulated provider: settings that can change at run time, clock, allowance, records, SMTP server."""

from __future__ import annotations

import ssl
import threading
from types import TracebackType
from typing import Any

from lab.clock import Clock
from lab.endpoint.certificates import Certificates
from lab.provider.allowance import Allowance
from lab.provider.records import Records
from lab.provider.server import Server
from lab.provider.session import Session
from lab.provider.settings import Mailbox, changed, read_settings
from lab.provider.values import SettingsError

__all__ = ["SettingsError", "SimulatedProvider"]


class SimulatedProvider:
    """A provider as a context manager, listening on 127.0.0.1 between ``start`` and ``close``.

    ``data`` is what a state's key ``provider`` holds (SettingsError if it is wrong), ``certificates`` the CA that
    its certificate comes from. Tests may set ``clock``; ``records`` tells what happened, ``errors`` holds what went
    wrong inside the simulation itself.
    """

    def __init__(self, data: object, certificates: Certificates) -> None:
        self.settings = read_settings(data)
        self.clock = Clock(self.settings.clock)
        self.allowance = Allowance()
        self.records = Records()
        self.errors: list[BaseException] = []
        self._certificates = certificates
        self._lock = threading.Lock()
        self.tls_context = self._issue(self.settings.certificate_names)
        self._server = Server(lambda opened: Session(self, opened))

    @property
    def port(self) -> int:
        """Where it listens; 0 before ``start``."""
        return self._server.port

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
        """Change mailboxes and knobs: all of it or, if anything is wrong, nothing (SettingsError).

        A connection that is open keeps the certificate, STARTTLS and mechanisms with which it began.
        """
        with self._lock:
            settings = changed(self.settings, change)
            if settings.certificate_names != self.settings.certificate_names:
                self.tls_context = self._issue(settings.certificate_names)
            if settings.clock != self.settings.clock:
                self.clock = Clock(settings.clock)
            self.settings = settings

    def dump(self) -> dict[str, Any]:
        """The whole provider as JSON can hold it. Instead of a password there is its SHA-256 in hexadecimal."""
        return {
            "port": self.port,
            "now": self.clock.now().isoformat(),
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
        }

    def _issue(self, names: tuple[str, ...]) -> ssl.SSLContext:
        try:
            return self._certificates.issue(*names)
        except ValueError as error:
            raise SettingsError(f"certificate_names: {list(names)}: {error}") from error
