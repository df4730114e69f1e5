# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which logins a plan may bring into use: the one place in which all plans for connectors meet the age gate.

A login is in use where, before the run, a connector sent the same mail with it to the same provider. Whatever else a
plan writes, or lets carry mail (see traffic.py for what that is), has to be declared and old enough. Two things go
before the age:

- the way back after a refused switch, to the login that the connector had when the run began: without it all mail would
  stand, and that login carried it a minute ago;
- a saved state: the login was in use when it was saved, which is what a restore is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..account_age import Login, Mailbox, open_gate
from ..errors import Reason, collect, refuse
from ..exchange.objects import NONE, Extra
from ..mailboxes.names import mailbox_key
from ..messages import notice_of, reason_of
from ..request import credential_parameter
from ..run.plan import Change
from .settings import CREDENTIAL
from .traffic import Carrier, Connectors, MailRoute, mail_routes, routes_into_use

LOGIN_SECRET = "login"


@dataclass(frozen=True)
class Passage:
    """A plan on its way through the gate.

    ``states`` are the connectors after each of its steps, ``written`` the logins that it writes (a connector's name ->
    the mailbox), ``declared`` those of which an age is known besides. ``saved`` are the connectors of a saved state, of
    which ``vouches`` tells for which mailboxes (by their keys) it counts. ``way_back``: the login to go back to.
    """

    before: Connectors
    states: tuple[Connectors, ...]
    written: Mapping[str, Mailbox] = field(default_factory=dict)
    declared: tuple[Mailbox, ...] = ()
    saved: Connectors | None = None
    vouches: Callable[[str], bool] = lambda key: False
    way_back: str | None = None

    def mailbox(self, key: str) -> Mailbox | None:
        """The declared mailbox with this login."""
        known = (*self.written.values(), *self.declared)
        return next((each for each in known if mailbox_key(each.login_name) == key), None)

    def excepted(self, key: str) -> bool:
        """Whether it is the login to go back to."""
        return self.way_back is not None and mailbox_key(self.way_back) == key

    def routes_into_use(self) -> list[MailRoute]:
        """The roads on which the plan lets a login carry mail that it has not carried before, each once."""
        new = dict.fromkeys(route for state in self.states for route in routes_into_use(state, self.before))
        if new and self.saved is not None:
            unsaved = {route for state in self.states for route in routes_into_use(state, self.before, self.saved)}
            new = dict.fromkeys(each for each in new if each in unsaved or not self._vouched(each.carrier))
        return [each for each in new if not self.excepted(str(each.carrier.login))]

    def _vouched(self, carrier: Carrier) -> bool:
        """Whether the saved state counts for a login: it shows nothing of one that was not told."""
        return not carrier.unknown and self.vouches(str(carrier.login))

    def is_in_use(self, name: str, mailbox: Mailbox, into_use: list[MailRoute]) -> bool:
        """Whether a login that is written for a connector carries the connector's mail already."""
        key = mailbox_key(mailbox.login_name)
        own = [each for each in mail_routes(self.states[-1]) if each.carrier.connector.name == name]
        carried = all(each.carrier.login == key and each not in into_use for each in own)
        return self.excepted(key) or (carried and (bool(own) or self.was_stored_with(key)))

    def was_stored_with(self, key: str) -> bool:
        """Whether the saved state shows this login on the connector that gets it back and carries nothing with it: a
        spare one, or one that is switched off. It carries mail only once a plan lets it, which comes through here."""
        names = [each.username for each in self.saved or () if each.username]
        return key in map(mailbox_key, names) and self.vouches(key)


def pass_gate(
    passage: Passage, now: datetime, agree: Callable[[Mailbox], None], found: Sequence[Reason] = ()
) -> dict[str, Login]:
    """The logins that are written, by their connectors' names.

    Raises InputRefused with every login that is too young, or comes into use without being declared, and with the
    reasons ``found`` before; and what ``agree`` raises where the age of a mailbox is judged, and cannot be right.
    """
    reasons: list[Reason] = []
    into_use = passage.routes_into_use()
    logins = {}
    judged = set()
    for name, mailbox in passage.written.items():
        in_use = passage.is_in_use(name, mailbox, into_use)
        if not in_use:
            agree(mailbox)
            judged.add(mailbox_key(mailbox.login_name))
        kept = (mailbox.login_name,) if in_use else ()
        logins[name] = collect(reasons, open_gate, mailbox, now, _where(name), kept)
    for login, route in {str(each.carrier.login): each for each in reversed(into_use)}.items():
        declared = passage.mailbox(login)
        if declared is None:
            reasons.append(_undeclared(route, passage))
        elif login not in judged:
            agree(declared)
            collect(reasons, open_gate, declared, now, _where(route.carrier.connector.name))
    refuse((*reasons, *found))
    return logins


def to_write(
    login: Login | None, password: str | None, before: str | None, why: str, secret: str = LOGIN_SECRET
) -> Extra:
    """What writes a login that came through the gate, if there is one, on a connector that logs in as ``before``. The
    ``password`` goes by the name of a ``secret``; ``why`` is said in the plan."""
    if login is None:
        return NONE
    username = login.mailbox.login_name
    changes = [Change("login.password", notice_of("password_hidden"), notice_of("password_will_be_written", why=why))]
    if username != before:
        changes.insert(0, Change("login.username", before, username))
    credential = {CREDENTIAL: credential_parameter(username, secret)}
    return Extra(credential, tuple(changes), {secret: password} if password else {})


def _where(name: str) -> str:
    return f"send connector '{name}', login"


def _undeclared(route: MailRoute, passage: Passage) -> Reason:
    connector, space = route.carrier.connector, route.space
    place = notice_of("any_domain") if space.name == "*" else space.name
    if route.carrier.unknown:
        return reason_of("unknown_login_comes_into_use", _where(connector.name), place=place)
    return reason_of(
        "login_comes_into_use_again"
        if passage.saved is not None
        else "login_comes_into_use"
        if connector not in passage.before
        else "other_login_comes_into_use",
        _where(connector.name),
        username=connector.username,
        place=place if space.kind == "SMTP" else f"{space.kind}:{place}",
    )
