"""What a host tells, and whom a check may ask, without either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import host_facts, tls_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import Answer, Resolver
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import (
    NEW,
    OLD,
    TAKEN,
    UNREACHABLE,
    Offer,
    TlsAnswer,
    TlsProbe,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, StepResult

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
STRATO = Route("Internet", ("smtp.strato.de",), 587, must_encrypt=True, auth="BasicAuthRequireTLS")
RU32, SP1 = "14.3.513.0", "14.1.218.15"
ON, OFF, HALF = (1, 0), (0, 1), (1, None)
"""Enabled and DisabledByDefault of TLS 1.2's clients."""


class FakeProbe(TlsProbe):
    """Answers by what is offered; everything that is not told is out of reach. ``asked`` are places and offers."""

    def __init__(self, old: str = UNREACHABLE, new: str = UNREACHABLE, other: str = TAKEN) -> None:
        super().__init__(Deadline(0))
        self._outcomes = {OLD: old, NEW: other}
        self._new = new
        self.asked: list[tuple[str, int, Offer]] = []

    def smtp(self, host: str, port: int, offer: Offer) -> TlsAnswer:
        self.asked.append((host, port, offer))
        return TlsAnswer(self._outcomes.get(offer, self._new), "its words")

    def pop3s(self, host: str, port: int, offer: Offer, stls: bool = False) -> TlsAnswer:
        return self.smtp(host, port, offer)


class FakeResolver(Resolver):
    """Knows the addresses of names."""

    def __init__(self, **known: tuple[str, ...]) -> None:
        super().__init__(Deadline(0))
        self._known = {name.replace("_", "."): records for name, records in known.items()}

    def ask(self, name: str, kind: str) -> Answer:
        assert kind == "A"
        return Answer("found", self._known[name]) if name in self._known else Answer("unknown")


def told(**rows: Any) -> dict[str, StepResult]:
    """Results by the ids of steps; one object stands for a list of one."""
    outputs = {each: tuple(found) if isinstance(found, list) else (found,) for each, found in rows.items()}
    return {each: StepResult(each, DONE, output) for each, output in outputs.items()}


def host(
    build: str | None = RU32,
    client: tuple[int | None, int | None] | None = ON,
    windows: str | None = "6.1.7601",
    **rows: Any,
) -> dict[str, StepResult]:
    """What a host tells of its TLS; None: nothing of that part. TLS 1.2's other end has no key."""
    found: dict[str, Any] = {}
    updates, registry, _ability = (each.id for each in tls_facts.STEPS)
    if build is not None:
        found[updates] = {"ExSetup": build}
    if client is not None:
        key = tls_facts.SCHANNEL["TLS 1.2", "Client"]
        values = dict(zip(tls_facts.VALUES, client, strict=True))
        found[registry] = [
            {"Key": key, "Name": name, "Present": True, "Value": value} for name, value in values.items()
        ]
    if windows is not None:
        found[host_facts.STEP.id] = {"Windows": {"Version": windows}}
    return told(**found, **rows)


def situation(results: Mapping[str, StepResult], probe: TlsProbe | None = None, **more: Any) -> Situation:
    """One in which mail leaves by STRATO, today and after."""
    routes = frozenset({STRATO})
    return replace(
        Situation(Declared(), results, routes, routes, now=NOW, probe=probe or FakeProbe(), resolver=FakeResolver()),
        **more,
    )
