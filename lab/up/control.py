"""The control endpoint: JSON over http on 127.0.0.1, guarded by the token in ``lab.json``."""

from __future__ import annotations

import hmac
import http.client
import json
import os
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    # Only for types: whoever speaks to a lab that runs does not wait for one to be loaded.
    from lab.endpoint.host import Host
    from lab.host.clock import Clock
    from lab.provider import SimulatedProvider
    from lab.wsman.profile import WinrmProfile

_ADDRESS: Final = "127.0.0.1"


class ControlledLab(Protocol):
    """What the verbs ask of a lab; ``lab.up.lab.Lab`` is one, and says more of each."""

    hosts: dict[str, Host]
    provider: SimulatedProvider | None
    backend: str
    profile: WinrmProfile
    clock: Clock

    def send(self, name: str, sender: str, recipients: list[str], count: int) -> list[dict[str, Any]]:
        """Let the Exchange of one host send mail now."""

    def fetch(self, name: str) -> list[dict[str, Any]]:
        """Let the POP3 connector of one host fetch now."""

    def collect(self, name: str) -> list[dict[str, Any]]:
        """Let the collectors of one host fetch now."""

    def change_dns(self, lines: list[str], remove: list[str]) -> None:
        """Change what the lab's DNS server says."""

    def submit(self, name: str, sender: str, recipients: list[str], **mail: Any) -> dict[str, Any]:
        """Put mail into the queues of one host."""

    def run(self, name: str, hours: float, direct: bool) -> dict[str, Any]:
        """Let one host deliver for so long."""

    def order_fault(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Order a fault for one host."""

    def clear_faults(self, name: str) -> None:
        """Forget the orders of one host."""

    def stop(self) -> None:
        """Ask whoever runs the lab to end it."""


Verb = Callable[[ControlledLab, dict[str, Any]], Any]


class ControlError(Exception):
    """The lab refused a verb, or does not answer."""


def _status(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    hosts = {
        name: {
            "http": host.ports.http,
            "https": host.ports.https,
            "open_shells": host.open_shells,
            "commands": host.log.count(),
            "faults": host.faults.pending(),
        }
        for name, host in lab.hosts.items()
    }
    provider = lab.provider and {**lab.provider.ports, "mailboxes": len(lab.provider.settings.mailboxes)}
    shown = {"pid": os.getpid(), "backend": lab.backend, "profile": lab.profile.name, "clock": lab.clock.as_data()}
    return {**shown, "provider": provider, "hosts": hosts}


def _dump(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.hosts[arguments["host"]].machine.dump()


def _change(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    """A host, and what the change says of the DNS server, which all of them share."""
    change = dict(arguments["change"])
    lines, gone = change.pop("dns", []), change.pop("dns_remove", [])
    if lines or gone:
        lab.change_dns(lines, gone)
    lab.hosts[arguments["host"]].machine.change(change)
    return {}


def _provider(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    """Change the provider if there is something to change, and dump it."""
    if lab.provider is None:
        raise ValueError("this lab has no provider; its state needs the key provider")
    if "change" in arguments:
        lab.provider.change(arguments["change"])
    return lab.provider.dump()


def _send(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.send(arguments["host"], arguments["sender"], arguments["recipients"], arguments["count"])


def _console(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    lab.hosts[arguments["host"]].machine.console(arguments["order"])
    return {}


def _fetch(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.fetch(arguments["host"])


def _receive(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    given = {name: value for name, value in arguments.items() if name != "host"}
    try:
        return lab.hosts[arguments["host"]].machine.receive(**given)
    except ConnectionRefusedError as error:
        raise ValueError(f"the connection is refused: {error}") from error


def _scan(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.hosts[arguments["host"]].machine.scan()


def _collect(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.collect(arguments["host"])


def _submit(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    given = {name: value for name, value in arguments.items() if name != "host"}
    return lab.submit(arguments["host"], **given)


def _queue(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.hosts[arguments["host"]].machine.queue_summary()


def _run(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.run(arguments["host"], arguments["hours"], bool(arguments.get("direct")))


def _fault(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.order_fault(arguments["host"], arguments["fault"])


def _clear_faults(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    lab.clear_faults(arguments["host"])
    return {}


def _log(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    return lab.hosts[arguments["host"]].log.as_data()


def _clear_log(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    lab.hosts[arguments["host"]].log.clear()
    return {}


def _count(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    host = lab.hosts[arguments["host"]]
    commands = host.log.commands()
    return {
        "commands": host.log.count(),
        "shells_opened": host.log.count("Create"),
        "open_shells": host.open_shells,
        "stdin_bytes": [entry.stdin_bytes for entry in commands],
    }


def _down(lab: ControlledLab, arguments: dict[str, Any]) -> Any:
    lab.stop()
    return {"pid": os.getpid()}


VERBS: Final[dict[str, Verb]] = {
    "status": _status,
    "dump": _dump,
    "change": _change,
    "provider": _provider,
    "send": _send,
    "console": _console,
    "fetch": _fetch,
    "receive": _receive,
    "scan": _scan,
    "collect": _collect,
    "submit": _submit,
    "queue": _queue,
    "run": _run,
    "fault": _fault,
    "clear_faults": _clear_faults,
    "log": _log,
    "clear_log": _clear_log,
    "count": _count,
    "down": _down,
}


class ControlServer:
    """Serves the verbs of one lab. ``port`` and ``token`` are what a client needs."""

    def __init__(self, lab: ControlledLab) -> None:
        self.token = secrets.token_urlsafe(24)
        self._server = ThreadingHTTPServer((_ADDRESS, 0), _handler(lab, self.token))
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="lab-control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


def ask(port: int, token: str, verb: str, arguments: dict[str, Any] | None = None, timeout: float = 30.0) -> Any:
    """Call one verb of a running lab; returns its JSON. Raises ControlError with the lab's reason."""
    connection = http.client.HTTPConnection(_ADDRESS, port, timeout=timeout)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", f"/{verb}", json.dumps(arguments or {}), headers)
        answer = connection.getresponse()
        data = json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ControlError(f"the lab does not answer on port {port}: {error}") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise ControlError(str(data.get("error", f"HTTP {answer.status}")))
    return data


def _handler(lab: ControlledLab, token: str) -> type[BaseHTTPRequestHandler]:
    expected = f"Bearer {token}".encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not hmac.compare_digest((self.headers.get("Authorization") or "").encode(), expected):
                self._send(403, {"error": "wrong token"})
                return
            self._send(*_call(lab, self.path.lstrip("/"), body))

        def _send(self, status: int, data: Any) -> None:
            text = json.dumps(data).encode("utf-8")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            """Keep quiet."""

    return Handler


def _call(lab: ControlledLab, verb: str, body: bytes) -> tuple[int, Any]:
    if verb not in VERBS:
        return 404, {"error": f"unknown verb {verb!r}; there are: {', '.join(VERBS)}"}
    try:
        arguments = json.loads(body or b"{}")
        host = arguments.get("host")
        if host is not None and host not in lab.hosts:
            return 404, {"error": f"no host {host!r}; there are: {', '.join(lab.hosts)}"}
        return 200, VERBS[verb](lab, arguments)
    except Exception as error:
        # Whatever a state or an order made of itself goes back to the one who sent it.
        return 400, {"error": f"{type(error).__name__}: {error}"}
