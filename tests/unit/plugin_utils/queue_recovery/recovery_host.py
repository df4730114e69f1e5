"""A host in memory whose queue lives: it tries, is refused above the provider's rate, retries, expires and can restart.

It knows of Exchange what the recovery's page says, and is told nothing by the code under test but its commands.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.ticks import Tick, Workplace, look, tick
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from tests.unit.plugin_utils.run.examples import HOST, STRATO, WIZARD, Break, FakeHost, failed, guid, printed
from tests.unit.plugin_utils.transport.transport_host import printed as transport_server

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
OTHER = "Ausland"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
REFUSED = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"
NO_SUCH = "550 5.1.1 No such user"
FOREIGN_SENDER = "553 5.7.1 <{sender}>: Sender address rejected: not owned by user info@beispiel.de"
OUTAGE = "535 5.7.8 Error: authentication failed"
FULL = "452 4.2.2 The recipient's mailbox is over quota"
PROOF = "<asked about a sender>"
SECRET = "Vt4-recovery-only-Ziegeldach-5512"


@dataclass(eq=False)
class Mail:
    """One message in a queue."""

    number: int
    queue: int
    message_id: str
    sender: str
    recipients: list[str]
    received: datetime
    expires: datetime
    size: int = 4096
    suspended: bool = False
    retry_at: datetime | None = None
    error: str | None = None


@dataclass
class Queue:
    """One queue of a connector."""

    connector: str
    suspended: bool = False
    empty_since: datetime | None = None


@dataclass(frozen=True)
class Attempt:
    """What the provider has seen of one recipient."""

    at: datetime
    message_id: str
    recipient: str
    connector: str
    taken: bool


@dataclass
class Event:
    """A line of message tracking."""

    at: datetime
    kind: str
    message_id: str
    recipients: list[str]
    connector: str
    source: str = "SMTP"
    words: str | None = None

    def as_line(self) -> dict[str, Any]:
        """As the agent tells it."""
        form = {"EventId": self.kind, "Source": self.source, "ConnectorId": self.connector, "Text": self.words or ""}
        return {**form, "Recipients": self.recipients}


class RecoveryHost(FakeHost):
    """``rate`` is what the provider takes in a sliding hour, every attempt counted; recipients that begin with ``no``
    do not exist there, the mailboxes of those that begin with ``full`` are ``full``, and senders that begin with
    ``fremd`` are refused for good. ``out``: no login is taken. ``provable``: whether the host itself can ask; what is
    ``secretly_refused`` is refused only once it is mail. ``raise_helps``: whether a raised time-out helps queued mail.
    """

    def __init__(self, rate: int = 20) -> None:
        super().__init__(printed(**STRATO), printed(OTHER, AddressSpaces=["SMTP:example.com;1"], **STRATO))
        self.server = transport_server()
        self.declared = {"MessageRetryInterval": "00:01:00"}
        self.rate = rate
        self.raise_helps = False
        self.full = True
        self.out = False
        self.provable = True
        self.secretly_refused: dict[str, str] = {}
        self.proofs: list[tuple[datetime, list[str]]] = []
        self.full_says = FULL
        self.now = START
        self.queues: dict[int, Queue] = {}
        self.mails: list[Mail] = []
        self.attempts: list[Attempt] = []
        self.events: list[Event] = []
        self.submitted: list[str] = []
        self.untracked: set[str] = set()
        self.cuts: dict[int, int] = {}
        self.before: dict[int, Callable[[], None]] = {}
        self.stopped_at: datetime | None = None
        self._numbers = 100
        self._times: list[datetime] = []

    # ---- mail comes and goes

    def submit(
        self,
        count: int = 1,
        recipients: Iterable[str] = ("a@kunde.de",),
        sender: str = "info@beispiel.de",
        connector: str = WIZARD,
        message_id: str | None = None,
        **changes: Any,
    ) -> None:
        """New mail into the connector's queue."""
        for _ in range(count):
            self._numbers += 1
            name = message_id or f"<{self._numbers}@sbs.nt4admins.local>"
            expires = self.now + self._span("MessageExpirationTimeout")
            mail = Mail(self._numbers, self._queue(connector), name, sender, list(recipients), self.now, expires)
            for key, value in changes.items():
                setattr(mail, key, value)
            self.mails.append(mail)
            self.submitted.append(name)

    def _queue(self, connector: str) -> int:
        for number, queue in self.queues.items():
            if queue.connector == connector:
                return number
        self._numbers += 1
        self.queues[self._numbers] = Queue(connector)
        return self._numbers

    def _span(self, name: str) -> timedelta:
        days, _, clock = self.server[name].rpartition(".")
        hours, minutes, seconds = map(int, clock.split(":"))
        return timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds)

    def run(self, span: timedelta) -> None:
        """Let time pass, in minutes; what is ready is tried at the end of each."""
        end = self.now + span
        while self.now < end:
            self.now = min(self.now + MINUTE, end)
            self._minute()

    def _minute(self) -> None:
        for mail in [each for each in self.mails if each.expires <= self.now]:
            self._leave(mail, "QUEUE", mail.recipients)
        for mail in list(self.mails):
            queue = self.queues[mail.queue]
            if self.out and queue.connector == WIZARD:
                continue
            if not mail.suspended and not queue.suspended and (mail.retry_at or self.now) <= self.now:
                self._try(mail)
        for number, queue in list(self.queues.items()):
            if any(mail.queue == number for mail in self.mails):
                queue.empty_since = None
            elif queue.empty_since is None:
                queue.empty_since = self.now
            elif self.now - queue.empty_since >= 3 * MINUTE:
                del self.queues[number]

    def _try(self, mail: Mail) -> None:
        connector = self.queues[mail.queue].connector
        gone: dict[str, list[str]] = {"SEND": [], "FAIL": []}
        error, words = self.full_says, self._says_of(mail.sender)
        for recipient in mail.recipients:
            taken = connector != WIZARD or self.in_hour(self.now) < self.rate
            self.attempts.append(Attempt(self.now, mail.message_id, recipient, connector, taken))
            if connector == WIZARD:
                self._times.append(self.now)
            full = self.full and recipient.startswith("full") and not words
            error = error if taken else REFUSED
            if taken and not full:
                gone["FAIL" if words or recipient.startswith("no") else "SEND"].append(recipient)
        mail.recipients = [each for each in mail.recipients if each not in gone["SEND"] + gone["FAIL"]]
        for kind, who in gone.items():
            if who:
                said = (words or NO_SUCH) if kind == "FAIL" else None
                self.events.append(Event(self.now, kind, mail.message_id, who, connector, words=said))
        if mail.recipients:
            mail.error, mail.retry_at = error, self.now + self._span("MessageRetryInterval")
            self.events.append(Event(self.now, "DEFER", mail.message_id, list(mail.recipients), connector))
        else:
            self.mails.remove(mail)

    def refusal_of_foreign(self) -> str:
        """What a foreign sender is told."""
        return FOREIGN_SENDER.format(sender="fremd@beispiel.de")

    def _says_of(self, sender: str) -> str | None:
        if sender in self.secretly_refused:
            return self.secretly_refused[sender]
        return FOREIGN_SENDER.format(sender=sender) if sender.startswith("fremd") else None

    def _leave(self, mail: Mail, source: str | None, recipients: list[str]) -> None:
        self.mails.remove(mail)
        if source:
            self.events.append(Event(self.now, "FAIL", mail.message_id, list(recipients), "", source))

    def in_hour(self, moment: datetime) -> int:
        """The attempts of the hour that ends at a moment, over our connector."""
        return bisect_right(self._times, moment) - bisect_right(self._times, moment - HOUR)

    def busiest_hour(self, since: datetime, ids: set[str] | None = None) -> int:
        """The most attempts in any hour, of those since a moment, of all messages or of these."""
        ours = [each for each in self.attempts if each.connector == WIZARD and each.at >= since]
        times = [each.at for each in ours if ids is None or each.message_id in ids]
        return max((bisect_right(times, at) - bisect_right(times, at - HOUR) for at in times), default=0)

    def restart(self, keep_suspended: bool = True) -> None:
        """The transport service starts anew: other queues, so other identities."""
        names: dict[int, int] = {}
        for number in sorted(self.queues):
            self._numbers += 1
            names[number] = self._numbers
        self.queues = {names[number]: Queue(queue.connector, queue.suspended) for number, queue in self.queues.items()}
        for mail in self.mails:
            mail.queue = names[mail.queue]
            mail.suspended = mail.suspended and keep_suspended
            mail.retry_at = None

    def lose(self, mail: Mail) -> None:
        """A message is gone and nobody knows."""
        self.mails.remove(mail)

    def sent(self) -> list[str]:
        """The message ids that the provider has taken, each as often as it did."""
        return [event.message_id for event in self.events if event.kind == "SEND" and event.connector == WIZARD]

    # ---- commands

    def _run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        own = getattr(self, "_" + command.lower().replace("-", "_"), None)
        if own is None:
            return super()._run(command, given, secrets)
        if not command.startswith(("Get-", "Measure-", "Test-")):
            assert given.pop("Confirm") is False
        found: list[dict[str, Any]] = own(**{name.lower(): value for name, value in given.items()})
        return found

    def execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call, ``before`` which somebody else comes; ``cuts`` end a call (numbered from 1) after so many of its
        steps."""
        number = len(self.requests) + 1
        if number in self.before:
            self.before.pop(number)()
        if number in self.cuts:
            lost = reason_of("connection_lost", HOST, what="it", host_says="cut", outcome="")
            self.breaks[number] = Break(ConnectionLost(lost), self.cuts[number])
        return super().execute(command_line, stdin)

    def _result(self, step: dict[str, Any], secrets: dict[str, str], skip: bool) -> dict[str, Any]:
        try:
            return super()._result(step, secrets, skip)
        except LookupError as error:
            return {**failed("", f"There is no {error}."), "id": step["id"]}

    def _get_transportserver(self) -> list[dict[str, Any]]:
        return [self.server]

    def _set_transportserver(self, identity: str, **values: Any) -> list[dict[str, Any]]:
        names = {name.lower(): name for name in self.server}
        self.server.update({names[name]: value for name, value in values.items()})
        if self.raise_helps and "messageexpirationtimeout" in values:
            for mail in self.mails:
                mail.expires = mail.received + self._span("MessageExpirationTimeout")
        return []

    def _get_queue(self, resultsize: str) -> list[dict[str, Any]]:
        assert resultsize == "Unlimited"
        return [
            {
                "Identity": f"SBS\\{number}",
                "NextHopDomain": "[smtp.strato.de]",
                "NextHopConnector": guid(queue.connector),
                "Status": "Suspended" if queue.suspended else "Retry" if self.out else "Ready",
                "MessageCount": sum(mail.queue == number for mail in self.mails),
                "LastError": f'451 4.4.0 Primary target IP address responded with: "{OUTAGE}."' if self.out else None,
            }
            for number, queue in self.queues.items()
        ] + [{"Identity": "SBS\\Submission", "Status": "Ready", "MessageCount": 0}]

    def _get_message(self, resultsize: str, includerecipientinfo: bool = False) -> list[dict[str, Any]]:
        assert resultsize == "Unlimited"
        return [self._shown(mail, includerecipientinfo) for mail in self.mails]

    def _shown(self, mail: Mail, full: bool) -> dict[str, Any]:
        status = "Suspended" if mail.suspended else "Retry" if mail.retry_at else "Ready"
        return {
            "Identity": f"SBS\\{mail.queue}\\{mail.number}",
            "InternetMessageId": mail.message_id,
            "Status": status,
            "LastError": mail.error,
            "FromAddress": mail.sender,
            "Recipients": [f"{each};2;2;;0;CN=x" for each in mail.recipients] if full else None,
            "Size": f"{mail.size // 1024} KB ({mail.size:,} bytes)",
            "DateReceived": mail.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ExpirationTime": mail.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _own_queue(self, identity: str) -> Queue:
        return self.queues[int(identity.split("\\")[1])]

    def _suspend_queue(self, identity: str) -> list[dict[str, Any]]:
        self._own_queue(identity).suspended = True
        self.stopped_at = self.stopped_at or self.now + timedelta(seconds=1)
        return []

    def _resume_queue(self, identity: str) -> list[dict[str, Any]]:
        self._own_queue(identity).suspended = False
        return []

    def _mail(self, identity: str) -> Mail:
        _, queue, number = identity.split("\\")
        found = [each for each in self.mails if (each.queue, each.number) == (int(queue), int(number))]
        if not found:
            raise KeyError(identity)
        return found[0]

    def _suspend_message(self, identity: str | None = None, filter: str | None = None) -> list[dict[str, Any]]:
        if filter:
            name = filter.split("'")[1]
            chosen = [each for each in self.mails if f"SBS\\{each.queue}" == name]
        else:
            chosen = [self._mail(str(identity))]
        for mail in chosen:
            mail.suspended = True
        return []

    def _resume_message(self, identity: str) -> list[dict[str, Any]]:
        mail = self._mail(identity)
        mail.suspended, mail.retry_at, mail.error = False, None, None
        return []

    def _remove_message(self, identity: str, withndr: bool) -> list[dict[str, Any]]:
        mail = self._mail(identity)
        self._leave(mail, "ADMIN" if withndr else None, mail.recipients)
        return []

    def _measure_queue(self, hours: int, **_more: Any) -> list[dict[str, Any]]:
        recent = [(event.kind, event.source) for event in self.events if self.now - event.at < hours * HOUR]
        rows = [{"EventId": kind, "Source": by, "Count": recent.count((kind, by))} for kind, by in set(recent)]
        return [{"Identity": None, "Events": rows, "Causes": []}]

    def _get_messageoutcomes(self, since: str, ids: list[str], events: list[str]) -> list[dict[str, Any]]:
        after = datetime.fromisoformat(since)
        rows = []
        for each in ids:
            told = [event for event in self.events if event.message_id == each and event.at >= after]
            lines = [event.as_line() for event in told if event.kind in events]
            if lines and each not in self.untracked:
                rows.append({"Id": each, "Events": lines})
        return rows

    def _test_smtplogin(self, senders: list[str], recipient: str, **given: Any) -> list[dict[str, Any]]:
        if not self.provable:
            return [{"Stage": "tls", "Problem": "handshake", "Code": None, "Text": "no common algorithm"}]
        self.proofs.append((self.now, [] if self.out else senders))
        if self.out:
            return [{"Stage": "auth", "Problem": "reply", "Code": 535, "Text": OUTAGE, "Senders": []}]
        rows = [self._asked(each, recipient) for each in senders]
        return [{"Stage": "done", "Problem": None, "Code": 250, "Text": "250 Ok", "Senders": rows}]

    def _asked(self, sender: str, recipient: str) -> dict[str, Any]:
        taken = self.in_hour(self.now) < self.rate
        self.attempts.append(Attempt(self.now, PROOF, recipient, WIZARD, taken))
        self._times.append(self.now)
        says = (
            FOREIGN_SENDER.format(sender=sender) if sender.startswith("fremd") else "250 2.1.5 Ok" if taken else REFUSED
        )
        return {"Sender": sender, "Stage": "rcpt", "Code": int(says[:3]), "Text": says}

    def _get_hostfacts(self) -> list[dict[str, Any]]:
        return [{"Clock": {"Utc": self.now.strftime("%Y-%m-%dT%H:%M:%SZ")}}]


OLD = {"address": "info@beispiel.de", "password": SECRET, "created": "2019-03-01"}
MATURE = {"address": "alt@beispiel.de", "password": SECRET + "2", "created": "2020-03-01"}


@dataclass
class Site:
    """Ticks of one recovery, on one controller."""

    path: Path
    host: RecoveryHost
    options: dict[str, Any] = field(default_factory=dict)
    ticks: list[Tick] = field(default_factory=list)
    clock: Callable[[], datetime] = lambda: START

    @property
    def store(self) -> Store:
        return Store(str(self.path / "backup"), HOST)

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.path / "ledger.sqlite")

    def place(self, store: Store | None = None) -> Workplace:
        host = self.host
        return Workplace(HOST, store or self.store, self.ledger, host.session(), ExchangeShell(), self.clock)

    def desired(self, **more: Any) -> Any:
        options = {"per_hour": self.host.rate, "keep_login": True, "minimum_backlog": 1, **self.options, **more}
        return parse_desired({key: value for key, value in options.items() if value is not None}, START)

    def tick(self, **more: Any) -> Tick:
        """One tick."""
        found = tick(self.place(), self.desired(**more))
        self.ticks.append(found)
        return found

    def look(self, **more: Any) -> Tick:
        """A look, as in check mode."""
        return look(self.place(), self.desired(**more))

    def until(self, stage: str, most: int = 2000, **more: Any) -> Tick:
        """Ticks until a stage begins; the host lives in between."""
        for _ in range(most):
            found = self.tick(**more)
            assert found.error is None, found.error
            if found.done or (found.recovery and found.recovery.stage == stage):
                return found
            self.host.run(max(found.wait, timedelta(seconds=1)))
        raise AssertionError(f"{stage} is not reached")
