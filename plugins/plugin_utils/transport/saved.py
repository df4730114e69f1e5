# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A transport server in a saved state, with what was wished of its connector, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backup import setting, text, texts
from ..send_connector.state import SendConnector
from .desired import CONNECTOR_KINDS
from .settings import BY_OPTION, SETTINGS, Setting, Values, show_values
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
    return State(read_saved(content["transport_server"]), connector and _read_connector(connector))


def _saved_connector(connector: SendConnector) -> dict[str, Any]:
    """Its names, and of its settings those that this noun keeps; what cannot be read is left out."""
    kept = {option: connector.values.get(option) for option in CONNECTOR_KINDS}
    settings = {option: value for option, value in kept.items() if isinstance(value, int)}
    return {"name": connector.name, "guid": connector.guid, "settings": settings}


def _read_connector(data: Mapping[str, Any]) -> SendConnector:
    values: Values = {option: setting(CONNECTOR_KINDS[option], value) for option, value in data["settings"].items()}
    return SendConnector(text(data["name"]), text(data["guid"]), values)


def saved_server(server: TransportServer) -> dict[str, Any]:
    """A server as readable JSON."""
    readable = {option: value for option, value in server.values.items() if _can_be_wished(BY_OPTION[option], value)}
    return {
        "name": server.name,
        "settings": show_values(readable),
        "not_set": sorted(option for option, value in readable.items() if value is None),
        "unreadable": sorted(set(server.values) - set(readable)),
    }


def _can_be_wished(setting: Setting, value: Any) -> bool:
    """Whether a restore can ask for this value. A size that is no whole KB comes back rounded up."""
    if value is None:
        return setting.can_be_nothing
    try:
        setting.kind.wish(setting.kind.show(value))
    except ValueError:
        return False
    return True


def read_saved(data: Mapping[str, Any]) -> TransportServer:
    """A server from a saved state. Raises ValueError, KeyError or TypeError where the file was edited into nonsense.

    Settings that the file does not name, since it is older than they are, are left as they are.
    """
    settings: Mapping[str, Any] = {**data["settings"]}
    left = texts(data["unreadable"])
    values: Values = {
        each.option: setting(each.kind, settings[each.option])
        for each in SETTINGS
        if each.option in settings and each.option not in left
    }
    nothing: Values = {option: None for option in _not_set(data) if BY_OPTION[option].can_be_nothing}
    return TransportServer(text(data["name"]), {**nothing, **values})


def _not_set(data: Mapping[str, Any]) -> list[str]:
    """The settings without a value. Files of before that list knew one setting that can be without."""
    if "not_set" in data:
        return list(texts(data["not_set"]))
    known = {*data["settings"], *data["unreadable"]}
    return [option for option in ("send_protocol_log_path",) if option not in known]
