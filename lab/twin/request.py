"""The twin's own reading of docs/wire.md: command line, standard input, request and reply as bytes."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
MAX_DECODER = 3039
MAX_STDIN = 100_000
_ANY_ENCODED = re.compile(r"powershell(?:\.exe)?(?: -[A-Za-z]+(?: [A-Za-z]+)?)* -EncodedCommand (\S+)", re.IGNORECASE)
_REQUEST_MARK = "\n#REQUEST#"
_LINE = 4096


class BrokenCall(Exception):
    """The call does not keep to the wire page: what is wrong, for stderr; the exit code is 1."""


class UnreadableRequest(Exception):
    """The request is no JSON of protocol 1; the agent answers this one, with the code request_unreadable."""


@dataclass(frozen=True)
class Script:
    """The PowerShell text of a command line; ``exact`` tells whether the wire's own prefix stood before it."""

    text: str
    exact: bool


def read_command_line(command_line: str) -> Script | None:
    """The script behind ``-EncodedCommand``, or None for any other command line. Raises BrokenCall."""
    exact = command_line.startswith(PREFIX)
    match = _ANY_ENCODED.fullmatch(command_line.strip())
    if match is None:
        return None
    try:
        text = base64.b64decode(match[1], validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        raise BrokenCall("The value of -EncodedCommand is no base64 of UTF-16LE.") from None
    if re.search(r"-EncodedCommand\s", text, re.IGNORECASE):
        raise BrokenCall(
            "The encoded command starts another encoded command: something between the action plugin and the host "
            "wrapped the command line once more, so the standard input would reach the wrong process."
        )
    return Script(text, exact)


def read_stdin(sent: bytes) -> str:
    """The request's JSON out of the standard input. Raises BrokenCall."""
    if len(sent) > MAX_STDIN:
        raise BrokenCall(f"The standard input has {len(sent)} bytes; at most {MAX_STDIN} are agreed.")
    packed = b"".join(sent.removeprefix(b"\xef\xbb\xbf").split())
    if not packed:
        raise BrokenCall("The standard input is empty.")
    try:
        text = gzip.decompress(base64.b64decode(packed, validate=True)).decode("ascii")
    except (binascii.Error, OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BrokenCall(f"The standard input is no base64 of a gzip of ASCII text: {error}") from None
    agent, mark, request = text.rpartition(_REQUEST_MARK)
    if not mark or not agent.strip():
        raise BrokenCall("The standard input holds no agent and request with the mark #REQUEST# between them.")
    return request


def read_request(text: str) -> dict[str, Any]:
    """The request, checked as far as the agent must be able to read it. Raises UnreadableRequest."""
    try:
        request = json.loads(text)
    except ValueError:
        raise UnreadableRequest("The request is no JSON.") from None
    if not isinstance(request, dict) or request.get("protocol") != 1:
        raise UnreadableRequest("The request is not of protocol 1.")
    if not isinstance(request.get("steps"), list) or not isinstance(request.get("secrets") or {}, dict):
        raise UnreadableRequest("The request has no list of steps, or secrets that are no object.")
    for step in request["steps"]:
        _check_step(step)
    return request


def _check_step(step: object) -> None:
    if not isinstance(step, dict) or not isinstance(step.get("command"), str):
        raise UnreadableRequest("A step of the request names no command.")
    if not isinstance(step.get("parameters") or {}, dict) or not isinstance(step.get("select") or [], list):
        raise UnreadableRequest("The parameters of a step are an object, what it selects is a list.")


def write_reply(reply: Mapping[str, Any]) -> bytes:
    """The reply between its mark lines, with the line ends of Windows."""
    packed = base64.b64encode(gzip.compress(json.dumps(reply).encode("ascii"), mtime=0)).decode("ascii")
    lines = [packed[start : start + _LINE] for start in range(0, len(packed), _LINE)]
    return "\r\n".join(["<<<SBS.MAILFLOW.REPLY", *lines, "SBS.MAILFLOW.REPLY>>>", ""]).encode("ascii")
