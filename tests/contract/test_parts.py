"""Twin and PowerShell answer in the same parts, and a process that dies between them has said the first."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell, Request
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Step as Asked
from lab.up.backends import BACKENDS
from lab.wsman.backend import DIED
from tests.unit.plugin_utils.probe.odd_host import session_with

from .asking import ask
from .rows import READ, READ_FACTS, Row, Step, change
from .test_backends import host, normal

pytestmark = pytest.mark.pwsh

LIMITS: Step = ("Get-ShellLimits", {}, ["MaxMemoryPerShellMB"])
OUT_OF_RANGE: Step = ("Read-SmtpSendLog", {"Path": "C:\\x", "After": "x", "Connector": "a"}, ["Files"])
COUNTING: Step = ("Get-SentSenders", {"Days": 1}, ["Sender"])
PARTS: dict[str, tuple[list[Step], list[list[str]]]] = {
    "nothing": ([], [[]]),
    "without Exchange": ([READ_FACTS, LIMITS], [["done", "done"]]),
    "Exchange only": ([READ, change(Port=26)], [["done", "done"]]),
    "Exchange at the end": ([READ_FACTS, LIMITS, READ, READ], [["done", "done"], ["done", "done"]]),
    "Exchange first": ([READ, READ_FACTS], [["done", "done"]]),
    "the clock last": ([LIMITS, READ, READ_FACTS], [["done"], ["done", "done"]]),
    "a function that needs Exchange": ([LIMITS, COUNTING, LIMITS], [["done"], ["done", "done"]]),
    "other capitals": ([("get-shelllimits", {}, None), ("get-sendconnector", {}, None)], [["done"], ["done"]]),
    "a failure before Exchange": ([OUT_OF_RANGE, LIMITS, READ], [["failed", "not_tried"], ["not_tried"]]),
    "what is not on the list": ([LIMITS, ("Get-Process", {}, None), READ], [["not_tried", "failed", "not_tried"]]),
}


@pytest.mark.parametrize(("steps", "expected"), PARTS.values(), ids=PARTS)
def test_what_needs_no_exchange_and_comes_first_is_a_part_of_its_own(
    steps: list[Step], expected: list[list[str]]
) -> None:
    told: dict[str, list[dict[str, Any]]] = {}
    for name in BACKENDS:
        with host(name, "sbs2011") as (_, backend):
            answer = ask(backend, Row("", steps, [], each=False).request())
            assert (answer.code, answer.stderr) == (0, b""), name
            told[name] = [normal(part) for part in answer.parts]
    assert [[result["status"] for result in part["results"]] for part in told["pwsh"]] == expected
    assert told["pwsh"] == told["twin"]


@pytest.mark.own_powershell
@pytest.mark.parametrize("name", BACKENDS)
def test_a_process_that_dies_while_exchange_loads_has_told_the_rest(name: str) -> None:
    with host(name, "snapin_dies") as (machine, backend):
        answer = ask(backend, Row("", [READ_FACTS, LIMITS, READ, LIMITS], []).request())
        assert (answer.code, answer.stderr) == (DIED, b"")
        (part,) = answer.parts
        assert part["more"] is True
        assert [result["status"] for result in part["results"]] == ["done", "done"]
        assert part["results"][0]["output"][0]["ComputerName"] == "SBS"
        answer = ask(backend, Row("", [READ, READ_FACTS], []).request())
        assert (answer.code, answer.stdout) == (DIED, b"")
        assert [entry["command"] for entry in machine.history] == ["Get-HostFacts"]  # the second time nothing


@pytest.mark.own_powershell
@pytest.mark.parametrize("name", BACKENDS)
def test_a_session_knows_what_was_told(name: str) -> None:
    with host(name, "snapin_dies") as (_, backend):
        session: Session = session_with(backend)
        asked = [Asked(command, command, always=True) for command in ("Get-ShellLimits", "Get-SendConnector")]
        reply = session.read(Request(tuple(asked), ExchangeShell()))
        assert [(result.id, result.status) for result in reply.results] == [
            ("Get-ShellLimits", "done"),
            ("Get-SendConnector", "failed"),
        ]
        assert f"exit code {DIED}" in reply.cut
