"""Which settings exclude each other: settings in, reasons out; held against what the simulated Exchange refuses."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import Unreadable
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.rules import conflicts, warnings
from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.reason_keys import keys_of

FOREIGN = Unreadable("viele")
OUTBOUND, PER_DOMAIN = "max_outbound_connections", "max_per_domain_outbound_connections"
LOGS = {
    "send_protocol_log": "SendProtocolLog",
    "receive_protocol_log": "ReceiveProtocolLog",
    "connectivity_log": "ConnectivityLog",
    "message_tracking_log": "MessageTrackingLog",
}
FILE, DIRECTORY = "connectivity_log_max_file_size", "connectivity_log_max_directory_size"
DELAY, EXPIRATION = "delay_notification_timeout", "message_expiration_timeout"

ROWS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({PER_DOMAIN: 20}, []),
    ({OUTBOUND: 20}, []),
    ({PER_DOMAIN: 20, OUTBOUND: 20}, []),
    ({PER_DOMAIN: 21, OUTBOUND: 20}, ["per_domain_above_outbound"]),
    ({PER_DOMAIN: "unlimited", OUTBOUND: 20}, ["per_domain_above_outbound"]),
    ({PER_DOMAIN: "unlimited", OUTBOUND: "unlimited"}, []),
    ({PER_DOMAIN: 20, OUTBOUND: "unlimited"}, []),
    ({PER_DOMAIN: "unlimited"}, []),
    ({PER_DOMAIN: FOREIGN, OUTBOUND: 1}, []),
    ({PER_DOMAIN: 20, OUTBOUND: FOREIGN}, []),
    ({DELAY: 3600}, []),
    ({DELAY: 3600, EXPIRATION: 3600}, []),
    ({DELAY: 3601, EXPIRATION: 3600}, ["delay_after_expiration"]),
    ({DELAY: FOREIGN, EXPIRATION: 3600}, []),
    ({DELAY: 3600, EXPIRATION: None}, []),
    ({FILE: 2048}, []),
    ({DIRECTORY: 1024}, []),
    ({FILE: 1024, DIRECTORY: 1024}, []),
    ({FILE: 2048, DIRECTORY: 1024}, ["log_file_above_directory"]),
    ({FILE: "unlimited", DIRECTORY: 1024}, ["log_file_above_directory"]),
    ({FILE: "unlimited", DIRECTORY: "unlimited"}, []),
    ({FILE: 2048, DIRECTORY: "unlimited"}, []),
    ({FILE: FOREIGN, DIRECTORY: 1024}, []),
    ({FILE: 2048, DIRECTORY: FOREIGN}, []),
    (
        {f"{log}_max_{of}_size": size for log in LOGS for of, size in (("file", 2048), ("directory", 1024))},
        ["log_file_above_directory"] * 4,
    ),
    ({PER_DOMAIN: 2, OUTBOUND: 1, DELAY: 2, EXPIRATION: 1}, ["delay_after_expiration", "per_domain_above_outbound"]),
]


@pytest.mark.parametrize(("values", "reasons"), ROWS)
def test_contradictions(values: dict[str, Any], reasons: list[str]) -> None:
    assert keys_of(conflicts(values, "here")) == reasons


def test_a_log_is_named_with_its_sizes() -> None:
    (reason,) = conflicts({FILE: 20 * 1024**2, DIRECTORY: 10 * 1024**2}, "here")
    assert "connectivity_log_max_file_size: 20MB with connectivity_log_max_directory_size: 10MB" in str(reason)


LIMITS = [1, 2, 20, "unlimited"]


@pytest.mark.parametrize(("per_domain", "outbound"), list(itertools.product(LIMITS, LIMITS)))
def test_the_rule_of_connections_is_exchanges(per_domain: Any, outbound: Any) -> None:
    exchange = SimulatedMachine.from_state("sbs2011").organisation
    assert exchange is not None
    given = {"Identity": "SBS", "MaxPerDomainOutboundConnections": per_domain, "MaxOutboundConnections": outbound}
    taken = True
    try:
        exchange.invoke("Set-TransportServer", given)
    except CmdletError:
        taken = False
    assert taken == (conflicts({PER_DOMAIN: per_domain, OUTBOUND: outbound}, "here") == [])


SIZES = [1024, 1024**2, 2 * 1024**2, "unlimited"]


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize(("file", "directory"), list(itertools.product(SIZES[:3], SIZES[1:])))
def test_the_rule_of_sizes_is_exchanges(log: str, file: Any, directory: Any) -> None:
    exchange = SimulatedMachine.from_state("sbs2011").organisation
    assert exchange is not None
    given = {"Identity": "SBS", f"{LOGS[log]}MaxFileSize": file, f"{LOGS[log]}MaxDirectorySize": directory}
    taken = True
    try:
        exchange.invoke("Set-TransportServer", given)
    except CmdletError:
        taken = False
    assert taken == (conflicts({f"{log}_max_file_size": file, f"{log}_max_directory_size": directory}, "here") == [])


@pytest.mark.parametrize(
    ("values", "doubted"),
    [
        ({"connectivity_log_enabled": True, "connectivity_log_path": None}, ["connectivity_log"]),
        ({"connectivity_log_enabled": False, "connectivity_log_path": None}, []),
        ({"connectivity_log_enabled": True, "connectivity_log_path": "D:\\Logs"}, []),
        ({"connectivity_log_enabled": True}, []),
        ({"message_tracking_log_enabled": FOREIGN, "message_tracking_log_path": None}, []),
        ({"message_tracking_log_enabled": True, "message_tracking_log_path": None}, ["message_tracking_log"]),
    ],
)
def test_an_enabled_log_without_a_folder_is_doubted(values: dict[str, Any], doubted: list[str]) -> None:
    assert [notice.split("_path")[0] for notice in warnings(values)] == doubted


COUNT, INTERVAL = "transient_failure_retry_count", "transient_failure_retry_interval"


@pytest.mark.parametrize(
    ("values", "doubted"),
    [
        ({COUNT: 6, INTERVAL: 600, DELAY: 3601}, False),
        ({COUNT: 6, INTERVAL: 600, DELAY: 3600}, True),
        ({COUNT: 0, INTERVAL: 600, DELAY: 1}, False),
        ({COUNT: 6, INTERVAL: 600}, False),
        ({COUNT: 6, INTERVAL: FOREIGN, DELAY: 1}, False),
    ],
)
def test_a_report_of_delay_that_comes_too_early_is_doubted(values: dict[str, Any], doubted: bool) -> None:
    assert bool(warnings(values)) is doubted
