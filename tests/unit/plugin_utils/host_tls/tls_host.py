"""What the tests of a server's TLS share: states as the engine reads them, and a simulated host behind the action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.tls_facts import exchange_update
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.keys import ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.state import RegistryKey, Services, State
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.action.shell_host import Shell, twin_of

NOW = datetime(2026, 11, 24, 20, 39, 36, tzinfo=UTC)
BOOT = NOW - timedelta(days=3)
W2008R2, W2012, W2012R2 = (6, 1, 7601), (6, 2, 9200), (6, 3, 9600)
CLIENT, SERVER = (row.path for row in ROWS[:2])
ON = {"Enabled": 1, "DisabledByDefault": 0}
CLIENT_KEY, TLS12 = f"HKLM\\{CLIENT}", CLIENT.rpartition("\\")[0]
Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


def key(**numbers: int) -> RegistryKey:
    """A key with these DWORDs."""
    return RegistryKey(True, numbers)


def state(
    keys: Mapping[str, RegistryKey] | None = None,
    build: str | None = "14.3.513.0",
    exchange: bool = True,
    **more: Any,
) -> State:
    """A host as the engine reads it, prepared but for its keys."""
    told = {"build": "14.3.123.4", **exchange_update(build)} if exchange else None
    services = Services("Running", "Stopped")
    known: dict[str, Any] = {"windows": W2008R2, "clock": NOW, "boot": BOOT, "started": BOOT, "services": services}
    return State("sbs01", keys or {}, exchange=told, **{**known, **more})


@dataclass
class TlsHost:
    """A simulated host, and a controller that keeps what it saves in ``folder``."""

    folder: Path
    state: Mapping[str, Any] = field(default_factory=dict)
    rewrite: Rewrite = lambda reply: reply

    def __post_init__(self) -> None:
        usual = {"profile": "sbs2011", "registry": {}, "clock": NOW.isoformat()}
        self.machine = SimulatedMachine.from_state({**usual, **self.state})
        self.said: list[str] = []

    def run(self, noun: str = "host_tls", check: bool = False, **arguments: Any) -> dict[str, Any]:
        """The result of one action."""
        shell = Shell(twin_of(self.machine, lambda reply: self.rewrite(reply)))
        result = shell.run(noun, {"backup_dir": str(self.folder), **arguments}, check)
        self.said = shell.lines
        return result

    def passes(self, minutes: int) -> None:
        """The host's clock goes on."""
        self.machine.change({"clock": (self.machine.clock.now() + timedelta(minutes=minutes)).isoformat()})

    def values(self, path: str) -> dict[str, Any] | None:
        """The values of a key; None where it is not there."""
        found = self.machine.registry_key(path)
        return found and {each["Name"]: each["Value"] for each in found["Values"]}
