"""The script to paste: that it only reads, opens nothing, and that a console takes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.pasted import pasted
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.questions import ASKS

TEXT = (Path(__file__).resolve().parents[4] / "scripts" / "probe_host.ps1").read_bytes().decode("ascii")
CODE = "\n".join(line for line in TEXT.splitlines() if not line.lstrip().startswith("#"))
WRITES = (
    r"\b(?:Set|Remove|Clear|Move|Rename|Copy|Enable|Disable|Start|Stop|Restart|Suspend|Resume|Retry|Update|Register"
    r"|Restore|Out|Export|Send|Invoke)-(?!Step\b|Listed\b|Probe\b)[A-Z]\w+",
    r"\b(?:Delete|Replace|CreateNew|Append|WriteAllBytes|SetValue|SetAccessControl)\(\[?[^'\"]*\$(?:file|File)",
    r"\[System\.IO\.FileAccess\]::Write",
    r"ProcessStartInfo|\[System\.IO\.File\]::(?:Delete|Move|Replace|Copy|Create)",
)
NETWORK = r"TcpClient|SslStream|Socket|WebClient|PSSession|-ComputerName|HttpWebRequest|Net\.Dns"


def test_the_file_is_what_is_made() -> None:
    assert (
        TEXT.partition("# BEGIN written by scripts/reference\n")[2] == f"{pasted()}# END written by scripts/reference\n"
    )


@pytest.mark.parametrize("pattern", WRITES)
def test_nothing_in_it_writes(pattern: str) -> None:
    own = {"Stop-Step", "Copy-Slice"}
    assert [found for found in re.findall(pattern, CODE) if found not in own] == []


def test_one_line_writes_the_answers() -> None:
    assert re.findall(r"WriteAll\w+|New-Item|Set-Content|Add-Content|Out-File|Tee-Object", CODE) == ["WriteAllText"]
    assert "sbs-mailflow-answers.json" in CODE


def test_nothing_in_it_connects() -> None:
    assert re.findall(NETWORK, CODE) == []


def test_every_question_is_in_it() -> None:
    assert {ask.command for ask in ASKS} <= set(re.findall(r"\b[A-Z][a-z]+-\w+", TEXT))
    assert set(re.findall(r"^    '(\w+-\w+)' += @\{", TEXT, re.MULTILINE)) == {
        ask.command for ask in ASKS if ask.exchange and ask.command not in ("Get-TrackingForms", "Get-ProcessFacts")
    }


def test_a_console_takes_it() -> None:
    """No empty line within the function, one behind it and one behind its call; no line that a console would cut."""
    lines = TEXT.splitlines()
    empty = [at for at, line in enumerate(lines) if not line.strip()]
    begin, end = lines.index("function Invoke-Probe {"), len(lines) - lines[::-1].index("}") - 1
    assert [at for at in empty if begin < at < end] == []
    assert lines[end:][:4] == ["}", "", "Invoke-Probe", ""]
    assert max(map(len, lines)) < 140
    assert "\t" not in TEXT and "\r" not in TEXT
