"""Whoever reads a sentence in a role reads the names of variables, in a module's task those of options."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions, messages
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.variables import PLAYBOOKS, DeclaredBy
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages.spelled import spelled, written_as
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.option import names
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.spelling import Spelling
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import every_option
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.desired import (
    parse_desired as parse_account,
)
from tests.unit.action.every_action import ACTIONS as PLUGINS

FLOW = PLUGINS["mail_flow"].ActionModule.tables
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ACCOUNT = {
    "provider": "strato",
    "mailboxes": [{"address": "info@beispiel.de", "password": "Kupferdach-4711", "created": "2020-01-31"}],
}
SENTENCES = [
    (module.__name__.rpartition(".")[2], key, sentence)
    for module in messages.BY_NOUN
    for key, told in {**module.REASONS, **{key: (text,) for key, text in module.NOTICES.items()}}.items()
    for sentence in told
]
READERS = {noun: DeclaredBy((action,), role=noun) for noun, action in actions.ROLES.items()}


def bare(noun: str, sentence: str) -> list[str]:
    """The noun's options that a sentence names as a module has them."""
    found = []
    for option in names(every_option(actions.ACTIONS[noun])):
        if "_" in option:
            found += re.findall(rf"(?<![\w.{{]){option}(?![\w(}}])", sentence)
        else:
            declared = rf"[Dd]eclare {option}\b|\b[Ll]eave {option} out|\bor {option}: (?!{{)[a-z]"
            found += re.findall(rf"{declared}|(?<![\w.]){option}: (?:true|false|[a-z]+\b(?! [a-z]))", sentence)
    return found


@pytest.mark.parametrize("noun", READERS)
def test_in_a_role_every_option_is_the_role_s_variable(noun: str) -> None:
    with written_as(READERS[noun].written(())):
        left = {
            key: found
            for module, key, sentence in SENTENCES
            if module in (noun, "run", "controller", "agent", "mailboxes")
            and (found := bare(noun, spelled(sentence, module)))
        }
    assert left == {}


@pytest.mark.parametrize("noun", sorted(READERS.keys() - {"host_tls"}))  # which has a run of its own
def test_in_the_role_of_all_nouns_too(noun: str) -> None:
    with written_as(DeclaredBy(FLOW, "mail_flow").written({noun})):
        left = {
            key: found
            for module, key, sentence in SENTENCES
            if module == noun and (found := bare(noun, spelled(sentence, module)))
        }
    assert left == {}


def test_in_the_recovering_playbook() -> None:
    reader = DeclaredBy(PLUGINS["queue_recovery"].ActionModule.tables, playbook="recover_queue")
    with written_as(reader.written(())):
        told = [spelled(sentence, module) for module, _, sentence in SENTENCES if module == "queue_recovery"]
    assert [found for sentence in told if (found := bare("queue_recovery", sentence))] == []


def test_a_task_of_its_own_reads_options() -> None:
    told = [spelled(sentence, module) for module, _, sentence in SENTENCES]
    assert not [each for each in told if "O(" in each]
    assert "declare confirm_mass_change: true" in str(mass_change())
    with written_as(READERS["address_rewrite"].written(())):
        assert "declare address_rewrite_confirm_mass_change: true" in str(mass_change())
        assert "percent at once (address_rewrite_max_change_percent)" in str(mass_change())


def mass_change() -> Any:
    return reason_of("mass_change", "here", changing=9, total=10, percent=30)


def test_what_a_host_says_is_left_as_it_is() -> None:
    with written_as(READERS["address_rewrite"].written(())):
        told = reason_of("address_taken", "here", name="confirm_mass_change", address="O(method)", owner="x")
    assert "confirm_mass_change" in told.found and "address_rewrite_" not in told.found and "O(method)" in told.found


def test_the_connector_of_an_account_is_declared_below_it() -> None:
    with written_as(READERS["smarthost_account"].written(())):
        assert spelled("require_tls: true and O(adopt): true", "send_connector") == (
            "smarthost_account_connector.require_tls: true and smarthost_account_connector.adopt: true"
        )
        assert spelled("known_routes", "send_connector") == "smarthost_account_known_routes"
    with written_as(DeclaredBy(FLOW, "mail_flow").written({"send_connector"})):
        assert spelled("require_tls", "send_connector") == "send_connector_require_tls"
        assert spelled("backup_dir", "controller") == "mail_flow_backup_dir"


def test_the_name_of_a_noun_is_no_option() -> None:
    with written_as(DeclaredBy(FLOW, "mail_flow").written({"send_connector"})):
        assert spelled("send_connector and smarthost_account", "mail_flow") == "send_connector and smarthost_account"


def test_a_connector_inside_of_a_role_is_found_by_its_variable() -> None:
    at, told = Spelling("smarthost account", prefix="smarthost_account_"), []
    for wrong in ({"smarthosts": []}, {"login": {}}):
        with (
            written_as(DeclaredBy(FLOW, "mail_flow").written({"smarthost_account"})),
            pytest.raises(InputRefused) as caught,
        ):
            parse_account({**ACCOUNT, "connector": wrong}, NOW, where=at)
        told.append(str(caught.value))
    assert "smarthost_account_connector: found an option smarthosts" in told[0] and "expected smart_hosts" in told[0]
    assert "found smarthost_account_connector.login;" in told[1]


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_a_playbook_s_advice_about_the_transport_is_the_role_s(name: str) -> None:
    reader = DeclaredBy(PLUGINS["queue"].ActionModule.tables, playbook=name)
    with written_as(reader.written(())):
        assert "longer transport_message_retry_interval" in spelled(messages.NOTICES["snowball"], "queue")


@pytest.mark.parametrize(
    ("reader", "variable"),
    [
        (DeclaredBy(FLOW, "mail_flow"), "transport_connector"),
        (DeclaredBy(PLUGINS["queue"].ActionModule.tables, playbook="check_transport"), "queue_connector"),
        (
            DeclaredBy(PLUGINS["queue_recovery"].ActionModule.tables, playbook="recover_queue"),
            "queue_recovery_connector",
        ),
        (DeclaredBy(PLUGINS["queue"].ActionModule.tables), "connector"),
    ],
)
def test_the_connector_of_a_queue_is_declared_where_its_reader_does(reader: DeclaredBy, variable: str) -> None:
    with written_as(reader.written({"transport", "smarthost_account"})):
        assert f"Declare {variable}," in reason_of("connector_unclear", "sbs", count=0, names="").remedy


def test_what_a_restore_needs_is_named_as_its_playbook_takes_it() -> None:
    with written_as({"": {"logins": "restore_logins"}}):
        assert "in the option restore_logins" in str(reason_of("restore_needs_login", "x", username="a"))
