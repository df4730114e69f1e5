"""The action's entry: whatever goes wrong in it, and wherever, ends in a result that repeats nothing."""

from __future__ import annotations

import json
import re
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.template import trust_as_template

from ansible_collections.sbs.mailflow.plugins.action import ping
from ansible_collections.sbs.mailflow.plugins.plugin_utils import progress
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action import shell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run import estimate
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import HIDDEN, Scrubber
from tests.unit.plugin_utils.action.shell_host import Answer, Shell, twin

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
    action._display = SimpleNamespace(display=lambda line, stderr: lines.append(line))
    action._task = SimpleNamespace(no_log=False)
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


def test_the_diff_of_what_failed_has_the_name_of_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    diff = {"before_header": "x", "after_header": "x", "before": "a\n", "after": "b\n"}
    monkeypatch.setattr(ping.ActionModule, "answer", lambda self, task: {"failed": True, "diff": [diff]})
    host = Shell(twin("sbs2011"))
    host.run("ping", {})
    assert host.lines == ["[sbs] The diff of what failed follows.\n--- before: x\n+++ after: x\n@@ -1 +1 @@\n-a\n+b"]


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


def slow(seconds: float, state: str = "sbs2011") -> Answer:
    """A host that takes its time for each answer."""
    behind = twin(state)

    def answer(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        time.sleep(seconds)
        return behind(line, stdin)

    return answer


def test_a_host_that_takes_its_time_is_told_of_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.1)
    host, aside = Shell(slow(0.4)), []
    host.display = lambda line, stderr=False: aside.append(stderr) or host.lines.append(line)
    result = host.run("transport", {"max_per_domain_outbound_connections": 7}, check_mode=True)
    assert result["changed"] and host.lines and set(aside) == {True}
    # On a busy machine there is something to wait for before the host is asked, and after it has answered.
    reading = [each for each in host.lines if "waiting for the host" not in each]
    line = r"\[sbs\] loading Exchange's shell and reading the transport server's settings, \d s of at most 600 s"
    assert reading and all(re.fullmatch(line, each) for each in reading), host.lines
    assert [each.name for each in threading.enumerate() if "progress" in each.name] == []


def test_a_host_that_answers_at_once_has_nothing_to_tell() -> None:
    host = Shell(twin("sbs2011"))
    assert host.run("ping", {})["ping"] == "pong" and host.lines == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_change_that_may_not_end_in_time_is_told_of_before_it_begins(
    check_mode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "SECONDS_A_CHANGE", 700.0)
    behind, lines_at = twin("sbs2011"), []
    host = Shell(lambda line, stdin: lines_at.append(list(host.lines)) or behind(line, stdin))
    result = host.run("transport", {"max_per_domain_outbound_connections": 7}, check_mode)
    warned = [each for each in result.get("warnings", ()) if "timeout: 800 would do" in each]
    assert result["changed"] and len(warned) == check_mode
    if check_mode:
        assert host.lines == []
    else:  # between the reading and the writing
        assert lines_at[0] == [] and "timeout: 600" in lines_at[1][0] and len(lines_at) == 2


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ([{"A": "1"}, {"A": "2", "B": "3"}], "(A, B)"),
        ([trust_as_template("{{ theirs }}"), {"B": "3"}], "(C, B)"),
        (["no mapping", None, {"B": "3"}], "(B)"),
        ([{}], ""),
    ],
)
def test_the_names_of_an_environment_are_told(environment: Any, names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shell, "environment", environment)
    told = Shell(twin("sbs2011"), {"theirs": {"C": "4"}}).run("ping", {}).get("warnings", [])
    assert [each.endswith(f"{names}.") for each in told if each.startswith("environment")] == [True] * bool(names)
