"""The multipart/encrypted body of WinRM over http (MS-WSMV 2.2.9.1).

Windows writes part headers with a leading tab, no blank line after them and no line break before the closing
boundary, so no MIME library can read or write it; the ciphertext is cut by length, never by boundary.
"""

from __future__ import annotations

import struct
from typing import Final

from spnego import ContextProxy

CONTENT_TYPE: Final = (
    'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
)
_BOUNDARY: Final = b"--Encrypted Boundary"
_PART: Final = b"\tContent-Type: application/octet-stream\r\n"
_END: Final = _BOUNDARY + b"--\r\n"
_LENGTH: Final = b"Length="


class UndecipherableError(ValueError):
    """The body is no message that was sealed for this connection."""


def is_encrypted(content_type: str) -> bool:
    """Whether the header announces an encrypted message of NTLM or SPNEGO."""
    return content_type.replace(" ", "").lower().startswith("multipart/encrypted;")


def open_message(body: bytes, security: ContextProxy) -> bytes:
    """The plaintext of one encrypted message; raises UndecipherableError."""
    try:
        length, sealed = _cut(body)
        size = struct.unpack_from("<I", sealed)[0]
        signature, rest = sealed[4 : 4 + size], sealed[4 + size :]
        # NTLM seals without padding, so the ciphertext is as long as the plaintext.
        if len(rest) != length:
            raise UndecipherableError(f"{len(rest)} bytes sealed, {length} announced")
        return security.unwrap_winrm(signature, rest)
    except UndecipherableError:
        raise
    except Exception as error:
        raise UndecipherableError(type(error).__name__) from error


def seal_message(plaintext: bytes, security: ContextProxy) -> bytes:
    """The body that carries ``plaintext`` encrypted."""
    wrapped = security.wrap_winrm(plaintext)
    return b"".join(
        (
            _BOUNDARY + b"\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n",
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % len(plaintext),
            _BOUNDARY + b"\r\n" + _PART,
            struct.pack("<I", len(wrapped.header)),
            wrapped.header,
            wrapped.data,
            _END,
        )
    )


def _cut(body: bytes) -> tuple[int, bytes]:
    start = body.find(_PART)
    mark = body.find(_LENGTH, 0, max(start, 0))
    if start < 0 or mark < 0 or not body.endswith(_END):
        raise UndecipherableError("not two parts")
    length = int(body[mark + len(_LENGTH) : body.index(b"\r\n", mark)])
    return length, body[start + len(_PART) : -len(_END)]
