"""The declaration: options in, values or all reasons out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.desired import OPTIONS, Desired, parse_desired
from tests.unit.plugin_utils.reason_keys import keys_of, refusal


@pytest.mark.parametrize(
    ("options", "desired"),
    [
        ({}, Desired()),
        ({"client": True}, Desired(client=True)),
        ({"client": "yes", "restart": "Service"}, Desired(client=True, restart="service")),
        ({"client": None, "server": False, "dotnet": True, "winhttp": True}, Desired(dotnet=True, winhttp=True)),
    ],
)
def test_a_wish(options: dict[str, Any], desired: Desired) -> None:
    assert parse_desired(options) == desired


def test_a_wish_that_is_refused_with_every_reason() -> None:
    told = refusal(InputRefused, parse_desired, {"clinet": True, "server": "maybe", "restart": "reboot"})
    assert keys_of(told) == ["option_unknown", "value_unfit", "value_unfit"]


def test_every_option_says_who_else_is_affected() -> None:
    told = {each.name: each.description for each in OPTIONS}
    assert "affect" in told["client"] and all(word in told["server"] for word in ("Outlook Web App", "Remote", "LDAPS"))
    assert "every .NET program" in told["dotnet"] and "Windows Update" in told["winhttp"]
