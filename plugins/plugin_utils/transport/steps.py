# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps that a plan for a transport server is made of, and what each leaves behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..plan import Change, PlannedStep
from ..send_connector import steps as send_connector
from .desired import Desired
from .settings import BY_OPTION, SETTINGS, Values
from .state import State, TransportServer


def change_all(state: State, desired: Desired) -> tuple[list[PlannedStep], State]:
    """The steps that give the server and the connector what is wished of them: none where they have it already."""
    server_step, server = change(state.server, desired.values)
    if state.connector is None:
        return _made(server_step), State(server)
    connector_step, connector = send_connector.change(state.connector, desired.connector_values, None, "")
    return _made(server_step, connector_step), State(server, connector)


def _made(*steps: PlannedStep | None) -> list[PlannedStep]:
    return [step for step in steps if step is not None]


def change(server: TransportServer, wanted: Values) -> tuple[PlannedStep | None, TransportServer]:
    """The step that gives a server these values, or None where it has them already."""
    differing = [each.option for each in SETTINGS if each.option in wanted and _differs(server, each.option, wanted)]
    if not differing:
        return None, server
    written = {BY_OPTION[option].prop: _parameter(option, wanted[option]) for option in differing}
    changes = tuple(
        Change(option, _shown(option, server.values.get(option)), _shown(option, wanted[option]))
        for option in differing
    )
    parameters = {"Identity": server.name, **written, "Confirm": False}
    step = PlannedStep("change transport server", server.name, "Set-TransportServer", parameters, changes)
    return step, replace(server, values={**server.values, **{option: wanted[option] for option in differing}})


def _differs(server: TransportServer, option: str, wanted: Values) -> bool:
    return server.values.get(option) != wanted[option]


def _parameter(option: str, value: Any) -> Any:
    return None if value is None else BY_OPTION[option].kind.parameter(value)


def _shown(option: str, value: Any) -> Any:
    return None if value is None else BY_OPTION[option].kind.show(value)
