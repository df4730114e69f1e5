"""Get-TransportServer of the simulated Exchange."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.organisation import Organisation
from lab.exchange.values import parse_time_span
from lab.machine import SimulatedMachine


@pytest.fixture
def exchange() -> Organisation:
    """EX1 and EX2 are Hub Transport servers, EX3 is none."""
    organisation = SimulatedMachine.from_state("two_servers").organisation
    assert organisation is not None
    return organisation


def test_only_hub_transport_servers_are_shown(exchange: Organisation) -> None:
    assert [server["Name"] for server in exchange.invoke("Get-TransportServer", {})] == ["EX1", "EX2"]
    assert [server["Name"] for server in exchange.invoke("Get-TransportServer", {"Identity": "ex2"})] == ["EX2"]


def test_the_defaults_of_2010(exchange: Organisation) -> None:
    server = exchange.invoke("Get-TransportServer", {"Identity": "EX1"})[0]
    spans = {
        "MessageRetryInterval": timedelta(minutes=1),
        "TransientFailureRetryInterval": timedelta(minutes=5),
        "OutboundConnectionFailureRetryInterval": timedelta(minutes=10),
        "MessageExpirationTimeout": timedelta(days=2),
    }
    assert {name: parse_time_span(str(server[name])) for name in spans} == spans
    assert server["MessageExpirationTimeout"] == "2.00:00:00"
    assert (server["MaxOutboundConnections"], server["MaxPerDomainOutboundConnections"]) == ("1000", "20")
    assert server["TransientFailureRetryCount"] == 6
    assert str(server["SendProtocolLogPath"]).endswith(r"\V14\TransportRoles\Logs\ProtocolLog\SmtpSend")


@pytest.mark.parametrize("identity", ["EX3", "EX9"])
def test_a_server_that_is_none(exchange: Organisation, identity: str) -> None:
    with pytest.raises(CmdletError) as caught:
        exchange.invoke("Get-TransportServer", {"Identity": identity})
    assert caught.value.type == errors.OBJECT_NOT_FOUND
