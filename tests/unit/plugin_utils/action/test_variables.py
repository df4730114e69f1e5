"""Variables of roles and playbooks: unknown ones are refused, confirmations without what they begin with are told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.variables import ROOT, DeclaredBy
from tests.unit.action.every_action import ACTIONS as PLUGINS

FLOW = PLUGINS["mail_flow"].ActionModule.tables
CONNECTOR = PLUGINS["send_connector"].ActionModule.tables
RECOVERY = PLUGINS["queue_recovery"].ActionModule.tables


def role(name: str, path: str = "/elsewhere") -> SimpleNamespace:
    return SimpleNamespace(_role=SimpleNamespace(get_name=lambda: name, _role_path=path))


def in_file(path: Path) -> SimpleNamespace:
    return SimpleNamespace(_role=None, get_path=lambda: f"{path}:7")


WHO: dict[str, tuple[Any, str, str]] = {
    "a role in full": (role("sbs.mailflow.transport"), "transport", ""),
    "a role of the folder": (role("transport", str(ROOT / "roles" / "transport")), "transport", ""),
    "a role of others": (role("transport"), "", ""),
    "our playbook": (in_file(ROOT / "playbooks" / "recover_queue.yml"), "", "recover_queue"),
    "our playbook of roles": (in_file(ROOT / "playbooks" / "site.yml"), "", ""),
    "one of others": (in_file(Path("/site/recover_queue.yml")), "", ""),
    "nobody knows": (SimpleNamespace(), "", ""),
}


@pytest.mark.parametrize(("task", "name", "playbook"), WHO.values(), ids=WHO)
def test_who_has_written_a_task(task: Any, name: str, playbook: str) -> None:
    reader = DeclaredBy.of(task, CONNECTOR)
    assert (reader.role, reader.playbook) == (name, playbook)


NEAR = [
    (
        DeclaredBy(CONNECTOR, "send_connector"),
        "send_connector_prot",
        "send_connector_port instead of send_connector_prot",
    ),
    (DeclaredBy(FLOW, "mail_flow"), "transport_calm_for_providr", "transport_calm_for_provider"),
    (DeclaredBy(FLOW, "mail_flow"), "mail_flow_onyl", "mail_flow_only instead of"),
    (DeclaredBy(FLOW, "mail_flow"), "mail_flow_send_connector", "instead of mail_flow_send_connector"),
    (
        DeclaredBy(FLOW, "mail_flow"),
        "pop3_connector_zzz",
        "one of pop3_connector_accept_identity, ",
    ),
    (DeclaredBy(CONNECTOR, "send_connector"), "send_connector_username", "username inside of send_connector_login"),
    (DeclaredBy(FLOW, "mail_flow"), "send_connector_login_password", "password inside of send_connector_login"),
    (DeclaredBy(FLOW, "mail_flow"), "smarthost_account_password", "password inside of smarthost_account_mailboxes"),
    (DeclaredBy(PLUGINS["restore"].ActionModule.tables, playbook="restore"), "restore_point", ", backup_file, "),
    (DeclaredBy(RECOVERY, playbook="recover_queue"), "queue_recovery_backupdir", "queue_recovery_backup_dir instead"),
    (DeclaredBy(RECOVERY, playbook="recover_queue"), "queue_recovery_nonsense", "queue_recovery_"),
    (DeclaredBy(RECOVERY, playbook="recover_queue"), "queue_recovery_wait", "instead of queue_recovery_wait"),
]


@pytest.mark.parametrize(("reader", "wrong", "told"), NEAR, ids=[wrong for _, wrong, _ in NEAR])
def test_those_near_it_are_told(reader: DeclaredBy, wrong: str, told: str) -> None:
    (reason,) = reader.refusals([wrong, "nonsense"], "sbs")
    assert told in reason.expected and f"the variables {wrong}, which" in reason.found


def test_a_restore_names_its_own_parameters() -> None:
    reader = DeclaredBy(PLUGINS["restore"].ActionModule.tables, playbook="restore")
    (reason,) = reader.refusals(["restore_confirm_no_smarthost", "restore_logins"], "sbs")
    assert reason.expected.startswith("confirm_no_smarthost") and "restore_logins," not in reason.found


def test_a_task_of_its_own_is_asked_nothing() -> None:
    reader = DeclaredBy(CONNECTOR)
    assert reader.refusals(["send_connector_prot"], "sbs") == [] and reader.notices(["confirm_no_smarthost"]) == []


LOST: dict[str, tuple[DeclaredBy, list[str], list[str]]] = {
    "in the role": (
        DeclaredBy(CONNECTOR, "send_connector"),
        ["confirm_no_smarthost"],
        ["send_connector_confirm_no_smarthost"],
    ),
    "in the role of all": (
        DeclaredBy(FLOW, "mail_flow"),
        ["confirm_mass_change", "approved_plan"],
        ["address_rewrite_confirm_mass_change", "mail_flow_approved_plan"],
    ),
    "beside the right one": (
        DeclaredBy(FLOW, "mail_flow"),
        ["confirm_mass_change", "address_rewrite_confirm_mass_change"],
        [],
    ),
    "what others may mean": (DeclaredBy(CONNECTOR, "send_connector"), ["port", "name", "backup_dir", "login"], []),
    "in a playbook": (
        DeclaredBy(RECOVERY, playbook="recover_queue"),
        ["accept_missing"],
        ["queue_recovery_accept_missing"],
    ),
    "what a playbook takes so": (
        DeclaredBy(PLUGINS["restore"].ActionModule.tables, playbook="restore"),
        ["confirm_no_smarthost", "force"],
        [],
    ),
}


@pytest.mark.parametrize(("reader", "variables", "told"), LOST.values(), ids=LOST)
def test_a_confirmation_that_does_nothing_is_told(reader: DeclaredBy, variables: list[str], told: list[str]) -> None:
    notices = reader.notices(variables)
    assert len(notices) == len(told) and all(f"takes {each}." in text for each, text in zip(told, notices, strict=True))
