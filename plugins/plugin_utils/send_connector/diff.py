# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is declared to a plan, with its safety checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..account_age import Mailbox, show_moment
from ..errors import HostRefused, InputRefused, MailflowError, Reason, refusal_of, refuse
from ..exchange.objects import Extra
from ..exchange.rules import new_reasons
from ..exchange.settings import Values
from ..mailboxes.logins import blanks_told
from ..mailboxes.names import mailbox_key
from ..messages import notice_of, reason_of
from ..run.plan import Plan, PlannedStep, plan_or_none
from . import routes
from .desired import Desired
from .gate import Passage, pass_gate, to_write
from .rules import BASIC, conflicts, warnings
from .settings import SEND_CONNECTOR
from .state import SendConnector, any_domain, changed, created, spaces_of
from .traffic import mail_routes, routes_into_use

NOUN = "send_connector"
OFF: Values = {"enabled": False}


@dataclass(frozen=True)
class PasswordDecision:
    """Whether the password is written by this plan, and why."""

    written: bool
    why: str

    def as_data(self) -> dict[str, object]:
        """The decision for a task's result."""
        return {"written": self.written, "why": self.why}


@dataclass(frozen=True)
class ConnectorDecision:
    """All that a run needs to know: the plan (None: nothing to do), the connectors before and after it, the
    secrets its steps refer to, what an administrator should hear, and which safety check refuses the plan."""

    plan: Plan | None
    before: tuple[SendConnector, ...]
    after: tuple[SendConnector, ...]
    password: PasswordDecision
    others: tuple[SendConnector, ...] = ()
    notices: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    refusal: MailflowError | None = None


def decide(
    connectors: Sequence[SendConnector],
    desired: Desired,
    now: datetime,
    agree: Callable[[Mailbox], None] = lambda mailbox: None,
    server: str | None = None,
) -> ConnectorDecision:
    """The plan that brings ``connectors`` to the declaration, ages judged at the moment ``now``; ``agree`` refuses one
    that cannot be, or cannot be judged, ``server`` is the one that the host itself is.

    Raises HostRefused (which connector is meant is not clear) or InputRefused (a login is too young, the settings
    contradict those that the connector keeps).
    """
    target = find_target(connectors, desired)
    if desired.state == "absent":
        return _decide_absent(connectors, desired, target, now, agree)
    password = _decide_password(desired, target)
    after = _after(desired, target, password)
    refuse(_new_conflicts(desired, target, after))
    rest = [each for each in connectors if each is not target]
    rivals = _in_order(connectors, rest, after, _rivals(desired, after, rest))
    states = _states(rest, after, rivals)
    login = pass_gate(_passage(connectors, states, desired, after, password), now, agree).get(after.name)
    secret = desired.credential.password if desired.credential else None
    also = to_write(login, secret, target.username if target else None, password.why)
    plan = plan_or_none(NOUN, [_step(desired, target, also), *map(disable, rivals)])
    connectors_after = states[-1]
    foreign, home = routes.foreign_home(desired, target, server, plan is not None)
    against = (*foreign, *routes.refusals(desired, connectors, after, connectors_after)) if plan else ()
    missing = _smarthost_missing(desired, connectors, connectors_after) if plan else ()
    return ConnectorDecision(
        plan=plan,
        before=tuple(connectors),
        after=connectors_after,
        password=password,
        others=tuple(each for each in any_domain(connectors) if each is not target),
        notices=(
            *_notices(desired, target, plan, after, connectors_after, now),
            *home,
            *routes.told(desired, after, connectors_after),
            *_blanks(desired, password),
        ),
        secrets=also.secrets,
        refusal=refusal_of((*against, *missing), HostRefused),
    )


def find_target(connectors: Sequence[SendConnector], desired: Desired) -> SendConnector | None:
    """The connector that the declaration means, or None where there is none yet; HostRefused where it is not clear."""
    named = [each for each in connectors if desired.name and each.name.lower() == desired.name.lower()]
    if len(named) > 1:
        guids = ", ".join(each.guid for each in named)
        raise HostRefused(reason_of("duplicate_name", desired.where, count=len(named), guids=guids))
    if named or not desired.adopt:
        return named[0] if named else None
    wanted = {_without_cost(space) for space in spaces_of(desired.values.get("address_spaces"))}
    fitting = [each for each in connectors if wanted & _spaces_without_cost(each)]
    found = [each for each in fitting if each.enabled]
    if not found and "enabled" in desired.values:
        found = fitting  # one that this declaration switches on, or has switched off
    if not found and fitting:
        raise HostRefused(reason_of("only_disabled_to_adopt", desired.where, names=_names(fitting)))
    if len(found) > 1:
        spaces = ", ".join(sorted(wanted))
        raise HostRefused(reason_of("adopt_not_clear", desired.where, spaces=spaces, names=_names(found)))
    if not found and not desired.name:
        raise HostRefused(reason_of("nothing_to_adopt", desired.where, spaces=", ".join(sorted(wanted))))
    return found[0] if found else None


def _names(connectors: Sequence[SendConnector]) -> str:
    return ", ".join(f"'{each.name}'" for each in connectors)


def _spaces_without_cost(connector: SendConnector) -> set[str]:
    return {_without_cost(space) for space in spaces_of(connector.values.get("address_spaces"))}


def _without_cost(space: str) -> str:
    return space.rpartition(";")[0]


def _decide_absent(
    connectors: Sequence[SendConnector],
    desired: Desired,
    target: SendConnector | None,
    now: datetime,
    agree: Callable[[Mailbox], None],
) -> ConnectorDecision:
    rest = tuple(each for each in connectors if each is not target)
    plan = plan_or_none(NOUN, [SEND_CONNECTOR.remove(target)] if target else [])
    refusal = refusal_of(_smarthost_missing(desired, connectors, rest), HostRefused) if plan else None
    if plan and refusal is None:
        pass_gate(Passage(connectors, (rest,), declared=_declared(desired)), now, agree)
    password = PasswordDecision(False, notice_of("password_of_removed"))
    notices = () if target else routes.look_alike_left(desired, rest)
    others = tuple(any_domain(rest))
    return ConnectorDecision(plan, tuple(connectors), rest, password, others, notices, refusal=refusal)


def _decide_password(desired: Desired, target: SendConnector | None) -> PasswordDecision:
    """Whether the password is written. Raises InputRefused where it is not there to be written."""
    if desired.credential is None:
        return PasswordDecision(False, notice_of("password_not_declared"))
    written, why = _desired_password(desired, target, desired.credential.username)
    if written and desired.credential.password is None:
        raise InputRefused(reason_of("password_missing", f"{desired.where}, login"))
    return PasswordDecision(written, why)


def _desired_password(desired: Desired, target: SendConnector | None, username: str) -> tuple[bool, str]:
    if target is None:
        return True, notice_of("password_for_new_connector")
    if desired.update_password == "always":
        return True, notice_of("password_always")
    same = target.logs_in_as(username)
    if desired.update_password == "on_create":
        return False, notice_of(
            "password_on_create" if same else "password_on_create_other_login", found=target.shown_login
        )
    if same and desired.rotated:
        return True, notice_of("password_rotated")
    if same:
        return False, notice_of("password_kept", username=username)
    return True, notice_of("password_for_new_login", found=target.shown_login, username=username)


def _after(desired: Desired, target: SendConnector | None, password: PasswordDecision) -> SendConnector:
    """The connector as the declaration makes it."""
    username = desired.credential.username if desired.credential and password.written else None
    if target is not None:
        return changed(target, desired.values, username)
    if not desired.values.get("address_spaces"):
        raise InputRefused(reason_of("create_without_address_space", desired.where))
    return created(str(desired.name), desired.values, username)


def _step(desired: Desired, target: SendConnector | None, also: Extra) -> PlannedStep | None:
    if target is not None:
        return SEND_CONNECTOR.change(target, desired.values, also)
    return SEND_CONNECTOR.create(str(desired.name), desired.values, also)


def disable(connector: SendConnector) -> PlannedStep | None:
    """The step that switches a connector off without removing it."""
    return SEND_CONNECTOR.change(connector, OFF, verb="disable")


def _passage(
    connectors: Sequence[SendConnector],
    states: tuple[tuple[SendConnector, ...], ...],
    desired: Desired,
    after: SendConnector,
    password: PasswordDecision,
) -> Passage:
    written = {after.name: desired.credential.mailbox} if desired.credential and password.written else {}
    return Passage(connectors, states, written, _declared(desired), way_back=desired.in_use_before)


def _declared(desired: Desired) -> tuple[Mailbox, ...]:
    return (*((desired.credential.mailbox,) if desired.credential else ()), *desired.known_mailboxes)


def _new_conflicts(desired: Desired, target: SendConnector | None, after: SendConnector) -> list[Reason]:
    """What the declaration breaks together with the settings that the connector keeps."""
    broken = conflicts(after.values, after.username is not None, desired.where)
    old = conflicts(target.values, target.username is not None, desired.where) if target else []
    return new_reasons(broken, old)


def _rivals(desired: Desired, after: SendConnector, rest: Sequence[SendConnector]) -> list[SendConnector]:
    """The other connectors for every domain that are to be switched off, now that this one is there for their mail."""
    if not desired.exclusive:
        return []
    if not (after.enabled and after.cost_of_any_domain is not None):
        raise InputRefused(reason_of("exclusive_without_any_domain", desired.where))
    return any_domain(rest)


def _in_order(
    connectors: Sequence[SendConnector],
    rest: Sequence[SendConnector],
    after: SendConnector,
    rivals: Sequence[SendConnector],
) -> Sequence[SendConnector]:
    """The rivals as they come, unless one would take over from another on the way: then the dearest first."""
    between = _states(rest, after, rivals)[1:-1]
    if not any(routes_into_use(state, connectors) for state in between):
        return rivals
    return sorted(rivals, key=lambda each: -(each.cost_of_any_domain or 0))


def _states(
    rest: Sequence[SendConnector], after: SendConnector, rivals: Sequence[SendConnector]
) -> tuple[tuple[SendConnector, ...], ...]:
    """The connectors after each step: this one as it will be, then one rival after the other switched off."""
    states = [(*rest, after)]
    for rival in rivals:
        states.append((*(each for each in states[-1] if each is not rival), changed(rival, OFF)))
    return tuple(states)


def _smarthost_missing(
    desired: Desired, before: Sequence[SendConnector], after: Sequence[SendConnector]
) -> list[Reason]:
    """A plan that leaves the ways for every domain as they are, good or bad, is not held up."""
    safety_check = no_smarthost(after, desired.where)
    same = _by_name(any_domain(before)) == _by_name(any_domain(after))
    said = desired.may_send_directly if any_domain(after) else desired.confirm_no_smarthost
    return [safety_check] if safety_check and not said and not same else []


def _by_name(connectors: Sequence[SendConnector]) -> list[SendConnector]:
    return sorted(connectors, key=lambda each: (each.name, each.guid))


def no_smarthost(
    after: Sequence[SendConnector], where: str, keys: tuple[str, str] = ("no_connector_left", "only_dns_left")
) -> Reason | None:
    """Why these connectors would leave the mail standing, or let it leave from a dynamic address, by these keys of
    messages; else None."""
    left, (none, dns) = any_domain(after), keys
    if not left:
        return reason_of(none, where)
    return None if any(each.hands_to_smart_host for each in left) else reason_of(dns, where, names=_names(left))


def _notices(
    desired: Desired,
    target: SendConnector | None,
    plan: Plan | None,
    after: SendConnector,
    connectors: Sequence[SendConnector],
    now: datetime,
) -> tuple[str, ...]:
    notices = [notice_of(key) for key in warnings(desired.values)]
    if plan and target is not None and desired.name and target.name.lower() != desired.name.lower():
        notices.append(notice_of("adopted", name=target.name, desired=desired.name))
    if target is not None and _gives_up_login(target, after):
        notices.append(notice_of("login_given_up", found=target.shown_login, name=target.name))
    elif target is not None and target.hides_login:
        notices.append(notice_of("login_not_told", name=target.name))
    mailbox = desired.credential.mailbox if desired.credential else None
    if mailbox and not mailbox.usable_at(now) and _carries(connectors, after, mailbox.login_name):
        relief = show_moment(mailbox.usable_from, mailbox.zone)
        notices.append(notice_of("young_login_kept", username=mailbox.login_name, relief=relief))
    return tuple(notices)


def _blanks(desired: Desired, password: PasswordDecision) -> tuple[str, ...]:
    credential = desired.credential if password.written else None
    return blanks_told(credential.username, credential.password) if credential else ()


def _gives_up_login(target: SendConnector, after: SendConnector) -> bool:
    """Whether the connector has a login, and logs in no more."""
    before, now = (each.values.get("smart_host_auth_mechanism") for each in (target, after))
    return bool(target.username or target.hides_login) and before != now and now not in BASIC


def _carries(connectors: Sequence[SendConnector], connector: SendConnector, username: str) -> bool:
    """Whether this login carries the connector's mail."""
    return any(
        each.carrier.connector is connector and each.carrier.login == mailbox_key(username)
        for each in mail_routes(connectors)
    )
