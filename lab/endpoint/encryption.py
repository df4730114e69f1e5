"""The multipart/encrypted body of WinRM over http (MS-WSMV 2.2.9.1).

Windows writes part headers with a leading tab, no blank line after them and no line break before the closing
boundary, so no MIME library can read or write it; the ciphertext is cut by length, never by boundary.
"""

from __future__ import annotations

import re
import struct
from typing import Final, NamedTuple

from spnego import ContextProxy

_PROTOCOL: Final = "application/HTTP-SPNEGO-session-encrypted"
CONTENT_TYPE: Final = f'multipart/encrypted;protocol="{_PROTOCOL}";boundary="Encrypted Boundary"'
_BOUNDARY: Final = b"--Encrypted Boundary"
_PART: Final = b"\tContent-Type: application/octet-stream\r\n"
_END: Final = _BOUNDARY + b"--\r\n"
_ORIGINAL: Final = re.compile(rb"\tOriginalContent: *type=([^\r\n]*); *Length=([0-9]+)\r\n")


class Opened(NamedTuple):
    """What was sealed, and its type."""

    content_type: str
    plaintext: bytes


class UndecipherableError(ValueError):
    """The body is no message that was sealed for this connection."""


def is_encrypted(content_type: str) -> bool:
    """Whether the header announces an encrypted message of NTLM or SPNEGO."""
    kind, _, parameters = content_type.lower().partition(";")
    return kind.strip() == "multipart/encrypted" and _PROTOCOL.lower() in parameters


def open_message(body: bytes, security: ContextProxy) -> Opened:
    """One encrypted message in plaintext; raises UndecipherableError."""
    try:
        content_type, length, sealed = _cut(body)
        size = struct.unpack_from("<I", sealed)[0]
        signature, rest = sealed[4 : 4 + size], sealed[4 + size :]
        # NTLM seals without padding, so the ciphertext is as long as the plaintext.
        if len(rest) != length:
            raise UndecipherableError(f"{len(rest)} bytes sealed, {length} announced")
        return Opened(content_type, security.unwrap_winrm(signature, rest))
    except UndecipherableError:
        raise
    except Exception as error:
        raise UndecipherableError(type(error).__name__) from error


def seal_message(message: Opened, security: ContextProxy) -> bytes:
    """The body that carries ``message`` encrypted."""
    content_type, plaintext = message
    wrapped = security.wrap_winrm(plaintext)
    return b"".join(
        (
            _BOUNDARY + b"\r\n\tContent-Type: " + _PROTOCOL.encode() + b"\r\n",
            b"\tOriginalContent: type=%s;Length=%d\r\n" % (content_type.encode("latin-1"), len(plaintext)),
            _BOUNDARY + b"\r\n" + _PART,
            struct.pack("<I", len(wrapped.header)),
            wrapped.header,
            wrapped.data,
            _END,
        )
    )


def _cut(body: bytes) -> tuple[str, int, bytes]:
    start = body.find(_PART)
    original = _ORIGINAL.search(body, 0, max(start, 0))
    if not original or not body.endswith(_END):
        raise UndecipherableError("not two parts")
    return original[1].decode("latin-1"), int(original[2]), body[start + len(_PART) : -len(_END)]
