# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look: DNS, the server and what is declared become the facts of each domain, and these its plan. Nothing is
kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..address_rewrite.domains import covering
from ..agent.session import Session
from ..inbound.rules import are_one, is_in, mailbox_of
from ..inbound.ways import MX
from ..mailboxes.providers import provider_of_domain
from ..messages import notice_of
from ..pop3_connector import targets
from ..pop3_connector.declared_accounts import DesiredAccount
from ..pop3_connector.key_map import KeyMap
from ..pop3_connector.mailbox import AccountKey, provider_mailbox
from ..preflight.deadline import Deadline
from ..preflight.resolver import Resolver
from ..preflight.situation import Situation
from ..request import ExchangeShell
from . import own_mail
from .desired import Desired
from .facts import BOTH, HERE, Facts, Fetching, Mx
from .own_mail import Arrival, Search
from .plan import DomainPlan, plan_of
from .reading import Answers, Asked, Server, ask, read
from .zone import Own, mx_of, spf_after


@dataclass(frozen=True)
class Looked:
    """The plans of all domains, and the agent's warnings."""

    plans: tuple[DomainPlan, ...]
    warnings: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The result of a task."""
        lines = [line for each in self.plans for line in each.lines()]
        return {"domains": [each.as_data() for each in self.plans], "lines": lines}

    @property
    def urgent(self) -> tuple[tuple[str, str], ...]:
        """What is urgent, with its domain."""
        return tuple((each.domain, text) for each in self.plans for text in each.urgent)


@dataclass(frozen=True)
class Looking:
    """One look at one host. ``sends``: whether a mail to oneself is sent."""

    desired: Desired
    asked: Asked
    shell: ExchangeShell
    clock: Callable[[], datetime]
    key_map: KeyMap = KeyMap()
    sends: bool = False
    search: Mapping[str, Any] = field(default_factory=dict)

    @property
    def declared_accounts(self) -> tuple[DesiredAccount, ...]:
        """The accounts that are to be fetched."""
        return self.asked.declared.accounts

    def look(self, session: Session) -> Looked:
        """The plans. Raises MailflowError; nothing is written, and no mail sent that nobody has asked for."""
        if self.sends:
            own_mail.login_of(self.asked.declared, self.clock())
        server, warnings = read(session, self.shell, self.asked)
        known = {domain: next(iter(self._here(server, domain)), None) for domain in self.desired.names}
        answers, further = ask(session, server, known, self.desired.public_address)
        facts = dict(self._facts(server, answers))
        arrived = {domain: each for domain, each in self._mails(session, server, facts) if each}
        plans = (self._plan(domain, facts[domain], arrived.get(domain)) for domain in self.desired.planned)
        unsent = [domain for domain in facts if self.sends and domain in self.desired.planned and domain not in arrived]
        told = [notice_of("plan_not_sent", domains=", ".join(unsent))] if unsent else []
        return Looked(tuple(plans), (*warnings, *further, *told))

    def _plan(self, domain: str, facts: Facts, arrival: Arrival | None) -> DomainPlan:
        if arrival:
            facts = replace(facts, mail=arrival.outcome, mail_says=arrival.says)
        return plan_of(domain, self.desired.way_to(domain), facts)

    # ---- the facts

    def _facts(self, server: Server, answers: Answers) -> Iterator[tuple[str, Facts]]:
        deadline = Deadline(self.desired.answer_seconds)
        resolver = Resolver(deadline, self.desired.resolver, self.desired.resolver_port)
        zones = {domain: mx_of(resolver, domain, self._own(server, domain)) for domain in self.desired.names}
        now = self.clock()
        failing = server.failing(self.asked, Situation(self.asked.declared, now=now))
        for domain, mx in zones.items():
            addresses = tuple(self._addresses(server, domain))
            yield (
                domain,
                Facts(
                    now,
                    self.desired.zone,
                    failing,
                    addresses,
                    None if server.recipients is None else server.recipients.missing(addresses),
                    _accepted(server, domain),
                    server.validated,
                    server.receiving,
                    server.relaying,
                    answers.talk(domain),
                    server.incoming,
                    server.counts is not None,
                    answers.hairpin,
                    mx,
                    spf_after(resolver, domain, server.routes),
                    self._fetching(server, domain, zones),
                    mx_changed=self.desired.mx_changed,
                    ttl_lowered=self.desired.ttl_lowered,
                    old_ttl=self.desired.old_ttl,
                    confirmed=self.desired.confirmed,
                    others_here=tuple(each for each in zones if each != domain and self._may_come(each, zones[each])),
                    owner=provider_of_domain(domain) or "",
                ),
            )

    def _own(self, server: Server, domain: str) -> Own:
        accounts = [each for each in self._accounts(server) if self._is_of(each, domain)]
        families = frozenset(provider_mailbox(each.server, each.username)[0] for each in accounts)
        return Own(server.names, self.desired.public_address, families)

    def _may_come(self, domain: str, mx: Mx) -> bool:
        """Whether mail of a domain comes in here, or is to and nobody tells whether it does."""
        return _comes(mx) or (mx.place is None and self.desired.way_to(domain) == MX)

    def _accounts(self, server: Server) -> tuple[AccountKey, ...]:
        """The accounts on the host and those that are declared, each once."""
        on_host = [each.identity for each in server.pop3.accounts] if server.pop3 else []
        declared = [each.identity for each in self.declared_accounts]
        return tuple({each.key: each for each in (*declared, *on_host)}.values())

    def _is_of(self, account: AccountKey, domain: str) -> bool:
        """Whether an account fetches a domain's mail: its mailbox is named there, or its user name is an address."""
        mailbox = provider_mailbox(account.server, account.username)
        named = any(are_one(mailbox_of(each), mailbox) for each in self.desired.mailboxes_of(domain))
        return named or is_in(account.username, domain)

    def _addresses(self, server: Server, domain: str) -> Iterator[str]:
        """The addresses of a domain to which mail comes today, each once."""
        names = (*self.desired.mailboxes_of(domain), *(each.username for each in self._accounts(server)))
        yield from dict.fromkeys(each.strip().lower() for each in names if is_in(each, domain))

    def _here(self, server: Server, domain: str) -> Iterator[str]:
        """Those of them that a recipient has."""
        if server.recipients is not None:
            for each in self._addresses(server, domain):
                if server.recipients.judge(each).outcome in (targets.HERE, targets.OUTSIDE):
                    yield each

    def _fetching(self, server: Server, domain: str, zones: Mapping[str, Mx]) -> Fetching:
        pop3 = server.pop3
        accounts = [each.identity for each in pop3.accounts] if pop3 else []
        own = tuple(str(each) for each in accounts if self._is_of(each, domain))
        # A user name that is no address may be of any domain.
        told = pop3 is not None and (own or all("@" in each.username for each in accounts))
        left = {each for each, mx in zones.items() if self.desired.way_to(each) == MX and mx.place == HERE}
        further = [str(each) for each in accounts if not any(self._is_of(each, name) for name in {*left, domain})]
        return Fetching(
            _runs(server),
            None
            if pop3 is None or pop3.task is None
            else pop3.task.exists and pop3.task.enabled and bool(pop3.accounts),
            server.others,
            own if told else None,
            tuple(dict.fromkeys(further)),
        )

    # ---- the mail

    def _mails(
        self, session: Session, server: Server, facts: Mapping[str, Facts]
    ) -> Iterator[tuple[str, Arrival | None]]:
        """What became of a mail to each domain whose MX is here."""
        for domain in self.desired.planned if self.sends else ():
            recipient = self._recipient(server, domain)
            if recipient and _comes(facts[domain].mx):
                yield domain, self._mail(session, server, domain, recipient)

    def _recipient(self, server: Server, domain: str) -> str | None:
        wanted = self.desired.recipient
        if wanted and is_in(wanted, domain):
            return wanted
        return next(iter(self._here(server, domain)), None)

    def _mail(self, session: Session, server: Server, domain: str, recipient: str) -> Arrival:
        declared, now = self.asked.declared, self.clock()
        mail = own_mail.mail_to(recipient, declared, own_mail.login_of(declared, now))
        where = (server.pop3, self.asked.place, self.key_map, domain, server.own)
        search = Search(self.shell, self.desired.wait_seconds, *where, **self.search)
        return own_mail.send(session, mail, search, declared, now)


def _comes(mx: Mx) -> bool:
    return mx.place in (HERE, BOTH)


def _runs(server: Server) -> bool | None:
    """Whether the POP3 connector's service runs, and has an account that it could fetch."""
    if server.pop3 is None:
        return None
    return server.pop3.service.status == "Running" and bool(server.pop3.accounts)


def _accepted(server: Server, domain: str) -> str | None:
    """The type of the accepted domain, empty where there is none."""
    if server.accepted is None:
        return None
    found = covering(server.accepted, domain)
    return found.type if found else ""
