"""What a host says, on its way in: without secrets before anything is made of it, of any size that can be, and shown so
that no terminal obeys it."""

from __future__ import annotations

import ast
import base64
import gzip
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils import messages
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import AgentFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import NOTICES, REASONS, notice_of, reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.visible import folded, visible
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, Request, Step
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import HIDDEN
from tests.unit.plugin_utils.reason_keys import keys_of

SECRET = "Zq7  Regenrinne'\"\u00e4 4471-Kupferdach"
OWN = "vW3&Sandbank <Wetterhahn> 8812"
PLUGINS = Path(wire.__file__).parents[2]


def packed(data: Mapping[str, Any]) -> bytes:
    return between(gzip.compress(json.dumps(data).encode("ascii"), mtime=0))


def between(content: bytes) -> bytes:
    return b"\n<<<SBS.MAILFLOW.REPLY\n" + base64.encodebytes(content) + b"SBS.MAILFLOW.REPLY>>>\n"


def answered(*results: Mapping[str, Any], **more: Any) -> bytes:
    return packed({"protocol": 1, "agent": "1", "powershell": "2.0", "computer": "SBS", "results": results, **more})


def ask(stdout: bytes, stderr: bytes = b"") -> Reply:
    """The reply of a host that knows the request's secret and the connection's own."""
    session = Session(lambda _line, _stdin: (0, stdout, stderr), "sbs", secrets=[OWN])
    return session.ask(Request((Step("read", "Get-Queue"),), secrets={"login": SECRET}))


def test_errors_and_warnings_come_in_without_any_secret_and_on_one_line() -> None:
    words = f"Ung\u00fcltig:\r\n{SECRET} \u202eund\x1b[2J {OWN}"
    error = {"message": words, "type": "t", "category": "c", "error_id": words}
    reply = ask(answered({"id": "read", "status": "failed", "error": error}, warnings=[words]))
    expected = f"Ung\u00fcltig: {HIDDEN} \\u202eund\\u001b[2J {HIDDEN}"
    (result,) = reply.results
    assert result.error is not None
    assert (result.error.message, result.error.error_id, reply.warnings) == (expected, expected, (expected,))


def test_what_a_server_said_comes_in_without_any_secret_and_names_come_as_they_are() -> None:
    row = {"Text": f"535 {SECRET}", "Errors": [{"Text": OWN}], "LastError": json.dumps(SECRET), "Name": f"a {OWN}\x1b"}
    (result,) = ask(answered({"id": "read", "status": "done", "output": [row]})).results
    said = {"Text": f"535 {HIDDEN}", "Errors": [{"Text": HIDDEN}], "LastError": f'"{HIDDEN}"'}
    assert result.output == ({**said, "Name": row["Name"]},)


@pytest.mark.parametrize("blanks", [0, 100, 3990, 5000])
def test_no_beginning_of_an_output_shows_half_a_secret(blanks: int) -> None:
    for at in range(0, 125, 3):
        stray = " " * blanks + "x" * at + f" {SECRET} {OWN}"
        for stdout, stderr in ((stray.encode(), b""), (b"", stray.encode())):
            with pytest.raises(AgentFailed) as caught:
                ask(stdout, stderr)
            assert not re.search("Zq7|Regen|vW3|Sand", str(caught.value))


def test_a_reply_that_unpacks_without_an_end_is_refused() -> None:
    bomb = gzip.compress(b" " * (wire.REPLY_LIMIT + 1))
    assert len(bomb) < 100_000
    with pytest.raises(AgentFailed) as caught:
        wire.decode_reply(between(bomb), 0, "sbs")
    assert keys_of(caught.value.reasons) == ["reply_too_large"]


def test_fifty_thousand_messages_pass() -> None:
    row = {"Identity": "SBS\\17\\1", "LastError": "450 4.7.0 Transmit rate limit exceeded", "Subject": "x" * 200}
    rows = [{**row, "Identity": f"SBS\\17\\{number}", "InternetMessageId": "x" * 80} for number in range(50_000)]
    (result,) = ask(answered({"id": "read", "status": "done", "output": rows})).results
    assert len(result.output) == 50_000


# ---- shown -----------------------------------------------------------------------------------------------------------

OBEYED = ["\x1b[2J", "\x07", "\x7f", "\x9b1A", "\x85", "\r\n", "\u2028", "\u2029", "\u202e", "\u2066", "\u2069"]
OBEYED += ["\u200b", "\u200f", "\u2060", "\ufeff", "\u061c", "\ud800", "\x00", "\u00ad", "\U000e0041"]


@pytest.mark.parametrize("sign", OBEYED, ids=ascii)
def test_what_a_terminal_obeys_is_written_out(sign: str) -> None:
    assert visible(f"a{sign}z").isprintable()
    assert visible(f"a{sign}z") == visible(visible(f"a{sign}z"))


READABLE = ["", "Gr\u00fc\u00dfe an M\u00fcller & S\u00f6hne", "\u042f\u4e2d \U0001f511", "a\\nb"]


@pytest.mark.parametrize("text", READABLE)
def test_what_can_be_read_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(st.text())
def test_no_text_shows_anything_that_is_obeyed(text: str) -> None:
    shown = visible(text)
    assert not [each for each in shown if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert len(folded(shown).splitlines()) <= 1


def values_of(sentence: str) -> dict[str, str]:
    return {name: f"a{''.join(OBEYED)}z" for name in re.findall(r"\{(\w+)", sentence)}


@pytest.mark.parametrize("key", REASONS)
def test_no_reason_shows_what_a_host_has_put_into_it(key: str) -> None:
    reason = reason_of(key, f"sbs{''.join(OBEYED)}", **values_of(" ".join(REASONS[key])))
    assert all(text.isprintable() for text in reason.as_data().values()) and str(reason).isprintable()


@pytest.mark.parametrize("key", NOTICES)
def test_no_notice_shows_what_a_host_has_put_into_it(key: str) -> None:
    assert notice_of(key, **values_of(NOTICES[key])).isprintable()


# ---- one place -------------------------------------------------------------------------------------------------------

CUTS = {
    "missing[:20]",
    "messages[:20]",
    "sorted(labels, key=str.lower)[:10]",
    "f'Smarthost {provider.display_name}'[:64]",
    "quoted[:100]",
}
"""What else is cut to a number: lists, and names that we make."""


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(PLUGINS.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_text_is_folded_and_cut_in_one_place() -> None:
    """Elsewhere it would come before the secrets are out, or forget what else has to be done with what others say."""
    folds, cuts = set(), set()
    for path, tree in trees():
        for node in ast.walk(tree):
            text = ast.unparse(node) if isinstance(node, (ast.Call, ast.Subscript)) else ""
            if isinstance(node, ast.Call) and re.fullmatch(r"(?s)'[ \\n]*'\.join\(.*\.split(lines)?\(\)\)", text):
                folds.add(path.name)
            if isinstance(node, ast.Subscript) and re.search(r"(?s)[^\[]\[:\d\d+\]$", text):
                cuts.add(text)
    assert (folds, cuts) == ({"visible.py"}, CUTS)


def test_sentences_are_made_in_one_place() -> None:
    """A reason that is not said by ``reason_of`` would show what it holds as it came."""
    places = {
        path.name
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Reason"
    }
    assert places == {Path(messages.__file__).name}
