"""Get-ExchangeServer of the simulated Exchange."""

from __future__ import annotations

from typing import Any

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.organisation import Organisation
from lab.host.machine import SimulatedMachine


@pytest.fixture
def exchange() -> Organisation:
    """Three servers: EX1 and EX2 with all roles, EX3 with Mailbox alone."""
    organisation = SimulatedMachine.from_state("two_servers").organisation
    assert organisation is not None
    return organisation


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({}, ["EX1", "EX2", "EX3"]),
        ({"Status": True}, ["EX1", "EX2", "EX3"]),
        ({"Identity": "ex2"}, ["EX2"]),
        ({"Identity": "EX3.nt4admins.local"}, ["EX3"]),
        ({"Domain": "NT4ADMINS.local"}, ["EX1", "EX2", "EX3"]),
        ({"Domain": "elsewhere.local"}, []),
    ],
)
def test_servers_by_identity_and_domain(exchange: Organisation, parameters: dict[str, Any], names: list[str]) -> None:
    assert [server["Name"] for server in exchange.invoke("Get-ExchangeServer", parameters)] == names


def test_what_a_server_tells(exchange: Organisation) -> None:
    first, _, third = exchange.invoke("Get-ExchangeServer", {})
    assert first["AdminDisplayVersion"] == "Version 14.3 (Build 123.4)"
    assert first["Fqdn"] == "ex1.nt4admins.local"
    assert first["ServerRole"] == "Mailbox, ClientAccess, HubTransport"
    assert (first["IsHubTransportServer"], third["IsHubTransportServer"]) == (True, False)
    assert third["ServerRole"] == "Mailbox"
    assert (first["IsClientAccessServer"], third["IsClientAccessServer"]) == (True, False)
    assert (first["IsEdgeServer"], first["IsE14OrLater"]) == (False, True)


@pytest.mark.parametrize("key", ["Guid", "DistinguishedName"])
def test_a_server_answers_to_guid_and_dn(exchange: Organisation, key: str) -> None:
    second = exchange.invoke("Get-ExchangeServer", {"Identity": "EX2"})[0]
    assert exchange.invoke("Get-ExchangeServer", {"Identity": second[key]}) == [second]


def test_an_unknown_server(exchange: Organisation) -> None:
    with pytest.raises(CmdletError) as caught:
        exchange.invoke("Get-ExchangeServer", {"Identity": "EX9"})
    assert caught.value.type == errors.OBJECT_NOT_FOUND
