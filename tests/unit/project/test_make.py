"""make help tells of every target; help is what make does when asked for nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

TARGETS = ["help", "setup", "demo", "demo-snowball", "test", "bench", "lint", "docs", "lock", "clean"]


def make(root: Path, *words: str) -> str:
    return subprocess.run(
        ["make", "--no-print-directory", *words], cwd=root, capture_output=True, text=True, check=True
    ).stdout


def test_help_tells_of_each_target_in_a_sentence(root: Path) -> None:
    told = dict(re.findall(r"^  make (\S+) +(\S.*\.)$", make(root, "help"), re.MULTILINE))
    assert list(told) == TARGETS


def test_every_target_is_told_of(root: Path) -> None:
    defined = re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(), re.MULTILINE)
    assert sorted(defined) == sorted(TARGETS)


def test_help_is_the_default(root: Path) -> None:
    assert make(root) == make(root, "help")


def test_no_target_but_lock_clean_and_help_runs_without_set_up(root: Path) -> None:
    rules = dict(re.findall(r"^([a-z-]+):(.*?)(?:##|$)", (root / "Makefile").read_text(), re.MULTILINE))
    without = {name for name, needs in rules.items() if "setup" not in needs}
    assert without == {"help", "lock", "clean", "setup"}
