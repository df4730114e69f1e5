"""The transcript: lines that an administrator may run, whatever stands in the values."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan, PlannedStep
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.transcript import quote, transcript
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.diff import decide
from tests.unit.plugin_utils.run.examples import (
    LOGIN,
    NOW,
    PASSWORD,
    WIZARD,
    credential,
    desired,
    guid,
    parsed,
    printed,
    to_strato,
)

QUOTES = "'\u2018\u2019\u201a\u201b"
SNAPIN = "Add-PSSnapin Microsoft.Exchange.Management.PowerShell.E2010"

NASTY: list[str] = [
    "",
    "a'b",
    "'; Remove-SendConnector *; '",
    *QUOTES,
    QUOTES,
    f"{QUOTES[::-1]}x{QUOTES}",
    '„Für“ »alle« "doppelt" \u201c\u201d\u201e',
    "$env:PATH $(Get-Date) ${x} @(1) %PATH%",
    "`n `' `` `0 \\n \\' \\",
    "zwei\nZeilen",
    "zwei\r\nZeilen",
    "Ende\n",
    "\n'@\n@'\n",
    "\t tab \t",
    "# kein Kommentar <# auch #> nicht",
    "a;b|c&d>e<f,g",
    "--% -Identity:x",
    "  Rand  ",
    "ä€\U0001f4ee\u2028\u2029\u0085\u00a0",
    "-5",
    "$true",
]


def step(**parameters: Any) -> PlannedStep:
    return PlannedStep("change", "Strato", "Set-SendConnector", parameters)


def last_line(**parameters: Any) -> str:
    return transcript(Plan("n", (step(**parameters),)))[-1]


def random_texts(count: int) -> list[str]:
    """Texts of characters that mean something to PowerShell, always the same."""
    source = random.Random(20110301)
    alphabet = QUOTES + '"“”„$`(){}[]@#;,|&<>-%\\/ \t\r\nabxyzä0159\u2028'
    return ["".join(source.choices(alphabet, k=source.randrange(1, 24))) for _ in range(count)]


QUOTED: list[tuple[Any, str]] = [
    (None, "$null"),
    (True, "$true"),
    (False, "$false"),
    (587, "587"),
    ("", "''"),
    ("$x", "'$x'"),
    ("a'b", "'a''b'"),
    ("\u2018\u2019\u201a\u201b", "'\u2018\u2018\u2019\u2019\u201a\u201a\u201b\u201b'"),
    ([], "@()"),
    (["a", 1, None], "@('a', 1, $null)"),
    (("a",), "@('a')"),
]


@pytest.mark.parametrize(("value", "literal"), QUOTED)
def test_a_value_as_a_literal(value: Any, literal: str) -> None:
    assert quote(value) == literal


@pytest.mark.parametrize("value", [{"$secret": "login"}, {}, b"x", object()])
def test_what_has_no_literal_is_an_error_and_not_a_guess(value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        quote(value)
    assert "login" not in str(caught.value)


@pytest.mark.parametrize("text", [*NASTY, *random_texts(20)])
def test_no_quote_of_a_text_ends_its_literal(text: str) -> None:
    inner = quote(text)[1:-1]
    for mark in QUOTES:
        inner = inner.replace(mark * 2, "")
    assert not set(inner) & set(QUOTES)


def test_nothing_to_do_is_said() -> None:
    assert transcript(None) == ["# no changes"]


def test_a_plan_line_by_line() -> None:
    plan = decide(parsed(printed()), desired(to_strato()), NOW).plan
    assert transcript(plan) == [
        SNAPIN,
        f"# 1/1 change send connector {WIZARD}",
        f"$password = Read-Host -AsSecureString 'Password of {LOGIN}'",
        f"$credential = New-Object System.Management.Automation.PSCredential('{LOGIN}', $password)",
        f"Set-SendConnector -Identity:'{guid(WIZARD)}' -AuthenticationCredential $credential -Confirm:$false"
        " -DNSRoutingEnabled:$false -Port:587 -SmartHostAuthMechanism:'BasicAuthRequireTLS'"
        " -SmartHosts:@('smtp.strato.de')",
    ]


def test_every_step_has_its_number() -> None:
    lines = transcript(Plan("n", (step(Port=1), step(Port=2))))
    assert [line for line in lines if line.startswith("#")] == ["# 1/2 change Strato", "# 2/2 change Strato"]


def test_identity_and_name_come_first() -> None:
    assert last_line(A=1, Name="n", Z=2) == "Set-SendConnector -Name:'n' -A:1 -Z:2"
    assert last_line(A=1, Identity="i") == "Set-SendConnector -Identity:'i' -A:1"


def test_the_password_is_asked_for_and_not_written() -> None:
    plan = decide(parsed(), desired(to_strato(name="Neu")), NOW).plan
    lines = "\n".join(transcript(plan))
    assert PASSWORD not in lines
    assert "$secret" not in lines
    assert "Read-Host -AsSecureString" in lines


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n", "\u2028", "\u2029", "\u0085", "\x0b", "\x0c"])
def test_no_name_leaves_its_comment(line_end: str) -> None:
    target = f"Strato{line_end}Remove-SendConnector *"
    comment = transcript(Plan("n", (PlannedStep("change", target, "Set-SendConnector", {}),)))[1]
    assert len(comment.splitlines()) == 1
    assert comment.startswith("# 1/1 change Strato")


@pytest.mark.parametrize("name", ["Port x", "Port;", "", "-Port", "Pört", "$x"])
def test_a_parameter_has_a_plain_name(name: str) -> None:
    with pytest.raises(ValueError):
        last_line(**{name: 1})


def powershell(tmp_path: Path, lines: list[str]) -> list[Any]:
    """Run the lines in a real PowerShell and read the JSON that each command printed."""
    script = tmp_path / "transcript.ps1"
    script.write_text("\n".join(lines), encoding="utf-8-sig", newline="")
    done = subprocess.run(
        [str(shutil.which("pwsh")), "-NoProfile", "-NonInteractive", "-File", str(script)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


STAND_INS = [
    "$ErrorActionPreference = 'Stop'",
    "Set-StrictMode -Version 2.0",
    "function Show { param($value) ConvertTo-Json -Compress -Depth 9 -EscapeHandling EscapeNonAscii $value }",
    "function Add-PSSnapin { param($name) Show $name }",
    "function Read-Host { param([switch] $AsSecureString, $prompt)",
    "    $secure = New-Object System.Security.SecureString; $secure.AppendChar('x'); $secure }",
    "function Set-SendConnector {",
    "    param($Identity, $Comment, $Port, $SmartHosts, $Enabled, $TlsDomain, [switch] $Confirm,",
    "        [pscredential] $AuthenticationCredential)",
    "    $given = @{}",
    "    foreach ($name in $PSBoundParameters.Keys) { $given[$name] = $PSBoundParameters[$name] }",
    "    if ($AuthenticationCredential) { $given.AuthenticationCredential = $AuthenticationCredential.UserName }",
    "    $given.Confirm = [bool] $Confirm",
    "    Show $given }",
]


@pytest.mark.pwsh
def test_powershell_reads_every_text_back_as_it_was(tmp_path: Path) -> None:
    texts = [*NASTY, *random_texts(300)]
    plan = Plan("n", tuple(step(Identity=text, SmartHosts=[text, text], Confirm=False) for text in texts))
    snapin, *given = powershell(tmp_path, STAND_INS + transcript(plan))
    assert snapin == SNAPIN.split()[1]
    assert given == [{"Identity": text, "SmartHosts": [text, text], "Confirm": False} for text in texts]


@pytest.mark.pwsh
def test_powershell_reads_every_kind_of_value(tmp_path: Path) -> None:
    values = {"Identity": "1", "Port": 587, "Enabled": True, "Comment": None, "SmartHosts": [], "Confirm": False}
    (_, given) = powershell(tmp_path, STAND_INS + transcript(Plan("n", (step(**values),))))
    assert given == values


@pytest.mark.pwsh
def test_powershell_logs_in_with_the_name_as_it_is(tmp_path: Path) -> None:
    username = "o’brien'$x`@beispiel.de"
    plan = Plan("n", (step(Identity="1", AuthenticationCredential=credential(username), Confirm=False),))
    (_, given) = powershell(tmp_path, STAND_INS + transcript(plan))
    assert given == {"Identity": "1", "AuthenticationCredential": username, "Confirm": False}
