"""The lab's one provider: state key, files, verbs, and mail from a host of the lab."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.host.state import StateError
from lab.provider import texts
from lab.up.directory import LabDirectory
from lab.up.lab import Lab
from lab.up.state_choice import choose_states

ROOT = Path(__file__).resolve().parents[4]
PASSWORD = "Zq7 'lab-only': \"Kupferdach\" # ‘9134’ " + "x" * 300
FROM, TO = "info@beispiel.de", "kunde@example.com"
PROVIDER = f"""
provider:
  mailboxes:
    - address: {FROM}
      password: {json.dumps(PASSWORD)}
      created: 2026-11-01
  clock: 2026-11-10T12:00:00Z
"""


def lab(directory: Path, verb: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lab", verb, "--directory", str(directory), *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        cwd=ROOT,
        check=False,
    )


def connector(port: int) -> dict[str, Any]:
    return {
        "Name": "Provider",
        "AddressSpaces": ["example.com"],
        "DNSRoutingEnabled": False,
        "SmartHosts": ["localhost"],
        "Port": port,
        "RequireTLS": True,
        "SmartHostAuthMechanism": "BasicAuthRequireTLS",
        "AuthenticationCredential": {"username": FROM, "password": PASSWORD},
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("provider")
    state = folder / "state.yml"
    state.write_text(PROVIDER, encoding="utf-8")
    result = lab(folder / "lab", "up", "--background", "--hosts", "2", "--state", str(state))
    assert result.returncode == 0, result.stderr
    yield folder / "lab"
    assert lab(folder / "lab", "down").returncode == 0
    for file in ("lab.log", "inventory/hosts.yml"):
        assert "Kupferdach" not in (folder / "lab" / file).read_text()


def port_of(running: Path) -> int:
    data = LabDirectory(running).read_running()
    assert data and data.smtp_port
    return data.smtp_port


def test_the_ports_are_told_everywhere(running: Path) -> None:
    port, data = port_of(running), LabDirectory(running).read_running()
    assert data and data.pop3_port and data.pop3_plain_port
    pop3 = {"pop3": data.pop3_port, "pop3_plain": data.pop3_plain_port}
    inventory = yaml.safe_load((running / "inventory/hosts.yml").read_text())["all"]["children"]["lab"]["vars"]
    assert {name: inventory[f"lab_{name}_port"] for name in pop3} == pop3
    assert inventory["lab_smtp_port"] == port
    shown = f"provider: smtp {port}, pop3 {data.pop3_port}, pop3_plain {data.pop3_plain_port}; 1 mailboxes"
    assert shown in lab(running, "status").stdout
    status = json.loads(lab(running, "status", "--json").stdout)["provider"]
    assert status == {"smtp": port, **pop3, "mailboxes": 1}
    dump = json.loads(lab(running, "provider").stdout)
    assert (dump["port"], dump["pop3_port"], dump["pop3_plain_port"]) == (port, *pop3.values())
    with socket.create_connection(("127.0.0.1", data.pop3_plain_port), timeout=20) as client:
        assert client.recv(4) == b"+OK "
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        assert client.recv(4) == b"220 "


def test_hosts_send_until_the_mailbox_is_throttled(running: Path) -> None:
    change = json.dumps({"send_connectors": [connector(port_of(running))]})
    for host in ("sbs01", "sbs02"):
        assert lab(running, "change", host, "-", stdin=change).returncode == 0
    results = []
    for host in ("sbs01", "sbs02"):
        sent = lab(running, "send", host, "--from", FROM, "--to", TO, "--to", "b@example.com", "--count", "2")
        results += json.loads(sent.stdout)
        assert "Kupferdach" not in sent.stdout
    assert [one["status"] for one in results] == ["delivered"] * 5 + ["deferred"] * 3
    assert results[-1]["last_error"] == texts.THROTTLED
    dump = lab(running, "provider").stdout
    assert len(json.loads(dump)["accepted"]) == 3 and "Kupferdach" not in dump


def test_a_change_at_run_time(running: Path, tmp_path: Path) -> None:
    file = tmp_path / "change.yml"
    file.write_text(
        "mailboxes: [{address: neu@beispiel.de, password: p, created: 2026-11-09 10:00:00+01:00, messages: 2}]\n"
        "per_hour: 7\n"
    )
    result = lab(running, "provider", "--change", str(file))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    dump = json.loads(lab(running, "provider").stdout)
    assert (dump["per_hour"], dump["mailboxes"][1]["created"]) == (7, "2026-11-09T09:00:00+00:00")
    assert [message["subject"] for message in dump["mailboxes"][1]["messages"]] == ["Message 1", "Message 2"]
    assert lab(running, "provider", "--change", "-", stdin='{"remove": ["neu@beispiel.de"]}').returncode == 0


@pytest.mark.parametrize(
    ("words", "stdin", "complaint"),
    [
        (["provider", "--change", "-"], "per_hour: 9\nstages: {quit: close}\n", "'quit' is no stage"),
        (["provider", "--change", "-"], "[]", "holds list, expected a mapping"),
        (["provider", "--change", "-"], 'a: "Kupferdach\nb: 1', "is no YAML or JSON: "),
        (["provider", "--change", "/nowhere.yml"], "", "/nowhere.yml"),
        (["send", "nobody", "--from", FROM, "--to", TO], "", "no host 'nobody'"),
        (["send", "sbs01", "--from", "info", "--to", TO], "", "'info' is no address"),
        (["send", "sbs01", "--from", FROM, "--to", TO, "--count", "0"], "", "0 messages"),
    ],
)
def test_what_is_refused(running: Path, words: list[str], stdin: str, complaint: str) -> None:
    before = json.loads(lab(running, "provider").stdout)["per_hour"]
    result = lab(running, *words, stdin=stdin)
    assert result.returncode == 1
    assert complaint in result.stderr and "Traceback" not in result.stderr and "Kupferdach" not in result.stderr
    assert json.loads(lab(running, "provider").stdout)["per_hour"] == before


def test_a_lab_without_a_provider_starts_no_server(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with Lab(["sbs"], directory=tmp_path / "lab") as without:
        names = {thread.name for thread in set(threading.enumerate()) - before}
        assert without.provider is None and "lab-provider" not in names
        written = without.directory.inventory_file.read_text()
        assert "lab_smtp_port" not in written and "lab_pop3" not in written
        result = lab(tmp_path / "lab", "provider")
        assert (result.returncode, "this lab has no provider" in result.stderr) == (1, True)


def test_a_lab_in_a_test_and_its_end() -> None:
    before = set(threading.enumerate())
    with Lab(["sbs"], state={**yaml.safe_load(PROVIDER), "send_connectors": []}) as with_provider:
        provider = with_provider.provider
        assert provider
        port = provider.port
        with_provider.hosts["sbs"].machine.change({"send_connectors": [connector(port)]})
        assert [one["status"] for one in with_provider.send("sbs", FROM, [TO])] == ["delivered"]
        assert provider.records.accepted[0].recipients == (TO,)
        assert PASSWORD not in json.dumps(with_provider.hosts["sbs"].machine.dump(), ensure_ascii=False)
    assert "lab-provider" not in {thread.name for thread in set(threading.enumerate()) - before}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_the_provider_belongs_to_the_lab() -> None:
    state, _ = choose_states(None, None, None)
    state["provider"] = yaml.safe_load(PROVIDER)["provider"]
    with Lab(["sbs"], state=state, states={"sbs": {**state, "computer_name": "X"}}):
        pass
    with pytest.raises(StateError, match="not to host 'sbs' alone"), Lab(["sbs"], states={"sbs": state}):
        pass


def test_a_provider_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "state.yml").write_text("provider: {mailboxes: [{address: info}]}\n")
    result = lab(tmp_path / "lab", "up", "--background", "--state", str(tmp_path / "state.yml"))
    assert (result.returncode, "Traceback" in result.stderr) == (1, False)
    assert "every entry is a mapping with an address" in result.stderr
    assert not (tmp_path / "lab/lab.json").exists()


def test_the_example_in_the_state_file_holds_the_defaults() -> None:
    from lab.provider.settings import read_settings

    text = (ROOT / "lab/states/sbs2011.yml").read_text()
    shown = [line[2:] for line in text.splitlines() if line.startswith("#   ")]
    example = yaml.safe_load("\n".join(shown))["provider"]
    assert set(example) == {"mailboxes", *read_settings({}).dump()}
    assert read_settings({**example, "mailboxes": []}) == read_settings({})
