"""Putting saved values back: what was absent goes, what somebody else has changed stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused
from ansible_collections.sbs.mailflow.plugins.plugin_utils.host_tls.restore import RestoreHostTls
from tests.unit.plugin_utils.host_tls.tls_host import CLIENT, ON, SERVER, TLS12, TlsHost
from tests.unit.plugin_utils.reason_keys import keys_of, refusal
from tests.unit.plugin_utils.restore.restoring import going_back

CLR2 = r"SOFTWARE\Microsoft\.NETFramework\v2.0.50727"
WINHTTP = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
EVERYTHING = dict.fromkeys(("client", "server", "dotnet", "winhttp"), True)


@pytest.fixture
def sbs(tmp_path: Path) -> TlsHost:
    return TlsHost(tmp_path / "kept")


def back(host: TlsHost, **more: Any) -> dict[str, Any]:
    return host.run("restore", run="last", **more)


def test_what_was_not_there_goes_and_nothing_else(sbs: TlsHost) -> None:
    sbs.machine.write_registry(CLR2, {"AspNetEnforceViewStateMac": 1})
    sbs.machine.write_registry(WINHTTP, {"DefaultSecureProtocols": 0x80})
    sbs.machine.write_registry(SERVER, {})
    before = sbs.machine.registry
    assert sbs.run(**EVERYTHING)["changed"] and sbs.values(WINHTTP) == {"DefaultSecureProtocols": 0xA80}
    told = back(sbs)
    assert {step["status"] for step in told["steps"]} == {"done"} and not told.get("failed")
    after = sbs.machine.registry
    assert {path: values for path, values in after.items() if values or path in before} == before
    assert [sbs.values(path) for path in (CLIENT, SERVER, TLS12)] == [None, {}, {}]
    assert any("keeps the values of TLS" in line for line in sbs.said)
    assert back(sbs)["changed"] is False


def test_a_key_above_goes_with_the_last_one_in_it(sbs: TlsHost) -> None:
    sbs.run(client=True, server=True)
    back(sbs)
    assert [sbs.values(path) for path in (CLIENT, SERVER, TLS12)] == [None, None, None]


def test_a_key_in_which_something_else_stands_by_now_stays(sbs: TlsHost) -> None:
    sbs.run(client=True)
    sbs.machine.write_registry(CLIENT, {"Note": "by hand"})
    told = back(sbs)
    assert (told["changed"], sbs.values(CLIENT)) == (True, {"Note": "by hand"})
    assert not told.get("failed") and back(sbs)["changed"] is False


def test_what_somebody_else_has_changed_is_left_and_told(sbs: TlsHost) -> None:
    sbs.machine.write_registry(CLIENT, {"Enabled": 0, "DisabledByDefault": 1})
    sbs.run(client=True)
    sbs.machine.write_registry(CLIENT, {"DisabledByDefault": 7})
    told = back(sbs)
    assert told["changed_since"] == [rf"HKLM\{CLIENT}\DisabledByDefault"] and "DisabledByDefault" in told["warnings"][0]
    assert sbs.values(CLIENT) == {"Enabled": 0, "DisabledByDefault": 7}
    forced = sbs.run("restore", run=_first_run(sbs), force=True)
    assert (forced["changed"], sbs.values(CLIENT)) == (True, {"Enabled": 0, "DisabledByDefault": 1})


def _first_run(host: TlsHost) -> str:
    path = sorted((host.folder / "sbs").glob("host_tls_*.json"))[0]
    run: str = json.loads(path.read_text())["run"]
    return run


def test_check_mode_only_shows_the_way_back(sbs: TlsHost) -> None:
    sbs.run(client=True)
    looked = sbs.run("restore", True, run="last")
    assert "Enabled: absent" in looked["diff"]["after"] and sbs.values(CLIENT) == ON


def test_a_restore_is_undone_like_any_run(sbs: TlsHost) -> None:
    sbs.run(client=True)
    path = back(sbs)["backup_file"]
    assert sbs.run("restore", backup_file=path)["changed"] and sbs.values(CLIENT) == ON


KEY = {"key": CLIENT, "present": False, "before": {"Enabled": None}, "after": {"Enabled": 1}}
DAMAGED: dict[str, dict[str, Any]] = {
    "another key": {**KEY, "key": r"SOFTWARE\Microsoft\Windows"},
    "another value": {**KEY, "after": {"SchUseStrongCrypto": 1}},
    "no number": {**KEY, "before": {"Enabled": "1"}},
    "no answer": {**KEY, "present": "no"},
    "a piece of it": {"key": CLIENT},
}


@pytest.mark.parametrize("key", DAMAGED.values(), ids=DAMAGED)
def test_an_edited_file_is_refused(key: dict[str, Any]) -> None:
    content = {"noun": "host_tls", "host": "sbs01", "registry": [key]}
    assert keys_of(refusal(InputRefused, RestoreHostTls, going_back(content))) == ["backup_unreadable"]
