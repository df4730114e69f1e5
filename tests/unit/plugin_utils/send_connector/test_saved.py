"""A connector goes into a saved state and comes back as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.saved import read_saved, saved_connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.run.examples import LOGIN, STRATO, parsed, printed
from tests.unit.plugin_utils.send_connector.declarations import DECLARATIONS, new

# What a host may print, and no declaration is
PRINTED: dict[str, list[Any]] = {
    "AddressSpaces": [["SMTP:*;5", "SMTP:beispiel.de;1", "X400:c=us;1"], []],
    "SmartHosts": [["smtp.strato.de", "[10.0.0.1]", "[2001:db8::1]"], []],
    "SourceTransportServers": [["SBS", "SBS2"], []],
    "MaxMessageSize": ["unlimited", "1,001 MB (1.049.600 bytes)", "2 GB (2.147.483.648 bytes)", "0 B (0 bytes)"],
    "ConnectionInactivityTimeOut": ["00:00:01", "1.00:00:00"],
    "SmtpMaxMessagesPerConnection": [0],
    "Comment": ["„Zwei“\r\nZeilen, 'ä' $x", "5", " "],
    "ErrorPolicies": ["DowngradeAuthFailures, DowngradeDnsFailures"],
}


def round_trip(connector: SendConnector) -> SendConnector:
    return read_saved(json.loads(json.dumps(saved_connector(connector))))


@pytest.mark.parametrize(("prop", "value"), [(prop, value) for prop, values in PRINTED.items() for value in values])
def test_each_setting_comes_back(prop: str, value: Any) -> None:
    (before,) = parsed(printed(**{prop: value}))
    assert round_trip(before) == before


def test_every_setting_that_is_wished_comes_back() -> None:
    exchange = SimulatedMachine.from_state("sbs2011_german").organisation
    assert exchange is not None
    for number, (option, desired, company) in enumerate(DECLARATIONS):
        row = SETTINGS[option]
        given = {row.prop: row.kind.parameter(row.kind.parse(desired))}
        (before,) = parsed(new(exchange, **company | given, Name=str(number)))
        assert round_trip(before) == before, (option, desired)


@pytest.mark.parametrize("changes", [{}, STRATO, {each.prop: None for each in SETTINGS.read}])
def test_a_whole_connector_comes_back(changes: dict[str, Any]) -> None:
    (before,) = parsed(printed(**changes))
    assert round_trip(before) == before


def test_what_could_not_be_read_is_named_and_left_out() -> None:
    (before,) = parsed(printed(MaxMessageSize="zehn", Port="?"))
    data = saved_connector(before)
    assert data["unreadable"] == ["max_message_size", "port"]
    assert not {"max_message_size", "port"} & set(data["settings"])
    assert set(before.values) - set(read_saved(data).values) == {"max_message_size", "port"}


def test_the_login_is_saved_by_name() -> None:
    (before,) = parsed(printed(**STRATO))
    assert saved_connector(before)["username"] == LOGIN


DAMAGED: list[dict[str, Any]] = [
    {"name": None},
    {"guid": None},
    {"settings": None},
    {"settings": []},
    {"settings": "enabled"},
    {"settings": {"port": "viele"}},
    {"settings": {"smart_hosts": 7}},
    {"unreadable": None},
]


@pytest.mark.parametrize("damage", DAMAGED, ids=str)
def test_nonsense_is_no_connector(damage: dict[str, Any]) -> None:
    (before,) = parsed(printed(**STRATO))
    data = {**saved_connector(before), **damage}
    whole = {key: value for key, value in data.items() if value is not None}
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_saved(whole)
