"""Whole runs of the transport server against a host in memory, and the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import ConnectionLost, HostRefused, InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import ExchangeShell
from ansible_collections.sbs.mailflow.plugins.plugin_utils.restore.desired import parse_restore
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Outcome
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.restore import RestoreTransport
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.saved import read_saved, saved_server
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.settings import SETTINGS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.subject import TransportSubject
from tests.unit.plugin_utils.reason_keys import keys_of, refusal
from tests.unit.plugin_utils.restore.restoring import going_back
from tests.unit.plugin_utils.run.examples import HOST, NOW, Break, run_one
from tests.unit.plugin_utils.transport.transport_host import LOGS, TransportHost, printed, reply, server, state, subject


def run(host: TransportHost, desired: TransportSubject, check: bool = False, **keys: Any) -> Outcome:
    """One run; what it saves is as JSON can hold it."""

    def save(data: dict[str, Any]) -> str:
        return json.dumps(data)

    return run_one(desired, host.session(), ExchangeShell(), save, check_mode=check, **keys)


def test_one_command_for_all_that_differs_and_a_second_run_changes_nothing() -> None:
    host = TransportHost(printed("EX2"), printed())
    desired = subject(calm_for_provider="strato", queue_max_idle_time="00:03:00")
    looked = run(host, desired, check=True)
    assert looked.changed and host.own == printed() and len(host.requests) == 1
    done = run(host, desired)
    assert done.error is None and done.decision.plan is not None and looked.decision.plan is not None
    assert done.decision.plan.digest == looked.decision.plan.digest
    (step,) = done.decision.plan.steps
    assert (step.command, step.target) == ("Set-TransportServer", "SBS")
    assert step.parameters == {
        "Identity": "SBS",
        "MessageRetryInterval": "00:30:00",
        "TransientFailureRetryInterval": "00:10:00",
        "OutboundConnectionFailureRetryInterval": "00:30:00",
        "MaxPerDomainOutboundConnections": 2,
        "Confirm": False,
    }
    assert step.changes[0].as_data() == {
        "option": "message_retry_interval",
        "before": "00:01:00",
        "after": "00:30:00",
    }
    assert host.servers[0] == printed("EX2")
    assert len(host.requests) == 3
    again = run(host, desired)
    assert (again.changed, again.decision.plan, len(host.requests)) == (False, None, 4)


def test_what_the_result_says_of_attempts() -> None:
    decision = subject(calm_for_provider="strato").decide(state())
    assert decision.facts == {
        "server": "SBS",
        "connector": None,
        "attempts": {"per_message_per_hour": 2, "provider_per_hour": 250, "backlog_that_stays_below": 125},
    }
    assert decision.notices == ()
    assert decision.before["SBS"]["message_retry_interval"] == "00:01:00"
    assert decision.after["SBS"]["message_retry_interval"] == "00:30:00"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "up to 60 times an hour (message_retry_interval). With a provider that throttles"),
        ({"calm_for_per_hour": 250, "message_retry_interval": 60}, "accepts 250 messages an hour: more than 4 waiting"),
    ],
)
def test_a_snowball_is_told_even_where_nothing_changes(options: dict[str, Any], words: str) -> None:
    (notice,) = subject(**options).decide(state()).notices
    assert words in notice


def test_a_delay_that_is_told_too_early_is_told() -> None:
    options = {"message_retry_interval": "00:15:00", "delay_notification_timeout": "00:30:00"}
    (notice,) = subject(**options).decide(state()).notices
    assert "00:30:00 is no longer than" in notice


def test_a_delay_that_was_told_too_early_before_is_nobodys_wish() -> None:
    assert subject(message_retry_interval="00:15:00").decide(state()).notices == ()


KEPT: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "more for a domain than the host has altogether": (
        {"max_per_domain_outbound_connections": 1001},
        {},
        ["per_domain_above_outbound"],
    ),
    "less altogether than the host has for a domain": (
        {"max_outbound_connections": 10},
        {},
        ["per_domain_above_outbound"],
    ),
    "both at once": (
        {"max_outbound_connections": 10, "message_expiration_timeout": "03:00:00"},
        {},
        ["delay_after_expiration", "per_domain_above_outbound"],
    ),
    "a file larger than the host's folder": (
        {"connectivity_log_max_file_size": "251MB"},
        {},
        ["log_file_above_directory"],
    ),
    "a folder smaller than the host's file": (
        {"connectivity_log_max_directory_size": "9MB"},
        {},
        ["log_file_above_directory"],
    ),
    "an old sin is let be": ({"queue_max_idle_time": 5}, {"DelayNotificationTimeout": "3.00:00:00"}, []),
    "what cannot be read satisfies": ({"max_outbound_connections": 1}, {"MaxPerDomainOutboundConnections": "?"}, []),
}


@pytest.mark.parametrize(("options", "host", "reasons"), KEPT.values(), ids=KEPT)
def test_what_the_wish_breaks_together_with_what_the_server_keeps(
    options: dict[str, Any], host: dict[str, Any], reasons: list[str]
) -> None:
    desired, found = subject(**options), state(**host)
    decision = desired.decide(found)
    assert decision.plan is not None and (keys_of(decision.refusal.reasons) if decision.refusal else []) == reasons


def test_a_setting_that_cannot_be_read_is_written_and_shown_as_it_came() -> None:
    decision = subject(message_retry_interval="00:15:00").decide(state(MessageRetryInterval="eine Minute"))
    assert decision.plan is not None
    assert decision.plan.steps[0].changes[0].before == "eine Minute"


def test_an_emptied_path_is_written_as_nothing() -> None:
    plan = subject(send_protocol_log_path="").decide(state()).plan
    assert plan is not None and plan.steps[0].parameters["SendProtocolLogPath"] is None
    assert plan.steps[0].changes[0].after is None
    assert subject(send_protocol_log_path="").decide(state(SendProtocolLogPath=None)).plan is None


SIZED: dict[str, tuple[str, Any, Any]] = {
    "converged by value": ("connectivity_log_max_file_size", "10240KB", None),
    "converged without a unit": ("message_tracking_log_max_directory_size", 1024**3, None),
    "changed": ("connectivity_log_max_file_size", "20MB", "20971520"),
    "without a limit": ("receive_protocol_log_max_directory_size", "unlimited", "unlimited"),
}


@pytest.mark.parametrize(("option", "desired", "written"), SIZED.values(), ids=SIZED)
def test_a_size_is_compared_by_value(option: str, desired: Any, written: Any) -> None:
    plan = subject(**{option: desired}).decide(state()).plan
    if written is None:
        assert plan is None
    else:
        assert plan is not None
        assert plan.steps[0].parameters[SETTINGS[option].prop] == written


def test_the_folders_of_logs_are_compared_without_the_backslash_at_their_end() -> None:
    assert subject(message_tracking_log_path=f"{LOGS}\\MessageTracking\\").decide(state()).plan is None
    plan = subject(message_tracking_log_path="E:\\Logs").decide(state()).plan
    assert plan is not None and plan.steps[0].parameters["MessageTrackingLogPath"] == "E:\\Logs"


def test_a_server_without_the_role_is_refused() -> None:
    desired = subject(queue_max_idle_time=5)
    assert keys_of(refusal(HostRefused, desired.parse, reply(printed("EX2")), HOST)) == ["no_transport_server"]
    assert keys_of(refusal(HostRefused, desired.parse, reply(printed(), computer="PC"), HOST)) == ["not_this_server"]
    assert desired.parse(reply(printed("EX2"), printed("sbs")), HOST).server.name == "SBS"


def test_another_plan_than_the_approved_one_is_not_carried_out() -> None:
    host = TransportHost()
    with pytest.raises(HostRefused):
        run(host, subject(queue_max_idle_time=5), approved_plan="0" * 64)
    assert host.own == printed()


def test_what_exchange_forgets_is_told() -> None:
    host = TransportHost()
    host.deaf.add("QueueMaxIdleTime")
    outcome = run(host, subject(queue_max_idle_time=5))
    assert outcome.error is not None and keys_of(outcome.error.reasons) == ["read_back_differs"]


@pytest.mark.parametrize(("after", "status"), [(0, "not_done"), (1, "done")])
def test_a_connection_that_breaks_in_the_apply(after: int, status: str) -> None:
    host = TransportHost()
    lost = reason_of("connection_lost", HOST, what="it", host_says="broken", outcome="")
    host.breaks[2] = Break(ConnectionLost(lost), after)
    outcome = run(host, subject(queue_max_idle_time=5))
    assert [report.status for report in outcome.reports] == [status]
    assert (outcome.error is None) == (status == "done")


RESTORED = {
    "MessageRetryInterval": "00:20:00",
    "SendProtocolLogPath": None,
    "MaxOutboundConnections": "unlimited",
    "DelayNotificationTimeout": "3.00:00:00",
    "ConnectivityLogPath": None,
    "MessageTrackingLogMaxDirectorySize": "1,465 KB (1.500 bytes)",
}


def test_the_way_back_even_to_an_old_sin() -> None:
    host = TransportHost(printed(**RESTORED))
    desired = subject(
        calm_for_per_hour=10,
        send_protocol_log_path="D:\\Logs",
        max_outbound_connections=3,
        delay_notification_timeout="05:00:00",
        connectivity_log_path="D:\\Logs",
        message_tracking_log_max_directory_size="2GB",
    )
    saved = json.loads(run(host, desired).backup_file or "")
    assert host.own != printed(**RESTORED)
    outcome = run(host, RestoreTransport(going_back(saved)))
    assert outcome.error is None
    restored = {**host.own, "MaxPerDomainOutboundConnections": str(host.own["MaxPerDomainOutboundConnections"])}
    assert restored == {**printed(**RESTORED), "MessageTrackingLogMaxDirectorySize": "2048"}
    assert run(host, RestoreTransport(going_back(saved))).changed is False


def test_what_could_not_be_read_is_left_out_of_a_saved_state() -> None:
    saved = saved_server(server(MessageRetryInterval="eine Minute", QueueMaxIdleTime=None))
    assert saved["unreadable"] == ["message_retry_interval", "queue_max_idle_time"]
    values = read_saved(json.loads(json.dumps(saved))).values
    assert "message_retry_interval" not in values and "queue_max_idle_time" not in values
    assert values["max_outbound_connections"] == 1000


def test_a_state_that_was_saved_before_a_setting_was_known_leaves_it_as_it_is() -> None:
    saved = saved_server(server(SendProtocolLogPath=None))
    del saved["not_set"]
    del saved["settings"]["message_tracking_log_path"]
    values = read_saved(json.loads(json.dumps(saved))).values
    assert values["send_protocol_log_path"] is None
    assert "message_tracking_log_path" not in values


def test_a_size_that_no_wish_could_name_is_left_out_of_a_saved_state() -> None:
    saved = saved_server(server(ConnectivityLogMaxFileSize="8 EB (9,223,372,036,854,775,807 bytes)"))
    assert saved["unreadable"] == ["connectivity_log_max_file_size"]


GOOD = {"transport_server": saved_server(server())}
DAMAGED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no mapping": {"transport_server": ["SBS"]},
    "no name": {"transport_server": {"settings": {}, "unreadable": []}},
    "an impossible value": {
        "transport_server": {**GOOD["transport_server"], "settings": {"transient_failure_retry_count": 16}}
    },
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_refused(content: dict[str, Any]) -> None:
    assert keys_of(refusal(InputRefused, RestoreTransport, going_back(content))) == ["backup_unreadable"]


def test_the_state_of_another_server_is_refused() -> None:
    saved = {"transport_server": {**GOOD["transport_server"], "name": "EX2"}}
    assert keys_of(refusal(InputRefused, RestoreTransport(going_back(saved)).decide, state())) == [
        "backup_of_other_host"
    ]
    assert RestoreTransport(going_back(saved, accepted=True)).decide(state()).plan is None


def test_a_restoring_task() -> None:
    assert parse_restore({"backup_file": "file"}, NOW).backup_file == "file"
    reasons = refusal(InputRefused, parse_restore, {"backup_files": "x", "backup_file": ""}, NOW)
    assert keys_of(reasons) == ["backup_file_missing", "option_unknown"]
