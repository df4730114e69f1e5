"""Files of the host as the agent finds and reads them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime

from lab.exchange.errors import CmdletError
from lab.pop3 import Pop3Host
from lab.pop3.files import HostIOError
from lab.twin.agent import Given, Refusal, unreadable


def file_of(given: Given, name: str, usual: str) -> str:
    """A file in a folder. Raises Refusal for what is none."""
    path = given.get(name) or usual
    if re.search(r'[\x00-\x1f\x7f-\x9f"]', path) or re.fullmatch(r".*[^:\\/][\\/][^:\\/]+", path) is None:
        raise unreadable(f"{name} is no path of a file in a folder.")
    return str(path)


def open_file(pop3: Pop3Host, path: str) -> bytes:
    """The bytes of a file. Raises Refusal where another holds it, CmdletError where Windows says no."""
    try:
        return pop3.files.read(path)
    except HostIOError as error:
        raise as_refusal(error) from None


def as_refusal(error: HostIOError) -> Refusal | CmdletError:
    """What the agent makes of a file operation that failed."""
    if error.kind == "locked":
        return Refusal("pop3_file_locked", error.message)
    if error.kind == "missing":
        return Refusal("pop3_file_missing", error.message)
    return CmdletError(error.message, error.type, "NotSpecified", error.type.rpartition(".")[2])


def from_base64(text: str) -> bytes:
    """As .NET reads it, blanks left out. Raises ValueError."""
    try:
        return base64.b64decode("".join(text.split(" ")).translate({9: None}), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def packed(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode("ascii")


def sha256(data: bytes) -> str:
    """In small hexadecimal letters."""
    return hashlib.sha256(data).hexdigest()


def utc(moment: datetime) -> str:
    """As times come over the wire."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
