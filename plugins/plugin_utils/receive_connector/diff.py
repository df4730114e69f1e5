# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what is there and what is declared to a plan, with its safety checks.

Closing relays comes first, and nothing that is wrong with the rest of a declaration keeps it back: the plan is then
that alone, and the rest is told as what failed (``pending``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from ..errors import HostRefused, InputRefused, MailflowError, Reason, refusal_of
from ..exchange.rules import new_reasons
from ..exchange.server import ExchangeServer
from ..exchange.settings import Values
from ..messages import notice_of, reason_of
from ..run.outcome import Decision
from ..run.plan import Plan, PlannedStep, plan_or_none
from . import recipients, relay
from .certificates import SmtpCertificate
from .clients import DAYS, Client, Clients, Loss, Serving, given_up, kept_for_itself, losses, own_ends, who_loses
from .desired import Desired
from .ranges import AddressRange, parse_range, public, range_of
from .recipients import Validation
from .relay import OpenRelay, RelayRights, newly_open, open_relays
from .rules import among, conflicts
from .settings import NEW, RECEIVE_CONNECTOR, SETTINGS
from .state import (
    SMTP,
    ReceiveConnector,
    changed,
    created,
    internet_connectors,
    is_for_internet,
    named,
    taker,
)

NOUN = "receive_connector"
LISTED = 20
"""How many clients a sentence names."""


@dataclass(frozen=True)
class State:
    """The host's own server, its receive connectors, who may relay by them, and its addresses (None: not told);
    ``certificates`` None: not told or not asked, ``clients`` None: not asked."""

    server: ExchangeServer
    connectors: tuple[ReceiveConnector, ...]
    rights: RelayRights = field(default_factory=RelayRights)
    own: tuple[str, ...] | None = ()
    certificates: tuple[SmtpCertificate, ...] | None = ()
    validation: Validation = field(default_factory=Validation)
    clients: Clients | None = None

    @property
    def own_ranges(self) -> tuple[AddressRange, ...]:
        """The server's addresses, as ranges."""
        return own_ranges(self.own)


def own_ranges(own: Iterable[str] | None) -> tuple[AddressRange, ...]:
    """A server's own addresses (None: not told) as ranges."""
    return tuple(map(range_of, own or ()))


@dataclass(frozen=True)
class ReceiveDraft:
    """What a declaration makes of the connectors: the one that is meant (None: none yet, or none at all), the one step,
    and all connectors afterwards. ``after``: the one that is meant as it will be, None where it goes."""

    connectors: tuple[ReceiveConnector, ...]
    target: ReceiveConnector | None = None
    after: ReceiveConnector | None = None
    step: PlannedStep | None = None
    added: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReceiveDecision:
    """The decision, what fails at the end of a run that may begin all the same, and whether somebody may lose something
    by the plan, so that the clients have to be known; and all connectors once it is carried out."""

    decision: Decision
    pending: MailflowError | None = None
    asks_clients: bool = False
    connectors: tuple[ReceiveConnector, ...] = ()


def decide(state: State, desired: Desired, now: datetime | None = None) -> ReceiveDecision:
    """The plan that brings the connectors to the declaration, at the moment ``now`` (aware), and every reason against
    it."""
    draft, refusal = _drafted(state, desired)
    closing = _to_close(state, desired, draft)
    lost = _lost(state, draft, state.rights.closed(closing)) if draft.step else []
    filtering = recipients.change(state.validation, desired.recipient_validation)
    if refusal is None and draft.step is not None:
        refusal = refusal_of(_against(state, desired, draft, lost, now or datetime.now(UTC)))
    steps = [each.step() for each in closing]
    held = bool(steps) and refusal is not None
    plan = plan_or_none(NOUN, steps if held else [*steps, draft.step, filtering])
    after = state.connectors if held else draft.connectors
    decision = Decision(
        plan=plan,
        before=_shown(state.connectors, after, closing, state.rights),
        after=_shown(after, state.connectors, closing, state.rights.closed(closing)),
        notices=tuple(_notices(state, desired, draft, closing, plan, now or datetime.now(UTC))),
        facts=facts(state, desired, draft, lost),
        refusal=None if held else refusal,
    )
    return ReceiveDecision(decision, refusal if held else None, bool(lost or closing), tuple(after))


def _lost(state: State, draft: ReceiveDraft, rights: RelayRights) -> list[Loss]:
    """Who loses what by the rest of a declaration, once its relays are closed: that right is nobody's to keep."""

    def relays(connector: ReceiveConnector) -> bool:
        return relay.relays(connector, rights)

    return losses(Serving(state.connectors, relays, state.own), Serving(draft.connectors, relays, state.own))


def left_to_do(state: State, desired: Desired, closes_only: bool = False) -> Plan | None:
    """What of the declaration a state does not show, without safety checks; or of its relays alone."""
    draft = ReceiveDraft(state.connectors) if closes_only else _draft(state, desired)
    steps = [each.step() for each in _to_close(state, desired, draft)]
    filtering = recipients.change(state.validation, desired.recipient_validation)
    return plan_or_none(NOUN, steps if closes_only else [*steps, draft.step, filtering])


def still_open(state: State, desired: Desired, planned: bool) -> MailflowError | None:
    """Why a run that was told to close relays has not closed all; ``planned``: what it can close counts as closed."""
    if not desired.close_relay:
        return None
    relays = _open(state, state.connectors, desired)
    if planned:
        rights = state.rights.closed(relays)
        relays = open_relays(state.connectors, rights, state.own_ranges, desired.known_relays)
    reasons = [_not_closed(each) for each in relays]
    for each in relay.untold(state.connectors, state.rights, state.own_ranges):
        reasons.append(reason_of("receive_relay_untold", each.where))
    return refusal_of(reasons, HostRefused)


def _not_closed(each: OpenRelay) -> Reason:
    where = each.connector.where
    if each.entry is None:
        return reason_of("receive_relay_external", where)
    if each.entry.inherited:
        return reason_of("receive_relay_inherited", where, user=each.entry.user)
    return reason_of("receive_relay_open", where, user=each.entry.user)


# ---- which connector, and what becomes of it


def _drafted(state: State, desired: Desired) -> tuple[ReceiveDraft, MailflowError | None]:
    """The draft; where none comes about, the connectors as they are and why."""
    try:
        return _draft(state, desired), None
    except (HostRefused, InputRefused) as error:
        return ReceiveDraft(state.connectors), error


def _draft(state: State, desired: Desired) -> ReceiveDraft:
    """Raises HostRefused (which connector is meant is not clear) or InputRefused (one cannot be made of it)."""
    target = find_target(state.connectors, desired)
    rest = tuple(each for each in state.connectors if each is not target)
    if not desired.manages:
        return ReceiveDraft(state.connectors)
    if desired.absent:
        return ReceiveDraft(rest, target, None, RECEIVE_CONNECTOR.remove(target) if target else None)
    want = desired.values if target else {**NEW, **_creatable(desired)}
    after = changed(target, want) if target else created(str(desired.name), want)
    added = kept_for_itself(state.connectors, target, after, state.own or ()) if "remote_ip_ranges" in want else []
    if added:
        want = {**want, "remote_ip_ranges": _with(want["remote_ip_ranges"], added)}
        after = changed(target, want) if target else created(str(desired.name), want)
    step = RECEIVE_CONNECTOR.change(target, want) if target else RECEIVE_CONNECTOR.create(str(desired.name), want)
    return ReceiveDraft((*rest, after), target, after, step, tuple(added))


def _with(ranges: Any, added: Sequence[str]) -> frozenset[str]:
    return frozenset(ranges) | {str(range_of(each)) for each in added}


def _creatable(desired: Desired) -> Values:
    """What a new connector is made of. Raises InputRefused where it is not enough."""
    missing = [option for option in ("bindings", "remote_ip_ranges") if not desired.values.get(option)]
    if missing:
        raise InputRefused(reason_of("receive_create_without", desired.where, options=" and ".join(missing)))
    return desired.values


def find_target(connectors: Sequence[ReceiveConnector], desired: Desired) -> ReceiveConnector | None:
    """The connector that the declaration means, or None where there is none yet; HostRefused where it is not clear."""
    by_name = named(connectors, desired.name) if desired.name else []
    if by_name or not desired.adopt:
        return by_name[0] if by_name else None
    found = internet_connectors(connectors)
    if not found and "enabled" in desired.values:
        found = [each for each in connectors if is_for_internet(each)]  # this declaration switches it on, or off
    if len(found) > 1:
        raise HostRefused(reason_of("receive_adopt_not_clear", desired.where, names=_names(found)))
    if not found and not desired.name:
        raise HostRefused(reason_of("receive_nothing_to_adopt", desired.where, names=_names(connectors)))
    return found[0] if found else None


def _names(connectors: Sequence[ReceiveConnector]) -> str:
    return ", ".join(f"'{each.name}'" for each in connectors) or "none"


# ---- relays


def _open(state: State, connectors: Sequence[ReceiveConnector], desired: Desired) -> tuple[OpenRelay, ...]:
    return open_relays(connectors, state.rights, state.own_ranges, desired.known_relays)


def _to_close(state: State, desired: Desired, draft: ReceiveDraft) -> list[OpenRelay]:
    """The relays that this run closes: those that are open, and those that the rest of it would open."""
    if not desired.close_relay:
        return []
    found = (*_open(state, state.connectors, desired), *_open(state, draft.connectors, desired))
    by_name = {each.connector.dn.lower(): each for each in reversed(found) if each.closable}
    return [by_name[name] for name in sorted(by_name)]


def _opened(state: State, desired: Desired, draft: ReceiveDraft, closing: Sequence[OpenRelay]) -> list[OpenRelay]:
    """What would be an open relay afterwards and is none now, or one for less."""
    rights = state.rights.closed(closing)
    then = open_relays(draft.connectors, rights, state.own_ranges, desired.known_relays)
    return newly_open(_open(state, state.connectors, desired), then, state.own_ranges)


# ---- what speaks against it


def _against(
    state: State, desired: Desired, draft: ReceiveDraft, lost: Sequence[Loss], now: datetime
) -> Iterator[Reason]:
    yield from _settings_against(state, desired, draft, now)
    for each in _opened(state, desired, draft, _to_close(state, desired, draft)):
        yield reason_of("receive_opens_relay", each.connector.where, ranges=_public_of(each.connector))
    if lost:
        yield from _own_against(state, desired.where, lost)
        yield from clients_against(state, desired.where, lost, desired.clients_given_up)


def _settings_against(state: State, desired: Desired, draft: ReceiveDraft, now: datetime) -> Iterator[Reason]:
    target, after, where = draft.target, draft.after, desired.where
    if after is None:
        return
    old = conflicts(target.values, where) if target else []
    yield from new_reasons(conflicts(after.values, where), old)
    yield from new_reasons(among(draft.connectors, where), among(state.connectors, where))
    yield from _addresses_against(state, target, after, where)
    yield from _fqdn_against(state, target, after, where, now)
    if desired.adopt and not named([after], desired.name or "") and not is_for_internet(after):
        yield reason_of("receive_adopted_no_more", where, name=after.name, port=SMTP)


def _addresses_against(
    state: State, target: ReceiveConnector | None, after: ReceiveConnector, where: str
) -> Iterator[Reason]:
    """Bindings to addresses that the server lacks, with which Exchange's transport may not start."""
    new = set(after.bindings) - set(target.bindings if target else ())
    for each in sorted(each for each in new if not each.everywhere and not each.loops):
        if state.own is None:
            yield reason_of("receive_addresses_untold", where, binding=str(each))
        elif each.address not in state.own:
            yield reason_of("receive_address_lacking", where, binding=str(each), own=", ".join(state.own) or "none")


def _fqdn_against(
    state: State, target: ReceiveConnector | None, after: ReceiveConnector, where: str, now: datetime
) -> Iterator[Reason]:
    fqdn = after.values.get("fqdn")
    if target is not None and target.values.get("fqdn") == fqdn:
        return
    if target is not None and is_default(target, state.server):
        yield reason_of("receive_default_fqdn", where, name=target.name)
    elif isinstance(fqdn, str) and state.certificates is not None and not _has_certificate(state, fqdn, now):
        yield reason_of("receive_fqdn_without_certificate", where, fqdn=fqdn, names=_certified(state, now))


def is_default(connector: ReceiveConnector, server: ExchangeServer) -> bool:
    """Whether it is the connector of setup's, by which the servers of an organisation find each other."""
    return connector.name.lower() == f"default {server.name}".lower()


def _has_certificate(state: State, fqdn: str, now: datetime) -> bool:
    return any(each.fits(fqdn, now) for each in state.certificates or ())


def _certified(state: State, now: datetime) -> str:
    valid = [each for each in state.certificates or () if each.until is None or now < each.until]
    return ", ".join(sorted({name for each in valid for name in each.names})) or "none"


def _own_against(state: State, where: str, lost: Sequence[Loss]) -> Iterator[Reason]:
    """The server's own addresses are given up by nobody: the POP3 connector and programs here hand over from them."""
    if state.own is None:
        yield reason_of("receive_own_untold", where)
    if losing := own_losing(state, lost):
        names = sorted({loss.connector.name for loss in lost for each in losing if loss.clients.has(each)})
        quoted = ", ".join(f"'{each}'" for each in names)
        yield reason_of("receive_own_lost", where, addresses=", ".join(losing), names=quoted)


def own_losing(state: State, lost: Sequence[Loss]) -> list[str]:
    """The server's own addresses that would lose a connector."""
    ends = own_ends(state.own or (), (each for one in state.connectors for each in one.bindings))
    clients = {client for _end, client in ends}
    return sorted(each for each in clients if any(loss.clients.has(each) for loss in lost))


def clients_against(
    state: State, where: str, lost: Sequence[Loss], declared: Collection[str] | None
) -> Iterator[Reason]:
    """Clients that would lose something and are not ``declared`` to be given up; or that nobody can tell who they
    are."""
    if state.clients is None:
        return  # they are read before the plan is made in earnest
    names = ", ".join(sorted({f"'{each.connector.name}'" for each in lost}))
    ranges = listed([f"{each.clients}" for each in lost])
    if declared is None and not all(state.clients.tell_of(each.connector) for each in lost):
        key = "receive_clients_cut" if state.clients.cut and state.clients.seen else "receive_clients_untold"
        yield reason_of(key, where, names=names, ranges=ranges, days=DAYS)
    missing = not_given_up(losing_clients(state, lost), declared)
    if missing:
        yield reason_of(
            "receive_clients_lose",
            where,
            names=names,
            days=DAYS,
            count=len(missing),
            clients=listed([str(each) for each in missing]),
        )


def not_given_up(clients: Iterable[Client], declared: Collection[str] | None) -> list[Client]:
    """Those that are not declared to be given up."""
    ranges = [parse_range(each) for each in sorted(declared or ())]
    return [each for each in clients if not given_up(each, ranges)]


def losing_clients(state: State, lost: Sequence[Loss]) -> list[Client]:
    """The clients that used a connector and would lose it."""
    present = {each.name.lower() for each in state.connectors}
    return who_loses(lost, state.clients, present, state.own or ()) if state.clients else []


def listed(texts: Sequence[str]) -> str:
    """Texts in a sentence; of many the first ones."""
    beginning, more = ", ".join(texts[:LISTED]), len(texts) - LISTED
    return notice_of("and_more", beginning=beginning, number=more) if more > 0 else beginning


def _public_of(connector: ReceiveConnector) -> str:
    """Those of its ranges that reach beyond private addresses."""
    return listed([str(each) for each in connector.ranges if public([each])])


# ---- what is told


def _notices(
    state: State,
    desired: Desired,
    draft: ReceiveDraft,
    closing: Sequence[OpenRelay],
    plan: Plan | None,
    now: datetime,
) -> Iterator[str]:
    yield from relays_told(state, desired, closing)
    yield from _closing_told(state, closing)
    target, after = draft.target, draft.after
    planned = plan is not None and draft.step in plan.steps
    if planned and target is not None and desired.name and not named([target], desired.name):
        yield notice_of("receive_adopted", name=target.name, desired=desired.name)
    if planned and draft.added and after is not None:
        yield notice_of("receive_own_added", name=after.name, addresses=", ".join(draft.added))
    if "fqdn" in desired.values:
        yield from _fqdn_told(state, target, after, now)
    yield from recipients.warnings(state.validation, desired.recipient_validation)


def relays_told(state: State, desired: Desired, closing: Sequence[OpenRelay] = ()) -> Iterator[str]:
    """A sentence for each open relay, in every run, and for each connector of which that is not known."""
    for each in _open(state, state.connectors, desired):
        name, ranges = each.connector.name, _public_of(each.connector)
        if each in closing:
            yield notice_of("receive_relay_closing", name=name, ranges=ranges)
        elif each.entry is None:
            yield notice_of("receive_external_relay_told", name=name, ranges=ranges)
        elif each.entry.inherited:
            yield notice_of("receive_inherited_relay_told", name=name, ranges=ranges, user=each.entry.user)
        else:
            yield notice_of("receive_relay_told", name=name, ranges=ranges, user=each.entry.user)
    for unknown in relay.untold(state.connectors, state.rights, state.own_ranges):
        yield notice_of("receive_relay_unknown", name=unknown.name)


def _closing_told(state: State, closing: Sequence[OpenRelay]) -> Iterator[str]:
    """Which clients of the LAN used a relay that is closed: they can send to recipients here only, from now on."""
    for each in closing if state.clients else ():
        seen = [one for one in state.clients.seen if one.connector.lower() == each.connector.name.lower()]  # type: ignore[union-attr]
        inside = [one for one in seen if _is_inside(one) and one.address not in (state.own or ())]
        if inside:
            addresses = listed(sorted({one.address for one in inside}))
            yield notice_of("receive_closing_clients", name=each.connector.name, days=DAYS, addresses=addresses)


def _is_inside(client: Client) -> bool:
    try:
        return not public([range_of(client.address)])
    except ValueError:
        return False


def _fqdn_told(
    state: State, target: ReceiveConnector | None, after: ReceiveConnector | None, now: datetime
) -> Iterator[str]:
    """A declared name that is there already, and that no certificate has."""
    fqdn = after.values.get("fqdn") if after else None
    if not isinstance(fqdn, str) or (target is not None and is_default(target, state.server)):
        return
    if state.certificates is None:
        yield notice_of("receive_certificates_untold", fqdn=fqdn)
    elif target is not None and target.values.get("fqdn") == fqdn and not _has_certificate(state, fqdn, now):
        yield notice_of("receive_certificate_missing", fqdn=fqdn, names=_certified(state, now))


def facts(
    state: State, desired: Desired, draft: ReceiveDraft | None = None, lost: Sequence[Loss] = ()
) -> dict[str, Any]:
    """What a result tells besides its plan."""
    draft = draft or _drafted(state, desired)[0]
    relaying = _open(state, state.connectors, desired)
    target = draft.target.name if draft.target else None
    validated = desired.recipient_validation is not None
    return {
        "connector": target or (desired.name if draft.after else None),
        "internet_connectors": [each.name for each in internet_connectors(state.connectors)],
        "open_relays": list(dict.fromkeys(each.connector.name for each in relaying)),
        "relays": relay.shown(state.connectors, state.rights, relaying),
        "own_addresses": _own_shown(state),
        "clients_losing": clients_shown(losing_clients(state, lost)),
        "recipient_validation": recipients.shown(state.validation) if validated else None,
    }


def _own_shown(state: State) -> list[dict[str, Any]]:
    """Which connector takes mail from the server itself, by address."""
    bindings = {each for one in state.connectors if one.enabled for each in one.bindings if each.port == SMTP}
    found: dict[str, ReceiveConnector | None] = {}
    for end, client in own_ends(state.own or (), bindings):
        if end.address == client:
            found[client] = taker(state.connectors, end, range_of(client))
    return [{"address": each, "connector": one.name if one else None} for each, one in found.items()]


def clients_shown(found: Iterable[Client]) -> list[dict[str, Any]]:
    """Clients for a task's result."""
    names = ("address", "connector", "count", "last", "source")
    return [{name: getattr(each, name) for name in names} for each in found]


def _shown(
    connectors: Sequence[ReceiveConnector],
    others: Sequence[ReceiveConnector],
    closing: Sequence[OpenRelay],
    rights: RelayRights,
) -> dict[str, dict[str, Any]]:
    """The connectors that differ from the others, or whose right is taken away."""
    closed = {each.connector.dn.lower() for each in closing}
    shown: dict[str, dict[str, Any]] = {}
    for each in sorted(connectors, key=lambda one: one.name.lower()):
        entry = rights.anonymous(each) if each.dn.lower() in closed else None
        if each not in others or each.dn.lower() in closed:
            shown[each.name] = {**SETTINGS.show(each.values), **({relay.OPTION: entry.user} if entry else {})}
    return shown


def with_facts(decision: Decision, told: dict[str, Any]) -> Decision:
    """The decision with what was read back."""
    return replace(decision, facts={**decision.facts, **told})
