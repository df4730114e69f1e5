"""Whether values can be in force, by the moments of writing and starting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.timing import in_force, written_after
from tests.unit.plugin_utils.host_tls.tls_host import NOW

BEFORE, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)

MOMENTS: list[tuple[datetime | None, datetime | None, datetime | None, bool | None]] = [
    (None, LATER, LATER, None),
    (NOW, BEFORE, BEFORE, False),
    (NOW, BEFORE, LATER, True),
    (NOW, LATER, LATER, True),
    (NOW, LATER, None, True),
    (NOW, BEFORE, None, None),
    (NOW, None, BEFORE, False),
    (NOW, None, LATER, True),
    (NOW, None, None, None),
    (NOW, BEFORE, NOW, True),
]


@pytest.mark.parametrize(("written", "boot", "started", "told"), MOMENTS)
def test_whether_values_can_be_in_force(
    written: datetime | None, boot: datetime | None, started: datetime | None, told: bool | None
) -> None:
    assert in_force(written, boot, started) is told


def test_a_clock_that_was_set_back_since_tells_nothing() -> None:
    assert in_force(NOW, BEFORE, BEFORE, BEFORE) is None
    assert in_force(NOW, BEFORE, BEFORE, NOW) is False


def test_what_was_written_in_other_keys_is_passed_over_where_one_is_asked_for() -> None:
    ours, other = ({"key": name, "after": {"Enabled": 1}} for name in ("ours", "other"))
    newer = saved(registry=[other, {**ours, "after": {}}])
    older = saved(registry=[ours], written_after=BEFORE.isoformat())
    assert written_after([newer, older], "sbs", "ours") == BEFORE
    assert written_after([newer, older], "sbs") == NOW


def saved(**more: Any) -> dict[str, Any]:
    return {"noun": "host_tls", "host": "sbs", "written_after": NOW.isoformat(), **more}


CONTENTS: dict[str, tuple[list[Any], datetime | None]] = {
    "nothing": ([], None),
    "the newest": ([saved(), saved(written_after=BEFORE.isoformat())], NOW),
    "one that has written nothing is passed over": ([saved(written_after=None), saved()], NOW),
    "another noun's": ([saved(noun="transport")], None),
    "another host's": ([saved(host="other"), saved(written_after=BEFORE.isoformat())], BEFORE),
    "what cannot be read": ([None, {}, saved(written_after=5), saved(written_after="gestern")], None),
    "a moment without a zone": ([saved(written_after="2026-11-24T20:39:36")], None),
}


@pytest.mark.parametrize(("contents", "moment"), CONTENTS.values(), ids=CONTENTS)
def test_when_values_were_last_written(contents: list[Any], moment: datetime | None) -> None:
    assert written_after(contents, "sbs") == moment
