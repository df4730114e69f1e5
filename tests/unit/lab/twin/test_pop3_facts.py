"""What can be learnt of a connector, masked."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.document import Document
from lab.pop3.files import SDDL
from lab.pop3.profiles import FILE_PROFILES
from tests.unit.lab.twin.pop3_commands import (
    BERT,
    PROFILES,
    data_of,
    machine_with,
    output,
)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_facts_show_nothing_but_keys_and_short_values(profile: str) -> None:
    machine = machine_with(profile)
    form, data, found = FILE_PROFILES[profile], data_of(machine), output(machine, "Get-Pop3Facts")
    ends = {"\r\n": "Crlf", "\n": "Lf"}
    lines = Document.read(data).lines
    assert found["Bytes"]["FirstBytes"] == data[:4].hex()
    assert found["Bytes"][ends[form.line_end]] == sum(1 for line in lines if line.end)
    assert [line["Key"] for line in found["Lines"]] == [line.key for line in lines]
    values = [line["Value"] for line in found["Lines"] if line["Value"] is not None]
    assert all(len(value) <= 3 or value.lower() in ("true", "false") for value in values)
    text = json.dumps(found, ensure_ascii=False)
    for hidden in ("beispiel.de", "nt4admins", *(line.value for line in lines if line.key in ("Password", "Entropy"))):
        assert not hidden or hidden not in text
    assert found["Program"]["Runtime"] == form.runtime
    assert {"Pop3Account", *form.keys.values()} <= set(found["Program"]["Strings"])
    assert not any(text.startswith("Far away") for text in found["Program"]["Strings"])
    assert found["Acl"] == SDDL
    assert [folder["Path"] for folder in found["Folders"]] == [places.DATA, places.LOGS, places.BIN]


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("option", "value"), [("mailbox", "carla@nt4admins.local"), ("ssl", False), ("logon", "apop")])
def test_two_snapshots_show_what_the_console_changed(profile: str, option: str, value: Any) -> None:
    machine = machine_with(profile)
    before = output(machine, "Get-Pop3Facts", Salt="pepper")
    machine.console({"account": {"username": BERT["username"]}, "change": {option: value}})
    after = output(machine, "Get-Pop3Facts", Salt="pepper")
    pairs = zip(before["Lines"], after["Lines"], strict=True)
    changed = [(old["Key"], old["Account"]) for old, new in pairs if old["Digest"] != new["Digest"]]
    key = FILE_PROFILES[profile].keys.get(option)
    last = max(line["Account"] for line in before["Lines"] if line["Key"] == "Pop3Account")
    assert changed == ([(key, last)] if key else [])
    assert (before["Registry"] != after["Registry"]) == (key is None)


def test_digests_need_a_salt_and_none_is_of_a_secret() -> None:
    machine = machine_with()
    lines = output(machine, "Get-Pop3Facts")["Lines"]
    assert {line["Digest"] for line in lines} == {None}
    one, two = (output(machine, "Get-Pop3Facts", Salt=salt)["Lines"] for salt in ("a", "b"))
    for line, other in zip(one, two, strict=True):
        if line["Key"] in ("Password", "Entropy", None):
            assert line["Digest"] is None
        else:
            assert re.fullmatch("[0-9a-f]{12}", line["Digest"]) and line["Digest"] != other["Digest"]
    value = next(line for line in one if line["Key"] == "Server")
    assert value["Digest"] == hashlib.sha256(b"localhost" + b"a").hexdigest()[:12]
    assert (value["ValueLength"], value["Class"], value["Value"]) == (9, "text", None)


def test_the_facts_of_a_host_without_a_file() -> None:
    found = output(SimulatedMachine.from_state("exchange2010"), "Get-Pop3Facts")
    assert (found["Lines"], found["Acl"], found["Bytes"]["Length"]) == ([], None, None)
    assert (found["Program"]["Exists"], found["Program"]["Strings"], found["Registry"]) == (False, [], [])
    assert found["Service"]["Exists"] is False
