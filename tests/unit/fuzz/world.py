"""Real answers and real files to spoil: what a simulated host answers to every action, and what the actions keep."""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
import threading
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.shell import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from lab.host.machine import SimulatedMachine
from lab.twin.backend import Twin
from lab.wsman.backend import Call
from tests.reply_parts import parts_in, whole
from tests.unit.action.every_action import ACTIONS, ARGUMENTS, HOST, task_of
from tests.unit.fuzz.junk import corrupt
from tests.unit.plugin_utils.pop3_connector.pop3_host import PASSWORD
from tests.unit.plugin_utils.run.examples import packed, request_in

READING = ("Get-", "Measure-", "Read-")
LOGIN = {
    "Stage": "done",
    "Problem": None,
    "Code": 250,
    "Text": "250 Ok",
    "Tls": "Tls12",
    "Mechanism": "LOGIN",
    "Reply": "+OK 2 640",
    "Messages": 2,
    "Octets": 640,
    "Capabilities": ["SIZE 1"],
    "Certificate": None,
}
"""What every login comes to; none is tried."""
ACCOUNT = {"server": "localhost", "port": 995, "username": "user1@beispiel.de", "password": PASSWORD}
STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "send_connectors": [
        {
            "Name": "Windows SBS Internet-Sendeconnector SBS",
            "AddressSpaces": ["*"],
            "DNSRoutingEnabled": False,
            "SmartHosts": ["smtp.strato.de"],
            "Port": 587,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "AuthenticationCredential": {"username": "alt@beispiel.de", "password": PASSWORD},
        }
    ],
    "pop3_connector": {"accounts": [{**ACCOUNT, "mailbox": "anna@nt4admins.local"}]},
    "tracking": [{"Sender": "anna@nt4admins.local", "Recipients": ["a@b.de"], "Ago": "00:10:00"}],
}


class TwinHost:
    """A simulated host that is only read, and says that whatever it was told to do is done."""

    def __init__(self) -> None:
        self._machine = SimulatedMachine.from_state(STATE)
        self._machine.submit("anna@nt4admins.local", ["kunde@example.com"], 3)
        self._twin = Twin(self._machine)
        self._answers: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, dict[str, Any]] = {}

    def execute(self, command_line: str, stdin: bytes, dice: Random | None = None) -> tuple[int, bytes, bytes]:
        """One call; with dice its reply is corrupt."""
        whole = self._reply(command_line, stdin)
        return 0, packed(corrupt(dice, whole) if dice else whole), b""

    def _reply(self, command_line: str, stdin: bytes) -> dict[str, Any]:
        request = request_in(stdin)
        asked = json.dumps([{**step, "id": ""} for step in request["steps"]], sort_keys=True)
        if asked not in self._answers:
            self._answers[asked] = self._answer(command_line, request)
        reply = self._answers[asked]
        named = [{**result, "id": step["id"]} for result, step in zip(reply["results"], request["steps"], strict=True)]
        for step, result in zip(request["steps"], named, strict=True):
            if result["output"]:
                self.seen.setdefault(step["command"], result)
        return {**reply, "results": named}

    def _answer(self, command_line: str, request: dict[str, Any]) -> dict[str, Any]:
        """The twin's answer to what is read; the rest is done without being done."""
        reading = [step for step in request["steps"] if step["command"].startswith(READING)]
        reply = self._ask(command_line, {**request, "steps": [{**step, "always": True} for step in reading]})
        told = iter(reply["results"])
        results = [next(told) if step in reading else _done(step["command"]) for step in request["steps"]]
        return {**reply, "results": results}

    def _ask(self, command_line: str, request: dict[str, Any]) -> dict[str, Any]:
        out = bytearray()
        text = f"agent\n#REQUEST#{json.dumps(request)}"
        stdin = base64.encodebytes(gzip.compress(text.encode("ascii")))
        self._twin.run(Call(command_line, lambda: stdin, out.extend, lambda _: None, threading.Event()))
        return whole(parts_in(bytes(out)))


def _done(command: str) -> dict[str, Any]:
    output = [LOGIN] if command.startswith("Test-") else []
    return {"id": "", "status": "done", "output": output, "error": None, "ms": 1}


def act(name: str, task: Task, host: TwinHost, dice: Random | None = None) -> dict[str, Any]:
    """What an action answers, without Ansible around it. Raises what leaves it."""

    def execute(self: Any, task: Task, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        return host.execute(command_line, stdin, dice)

    own = {
        "_execute": execute,
        "_reconnect": lambda self, where: None,
        "_connection": SimpleNamespace(_connect=lambda: None),
        "_closing": lambda self, where: SimpleNamespace(__enter__=lambda *_: None, __exit__=lambda *_: None),
        "__init__": lambda self: None,
        "in_time": lambda self, task, answer: answer(task),
        "variable": lambda self, name: None,
    }
    with closing(task.lock):
        result: dict[str, Any] = type("Action", (ACTIONS[name].ActionModule,), own)().answer(task)
    return result


@cache
def host() -> TwinHost:
    """The one host; nothing changes it, and it has answered every action once."""
    found = TwinHost()
    with tempfile.TemporaryDirectory() as folder:
        # Last what, once begun, forbids others.
        for name in sorted(ACTIONS, key=lambda action: action == "queue_recovery"):
            if not name.endswith("restore"):
                with suppress(MailflowError):
                    act(name, task_of(Path(folder), desired(name)), found)
        for path in sorted(Path(folder, HOST).glob("*.json")):
            content = json.loads(path.read_text(encoding="utf-8"))
            saved()[content.get("noun", path.stem)] = content
    return found


@cache
def saved() -> dict[str, dict[str, Any]]:
    """What the actions have kept, by noun; filled by ``host``."""
    return {}


def desired(name: str) -> dict[str, Any]:
    """Arguments of an action that changes the host, where it can."""
    accounts = ARGUMENTS["pop3_connector"]["accounts"]
    more: dict[str, dict[str, Any]] = {
        "pop3_connector": {"accounts": [{**each, "mailbox": "anna@nt4admins.local"} for each in accounts]},
        "address_rewrite": {"unknown_recipients_return": "no", "max_change_percent": 100},
        "smarthost_account": {"wait_for_session": 0, "switch_with_backlog": True, "accept_unproven": True},
    }
    return {**ARGUMENTS[name], **more.get(name, {})}
