"""How a request is cut into calls, and what any bytes that come back are taken for."""

from __future__ import annotations

import base64
import gzip
import json
import math
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import parts, wire
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import AgentFailed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import (
    ExchangeShell,
    Reply,
    Request,
    Step,
    StepError,
    StepResult,
)
from tests.unit.plugin_utils.run.examples import (
    HOST,
    OTHER_PASSWORD,
    PASSWORD,
    credential,
    done,
    keys_of,
    marked,
    packed,
    reply_data,
    request_in,
)

PREFIX = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
LONGEST_COMMAND_LINE = 8191
"""Characters that cmd.exe takes, through which WinRM 2.0 starts a command."""
WHOLE = packed(reply_data(done("read", {"Name": "ä\u2028"})))


def noise(size: int, seed: int = 1) -> str:
    """A text that hardly shrinks when it is packed."""
    return base64.b64encode(random.Random(seed).randbytes(size * 3 // 4)).decode("ascii")


def large(count: int, size: int = 30_000, **more: Any) -> Request:
    """A request of steps of that size each."""
    steps = [Step(f"s{at}", "Set-SendConnector", {"Comment": noise(size, at)}) for at in range(count)]
    return Request(tuple(steps), **more)


def test_the_command_line_begins_exactly_so() -> None:
    line = wire.command_line()
    assert line.startswith(PREFIX)
    assert len(line) <= LONGEST_COMMAND_LINE
    assert line.isascii() and line.isprintable()
    decoder = base64.b64decode(line.removeprefix(PREFIX), validate=True).decode("utf-16-le")
    assert len(decoder) <= 3039


def test_stdin_is_the_agent_and_the_request_in_short_ascii_lines() -> None:
    shell = ExchangeShell("endpoint", "http://localhost/PowerShell/", "NT4ADMINS\\Ädmin", PASSWORD)
    request = Request((Step("read", "Get-SendConnector", {"x": "„ü“ \U0001f4ee"}, ("Name",), True),), shell)
    stdin = wire.encode_request(request)
    assert stdin.isascii()
    assert max(map(len, stdin.splitlines())) <= 4096
    text = gzip.decompress(base64.b64decode(stdin)).decode("ascii")
    assert text.startswith(parts.agent_text(["Get-SendConnector"]) + "\n#REQUEST#{")
    assert text.count("\n#REQUEST#") == 1
    assert request_in(stdin) == {
        "protocol": 1,
        "exchange": "endpoint",
        "endpoint": {
            "uri": "http://localhost/PowerShell/",
            "credential": credential("NT4ADMINS\\Ädmin", "exchange_endpoint"),
        },
        "steps": [
            {
                "id": "read",
                "command": "Get-SendConnector",
                "parameters": {"x": "„ü“ \U0001f4ee"},
                "select": ["Name"],
                "always": True,
            }
        ],
        "secrets": {"exchange_endpoint": PASSWORD},
    }


def test_a_step_that_selects_nothing_does_not_say_so() -> None:
    request = request_in(wire.encode_request(Request((Step("a", "b"),))))
    assert request["steps"] == [{"id": "a", "command": "b", "parameters": {}}]
    assert "endpoint" not in request


def test_equal_requests_are_equal_bytes() -> None:
    assert wire.encode_request(large(1)) == wire.encode_request(large(1))


def test_a_small_request_is_one_call() -> None:
    request = large(1)
    assert wire.encode_calls(request) == [(request, wire.encode_request(request))]


def test_a_request_without_steps_is_one_call() -> None:
    assert len(wire.encode_calls(Request(()))) == 1


@pytest.mark.parametrize("count", [3, 4, 7, 12])
def test_a_large_request_is_cut_between_steps(count: int) -> None:
    request = large(count)
    calls = wire.encode_calls(request)
    assert len(calls) > 1
    assert [step for part, stdin in calls for step in part.steps] == list(request.steps)
    for part, stdin in calls:
        assert len(stdin) <= wire.STDIN_LIMIT
        assert [step["id"] for step in request_in(stdin)["steps"]] == [step.id for step in part.steps]


def test_a_request_is_not_cut_before_it_must_be() -> None:
    request = large(2)
    size = len(wire.encode_request(request))
    assert len(wire.encode_calls(request, size)) == 1
    assert len(wire.encode_calls(request, size - 1)) == 2


@pytest.mark.parametrize("steps", [1, 2])
def test_a_step_that_fits_no_call_is_refused(steps: int) -> None:
    with pytest.raises(AgentFailed) as caught:
        wire.encode_calls(large(steps, 120_000))
    assert keys_of(caught.value) == ["request_too_large"]
    assert "Set-SendConnector" in str(caught.value)
    assert str(wire.STDIN_LIMIT) in str(caught.value)


def test_each_part_holds_only_the_secrets_that_it_names() -> None:
    steps = (
        Step("a", "Set-SendConnector", {"Comment": noise(60_000, 1), "AuthenticationCredential": credential()}),
        Step("b", "Set-SendConnector", {"Comment": noise(60_000, 2), "Password": {"$secret": "login:zwei"}}),
        Step("c", "Set-SendConnector", {"Comment": noise(60_000, 3) + '"$secret": "login"'}),
    )
    shell = ExchangeShell("endpoint", "http://localhost/PowerShell/", "admin", "Third-Password-55-Gartentor")
    secrets = {"login": PASSWORD, "login:zwei": OTHER_PASSWORD, "log": "Never-Named-91-Wasserhahn"}
    calls = wire.encode_calls(Request(steps, shell, secrets))
    sent = {part.steps[0].id: request_in(stdin)["secrets"] for part, stdin in calls}
    endpoint = {"exchange_endpoint": "Third-Password-55-Gartentor"}
    assert sent == {
        "a": {"login": PASSWORD, **endpoint},
        "b": {"login:zwei": OTHER_PASSWORD, **endpoint},
        "c": endpoint,
    }


def test_a_whole_reply() -> None:
    error = {"message": "nein", "type": "T", "category": "C", "error_id": "E", "code": "exchange_missing"}
    data = reply_data(
        done("a", {"Name": "x"}, {"Name": "y"}),
        {"id": "b", "status": "failed", "output": None, "error": error, "ms": None},
        {"id": "c", "status": "not_tried"},
        warnings=["Achtung"],
    )
    assert wire.decode_reply(packed(data), 0, HOST) == Reply(
        agent="0.1.0",
        powershell="2.0",
        computer="SBS",
        results=(
            StepResult("a", "done", ({"Name": "x"}, {"Name": "y"}), None, 3),
            StepResult("b", "failed", (), StepError("nein", "T", "C", "E", "exchange_missing")),
            StepResult("c", "not_tried"),
        ),
        warnings=("Achtung",),
    )


def test_an_error_without_its_parts_is_read() -> None:
    result = {"id": "a", "status": "failed", "error": {"message": None, "code": None}}
    reply = wire.decode_reply(packed(reply_data(result)), 0, HOST)
    assert reply.results == (StepResult("a", "failed", (), StepError("")),)


def test_a_reply_without_warnings_is_read() -> None:
    data = reply_data(done("a"), warnings=None)
    assert wire.decode_reply(packed(data), 0, HOST).warnings == ()


AROUND: list[tuple[bytes, bytes]] = [
    (b"", b""),
    (b"Microsoft Windows\r\n\r\n", b"\r\nBye\r\n"),
    (b"\xff\xfe\x00\x80", b"\x80\x81"),
    (b"\xef\xbb\xbf", b""),
    (b"<<<SBS.MAILFLOW.REPLY is what will come\n", b"SBS.MAILFLOW.REPLY>>>\n"),
    (b"SBS.MAILFLOW.REPLY>>>\n", b"<<<SBS.MAILFLOW.REPLY\n"),
    (b"x" * 100_000, b"y" * 100_000),
    (b"AAAA\n" * 10_000, b"=\n" * 10_000),
]


@pytest.mark.parametrize(("before", "after"), AROUND)
def test_whatever_is_printed_around_a_reply_is_no_matter(before: bytes, after: bytes) -> None:
    assert wire.decode_reply(before + WHOLE + after, 0, HOST).results[0].output == ({"Name": "ä\u2028"},)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r\r\n", b" \n", b""])
def test_a_reply_comes_in_lines_of_any_end(line_end: bytes) -> None:
    (first, *content, last) = WHOLE.splitlines()
    reply = first + b"\n" + line_end.join(content) + b"\n" + last
    assert wire.decode_reply(reply, 0, HOST).computer == "SBS"


def test_five_megabytes_arrive_whole() -> None:
    names = [noise(1000, at) for at in range(5000)]
    data = reply_data(done("read", *({"Name": name} for name in names)))
    assert len(json.dumps(data)) > 5_000_000
    reply = wire.decode_reply(packed(data), 0, HOST)
    assert [each["Name"] for each in reply.results[0].output] == names


def test_a_reply_counts_whatever_the_exit_code() -> None:
    assert wire.decode_reply(WHOLE, 1, HOST).computer == "SBS"


FIRST = packed(reply_data(done("own", {"Name": "ä"}), warnings=["early"], more=True))
REST = packed(reply_data(done("read", {"Name": "x"}), done("again"), warnings=["early", "late"]))


def test_the_parts_of_a_reply_are_one() -> None:
    reply = wire.decode_reply(b"banner\n" + FIRST + b"between\r\n" + REST + b"bye", 0, HOST)
    assert [result.id for result in reply.results] == ["own", "read", "again"]
    assert (reply.warnings, reply.cut) == (("early", "late"), "")


@pytest.mark.parametrize("end", range(len(FIRST + REST) + 1))
def test_a_reply_that_ends_anywhere_keeps_the_parts_that_are_whole(end: int) -> None:
    one, all_of_it = len(FIRST.rstrip()), len((FIRST + REST).rstrip())
    if end < one:
        with pytest.raises(AgentFailed):
            wire.decode_reply((FIRST + REST)[:end], -9, HOST)
        return
    reply = wire.decode_reply((FIRST + REST)[:end], -9, HOST)
    whole = end >= all_of_it
    assert [result.id for result in reply.results] == (["own", "read", "again"] if whole else ["own"])
    assert bool(reply.cut) is not whole
    assert whole or "exit code -9" in reply.cut


UNUSABLE_REST: dict[str, bytes] = {
    "a hole": REST[:40] + REST[60:],
    "no base64": b"<<<SBS.MAILFLOW.REPLY\n{}\nSBS.MAILFLOW.REPLY>>>",
    "no JSON": marked(gzip.compress(b"{")),
    "other types": packed(reply_data(results=5)),
    "words": b"Process is terminated due to StackOverflowException.",
}


@pytest.mark.parametrize("rest", UNUSABLE_REST.values(), ids=UNUSABLE_REST)
def test_a_last_part_that_cannot_be_used_is_one_that_is_missing(rest: bytes) -> None:
    reply = wire.decode_reply(FIRST + rest, 1, HOST)
    assert ([result.id for result in reply.results], bool(reply.cut)) == (["own"], True)


@pytest.mark.parametrize(
    ("rest", "key"),
    [
        (packed(reply_data(protocol=2)), "reply_foreign"),
        (marked(gzip.compress(b" " * (wire.REPLY_LIMIT + 1))), "reply_too_large"),
    ],
)
def test_a_last_part_may_not_be_anything(rest: bytes, key: str) -> None:
    with pytest.raises(AgentFailed) as caught:
        wire.decode_reply(FIRST + rest, 0, HOST)
    assert keys_of(caught.value) == [key]


def test_behind_the_last_part_nothing_counts() -> None:
    assert wire.decode_reply(WHOLE + REST + FIRST, 0, HOST) == wire.decode_reply(WHOLE, 0, HOST)


def test_no_process_answers_in_more_than_two_parts() -> None:
    reply = wire.decode_reply(FIRST * 1000 + REST, 0, HOST)
    assert ([result.id for result in reply.results], bool(reply.cut)) == (["own", "own"], True)


@pytest.mark.parametrize("more", [None, 0, 1, "true", [], {}])
def test_only_true_announces_another_part(more: Any) -> None:
    assert wire.decode_reply(packed(reply_data(done("a"), more=more)) + REST, 0, HOST).cut == ""


def cut(reply: bytes) -> list[bytes]:
    """The reply ended at various places after its first mark, and with a hole."""
    size = len(reply)
    return [*(reply[:end] for end in (25, size // 2, size - 8)), reply[:40] + reply[60:]]


BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "reply_missing"),
    "something else": (b"Access is denied.\r\n", "reply_missing"),
    "no first mark": (WHOLE[22:], "reply_missing"),
    "the marks alone": (b"<<<SBS.MAILFLOW.REPLY\nSBS.MAILFLOW.REPLY>>>", "reply_cut"),
    "white space without an end": (b"<<<SBS.MAILFLOW.REPLY" + b" \n" * 100_000, "reply_cut"),
    "no base64": (b"<<<SBS.MAILFLOW.REPLY\n{}\nSBS.MAILFLOW.REPLY>>>", "reply_cut"),
    "half a base64": (b"<<<SBS.MAILFLOW.REPLY\nA\nSBS.MAILFLOW.REPLY>>>", "reply_cut"),
    "no gzip": (marked(b'{"protocol": 1}'), "reply_cut"),
    "half a gzip": (marked(gzip.compress(b"{}" * 99)[:-9]), "reply_cut"),
    "a gzip with a flaw": (marked(gzip.compress(b"{}" * 99)[:-8] + bytes(8)), "reply_cut"),
    "no JSON": (marked(gzip.compress(b'{"protocol": 1')), "reply_cut"),
    "no ASCII": (marked(gzip.compress('"ä"'.encode())), "reply_cut"),
    "JSON too deep": (marked(gzip.compress(b"[" * 200_000)), "reply_cut"),
    "no object": (packed([1]), "reply_cut"),
    "another protocol": (packed(reply_data(protocol=2)), "reply_foreign"),
    "no protocol": (packed({}), "reply_cut"),
    **{f"cut {at}": (reply, "reply_cut") for at, reply in enumerate(cut(WHOLE))},
}


@pytest.mark.parametrize(("stdout", "key"), BROKEN.values(), ids=BROKEN)
def test_a_broken_reply_is_refused(stdout: bytes, key: str) -> None:
    with pytest.raises(AgentFailed) as caught:
        wire.decode_reply(stdout, 3, HOST)
    assert keys_of(caught.value) == [key]


@pytest.mark.parametrize("missing", ["protocol", "agent", "powershell", "computer", "results"])
def test_a_reply_without_one_of_its_parts_is_refused(missing: str) -> None:
    data = reply_data(done("a"))
    del data[missing]
    with pytest.raises(AgentFailed):
        wire.decode_reply(packed(data), 0, HOST)


UNFIT: list[dict[str, Any]] = [
    {"results": None},
    {"results": 5},
    {"results": "done"},
    {"results": {"a": 1}},
    {"results": [None]},
    {"results": [{}]},
    {"results": [{"id": "a"}]},
    {"results": [{"status": "done"}]},
    {"results": [done("a") | {"status": "perhaps"}]},
    {"results": [done("a") | {"status": None}]},
    {"results": [done("a") | {"output": 5}]},
    {"results": [done("a") | {"output": "text"}]},
    {"results": [done("a") | {"output": ["text"]}]},
    {"results": [done("a") | {"output": [None]}]},
    {"results": [done("a") | {"output": {"Name": "x"}}]},
    {"results": [done("a") | {"error": "text"}]},
    {"results": [done("a") | {"error": [1]}]},
    {"results": [done("a") | {"ms": "viel"}]},
    {"results": [done("a") | {"ms": [1]}]},
    {"results": [done("a") | {"ms": math.inf}]},
    {"results": [done("a") | {"ms": math.nan}]},
    {"warnings": 5},
]


@pytest.mark.parametrize("unfit", UNFIT, ids=str)
def test_a_reply_of_other_types_is_refused(unfit: dict[str, Any]) -> None:
    with pytest.raises(AgentFailed) as caught:
        wire.decode_reply(packed(reply_data(**unfit)), 0, HOST)
    assert keys_of(caught.value) == ["reply_cut"]


@pytest.mark.parametrize(
    ("stdout", "words"),
    [
        (b"  Access\r\n\tis denied. ", "'Access is denied.'"),
        (b"\x1b[31mrot\x00\xff", "'\\u001b[31mrot\\u0000\ufffd'"),
        (b"", "''"),
    ],
)
def test_a_missing_reply_is_told_with_the_first_words(stdout: bytes, words: str) -> None:
    with pytest.raises(AgentFailed) as caught:
        wire.decode_reply(stdout, 3, HOST)
    assert f"exit code 3; its output begins {words})" in str(caught.value)


def test_of_a_stray_output_only_little_is_told() -> None:
    with pytest.raises(AgentFailed) as caught:
        wire.decode_reply(b"x" * 1000, 3, HOST)
    assert str(caught.value).count("x" * 10) <= 12


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
RESULT = st.fixed_dictionaries(
    {}, optional={key: JSON | st.just("done") for key in ("id", "status", "output", "error", "ms")}
)
REPLY = st.fixed_dictionaries(
    {"protocol": st.just(1) | JSON, "agent": JSON, "powershell": JSON, "computer": JSON},
    optional={"results": st.lists(RESULT, max_size=2) | JSON, "warnings": JSON},
)


def decoded(stdout: bytes) -> Reply | None:
    """The reply, or None where it was refused; any other exception is the test's failure."""
    try:
        return wire.decode_reply(stdout, 0, HOST)
    except AgentFailed:
        return None


@given(st.binary())
def test_no_bytes_are_a_reply_or_a_crash(stdout: bytes) -> None:
    assert decoded(stdout) is None


@given(st.binary())
def test_no_bytes_between_the_marks_are_a_reply_or_a_crash(content: bytes) -> None:
    assert decoded(marked(content)) is None
    assert decoded(marked(gzip.compress(content))) is None


@given(st.text(alphabet="ABz+/= \r\n", max_size=60))
def test_no_text_between_the_marks_is_a_reply_or_a_crash(text: str) -> None:
    assert decoded(b"<<<SBS.MAILFLOW.REPLY\n" + text.encode() + b"\nSBS.MAILFLOW.REPLY>>>") is None


@given(JSON | REPLY)
def test_any_json_is_a_usable_reply_or_refused(data: Any) -> None:
    reply = decoded(packed(data))
    for result in reply.results if reply else ():
        assert result.status in ("done", "failed", "not_tried")
        assert all(isinstance(each, dict) for each in result.output)
        assert isinstance(result.milliseconds, int)


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_reply_with_one_other_byte_is_the_same_or_refused(at: int, byte: int) -> None:
    reply = decoded(WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])
    assert reply in (None, decoded(WHOLE))
