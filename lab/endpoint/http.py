"""HTTP/1.1 as far as a WinRM listener needs it: requests with a Content-Length or in chunks, answers in one send."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message
from typing import BinaryIO, Final

# More than any envelope a client could mean; a larger body closes the connection unread.
MAX_BODY: Final = 64 * 1024 * 1024
_MAX_LINE: Final = 16 * 1024
_MAX_HEADERS: Final = 100
SOAP_TYPE: Final = "application/soap+xml"
_LENGTH: Final = re.compile("[0-9]{1,20}")
_CHUNK_SIZE: Final = re.compile(r"([0-9A-Fa-f]{1,8})[ \t]*(;.*)?")
_REASONS: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
}


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


def soap_charset(content_type: str) -> str | None:
    """The charset that a SOAP message announces, in small letters and empty if none; None where it is no SOAP 1.2."""
    message = Message()
    message["Content-Type"] = content_type
    charset = str(message.get_param("charset", "")).lower()
    return charset if message.get_content_type() == SOAP_TYPE and charset in ("", "utf-8", "utf-16") else None


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
    body = _chunked(stream) if _is_chunked(headers) else _read(stream, headers.get("content-length", "0"))
    return HttpRequest(words[0], words[1], headers, body)


def _is_chunked(headers: dict[str, str]) -> bool:
    encoding = headers.get("transfer-encoding", "").lower()
    if encoding and (encoding != "chunked" or "content-length" in headers):
        raise BadRequestError(f"a body in {encoding}, or of two lengths")
    return bool(encoding)


def _chunked(stream: BinaryIO) -> bytes:
    """A body in chunks (RFC 9112, 7.1); trailers are passed over."""
    body = bytearray()
    while True:
        size = _CHUNK_SIZE.fullmatch(_line(stream) or "")
        if not size or len(body) + int(size[1], 16) > MAX_BODY:
            raise BadRequestError("no chunk, or one too many")
        if not int(size[1], 16):
            _headers(stream)
            return bytes(body)
        body += _read(stream, str(int(size[1], 16)))
        if _line(stream) != "":
            raise BadRequestError("a chunk that is longer than it says")


def _read(stream: BinaryIO, length: str) -> bytes:
    if not _LENGTH.fullmatch(length) or int(length) > MAX_BODY:
        raise BadRequestError(f"a body of {length} bytes")
    body = stream.read(int(length))
    if len(body) != int(length):
        raise BadRequestError("the end of the stream within a body")
    return body


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
