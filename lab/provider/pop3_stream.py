"""One connection that speaks in lines: bytes in and out, and TLS from its beginning or later."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from typing import Final

from lab.provider.server import ClientConnection

_LINE: Final = 12288  # as long as the SMTP side takes; RFC 2449 asks clients to stay below 256 octets
_FAREWELL: Final = 2.0  # seconds for the client to close its side of TLS


class Gone(Exception):
    """Nothing more comes from the client."""


class Stream(asyncio.Protocol):
    """``talk`` is one conversation, which ends where it returns; ``opened`` holds the connections that are open."""

    def __init__(self, talk: Callable[[Stream], Awaitable[None]], opened: set[ClientConnection]) -> None:
        self._talk = talk
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._pending = bytearray()
        self._news = asyncio.Event()
        self._ended = False
        self.tls = False

    async def line(self) -> bytes:
        """The next line, without its end. Raises Gone, also for a line that is too long."""
        while b"\n" not in self._pending:
            if self._ended or len(self._pending) > _LINE:
                raise Gone
            await self._more()
        line, _, rest = self._pending.partition(b"\n")
        self._pending = bytearray(rest)
        return bytes(line.removesuffix(b"\r"))

    def send(self, data: bytes) -> None:
        """Send it; nothing where the client is gone."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands; what came in the clear until then is forgotten (RFC 2595, section 4). Raises Gone."""
        assert self._transport
        self._pending.clear()
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(
                self._transport, self, context, server_side=True, ssl_shutdown_timeout=_FAREWELL
            )
        except (OSError, EOFError):
            upgraded = None
        if upgraded is None:
            self.abort()
            self.connection_lost(None)  # which nobody else calls while hands are being shaken
            raise Gone
        self._transport, self.tls = upgraded, True

    async def gone(self) -> None:
        """Wait, silent, until the client has had enough. Always raises Gone."""
        while not self._ended:
            await self._more()
        raise Gone

    def close(self) -> None:
        """Close it once all is sent."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        """Cut it."""
        if self._transport:
            self._transport.abort()

    async def _more(self) -> None:
        assert self._transport
        self._transport.resume_reading()
        self._news.clear()
        await self._news.wait()

    # -- asyncio's own ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.pause_reading()  # the first bytes may belong to TLS
        self._opened.add(self)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def data_received(self, data: bytes) -> None:
        self._pending += data
        self._news.set()

    def eof_received(self) -> bool:
        """A client in the clear that has said its last word still hears the answers to it."""
        self._ended = True
        self._news.set()
        return not self.tls

    def connection_lost(self, error: Exception | None) -> None:
        self._ended = True
        self._news.set()
        self._opened.discard(self)

    async def _run(self) -> None:
        with contextlib.suppress(Gone):
            await self._talk(self)
        self.close()
