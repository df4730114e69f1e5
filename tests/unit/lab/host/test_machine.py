"""The simulated host: states, dumps, drift, ordered failures, and many threads at once."""

from __future__ import annotations

import json

import pytest

from lab.exchange.errors import CmdletError
from lab.exchange.values import Credential
from lab.host.machine import SimulatedMachine
from tests.unit.lab.host.hosts import PASSWORD


def test_a_host_without_exchange_knows_no_exchange_cmdlet() -> None:
    machine = SimulatedMachine.from_state("no_exchange")
    with pytest.raises(CmdletError, match="'Get-SendConnector' is not recognized"):
        machine.invoke("Get-SendConnector", {})
    with pytest.raises(KeyError):
        machine.password_of("x")


@pytest.mark.parametrize(
    ("username", "password", "taken"),
    [
        ("Administrator", PASSWORD, True),
        ("NT4ADMINS\\administrator", PASSWORD, True),
        ("administrator@nt4admins.local", PASSWORD, True),
        ("Administrator", "wrong", False),
        ("other", PASSWORD, False),
    ],
)
def test_whom_the_exchange_endpoint_lets_in(username: str, password: str, taken: bool) -> None:
    account = {"username": "Administrator", "password": PASSWORD}
    machine = SimulatedMachine.from_state({"endpoint_account": account})
    assert machine.lets_in(Credential(username, password)) is taken
    assert PASSWORD not in json.dumps(machine.dump())


def test_without_an_account_the_endpoint_lets_nobody_in() -> None:
    assert SimulatedMachine.from_state({}).lets_in(Credential("Administrator", "")) is False
