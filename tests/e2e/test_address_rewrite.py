"""Addresses over real WinRM: declared, looked at, written, kept, refused and put back, by all three methods."""

from __future__ import annotations

from typing import Any

import pytest

from lab.endpoint.host import Host
from lab.exchange.untouched import SYSTEM_MAILBOXES

from .conftest import StartSite
from .running import MAILBOX_PASSWORD, Run, Site, nouns_in, smarthost, writes

INSIDE, OUTSIDE = "nt4admins.local", "beispiel.de"
RULES = [{"from": INSIDE, "to": OUTSIDE}]
ANSWER = {"unknown_recipients_return": "no"}
LEFT_OUT = ["Ohne Alias", "Alte Gruppe", "Altes Postfach"]
"""Of the state addresses: those that no run may change as they are."""
EXCHANGES_OWN = {name for name, _ in SYSTEM_MAILBOXES}


def recipients(host: Host) -> dict[str, dict[str, Any]]:
    """The recipients of the lab by name."""
    return {each["Name"]: each for each in host.machine.dump()["recipients"]}


def addresses(host: Host) -> dict[str, list[str]]:
    """All addresses by name; their order is Exchange's."""
    return {name: sorted(each["EmailAddresses"]) for name, each in recipients(host).items()}


def primary(host: Host, name: str) -> str:
    """The primary address of a recipient."""
    (found,) = [each[5:] for each in recipients(host)[name]["EmailAddresses"] if each.startswith("SMTP:")]
    return str(found)


def domains(host: Host) -> dict[str, str]:
    """The accepted domains and their types."""
    return {each["DomainName"]: each["DomainType"] for each in host.machine.dump()["accepted_domains"]}


def declare(site: Site, *words: str, **options: Any) -> Run:
    """Runs one task address_rewrite."""
    desired = {"backup_dir": str(site.backups), "rules": RULES, "sent_senders_days": 0, **options}
    return site.play([{"name": "task", "sbs.mailflow.address_rewrite": desired}], *words)


def restore(site: Site, run: Run, *words: str, **variables: Any) -> Run:
    """Runs the project's restoring playbook with what a run has saved."""
    variables = {"address_rewrite_backup_dir": str(site.backups), **variables}
    return site.restore(run.result()["backup_file"], *words, noun="addresses", **variables)


@pytest.mark.parametrize("state", ["sbs2011", "sbs2011_german"])
def test_an_untouched_sbs_is_looked_at_changed_found_converged_and_put_back(start: StartSite, state: str) -> None:
    site = start(state)
    host, before = site.host, addresses(site.host)
    looked = declare(site, "--check", "--diff", **ANSWER)
    assert (looked.code, looked.recap()["changed"]) == (0, 1)
    assert (addresses(host), writes(host), site.saved(), host.log.count()) == (before, [], [], 1)
    assert f"-  primary: anna@{INSIDE}" in looked.output and f"+  primary: anna@{OUTSIDE}" in looked.output

    changed = declare(site, **ANSWER)
    assert set(changed.statuses()) == {"done"} and changed.result()["plan"] == looked.result()["plan"]
    assert (host.log.count(), host.open_shells) == (3, 0)
    assert addresses(host)["Anna Schmidt"] == [f"SMTP:anna@{OUTSIDE}", f"smtp:anna@{INSIDE}"]
    assert {name for name in recipients(host) if not primary(host, name).endswith(f"@{OUTSIDE}")} == EXCHANGES_OWN
    assert domains(host) == {INSIDE: "Authoritative", OUTSIDE: "InternalRelay"}
    assert changed.result()["foreign_recipients"] == []

    again = declare(site, "--diff", **ANSWER)
    assert (again.recap()["changed"], again.result()["plan"], host.log.count()) == (0, None, 4)

    assert restore(site, changed, "--check").recap()["changed"] == 1
    assert set(restore(site, changed, remove_created_domains=True).statuses()) == {"done"}
    assert {name: primary(host, name) for name in before} == {
        name: next(each[5:] for each in entries if each.startswith("SMTP:")) for name, entries in before.items()
    }
    assert domains(host) == {INSIDE: "Authoritative"}
    assert {name for name, each in recipients(host).items() if not each["EmailAddressPolicyEnabled"]} == EXCHANGES_OWN
    assert restore(site, changed, remove_created_domains=True).recap()["changed"] == 0


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(start: StartSite) -> None:
    site = start("addresses")
    rules = [*RULES, {"from": "alt.example", "to": OUTSIDE}]
    message = declare(site, rules=rules).result()["msg"]
    for words in (
        "Info alt <info@alt.example> and Info intern <info@nt4admins.local>",
        "without an alias: Ohne Alias",
        "Alte Gruppe",
        "Altes Postfach",
        "no more than 30 percent",
    ):
        assert words in message
    assert (writes(site.host), site.host.log.count(), site.saved()) == ([], 1, [])


def test_recipients_of_every_kind(start: StartSite) -> None:
    site = start("addresses")
    before = recipients(site.host)
    options = {"exceptions": LEFT_OUT, "confirm_mass_change": True}
    changed = declare(site, **options)
    assert changed.recap()["changed"] == 1, changed.output
    after = recipients(site.host)
    assert addresses(site.host)["Xaver Huber"] == [
        f"SMTP:xaver@{OUTSIDE}",
        "X400:C=de;A= ;P=First Organizati;O=Exchange;S=Huber;G=Xaver;",
        "X500:/o=Alte Firma/ou=Erste administrative Gruppe/cn=Recipients/cn=xaver",
        f"smtp:x.huber@{INSIDE}",
        f"smtp:xaver@{INSIDE}",
    ]
    moved = {name for name in after if after[name]["EmailAddresses"] != before[name]["EmailAddresses"]}
    kinds = {step["command"] for step in changed.result()["steps"]}
    assert kinds == {
        "Set-Mailbox",
        "Set-DistributionGroup",
        "Set-DynamicDistributionGroup",
        "Set-MailContact",
        "Set-MailUser",
        "Set-MailPublicFolder",
    }
    assert {"Versteckt", "Ausgeschieden", "Vorstand", "Auftragsordner", "Alle Postfächer"} <= moved
    assert not moved & {*LEFT_OUT, "Ohne Adresse", "Chefin", "Info alt"}
    foreign = {row["name"]: row["why"] for row in changed.result()["foreign_recipients"]}
    assert foreign["Alte Gruppe"] == "an exception" and foreign["Info alt"] == "no rule applies"
    assert declare(site, **options).recap()["changed"] == 0


def test_one_that_fails_stops_or_does_not_stop_the_others(sbs: Site) -> None:
    fault = {"kind": "fail_cmdlet", "cmdlet": "Set-Mailbox", "message": "Verboten."}
    sbs.lab.order_fault("sbs", fault)
    stopped = declare(sbs, **ANSWER)
    assert (stopped.recap()["failed"], stopped.statuses()) == (1, ["done", "failed", *["not_tried"] * 6])
    sbs.lab.order_fault("sbs", fault)
    went_on = declare(sbs, on_error="continue", **ANSWER)
    assert went_on.statuses() == ["failed", *["done"] * 6]
    assert "Verboten." in went_on.result()["msg"] and "6 of 7 steps were done anyway" in went_on.result()["msg"]
    assert declare(sbs, **ANSWER).statuses() == ["done"]


DROPS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "before the plan": ({"kind": "drop", "action": "Command", "when": "before", "command": 2}, ["not_done"] * 8),
    "after the plan": ({"kind": "drop", "action": "Receive", "when": "after", "command": 2}, ["done"] * 8),
}


@pytest.mark.parametrize(("fault", "statuses"), DROPS.values(), ids=DROPS)
def test_a_connection_that_breaks_in_the_apply(sbs: Site, fault: dict[str, Any], statuses: list[str]) -> None:
    sbs.lab.order_fault("sbs", fault)
    assert declare(sbs, **ANSWER).statuses() == statuses
    assert declare(sbs, **ANSWER).recap()["changed"] == int("not_done" in statuses)
    assert primary(sbs.host, "Anna Schmidt") == f"anna@{OUTSIDE}" and sbs.host.open_shells == 0


def test_a_thousand_recipients_take_two_remote_processes(start: StartSite) -> None:
    site = start({"profile": "sbs2011", "generated_recipients": 1000})
    run = declare(site, confirm_mass_change=True, **ANSWER)
    assert set(run.statuses()) == {"done"}, run.output[-3000:]
    assert (len(run.statuses()) > 800, site.host.log.count(), site.host.open_shells) == (True, 2, 0)
    assert declare(site, confirm_mass_change=True, **ANSWER).recap()["changed"] == 0
    assert site.host.log.count() == 3


def test_nothing_is_written_where_the_state_before_cannot_be_saved(sbs: Site) -> None:
    sbs.write("file", "no folder")
    run = declare(sbs, backup_dir=str(sbs.folder / "file"), **ANSWER)
    assert run.recap()["failed"] == 1 and "cannot be saved" in run.result()["msg"]
    assert writes(sbs.host) == []


def test_by_a_policy_and_back(sbs: Site) -> None:
    host, before = sbs.host, addresses(sbs.host)
    options = {"method": "policy", "policy_name": "Absender", **ANSWER}
    changed = declare(sbs, **options)
    assert changed.statuses() == ["done"] * 3, changed.output
    assert writes(host) == ["New-AcceptedDomain", "New-EmailAddressPolicy", "Update-EmailAddressPolicy"]
    assert primary(host, "Anna Schmidt") == f"anna@{OUTSIDE}"
    assert {name for name, each in recipients(host).items() if not each["EmailAddressPolicyEnabled"]} == EXCHANGES_OWN
    assert declare(sbs, **options).recap()["changed"] == 0
    back = restore(sbs, changed)
    assert set(back.statuses()) == {"done"}, back.output
    policies = {each["Name"] for each in host.machine.dump()["email_address_policies"]}
    assert policies == {"Default Policy", "Windows SBS Email Address Policy"}
    assert {name: entries[0] for name, entries in addresses(host).items()} == {
        name: entries[0] for name, entries in before.items()
    }


def test_a_policy_of_which_not_all_is_known_is_refused(start: StartSite) -> None:
    site = start("addresses")
    run = declare(site, method="policy", policy_name="Absender", policy_priority=3, confirm_mass_change=True)
    message = run.result()["msg"]
    assert "e-mail address policy 'Vertrieb': found a recipient filter that cannot be evaluated here" in message
    assert writes(site.host) == []


def test_an_edge_server_gets_entries_and_an_sbs_is_refused(start: StartSite) -> None:
    site = start("edge2010")
    rules = [*RULES, {"from": f"buchhaltung@{INSIDE}", "to": f"kasse@{OUTSIDE}"}]
    changed = declare(site, rules=rules)
    assert changed.statuses() == ["done"] * 3, changed.output
    assert writes(site.host) == ["New-AddressRewriteEntry", "Set-AddressRewriteEntry", "Enable-TransportAgent"]
    assert declare(site, rules=rules).recap()["changed"] == 0
    assert set(restore(site, changed).statuses()) == {"done"}
    (entry,) = site.host.machine.dump()["address_rewrite_entries"]
    assert (entry["Name"], entry["ExternalAddress"]) == ("buchhaltung", f"rechnung@{OUTSIDE}")


def test_entries_are_no_way_on_an_sbs(sbs: Site) -> None:
    message = declare(sbs, method="edge").result()["msg"]
    assert "an Edge Transport server (only this role has address rewrite entries, and an SBS cannot have it)" in message
    assert writes(sbs.host) == []


def test_the_site_playbook_takes_the_role_first_and_knows_the_provider_mailboxes(sbs: Site) -> None:
    declared = {
        "address_rewrite_rules": RULES,
        "address_rewrite_domain_type": "authoritative",
        "address_rewrite_all_mailboxes_here": True,
        "address_rewrite_sent_senders_days": 0,
        "address_rewrite_backup_dir": str(sbs.backups),
        "pop3_connector_accounts": [{"username": f"sammler@{OUTSIDE}", "password": MAILBOX_PASSWORD}, {"server": "x"}],
    }
    refused = sbs.role(smarthost(), mail_flow_only=["address_rewrite"], **declared)
    assert f"the provider's mailboxes info@{OUTSIDE}, sammler@{OUTSIDE}" in refused.output
    assert writes(sbs.host) == []
    wrong = sbs.role(smarthost(), **declared).output  # such accounts stop everything
    assert "username of every account" in " ".join(wrong.split()) and writes(sbs.host) == []
    del declared["pop3_connector_accounts"]
    declared |= {"address_rewrite_domain_type": "internal_relay", "address_rewrite_unknown_recipients_return": False}
    run = sbs.role(smarthost(), **declared)
    assert nouns_in(run.result()) == ["address_rewrite", "send_connector"]
    assert all(run.result()["nouns"][each]["changed"] for each in nouns_in(run.result()))
    assert sbs.role(smarthost(), **declared).recap()["changed"] == 0


def test_a_misspelled_variable_of_the_role_is_refused(sbs: Site) -> None:
    run = sbs.role(smarthost(), address_rewrite_rules=RULES, address_rewrite_rule=RULES)
    assert "found the variables address_rewrite_rule, which the role does not" in run.output
    assert writes(sbs.host) == []


def test_who_would_be_refused_is_told_with_what_really_left(start: StartSite) -> None:
    site = start("addresses")
    options = {"exceptions": LEFT_OUT, "confirm_mass_change": True, "sent_senders_days": 30}
    looked = declare(site, "--check", **options)
    sent = {row["sender"]: row["messages"] for row in looked.result()["foreign_senders"]}
    assert sent == {f"scanner@{INSIDE}": 30, f"anna@{INSIDE}": 15, "<>": 3, f"bernd@{INSIDE}": 1}
    assert looked.result()["may_be_reset"] == [f"Bernd Meyer <chef@{OUTSIDE}>"]
    assert "4 foreign sender addresses, 49 messages in all" in looked.output
    fault = {"kind": "fail_cmdlet", "cmdlet": "Get-MessageTrackingLog", "message": "Kein Protokoll."}
    site.lab.order_fault("sbs", fault)
    unread = declare(site, "--check", **options)
    assert (unread.recap()["changed"], unread.result()["foreign_senders"]) == (1, [])
    assert "could not be read (Kein Protokoll.)" in unread.output


@pytest.mark.pwsh
def test_a_real_powershell_writes_the_same_and_goes_back(start: StartSite) -> None:
    site = start("addresses", backend="pwsh")
    before = addresses(site.host)
    options = {"exceptions": LEFT_OUT, "confirm_mass_change": True, "sent_senders_days": 30}
    changed = declare(site, "-vvvv", **options)
    assert set(changed.statuses()) == {"done"} and len(changed.result()["foreign_senders"]) == 4
    assert declare(site, **options).recap()["changed"] == 0
    assert set(restore(site, changed).statuses()) == {"done"}
    assert addresses(site.host)["Xaver Huber"] == before["Xaver Huber"]
    assert site.host.open_shells == 0


@pytest.mark.pwsh
def test_a_real_powershell_on_an_edge_server(start: StartSite) -> None:
    edge = start("edge2010", backend="pwsh")
    assert set(declare(edge, sent_senders_days=7).statuses()) == {"done"}
    assert declare(edge).recap()["changed"] == 0


@pytest.mark.pwsh
def test_a_real_powershell_makes_and_applies_a_policy(start: StartSite) -> None:
    site = start(backend="pwsh")
    options = {"method": "policy", "policy_name": "Absender", "policy_included_recipients": "MailboxUsers", **ANSWER}
    assert set(declare(site, **options).statuses()) == {"done"}
    assert declare(site, **options).recap()["changed"] == 0
    assert primary(site.host, "Anna Schmidt") == f"anna@{OUTSIDE}"
