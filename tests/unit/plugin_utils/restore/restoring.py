"""A saved state on its way back, as the restoring action makes it of a file and of its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.backup import Saved
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.observed import Observed
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.restoring import Back
from tests.unit.plugin_utils.run.examples import HOST, NOW


def going_back(
    content: Mapping[str, Any],
    now: datetime = NOW,
    memory: Observed | None = None,
    accepted: bool = False,
    **options: Any,
) -> Back:
    """The way back to a file's content with the action's other options, at a moment. Raises InputRefused."""
    desired = parse_restore({"backup_file": "file", **options}, now)
    return Back(Saved(content, "file", HOST, accepted), desired, lambda: now, memory)
