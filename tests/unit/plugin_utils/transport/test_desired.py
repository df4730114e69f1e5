"""The declaration: options in, values or all reasons out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.providers import (
    age_ladders,
    mature_rates,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.messages import reason_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.desired import parse_desired
from tests.unit.plugin_utils.reason_keys import keys_of, refusal

CALM = {
    "transient_failure_retry_interval": 600,
    "outbound_connection_failure_retry_interval": 1800,
    "max_per_domain_outbound_connections": 2,
}
DECLARATIONS: dict[str, tuple[dict[str, Any], dict[str, Any], int | None]] = {
    "nothing": ({}, {}, None),
    "an option that a role leaves out": ({"message_retry_interval": None}, {}, None),
    "a time span and a number": (
        {"message_retry_interval": "00:15:00", "transient_failure_retry_count": "3"},
        {"message_retry_interval": 900, "transient_failure_retry_count": 3},
        None,
    ),
    "no log": ({"send_protocol_log_path": ""}, {"send_protocol_log_path": None}, None),
    "sizes": (
        {"connectivity_log_max_file_size": "10MB", "receive_protocol_log_max_directory_size": "Unlimited"},
        {"connectivity_log_max_file_size": 10 * 1024**2, "receive_protocol_log_max_directory_size": "unlimited"},
        None,
    ),
    "calm for a rate": ({"calm_for_per_hour": 100}, CALM | {"message_retry_interval": 3600}, 100),
    "calm for a provider": ({"calm_for_provider": "Strato"}, CALM | {"message_retry_interval": 1800}, 250),
    "calm for another name of it": ({"calm_for_provider": "1und1"}, CALM | {"message_retry_interval": 900}, 500),
    "declared options win": (
        {"calm_for_provider": "strato", "message_retry_interval": 60, "max_per_domain_outbound_connections": 5},
        CALM | {"message_retry_interval": 60, "max_per_domain_outbound_connections": 5},
        250,
    ),
}


@pytest.mark.parametrize(("options", "values", "rate"), DECLARATIONS.values(), ids=DECLARATIONS)
def test_a_wish(options: dict[str, Any], values: dict[str, Any], rate: int | None) -> None:
    desired = parse_desired(options)
    assert (desired.values, desired.provider_per_hour) == (values, rate)


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an unknown option": ({"message_retry": 60}, ["option_unknown"]),
    "out of bounds": ({"transient_failure_retry_count": 16}, ["value_unfit"]),
    "no size": ({"send_protocol_log_max_file_size": "big"}, ["value_unfit"]),
    "too small a folder": ({"send_protocol_log_max_directory_size": "512KB"}, ["value_unfit"]),
    "no limit where there must be one": ({"message_tracking_log_max_file_size": "unlimited"}, ["value_unfit"]),
    "a file larger than its folder": (
        {"message_tracking_log_max_file_size": "2GB", "message_tracking_log_max_directory_size": "1GB"},
        ["log_file_above_directory"],
    ),
    "no time span": ({"message_retry_interval": "often"}, ["value_unfit"]),
    "no provider with a number": ({"calm_for_provider": "gmx"}, ["value_unfit"]),
    "no rate at all": ({"calm_for_per_hour": 0}, ["value_unfit"]),
    "calm twice": ({"calm_for_provider": "strato", "calm_for_per_hour": 100}, ["calm_twice"]),
    "connections": (
        {"max_outbound_connections": 1, "max_per_domain_outbound_connections": 2},
        ["per_domain_above_outbound"],
    ),
    "everything at once": (
        {
            "message_retry": 60,
            "queue_max_idle_time": 1,
            "delay_notification_timeout": "3.00:00:00",
            "message_expiration_timeout": "2.00:00:00",
            "max_outbound_connections": 1,
            "max_per_domain_outbound_connections": "unlimited",
        },
        ["delay_after_expiration", "option_unknown", "per_domain_above_outbound", "value_unfit"],
    ),
}


@pytest.mark.parametrize(("options", "reasons"), REFUSED.values(), ids=REFUSED)
def test_a_wish_that_is_refused_with_every_reason(options: dict[str, Any], reasons: list[str]) -> None:
    assert keys_of(refusal(InputRefused, parse_desired, options)) == reasons


def test_what_was_found_before_is_told_as_well() -> None:
    before = reason_of("become_refused", "here")
    assert keys_of(refusal(InputRefused, parse_desired, {"nope": 1}, [before])) == ["become_refused", "option_unknown"]


def test_the_rates_are_those_of_the_last_step_of_a_ladder() -> None:
    assert mature_rates() == {"1und1": 500, "ionos": 500, "strato": 250}
    assert set(mature_rates()) <= set(age_ladders())
