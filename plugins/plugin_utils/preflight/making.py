# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the preflight of a run from what is declared of its nouns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..action.place import Context
from ..address_rewrite.subject import RewriteSubject
from ..controller.backup import Shelf
from ..errors import LedgerFailed
from ..host_tls.keys import CLIENT
from ..host_tls.timing import written_after
from ..inbound.desired import Desired as Inbound
from ..inbound.rules import INTERNAL
from ..lenient import texts
from ..mailboxes.candidates import Candidate
from ..mailboxes.login_history import LoginHistory, Retry
from ..mailboxes.providers import provider_of_domain
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import is_true
from ..pop3_connector.desired import OTHER_COLLECTORS, PLACE, take_place
from ..pop3_connector.making import CONFIRMS
from ..pop3_connector.proof import LoginTries
from ..pop3_connector.subject import Pop3ConnectorSubject
from ..receive_connector.subject import ReceiveConnectorSubject
from ..run.subject import Subject
from ..send_connector.desired import Desired as ConnectorDesired
from ..send_connector.state import SendConnector
from ..send_connector.subject import SendConnectorSubject
from ..smarthost_account.subject import SmarthostAccountSubject
from .catalogue import CHECKS
from .declared import Declared, route_of
from .desired import WHERE, Desired
from .subject import PreflightWatcher

Subjects = Sequence[Subject[Any]]
FETCHING = (*PLACE, OTHER_COLLECTORS)


def make(
    desired: Desired, subjects: Subjects, place: Context, inbound: Inbound | None = None, *, alone: bool = False
) -> PreflightWatcher:
    """The watcher of a run of these subjects, where mail comes in so; ``alone``: of one that never writes, and asks
    everything."""
    declared = declared_of(desired, subjects, place, foretells=alone or place.task.check_mode)
    declared = replace(declared, inbound=_confirmed(inbound or Inbound(), place))
    # What takes mail in is Exchange's, whatever the nouns are.
    exchange = alone or bool(declared.inbound.domains) or any(each.loads_exchange for each in subjects)
    return PreflightWatcher(declared, place.task.host, place.clock, CHECKS, alone=alone, exchange=exchange)


def _confirmed(inbound: Inbound, place: Context) -> Inbound:
    """What is confirmed of the POP3 connector's accounts is confirmed of the domains that they fetch."""
    own = is_true(place.declared(f"pop3_connector_{CONFIRMS}"))
    return replace(inbound, confirm_no_other_collector=own or inbound.confirm_no_other_collector)


def _fetching(place: Context) -> dict[str, Any]:
    """Where the POP3 connector is declared to be, and what else may fetch. What is wrong with that, its noun says."""
    declared = {each.name: place.declared(f"pop3_connector_{each.name}") for each in FETCHING}
    given = parse(FETCHING, declared, Spelling(WHERE), [])
    return {"pop3_place": take_place(given), **given}


def declared_of(desired: Desired, subjects: Subjects, place: Context, *, foretells: bool) -> Declared:
    """What is declared, as far as checks go by it; ``foretells``: of a run that never writes, nor has before."""
    skipped = "host_tls" in texts(place.variable("ansible_skip_tags"))
    host_tls = is_true(place.variable("host_tls_client")) and not skipped
    # Of a receive connector that takes no part in this run the role's variables still tell.
    relays = frozenset(texts(place.variable("receive_connector_known_relays")))
    found = Declared(desired, frozenset(each.name for each in subjects), host_tls=host_tls, **_fetching(place))
    found = replace(found, known_relays=relays)
    restarts = str(place.variable("host_tls_restart")).lower() == "service"
    # Where values are lacking in a run itself, that part was skipped, and nothing is restarted any more.
    found = replace(found, tls_restarts=found.host_tls and restarts and foretells)
    for each in subjects:
        if isinstance(each, SmarthostAccountSubject):
            found = replace(_with_connector(found, each.desired.connector), sender=each.desired.sender)
            found = replace(found, logins=each.desired.candidates, history=each.history)
        elif isinstance(each, SendConnectorSubject):
            found = replace(_with_connector(found, each.desired), history=_history(place))
        elif isinstance(each, Pop3ConnectorSubject):
            accounts = tuple(account for account in each.desired.accounts if account.state == "present")
            tries = LoginTries(place.task.ledger(each.desired.ledger), place.task.host, place.clock())
            found = replace(found, accounts=accounts, tries=tries)
        elif isinstance(each, ReceiveConnectorSubject):
            found = replace(found, known_relays=each.desired.known_relays)
    domains = tuple(dict.fromkeys(_domains(subjects, found.logins)))
    return replace(found, domains=domains, tls_written=_tls_written(place))


def _tls_written(place: Context) -> datetime | None:
    """When we last wrote the keys of TLS for clients; None where nobody knows, as where they were made by hand. Whose
    the folder is, a run that writes asks by itself."""
    shelf = Shelf(place.task.backup_dir, place.task.host, read_only=True)
    return written_after((content for _path, content in shelf.contents()), place.task.host, CLIENT.path)


def _history(place: Context) -> LoginHistory | None:
    """What the ledger beside the saved states knows of logins; None where there can be none."""
    try:
        ledger = place.task.ledger(None)
    except LedgerFailed:
        return None
    return LoginHistory(ledger, place.task.host, place.clock, False, WHERE, Retry())


def _with_connector(found: Declared, connector: ConnectorDesired) -> Declared:
    """With the route that is declared of a connector, its login, and the other routes that are known."""
    found = replace(found, known_routes=connector.known_routes or frozenset())
    login = connector.credential
    logins = (Candidate(login.mailbox, login.password or "", login.recreated),) if login else ()
    told = connector.values.get("smart_hosts") or connector.values.get("dns_routing_enabled")
    if connector.state == "absent" or not told:
        return replace(found, logins=logins)
    route = route_of(SendConnector(connector.name or "", "", connector.values))
    return replace(found, route=route, logins=logins)


def _domains(subjects: Subjects, logins: Iterable[Candidate]) -> Iterator[str]:
    """The domains with which mail leaves and whose zone is the firm's: not those of providers, nor internal ones."""
    rules = [each.desired.rules for each in subjects if isinstance(each, RewriteSubject)]
    targets = [domain for book in rules for domain in book.target_domains]
    mailboxes = [each.mailbox.address.rpartition("@")[2] for each in logins]
    for domain in map(str.lower, (*targets, *mailboxes)):
        if provider_of_domain(domain) is None and not domain.endswith(INTERNAL):
            yield domain
