# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Receive connectors in a saved state, and back: their settings, the rights to relay that they had themselves, and
whether recipients were validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..controller.backup import text, text_or_none, texts
from ..run.plan import Plan
from .diff import State
from .relay import RelayRight
from .settings import SETTINGS
from .state import ReceiveConnector


@dataclass(frozen=True)
class SavedReceive:
    """The connectors that a run touched as they were, the names of those that it created, the rights that they had of
    their own, by connector, and whether recipients were validated (None: it was left alone)."""

    connectors: tuple[ReceiveConnector, ...] = ()
    created: tuple[str, ...] = ()
    rights: tuple[RelayRight, ...] = field(default=())
    validation: bool | None = None


def saved_state(state: State, plan: Plan) -> dict[str, Any]:
    """What a restore needs to undo a plan, as readable JSON."""
    touched = [each for each in state.connectors if any(_is_about(step.parameters, each) for step in plan.steps)]
    created = [step.target for step in plan.steps if step.command == "New-ReceiveConnector"]
    filtered = any(step.command == "Set-RecipientFilterConfig" for step in plan.steps)
    return {
        "connectors": [_saved(each) for each in touched],
        "created": created,
        "relay_rights": [_right(each) for each in state.rights.entries if _is_taken(each, state, plan)],
        "recipient_validation": state.validation.on if filtered else None,
        "plan": plan.as_data(),
    }


def _is_about(parameters: Mapping[str, Any], connector: ReceiveConnector) -> bool:
    identity = parameters.get("Identity")
    return identity is not None and identity in (connector.identity, connector.dn)


def _is_taken(entry: RelayRight, state: State, plan: Plan) -> bool:
    """Whether a plan takes an entry of a connector's own away: by itself, or together with the connector."""
    taken = [step.parameters for step in plan.steps if step.command == "Remove-ADPermission"]
    removed = [step.parameters.get("Identity") for step in plan.steps if step.command == "Remove-ReceiveConnector"]
    goes = any(each.dn.lower() == entry.connector and each.identity in removed for each in state.connectors)
    alone = any((each["Identity"].lower(), each["User"]) == (entry.connector, entry.user) for each in taken)
    return not entry.inherited and not entry.deny and (goes or alone)


def _saved(connector: ReceiveConnector) -> dict[str, Any]:
    place = {"name": connector.name, "identity": connector.identity, "dn": connector.dn}
    return {**place, **SETTINGS.save(connector.values)}


def _right(entry: RelayRight) -> dict[str, Any]:
    return {"connector": entry.connector, "user": entry.user, "sid": entry.sid}


def read_state(content: Mapping[str, Any]) -> SavedReceive:
    """A state from a file's content. Raises ValueError, KeyError, TypeError or AttributeError where the file was edited
    into nonsense."""
    validation = content["recipient_validation"]
    if validation is not None and not isinstance(validation, bool):
        raise TypeError("neither true nor false")
    return SavedReceive(
        tuple(map(_read, content["connectors"])),
        texts(content["created"]),
        tuple(map(_read_right, content["relay_rights"])),
        validation,
    )


def _read(data: Mapping[str, Any]) -> ReceiveConnector:
    names = (text(data["name"]), text(data["identity"]), text(data["dn"]))
    not_set = [name for name in texts(data["not_set"]) if SETTINGS[name].nullable]
    return ReceiveConnector(*names, SETTINGS.load(data, not_set))


def _read_right(data: Mapping[str, Any]) -> RelayRight:
    return RelayRight(text(data["connector"]), text(data["user"]), text_or_none(data["sid"]))
