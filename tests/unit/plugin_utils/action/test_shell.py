"""The action's entry: whatever goes wrong in it, and wherever, ends in a result that repeats nothing."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.action import ping
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import shell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import HIDDEN, Scrubber
from tests.unit.plugin_utils.action.shell_host import Shell, twin

SECRET = "vQ9  Zinkblech'\"\\ 8812-Sandbank"
PIECES = ("Zinkblech", "8812", "Sandbank")
LOGIN = {"username": "info@beispiel.de", "password": SECRET, "created": "2020-01-31"}


def leaked(told: Any) -> list[str]:
    text = json.dumps(told, ensure_ascii=False, default=repr)
    return [piece for piece in PIECES if piece in text]


class Corrupt(dict[str, Any]):
    """A value that cannot even be looked at, and says a secret as it fails."""

    def items(self) -> Any:
        raise RuntimeError(f"no: {SECRET}")


def deep(levels: int) -> Any:
    value: Any = SECRET
    for _level in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("arguments", [{"login": Corrupt()}, {"login": deep(100_000)}], ids=["spoilt", "deep"])
def test_arguments_that_cannot_be_read_end_in_a_result(arguments: dict[str, Any]) -> None:
    result = Shell(twin("sbs2011")).run("send_connector", arguments)
    assert result["failed"] and not result["changed"] and "unexpected" in result["msg"]
    assert leaked(result) == []


@pytest.mark.parametrize("told", [{"a": Corrupt()}, {"a": deep(100_000)}], ids=["spoilt", "deep"])
def test_a_result_that_cannot_be_looked_through_is_not_shown(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ping.ActionModule, "answer", lambda self, task: told)
    result = Shell(twin("sbs2011"), {"ansible_password": SECRET}).run("ping", {})
    assert result["failed"] and "unexpected" in result["msg"] and leaked(result) == []


@pytest.mark.parametrize("at", range(330, 420, 3))
def test_no_half_of_a_secret_is_left_of_a_foreign_exception(at: int) -> None:
    def broken(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        raise OSError("x." * (at // 2) + f" {SECRET!r} {SECRET} {SECRET.encode()!r}")

    result = Shell(broken, {"ansible_password": SECRET}).run("ping", {})
    assert "the connection broke" in result["msg"] and leaked(result) == []
    assert not [piece for piece in ("vQ9", "Zink", "Sand") if piece in result["msg"]]


def test_an_exception_that_nobody_foresaw_is_told_by_its_type_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(self: Any, task: Any) -> dict[str, Any]:
        raise LookupError(SECRET)

    monkeypatch.setattr(ping.ActionModule, "answer", answer)
    result = Shell(twin("sbs2011")).run("ping", {"login": LOGIN})
    assert "LookupError" in result["msg"] and leaked(result) == []


def test_progress_is_told_without_secrets_and_nothing_in_it_is_obeyed() -> None:
    action = object.__new__(ping.ActionModule)
    lines: list[str] = []
    action._display = SimpleNamespace(display=lines.append)
    action._hide = Scrubber([SECRET])
    action.show(SimpleNamespace(host="sbs\x1b[2J"), f"stage \u202e{SECRET}\r\nPLAY RECAP")
    assert lines == [f"[sbs\\u001b[2J] stage \\u202e{HIDDEN}\\r\\nPLAY RECAP"]


SAID = {"said": [f"a\u202e{SECRET}", "b\r\nPLAY RECAP"], "nouns": {"x": {"said": ["only in its own result"]}}}


def told(monkeypatch: pytest.MonkeyPatch, no_log: bool = False, callback: str = "default") -> list[tuple[str, bool]]:
    """What is printed of a result that has something to say, and whether aside of the output that a program reads."""
    monkeypatch.setattr(ping.ActionModule, "answer", lambda self, task: SAID)
    monkeypatch.setattr(shell.constants, "DEFAULT_STDOUT_CALLBACK", callback)
    lines: list[tuple[str, bool]] = []
    host = Shell(twin("sbs2011"), {"ansible_password": SECRET})
    host.no_log, host.display = no_log, lambda line, stderr=False: lines.append((line, stderr))
    result = host.run("ping", {})
    assert len(result["said"]) == 2 and leaked(result) == []
    return lines


def test_what_a_result_says_is_printed_once_with_the_name_of_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch) == [(f"[sbs] a\\u202e{HIDDEN}", False), ("[sbs] b\\r\\nPLAY RECAP", False)]


def test_what_a_result_says_spoils_no_output_for_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [aside for _line, aside in told(monkeypatch, callback="ansible.posix.json")] == [True, True]


def test_a_task_that_is_not_to_be_logged_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, no_log=True) == []


def test_a_terminal_that_takes_nothing_hides_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ping.ActionModule, "answer", lambda self, task: SAID)
    host = Shell(twin("sbs2011"))
    host.display = lambda line, stderr=False: 1 / 0
    assert "failed" not in host.run("ping", {})


def test_the_secrets_of_a_task_are_found_however_deep() -> None:
    arguments = {"a": [{"password": "one", "b": {"password": 2}}], "exchange_login": {"password": "three"}}
    assert shell._secrets(arguments) == ["one", "2", "three"]


def test_a_secret_is_found_in_whatever_stands_where_a_password_belongs() -> None:
    arguments = {"login": [{"password": ["one", {"a": "two"}, None, 10**5000]}], "a": "no"}
    assert shell._secrets(arguments) == ["one", "two"]
