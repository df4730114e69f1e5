"""Whatever happens on the way: nothing is lost, nothing goes twice, never more than the rate, and it comes to an
end."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Busy, MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.desired import ORDERS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue_recovery.ticks import tick
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery import guarded
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Change, Plan, PlannedStep
from tests.unit.plugin_utils.queue_recovery.recovery_host import HOUR, MINUTE, OLD, PROOF, RecoveryHost, Site

recipients = st.lists(
    st.sampled_from(["a@k.de", "b@k.de", "c@k.de", "no@k.de", "full@k.de"]), min_size=1, max_size=3, unique=True
)
senders = st.sampled_from(["info@beispiel.de", "info@beispiel.de", "fremd@beispiel.de", "chef@beispiel.de"])
LAST_OUTAGE = 45
PATIENT = 3
"""After so many errors in a row the operator does what they tell him."""
LATER = 999 * HOUR
BLOCKED = "550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.example"
KNOWN = {"provider": "strato", "mailboxes": [OLD]}
TURNED = {**OLD, "password": "another one 4711"}


@dataclass
class Faults:
    """What happens on the way. Numbers are those of ticks, and before that tick it happens; of calls for ``cuts``, each
    with the steps after which it is cut. ``early``: the ticks come before their time. ``lost``: somebody deletes the
    recovery's file. ``outages``: the provider's login database fails, or works again. ``emptied``: the full mailboxes
    are so no longer. ``provable``: whether the host can ask about senders. ``blocked``: from then on the provider
    refuses all mail for good, though nobody who asks is told. ``seconds``: a second recovery comes before that call.
    ``others``: another action's run comes, which would write (OTHERS) what it may."""

    cuts: dict[int, int] = field(default_factory=dict)
    restarts: set[int] = field(default_factory=set)
    keep_suspended: bool = True
    arrivals: set[int] = field(default_factory=set)
    early: bool = False
    lost: int | None = None
    outages: set[int] = field(default_factory=set)
    emptied: int = 12
    provable: bool = True
    blocked: int | None = None
    seconds: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)

    def comes(self, number: int, site: Site) -> None:
        """What is due before that tick."""
        if number in self.restarts:
            site.host.restart(self.keep_suspended)
        if number in self.arrivals:
            site.host.submit()
        if number == self.lost:
            site.store.path.unlink(missing_ok=True)
        if number in self.outages:
            site.host.out = not site.host.out
        if number > LAST_OUTAGE:
            site.host.out = False
        if number == self.emptied:
            site.host.full = False
        if number == self.blocked:
            site.host.secretly_refused = dict.fromkeys(("info@beispiel.de", "chef@beispiel.de"), BLOCKED)

        if number in self.others:
            _another_run(site)

    def pause(self, wait: timedelta) -> timedelta:
        """How long until the next tick, if the last one asked for so long."""
        return max(min(wait, 7 * MINUTE) if self.early else wait, timedelta(seconds=1))


weathers = st.builds(
    Faults,
    cuts=st.dictionaries(st.integers(1, 40), st.integers(0, 7), max_size=8),
    restarts=st.sets(st.integers(1, 30), max_size=2),
    keep_suspended=st.booleans(),
    arrivals=st.sets(st.integers(1, 25), max_size=3),
    early=st.booleans(),
    lost=st.none() | st.integers(2, 30),
    outages=st.sets(st.integers(1, 40), max_size=3),
    emptied=st.integers(1, 40),
    provable=st.booleans(),
    blocked=st.none() | st.integers(5, 20),
    seconds=st.sets(st.integers(1, 60), max_size=6),
    others=st.sets(st.integers(1, 60), max_size=3),
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(
    backlog=st.lists(st.tuples(recipients, senders), min_size=1, max_size=12),
    rate=st.integers(6, 20),
    share=st.sampled_from([30, 50, 100]),
    order=st.sampled_from([each for each in ORDERS if each != "senders"]),
    faults=weathers,
)
@example(  # Others come before each call, and would write before each tick.
    backlog=[(["a@k.de"], "info@beispiel.de")] * 9,
    rate=9,
    share=50,
    order="oldest",
    faults=Faults(seconds=set(range(1, 200)), others=set(range(2, 100)), cuts={5: 2, 9: 3}),
)
@example(  # The whole rate is used, and new mail comes just as the settings would go back.
    backlog=[
        (who, "info@beispiel.de")
        for who in (["c@k.de", "a@k.de"], ["b@k.de"], ["a@k.de"], ["c@k.de"], ["a@k.de", "c@k.de", "no@k.de"])
    ],
    rate=9,
    share=100,
    order="newest",
    faults=Faults(restarts={19, 28}, arrivals={10, 18, 20}),
)
def test_any_course(backlog: list[tuple[list[str], str]], rate: int, share: int, order: str, faults: Faults) -> None:
    with tempfile.TemporaryDirectory() as folder:
        host = RecoveryHost(rate)
        taken_over = {"take_over": True, "take_over_messages": True} if faults.lost else {}
        host.provable = faults.provable
        site = Site(Path(folder), host, {"share": share, "order": order, **taken_over, **KNOWN})
        for who, sender in backlog:
            host.submit(recipients=who, sender=sender, retry_at=host.now + LATER)
        saved = {*host.submitted, PROOF}
        _go_through(site, faults)
        host.full = host.out = False
        host.run(3 * HOUR)
        _assert_each_left_once(host)
        # What arrives in between leaves by itself, and so does what a restart lets loose before the next tick sees it.
        # Nor is anything stopped where all had left by then.
        if host.stopped_at is not None and (faults.keep_suspended or not faults.restarts):
            assert host.busiest_hour(host.stopped_at, saved) <= rate
        if not faults.lost:
            assert host.server.items() >= host.declared.items()


OTHERS = [
    PlannedStep(
        "x", "SBS", "Set-TransportServer", {"Identity": "SBS", option: value, "Confirm": False}, (Change(name, 1, 2),)
    )
    for name, option, value in (
        ("message_retry_interval", "MessageRetryInterval", "00:02:00"),
        ("message_retry_count", "TransientFailureRetryCount", 9),
    )
]


def _another_run(site: Site) -> None:
    """Another action writes each of these, unless the recovery that is under way refuses it."""
    open_one = site.store.load()
    for step in OTHERS:
        refused = guarded.refusals(Plan("transport", (step,)), open_one, "file")
        assert not refused or open_one
        if not refused:
            changes = {name: value for name, value in step.parameters.items() if name not in ("Identity", "Confirm")}
            site.host.server.update(changes)
            site.host.declared.update(changes)


def _second(site: Site) -> None:
    """Another recovery comes while this one is at work."""
    with pytest.raises(Busy):
        tick(site.place(), site.desired())


def _go_through(site: Site, faults: Faults) -> None:
    """Ticks until the end, cut or not."""
    site.host.cuts = dict(faults.cuts)
    site.host.before = {number: partial(_second, site) for number in faults.seconds}
    told = 0
    for number in range(1, 500):
        faults.comes(number, site)
        wait = MINUTE
        try:
            found = site.tick()
            waits = found.error is not None and "since the provider refuses" in str(found.error)
            assert found.error is None or waits or "cut" in str(found.error), found.error
            told = told + 1 if waits else 0
            if told == PATIENT:
                site.options["accept_refused"], site.host.out, site.options["mailboxes"] = ["*"], False, [TURNED]
            if found.done:
                return
            wait = found.wait
        except MailflowError as error:
            assert "cut" in str(error), error
        site.host.run(faults.pause(wait))
    raise AssertionError("it does not come to an end")


def _assert_each_left_once(host: RecoveryHost) -> None:
    gone = Counter(
        (event.message_id, who) for event in host.events if event.kind != "DEFER" for who in event.recipients
    )
    assert set(gone.values()) <= {1}, "a recipient twice"
    assert {name for name, _ in gone} == set(host.submitted), "a message is lost"
    assert host.mails == []
