"""Variables as a reader types them: unknown ones are refused, with those near them, in roles and in playbooks."""

from __future__ import annotations

import pytest

from .conftest import StartSite
from .running import Site, smarthost, writes
from .test_address_rewrite import RULES

REFUSED = {
    "recover_queue": ("queue_recovery_nonsense", "queue_recovery_per_huor", "queue_recovery_per_hour instead of"),
    "check_transport": ("queue_nonsense", "queue_conector", "queue_connector instead of"),
    "restore": ("restore_nonsense", "restore_login", "restore_logins"),
    "learn_pop3_connector": ("learn_nonsense", "pop3_connector_learn_option", "learn_option instead of"),
    "probe_host": ("probe_host_nonsense", "probe_host_backupdir", "probe_host_backup_dir instead of"),
    "switch_smarthost_account": ("smarthost_account_nonsense", "smarthost_account_box", "instead of"),
}


@pytest.mark.parametrize("playbook", REFUSED)
def test_a_playbook_refuses_what_it_does_not_read(sbs: Site, playbook: str) -> None:
    nonsense, misspelled, near = REFUSED[playbook]
    required = {"smarthost_account_mailboxes": [], "smarthost_account_provider": "strato"}
    run = sbs.project(playbook, **{**required, nonsense: 1, misspelled: 1, "backup_file": "x"})
    message = run.result()["msg"]
    kind = "role" if playbook.startswith("switch") else "playbook"
    assert nonsense in message and misspelled in message and f"which the {kind} does not know" in message
    assert near in message and (run.recap()["failed"], writes(sbs.host)) == (1, [])


def test_a_recovery_keeps_its_files_where_its_page_says(start: StartSite) -> None:
    sbs = start("smarthost")
    kept = sbs.folder / "kept"
    variables = {"queue_recovery_backup_dir": str(kept), "queue_recovery_per_hour": 50}
    run = sbs.project("recover_queue", "--check", "-v", **variables, queue_recovery_keep_login=True)
    assert run.code == 0, run.output
    taken = run.task("Recover as far as the present login allows")
    assert taken["result"]["changed"] is False and not (sbs.folder / "backup").exists()


def test_a_confirmation_is_asked_for_as_it_has_to_be_written(sbs: Site) -> None:
    declared = {
        "address_rewrite_rules": RULES,
        "address_rewrite_max_change_percent": 0,
        "address_rewrite_unknown_recipients_return": False,
        "mail_flow_only": ["address_rewrite"],
    }
    run = sbs.role(smarthost(), "-e", "confirm_mass_change=true", **declared)
    told = " ".join(run.output.split())
    assert "confirm_mass_change has no effect: the role takes address_rewrite_confirm_mass_change." in told
    if run.recap()["failed"]:  # ten recipients or more
        assert "declare address_rewrite_confirm_mass_change: true" in told
