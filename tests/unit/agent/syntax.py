"""The syntax trees of PowerShell files, as the real parser sees them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

FACTS_SCRIPT = Path(__file__).with_name("syntax_facts.ps1")


@dataclass(frozen=True)
class Script:
    """One file: its text, and the parser's ``nodes``, ``tokens`` and ``errors`` as syntax_facts.ps1 writes them.

    ``beside``: functions that stand in other files of the same program.
    """

    name: str
    text: str
    nodes: list[dict[str, Any]]
    tokens: list[dict[str, Any]]
    errors: list[str]
    requires: bool
    beside: frozenset[str] = frozenset()

    def of_kind(self, *kinds: str) -> list[dict[str, Any]]:
        """The nodes of these kinds (``Command``, without the parser's ``Ast``)."""
        return [node for node in self.nodes if node["kind"] in kinds]


def parse(texts: Mapping[str, str]) -> dict[str, Script]:
    """All scripts by name, from one PowerShell process. Needs ``pwsh`` on PATH."""
    with TemporaryDirectory() as folder:
        for name, text in texts.items():
            Path(folder, f"{name}.ps1").write_bytes(text.encode())
        facts = _facts(folder)
    return {
        name: Script(
            name, text, **{key: facts[f"{name}.ps1"][key] for key in ("nodes", "tokens", "errors", "requires")}
        )
        for name, text in texts.items()
    }


def _facts(folder: str) -> dict[str, Any]:
    command = [str(shutil.which("pwsh")), "-NoProfile", "-NonInteractive", "-File", str(FACTS_SCRIPT), folder]
    done = subprocess.run(command, capture_output=True, check=True, stdin=subprocess.DEVNULL)
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts
