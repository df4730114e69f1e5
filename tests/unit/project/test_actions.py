"""What is said of all actions in one place is so: their documentation, groups and plugins, and what a task loads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.action import Action
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.kinds import ListOf, Record
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import Option
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import every_option
from tests.unit.action.every_action import ACTIONS as PLUGINS
from tests.unit.action.every_action import documented

PACKAGE = "ansible_collections.sbs.mailflow.plugins"
ALL = {
    "address_rewrite",
    "pop3_connector",
    "queue",
    "receive_connector",
    "send_connector",
    "smarthost_account",
    "transport",
}
OTHER_NOUNS = {
    "facts": {"queue"},
    "mail_flow": {*ALL, "host_tls", "inbound", "preflight"},
    "preflight": {*ALL, "host_tls", "inbound"},
    "inbound": {*ALL, "host_tls", "preflight"},
    # It takes the options of the run of all nouns.
    "host_tls": {*ALL, "inbound", "preflight"},
    "queue_recovery": {"queue", "send_connector", "smarthost_account", "transport"},
    # The agents, and the accepted domains
    "receive_connector": {"address_rewrite"},
    "smarthost_account": {"queue", "send_connector"},
    "transport": {"send_connector"},
    # One table of options, and one road back, for every noun
    "restore": {
        "address_rewrite",
        "host_tls",
        "pop3_connector",
        "queue",
        "receive_connector",
        "send_connector",
        "transport",
    },
    "pop3_connector_restore": {"address_rewrite", "receive_connector", "restore", "send_connector"},
}
"""Whose declarations and steps an action needs, besides those of its own noun."""
HEART = ("desired", "diff", "steps", "subject")
every_action = pytest.mark.parametrize("action", actions.ACTIONS.values(), ids=lambda each: each.name)


def names_of(action: Action) -> set[str]:
    return {each.name for each in every_option(action)}


def test_every_plugin_is_an_action_that_is_known() -> None:
    assert set(actions.ACTIONS) == set(PLUGINS)


@every_action
def test_the_plugin_takes_the_options_that_are_documented(action: Action) -> None:
    kind = PLUGINS[action.name].ActionModule
    plans = kind.needs_exchange if kind.plans is None else kind.plans
    assert (kind.needs_exchange, plans) == (action.needs_exchange, action.plans)
    assert set(documented(action.name)) == names_of(action)


@every_action
def test_the_documentation_that_is_shown_has_every_option(action: Action) -> None:
    shown = subprocess.run(
        ["ansible-doc", "-t", "module", "-j", f"sbs.mailflow.{action.name}"], capture_output=True, text=True, check=True
    )
    (page,) = yaml.safe_load(shown.stdout).values()
    assert set(page["doc"]["options"]) == names_of(action)
    assert page["doc"]["short_description"] == action.description and not action.description.endswith(".")
    assert set(page["doc"]["attributes"]) == {"action", "check_mode", "diff_mode"}


def test_the_groups_are_those_of_what_all_of_their_members_take(root: Path) -> None:
    groups = yaml.safe_load((root / "meta/runtime.yml").read_text())["action_groups"]
    assert groups == actions.GROUPS
    for group, options in {"all": {"timeout"}, "exchange": {"exchange_login"}, "plans": {"approved_plan"}}.items():
        takes = {name for name, each in actions.ACTIONS.items() if options <= {o.name for o in every_option(each)}}
        assert set(groups[group]) == takes


@pytest.mark.parametrize("name", PLUGINS)
def test_a_task_loads_its_own_noun_alone(name: str) -> None:
    script = f"import sys; import {PACKAGE}.action.{name}; print(*sys.modules)"
    path = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=path)
    loaded = {each.removeprefix(f"{PACKAGE}.plugin_utils.") for each in done.stdout.split() if "plugin_utils." in each}
    assert "actions" not in loaded
    hearts = {each.partition(".")[0] for each in loaded if each.partition(".")[2] in HEART} - {"run"}
    nouns = {name, re.sub("_(restore|fetch|learn|host)$", "", name), *OTHER_NOUNS.get(name, ())}
    assert hearts <= nouns


def rows(options: tuple[Option, ...]) -> list[Option]:
    """The options, and those of the mappings that they are."""
    found = list(options)
    for each in options:
        kind = each.kind.item if isinstance(each.kind, ListOf) else each.kind
        found += rows(kind.options) if isinstance(kind, Record) else []
    return found


@every_action
def test_an_option_is_described_in_sentences_and_has_a_type_of_ansible(action: Action) -> None:
    for each in rows(every_option(action)):
        assert re.fullmatch(r"[A-Z][^\n]*\.", each.description), each.name
        assert each.kind.ansible_type in ("str", "int", "bool", "list", "dict", "raw")
        assert (each.kind.ansible_type == "list") == bool(each.kind.elements)


def test_what_is_secret_is_known_by_name() -> None:
    secrets = {each.name for action in actions.ACTIONS.values() for each in rows(every_option(action)) if each.secret}
    assert secrets == {"password", "exchange_login", "login"}
