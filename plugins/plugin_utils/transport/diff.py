# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is wished to a plan, and what the result allows."""

from __future__ import annotations

from .. import flow
from ..errors import WishRefused
from ..messages import tell
from ..plan import plan_or_none
from .attempts import Attempts, attempts
from .desired import Desired
from .rules import contradictions, doubts
from .settings import show_values
from .state import TransportServer
from .steps import change

NOUN = "transport"


def decide(server: TransportServer, desired: Desired) -> flow.Decision:
    """The plan that brings a server to the wish. Raises WishRefused where the wish and what the server keeps exclude
    each other."""
    decision, after = to_values(server, desired)
    old = contradictions(server.values, server.where)
    new = [reason for reason in contradictions(after.values, server.where) if reason not in old]
    if new:
        raise WishRefused(*new)
    return decision


def to_values(server: TransportServer, desired: Desired) -> tuple[flow.Decision, TransportServer]:
    """The same without the brake, and the server as it will be."""
    step, after = change(server, desired.values)
    allowed = attempts(after.values, desired.provider_per_hour)
    decision = flow.Decision(
        plan=plan_or_none(NOUN, [step] if step else []),
        before={server.name: show_values(server.values)} if step else {},
        after={after.name: show_values(after.values)} if step else {},
        notices=(*doubts(after.values), *_snowball(allowed)),
        facts={"server": server.name, "attempts": allowed.as_data()},
    )
    return decision, after


def _snowball(allowed: Attempts) -> tuple[str, ...]:
    if not allowed.snowball:
        return ()
    if allowed.provider_per_hour is None:
        return (tell("snowball_of_unknown_rate", per_message=allowed.per_message_per_hour),)
    return (
        tell(
            "snowball",
            per_message=allowed.per_message_per_hour,
            provider=allowed.provider_per_hour,
            backlog=allowed.backlog_that_stays_below,
        ),
    )
