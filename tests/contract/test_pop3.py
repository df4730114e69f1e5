"""The POP3 connector: twin and PowerShell answer alike, in every assumed form of its file and in every trouble.

What may differ: names and times of backups (the drive has a clock of its own), blobs, and the agent's own words.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.certificates import Certificates
from lab.host.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.document import Document
from lab.pop3.files import HostFile
from lab.pop3.profiles import FILE_PROFILES
from lab.provider import SimulatedProvider
from lab.up.backends import BACKENDS, make_backend

from .asking import Answer, ask

pytestmark = pytest.mark.pwsh

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
ODD = 'Öl & "Käse" € 漢字 \U0001f511 #9'
SECRETS = {"login": PASSWORD, "odd": ODD, "other": "Never-Stored-55-Gartentor"}
ACCOUNTS: list[dict[str, Any]] = [
    {
        "server": "localhost",
        "port": 995,
        "username": "info@beispiel.de",
        "password": PASSWORD,
        "mailbox": "anna@x.local",
    },
    {
        "server": "pop.strato.de",
        "port": 110,
        "username": "grüße@bücher.example",
        "password": ODD,
        "mailbox": "b@x.local",
    },
    {"server": "pop.web.de", "port": 995, "username": "fremd@web.de", "password": ODD, "mailbox": "b@x.local"},
]
ACCOUNTS[2]["foreign"] = True
READ = ["Path", "Exists", "Length", "Sha256", "Masked", "Secrets", "Service", "Interrupted", "Backups"]
WRITTEN = ["Backup", "Sha256", "Length", "Before", "After", "Owner"]
TASK = ["Name", "Exists", "IntervalMinutes", "Command", "Arguments", "UserId", "Enabled"]
FACTS = ["Bytes", "Lines", "Service", "Acl", "Folders", "Program", "Registry", "Log"]
LOG = ["Folder", "Name", "LastWriteTime", "Length", "Lines"]
CANDIDATES = [
    {"Username": "INFO@beispiel.de", "Password": {"$secret": "login"}},
    {"Username": "grüße@bücher.example", "Password": {"$secret": "login"}},
    {"Username": "grüße@bücher.example", "Password": {"$secret": "odd"}},
    {"Username": "fremd@web.de", "Password": {"$secret": "odd"}},
]
BACKUP = re.compile(r"(pop3records\.dat)\.\d{8}T\d{6}Z(?:_\d+)?\.bak")
# Stands for the name of the newest backup, which is another one on each host.
NEWEST = "<newest>"
ASK = ("Read-Pop3Records", {"Candidates": CANDIDATES}, READ)

# An edit that changes nothing.
NOTHING: dict[str, Any] = {"Offset": 0, "Length": 0, "Data": ""}

Step = tuple[str, dict[str, Any], list[str]]


class Pair:
    """Two hosts alike, one behind each backend, that are asked the same."""

    def __init__(self, machines: dict[str, SimulatedMachine], backends: dict[str, Any]) -> None:
        self.machines = machines
        self._backends = backends

    @property
    def data(self) -> bytes:
        """The file, which both have to the byte."""
        first, second = (machine.pop3.files.find(places.ACCOUNTS) for machine in self.machines.values())
        assert first is not None and second is not None and first.data == second.data
        return first.data

    @property
    def plan(self) -> dict[str, Any]:
        """What a write is given beside its edits."""
        return {"Sha256": self.shown("pwsh")["file"]["sha256"]}

    def change(self, **changes: Any) -> None:
        """Change both behind Ansible's back."""
        for machine in self.machines.values():
            machine.change({"pop3_connector": changes})

    def shown(self, name: str) -> dict[str, Any]:
        """The connector of one host."""
        found: dict[str, Any] = self.machines[name].dump()["pop3_connector"]
        return found

    def ask(self, *steps: Step) -> dict[str, Answer]:
        """Each backend's answer to one request."""
        return {name: ask(backend, _request(steps, self.machines[name])) for name, backend in self._backends.items()}

    def agree(self, *steps: Step, blobs: bool = False) -> list[dict[str, Any]]:
        """The results, which are the same on both; where new ``blobs`` were written, only as far as they can be."""
        found = self.ask(*steps)
        for answer in found.values():
            assert (answer.code, answer.stderr) == (0, b"")
            for secret in SECRETS.values():
                assert secret not in answer.everything
        replies = {
            name: [_normal(result, blobs) for result in answer.reply["results"]] for name, answer in found.items()
        }
        assert replies["pwsh"] == replies["twin"]
        assert _host(self.shown("pwsh"), blobs) == _host(self.shown("twin"), blobs)
        results: list[dict[str, Any]] = found["pwsh"].reply["results"]
        return results


def _request(steps: tuple[Step, ...], machine: SimulatedMachine) -> dict[str, Any]:
    newest = [file.name for file in _backups(machine)][-1:]
    written = [
        {
            "id": str(number),
            "command": command,
            "parameters": {name: _with(newest, value) for name, value in given.items()},
            "select": select,
            "always": True,
        }
        for number, (command, given, select) in enumerate(steps)
    ]
    return {"protocol": 1, "exchange": "none", "steps": written, "secrets": SECRETS}


def _with(newest: list[str], value: Any) -> Any:
    """A parameter in which the newest backup may be named."""
    return value.replace(NEWEST, newest[0]) if isinstance(value, str) and NEWEST in value else value


def _backups(machine: SimulatedMachine) -> list[HostFile]:
    return [file for file in machine.pop3.files.in_folder(places.DATA) if BACKUP.fullmatch(file.name)]


def _normal(result: dict[str, Any], blobs: bool) -> dict[str, Any]:
    error = result["error"]
    shown = error and (error["code"] or error["error_id"])
    return {"status": result["status"], "error": shown, "output": [_plain(found, blobs) for found in result["output"]]}


def _plain(value: Any, blobs: bool) -> Any:
    """Without what may differ."""
    if isinstance(value, dict):
        dropped = {"LastWriteTime", *(("Sha256",) if blobs else ())}
        plain = {key: _plain(entry, blobs) for key, entry in value.items() if key not in dropped}
        if "Registry" in plain:
            plain["Registry"].sort(key=lambda entry: (entry["Path"], entry["Name"]))
        if "Files" in plain:
            # By name, and two backups of one second have others here and there.
            plain["Files"].sort(key=lambda entry: (entry["Name"], entry["Length"]))
        return plain
    if isinstance(value, list):
        return [_plain(entry, blobs) for entry in value]
    return BACKUP.sub(r"\1.NOW.bak", value) if isinstance(value, str) else value


def _host(shown: dict[str, Any], blobs: bool) -> dict[str, Any]:
    """The host as it is left; of what stands beside the file only how often it is there."""
    folder = sorted((BACKUP.sub("backup", name), found["length"]) for name, found in shown["data_folder"].items())
    file = shown["file"] and {key: value for key, value in shown["file"].items() if not (blobs and key == "sha256")}
    return {**shown, "data_folder": folder, "file": file}


@contextmanager
def pair(profile: str = "plain", **settings: Any) -> Iterator[Pair]:
    """Two hosts with the same file, the same key of data protection and the same clock."""
    connector = {"profile": profile, "accounts": ACCOUNTS, **settings}
    state = {"clock": "2026-11-24T20:39:36Z", "pop3_connector": connector}
    machines = {name: SimulatedMachine(state) for name in BACKENDS}
    first, second = machines.values()
    second.pop3.dpapi = first.pop3.dpapi
    file = first.pop3.files.find(places.ACCOUNTS)
    if file is not None:
        second.change({"pop3_connector": {"file": base64.b64encode(file.data).decode()}})
    with ExitStack() as stack:
        backends = {name: make_backend(name, machine) for name, machine in machines.items()}
        for backend in backends.values():
            stack.callback(backend.close)
        yield Pair(machines, backends)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def place(data: bytes, text: str) -> dict[str, int]:
    """Where a text stands first in a file, whatever its encoding."""
    piece = text.encode(Document.read(data).codec)
    return {"Offset": data.index(piece), "Length": len(piece)}


def server_edit(data: bytes) -> dict[str, Any]:
    return {**place(data, "pop.strato.de"), "Data": b64("pop3.strato.example".encode(Document.read(data).codec))}


def write(pair: Pair, *edits: dict[str, Any], **given: Any) -> Step:
    return ("Write-Pop3Records", {**pair.plan, "Edits": list(edits), **given}, WRITTEN)


def errors(results: list[dict[str, Any]]) -> list[str | None]:
    return [result["error"] and result["error"]["code"] for result in results]


# -- every form of the file --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", FILE_PROFILES)
def test_every_form_of_the_file_is_read_changed_and_restored(profile: str) -> None:
    with pair(profile) as hosts:
        data = hosts.data
        codec = Document.read(data).codec
        (found,) = hosts.agree(ASK)[0]["output"]
        passwords = [secret for secret in found["Secrets"] if secret["Key"] == "Password"]
        assert sorted(secret["Equal"] for secret in passwords if secret["Equal"]) == [[0], [2]]
        assert [secret["Readable"] for secret in passwords].count(False) == 1
        assert PASSWORD.encode(codec) not in base64.b64decode(found["Masked"])
        assert errors(hosts.agree(write(hosts, server_edit(data)), ASK)) == [None, None]
        new = data.replace("pop.strato.de".encode(codec), "pop3.strato.example".encode(codec), 1)
        assert hosts.data == new
        back = ("Restore-Pop3Records", {**hosts.plan, "Backup": NEWEST}, WRITTEN)
        assert errors(hosts.agree(back, ASK)) == [None, None]
        assert hosts.data == data
        hosts.agree(("Get-Pop3Facts", {"Salt": "a1b2c3"}, FACTS))


@pytest.mark.parametrize("profile", FILE_PROFILES)
def test_every_form_of_the_file_takes_a_new_account_with_a_password(profile: str) -> None:
    """The first account's block once more behind it, with another user name and a blob of its own."""
    with pair(profile) as hosts:
        data = hosts.data
        document = Document.read(data)
        encode = document.codec
        number = next(n for n, block in enumerate(document.blocks()) if _user(document, block) == "info@beispiel.de")
        block = document.blocks()[number]
        text = ["".join(line.text + line.end for line in document.lines[:at]) for at in (block.start, block.stop)]
        first, end = (len(document.bom) + len(part.encode(encode)) for part in text)
        (found,) = hosts.agree(ASK)[0]["output"]
        secret = next(one for one in found["Secrets"] if one.get("Equal") == [0])
        entropy = {key: found["Secrets"][secret["Entropy"]][key] for key in ("Offset", "Length")}
        user = place(data, "info@beispiel.de")
        user = {
            **user,
            "Offset": data.index("info@beispiel.de".encode(encode), data.index("Username:".encode(encode), first)),
        }
        pieces = sorted([(user, "user"), ({key: secret[key] for key in ("Offset", "Length")}, "password")], key=_offset)
        edits, at = [], first
        for piece, kind in pieces:
            edits.append({"Offset": end, "Length": 0, "Copy": {"Offset": at, "Length": piece["Offset"] - at}})
            filled = {"Data": b64("ganz@neu.example".encode(encode))}
            if kind == "password":
                filled = {"Password": {"$secret": "other"}, "Entropy": entropy}
            edits.append({"Offset": end, "Length": 0, **filled})
            at = piece["Offset"] + piece["Length"]
        edits.append({"Offset": end, "Length": 0, "Copy": {"Offset": at, "Length": end - at}})
        asked = [*CANDIDATES, {"Username": "ganz@neu.example", "Password": {"$secret": "other"}}]
        again = ("Read-Pop3Records", {"Candidates": asked}, READ)
        results = hosts.agree(write(hosts, *edits), again, blobs=True)
        assert errors(results) == [None, None]
        equal = [secret["Equal"] for secret in results[1]["output"][0]["Secrets"] if secret.get("Equal")]
        assert sorted(equal) == [[0], [2], [4]]


def _user(document: Document, block: range) -> str | None:
    return next((document.lines[at].value for at in block if document.lines[at].key == "Username"), None)


def _offset(piece: tuple[dict[str, int], str]) -> int:
    return piece[0]["Offset"]


# -- trouble -----------------------------------------------------------------------------------------------------------

SERVICE = ["Name", "Before", "Status"]
RUNNING = ("Set-Pop3Service", {"Status": "Running"}, SERVICE)
STOPPED = ("Set-Pop3Service", {"Status": "Stopped"}, SERVICE)
NO = "parameter_unreadable"
Trouble = tuple[str, dict[str, Any], dict[str, Any], str | None]
TROUBLE: list[Trouble] = [
    ("plain", {}, {}, None),
    ("plain", {}, {"ServiceAfter": "stopped"}, None),
    ("plain", {"service": {"status": "Stopped"}}, {}, None),
    ("plain", {"service": {"status": "Stopped"}}, {"ServiceAfter": "running"}, None),
    ("plain", {"service": {"status": "Stopped"}, "interrupted": "running"}, {}, None),
    ("plain", {"service": {"status": "Stopped"}, "interrupted": "stopped"}, {}, None),
    ("plain", {"service": {"status": "Stopped"}, "interrupted": "running"}, {"Sha256": "0" * 64}, "pop3_file_changed"),
    ("plain", {"trouble": {"acl_lost": True}}, {}, None),
    ("plain", {"rewrites_at_stop": "same"}, {}, None),
    ("utf8_bom", {"rewrites_at_stop": "status"}, {}, "pop3_file_changed"),
    ("utf16_records", {"rewrites_at_stop": "status"}, {}, "pop3_file_changed"),
    ("plain", {"trouble": {"locked": "always"}}, {}, "pop3_file_locked"),
    ("plain", {"trouble": {"locked": "replace"}}, {}, "pop3_file_locked"),
    ("plain", {"service": {"will_not_stop": True}}, {}, "pop3_service_not_stopped"),
    ("plain", {"service": {"will_not_start": True}}, {}, "pop3_service_not_started"),
    ("plain", {"service": {"start_mode": "Disabled"}}, {}, "pop3_service_not_started"),
    ("plain", {}, {"Service": "other"}, "pop3_service_missing"),
    ("plain", {}, {"Path": places.DATA + "\\other.dat"}, "pop3_file_missing"),
    ("plain", {}, {"Sha256": "0" * 64}, "pop3_file_changed"),
    ("plain", {}, {"Edits": [{"Offset": 0, "Length": 0}]}, NO),
    ("plain", {}, {"Edits": [{"Offset": 10**8, "Length": 1, "Data": ""}]}, NO),
    ("plain", {}, {"Edits": {"Offset": 0}}, NO),
    ("plain", {}, {"ServiceAfter": "paused"}, NO),
    ("plain", {}, {"TimeoutSeconds": 0}, NO),
    ("plain", {"file": b64(b"\xff\xfeP")}, {}, "pop3_file_unreadable"),
    ("plain", {"file": b64(b"Entropy:\nPassword:\n")}, {"Edits": [
        {"Offset": 18, "Length": 0, "Password": {"$secret": "login"}, "Entropy": {"Offset": 8, "Length": 0}}
    ]}, "pop3_entropy_missing"),
]  # fmt: skip


@pytest.mark.parametrize(("profile", "changes", "given", "code"), TROUBLE, ids=lambda value: str(value)[:40])
def test_a_write_in_trouble(profile: str, changes: dict[str, Any], given: dict[str, Any], code: str | None) -> None:
    with pair(profile) as hosts:
        edits = [NOTHING] if "file" in changes else [server_edit(hosts.data)]
        hosts.change(**changes)
        if "rewrites_at_stop" in changes:
            for machine in hosts.machines.values():
                machine.change({"clock": "2026-11-25T08:00:00Z"})
        results = hosts.agree(write(hosts, *edits, **given), ASK)
        assert errors(results)[0] == code
        for machine in hosts.machines.values():
            names = [file.name for file in machine.pop3.files.in_folder(places.DATA)]
            assert [name for name in names if name.endswith((".tmp", ".new"))] == []
            assert (f"{places.split(places.ACCOUNTS)[1]}.sbs-mailflow" in names) == (code == "pop3_service_not_started")


@pytest.mark.own_powershell
def test_a_process_that_is_killed_between_stop_and_start_leaves_its_mark() -> None:
    with pair() as hosts:
        data = hosts.data
        hosts.change(trouble={"killed_at_stop": True})
        found = hosts.ask(write(hosts, server_edit(data)))
        assert [answer.reply for answer in found.values()] == [{}, {}]
        (read,) = hosts.agree(ASK)
        assert read["output"][0]["Interrupted"] == "running"
        assert read["output"][0]["Service"]["Status"] == "Stopped"
        (done,) = hosts.agree(write(hosts, server_edit(data)))
        assert (done["output"][0]["Before"], done["output"][0]["After"]) == ("Running", "Running")


def test_what_is_no_text_is_seen_from_outside_and_replaced_by_a_backup() -> None:
    with pair() as hosts:
        data = hosts.data
        hosts.agree(write(hosts, server_edit(data)))
        hosts.change(file=base64.b64encode(b"\xff\xfeS").decode())
        outside = ("Read-Pop3Records", {"Content": False}, READ)
        assert errors(hosts.agree(ASK, outside)) == ["pop3_file_unreadable", None]
        restore = ("Restore-Pop3Records", {**hosts.plan, "Backup": NEWEST}, WRITTEN)
        assert errors(hosts.agree(restore, ASK)) == [None, None]
        assert hosts.data == data


def test_a_backup_tells_its_hash_as_the_file_does() -> None:
    with pair() as hosts:
        before = hosts.plan["Sha256"]
        hosts.agree(write(hosts, server_edit(hosts.data)))
        outside = {"Path": f"{places.DATA}\\{NEWEST}", "Content": False}
        (found,) = hosts.agree(("Read-Pop3Records", outside, ["Sha256"]))
        assert found["output"] == [{"Sha256": before}]


@pytest.mark.parametrize("profile", FILE_PROFILES)
def test_damage_is_seen_by_both_even_within_a_secret(profile: str) -> None:
    with pair(profile) as hosts:
        data = hosts.data
        codec = Document.read(data).codec
        at = data.index("Password:".encode(codec)) + len("Password:abcd".encode(codec))
        for corrupt in (data[:at] + bytes(8) + data[at + 8 :], data[:4] + bytes(len(data) - 4)):
            hosts.change(file=base64.b64encode(corrupt).decode())
            (found,) = hosts.agree(ASK)[0]["output"]
            assert "\0" in base64.b64decode(found["Masked"]).decode(codec)


COUNTED = ["Stage", "Problem", "Reply", "Messages", "Octets"]


@pytest.mark.parametrize("profile", FILE_PROFILES)
def test_what_waits_is_counted_with_the_stored_password(profile: str, tmp_path: Path) -> None:
    box = {"address": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-01", "messages": [{}, {}]}
    knobs = {"mailboxes": [box], "pop3_without_tls": True}
    with pair(profile) as hosts, SimulatedProvider(knobs, Certificates(tmp_path / "ca.pem")) as provider:
        (found,) = hosts.agree(ASK)[0]["output"]
        secrets = found["Secrets"]
        by_state = {each["Readable"]: each for each in secrets if each["Key"] == "Password" and each["Length"]}
        own = next(each for each in secrets if each.get("Equal") == [0])
        server = {"Server": "localhost", "Port": provider.ports["pop3_plain"], "Security": "none"}

        def login(secret: dict[str, Any], username: str = "info@beispiel.de") -> dict[str, Any]:
            spans = {"Password": secret, "Entropy": secrets[secret["Entropy"]]}
            places = {key: {part: each[part] for part in ("Offset", "Length")} for key, each in spans.items()}
            return {**server, "Username": username, **places}

        logins = [login(own), login(own, "niemand@beispiel.de"), login(by_state[False])]
        asked = {"Sha256": found["Sha256"], "Logins": logins, "TimeoutSeconds": 5}
        beyond = {**login(own), "Password": {"Offset": 0, "Length": 10**6}}
        results = hosts.agree(
            ("Measure-Pop3Waiting", asked, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "Sha256": "0" * 64}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "Logins": [beyond]}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "Logins": ["x"]}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "LimitSeconds": 0}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "Logins": [{**login(own), "PauseMinutes": 1440}]}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "Logins": [{**login(own), "PauseMinutes": 1441}]}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "Logins": [{**login(own), "PauseMinutes": "x"}]}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "LogFolder": "a\nb"}, COUNTED),
            ("Get-BadMail", {}, ["Folder", "Messages"]),
        )
        assert errors(results) == [None, "pop3_file_changed", NO, NO, None, None, NO, NO, NO, None]
        assert {each["Problem"] for each in results[4]["output"]} == {"no_time"}
        told = [(each["Stage"], each["Problem"], each["Messages"]) for each in results[0]["output"]]
        assert told == [("done", None, 2), ("pass", "reply", None), ("password", "not_opened", None)]
        assert len(provider.maildrops.waiting("info@beispiel.de")) == 2 and provider.records.pop3_messages == []


@pytest.mark.parametrize(("minutes", "problem"), [(15, "too_soon"), (14, "too_soon"), (12, None), (1, None)])
def test_who_wants_a_pause_is_asked_after_the_connector_s_own_login_only(
    minutes: int, problem: str | None, tmp_path: Path
) -> None:
    """The log was written to 13 minutes ago, in another folder just now; where there is none, nobody has logged in."""
    box = {"address": "info@beispiel.de", "password": PASSWORD, "created": "2020-01-01", "messages": [{}, {}]}
    knobs = {"mailboxes": [box], "pop3_without_tls": True}
    with pair() as hosts, SimulatedProvider(knobs, Certificates(tmp_path / "ca.pem")) as provider:
        for machine in hosts.machines.values():
            now = machine.clock.now()
            machine.pop3.files.put(places.LOG, b"x", now - timedelta(minutes=13))
            machine.pop3.files.put(f"{places.BIN}\\b.LOG", b"x", now + timedelta(minutes=90))
        (found,) = hosts.agree(ASK)[0]["output"]
        own = next(each for each in found["Secrets"] if each.get("Equal") == [0])
        spans = {"Password": own, "Entropy": found["Secrets"][own["Entropy"]]}
        login = {key: {part: each[part] for part in ("Offset", "Length")} for key, each in spans.items()}
        server = {"Server": "localhost", "Port": provider.ports["pop3_plain"], "Security": "none"}
        one = {**server, "Username": "info@beispiel.de", **login, "PauseMinutes": minutes}
        asked = {"Sha256": found["Sha256"], "Logins": [one], "TimeoutSeconds": 5}
        results = hosts.agree(
            ("Measure-Pop3Waiting", asked, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "LogFolder": places.BIN}, COUNTED),
            ("Measure-Pop3Waiting", {**asked, "LogFolder": "C:\\nowhere"}, COUNTED),
        )
        assert [each["output"][0]["Problem"] for each in results] == [problem, "too_soon", None]


def test_where_the_file_is_gone_a_backup_comes_back() -> None:
    with pair() as hosts:
        data = hosts.data
        hosts.agree(write(hosts, server_edit(data)))
        hosts.change(file=None)
        restore = ("Restore-Pop3Records", {"Sha256": None, "Backup": NEWEST}, WRITTEN)
        assert errors(hosts.agree(write_of("0" * 64), ASK, restore, restore, ASK)) == [
            "pop3_file_missing", None, None, "pop3_file_changed", None,
        ]  # fmt: skip
        assert hosts.data == data


def write_of(sha256: str) -> Step:
    return ("Write-Pop3Records", {"Sha256": sha256, "Edits": [NOTHING]}, WRITTEN)


def test_only_backups_come_back() -> None:
    with pair() as hosts:
        names = ["pop3records.dat", "..", "x.bak", "", "pop3records.dat.x.bak"]
        steps = [("Restore-Pop3Records", {**hosts.plan, "Backup": name}, WRITTEN) for name in names if name]
        assert errors(hosts.agree(*steps)) == [NO] * 4


# -- the rest ----------------------------------------------------------------------------------------------------------


def test_service_services_log_and_fetch() -> None:
    collectors = [
        {"name": "PopConSrv", "display_name": "POPcon PRO Service", "status": "Running", "start_mode": "Auto"},
        {"name": "Beamer", "display_name": "POPBeamer", "status": "Stopped", "start_mode": "Manual"},
    ]
    with pair() as hosts:
        for machine in hosts.machines.values():
            machine.change({"services": collectors})
        listed = ["Name", "DisplayName", "Status", "StartMode"]
        results = hosts.agree(
            ("Get-ServiceList", {"Names": ["*popcon*", "pop*beamer"]}, listed),
            ("Get-ServiceList", {"Names": ["*nothing*"]}, listed),
            ("Get-ServiceList", {"Names": "Beamer"}, listed),
            STOPPED,
            STOPPED,
            ("Set-Pop3Service", {"Status": "Paused"}, SERVICE),
            ("Set-Pop3Service", {"Status": "Running", "TimeoutSeconds": 601}, SERVICE),
            ("Set-Pop3Service", {"Status": "Running", "Service": "other"}, SERVICE),
            RUNNING,
            ("Read-Pop3Log", {}, LOG),
            ("Read-Pop3Log", {"Lines": 0}, LOG),
            ("Read-Pop3Log", {"Folder": "C:\\nowhere"}, LOG),
            ("Start-Pop3Fetch", {"Program": "C:\\no\\such.exe"}, ["Started"]),
            ("Start-Pop3Fetch", {"WaitSeconds": 601}, ["Started"]),
            ("Start-Pop3Fetch", {}, ["Program", "Started", "ExitCode"]),
            ("Read-Pop3Log", {"Lines": 2}, LOG),
        )
        assert errors(results) == [
            None, None, None, None, None, NO, NO, "pop3_service_missing", None,
            None, NO, None, "pop3_program_missing", NO, None, None,
        ]  # fmt: skip
        assert [found["Name"] for found in results[0]["output"]] == ["Beamer", "PopConSrv"]
        assert results[1]["output"] == []
        assert [results[at]["output"][0]["Before"] for at in (3, 4, 8)] == ["Running", "Stopped", "Stopped"]
        assert len(results[15]["output"][0]["Lines"]) == 2


def test_a_service_that_does_not_obey() -> None:
    with pair(service={"will_not_stop": True, "will_not_start": True}) as hosts:
        assert errors(hosts.agree(STOPPED, RUNNING)) == ["pop3_service_not_stopped", None]
        hosts.change(service={"status": "Stopped"}, interrupted="running")
        assert errors(hosts.agree(RUNNING, STOPPED)) == ["pop3_service_not_started", None]


def test_the_task() -> None:
    name = "SBS POP3 \u00fcber Nacht"
    with pair() as hosts:
        get, remove = ("Get-FetchTask", {"Name": name}, TASK), ("Remove-FetchTask", {"Name": name}, ["Name"])
        minutes = [4, 5, 60, 90, 1439, 1440]
        sets = [("Set-FetchTask", {"Name": name, "IntervalMinutes": each}, TASK) for each in minutes]
        program = {"Program": "C:\\Program Files\\Windows Small Business Server\\Bin\\Other.exe"}
        other = ("Set-FetchTask", {"Name": name, "IntervalMinutes": 15, **program}, TASK)
        results = hosts.agree(get, remove, *sets, other, get, remove, get)
        assert errors(results) == [None, "schtasks_failed", NO, None, None, None, None, NO, None, None, None, None]
        found = [
            result["output"][0]["IntervalMinutes"]
            for result in results
            if result["output"] and result["output"][0].keys() == set(TASK)
        ]
        assert found == [None, 5, 60, 90, 1439, 15, 15, None]
        hosts.change(schtasks_fails="Zugriff verweigert")
        assert errors(hosts.agree(sets[1], get)) == ["schtasks_failed", None]


def test_tasks_that_start_collectors() -> None:
    tasks = [
        {"name": "Mail holen", "minutes": 15, "command": "C:\\cygwin\\bin\\fetchmail.exe", "arguments": "-a"},
        {"name": "by arguments", "minutes": None, "command": "sh.exe", "arguments": "-c getmail", "enabled": False},
        {"name": "fetchmail & co", "minutes": 5, "command": "x.exe"},
        {"name": "Other", "minutes": 5, "command": "defrag.exe"},
    ]
    with pair() as hosts:
        for machine in hosts.machines.values():
            machine.change({"tasks": tasks})
        ask_for = ("Get-TaskList", {"Names": ["*fetchmail*", "*getmail*"]}, ["Name", "Command", "Enabled"])
        (found,) = hosts.agree(ask_for)
        assert sorted(each["Name"] for each in found["output"]) == ["Mail holen", "by arguments", "fetchmail & co"]
        hosts.change(schtasks_fails="Zugriff verweigert")
        assert hosts.agree(ask_for)[0]["output"] == []


def test_a_host_without_a_connector() -> None:
    with pair(installed=False, accounts=[]) as hosts:
        results = hosts.agree(ASK, ("Get-Pop3Facts", {}, FACTS), ("Read-Pop3Log", {}, LOG), RUNNING, write_of("0" * 64))
        assert errors(results) == [None, None, None, "pop3_service_missing", "pop3_service_missing"]
        assert results[0]["output"][0]["Exists"] is False


def test_facts_hold_nothing_of_anybody() -> None:
    with pair("bare") as hosts:
        (result,) = hosts.agree(("Get-Pop3Facts", {"Salt": "1f"}, FACTS))
        for word in ("beispiel", "strato", "x.local", "web.de"):
            assert word not in str(result)
