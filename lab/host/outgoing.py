"""The mail that a host's Exchange sends: past its queues or into them, and the log of what was said."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.exchange.delivery import Result, Sender
from lab.exchange.dialer import SmtpDialer
from lab.exchange.organisation import Organisation
from lab.exchange.protocol_log import ProtocolLog
from lab.exchange.schannel import TlsClient
from lab.exchange.transport_server import TransportServer
from lab.host.state import StateError

PATIENCE = 5.0  # seconds for an answer of a smart host; a real server waits for minutes


class Outgoing:
    """``log`` is the server's SmtpSend protocol log; ``versions`` are those of TLS that its SMTP offers now."""

    def __init__(
        self,
        computer_name: str,
        fqdn: str,
        now: Callable[[], datetime],
        versions: Callable[[], tuple[str, ...]],
        lock: threading.RLock,
    ) -> None:
        self._computer_name = computer_name
        self._fqdn = fqdn
        self._now = now
        self._versions = versions
        self._lock = lock
        self.log = ProtocolLog(now)

    def smtp_dialer(self, ca_file: Path | None, timeout: float = PATIENCE) -> SmtpDialer:
        """Over real SMTP."""
        return SmtpDialer(self._fqdn, TlsClient(self._versions(), ca_file), self.log, timeout)

    def log_path(self, organisation: Organisation | None) -> str | None:
        """The folder of the log; None where none is written."""
        settings = self._settings(organisation)
        return settings.SendProtocolLogPath if settings else None

    def log_files(self, organisation: Organisation | None, path: str) -> Mapping[str, str]:
        """The files of the log in that folder of the host: their texts by name."""
        text, folder = self.log.text, self.log_path(organisation) or ""
        return {"SEND1.LOG": text} if text and path.rstrip("\\").lower() == folder.rstrip("\\").lower() else {}

    def send(
        self,
        organisation: Organisation | None,
        sender: str,
        recipients: Sequence[str],
        count: int,
        ca_file: Path | None,
        timeout: float,
    ) -> list[dict[str, Any]]:
        """Send now, past the queues; see ``SimulatedMachine.send``."""
        with self._lock:
            if organisation is None:
                raise StateError("send: this host has no simulated Exchange")
            connectors = copy.deepcopy(organisation.connectors_in_effect())
        server = Sender(connectors, self._now, self.smtp_dialer(ca_file, timeout))
        results = server.send(sender, recipients, count)
        self._track(organisation, sender, results)
        return [result.as_data() for result in results]

    def _track(self, organisation: Organisation, sender: str, results: Sequence[Result]) -> None:
        """What has left stands in the message tracking log, one event a message and connector."""
        settings = self._settings(organisation)
        if settings and not settings.MessageTrackingLogEnabled:
            return
        sent: dict[tuple[int, str], list[str]] = {}
        for result in results:
            if result.status == "delivered":
                sent.setdefault((result.message, result.connector or ""), []).append(result.recipient)
        with self._lock:
            for (number, connector), recipients in sent.items():
                organisation.addressing.tracking.sent(sender, recipients, connector, f"Message {number} of the lab")

    def _settings(self, organisation: Organisation | None) -> TransportServer | None:
        return organisation.transport_servers.settings.get(self._computer_name) if organisation else None
