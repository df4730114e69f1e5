"""Where the stand-ins inside a PowerShell process ask the simulated machine: one JSON line each way."""

from __future__ import annotations

import hmac
import json
import secrets
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from lab.pwsh.answers import Answers
from lab.pwsh.mirror import Mirror
from lab.pwsh.windows_answers import WindowsAnswers

Question = dict[str, Any]


class Bridge:
    """A server on 127.0.0.1 for one machine. Every process gets a token of its own, good while it runs.

    ``mirror``: the machine's files on a drive; ``ca_file``: whose certificates the host trusts.
    """

    def __init__(self, machine: SimulatedMachine, mirror: Mirror | None = None, ca_file: Path | None = None) -> None:
        self._answers = Answers(machine, WindowsAnswers(machine, mirror, ca_file).ops)
        self._processes: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, name="lab-pwsh-bridge", daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @contextmanager
    def process(self, cancelled: threading.Event) -> Iterator[str]:
        """The token for one process; a delay on its behalf ends early when ``cancelled`` is set."""
        token = secrets.token_hex(16)
        with self._lock:
            self._processes[token] = cancelled
        try:
            yield token
        finally:
            with self._lock:
                del self._processes[token]

    def answer(self, question: Question) -> dict[str, Any]:
        """The answer to one line; a failed cmdlet and a stranger's question are answers too."""
        cancelled = self._cancelled(str(question.get("token")))
        if cancelled is None:
            return {"error": {"message": "The lab does not know this process.", "category": "PermissionDenied"}}
        try:
            return {"answer": self._answers.to(question, cancelled)}
        except CmdletError as error:
            kept = {"type": error.type, "category": error.category, "error_id": error.error_id}
            return {"error": {"message": error.message, **kept}}

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _cancelled(self, token: str) -> threading.Event | None:
        with self._lock:
            for known, cancelled in self._processes.items():
                if hmac.compare_digest(known, token):
                    return cancelled
        return None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        super().__init__(("127.0.0.1", 0), _Line)


class _Line(socketserver.StreamRequestHandler):
    """One question, one answer, as ASCII."""

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        line = self.rfile.readline()
        if line.strip():
            answer = self.server.bridge.answer(json.loads(line))
            self.wfile.write(json.dumps(answer).encode("ascii") + b"\n")
