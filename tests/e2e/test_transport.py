"""The transport settings over real WinRM: declared, looked at, written, kept, refused and put back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.endpoint.host import Host

from .conftest import StartSite
from .running import ENDPOINT_PASSWORD, ROOT, WIZARDS_NAME, Run, Site, connectors, nouns_in, smarthost, writes

CALM = {
    "MessageRetryInterval": "00:30:00",
    "TransientFailureRetryInterval": "00:10:00",
    "OutboundConnectionFailureRetryInterval": "00:30:00",
    "MaxPerDomainOutboundConnections": "2",
}
EVERYTHING: dict[str, tuple[Any, str, Any]] = {
    "message_retry_interval": ("00:15:00", "MessageRetryInterval", "00:15:00"),
    "transient_failure_retry_count": (3, "TransientFailureRetryCount", 3),
    "transient_failure_retry_interval": (600, "TransientFailureRetryInterval", "00:10:00"),
    "outbound_connection_failure_retry_interval": (
        "01:00:00",
        "OutboundConnectionFailureRetryInterval",
        "01:00:00",
    ),
    "max_outbound_connections": ("unlimited", "MaxOutboundConnections", "unlimited"),
    "max_per_domain_outbound_connections": (5, "MaxPerDomainOutboundConnections", "5"),
    "message_expiration_timeout": ("4.00:00:00", "MessageExpirationTimeout", "4.00:00:00"),
    "delay_notification_timeout": ("12:00:00", "DelayNotificationTimeout", "12:00:00"),
    "queue_max_idle_time": ("00:05:00", "QueueMaxIdleTime", "00:05:00"),
    "send_protocol_log_path": ("D:\\Größe & Co\\", "SendProtocolLogPath", "D:\\Größe & Co"),
    "send_protocol_log_max_directory_size": ("300MB", "SendProtocolLogMaxDirectorySize", (300, "MB")),
    "send_protocol_log_max_file_size": (20971520, "SendProtocolLogMaxFileSize", (20, "MB")),
    "receive_protocol_log_path": ("E:\\", "ReceiveProtocolLogPath", "E:\\"),
    "receive_protocol_log_max_directory_size": ("unlimited", "ReceiveProtocolLogMaxDirectorySize", "unlimited"),
    "receive_protocol_log_max_file_size": ("300MB", "ReceiveProtocolLogMaxFileSize", (300, "MB")),
    "connectivity_log_path": ("D:\\Logs\\Verbindungen", "ConnectivityLogPath", "D:\\Logs\\Verbindungen"),
    "connectivity_log_max_directory_size": ("2GB", "ConnectivityLogMaxDirectorySize", (2, "GB")),
    "connectivity_log_max_file_size": ("10240KB", "ConnectivityLogMaxFileSize", (10, "MB")),
    "message_tracking_log_path": ("", "MessageTrackingLogPath", None),
    "message_tracking_log_max_directory_size": ("1.5 TB", "MessageTrackingLogMaxDirectorySize", (1.5, "TB")),
    "message_tracking_log_max_file_size": ("4GB", "MessageTrackingLogMaxFileSize", (4, "GB")),
    "send_protocol_log_max_age": ("14.00:00:00", "SendProtocolLogMaxAge", "14.00:00:00"),
    "receive_protocol_log_max_age": ("14.00:00:00", "ReceiveProtocolLogMaxAge", "14.00:00:00"),
    "intra_org_connector_protocol_logging_level": ("Verbose", "IntraOrgConnectorProtocolLoggingLevel", "Verbose"),
    "connectivity_log_enabled": (True, "ConnectivityLogEnabled", True),
    "connectivity_log_max_age": (0, "ConnectivityLogMaxAge", "00:00:00"),
    "message_tracking_log_enabled": (False, "MessageTrackingLogEnabled", False),
    "message_tracking_log_max_age": ("60.00:00:00", "MessageTrackingLogMaxAge", "60.00:00:00"),
    "message_tracking_log_subject_logging_enabled": (False, "MessageTrackingLogSubjectLoggingEnabled", False),
}
"""Every setting: the declaration, Exchange's property, what the host prints then; a size is printed in the host's
language."""


def everything(state: str) -> dict[str, Any]:
    """What a host of that state prints once every setting is written."""
    return {name: as_printed(shown, "german" in state) for _, name, shown in EVERYTHING.values()}


def as_printed(shown: Any, german: bool) -> Any:
    """A size with its bytes in brackets, with points on a German server."""
    if not isinstance(shown, tuple):
        return shown
    number, unit = shown
    text = f"{number} {unit} ({int(number * 1024 ** ' KMGT'.index(unit[0])):,} bytes)"
    return text.translate(str.maketrans(",.", ".,")) if german else text


def transport(host: Host, name: str = "SBS") -> dict[str, Any]:
    """The settings of a transport server of the lab."""
    return next(each for each in host.machine.dump()["transport_servers"] if each["Name"] == name)


def declare(site: Site, *words: str, **options: Any) -> Run:
    """Runs one task transport."""
    task = {"name": "task", "sbs.mailflow.transport": {"backup_dir": str(site.backups), **options}}
    return site.play([task], *words)


def restore(site: Site, backup_file: str, *words: str) -> Run:
    """Runs the project's restoring playbook."""
    return site.restore(backup_file, *words, noun="transport")


def test_a_calm_sbs_is_looked_at_changed_and_found_converged(sbs: Site) -> None:
    host, before = sbs.host, transport(sbs.host)
    looked = declare(sbs, "--check", "--diff", calm_for_provider="strato")
    assert (looked.code, looked.recap()["changed"]) == (0, 1)
    assert transport(host) == before and writes(host) == [] and sbs.saved() == []
    assert (host.log.count(), host.open_shells) == (1, 0)
    assert "-  message_retry_interval: 00:01:00" in looked.output
    assert "+  message_retry_interval: 00:30:00" in looked.output

    changed = declare(sbs, calm_for_provider="strato")
    result = changed.result()
    assert (changed.recap()["changed"], changed.statuses()) == (1, ["done"])
    assert result["plan"] == looked.result()["plan"]
    assert (result["server"], result["attempts"]) == (
        "SBS",
        {"per_message_per_hour": 2, "provider_per_hour": 250, "backlog_that_stays_below": 125},
    )
    assert "warnings" not in result
    assert "Set-TransportServer -Identity:'SBS'" in result["transcript"][-1]
    assert transport(host) == {**before, **CALM}
    assert (host.log.count(), host.open_shells) == (3, 0)

    again = declare(sbs, "--diff", calm_for_provider="strato")
    assert (again.code, again.recap()["changed"], again.result()["plan"]) == (0, 0, None)
    assert (host.log.count(), host.open_shells) == (4, 0)
    assert writes(host) == ["Set-TransportServer"]
    assert len(sbs.saved()) == 1


def test_only_the_approved_plan_is_carried_out(sbs: Site) -> None:
    digest = declare(sbs, "--check", queue_max_idle_time=5).result()["plan"]["digest"]
    assert declare(sbs, queue_max_idle_time=6, approved_plan=digest).recap()["failed"] == 1
    assert writes(sbs.host) == []
    assert declare(sbs, queue_max_idle_time=5, approved_plan=digest).recap()["changed"] == 1


@pytest.mark.parametrize("state", ["sbs2011", "sbs2011_german"])
def test_every_option_reaches_the_host_and_is_read_back_and_undone(start: StartSite, state: str) -> None:
    site = start(state)
    before = transport(site.host)
    options = {option: desired for option, (desired, _, _) in EVERYTHING.items()}
    changed = declare(site, **options)
    assert changed.statuses() == ["done"]
    assert transport(site.host) == {**before, **everything(state)}
    assert declare(site, **options).recap()["changed"] == 0

    backup_file = changed.result()["backup_file"]
    assert restore(site, backup_file, "--check", "--diff").recap()["changed"] == 1
    assert transport(site.host) != before
    assert restore(site, backup_file).statuses() == ["done"]
    assert transport(site.host) == before
    assert restore(site, backup_file).recap()["changed"] == 0
    assert len(site.saved()) == 2


def test_every_documented_setting_is_in_the_rows() -> None:
    defaults = (ROOT / "docs" / "transport.md").read_text(encoding="utf-8").split("## Settings")[1]
    assert set(EVERYTHING) == {line.split("`")[1] for line in defaults.splitlines() if line.startswith("| `")}


def test_drift_is_repaired_and_what_is_not_declared_is_left_alone(sbs: Site) -> None:
    declare(sbs, calm_for_provider="strato")
    drift = {"Name": "SBS", "MessageRetryInterval": "00:00:01", "TransientFailureRetryCount": 15}
    sbs.host.machine.change({"transport_servers": [drift]})
    (step,) = declare(sbs, calm_for_provider="strato").result()["plan"]["steps"]
    assert [change["option"] for change in step["changes"]] == ["message_retry_interval"]
    assert (transport(sbs.host)["MessageRetryInterval"], transport(sbs.host)["TransientFailureRetryCount"]) == (
        "00:30:00",
        15,
    )


def test_the_default_minute_is_told_as_a_snowball(sbs: Site) -> None:
    run = declare(sbs, message_tracking_log_enabled=True)
    assert (run.recap()["changed"], run.result()["attempts"]["per_message_per_hour"]) == (0, 60)
    assert any("up to 60 times an hour" in warning for warning in run.result()["warnings"])


def test_another_server_of_the_organisation_is_never_touched(start: StartSite) -> None:
    site = start("two_servers")
    before = transport(site.host, "EX2")
    assert declare(site, message_retry_interval="00:15:00").result()["server"] == "EX1"
    assert transport(site.host, "EX1")["MessageRetryInterval"] == "00:15:00"
    assert transport(site.host, "EX2") == before


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "all reasons at once": (
        {
            "message_retry": 60,
            "transient_failure_retry_count": 16,
            "message_retry_interval": "1.00:00:01",
            "max_outbound_connections": 1,
            "max_per_domain_outbound_connections": 2,
        },
        ["an option message_retry", "from 0 to 15", "to 1.00:00:00", "max_per_domain_outbound_connections: 2 with"],
    ),
    "calm twice": ({"calm_for_provider": "strato", "calm_for_per_hour": 5}, ["calm_for_per_hour together"]),
    "no rate is known": ({"calm_for_provider": "gmx"}, ["1und1, ionos, strato"]),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=REFUSED)
def test_a_bad_wish_is_refused_before_the_host_is_touched(sbs: Site, options: dict[str, Any], words: list[str]) -> None:
    run = declare(sbs, **options)
    assert run.recap()["failed"] == 1
    assert [word for word in words if word not in run.result()["msg"]] == []
    assert sbs.host.log.count() == 0


def test_what_the_server_keeps_and_the_wish_contradict_each_other(sbs: Site) -> None:
    run = declare(sbs, max_outbound_connections=10)
    assert "max_per_domain_outbound_connections: 20 with max_outbound_connections: 10" in run.result()["msg"]
    assert (writes(sbs.host), sbs.host.log.count(), sbs.saved()) == ([], 1, [])


def test_exchanges_own_refusal_is_told(sbs: Site) -> None:
    sbs.lab.order_fault("sbs", {"kind": "fail_cmdlet", "cmdlet": "Set-TransportServer", "message": "Verboten."})
    run = declare(sbs, queue_max_idle_time=5)
    assert run.statuses() == ["failed"]
    assert "Set-TransportServer failed on 'SBS': Verboten." in run.result()["msg"]


DROPS: dict[str, tuple[dict[str, Any], str, str]] = {
    "before the plan": ({"kind": "drop", "action": "Command", "when": "before", "command": 2}, "not_done", "none of"),
    "after the plan": ({"kind": "drop", "action": "Receive", "when": "after", "command": 2}, "done", "took effect"),
}


@pytest.mark.parametrize(("fault", "status", "words"), DROPS.values(), ids=DROPS)
def test_a_connection_that_breaks_in_the_apply(sbs: Site, fault: dict[str, Any], status: str, words: str) -> None:
    sbs.lab.order_fault("sbs", fault)
    run = declare(sbs, calm_for_provider="strato")
    assert run.statuses() == [status]
    told = [run.result().get("msg", ""), *run.result().get("warnings", [])]
    assert any(words in text for text in told)
    assert declare(sbs, calm_for_provider="strato").recap()["changed"] == int(status == "not_done")
    assert {name: transport(sbs.host)[name] for name in CALM} == CALM
    assert sbs.host.open_shells == 0


def test_the_site_playbook_takes_the_role_where_it_is_declared(sbs: Site) -> None:
    without = sbs.role(smarthost())
    assert nouns_in(without.result()) == ["send_connector"]
    declared = {"transport_calm_for_provider": "strato", "transport_backup_dir": str(sbs.backups)}
    run = sbs.role(smarthost(), **declared)
    assert run.recap()["changed"] == 1
    assert {name: transport(sbs.host)[name] for name in CALM} == CALM
    assert sbs.role(smarthost(), **declared).recap()["changed"] == 0


def test_a_misspelled_variable_of_the_role_is_refused(sbs: Site) -> None:
    run = sbs.role(smarthost(), transport_message_retry="00:15:00")
    assert run.recap()["failed"] == 1
    assert "found the variables transport_message_retry, which the role does not" in run.output
    assert "Set-TransportServer" not in writes(sbs.host)


def test_the_connector_s_messages_per_connection_are_kept_and_go_back(start: StartSite) -> None:
    site = start("smarthost")
    host = site.host
    (name,) = connectors(host)
    before, server = connectors(host)[name], transport(host)
    options = {"queue_max_idle_time": 5, "smtp_max_messages_per_connection": 3}
    looked = declare(site, "--check", "--diff", **options)
    assert (looked.recap()["changed"], writes(host), host.log.count()) == (1, [], 1)
    assert f"\n {name}:\n-  smtp_max_messages_per_connection: 20\n" in looked.output
    assert "+  smtp_max_messages_per_connection: 3" in looked.output

    changed = declare(site, **options, approved_plan=looked.result()["plan"]["digest"])
    assert (changed.statuses(), changed.result()["connector"]) == (["done", "done"], name)
    assert "-SmtpMaxMessagesPerConnection:3" in changed.result()["transcript"][-1]
    assert (writes(host), host.log.count()) == (["Set-TransportServer", "Set-SendConnector"], 3)
    assert connectors(host)[name]["SmtpMaxMessagesPerConnection"] == 3
    again = declare(site, **options)
    assert (again.recap()["changed"], again.result()["plan"], host.log.count()) == (0, None, 4)

    assert restore(site, changed.result()["backup_file"]).statuses() == ["done", "done"]
    untimed = {"WhenChanged": None, "WhenChangedUTC": None}
    assert ({**connectors(host)[name], **untimed}, transport(host)) == ({**before, **untimed}, server)
    assert host.open_shells == 0


def test_what_the_connector_s_own_role_declares_otherwise_is_refused(sbs: Site) -> None:
    both = {"transport_smtp_max_messages_per_connection": 3, "transport_backup_dir": str(sbs.backups), "few": 20}
    run = sbs.role(smarthost(smtp_max_messages_per_connection="{{ few }}"), **both)
    assert run.recap()["failed"] == 1
    assert "3, but 20 in send_connector_smtp_max_messages_per_connection" in run.output
    assert "Declare it in one place" in run.output
    assert sbs.role(smarthost(smtp_max_messages_per_connection=3), **both).recap()["failed"] == 0


def saved(site: Site, **changes: Any) -> str:
    """The path of a saved state with changes."""
    path = Path(declare(site, queue_max_idle_time=5).result()["backup_file"])
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noun": "probe_host"}, "another kind of file"),
        ({"noun": "send_connector"}, "edited or damaged"),
        ({"transport_server": {"name": "SBS"}}, "edited or damaged"),
        ({"host": "other"}, "a saved state of the host other"),
    ],
)
def test_a_file_that_is_no_saved_state_of_this_host_is_refused(sbs: Site, changes: dict[str, Any], words: str) -> None:
    path = saved(sbs, **changes)
    commands = sbs.host.log.count()
    assert words in restore(sbs, path).result()["msg"]
    assert sbs.host.log.count() == commands


@pytest.mark.pwsh
def test_a_real_powershell_writes_the_same_and_goes_back(start: StartSite) -> None:
    site = start("sbs2011_german", backend="pwsh")
    before = transport(site.host)
    options = {option: desired for option, (desired, _, _) in EVERYTHING.items()}
    changed = declare(site, "-vvvv", **options)
    assert changed.statuses() == ["done"]
    assert transport(site.host) == {**before, **everything("sbs2011_german")}
    assert declare(site, **options).recap()["changed"] == 0
    assert restore(site, changed.result()["backup_file"]).statuses() == ["done"]
    assert transport(site.host) == before
    assert site.host.open_shells == 0


@pytest.mark.pwsh
def test_the_servers_own_endpoint_knows_the_cmdlets(start: StartSite) -> None:
    account = {"username": "Administrator", "password": ENDPOINT_PASSWORD}
    wizards = {"Name": WIZARDS_NAME, "AddressSpaces": ["*"]}
    site = start({"profile": "sbs2011", "endpoint_account": account, "send_connectors": [wizards]}, backend="pwsh")
    run = declare(site, queue_max_idle_time=5, exchange_connection="endpoint", exchange_login=account)
    assert run.statuses() == ["done"]
    assert transport(site.host)["QueueMaxIdleTime"] == "00:00:05"
