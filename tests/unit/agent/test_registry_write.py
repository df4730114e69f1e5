"""The registry's values of TLS on a host without a registry, as PowerShell runs elsewhere: whatever .NET throws is told
with the key, and is not an absent one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.pwsh

CLIENT = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
STEPS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Read-RegistryKeys", {"Keys": [CLIENT]}, ["Key"]),
    ("Set-RegistryValues", {"Key": CLIENT, "Values": [{"Name": "Enabled", "Value": 1}]}, ["Key"]),
    ("Set-RegistryValues", {"Key": CLIENT, "RemoveEmpty": True}, ["Key"]),
]


def test_a_key_that_cannot_be_opened_fails_the_step(run_agent: Callable[..., dict[str, Any]]) -> None:
    for result in run_agent("", *STEPS)["results"]:
        assert (result["status"], result["output"]) == ("failed", [])
        assert result["error"]["code"] == "registry_refused"
        assert result["error"]["message"].startswith(f"HKLM\\{CLIENT}: ")
