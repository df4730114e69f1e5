"""Get-TransportServer and Set-TransportServer of the simulated Exchange."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab.exchange import contract, errors
from lab.exchange.errors import CmdletError
from lab.exchange.organisation import Organisation
from lab.exchange.transport_server import PROPERTIES, TransportServer
from lab.exchange.values import Limit, Size, display_time_span, parse_time_span
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError

SET = contract.load()["Set-TransportServer"].parameters
IN_PROSE_ALONE = {name for name in PROPERTIES if name.endswith("Path")}
"""Defaults that stand in a sentence of the page and not in the contract."""
PER_ROLE = {"OutboundConnectionFailureRetryInterval": "00:10:00", "TransientFailureRetryInterval": "00:05:00"}
"""Defaults of which the reference gives one for Hub and one for Edge Transport servers; here the Hub's."""


def of_two_servers(language: str = "en") -> Organisation:
    """EX1 and EX2 are Hub Transport servers, EX3 is none."""
    servers = [{"name": "EX2"}, {"name": "EX3", "roles": ["Mailbox"]}]
    state = {"profile": "exchange2010", "computer_name": "EX1", "servers": servers, "language": language}
    organisation = SimulatedMachine.from_state(state).organisation
    assert organisation is not None
    return organisation


@pytest.fixture
def exchange() -> Organisation:
    return of_two_servers()


def read(exchange: Organisation, name: str = "EX1") -> dict[str, object]:
    return exchange.invoke("Get-TransportServer", {"Identity": name})[0]


def refusal(exchange: Organisation, **parameters: Any) -> CmdletError:
    """How the change is refused; nothing is changed then."""
    before = read(exchange)
    with pytest.raises(CmdletError) as caught:
        exchange.invoke("Set-TransportServer", {"Identity": "EX1", **parameters})
    assert read(exchange) == before
    return caught.value


def test_only_hub_transport_servers_are_shown(exchange: Organisation) -> None:
    assert [server["Name"] for server in exchange.invoke("Get-TransportServer", {})] == ["EX1", "EX2"]
    assert [server["Name"] for server in exchange.invoke("Get-TransportServer", {"Identity": "ex2"})] == ["EX2"]


def test_the_defaults_of_2010(exchange: Organisation) -> None:
    server = read(exchange)
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
    folder = r"C:\Program Files\Microsoft\Exchange Server\V14\TransportRoles\Logs"
    assert {name: server[f"{name}Path"] for name in LOGS} == {name: rf"{folder}\{end}" for name, end in LOGS.items()}


LOGS = {
    "ConnectivityLog": "Connectivity",
    "MessageTrackingLog": "MessageTracking",
    "ReceiveProtocolLog": r"ProtocolLog\SmtpReceive",
    "SendProtocolLog": r"ProtocolLog\SmtpSend",
}
TEXTS = {
    "$true": True,
    "$false": False,
    "1 minute": "00:01:00",
    "3 minutes": "00:03:00",
    "4 hours": "04:00:00",
    "2 days": "2.00:00:00",
    "30 days": "30.00:00:00",
    "10 MB": "10 MB (10,485,760 bytes)",
    "250 MB": "250 MB (262,144,000 bytes)",
    "1 GB": "1 GB (1,073,741,824 bytes)",
}


@pytest.mark.parametrize("name", sorted(set(PROPERTIES) - IN_PROSE_ALONE))
def test_every_default_is_the_documented_one(name: str) -> None:
    documented, value = SET[name].default, getattr(TransportServer(), name)
    shown = display_time_span(value) if isinstance(value, timedelta) else value
    shown = value.display() if isinstance(value, Limit) else shown
    shown = value.display("en") if isinstance(value, Size) else shown
    if name in PER_ROLE:
        assert (documented, shown) == (None, PER_ROLE[name])
    else:
        assert documented is not None
        assert shown == TEXTS.get(documented, documented) or str(shown) == documented


@pytest.mark.parametrize("identity", ["EX3", "EX9"])
@pytest.mark.parametrize("command", ["Get-TransportServer", "Set-TransportServer"])
def test_a_server_that_is_none(exchange: Organisation, command: str, identity: str) -> None:
    with pytest.raises(CmdletError) as caught:
        exchange.invoke(command, {"Identity": identity})
    assert caught.value.type == errors.OBJECT_NOT_FOUND


TAKEN: dict[str, tuple[object, object]] = {
    "MessageRetryInterval": ("00:15:00", "00:15:00"),
    "TransientFailureRetryCount": ("15", 15),
    "TransientFailureRetryInterval": ("12:00:00", "12:00:00"),
    "OutboundConnectionFailureRetryInterval": ("20", "20.00:00:00"),
    "MaxOutboundConnections": ("unlimited", "unlimited"),
    "MaxPerDomainOutboundConnections": (2, "2"),
    "MessageExpirationTimeout": ("90.00:00:00", "90.00:00:00"),
    "DelayNotificationTimeout": ("00:00:01", "00:00:01"),
    "QueueMaxIdleTime": ("01:00:00", "01:00:00"),
    "SendProtocolLogPath": ("D:\\Logs", "D:\\Logs"),
    "MessageTrackingLogEnabled": (False, False),
    "SendProtocolLogMaxAge": ("24855.03:14:07", "24855.03:14:07"),
    "IntraOrgConnectorProtocolLoggingLevel": ("verbose", "Verbose"),
    "ReceiveProtocolLogPath": ("D:\\Logs", "D:\\Logs"),
    "ConnectivityLogMaxDirectorySize": ("unlimited", "unlimited"),
    "ConnectivityLogMaxFileSize": (1500, "1.465 KB (1,500 bytes)"),
    "MessageTrackingLogMaxFileSize": ("512MB", "512 MB (536,870,912 bytes)"),
    "MessageTrackingLogMaxDirectorySize": ("10MB", "10 MB (10,485,760 bytes)"),
    "SendProtocolLogMaxDirectorySize": ("9223372036854775807", "8.389e+06 TB (9,223,372,036,854,775,807 bytes)"),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_set_is_shown_and_no_other_server_changes(exchange: Organisation, name: str) -> None:
    given, shown = TAKEN[name]
    before, other = read(exchange), read(exchange, "EX2")
    assert exchange.invoke("Set-TransportServer", {"Identity": "ex1.nt4admins.local", name: given}) == []
    assert read(exchange) == {**before, name: shown}
    assert read(exchange, "EX2") == other


def test_a_log_without_a_path_is_not_written(exchange: Organisation) -> None:
    exchange.invoke("Set-TransportServer", {"Identity": "EX1", "SendProtocolLogPath": None})
    assert read(exchange)["SendProtocolLogPath"] is None


def test_what_if_changes_nothing_and_a_question_cannot_be_answered(exchange: Organisation) -> None:
    before = read(exchange)
    given = {"Identity": "EX1", "TransientFailureRetryCount": 3}
    assert exchange.invoke("Set-TransportServer", {**given, "WhatIf": True}) == []
    assert read(exchange) == before
    assert refusal(exchange, TransientFailureRetryCount=3, Confirm=True).type == errors.NON_INTERACTIVE


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "a retry interval of no length": (errors.DATA_VALIDATION, {"MessageRetryInterval": "00:00:00"}),
    "a retry interval of more than a day": (errors.DATA_VALIDATION, {"MessageRetryInterval": "1.00:00:01"}),
    "too many retries": (errors.DATA_VALIDATION, {"TransientFailureRetryCount": 16}),
    "a negative count": (errors.DATA_VALIDATION, {"TransientFailureRetryCount": -1}),
    "no connection at all": (errors.DATA_VALIDATION, {"MaxOutboundConnections": 0}),
    "too short an idle time": (errors.DATA_VALIDATION, {"QueueMaxIdleTime": "00:00:04"}),
    "more connections to a domain than to all": (
        errors.DATA_VALIDATION,
        {"MaxOutboundConnections": 10, "MaxPerDomainOutboundConnections": 11},
    ),
    "fewer connections than are kept for a domain": (errors.DATA_VALIDATION, {"MaxOutboundConnections": 19}),
    "no limit for a domain alone": (errors.DATA_VALIDATION, {"MaxPerDomainOutboundConnections": "unlimited"}),
    "a file larger than its folder": (errors.DATA_VALIDATION, {"MessageTrackingLogMaxFileSize": "2GB"}),
    "a file without a limit in a folder with one": (
        errors.DATA_VALIDATION,
        {"SendProtocolLogMaxFileSize": "unlimited"},
    ),
    "a folder smaller than its file": (errors.DATA_VALIDATION, {"ReceiveProtocolLogMaxDirectorySize": "9MB"}),
    "a log of no size": (errors.DATA_VALIDATION, {"ConnectivityLogMaxFileSize": 0}),
    "too small a folder": (
        errors.DATA_VALIDATION,
        {"SendProtocolLogMaxDirectorySize": "1023KB", "SendProtocolLogMaxFileSize": "1KB"},
    ),
    "too large a file": (
        errors.DATA_VALIDATION,
        {"MessageTrackingLogMaxFileSize": "5GB", "MessageTrackingLogMaxDirectorySize": "unlimited"},
    ),
    "no time span": (errors.TRANSFORMATION, {"MessageRetryInterval": "often"}),
    "no number": (errors.TRANSFORMATION, {"MaxOutboundConnections": "10MB"}),
    "no path": (errors.TRANSFORMATION, {"SendProtocolLogPath": "Logs"}),
    "a path on another server": (errors.TRANSFORMATION, {"SendProtocolLogPath": r"\\other\logs"}),
    "a parameter of later versions": (errors.BINDING, {"QueueLogMaxAge": "7.00:00:00"}),
    "a parameter that the lab does not keep": (errors.LOCALIZED, {"PickupDirectoryMaxMessagesPerMinute": 50}),
    "a wrong value of one that the lab does not keep": (errors.DATA_VALIDATION, {"PoisonThreshold": 11}),
    "a size that is none": (errors.TRANSFORMATION, {"MessageTrackingLogMaxFileSize": "unlimited"}),
    "a GUID that is none": (errors.TRANSFORMATION, {"ExternalDNSAdapterGuid": "x"}),
    "an address that is none": (errors.TRANSFORMATION, {"PipelineTracingSenderAddress": "info"}),
}


@pytest.mark.parametrize(("type", "parameters"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(exchange: Organisation, type: str, parameters: dict[str, Any]) -> None:
    assert refusal(exchange, **parameters).type == type


def test_a_german_server_refuses_in_german() -> None:
    german = of_two_servers("de")
    assert "muss kleiner oder gleich" in refusal(german, MaxOutboundConnections=19).message
    assert "MaxFileSize (2 GB (2.147.483.648 bytes)) muss" in refusal(german, SendProtocolLogMaxFileSize="2GB").message


def test_a_german_server_prints_sizes_with_points() -> None:
    assert read(of_two_servers("de"))["MessageTrackingLogMaxDirectorySize"] == "1 GB (1.073.741.824 bytes)"


def test_drift_and_dump() -> None:
    machine = SimulatedMachine.from_state({"transport_servers": [{"Name": "SBS", "MessageRetryInterval": "00:15:00"}]})
    assert machine.dump()["transport_servers"][0]["MessageRetryInterval"] == "00:15:00"
    drift = {"Name": "SBS", "MaxOutboundConnections": 5, "SendProtocolLogPath": "E:\\Log"}
    machine.change({"transport_servers": [drift]})
    (server,) = machine.dump()["transport_servers"]
    assert (server["MaxOutboundConnections"], server["MessageRetryInterval"]) == ("5", "00:15:00")
    assert machine.send_log_path == "E:\\Log"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Name": "EX9"}, "EX9"),
        ({"Name": "SBS", "MessageRetry": 1}, "no setting 'MessageRetry'"),
        ({"Name": "SBS", "TransientFailureRetryCount": 16}, "'16' of the property TransientFailureRetryCount"),
        ({"MessageRetryInterval": "00:15:00"}, "transport_servers: every entry is a mapping with a Name"),
    ],
)
def test_drift_that_no_host_could_have(change: dict[str, Any], words: str) -> None:
    machine = SimulatedMachine.from_state({"clock": "2026-11-24T12:00:00Z"})
    before = machine.dump()
    with pytest.raises(StateError, match=words):
        machine.change({"transport_servers": [{"Name": "SBS", "TransientFailureRetryCount": 1}, change]})
    assert machine.dump() == before


def test_a_host_without_exchange_has_no_transport_server() -> None:
    machine = SimulatedMachine.from_state("no_exchange")
    assert (machine.dump()["transport_servers"], machine.send_log_path) == ([], None)
    with pytest.raises(StateError, match="has no simulated Exchange"):
        SimulatedMachine.from_state({"profile": "no_exchange", "transport_servers": [{"Name": "SBS"}]})
