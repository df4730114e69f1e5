"""All listeners of a lab behind one selector; each connection gets a thread of its own."""

from __future__ import annotations

import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from lab.endpoint.accounts import Accounts
from lab.endpoint.connection import Connection
from lab.endpoint.host import Host

_BACKLOG: Final = 128
ADDRESS: Final = "127.0.0.1"


@dataclass
class _Listener:
    host: Host
    tls: ssl.SSLContext | None
    port: int
    socket: socket.socket | None = None


class Listeners:
    """Listens for any number of hosts with one thread."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._selector = selectors.DefaultSelector()
        self._listeners: list[_Listener] = []
        self._connections: set[Connection] = set()
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._jobs: list[Callable[[], None]] = []
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._closing = False
        self._thread = threading.Thread(target=self._accept_all, name="lab-listeners", daemon=True)

    def listen(self, host: Host, tls: ssl.SSLContext | None, port: int = 0) -> int:
        """Listen for ``host`` (0: any free port); returns the port. Raises OSError if it is taken."""
        listener = _Listener(host, tls, port)
        self._open(listener)
        self._listeners.append(listener)
        return listener.port

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()

    def refuse(self, host: Host, seconds: float | None = None) -> None:
        """Close the ports of ``host``, so that the system refuses connections, for ``seconds`` or until readmitted."""
        self._do(lambda: self._each(host, self._shut))
        if seconds is not None:
            timer = threading.Timer(seconds, self.readmit, (host,))
            timer.daemon = True
            self._timers.append(timer)
            timer.start()

    def readmit(self, host: Host) -> None:
        """Open the same ports again; does nothing where they are open."""
        self._do(lambda: self._each(host, self._open))

    def close(self) -> None:
        """Stop listening and end every connection."""
        for timer in self._timers:
            timer.cancel()
        self._closing = True
        self._waker.send(b"x")
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        for listener in self._listeners:
            self._shut(listener)
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.close()
        self._selector.close()
        self._waker.close()
        self._woken.close()

    def _each(self, host: Host, action: Callable[[_Listener], None]) -> None:
        for listener in self._listeners:
            if listener.host is host:
                action(listener)

    def _do(self, job: Callable[[], None]) -> None:
        """Do it in the selector's thread, and wait: closing a socket under a waiting selector is undefined.

        Raises the OSError that the job raised.
        """
        done = threading.Event()
        errors: list[OSError] = []

        def job_and_tell() -> None:
            try:
                job()
            except OSError as error:
                errors.append(error)
            finally:
                done.set()

        if self._closing:
            return
        with self._lock:
            self._jobs.append(job_and_tell)
        self._waker.send(b"x")
        done.wait(timeout=10)
        if errors:
            raise errors[0]

    def _open(self, listener: _Listener) -> None:
        if listener.socket:
            return
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((ADDRESS, listener.port))
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
        listening.setblocking(False)
        listener.socket, listener.port = listening, listening.getsockname()[1]
        self._selector.register(listening, selectors.EVENT_READ, listener)

    def _shut(self, listener: _Listener) -> None:
        if listener.socket:
            self._selector.unregister(listener.socket)
            listener.socket.close()
            listener.socket = None

    def _accept_all(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select():
                if isinstance(key.data, _Listener):
                    self._accept(key.data)
                else:
                    self._woken.recv(4096)
                    self._run_jobs()

    def _run_jobs(self) -> None:
        with self._lock:
            jobs, self._jobs = self._jobs, []
        for job in jobs:
            job()

    def _accept(self, listener: _Listener) -> None:
        if not listener.socket:
            return
        try:
            peer, _ = listener.socket.accept()
        except OSError:
            return
        peer.setblocking(True)
        connection = Connection(peer, listener.host, self._accounts, listener.tls, next(self._numbers))
        with self._lock:
            self._connections.add(connection)
        threading.Thread(target=self._serve, args=(connection,), name="lab-connection", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        finally:
            with self._lock:
                self._connections.discard(connection)
