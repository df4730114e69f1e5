"""A knot of its own: an authoritative DNS server with its zones in one folder, on a port of the loopback."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .processes import ServerProcess, free_port

_CONF: Final = """
server:
    rundir: {folder}/run
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: info
database:
    storage: {folder}/run/db
template:
  - id: default
    storage: {folder}/zones
    file: "%s.zone"
    zonefile-sync: -1
    journal-content: none
zone:
"""
_HEAD: Final = "@ 300 SOA ns.{name}. admin.{name}. 1 3600 600 86400 300\n@ 300 NS ns.{name}.\nns 300 A 127.0.0.1\n"


@dataclass
class Knot:
    """``zones``: the lines of a zone below its head; None: a zone whose file is missing, which is SERVFAIL. Of all else
    it says REFUSED. ``port`` tells where it listens between ``start`` and ``close``. Raises ServerFailed."""

    folder: Path
    zones: Mapping[str, str | None]
    port: int = 0

    def __post_init__(self) -> None:
        self.process: ServerProcess | None = None
        self.port = self.port or free_port()

    def __enter__(self) -> Knot:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it; on return it answers."""
        for each in ("run/db", "zones"):
            (self.folder / each).mkdir(parents=True, exist_ok=True)
        domains = "".join(f"  - domain: {name}\n" for name in self.zones)
        conf = self.folder / "knot.conf"
        conf.write_text(_CONF.format(folder=self.folder, port=self.port) + domains, encoding="ascii")
        for name, lines in self.zones.items():
            if lines is not None:
                text = f"$ORIGIN {name}.\n$TTL 300\n{_HEAD.format(name=name)}{lines}"
                (self.folder / "zones" / f"{name}.zone").write_text(text, encoding="ascii")
        command = [shutil.which("knotd") or "knotd", "-c", str(conf)]
        self.process = ServerProcess("knot", command, self.folder / "knot.log", [self.port], "server started")

    def close(self) -> None:
        """End it."""
        if self.process:
            self.process.close()
            self.process = None
