"""The pasted script and the playbook's road tell the same of one host, and neither tells a name."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.answers import ask, asked_for, failures
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.pasted import pasted
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.questions import ASKED
from ansible_collections.sbs.mailflow.plugins.plugin_utils.probe.stand_ins import StandIns, own_names
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from lab.host.machine import SimulatedMachine
from lab.host.state_files import load_state
from lab.up.backends import make_backend
from lab.wsman.backend import Call
from tests.unit.plugin_utils.probe.odd_host import AWKWARD, HIDDEN, ODD, PEOPLE, USEFUL, found_in, session_with

pytestmark = pytest.mark.pwsh

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "probe_host.ps1"
FILE = "sbs-mailflow-answers.json"
STATES: dict[str, str | dict[str, Any]] = {
    "odd": {**ODD, "language": "de"},
    "exchange2013": "exchange2013",
    "no_snapin": "no_snapin",
    "snapin_fails": "snapin_fails",
}


@pytest.fixture(scope="module", params=STATES, ids=str)
def roads(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What either road told of one host, and what the script left behind."""
    state = STATES[request.param]
    settings = dict(load_state(state) if isinstance(state, str) else state)
    machine = SimulatedMachine({**settings, "clock": "2026-11-24T20:39:36Z"})
    backend: Any = make_backend("pwsh", machine)
    try:
        playbook = ask(session_with(backend), ExchangeShell())
        before = files_of(backend)
        out, err = bytearray(), bytearray()
        # As a console takes what is pasted: line by line.
        started = time.monotonic()
        line = "PowerShell -NoProfile -NonInteractive -Command -"
        code = backend.run(Call(line, SCRIPT.read_bytes, out.extend, err.extend, threading.Event()))
        seconds = time.monotonic() - started
        left = files_of(backend) - before
        pasted = backend._files._root / "home" / FILE
        yield {
            "name": request.param,
            "code": code,
            "said": (out + err).decode(),
            "seconds": seconds,
            "left": left,
            "text": pasted.read_text(encoding="ascii"),
            "playbook": playbook,
            "writes": [entry for entry in machine.history if not entry["command"].startswith("Get-")],
        }
    finally:
        backend.close()


def files_of(backend: Any) -> set[str]:
    """The files of the simulated host, but for what PowerShell keeps for itself."""
    root = backend._files._root
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    return {path for path in found if not re.match(r"home/(\.cache|\.local|\.config|modules\.cache)", path)}


def comparable(answers: dict[str, Any]) -> dict[str, Any]:
    """Without what another process, another moment or another way of asking makes different."""
    plain: dict[str, Any] = json.loads(json.dumps(answers))
    for answer in plain.values():
        answer.pop("ms", None)
        if answer.get("error"):
            # A .NET exception has its name from where it was thrown.
            answer["error"].pop("type")
    plain["shell_memory"]["facts"] = sorted(plain["shell_memory"]["facts"][0])
    return plain


def test_both_roads_tell_the_same(roads: dict[str, Any]) -> None:
    content = json.loads(roads["text"])
    assert (roads["code"], content["asked_by"], content["noun"]) == (0, "pasted script", "probe")
    assert comparable(content["answers"]) == comparable(roads["playbook"]["answers"])
    assert content["warnings"] == roads["playbook"]["warnings"]
    assert list(content["answers"]) == [row.key for row in ASKED]


def test_neither_tells_a_name(roads: dict[str, Any]) -> None:
    assert found_in(roads["text"]) == []
    assert found_in(roads["playbook"]) == []


def test_the_script_writes_its_file_and_nothing_else(roads: dict[str, Any]) -> None:
    assert roads["left"] == {f"home/{FILE}"}
    assert roads["writes"] == []
    assert roads["seconds"] < 60
    assert FILE in roads["said"] and "Exception" not in roads["said"]


def test_odd_hosts_answer_all(roads: dict[str, Any]) -> None:
    """So that the comparison has something to compare."""
    failed = failures(json.loads(roads["text"])["answers"])
    assert (failed == {}) == (roads["name"] == "odd")
    assert len(failed) < len(ASKED) / 2


HOST = {"ComputerName": "MAIL", "Domain": "firma.local", "Fqdn": "mail.firma.local"}
TEXTS = [
    *((kind, text) for kind, text, _ in USEFUL),
    *((kind, text) for kind in ("name", "path", "file", "words", "term", "key", "program") for text in AWKWARD),
    *(
        (kind, template.replace("{}", PEOPLE[(at + more) % len(PEOPLE)]))
        for at, (kind, template) in enumerate(HIDDEN)
        for more in range(0, len(PEOPLE), 9)
    ),
]
ASKS_ONLY_THESE = """
Initialize-StandIns $Table['facts']
$shown = @(foreach ($pair in @($Table['texts'])) { Get-ShownText $pair[1] $pair[0] })
[System.Console]::Out.Write((ConvertTo-JsonText $shown))
"""


def test_the_script_hides_the_same_of_every_text(tmp_path: Path) -> None:
    """The same values in the same order, so that the stand-ins have the same numbers."""
    told = json.dumps({"facts": HOST, "texts": TEXTS})
    text = pasted().replace("$TableText = @'\n{", f"$TableText = @'\n{told[:-1]},", 1)
    before = text[: text.index("$Results = Get-Results")]
    script = tmp_path / "texts.ps1"
    script.write_text(f"{before}{ASKS_ONLY_THESE}}}\nInvoke-Probe\n", encoding="ascii")
    done = subprocess.run(["pwsh", "-NoProfile", "-File", str(script)], capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    stand_ins = StandIns(own_names([HOST]), asked_for())
    assert list(zip(TEXTS, json.loads(done.stdout), strict=True)) == [
        ((kind, text), stand_ins.shown(text, kind)) for kind, text in TEXTS
    ]
