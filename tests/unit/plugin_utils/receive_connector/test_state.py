"""What is read of receive connectors, which of them are for the internet, and which takes whose mail."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.ranges import parse_binding
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.state import (
    ReceiveConnector,
    internet_connectors,
    parse_receive_connectors,
    takes_from,
)

ALL = "0.0.0.0-255.255.255.255"


def printed(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Identity": f"SBS\\{name}",
        "DistinguishedName": f"CN={name},DC=beispiel,DC=local",
        "Server": "SBS",
        "Enabled": True,
        "Bindings": ["0.0.0.0:25", ":::25"],
        "RemoteIPRanges": [ALL],
        "PermissionGroups": "AnonymousUsers",
        "AuthMechanism": "Tls",
        **properties,
    }


def one(**properties: Any) -> ReceiveConnector:
    return parse_receive_connectors([printed("C", **properties)])[0]


def test_values_are_canonical() -> None:
    found = one(
        MaxMessageSize="10 MB (10,485,760 bytes)", TarpitInterval="00:00:05", Banner=None, Fqdn="SBS.beispiel.local"
    )
    assert found.dn == "CN=C,DC=beispiel,DC=local"
    assert {str(each) for each in found.bindings} == {"0.0.0.0:25", "[::]:25"}
    assert (found.values["max_message_size"], found.values["tarpit_interval"]) == (10485760, 5)
    assert (found.values["fqdn"], found.values["banner"]) == ("sbs.beispiel.local", None)


@pytest.mark.parametrize(
    ("printed_groups", "groups"),
    [
        ("AnonymousUsers, Custom", {"AnonymousUsers"}),
        ("Custom", {"None"}),
        ("None", {"None"}),
        ("AnonymousUsers, ExchangeUsers", {"AnonymousUsers", "ExchangeUsers"}),
        (None, set()),
        (17, set()),
        ("Hokuspokus", set()),
    ],
)
def test_rights_given_by_hand_are_no_group(printed_groups: Any, groups: set[str]) -> None:
    assert one(PermissionGroups=printed_groups).groups == groups


@pytest.mark.parametrize(
    ("properties", "internet"),
    [
        ({}, True),
        ({"Enabled": False}, False),
        ({"Bindings": ["0.0.0.0:587"]}, False),
        ({"PermissionGroups": "ExchangeUsers"}, False),
        ({"RemoteIPRanges": ["192.168.1.0/24", "127.0.0.1"]}, False),
        ({"RemoteIPRanges": ["203.0.113.0/24"]}, True),
        ({"Bindings": [":::25"], "RemoteIPRanges": ["::/0"]}, True),
    ],
)
def test_who_is_for_the_internet(properties: dict[str, Any], internet: bool) -> None:
    assert bool(internet_connectors([one(**properties)])) is internet


def test_other_servers_have_their_own() -> None:
    rows = [printed("A"), printed("B", Server="beispiel.local/Configuration/Servers/EX2"), printed("C", Server=None)]
    assert [each.name for each in parse_receive_connectors(rows, "sbs")] == ["A", "C"]
    assert [each.name for each in parse_receive_connectors(rows)] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("client", "to", "taken_by"),
    [
        ("192.168.1.50", "192.168.1.2:25", "Scanner"),
        ("192.168.1.51", "192.168.1.2:25", "Lan"),
        ("203.0.113.9", "192.168.1.2:25", "Internet"),
        ("127.0.0.1", "127.0.0.1:25", "Fax"),
        ("203.0.113.9", "192.168.1.2:587", None),
        ("::1", "[::1]:25", None),
        ("no address", "192.168.1.2:25", None),
    ],
)
def test_the_smallest_range_takes_the_mail(client: str, to: str, taken_by: str | None) -> None:
    connectors = parse_receive_connectors(
        [
            printed("Internet"),
            printed("Lan", RemoteIPRanges=["192.168.1.0/24"]),
            printed("Scanner", RemoteIPRanges=["192.168.1.50"]),
            printed("Off", RemoteIPRanges=["203.0.113.9"], Enabled=False),
            printed("Fax", Bindings=["127.0.0.1:25"]),
        ]
    )
    found = takes_from(connectors, parse_binding(to), client)
    assert (found.name if found else None) == taken_by
