"""What a host tells of TLS: rollups by numbers, SCHANNEL's keys by the Windows, and the agent's own ability."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import tls_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.host_facts import host_facts
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.shell_memory import notices_of
from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.tls_facts import end_state, exchange_update, version_of
from tests.unit.plugin_utils.run.examples import HOST, done, failed, packed, reply_data

SP3, RU9 = "14.3.123.4", "14.3.235.1"
NOW = datetime(2026, 11, 24, 20, 39, 36, tzinfo=UTC)

BUILDS: dict[Any, tuple[str | None, str | None, bool | None]] = {
    "14.1.218.15": ("14.1.218.15", "Exchange Server 2010 SP1", False),
    "14.01.0218.015": ("14.1.218.15", "Exchange Server 2010 SP1", False),
    SP3: (SP3, "Exchange Server 2010 SP3", False),
    "14.3.99.0": ("14.3.99.0", None, False),
    "14.3.234.99": ("14.3.234.99", "Update Rollup 8 v2 for Exchange Server 2010 SP3 or later", False),
    RU9: (RU9, "Update Rollup 9 for Exchange Server 2010 SP3", True),
    "14.03.0235.001": (RU9, "Update Rollup 9 for Exchange Server 2010 SP3", True),
    "14.3.513.0": ("14.3.513.0", "Update Rollup 32 for Exchange Server 2010 SP3", True),
    "14.3.999.0": ("14.3.999.0", "Update Rollup 32 for Exchange Server 2010 SP3 or later", True),
    "15.0.516.32": ("15.0.516.32", "Exchange Server 2013 RTM", True),
    "16.1.1.1": ("16.1.1.1", None, True),
    None: (None, None, None),
    "": (None, None, None),
    "14.3": (None, None, None),
    14: (None, None, None),
    "vierzehn": (None, None, None),
}


@pytest.mark.parametrize(("told", "expected"), BUILDS.items(), ids=map(str, BUILDS))
def test_a_rollup_is_told_and_judged_by_numbers(told: Any, expected: tuple[Any, Any, Any]) -> None:
    assert tuple(exchange_update(told).values()) == expected


def test_every_known_build_is_named_as_it_is() -> None:
    for build, name in tls_facts._table()["builds"].items():
        assert exchange_update(build)["update_name"] == name, build


STATES: list[tuple[Any, Any, str, bool | None]] = [
    (1, 0, "enabled", True),
    (0xFFFFFFFF, 0, "enabled", True),
    (-1, 0, "enabled", True),
    (1, 1, "disabled by default", False),
    (0, 0, "disabled", False),
    (0, 1, "disabled", False),
    (0, None, "disabled", False),
    (1, None, "misconfigured", None),
    (None, 0, "misconfigured", None),
    (None, 1, "misconfigured", None),
    ("1", 0, "misconfigured", None),
    (True, 0, "misconfigured", None),
]


@pytest.mark.parametrize(("enabled", "hidden", "state", "on"), STATES)
def test_what_a_key_says(enabled: Any, hidden: Any, state: str, on: bool | None) -> None:
    for protocol, windows in itertools.product(tls_facts.PROTOCOLS, ((6, 1), (10, 0), None)):
        values = {"Enabled": enabled, "DisabledByDefault": hidden}
        assert end_state(protocol, values, windows) == {"state": state, "on": on}


ABSENT = {
    ("TLS 1.2", "6.0.6002"): False,
    ("TLS 1.2", "6.1.7601"): False,
    ("TLS 1.2", "6.2.9200"): True,
    ("TLS 1.2", "6.3.9600"): True,
    ("TLS 1.2", "10.0.20348"): True,
    ("TLS 1.1", "6.1.7601"): False,
    ("TLS 1.1", "6.2.9200"): True,
    ("TLS 1.0", "6.1.7601"): True,
    ("TLS 1.0", "10.0.20348"): True,
    ("TLS 1.2", None): None,
    ("TLS 1.2", "neu"): None,
}


@pytest.mark.parametrize(("told", "on"), ABSENT.items(), ids=map(str, ABSENT))
def test_what_no_key_means_depends_on_the_windows(told: tuple[str, Any], on: bool | None) -> None:
    protocol, windows = told
    found = end_state(protocol, {}, version_of(windows, 2))
    assert found == {"state": "absent", "on": on}


def rows(**client: Any) -> list[dict[str, Any]]:
    """The answer about every key, of which only the client's of TLS 1.2 may be there."""
    key = tls_facts.SCHANNEL["TLS 1.2", "Client"]
    return [
        {"Key": each, "Name": name, "Present": each == key, "Value": client.get(name) if each == key else None}
        for each in tls_facts.SCHANNEL.values()
        for name in tls_facts.VALUES
    ]


ON = {"Enabled": 1, "DisabledByDefault": 0}
SPEAKS: dict[str, tuple[Any, Any, str, bool | None]] = {
    "an untouched SBS 2011": ("14.1.218.15", {}, "6.1.7601", False),
    "with the rollup alone": (RU9, {}, "6.1.7601", False),
    "with the keys alone": (SP3, ON, "6.1.7601", False),
    "with both": (RU9, ON, "6.1.7601", True),
    "the rollup on a newer Windows": (RU9, {}, "6.3.9600", True),
    "an unknown rollup": (None, ON, "6.1.7601", None),
    "half a key": (RU9, {"Enabled": 1}, "6.1.7601", None),
}


def told(
    *steps: dict[str, Any], windows: Any = "6.1.7601", memory: Any = 1024
) -> tuple[dict[str, Any], tuple[str, ...]]:
    host = {"Windows": {"Version": windows}, "Exchange": {"Build": SP3}, "WinRM": {"MaxMemoryPerShellMB": memory}}
    reply = packed(reply_data(done("read_host_facts", host), *steps))
    return host_facts(Session(lambda line, stdin: (0, reply, b""), HOST), NOW)


@pytest.mark.parametrize(("build", "keys", "windows", "expected"), SPEAKS.values(), ids=SPEAKS)
def test_whether_exchange_can_speak_tls12(build: Any, keys: Any, windows: str, expected: bool | None) -> None:
    steps = [
        done("read_updates", {"ExSetup": build}),
        done("read_schannel", *rows(**keys)),
        done("read_tls_ability", {"Tls12": True}),
    ]
    facts, notices = told(*steps, windows=windows)
    assert facts["tls"]["exchange_tls12"] is expected
    assert facts["tls"]["agent_tls12"] is True
    assert facts["exchange"]["build"] == SP3
    assert facts["exchange"]["update"] == build
    assert notices == ()


def test_what_cannot_be_read_of_it_costs_none_of_the_other_facts() -> None:
    facts, _ = told(*(failed(name, "kaputt") for name in ("read_updates", "read_schannel", "read_tls_ability")))
    assert facts["tls"] is None
    assert (facts["exchange"]["update"], facts["exchange"]["build"]) == (None, SP3)


MEMORY = {150: True, 511: True, 512: False, 1024: False, 0: False, None: False, "150": True, "viel": False, True: False}


@pytest.mark.parametrize(("found", "expected"), MEMORY.items(), ids=map(str, MEMORY))
def test_too_little_memory_for_a_shell_is_told(found: Any, expected: bool) -> None:
    assert bool(notices_of(found)) is expected
    assert bool(told(memory=found)[1]) is expected
