"""How arguments become values: what is unknown, what misfits, what is not declared."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.controls import (
    Control,
    convert_all,
    convert_declared,
    names,
    unknown_options,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.values import Boolean, Integer
from tests.unit.plugin_utils.reason_keys import keys_of

SECRET = "hB6%Schneefang|{{lab}}|only-2086'\"\\Qy"
PORT, TLS = Control("port", Integer(1, 65535), 25, "Port."), Control("tls", Boolean(), True, "TLS.")


def test_what_is_left_over_is_unknown() -> None:
    reasons = unknown_options({"timeuot": 60, "port": 1, "name": SECRET}, names([PORT], [TLS]), "here")
    assert [reason.found for reason in reasons] == [
        "an option timeuot, which does not exist",
        "an option name, which does not exist",
    ]


@pytest.mark.parametrize(
    ("arguments", "every", "declared", "keys"),
    [
        ({}, {"port": 25, "tls": True}, {}, []),
        ({"port": None}, {"port": 25, "tls": True}, {}, []),
        ({"port": "587", "tls": "no"}, {"port": 587, "tls": False}, {"port": 587, "tls": False}, []),
        ({"port": 0, "tls": False}, {"port": 25, "tls": False}, {"tls": False}, ["value_unfit"]),
    ],
)
def test_arguments_become_values(
    arguments: dict[str, Any], every: dict[str, Any], declared: dict[str, Any], keys: list[str]
) -> None:
    for convert, values in ((convert_all, every), (convert_declared, declared)):
        reasons: list[Any] = []
        assert convert(reasons, "here", (PORT, TLS), arguments) == values
        assert keys_of(reasons) == keys
