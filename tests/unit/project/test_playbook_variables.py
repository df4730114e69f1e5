"""The variables of our playbooks: each reads what the table says, and what its page promises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.variables import PLAYBOOKS, DeclaredBy, Playbook
from tests.unit.action.every_action import ACTIONS as PLUGINS
from tests.unit.project.test_loops import Loader

ROOT = Path(__file__).resolve().parents[3]
MODULE = {
    "check_inbound": "inbound_mail",
    "check_transport": "queue",
    "fetch_pop3_connector": "pop3_connector_fetch",
    "learn_pop3_connector": "pop3_connector_learn",
    "plan_inbound": "inbound_plan",
    "probe_host": "probe_host",
    "recover_queue": "queue_recovery",
    "restore": "restore",
    "restore_pop3_connector": "pop3_connector_restore",
}
PAGES = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", *(ROOT / "playbooks").glob("*.yml")]
every_playbook = pytest.mark.parametrize(("name", "playbook"), PLAYBOOKS.items(), ids=PLAYBOOKS)


def text_of(name: str) -> str:
    return (ROOT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8")


def own(playbook: Playbook, name: str) -> set[str]:
    """The variables that begin as those of this playbook alone."""
    roles = tuple(f"{each}_" for each in actions.ROLES)
    known = {*playbook.names(actions.ACTIONS[MODULE[name]]).values(), *playbook.takes}
    return {each for each in known if each.startswith(playbook.refuses) and not each.startswith(roles)}


def handed(name: str) -> dict[str, str]:
    """Option -> template, as the playbook hands it to its module."""
    found: dict[str, str] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            found.update(value.get(f"sbs.mailflow.{MODULE[name]}") or {})
            for each in value.values():
                look(each)
        for each in value if isinstance(value, list) else ():
            look(each)

    look(yaml.load(text_of(name), Loader))
    return found


def test_every_playbook_that_asks_a_module_is_there() -> None:
    """Those of roles are refused by these."""
    asking = {path.stem for path in (ROOT / "playbooks").glob("*.yml") if "sbs.mailflow.restore:" in path.read_text()}
    asking |= {
        path.stem
        for path in (ROOT / "playbooks").glob("*.yml")
        if any(re.search(rf"^ +sbs\.mailflow\.{module}:", path.read_text(), re.MULTILINE) for module in MODULE.values())
    }
    assert asking == set(PLAYBOOKS) == set(MODULE)


@every_playbook
def test_it_hands_its_variables_on(name: str, playbook: Playbook) -> None:
    given, names = handed(name), playbook.names(actions.ACTIONS[MODULE[name]])
    of_a_run = {each.removeprefix("mail_flow_") for each in names.values() if each.startswith("mail_flow_")}
    read = text_of(name)
    for option, variable in names.items():
        assert option in given, option
        assert variable in given[option] or "vars" in given[option] or variable in read or option in of_a_run, option


@every_playbook
def test_it_reads_no_others_that_begin_so(name: str, playbook: Playbook) -> None:
    text = re.sub(r"(?m)sbs\.mailflow\.\w+|playbooks/\w+\.yml|^- name: .*", "", text_of(name))
    words = {each for each in re.findall(r"\b[a-z][a-z0-9_]+\b", text) if each.startswith(playbook.refuses)}
    roles = tuple(f"{each}_" for each in actions.ROLES)
    assert {each for each in words if not each.startswith(roles)} == own(playbook, name)


@every_playbook
def test_what_a_page_promises_is_taken(name: str, playbook: Playbook) -> None:
    tables = PLUGINS[MODULE[name]].ActionModule.tables
    reader = DeclaredBy(tables, playbook=name)
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        told = re.findall(r"(?:-e |`)((?:queue_recovery|restore|probe_host|learn|pop3_connector)_\w+)(?=[=:`])", text)
        nouns = {*actions.ACTIONS, "pop3_connector_account", *Path(ROOT / "roles").iterdir()}
        assert reader.refusals([each for each in told if each not in nouns], "sbs") == [], page.name


@every_playbook
def test_an_unknown_one_is_refused_and_other_playbooks_are_not_meant(name: str, playbook: Playbook) -> None:
    reader = DeclaredBy(PLUGINS[MODULE[name]].ActionModule.tables, playbook=name)
    for prefix in playbook.refuses:
        (reason,) = reader.refusals([f"{prefix}nonsense", "nonsense", "run", "backup_file", "fail_on"], "sbs")
        assert f"the variables {prefix}nonsense, which the playbook does not know" in str(reason)
    assert (
        DeclaredBy(PLUGINS["queue"].ActionModule.tables, playbook="check_transport").refusals(
            ["queue_recovery_share", "queue_connector", "transport_timeout"], "sbs"
        )
        == []
    )
