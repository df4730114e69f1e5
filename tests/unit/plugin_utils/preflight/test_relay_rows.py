"""Open relays where nothing is declared of receiving: connectors and rights in, a finding out."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.declared import Declared
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.finding import FAIL, PASS, RESULTS, UNKNOWN
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.relay_rows import ROWS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.ways_in import WaysIn
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector import places
from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.relay import STEP
from tests.unit.plugin_utils.receive_connector.receiving_host import DEFAULT, GERMAN, INTERNET, SCANNER, printed
from tests.unit.plugin_utils.receive_connector.receiving_host import connectors as told_connectors

from .judging import Case, hold, junk_told

SERVERS = {"AuthMechanism": "Tls, ExternalAuthoritative", "PermissionGroups": "AnonymousUsers, ExchangeServers"}
OWN_ADDRESS = {places.STEP.id: [{"Address": "198.51.100.2", "Prefix": 24}]}


def right(**more: Any) -> dict[str, Any]:
    told = {"User": GERMAN, "Sid": "S-1-5-7", "Deny": False, "Inherited": False, "Error": None, **more}
    return {STEP.id: [{"Connector": printed(INTERNET)["DistinguishedName"], **told}]}


def seen(*rows: dict[str, Any], known: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    declared = Declared(known_relays=frozenset(known), nouns=frozenset(more.pop("nouns", ())))
    return {"ways_today": WaysIn(told_connectors(*rows)), "declared": declared, **more}


BRANCH = printed(RemoteIPRanges=["203.0.113.9"])
CASES = [
    Case("open_relay", right(), FAIL, INTERNET, seen()),
    Case("open_relay", right(Inherited=True), FAIL, INTERNET, seen()),
    Case("open_relay", right(Deny=True), PASS, "no open", seen()),
    Case("open_relay", right(Sid="S-1-5-11"), PASS, "no open", seen()),
    Case("open_relay", {STEP.id: []}, PASS, "no open", seen()),
    Case("open_relay", {STEP.id: []}, FAIL, DEFAULT, seen(printed(DEFAULT, **SERVERS))),
    Case("open_relay", right(), PASS, "no open", seen(printed(RemoteIPRanges=[SCANNER]))),
    Case("open_relay", right(), PASS, "no open", seen(printed(Enabled=False))),
    Case("open_relay", right(), PASS, "no open", seen(printed(Bindings=["127.0.0.1:25"]))),
    Case("open_relay", right(), FAIL, INTERNET, seen(BRANCH)),
    Case("open_relay", right(), PASS, "no open", seen(BRANCH, known=(INTERNET.upper(),))),
    Case("open_relay", right(), FAIL, INTERNET, seen(known=(INTERNET,))),
    Case("open_relay", {**right(), **OWN_ADDRESS}, PASS, "no open", seen(printed(RemoteIPRanges=["198.51.100.2"]))),
    Case("open_relay", {STEP.id: None}, UNKNOWN, INTERNET, seen()),
    Case("open_relay", right(), UNKNOWN, INTERNET, seen(printed(RemoteIPRanges=["from far away"]))),
    Case("open_relay", right(), UNKNOWN, "", {}),
    Case("open_relay", right(), None, "", seen(nouns=("receive_connector",), alone=False)),
    Case("open_relay", right(), FAIL, INTERNET, seen(nouns=("receive_connector",))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_connectors_come_to(case: Case) -> None:
    hold(ROWS, case)


@pytest.mark.parametrize("seed", range(10))
def test_a_host_may_tell_anything(seed: int) -> None:
    dice = Random(seed)
    for _ in range(20):
        finding = ROWS[0].judge(junk_told(ROWS, Declared(), dice))
        assert finding and finding.result in RESULTS
