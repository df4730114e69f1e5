"""The twin's POP3 functions: every command and every refusal, over all assumed forms of the file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.document import Document
from lab.pop3.files import INHERITED_SDDL, OWNER, SDDL
from lab.pop3.profiles import FILE_PROFILES
from lab.pop3.records import accounts
from lab.twin.request import BrokenCall
from lab.twin.steps import Steps
from tests.unit.lab.pop3.pop3_server import Pop3Server

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
CANDIDATES = [
    {"Username": "bürö@beispiel.de", "Password": {"$secret": "one"}},
    {"Username": "INFO@BEISPIEL.DE", "Password": {"$secret": "one"}},
    {"Username": "BÜRÖ@beispiel.de", "Password": {"$secret": "two"}},
    {"Username": "info@beispiel.de", "Password": {"$secret": "new"}},
]


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


# -- reading -----------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "data",
    [b"\xef\xbb\xbfA\xff\n-\n", b"\xff\xfeA\x00\x00\xd8-\x00", b"\xff\xfeA", b"\xff\xfe\x00\x00A\x00\x00"],
)
def test_bytes_that_are_no_text_of_their_mark(data: bytes) -> None:
    machine = machine_with()
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    assert code(machine, "Read-Pop3Records") == "pop3_file_unreadable"
    outside = output(machine, "Read-Pop3Records", Content=False)
    assert (outside["Length"], outside["Masked"], outside["Secrets"]) == (len(data), None, [])


@pytest.mark.parametrize("codec", ["utf-16-be", "utf-32-le", "utf-32-be"])
def test_the_other_byte_order_marks(codec: str) -> None:
    data = "\ufeffEntropy:Zm9v\rPassword:YmFy\r\nx\x85y\n-\n".encode(codec)
    machine = machine_with()
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    masked = base64.b64decode(output(machine, "Read-Pop3Records")["Masked"])
    assert masked.decode(codec) == "\ufeffEntropy:xxxx\rPassword:xxxx\r\nx\x85y\n-\n"


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


# -- writing -----------------------------------------------------------------------------------------------------------

INSERT = [{"Offset": 0, "Length": 0, "Data": base64.b64encode(b"x").decode()}]


def secret_edits(machine: SimulatedMachine, username: str) -> list[dict[str, Any]]:
    """A new password for one account."""
    found = output(machine, "Read-Pop3Records", Candidates=[{"Username": username, "Password": {"$secret": "two"}}])
    secret = next(secret for secret in found["Secrets"] if secret.get("Equal"))
    entropy = found["Secrets"][secret["Entropy"]]
    place = {"Offset": entropy["Offset"], "Length": entropy["Length"]}
    change = {"Offset": secret["Offset"], "Length": secret["Length"]}
    return [{**change, "Password": {"$secret": "new"}, "Entropy": place}]


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


@pytest.mark.parametrize("profile", PROFILES)
def test_a_block_is_cloned_without_its_secret_travelling(profile: str) -> None:
    machine = machine_with(profile, [BERT])
    data = data_of(machine)
    edits = [{"Offset": len(data), "Length": 0, "Copy": {"Offset": 0, "Length": len(data)}}]
    output(machine, "Write-Pop3Records", Sha256=digest(data), Edits=edits)
    assert data_of(machine) == data + data


def test_edits_of_every_kind_at_once() -> None:
    machine = machine_with(entries=[])
    data = b"0123456789"
    machine.change({"pop3_connector": {"file": base64.b64encode(data).decode()}})
    edits = [
        {"Offset": 0, "Length": 0, "Data": base64.b64encode(b"<").decode()},
        {"Offset": 0, "Length": 0, "Copy": {"Offset": 8, "Length": 2}},
        {"Offset": 0, "Length": 3, "Data": ""},
        {"Offset": 5, "Length": 1, "Data": base64.b64encode(b"\x00\xff").decode()},
        {"Offset": 10, "Length": 0, "Copy": {"Offset": 0, "Length": 1}},
    ]
    output(machine, "Write-Pop3Records", Sha256=digest(data), Edits=edits)
    assert data_of(machine) == b"<8934\x00\xff67890"


@pytest.mark.parametrize(
    "edits",
    [
        "text",
        ["text"],
        [{}],
        [{"Offset": 0, "Length": 0}],
        [{"Offset": -1, "Length": 0, "Data": ""}],
        [{"Offset": 0, "Length": True, "Data": ""}],
        [{"Offset": 0, "Length": 0, "Data": "", "Copy": {"Offset": 0, "Length": 0}}],
        [{"Offset": 5, "Length": 2, "Data": ""}, {"Offset": 6, "Length": 0, "Data": ""}],
        [{"Offset": 0, "Length": 0, "Data": "no-base64"}],
        [{"Offset": 0, "Length": 0, "Data": None}],
        [{"Offset": 10**6, "Length": 0, "Data": ""}],
        [{"Offset": 0, "Length": 0, "Copy": {"Offset": 0, "Length": 10**6}}],
        [{"Offset": 0, "Length": 0, "Copy": None}],
        [{"Offset": 0, "Length": 0, "Password": 1, "Entropy": {"Offset": 8, "Length": 28}}],
        [{"Offset": 0, "Length": 0, "Password": "x", "Entropy": None}],
    ],
)
def test_edits_that_are_none(edits: Any) -> None:
    machine = machine_with()
    before = data_of(machine)
    assert code(machine, "Write-Pop3Records", Sha256=digest(before), Edits=edits) == "parameter_unreadable"
    assert (data_of(machine), names_in_data(machine), status(machine)) == (before, ["pop3records.dat"], "Running")


@pytest.mark.parametrize("place", [{"Offset": 0, "Length": 7}, {"Offset": 8, "Length": 0}])
def test_an_entropy_that_is_none(place: dict[str, int]) -> None:
    machine = machine_with()
    edits = [{"Offset": 0, "Length": 0, "Password": "x", "Entropy": place}]
    assert code(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=edits) == "pop3_entropy_missing"
    assert (names_in_data(machine), status(machine)) == (["pop3records.dat"], "Running")


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


def test_an_access_list_that_was_lost_is_set_again() -> None:
    machine = machine_with(trouble={"acl_lost": True})
    output(machine, "Write-Pop3Records", Sha256=digest(data_of(machine)), Edits=INSERT)
    file = machine.pop3.files.find(places.ACCOUNTS)
    assert file is not None
    # Whose the file is cannot be set by everybody, so that stays as it has become.
    assert file.sddl == INHERITED_SDDL.split("D:AI")[0] + SDDL[SDDL.index("D:") :]


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


def test_the_service_is_set() -> None:
    machine = machine_with()
    assert output(machine, "Set-Pop3Service", Status="Stopped")["Status"] == "Stopped"
    assert status(machine) == "Stopped"
    assert code(machine, "Set-Pop3Service", Status="Paused") == "parameter_unreadable"
    assert code(machine, "Set-Pop3Service", Status="Running", Service="nope") == "pop3_service_missing"


# -- fetch, log, tasks, services ---------------------------------------------------------------------------------------


def test_a_fetch_and_its_log(tmp_path: Path) -> None:
    context = Certificates(tmp_path / "ca.pem").context
    with Pop3Server((ANNA["username"], PASSWORD), [b"Subject: Hallo\r\n\r\nText\r\n"], context) as server:
        machine = machine_with(entries=[ANNA | {"port": server.port}])
        done = output(machine, "Start-Pop3Fetch", ca_file=tmp_path / "ca.pem")
        assert (done["Program"], done["Started"], done["ExitCode"]) == (places.PROGRAM, True, 0)
        assert server.messages == []
    log = output(machine, "Read-Pop3Log", Lines=1)
    assert (log["Folder"], log["Name"]) == (places.LOGS, places.split(places.LOG)[1])
    assert log["Lines"] == ["2026-11-25 10:00:00 Info@beispiel.de at localhost: fetched, 1 messages"]
    assert log["LastWriteTime"] == CLOCK


def test_the_log_of_a_host_without_one() -> None:
    machine = SimulatedMachine.from_state("exchange2010")
    assert output(machine, "Read-Pop3Log")["Name"] is None
    assert code(machine, "Start-Pop3Fetch") == "pop3_program_missing"
    assert code(machine_with(), "Start-Pop3Fetch", Program="C:\\x\\x.exe") == "pop3_program_missing"
    assert code(machine, "Read-Pop3Log", Lines=0) == "parameter_unreadable"
    assert output(machine, "Read-Pop3Log", Folder="C:\\nowhere")["Lines"] == []


def test_a_task_comes_and_goes() -> None:
    machine = machine_with()
    absent = {"IntervalMinutes": None, "Command": None, "Arguments": None, "UserId": None, "Enabled": None}
    found = output(machine, "Get-FetchTask", Name="Fetch & co")
    assert found | absent == found
    assert found["Exists"] is False
    for minutes in (15, 60, 90, 1439):
        found = output(machine, "Set-FetchTask", Name="Fetch & co", IntervalMinutes=minutes)
        assert (found["Exists"], found["IntervalMinutes"], found["Enabled"]) == (True, minutes, True)
        assert (found["Command"], found["Arguments"], found["UserId"]) == (places.PROGRAM, "-downloadNow", "S-1-5-18")
    assert output(machine, "Get-FetchTask", Name="fetch & CO")["Exists"] is True
    assert output(machine, "Remove-FetchTask", Name="Fetch & co")["Name"] == "Fetch & co"
    assert machine.dump()["tasks"] == []


def test_tasks_that_cannot_be() -> None:
    machine = machine_with()
    machine.change({"tasks": [{"name": "Daily", "minutes": None, "command": "x.exe", "enabled": False}]})
    found = output(machine, "Get-FetchTask", Name="Daily")
    assert (found["IntervalMinutes"], found["Enabled"]) == (None, False)
    for minutes in (4, 1440):
        assert code(machine, "Set-FetchTask", Name="x", IntervalMinutes=minutes) == "parameter_unreadable"
    for name in ('a"b', "folder\\", "a\nb"):
        assert code(machine, "Get-FetchTask", Name=name) == "parameter_unreadable"
        assert code(machine, "Remove-FetchTask", Name=name) == "parameter_unreadable"
    assert code(machine, "Remove-FetchTask", Name="nope") == "schtasks_failed"
    machine.change({"pop3_connector": {"schtasks_fails": "Zugriff verweigert"}})
    result = run(machine, "Set-FetchTask", Name="x", IntervalMinutes=5)
    assert result["error"]["code"] == "schtasks_failed"
    assert "Zugriff verweigert" in result["error"]["message"]


def test_services_are_found_by_either_name() -> None:
    machine = machine_with()
    machine.change(
        {
            "services": [
                {"name": "POPconSvc", "display_name": "Mail Fetcher", "status": "Stopped", "start_mode": "Manual"},
                {"name": "svc7", "display_name": "POPBeamer 2"},
                {"name": "Spooler"},
            ]
        }
    )
    result = run(machine, "Get-ServiceList", Names=["*popcon*", "popbeamer*"])
    shown = [{key: one[key] for key in ("Name", "DisplayName", "Status", "StartMode")} for one in result["output"]]
    assert shown == [
        {"Name": "POPconSvc", "DisplayName": "Mail Fetcher", "Status": "Stopped", "StartMode": "Manual"},
        {"Name": "svc7", "DisplayName": "POPBeamer 2", "Status": "Running", "StartMode": "Auto"},
    ]
    assert run(machine, "Get-ServiceList", Names="nothing")["output"] == []


@pytest.mark.parametrize("command", ["Read-Pop3Records", "Get-Pop3Facts", "Read-Pop3Log"])
def test_a_failure_that_was_ordered(command: str) -> None:
    machine = machine_with()
    machine.fail_next(command, "Zugriff verweigert")
    result = run(machine, command)
    assert (result["status"], result["error"]["message"]) == ("failed", "Zugriff verweigert")
    assert run(machine, command)["status"] == "done"


# -- what can be learnt ------------------------------------------------------------------------------------------------


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
