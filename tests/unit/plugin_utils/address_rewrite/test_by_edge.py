"""The method of an Edge server, and which method a host's roles choose."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from tests.unit.plugin_utils.address_rewrite.address_host import (
    INSIDE,
    OUTSIDE,
    RULE,
    AddressHost,
    domain,
    printed,
    run,
    statuses,
    subject,
)
from tests.unit.plugin_utils.run.examples import commands, keys_of

SINGLE = {"from": f"buchhaltung@{INSIDE}", "to": f"rechnung@{OUTSIDE}"}
INBOUND = "Address Rewriting Inbound Agent"


def edge(*entries: dict[str, Any], kind: str = "Authoritative") -> AddressHost:
    """An Edge server whose inbound agent is off."""
    host = AddressHost(edge=True)
    host.domains = [domain(kind=kind)]
    host.entries = [dict(each) for each in entries]
    return host


def entry(internal: str = INSIDE, external: str = OUTSIDE, name: str | None = None) -> dict[str, Any]:
    """An entry as a host prints it."""
    return {
        "Name": name or f"sbs.mailflow {internal}",
        "InternalAddress": internal,
        "ExternalAddress": external,
        "ExceptionList": [],
        "OutboundOnly": False,
    }


def test_entries_are_made_and_the_agent_is_enabled() -> None:
    host = edge()
    outcome = run(host, subject(RULE, SINGLE))
    assert commands(outcome.decision.plan) == [
        ("New-AddressRewriteEntry", f"sbs.mailflow {INSIDE}"),
        ("New-AddressRewriteEntry", f"sbs.mailflow buchhaltung@{INSIDE}"),
        ("Enable-TransportAgent", INBOUND),
    ]
    assert (statuses(outcome), outcome.error) == (["done"] * 3, None)
    assert host.entries[1]["ExternalAddress"] == f"rechnung@{OUTSIDE}"
    assert outcome.decision.facts["method"] == "edge"
    assert any(INBOUND in notice for notice in outcome.decision.notices)
    assert run(host, subject(RULE, SINGLE)).changed is False


def test_who_leaves_the_method_open_reads_an_edge_server_twice_and_an_sbs_once() -> None:
    there, organisation = edge(), AddressHost(printed())
    run(there, subject(), check=True)
    run(organisation, subject(), check=True)
    assert (len(there.requests), len(organisation.requests)) == (2, 1)
    there.requests.clear()
    run(there, subject(method="edge"), check=True)
    assert [step["command"] for step in there.requests[0]["steps"]] == [
        "Get-ExchangeServer",
        "Get-AcceptedDomain",
        "Get-AddressRewriteEntry",
        "Get-TransportAgent",
        "Get-SentSenders",
    ]


def test_a_changed_target_is_written_and_ours_without_a_rule_go() -> None:
    foreign = entry("fremd.local", "fremd.de", name="von Hand")
    host = edge(
        entry(external="alt.de"), entry("weg.local", "weg.de"), foreign, entry("Anna@x.local", "a@y.de", "Hand")
    )
    outcome = run(host, subject(RULE))
    assert commands(outcome.decision.plan)[:2] == [
        ("Set-AddressRewriteEntry", f"sbs.mailflow {INSIDE}"),
        ("Remove-AddressRewriteEntry", "sbs.mailflow weg.local"),
    ]
    assert [each["Name"] for each in host.entries] == [f"sbs.mailflow {INSIDE}", "von Hand", "Hand"]


def test_an_entry_that_was_made_by_hand_is_taken_over() -> None:
    host = edge(entry(INSIDE.upper(), OUTSIDE.upper(), name="von Hand"))
    host.agents[0]["Enabled"] = True
    assert run(host, subject()).changed is False


@pytest.mark.parametrize(
    ("kind", "rules", "options", "agents", "expected"),
    [
        ("InternalRelay", [RULE], {}, 2, ["edge_domain"]),
        ("Authoritative", [{"from": INSIDE, "to": "fehlt.de"}], {}, 2, ["edge_domain"]),
        ("Authoritative", [RULE], {"exceptions": ["anna"]}, 2, ["edge_exceptions"]),
        ("Authoritative", [RULE, {"from": "zweite.local", "to": OUTSIDE}], {}, 2, ["edge_one_target"]),
        ("Authoritative", [RULE], {}, 0, ["edge_agent_missing", "edge_agent_missing"]),
    ],
)
def test_what_an_edge_server_cannot_do(
    kind: str, rules: list[dict[str, Any]], options: dict[str, Any], agents: int, expected: list[str]
) -> None:
    host = edge(kind=kind)
    host.agents = host.agents[:agents]
    with pytest.raises(Exception) as caught:
        run(host, subject(*rules, **options), check=True)
    assert keys_of(caught.value) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "options", "expected"),
    [
        (AddressHost(printed()), {"method": "edge"}, "edge_not_here"),
        (edge(), {"method": "recipients"}, "recipients_on_edge"),
        (edge(), {"method": "policy", "policy_name": "P"}, "recipients_on_edge"),
    ],
)
def test_a_method_that_the_host_has_no_role_for(host: AddressHost, options: dict[str, Any], expected: str) -> None:
    with pytest.raises(HostRefused) as caught:
        run(host, subject(**options), check=True)
    assert keys_of(caught.value) == [expected]
    assert "an SBS cannot have it" in str(caught.value) or expected != "edge_not_here"
