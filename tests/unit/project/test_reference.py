"""What is written from the settings table is up to date, and role and scenario know every option of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.run_options import RUN_OPTIONS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.desired import CONTROLS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS

OPTIONS = {each.option for each in (*CONTROLS, *SETTINGS, *RUN_OPTIONS)}


@pytest.fixture(scope="module")
def role(root: Path) -> Path:
    return root / "roles" / "send_connector"


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


def test_role_hands_every_option_on(role: Path) -> None:
    task = next(task for task in read(role / "tasks/main.yml") if "sbs.mailflow.send_connector" in task)
    handed = task["sbs.mailflow.send_connector"]
    assert set(handed) == OPTIONS
    assert all(f"send_connector_{option}" in text for option, text in handed.items())


def test_role_documents_every_option(role: Path) -> None:
    spec = read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(spec) == {f"send_connector_{option}" for option in OPTIONS}


def test_defaults_and_argument_spec_agree(role: Path) -> None:
    spec = read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert read(role / "defaults/main.yml") == {
        name: option["default"] for name, option in spec.items() if "default" in option
    }


def test_options_that_may_hold_a_secret_are_raw(role: Path) -> None:
    spec = read(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert {spec[f"send_connector_{name}"]["type"] for name in ("login", "exchange_login")} == {"raw"}


def test_every_option_scenario_has_every_option(root: Path) -> None:
    play = read(root / "molecule/every_option/converge.yml")[0]
    assert set(play["roles"][0]["vars"]) == {f"send_connector_{option}" for option in OPTIONS - {"approved_plan"}}


def test_no_task_hides_its_output_or_loops_over_secrets(root: Path) -> None:
    files = [*root.glob("roles/*/tasks/*.yml"), *root.glob("playbooks/*.yml")]
    assert files and not [file for file in files if "no_log" in file.read_text() or "loop:" in file.read_text()]
