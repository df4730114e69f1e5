"""What the tests of the queues share: queues as the agent counts them, and a reply with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from tests.unit.plugin_utils.run.examples import (
    HOST,
    STRATO,
    WIZARD,
    done,
    guid,
    packed,
    printed,
    reply_data,
    request_in,
)
from tests.unit.plugin_utils.transport.transport_host import printed as transport_server

CLOCK = "2026-03-02T12:00:00Z"
STRATO_450 = "450 4.7.0 Transmit rate limit exceeded, try again later (ACC)"


def counted(identity: str = "SBS\\12", connector: str = WIZARD, **changes: Any) -> dict[str, Any]:
    """A queue to the smart host as the agent counts it; ``ready``, ``retry``, ``suspended`` are numbers of messages."""
    messages = {key.capitalize(): changes.pop(key, 0) for key in ("ready", "retry", "active", "suspended")}
    return {
        "Identity": identity,
        "NextHopDomain": "[smtp.strato.de]",
        "NextHopConnector": guid(connector),
        "DeliveryType": "SmartHostConnectorDelivery",
        "Status": "Ready",
        "MessageCount": sum(messages.values()),
        "LastError": None,
        "LastRetryTime": None,
        "NextRetryTime": None,
        "Messages": messages,
        "Oldest": None,
        "FirstExpiry": None,
        "Retries": 0,
        "Bytes": 0,
        "Errors": [],
        "Senders": [],
        **changes,
    }


def traffic(
    sent: Any = 0, deferred: Any = 0, causes: Sequence[dict[str, Any]] = (), last: str | None = CLOCK, left_out: Any = 0
) -> dict[str, Any]:
    """What message tracking counted: by default the last message has just left, if any has."""
    events = [
        {"EventId": "SEND", "Source": "SMTP", "Count": sent, "Last": last if sent else None},
        {"EventId": "DEFER", "Source": "SMTP", "Count": deferred, "Last": None},
    ]
    return {"Identity": None, "Events": events, "Causes": list(causes), "CausesLeftOut": left_out}


def cause(
    text: str,
    sender: str = "info@beispiel.de",
    count: int = 1,
    source: str = "SMTP",
    first: str = "11:00",
    last: str | None = None,
) -> dict[str, Any]:
    """Messages of one sender that came to one end for one reason, from a time of this day on; ``last`` None: untold."""
    told: dict[str, Any] = {"Sender": sender, "Text": text, "Count": count, "First": f"2026-03-02T{first}:00Z"}
    if last:
        told["Last"] = f"2026-03-02T{last}:00Z"
    return {"EventId": "FAIL", "Source": source, **told}


def answers(
    *rows: dict[str, Any], interval: str = "00:01:00", clock: str | None = CLOCK, tracked: Any = True
) -> list[dict[str, Any]]:
    """The results of a look."""
    server = {"Name": "SBS", "AdminDisplayVersion": "Version 14.3 (Build 123.4)", "ServerRole": "HubTransport"}
    return [
        done("read_exchange_servers", server),
        done("read_send_connectors", printed(**STRATO), printed("Ausland", Enabled=False)),
        done(
            "read_transport_servers", transport_server(MessageRetryInterval=interval, MessageTrackingLogEnabled=tracked)
        ),
        done("measure_queue", *rows),
        done("read_host_facts", {"ComputerName": "SBS", "Clock": {"Utc": clock}}),
    ]


def session(results: list[dict[str, Any]], saw: Callable[[dict[str, Any]], Any] = lambda request: None) -> Session:
    """A session to a host that gives these results, and shows each request."""

    def execute(line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        saw(request_in(stdin))
        return 0, packed(reply_data(*results)), b""

    return Session(execute, HOST)
