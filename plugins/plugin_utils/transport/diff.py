# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is declared to a plan, and what the result allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import refusal_of
from ..exchange.rules import new_reasons
from ..messages import notice_of
from ..run.outcome import Decision
from ..run.plan import PlannedStep, plan_or_none
from ..send_connector.settings import SEND_CONNECTOR
from ..send_connector.state import changed
from .attempts import Attempts, attempts
from .desired import CONNECTOR_KINDS, Desired
from .rules import conflicts, warnings
from .settings import TRANSPORT_SERVER
from .state import State

NOUN = "transport"


def decide(state: State, desired: Desired) -> Decision:
    """The plan that brings a server to the declaration, refused where the declaration and what the server keeps exclude
    each other."""
    decision, after = to_values(state, desired)
    was, will_be = (conflicts(each.server.values, state.server.where) for each in (state, after))
    return replace(decision, refusal=refusal_of(new_reasons(will_be, was)))


def to_values(state: State, desired: Desired) -> tuple[Decision, State]:
    """The same without the safety check, and the state as it will be."""
    after = _after(state, desired)
    allowed = attempts(after.server.values, desired.provider_per_hour)
    decision = Decision(
        plan=plan_or_none(NOUN, steps(state, desired)),
        before=_shown(state, after),
        after=_shown(after, state),
        notices=(*warnings(after.server.values), *_snowball(allowed)),
        facts={
            "server": state.server.name,
            "connector": state.connector.name if state.connector else None,
            "attempts": allowed.as_data(),
        },
    )
    return decision, after


def steps(state: State, desired: Desired) -> list[PlannedStep | None]:
    """The steps that give the server and the connector what is declared of them."""
    server = TRANSPORT_SERVER.change(state.server, desired.values)
    if state.connector is None:
        return [server]
    return [server, SEND_CONNECTOR.change(state.connector, desired.connector_values)]


def _after(state: State, desired: Desired) -> State:
    server = replace(state.server, values=TRANSPORT_SERVER.changed(state.server.values, desired.values))
    return State(server, state.connector and changed(state.connector, desired.connector_values))


def _shown(state: State, other: State) -> dict[str, dict[str, Any]]:
    """What a state has otherwise than the other one: all of the server, of the connector what this noun keeps, so that
    its name stands beside it. A connector may have the server's name."""
    shown: dict[str, dict[str, Any]] = {}
    if state.server != other.server:
        shown[state.server.name] = TRANSPORT_SERVER.settings.show(state.server.values)
    if state.connector and state.connector != other.connector:
        kept = {option: state.connector.values[option] for option in CONNECTOR_KINDS}
        shown.setdefault(state.connector.name, {}).update(SEND_CONNECTOR.settings.show(kept))
    return shown


def _snowball(allowed: Attempts) -> tuple[str, ...]:
    if not allowed.snowball:
        return ()
    if allowed.provider_per_hour is None:
        return (notice_of("snowball_of_unknown_rate", per_message=allowed.per_message_per_hour),)
    return (
        notice_of(
            "snowball",
            per_message=allowed.per_message_per_hour,
            provider=allowed.provider_per_hour,
            backlog=allowed.backlog_that_stays_below,
        ),
    )
