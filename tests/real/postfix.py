"""A Postfix of its own: configuration, queue and log in one folder, ports on the loopback, no mail ever leaves."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .processes import ServerFailed, ServerProcess, children, free_port, wait_for

MASTER: Final = Path("/usr/lib/postfix/sbin/master")
_SERVICES: Final = """
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_PRIVATE: Final = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"),
)
_SHARED: Final = {"maildrop": 0o730, "public": 0o710}
_ANSWERED: Final = 2.0
"""Seconds in which smtpd has read an answer of the policy, on a busy machine too."""
_QUEUED: Final = re.compile(r" postfix/cleanup\[\d+\]: (\w+): message-id=(\S+)")
_SENT: Final = re.compile(r" postfix/\w+\[\d+\]: (\w+): to=<([^>]*)>,.* status=sent ")


@dataclass
class Postfix:
    """``settings`` are of main.cf, ``services`` the smtpd's by name with the settings that each has otherwise,
    ``further`` lines of master.cf.

    ``ports`` tells where each listens; given, they are taken, else free ones. Raises ServerFailed.
    """

    folder: Path
    settings: Mapping[str, str]
    services: Mapping[str, Sequence[str]]
    further: str = ""
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.log = self.folder / "mail.log"
        self.process: ServerProcess | None = None
        for name in self.services:
            self.ports.setdefault(name, free_port())
        conf = self.folder / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        (conf / "main.cf").write_text(self._main(), encoding="utf-8")
        (conf / "master.cf").write_text(self._master(), encoding="utf-8")
        self._make_queue()

    def __enter__(self) -> Postfix:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it; on return it takes connections at all ports."""
        command = [str(MASTER), "-c", str(self.folder / "conf"), "-s"]
        try:
            self.process = ServerProcess("Postfix", command, self.log, list(self.ports.values()), " daemon started ")
        except ServerFailed as failure:
            if "cannot start" in str(failure):
                raise
            raise ServerFailed(f"{failure}\n{self._complaints()}") from failure

    def close(self) -> None:
        """End it."""
        if self.process:
            self.process.close()
            self.process = None

    def kill(self) -> None:
        """Kill all of it at once."""
        assert self.process
        self.process.kill()
        self.close()

    def is_dead(self) -> bool:
        """Whether it has ended, by whatever."""
        return self.process is None

    def text(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def taken(self) -> Counter[str]:
        """How often it has taken each message: a message by its Message-ID, each time by a queue file that was
        delivered."""
        found = self.text()
        ids = dict(_QUEUED.findall(found))
        sent = {queue_id for queue_id, _ in _SENT.findall(found)}
        return Counter(ids[each] for each in sent)

    def recipients(self) -> int:
        """How many recipients have got mail."""
        return len(_SENT.findall(self.text()))

    def crash_with_what_it_has(self) -> None:
        """Let the message at whose end the policy has just been asked come into the queue, and die before the client
        hears of it; the queue's folder stays. To be called while that question is open: it dies after the answer."""
        before = self._active()
        self._signal("cleanup", signal.SIGSTOP)
        threading.Thread(target=self._crash, args=(before,), name="test-crash", daemon=True).start()

    def _crash(self, before: int) -> None:
        time.sleep(_ANSWERED)  # then smtpd has the answer, and waits for cleanup
        self._signal("smtpd", signal.SIGSTOP)
        self._signal("cleanup", signal.SIGCONT)
        wait_for("the message is in the queue", lambda: self._active() > before)
        self.kill()  # the client's connection ends with it

    def _complaints(self) -> str:
        """What Postfix's tools say of the configuration; its master says little, and they only to a terminal."""
        conf = self.folder / "conf"
        asked = f"postconf -c {conf} -M >/dev/null; postfix -c {conf} check"
        return subprocess.run(
            ["script", "-qec", asked, "/dev/null"], capture_output=True, text=True, check=False
        ).stdout

    def _active(self) -> int:
        return self.text().count("(queue active)")

    def _signal(self, name: str, number: signal.Signals) -> None:
        assert self.process
        for pid in [pid for pid, each in children(self.process.pid).items() if each == name]:
            os.kill(pid, number)

    def _make_queue(self) -> None:
        """The folders, as ``postfix check`` makes them in two seconds."""
        for name in (".", "pid", *_PRIVATE, *_SHARED, "../data"):
            made = self.folder / "queue" / name
            made.mkdir(parents=True, exist_ok=True)
            if name in (*_PRIVATE, "../data"):
                shutil.chown(made, "postfix")
                made.chmod(0o700)
            elif name in _SHARED:
                shutil.chown(made, "postfix", "postdrop")
                made.chmod(_SHARED[name])

    def _main(self) -> str:
        own = {
            "compatibility_level": "3.6",
            "queue_directory": str(self.folder / "queue"),
            "data_directory": str(self.folder / "data"),
            "maillog_file": str(self.log),
            "maillog_file_prefixes": str(self.folder),
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "myhostname": "localhost",
            "mydestination": "",
            "alias_maps": "",
            "alias_database": "",
            # Nothing is ever sent or looked up: there is no client in master.cf, and who connects has no name.
            "disable_dns_lookups": "yes",
            "smtpd_peername_lookup": "no",
            "default_transport": "discard",
            "virtual_transport": "discard",
        }
        return "".join(f"{name} = {value}\n" for name, value in {**own, **self.settings}.items())

    def _master(self) -> str:
        lines = [
            f"127.0.0.1:{self.ports[name]} inet n - n - - smtpd\n" + "".join(f"  -o {{ {each} }}\n" for each in others)
            for name, others in self.services.items()
        ]
        return "".join(lines) + self.further + _SERVICES
