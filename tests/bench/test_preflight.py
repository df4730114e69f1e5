"""What a preflight adds to a run, and what it takes where nobody answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import making
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.asking import judge_all
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.catalogue import CHECKS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.deadline import Deadline
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared, Route
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import Desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.resolver import Resolver
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.situation import Situation
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import TlsProbe
from lab.dns import SILENCE, DnsServer
from tests.unit.plugin_utils.mail_flow.flow_host import ALL, UNTOUCHED, Server

RUNS = 10


def seconds(server: Server) -> float:
    """What a converged run takes, of several the shortest."""
    taken = []
    for _run in range(RUNS):
        started = time.perf_counter()
        told = server.flow(ALL)
        taken.append(time.perf_counter() - started)
        assert not told["changed"] and len(server.requests) == 1
    return min(taken)


@contextmanager
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No check at all."""
    with monkeypatch.context() as patch:
        patch.setattr(making, "CHECKS", ())
        yield


def test_a_converged_run_with_it_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(tmp_path / "kept", UNTOUCHED)
    server.flow(ALL)
    beside, steps = seconds(server), len(server.requests[0]["steps"])
    with without(monkeypatch):
        alone, fewer = seconds(server), len(server.requests[0]["steps"])
    print(f"\nconverged: {beside * 1000:.0f} ms with {len(CHECKS)} checks, {alone * 1000:.0f} ms without", end="")
    print(f" ({beside / alone:.2f} times); {steps} steps in the one process, {fewer} without")


def test_where_nobody_answers_all_of_them_take_one_time_limit() -> None:
    limit = 2
    route = Route("Internet", ("smtp.strato.de",), 587, must_encrypt=True)
    declared = Declared(Desired(answer_seconds=limit), domains=("beispiel.de", "beispiel.com"), route=route)
    with DnsServer(faults={"*": SILENCE}) as server:
        deadline = Deadline(limit)
        resolver = Resolver(deadline, "127.0.0.1", server.port)
        situation = Situation(
            declared, after=frozenset({route}), deadline=deadline, resolver=resolver, probe=TlsProbe(deadline, resolver)
        )
        started = time.perf_counter()
        found = judge_all([each for each in CHECKS if each.applies(declared)], situation)
        taken = time.perf_counter() - started
    print(f"\nnobody answers: {len(found)} checks in {taken / limit:.2f} time limits of {limit} s")
    assert taken < 1.5 * limit
