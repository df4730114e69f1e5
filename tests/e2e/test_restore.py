"""Going back: what a run has changed, removed or created is undone by one playbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from .conftest import StartSite
from .running import (
    NEW_PASSWORD,
    OLD_PASSWORD,
    WIZARDS_NAME,
    Run,
    Site,
    connectors,
    days_ago,
    login,
    password_hash,
    settings,
    site,
    smarthost,
    state,
    writes,
)

OLD_LOGIN = login("alt@beispiel.de", OLD_PASSWORD)
OLD = {
    "Name": "Alt",
    "AddressSpaces": ["*"],
    "DNSRoutingEnabled": False,
    "SmartHosts": ["smtp.beispiel.de"],
    "Port": 2525,
    "SmartHostAuthMechanism": "BasicAuthRequireTLS",
    "AuthenticationCredential": {"username": "alt@beispiel.de", "password": OLD_PASSWORD},
    "RequireTLS": True,
    "TlsAuthLevel": "DomainValidation",
    "TlsDomain": "*.beispiel.de",
    "Comment": "Bestand, geprüft\nzweite Zeile",
    "MaxMessageSize": "25MB",
    "ConnectionInactivityTimeOut": "00:20:00",
    "ErrorPolicies": "DowngradeAuthFailures, DowngradeDnsFailures",
    "ProtocolLoggingLevel": "Verbose",
    "Fqdn": "mail.beispiel.de",
    "SourceIPAddress": "192.0.2.11",
}
SPARE = {**OLD, "Name": "Reserve", "AddressSpaces": ["*;10"], "SmartHosts": ["[192.0.2.9]"]}


def without_logins(host: Any) -> dict[str, Any]:
    """The settings, and of logins no more than the name."""
    found = settings(host)
    for each in found.values():
        each["AuthenticationCredential"] = (each["AuthenticationCredential"] or {}).get("UserName")
    return found


DECLARATIONS: dict[str, dict[str, Any]] = {
    "a change": smarthost(
        name="Alt",
        adopt=None,
        login=login("neu@beispiel.de", NEW_PASSWORD),
        tls_auth_level="CertificateValidation",
        tls_domain="",
        comment="neu",
        max_message_size="unlimited",
        error_policies=["Default"],
    ),
    "a removal": {"name": "Reserve", "state": "absent"},
    "a creation": {"name": "Neu", "address_spaces": ["beispiel.org"], "smart_hosts": ["smtp.beispiel.org"]},
    "a takeover": smarthost(adopt=None, exclusive=True),
}


HOSTS = [f"{name.replace(' ', '-')}-{language}" for name in DECLARATIONS for language in ("en", "de")]


@dataclass(frozen=True)
class Undone:
    """Each declaration on a host of its own, and then the way back; of each host its settings after each stage."""

    many: Site
    looked: Run
    restored: Run
    again: Run
    stages: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def undone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undone]:
    """The change, a look at the way back, the way back, and once more: four runs for all hosts."""
    connectors_of = {"profile": "sbs2011", "send_connectors": [OLD, SPARE]}
    states = {host: {**connectors_of, "language": host[-2:]} for host in HOSTS}
    with site(tmp_path_factory.mktemp("restore"), hosts=HOSTS, states=states) as many:
        stages: dict[str, dict[str, Any]] = {}

        def note(stage: str) -> None:
            stages[stage] = {host: settings(many.lab.hosts[host]) for host in HOSTS}

        note("before")
        run = many.roles({host: DECLARATIONS[host[:-3].replace("-", " ")] for host in HOSTS})
        note("changed")
        files = {host: {"backup_file": run.result(host=host)["backup_file"]} for host in HOSTS}
        looked = many.restore(files, "--check", "--diff", restore_logins=[OLD_LOGIN])
        note("looked")
        restored = many.restore(files, restore_logins=[OLD_LOGIN])
        note("restored")
        again = many.restore(files, restore_logins=[OLD_LOGIN])
        yield Undone(many, looked, restored, again, stages)


@pytest.mark.parametrize("host", HOSTS)
def test_a_look_at_the_way_back_changes_nothing(undone: Undone, host: str) -> None:
    assert undone.stages["changed"][host] != undone.stages["before"][host]
    assert undone.stages["looked"][host] == undone.stages["changed"][host]
    assert undone.looked.recap(host)["changed"] == 1
    assert undone.looked.result(host=host)["diff"]["after"] != undone.looked.result(host=host)["diff"]["before"]


@pytest.mark.parametrize("host", HOSTS)
def test_a_run_is_undone_to_the_last_setting(undone: Undone, host: str) -> None:
    assert undone.restored.recap(host)["changed"] == 1
    assert undone.restored.result(host=host)["plan"] == undone.looked.result(host=host)["plan"]
    assert undone.stages["restored"][host] == undone.stages["before"][host]


@pytest.mark.parametrize("host", HOSTS)
def test_a_second_restore_changes_nothing(undone: Undone, host: str) -> None:
    assert (undone.again.recap(host)["ok"], undone.again.recap(host)["changed"]) == (1, 0)
    assert undone.again.result(host=host)["plan"] is None
    found = undone.many.lab.hosts[host]
    assert settings(found) == undone.stages["before"][host]
    assert (found.log.count(), found.open_shells) == (6, 0)


def test_a_restore_can_be_undone_too(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [OLD, SPARE]})
    first = sbs.connector(**DECLARATIONS["a change"]).result()["backup_file"]
    changed = settings(sbs.host)
    second = sbs.restore(first, restore_logins=[OLD_LOGIN]).result()["backup_file"]
    assert first != second
    sbs.restore(second, restore_logins=[login("neu@beispiel.de", NEW_PASSWORD)])
    assert settings(sbs.host) == changed


def test_the_wizards_connector_comes_back_only_with_the_confirmation(sbs: Site) -> None:
    before = without_logins(sbs.host)
    backup_file = sbs.role(smarthost()).result()["backup_file"]
    changed = state(sbs.host)
    refused = sbs.restore(backup_file)
    assert refused.recap()["failed"] == 1 and state(sbs.host) == changed
    assert "confirm_no_smarthost" in refused.result()["msg"] and WIZARDS_NAME in refused.result()["msg"]
    run = sbs.restore(backup_file, confirm_no_smarthost=True)
    # It had no login. Exchange keeps the stored one, unused, and the restore says so.
    assert any("info@beispiel.de stays stored" in warning for warning in run.result()["warnings"])
    before[WIZARDS_NAME]["AuthenticationCredential"] = "info@beispiel.de"
    assert without_logins(sbs.host) == before
    assert sbs.restore(backup_file, confirm_no_smarthost=True).recap()["changed"] == 0


LOGINS: dict[str, tuple[Any, list[str]]] = {
    "none": ([], ["alt@beispiel.de", "no host returns a password"]),
    "another": ([login("jemand@beispiel.de")], ["alt@beispiel.de", "no host returns a password"]),
    # In use or not when the state was saved: one that was made since is another.
    "young": ([{**OLD_LOGIN, "created": days_ago(2)}], ["alt@beispiel.de", "14 days"]),
    "undated": ([{"username": "alt@beispiel.de", "password": OLD_PASSWORD}], ["created"]),
    "a-text": ([OLD_PASSWORD], ["mapping", "not repeated"]),
    "no-list": (OLD_LOGIN, ["login"]),
}


def _saved_days_ago(path: Path, days: int) -> None:
    """Let a saved state be older than it is."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["saved_at"] = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Run]]:
    """A change on a host for each row, and the way back with the row's logins."""
    state_of_all = {"profile": "sbs2011", "send_connectors": [OLD, SPARE]}
    with site(tmp_path_factory.mktemp("logins"), state_of_all, hosts=list(LOGINS)) as many:
        run = many.roles(dict.fromkeys(LOGINS, DECLARATIONS["a change"]))
        _saved_days_ago(Path(run.result(host="young")["backup_file"]), 5)
        files = {
            name: {"backup_file": run.result(host=name)["backup_file"], "restore_logins": logins}
            for name, (logins, _) in LOGINS.items()
        }
        yield many, many.restore(files, "-vvvv")


@pytest.mark.parametrize("name", LOGINS)
def test_a_restore_needs_the_saved_login_and_its_age(refused: tuple[Site, Run], name: str) -> None:
    many, run = refused
    record = run.task(host=name)
    message = record["result"]["msg"]
    assert record["status"] == "failed"
    assert [word for word in LOGINS[name][1] if word not in message] == [], message
    assert writes(many.lab.hosts[name]) == ["Set-SendConnector"]


def test_a_login_that_the_host_still_has_needs_no_password(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [OLD, SPARE]})
    before = settings(sbs.host)
    backup_file = sbs.connector(name="Alt", port=26, comment="x").result()["backup_file"]
    assert sbs.restore(backup_file).recap()["changed"] == 1
    assert settings(sbs.host) == before


def test_drift_after_the_run_is_undone_as_well(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [OLD, SPARE]})
    before = settings(sbs.host)
    backup_file = sbs.connector(name="Alt", port=26).result()["backup_file"]
    sbs.host.machine.change({"remove": ["Alt"]})
    assert sbs.restore(backup_file, restore_logins=[OLD_LOGIN]).recap()["changed"] == 1
    assert settings(sbs.host) == before


def test_a_saved_state_is_readable_json_for_the_owners_eyes_only(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [OLD, SPARE]})
    before = connectors(sbs.host)["Alt"]
    result = sbs.connector(**DECLARATIONS["a change"]).result()
    path = Path(result["backup_file"])
    assert path.parent == sbs.backups / "sbs" and path.name.startswith("send_connector_")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert (saved["host"], saved["noun"], saved["created"]) == ("sbs", "send_connector", [])
    (connector,) = saved["connectors"]
    assert (connector["name"], connector["guid"], connector["username"]) == ("Alt", before["Guid"], "alt@beispiel.de")
    assert connector["settings"]["comment"] == OLD["Comment"]
    assert "geprüft" in path.read_text(encoding="utf-8")
    assert saved["plan"] == result["plan"]


def test_two_runs_within_a_second_save_two_states(sbs: Site) -> None:
    tasks = [sbs.task(f"comment {number}", **smarthost(comment=str(number))) for number in range(4)]
    run = sbs.play(tasks)
    files = [run.result(task["name"])["backup_file"] for task in tasks]
    assert len(set(files)) == 4 == len(sbs.saved())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ["No such file"]),
        ("{", ["no JSON"]),
        ("[]", ["another kind of file"]),
        ('{"format": 1, "noun": "send_connector", "host": "other"}', ["saved state of the host other"]),
        ('{"format": 1, "noun": "send_connector", "host": "sbs", "connectors": [1]}', ["edited or damaged"]),
        ('{"format": 2, "noun": "send_connector", "host": "sbs"}', ["another kind of file"]),
    ],
    ids=["missing", "cut", "list", "other-host", "damaged", "later-format"],
)
def test_a_file_that_is_no_saved_state_is_refused(sbs: Site, content: str | None, words: list[str]) -> None:
    path = sbs.folder / "saved.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    run = sbs.restore(str(path))
    assert run.recap()["failed"] == 1
    assert [word for word in words if word not in run.result()["msg"]] == [], run.result()["msg"]
    assert sbs.host.log.count("Create") == 0


def test_nothing_is_changed_where_nothing_can_be_saved(sbs: Site) -> None:
    sbs.backups.write_text("in the way", encoding="utf-8")
    before = state(sbs.host)
    run = sbs.connector(**smarthost())
    sbs.backups.unlink()
    assert run.recap()["failed"] == 1 and state(sbs.host) == before and writes(sbs.host) == []
    assert "cannot be saved" in run.result()["msg"] and "backup_dir" in run.result()["msg"]


def test_the_password_is_written_back_with_the_login(start: StartSite) -> None:
    sbs = start({"profile": "sbs2011", "send_connectors": [OLD, SPARE]})
    backup_file = sbs.connector(**DECLARATIONS["a change"]).result()["backup_file"]
    assert connectors(sbs.host)["Alt"]["AuthenticationCredential"]["password_sha256"] == password_hash(NEW_PASSWORD)
    run = sbs.restore(backup_file, "-vvvv", restore_logins=[OLD_LOGIN, login("jemand@beispiel.de")])
    assert run.result()["password"]["written"] is True
    assert connectors(sbs.host)["Alt"]["AuthenticationCredential"] == {
        "UserName": "alt@beispiel.de",
        "password_sha256": password_hash(OLD_PASSWORD),
    }


def test_the_last_run_is_put_back_and_then_the_one_before(sbs: Site) -> None:
    before = without_logins(sbs.host)
    servers = sbs.host.machine.dump()["transport_servers"]
    sbs.role(smarthost())
    sbs.role(smarthost(), transport_message_retry_interval="00:45:00", transport_backup_dir=str(sbs.backups))
    first, second = (json.loads(path.read_text(encoding="utf-8")) for path in sbs.saved())
    assert (first["noun"], second["noun"]) == ("send_connector", "transport") and first["run"] != second["run"]
    given = {"send_connector_backup_dir": str(sbs.backups)}
    looked = sbs.project("restore", "-e", "run=last", "--check", "--diff", **given)
    assert (looked.recap()["changed"], len(sbs.saved())) == (1, 2)
    last = sbs.project("restore", "-e", "run=last", **given)
    assert [each["noun"] for each in last.result()["restored"]] == ["transport"]
    assert sbs.host.machine.dump()["transport_servers"] == servers
    unknown = sbs.project("restore", "-e", "run=yesterday", **given)
    assert unknown.recap()["failed"] == 1
    assert [each for each in (first["run"], second["run"], "a restore") if each not in unknown.result()["msg"]] == []
    given |= {"confirm_no_smarthost": "true"}
    assert sbs.project("restore", "-e", f"run={first['run']}", **given).recap()["changed"] == 1
    before[WIZARDS_NAME]["AuthenticationCredential"] = "info@beispiel.de"
    assert without_logins(sbs.host) == before
    assert [each["noun"] for each in sbs.project("restore", "-e", "run=last", **given).result()["restored"]] == [
        "transport"
    ]


def test_where_the_runs_are_in_two_folders_none_is_the_last(sbs: Site) -> None:
    given = {"send_connector_backup_dir": str(sbs.backups), "transport_backup_dir": str(sbs.backups / "other")}
    run = sbs.project("restore", "-e", "run=last", **given)
    assert run.recap()["failed"] == 1 and "Several backup_dirs" in run.output
    run = sbs.project("restore_transport", "-e", "run=last", **given)
    assert "no run last with a saved state in" in run.result()["msg"] and "/other" in run.result()["msg"]
    run = sbs.project("restore", "-e", f"mail_flow_backup_dir={sbs.backups}/third", "-e", "run=last", **given)
    assert "no run last with a saved state in" in run.result()["msg"] and "/third" in run.result()["msg"]
    assert sbs.host.log.count("Create") == 0


def test_nothing_to_go_back_to_is_refused_before_the_host_is_touched(sbs: Site) -> None:
    run = sbs.project("restore", send_connector_backup_dir=str(sbs.backups))
    assert run.recap()["failed"] == 1 and "no run at all" in run.result()["msg"]
    assert sbs.host.log.count("Create") == 0
