"""The exact command line with standard input, in a real PowerShell."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable

import pytest

from .conftest import Run, stdin_of

pytestmark = [pytest.mark.pwsh, pytest.mark.own_powershell]

REQUEST = {"protocol": 1, "exchange": "none", "steps": [], "secrets": {}}


@pytest.mark.parametrize(
    "disguise",
    [
        lambda sent: sent,
        lambda sent: b"\xef\xbb\xbf" + sent + b"\r\n",
        lambda sent: "\u00b4\u2557\u2510".encode() + sent,  # a byte order mark, read with code page 850
        lambda sent: sent.replace(b"\n", b" \r\n\t"),
        lambda sent: sent.replace(b"\n", b""),
    ],
    ids=["plain", "byte order mark", "misread byte order mark", "white space", "one line"],
)
def test_it_reads_the_standard_input(run_stdin: Callable[..., Run], disguise: Callable[[bytes], bytes]) -> None:
    done = run_stdin(disguise(stdin_of(REQUEST)))
    assert (done.code, done.stderr) == (0, "")
    assert done.reply["results"] == []


def test_the_reply_is_ascii_in_lines_between_its_marks(run_stdin: Callable[..., Run]) -> None:
    done = run_stdin(stdin_of(REQUEST))
    assert done.stdout.isascii()
    assert max(map(len, done.stdout.splitlines())) <= 4096
    assert set(done.reply) == {"protocol", "agent", "powershell", "computer", "domain", "results", "warnings"}
    assert (done.reply["protocol"], done.reply["agent"], done.reply["computer"]) == (1, "0.1.0", "SBS")


@pytest.mark.parametrize(
    "stdin",
    [
        b"",
        b"no base64!",
        base64.b64encode(b"no gzip"),
        base64.b64encode(gzip.compress(b"no mark")),
        stdin_of(REQUEST)[:2000],
    ],
    ids=["nothing", "no base64", "no gzip", "no mark", "cut"],
)
def test_what_it_cannot_decode_ends_with_an_exit_code(run_stdin: Callable[..., Run], stdin: bytes) -> None:
    done = run_stdin(stdin)
    assert done.code == 1
    assert "<<<SBS.MAILFLOW.REPLY" not in done.stdout
    assert done.stderr != ""


def test_the_mark_inside_a_request_does_not_matter(run_stdin: Callable[..., Run]) -> None:
    step = {"id": "\n#REQUEST#{}", "command": "Get-HostFacts"}
    done = run_stdin(stdin_of({**REQUEST, "steps": [step]}))
    assert done.reply["results"][0]["id"] == "\n#REQUEST#{}"
