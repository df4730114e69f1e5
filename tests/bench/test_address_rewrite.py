"""What 10,000 recipients cost Python itself: decoding, planning, rendering, and the calls that their plan takes."""

from __future__ import annotations

import base64
import gzip
import json
import random
import time
import tracemalloc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.state import State
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.subject import RewriteSubject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import COMMANDS_PER_SHELL
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.wire import decode_reply, encode_calls
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, ExchangeShell, Request
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Decision, Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.render import as_diff, as_result
from ansible_collections.sbs.mailflow.plugins.plugin_utils.secrecy.scrubbing import scrub

INSIDE, OUTSIDE = "nt4admins.local", "beispiel.de"
FIRST = [
    "Anna",
    "Bernd",
    "Clara",
    "David",
    "Emil",
    "Frieda",
    "Gustav",
    "Hanna",
    "Ida",
    "Jonas",
    "Karl",
    "Lena",
    "Max",
    "Nora",
    "Otto",
    "Paula",
    "Rosa",
    "Simon",
]
LAST = [
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Koch",
    "Bauer",
    "Richter",
    "Klein",
]
MANY = 10_000
SECONDS = 1.0
MEGABYTES = 150


def recipient(number: int, domain: str, dice: random.Random) -> dict[str, Any]:
    """A mailbox as Get-Recipient prints it, with an address of the old organisation."""
    first, last = dice.choice(FIRST), dice.choice(LAST)
    alias = f"{first}.{last}{number}".lower().replace("ü", "ue")
    entries = [
        f"SMTP:{alias}@{domain}",
        f"X500:/o=First Organization/cn=Recipients/cn={alias}{dice.randrange(4096):03x}",
    ]
    return {
        "Guid": str(uuid.UUID(int=dice.getrandbits(128))),
        "Name": f"{first} {last} {number}",
        "Alias": alias,
        "DisplayName": f"{last}, {first}",
        "FirstName": first,
        "LastName": last,
        "RecipientType": "UserMailbox",
        "RecipientTypeDetails": "UserMailbox",
        "EmailAddresses": [*entries, f"smtp:{alias}@{INSIDE}"] if domain != INSIDE else entries,
        "PrimarySmtpAddress": f"{alias}@{domain}",
        "EmailAddressPolicyEnabled": True,
        "HiddenFromAddressListsEnabled": False,
        "ExternalEmailAddress": None,
        "ExchangeVersion": "0.10 (14.0.100.0)",
    }


def reply(number: int, domain: str) -> bytes:
    """What the agent prints of so many."""
    dice = random.Random(7)
    accepted = [
        {"Name": name, "DomainName": name, "DomainType": "InternalRelay", "Default": name == INSIDE}
        for name in (INSIDE, OUTSIDE)
    ]
    outputs: dict[str, list[Any]] = {
        "read_exchange_servers": [
            {"Name": "SBS", "AdminDisplayVersion": "Version 14.3", "ServerRole": "Mailbox, HubTransport"}
        ],
        "read_recipients": [recipient(at, domain, dice) for at in range(number)],
        "read_accepted_domains": accepted,
        "read_email_address_policies": [],
    }
    results = [
        {"id": name, "status": DONE, "output": output, "error": None, "ms": 1} for name, output in outputs.items()
    ]
    data = {"protocol": 1, "agent": "0", "powershell": "2.0", "computer": "SBS", "results": results, "warnings": []}
    packed = base64.encodebytes(gzip.compress(json.dumps(data).encode("ascii"), mtime=0))
    return b"<<<SBS.MAILFLOW.REPLY\r\n" + packed + b"SBS.MAILFLOW.REPLY>>>\r\n"


def subject() -> RewriteSubject:
    """The declaration for all of them."""
    rules = [{"from": INSIDE, "to": OUTSIDE}]
    desired = {"rules": rules, "confirm_mass_change": True, "method": "recipients", "sent_senders_days": 0}
    return RewriteSubject(parse_desired(desired))


class Times(dict[str, float]):
    """Seconds of the processor by stage, however busy the machine is with others."""

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Measure one stage."""
        started = time.process_time()
        yield
        self[stage] = time.process_time() - started


def look(printed: bytes, times: Times) -> tuple[State, Decision]:
    """From the reply to the rendered decision, as a run in check mode goes."""
    desired = subject()
    with times.of("decode"):
        answer = decode_reply(printed, 0, "sbs")
        state = desired.parse(answer, "sbs")
    with times.of("plan"):
        decision = desired.decide(state)
    with times.of("render"):
        result = as_result("address_rewrite", Outcome(decision))
        result["diff"] = as_diff("address_rewrite", decision)
        scrub(result, ["Zq7-engine-only-Kupferdach-9134"])
    return state, decision


@pytest.mark.parametrize("domain", [INSIDE, OUTSIDE])
def test_ten_thousand_recipients_cost_a_second_at_most(domain: str) -> None:
    printed = {number: reply(number, domain) for number in (MANY // 4, MANY)}
    spent: dict[int, Times] = {}
    for number in printed:
        runs = [Times() for _ in range(3)]
        for times in runs:
            _, decision = look(printed[number], times)
        spent[number] = min(runs, key=lambda each: sum(each.values()))
        steps = len(decision.plan.steps) if decision.plan else 0
        assert steps == (number if domain == INSIDE else 0)
    total = {number: sum(times.values()) for number, times in spent.items()}
    shown = ", ".join(f"{stage} {1000 * seconds:.0f} ms" for stage, seconds in spent[MANY].items())
    factor = total[MANY] / total[MANY // 4]
    print(
        f"\n{MANY} recipients in {domain}: {1000 * total[MANY]:.0f} ms ({shown}); {factor:.1f} times a quarter of them"
    )
    assert total[MANY] <= SECONDS
    assert factor < 6


def test_the_memory_of_ten_thousand_recipients() -> None:
    printed = reply(MANY, INSIDE)
    tracemalloc.start()
    state, decision = look(printed, Times())
    assert decision.plan is not None
    saved = subject().to_save(state, decision.plan)
    encode_calls(Request(decision.plan.wire_steps()))
    peak = tracemalloc.get_traced_memory()[1] / 1_000_000
    tracemalloc.stop()
    print(f"\n{MANY} recipients, all to be changed: {peak:.0f} MB at most")
    assert len(saved["address_rewrite"]["recipients"]) == MANY
    assert peak <= MEGABYTES


def test_the_calls_of_a_plan() -> None:
    state, decision = look(reply(MANY, INSIDE), Times())
    assert decision.plan is not None and len(state.recipients) == MANY
    steps, reading = decision.plan.wire_steps(), subject().verify_steps()
    started = time.process_time()
    calls = encode_calls(Request((*steps, *reading), ExchangeShell()))
    spent = time.process_time() - started
    few = len(encode_calls(Request((*steps[:1000], *reading), ExchangeShell())))
    largest = max(len(stdin) for _, stdin in calls)
    print(
        f"\n{MANY} steps: {len(calls)} calls of {largest} bytes at most, encoded in {1000 * spent:.0f} ms; 1000: {few}"
    )
    assert (few, largest <= 100_000) == (1, True)
    assert len(calls) <= COMMANDS_PER_SHELL - 3
