"""The thread in which a simulated provider listens.

aiosmtpd brings a Controller for that. It needs to know its port before it listens, and on closing it waits for
every client to say goodbye; a lab takes any free port and must end whatever its clients do.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Final, Protocol

_ADDRESS: Final = "127.0.0.1"
_PATIENCE: Final = 5.0  # seconds for cut connections to be gone
_TURNS: Final = 5  # of the loop, from an accepted connection to its protocol


class ClientConnection(Protocol):
    """What the server asks of a connection."""

    def abort(self) -> None:
        """Cut it."""


MakeConnection = Callable[[set[ClientConnection]], asyncio.BaseProtocol]


class ProviderServer:
    """One port by name for each of ``kinds``, which makes one protocol for every client.

    That enters itself in the set while it is open. ``ports`` are 0 unless it listens.
    """

    def __init__(self, **kinds: MakeConnection) -> None:
        self._kinds = kinds
        self._open: set[ClientConnection] = set()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self.ports = dict.fromkeys(kinds, 0)

    def start(self) -> None:
        """Listen on any free ports; on return it takes connections."""
        listeners = {kind: _bound() for kind in self._kinds}
        ready = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(listeners, ready),), name="lab-provider", daemon=True
        )
        self._thread.start()
        ready.wait()
        self.ports = {kind: int(listener.getsockname()[1]) for kind, listener in listeners.items()}

    def close(self) -> None:
        """Stop listening and cut every connection; the thread is gone on return."""
        if self._thread is None or self._loop is None or self._ended is None:
            return
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._thread, self.ports = None, dict.fromkeys(self._kinds, 0)

    async def _serve(self, listeners: dict[str, socket.socket], ready: threading.Event) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        servers = [await self._listen(self._kinds[kind], listener) for kind, listener in listeners.items()]
        ready.set()
        await self._ended.wait()
        await self._let_in(listeners.values())
        for server in servers:
            server.close()
        await self._cut_all()

    async def _listen(self, make: MakeConnection, listener: socket.socket) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: make(self._open), sock=listener)

    async def _let_in(self, listeners: Iterable[socket.socket]) -> None:
        """Accept nobody else; whoever was accepted is first led in, since asyncio would lose him with the server."""
        for listener in listeners:
            asyncio.get_running_loop().remove_reader(listener)
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _cut_all(self) -> None:
        horizon = asyncio.get_running_loop().time() + _PATIENCE
        while self._open and asyncio.get_running_loop().time() < horizon:
            for connection in list(self._open):
                connection.abort()
            await asyncio.sleep(0.01)


def _bound() -> socket.socket:
    """asyncio sends small pieces at once only where the socket says that it is TCP, which create_server's does not."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((_ADDRESS, 0))
    return listener
