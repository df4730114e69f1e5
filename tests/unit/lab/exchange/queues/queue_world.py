"""A transport server whose smart host answers as a test says, on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lab.exchange.organisation import Organisation
from lab.exchange.queues import Mail, QueueEngine
from lab.exchange.queues.queue import Queue
from lab.exchange.queues.running import run
from lab.exchange.send_connector import SendConnector
from lab.exchange.smtp_client import ConnectionFailed, Reply
from lab.host.clock import Clock
from lab.host.machine import SimulatedMachine

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
SENDER, RECIPIENT = "info@beispiel.de", "kunde@example.com"
THROTTLED = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
PROVIDER = {"Name": "Provider", "AddressSpaces": ["*"], "DNSRoutingEnabled": False, "SmartHosts": ["localhost"]}
Answer = Callable[[datetime, str], str]


class World:
    """``answer`` gives the reply to a recipient at a time (an empty one: the session is lost), ``connect`` may refuse.

    ``tries`` holds when each recipient was tried, ``senders`` who sent, ``opened`` when each session was asked for.
    """

    def __init__(
        self, answer: Answer | str = "250 Ok", connectors: list[dict[str, Any]] | None = None, **state: Any
    ) -> None:
        self.clock = Clock(START.isoformat())
        self.machine = SimulatedMachine({"send_connectors": connectors or [PROVIDER], **state}, self.clock)
        self.answer: Answer = answer if callable(answer) else lambda now, to: str(answer)
        self.refuse: Callable[[datetime], str | None] = lambda now: None
        self.tries: list[tuple[timedelta, str]] = []
        self.senders: set[str] = set()
        self.opened: list[timedelta] = []
        self.delivered: list[tuple[str, str]] = []
        self.machine.dialer = lambda: self

    @property
    def engine(self) -> QueueEngine:
        return self.machine.queues

    @property
    def organisation(self) -> Organisation:
        assert self.machine.organisation is not None
        return self.machine.organisation

    @property
    def queue(self) -> Queue:
        """The one queue that is not always there."""
        (found,) = [queue for queue in self.engine.all_queues() if not queue.persistent]
        return found

    @property
    def passed(self) -> timedelta:
        return self.clock.now() - START

    def open(self, connector: SendConnector) -> Session:
        self.opened.append(self.passed)
        if refusal := self.refuse(self.clock.now()):
            raise ConnectionFailed(refusal)
        return Session(self)

    def submit(self, count: int = 1, *recipients: str, **more: Any) -> None:
        self.engine.submit(Mail(SENDER, recipients or (RECIPIENT,), **more), count)

    def run(self, **time: float) -> None:
        """Let time pass; at every moment each recipient is in exactly one place."""
        for _ in run([self.engine], self.clock.advance_to, self.clock.now() + timedelta(**time)):
            self.check()

    def check(self) -> None:
        counts = self.engine.counts
        in_queues = sum(len(m.recipients) for q in self.engine.queues.values() for m in q.messages.values())
        assert counts.submitted == counts.done + self.engine.queued
        assert self.engine.queued == in_queues

    def settings(self, **parameters: Any) -> None:
        self.organisation.invoke("Set-TransportServer", {"Identity": "SBS", **parameters})

    def invoke(self, command: str, **parameters: Any) -> list[dict[str, object]]:
        return self.machine.invoke(command, {"Confirm": False, **parameters} if command[:3] != "Get" else parameters)

    def tracked(self, event: str | None = None) -> list[dict[str, Any]]:
        """The tracking log's lines, of one event or of all."""
        return self.invoke("Get-MessageTrackingLog", ResultSize="Unlimited", **({"EventId": event} if event else {}))

    def minutes(self) -> list[float]:
        """When recipients were tried, in minutes."""
        return [round(passed.total_seconds() / 60, 2) for passed, _ in self.tries]


class Session:
    def __init__(self, world: World) -> None:
        self._world = world

    def deliver(self, sender: str, recipients: list[str], content: bytes) -> dict[str, Reply]:
        world, replies = self._world, {}
        world.senders.add(sender)
        for to in recipients:
            world.tries.append((world.passed, to))
            answer = world.answer(world.clock.now(), to)
            if not answer:
                raise ConnectionFailed("421 4.4.2 Connection dropped due to SocketError")
            replies[to] = Reply(int(answer[:3]), (answer[4:],))
        message_id = content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()
        world.delivered += [(message_id, to) for to, reply in replies.items() if reply.good]
        return replies

    def quit(self) -> None:
        pass

    def hang_up(self, who: str) -> None:
        pass
