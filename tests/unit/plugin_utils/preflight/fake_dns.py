"""A resolver without a network, and situations for it: a zone in, a finding out."""

from __future__ import annotations

from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.declared_accounts import DesiredAccount
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.mailbox import AccountKey
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import (
    ABSENT,
    EMPTY,
    FOUND,
    UNKNOWN,
    Answer,
    Resolver,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation

SERVFAIL = "SERVFAIL"


class FakeResolver(Resolver):
    """``zone``: lines of a name, a type and the rest, names without a final dot; of the type SERVFAIL: nobody tells.
    ``asked``: the names that it was asked for."""

    def __init__(self, zone: str) -> None:
        super().__init__(Deadline(0))
        self._records: dict[str, list[tuple[str, str]]] = {}
        self.asked: list[str] = []
        for line in filter(None, map(str.strip, zone.splitlines())):
            name, kind, *rest = line.split(" ", 2)
            self._records.setdefault(name, []).append((kind, "".join(rest)))

    def ask(self, name: str, kind: str) -> Answer:
        name = name.lower().rstrip(".")
        self.asked.append(name)
        for _ in range(8):
            own = self._records.get(name, [])
            if (SERVFAIL, "") in own:
                return Answer(UNKNOWN, why=SERVFAIL)
            alias = next((value for each, value in own if each == "CNAME"), None)
            if alias is None:
                return self._answer(name, tuple(value for each, value in own if each == kind))
            name = alias
        return Answer(UNKNOWN, why="circle")

    def _answer(self, name: str, found: tuple[str, ...]) -> Answer:
        there = any(each == name or each.endswith(f".{name}") for each in self._records)
        return Answer(FOUND if found else EMPTY if there else ABSENT, found, name)


STRATO = Route("Internet", ("smtp.strato.de",), 587)
DIRECT = Route("Internet")


def declared(*domains: str, route: Route | None = STRATO, public_address: str | None = None, **more: Any) -> Declared:
    return Declared(Desired(public_address=public_address), route=route, domains=domains, **more)


def account(username: str, server: str = "pop3.strato.de") -> DesiredAccount:
    return DesiredAccount(AccountKey(server, "995", username), "secret")


def situation(zone: str, of: Declared, **more: Any) -> Situation:
    routes = frozenset({of.route} if of.route else ())
    return Situation(of, after=routes, resolver=FakeResolver(zone), **more)
