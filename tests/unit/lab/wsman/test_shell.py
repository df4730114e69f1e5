"""How commands end: the signals of a client, and those that mean nothing."""

from __future__ import annotations

import threading

import pytest

from lab.wsman import names
from lab.wsman.backend import INTERRUPTED, Call
from lab.wsman.shell import Command
from tests.unit.lab.wsman.wsman_client import Client

NOT_THERE = "w:InvalidSelectors 2150858843"
INCORRECT = "w:InvalidParameter 87"


def signal(name: str) -> str:
    return f"{names.SHELL}/signal/{name}"


class Waiting:
    """A command that runs until it is cancelled, then says so and ends with 7."""

    def __init__(self) -> None:
        self.ended = threading.Event()

    def __call__(self, call: Call, command: Command) -> int:
        call.write_stdout(b"before")
        assert call.cancelled.wait(10)
        call.write_stdout(b" after")
        self.ended.set()
        return 7


@pytest.mark.parametrize("name", ["ctrl_c", "ctrl_break", "CTRL_C"])
def test_ctrl_c_lets_a_command_end_with_its_exit_code(name: str) -> None:
    run = Waiting()
    client = Client(run=run)
    shell = client.open()
    command = client.start(shell)
    assert client.signal(shell, command.lower(), signal(name)).status == 200
    assert run.ended.wait(10)
    assert any(b"<rsp:ExitCode>7</rsp:ExitCode>" in client.receive(shell, command).body for _ in range(20))
    assert client.signal(shell, command, signal(name)).status == 200, "a second one for what has ended"
    assert client.signal(shell, command).status == 200
    assert client.receive(shell, command).fault == NOT_THERE


def test_ctrl_c_ends_what_waits_for_its_input() -> None:
    client = Client(run=lambda call, command: len(call.stdin()))
    shell = client.open()
    command = client.start(shell)
    client.signal(shell, command, "powershell/signal/ctrl_c")
    assert f"<rsp:ExitCode>{INTERRUPTED}</rsp:ExitCode>".encode() in client.receive(shell, command).body


@pytest.mark.parametrize("name", ["terminate", "Terminate"])
def test_terminate_cancels_and_is_answered_for_an_unknown_command_too(name: str) -> None:
    run = Waiting()
    client = Client(run=run)
    shell = client.open()
    command = client.start(shell)
    # Recordings of real hosts answer a signal for a command that has ended.
    assert [client.signal(shell, command.lower(), signal(name)).status for _ in range(2)] == [200, 200]
    assert run.ended.wait(10)
    assert client.receive(shell, command).fault == NOT_THERE


@pytest.mark.parametrize("code", [signal("kill"), "terminate", "", "urn:ctrl_c", signal("ctrl_c") + "/"])
def test_an_unknown_code_ends_nothing(code: str) -> None:
    run = Waiting()
    client = Client(run=run)
    shell = client.open()
    command = client.start(shell)
    assert client.signal(shell, command, code).fault == INCORRECT
    assert client.ask("Signal", f'<r:Signal CommandId="{command}"/>', shell).fault == INCORRECT
    assert not run.ended.is_set()
    client.service.close()


@pytest.mark.parametrize("name", ["terminate", "ctrl_c"])
def test_a_signal_for_nothing(name: str) -> None:
    client = Client()
    shell = client.open()
    command = client.start(shell)
    assert client.signal("NO", command, signal(name)).fault == NOT_THERE
    assert client.signal("", command, signal(name)).fault == NOT_THERE
    assert client.signal(shell, "", signal(name)).fault == INCORRECT
    assert client.ask("Signal", "", shell).fault == INCORRECT
