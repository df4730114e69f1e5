# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is wished to a plan, with its brakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..account_age import Login, open_gate, show_moment
from ..errors import HostRefused, Reason, WishRefused
from ..messages import say, tell
from ..plan import Plan, PlannedStep, plan_or_none
from .desired import Desired
from .rules import contradictions, doubts
from .state import SendConnector, any_domain, spaces_of
from .steps import LOGIN_SECRET, change, create, disable, remove

NOUN = "send_connector"


@dataclass(frozen=True)
class PasswordDecision:
    """Whether the password is written by this plan, and why."""

    written: bool
    why: str

    def as_data(self) -> dict[str, object]:
        """The decision for a task's result."""
        return {"written": self.written, "why": self.why}


@dataclass(frozen=True)
class Decision:
    """All that a run needs to know: the plan (None: nothing to do), the connectors before and after it, the
    secrets its steps refer to, and what an administrator should hear."""

    plan: Plan | None
    before: tuple[SendConnector, ...]
    after: tuple[SendConnector, ...]
    password: PasswordDecision
    others: tuple[SendConnector, ...] = ()
    notices: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def decide(connectors: Sequence[SendConnector], desired: Desired, now: datetime) -> Decision:
    """The plan that brings ``connectors`` to the wish at the moment ``now``.

    Raises HostRefused (which connector is meant is not clear, a brake holds) or WishRefused (the login is too
    young, the settings contradict those that the connector keeps).
    """
    target = find_target(connectors, desired)
    if desired.state == "absent":
        return _decide_absent(connectors, desired, target)
    password, login = _decide_password(desired, target, now)
    step, after = _present(desired, target, login, password.why)
    _refuse_new_contradictions(desired, target, after)
    steps = [step] if step else []
    rest = [each for each in connectors if each is not target]
    if desired.exclusive:
        rest, disabling = _disable_others(desired, after, rest)
        steps += disabling
    connectors_after = (*rest, after)
    plan = plan_or_none(NOUN, steps)
    if plan:
        _brake_same_cost(desired, after, rest)
        _brake_no_smarthost(desired, connectors, connectors_after)
    return Decision(
        plan=plan,
        before=tuple(connectors),
        after=connectors_after,
        password=password,
        others=tuple(each for each in any_domain(connectors) if each is not target),
        notices=_notices(desired, target, plan, rest, now),
        secrets={LOGIN_SECRET: desired.credential.password} if login and desired.credential else {},
    )


def find_target(connectors: Sequence[SendConnector], desired: Desired) -> SendConnector | None:
    """The connector that the wish means, or None where there is none yet; HostRefused where it is not clear."""
    named = [each for each in connectors if desired.name and each.name.lower() == desired.name.lower()]
    if len(named) > 1:
        guids = ", ".join(each.guid for each in named)
        raise HostRefused(say("duplicate_name", desired.where, count=len(named), guids=guids))
    if named or not desired.adopt:
        return named[0] if named else None
    wanted = {_without_cost(space) for space in spaces_of(desired.values.get("address_spaces"))}
    fitting = [each for each in connectors if wanted & _spaces_without_cost(each)]
    found = [each for each in fitting if each.enabled]
    if not found and "enabled" in desired.values:
        found = fitting  # one that this wish switches on, or has switched off
    if not found and fitting:
        raise HostRefused(say("only_disabled_to_adopt", desired.where, names=_names(fitting)))
    if len(found) > 1:
        spaces = ", ".join(sorted(wanted))
        raise HostRefused(say("adopt_not_clear", desired.where, spaces=spaces, names=_names(found)))
    if not found and not desired.name:
        raise HostRefused(say("nothing_to_adopt", desired.where, spaces=", ".join(sorted(wanted))))
    return found[0] if found else None


def _names(connectors: Sequence[SendConnector]) -> str:
    return ", ".join(f"'{each.name}'" for each in connectors)


def _spaces_without_cost(connector: SendConnector) -> set[str]:
    return {_without_cost(space) for space in spaces_of(connector.values.get("address_spaces"))}


def _without_cost(space: str) -> str:
    return space.rpartition(";")[0]


def _decide_absent(connectors: Sequence[SendConnector], desired: Desired, target: SendConnector | None) -> Decision:
    rest = tuple(each for each in connectors if each is not target)
    plan = plan_or_none(NOUN, [remove(target)] if target else [])
    if plan:
        _brake_no_smarthost(desired, connectors, rest)
    password = PasswordDecision(False, tell("password_of_removed"))
    return Decision(plan, tuple(connectors), rest, password, others=tuple(any_domain(rest)))


def _decide_password(
    desired: Desired, target: SendConnector | None, now: datetime
) -> tuple[PasswordDecision, Login | None]:
    """Whether the password is written; whatever is written has passed the age gate."""
    if desired.credential is None:
        return PasswordDecision(False, tell("password_not_declared")), None
    written, why = _password_wish(desired, target, desired.credential.username)
    if not written:
        return PasswordDecision(False, why), None
    in_use = [name for name in (target.username if target else None, desired.in_use_before) if name]
    return PasswordDecision(True, why), open_gate(desired.credential.mailbox, now, f"{desired.where}, login", in_use)


def _password_wish(desired: Desired, target: SendConnector | None, username: str) -> tuple[bool, str]:
    if target is None:
        return True, tell("password_for_new_connector")
    if desired.update_password == "always":
        return True, tell("password_always")
    same = target.logs_in_as(username)
    if desired.update_password == "on_create":
        return False, tell("password_on_create" if same else "password_on_create_other_login", found=target.username)
    if same:
        return False, tell("password_kept", username=username)
    return True, tell("password_for_new_login", found=target.username or tell("no_login"), username=username)


def _present(
    desired: Desired, target: SendConnector | None, login: Login | None, why: str
) -> tuple[PlannedStep | None, SendConnector]:
    if target is not None:
        return change(target, desired.values, login, why)
    if not desired.values.get("address_spaces"):
        raise WishRefused(say("create_without_address_space", desired.where))
    return create(str(desired.name), desired.values, login, why)


def _refuse_new_contradictions(desired: Desired, target: SendConnector | None, after: SendConnector) -> None:
    """Refuse what the wish breaks together with the settings that the connector keeps; old sins are let be."""
    broken = contradictions(after.values, after.username is not None, desired.where)
    old = contradictions(target.values, target.username is not None, desired.where) if target else []
    new = [reason for reason in broken if reason not in old]
    if new:
        raise WishRefused(*new)


def _disable_others(
    desired: Desired, after: SendConnector, rest: Sequence[SendConnector]
) -> tuple[list[SendConnector], list[PlannedStep]]:
    """Switch the other connectors for every domain off, once this one is there to take their mail."""
    if not (after.enabled and after.cost_of_any_domain is not None):
        raise WishRefused(say("exclusive_without_any_domain", desired.where))
    rivals = any_domain(rest)
    pairs = [disable(each) for each in rivals]
    kept = [each for each in rest if each not in rivals]
    return [*kept, *(connector for step, connector in pairs)], [step for step, connector in pairs]


def _brake_same_cost(desired: Desired, after: SendConnector, rest: Sequence[SendConnector]) -> None:
    cost = after.cost_of_any_domain
    rivals = [each for each in any_domain(rest) if each.cost_of_any_domain == cost]
    if after.enabled and cost is not None and rivals:
        raise HostRefused(say("same_cost", desired.where, names=_names(rivals), cost=cost))


def _brake_no_smarthost(desired: Desired, before: Sequence[SendConnector], after: Sequence[SendConnector]) -> None:
    """A plan that leaves the ways for every domain as they are, good or bad, is not held up."""
    brake = no_smarthost(after, desired.where)
    if brake and not desired.confirm_no_smarthost and _by_name(any_domain(before)) != _by_name(any_domain(after)):
        raise HostRefused(brake)


def _by_name(connectors: Sequence[SendConnector]) -> list[SendConnector]:
    return sorted(connectors, key=lambda each: (each.name, each.guid))


def no_smarthost(after: Sequence[SendConnector], where: str) -> Reason | None:
    """Why these connectors would leave the mail standing, or let it leave from a dynamic address; else None."""
    left = any_domain(after)
    if not left:
        return say("no_connector_left", where)
    if not any(each.hands_to_smart_host for each in left):
        return say("only_dns_left", where, names=_names(left))
    return None


def _notices(
    desired: Desired,
    target: SendConnector | None,
    plan: Plan | None,
    rest: Sequence[SendConnector],
    now: datetime,
) -> tuple[str, ...]:
    notices = [tell(key) for key in doubts(desired.values)]
    notices += [tell("other_any_domain", name=each.name, cost=each.cost_of_any_domain) for each in any_domain(rest)]
    if plan and target is not None and desired.name and target.name.lower() != desired.name.lower():
        notices.append(tell("adopted", name=target.name, wished=desired.name))
    mailbox = desired.credential.mailbox if desired.credential else None
    if mailbox and target and target.logs_in_as(mailbox.login_name) and not mailbox.usable_at(now):
        relief = show_moment(mailbox.usable_from, mailbox.zone)
        notices.append(tell("young_login_kept", username=mailbox.login_name, relief=relief))
    return tuple(notices)
