"""Events and sources of message tracking in, what they mean out; a row for each pair."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.tracking import (
    NOT_DELIVERED,
    TABLE,
    is_attempt,
    outcome_of,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.traffic import parse_traffic
from lab.exchange.message_tracking import EVENT_IDS, SOURCES

PAGE = Path(__file__).parents[4] / "docs" / "queue.md"
EXPIRED, REMOVED = "#550 4.4.7 QUEUE.Expired; message expired ##", "550 4.3.2 QUEUE.Admin; message deleted"
MEANT = {
    ("SEND", "SMTP"): ("sent", True),
    ("DEFER", "SMTP"): ("deferred", True),
    ("FAIL", "SMTP"): ("refused", True),
    ("FAIL", "QUEUE"): ("given_up", False),
    ("FAIL", "DNS"): ("unreached", False),
    ("FAIL", "ADMIN"): ("removed", False),
    ("FAIL", "ROUTING"): ("internal", False),
    ("FAIL", "STOREDRIVER"): ("internal", False),
}
"""All others are nothing."""
PAIRS = [(event.upper(), source) for event in EVENT_IDS for source in SOURCES]
BY_STATUS = [
    ("FAIL", "QUEUE", EXPIRED, "given_up"),
    ("FAIL", "QUEUE", REMOVED, "removed"),
    ("FAIL", "ADMIN", REMOVED, "removed"),
    ("FAIL", "ROUTING", "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##", "internal"),
    ("FAIL", "ROUTING", "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required", "internal"),
    ("FAIL", "ROUTING", "550 5.4.4 ROUTING.NoConnectorForAddressType; unable to route", "unreached"),
    ("FAIL", "AGENT", "550 5.7.1 TRANSPORT.RULES.RejectMessage", "nothing"),
    ("fail", "Smtp", "550 5.4.1 no", "refused"),
]


@pytest.mark.parametrize(("event", "source"), PAIRS)
def test_every_pair(event: str, source: str) -> None:
    outcome, attempt = MEANT.get((event, source), ("nothing", False))
    assert (outcome_of(event, source), is_attempt(event, source)) == (outcome, attempt)
    row = {"EventId": event, "Source": source, "Count": 4}
    traffic = parse_traffic({"Events": [row], "Causes": [{**row, "Sender": "a@b.de"}]})
    assert traffic.attempts == (4 if attempt else 0)
    assert traffic.failed == (4 if outcome in NOT_DELIVERED else 0)
    assert traffic.sent == (4 if outcome == "sent" else 0)


@pytest.mark.parametrize(("event", "source", "status", "outcome"), BY_STATUS)
def test_where_the_reason_decides(event: str, source: str, status: str, outcome: str) -> None:
    assert outcome_of(event, source, status) == outcome


@pytest.mark.parametrize("event", ["", "NEU", "FAIL"])
@pytest.mark.parametrize("source", ["", "Neu", "SMTP "])
def test_what_nobody_knows_is_nothing_and_raises_nothing(event: str, source: str) -> None:
    assert outcome_of(event, source) == ("refused" if (event, source) == ("FAIL", "SMTP ") else "nothing")


def test_every_row_is_reached_and_stands_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for row in TABLE:
        assert f"| `{row.event}` | `{row.source}` |" in page and row.why in page, row
        assert any(
            row.outcome == outcome_of(row.event, row.source, status) for status in ("", EXPIRED, REMOVED, "5.4.4")
        )
