"""All nouns in one run through real WinRM: what it costs, that inventories end as with the roles one by one, and which
nouns take part."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from .running import (
    CONNECTION_PASSWORD,
    MAILBOX_PASSWORD,
    ROOT,
    WIZARDS_NAME,
    Site,
    as_variables,
    days_ago,
    nouns_in,
    site,
    smarthost,
    writes,
)

STATE = {
    "profile": "sbs2011",
    "send_connectors": [{"Name": WIZARDS_NAME, "AddressSpaces": ["*"]}],
    "recipients": [{"Name": name, "Alias": name} for name in ("user1", "anna")],
}
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WINDOW = {"days": DAYS, "from": "00:00", "to": "23:59"}
ADDRESSES = {
    "address_rewrite_rules": [{"from": "nt4admins.local", "to": "beispiel.de"}],
    "address_rewrite_confirm_mass_change": True,
    "address_rewrite_unknown_recipients_return": "no",
}
TRANSPORT = {"transport_calm_for_provider": "strato", "transport_smtp_max_messages_per_connection": 5}
WHOLE = {**ADDRESSES, **as_variables(smarthost()), "transport_calm_for_per_hour": 60}
ROLES = [
    ("address_rewrite", "address_rewrite_rules is defined"),
    ("send_connector", "smarthost_account_mailboxes is not defined"),
    ("smarthost_account", "smarthost_account_mailboxes is defined"),
    ("pop3_connector", "pop3_connector_accounts is defined"),
    ("transport", "query('ansible.builtin.varnames', '^transport_.+') | length > 0"),
]
ONE_BY_ONE = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {"name": noun, "ansible.builtin.include_role": {"name": f"sbs.mailflow.{noun}"}, "when": when}
            for noun, when in ROLES
        ],
    }
]
VOLATILE = ("boot_time", "history", "clock", "facts", "queues", "delivering")


class ExampleSite(Site):
    """A controller with a copy of the example inventory and of some of its examples, led to the lab instead of the
    server of its name."""

    def _inventory(self, variables: Mapping[str, Any], hosts: Mapping[str, Any] | None = None) -> list[str]:
        vault = {"vault_ansible_password": CONNECTION_PASSWORD, "vault_info_password": MAILBOX_PASSWORD}
        here = super()._inventory({**vault, **variables}, hosts or {"server01": {"ansible_host": "127.0.0.1"}})
        copy = self.folder / "mysite"
        shutil.copytree(ROOT / "inventory/example", copy, dirs_exist_ok=True)
        for name in ("address_rewrite", "transport"):
            path = copy / f"group_vars/sbs/{name}.yml"
            shutil.copy(f"{path}.example", path)
        return ["-i", str(copy), *here]


EXAMPLE = {"hosts": ("server01",), "kind": ExampleSite, "user": "ansible"}
"""A lab with the host and the account that the example inventory names."""
ONLY_MADE = {**as_variables(smarthost(adopt=None, exclusive=True)), **TRANSPORT, "send_connector_known_routes": []}
SITES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "a connector alone": ({}, as_variables(smarthost()), ["send_connector"]),
    "the example inventory": (EXAMPLE, {}, ["address_rewrite", "send_connector", "transport"]),
    "a connector that is only made": ({}, ONLY_MADE, ["send_connector", "transport"]),
}


@pytest.fixture
def sbs(tmp_path: Path) -> Iterator[Site]:
    with site(tmp_path / "joint", STATE) as found:
        yield found


def flow(sbs: Site, variables: Mapping[str, Any], *words: str) -> dict[str, Any]:
    """What the one task of the project's site playbook tells."""
    sbs.host.log.clear()
    run = sbs.project("site", *words, mail_flow_backup_dir=str(sbs.backups), **variables)
    record = run.task()
    return {**record["result"], "failed": record["status"] == "failed"}


def without_moments(value: Any) -> Any:
    """A value without the moments at which objects were made or changed."""
    if isinstance(value, dict):
        return {name: without_moments(item) for name, item in value.items() if not name.startswith("When")}
    return [without_moments(item) for item in value] if isinstance(value, list) else value


def dump(found: Site) -> Any:
    """The host's state without moments and the list of commands."""
    state = found.host.machine.dump()
    return without_moments({name: value for name, value in state.items() if name not in VOLATILE})


@pytest.mark.parametrize("name", SITES)
def test_an_inventory_ends_as_with_one_role_after_the_other(name: str, tmp_path: Path) -> None:
    keys, variables, nouns = SITES[name]
    with site(tmp_path / "joint", STATE, **keys) as sbs, site(tmp_path / "single", STATE, **keys) as alone:
        joint = flow(sbs, variables)
        assert (joint["failed"], joint["changed"], nouns_in(joint)) == (False, True, nouns), joint
        again = flow(sbs, variables)
        assert (again["changed"], sbs.host.log.count(), sbs.host.open_shells) == (False, 1, 0)
        own = {f"{noun}_backup_dir": str(alone.backups) for noun in nouns}
        done = alone.run(alone.write("roles.yml", ONE_BY_ONE), *alone._inventory({**own, **variables}))
        assert done.code == 0 and alone.saved(), done.output
        assert dump(alone) == dump(sbs)


def test_first_day_then_converged_then_one_noun(sbs: Site) -> None:
    account = {
        "smarthost_account_provider": "strato",
        "smarthost_account_mailboxes": [
            {"address": "info@beispiel.de", "password": MAILBOX_PASSWORD, "created": days_ago(300)}
        ],
        "smarthost_account_accept_unproven": True,
        "smarthost_account_wait_for_session": 0,
        "smarthost_account_switch_window": WINDOW,
    }
    variables = {**ADDRESSES, **account, **TRANSPORT, "send_connector_name": "Smarthost"}
    checked = flow(sbs, variables, "--check", "--diff")
    assert (sbs.host.log.count(), writes(sbs.host)) == (1, [])
    assert nouns_in(checked) == ["address_rewrite", "smarthost_account", "transport"]
    assert len(checked["diff"]) == 3
    assert [each for each in checked["warnings"] if "send_connector_name" in each]
    refused = flow(sbs, {**variables, "mail_flow_approved_plan": "0" * 64})
    assert refused["failed"] and sbs.host.log.count() == 1
    first = flow(sbs, {**variables, "mail_flow_approved_plan": checked["plan"]["digest"]})
    assert not first["failed"], first["msg"]
    assert sbs.host.log.count() == 1 + 1 + 3
    assert len(first["backup_files"]) == 3 and len(sbs.saved()) == 3
    assert flow(sbs, variables)["changed"] is False
    assert sbs.host.log.count() == 1
    flow(sbs, {**variables, "transport_queue_max_idle_time": "00:05:00"})
    assert sbs.host.log.count() == 2
    settled = "info@beispiel.de logs in; it is the preferred one, nothing is left to switch"
    output = sbs.project("site", "--check", **account).output
    assert [line for line in output.splitlines() if line.startswith("[sbs] ")] == [f"[sbs] {settled}"]


def test_one_noun_by_its_tag_or_by_a_variable(sbs: Site) -> None:
    variables = {**as_variables(smarthost()), **TRANSPORT}
    for words, more in ((("--tags", "transport"), {}), ((), {"mail_flow_only": ["transport"]})):
        told = flow(sbs, {**variables, **more}, "--check", *words)
        assert nouns_in(told) == ["transport"]
    assert nouns_in(flow(sbs, variables, "--check", "--skip-tags", "transport")) == ["send_connector"]
    told = flow(sbs, variables, "--tags", "pop3_connector")
    assert told["failed"] and "pop3_connector" in told["msg"] and sbs.host.log.count() == 0


def test_a_misspelt_variable_is_found_whatever_its_noun(sbs: Site) -> None:
    for name in ("transport_mesage_retry_interval", "mail_flow_onyl", "address_rewrite_ruels"):
        run = sbs.project("site", **as_variables(smarthost()), **{name: 1})
        assert run.code != 0 and name in run.output and sbs.host.log.count() == 0


def test_options_of_a_run_that_two_roles_declare_otherwise_are_refused(sbs: Site) -> None:
    variables = {**as_variables(smarthost()), **TRANSPORT, "transport_timeout": 300, "send_connector_timeout": 400}
    told = flow(sbs, variables, "--check")
    assert told["failed"] and "transport_timeout" in told["msg"] and sbs.host.log.count() == 0
    assert not flow(sbs, {**variables, "mail_flow_timeout": 500}, "--check")["failed"]


def what_comes_back(found: Site) -> Any:
    """The host's state as ``dump`` tells it, but for a login, which stays stored, and the order of addresses."""
    state = dump(found)
    connectors = [{**each, "AuthenticationCredential": None} for each in state["send_connectors"]]
    recipients = [{**each, "EmailAddresses": sorted(each["EmailAddresses"])} for each in state["recipients"]]
    return {**state, "send_connectors": connectors, "recipients": recipients}


def test_a_whole_run_comes_back_as_it_was_looked_at(sbs: Site, tmp_path: Path) -> None:
    before = what_comes_back(sbs)
    assert flow(sbs, WHOLE)["failed"] is False
    given = {"mail_flow_backup_dir": str(sbs.backups), "confirm_no_smarthost": True, "remove_created_domains": True}
    page, order = tmp_path / "report.html", ["transport", "send_connector", "address_rewrite"]
    written = writes(sbs.host)
    sbs.host.log.clear()
    looked = sbs.project("restore", "-e", "run=last", "--check", "--diff", report=page, **given)
    assert (looked.result()["plan"]["nouns"], sbs.host.log.count(), writes(sbs.host)) == (order, 1, written)
    assert "transport (on the host)" in looked.output and "address_rewrite (declared)" in looked.output
    assert [noun for noun in order if noun not in page.read_text(encoding="utf-8")] == []
    back = sbs.project("restore", "-e", "run=last", "--diff", **given)
    assert (back.result()["plan"], set(back.statuses())) == (looked.result()["plan"], {"done"})
    assert (sbs.host.log.count(), sbs.host.open_shells) == (1 + 1 + 3, 0)
    assert what_comes_back(sbs) == before
