# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A send connector in a saved state, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backup import setting, text, text_or_none, texts
from ..values import Unreadable
from .settings import BY_OPTION, READ, Values
from .state import SendConnector, nothing
from .steps import show_values


def saved_connector(connector: SendConnector) -> dict[str, Any]:
    """A connector as readable JSON. The password is not part of it: no host gives it back."""
    readable = {option: value for option, value in connector.values.items() if _can_be_wished(option, value)}
    return {
        "name": connector.name,
        "guid": connector.guid,
        "username": connector.username,
        "settings": show_values(readable),
        "unreadable": sorted(set(connector.values) - set(readable)),
    }


def _can_be_wished(option: str, value: Any) -> bool:
    """Whether a restore can ask for this value: it was understood, all of it."""
    if isinstance(value, Unreadable):
        return False
    kind = BY_OPTION[option].kind
    try:
        return value in (None, frozenset()) or kind.wish(kind.show(value)) == value
    except ValueError:
        return False


def read_saved(data: Mapping[str, Any]) -> SendConnector:
    """A connector from a saved state. Raises ValueError, KeyError or TypeError where the file was edited into nonsense.

    What was not shown was not set.
    """
    settings, unreadable = {**data["settings"]}, texts(data["unreadable"])
    values: Values = {
        each.option: setting(each.kind, settings[each.option]) if each.option in settings else nothing(each.option)
        for each in READ
        if each.option not in unreadable
    }
    username = text_or_none(data.get("username")) or None
    return SendConnector(text(data["name"]), text(data["guid"]), values, username)
