"""A lock of a host: one at a time, in whatever process and by whatever name, and free as soon as its holder is dead."""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.host_lock import HostLock
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Busy, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.parent import Parent
from tests.unit.plugin_utils.run.examples import keys_of

SERVER = ("SBS", "S-1-5-21-1-2-3")
FORK = multiprocessing.get_context("fork")
"""As Ansible starts its workers."""


def lock_of(folder: Path, host: str = "sbs", patience: float = 0, kind: str = "host") -> HostLock:
    return HostLock(str(folder), host, kind, "host_busy", "transport", patience)


@contextmanager
def forked(work: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """A process that does this and then waits to be killed."""
    reading, writing = FORK.Pipe(duplex=False)

    def run() -> None:
        work(*arguments)
        writing.send("ready")
        time.sleep(60)

    process = FORK.Process(target=run)
    process.start()
    assert reading.poll(20) and reading.recv() == "ready"
    try:
        yield process
    finally:
        process.kill()
        process.join()


@contextmanager
def refused(key: str) -> Iterator[Any]:
    with pytest.raises(MailflowError) as caught:
        yield caught
    assert keys_of(caught.value) == [key]


def test_a_second_one_is_refused_and_told_who_holds_it_until_that_one_is_killed(tmp_path: Path) -> None:
    mine = lock_of(tmp_path)
    with forked(lambda: lock_of(tmp_path).take()) as other:
        with refused("host_busy") as caught:
            mine.take()
        assert f"transport on sbs, process {other.pid}, since 20" in str(caught.value)
        assert isinstance(caught.value, Busy) and not mine.held
        os.kill(other.pid, signal.SIGKILL)
        other.join()
        with closing(mine):
            mine.take()


def test_it_is_waited_for(tmp_path: Path) -> None:
    def short() -> None:
        lock = lock_of(tmp_path)
        lock.take()
        signal.signal(signal.SIGALRM, lambda *_: lock.close())
        signal.setitimer(signal.ITIMER_REAL, 0.7)

    with forked(short):
        began = time.monotonic()
        with closing(lock_of(tmp_path, patience=20)) as mine:
            mine.take()
        assert 0.3 < time.monotonic() - began < 15


@pytest.mark.parametrize("ending", [None, ValueError, KeyboardInterrupt])
def test_whatever_ends_a_run_lets_go(tmp_path: Path, ending: type[BaseException] | None) -> None:
    for _loop in range(2):
        try:
            with closing(lock_of(tmp_path)) as lock:
                lock.take()
                lock.take()  # nobody keeps himself off
                lock.meet(Identity("sbs", *SERVER))
                lock.meet(Identity("sbs", *SERVER))
                if ending:
                    raise ending
        except (ValueError, KeyboardInterrupt):
            pass


def test_hosts_and_kinds_do_not_keep_each_other_off(tmp_path: Path) -> None:
    locks = [lock_of(tmp_path, host, kind=kind) for host in ("one", "two", "a/b") for kind in ("host", "recovery")]
    for number, lock in enumerate(locks):
        lock.take()
        assert lock.meet(Identity("", f"SBS{number}", SERVER[1])) is False
    for lock in locks:
        lock.close()


def test_one_server_by_two_names_is_one(tmp_path: Path) -> None:
    one, two = (lock_of(tmp_path, name) for name in ("one", "two"))
    one.take(), two.take()
    assert one.meet(Identity("one", *SERVER)) is False
    with refused("host_busy") as caught:
        two.meet(Identity("two", *SERVER))
    assert "transport on one, process" in str(caught.value)
    one.close()
    assert two.meet(Identity("two", *SERVER)) is True  # what it has read may be of before
    two.close()
    for name, old in (("two", False), ("one", True), ("one", False)):
        with closing(lock_of(tmp_path, name)) as lock:
            lock.take()
            assert lock.meet(Identity(name, *SERVER)) is old


@pytest.mark.parametrize("here", [Identity("sbs"), Identity("sbs", "SBS"), Identity("sbs", None, SERVER[1])])
def test_a_server_that_does_not_say_who_it_is_has_its_name_only(tmp_path: Path, here: Identity) -> None:
    with closing(lock_of(tmp_path)) as lock:
        lock.take()
        assert lock.meet(here) is False
    assert [path.name for path in tmp_path.rglob("*.lock")] == ["host.lock"]


def test_who_only_looks_holds_nothing(tmp_path: Path) -> None:
    assert lock_of(tmp_path).meet(Identity("sbs", *SERVER)) is False
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("computer", ["..", "a/../../b", ".ssh", "x" * 400, "\ud800"])
def test_whatever_a_server_calls_itself_its_lock_stays_in_the_folder(tmp_path: Path, computer: str) -> None:
    with closing(lock_of(tmp_path / "backup")) as lock:
        lock.take()
        lock.meet(Identity("sbs", computer, SERVER[1]))
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]
    assert len([path for path in (tmp_path / "backup").iterdir() if path.is_file()]) == 1


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_told(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", unknown)
    with closing(lock_of(tmp_path)) as lock, refused("lock_unknown") as caught:
        lock.take()
        assert not lock.held  # not even by him who tries again
        with refused("lock_unknown"):
            lock.take()
    assert os.strerror(number) in str(caught.value)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "sbs").mkdir()
    other = tmp_path / "other"
    other.write_text("kept")
    (tmp_path / "sbs" / "host.lock").symlink_to(other)
    with closing(lock_of(tmp_path)) as lock, refused("backup_failed"):
        lock.take()
    assert other.read_text() == "kept"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "7"}', '{"pid": 7, "since": 7}', "[" * 5000, "\0"])
def test_what_stands_in_the_file_decides_nothing(tmp_path: Path, text: str) -> None:
    with closing(lock_of(tmp_path)) as first:
        first.take()
        (tmp_path / "sbs" / "host.lock").write_text(text)
        with closing(lock_of(tmp_path)) as second, refused("host_busy") as caught:
            second.take()
        assert "an unidentified process" in str(caught.value)
    with closing(lock_of(tmp_path)) as lock:
        lock.take()
        assert json.loads((tmp_path / "sbs" / "host.lock").read_text())["pid"] == os.getpid()


def test_a_file_that_was_taken_away_while_somebody_waited_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, flock, away = tmp_path / "sbs" / "host.lock", fcntl.flock, iter([True])

    def late(number: int, how: int) -> None:
        if next(away, False):
            path.unlink()
        flock(number, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with closing(lock_of(tmp_path, patience=5)) as lock:
        lock.take()
        with closing(lock_of(tmp_path)) as second, refused("host_busy"):
            second.take()


def count(folder: Path, name: str, times: int) -> None:
    """What a run does: it reads, decides by what it has read, and writes."""
    counter = folder / "counter"
    for _ in range(times):
        with closing(lock_of(folder, name, patience=60)) as lock:
            lock.take()
            read = int(counter.read_text())
            if lock.meet(Identity(name, *SERVER)):
                read = int(counter.read_text())
            time.sleep(0.002)
            beside = folder / f"next-{os.getpid()}"
            beside.write_text(str(read + 1))
            beside.replace(counter)


def test_of_many_at_once_by_two_names_none_decides_by_an_old_reading(tmp_path: Path) -> None:
    (tmp_path / "counter").write_text("0")
    names = ("one", "two", "one", "two")
    workers = [FORK.Process(target=count, args=(tmp_path, name, 8)) for name in names]
    for each in workers:
        each.start()
    for each in workers:
        each.join(120)
    assert [each.exitcode for each in workers] == [0] * len(names)
    assert (tmp_path / "counter").read_text() == str(8 * len(names))


# ---- the process that started this one


def test_whoever_has_started_this_one_is_there() -> None:
    rested: list[float] = []
    parent = Parent()
    parent.sleep("sbs", 2.5, rested.append)
    assert not parent.gone and rested == [1.0, 1.0, 0.5]


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_worker_whose_parent_is_killed_holds_nothing_any_more(tmp_path: Path, seconds: int) -> None:
    told = tmp_path / "told"

    def worker() -> None:
        with closing(lock_of(tmp_path)) as lock:
            lock.take()
            (tmp_path / "ready").touch()
            parent = Parent()
            try:
                while True:
                    parent.sleep("sbs", seconds, lambda span: time.sleep(min(span, 0.05)))
                    time.sleep(0.01)
            except MailflowError as error:
                told.write_text(str(error))

    def start() -> None:
        FORK.Process(target=worker).start()
        while not (tmp_path / "ready").exists():
            time.sleep(0.01)

    with forked(start) as playbook:
        with refused("host_busy"):
            lock_of(tmp_path).take()
        os.kill(playbook.pid, signal.SIGKILL)
        with closing(lock_of(tmp_path, patience=20)) as lock:
            lock.take()
        assert f"the parent process {playbook.pid} has ended" in told.read_text()
