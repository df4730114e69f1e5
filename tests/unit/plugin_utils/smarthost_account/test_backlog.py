"""The safety check before a switch: how much mail waits, whether that is known, and who keeps it back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.server_queues import QUEUES
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.record import Recovery
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepError, StepResult
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.backlog import safety_check, waiting_in
from ansible_collections.sbs.mailflow.plugins.plugin_utils.smarthost_account.desired import parse_desired
from tests.unit.plugin_utils.reason_keys import keys_of
from tests.unit.plugin_utils.run.examples import HOST, NOW, WIZARD, guid
from tests.unit.plugin_utils.smarthost_account.account_host import NEW, mailbox

CONNECTOR = SendConnector(WIZARD, guid(WIZARD))
UNKNOWN = {"name": "Unbekannt", "smtp_host": "smtp.example.com"}


def queue(count: int, status: str = "Ready", connector: str = WIZARD) -> dict[str, Any]:
    return {"Identity": "SBS\\7", "NextHopConnector": guid(connector), "Status": status, "MessageCount": count}


def reply(*queues: dict[str, Any]) -> Reply:
    return Reply("0.1.0", "2.0", "SBS", (StepResult(QUEUES.id, "done", queues),))


def braked(*queues: dict[str, Any], store: Store | None = None, **options: Any) -> tuple[str, ...] | list[str]:
    """The notices, or the keys of a refusal."""
    desired = parse_desired({"provider": "strato", "mailboxes": [mailbox(NEW, 20)], **options}, NOW)
    notices, refusal = safety_check(desired, waiting_in(reply(*queues)), CONNECTOR, store)
    return keys_of(refusal.reasons) if refusal else notices


@pytest.mark.parametrize(
    ("queues", "options", "expected"),
    [
        ([], {}, ()),
        ([queue(125)], {}, ()),
        ([queue(126)], {}, ["backlog_before_switch"]),
        ([queue(126)], {"switch_with_backlog": True}, ()),
        ([queue(126)], {"per_hour": 252}, ()),
        ([queue(6)], {"per_hour": 10}, ["backlog_before_switch"]),
        ([queue(5000, connector="Ausland")], {}, ()),
        ([queue(126, "Suspended")], {}, ["backlog_before_switch"]),
        ([queue(19)], {"provider": UNKNOWN}, ()),
    ],
)
def test_how_much_may_wait(queues: list[dict[str, Any]], options: dict[str, Any], expected: Any) -> None:
    assert braked(*queues, **options) == expected


def test_where_the_rate_is_not_known_it_is_told() -> None:
    (notice,) = braked(queue(20), provider=UNKNOWN)
    assert notice.startswith("20 messages are waiting for the smart host")


def recovering(path: Path, connector: str) -> Store:
    store = Store(str(path), HOST)
    recovery = Recovery(HOST, connector, guid(connector), datetime.now(UTC), 250, 250, None)
    with store.held():
        store.save(recovery)
    return store


def test_a_queue_that_a_recovery_keeps_back_is_no_hindrance(tmp_path: Path) -> None:
    store = recovering(tmp_path, WIZARD)
    assert braked(queue(5000, "Suspended"), store=store) == ()
    assert braked(queue(5000), store=store) == ["backlog_before_switch"]
    other = recovering(tmp_path, "Ausland")
    assert braked(queue(5000, "Suspended"), store=other) == ["backlog_before_switch"]
    store.path.write_text("{")
    assert braked(queue(5000, "Suspended"), store=store) == ["backlog_before_switch"]


def test_queues_that_cannot_be_read_are_no_hindrance() -> None:
    failed = StepResult(QUEUES.id, "failed", error=StepError("Zugriff verweigert."))
    waiting = waiting_in(Reply("0.1.0", "2.0", "SBS", (failed,)))
    desired = parse_desired({"provider": "strato", "mailboxes": [mailbox(NEW, 20)]}, NOW)
    (notice,), refusal = safety_check(desired, waiting, CONNECTOR, None)
    assert refusal is None
    assert "could not be read (Zugriff verweigert.)" in notice
