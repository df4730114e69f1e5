# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the whole run: its own, and what inventories declare for the roles of single nouns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import Reason
from ..messages import reason_of
from ..run.options import RUN_OPTIONS
from .declarations import WHERE


def with_run_options(
    arguments: Mapping[str, Any], nouns: Iterable[str], variable: Callable[[str], Any]
) -> tuple[dict[str, Any], list[Reason]]:
    """The arguments with the options that are declared for the roles of some of the nouns, and no other than one value;
    and a reason for each where two differ. One that the run itself declares is left as it is."""
    found: dict[str, Any] = {}
    reasons: list[Reason] = []
    taking_part = list(nouns)
    for option in (each.name for each in RUN_OPTIONS if arguments.get(each.name) is None):
        named = {f"{noun}_{option}": variable(f"{noun}_{option}") for noun in taking_part}
        declared = {name: value for name, value in named.items() if value is not None}
        if len({json.dumps(value, sort_keys=True, default=str) for value in declared.values()}) > 1:
            reasons.append(
                reason_of("run_options_differ", WHERE, names=", ".join(declared), option=f"mail_flow_{option}")
            )
        elif declared:
            found[option] = next(iter(declared.values()))
    return {**arguments, **found}, reasons
