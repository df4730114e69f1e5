"""What the one process of a joint reading needs of a shell's memory: a real PowerShell reads 3,000 recipients."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite import domains, policies, recipients
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import host_facts, parts, wire
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import READ_SERVERS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector import collectors
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.desired import ConnectorPlace
from ansible_collections.sbs.mailflow.plugins.plugin_utils.pop3_connector.state import read_step as pop3_step
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue import backlog
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell, Request, Step
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector import state as send_connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport import state as transport
from lab.host.machine import SimulatedMachine
from lab.up.backends import make_backend
from lab.wsman.backend import Call
from tests.contract.asking import stdin_of, take_apart

pytestmark = pytest.mark.pwsh

FEW, MANY = 3, 3000
READ = (
    READ_SERVERS,
    domains.READ_STEP,
    recipients.READ_STEP,
    policies.READ_STEP,
    send_connector.READ_STEP,
    transport.READ_STEP,
    backlog.measure_step(),
    pop3_step(ConnectorPlace()),
    collectors.read_step(()),
    collectors.tasks_step(()),
)
PEAK = Step("peak", "Get-ProcessFacts", select=("PeakMegabytes",))
STEPS = tuple(
    replace(step, always=True)
    for step in (*sorted(READ, key=lambda step: parts.needs_exchange(step.command)), host_facts.STEP, PEAK)
)
"""What all nouns read, in one request: first what needs no Exchange, the clock last."""
OWN = 3
HOLDING = {"Invoke-Listed $command $given | Add-Row": "@(Invoke-Listed $command $given) | Add-Row"}
"""An agent that takes a step's values when it has all of its objects."""


def peak(number: int, changes: dict[str, str]) -> int:
    """The most megabytes that the process ever held."""
    machine = SimulatedMachine.from_state({"profile": "sbs2011", "generated_recipients": number, "pop3_connector": {}})
    backend = make_backend("pwsh", machine)
    stdin, out, err = stdin_of(Request(STEPS, ExchangeShell()).as_data(), changes), bytearray(), bytearray()
    try:
        call = Call(wire.command_line(), lambda: stdin, out.extend, err.extend, threading.Event())
        answer = take_apart(backend.run(call), bytes(out), bytes(err))
    finally:
        backend.close()
    results = {result["id"]: result for result in answer.reply["results"]}
    assert {result["status"] for result in results.values()} == {"done"}, answer.everything[:2000]
    assert [len(part["results"]) for part in answer.parts] == [OWN, len(STEPS) - OWN]
    assert len(results[recipients.READ_STEP.id]["output"]) >= number
    return int(results[PEAK.id]["output"][0]["PeakMegabytes"])


def test_the_memory_of_a_joint_reading() -> None:
    base = peak(FEW, {})
    streamed, held = (min(peak(MANY, changes) for _round in range(2)) for changes in ({}, HOLDING))
    ratio = (streamed - base) / (held - base)
    print(
        f"\njoint reading, {MANY} recipients: {streamed} MB at most, {streamed - base} more than with {FEW};"
        f" where all objects of a step are held {held} MB, {held - base} more; ratio {ratio:.2f}"
    )
    assert ratio < 0.8
