"""The agent's POP3 functions on real files, between a service, an access list and a DPAPI that the tests pretend."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import re
import time
from typing import Any

import pytest

from .conftest import Pop3Host

pytestmark = pytest.mark.pwsh

ENTROPY = base64.b64encode(b"entropy-of-this-file").decode()
OTHER_ENTROPY = base64.b64encode(b"another-entropy!").decode()
PASSWORD = "Zq7-lab-only-Kupferdach-9134"
ODD = 'Öl & "Käse" € 漢字 \U0001f511 #9'
READ = ["Path", "Exists", "Length", "Sha256", "Masked", "Secrets", "Service", "Interrupted", "Backups"]
WRITTEN = ["Backup", "Sha256", "Length", "Before", "After", "Owner"]
CODECS = {
    "utf-8": (b"", "utf-8", 1),
    "latin-1": (b"", "latin-1", 1),
    "utf-8 with BOM": (b"\xef\xbb\xbf", "utf-8", 1),
    "utf-16-le": (b"\xff\xfe", "utf-16-le", 2),
    "utf-16-be": (b"\xfe\xff", "utf-16-be", 2),
    "utf-32-le": (b"\xff\xfe\x00\x00", "utf-32-le", 4),
    "utf-32-be": (b"\x00\x00\xfe\xff", "utf-32-be", 4),
}


def blob(password: str, entropy: str = ENTROPY, computer: str = "HERE") -> str:
    """What pop3_host.psm1 makes of a password."""
    clear = base64.b64encode(password.encode("utf-16-le")).decode()
    return base64.b64encode(f"{computer}{entropy}|{clear}".encode()).decode()


def records(*accounts: tuple[str, str], end: str = "\r\n") -> str:
    """A file's text: one entropy, then a block each for user name and stored password."""
    lines = [f"Entropy:{ENTROPY}"]
    for user, stored in accounts:
        lines += ["Pop3Account:", "Server:pop.strato.de", f"Username:{user}", f"Password:{stored}", "-"]
    return end.join(lines) + end


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(host: Pop3Host, text: str, codec: str = "utf-8") -> bytes:
    mark, name, _ = CODECS[codec]
    data = mark + text.encode(name)
    host.file.write_bytes(data)
    return data


def read(host: Pop3Host, **given: Any) -> dict[str, Any]:
    result = host.ask("Read-Pop3Records", READ, **given)
    assert result["error"] is None
    (found,) = result["output"]
    assert isinstance(found, dict)
    return found


def code_of(result: dict[str, Any]) -> str | None:
    """The code of a refusal; None where the step was done."""
    return result["error"] and result["error"]["code"]


# -- reading -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("codec", CODECS)
def test_a_file_is_read_in_any_encoding_and_leaves_masked(pop3: Pop3Host, codec: str, end: str) -> None:
    odd = "gr\u00fc\u00e9" if codec == "latin-1" else "gr\u00fc\u00e9\U0001f4e7"
    text = records((odd, blob(ODD)), ("Info@Beispiel.de", blob(PASSWORD, computer="THERE")), end=end)
    data = put(pop3, text, codec)
    asked = [
        {"Username": odd.upper(), "Password": {"$secret": "odd"}},
        {"Username": odd, "Password": {"$secret": "login"}},
        {"Username": "info@beispiel.de", "Password": {"$secret": "login"}},
        {"Username": odd, "Password": {"$secret": "odd"}},
    ]
    found = read(pop3, secrets={"odd": ODD, "login": PASSWORD}, Candidates=asked)
    assert (found["Exists"], found["Length"], found["Sha256"]) == (True, len(data), sha(data))
    mark, name, unit = CODECS[codec]
    secrets = re.compile(r"(?:(?<=\nPassword:)|(?<=\rPassword:)|(?<=Entropy:))[^\r\n]*")
    assert base64.b64decode(found["Masked"]) == mark + secrets.sub(lambda m: "x" * len(m[0]), text).encode(name)
    places = [(m.start(), m.end()) for m in secrets.finditer(text)]
    expected = [(len(mark) + len(text[:a].encode(name)), len(text[a:b].encode(name))) for a, b in places]
    assert [(each["Offset"], each["Length"]) for each in found["Secrets"]] == expected
    assert [each["Key"] for each in found["Secrets"]] == ["Entropy", "Password", "Password"]
    first, second = found["Secrets"][1:]
    assert (first["Entropy"], first["Readable"], first["Equal"]) == (0, True, [0, 3])
    assert (second["Entropy"], second["Readable"], second["Equal"]) == (0, False, [])
    assert unit in (1, 2, 4)
    everything = pop3.last and pop3.last.text
    for secret in (PASSWORD, ODD, blob(ODD), ENTROPY, base64.b64encode(ODD.encode("utf-16-le")).decode()):
        assert secret not in str(everything)


def test_what_is_no_secret_in_its_place_is_read_as_it_stands(pop3: Pop3Host) -> None:
    """Keys in other capitals or not at the line's beginning are not the connector's."""
    lines = [
        "Password:before any entropy",
        "Entropy:",
        f"Password:{blob(PASSWORD)}",
        f"Entropy: {OTHER_ENTROPY} ",
        f"Password: {blob(PASSWORD, OTHER_ENTROPY)}",
        "Username:last",
        "Password:no base64!",
        "Password:",
        "password:x",
        " Password:x",
        "NoPassword:x",
        "- ",
        "Username:later\u2028Password:x\x85Password:y\x0bPassword:z",
        "Entropy:%%%",
        f"Password:{blob(PASSWORD, OTHER_ENTROPY)}",
    ]
    data = put(pop3, "\n".join(lines))
    asked = [{"Username": user, "Password": {"$secret": "login"}} for user in ("last", "LATER\u2028Password:x", "x")]
    found = read(pop3, secrets={"login": PASSWORD}, Candidates=asked)
    rows = [(s["Key"], s.get("Entropy"), s.get("Readable"), s.get("Equal")) for s in found["Secrets"]]
    assert rows == [
        ("Password", None, None, []),
        ("Entropy", None, None, None),
        ("Password", 1, None, []),
        ("Entropy", None, None, None),
        ("Password", 3, True, []),
        ("Password", 3, False, []),
        ("Password", 3, None, []),
        ("Entropy", None, None, None),
        ("Password", 7, False, []),
    ]
    masked = base64.b64decode(found["Masked"])
    assert len(masked) == len(data)
    assert b"password:x\n Password:x\nNoPassword:x\n- \nUsername:later" in masked


def test_a_block_ends_at_its_hyphen(pop3: Pop3Host) -> None:
    """A password belongs to the user of its own block, also where that stands below it; the last one counts."""
    put(
        pop3,
        f"Entropy:{ENTROPY}\nPassword:{blob(PASSWORD)}\nUsername:first\nUsername:second\n-\n"
        f"Password:{blob(PASSWORD)}\n-\nUsername:third\nPassword:{blob(PASSWORD)}",
    )
    asked = [{"Username": user, "Password": {"$secret": "login"}} for user in ("first", "second", "third")]
    found = read(pop3, secrets={"login": PASSWORD}, Candidates=asked)
    assert [each.get("Equal") for each in found["Secrets"]] == [None, [1], [], [2]]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfePasswor",
        b"\xff\xfe" + "a".encode("utf-16-le") + b"\x00\xd8" + "b".encode("utf-16-le"),
        b"\xfe\xff" + b"\xdc\x00",
        b"\xef\xbb\xbfServer:\xff",
        b"\xff\xfe\x00\x00" + b"\x00\xd8\x00\x00",
        b"\xff\xfe\x00\x00" + b"a\x00\x00",
        b"\x00\x00\xfe\xff" + b"\x00\x11\x00\x00",
    ],
    ids=["cut", "lone surrogate", "lone half", "no UTF-8", "surrogate in UTF-32", "cut in UTF-32", "beyond Unicode"],
)
def test_what_could_not_be_written_again_is_refused(pop3: Pop3Host, data: bytes) -> None:
    pop3.file.write_bytes(data)
    assert code_of(pop3.ask("Read-Pop3Records", READ)) == "pop3_file_unreadable"
    refused = pop3.ask("Write-Pop3Records", WRITTEN, Sha256=sha(data), Edits=[NOTHING])
    assert code_of(refused) == "pop3_file_unreadable"
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("calls")) == (data, ["pop3records.dat"], "")
    outside = read(pop3, Content=False)
    assert (outside["Exists"], outside["Length"], outside["Sha256"]) == (True, len(data), sha(data))
    assert (outside["Masked"], outside["Secrets"]) == (None, [])


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"-", b"\x00\xff\x80\r", b"\xff\xfe\x00\x00"])
def test_hardly_a_file_is_one(pop3: Pop3Host, data: bytes) -> None:
    pop3.file.write_bytes(data)
    found = read(pop3)
    assert (base64.b64decode(found["Masked"]), found["Secrets"], found["Length"]) == (data, [], len(data))


def test_where_there_is_nothing(pop3: Pop3Host) -> None:
    found = read(pop3)
    nothing = {"Exists": False, "Length": None, "Sha256": None, "Masked": None, "Secrets": [], "Interrupted": None}
    assert {name: found[name] for name in nothing} == nothing
    assert (found["Backups"], found["Path"]) == ([], str(pop3.file))
    assert read(pop3, Path=str(pop3.folder / "no" / "such" / "file"))["Backups"] == []
    service = read(pop3, Service="other")["Service"]
    assert service == {"Name": "other", "Exists": False, "DisplayName": None, "Status": None, "StartMode": None}


def test_backups_come_in_the_order_in_which_they_were_made(pop3: Pop3Host) -> None:
    stamps = ["20251231T235959Z", "20261124T203936Z", "20261124T203936Z_2", "20261124T203936Z_3", "20261124T203937Z"]
    for stamp in reversed(stamps):
        (pop3.folder / f"pop3records.dat.{stamp}.bak").write_bytes(b"12")
    (pop3.folder / "other.dat.20261124T203936Z.bak").write_bytes(b"12")
    backups = read(pop3)["Backups"]
    assert [each["Name"] for each in backups] == [f"pop3records.dat.{stamp}.bak" for stamp in stamps]
    assert {each["Length"] for each in backups} == {2}


@pytest.mark.parametrize(
    "given",
    [
        {"Path": "pop3records.dat"},
        {"Path": "/"},
        {"Path": "C:\\pop3records.dat"},
        {"Path": "C:\\Data\n\\x"},
        {"Service": "pop3*"},
        {"Service": "x' or Name='y"},
        {"Candidates": ["info"]},
        {"Candidates": [{"Username": "info"}]},
        {"Candidates": [{"Username": "info", "Password": 5}]},
        {"Candidates": [{"Username": "info", "Password": {"$secret": "other"}}]},
    ],
)
def test_what_cannot_be_asked(pop3: Pop3Host, given: dict[str, Any]) -> None:
    assert code_of(pop3.ask("Read-Pop3Records", READ, **given)) == "parameter_unreadable"


def test_a_thousand_accounts_are_read_and_written_in_seconds(pop3: Pop3Host) -> None:
    users = [f"user{number}@beispiel.de" for number in range(1000)]
    data = put(pop3, records(*((user, blob(f"{PASSWORD}-{user}" + "p" * 60)) for user in users)))
    assert len(data) > 400_000
    secrets = {user: f"{PASSWORD}-{user}" + "p" * 60 for user in users}
    asked = [{"Username": user, "Password": {"$secret": user}} for user in users]
    before = time.monotonic()
    found = read(pop3, secrets=secrets, Candidates=asked)
    assert [each["Equal"] for each in found["Secrets"][1:]] == [[number] for number in range(1000)]
    entropy = {key: found["Secrets"][0][key] for key in ("Offset", "Length")}
    edits = [
        {"Offset": each["Offset"], "Length": each["Length"], "Password": {"$secret": "new"}, "Entropy": entropy}
        for each in found["Secrets"][1:]
    ]
    result = pop3.ask("Write-Pop3Records", WRITTEN, secrets={"new": PASSWORD}, Sha256=found["Sha256"], Edits=edits)
    assert result["error"] is None
    assert pop3.file.read_bytes().count(blob(PASSWORD).encode()) == 1000
    assert time.monotonic() - before < 40


# -- writing -----------------------------------------------------------------------------------------------------------

TWO = records(("info", blob(PASSWORD)), ("post", blob(ODD)))
# An edit that changes nothing.
NOTHING: dict[str, Any] = {"Offset": 0, "Length": 0, "Data": ""}
BACKUP = re.compile(r"pop3records\.dat\.\d{8}T\d{6}Z(_\d+)?\.bak")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def slice_of(data: bytes, text: str, codec: str = "utf-8") -> dict[str, int]:
    """Where a text stands in the bytes of a file."""
    piece = text.encode(CODECS[codec][1])
    return {"Offset": data.index(piece), "Length": len(piece)}


def port_edit(data: bytes) -> dict[str, Any]:
    """An edit that any file of ``records`` takes."""
    return {**slice_of(data, "pop.strato.de"), "Data": b64(b"pop3.web.de")}


def write(host: Pop3Host, data: bytes, *edits: dict[str, Any], **given: Any) -> dict[str, Any]:
    return host.ask("Write-Pop3Records", WRITTEN, Sha256=sha(data), Edits=list(edits), **given)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8 with BOM", "utf-16-le", "utf-32-be"])
def test_edits_of_every_kind_make_the_new_file(pop3: Pop3Host, codec: str) -> None:
    mark, name, _ = CODECS[codec]
    text = records(("info", blob(PASSWORD)), ("gr\u00fc\u00e9e", blob(ODD)))
    data = put(pop3, text, codec)
    entropy = slice_of(data, ENTROPY, codec)
    block = "Pop3Account:" + text.split("Pop3Account:")[1]
    user, stored = slice_of(data, "info", codec), slice_of(data, blob(PASSWORD), codec)
    end = len(data)
    edits = [
        {**user, "Data": b64("n\u00e9u".encode(name))},
        {**stored, "Password": {"$secret": "odd"}, "Entropy": entropy},
        {"Offset": end, "Length": 0, "Copy": {**slice_of(data, block, codec)}},
        {"Offset": end, "Length": 0, "Data": b64("Username:third\n".encode(name))},
        {"Offset": end, "Length": 0, "Password": {"$secret": "odd"}, "Entropy": entropy},
    ]
    result = pop3.ask("Write-Pop3Records", WRITTEN, secrets={"odd": ODD}, Sha256=sha(data), Edits=edits)
    (done,) = result["output"]
    expected = text.replace("info", "n\u00e9u", 1).replace(blob(PASSWORD), blob(ODD), 1) + block
    expected += "Username:third\n" + blob(ODD)
    new = mark + expected.encode(name)
    assert pop3.file.read_bytes() == new
    assert BACKUP.fullmatch(done["Backup"])
    rest = {"Sha256": sha(new), "Length": len(new), "Before": "Running", "After": "Running", "Owner": "SBS\\Somebody"}
    assert done == {"Backup": done["Backup"], **rest}
    assert (pop3.folder / done["Backup"]).read_bytes() == data
    assert pop3.files() == ["pop3records.dat", done["Backup"]]
    assert pop3.knob("calls") == "stop start "
    assert pop3.last is not None and pop3.last.reply["warnings"] == []
    for secret in (ODD, PASSWORD, blob(ODD), blob(PASSWORD), ENTROPY):
        assert secret not in pop3.last.text


@pytest.mark.parametrize(
    ("status", "mark", "after", "calls", "left"),
    [
        ("Running", None, "as_before", "stop start ", ("Running", "Running")),
        ("Stopped", None, "as_before", "", ("Stopped", "Stopped")),
        ("Running", None, "stopped", "stop ", ("Running", "Stopped")),
        ("Stopped", None, "running", "start ", ("Stopped", "Running")),
        ("Stopped", "running", "as_before", "start ", ("Running", "Running")),
        ("Stopped", "running\r\n", "stopped", "", ("Running", "Stopped")),
        ("Running", "stopped", "as_before", "stop ", ("Stopped", "Stopped")),
        ("Stopped", "what?", "as_before", "", ("Stopped", "Stopped")),
        ("Paused", None, None, "stop start ", ("Running", "Running")),
    ],
)
def test_the_service_is_left_as_it_is_wanted(
    pop3: Pop3Host, status: str, mark: str | None, after: str | None, calls: str, left: tuple[str, str]
) -> None:
    data = put(pop3, TWO)
    pop3.turn(status=status)
    if mark:
        pop3.mark.write_text(mark)
        assert read(pop3)["Interrupted"] == mark.strip()
    (done,) = write(pop3, data, port_edit(data), ServiceAfter=after)["output"]
    assert (done["Before"], done["After"]) == left
    assert (pop3.knob("calls"), pop3.knob("status")) == (calls, left[1])
    assert not pop3.mark.exists()


def test_backups_of_one_second_have_names_of_their_own(pop3: Pop3Host) -> None:
    put(pop3, TWO)
    for _ in range(3):
        data = pop3.file.read_bytes()
        assert write(pop3, data, {"Offset": 0, "Length": 0, "Data": b64(b"x\n")})["error"] is None
    backups = [each["Name"] for each in read(pop3)["Backups"]]
    assert [len((pop3.folder / name).read_bytes()) - len(TWO.encode()) for name in backups] == [0, 2, 4]


BAD_EDITS: dict[str, list[dict[str, Any]]] = {
    "no kind": [{"Offset": 0, "Length": 1}],
    "two kinds": [{"Offset": 0, "Length": 1, "Data": "", "Copy": {"Offset": 0, "Length": 1}}],
    "no base64": [{"Offset": 0, "Length": 1, "Data": "%"}],
    "no offset": [{"Length": 1, "Data": ""}],
    "an offset that is no number": [{"Offset": "0", "Length": 1, "Data": ""}],
    "before the file": [{"Offset": -1, "Length": 1, "Data": ""}],
    "a length below nothing": [{"Offset": 5, "Length": -1, "Data": ""}],
    "beyond the end": [{"Offset": 0, "Length": 100_000, "Data": ""}],
    "far beyond the end": [{"Offset": 2_000_000_000, "Length": 2_000_000_000, "Data": ""}],
    "overlapping": [{"Offset": 5, "Length": 5, "Data": ""}, {"Offset": 9, "Length": 1, "Data": ""}],
    "not in order": [{"Offset": 5, "Length": 1, "Data": ""}, {"Offset": 2, "Length": 1, "Data": ""}],
    "a copy from nowhere": [{"Offset": 0, "Length": 0, "Copy": {"Offset": 0, "Length": 100_000}}],
    "a copy of nothing known": [{"Offset": 0, "Length": 0, "Copy": 5}],
    "a password that is none": [{"Offset": 0, "Length": 0, "Password": 5, "Entropy": {"Offset": 0, "Length": 1}}],
    "a password without entropy": [{"Offset": 0, "Length": 0, "Password": "x"}],
}


@pytest.mark.parametrize("edits", BAD_EDITS.values(), ids=BAD_EDITS)
def test_edits_that_cannot_be_are_refused_before_anything_happens(pop3: Pop3Host, edits: list[dict[str, Any]]) -> None:
    data = put(pop3, TWO)
    assert code_of(write(pop3, data, *edits)) == "parameter_unreadable"
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("calls")) == (data, ["pop3records.dat"], "")


@pytest.mark.parametrize("stored", ["", " ", "%%%"])
def test_without_entropy_no_password_is_written(pop3: Pop3Host, stored: str) -> None:
    data = put(pop3, f"Entropy:{stored}\r\nPassword:\r\n")
    edit = {"Offset": data.index(b"Password:") + 9, "Length": 0, "Password": PASSWORD}
    refused = write(pop3, data, {**edit, "Entropy": {"Offset": 8, "Length": len(stored)}})
    assert code_of(refused) == "pop3_entropy_missing"
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("calls")) == (data, ["pop3records.dat"], "")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"ServiceAfter": "paused"}, "parameter_unreadable"),
        ({"TimeoutSeconds": 0}, "parameter_unreadable"),
        ({"TimeoutSeconds": 601}, "parameter_unreadable"),
        ({"Service": "other"}, "pop3_service_missing"),
        ({"Sha256": "0" * 64}, "pop3_file_changed"),
    ],
)
def test_what_is_refused_at_once(pop3: Pop3Host, given: dict[str, Any], code: str) -> None:
    data = put(pop3, TWO)
    assert code_of(pop3.ask("Write-Pop3Records", WRITTEN, **{"Sha256": sha(data), "Edits": [NOTHING], **given})) == code
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("calls")) == (data, ["pop3records.dat"], "")


def test_a_file_that_is_not_there(pop3: Pop3Host) -> None:
    assert code_of(write(pop3, b"", port_edit(TWO.encode()))) == "pop3_file_missing"
    assert (pop3.files(), pop3.knob("calls")) == ([], "")


def test_a_file_that_changes_while_the_service_stops(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    pop3.turn(rewritten="Status:new\r\n" + TWO)
    assert code_of(write(pop3, data, port_edit(data))) == "pop3_file_changed"
    assert pop3.file.read_bytes() == b"Status:new\r\n" + data
    assert (pop3.files(), pop3.knob("calls"), pop3.knob("status")) == (["pop3records.dat"], "stop start ", "Running")


def test_a_service_that_does_not_stop(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    pop3.turn(stop_fails="yes")
    refused = write(pop3, data, port_edit(data))
    assert code_of(refused) == "pop3_service_not_stopped"
    assert "Cannot stop it." in refused["error"]["message"]
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("status")) == (data, ["pop3records.dat"], "Running")


def test_a_service_that_others_need_is_not_stopped(pop3: Pop3Host) -> None:
    """.NET would stop them too, and nobody would start them again."""
    data = put(pop3, TWO)
    pop3.turn(dependent="Fetcher")
    refused = write(pop3, data, port_edit(data))
    assert code_of(refused) == "pop3_service_not_stopped"
    assert "Fetcher" in refused["error"]["message"]
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("calls")) == (data, ["pop3records.dat"], "")


def test_a_service_that_hangs_while_it_stops_leaves_its_mark(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    pop3.turn(stop_hangs="yes", start_fails="yes")
    assert code_of(write(pop3, data, port_edit(data), TimeoutSeconds=1)) == "pop3_service_not_stopped"
    assert (pop3.file.read_bytes(), pop3.files()) == (data, ["pop3records.dat", pop3.mark.name])
    assert pop3.last is not None and "Cannot start it." in pop3.last.reply["warnings"][0]
    assert read(pop3)["Interrupted"] == "running"


def test_a_service_that_does_not_start_again_is_told_and_marked(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    pop3.turn(start_fails="yes")
    refused = write(pop3, data, port_edit(data))
    assert code_of(refused) == "pop3_service_not_started"
    assert refused["error"]["message"].startswith("The file is written.")
    assert b"pop3.web.de" in pop3.file.read_bytes()
    assert read(pop3)["Interrupted"] == "running"
    pop3.turn(start_fails="")
    (done,) = pop3.ask("Set-Pop3Service", ["Name", "Before", "Status"], Status="Running")["output"]
    assert done == {"Name": "pop3connector", "Before": "Stopped", "Status": "Running"}
    assert read(pop3)["Interrupted"] is None


def test_a_locked_file_is_neither_read_nor_written(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    with pop3.file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert code_of(pop3.ask("Read-Pop3Records", READ)) == "pop3_file_locked"
        assert code_of(write(pop3, data, port_edit(data))) == "pop3_file_locked"
    with pop3.file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert read(pop3)["Sha256"] == sha(data)
        assert code_of(write(pop3, data, port_edit(data))) == "pop3_file_locked"
    assert (pop3.file.read_bytes(), pop3.files(), pop3.knob("status")) == (data, ["pop3records.dat"], "Running")


def test_a_disk_that_is_full(pop3: Pop3Host) -> None:
    """As /dev/full is: every byte is refused."""
    data = put(pop3, TWO)
    (pop3.folder / "pop3records.dat.sbs-mailflow.tmp").symlink_to("/dev/full")
    refused = write(pop3, data, port_edit(data))
    assert code_of(refused) == "pop3_not_written"
    assert (pop3.file.read_bytes(), pop3.files()) == (data, ["pop3records.dat"])
    assert (pop3.knob("calls"), pop3.knob("status")) == ("stop start ", "Running")


def test_what_an_earlier_failure_left_is_no_hindrance(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    (pop3.folder / "pop3records.dat.sbs-mailflow.tmp").write_bytes(b"half a file of an earlier time" * 1000)
    assert write(pop3, data, port_edit(data))["error"] is None
    assert pop3.file.read_bytes() == data.replace(b"pop.strato.de", b"pop3.web.de", 1)


def test_the_access_list_is_given_back(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    wanted = pop3.knob("sddl")
    pop3.turn(sddl_later="O:BAG:BAD:(A;;FA;;;WD)")
    assert write(pop3, data, port_edit(data))["error"] is None
    assert pop3.knob("sddl") == "O:BAG:BA" + wanted[wanted.index("D:") :]
    assert pop3.last is not None and pop3.last.reply["warnings"] == []
    pop3.turn(sddl_later="O:BAG:BAD:(A;;FA;;;WD)", acl_fails="yes")
    data = pop3.file.read_bytes()
    (done,) = write(pop3, data, {"Offset": 0, "Length": 0, "Data": b64(b"x")})["output"]
    assert done["After"] == "Running"
    (warning,) = pop3.last.reply["warnings"]
    assert "Not the owner." in warning


# -- the way back ------------------------------------------------------------------------------------------------------


def test_a_backup_comes_back_and_what_it_replaces_is_kept(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    (done,) = write(pop3, data, port_edit(data))["output"]
    changed = pop3.file.read_bytes()
    (back,) = pop3.ask("Restore-Pop3Records", WRITTEN, Backup=done["Backup"], Sha256=done["Sha256"])["output"]
    assert (pop3.file.read_bytes(), back["Sha256"]) == (data, sha(data))
    assert (pop3.folder / back["Backup"]).read_bytes() == changed
    assert (pop3.folder / done["Backup"]).read_bytes() == data
    assert pop3.knob("calls") == "stop start " * 2


def test_a_backup_comes_back_where_no_file_is_left(pop3: Pop3Host) -> None:
    data = put(pop3, TWO)
    (done,) = write(pop3, data, port_edit(data))["output"]
    given = {"Backup": done["Backup"], "Sha256": None}
    assert code_of(pop3.ask("Restore-Pop3Records", WRITTEN, **given)) == "pop3_file_changed"
    pop3.file.unlink()
    assert code_of(pop3.ask("Restore-Pop3Records", WRITTEN, **{**given, "Sha256": sha(data)})) == "pop3_file_missing"
    (back,) = pop3.ask("Restore-Pop3Records", WRITTEN, **given)["output"]
    assert (back["Backup"], pop3.file.read_bytes()) == (None, data)


@pytest.mark.parametrize(
    "name", ["pop3records.dat", "..", "../pop3records.dat.x.bak", "pop3records.dat.x.bak", "x.bak"]
)
def test_only_a_backup_of_the_file_comes_back(pop3: Pop3Host, name: str) -> None:
    data = put(pop3, TWO)
    (pop3.folder / "x.bak").write_bytes(b"x")
    (pop3.folder.parent / "pop3records.dat.x.bak").write_bytes(b"x")
    refused = pop3.ask("Restore-Pop3Records", WRITTEN, Backup=name, Sha256=sha(data))
    assert code_of(refused) == "parameter_unreadable"
    assert (pop3.file.read_bytes(), pop3.knob("calls")) == (data, "")


# -- the service -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "knobs", "code"),
    [
        ({"Status": "Paused"}, {}, "parameter_unreadable"),
        ({"Status": "Stopped", "TimeoutSeconds": 0}, {}, "parameter_unreadable"),
        ({"Status": "Stopped", "Service": "other"}, {}, "pop3_service_missing"),
        ({"Status": "Stopped"}, {"stop_fails": "yes"}, "pop3_service_not_stopped"),
        ({"Status": "Running"}, {"start_fails": "yes", "status": "Stopped"}, "pop3_service_not_started"),
        ({"Status": "running"}, {}, "parameter_unreadable"),
        ({"Status": "Running"}, {"start_fails": "yes"}, None),
        ({"Status": "Stopped"}, {"status": "Stopped"}, None),
        ({"Status": "Stopped"}, {}, None),
    ],
)
def test_starting_and_stopping(pop3: Pop3Host, given: dict[str, Any], knobs: dict[str, str], code: str | None) -> None:
    pop3.mark.write_text("running")
    pop3.turn(**knobs)
    assert code_of(pop3.ask("Set-Pop3Service", ["Status"], **given)) == code
    assert pop3.mark.exists() == (code is not None)
