"""A process's reply taken apart, as docs/wire.md has it, for tests that look at what stands there."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

_PART = re.compile(rb"<<<SBS\.MAILFLOW\.REPLY\r?\n([A-Za-z0-9+/=\s]*)SBS\.MAILFLOW\.REPLY>>>\r?\n")


def texts_in(stdout: bytes) -> list[str]:
    """The JSON of each part of the reply, in the clear."""
    return [gzip.decompress(base64.b64decode(found)).decode("ascii") for found in _PART.findall(stdout)]


def parts_in(stdout: bytes) -> list[dict[str, Any]]:
    """The parts of the reply."""
    return [json.loads(text) for text in texts_in(stdout)]


def whole(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """The reply that they are parts of: each but the last announces another."""
    assert [part.get("more", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    results = [result for part in parts for result in part["results"]]
    return {**parts[-1], "results": results}
