"""The agent's whole way: pywinrm, the endpoint, a command line, standard input in pieces, the reply in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from winrm.protocol import Protocol

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from lab.up.backends import BACKENDS
from lab.up.lab import Lab
from lab.wsman.backend import DIED

from .asking import Answer, stdin_of, take_apart
from .rows import PASSWORD, READ, READ_FACTS, Row, Step

pytestmark = [pytest.mark.pwsh, pytest.mark.own_powershell]


@contextmanager
def opened(backend: str, folder: Path, state: str) -> Iterator[tuple[Protocol, str]]:
    """A shell of a lab's host, over http with message encryption."""
    with Lab(directory=folder, backend=backend, password=PASSWORD, state=state) as lab:
        port = lab.hosts["sbs"].ports.http
        client = Protocol(
            f"http://127.0.0.1:{port}/wsman",
            transport="ntlm",
            username=lab.account.user,
            password=PASSWORD,
            message_encryption="always",
            proxy=None,
        )
        shell = client.open_shell()
        yield client, shell
        client.close_shell(shell)
        assert lab.hosts["sbs"].open_shells == 0
        assert lab.hosts["sbs"].log.errors() == []


@pytest.fixture(params=BACKENDS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Protocol, str]]:
    with opened(request.param, tmp_path, "sbs2011") as found:
        yield found


def asked(shell: tuple[Protocol, str], *steps: Step) -> Answer:
    """What comes of the steps, whose request goes in two pieces."""
    client, identity = shell
    command = client.run_command(identity, wire.command_line(), console_mode_stdin=False)
    sent = stdin_of(Row("", list(steps), []).request())
    middle = len(sent) // 2
    client.send_command_input(identity, command, sent[:middle])
    client.send_command_input(identity, command, sent[middle:], end=True)
    out, err, code = client.get_command_output(identity, command)
    client.cleanup_command(identity, command)
    return take_apart(code, out, err)


def test_a_request_comes_back_answered(shell: tuple[Protocol, str]) -> None:
    answer = asked(shell, READ, READ_FACTS)
    assert (answer.code, answer.stderr) == (0, b"")
    assert [result["status"] for result in answer.reply["results"]] == ["done", "done"]
    assert answer.reply["results"][1]["output"][0]["ComputerName"] == "SBS"


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_process_said_before_it_died_arrives(backend: str, tmp_path: Path) -> None:
    with opened(backend, tmp_path, "snapin_dies") as shell:
        answer = asked(shell, READ_FACTS, READ)
    assert (answer.code, answer.stderr) == (DIED, b"")
    (part,) = answer.parts
    assert [result["output"][0]["ComputerName"] for result in part["results"]] == ["SBS"]


def test_a_command_without_input_ends_by_itself(shell: tuple[Protocol, str]) -> None:
    client, identity = shell
    command = client.run_command(identity, "powershell -NoProfile -EncodedCommand ZQB4AGkAdAAgADcA")
    _, _, code = client.get_command_output(identity, command)
    client.cleanup_command(identity, command)
    assert code == 7
