"""HTTP/1.1 as far as a WinRM listener needs it: requests with a Content-Length, answers in one send."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, Final

# More than any envelope a client could mean; a larger body closes the connection unread.
MAX_BODY: Final = 64 * 1024 * 1024
_MAX_LINE: Final = 16 * 1024
_MAX_HEADERS: Final = 100
SOAP_TYPE: Final = "application/soap+xml;charset=UTF-8"
_REASONS: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 413: "Request Entity Too Large"}


class BadRequestError(ValueError):
    """The peer does not speak HTTP as WinRM clients do; the connection must be closed."""


@dataclass(frozen=True)
class HttpRequest:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of a header (name in lower case)."""
        return self.headers.get(name)

    @property
    def wants_close(self) -> bool:
        """Whether the client will use the connection no longer."""
        return (self.header("connection") or "").lower() == "close"


@dataclass(frozen=True)
class HttpAnswer:
    """One answer; ``headers`` may hold a name several times (WWW-Authenticate)."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def as_bytes(self) -> bytes:
        """Head and body together, so that they leave in one send."""
        # Windows leaves the reason of a 401 empty.
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}", "Server: Microsoft-HTTPAPI/2.0"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.content_type:
            lines.append(f"Content-Type: {self.content_type}")
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


def read_http(stream: BinaryIO) -> HttpRequest | None:
    """Read one request, its body too whatever comes of it (or keep-alive breaks); None at the end of the stream.

    Raises BadRequestError.
    """
    start = _line(stream)
    if start is None:
        return None
    words = start.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError("no HTTP/1 request line")
    headers = _headers(stream)
    if "transfer-encoding" in headers:
        raise BadRequestError("a transfer encoding")
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        raise BadRequestError(f"a body of {length} bytes")
    body = stream.read(int(length))
    if len(body) != int(length):
        return None
    return HttpRequest(words[0], words[1], headers, body)


def _headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MAX_HEADERS):
        line = _line(stream)
        if not line:
            return headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    raise BadRequestError("too many headers")


def _line(stream: BinaryIO) -> str | None:
    line = stream.readline(_MAX_LINE)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise BadRequestError("an endless line")
    return line.decode("latin-1").rstrip("\r\n")
