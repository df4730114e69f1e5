# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A tick as the result of a task: in numbers, with what must not be overlooked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ..mailboxes.refusals import OTHER
from ..messages import notice_of
from ..queue.last_error import read_last_error
from ..recovery.record import FINISHED, HELD, RELEASE, RELEASING, Recovery
from ..run.transcript import transcript
from .ticks import Tick


def as_result(reported: Tick) -> dict[str, Any]:
    """A tick as a task's result."""
    recovery = reported.recovery
    result: dict[str, Any] = {
        "changed": reported.changed,
        "stage": recovery.stage if recovery else FINISHED,
        "done": reported.done,
        "next_tick_seconds": max(0, round(reported.wait.total_seconds())),
        "needs_login": reported.needs_login,
        "plan": reported.plan.as_data() if reported.plan else None,
        "transcript": transcript(reported.plan),
        "steps": [each.as_data() for each in reported.reports],
        "recovery_file": str(reported.file) if reported.file else None,
        "outlook": dict(reported.outlook) if reported.outlook else None,
        **_numbers(reported),
    }
    notices = [*reported.notices, *_loud(reported)]
    return {**result, "warnings": notices} if notices else result


def span(reported: Tick) -> dict[str, str | None]:
    """When a recovery began and, once it is over, when it ended; and how long it has lasted, by the host's clock."""
    recovery, now = reported.recovery, reported.view.now
    if recovery is None or reported.outlook is not None:
        return dict.fromkeys(("began", "ended", "duration"))
    minutes = round((now - recovery.started) / timedelta(minutes=1))
    return {
        "began": _moment(recovery.started),
        "ended": _moment(now) if reported.done else None,
        "duration": f"{minutes // 60}:{minutes % 60:02} h",
    }


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _numbers(reported: Tick) -> dict[str, Any]:
    recovery = reported.recovery
    if recovery is None:
        nothing: dict[str, Any] = {"counts": None, "rate_per_hour": None, "bounced": [], "refused": []}
        return {**nothing, "began": None, "ended": None, "duration": None, "connector": reported.view.connector.name}
    return {
        **span(reported),
        "counts": recovery.counts(),
        "rate_per_hour": recovery.rate,
        "connector": recovery.connector,
        "bounced": _bounced(recovery),
        "refused": [_refused(name, str(words)) for name, words in recovery.brakes.items()],
    }


def _refused(name: str, words: str) -> dict[str, str]:
    """Whose mail is suspended, since the provider refuses it."""
    error = read_last_error(words)
    return {"name": name, "class": error.kind if error else OTHER, "words": words}


def _bounced(recovery: Recovery) -> list[dict[str, Any]]:
    """The senders who got reports of non-delivery, with what it was about."""
    return [
        {"sender": each.sender, "recipients": list(each.failed or each.recipients), "message_id": each.message_id}
        for each in recovery.of("failed")
    ]


def _loud(reported: Tick) -> list[str]:
    """What must not be overlooked: that mail stands still."""
    recovery = reported.recovery
    if recovery is None or reported.outlook is not None or reported.done:
        return []
    since = _moment(recovery.suspended_at) if recovery.suspended_at else "now"
    if recovery.stands:
        return [notice_of("recovery_queue_stands", connector=recovery.connector, since=since, stage=recovery.stage)]
    held = recovery.of(HELD, RELEASING)
    if recovery.stage == RELEASE and held:
        return [notice_of("recovery_messages_held", count=len(held), rate=recovery.rate)]
    return []
