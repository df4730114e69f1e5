"""What can be declared of a receive connector, and what is refused before a host is touched."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.desired import Desired, parse_desired
from tests.unit.plugin_utils.reason_keys import keys_of

REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"max_message_size": "25MB"}, ["receive_name_missing"]),
    ({"state": "absent"}, ["receive_name_missing"]),
    ({"state": "absent", "adopt": True}, ["receive_absent_needs_name"]),
    ({"name": "A", "bindings": []}, ["receive_list_empty"]),
    ({"name": "A", "remote_ip_ranges": []}, ["receive_list_empty"]),
    ({"name": "A", "banner": "Hello"}, ["receive_banner"]),
    ({"name": "A", "banner": "2200 mail"}, ["receive_banner"]),
    ({"name": "A", "auth_mechanism": ["BasicAuthRequireTLS"]}, ["receive_basic_tls"]),
    ({"name": "A", "auth_mechanism": ["Integrated"], "require_tls": True}, ["receive_tls_missing"]),
    ({"name": "A", "auth_mechanism": ["ExternalAuthoritative", "Integrated"]}, ["receive_external_alone"]),
    (
        {"name": "A", "auth_mechanism": ["ExternalAuthoritative"], "permission_groups": ["AnonymousUsers"]},
        ["receive_external_groups"],
    ),
    (
        {"name": "A", "require_tls": True, "remote_ip_ranges": ["0.0.0.0/0"]},
        ["receive_tls_for_everyone"],
    ),
    ({"name": "A", "bindings": ["25"]}, ["value_unfit"]),
    ({"name": "A", "remote_ip_ranges": ["192.168.1.300"]}, ["value_unfit"]),
    ({"name": "A", "permission_groups": ["Custom"]}, ["value_unfit"]),
    ({"name": "A", "auth_mechanism": ["None", "Tls"]}, ["value_unfit"]),
    ({"name": "A", "max_message_size": "unlimited"}, ["value_unfit"]),
    ({"name": "A", "tarpit_interval": "00:11:00"}, ["value_unfit"]),
    ({"clients_given_up": ["scanner"]}, ["value_unfit"]),
    ({"adopt": True, "remote_ranges": []}, ["option_unknown"]),
]
ACCEPTED: list[dict[str, Any]] = [
    {},
    {"close_relay": True},
    {"recipient_validation": False},
    {"adopt": True},
    {"name": "A", "state": "absent"},
    {"name": "A", "banner": ""},
    {"name": "A", "banner": "220 mail.beispiel.de"},
    {"name": "A", "auth_mechanism": ["Tls", "BasicAuth", "BasicAuthRequireTLS"]},
    {"name": "A", "auth_mechanism": ["ExternalAuthoritative", "Tls"], "permission_groups": ["ExchangeServers"]},
    {"name": "A", "require_tls": True, "remote_ip_ranges": ["203.0.113.0/24"]},
    {"name": "A", "require_tls": True, "remote_ip_ranges": ["0.0.0.0/0"], "permission_groups": ["Partners"]},
]


@pytest.mark.parametrize(("declared", "reasons"), REFUSED)
def test_refused(declared: dict[str, Any], reasons: list[str]) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_desired(declared)
    assert keys_of(caught.value.reasons) == reasons


@pytest.mark.parametrize("declared", ACCEPTED)
def test_accepted(declared: dict[str, Any]) -> None:
    parse_desired(declared)


def test_all_reasons_at_once() -> None:
    with pytest.raises(InputRefused) as caught:
        parse_desired({"bindings": [], "banner": "x", "auth_mechanism": ["BasicAuthRequireTLS"]})
    assert set(keys_of(caught.value.reasons)) == {
        "receive_name_missing",
        "receive_list_empty",
        "receive_banner",
        "receive_basic_tls",
    }


def test_canonical_values() -> None:
    found = parse_desired(
        {
            "name": "A",
            "remote_ip_ranges": ["192.168.1.0-192.168.1.255", "10.0.0.1"],
            "bindings": [":::25"],
            "clients_given_up": [],
            "known_relays": ["Filiale"],
        }
    )
    assert found == Desired(
        name="A",
        values={
            "remote_ip_ranges": frozenset({"192.168.1.0/24", "10.0.0.1"}),
            "bindings": frozenset({"[::]:25"}),
        },
        clients_given_up=frozenset(),
        known_relays=frozenset({"filiale"}),
    )
    assert parse_desired({}).clients_given_up is None
