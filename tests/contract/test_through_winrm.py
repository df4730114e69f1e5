"""The agent's whole way: pywinrm, the endpoint, a command line, standard input in pieces, the reply in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from winrm.protocol import Protocol

from ansible_collections.sbs.mailflow.plugins.plugin_utils import wire
from lab.backends import BACKENDS
from lab.lab import Lab

from .asking import stdin_of, take_apart
from .rows import PASSWORD, READ, READ_FACTS, Row

pytestmark = [pytest.mark.pwsh, pytest.mark.own_powershell]


@pytest.fixture(params=BACKENDS)
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Protocol, str]]:
    """A shell of the lab's host, over http with message encryption."""
    with Lab(directory=tmp_path, backend=request.param, password=PASSWORD) as lab:
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


def test_a_request_comes_back_answered(shell: tuple[Protocol, str]) -> None:
    client, identity = shell
    command = client.run_command(identity, wire.command_line(), console_mode_stdin=False)
    sent = stdin_of(Row("", [READ, READ_FACTS], []).request())
    middle = len(sent) // 2
    client.send_command_input(identity, command, sent[:middle])
    client.send_command_input(identity, command, sent[middle:], end=True)
    out, err, code = client.get_command_output(identity, command)
    client.cleanup_command(identity, command)
    answer = take_apart(code, out, err)
    assert (code, err) == (0, b"")
    assert [result["status"] for result in answer.reply["results"]] == ["done", "done"]
    assert answer.reply["results"][1]["output"][0]["ComputerName"] == "SBS"


def test_a_command_without_input_ends_by_itself(shell: tuple[Protocol, str]) -> None:
    client, identity = shell
    command = client.run_command(identity, "powershell -NoProfile -EncodedCommand ZQB4AGkAdAAgADcA")
    _, _, code = client.get_command_output(identity, command)
    client.cleanup_command(identity, command)
    assert code == 7
