"""A name that does not exist, and the one that may be meant."""

from __future__ import annotations

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.near import OF_EVERY_RUN, inside, nearest
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import names
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.parse import parse
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RUN_OPTIONS

NEAR = {
    ("send_connector", "prot"): "port",
    ("send_connector", "SmartHosts"): "smart_hosts",
    ("send_connector", "smart-host"): "smart_hosts",
    ("send_connector", "send_connector_port"): "port",
    ("send_connector", "SmartHostAuthMechanism"): "smart_host_auth_mechanism",
    ("address_rewrite", "rule"): "rules",
    ("address_rewrite", "confirm_masschange"): "confirm_mass_change",
    ("transport", "calm_for_providr"): "calm_for_provider",
    ("smarthost_account", "mailbox"): "mailboxes",
    ("pop3_connector", "account"): "accounts",
}


@pytest.mark.parametrize(("noun", "wrong"), NEAR)
def test_the_likeliest_comes_first(noun: str, wrong: str) -> None:
    assert nearest(wrong, names(actions.ACTIONS[noun].options))[0] == NEAR[noun, wrong]


@pytest.mark.parametrize(
    ("noun", "wrong", "where"),
    [
        ("send_connector", "username", [("username", "login")]),
        ("send_connector", "LoginPassword", [("password", "login")]),
        ("smarthost_account", "time_zone", [("time_zone", "mailboxes"), ("time_zone", "switch_window")]),
        ("address_rewrite", "from", [("from", "rules")]),
        ("address_rewrite", "xyzzy", []),
        ("transport", "", []),
    ],
)
def test_a_name_in_a_mapping_is_told_with_it(noun: str, wrong: str, where: list[tuple[str, str]]) -> None:
    assert inside(wrong, actions.ACTIONS[noun].options) == where


def test_a_module_s_task_is_told_so_too() -> None:
    reasons: list[Reason] = []
    parse(actions.ACTIONS["send_connector"].options, {"username": "a"}, Spelling("here"), reasons)
    assert reasons[0].expected == "username inside of login"


def test_nothing_is_near_to_nonsense() -> None:
    assert nearest("xyzzy", names(actions.ACTIONS["transport"].options)) == []
    assert nearest("", ["port"]) == []


def test_what_every_run_has_is_known() -> None:
    assert set(OF_EVERY_RUN) == names(RUN_OPTIONS)
