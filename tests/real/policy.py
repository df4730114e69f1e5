"""The provider's policy: a service as Postfix asks it of each recipient, on the lab's clock.

http://www.postfix.org/SMTPD_POLICY_README.html. It counts as Strato does: every recipient of a login within a sliding
hour, refused ones too, against a number that depends on the mailbox's age.
"""

from __future__ import annotations

import socketserver
import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from lab.host.clock import Clock

HOUR: Final = timedelta(hours=1)
DUNNO: Final = "DUNNO"
REFUSAL: Final = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
YOUNG: Final = timedelta(days=14)


@dataclass(frozen=True)
class Asked:
    """One recipient of which Postfix has asked."""

    at: datetime
    login: str
    sender: str
    recipient: str
    allowed: bool


@dataclass
class Policy:
    """``created`` holds the birth of each mailbox; of a login that is not in it nothing is counted.

    ``orders`` are actions for single recipients, by address. ``at_end`` is called with the attributes once a message
    has arrived whole, before Postfix answers for it.
    """

    clock: Clock
    created: dict[str, datetime] = field(default_factory=dict)
    young_per_hour: int = 5
    per_hour: int = 250
    orders: dict[str, str] = field(default_factory=dict)
    at_end: Callable[[Mapping[str, str]], None] = lambda attributes: None
    asked: list[Asked] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def judge(self, attributes: Mapping[str, str]) -> str:
        """The action for one request."""
        if attributes["protocol_state"] == "END-OF-MESSAGE":
            self.at_end(attributes)
            return DUNNO
        recipient, login = attributes["recipient"], attributes["sasl_username"]
        if recipient in self.orders:
            return self.orders[recipient]
        if login not in self.created:
            return DUNNO
        with self._lock:
            now = self.clock.now()
            allowed = self._used(login, now) < self.limit_of(login, now)
            self.asked.append(Asked(now, login, attributes["sender"], recipient, allowed))
        return DUNNO if allowed else REFUSAL

    def limit_of(self, login: str, now: datetime) -> int:
        """How many recipients an hour the mailbox has at that moment."""
        return self.young_per_hour if now - self.created[login] < YOUNG else self.per_hour

    def busiest_hour(self, login: str, since: datetime) -> int:
        """The most recipients of that login in an hour, from that moment on."""
        times = sorted(each.at for each in self.asked if each.login == login and each.at >= since)
        return max((bisect_right(times, at) - bisect_right(times, at - HOUR) for at in times), default=0)

    def _used(self, login: str, now: datetime) -> int:
        return sum(1 for each in self.asked if each.login == login and each.at > now - HOUR)


class PolicyServer(socketserver.ThreadingTCPServer):
    """Listens on a free port until it is closed."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, policy: Policy) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.policy = policy
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="test-policy", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Request(socketserver.StreamRequestHandler):
    """Requests of one connection: lines ``name=value``, an empty one at the end of each."""

    def handle(self) -> None:
        assert isinstance(self.server, PolicyServer)
        attributes: dict[str, str] = {}
        for line in self.rfile:
            name, _, value = line.decode("utf-8", "replace").rstrip("\n").partition("=")
            if name:
                attributes[name] = value
                continue
            try:
                action = self.server.policy.judge(attributes)
            except BaseException as error:
                self.server.policy.errors.append(error)
                raise
            self.wfile.write(f"action={action}\n\n".encode())
            attributes = {}
