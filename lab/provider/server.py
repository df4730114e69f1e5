"""The thread in which a simulated provider listens.

aiosmtpd brings a Controller for that. It needs to know its port before it listens, and on closing it waits for
every client to say goodbye; a lab takes any free port and must end whatever its clients do.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Final, Protocol

_ADDRESS: Final = "127.0.0.1"
_PATIENCE: Final = 5.0  # seconds for cut connections to be gone


class Connection(Protocol):
    """What the server asks of a connection."""

    def abort(self) -> None:
        """Cut it."""


class Server:
    """Makes one protocol with ``connection`` for every client, which enters itself in the set while it is open.

    ``port`` is 0 unless it listens.
    """

    def __init__(self, connection: Callable[[set[Connection]], asyncio.BaseProtocol]) -> None:
        self._connection = connection
        self._open: set[Connection] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self.port = 0

    def start(self) -> None:
        """Listen on any free port; on return it takes connections."""
        # asyncio sends small pieces at once only where the socket says that it is TCP, which create_server's does not.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind((_ADDRESS, 0))
        ready = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(listener, ready),), name="lab-provider", daemon=True
        )
        self._thread.start()
        ready.wait()
        self.port = int(listener.getsockname()[1])

    def close(self) -> None:
        """Stop listening and cut every connection; the thread is gone on return."""
        if self._thread is None or self._loop is None or self._ended is None:
            return
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._thread, self.port = None, 0

    async def _serve(self, listener: socket.socket, ready: threading.Event) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(lambda: self._connection(self._open), sock=listener)
        ready.set()
        await self._ended.wait()
        server.close()
        await self._cut_all()

    async def _cut_all(self) -> None:
        horizon = asyncio.get_running_loop().time() + _PATIENCE
        while self._open and asyncio.get_running_loop().time() < horizon:
            for connection in list(self._open):
                connection.abort()
            await asyncio.sleep(0.01)
