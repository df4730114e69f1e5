"""The way back: addresses, flags, policies, accepted domains and entries as they were saved."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.restore import RestoreAddresses
from ansible_collections.sbs.mailflow.plugins.plugin_utils.address_rewrite.saved import read_saved
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import parse_restore
from tests.unit.plugin_utils.address_rewrite.address_host import (
    DEFAULT_POLICY,
    INSIDE,
    LOCAL,
    OUTSIDE,
    X400,
    X500,
    AddressHost,
    Kept,
    domain,
    guid,
    policy,
    printed,
    run,
    statuses,
    subject,
)
from tests.unit.plugin_utils.address_rewrite.test_by_edge import edge, entry
from tests.unit.plugin_utils.address_rewrite.test_by_policy import NAME, OURS, follower
from tests.unit.plugin_utils.address_rewrite.test_by_policy import desired as policy_desired
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run.examples import NOW, commands, keys_of


def back(kept: Kept, **options: Any) -> RestoreAddresses:
    """The way back to what a run saved, over a file of JSON."""
    content = json.loads(json.dumps(kept.data))
    return RestoreAddresses(going_back(content, **options))


def state(host: AddressHost) -> dict[str, Any]:
    """All of a host; the order of addresses does not matter."""
    recipients = [{**each, "EmailAddresses": sorted(each["EmailAddresses"])} for each in host.recipients]
    return copy.deepcopy({"recipients": recipients, "domains": host.domains, "policies": host.policies})


def changed() -> tuple[AddressHost, Kept, dict[str, Any]]:
    """A host after a run, what the run saved, and the host before it."""
    host = AddressHost(
        printed("Anna", X400, f"SMTP:anna@{INSIDE}", X500),
        printed("Gruppe", RecipientType="MailUniversalSecurityGroup", EmailAddressPolicyEnabled=True),
        printed("Clara", f"SMTP:clara@{OUTSIDE}"),
    )
    host.domains = [dict(LOCAL)]
    before, kept = state(host), Kept()
    assert run(host, subject(unknown_recipients_return="no"), save=kept).error is None
    assert state(host) != before
    return host, kept, before


def test_everything_back_but_the_domain_that_was_made() -> None:
    host, kept, before = changed()
    outcome = run(host, back(kept))
    assert outcome.error is None
    assert commands(outcome.decision.plan) == [
        ("Set-Mailbox", f"Anna <anna@{INSIDE}>"),
        ("Set-DistributionGroup", f"Gruppe <gruppe@{INSIDE}>"),
        ("Set-DistributionGroup", f"policies of Gruppe <gruppe@{INSIDE}>"),
    ]
    assert state(host)["recipients"] == before["recipients"]
    assert host.addresses("Anna") == [X400, f"SMTP:anna@{INSIDE}", X500]
    assert outcome.decision.notices == (
        f"The accepted domain {OUTSIDE}, which that run had created, stays; remove_created_domains: true removes it.",
    )
    assert run(host, back(kept)).changed is False
    assert run(host, back(kept, remove_created_domains=True)).changed is True
    assert state(host) == before


def test_who_follows_policies_is_asked_for_apart_from_the_addresses() -> None:
    host, kept, _ = changed()
    plan = run(host, back(kept), check=True).decision.plan
    assert plan is not None
    assert plan.steps[2].parameters == {
        "Identity": guid("Gruppe"),
        "EmailAddressPolicyEnabled": True,
        "Confirm": False,
        "BypassSecurityGroupManagerCheck": True,
    }


def test_who_was_changed_since_is_listed_and_left_unless_forced() -> None:
    host, kept, before = changed()
    host.recipient("Anna")["EmailAddresses"].append("smtp:neu@firma.example")
    outcome = run(host, back(kept))
    assert outcome.decision.facts["changed_since"] == [f"Anna <anna@{OUTSIDE}>"]
    assert "smtp:neu@firma.example" in host.addresses("Anna")
    assert state(host)["recipients"][1:] == before["recipients"][1:]
    assert statuses(run(host, back(kept, force=True))) == ["done"]
    assert state(host)["recipients"] == before["recipients"]


def test_capitals_and_order_are_no_change() -> None:
    host, kept, _ = changed()
    entries = host.recipient("Anna")["EmailAddresses"]
    entries[:] = [each.replace("anna@", "ANNA@") for each in reversed(entries)]
    assert run(host, back(kept)).decision.facts["changed_since"] == []


def test_who_is_gone_is_told() -> None:
    host, kept, _ = changed()
    host.recipients = [each for each in host.recipients if each["Name"] != "Anna"]
    outcome = run(host, back(kept))
    assert (outcome.error, outcome.decision.facts["gone"]) == (None, ["Anna"])


def test_an_address_that_another_got_since_is_refused() -> None:
    host, kept, _ = changed()
    host.recipient("Anna")["EmailAddresses"].remove(f"smtp:anna@{INSIDE}")
    host.recipient("Clara")["EmailAddresses"].append(f"smtp:anna@{INSIDE}")
    with pytest.raises(InputRefused) as caught:
        run(host, back(kept, force=True))
    assert keys_of(caught.value) == ["address_taken"]


def test_one_that_fails_on_the_way_back_and_goes_on() -> None:
    host, kept, _ = changed()
    host.failing = {guid("Anna")}
    outcome = run(host, back(kept, on_error="continue", remove_created_domains=True))
    assert statuses(outcome) == ["failed", "done", "done", "not_tried"]
    host.failing = set()
    assert run(host, back(kept, on_error="continue", remove_created_domains=True)).error is None


def test_a_type_that_was_changed_comes_back() -> None:
    host, kept = AddressHost(printed()), Kept()
    desired = subject(domain_type="authoritative", all_mailboxes_here=True, change_type=True)
    run(host, desired, save=kept)
    assert host.domains[1]["DomainType"] == "Authoritative"
    assert run(host, back(kept)).error is None
    assert host.domains == [LOCAL, domain()]


@pytest.mark.parametrize("there", [None, policy(NAME, 2, f"SMTP:%m@{INSIDE}")])
def test_a_policy_comes_back_or_goes(there: dict[str, Any] | None) -> None:
    host, kept = AddressHost(follower("Anna", f"SMTP:anna@{INSIDE}"), printed("Bernd")), Kept()
    host.policies = [dict(DEFAULT_POLICY), *([dict(there)] if there else [])]
    before = state(host)
    assert run(host, policy_desired(policy_priority=1), save=kept).error is None
    assert state(host)["recipients"] != before["recipients"]
    outcome = run(host, back(kept))
    assert outcome.error is None
    assert commands(outcome.decision.plan) == [
        ("Set-EmailAddressPolicy" if there else "Remove-EmailAddressPolicy", NAME),
        ("Set-Mailbox", f"Anna <anna@{INSIDE}>"),
        ("Set-Mailbox", f"policies of Anna <anna@{INSIDE}>"),
    ]
    assert state(host) == before
    assert run(host, back(kept)).changed is False


def test_entries_of_an_edge_server_come_back() -> None:
    host, kept = edge(entry(external="alt.de"), entry("weg.local", "weg.de")), Kept()
    before = copy.deepcopy(host.entries)
    rules = ({"from": INSIDE, "to": OUTSIDE}, {"from": f"a@{INSIDE}", "to": f"b@{OUTSIDE}"})
    assert run(host, subject(*rules), save=kept).error is None
    assert run(host, back(kept)).error is None
    shown = [{name: each[name] for name in ("Name", "InternalAddress", "ExternalAddress")} for each in host.entries]
    assert shown == [{name: each[name] for name in ("Name", "InternalAddress", "ExternalAddress")} for each in before]
    assert run(host, back(kept)).changed is False


def test_the_way_back_can_be_undone_as_well() -> None:
    host, kept, _ = changed()
    there, second = state(host), Kept()
    run(host, back(kept), save=second)
    run(host, back(second))
    assert state(host)["recipients"][0] == there["recipients"][0]


GOOD: dict[str, Any] = {
    "method": "recipients",
    "recipients": [],
    "accepted_domains": [],
    "policies": [],
    "entries": [],
    "created_domains": [],
    "created_policy": None,
    "changed_policy": None,
    "created_entries": [],
}
PERSON = {"guid": "g", "name": "n", "addresses": [], "follows_policies": None, "addresses_after": []}


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"address_rewrite": []},
        {"address_rewrite": {**GOOD, "recipients": None}},
        {"address_rewrite": {**GOOD, "recipients": [{**PERSON, "addresses": "SMTP:a@b"}]}},
        {"address_rewrite": {**GOOD, "recipients": [{**PERSON, "addresses": [1]}]}},
        {"address_rewrite": {**GOOD, "recipients": [{**PERSON, "follows_policies": "maybe"}]}},
        {"address_rewrite": {**GOOD, "policies": [{"name": "x"}]}},
    ],
)
def test_a_damaged_file_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(InputRefused) as caught:
        RestoreAddresses(going_back(content))
    assert keys_of(caught.value) == ["backup_unreadable"]


def test_a_good_file_is_read() -> None:
    saved = read_saved({**GOOD, "recipients": [PERSON]})
    assert (saved.method, saved.recipients[0].name, OURS["Name"]) == ("recipients", "n", NAME)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, ["backup_file_missing"]),
        ({"backup_files": "x"}, ["option_unknown", "backup_file_missing"]),
        ({"backup_file": "x", "force": "perhaps", "on_error": "go"}, ["value_unfit", "value_unfit"]),
    ],
)
def test_a_restoring_task_that_is_refused(arguments: dict[str, Any], expected: list[str]) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_restore(arguments, NOW)
    assert keys_of(caught.value) == expected
