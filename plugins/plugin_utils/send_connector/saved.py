# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A send connector in a saved state, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..controller.backup import text, text_or_none
from ..exchange.settings import is_set
from .settings import SETTINGS
from .state import SendConnector


def saved_connector(connector: SendConnector) -> dict[str, Any]:
    """A connector as readable JSON. The password is not part of it: no host gives it back."""
    saved = SETTINGS.save({name: value for name, value in connector.values.items() if is_set(value)})
    return {
        "name": connector.name,
        "guid": connector.guid,
        "username": connector.username,
        "settings": saved["settings"],
        "unreadable": saved["unreadable"],
    }


def read_saved(data: Mapping[str, Any]) -> SendConnector:
    """A connector from a saved state. Raises ValueError, KeyError or TypeError where the file was edited into nonsense.

    What was not shown was not set: these files have no list of that, which a nullable row of later would need.
    """
    not_set = {row.name for row in SETTINGS.read} - {*data["unreadable"]}
    username = text_or_none(data.get("username")) or None
    return SendConnector(text(data["name"]), text(data["guid"]), SETTINGS.load(data, not_set), username)
