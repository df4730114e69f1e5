"""Twin and PowerShell answer alike.

What may differ: the time that a step took, the version of the PowerShell, the agent's own words beside its codes, and
the words of PowerShell's binder (today's are not those of 2.0), whose type, category and error id must be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.host.state_files import load_state
from lab.up.backends import BACKENDS, make_backend

from .address_rows import ADDRESS_ROWS
from .asking import Answer, ask
from .receive_rows import RECEIVE_ROWS
from .registry_rows import REGISTRY_ROWS
from .rows import PASSWORD, ROWS, UNREADABLE, Row

pytestmark = pytest.mark.pwsh

CLOCK = "2026-11-24T20:39:36Z"


@contextmanager
def host(name: str, state: str | dict[str, Any]) -> Iterator[tuple[SimulatedMachine, Any]]:
    """A fresh machine whose clock stands still, behind the backend of that name."""
    settings = dict(load_state(state) if isinstance(state, str) else state)
    machine = SimulatedMachine.from_state({**settings, "clock": CLOCK})
    backend = make_backend(name, machine)
    try:
        yield machine, backend
    finally:
        backend.close()


def normal(reply: dict[str, Any]) -> dict[str, Any]:
    """The reply without what may differ."""
    results = [{**result, "ms": 0, "error": _normal_error(result["error"])} for result in reply["results"]]
    for result in results:
        result["output"] = [_normal_facts(found) for found in result["output"]]
    return {**reply, "agent": "", "powershell": "", "results": results}


def _normal_error(error: dict[str, Any] | None) -> dict[str, Any] | None:
    if error and (error["code"] or "ParameterBinding" in error["type"]):
        return {**error, "message": ""}
    return error


def _normal_facts(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "PowerShell": {}} if "PowerShell" in found else found


def kinds(reply: dict[str, Any]) -> list[str]:
    """Of each result what a row expects: its status, or what its error is best known by."""
    return [_kind(result) for result in reply["results"]]


def _kind(result: dict[str, Any]) -> str:
    error = result["error"]
    if error is None:
        return str(result["status"])
    if error["code"]:
        return str(error["code"])
    if "ParameterBinding" in error["type"]:
        return str(error["error_id"].split(",")[0])
    return str(error["type"])


def answers(row: Row) -> dict[str, tuple[Answer, dict[str, Any]]]:
    """Each backend's answer and the host's state afterwards."""
    found = {}
    for name in BACKENDS:
        with host(name, row.state) as (machine, backend):
            answer = ask(backend, row.request())
            assert (answer.code, answer.stderr) == (0, b""), name
            found[name] = (answer, machine.dump())
    return found


@pytest.mark.parametrize("row", [*ROWS, *ADDRESS_ROWS, *RECEIVE_ROWS, *REGISTRY_ROWS], ids=lambda row: row.name)
def test_the_backends_answer_alike(row: Row) -> None:
    found = answers(row)
    replies = {name: normal(answer.reply) for name, (answer, _) in found.items()}
    states = {name: {**state, "history": None} for name, (_, state) in found.items()}
    assert kinds(found["pwsh"][0].reply) == row.expect
    assert replies["pwsh"] == replies["twin"]
    assert states["pwsh"] == states["twin"]
    for answer, _ in found.values():
        assert PASSWORD not in answer.everything


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("name", BACKENDS)
def test_a_request_that_cannot_be_read(name: str, text: str) -> None:
    with host(name, "sbs2011") as (machine, backend):
        answer = ask(backend, text)
        (result,) = answer.reply["results"]
        assert (answer.code, result["id"], result["status"]) == (0, "request", "failed")
        assert result["error"]["code"] == "request_unreadable"
        assert machine.history == []


@pytest.mark.own_powershell
@pytest.mark.parametrize("name", BACKENDS)
def test_the_login_arrives_whole(name: str) -> None:
    """The password that the connector holds is the one that was sent, to the last odd character."""
    odd = "Zq7 \"lab\" 'only' $x `n ‘Käse’ \U0001f511 \\ / <&> 9134"
    connector = {
        "Name": "Neu",
        "AddressSpaces": ["*"],
        "SmartHosts": ["smtp.strato.de"],
        "DNSRoutingEnabled": False,
        "RequireTLS": True,
        "SmartHostAuthMechanism": "BasicAuthRequireTLS",
        "AuthenticationCredential": {
            "$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}},
        },
    }
    step = ("New-SendConnector", connector, ["AuthenticationCredential"])
    request = Row("", [step], [], more={"secrets": {"login": odd}}).request()
    with host(name, "no_connector") as (machine, backend):
        (result,) = ask(backend, request).reply["results"]
        assert result["output"] == [{"AuthenticationCredential": {"UserName": "info@beispiel.de"}}]
        assert machine.password_of("Neu") == odd


@pytest.mark.parametrize("name", BACKENDS)
def test_an_ordered_failure_is_the_hosts_own_error(name: str) -> None:
    with host(name, "sbs2011") as (machine, backend):
        machine.fail_next("Get-SendConnector", f"It is {PASSWORD} again.")
        row = Row("", [("Get-SendConnector", {}, ["Name"]), ("Get-SendConnector", {}, ["Name"])], [])
        first, second = ask(backend, row.request()).reply["results"]
        assert first["error"]["message"] == "It is ******** again."
        assert second["status"] == "done"
