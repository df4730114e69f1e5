"""Reading what a host prints: nothing that it prints is an error."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Unreadable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import state
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS
from tests.unit.plugin_utils.run.examples import LOGIN, STRATO, parsed, printed

ODD: list[Any] = [None, "", " ", "?", 0, -1, 7.5, True, [], ["?"], [None], [[]], {}, {"a": 1}, "\u200b", "9" * 500]


def test_every_readable_setting_is_asked_for_and_the_password_is_not() -> None:
    step = state.READ_STEP
    assert set(step.select) == {"Name", "Guid", "AuthenticationCredential", *(each.prop for each in SETTINGS.read)}
    assert "Usage" not in step.select


def test_a_connector_as_the_wizard_left_it() -> None:
    (found,) = parsed(printed())
    assert set(found.values) == {each.name for each in SETTINGS.read}
    assert not [value for value in found.values.values() if isinstance(value, Unreadable)]
    assert found.values["max_message_size"] == 10485760
    assert found.values["smart_hosts"] == frozenset()
    assert found.username is None


def test_a_connector_of_which_nothing_is_told() -> None:
    (found,) = state.parse_connectors([{}])
    assert set(found.values) == {each.name for each in SETTINGS.read}
    assert (found.enabled, found.cost_of_any_domain, found.hands_to_smart_host) == (False, None, False)


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("setting", SETTINGS.read, ids=lambda setting: setting.name)
def test_no_odd_value_is_an_error(setting: Any, odd: Any) -> None:
    (found,) = parsed(printed(**{setting.prop: odd}))
    hash(found.values[setting.name])
    assert isinstance(found.enabled, bool)
    assert isinstance(found.hands_to_smart_host, bool)
    assert found.cost_of_any_domain in (None, 1)


@pytest.mark.parametrize(
    ("credential", "username"),
    [
        (None, None),
        ({"UserName": LOGIN}, LOGIN),
        ({"UserName": ""}, None),
        ({}, None),
        ("System.Management.Automation.PSCredential", None),
    ],
)
def test_the_login_name(credential: Any, username: str | None) -> None:
    (found,) = parsed(printed(AuthenticationCredential=credential))
    assert found.username == username


@pytest.mark.parametrize(
    ("spaces", "cost"),
    [
        (["SMTP:*;1"], 1),
        (["SMTP:*;30", "SMTP:*;20", "SMTP:beispiel.de;1"], 20),
        (["SMTP:*.de;1"], None),
        (["X400:*;1"], None),
        (["X400:c=de;a= ;p=x;1", "SMTP:*;7"], 7),
        ([], None),
        (["SMTP:*;tausend"], None),
    ],
)
def test_the_cost_for_every_domain(spaces: list[str], cost: int | None) -> None:
    (found,) = parsed(printed(AddressSpaces=spaces))
    assert found.cost_of_any_domain == cost


@pytest.mark.parametrize(
    ("changes", "hands"),
    [
        ({}, False),
        (STRATO, True),
        (STRATO | {"DNSRoutingEnabled": True}, False),
        (STRATO | {"DNSRoutingEnabled": "vielleicht"}, True),
        ({"DNSRoutingEnabled": False}, False),
    ],
)
def test_whether_mail_goes_to_a_smart_host(changes: dict[str, Any], hands: bool) -> None:
    (found,) = parsed(printed(**changes))
    assert found.hands_to_smart_host is hands


def test_connectors_come_by_name_whatever_the_hosts_order() -> None:
    found = parsed(printed("b", Guid="2"), printed("C"), printed("B", Guid="1"), printed("a"))
    assert [each.name for each in found] == ["a", "B", "b", "C"]


def test_only_enabled_connectors_take_mail_to_every_domain() -> None:
    found = parsed(printed("a"), printed("b", Enabled=False), printed("c", AddressSpaces=["SMTP:c.de;1"]))
    assert [each.name for each in state.any_domain(found)] == ["a"]
