# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport server in a saved state, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..values import Unreadable
from .settings import BY_OPTION, SETTINGS, Setting, Values, show_values
from .state import TransportServer


def saved_server(server: TransportServer) -> dict[str, Any]:
    """A server as readable JSON."""
    readable = {option: value for option, value in server.values.items() if _can_be_wished(BY_OPTION[option], value)}
    return {
        "name": server.name,
        "settings": show_values(readable),
        "unreadable": sorted(set(server.values) - set(readable)),
    }


def _can_be_wished(setting: Setting, value: Any) -> bool:
    """Whether a restore can ask for this value."""
    return setting.can_be_nothing if value is None else not isinstance(value, Unreadable)


def read_saved(data: Mapping[str, Any]) -> TransportServer:
    """A server from a saved state. Raises ValueError, KeyError or TypeError where the file was edited into nonsense.

    What was not shown was not set.
    """
    settings: Mapping[str, Any] = {**data["settings"]}
    kept = [each for each in SETTINGS if each.option not in data["unreadable"]]
    values: Values = {each.option: each.kind.wish(settings[each.option]) for each in kept if each.option in settings}
    nothing: Values = {each.option: None for each in kept if each.can_be_nothing and each.option not in settings}
    return TransportServer(str(data["name"]), {**nothing, **values})
