# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the whole run: its own, and what inventories declare for the roles of single nouns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..errors import Reason
from ..inbound.desired import ACTION as INBOUND
from ..messages import reason_of
from ..run.options import RUN_OPTIONS
from .declarations import WHERE
from .nouns import CONNECTORS, NOUNS

_NEEDED = {"address_rewrite": "rules", "smarthost_account": "mailboxes", "pop3_connector": "accounts"}
"""Without which a noun is not declared, as the role mail_flow has it."""


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


def with_shared_options(
    arguments: Mapping[str, Any], nouns: Iterable[str], variable: Callable[[str], Any]
) -> tuple[dict[str, Any], list[Reason]]:
    """The same for what is not of the run of all nouns and yet about the same host: as that run has them, or else its
    nouns."""

    def shared(name: str) -> Any:
        # A digest is of one plan: that of another one neither approves this one nor refuses it.
        return None if name.endswith("_approved_plan") else variable(name)

    arguments, _one = with_run_options(arguments, ["mail_flow"], shared)
    return with_run_options(arguments, nouns, shared)


def declared_for_roles(variable: Callable[[str], Any]) -> dict[str, dict[str, Any]]:
    """What an inventory declares for the roles of the nouns: noun -> options, as the role mail_flow hands them on."""
    found: dict[str, dict[str, Any]] = {}
    for noun, each in NOUNS.items():
        values = {option.name: variable(f"{noun}_{option.name}") for option in each.action.options}
        declared = {name: value for name, value in values.items() if value is not None}
        if declared and _NEEDED.get(noun, next(iter(declared))) in declared:
            found[noun] = declared
    if set(CONNECTORS) <= found.keys():
        del found["send_connector"]
    return found


def inbound_for_role(variable: Callable[[str], Any]) -> dict[str, Any]:
    """What an inventory declares for the role inbound, as the role mail_flow hands it on; nothing without domains."""
    values = {option.name: variable(f"{INBOUND.name}_{option.name}") for option in INBOUND.options}
    return {name: value for name, value in values.items() if value is not None} if values["domains"] else {}
