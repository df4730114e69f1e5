"""The twin reads the accounts file: masked, compared, over all assumed forms of it."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.document import Document
from lab.pop3.profiles import FILE_PROFILES
from tests.unit.lab.twin.pop3_commands import (
    ANNA,
    BERT,
    PROFILES,
    code,
    data_of,
    digest,
    machine_with,
    output,
    status,
)

CANDIDATES = [
    {"Username": "bürö@beispiel.de", "Password": {"$secret": "one"}},
    {"Username": "INFO@BEISPIEL.DE", "Password": {"$secret": "one"}},
    {"Username": "BÜRÖ@beispiel.de", "Password": {"$secret": "two"}},
    {"Username": "info@beispiel.de", "Password": {"$secret": "new"}},
]


@pytest.mark.parametrize("profile", PROFILES)
def test_reading_masks_every_secret_and_nothing_else(profile: str) -> None:
    machine = machine_with(profile)
    data, found = data_of(machine), output(machine, "Read-Pop3Records")
    assert (found["Path"], found["Exists"], found["Length"]) == (places.ACCOUNTS, True, len(data))
    assert found["Sha256"] == digest(data)
    masked = base64.b64decode(found["Masked"])
    assert len(masked) == len(data)
    document, shown = Document.read(data), Document.read(masked)
    for real, line in zip(document.lines, shown.lines, strict=True):
        if real.key in ("Password", "Entropy"):
            assert line == replace(real, text=f"{real.key}:" + "x" * len(real.value))
        else:
            assert line == real
    codec = FILE_PROFILES[profile].codec
    for secret in found["Secrets"]:
        value = data[secret["Offset"] : secret["Offset"] + secret["Length"]].decode(codec)
        assert f"{secret['Key']}:{value}" in [line.text for line in document.lines]


@pytest.mark.parametrize("profile", PROFILES)
def test_reading_tells_which_candidates_are_equal(profile: str) -> None:
    found = output(machine_with(profile), "Read-Pop3Records", Candidates=CANDIDATES)
    passwords = [
        secret for secret in found["Secrets"] if secret["Key"] == "Password" and secret["Readable"] is not None
    ]
    assert [secret["Equal"] for secret in passwords][-2:] == [[1], [2]]
    assert all(secret["Readable"] for secret in passwords)
    for index, secret in enumerate(found["Secrets"]):
        if secret["Key"] == "Password":
            entropies = [i for i, one in enumerate(found["Secrets"][:index]) if one["Key"] == "Entropy"]
            assert secret["Entropy"] == entropies[-1]
        else:
            assert set(secret) == {"Key", "Offset", "Length"}


def test_what_cannot_be_decrypted() -> None:
    machine = machine_with(entries=[ANNA | {"foreign": True}, BERT])
    data = data_of(machine).replace(b"Username:b", b"Password:\r\nPassword:no base64!\r\nUsername:b")
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    found = output(machine, "Read-Pop3Records", Candidates=CANDIDATES)["Secrets"]
    assert [secret.get("Readable") for secret in found] == [None, False, None, False, True]
    machine.change({"pop3_connector": {"file": base64.b64encode(b"Password:abcd\n-\n").decode()}})
    assert output(machine, "Read-Pop3Records")["Secrets"] == [
        {"Key": "Password", "Offset": 9, "Length": 4, "Entropy": None, "Readable": None, "Equal": []}
    ]


def test_no_file() -> None:
    found = output(SimulatedMachine.from_state("sbs2011"), "Read-Pop3Records")
    assert [found[name] for name in ("Exists", "Length", "Sha256", "Masked", "Secrets", "Backups", "Interrupted")] == [
        False,
        None,
        None,
        None,
        [],
        [],
        None,
    ]
    service = {"Name": "pop3connector", "Exists": True, "DisplayName": "Windows SBS POP3 Connector"}
    assert found["Service"] == service | {"Status": "Running", "StartMode": "Auto"}
    absent = {"Name": "nope", "Exists": False, "DisplayName": None, "Status": None, "StartMode": None}
    assert output(machine_with(), "Read-Pop3Records", Service="nope")["Service"] == absent


def test_a_file_that_another_holds() -> None:
    machine = machine_with(trouble={"locked": "always"})
    assert code(machine, "Read-Pop3Records") == "pop3_file_locked"
    assert code(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT) == "pop3_file_locked"
    assert status(machine) == "Running"


@pytest.mark.parametrize("candidates", ["text", ["text"], [{"Username": "a"}], [{"Username": 1, "Password": "b"}]])
def test_candidates_that_are_none(candidates: Any) -> None:
    assert code(machine_with(), "Read-Pop3Records", Candidates=candidates) == "parameter_unreadable"


def test_a_thousand_accounts() -> None:
    entries = [ANNA | {"username": f"user{number}@beispiel.de"} for number in range(200)]
    block = data_of(machine_with(entries=entries))
    machine = machine_with(entries=entries)
    data = data_of(machine) + b"".join([block[block.index(b"Pop3Account") :]] * 4)
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    begin = time.monotonic()
    found = output(machine, "Read-Pop3Records", Candidates=CANDIDATES)
    assert len(found["Secrets"]) == 1001
    assert time.monotonic() - begin < 5


INSERT = [{"Offset": 0, "Length": 0, "Data": base64.b64encode(b"x").decode()}]
