# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport server in a saved state, with what was declared of its connector, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..controller.backup import setting, text, texts
from ..exchange.settings import Values
from ..send_connector.settings import SETTINGS as OF_CONNECTORS
from ..send_connector.state import SendConnector
from .desired import CONNECTOR_KINDS
from .settings import SETTINGS
from .state import State, TransportServer


def saved_state(state: State) -> dict[str, Any]:
    """A state as readable JSON."""
    connector = state.connector
    return {
        "transport_server": saved_server(state.server),
        **({"send_connector": _saved_connector(connector)} if connector else {}),
    }


def read_state(content: Mapping[str, Any]) -> State:
    """A state from a file's content. Raises ValueError, KeyError, TypeError or AttributeError where the file was edited
    into nonsense."""
    connector = content.get("send_connector")
    found = None if connector is None else _read_connector(connector)
    return State(read_saved(content["transport_server"]), found)


def _saved_connector(connector: SendConnector) -> dict[str, Any]:
    """Its names, and of its settings those that this noun keeps; what cannot be read is left out."""
    kept = OF_CONNECTORS.save({option: connector.values.get(option) for option in CONNECTOR_KINDS})["settings"]
    return {"name": connector.name, "guid": connector.guid, "settings": kept}


def _read_connector(data: Mapping[str, Any]) -> SendConnector:
    values: Values = {option: setting(CONNECTOR_KINDS[option], value) for option, value in data["settings"].items()}
    return SendConnector(text(data["name"]), text(data["guid"]), values)


def saved_server(server: TransportServer) -> dict[str, Any]:
    """A server as readable JSON."""
    return {"name": server.name, **SETTINGS.save(server.values, rounded=True)}


def read_saved(data: Mapping[str, Any]) -> TransportServer:
    """A server from a saved state. Raises ValueError, KeyError or TypeError where the file was edited into nonsense.

    Settings that the file does not name, since it is older than they are, are left as they are.
    """
    not_set = [name for name in _not_set(data) if SETTINGS[name].nullable]
    return TransportServer(text(data["name"]), SETTINGS.load(data, not_set))


def _not_set(data: Mapping[str, Any]) -> list[str]:
    """The settings without a value. Files of before that list knew one setting that can be without."""
    if "not_set" in data:
        return list(texts(data["not_set"]))
    known = {*data["settings"], *data["unreadable"]}
    return [option for option in ("send_protocol_log_path",) if option not in known]
