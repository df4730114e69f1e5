"""The first hour, as docs/first_hour.md tells it: every command as it stands there, on a fresh clone, in a terminal,
against a lab's server; and what the page shows is what the terminal shows. ``SBS_MAILFLOW_WRITE_PAGES=1`` writes that
anew."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from lab.endpoint.host import Host

from .accounts import NEW, OLD
from .running import (
    CONNECTION_PASSWORD,
    ENCODED,
    FRAGMENTS,
    MAILBOX_PASSWORD,
    NEW_PASSWORD,
    ROOT,
    connectors,
    days_ago,
    site,
)
from .terminal import Terminal

PAGES = [ROOT / "docs/first_hour.md", ROOT / "docs/de/erste_stunde.md"]
BLOCK = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)
FAILS = "playbooks/restore.yml --limit server01 -e run=\\S+$"
"""The one command of which the page says that it is refused."""
RUN = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
VARYING = [
    (RUN, "RUN"),
    (re.compile(r"\d{8}T\d{6}Z"), "STAMP"),
    (re.compile(r"\d{4}-\d\d-\d\d( \(\w+\))?"), "DATE"),
    (re.compile(r"\d\d:\d\d(:\d\d)?"), "TIME"),
    (re.compile(r"\w*/\S*/sbs\.mailflow/"), "/srv/sbs.mailflow/"),
    (re.compile(r" \(UTC\)| CET| CEST"), ""),
    # Not said where the environment that the test runs in is up to date.
    (re.compile(r"^Making \.venv .*\n", re.MULTILINE), ""),
]
UNTOUCHED = yaml.safe_load((ROOT / "lab/states/sbs2011.yml").read_text(encoding="utf-8"))
RAISED = {**UNTOUCHED, "max_memory_per_shell_mb": 1024}
"""A server on which the page's first two commands were typed."""
VAULT = "Tresor-Birkenwald 99"


class Newcomer:
    """A copy of the project's own files, as a fresh clone has them, and a terminal in it."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.clone = folder / "sbs.mailflow"
        self.host = host
        listing = subprocess.run([ROOT / "scripts/own-files"], capture_output=True, check=True).stdout.decode()
        for name in filter(None, listing.split("\0")):
            (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, self.clone / name, follow_symlinks=False)
        # Not a link to the folder itself: where it is out of date, ``make setup`` makes it anew.
        (venv := self.clone / ".venv").mkdir()
        for path in Path(sys.prefix).iterdir():
            (venv / path.name).symlink_to(path)
        self.terminal = Terminal(self.clone, VAULT)
        self.declared = self.clone / "inventory/mysite/group_vars/sbs"
        self.last_run = ""

    def type(self, command: str) -> tuple[int, str]:
        """What the page says of a command is filled in before it is typed."""
        for beginning, fill_in in self._filled_in().items():
            if command.startswith(beginning):
                fill_in()
        code, shown = self.terminal.type(command)
        if runs := RUN.findall(shown):
            self.last_run = runs[-1]
        return code, shown

    def _filled_in(self) -> dict[str, Callable[[], None]]:
        return {"ansible-vault": self._server, "rm ": self._mailboxes}

    def _server(self) -> None:
        port = self.host.ports.http
        self._edit("../../hosts.yml", {"server01.nt4admins.local": "127.0.0.1"})
        self._edit("connection.yml", {"ansible_port: 5985": f"ansible_port: {port}"})
        passwords = {
            "the password of NT4ADMINS\\ansible": CONNECTION_PASSWORD,
            f"the password of {OLD}": MAILBOX_PASSWORD,
            f"the password of {NEW}": NEW_PASSWORD,
        }
        self._edit("vault.yml", {told: password.replace("'", "''") for told, password in passwords.items()})

    def _mailboxes(self) -> None:
        self._edit("smarthost_account.yml", {"2026-11-20": days_ago(3), "2026-01-15": days_ago(300)})

    def _edit(self, name: str, texts: dict[str, str]) -> None:
        path = self.declared / name
        text = path.read_text(encoding="utf-8")
        for told, own in texts.items():
            assert told in text, (name, told)
            text = text.replace(told, own)
        path.write_text(text, encoding="utf-8")


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[str]:
    return [command for block in blocks(page) for command in COMMAND.findall(block)]


def alike(text: str) -> str:
    """A text without what differs from day to day and from machine to machine."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    with site(tmp_path / "lab", hosts=("server01",), user="ansible", state=RAISED) as sbs:
        found = Newcomer(tmp_path, sbs.host)
        yield found
        found.terminal.close()


def test_both_pages_type_the_same() -> None:
    english, german = map(blocks, PAGES)
    assert english == german and len(commands(PAGES[0])) > 12


def test_every_command_of_the_first_hour_works_and_shows_what_the_page_shows(newcomer: Newcomer) -> None:
    shown: list[str] = []
    for block in blocks(PAGES[0]):
        text = ""
        for command in COMMAND.findall(block):
            typed = RUN.sub(newcomer.last_run, command)
            code, output = newcomer.type(typed)
            assert (code == 0) != bool(re.search(FAILS, command)), f"$ {command}\n{output}"
            text += f"$ {typed}\n{output}"
        shown.append(text)
    whole = "\n".join(shown)
    assert not [word for word in (*FRAGMENTS, *ENCODED) if word in whole]
    (connector,) = [each for each in connectors(newcomer.host).values() if each["SmartHosts"]]
    assert connector["AuthenticationCredential"]["UserName"] == OLD and connector["Port"] == 587
    assert f"{NEW} takes over on" in shown[-1]
    if os.environ.get("SBS_MAILFLOW_WRITE_PAGES"):
        for page in PAGES:
            write(page, shown)
    assert [alike(each) for each in blocks(PAGES[0])] == [alike(as_shown(each)) for each in shown]


def write(page: Path, shown: list[str]) -> None:
    rest = iter(shown)
    page.write_text(BLOCK.sub(lambda found: f"```console\n{as_shown(next(rest))}```\n", page.read_text()))


def as_shown(text: str) -> str:
    """A text as a page shows it: without blanks at the ends of lines, and the machine's own path."""
    text = re.sub(r"\S*/sbs\.mailflow/", "/srv/sbs.mailflow/", text)
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().split("\n"))
