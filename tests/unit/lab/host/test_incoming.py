"""What comes in at a host: from which of its own addresses, from its LAN, from its collectors, past its router."""

from __future__ import annotations

from typing import Any

import pytest

from lab.host.incoming import local_end
from lab.host.machine import SimulatedMachine
from lab.host.state import StateError

CLOCK = "2026-12-01T08:00:00Z"
ANNA = "anna@nt4admins.local"
PASSWORD = "Vb5-lab-only-Firstziegel-4471"
SCANNER = {"address": "192.168.1.50", "recipients": [ANNA]}


@pytest.mark.parametrize(
    ("to", "client", "end"),
    [
        ("0.0.0.0:25", "203.0.113.9", "192.168.1.2:25"),
        ("0.0.0.0:25", "127.0.0.1", "127.0.0.1:25"),
        ("0.0.0.0:25", "2001:db8::1", "0.0.0.0:25"),
        ("[::]:25", "2001:db8::1", "[::]:25"),
        ("[::]:25", "::1", "[::1]:25"),
        ("10.0.0.1:587", "203.0.113.9", "10.0.0.1:587"),
    ],
)
def test_where_a_client_connects_to(to: str, client: str, end: str) -> None:
    assert local_end(to, client, ("127.0.0.1", "192.168.1.2")).display() == end


def test_a_host_without_an_exchange_takes_nothing() -> None:
    machine = SimulatedMachine({"profile": "no_exchange"})
    with pytest.raises(StateError, match="no simulated Exchange"):
        machine.receive("a@b.de", [ANNA])
    assert (machine.smtp_receive_log(), machine.receive_log_path, machine.is_open) == ("", None, False)
    assert (machine.dump()["received"], machine.smtp_receive_log_files("C:\\")) == ([], {})


def test_a_scanner_hands_in_through_the_connector_of_its_address() -> None:
    connector = {"Name": "Scanner", "RemoteIPRanges": ["192.168.1.50"], "PermissionGroups": "AnonymousUsers"}
    machine = SimulatedMachine({"clock": CLOCK, "scanners": [SCANNER, {"address": "192.168.1.51"}]})
    assert [one["taken"] for one in machine.scan()] == [False, False]
    machine.change({"receive_connectors": [connector]})
    first, second = machine.scan()
    assert (first["connector"], first["taken"], first["replies"][-1][:3]) == ("Scanner", True, "250")
    assert (second["connector"], second["taken"], second["replies"][-1][:3]) == ("Default SBS", False, "530")
    machine.stop_service("MSExchangeTransport")
    assert machine.scan()[0] == {"address": "192.168.1.50", "connector": None, "replies": [], "taken": False}


def test_a_scanner_that_logs_in_and_its_password() -> None:
    account = {"username": "Administrator", "password": PASSWORD}
    machine = SimulatedMachine(
        {"clock": CLOCK, "endpoint_account": account, "scanners": [{**SCANNER, "login": account}]}
    )
    machine.change({"receive_connectors": [{"Name": "Default SBS", "AuthMechanism": "BasicAuth"}]})
    assert machine.scan()[0]["taken"] is True
    assert PASSWORD not in str(machine.dump())


def test_collectors_are_services_that_come_and_go() -> None:
    machine = SimulatedMachine({"collectors": ["popcon", {"product": "gfi"}]})
    assert {"POPcon", "GFI POP2Exchange"} <= names_of(machine)
    machine.change({"collectors": ["popcon", "hmailserver"]})
    names = names_of(machine)
    assert "hMailServer" in names and "POPcon" in names and "GFI POP2Exchange" not in names
    assert machine.started("POPcon") is not None
    assert [each["product"] for each in machine.dump()["collectors"]] == ["popcon", "hmailserver"]


def names_of(machine: SimulatedMachine) -> set[str]:
    return {service["Name"] for service in machine.dump()["services"]}


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"collectors": ["fetchmail"]}, "collectors"),
        ({"collectors": [{"product": "popcon", "accounts": [{"server": "x"}]}]}, "popcon"),
        ({"collectors": "popcon"}, "a list"),
        ({"scanners": [{"sender": "a@b.de"}]}, "address"),
        ({"scanners": [{"address": "drucker"}]}, "drucker"),
        ({"scanners": {}}, "a list"),
        ({"router": {"public_address": "gibtsnicht"}}, "gibtsnicht"),
        ({"router": {"forwards_25": "yes"}}, "forwards_25"),
        ({"router": {"port": 25}}, "router"),
    ],
)
def test_what_is_around_a_host_is_read_strictly(wrong: dict[str, Any], match: str) -> None:
    machine = SimulatedMachine({"collectors": ["popcon"], "scanners": [SCANNER]})
    before = machine.dump()
    with pytest.raises(StateError, match=match):
        SimulatedMachine(wrong)
    with pytest.raises(StateError, match=match):
        machine.change({**wrong, "clock": CLOCK})
    after = machine.dump()
    assert [after[key] for key in ("collectors", "scanners", "router")] == [
        before[key] for key in ("collectors", "scanners", "router")
    ]


def test_mail_for_the_public_address_needs_a_router_that_lets_it_in() -> None:
    machine = SimulatedMachine({"clock": CLOCK, "router": {"public_address": "198.51.100.7"}})
    content = b"Message-ID: <m@x>\r\n\r\n"
    assert machine.arrive("a@b.de", ANNA, content, "192.0.2.25", "mx.example").startswith("250 ")
    assert machine.dump()["received"][0]["client"] == "192.0.2.25"
    machine.change({"router": {"forwards_25": False}})
    with pytest.raises(ConnectionError):
        machine.arrive("a@b.de", ANNA, content, "192.0.2.25", "mx.example")
    assert machine.dump()["router"] == {"public_address": "198.51.100.7", "forwards_25": False}
