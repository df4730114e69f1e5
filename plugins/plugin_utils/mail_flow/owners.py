# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one setting of two nouns: transport keeps it of a connector that another noun of the run may only be about to
make."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..send_connector.settings import SETTINGS
from ..send_connector.state import takes_any_domain
from ..send_connector.ways import sends_directly
from ..smarthost_account.desired import connector_options
from ..transport.desired import MESSAGES
from .nouns import CONNECTORS

Declarations = Mapping[str, dict[str, Any]]
"""Noun -> its own options, of the nouns that take part."""


def with_owners(declarations: Declarations) -> Declarations:
    """The same with the connector's setting that transport keeps as well where its connector is declared. Where both
    declare it, or where it is no value of it, transport's own rules have their say."""
    transport = declarations.get("transport", {})
    owner = next((noun for noun in CONNECTORS if noun in declarations), None)
    if owner is None or not _fits(MESSAGES, transport.get(MESSAGES)):
        return declarations
    declared = declarations[owner] if owner == "send_connector" else declarations[owner].get("connector") or {}
    connector = declarations[owner] if owner == "send_connector" else connector_options(declarations[owner])
    if not isinstance(declared, Mapping) or not _is_meant(transport, connector):
        return declarations
    moved = {**declared, MESSAGES: transport[MESSAGES]}
    left = {option: value for option, value in transport.items() if option not in (MESSAGES, "connector")}
    owned = moved if owner == "send_connector" else {**declarations[owner], "connector": moved}
    return {**declarations, owner: owned, "transport": left}


def _is_meant(transport: Mapping[str, Any], connector: Mapping[str, Any]) -> bool:
    """Whether transport's setting is for this connector, which is to be there and says nothing else of it."""
    absent = str(connector.get("state")).lower() == "absent"
    # Beside one that sends directly it has no meaning, which transport says.
    if absent or sends_directly(connector.get) or connector.get(MESSAGES) not in (None, transport[MESSAGES]):
        return False
    named = transport.get("connector")
    if named is not None:
        return str(named).lower() == str(connector.get("name")).lower()
    spaces = connector.get("address_spaces")
    return spaces is None or takes_any_domain(_desired("address_spaces", spaces))


def _fits(setting: str, value: Any) -> bool:
    return value is not None and _desired(setting, value) is not None


def _desired(setting: str, value: Any) -> Any:
    """A declared value in its canonical form; None for one that is none, which its own noun refuses."""
    with suppress(ValueError):
        return SETTINGS[setting].kind.parse(value)
    return None
