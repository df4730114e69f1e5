"""Which Exchange servers may be managed, and which are refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import HostRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.exchange.server import (
    READ_SERVERS,
    ExchangeServer,
    local_server,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult
from tests.unit.plugin_utils.run.examples import HOST, keys_of

SP3 = "Version 14.3 (Build 123.4)"


def printed(name: str = "SBS", version: Any = SP3, **more: Any) -> dict[str, Any]:
    return {"Name": name, "AdminDisplayVersion": version, "ServerRole": "Mailbox, HubTransport", **more}


def reply(*servers: dict[str, Any], computer: str = "SBS") -> Reply:
    return Reply("0.1.0", "2.0", computer, (StepResult(READ_SERVERS.id, "done", servers),))


def refusal(*servers: dict[str, Any], computer: str = "SBS") -> HostRefused:
    with pytest.raises(HostRefused) as caught:
        local_server(reply(*servers, computer=computer), HOST)
    return caught.value


@pytest.mark.parametrize(
    "version", [SP3, "Version 14.0 (Build 639.21)", "Version 14.3 (Build 123.4) ", "14.3.123.4", "Version: 14.3"]
)
def test_exchange_2010_is_taken_in_every_spelling(version: str) -> None:
    expected = ExchangeServer("SBS", version, 14, ("HubTransport", "Mailbox"))
    assert local_server(reply(printed(version=version)), HOST) == expected


@pytest.mark.parametrize(
    ("version", "key"),
    [
        ("Version 8.3 (Build 83.6)", "exchange_too_old"),
        ("Version 6.5 (Build 7638.2: Service Pack 2)", "exchange_too_old"),
        ("Version 15.0 (Build 847.32)", "exchange_too_new"),
        ("Version 15.1 (Build 225.42)", "exchange_too_new"),
        ("Version 15.2 (Build 2562.17)", "exchange_too_new"),
        ("Version 140.3 (Build 1.2)", "exchange_too_new"),
        ("Version vierzehn", "exchange_too_old"),
        ("", "exchange_too_old"),
        (None, "exchange_too_old"),
    ],
)
def test_every_other_version_is_refused(version: Any, key: str) -> None:
    error = refusal(printed(version=version))
    assert keys_of(error) == [key]
    assert str(version) in str(error)


@pytest.mark.parametrize("names", [("sbs", "EX2"), ("EX2", "Sbs"), ("SBS",)])
def test_the_hosts_own_server_counts(names: tuple[str, ...]) -> None:
    servers = [printed(name, SP3 if name.lower() == "sbs" else "Version 15.1 (Build 1.1)") for name in names]
    assert local_server(reply(*servers), HOST).name.lower() == "sbs"


@pytest.mark.parametrize(
    ("servers", "words"),
    [
        ([printed("EX1"), printed("EX2")], "EX1, EX2, none of which is this host (DC1)"),
        ([], "none, none of which is this host (DC1)"),
        ([printed("DC")], "DC, none of which"),
    ],
)
def test_a_host_that_is_no_exchange_server_is_refused(servers: list[dict[str, Any]], words: str) -> None:
    error = refusal(*servers, computer="DC1")
    assert keys_of(error) == ["not_this_server"]
    assert words in str(error)


def test_a_reply_in_which_servers_were_not_read_is_refused() -> None:
    with pytest.raises(HostRefused) as caught:
        local_server(Reply("", "", "SBS", ()), HOST)
    assert keys_of(caught.value) == ["not_this_server"]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ("Mailbox, ClientAccess, HubTransport", ("ClientAccess", "HubTransport", "Mailbox")),
        ("Mailbox", ("Mailbox",)),
        ("", ()),
        (None, ()),
    ],
)
def test_the_roles(roles: Any, expected: tuple[str, ...]) -> None:
    assert local_server(reply(printed(ServerRole=roles)), HOST).roles == expected


def test_a_server_of_which_little_is_told_is_refused_and_no_error() -> None:
    assert keys_of(refusal({})) == ["not_this_server"]
