"""What the tests of a whole run share: the lab's twin in memory, behind the action as Ansible runs it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.time_limit import _Alarm
from lab.host.machine import SimulatedMachine
from lab.twin.backend import Twin
from lab.wsman.backend import Call
from tests.reply_parts import parts_in, whole
from tests.unit.plugin_utils.action.shell_host import Shell, reply_bytes
from tests.unit.plugin_utils.pop3_connector.pop3_host import declared, options
from tests.unit.plugin_utils.run.examples import request_in

PASSWORD = "Zq7-mail-flow-only-Kupferdach-9134"
OLD_PASSWORD = "Xw3-mail-flow-only-Blechtonne-2871"
POP3_STORED = "Gv5-mail-flow-only-Dachrinne-7720"
INFO, ALT = "info@beispiel.de", "alt@beispiel.de"
WIZARD = "Windows SBS Internet Send SBS"

UNTOUCHED: dict[str, Any] = {
    "profile": "sbs2011",
    "recipients": [{"Name": name, "Alias": name} for name in ("user1", "user3", "anna")],
    "send_connectors": [{"Name": WIZARD, "AddressSpaces": ["*"]}],
    "pop3_connector": {
        "accounts": [
            {
                "server": "pop3.strato.de",
                "port": 995,
                "username": "user1@beispiel.de",
                "password": POP3_STORED,
                "mailbox": "user1@nt4admins.local",
            }
        ]
    },
}
AT_STRATO: dict[str, Any] = {
    **UNTOUCHED,
    "send_connectors": [
        {
            "Name": WIZARD,
            "AddressSpaces": ["*"],
            "DNSRoutingEnabled": False,
            "SmartHosts": ["smtp.strato.de"],
            "Port": 587,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "AuthenticationCredential": {"username": ALT, "password": OLD_PASSWORD},
            "RequireTLS": True,
        }
    ],
}
"""A server that hands everything to that provider already."""

ADDRESSES: dict[str, Any] = {
    "rules": [{"from": "nt4admins.local", "to": "beispiel.de"}],
    "confirm_mass_change": True,
    "unknown_recipients_return": "no",
}
CONNECTOR: dict[str, Any] = {
    "name": "Smarthost",
    "adopt": True,
    "address_spaces": ["*"],
    "smart_hosts": ["smtp.strato.de"],
    "port": 587,
    "smart_host_auth_mechanism": "BasicAuthRequireTLS",
    "require_tls": True,
    "login": {"username": INFO, "password": PASSWORD, "created": "2020-01-31"},
}
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ZONE = "UTC" if datetime.now(UTC).hour < 23 else "Europe/Berlin"
"""One in which it is not the last minute of a day, when no window is open."""
ACCOUNT: dict[str, Any] = {
    "provider": "strato",
    "mailboxes": [
        {"address": INFO, "password": PASSWORD, "created": "2020-01-31"},
        {"address": ALT, "password": OLD_PASSWORD, "created": "2019-01-31"},
    ],
    "accept_unproven": True,
    "switch_window": {"days": DAYS, "from": "00:00", "to": "23:59", "time_zone": ZONE},
    "wait_for_session": 0,
}
POP3: dict[str, Any] = options(
    declared(1, password=POP3_STORED), declared(3), validate_logins=False, confirm_mailbox=True
)
TRANSPORT: dict[str, Any] = {"calm_for_provider": "strato"}
RECEIVING: dict[str, Any] = {"adopt": True, "max_message_size": "25MB", "close_relay": True}
ALL: dict[str, dict[str, Any]] = {
    "receive_connector": RECEIVING,
    "address_rewrite": ADDRESSES,
    "send_connector": CONNECTOR,
    "pop3_connector": POP3,
    "transport": TRANSPORT,
}
WITH_ACCOUNT = {"smarthost_account" if noun == "send_connector" else noun: desired for noun, desired in ALL.items()} | {
    "smarthost_account": ACCOUNT
}
SECRETS = ("Kupferdach", "Blechtonne", "Dachrinne")

Reply = dict[str, Any]
Meddle = Callable[[int, dict[str, Any], Reply], Reply]
"""What becomes of a reply: the number of its call from 1, its request, and itself. It may raise instead."""


class Server:
    """A simulated server. ``requests``: those of the last run; ``meddle`` stands between it and the run."""

    def __init__(
        self, folder: Path, state: Mapping[str, Any] | str, variables: Mapping[str, Any] | None = None
    ) -> None:
        self.machine = SimulatedMachine.from_state(state)
        self.folder = folder
        self.variables = dict(variables or {})
        self.requests: list[dict[str, Any]] = []
        self.meddle: Meddle = lambda number, request, reply: reply
        self._twin = Twin(self.machine)

    def run(self, action: str, desired: Mapping[str, Any], check: bool = False) -> dict[str, Any]:
        """The result of an action, which holds no secret."""
        self.requests.clear()
        shell = Shell(self._answer, self.variables)
        result = shell.run(action, {"backup_dir": str(self.folder), **desired}, check)
        text = json.dumps([result, shell.lines])
        assert [word for word in SECRETS if word in text] == []
        return result

    def flow(self, declarations: Mapping[str, Any], check: bool = False, **more: Any) -> dict[str, Any]:
        """The result of one run over these nouns."""
        return self.run("mail_flow", {**declarations, **more}, check)

    def one_by_one(self, declarations: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The results of the actions of these nouns, one after the other."""
        return {noun: self.run(noun, desired) for noun, desired in declarations.items()}

    def dump(self) -> dict[str, Any]:
        """The state, but for the list of commands, the moments, and what follows from the host's own random bytes."""
        left_out = dict.fromkeys(("history", "clock", "boot_time", "certificates"))
        found: dict[str, Any] = without_hashes({**self.machine.dump(), **left_out})
        return found

    def _answer(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        stdout, stderr = bytearray(), bytearray()
        request = request_in(stdin)
        self.requests.append(request)
        call = Call(command_line, lambda: stdin, stdout.extend, stderr.extend, threading.Event())
        code = self._twin.run(call)
        parts = parts_in(bytes(stdout))
        if not parts or parts[-1].get("more"):  # it has died
            return code, bytes(stdout), bytes(stderr)
        reply = whole(parts)
        return code, reply_bytes(self.meddle(len(self.requests), request, reply)), bytes(stderr)


def without_hashes(value: Any) -> Any:
    """A value without hashes and without moments in the names of files."""
    if isinstance(value, dict):
        kept = {
            name: item
            for name, item in value.items()
            if not name.startswith(("When", "Utc", "sha256", "Sha256", "digest"))
        }
        return {_MOMENT.sub("", name): without_hashes(item) for name, item in kept.items()}
    return [without_hashes(item) for item in value] if isinstance(value, list) else value


_MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def failing(reply: Reply, *ids: str) -> Reply:
    """The reply as if these steps had failed."""
    for result in reply["results"]:
        if result["id"] in ids:
            error = {"message": "no", "type": "X", "category": "", "error_id": "", "code": None}
            result |= {"status": "failed", "output": [], "error": error}
    return reply


def ring() -> None:
    """The time limit is over."""
    raise _Alarm
