# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The keys of a plan in a saved state, and back: an absent value is not 0, and an absent key is no empty one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..controller.backup import text
from ..lenient import is_of
from ..run.plan import Plan
from .diff import SET
from .keys import NAMES, ROWS, with_parents
from .state import State


@dataclass(frozen=True)
class SavedKey:
    """A key before a plan: whether it was there, and of each value that the plan has written what it was, None for
    absent; ``after``: what was written."""

    path: str
    present: bool
    before: Mapping[str, int | None]
    after: Mapping[str, int | None]


def saved_state(state: State, plan: Plan) -> dict[str, Any]:
    """The keys that a plan writes, those above them that it may make, and after which moment that is, as JSON."""
    written = {step.parameters["Key"]: step for step in plan.steps if step.command == SET}
    parents = with_parents(row for row in ROWS if row.path in written)
    keys = []
    for path in dict.fromkeys([*written, *parents]):
        after = {each["Name"]: each["Value"] for each in written[path].parameters["Values"]} if path in written else {}
        key = state.key(path)
        before = {name: key.number(name) for name in after}
        keys.append({"key": path, "present": key.present, "before": before, "after": after})
    moment = state.clock.isoformat() if written and state.clock else None
    return {"written_after": moment, "registry": keys, "plan": plan.as_data()}


def read_saved(content: Mapping[str, Any]) -> tuple[SavedKey, ...]:
    """The keys of a file's content. Raises KeyError, TypeError, ValueError or AttributeError where it was edited into
    nonsense."""
    return tuple(_read(each) for each in content["registry"])


def _read(data: Mapping[str, Any]) -> SavedKey:
    path = text(data["key"])
    names = NAMES[path]
    if not is_of(bool, data["present"]):
        raise TypeError("true or false")
    return SavedKey(path, data["present"], _values(data["before"], names), _values(data["after"], names))


def _values(data: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, int | None]:
    if not all(name in names and (value is None or is_of(int, value)) for name, value in data.items()):
        raise ValueError("whole numbers of values that are ours")
    return dict(data)
