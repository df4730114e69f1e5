"""The declaration of a preflight: names of checks and groups, and whom to ask."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import Reason
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.desired import (
    DEFAULT_GROUPS,
    GROUPS,
    Desired,
    parse_desired,
)

CHECKS = ("tls", "spf")


def parsed(**options: Any) -> tuple[Desired, list[Reason]]:
    reasons: list[Reason] = []
    return parse_desired(options, reasons, CHECKS), reasons


def test_nothing_declared_is_every_group_but_the_servers_own() -> None:
    assert parsed() == (Desired(), [])
    assert "server" in GROUPS and "server" not in DEFAULT_GROUPS


def test_everything_declared() -> None:
    found, reasons = parsed(
        accept=["TLS"], only=["DNS", "server"], fail_on="always", answer_seconds=3, resolver="192.0.2.1"
    )
    assert reasons == []
    assert found == Desired(frozenset({"tls"}), "always", frozenset({"dns", "server"}), 3, "192.0.2.1")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"accept": ["tsl"]}, "tsl"),
        ({"only": ["dsn"]}, "dsn"),
        ({"fail_on": "never"}, "never"),
        ({"answer_seconds": 0}, "0"),
        ({"resolver": "ns.beispiel.de"}, "ns.beispiel.de"),
        ({"resolver_port": 99999}, "99999"),
        ({"acept": ["tls"]}, "acept"),
    ],
)
def test_what_is_wrong_is_told(options: dict[str, Any], told: str) -> None:
    reasons = parsed(**options)[1]
    assert reasons and told in str(reasons[0])
