"""A reply of 5 MB of JSON arrives whole; what coding it costs."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import time

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.wire import decode_reply, encode_calls
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Request, Step

FIVE_MB = 5_000_000


def reply(size: int) -> bytes:
    """What an agent prints whose reply is at least so many bytes of JSON."""
    rows = [{"Name": f"Connector {number}", "Comment": "Schöne Grüße " * 8} for number in range(size // 150)]
    result = {"id": "read", "status": "done", "output": rows, "error": None, "ms": 1}
    data = {"protocol": 1, "agent": "0", "powershell": "2.0", "computer": "SBS", "results": [result], "warnings": []}
    text = json.dumps(data)
    assert len(text) >= size
    packed = base64.encodebytes(gzip.compress(text.encode("ascii"), mtime=0))
    return b"\r\n<<<SBS.MAILFLOW.REPLY\r\n" + packed + b"SBS.MAILFLOW.REPLY>>>\r\n"


def test_reply_of_five_megabytes() -> None:
    printed = reply(FIVE_MB)
    started = time.perf_counter()
    answer = decode_reply(printed, 0, "sbs")
    used = time.perf_counter() - started
    assert len(answer.result("read").output) == FIVE_MB // 150
    print(f"\n{FIVE_MB} bytes of JSON, {len(printed)} on the wire: decoded in {1000 * used:.0f} ms")


def test_request_of_many_steps_is_cut_to_calls() -> None:
    names = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(4000)]
    steps = tuple(Step(name, "Set-SendConnector", {"Identity": name}) for name in names)
    calls = encode_calls(Request(steps))
    sizes = [len(stdin) for _, stdin in calls]
    print(f"\n{len(steps)} steps: {len(calls)} calls, {max(sizes)} bytes at most")
    assert len(calls) > 1 and max(sizes) <= 100_000
    assert [step.id for part, _ in calls for step in part.steps] == names
