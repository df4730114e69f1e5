"""Every file that the collection writes on the controller, as a rule over all writers: only ever a file, whole and on
disk, for whom it is meant, in the folder that it belongs to."""

from __future__ import annotations

import ast
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.callback.report import CallbackModule
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller import backup, calendar_file
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.atomic_write import write_new
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.host_lock import HostLock
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import LedgerFailed, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import LOGGED_IN, Event, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import key_map_file
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from ansible_collections.sbs.mailflow.plugins.plugin_utils.report import page
from tests.unit.action.every_action import ACTIONS, FOLDER, HERE, HOST, NOW, documented, task_of
from tests.unit.fuzz.world import TwinHost, act, desired
from tests.unit.plugin_utils.recovery.test_store import RECOVERY
from tests.unit.plugin_utils.run.examples import request_in

READING = ("Get-", "Measure-", "Read-", "Test-")
EVENT = Event(NOW, HOST, "a@b.de", LOGGED_IN)
ODD_HOSTS = (
    *("..", ".", "", "a/b", "a_b", "a%2Fb", "a\\b", "a b", "~", ".ssh", "../a_b", "grün", "gr_n"),
    *("x" * 300, "x" * 301, "%", "\0", "\ud800"),
)


def ledger_key(path: Path) -> None:
    Ledger(path.with_name(path.name.removesuffix(".key"))).fingerprint("a@b.de", "x")


def locked(path: Path) -> None:
    lock = HostLock(str(path.parents[1]), HOST, "host", "host_busy")
    with closing(lock):
        lock.take()


DATED = calendar_file.event(NOW, "a switch", HOST, NOW)
WRITERS: dict[str, tuple[str, Callable[[Path], Any], int]] = {
    "report": ("report.html", lambda path: page.write("text", path), 0o600),
    "calendar": ("next.ics", lambda path: calendar_file.write(str(path), DATED, HOST), 0o644),
    "key map": ("map.yml", lambda path: key_map_file.write(path, HERE, {}, ["x"]), 0o600),
    "ledger": ("ledger.sqlite", lambda path: Ledger(path).record(EVENT), 0o600),
    "ledger's key": ("ledger.sqlite.key", ledger_key, 0o600),
    "recovery": (f"{HOST}/queue_recovery.json", lambda path: Store(str(path.parents[1]), HOST).save(RECOVERY), 0o600),
    "lock": (f"{HOST}/host.lock", locked, 0o600),
    "saved state": (f"{HOST}/new.json", lambda path: write_new(path, b"text"), 0o600),
}
"""What is written: under which name, how, and who may read it."""
every_writer = pytest.mark.parametrize(("name", "write", "mode"), WRITERS.values(), ids=WRITERS)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kind_of(path: Path) -> int:
    return stat.S_IFMT(path.lstat().st_mode)


# ---- only ever a file


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def device_by_link(path: Path) -> None:
    path.symlink_to("/dev/null")


def folder_by_link(path: Path) -> None:
    path.with_name("elsewhere").mkdir()
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("lay", [pipe, folder, device_by_link, folder_by_link], ids=lambda each: each.__name__)
@every_writer
def test_what_is_no_file_is_never_replaced(
    name: str, write: Callable[[Path], Any], mode: int, lay: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    lay(path)
    before = kind_of(path), kind_of(path.resolve())
    names = {each.name for each in path.parent.iterdir()} | {"ledger.sqlite"}
    with pytest.raises((OSError, MailflowError)):
        write(path)
    assert (kind_of(path), kind_of(path.resolve())) == before
    assert {each.name for each in path.parent.iterdir()} <= names


@pytest.mark.parametrize("place", ["/dev/null", "/dev/zero", "/dev/fd/{}", "/proc/self/fd/{}"])
def test_a_report_to_a_device_or_a_pipe_harms_nothing(place: str) -> None:
    reading, writing = os.pipe()
    before = [os.stat(each).st_rdev for each in ("/dev/null", "/dev/zero")], sorted(os.listdir("/dev"))
    told: list[str] = []
    report = CallbackModule()
    report.get_option = {"path": place.format(writing), "language": "en"}.get
    report._display = SimpleNamespace(warning=told.append, display=told.append)
    report.v2_playbook_on_stats(None)
    os.close(reading), os.close(writing)
    assert ([os.stat(each).st_rdev for each in ("/dev/null", "/dev/zero")], sorted(os.listdir("/dev"))) == before
    assert len(told) == 1 and place.format(writing) in told[0] and "not a regular file" in told[0]


@pytest.mark.parametrize("place", ["/dev/fd/{}", "/proc/self/fd/{}", "link", "link to a link"])
@every_writer
def test_a_file_that_only_the_system_names_is_never_replaced(
    name: str, write: Callable[[Path], Any], mode: int, place: str, tmp_path: Path
) -> None:
    """As /dev/stdout is, where a run's output goes to a file."""
    output = tmp_path / "output"
    (tmp_path / "out").mkdir()
    with output.open("w") as file:
        file.write("what was printed")
        file.flush()
        path = tmp_path / "out" / name
        path.parent.mkdir(exist_ok=True)
        if place == "link to a link":
            (tmp_path / "between").symlink_to(f"/dev/fd/{file.fileno()}")
            path.symlink_to("../between" if path.parent == tmp_path / "out" else "../../between")
        elif place == "link":
            path.symlink_to(f"/proc/self/fd/{file.fileno()}")
        elif "/" in name or name.endswith(".key"):
            return  # These have names of their own.
        else:
            path = Path(place.format(file.fileno()))
        with pytest.raises((OSError, MailflowError)):
            write(path)
    assert output.read_text() == "what was printed" and not list(tmp_path.rglob("*.key*"))[1:]


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("place", ["/dev/null", "/dev/zero", "/", ".", "", "/proc/self/mem"])
def test_a_ledger_that_is_no_file_is_refused_and_nothing_is_put_beside_it(place: str, read_only: bool) -> None:
    before = sorted(os.listdir("/dev")), sorted(os.listdir("/"))
    ledger = Ledger(Path(place), read_only)
    for ask in (ledger.events, lambda: ledger.fingerprint("a@b.de", "x"), lambda: ledger.meet(HERE)):
        with pytest.raises(LedgerFailed):
            ask()
    assert (sorted(os.listdir("/dev")), sorted(os.listdir("/"))) == before


@pytest.mark.parametrize("place", ["a\0b", "/dev/null", "/proc/x"])
def test_a_backup_folder_that_can_be_none_is_refused(place: str) -> None:
    for write in (
        lambda: Store(place, HOST).save(RECOVERY),
        lambda: backup.save(place, HOST, "transport", {}, NOW),
        lambda: Store(place, HOST).load() or Store(place, HOST).save(RECOVERY),
    ):
        with pytest.raises(MailflowError):
            write()
    assert backup.Shelf(place, HOST, False).meet(HERE) == []


@pytest.mark.parametrize("name", ["report", "calendar", "key map", "ledger"])
def test_a_link_to_a_file_stays_one(name: str, tmp_path: Path) -> None:
    file, write, _ = WRITERS[name]
    (tmp_path / "real").mkdir()
    (tmp_path / file).symlink_to(tmp_path / "real" / file)
    write(tmp_path / file)
    write(tmp_path / file)
    assert (tmp_path / file).is_symlink() and (tmp_path / "real" / file).stat().st_size


def test_nothing_is_written_by_another_way() -> None:
    """One module writes; a lock is a file that is never replaced, and SQLite has its own way."""
    writing = {"write_text", "write_bytes", "mkdir", "makedirs", "touch", "mkstemp", "link", "rename", "replace"}
    allowed = {"atomic_write.py", "store.py", "host_lock.py"}

    def is_writing(call: ast.Call) -> str | None:
        name = ast.unparse(call.func)
        last = name.rpartition(".")[2]
        opened = name in ("open", "os.open", "os.fdopen") or (last == "open" and "path" in name.lower())
        on_files = last in writing and (last not in ("replace", "link", "rename") or name.startswith("os."))
        return name if opened or on_files else None

    found = {
        f"{path.name}: {name}"
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (name := is_writing(node)) and path.name not in allowed
    }
    assert found == set()


# ---- for whom it is meant


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
@every_writer
def test_rights_hold_whatever_the_umask(
    name: str, write: Callable[[Path], Any], mode: int, mask: int, tmp_path: Path
) -> None:
    path = tmp_path / "one" / "two" / name
    with umask(mask):
        write(path)
    assert mode_of(path) == mode
    folders = {each for each in path.parents if each.is_relative_to(tmp_path) and each != tmp_path}
    assert {mode_of(each) for each in folders} == {0o755 if mode == 0o644 else 0o700}


# ---- in the folder that it belongs to


def locked_path(directory: Path, host: str) -> Path:
    lock = HostLock(str(directory), host, "host", "host_busy")
    with closing(lock):
        lock.take()
        (path,) = lock._open
    return path


@pytest.mark.parametrize("keep", ["saved state", "recovery", "lock"])
def test_every_host_has_a_folder_of_its_own_below_the_directory(keep: str, tmp_path: Path) -> None:
    directory = tmp_path / "backup"
    places = set()
    for host in ODD_HOSTS:
        if keep == "recovery":
            store = Store(str(directory), host)
            store.save(RECOVERY)
            path = store.path
        elif keep == "lock":
            path = locked_path(directory, host)
        else:
            path = Path(backup.save(str(directory), host, "transport", {}, NOW))
        assert path.parent.parent == directory and path.resolve() == path and path.parent.name not in (".", "..")
        places.add(path.parent)
    assert len(places) == len(ODD_HOSTS) and {each.name for each in tmp_path.iterdir()} == {"backup"}


@pytest.mark.parametrize("target", ["../outside", "other"])
def test_a_hosts_folder_that_is_a_link_is_refused(target: str, tmp_path: Path) -> None:
    directory = tmp_path / "backup"
    (directory / "other").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (directory / HOST).symlink_to(target)
    for keep in (
        lambda: backup.save(str(directory), HOST, "transport", {}, NOW),
        lambda: Store(str(directory), HOST),
        lambda: locked_path(directory, HOST),
    ):
        with pytest.raises(MailflowError, match="is a symbolic link"):
            keep()
    assert not [*(tmp_path / "outside").iterdir(), *(directory / "other").iterdir()]


def test_the_directory_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "backup").symlink_to("real")
    path = Path(backup.save(str(tmp_path / "backup"), HOST, "transport", {}, NOW))
    assert path.resolve() == tmp_path / "real" / HOST / path.name


# ---- whole and on disk


@pytest.mark.parametrize("step", ["write", "fsync", "link"])
def test_a_saved_state_that_fails_leaves_nothing(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any, **options: Any) -> int:
        raise OSError(28, "No space left on device")

    if step == "write":
        monkeypatch.setattr(os, "fdopen", full)
    elif step == "link":
        monkeypatch.setattr(os, "link", full)
        monkeypatch.setattr(os, "replace", full)
    else:
        monkeypatch.setattr(os, step, full)
    with pytest.raises(MailflowError, match="No space left"):
        backup.save(str(tmp_path), HOST, "transport", {"x": "y" * 100_000}, NOW)
    monkeypatch.undo()
    assert [each for each in tmp_path.rglob("*") if each.is_file() and each.stat().st_size == 0] == []


def test_where_there_are_no_links_a_saved_state_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*arguments: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", unknown)
    path = Path(backup.save(str(tmp_path), HOST, "transport", {"x": 1}, NOW))
    assert backup.load(str(path), HOST, ["transport"])["x"] == 1 and mode_of(path) == 0o600
    assert [each.name for each in path.parent.iterdir()] == [path.name]


SAVING = [
    name
    for name in ACTIONS
    if ACTIONS[name].ActionModule.writes
    and "backup_dir" in documented(name)
    and not name.endswith(("restore", "_learn", "_host", "_fetch"))
]


@pytest.mark.parametrize("name", SAVING)
def test_what_was_there_before_is_on_disk_before_the_host_is_changed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    synced, host = os.fsync, TwinHost()
    monkeypatch.setattr(os, "fsync", lambda number: (order.append("fsync"), synced(number))[1])
    execute = host.execute

    def told(command_line: str, stdin: bytes, dice: Any = None) -> tuple[int, bytes, bytes]:
        commands = [step["command"] for step in request_in(stdin)["steps"]]
        order.append("read" if all(each.startswith(READING) for each in commands) else "write")
        return execute(command_line, stdin)

    host.execute = told  # type: ignore[method-assign]
    with suppress(MailflowError):
        act(name, task_of(tmp_path, desired(name)), host)
    before = order[: order.index("write")]
    assert before[before.index("read") :].count("fsync") >= 2, order  # of the file and of its folder
    saved = [path for path in (tmp_path / HOST).iterdir() if path.suffix == ".json"]
    assert saved and all(json.loads(path.read_text())["computer"] == "SBS" for path in saved)


# ---- the ledger

KILLED = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA cache_size = 1")
database.execute("BEGIN IMMEDIATE")
for number in range(2000):
    database.execute("UPDATE events SET text = text || ?", ("x" * 500,)) if number % 500 == 0 else None
    row = ("x", "y", "z", "written", "x" * 99)
    database.execute("INSERT INTO events (at, host, mailbox, kind, text) VALUES (?, ?, ?, ?, ?)", row)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("read_only", [True, False])
def test_a_run_that_was_killed_in_a_transaction_is_rolled_back_by_the_next(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).record(*[EVENT] * 50)
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL and path.with_name("ledger.sqlite-journal").stat().st_size
    assert Ledger(path, read_only).events() == [EVENT] * 50


def test_a_ledger_that_only_reads_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).record(EVENT)
    before = path.read_bytes(), path.stat().st_mtime_ns
    ledger = Ledger(path, read_only=True)
    ledger.record(EVENT)
    with pytest.raises(LedgerFailed), ledger._open() as database:
        database.execute("DELETE FROM events")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


OLD_SCHEMA = """
CREATE TABLE events (id INTEGER PRIMARY KEY, at TEXT NOT NULL, host TEXT NOT NULL, mailbox TEXT NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, fingerprint TEXT);
CREATE INDEX events_by_mailbox ON events (mailbox, kind);
INSERT INTO events (at, host, mailbox, kind, text)
    VALUES ('2026-03-02T12:00:00+00:00', 'sbs01', 'a@b.de', 'logged_in', '');
PRAGMA user_version = 1;
"""


def test_a_ledger_of_before_servers_were_noted_is_read_and_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.executescript(OLD_SCHEMA)
    before = path.read_bytes()
    looking = Ledger(path, read_only=True)
    assert looking.events() == [EVENT] and list(looking.meet(HERE)) == [] and path.read_bytes() == before
    ledger = Ledger(path)
    assert list(ledger.meet(HERE)) == []  # unknown is not another one
    ledger.record(EVENT)
    assert ledger.events() == [EVENT] * 2
    assert [each.identity for each in ledger.meet(HERE)] == [HERE, HERE]
    assert Identity(HOST, "EX1", "S-1-5-21-9-9-9").differs(ledger.meet(HERE)[0].identity)
