"""The twin writes the accounts file: every refusal, every interruption, over all assumed forms of it."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from lab.pop3 import places
from lab.pop3.document import Document
from lab.pop3.files import OWNER, SDDL
from lab.pop3.records import accounts
from lab.twin.request import BrokenCall
from tests.unit.lab.twin.pop3_commands import (
    BERT,
    NEW,
    PASSWORD,
    PROFILES,
    STAMP,
    code,
    data_of,
    digest,
    machine_with,
    names_in_data,
    output,
    run,
    secret_edits,
    status,
)

INSERT = [{"Offset": 0, "Length": 0, "Data": base64.b64encode(b"x").decode()}]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_password_is_written(profile: str) -> None:
    machine = machine_with(profile)
    before = data_of(machine)
    edits = secret_edits(machine, BERT["username"])
    found = output(machine, "Write-Pop3Records", Sha256=digest(before), Edits=edits)
    after = data_of(machine)
    assert found | {"Owner": ""} == found | {
        "Backup": STAMP,
        "Sha256": digest(after),
        "Length": len(after),
        "Before": "Running",
        "After": "Running",
        "Owner": "",
    }
    old, new = Document.read(before).lines, Document.read(after).lines
    assert [one.key for one, two in zip(old, new, strict=True) if one != two] == ["Password"]
    assert [record.password(machine.pop3.dpapi) for record in accounts(after)] == [PASSWORD, NEW]
    backup = machine.pop3.files.find(f"{places.DATA}\\{STAMP}")
    file = machine.pop3.files.find(places.ACCOUNTS)
    assert backup is not None and file is not None
    assert (backup.data, backup.sddl, file.sddl) == (before, SDDL, SDDL)
    assert names_in_data(machine) == ["pop3records.dat", STAMP]
    assert status(machine) == "Running"


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"ServiceAfter": "paused"}, "parameter_unreadable"),
        ({"TimeoutSeconds": 0}, "parameter_unreadable"),
        ({"Sha256": "0" * 64}, "pop3_file_changed"),
        ({"Service": "nope"}, "pop3_service_missing"),
        ({"Service": "pop3*"}, "parameter_unreadable"),
        ({"Path": "C:\\pop3records.dat"}, "parameter_unreadable"),
        ({"Path": places.DATA + "\\other.dat"}, "pop3_file_missing"),
    ],
)
def test_a_write_that_is_refused_leaves_all_as_it_was(parameters: dict[str, Any], refused: str) -> None:
    machine = machine_with()
    before = machine.dump()
    given = {"Sha256": digest(data_of(machine)), "Edits": INSERT} | parameters
    assert code(machine, "Write-Pop3Records", **given) == refused
    assert machine.dump() == before


@pytest.mark.parametrize(
    ("trouble", "refused"),
    [
        ({"disk_full": "write"}, "pop3_not_written"),
        ({"disk_full": "half"}, "pop3_not_written"),
        ({"disk_full": "flush"}, "pop3_not_written"),
        ({"read_only": True}, "pop3_not_written"),
        ({"locked": "replace"}, "pop3_file_locked"),
    ],
)
def test_trouble_while_writing(trouble: dict[str, Any], refused: str) -> None:
    machine = machine_with(trouble=trouble)
    before = machine.dump()
    assert code(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT) == refused
    assert machine.dump() == before


def test_a_file_that_changes_at_stop() -> None:
    machine = machine_with("utf8_bom", rewrites_at_stop="status")
    before = data_of(machine)
    assert code(machine, "Write-Pop3Records", Sha256=digest(before), Edits=INSERT) == "pop3_file_changed"
    assert status(machine) == "Running"
    assert names_in_data(machine) == ["pop3records.dat"]
    assert data_of(machine) != before


def test_a_service_that_will_not_stop() -> None:
    machine = machine_with(service={"will_not_stop": True})
    before = machine.dump()
    assert (
        code(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT) == "pop3_service_not_stopped"
    )
    assert code(machine, "Set-Pop3Service", Status="Stopped") == "pop3_service_not_stopped"
    assert machine.dump() == before


def test_a_service_that_others_need() -> None:
    machine = machine_with()
    machine.change({"services": [{"name": "Needy", "depends_on": ["POP3Connector"]}]})
    before = machine.dump()
    writing = {"Sha256": digest(data_of(machine)), "Edits": INSERT}
    assert code(machine, "Write-Pop3Records", **writing) == "pop3_service_not_stopped"
    assert machine.dump() == before
    machine.change({"services": [{"name": "Needy", "status": "Stopped"}]})
    assert output(machine, "Write-Pop3Records", **writing)["After"] == "Running"


def test_an_edit_of_nothing_writes_the_same_again() -> None:
    machine = machine_with()
    before = data_of(machine)
    nothing = [{"Offset": 0, "Length": 0, "Data": ""}]
    assert output(machine, "Write-Pop3Records", Sha256=digest(before), Edits=nothing)["Sha256"] == digest(before)
    assert names_in_data(machine) == ["pop3records.dat", STAMP]


def test_a_write_without_edits_is_no_write() -> None:
    machine = machine_with()
    result = run(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=[])
    assert "EmptyArrayNotAllowed" in result["error"]["error_id"]


def test_a_service_that_will_not_start() -> None:
    machine = machine_with(service={"will_not_start": True})
    result = run(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT)
    assert result["error"]["code"] == "pop3_service_not_started"
    assert "is written" in result["error"]["message"]
    assert data_of(machine).startswith(b"xEntropy")
    assert status(machine) == "Stopped"
    assert output(machine, "Read-Pop3Records")["Interrupted"] == "running"
    machine.change({"pop3_connector": {"service": {"will_not_start": False}}})
    done = output(machine, "Set-Pop3Service", Status="Running")
    assert (done["Before"], done["Status"]) == ("Stopped", "Running")
    assert output(machine, "Read-Pop3Records")["Interrupted"] is None


def test_a_process_that_is_killed_between_stop_and_start() -> None:
    machine = machine_with(trouble={"killed_at_stop": True})
    before = data_of(machine)
    with pytest.raises(BrokenCall):
        run(machine, "Write-Pop3Records", Sha256=digest(before), Edits=INSERT)
    found = output(machine, "Read-Pop3Records")
    assert (found["Interrupted"], found["Service"]["Status"], data_of(machine)) == ("running", "Stopped", before)
    done = output(machine, "Write-Pop3Records", Sha256=digest(before), Edits=INSERT)
    assert (done["Before"], done["After"], status(machine)) == ("Running", "Running", "Running")
    assert output(machine, "Read-Pop3Records")["Interrupted"] is None


@pytest.mark.parametrize(
    ("begins", "marker", "after", "ends"),
    [
        ("Running", None, "as_before", "Running"),
        ("Running", None, "stopped", "Stopped"),
        ("Stopped", None, "as_before", "Stopped"),
        ("Stopped", None, "running", "Running"),
        ("Stopped", "running", "as_before", "Running"),
        ("Stopped", "stopped", "as_before", "Stopped"),
        ("Running", "stopped", "as_before", "Stopped"),
    ],
)
def test_the_service_afterwards(begins: str, marker: str | None, after: str, ends: str) -> None:
    machine = machine_with(service={"status": begins})
    machine.change({"pop3_connector": {"interrupted": marker}})
    edits = {"Sha256": digest(data_of(machine)), "Edits": INSERT, "ServiceAfter": after}
    assert output(machine, "Write-Pop3Records", **edits)["After"] == ends
    assert (status(machine), names_in_data(machine)) == (ends, ["pop3records.dat", STAMP])


def test_backups_of_one_second_have_numbers_and_can_be_restored() -> None:
    machine = machine_with()
    first = data_of(machine)
    names = []
    for _ in range(3):
        names.append(output(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT)["Backup"])
    assert names == [STAMP, STAMP.replace("Z.", "Z_2."), STAMP.replace("Z.", "Z_3.")]
    assert [one["Name"] for one in output(machine, "Read-Pop3Records")["Backups"]] == names
    last = data_of(machine)
    done = output(machine, "Restore-Pop3Records", Backup=STAMP, Sha256=digest(last))
    assert (data_of(machine), done["Backup"]) == (first, STAMP.replace("Z.", "Z_4."))
    machine.change({"pop3_connector": {"file": None}})
    done = output(machine, "Restore-Pop3Records", Backup=names[1], Sha256=None)
    assert (data_of(machine), done["Backup"], done["After"]) == (b"x" + first, None, "Running")
    assert done["Owner"] == OWNER


@pytest.mark.parametrize(
    ("parameters", "refused"),
    [
        ({"Backup": "..\\" + STAMP}, "parameter_unreadable"),
        ({"Backup": "pop3records.dat"}, "parameter_unreadable"),
        ({"Backup": "pop3records.dat.nope.bak"}, "parameter_unreadable"),
        ({"Sha256": "0" * 64}, "pop3_file_changed"),
        ({"Sha256": None}, "pop3_file_changed"),
    ],
)
def test_a_restore_that_is_refused(parameters: dict[str, Any], refused: str) -> None:
    machine = machine_with()
    output(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT)
    before = machine.dump()
    given = {"Backup": STAMP, "Sha256": digest(data_of(machine))} | parameters
    assert code(machine, "Restore-Pop3Records", **given) == refused
    assert machine.dump() == before
