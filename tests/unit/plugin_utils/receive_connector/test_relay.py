"""Who may relay: which access entry decides, and which connector is called open."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector import relay as relays
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.ranges import range_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.relay import (
    RelayRight,
    RelayRights,
    open_relays,
    parse_rights,
    untold,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult
from tests.unit.plugin_utils.receive_connector.receiving_host import (
    ALL,
    GERMAN,
    INTERNET,
    connectors,
    printed,
    relay,
)

EXTERNAL = {"AuthMechanism": "Tls, ExternalAuthoritative", "PermissionGroups": "AnonymousUsers, ExchangeServers"}
DECIDES: list[tuple[list[RelayRight], bool]] = [
    ([], False),
    ([relay()], True),
    ([relay(inherited=True)], True),
    ([relay(deny=True)], False),
    ([relay(deny=True), relay()], False),
    ([relay(deny=True, inherited=True), relay()], True),
    ([relay(deny=True, inherited=True), relay(inherited=True)], False),
    ([relay(deny=True), relay(inherited=True)], False),
    ([RelayRight(relay().connector, "NT-AUTORITÄT\\Authentifizierte Benutzer", "S-1-5-11")], False),
    ([RelayRight(relay().connector, GERMAN, None)], False),
    ([RelayRight("cn=other", GERMAN, "S-1-5-7")], False),
]


@pytest.mark.parametrize(("entries", "may"), DECIDES)
def test_which_entry_decides(entries: list[RelayRight], may: bool) -> None:
    (connector,) = connectors(printed())
    assert (RelayRights(tuple(entries)).anonymous(connector) is not None) is may


OPEN: list[tuple[dict[str, Any], list[RelayRight], list[str], int]] = [
    ({}, [relay()], [], 1),
    ({}, [], [], 0),
    ({"Enabled": False}, [relay()], [], 0),
    ({"RemoteIPRanges": ["192.168.1.50"]}, [relay()], [], 0),
    ({"RemoteIPRanges": ["10.0.0.0/8", "fe80::/10", "127.0.0.1"]}, [relay()], [], 0),
    ({"RemoteIPRanges": ["198.51.100.2"]}, [relay()], [], 0),
    ({"RemoteIPRanges": ["203.0.113.0/24"]}, [relay()], [], 1),
    ({"RemoteIPRanges": ["203.0.113.0/24"]}, [relay()], [INTERNET], 0),
    ({"RemoteIPRanges": ["203.0.113.0/24"]}, [relay()], ["Another"], 1),
    ({"RemoteIPRanges": [ALL]}, [relay()], [INTERNET], 1),
    ({"RemoteIPRanges": ["0.0.0.0/1", "128.0.0.0/1"]}, [relay()], [INTERNET], 1),
    ({"RemoteIPRanges": ["::/0"], "Bindings": [":::25"]}, [relay()], [], 1),
    ({"Bindings": ["0.0.0.0:587"]}, [relay()], [], 1),
    (EXTERNAL, [], [], 1),
    (EXTERNAL, [relay()], [], 2),
    ({**EXTERNAL, "RemoteIPRanges": ["192.168.1.50"]}, [relay()], [], 0),
    ({"AuthMechanism": "ExternalAuthoritative"}, [], [], 0),
]


@pytest.mark.parametrize(("properties", "entries", "known", "count"), OPEN)
def test_what_is_open(properties: dict[str, Any], entries: list[RelayRight], known: list[str], count: int) -> None:
    own = [range_of("198.51.100.2")]
    found = open_relays(connectors(printed(**properties)), RelayRights(tuple(entries)), own, known)
    assert len(found) == count


@pytest.mark.parametrize(
    ("entry", "closable"), [(relay(), True), (relay(inherited=True), False)], ids=["own", "inherited"]
)
def test_what_can_be_closed(entry: RelayRight, closable: bool) -> None:
    (found,) = open_relays(connectors(printed()), RelayRights((entry,)))
    assert found.closable is closable
    left = RelayRights((entry,)).closed([found])
    assert bool(open_relays(connectors(printed()), left)) is not closable


def test_a_connector_without_a_name_in_the_directory_is_not_written_to() -> None:
    (nameless,) = connectors(printed(DistinguishedName=None))
    assert relays.OpenRelay(nameless, relay()).closable is False
    assert RelayRights((RelayRight("", GERMAN, "S-1-5-7"),)).anonymous(nameless) is None


def test_exactly_one_entry_is_taken_away() -> None:
    (found,) = open_relays(connectors(printed()), RelayRights((relay(),)))
    step = found.step()
    assert (step.command, dict(step.parameters)) == (
        "Remove-ADPermission",
        {
            "Identity": printed()["DistinguishedName"],
            "User": GERMAN,
            "ExtendedRights": "ms-Exch-SMTP-Accept-Any-Recipient",
            "Confirm": False,
        },
    )


def answer(status: str, *rows: dict[str, Any]) -> Reply:
    return Reply("0.1.0", "2.0", "SBS", (StepResult(relays.STEP.id, status, rows),))


def test_what_cannot_be_read_is_told_apart() -> None:
    dn = printed()["DistinguishedName"]
    (connector,) = connectors(printed())
    whole = parse_rights(answer("done", {"Connector": dn, "User": GERMAN, "Sid": "S-1-5-7", "Deny": False}))
    assert whole.anonymous(connector) and untold([connector], whole) == []
    none = parse_rights(answer("done", {"Connector": dn, "Error": "no"}))
    assert none.anonymous(connector) is None and untold([connector], none) == [connector]
    assert untold([connector], parse_rights(answer("failed"))) == [connector]
    assert untold(connectors(printed(RemoteIPRanges=["10.0.0.1"])), parse_rights(answer("failed"))) == []
