"""Inside a larger site, with the collection installed from its tarball; and the filter, by both of its names."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .running import (
    MAILBOX_PASSWORD,
    ROOT,
    WIZARDS_NAME,
    Run,
    Site,
    as_variables,
    connectors,
    days_ago,
    login,
    site,
    smarthost,
    writes,
)

LINUX = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
SITE = [
    {
        "name": "Something of the site's own",
        "hosts": "linux",
        "gather_facts": False,
        "tasks": [
            {"name": "Look at the web server", "ansible.builtin.command": {"cmd": "true"}, "changed_when": False}
        ],
    },
    {
        "name": "Mail",
        "hosts": "windows",
        "gather_facts": False,
        "tasks": [
            {"name": "Look", "sbs.mailflow.facts": {}},
            {
                "name": "Send",
                "ansible.builtin.include_role": {"name": "sbs.mailflow.send_connector"},
                "when": "ansible_facts.sbs_mailflow.exchange.major == 14",
            },
        ],
    },
    {
        "name": "Everybody",
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Report from when on the mailbox may be used",
                "ansible.builtin.debug": {"msg": "usable: {{ (mailbox | sbs.mailflow.account_age).usable }}"},
                "vars": {"mailbox": {"username": "info@beispiel.de", "created": days_ago(40)}},
            }
        ],
    },
]


def galaxy(folder: Path, *words: str) -> None:
    """Runs ansible-galaxy in a folder, where it finds neither our ansible.cfg nor the checkout; nothing is fetched."""
    command = ["ansible-galaxy", "collection", *words]
    environment = {**os.environ, "ANSIBLE_HOME": str(folder / "home")}
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, stdin=subprocess.DEVNULL)


@dataclass(frozen=True)
class Larger:
    """A site of somebody else: its own folder, configuration, inventory and playbooks, and the installed collection."""

    site: Site
    installed: Path

    def run(self, *words: str, playbook: str = "site.yml") -> Run:
        """Runs a playbook of the site, from its folder."""
        folder = self.site.folder
        environment = {
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(folder / "home"),
        }
        return self.site.run(folder / playbook, "-i", str(folder / "hosts.yml"), *words, **environment)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, built and installed where nothing else is."""
    folder = tmp_path_factory.mktemp("installed")
    galaxy(folder, "build", str(ROOT), "--output-path", str(folder))
    (tarball,) = folder.glob("*.tar.gz")
    galaxy(folder, "install", str(tarball), "-p", str(folder / "collections"), "--no-deps", "--offline")
    return folder / "collections"


@pytest.fixture
def larger(installed: Path, tmp_path: Path) -> Iterator[Larger]:
    """The site, with a lab as its mail server."""
    (tmp_path / "ansible.cfg").write_text(f"[defaults]\ncollections_path = {installed}\nroles_path = nowhere\n")
    with site(tmp_path) as found:
        server = {
            "ansible_connection": "winrm",
            "ansible_host": "127.0.0.1",
            "ansible_port": found.host.ports.http,
            "ansible_user": found.lab.account.user,
            "ansible_password": found.lab.account.password,
            "ansible_winrm_scheme": "http",
            "ansible_winrm_transport": "ntlm",
            "ansible_winrm_proxy": None,
            **as_variables(smarthost(backup_dir=str(found.backups))),
        }
        groups = {"linux": {"hosts": {"web1": LINUX}}, "windows": {"hosts": {"mail1": server}}}
        found.write("hosts.yml", {"all": {"children": groups}})
        found.write("site.yml", SITE)
        yield Larger(found, installed)


def test_the_role_takes_its_place_among_other_plays(larger: Larger) -> None:
    host = larger.site.host
    run = larger.run("-vvvv")
    assert run.code == 0, run.output
    assert f"Loading collection sbs.mailflow from {larger.installed}" in run.output
    assert str(ROOT / "plugins") not in run.output and str(ROOT / "roles") not in run.output
    assert (run.recap("mail1")["changed"], run.recap("web1")["changed"]) == (1, 0)
    assert run.output.count("usable: True") == 2
    assert connectors(host)[WIZARDS_NAME]["SmartHosts"] == ["smtp.strato.de"]
    assert larger.run().recap("mail1")["changed"] == 0
    assert writes(host) == ["Set-SendConnector"] and host.open_shells == 0
    assert [path.parent.name for path in larger.site.saved()] == ["mail1"]


def test_the_installed_playbooks_run_by_name(larger: Larger) -> None:
    larger.site.write("sbs.yml", {"all": {"children": {"sbs": {"hosts": {"mail1": {}}}}}})
    larger.site.write("site.yml", [{"ansible.builtin.import_playbook": "sbs.mailflow.site"}])
    group = ["-i", str(larger.site.folder / "sbs.yml")]
    run = larger.run(*group)
    assert (run.code, run.recap("mail1")["changed"]) == (0, 1)
    saved = str(larger.site.saved()[0])
    larger.site.write("back.yml", [{"ansible.builtin.import_playbook": "sbs.mailflow.restore_send_connector"}])
    words = [*group, "-e", f"backup_file={saved}", "-e", "confirm_no_smarthost=true"]
    assert larger.run(*words, playbook="back.yml").recap("mail1")["changed"] == 1
    assert connectors(larger.site.host)[WIZARDS_NAME]["DNSRoutingEnabled"] is True


def test_a_role_for_all_hosts_is_refused_on_the_linux_host_alone(larger: Larger) -> None:
    role = {"role": "sbs.mailflow.send_connector"}
    larger.site.write("linux.yml", {"linux": {"vars": as_variables({"name": "Internet", "address_spaces": ["*"]})}})
    larger.site.write("site.yml", [{"hosts": "all", "gather_facts": False, "roles": [role]}])
    run = larger.run("-vvvv", "-i", str(larger.site.folder / "linux.yml"))
    assert (run.recap("web1")["failed"], run.recap("mail1")["changed"]) == (1, 1)
    assert "connection local" in run.result(host="web1")["msg"]


@pytest.mark.parametrize("kind", ["module", "filter", "role"])
def test_the_installed_collection_has_its_documentation(installed: Path, kind: str, tmp_path: Path) -> None:
    name = "account_age" if kind == "filter" else "send_connector"
    (tmp_path / "ansible.cfg").write_text(f"[defaults]\ncollections_path = {installed}\n")
    done = subprocess.run(
        ["ansible-doc", "-t", kind, f"sbs.mailflow.{name}"],
        cwd=tmp_path,
        env={**os.environ, "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "created" in done.stdout


CREATED = {"username": "info@beispiel.de", "created": "2026-01-31"}
FILTERS = ["account_age", "sbs.mailflow.account_age"]


def ages(mailboxes: dict[str, Any], name: str, now: str = "'2026-02-10'") -> dict[str, Any]:
    """A play on this machine with a task for each mailbox, which shows what the filter says of it."""
    tasks = [
        {
            "name": title,
            "ansible.builtin.debug": {"msg": f"{{{{ mailbox | {name}(now={now}) }}}}"},
            "vars": {"mailbox": mailbox},
            "ignore_errors": True,
        }
        for title, mailbox in mailboxes.items()
    ]
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}


def told(run: Run) -> dict[str, Any]:
    """What each task showed."""
    return {each["task"]: each["result"].get("msg") for each in run.tasks}


@pytest.mark.parametrize("name", FILTERS)
def test_the_filter_tells_the_age_at_a_given_moment(sbs: Site, name: str) -> None:
    mailboxes = {
        "young": CREATED,
        "old": {**CREATED, "created": "2025-01-31T10:00+01:00"},
        "patient": {**CREATED, "created": "2026-01-02", "minimum_age_days": 60},
        "with a password": login(created="2026-01-31"),
    }
    found = told(sbs.playbook([ages(mailboxes, name)]))
    assert {title: each["usable"] for title, each in found.items()} == {
        "young": False,
        "old": True,
        "patient": False,
        "with a password": False,
    }
    assert (found["young"]["usable_from"], found["young"]["days_left"]) == ("2026-02-15T00:00:00+01:00", 5)
    assert (found["patient"]["minimum_age_days"], found["young"]["address"]) == (60, "info@beispiel.de")


@pytest.mark.parametrize("name", FILTERS)
def test_the_filter_refuses_what_it_cannot_judge_and_names_the_mailbox(sbs: Site, name: str) -> None:
    rows = {
        "undated": ({"username": "info@beispiel.de"}, ["info@beispiel.de", "created"]),
        "from the future": ({**CREATED, "created": "2026-12-31"}, ["info@beispiel.de", "in the future"]),
        "too low": ({**CREATED, "minimum_age_days": 7}, ["info@beispiel.de", "14 days"]),
        "no mapping": (MAILBOX_PASSWORD, ["account_age", "mapping"]),
        "no name": ({"created": "2026-01-31", "password": MAILBOX_PASSWORD}, ["address"]),
    }
    run = sbs.playbook([ages({title: mailbox for title, (mailbox, _) in rows.items()}, name)], "-vvvv")
    assert run.recap("localhost")["ignored"] == len(rows)
    for title, (_, words) in rows.items():
        assert [word for word in words if word not in str(told(run)[title])] == [], told(run)[title]


def test_the_filter_judges_by_the_controllers_clock_by_default(sbs: Site) -> None:
    mailboxes = {"young": {**CREATED, "created": days_ago(13)}, "old": {**CREATED, "created": days_ago(16)}}
    found = told(sbs.playbook([ages(mailboxes, "account_age", "none")]))
    assert (found["young"]["usable"], found["old"]["usable"]) == (False, True)


def test_a_playbook_that_lies_about_the_moment_gets_no_young_login_past_the_gate(sbs: Site) -> None:
    young = login(created=days_ago(3))
    asked = {"name": "asked", "ansible.builtin.assert": {"that": "(young | account_age(now='2099-01-01')).usable"}}
    run = sbs.play([asked, sbs.task(**smarthost(login="{{ young }}"))], vars={"young": young})
    assert run.recap()["ok"] == 1 and "14 days" in run.result()["msg"]
    assert writes(sbs.host) == []
