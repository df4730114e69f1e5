"""What was recorded of plans and saved files stays what it was: an approved digest is that of the same plan, and an old
file can be gone back to. ``data/`` was written when each noun still had a mechanism of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import ExchangeServer
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Unreadable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.outcome import Decision
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.plan import Plan, PlannedStep
from ansible_collections.sbs.mailflow.plugins.plugin_utils.run.transcript import transcript
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.saved import read_saved as read_connector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.settings import SETTINGS as OF_CONNECTORS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.subject import SendConnectorSubject, State
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.saved import read_saved, read_state
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.settings import SETTINGS as OF_SERVERS
from tests.unit.plugin_utils.run.examples import DNS, NOW, STRATO, WIZARD, desired, login, parsed, printed, to_strato
from tests.unit.plugin_utils.transport.transport_host import server, state, subject

DATA = Path(__file__).parent / "data"
SECOND = printed("Zweiter", **STRATO | {"AddressSpaces": ["SMTP:*;5"]})
ODD = {
    "Comment": "„Zwei“\r\nZeilen",
    "MaxMessageSize": "2 KB (1.500 bytes)",
    "Port": "?",
    "Fqdn": None,
    "Enabled": None,
}
EVERYTHING = to_strato(
    name="Neu",
    comment="Größe",
    connection_inactivity_timeout="00:05:00",
    error_policies=["DowngradeDnsFailures", "DowngradeAuthFailures"],
    max_message_size="25MB",
    require_tls=True,
    source_transport_servers=["SBS"],
    tls_auth_level="DomainValidation",
    tls_domain="*.strato.de",
    usage="Internet",
)
CONNECTORS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "from DNS to the smarthost": ([printed()], to_strato()),
    "the smarthost stays, its name does not": ([printed(**STRATO)], to_strato(smart_hosts=["smtp.1und1.de"])),
    "a new one with everything": ([], EVERYTHING),
    "another login": ([printed(**STRATO)], to_strato(login=login("alt@beispiel.de"))),
    "the same login anew": ([printed(**STRATO)], to_strato(update_password="always")),
    "no text and no name": (
        [printed(**STRATO, Comment="alt", Fqdn="x.de"), SECOND],
        {"name": WIZARD, "comment": "", "fqdn": "", "port": 25},
    ),
    "what cannot be read": ([printed(**STRATO | ODD)], to_strato(comment="neu", enabled=True)),
    "others are switched off": ([printed(**STRATO), SECOND, printed("Dritter", **DNS)], to_strato(exclusive=True)),
    "removed": ([printed(**STRATO | ODD | {"Enabled": True}), SECOND], {"name": WIZARD, "state": "absent"}),
    "back to DNS": (
        [printed(**STRATO)],
        {
            "name": WIZARD,
            "dns_routing_enabled": True,
            "smart_host_auth_mechanism": "None",
            "confirm_no_smarthost": True,
        },
    ),
}
SERVERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "calm": ({}, {"calm_for_provider": "strato", "queue_max_idle_time": "00:05:00"}),
    "paths and sizes": (
        {"SendProtocolLogPath": None, "MessageTrackingLogMaxDirectorySize": "1,465 KB (1.500 bytes)"},
        {
            "connectivity_log_path": "",
            "connectivity_log_max_directory_size": "unlimited",
            "message_tracking_log_max_file_size": "1KB",
            "message_tracking_log_path": "E:\\",
            "send_protocol_log_path": "D:\\Protokolle für",
        },
    ),
    "what cannot be read": (
        {"MessageRetryInterval": "eine Minute", "QueueMaxIdleTime": None},
        {"message_retry_interval": 900, "max_outbound_connections": "unlimited"},
    ),
    "with its connector": ({}, {"smtp_max_messages_per_connection": 3, "queue_max_idle_time": 5}),
}


def recorded(name: str) -> Any:
    """The content of a file that was recorded."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


LATER = [row.name for row in (*OF_CONNECTORS, *OF_SERVERS) if row.name not in recorded("plans")["settings"]]
"""The settings that were not there yet."""


def of_then(data: Any) -> Any:
    """Data without what came later."""
    if isinstance(data, Mapping):
        return {name: of_then(value) for name, value in data.items() if name not in LATER}
    return [of_then(each) for each in data if each not in LATER] if isinstance(data, list) else data


def told(decision: Decision, saved: Mapping[str, Any]) -> dict[str, Any]:
    """All that is seen of a decision."""
    assert decision.plan is not None
    plan = Plan(decision.plan.noun, tuple(map(step_of_then, decision.plan.steps)))
    return {
        "digest": plan.digest,
        "transcript": transcript(plan),
        "diff": mark([decision.before, decision.after]),
        "saved": mark({**saved, "plan": plan.as_data()}),
    }


def step_of_then(step: PlannedStep) -> PlannedStep:
    """A step without what came later: a removal names all settings."""
    return replace(step, changes=tuple(each for each in step.changes if each.option not in LATER))


def mark(data: Any) -> str:
    """What is the same for the same bytes, and short."""
    return hashlib.sha256(json.dumps(of_then(data)).encode()).hexdigest()[:16]


def connector_told(name: str) -> dict[str, Any]:
    """What is seen of the decision about a connector."""
    host, options = CONNECTORS[name]
    noun, found = SendConnectorSubject(desired(options), lambda: NOW), State(SERVER, parsed(*host))
    decision = noun.decide(found)
    return told(decision, noun.to_save(found, decision.plan or NO_PLAN))


def server_told(name: str) -> dict[str, Any]:
    """What is seen of the decision about a transport server."""
    host, options = SERVERS[name]
    noun, found = subject(**options), state(parsed(printed(**STRATO))[0], **host)
    decision = noun.decide(found)
    return told(decision, noun.to_save(found, decision.plan or NO_PLAN))


SERVER = ExchangeServer("SBS", "14.3", 14, ())
NO_PLAN = Plan("", ())


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_plan_for_a_connector_is_the_recorded_one(name: str) -> None:
    assert connector_told(name) == recorded("plans")["send_connector"][name]


@pytest.mark.parametrize("name", SERVERS)
def test_a_plan_for_a_transport_server_is_the_recorded_one(name: str) -> None:
    assert server_told(name) == recorded("plans")["transport"][name]


def test_an_old_saved_file_of_connectors_can_be_read() -> None:
    content = recorded("send_connector_saved")
    (touched,), (untouched,) = content["connectors"], content["untouched"]
    assert of_then(read_connector(untouched).values) == of_then(parsed(SECOND)[0].values)
    found, (before,) = read_connector(touched), parsed(printed(**STRATO | ODD))
    known = of_then({name: value for name, value in before.values.items() if name not in touched["unreadable"]})
    assert touched["unreadable"] == ["max_message_size", "port"] and of_then(found.values) == known
    assert (found.name, found.guid, found.username) == (before.name, before.guid, before.username)


def test_an_old_saved_file_of_a_transport_server_can_be_read() -> None:
    found = read_state(recorded("transport_saved"))
    before = of_then(server(SendProtocolLogPath=None, QueueMaxIdleTime="?").values)
    assert before.pop("queue_max_idle_time") == Unreadable("?")
    assert found.server.name == "SBS" and found.server.values == before
    assert found.connector is not None
    assert (found.connector.name, found.connector.values) == (WIZARD, {"smtp_max_messages_per_connection": 20})


def test_a_file_of_before_the_list_of_what_is_not_set_can_be_read() -> None:
    content = recorded("transport_saved")["transport_server"]
    del content["not_set"]
    values = read_saved({**content, "settings": {"max_outbound_connections": 1000}}).values
    assert values == {"send_protocol_log_path": None, "max_outbound_connections": 1000}
