"""Which places can be connected to: the twin and the agent tell the same."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

from .asking import ask

pytestmark = pytest.mark.pwsh

SELECT = ["Name", "Port", "Addresses", "Connected", "Problem", "Ms"]


def asked(name: str, *given: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of a step for each of these parameters."""
    steps = [
        {"id": str(number), "command": "Test-Reach", "parameters": parameters, "select": SELECT, "always": True}
        for number, parameters in enumerate(given)
    ]
    backend = make_backend(name, SimulatedMachine.from_state("no_exchange"), None)
    try:
        answer = ask(backend, {"protocol": 1, "exchange": "none", "steps": steps, "secrets": {}})
    finally:
        backend.close()
    assert (answer.code, answer.stderr) == (0, b"")
    results: list[dict[str, Any]] = answer.reply["results"]
    return results


@pytest.fixture
def ports() -> Iterator[dict[str, int]]:
    """Where somebody listens, where nobody does, and where the system takes no more connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = int(listener.getsockname()[1])
    waiting = []
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_server(("127.0.0.1", 0), backlog=0) as deaf,
    ):
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", deaf.getsockname()[1]))
            waiting.append(client)
        yield {
            "open": int(listener.getsockname()[1]),
            "closed": closed,
            "deaf": int(deaf.getsockname()[1]),
        }
        for client in waiting:
            client.close()


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_told_of_each_place(name: str, ports: dict[str, int]) -> None:
    places = [{"Name": "127.0.0.1", "Port": ports[kind]} for kind in ("deaf", "open", "closed")]
    places.append({"Name": "localhost", "Port": ports["open"]})
    (result,) = asked(name, {"Places": places, "TimeoutSeconds": 1})
    assert (result["status"], result["error"]) == ("done", None)
    rows = result["output"]
    assert all(isinstance(row["Ms"], int) and 0 <= row["Ms"] < 20000 for row in rows)
    assert [(row["Name"], row["Port"], row["Connected"], row["Problem"]) for row in rows] == [
        ("127.0.0.1", ports["deaf"], False, "TimedOut"),
        ("127.0.0.1", ports["open"], True, None),
        ("127.0.0.1", ports["closed"], False, "ConnectionRefused"),
        ("localhost", ports["open"], True, None),
    ]
    assert [row["Addresses"] for row in rows[:3]] == 3 * [["127.0.0.1"]]
    assert "127.0.0.1" in rows[3]["Addresses"]


@pytest.mark.parametrize("name", BACKENDS)
def test_a_name_that_nobody_knows(name: str) -> None:
    (result,) = asked(name, {"Places": {"Name": "nobody.invalid", "Port": 25}, "TimeoutSeconds": 5})
    (row,) = result["output"]
    assert (row["Addresses"], row["Connected"]) == ([], False)
    assert row["Problem"] in ("HostNotFound", "TryAgain", "NoData", "TimedOut")


HERE = {"Name": "127.0.0.1", "Port": 9}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"Places": [HERE], "TimeoutSeconds": 0}, "parameter_unreadable"),
    ({"Places": [HERE], "TimeoutSeconds": 121}, "parameter_unreadable"),
    ({"Places": 101 * [HERE]}, "parameter_unreadable"),
    ({"Places": [{**HERE, "Port": 0}]}, "parameter_unreadable"),
    ({"Places": [{**HERE, "Port": 65536}]}, "parameter_unreadable"),
    ({"Places": [{**HERE, "Name": "a\r\nb"}]}, "parameter_unreadable"),
    ({}, "MissingMandatoryParameter,Test-Reach"),
    ({"Places": [HERE], "Nope": 1}, "NamedParameterNotFound,Test-Reach"),
]


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_refused_before_anything_is_connected(name: str) -> None:
    errors = [result["error"] for result in asked(name, *(given for given, _ in REFUSED))]
    assert [error and (error["code"] or error["error_id"]) for error in errors] == [kind for _, kind in REFUSED]
