"""The table of settings against Microsoft's contract and against the simulated Exchange, which knows nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.settings import Setting
from ansible_collections.sbs.mailflow.plugins.plugin_utils.options.values import (
    Boolean,
    Choice,
    Integer,
    Kind,
    Limit,
    LocalPath,
    Size,
    TimeSpan,
    Unreadable,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.settings import SETTINGS
from lab.exchange import contract
from lab.exchange.organisation import Organisation
from lab.exchange.transport_server import PROPERTIES
from lab.exchange.values import parse_time_span
from lab.host.machine import SimulatedMachine

SET = contract.load()["Set-TransportServer"].parameters
KINDS_OF_TYPE: dict[str, tuple[type[Kind], ...]] = {
    "Boolean": (Boolean,),
    "ByteQuantifiedSize": (Size,),
    "Int32": (Integer,),
    "Unlimited": (Limit, Size),
    "EnhancedTimeSpan": (TimeSpan,),
    "LocalLongFullPath": (LocalPath,),
    "ProtocolLoggingLevel": (Choice,),
}


@pytest.fixture
def exchange() -> Organisation:
    """The organisation of an untouched SBS."""
    organisation = SimulatedMachine.from_state("sbs2011").organisation
    assert organisation is not None
    return organisation


def shown(exchange: Organisation, row: Setting) -> Any:
    """What the host prints of a setting."""
    return exchange.invoke("Get-TransportServer", {"Identity": "SBS"})[0][row.prop]


def given(exchange: Organisation, row: Setting, canonical: Any) -> Any:
    """What the host prints of a setting once it was written."""
    parameter = None if canonical is None else row.kind.parameter(canonical)
    more = {} if row.name != "max_per_domain_outbound_connections" else {"MaxOutboundConnections": "unlimited"}
    more |= {} if row.name != "max_outbound_connections" else {"MaxPerDomainOutboundConnections": 1}
    more |= _other_size(row)
    exchange.invoke("Set-TransportServer", {"Identity": "SBS", **more, row.prop: parameter})
    return row.kind.host(shown(exchange, row))


def _other_size(row: Setting) -> dict[str, Any]:
    """What a log's other size must be, so that any size of this row is taken."""
    if row.prop.endswith("MaxFileSize"):
        return {row.prop.replace("MaxFileSize", "MaxDirectorySize"): "unlimited"}
    if row.prop.endswith("MaxDirectorySize"):
        return {row.prop.replace("MaxDirectorySize", "MaxFileSize"): 1}
    return {}


def option_of(row: Any) -> str | None:
    """A test's name shows the option."""
    return row.name if isinstance(row, Setting) else None


every_row = pytest.mark.parametrize("row", SETTINGS.rows, ids=option_of)


def test_options_and_properties_are_named_once() -> None:
    assert len({row.name for row in SETTINGS}) == len({row.prop for row in SETTINGS}) == len(SETTINGS.rows)


@every_row
def test_an_option_is_the_property_s_name_in_small_letters(row: Setting) -> None:
    assert row.name.replace("_", "") == row.prop.lower()
    assert row.description.endswith(".")


@every_row
def test_a_row_is_a_parameter_of_exchange_2010_of_that_type(row: Setting) -> None:
    assert type(row.kind) in KINDS_OF_TYPE[SET[row.prop].type]
    if isinstance(row.kind, Size):
        assert row.kind.unlimited == (SET[row.prop].type == "Unlimited")
    assert row.kind.choices == SET[row.prop].accepted_values


def test_every_retry_and_connection_setting_of_the_contract_is_a_row() -> None:
    words = ("Retry", "Outbound", "Timeout", "IdleTime")
    assert {name for name in SET if any(word in name for word in words) and "Sync" not in name} <= {
        row.prop for row in SETTINGS
    }


def test_the_names_gathered_for_the_agent_are_those_of_the_contract(root: Path) -> None:
    data = (root / "tests/unit/agent/data/exchange_2010_parameters.json").read_text(encoding="utf-8")
    assert set(json.loads(data)["cmdlets"]["Set-TransportServer"]) == set(SET)


def test_the_lab_keeps_every_row() -> None:
    assert {row.prop for row in SETTINGS} <= set(PROPERTIES)


def bounds(row: Setting) -> tuple[Any, Any]:
    """The documented range of a row; of a time span in seconds, of a size in whole KB."""
    documented = SET[row.prop].range
    assert documented is not None
    if isinstance(row.kind, TimeSpan):
        return tuple(int(parse_time_span(bound).total_seconds()) for bound in documented)
    least, most = (int(bound) for bound in documented)
    return (-(-least // 1024) * 1024, most // 1024 * 1024) if isinstance(row.kind, Size) else (least, most)


RANGED = pytest.mark.parametrize("row", [row for row in SETTINGS if SET[row.prop].range], ids=option_of)


@RANGED
def test_the_bounds_are_those_of_the_contract_and_exchange_takes_them(exchange: Organisation, row: Setting) -> None:
    for bound in bounds(row):
        assert given(exchange, row, row.kind.parse(bound if bound < 10**9 else row.kind.show(bound))) == bound


@RANGED
def test_beyond_the_bounds_a_wish_is_refused(row: Setting) -> None:
    least, most = bounds(row)
    step = 1024 if isinstance(row.kind, Size) else 1
    for beyond in (least - step, most + step):
        with pytest.raises(ValueError):
            row.kind.parse(beyond)


def test_every_number_time_span_and_size_has_a_documented_range() -> None:
    assert {row.name for row in SETTINGS if isinstance(row.kind, Integer | Limit | Size | TimeSpan)} == {
        row.name for row in SETTINGS if SET[row.prop].range
    }


@every_row
def test_an_untouched_server_shows_the_default_and_it_is_canonical(exchange: Organisation, row: Setting) -> None:
    found = row.kind.host(shown(exchange, row))
    assert not isinstance(found, Unreadable)
    assert found == row.new_value == row.kind.parse(row.kind.show(row.new_value))


DECLARATIONS: dict[str, Any] = {
    "message_retry_interval": "00:15:00",
    "transient_failure_retry_count": 0,
    "transient_failure_retry_interval": 600,
    "outbound_connection_failure_retry_interval": "1.00:00:00",
    "max_outbound_connections": "unlimited",
    "max_per_domain_outbound_connections": "2",
    "message_expiration_timeout": "4.00:00:00",
    "delay_notification_timeout": "12:00:00",
    "queue_max_idle_time": 5,
    "send_protocol_log_path": "D:\\Protokolle für Exchange\\",
    "send_protocol_log_max_age": 0,
    "send_protocol_log_max_directory_size": "1MB",
    "send_protocol_log_max_file_size": 1,
    "receive_protocol_log_path": "",
    "receive_protocol_log_max_directory_size": "1.5 TB",
    "receive_protocol_log_max_file_size": "unlimited",
    "connectivity_log_path": "E:\\",
    "connectivity_log_max_directory_size": "unlimited",
    "connectivity_log_max_file_size": "512KB",
    "message_tracking_log_path": "D:\\Verfolgung",
    "message_tracking_log_max_directory_size": 2_000_000_000,
    "message_tracking_log_max_file_size": "4GB",
    "receive_protocol_log_max_age": "7.00:00:00",
    "intra_org_connector_protocol_logging_level": "verbose",
    "connectivity_log_enabled": True,
    "connectivity_log_max_age": "7.00:00:00",
    "message_tracking_log_enabled": False,
    "message_tracking_log_max_age": "60.00:00:00",
    "message_tracking_log_subject_logging_enabled": False,
}


@every_row
def test_what_was_written_reads_back_as_what_was_wished(exchange: Organisation, row: Setting) -> None:
    canonical = row.kind.parse(DECLARATIONS[row.name])
    assert given(exchange, row, canonical) == canonical


@pytest.mark.parametrize("row", [row for row in SETTINGS if isinstance(row.kind, Size)], ids=option_of)
def test_a_german_server_s_sizes_are_the_same(row: Setting) -> None:
    german = SimulatedMachine.from_state("sbs2011_german").organisation
    assert german is not None
    assert "." in str(shown(german, row))
    assert row.kind.host(shown(german, row)) == row.new_value


@pytest.mark.parametrize("row", [row for row in SETTINGS if row.nullable], ids=option_of)
def test_no_value_is_a_wish_that_exchange_takes(exchange: Organisation, row: Setting) -> None:
    assert given(exchange, row, row.kind.parse("")) is None


def test_every_path_can_be_nothing() -> None:
    assert {row.name for row in SETTINGS if row.nullable} == {
        row.name for row in SETTINGS if isinstance(row.kind, LocalPath)
    }


def test_what_is_not_set_is_not_shown() -> None:
    assert SETTINGS.show({"send_protocol_log_path": None, "max_outbound_connections": "unlimited"}) == {
        "max_outbound_connections": "unlimited"
    }
