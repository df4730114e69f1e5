"""What is written from the tables of options is up to date, and each role and the scenario know every option."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.sbs.mailflow.plugins.action.mail_flow import ActionModule as MailFlow
from ansible_collections.sbs.mailflow.plugins.plugin_utils import actions
from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.variables import DeclaredBy
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mail_flow.nouns import NOUNS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RUN_OPTIONS, every_option

ROLES = {name: {each.name for each in every_option(action)} for name, action in actions.ROLES.items()}
SECRET = {
    "host_tls": ("exchange_login",),
    "inbound": ("exchange_login",),
    "pop3_connector": ("accounts",),
    "address_rewrite": ("exchange_login",),
    "preflight": ("exchange_login",),
    "receive_connector": ("exchange_login",),
    "send_connector": ("login", "exchange_login"),
    "smarthost_account": ("mailboxes", "exchange_login"),
    "transport": ("exchange_login",),
}
every_role = pytest.mark.parametrize("name", ROLES)


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_every_place_that_repeats_the_table_is_up_to_date(root: Path) -> None:
    done = subprocess.run([sys.executable, root / "scripts" / "reference", "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_place_that_differs_is_named(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    subprocess.run([root / "scripts" / "export", copy], check=True)
    (copy / ".collections/ansible_collections/sbs").mkdir(parents=True)
    (copy / ".collections/ansible_collections/sbs/mailflow").symlink_to("../../..")
    defaults = copy / "roles/send_connector/defaults/main.yml"
    defaults.write_text(defaults.read_text().replace("timeout: 600", "timeout: 900"))
    done = subprocess.run([sys.executable, copy / "scripts" / "reference", "--check"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == "roles/send_connector/defaults/main.yml: differs from the table\n"


def test_what_two_modules_document_alike_stands_in_a_fragment(root: Path) -> None:
    files = (root / "plugins/modules").glob("*.py")
    pages = [yaml.safe_load(file.read_text().split('"""')[1]) for file in files]
    told = [f"{name}: {page}" for each in pages for name, page in each.get("options", {}).items()]
    assert sorted(set(told)) == sorted(told)
    used = Counter(fragment for page in pages for fragment in page["extends_documentation_fragment"])
    assert set(used) == {"sbs.mailflow.run", *(f"sbs.mailflow.options.{name}" for name in actions.FRAGMENTS)}
    assert min(used.values()) > 1


def variables(root: Path, name: str) -> Any:
    """What a role's argument spec says of its variables."""
    return read(root / "roles" / name / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def test_every_role_is_looked_at(root: Path) -> None:
    assert {path.name for path in (root / "roles").iterdir()} == {*ROLES, "mail_flow"}


def test_the_role_of_all_nouns_hands_every_option_on(root: Path) -> None:
    run, role = {each.name for each in RUN_OPTIONS}, root / "roles/mail_flow"
    tasks = read(role / "tasks/main.yml")
    handed = next(task["sbs.mailflow.mail_flow"] for task in tasks if "sbs.mailflow.mail_flow" in task)
    taking_part = {*NOUNS, "preflight", "inbound"}
    assert set(handed) == {*taking_part, "only", *run}
    assert set(handed) == {each.name for each in every_option(actions.ACTIONS["mail_flow"])}
    assert set(variables(root, "mail_flow")) == {f"mail_flow_{option}" for option in {"only", *run}}
    texts = read(role / "vars/main.yml")
    assert set(texts["__mail_flow_roles"]) == {*NOUNS, "mail_flow"}
    reader = DeclaredBy(MailFlow.tables, role="mail_flow")
    known = [each for name in texts["__mail_flow_roles"] for each in variables(root, name)]
    assert reader.refusals(known, "sbs") == []
    assert all(reader.refusals([f"{name}_nonsense"], "sbs") for name in texts["__mail_flow_roles"])
    for noun, options in ((noun, ROLES[noun]) for noun in taking_part):
        mapping = dict(re.findall(r"'(\w+)': (\w+) \| default\(omit\)", texts[f"__mail_flow_{noun}"]))
        assert mapping == {option: f"{noun}_{option}" for option in options - run}
        assert f"__mail_flow_{noun}" in handed[noun]


@every_role
def test_role_hands_every_option_on(root: Path, name: str) -> None:
    tasks = read(root / "roles" / name / "tasks/main.yml")
    handed = next(task[f"sbs.mailflow.{name}"] for task in tasks if f"sbs.mailflow.{name}" in task)
    assert set(handed) == ROLES[name]
    assert all(f"{name}_{option}" in text for option, text in handed.items())


@every_role
def test_role_documents_every_option(root: Path, name: str) -> None:
    assert set(variables(root, name)) == {f"{name}_{option}" for option in ROLES[name]}


@every_role
def test_role_requires_what_the_action_requires(root: Path, name: str) -> None:
    required = {each.name for each in actions.ACTIONS[name].options if each.required}
    spec = variables(root, name)
    assert {option for option in spec if spec[option].get("required")} == {f"{name}_{option}" for option in required}


@every_role
def test_defaults_and_argument_spec_agree(root: Path, name: str) -> None:
    assert read(root / "roles" / name / "defaults/main.yml") == {
        option: each["default"] for option, each in variables(root, name).items() if "default" in each
    }


@pytest.mark.parametrize("name", [*ROLES, "mail_flow"])
def test_a_role_takes_null_as_not_declared(root: Path, name: str) -> None:
    spec = variables(root, name)
    keys = ("type", "elements", "default")
    checked = {each: {key: page[key] for key in keys if key in page} for each, page in spec.items()}
    optional = dict.fromkeys(each for each, page in spec.items() if not page.get("required"))
    assert ArgumentSpecValidator(checked).validate(optional).error_messages == []


@every_role
def test_options_that_may_hold_a_secret_are_raw(root: Path, name: str) -> None:
    assert {variables(root, name)[f"{name}_{option}"]["type"] for option in SECRET[name]} == {"raw"}


@every_role
def test_a_role_leaves_choices_to_the_action_which_takes_them_in_any_case(root: Path, name: str) -> None:
    spec = variables(root, name)
    assert [option for option in spec if "choices" in spec[option]] == []
    chosen = [each for each in every_option(actions.ACTIONS[name]) if each.kind.choices]
    assert chosen and all("One of V(" in str(spec[f"{name}_{each.name}"]["description"]) for each in chosen)


@every_role
def test_role_knows_its_variables_from_its_argument_spec_alone(root: Path, name: str) -> None:
    reader = DeclaredBy((actions.ACTIONS[name],), role=name)
    assert reader.refusals(variables(root, name), "sbs") == []
    assert reader.refusals([f"{name}_nonsense"], "sbs") != []


def test_the_recovering_playbook_hands_every_option_on(root: Path) -> None:
    (play,) = read(root / "playbooks/recover_queue.yml")
    handed = play["module_defaults"]["sbs.mailflow.queue_recovery"]
    options = {each.name for each in every_option(actions.ACTIONS["queue_recovery"])}
    assert set(handed) == options - {"approved_plan"}  # every tick has a plan of its own
    assert [each for each in set(handed) - {"wait"} if f"queue_recovery_{each} " not in handed[each]] == []


def test_every_option_scenario_has_every_option(root: Path) -> None:
    play = read(root / "molecule/every_option/converge.yml")[0]
    assert set(play["roles"][0]["vars"]) == {
        f"send_connector_{option}" for option in ROLES["send_connector"] - {"approved_plan"}
    }


def test_no_task_hides_its_output_or_loops_over_secrets(root: Path) -> None:
    files = [*root.glob("roles/*/tasks/*.yml"), *root.glob("playbooks/*.yml")]
    assert files and not [file for file in files if "no_log" in file.read_text() or "loop:" in file.read_text()]
