"""The agent's POP3 functions, asked of a twin."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.profiles import FILE_PROFILES
from lab.twin.steps import Steps

PASSWORD = "Zq7-lab-only-Kupferdach-ö-€-9134"
OTHER = "Zq8-lab-only-Zinkblech-0815"
NEW = "Zq9-lab-only-Schieferdach-ß-4711"
ANNA = {
    "server": "localhost",
    "port": 995,
    "username": "Info@beispiel.de",
    "password": PASSWORD,
    "mailbox": "anna@nt4admins.local",
}
BERT = ANNA | {"username": "bürö@beispiel.de", "password": OTHER, "mailbox": "bert@nt4admins.local"}
PROFILES = sorted(FILE_PROFILES)
SECRETS = {"one": PASSWORD, "two": OTHER, "new": NEW}
CLOCK = "2026-11-25T10:00:00Z"
STAMP = "pop3records.dat.20261125T100000Z.bak"


def machine_with(profile: str = "plain", entries: list[dict[str, Any]] | None = None, **more: Any) -> SimulatedMachine:
    given = [ANNA, BERT] if entries is None else entries
    return SimulatedMachine({"clock": CLOCK, "pop3_connector": {"profile": profile, "accounts": given, **more}})


def run(machine: SimulatedMachine, command: str, ca_file: Path | None = None, **parameters: Any) -> dict[str, Any]:
    """The step's result, with all that a command can return."""
    names = "Path Exists Length Sha256 Masked Secrets Service Interrupted Backups Backup Before After Owner Name Status"
    names += " Program Started ExitCode Folder LastWriteTime Lines IntervalMinutes Command Arguments UserId Enabled"
    names += " DisplayName StartMode Bytes Acl Folders Registry Log"
    step = {"id": "s", "command": command, "parameters": parameters, "select": names.split()}
    request = {"protocol": 1, "exchange": "none", "steps": [step], "secrets": SECRETS}
    (part,) = Steps(machine, request, threading.Event(), ca_file).run()
    (result,) = part.results
    text = json.dumps(result, ensure_ascii=False)
    assert not any(secret in text for secret in SECRETS.values())
    return result


def output(machine: SimulatedMachine, command: str, **parameters: Any) -> dict[str, Any]:
    result = run(machine, command, **parameters)
    assert result["error"] is None
    found: dict[str, Any] = result["output"][0]
    return found


def code(machine: SimulatedMachine, command: str, **parameters: Any) -> str | None:
    result = run(machine, command, **parameters)
    assert result["status"] == "failed"
    found: str | None = result["error"]["code"]
    return found


def data_of(machine: SimulatedMachine) -> bytes:
    file = machine.pop3.files.find(places.ACCOUNTS)
    assert file is not None
    return file.data


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def names_in_data(machine: SimulatedMachine) -> list[str]:
    return [file.name for file in machine.pop3.files.in_folder(places.DATA)]


def status(machine: SimulatedMachine) -> str:
    service = machine.pop3.services.find("pop3connector")
    assert service is not None
    return service.status


def secret_edits(machine: SimulatedMachine, username: str) -> list[dict[str, Any]]:
    """A new password for one account."""
    found = output(machine, "Read-Pop3Records", Candidates=[{"Username": username, "Password": {"$secret": "two"}}])
    secret = next(secret for secret in found["Secrets"] if secret.get("Equal"))
    entropy = found["Secrets"][secret["Entropy"]]
    place = {"Offset": entropy["Offset"], "Length": entropy["Length"]}
    change = {"Offset": secret["Offset"], "Length": secret["Length"]}
    return [{**change, "Password": {"$secret": "new"}, "Entropy": place}]
