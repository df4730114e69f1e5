"""A backend for tests of the endpoint, where commands are words that say what to do; and a client, the real pywinrm."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from winrm.protocol import Protocol

from lab.endpoint.host import Machine
from lab.up.lab import Lab, State
from lab.wsman.backend import Backend, Call
from lab.wsman.profile import STOCK, WinrmProfile

PASSWORD = "Zq7-lab-only-Kupferdach-9134"


class NoMachine:
    """A machine that remembers what it was asked."""

    delivering = False

    def __init__(self, state: dict[str, Any]) -> None:
        self.state = dict(state)
        self.failures: list[tuple[str, str | None, int, int]] = []

    def dump(self) -> dict[str, Any]:
        return self.state

    def close(self) -> None:
        pass

    def change(self, changes: dict[str, Any]) -> None:
        self.state.update(changes)

    def fail_next(self, command: str, message: str | None = None, times: int = 1, after: int = 0) -> None:
        self.failures.append((command, message, times, after))

    def delay_next(self, command: str, seconds: float) -> None:
        self.failures.append((command, f"{seconds} s", 1, 0))


class WordBackend:
    """``echo X``, ``bytes N``, ``cat``, ``length``, ``wait`` (for ``release``), ``rc N``, ``both``, ``raise``."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.ran: list[str] = []
        self.closed = False

    def run(self, call: Call) -> int:
        self.ran.append(call.command_line)
        word, _, rest = call.command_line.partition(" ")
        handler = getattr(self, f"_{word}", None)
        if handler:
            return int(handler(call, rest) or 0)
        # What Ansible's raw sends: answer as a shell that echoes.
        call.write_stdout(b"lab-raw-answer\r\n")
        return 0

    def close(self) -> None:
        self.closed = True

    def _echo(self, call: Call, rest: str) -> None:
        call.write_stdout(rest.encode())

    def _bytes(self, call: Call, rest: str) -> None:
        call.write_stdout(pattern(int(rest)))

    def _cat(self, call: Call, rest: str) -> None:
        call.write_stdout(call.stdin())

    def _length(self, call: Call, rest: str) -> None:
        call.write_stdout(str(len(call.stdin())).encode())

    def _wait(self, call: Call, rest: str) -> int:
        call.write_stdout(b"waiting")
        while not self.release.wait(0.01):
            if call.cancelled.is_set():
                return 3
        call.write_stdout(b" released")
        return 0

    def _environment(self, call: Call, rest: str) -> None:
        call.write_stdout(call.environment.get(rest, "?").encode())

    def _rc(self, call: Call, rest: str) -> int:
        return int(rest)

    def _both(self, call: Call, rest: str) -> None:
        for piece in (b"o", b"u", b"t"):
            call.write_stdout(piece)
            call.write_stderr(piece.upper())

    def _raise(self, call: Call, rest: str) -> None:
        raise RuntimeError(rest)


def pattern(size: int) -> bytes:
    """Bytes in which a lost or doubled piece shows."""
    return b"".join(b"%09d\n" % number for number in range(size // 10 + 1))[:size]


def make_lab(hosts: tuple[str, ...] = ("sbs",), profile: WinrmProfile = STOCK, **keys: Any) -> Lab:
    """A lab with WordBackend and the password above."""

    def factory(name: str, state: State) -> tuple[Machine, Backend]:
        return NoMachine({"name": name, **(state if isinstance(state, Mapping) else {})}), WordBackend()

    return Lab(hosts, profile=profile, password=PASSWORD, factory=factory, **keys)


def client(lab: Lab, transport: str = "ntlm", host: str = "sbs", **keys: object) -> Protocol:
    ports = lab.hosts[host].ports
    https = transport in ("basic", "ssl") or keys.pop("https", False)
    endpoint = f"https://127.0.0.1:{ports.https}/wsman" if https else f"http://127.0.0.1:{ports.http}/wsman"
    settings = {
        "username": "Administrator",
        "password": PASSWORD,
        "ca_trust_path": str(lab.directory.ca_file),
        "message_encryption": "auto" if https else "always",
        "operation_timeout_sec": 2,
        "read_timeout_sec": 6,
        "proxy": None,
        **keys,
    }
    return Protocol(endpoint, transport=transport, **settings)


def run(protocol: Protocol, command: str, stdin: list[bytes] | None = None) -> tuple[bytes, bytes, int]:
    shell = protocol.open_shell()
    try:
        command_id = protocol.run_command(shell, command, console_mode_stdin=stdin is None)
        for number, piece in enumerate(stdin or [], 1):
            protocol.send_command_input(shell, command_id, piece, end=number == len(stdin or []))
        output = protocol.get_command_output(shell, command_id)
        protocol.cleanup_command(shell, command_id)
        return output
    finally:
        protocol.close_shell(shell)
