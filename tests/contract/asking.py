"""Sends one request to a backend of the lab and takes the reply apart."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts, wire
from lab.wsman.backend import Backend, Call
from tests.reply_parts import parts_in, texts_in, whole


@dataclass(frozen=True)
class Answer:
    """What a backend gave for one call; ``everything`` is all that it wrote, the reply in the clear.

    ``reply`` is all of its ``parts``; none where the process ended before the last of them.
    """

    code: int
    stdout: bytes
    stderr: bytes
    reply: dict[str, Any]
    everything: str
    parts: list[dict[str, Any]]


def stdin_of(request: dict[str, Any] | str, changes: Mapping[str, str] | None = None) -> bytes:
    """A request as it is sent; a text goes out as it is, JSON or not. ``changes`` are made in the agent's text."""
    text = request if isinstance(request, str) else json.dumps(request)
    steps = [] if isinstance(request, str) else request["steps"]
    agent = parts.agent_text(step["command"] for step in steps)
    for old, new in (changes or {}).items():
        assert old in agent
        agent = agent.replace(old, new)
    return base64.encodebytes(gzip.compress(f"{agent}\n#REQUEST#{text}".encode("ascii")))


def ask(backend: Backend, request: dict[str, Any] | str) -> Answer:
    """Run the exact command line on the backend."""
    return ask_raw(backend, wire.command_line(), stdin_of(request))


def ask_raw(backend: Backend, command_line: str, stdin: bytes) -> Answer:
    out, err = bytearray(), bytearray()
    code = backend.run(Call(command_line, lambda: stdin, out.extend, err.extend, threading.Event()))
    return take_apart(code, bytes(out), bytes(err))


def take_apart(code: int, out: bytes, err: bytes) -> Answer:
    """What a command gave, with its reply in the clear."""
    parts = parts_in(out)
    ended = not parts or parts[-1].get("more", False)
    everything = "\n".join([out.decode(), err.decode(), *texts_in(out)])
    return Answer(code, out, err, {} if ended else whole(parts), everything, parts)
