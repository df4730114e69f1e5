"""The lab's endpoint driven by pypsrp, whose WinRM client shares no code with pywinrm."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from pypsrp.client import Client
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import SelectorSet, WSMan

from lab.endpoint.host import Host
from lab.up.lab import Lab
from lab.wsman.backend import INTERRUPTED
from lab.wsman.profile import STOCK
from tests.unit.lab.endpoint.endpoint_backend import PASSWORD, WordBackend, make_lab, pattern

NOT_THERE = 2150858843

WAYS: dict[str, dict[str, Any]] = {
    "http, NTLM, sealed": {"ssl": False, "auth": "ntlm"},
    "http, SPNEGO, sealed": {"ssl": False, "auth": "negotiate"},
    "https, NTLM": {"ssl": True, "auth": "ntlm"},
    "https, SPNEGO, sealed": {"ssl": True, "auth": "negotiate", "encryption": "always"},
    "https, Basic": {"ssl": True, "auth": "basic"},
}


def connect(lab: Lab, way: str = "http, NTLM, sealed", **keys: Any) -> WSMan:
    ports = lab.hosts["sbs"].ports
    settings = {
        "username": "Administrator",
        "password": PASSWORD,
        "cert_validation": str(lab.directory.ca_file),
        "operation_timeout": 5,
        **WAYS[way],
        **keys,
    }
    return WSMan("127.0.0.1", port=ports.https if settings["ssl"] else ports.http, **settings)


def word_backend(host: Host) -> WordBackend:
    assert isinstance(host.backend, WordBackend)
    return host.backend


# ---- what works


@pytest.mark.parametrize("way", WAYS)
def test_a_command_with_input_runs_and_leaves_no_shell(lab: Lab, host: Host, way: str) -> None:
    text = "hällo ".encode() + pattern(100_000)
    with connect(lab, way) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "cat")
        process.begin_invoke()
        process.send(text[:50_000], end=False)
        process.send(text[50_000:])
        process.end_invoke()
        # As pypsrp's own tests clean up: a signal for what has ended.
        process.signal(SignalCode.CTRL_C)
        process.signal(SignalCode.TERMINATE)
    assert (process.stdout, process.stderr, process.rc) == (text, b"", 0)
    assert host.open_shells == 0
    actions = [entry.action for entry in host.log.entries() if entry.action not in ("login", "Receive")]
    assert actions == ["Create", "Command", "Send", "Send", "Signal", "Signal", "Delete"]
    assert {entry.user for entry in host.log.entries("Create")} == {"Administrator"}


def test_a_megabyte_arrives_whole_in_answers_that_fit(lab: Lab, host: Host) -> None:
    with connect(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "bytes", ["1000000"])
        process.invoke()
    assert process.stdout == pattern(1_000_000)
    assert max(entry.response for entry in host.log.entries("Receive")) <= 153_600


def test_streams_exit_codes_and_the_environment(lab: Lab, host: Host) -> None:
    with connect(lab) as wsman, WinRS(wsman, environment={"LAB_WORD": "a<b ü"}) as shell:
        results = []
        for words in (["both"], ["rc", "7"], ["environment", "LAB_WORD"]):
            process = Process(shell, words[0], words[1:])
            process.invoke()
            results.append((process.stdout, process.stderr, process.rc))
    assert results == [(b"out", b"OUT", 0), (b"", b"", 7), ("a<b ü".encode(), b"", 0)]


def test_every_setting_of_a_shell_is_taken(lab: Lab, host: Host) -> None:
    settings = {"name": "one", "lifetime": 60, "idle_time_out": 60, "working_directory": "C:\\", "codepage": 65001}
    with connect(lab) as wsman, WinRS(wsman, no_profile=True, **settings):
        assert host.open_shells == 1


def test_waiting_longer_than_the_operation_timeout(lab: Lab, host: Host) -> None:
    backend = word_backend(host)
    backend.release.clear()
    with connect(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "wait")
        process.begin_invoke()
        process.poll_invoke(timeout=1)
        process.poll_invoke(timeout=1)
        backend.release.set()
        process.end_invoke()
        backend.release.clear()
    assert (process.stdout, process.rc) == (b"waiting released", 0)
    assert "w:TimedOut 2150858793" in [entry.fault for entry in host.log.entries("Receive")]


# ---- logins


@pytest.mark.parametrize("name", ["administrator", "nt4admins\\ADMINISTRATOR", "Administrator@NT4Admins.local"])
@pytest.mark.parametrize("way", ["http, NTLM, sealed", "http, SPNEGO, sealed", "https, NTLM", "https, Basic"])
def test_the_three_forms_of_a_name(lab: Lab, host: Host, way: str, name: str) -> None:
    with connect(lab, way, username=name) as wsman, WinRS(wsman):
        pass
    assert [entry.user for entry in host.log.entries("Create")] == ["Administrator"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("wrong", [{"password": "Zq7-wrong-Dachrinne-1"}, {"username": "WORKSTATION\\Administrator"}])
def test_a_wrong_login_is_refused(lab: Lab, host: Host, way: str, wrong: dict[str, str]) -> None:
    with pytest.raises(AuthenticationError):
        WinRS(connect(lab, way, **wrong)).open()
    assert (host.log.count("Create"), host.log.count("?")) == (0, 0)


def test_what_is_not_sealed_is_refused_over_http(lab: Lab, host: Host) -> None:
    with pytest.raises(WinRMTransportError) as refused:
        WinRS(connect(lab, encryption="never")).open()
    assert refused.value.code == 500
    assert host.log.count("Create") == 0


# ---- signals


@pytest.mark.parametrize("code", [SignalCode.CTRL_C, SignalCode.CTRL_BREAK])
def test_an_interrupted_command_ends_with_its_exit_code(lab: Lab, host: Host, code: str) -> None:
    with connect(lab) as wsman, WinRS(wsman) as shell:
        process, reader = Process(shell, "wait"), Process(shell, "cat")
        for each in (process, reader):
            each.begin_invoke()
            each.signal(code)
            each.end_invoke()
        assert (process.stdout, process.rc) == (b"waiting", 3)
        assert reader.rc == INTERRUPTED
        again = Process(shell, "echo", ["again"])
        again.invoke()
        assert again.stdout == b"again"


def test_a_terminated_command_is_gone(lab: Lab, host: Host) -> None:
    with connect(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "wait")
        process.begin_invoke()
        process.signal(SignalCode.TERMINATE)
        with pytest.raises(WSManFaultError) as gone:
            process.poll_invoke()
        assert gone.value.code == NOT_THERE
        process.signal(SignalCode.TERMINATE)


def test_signals_that_mean_nothing(lab: Lab, host: Host) -> None:
    with connect(lab) as wsman, WinRS(wsman) as shell:
        process = Process(shell, "wait")
        process.begin_invoke()
        assert process.id
        codes = []
        for code, command in (("urn:kill", process.id), (SignalCode.CTRL_C, ""), (SignalCode.TERMINATE, "")):
            with pytest.raises(WSManFaultError) as refused:
                shell.signal(code, command)
            codes.append(refused.value.code)
        other = WinRS(wsman)
        other._selector_set = SelectorSet()
        other._selector_set.add_option("ShellId", str(uuid.uuid4()))
        with pytest.raises(WSManFaultError) as refused:
            other.signal(SignalCode.CTRL_C, process.id)
        assert [*codes, refused.value.code] == [87, 87, 87, NOT_THERE]
        process.signal(SignalCode.CTRL_C)
        process.end_invoke()
        assert process.rc == 3, "none of them has ended it"


# ---- refusals


@pytest.mark.parametrize(("form", "number"), [("wsman", 2150859173), ("wmi", "w:QuotaLimit")])
def test_a_shell_too_many(form: str, number: int | str) -> None:
    """Only of a WSManFault does pypsrp read the number."""
    with make_lab(profile=replace(STOCK, shell_quota_fault=form)) as lab, connect(lab) as wsman:
        shells = [WinRS(wsman) for _ in range(5)]
        for shell in shells:
            shell.open()
        with pytest.raises(WSManFaultError) as refused:
            WinRS(wsman).open()
        assert refused.value.code == number
        shells[0].close()
        WinRS(wsman).open()


@pytest.mark.parametrize(("form", "number"), [("wsman", 2150859174), ("wmi", "w:QuotaLimit")])
def test_a_command_too_many(form: str, number: int | str) -> None:
    profile = replace(STOCK, command_quota_fault=form)
    with make_lab(profile=profile) as lab, connect(lab) as wsman, WinRS(wsman) as shell:
        for _ in range(15):
            Process(shell, "rc", ["0"]).invoke()
        with pytest.raises(WSManFaultError) as refused:
            Process(shell, "rc", ["0"]).invoke()
        assert refused.value.code == number


def test_an_unreadable_duration_of_a_shell(lab: Lab, host: Host) -> None:
    shell = WinRS(connect(lab))
    shell.idle_time_out = -1
    with pytest.raises(WSManFaultError) as refused:
        shell.open()
    assert (refused.value.code, host.open_shells) == (2150858838, 0)


def test_powershell_remoting_is_not_there(lab: Lab, host: Host) -> None:
    ports = host.ports
    with (
        Client("127.0.0.1", port=ports.http, username="Administrator", password=PASSWORD, ssl=False) as client,
        pytest.raises(WSManFaultError) as refused,
    ):
        client.execute_ps("1")
    assert refused.value.code == 2150858752
