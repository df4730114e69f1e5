# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether Exchange's own settings let mail take the way that is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..address_rewrite import domains, policies
from ..agent import host_facts
from ..agent.tls_facts import Version, version_of
from ..exchange.server import READ_SERVERS
from ..lenient import text
from ..messages import notice_of
from ..pop3_connector import targets
from ..queue.server_queues import QUEUES, parse_queues
from ..request import Step
from ..send_connector.routes import reach
from ..send_connector.state import READ_STEP, SendConnector, any_domain, parse_connectors
from .check import CONNECTORS, LOGIN, POP3, Check
from .declared import Declared, Route, route_of
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .host_rows import EXCHANGE_SERVICES, SERVICES
from .situation import Situation
from .told import host, is_edge, reads, reply_of, untold

AGENTS = Step("preflight_agents", "Get-TransportAgent", select=("Identity", "Enabled", "TransportAgentFactory"))
EXCHANGES_AGENTS = frozenset(
    f"{name} agent"
    for name in (
        "transport rule",
        "text messaging routing",
        "text messaging delivery",
        "edge rule",
        "journaling",
        "connection filtering",
        "content filter",
        "sender id",
        "sender filter",
        "recipient filter",
        "protocol analysis",
        "attachment filtering",
        "address rewriting inbound",
        "address rewriting outbound",
    )
)
"""By name, where the host does not tell whose they are."""
MUCH = 100
"""Messages in Submission from which on they are stuck there."""


# ---- servers and agents


def _roles(situation: Situation) -> Finding:
    """Of the host itself; where its name is not told, of the only server."""
    servers = situation.rows(READ_SERVERS.id)
    name = text(host(situation).get("ComputerName"))
    own = [row for row in servers if name and str(row.get("Name")).lower() == name.lower()]
    own = own or (list(servers) if len(servers) == 1 else [])
    version = _display_version(own[0].get("AdminDisplayVersion")) if own else None
    if version is None:
        return untold()
    roles = _roles_of(own[0].get("ServerRole"))
    found = notice_of("check_roles", version=own[0].get("AdminDisplayVersion"), roles=", ".join(sorted(roles)) or "-")
    if version < (14, 1):
        return Finding(FAIL, found, notice_of("remedy_roles_old"))
    if not roles & {"Edge", "EdgeTransport"} and not {"HubTransport", "Mailbox"} <= roles:
        return Finding(WARN, found, notice_of("remedy_roles"))
    hubs = sorted(str(row.get("Name")) for row in servers if "HubTransport" in _roles_of(row.get("ServerRole")))
    if len(hubs) > 1:
        found = notice_of("check_roles_hubs", count=len(hubs), names=", ".join(hubs))
        return Finding(WARN, found, notice_of("remedy_roles_hubs"))
    return Finding(PASS, found)


def _display_version(reported: object) -> Version | None:
    """``Version 14.3 (Build 123.4)`` as its first two numbers."""
    return version_of(str(reported).removeprefix("Version"), 2)


def _roles_of(reported: object) -> set[str]:
    return {role.strip() for role in str(reported or "").split(",") if role.strip()}


def _agents(situation: Situation) -> Finding:
    """Agents of others, and services of programs that filter mail without one."""
    agents = [
        str(row.get("Identity"))
        for row in situation.rows(AGENTS.id)
        if row.get("Enabled") is not False and not _is_exchanges(row.get("Identity"), row.get("TransportAgentFactory"))
    ]
    exchanges = {name.lower() for name in EXCHANGE_SERVICES}
    filters = [
        str(row.get("DisplayName") or row.get("Name"))
        for row in situation.rows(SERVICES.id)
        if str(row.get("Name")).lower() not in exchanges
        and not (row.get("StartMode") == "Disabled" and row.get("Status") == "Stopped")
    ]
    if agents or filters:
        names = ", ".join(dict.fromkeys((*agents, *filters)))
        return Finding(WARN, notice_of("check_agents", names=names), notice_of("remedy_agents"))
    return Finding(PASS, notice_of("check_agents_none")) if situation.was_told(AGENTS.id) else untold()


def _is_exchanges(name: object, factory: object) -> bool:
    if isinstance(factory, str) and factory:
        return factory.startswith("Microsoft.Exchange.")
    return str(name).strip().lower() in EXCHANGES_AGENTS


# ---- connectors


def _other_connectors(situation: Situation) -> Finding:
    if not situation.was_told(READ_STEP.id):
        return untold()
    connectors = parse_connectors(situation.rows(READ_STEP.id))
    ours = _ours(situation, connectors)
    found = (
        *_retired(situation),
        *_narrower(situation, ours, connectors),
        *_scoped(ours),
        *_several(situation, connectors),
    )
    return joined(found) or Finding(PASS, notice_of("check_connectors"))


def _ours(situation: Situation, connectors: Sequence[SendConnector]) -> list[SendConnector]:
    """The declared connector, else those that take mail to every domain."""
    route = situation.declared.route
    named = [each for each in connectors if route and each.name.lower() == route.connector.lower()]
    return named or any_domain(connectors)


def _servers(situation: Situation) -> frozenset[str]:
    """The names of the servers that there are, in small letters."""
    return frozenset(str(row.get("Name")).lower() for row in situation.rows(READ_SERVERS.id))


def _lost(route: Route, servers: frozenset[str]) -> bool:
    """Whether no server that there is uses the connector: its mail ends in the queue Unreachable."""
    return bool(servers and route.sources and not route.sources & servers)


def _retired(situation: Situation) -> Iterator[Finding]:
    servers = _servers(situation)
    for route in situation.routes:
        names = ", ".join(sorted(route.sources - servers)) if servers else ""
        if _lost(route, servers):
            found = notice_of("check_connector_retired", name=route.connector, servers=names)
            yield Finding(FAIL, found, notice_of("remedy_connector_retired"))
        elif names:
            found = notice_of("check_connector_partly_retired", name=route.connector, servers=names)
            yield Finding(WARN, found, notice_of("remedy_connector_retired"))


def lost_new_route(situation: Situation) -> frozenset[str]:
    """The connector's nouns, where it is the planned route that no server uses."""
    servers = _servers(situation)
    lost = any(_lost(route, servers) for route in situation.new_routes)
    return situation.planned & CONNECTORS if lost else frozenset()


def _narrower(
    situation: Situation, ours: Sequence[SendConnector], connectors: Sequence[SendConnector]
) -> Iterator[Finding]:
    """Connectors to another place for a part of the domains, of which nobody has said that they are known."""
    known, places = _known(situation), {route_of(each) for each in ours}
    for each in connectors:
        spaces = sorted(space for space in reach(each) if space != "*" and space not in known)
        if spaces and each.name.lower() not in known and route_of(each) not in places:
            found = notice_of("check_connector_narrower", name=each.name, spaces=", ".join(spaces))
            yield Finding(WARN, found, notice_of("remedy_connector_narrower"))


def _scoped(ours: Sequence[SendConnector]) -> Iterator[Finding]:
    for each in ours:
        if each.values.get("is_scoped_connector") is True:
            found = notice_of("check_connector_scoped", name=each.name)
            yield Finding(WARN, found, notice_of("remedy_connector_scoped"))


def _several(situation: Situation, connectors: Sequence[SendConnector]) -> Iterator[Finding]:
    known = _known(situation)
    names = [each.name for each in any_domain(connectors)]
    if len(names) > 1 and len([name for name in names if name.lower() not in known]) > 1:
        found = notice_of("check_connectors_several", names=", ".join(names))
        yield Finding(WARN, found, notice_of("remedy_connectors_several"))


def _known(situation: Situation) -> frozenset[str]:
    """Names and address spaces that are declared to be known, in small letters."""
    return frozenset(each.lower() for each in situation.declared.known_routes)


# ---- addresses


def _accepted_domains(situation: Situation) -> Finding:
    if not situation.was_told(domains.READ_STEP.id):
        return untold()
    accepted = domains.parse_domains(situation.rows(domains.READ_STEP.id))
    missing = [each for each in situation.declared.domains if domains.covering(accepted, each) is None]
    if missing:
        # They are those of the logins: with what the people here send, only their addresses tell.
        return Finding(
            WARN, notice_of("check_domains_missing", domains=", ".join(missing)), notice_of("remedy_domains")
        )
    return Finding(PASS, notice_of("check_domains", domains=", ".join(situation.declared.domains)))


def _domains_apply(declared: Declared) -> bool:
    """Where address_rewrite is declared, its plan may be about to make them."""
    return bool(declared.domains) and "address_rewrite" not in declared.nouns


def _address_policies(situation: Situation) -> Finding | None:
    if is_edge(situation):
        return None
    rows = situation.rows(policies.READ_STEP.id)
    told = [row for row in rows if isinstance(row.get("RecipientFilterApplied"), bool)]
    if not told:
        return untold()
    names = ", ".join(str(row.get("Name")) for row in told if not row["RecipientFilterApplied"])
    if names:
        return Finding(WARN, notice_of("check_policies_open", names=names), notice_of("remedy_policies"))
    return Finding(PASS, notice_of("check_policies"))


# ---- what is fetched, and what waits


def _pop3_targets(situation: Situation) -> Finding | None:
    recipients = targets.recipients(reply_of(situation))
    return joined(
        _target(account.options.get("mailbox"), str(account.identity), recipients)
        for account in situation.declared.accounts
    )


def _target(target: str | None, account: str, recipients: targets.Recipients) -> Finding:
    if target is None:
        return Finding(UNKNOWN, notice_of("check_target_untold", account=account), notice_of("remedy_target_untold"))
    outcome = recipients.judge(target).outcome
    if outcome == targets.HERE:
        return Finding(PASS, notice_of("check_targets"))
    if outcome == targets.UNKNOWN:
        return Finding(UNKNOWN, notice_of("check_target_unread", target=target))
    key = "check_target_outside" if outcome == targets.OUTSIDE else "check_target_missing"
    return Finding(FAIL, notice_of(key, target=target), notice_of("remedy_target"))


def _has_accounts(declared: Declared) -> bool:
    return bool(declared.accounts)


def _queue(situation: Situation) -> Finding:
    if not situation.was_told(QUEUES.id):
        return untold()
    counts: dict[str, int] = {}
    for each in parse_queues(situation.rows(QUEUES.id)):
        name = each.identity.rpartition("\\")[2]
        counts[name.lower()] = counts.get(name.lower(), 0) + max(0, each.count)
    for name, most in (("poison", 0), ("unreachable", 0), ("submission", MUCH)):
        if counts.get(name, 0) > most:
            found = notice_of("check_queue_stuck", count=counts[name], queue=name.capitalize())
            return Finding(FAIL, found, notice_of("remedy_queue_stuck"))
    waiting = sum(counts.values())
    if waiting:
        return Finding(WARN, notice_of("check_queue_waiting", count=waiting), notice_of("remedy_queue"))
    return Finding(PASS, notice_of("check_queue_empty"))


ROWS: tuple[Check, ...] = (
    Check(
        "roles",
        "exchange",
        "Exchange 2010 with a service pack, Hub Transport and Mailbox role on one server",
        "Get-ExchangeServer",
        _roles,
        reads=reads(host_facts.STEP, READ_SERVERS),
    ),
    Check(
        "agents",
        "exchange",
        "no transport agents and filters but Exchange's own",
        "Get-TransportAgent, and services by the names of known programs",
        _agents,
        reads=reads(AGENTS, SERVICES),
    ),
    Check(
        "other_connectors",
        "exchange",
        "no connector that takes mail elsewhere, and none that only servers of the past use",
        "Get-SendConnector, Get-ExchangeServer",
        _other_connectors,
        reads=reads(READ_STEP, READ_SERVERS),
        stops=lost_new_route,
    ),
    Check(
        "accepted_domains",
        "exchange",
        "the domains with which mail leaves are accepted here, so that replies come back",
        "Get-AcceptedDomain",
        _accepted_domains,
        applies=_domains_apply,
        reads=reads(domains.READ_STEP),
    ),
    Check(
        "address_policies",
        "exchange",
        "e-mail address policies that are applied: the next one who applies them changes addresses",
        "RecipientFilterApplied of Get-EmailAddressPolicy",
        _address_policies,
        reads=reads(host_facts.STEP, policies.READ_STEP),
    ),
    # All recipients are read for it. Before a change the POP3 connector looks at them itself.
    Check(
        "pop3_targets",
        "exchange",
        "every declared account's mailbox is a recipient here",
        "Get-Recipient",
        _pop3_targets,
        applies=_has_accounts,
        reads=reads(*targets.STEPS),
        asks=LOGIN,
        nouns=POP3,
    ),
    Check(
        "queue",
        "exchange",
        f"queues in which nothing waits; Poison, Unreachable, or over {MUCH} in Submission fail",
        "Get-Queue",
        _queue,
        reads=reads(QUEUES),
    ),
)
