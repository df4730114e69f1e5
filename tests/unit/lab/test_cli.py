"""The verbs of ``python -m lab``, as processes and against the real simulated machine."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab import cli
from lab.up.directory import LabDirectory, process_started

ROOT = Path(__file__).resolve().parents[3]


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


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("cli") / "lab"
    result = lab(directory, "up", "--background", "--hosts", "2", "--language", "de")
    assert result.returncode == 0, result.stderr
    yield directory
    result = lab(directory, "down")
    assert result.returncode == 0, result.stderr


def test_up_writes_private_files_and_an_inventory(running: Path) -> None:
    data = LabDirectory(running).read_running()
    assert data
    assert process_started(data.pid) == data.started
    assert (running / "lab.pid").read_text() == f"{data.pid}\n"
    for name in ("lab.json", "ntlm_users", "inventory/hosts.yml"):
        assert stat.S_IMODE((running / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE(running.stat().st_mode) == 0o700
    inventory = yaml.safe_load((running / "inventory/hosts.yml").read_text())["all"]["children"]["lab"]
    hosts = inventory["children"]["sbs"]["hosts"]
    assert {name: host["ansible_port"] for name, host in hosts.items()} == {
        name: ports["http"] for name, ports in data.hosts.items()
    }
    assert list(hosts) == ["sbs01", "sbs02"]
    assert inventory["vars"]["ansible_winrm_message_encryption"] == "always"
    assert inventory["vars"]["ansible_password"] not in (running / "ntlm_users").read_text()
    assert "BEGIN CERTIFICATE" in (running / "ca.pem").read_text()


def test_a_second_up_is_refused(running: Path) -> None:
    result = lab(running, "up", "--background")
    assert result.returncode == 1
    assert "runs in" in result.stderr


def test_drift_is_seen_in_the_dump(running: Path) -> None:
    change = {"send_connectors": [{"Name": "Zweiter", "AddressSpaces": ["*;7"]}]}
    assert lab(running, "change", "sbs02", "-", stdin=json.dumps(change)).returncode == 0
    names = {
        host: [one["Name"] for one in json.loads(lab(running, "dump", host).stdout)["send_connectors"]]
        for host in ("sbs01", "sbs02")
    }
    assert "Zweiter" in names["sbs02"]
    assert "Zweiter" not in names["sbs01"]


def test_the_console_and_the_fetch_of_a_host(running: Path) -> None:
    account = {
        "server": "127.0.0.1",
        "port": 1,
        "username": "info",
        "password": "lab-only-4711",
        "mailbox": "a@b.example",
    }
    assert lab(running, "console", "sbs01", "-", stdin=json.dumps({"add": account})).returncode == 0
    order = {"account": {"username": "info"}, "change": {"ssl": False}}
    assert lab(running, "console", "sbs01", json.dumps(order)).returncode == 0
    dump = lab(running, "dump", "sbs01").stdout
    assert "lab-only-4711" not in dump
    assert [one["ssl"] for one in json.loads(dump)["pop3_connector"]["accounts"]] == [False]
    fetched = json.loads(lab(running, "fetch", "sbs01").stdout)
    assert [(one["status"], one["messages"]) for one in fetched] == [("failed", 0)]
    assert lab(running, "console", "sbs01", '{"remove": {"username": "info"}}').returncode == 0
    assert json.loads(lab(running, "fetch", "sbs01").stdout) == []


def test_faults_are_ordered_listed_and_cleared(running: Path) -> None:
    order = lab(running, "fault", "sbs01", '{"kind": "drop", "action": "Command", "nth": 2}')
    assert json.loads(order.stdout)["nth"] == 2
    assert [one["kind"] for one in json.loads(lab(running, "fault", "sbs01").stdout)] == ["drop"]
    assert lab(running, "fault", "sbs01", "--clear").returncode == 0
    assert json.loads(lab(running, "fault", "sbs01").stdout) == []


def test_log_count_and_status(running: Path) -> None:
    assert json.loads(lab(running, "log", "sbs01").stdout)["commands"] == []
    count = json.loads(lab(running, "count", "sbs01").stdout)
    assert count == {"commands": 0, "shells_opened": 0, "open_shells": 0, "stdin_bytes": []}
    assert "sbs02: http " in lab(running, "status").stdout
    assert json.loads(lab(running, "status", "--json").stdout)["backend"] == "twin"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["dump", "nobody"], "no host 'nobody'; there are: sbs01, sbs02"),
        (["fault", "sbs01", "{"], "no JSON"),
        (["fault", "sbs01", '{"kind": "explode"}'], "unknown kind of fault 'explode'"),
        (["change", "sbs01", "/nowhere.yml"], "/nowhere.yml"),
        (["console", "sbs01", "[]"], "no JSON object"),
        (["console", "sbs01", '{"remove": {"username": "nobody"}}'], "0 accounts are"),
    ],
)
def test_bad_words_are_refused_in_one_line(running: Path, words: list[str], complaint: str) -> None:
    result = lab(running, *words)
    assert result.returncode == 1
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


def test_the_control_endpoint_wants_the_token(running: Path) -> None:
    from lab.up.control import ControlError, ask

    data = LabDirectory(running).read_running()
    assert data
    with pytest.raises(ControlError, match="wrong token"):
        ask(data.control_port, "guess", "status")


def test_verbs_without_a_lab(tmp_path: Path) -> None:
    assert "no lab runs" in lab(tmp_path, "status").stderr
    result = lab(tmp_path, "down")
    assert (result.returncode, "no lab runs" in result.stdout) == (0, True)


def test_down_spares_a_process_that_only_has_the_number(tmp_path: Path) -> None:
    directory = LabDirectory(tmp_path)
    running = {
        "pid": os.getpid(),
        "started": "1",
        "control_port": 1,
        "token": "t",
        "hosts": {},
        "backend": "",
        "profile": "",
    }
    directory.running_file.write_text(json.dumps(running))
    result = lab(tmp_path, "down")
    assert result.returncode == 0
    assert "had ended already" in result.stdout
    assert not directory.running_file.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_lab_in_the_foreground_ends_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "lab", "up", "--directory", str(tmp_path / "lab")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "1 host(s)" in process.stdout.readline()
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (0, "")
    assert not (tmp_path / "lab/lab.json").exists()


def test_an_up_that_fails_says_why(tmp_path: Path) -> None:
    result = lab(tmp_path / "x", "up", "--background", "--state", "nowhere")
    assert result.returncode == 1
    assert "nowhere" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "x/lab.json").exists()


def test_a_damaged_lab_json_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lab.json").write_text("{")
    assert cli.main(["status", "--directory", str(tmp_path)]) == 1
    assert "lab.json is damaged" in capsys.readouterr().err
