"""What a preflight asks of a host: start times, services, disk, events, rights, shares, licence, memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lab.exchange import delivery_texts
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError
from lab.pop3.services import ServiceError

CLOCK = "2026-11-24T12:00:00Z"
TRANSPORT = "MSExchangeTransport"
EXCHANGE = {"MSExchangeADTopology", "MSExchangeIS", "MSExchangeMailSubmission", "MSExchangeSA", TRANSPORT}
CONTROLLER = {"DNS", "NTDS", "kdc"}
SERVER = {"Netlogon", "W32Time"}


@pytest.mark.parametrize(
    ("profile", "services"),
    [
        ("sbs2011", {*EXCHANGE, *CONTROLLER, *SERVER, "pop3connector"}),
        ("exchange2010", {*EXCHANGE, *SERVER}),
        ("edge2010", {TRANSPORT, *SERVER}),
        ("no_exchange", SERVER),
    ],
)
def test_which_services_run(profile: str, services: set[str]) -> None:
    machine = SimulatedMachine({"profile": profile, "clock": CLOCK})
    assert {service["Name"] for service in machine.dump()["services"]} == services
    assert {machine.started(name) for name in services} == {machine.boot_time}
    assert machine.boot_time == machine.clock.now() - timedelta(hours=72)


def test_a_service_that_does_not_run() -> None:
    services = [{"name": "MSExchangeIS", "status": "Stopped"}, {"name": "Own", "start_mode": "Manual"}]
    machine = SimulatedMachine({"services": services, "server": {"uptime_hours": 1}})
    assert (machine.started("MSExchangeIS"), machine.started("nothing")) == (None, None)
    machine.change({"clock": "2027-01-01T00:00:00Z"})
    machine.restart_service("MSExchangeIS")
    assert machine.started("msexchangeis") == machine.clock.now() > machine.boot_time
    machine.stop_service("MSExchangeIS")
    assert machine.started("MSExchangeIS") is None
    machine.reboot()
    assert machine.started("MSExchangeIS") == machine.boot_time == machine.clock.now()
    assert machine.started("Own") is None
    with pytest.raises(ServiceError):
        machine.restart_service("Nobody")


def test_each_start_is_another_process() -> None:
    machine = SimulatedMachine({})
    runs = [machine.pop3.services.run_of(TRANSPORT)]
    machine.restart_service(TRANSPORT)
    runs.append(machine.pop3.services.run_of(TRANSPORT))
    machine.start_service(TRANSPORT)
    runs.append(machine.pop3.services.run_of(TRANSPORT))
    assert runs[0] != runs[1] == runs[2]
    assert machine.queue_summary()["counts"]["restarts"] == 1


def test_nothing_moves_while_transport_is_stopped() -> None:
    machine = SimulatedMachine({})
    machine.submit("anna@nt4admins.local", ["kunde@example.com"])
    machine.stop_service(TRANSPORT)
    told = machine.submit("anna@nt4admins.local", ["kunde@example.com"])
    assert (told["refused"], told["reply"]) == (1, delivery_texts.UNABLE_TO_CONNECT)
    assert machine.queues.due is None
    machine.start_service(TRANSPORT)
    assert machine.queues.due is not None


@pytest.mark.parametrize(
    ("disk", "pressure", "ids", "refused"),
    [
        ({}, "Normal", [], {"anna": 0, "stranger": 0}),
        ({"used_percent": 96.9}, "Normal", [], {"anna": 0, "stranger": 0}),
        ({"used_percent": 97}, "Medium", [15004], {"anna": 0, "stranger": 1}),
        ({"used_percent": 99}, "High", [15004, 15006], {"anna": 1, "stranger": 1}),
        ({"used_percent": 96, "medium_percent": 95, "high_percent": 97}, "Medium", [15004], {"anna": 0, "stranger": 1}),
    ],
)
def test_a_disk_that_fills(disk: dict[str, Any], pressure: str, ids: list[int], refused: dict[str, int]) -> None:
    machine = SimulatedMachine({"queue_disk": {"size_gb": 100, **disk}})
    assert machine.queue_disk.pressure == pressure
    assert (machine.queue_disk.volume, machine.queue_disk.size) == ("C:", 100 * 2**30)
    assert [(event.source, event.id) for event in machine.events()] == [(TRANSPORT, number) for number in ids]
    senders = {"anna": "anna@nt4admins.local", "stranger": "kunde@example.com"}
    told = {who: machine.submit(sender, ["bernd@nt4admins.local"])["refused"] for who, sender in senders.items()}
    assert told == refused


def test_pressure_rises_and_falls() -> None:
    machine = SimulatedMachine({"clock": CLOCK})
    for used in (99, 98, 50):
        machine.change({"queue_disk": {"used_percent": used}})
    machine.change({"events": [{"source": "MSExchangeIS", "id": 9, "kind": "Error", "ago": "1.00:30:00"}]})
    told = [(event.id, event.kind, machine.clock.now() - event.time) for event in machine.events()]
    assert told[0] == (9, "Error", timedelta(days=1, minutes=30))
    assert sorted(number for number, _, _ in told[1:]) == [15004, 15005, 15005, 15006]


def test_what_the_pop3_connector_hands_over_is_refused_at_medium() -> None:
    accounts = [{"server": "localhost", "port": 995, "username": "a", "password": "b", "mailbox": "anna@x.local"}]
    for used, kept in ((96, 1), (97, 0)):
        machine = SimulatedMachine({"pop3_connector": {"accounts": accounts}, "queue_disk": {"used_percent": used}})
        machine.pop3._deliver("anna@x.local", b"Subject: x\r\n\r\n")
        assert (len(machine.pop3.mailboxes["anna@x.local"]), len(machine.pop3.undeliverable)) == (kept, 1 - kept)


def test_rights_shares_licence_and_dcdiag() -> None:
    machine = SimulatedMachine({"domain_sid": "S-1-5-21-1-2-3"})
    assert machine.rights == ("S-1-5-32-544", "S-1-5-21-1-2-3-512")
    assert (machine.shares, machine.licence_status, machine.dcdiag) == (["NETLOGON", "SYSVOL"], 1, "")
    server = {"shares": [], "licence_status": 5, "dcdiag": "Failed\n"}
    other = SimulatedMachine({"rights": ["S-1-1-0"], "server": server})
    assert (other.rights, other.shares, other.licence_status, other.dcdiag) == (("S-1-1-0",), [], 5, "Failed\n")


@pytest.mark.parametrize(
    ("state", "piece"),
    [
        ({"server": {"shares_": []}}, "server: unknown keys ['shares_']"),
        ({"queue_disk": {"used_percent": 101}}, "queue_disk: used_percent: 101 is more than 100"),
        ({"queue_disk": {"size_gb": "big"}}, "queue_disk: size_gb: 'big' is no number"),
        ({"queue_disk": []}, "queue_disk: a mapping with some of"),
        ({"events": [{"source": "A", "id": "1"}]}, "events: A: id is a number"),
        ({"events": [{"source": "A", "id": 1, "kind": "Bad"}]}, "kind is one of Error, Warning, Information"),
        ({"events": [{"source": "A", "id": 1, "ago": "long"}]}, "events: A 1: ago: long"),
        ({"events": ["A"]}, "events: each is a mapping"),
    ],
)
def test_a_windows_that_cannot_be(state: dict[str, Any], piece: str) -> None:
    with pytest.raises(StateError) as caught:
        SimulatedMachine(state)
    assert piece in str(caught.value)


@pytest.mark.parametrize(
    ("state", "fails"),
    [
        ({}, False),
        ({"max_memory_per_shell_mb": 150}, True),
        ({"max_memory_per_shell_mb": 151}, False),
        ({"max_memory_per_shell_mb": None}, False),
        ("little_memory", True),
        ("snapin_fails", True),
        ("no_exchange", False),
    ],
)
def test_the_snapin_needs_memory(state: Any, fails: bool) -> None:
    assert ("OutOfMemory" in SimulatedMachine.from_state(state).snapin_fails) == fails


def test_a_retired_server_is_named_by_its_connector_alone() -> None:
    machine = SimulatedMachine.from_state("retired_server")
    (connector,) = machine.invoke("Get-SendConnector", {"Identity": "SMTP ALT"})
    assert connector["SourceTransportServers"] == ["ALT"]
    assert [server["Name"] for server in machine.invoke("Get-ExchangeServer", {})] == ["SBS"]
