# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a request and its reply travel: docs/wire.md, to the letter."""

from __future__ import annotations

import base64
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from ..errors import AgentFailed, MailflowError, NoReply, NotStarted, RequestTooLarge
from ..messages import notice_of, reason_of
from ..request import DONE, FAILED, NOT_TRIED, Reply, Request, Step, StepError, StepResult
from ..secrecy.scrubbing import Scrubber
from . import parts
from .endings import Ending, without_reply

PROTOCOL = 1
STDIN_LIMIT = 100_000
"""Bytes of stdin a call: WinRM 2.0 takes envelopes of 150 KB, and base64 and XML come on top."""
PREFIX = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
_REQUEST_MARK = "\n#REQUEST#"
_REPLY_BEGINS = b"<<<SBS.MAILFLOW.REPLY"
_REPLY = re.compile(rb"<<<SBS\.MAILFLOW\.REPLY\s([A-Za-z0-9+/=\s]*)SBS\.MAILFLOW\.REPLY>>>")
_LINE = 4096
_PARTS = 2
"""A process answers in at most so many: what needs no Exchange, then the rest."""
REPLY_LIMIT = 64 * 1024 * 1024
"""Bytes of a part of a reply when unpacked: 50,000 messages stay far below; a few MB of gzip can become gigabytes."""
SAYINGS = frozenset(
    {
        *("Text", "Reply", "Capabilities", "Certificate", "LastError", "Errors", "Lines", "Log"),
        *("Greeting", "Ehlo", "Tls", "Mail", "Replies", "Error", "Problems", "Uids"),
    }
)
"""Properties in which a host or a server speaks. Secrets are taken out of them at the door, before anything is made of
them; names and settings stay as they are, since they are compared with what is declared."""
_FILL = 0.95
"""How much of a call is planned for, since parts of a request are packed a little worse than the whole."""
_UNUSABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    OverflowError,
    RecursionError,
    zlib.error,
)
"""What base64, gzip, JSON and a reply of other types than agreed raise."""


@lru_cache(maxsize=1)
def command_line() -> str:
    """The one command line that is ever sent: it decodes stdin and runs it. Case matters to Ansible <= 2.20."""
    decoder = (parts.FOLDER / "decoder.ps1").read_text(encoding="ascii")
    return PREFIX + base64.b64encode(decoder.encode("utf-16-le")).decode("ascii")


def encode_request(request: Request) -> bytes:
    """One call's stdin: base64 of a gzip, ASCII, in lines."""
    agent = parts.agent_text(step.command for step in request.steps)
    text = agent + _REQUEST_MARK + json.dumps(request.as_data(), ensure_ascii=True) + "\n"
    packed = base64.b64encode(gzip.compress(text.encode("ascii"), mtime=0))
    lines = [packed[at : at + _LINE] for at in range(0, len(packed), _LINE)]
    return b"\n".join(lines) + b"\n"


def encode_calls(request: Request, limit: int = STDIN_LIMIT) -> list[tuple[Request, bytes]]:
    """The request as as few calls as fit the limit, cut between steps; RequestTooLarge where one step is too large."""
    whole = encode_request(request)
    if len(whole) <= limit:
        return [(request, whole)]
    if len(request.steps) == 1:
        raise RequestTooLarge(reason_of("request_too_large", request.steps[0].command, size=len(whole), limit=limit))
    size = -(-len(request.steps) // _pieces(request, len(whole), limit))
    parts = (_part(request, request.steps[at : at + size]) for at in range(0, len(request.steps), size))
    return [call for part in parts for call in encode_calls(part, limit)]


def _pieces(request: Request, size: int, limit: int) -> int:
    """Into how many parts to cut, two at least: the agent goes with each, and the steps are much of a size."""
    agent = len(encode_request(replace(request, steps=())))
    room = max(1, int((limit - agent) * _FILL))
    return min(max(2, -(-(size - agent) // room)), len(request.steps))


def _part(request: Request, steps: Sequence[Step]) -> Request:
    """The same request with some of its steps, and only the secrets that they name."""
    named = json.dumps([step.as_data() for step in steps]) if request.secrets else ""
    secrets = {name: value for name, value in request.secrets.items() if json.dumps({"$secret": name})[1:-1] in named}
    return replace(request, steps=tuple(steps), secrets=secrets)


def decode_reply(stdout: bytes, exit_code: int, where: str, secrets: Iterable[str] = (), stderr: bytes = b"") -> Reply:
    """The reply of one process, its parts joined, whatever else was printed; ``cut`` where it ends before its last.
    Raises AgentFailed or NotStarted, which repeat no secret, where there is no first part."""
    hide = Scrubber(secrets)
    reply: Reply | None = None
    for match in islice(_REPLY.finditer(stdout), _PARTS):
        try:
            part, more = _told(match[1], where, hide)
        except _UNUSABLE as error:
            if reply is None:
                raise AgentFailed(reason_of("reply_cut", where)) from error
            break
        reply = replace(part, results=(*(reply.results if reply else ()), *part.results))
        if not more:
            return reply
    if reply is None:
        raise _no_reply(Ending(exit_code, stdout, stderr), where, hide)
    return replace(reply, cut=notice_of("reply_ends", code=exit_code))


def has_reply(stdout: bytes) -> bool:
    """Whether the agent has begun to answer."""
    return _REPLY_BEGINS in stdout


def _no_reply(ending: Ending, where: str, hide: Scrubber) -> MailflowError:
    """Why there is nothing between two marks."""
    if has_reply(ending.stdout):
        return AgentFailed(reason_of("reply_cut", where))
    reason = without_reply(ending, where, hide)
    return NotStarted(reason) if reason else NoReply(reason_of("reply_missing", where, ending=ending.told(hide)))


def _told(packed: bytes, where: str, hide: Scrubber) -> tuple[Reply, bool]:
    """One part of a reply, and whether it announces another; AgentFailed where it is of another protocol."""
    data = json.loads(_unpacked(base64.b64decode(packed), where))
    if data["protocol"] != PROTOCOL:
        raise AgentFailed(reason_of("reply_foreign", where, protocol=data["protocol"], expected=PROTOCOL))
    return _reply(data, hide), data.get("more") is True


def _unpacked(packed: bytes, where: str) -> str:
    """The text of a gzip; AgentFailed where it is larger than any part of a reply."""
    with gzip.open(io.BytesIO(packed)) as file:
        text = file.read(REPLY_LIMIT + 1)
    if len(text) > REPLY_LIMIT:
        raise AgentFailed(reason_of("reply_too_large", where, limit=REPLY_LIMIT))
    return text.decode("ascii")


def _reply(data: Mapping[str, Any], hide: Scrubber) -> Reply:
    return Reply(
        agent=str(data["agent"]),
        powershell=str(data["powershell"]),
        computer=hide.spoken(_text(data["computer"])),
        results=tuple(_result(result, hide) for result in data["results"]),
        warnings=tuple(hide.spoken(warning) for warning in data.get("warnings") or ()),
        domain=_text(data.get("domain")),
    )


def _text(value: Any) -> str:
    """A name as a text; what is none names nobody."""
    return value if isinstance(value, str) else ""


def _result(data: Mapping[str, Any], hide: Scrubber) -> StepResult:
    error, output = data.get("error"), data.get("output") or []
    if data["status"] not in (DONE, FAILED, NOT_TRIED):
        raise ValueError("no status of a step")
    if not isinstance(output, list) or not all(isinstance(each, dict) for each in output):
        raise TypeError("no list of objects")
    return StepResult(
        id=str(data["id"]),
        status=data["status"],
        output=_said(output, hide),
        error=_error(error, hide) if error else None,
        milliseconds=int(data.get("ms") or 0),
    )


def _said(output: list[dict[str, Any]], hide: Scrubber) -> tuple[dict[str, Any], ...]:
    """The objects of a step without secrets in what somebody says there; all at once, since there may be thousands."""
    told = hide([{name: value for name, value in each.items() if name in SAYINGS} for each in output])
    return tuple({**each, **said} for each, said in zip(output, told, strict=True))


def _error(data: Mapping[str, Any], hide: Scrubber) -> StepError:
    texts = {key: hide.spoken(data.get(key) or "") for key in ("message", "type", "category", "error_id")}
    return StepError(**texts, code=data.get("code"))
