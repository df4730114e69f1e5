"""The WS-Man core without a transport: envelopes in, status and envelopes out."""

from __future__ import annotations

import base64
import threading
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.wsman import names
from lab.wsman.backend import Call
from lab.wsman.envelope import UnreadableEnvelopeError, read_request
from lab.wsman.profile import STOCK, profile_named
from lab.wsman.service import Answer
from lab.wsman.shell import Command
from lab.wsman.streams import AbortedError, Input, Output
from tests.unit.lab.wsman.wsman_client import MESSAGE, POWERSHELL, Client, answer_of, envelope


def relates_to(answer: Answer) -> str | None:
    return ElementTree.fromstring(answer.body).findtext(f".//{{{names.ADDRESSING}}}RelatesTo")


def test_message_id_comes_back_verbatim_in_answers_and_faults() -> None:
    client = Client()
    assert relates_to(client.ask("Create", "<r:Shell/>")) == MESSAGE
    assert relates_to(client.ask("Delete", shell="NO")) == MESSAGE


def test_command_and_any_number_of_arguments_are_joined_by_spaces() -> None:
    client = Client()
    shell = client.open()
    arguments = "<r:Arguments>c</r:Arguments><r:Arguments>d e</r:Arguments>"
    body = f"<r:CommandLine><r:Command>a &lt;b</r:Command>{arguments}</r:CommandLine>"
    command = client.ask("Command", body, shell).command_id
    assert command
    root = ElementTree.fromstring(client.receive(shell, command).body)
    text = root.findtext(f".//{{{names.SHELL}}}Stream") or ""
    assert base64.b64decode(text) == b"a <b c d e"


def test_the_end_of_a_command_has_closed_streams_one_done_and_the_exit_code() -> None:
    client = Client(run=lambda call, command: 5)
    shell = client.open()
    root = ElementTree.fromstring(client.receive(shell, client.start(shell)).body)
    ends = [stream.get("Name") for stream in root.iter(f"{{{names.SHELL}}}Stream") if stream.get("End") == "true"]
    states = [state.get("State") for state in root.iter(f"{{{names.SHELL}}}CommandState")]
    assert ends == ["stdout", "stderr"]
    assert states == [names.STATE_DONE]
    assert root.findtext(f".//{{{names.SHELL}}}ExitCode") == "5"


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda c: c.ask("http://example/Unknown"), "2150858817"),
        (
            lambda c: c.ask("Create", resource=POWERSHELL),
            "2150858752",
        ),
        (lambda c: c.ask("Receive", "<r:Receive/>", c.open()), "87"),
        (lambda c: c.ask("Command", "<r:CommandLine/>", "NO"), "2150858843"),
        (lambda c: c.receive(c.open(), "NO"), "2150858843"),
        (lambda c: c.ask("Get", resource=names.CONFIG), "5"),
    ],
)
def test_fault_numbers(ask, expected: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask(Client())
    assert answer.status == 500
    assert expected in [
        fault.get("Code") for fault in ElementTree.fromstring(answer.body).iter(f"{{{names.WSMAN_FAULT}}}WSManFault")
    ]


def test_input_for_an_ended_process_is_refused() -> None:
    client = Client()
    shell = client.open()
    command = client.start(shell)
    client.receive(shell, command)
    body = f'<r:Send><r:Stream Name="stdin" CommandId="{command}" End="true">eA==</r:Stream></r:Send>'
    assert client.ask("Send", body, shell).fault == "w:InternalError 109"


def test_a_shell_belongs_to_its_user_and_quotas_count_each_user_alone() -> None:
    client = Client()
    shells = [client.open() for _ in range(5)]
    assert client.ask("Create", "<r:Shell/>").fault == "w:QuotaLimit 2150859173"
    assert client.ask("Create", "<r:Shell/>", user="other").status == 200
    assert client.ask("Delete", shell=shells[0], user="other").fault == "w:InvalidSelectors 2150858843"
    assert client.ask("Delete", shell=shells[0].lower()).status == 200
    assert client.ask("Create", "<r:Shell/>").status == 200


def test_idle_shells_make_room() -> None:
    now = [0.0]
    client = Client(clock=lambda: now[0])
    for _ in range(5):
        client.open()
    now[0] = 181.0
    assert client.ask("Create", "<r:Shell/>").status == 200
    assert len(client.service.open_shells()) == 1


def test_quotas_of_shells_and_commands_have_their_numbers() -> None:
    client = Client()
    shell, *_ = (client.open() for _ in range(5))
    assert client.ask("Create", "<r:Shell/>").fault == "w:QuotaLimit 2150859173"
    for _ in range(15):
        client.signal(shell, client.start(shell))
    line = "<r:CommandLine><r:Command>x</r:Command></r:CommandLine>"
    assert client.ask("Command", line, shell).fault == "w:QuotaLimit 2150859174"


def test_delete_wakes_a_waiting_receive_and_a_reader_of_stdin() -> None:
    ended = threading.Event()

    def read(call: Call, command: Command) -> int:
        try:
            call.stdin()
        except AbortedError:
            ended.set()
        return 0

    client = Client(run=read)
    shell = client.open()
    command = client.start(shell)
    answers: list[Answer] = []
    body = f'<r:Receive><r:DesiredStream CommandId="{command}"/></r:Receive>'
    waiting = threading.Thread(target=lambda: answers.append(client.ask("Receive", body, shell, timeout="PT30S")))
    waiting.start()
    assert client.ask("Delete", shell=shell).status == 200
    waiting.join(10)
    assert ended.wait(10)
    assert answers[0].fault in ("w:InternalError 995", "w:InvalidSelectors 2150858843")


def test_operation_timeout_is_capped() -> None:
    release = threading.Event()
    client = Client(replace(STOCK, operation_timeout_cap=0.05), run=lambda call, command: int(release.wait(20)))
    shell = client.open()
    body = f'<r:Receive><r:DesiredStream CommandId="{client.start(shell)}"/></r:Receive>'
    answer = client.ask("Receive", body, shell, timeout="PT10M")
    release.set()
    assert answer.fault == "w:TimedOut 2150858793"


def test_identify_hides_versions_without_a_login() -> None:
    identify = f'<i:Identify xmlns:i="{names.IDENTITY}"/>'
    body = f'<s:Envelope xmlns:s="{names.SOAP}"><s:Header/><s:Body>{identify}</s:Body></s:Envelope>'
    client = Client()
    assert b"OS: 6.1.7601 SP: 1.0 Stack: 2.0" in client.service.answer(read_request(body.encode()), "").body
    assert b"OS: 0.0.0 SP: 0.0 Stack: 2.0" in client.service.identify(logged_in=False).body


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no xml",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        f'<s:Envelope xmlns:s="{names.SOAP}"/>'.encode(),
    ],
)
def test_what_is_no_envelope_is_400(text: bytes) -> None:
    assert answer_of(text) == Answer(400)
    with pytest.raises(UnreadableEnvelopeError):
        read_request(text)


def test_the_limit_of_an_envelope_is_exact() -> None:
    profile = replace(STOCK, envelope_kb=1)
    assert answer_of(b" " * 1024, profile=profile) == Answer(400)
    assert answer_of(b" " * 1025, profile=profile) == Answer(413)


def test_an_unknown_profile_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="winrm2-stock, winrm2-tuned"):
        profile_named("winrm9")


@given(
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.binary(max_size=70_000)), max_size=8),
    st.integers(min_value=200, max_value=150_000),
)
def test_output_is_neither_lost_nor_reordered_nor_too_large(writes: list[tuple[str, bytes]], room: int) -> None:
    output = Output()
    for name, data in writes:
        output.write(name, data)
    output.finish(0)
    received: dict[str, bytes] = {"stdout": b"", "stderr": b""}
    exit_code = None
    while exit_code is None:
        taken = output.take(room, 0)
        assert taken
        assert sum(160 + (len(data) + 2) // 3 * 4 for _, data in taken.pieces) <= room
        assert all(0 < len(data) <= 32 * 1024 for _, data in taken.pieces)
        for name, data in taken.pieces:
            received[name] += data
        exit_code = taken.exit_code
    for name, text in received.items():
        assert text == b"".join(data for stream, data in writes if stream == name)


@pytest.mark.parametrize(("joins", "pieces"), [(True, [b"ab"]), (False, [b"a", b"b"])])
def test_neighbours_are_joined_unless_told_otherwise(joins: bool, pieces: list[bytes]) -> None:
    output = Output()
    output.joins = joins
    output.write("stdout", b"a")
    output.write("stdout", b"b")
    taken = output.take(10_000, 0)
    assert taken
    assert [data for _, data in taken.pieces] == pieces


def test_input_is_read_once_its_end_has_come() -> None:
    pipe = Input()
    pipe.feed(b"a", end=False)
    threading.Timer(0.05, pipe.feed, (b"b", True)).start()
    assert pipe.read() == b"ab"
    aborted = Input()
    aborted.feed(b"half", end=False)
    aborted.abort()
    with pytest.raises(AbortedError):
        aborted.read()


def test_nobody_gets_more_than_identify() -> None:
    identify = f'<i:Identify xmlns:i="{names.IDENTITY}"/>'
    body = f'<s:Envelope xmlns:s="{names.SOAP}"><s:Header/><s:Body>{identify}</s:Body></s:Envelope>'
    assert b"OS: 0.0.0 SP: 0.0 Stack: 2.0" in answer_of(body.encode(), user=None).body
    assert answer_of(envelope("Create", "<r:Shell/>"), user=None) == Answer(400, action="Create")
    assert answer_of(envelope("Delete", shell="NO", timeout="never"), user=None).status == 400
