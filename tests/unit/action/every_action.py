"""All actions of the collection as they are found, each with arguments that it takes, before a host that says who it
is and tells nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import yaml

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.shell import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.options import RunOptions
from tests.unit.plugin_utils.pop3_connector.pop3_host import declared, options
from tests.unit.plugin_utils.run.examples import HOST, NOW, done, keys, packed, reply_data, request_in, to_strato

PACKAGE = "ansible_collections.sbs.mailflow.plugins"
FOLDER = Path(__file__).resolve().parents[3] / "plugins"
ACTIONS: dict[str, ModuleType] = {
    path.stem: import_module(f"{PACKAGE}.action.{path.stem}") for path in sorted((FOLDER / "action").glob("*.py"))
}
MAILBOX = {"address": "info@beispiel.de", "password": "Zq7-every-action-Kupferdach", "created": "2020-01-31"}
CHANGE = {"option": "mailbox", "value": "user1@nt4admins.local"}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "address_rewrite": {"method": "recipients", "rules": [{"from": "nt4admins.local", "to": "beispiel.de"}]},
    "facts": {},
    "host_tls": {"client": True, "dotnet": True},
    "inbound": {"domains": [{"domain": "beispiel.de", "way": "pop3"}]},
    "mail_flow": {"transport": {"message_retry_interval": "00:30:00"}, "pop3_connector": options(declared(3))},
    "ping": {},
    "pop3_connector": options(declared(3)),
    "pop3_connector_fetch": {},
    "pop3_connector_learn": {"stage": "before", **CHANGE},
    "pop3_connector_restore": {},
    "preflight": {"smarthost_account": {"provider": "strato", "mailboxes": [MAILBOX]}},
    "probe_host": {},
    "queue": {},
    "receive_connector": {"adopt": True, "max_message_size": "25MB"},
    "restore": {},
    "queue_recovery": {"per_hour": 250, "keep_login": True, "wait": False, "minimum_backlog": 1},
    "send_connector": to_strato(),
    "smarthost_account": {"provider": "strato", "mailboxes": [MAILBOX]},
    "transport": {"message_retry_interval": "00:30:00"},
}
"""What each action is given, apart from a file to go back to."""
HERE = Identity(HOST, "SBS", "S-1-5-21-1-2-3")


def documented(name: str) -> dict[str, Any]:
    """The options in an action's documentation, those of its fragments among them."""
    page = yaml.safe_load(import_module(f"{PACKAGE}.modules.{name}").DOCUMENTATION)
    found: dict[str, Any] = page.get("options") or {}
    for fragment in page["extends_documentation_fragment"]:
        _, _, module, *text = fragment.split(".")
        shared = import_module(f"{PACKAGE}.doc_fragments.{module}").ModuleDocFragment
        options = yaml.safe_load(getattr(shared, text[0].upper() if text else "DOCUMENTATION"))["options"]
        found |= {name: option | found.get(name, {}) for name, option in options.items()}
    return found


@dataclass
class Anybody:
    """A host that has carried out whatever it was asked, and shows nothing."""

    identity: Identity = HERE
    requests: list[dict[str, Any]] = field(default_factory=list)

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call of the agent."""
        self.requests.append(request_in(stdin))
        results = [done(step["id"], *self._facts(step["command"])) for step in self.requests[-1]["steps"]]
        who = {"computer": self.identity.computer, "domain": self.identity.domain}
        return 0, packed(reply_data(*results, **who)), b""

    @staticmethod
    def _facts(command: str) -> Iterator[dict[str, Any]]:
        if command == "Get-Pop3Facts":
            yield {"Lines": []}

    @property
    def commands(self) -> list[str]:
        """All that was asked."""
        return [step["command"] for request in self.requests for step in request["steps"]]


def task_of(folder: Path, arguments: dict[str, Any], check: bool = False, accept: frozenset[str] = frozenset()) -> Task:
    """A task that keeps its files in a folder."""
    run = RunOptions(timeout=60, shell=ExchangeShell(), backup_dir=str(folder), accept_identity=accept)
    return Task(HOST, arguments, run, [], check, False, str(folder))


def refused(name: str, host: Anybody, task: Task) -> list[str]:
    """The keys of the reasons why an action is refused; none where it is not."""

    def execute(self: Any, task: Task, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        return host.execute(command_line, stdin)

    own = {"_execute": execute, "_connection": SimpleNamespace(_connect=lambda: None), "__init__": lambda self: None}
    try:
        action = type("Action", (ACTIONS[name].ActionModule,), own)()
        result = action.answer(task) if action.limits_itself else action.in_time(task, action.answer)
    except MailflowError as error:
        return keys(error.reasons)
    return [reason["remedy"] for reason in result.get("reasons", ())]


__all__ = ["ACTIONS", "ARGUMENTS", "FOLDER", "HERE", "HOST", "NOW", "Anybody", "documented", "refused", "task_of"]
