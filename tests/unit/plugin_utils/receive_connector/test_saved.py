"""What is saved of receive connectors, and what of an edited file is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.diff import State, decide
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.relay import RelayRight
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.saved import read_state, saved_state
from tests.unit.plugin_utils.receive_connector.receiving_host import (
    GERMAN,
    INTERNET,
    SBS,
    SCANS,
    printed,
    relay,
    state,
)

USERS = RelayRight(relay("Scanner").connector, "NT-AUTORITÄT\\Authentifizierte Benutzer", "S-1-5-11")
HOST = state(*SBS, SCANS, rights=[relay(), relay("Scanner"), USERS, relay("Scanner", inherited=True)], seen=[])


def saved(host: State, declared: dict[str, Any]) -> dict[str, Any]:
    """The content of the file, as JSON can hold it."""
    decision = decide(host, parse_desired(declared), datetime(2026, 3, 2, tzinfo=UTC)).decision
    assert decision.plan is not None and decision.refusal is None
    content: dict[str, Any] = json.loads(json.dumps(saved_state(host, decision.plan)))
    return content


@pytest.mark.parametrize(
    ("declared", "names", "created", "rights", "validation"),
    [
        ({"close_relay": True}, [INTERNET], [], [(INTERNET, "S-1-5-7")], None),
        ({"adopt": True, "comment": "x"}, [INTERNET], [], [], None),
        (
            {"name": "Scanner", "state": "absent"},
            ["Scanner"],
            [],
            [("Scanner", "S-1-5-7"), ("Scanner", "S-1-5-11")],
            None,
        ),
        ({"name": "Neu", "bindings": ["0.0.0.0:2525"], "remote_ip_ranges": ["8.8.8.8"]}, [], ["Neu"], [], None),
        ({"recipient_validation": True}, [], [], [], False),
    ],
)
def test_what_is_saved(
    declared: dict[str, Any],
    names: list[str],
    created: list[str],
    rights: list[tuple[str, str]],
    validation: bool | None,
) -> None:
    found = read_state(saved(HOST, declared))
    assert [each.name for each in found.connectors] == names and list(found.created) == created
    assert [(each.connector, each.sid) for each in found.rights] == [
        (printed(name)["DistinguishedName"].lower(), sid) for name, sid in rights
    ]
    assert found.validation is validation
    assert all(each in HOST.connectors for each in found.connectors)


def edited(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    content = saved(HOST, {"close_relay": True})
    change(content)
    return content


DAMAGED: list[Callable[[dict[str, Any]], Any]] = [
    lambda content: content.pop("connectors"),
    lambda content: content.pop("relay_rights"),
    lambda content: content.update(recipient_validation="yes"),
    lambda content: content.update(created="Neu"),
    lambda content: content["connectors"][0].pop("dn"),
    lambda content: content["connectors"][0].update(name=5),
    lambda content: content["connectors"][0]["settings"].update(max_message_size=5),
    lambda content: content["connectors"][0]["settings"].update(remote_ip_ranges=["x"]),
    lambda content: content["connectors"][0].update(not_set=["what"]),
    lambda content: content["relay_rights"][0].update(user=None),
    lambda content: content.update(relay_rights=[GERMAN]),
]


@pytest.mark.parametrize("change", DAMAGED)
def test_what_was_edited_into_nonsense_is_refused(change: Callable[[dict[str, Any]], Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_state(edited(change))


def test_what_the_host_did_not_tell_is_not_put_back() -> None:
    host = state(printed(MaxMessageSize="odd", Fqdn=None, Banner=None), rights=[relay()], seen=[])
    (found,) = read_state(saved(host, {"close_relay": True})).connectors
    assert "max_message_size" not in found.values
    assert found.values["fqdn"] is None and found.values["banner"] is None
