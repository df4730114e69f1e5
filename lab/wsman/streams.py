"""The pipes of one command: output that waits to be received, input that waits to be read."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

PIECE_BYTES: Final = 32 * 1024
# What one rsp:Stream element costs around its base64 text.
STREAM_CHARS: Final = 160


class AbortedError(Exception):
    """The command was cancelled or its shell ended."""


@dataclass(frozen=True)
class Taken:
    """What one Receive takes: pieces of (stream name, bytes), and the exit code once all has been taken."""

    pieces: list[tuple[str, bytes]]
    exit_code: int | None


class Output:
    """Queue of stdout and stderr pieces, in the order in which they were written.

    ``joins``: neighbours of one stream leave as one piece, where False each write stays a piece of its own.
    """

    def __init__(self) -> None:
        self.joins = True
        self._ready = threading.Condition()
        self._pieces: deque[tuple[str, memoryview]] = deque()
        self._exit_code: int | None = None
        self._aborted = False

    def write(self, name: str, data: bytes) -> None:
        """Append; output of a cancelled command is lost."""
        if not data:
            return
        with self._ready:
            if not self._aborted:
                self._pieces.append((name, memoryview(bytes(data))))
                self._ready.notify_all()

    def finish(self, exit_code: int) -> None:
        """The process has ended."""
        with self._ready:
            self._exit_code = exit_code
            self._ready.notify_all()

    def abort(self) -> None:
        """Wake all who wait; they get AbortedError."""
        with self._ready:
            self._aborted = True
            self._ready.notify_all()

    @property
    def finished(self) -> bool:
        """Whether the process has ended."""
        with self._ready:
            return self._exit_code is not None

    def wait_for_end(self, timeout: float) -> None:
        """Wait until the process has ended, or was cancelled, or for so many seconds."""
        with self._ready:
            self._ready.wait_for(lambda: self._aborted or self._exit_code is not None, timeout)

    def take(self, chars: int, timeout: float) -> Taken | None:
        """Take what fits into ``chars`` of XML; None when nothing comes in ``timeout`` seconds.

        Raises AbortedError when the command was cancelled before or meanwhile.
        """
        with self._ready:
            self._ready.wait_for(self._has_news, timeout)
            if self._aborted:
                raise AbortedError
            if not self._has_news():
                return None
            pieces = self._take_pieces(chars)
            return Taken(pieces, None if self._pieces else self._exit_code)

    def _has_news(self) -> bool:
        return self._aborted or bool(self._pieces) or self._exit_code is not None

    def _take_pieces(self, chars: int) -> list[tuple[str, bytes]]:
        taken: list[tuple[str, bytes]] = []
        while self._pieces:
            room = min(PIECE_BYTES, (chars - STREAM_CHARS) // 4 * 3)
            if room <= 0:
                break
            name, data = self._join(room)
            taken.append((name, data))
            chars -= STREAM_CHARS + (len(data) + 2) // 3 * 4
        return taken

    def _join(self, room: int) -> tuple[str, bytes]:
        """Join neighbours of one stream up to ``room`` bytes."""
        stream = self._pieces[0][0]
        parts: list[memoryview] = []
        while self._pieces and room > 0 and self._pieces[0][0] == stream:
            _, data = self._pieces.popleft()
            parts.append(data[:room])
            if len(data) > room:
                self._pieces.appendleft((stream, data[room:]))
            room = room - len(parts[-1]) if self.joins else 0
        return stream, b"".join(parts)


class Input:
    """Stdin of one command: pieces as Send brings them, until the one marked as the end."""

    def __init__(self) -> None:
        self._ready = threading.Condition()
        self._pieces: list[bytes] = []
        self._ended = False
        self._aborted = False

    def feed(self, data: bytes, end: bool) -> None:
        """Queue one piece."""
        with self._ready:
            self._pieces.append(data)
            self._ended = self._ended or end
            self._ready.notify_all()

    def abort(self) -> None:
        """Wake the reader; it gets AbortedError."""
        with self._ready:
            self._aborted = True
            self._ready.notify_all()

    @property
    def ended(self) -> bool:
        """Whether all of it is here."""
        with self._ready:
            return self._ended

    def read(self) -> bytes:
        """All input; waits for its end. Raises AbortedError when the command is cancelled while it waits."""
        with self._ready:
            self._ready.wait_for(lambda: self._ended or self._aborted)
            if not self._ended:
                raise AbortedError
            return b"".join(self._pieces)
