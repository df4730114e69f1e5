"""The timer and the service that are there to be copied: whole, and true to what they start."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs/examples/systemd"
NAME = "switch-smarthost-account"
PLACE = "/srv/mailflow"


def unit(kind: str) -> configparser.ConfigParser:
    """A unit, whose long lines are one."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment]
    parser.read_string((FOLDER / f"{NAME}.{kind}").read_text().replace("\\\n", ""))
    return parser


def test_the_service_runs_the_daily_playbook_as_nobody_in_particular() -> None:
    service = unit("service")["Service"]
    assert (service["Type"], service["WorkingDirectory"], service["User"]) == ("oneshot", PLACE, "mailflow")
    program, *words = service["ExecStart"].split()
    assert program == f"{PLACE}/.venv/bin/ansible-playbook"
    (playbook,) = [word for word in words if word.startswith("playbooks/")]
    assert (ROOT / playbook).is_file() and "sbs.mailflow.smarthost_account" in (ROOT / playbook).read_text()
    specs = yaml.safe_load((ROOT / "roles/smarthost_account/meta/argument_specs.yml").read_text())
    (option, value) = words[words.index("-e") + 1].split("=")
    assert option in specs["argument_specs"]["main"]["options"] and value == "26"


def test_the_password_of_the_vault_is_no_ones_but_the_services() -> None:
    service = unit("service")["Service"]
    name, path = service["LoadCredential"].split(":")
    assert f"--vault-password-file ${{CREDENTIALS_DIRECTORY}}/{name}" in service["ExecStart"]
    page = (ROOT / "docs/smarthost_account.md").read_text()
    assert re.search(rf"^ +install -D -m 600 \S+ {path}$", page, re.MULTILINE) and service["UMask"] == "0077"


def test_the_service_may_write_in_its_own_folder_alone_and_its_failure_shows() -> None:
    service = unit("service")["Service"]
    assert (service["ProtectSystem"], service["ReadWritePaths"]) == ("strict", PLACE)
    assert all(service[name] == "yes" for name in ("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome"))
    # The log is the journal, and no other exit code than 0 is a success.
    assert not {"StandardOutput", "StandardError", "SuccessExitStatus"} & set(service)
    assert not service["ExecStart"].startswith("-")


def test_the_timer_starts_it_daily_and_catches_up() -> None:
    timer = unit("timer")
    assert timer["Timer"]["OnCalendar"] == "*-*-* 07:30:00 Europe/Berlin"
    assert (timer["Timer"]["Persistent"], timer["Install"]["WantedBy"]) == ("true", "timers.target")


def test_the_page_names_both_and_every_command_is_about_them() -> None:
    page = (ROOT / "docs/smarthost_account.md").read_text()
    assert "](examples/systemd/)" in page
    named = re.findall(rf"(?:systemctl|journalctl) .*?{NAME}\.(\w+)", page)
    assert {"service", "timer"} == set(named) == {path.suffix[1:] for path in FOLDER.iterdir()}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze on PATH")
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    program = tmp_path / ".venv/bin/ansible-playbook"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_text(path.read_text().replace(PLACE, str(tmp_path)))
    paths = [str(tmp_path / path.name) for path in FOLDER.iterdir()]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
