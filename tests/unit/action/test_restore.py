"""A run over all nouns and the way back, on a simulated host, through the actions as Ansible runs them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.action.task import Task
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import MailflowError
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.ledger import DEFAULT_NAME, Ledger
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.queue.backlog import guid
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.runs import NOTE
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.action.shell_host import Shell, twin_of
from tests.unit.plugin_utils.pop3_connector.pop3_host import declared, options
from tests.unit.plugin_utils.recovery.test_store import RECOVERY
from tests.unit.plugin_utils.run.examples import request_in

PASSWORD, OTHER_PASSWORD = "Wb4-restore-only-Dachrinne 7733", "Kd8-restore-only-Feuerwehr 1164"
STATE: dict[str, Any] = {
    "profile": "sbs2011",
    "pop3_connector": {
        "accounts": [
            {
                "server": "pop3.strato.de",
                "port": 995,
                "username": "user1@beispiel.de",
                "password": "lab-only-Kesselhaus-0815",
                "mailbox": "user1@nt4admins.local",
            }
        ]
    },
    "recipients": [{"Name": "Anna", "Alias": "anna"}],
    "send_connectors": [
        {
            "Name": "Internet",
            "AddressSpaces": ["*"],
            "DNSRoutingEnabled": False,
            "SmartHosts": ["smtp.strato.de"],
            "Port": 587,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "RequireTLS": True,
            "AuthenticationCredential": {"username": "alt@beispiel.de", "password": PASSWORD},
        }
    ],
}
OLD_LOGIN = {"username": "alt@beispiel.de", "password": PASSWORD, "created": "2020-01-31"}
DECLARATIONS: dict[str, dict[str, Any]] = {
    "address_rewrite": {
        "rules": [{"from": "nt4admins.local", "to": "beispiel.de"}],
        "confirm_mass_change": True,
        "unknown_recipients_return": "no",
    },
    "send_connector": {
        "name": "Internet",
        "smart_host_auth_mechanism": "BasicAuthRequireTLS",
        "require_tls": True,
        "login": {"username": "neu@beispiel.de", "password": OTHER_PASSWORD, "created": "2020-01-31"},
    },
    "pop3_connector": options(
        declared(3, mailbox="anna@nt4admins.local"), validate_logins=False, confirm_mailbox=True, max_waiting=10
    ),
    "transport": {"message_retry_interval": "00:45:00", "connector": "Internet", "smtp_max_messages_per_connection": 7},
}
"""What a site declares, in the order in which it is applied."""
PUT_BACK = {
    "Set-TransportServer": "transport",
    "Restore-Pop3Records": "pop3_connector",
    "Set-SendConnector": "send_connector",
    "Set-Mailbox": "address_rewrite",
    "Remove-AcceptedDomain": "address_rewrite",
}
"""By which command each noun is put back; the connector's own is transport's last one, too."""
RUN = "20261130T161000Z-3f9c21"


class Site:
    """A host, and the controller's folder."""

    def __init__(self, folder: Path) -> None:
        self.machine = SimulatedMachine.from_state(STATE)
        self.folder = folder
        self.calls = 0
        self.broken_at: str | None = None
        self._commands: list[str] = []
        self._answer = twin_of(self.machine)
        self._shell = Shell(self._execute)

    def _execute(self, command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        """One call of the agent, whose commands are noted. From the command ``broken_at`` on there is no answer."""
        self.calls += 1
        self._commands += [each["command"] for each in request_in(stdin)["steps"]]
        if self.broken_at in self._commands:
            raise OSError("gone")
        return self._answer(command_line, stdin)

    def run(self, noun: str, check: bool = False, **options: Any) -> dict[str, Any]:
        """One task."""
        return self._shell.run(noun, {"backup_dir": str(self.folder), **options}, check)

    def restore(self, check: bool = False, **options: Any) -> dict[str, Any]:
        """One task that restores, with the login of before."""
        return self.run("restore", check, **{"logins": [OLD_LOGIN], "remove_created_domains": True, **options})

    def whole_run(self) -> None:
        """A run over all nouns: what one task would save under one id, four have saved."""
        for order, (noun, desired) in enumerate(DECLARATIONS.items(), 1):
            result = self.run(noun, **desired)
            assert (result["changed"], result.get("msg")) == (True, None)
            self.mark(result["backup_file"], run=RUN, order=order)

    @staticmethod
    def mark(path: str, **keys: Any) -> None:
        """Let a saved state tell something else; None takes the key out."""
        content = {**json.loads(Path(path).read_text()), **keys}
        Path(path).write_text(json.dumps({key: value for key, value in content.items() if value is not None}))

    def seen(self) -> dict[str, Any]:
        """All of the host that a run changes, without moments; the order of addresses does not matter."""
        dump = self.machine.dump()
        objects = {key: dump[key] for key in ("send_connectors", "transport_servers", "accepted_domains")}
        objects["recipients"] = [
            {**each, "EmailAddresses": sorted(each["EmailAddresses"])} for each in dump["recipients"]
        ]
        timeless = {
            kind: [{key: value for key, value in each.items() if not key.startswith("When")} for each in found]
            for kind, found in objects.items()
        }
        return {**timeless, "accounts": dump["pop3_connector"]["accounts"]}

    def asked(self) -> list[str]:
        """The commands that were to change something, in their order."""
        return [each for each in self._commands if not each.startswith(("Get-", "Read-", "Measure-"))]

    def saved(self, **keys: Any) -> list[dict[str, Any]]:
        """The saved states that tell this."""
        contents = [json.loads(path.read_text()) for path in sorted(self.folder.rglob("*Z*.json"))]
        return [each for each in contents if all(each.get(key) == value for key, value in keys.items())]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A host on which nothing of ours has run."""
    return Site(tmp_path)


def nouns(commands: Iterable[str]) -> list[str]:
    """The nouns that were at work, each time that another one began."""
    return [noun for noun, _ in groupby(PUT_BACK[each] for each in commands)]


def test_a_run_comes_back_in_reverse_order_to_the_last_setting(site: Site) -> None:
    before = site.seen()
    site.whole_run()
    changed, at = site.seen(), len(site.asked())
    assert all(before[kind] != changed[kind] for kind in before)
    looked = site.restore(check=True, run="last")
    assert (looked["changed"], site.seen(), len(site.asked()), looked["steps"]) == (True, changed, at, [])
    assert [each["noun"] for each in looked["restored"]] == [*reversed(DECLARATIONS)]
    back = site.restore(run="last")
    assert (back.get("msg"), back["plan"]) == (None, looked["plan"])
    assert {step["status"] for step in back["steps"]} == {"done"}
    # transport keeps a setting of the connector, too, and so writes to both.
    assert nouns(site.asked()[at:]) == [
        "transport",
        "send_connector",
        "pop3_connector",
        "send_connector",
        "address_rewrite",
    ]
    assert site.seen() == before
    again = site.restore(run="last")
    assert (again["changed"], again["plan"], again.get("msg")) == (False, None, None)


def test_a_restore_is_a_run_too_and_can_be_undone(site: Site) -> None:
    site.whole_run()
    changed = site.seen()
    back = site.restore(run=RUN)
    saved = site.saved(restores=RUN)
    assert [each["backup_file"] is not None for each in back["restored"]] == [True] * 4
    assert len({each["run"] for each in saved}) == 1
    assert sorted(each["order"] for each in saved) == [1, 2, 3, 4]
    login = {**DECLARATIONS["send_connector"]["login"]}
    undone = site.restore(run=saved[0]["run"], logins=[login])
    assert (undone["changed"], undone.get("msg")) == (True, None)
    # The domain that was removed stays so: the run that is undone had not saved the creation of it.
    assert {key: site.seen()[key] for key in ("send_connectors", "transport_servers", "accounts")} == {
        key: changed[key] for key in ("send_connectors", "transport_servers", "accounts")
    }


def test_what_one_noun_refuses_leaves_all_as_they_are(site: Site) -> None:
    site.whole_run()
    changed = site.seen()
    refused = site.restore(run="last", logins=[])
    assert refused["failed"] and not refused["changed"] and "alt@beispiel.de" in refused["msg"]
    assert site.seen() == changed and site.saved(restores=RUN) == []
    # Made since it was saved, it is another mailbox than that which was in use then.
    today = datetime.now(UTC)
    (path,) = site.folder.rglob("send_connector_*.json")
    site.mark(str(path), saved_at=(today - timedelta(days=5)).isoformat())
    young = {**OLD_LOGIN, "created": str((today - timedelta(days=2)).date())}
    assert "14 days" in site.restore(run="last", logins=[young])["msg"]
    assert site.seen() == changed


def test_after_a_failure_nothing_more_is_tried_and_all_is_told(site: Site) -> None:
    before = site.seen()
    site.whole_run()
    changed, at = site.seen(), len(site.asked())
    site.machine.fail_next("Restore-Pop3Records", "No.")
    stopped = site.restore(run="last")
    assert stopped["failed"] and stopped["changed"]
    assert "that were not tried: send_connector, address_rewrite" in stopped["msg"]
    assert nouns(site.asked()[at:]) == ["transport", "send_connector", "pop3_connector"]
    statuses = [step["status"] for step in stopped["steps"]]
    assert statuses[:3] == ["done", "done", "failed"] and set(statuses[3:]) == {"not_tried"}
    assert [each["changed"] for each in stopped["restored"]] == [True, False, False, False]
    assert site.seen()["recipients"] == changed["recipients"]
    assert site.restore(run="last").get("msg") is None
    assert site.seen() == before


def test_all_are_read_in_one_process_and_told_as_any_run_of_several_nouns(site: Site) -> None:
    site.whole_run()
    at = site.calls
    looked = site.restore(check=True, run="last")
    assert site.calls - at == 2, "one for all, and one for the hashes of the POP3 connector's backups"
    assert looked["plan"] == {"noun": "restore", "digest": looked["plan"]["digest"], "nouns": [*reversed(DECLARATIONS)]}
    assert [*looked["nouns"]] == [each["noun"] for each in looked["restored"]] == [*reversed(DECLARATIONS)]
    at = site.calls
    back = site.restore(run="last")
    assert site.calls - at == 2 + len(DECLARATIONS)
    assert [step["noun"] for step in back["steps"]] == sorted(
        (step["noun"] for step in back["steps"]), key=[*reversed(DECLARATIONS)].index
    )
    assert back["backup_files"] == [each["backup_file"] for each in back["restored"]]
    at = site.calls
    assert site.restore(run="last")["changed"] is False
    assert site.calls - at == 1


def test_what_several_nouns_refuse_is_told_at_once(site: Site) -> None:
    site.whole_run()
    changed = site.seen()
    (path,) = site.folder.rglob("pop3_connector_*.json")
    site.mark(str(path), file={"path": "x", "sha256": "0" * 64, "length": None})
    for check in (True, False):
        refused = site.restore(check, run="last", logins=[])
        assert "alt@beispiel.de" in refused["msg"] and "pop3records" in refused["msg"]
        assert len(refused["reasons"]) == 2 and refused["diff"] and not refused["changed"]
        assert {step["status"] for step in refused["steps"]} == {"not_tried"} and refused["backup_files"] == []
    assert site.seen() == changed and site.saved(restores=RUN) == [] == site.saved(put_back=RUN)


def test_where_one_cannot_be_saved_none_is_put_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.whole_run()
    changed, save = site.seen(), Task.save

    def full(task: Task, noun: str, *rest: Any) -> str:
        if noun == "address_rewrite":
            raise MailflowError(reason_of("backup_failed", "sbs", path="x", problem="No space left"))
        return save(task, noun, *rest)

    monkeypatch.setattr(Task, "save", full)
    refused = site.restore(run="last")
    assert refused["failed"] and not refused["changed"] and "No space left" in refused["msg"]
    assert site.seen() == changed and site.saved(put_back=RUN) == []


def test_what_was_written_is_remembered_though_the_host_is_gone_then(site: Site) -> None:
    site.whole_run()
    ledger = Ledger(site.folder / DEFAULT_NAME)
    assert ledger.last_written("sbs", OLD_LOGIN["username"]) is None
    site._commands.clear()
    site.broken_at = "Set-Mailbox"
    stopped = site.restore(run="last")
    assert [each["changed"] for each in stopped["restored"]] == [True, True, True, True] and stopped["failed"]
    assert ledger.last_written("sbs", OLD_LOGIN["username"]) is not None
    (noted,) = site.saved(put_back=RUN)
    assert noted["nouns"] == ["transport", "pop3_connector", "send_connector"]


def test_only_the_plan_that_was_approved_comes_back(site: Site) -> None:
    site.whole_run()
    changed = site.seen()
    digest = site.restore(check=True, run="last")["plan"]["digest"]
    refused = site.restore(run="last", approved_plan="0" * 64)
    assert refused["failed"] and digest in refused["msg"] and site.seen() == changed
    assert site.restore(run="last", approved_plan=digest).get("msg") is None


@pytest.mark.parametrize("noun", DECLARATIONS)
def test_each_noun_comes_back_from_its_file_alone(site: Site, noun: str) -> None:
    before = site.seen()
    result = site.run(noun, **DECLARATIONS[noun])
    back = site.restore(backup_file=result["backup_file"])
    assert (back.get("msg"), back["changed"]) == (None, True)
    assert [(each["noun"], each["file"]) for each in back["restored"]] == [(noun, result["backup_file"])]
    assert site.seen() == before
    assert site.restore(backup_file=result["backup_file"])["changed"] is False


def test_a_saved_state_is_found_by_its_name_where_it_was_saved(site: Site) -> None:
    file = Path(site.run("transport", **DECLARATIONS["transport"])["backup_file"])
    for name in (file.name, f"{file.parent.name}/{file.name}"):
        assert site.restore(True, backup_file=name)["changed"], name
    refused = site.restore(True, backup_file="nowhere.json")
    assert "nowhere.json" in refused["msg"]


def test_a_run_that_saves_says_how_to_undo_it(site: Site) -> None:
    desired = DECLARATIONS["transport"]
    assert "said" not in site.run("transport", True, **desired)
    result = site.run("transport", **desired)
    (line,) = result["said"]
    run = json.loads(Path(result["backup_file"]).read_text())["run"]
    assert line.startswith("To undo this run: ansible-playbook ") and line.endswith(f" -e run={run}")
    assert "said" not in site.run("transport", **desired)
    (line,) = site.restore(run=run)["said"]
    assert not line.endswith(f" -e run={run}")


def test_a_run_that_fails_once_it_has_saved_says_so_as_well(site: Site) -> None:
    site.broken_at = "Set-TransportServer"
    result = site.run("transport", **DECLARATIONS["transport"])
    assert result["failed"] and result["said"][0].startswith("To undo this run: ")


def test_the_switch_of_a_smarthost_account_comes_back(site: Site) -> None:
    before = site.seen()
    mailbox = {"address": "neu@beispiel.de", "password": OTHER_PASSWORD, "created": "2020-01-31"}
    switch = {"provider": "strato", "mailboxes": [mailbox], "wait_for_session": 0, "accept_unproven": True}
    switched = site.run("smarthost_account", **switch)
    assert switched["changed"] and site.seen() != before, switched
    refused = site.restore(run="last", logins=[])
    assert "no host returns a password" in refused["msg"]
    back = site.restore(run="last")
    assert (back.get("msg"), back["password"]["written"], site.seen()["send_connectors"]) == (
        None,
        True,
        before["send_connectors"],
    )


def test_a_recovery_that_is_under_way_refuses_the_whole_way_back(site: Site) -> None:
    site.whole_run()
    changed = site.seen()
    store = Store(str(site.folder), "sbs")
    (connector,) = site.machine.dump()["send_connectors"]
    store.save(
        replace(RECOVERY, host="sbs", computer=None, domain=None, stage="quiet", connector_guid=guid(connector["Guid"]))
    )
    refused = site.restore(run="last")
    assert refused["failed"] and "recovery" in refused["msg"] and site.seen() == changed


def test_a_backup_on_the_host_comes_back_by_its_name(site: Site) -> None:
    before = site.seen()
    name = site.run("pop3_connector", **DECLARATIONS["pop3_connector"])["host_backup"]
    assert site.restore(backup=name)["changed"] and site.seen() == before


def test_of_several_backups_that_one_comes_back_which_was_saved(site: Site) -> None:
    """Whatever was written since, and however many of them are alike."""
    before, files = site.seen(), []
    for number in (3, 4, 5):
        desired = {**DECLARATIONS["pop3_connector"], "accounts": [declared(number, mailbox="anna@nt4admins.local")]}
        files.append(site.run("pop3_connector", **desired)["backup_file"])
    back = site.restore(backup_file=files[0])
    assert (back.get("msg"), site.seen()) == (None, before)
    site.mark(files[1], file={"path": "x", "sha256": "0" * 64, "length": None})
    refused = site.restore(backup_file=files[1])
    assert refused["failed"] and back["backup"] in refused["msg"] and site.seen() == before


def retries(site: Site, interval: str) -> dict[str, Any]:
    """A run that sets one interval."""
    return site.run("transport", message_retry_interval=interval)


def test_after_a_run_that_has_done_nothing_the_one_before_it_comes_back(site: Site) -> None:
    """What was saved before a step that failed is on the host already; that counts as put back."""
    before = site.seen()
    first = retries(site, "00:15:00")
    site.machine.fail_next("Set-TransportServer", "No.")
    assert retries(site, "00:05:00")["failed"]
    run = json.loads(Path(first["backup_file"]).read_text())["run"]
    assert site.restore(True, run="last")["changed"] is False
    assert "later runs" in site.restore(True, run=run)["msg"]
    files = len(site.saved())
    for _again in range(2):
        assert site.restore(run="last")["changed"] is False
        assert len(site.saved()) == files + 1
    again = " ".join(site.restore(True, run="last")["warnings"])
    assert "was put back before" in again and run in again
    back = site.restore(run=run)
    assert (back.get("msg"), back["changed"], site.seen()) == (None, True, before)


def test_a_restore_that_has_failed_leaves_its_run_in_the_way(site: Site) -> None:
    before, first = site.seen(), retries(site, "00:15:00")
    retries(site, "00:05:00")
    run = json.loads(Path(first["backup_file"]).read_text())["run"]
    site.machine.fail_next("Set-TransportServer", "No.")
    assert site.restore(run="last")["failed"]
    assert "later runs" in site.restore(run=run)["msg"]
    assert site.restore(run="last")["changed"]
    assert site.restore(run=run).get("msg") is None
    assert site.seen() == before


def test_a_damaged_file_of_a_run_keeps_the_rest_from_coming_back(site: Site) -> None:
    site.whole_run()
    changed = site.seen()
    (path,) = site.folder.rglob("send_connector_*.json")
    text = path.read_text()
    for keys in ({"host": None}, {"noun": None}, {"noun": "banana"}, {"order": None}, {"connectors": 5}):
        site.mark(str(path), **keys)
        assert site.restore(run="last")["failed"] and site.seen() == changed
        path.write_text(text)
    path.rename(site.folder / "elsewhere.json")
    refused = site.restore(run="last")
    assert "an incomplete set of files" in refused["msg"] and site.seen() == changed


def test_what_cannot_be_noted_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    save = Task.save

    def full(task: Task, noun: str, *rest: Any) -> str:
        if noun == NOTE:
            raise MailflowError(reason_of("backup_failed", "sbs", path="x", problem="No space left"))
        return save(task, noun, *rest)

    retries(site, "00:15:00")
    monkeypatch.setattr(Task, "save", full)
    back = site.restore(run="last")
    assert back["changed"] and "could not be recorded" in " ".join(back["warnings"])


def test_all_damaged_files_of_a_run_are_named_at_once(site: Site) -> None:
    site.whole_run()
    for noun, keys in (("send_connector", {"connectors": 5}), ("transport", {"transport_server": 5})):
        (path,) = site.folder.rglob(f"{noun}_*.json")
        site.mark(str(path), **keys)
    message = site.restore(run="last")["msg"]
    assert "send_connector_" in message and "transport_" in message
    for path in site.folder.rglob("[st]*_*.json"):
        site.mark(str(path), format=2)
    message = site.restore(run="last")["msg"]
    assert "send_connector_" in message and "transport_" in message


def test_a_run_that_is_not_there_leaves_no_trace(site: Site) -> None:
    assert site.restore(run="last")["failed"]
    assert list(site.folder.iterdir()) == []


@pytest.mark.parametrize("keys", [{"send_connector": each} for each in (0, "", [], False)])
def test_a_connector_of_a_transport_server_that_is_none_is_damage(site: Site, keys: dict[str, Any]) -> None:
    result = site.run("transport", **DECLARATIONS["transport"])
    site.mark(result["backup_file"], **keys)
    assert "edited or damaged" in site.restore(backup_file=result["backup_file"])["msg"]
