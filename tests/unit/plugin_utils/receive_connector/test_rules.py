"""What two receive connectors of one server may not have together, as facts in and reasons out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.receive_connector.rules import among, conflicts
from tests.unit.plugin_utils.receive_connector.receiving_host import ALL, connectors, printed
from tests.unit.plugin_utils.run.examples import keys

PAIRS: list[tuple[dict[str, Any], dict[str, Any], list[str]]] = [
    ({}, {}, ["receive_same_pair"]),
    ({}, {"Bindings": ["0.0.0.0:587"]}, []),
    ({}, {"Bindings": ["0.0.0.0:587", "0.0.0.0:25"]}, ["receive_same_pair"]),
    ({}, {"Bindings": ["127.0.0.1:25"]}, []),
    ({}, {"RemoteIPRanges": ["192.168.1.0/24"]}, []),
    ({}, {"RemoteIPRanges": ["192.168.1.0/24", ALL]}, ["receive_same_pair"]),
    ({"RemoteIPRanges": ["10.0.0.0/8"]}, {"RemoteIPRanges": ["11.0.0.0/8"]}, []),
    ({"RemoteIPRanges": ["10.0.0.1-10.0.0.9"]}, {"RemoteIPRanges": ["10.0.0.5-10.0.0.20"]}, ["receive_ranges_cross"]),
    ({"RemoteIPRanges": ["10.0.0.1-10.0.0.9"]}, {"RemoteIPRanges": ["10.0.0.2-10.0.0.9"]}, []),
    ({"Enabled": False}, {}, ["receive_same_pair"]),
    ({"RemoteIPRanges": ["what?"]}, {}, []),
]


@pytest.mark.parametrize(("one", "other", "reasons"), PAIRS)
def test_pairs(one: dict[str, Any], other: dict[str, Any], reasons: list[str]) -> None:
    assert keys(among(connectors(printed("A", **one), printed("B", **other)), "here")) == reasons


def test_what_cannot_be_read_breaks_no_rule() -> None:
    (found,) = connectors(printed(AuthMechanism=17, PermissionGroups=None, RequireTLS=True, RemoteIPRanges=None))
    assert conflicts(found.values, "here") == []
