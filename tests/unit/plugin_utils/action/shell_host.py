"""An action as Ansible runs it, on Ansible's own winrm connection without its network: behind it stands the lab's
twin, or whatever a test lets answer."""

from __future__ import annotations

import base64
import gzip
import importlib
import json
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible.template import Templar, trust_as_template

from lab.host.machine import SimulatedMachine
from lab.twin.backend import Twin
from lab.wsman.backend import Call
from tests.reply_parts import parts_in, whole

Answer = Callable[[str, bytes], tuple[int, bytes, bytes]]
"""What the host does with a command line and its stdin: exit code, stdout, stderr."""
Rewrite = Callable[[dict[str, Any]], dict[str, Any]]
ROOT = Path(__file__).resolve().parents[4]
ACTIONS = sorted(path.stem for path in (ROOT / "plugins" / "action").glob("*.py") if path.stem != "__init__")
PLAIN = {"ansible_connection": "winrm", "ansible_port": 5985, "ansible_winrm_transport": "ntlm", "ansible_user": "a"}
_ACTIONS = "ansible_collections.sbs.mailflow.plugins.action"


def twin(state: Mapping[str, Any] | str, rewrite: Rewrite = lambda reply: reply) -> Answer:
    """A simulated host, whose replies are rewritten on their way."""
    return twin_of(SimulatedMachine.from_state(state), rewrite)


def twin_of(machine: SimulatedMachine, rewrite: Rewrite = lambda reply: reply) -> Answer:
    """The same of a machine that the test looks into."""
    behind = Twin(machine)

    def answer(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        stdout, stderr = bytearray(), bytearray()
        call = Call(command_line, lambda: stdin, stdout.extend, stderr.extend, threading.Event())
        code = behind.run(call)
        return code, reply_bytes(rewrite(whole(parts_in(bytes(stdout))))), bytes(stderr)

    return answer


def reply_bytes(reply: Mapping[str, Any]) -> bytes:
    """A reply as the agent writes it."""
    packed = base64.encodebytes(gzip.compress(json.dumps(reply).encode("ascii"), mtime=0))
    return b"\n<<<SBS.MAILFLOW.REPLY\n" + packed + b"SBS.MAILFLOW.REPLY>>>\n"


class Shell:
    """A play's task for one host. ``opened`` counts the connections; ``lines`` are what watchers were shown."""

    role: Any = None
    """The role in which it stands."""
    no_log = False
    environment: Any = None

    def __init__(
        self, answer: Answer, variables: Mapping[str, Any] | None = None, passwords: Mapping[str, str] | None = None
    ) -> None:
        self.variables = {
            "inventory_hostname": "sbs",
            **PLAIN,
            **{k: _written(v) for k, v in (variables or {}).items()},
        }
        self._nowhere = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, self._nowhere, ignore_errors=True)
        self.opened = 0
        self.lines: list[str] = []
        self.display: Callable[..., Any] = lambda line, stderr=False: self.lines.append(line)
        self.context = PlayContext(passwords=dict(passwords or {}))
        self.templar = Templar(loader=DataLoader(), variables=self.variables)
        self.connection = self._connection(answer)

    def run(
        self, noun: str, arguments: Mapping[str, Any], check_mode: bool = False, folder: Path | None = None
    ) -> dict[str, Any]:
        """The result of one action with these arguments, with ``--diff``."""
        module = importlib.import_module(f"{_ACTIONS}.{noun}")
        task = SimpleNamespace(
            args=dict(arguments),
            check_mode=check_mode,
            diff=True,
            become=False,
            delegate_to=None,
            async_val=0,
            action=f"sbs.mailflow.{noun}",
            _role=self.role,
            no_log=self.no_log,
            environment=self.environment,
        )
        action = module.ActionModule(task, self.connection, self.context, DataLoader(), self.templar)
        action._display = SimpleNamespace(display=self.display)
        variables = {**self.variables, "playbook_dir": str(folder or self._nowhere)}
        result: dict[str, Any] = action.run(task_vars=variables)
        return result

    def _connection(self, answer: Answer) -> Any:
        """Ansible's plugin, with its options from the variables as Ansible's task executor gives them to it."""
        plugin = connection_loader.get("winrm", self.context)
        names = constants.config.get_plugin_vars("connection", plugin._load_name)
        options = {name: self.templar.template(self.variables[name]) for name in names if name in self.variables}
        extras = [name for name in self.variables if name.startswith("ansible_winrm_") and name not in options]
        options["_extras"] = {name: self.templar.template(self.variables[name]) for name in extras}
        plugin.set_options(task_keys={"password": self.context.password}, var_options=options)
        plugin._connect = self._open
        plugin.exec_command = lambda line, in_data, sudoable: answer(line, in_data)
        plugin.reset = plugin.close = lambda: None
        return plugin

    def _open(self) -> None:
        self.opened += 1


def _written(value: Any) -> Any:
    """A variable as it comes out of a file of the inventory, whose templates Ansible trusts."""
    return trust_as_template(value) if isinstance(value, str) else value
