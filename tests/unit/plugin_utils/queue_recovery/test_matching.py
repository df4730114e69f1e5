"""Lines of message tracking in; what became of a message of the record out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.matching import _end
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.view import _outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.record import GONE, Message

EXPIRED, REMOVED = "#550 4.4.7 QUEUE.Expired; message expired ##", "#550 4.3.2 QUEUE.Admin; deleted ##"
US = "Provider"


def line(event: str, source: str, *recipients: str, text: str = "", connector: str = "") -> dict[str, Any]:
    form = {"EventId": event, "Source": source, "ConnectorId": connector, "Text": text}
    return {**form, "Recipients": list(recipients or ["kunde@example.com"])}


SENT = line("SEND", "SMTP", connector=US)
ROWS: dict[str, tuple[list[dict[str, Any]], str | None]] = {
    "sent": ([SENT], "sent"),
    "sent, as later versions write it": (
        [{**SENT, "EventId": "Send", "Source": "smtp", "ConnectorId": "PROVIDER"}],
        "sent",
    ),
    "sent over another connector": ([line("SEND", "SMTP", connector="Anderer")], None),
    "delivered here by another road": ([line("SEND", "STOREDRIVER", connector=US)], None),
    "refused": ([line("FAIL", "SMTP", text="550 5.1.1 no")], "failed"),
    "expired": ([line("FAIL", "QUEUE", text=EXPIRED)], "failed"),
    "no name server knows it": ([line("FAIL", "DNS")], "failed"),
    "removed by an administrator": ([line("FAIL", "ADMIN", text=REMOVED)], "removed"),
    "the same, as the queue writes it": ([line("FAIL", "QUEUE", text=REMOVED)], "removed"),
    "a rule has taken a recipient away": ([line("FAIL", "AGENT")], None),
    "a rule, and sent": ([line("FAIL", "AGENT"), SENT], "sent"),
    "a member of a group that is nobody, and sent": ([line("FAIL", "ROUTING", "weg@nt4admins.local"), SENT], "sent"),
    "put off by a rule": ([line("DEFER", "AGENT")], None),
    "refused without a recipient": ([{**line("FAIL", "SMTP"), "Recipients": None}], "failed"),
    "nothing that anybody knows": ([line("NEU", "NEU"), {}, {"EventId": 5, "Recipients": 7}], None),
}


@pytest.mark.parametrize(("events", "state"), ROWS.values(), ids=ROWS)
def test_what_became_of_a_message(events: list[dict[str, Any]], state: str | None) -> None:
    message = Message(
        key="1", identity="SBS\\1\\1", message_id="<1@sbs>", sender="a@b.de", recipients=("Kunde@example.com",), size=1,
        received=None, expiry=None, state=GONE,
    )  # fmt: skip
    ended = _end(message, _outcome(events, US), 1)
    assert (ended.state if ended else None) == state
