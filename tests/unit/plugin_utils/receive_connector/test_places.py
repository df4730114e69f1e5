"""Addresses of clients in, where they are out; what a host tells of its own addresses."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.places import STEP, parse_own, place_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import DONE, FAILED, Reply, StepResult


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1", "own"), ("::1", "own"), ("192.168.1.2", "own"), ("::ffff:192.168.1.2", "own"),
        ("fe80::1%11", "own"), ("192.168.1.3", "lan"), ("10.1.2.3", "lan"), ("fe80::2", "lan"), ("fd00::1", "lan"),
        ("172.31.0.1", "lan"), ("172.32.0.1", "internet"), ("203.0.113.9", "internet"), ("2001:db8::1", "internet"),
        ("", "unknown"), (None, "unknown"), ("nobody", "unknown"), ("192.168.1.2:25", "unknown"),
    ],
)  # fmt: skip
def test_where_a_client_is(address: str | None, place: str) -> None:
    assert place_of(address, {"192.168.1.2", "fe80::1"}) == place


@pytest.mark.parametrize(
    ("status", "told", "own"),
    [
        (DONE, ["192.168.1.2", "192.168.1.2", "127.0.0.1", "fe80::1%11"], ("192.168.1.2", "fe80::1")),
        (DONE, ["nobody", None, "::1"], None),
        (DONE, [], None),
        (FAILED, [], None),
    ],
)
def test_a_server_that_tells_no_address_has_not_told(status: str, told: list[Any], own: tuple[str, ...] | None) -> None:
    rows = tuple({"Address": each} for each in told)
    assert parse_own(Reply("", "", "", (StepResult(STEP.id, status, rows),))) == own
