"""The endpoint driven by the real pywinrm, over both transports."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import spnego
import trustme
from winrm.exceptions import InvalidCredentialsError, WinRMOperationTimeoutError, WinRMTransportError, WSManFaultError

from lab.up.lab import Lab
from lab.wsman.profile import STOCK, TUNED
from tests.unit.lab.endpoint.endpoint_backend import PASSWORD, WordBackend, client, make_lab, pattern, run


@pytest.fixture
def lab() -> Iterator[Lab]:
    with make_lab() as running:
        yield running
        assert running.hosts["sbs"].log.errors() == []


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_a_command_runs_and_leaves_no_shell(lab: Lab, transport: str) -> None:
    assert run(client(lab, transport), "echo hällo") == ("hällo".encode(), b"", 0)
    assert lab.hosts["sbs"].open_shells == 0
    actions = [entry.action for entry in lab.hosts["sbs"].log.entries() if entry.action != "login"]
    assert actions == ["Create", "Command", "Receive", "Signal", "Delete"]


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_input_in_two_pieces_arrives_whole(lab: Lab, transport: str) -> None:
    text = pattern(200_000)
    assert run(client(lab, transport), "cat", [text[:100_000], text[100_000:]]) == (text, b"", 0)
    (entry,) = lab.hosts["sbs"].log.commands()
    assert entry.stdin_bytes == 200_000
    assert lab.hosts["sbs"].log.count("Send") == 2


def test_five_megabytes_arrive_whole_and_every_answer_fits_the_client(lab: Lab) -> None:
    assert run(client(lab), "bytes 5000000") == (pattern(5_000_000), b"", 0)
    sizes = [entry.response for entry in lab.hosts["sbs"].log.entries("Receive")]
    assert max(sizes) <= 153_600
    assert len(sizes) < 60


def test_ntlm_over_https_without_encryption_of_messages(lab: Lab) -> None:
    assert run(client(lab, "ntlm", https=True), "rc 7") == (b"", b"", 7)


@pytest.mark.parametrize("user", ["NT4ADMINS\\administrator", "Administrator@nt4admins.local", "administrator"])
@pytest.mark.parametrize("transport", ["ntlm", "basic"])
def test_the_account_answers_to_its_other_spellings(lab: Lab, transport: str, user: str) -> None:
    assert run(client(lab, transport, username=user), "rc 0")[2] == 0
    assert {entry.user for entry in lab.hosts["sbs"].log.entries("Create")} == {"Administrator"}


@pytest.mark.parametrize("transport", ["ntlm", "basic"])
@pytest.mark.parametrize("wrong", [{"password": "Zq7-wrong-Dachrinne-1"}, {"username": "nobody"}])
def test_a_wrong_login_is_refused(lab: Lab, transport: str, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidCredentialsError):
        client(lab, transport, **wrong).open_shell()
    assert lab.hosts["sbs"].log.count("Create") == 0


def test_an_unknown_authority_is_refused_by_the_client(lab: Lab, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    with pytest.raises(requests.exceptions.SSLError):
        client(lab, "basic", ca_trust_path=str(tmp_path / "other.pem")).open_shell()


def test_plain_soap_over_http_is_refused(lab: Lab) -> None:
    with pytest.raises(WinRMTransportError) as refused:
        client(lab, "ntlm", message_encryption="never").open_shell()
    assert refused.value.code == 500
    assert lab.hosts["sbs"].log.count("Create") == 0


def test_basic_is_not_offered_over_http(lab: Lab) -> None:
    url = f"http://127.0.0.1:{lab.hosts['sbs'].ports.http}/wsman"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, auth=("Administrator", PASSWORD), data=b"")
    assert (answer.status_code, answer.reason, answer.content) == (401, "", b"")
    assert answer.headers["WWW-Authenticate"] == "Negotiate"


def test_an_envelope_over_the_limit_is_413(lab: Lab) -> None:
    with pytest.raises(WinRMTransportError) as refused:
        run(client(lab), "cat", [b"x" * 120_000])
    assert refused.value.code == 413
    assert lab.hosts["sbs"].open_shells == 0, "the connection must survive, or the shell could not be closed"


def test_the_tuned_profile_takes_what_ansible_sends_at_once() -> None:
    with make_lab(profile=TUNED) as lab:
        assert run(client(lab), "length", [b"x" * 200_000])[0] == b"200000"


def test_the_sixth_shell_is_refused(lab: Lab) -> None:
    protocol = client(lab)
    shells = [protocol.open_shell() for _ in range(5)]
    with pytest.raises(WSManFaultError) as refused:
        protocol.open_shell()
    assert refused.value.wmierror_code == 2150859173
    protocol.close_shell(shells[0], close_session=False)
    assert protocol.open_shell() not in shells
    assert lab.hosts["sbs"].open_shells == 5


@pytest.mark.parametrize(("form", "attribute"), [("wsman", "wsman_fault_code"), ("wmi", "wmierror_code")])
def test_the_sixteenth_command_is_refused_in_either_form(form: str, attribute: str) -> None:
    with make_lab(profile=replace(STOCK, command_quota_fault=form)) as lab:
        protocol = client(lab)
        shell = protocol.open_shell()
        for _ in range(15):
            protocol.cleanup_command(shell, protocol.run_command(shell, "rc 0"))
        with pytest.raises(WSManFaultError) as refused:
            protocol.run_command(shell, "rc 0")
        assert getattr(refused.value, attribute) == 0x803381A6


def test_a_command_line_over_the_limit_gets_a_message_of_cmd(lab: Lab) -> None:
    assert run(client(lab), "echo " + "x" * 8186)[2] == 0
    assert run(client(lab), "echo " + "x" * 8187) == (b"", b"The command line is too long.\r\n", 1)


def test_waiting_longer_than_the_operation_timeout_is_retried(lab: Lab) -> None:
    protocol = client(lab, operation_timeout_sec=1)
    backend = lab.hosts["sbs"].backend
    assert isinstance(backend, WordBackend)
    shell = protocol.open_shell()
    command_id = protocol.run_command(shell, "wait")
    assert protocol.get_command_output_raw(shell, command_id)[0] == b"waiting"
    with pytest.raises(WinRMOperationTimeoutError):
        protocol.get_command_output_raw(shell, command_id)
    backend.release.set()
    assert protocol.get_command_output(shell, command_id) == (b" released", b"", 0)
    faults = [entry.fault for entry in lab.hosts["sbs"].log.entries("Receive")]
    assert faults == [None, "w:TimedOut 2150858793", None]


def test_streams_are_kept_apart(lab: Lab) -> None:
    assert run(client(lab), "both") == (b"out", b"OUT", 0)


def test_environment_of_the_shell_reaches_the_command(lab: Lab) -> None:
    protocol = client(lab)
    shell = protocol.open_shell(env_vars={"LAB_WORD": "a<b"})
    assert protocol.get_command_output(shell, protocol.run_command(shell, "environment LAB_WORD"))[0] == b"a<b"


def test_a_backend_that_raises_ends_in_an_exit_code() -> None:
    with make_lab() as lab:
        stdout, stderr, code = run(client(lab), "raise Zq7-secret-of-the-backend")
        assert (stdout, code) == (b"", 1)
        assert b"RuntimeError" in stderr
        assert b"Zq7" not in stderr
        assert "Zq7-secret-of-the-backend" in lab.hosts["sbs"].log.errors()[0]


def test_unknown_shell_and_command(lab: Lab) -> None:
    protocol = client(lab)
    shell = protocol.open_shell()
    for wrong_shell, wrong_command in (("NO", "NO"), (shell, "NO")):
        with pytest.raises(WSManFaultError) as refused:
            protocol.get_command_output(wrong_shell, wrong_command)
        assert refused.value.wsman_fault_code == 2150858843


def test_spnego_login_as_pypsrp_does_it(lab: Lab) -> None:
    context = spnego.client(
        "Administrator", PASSWORD, "127.0.0.1", "http", options=spnego.NegotiateOptions.use_negotiate
    )
    url = f"http://127.0.0.1:{lab.hosts['sbs'].ports.http}/wsman"
    with requests.Session() as session:
        session.trust_env = False
        token = context.step()
        while True:
            header = {"Authorization": "Negotiate " + base64.b64encode(token or b"").decode()}
            answer = session.post(url, headers=header, data=b"")
            challenge = answer.headers.get("WWW-Authenticate", "").partition(" ")[2]
            if challenge:
                token = context.step(base64.b64decode(challenge))
            if answer.status_code == 200:
                break
            assert challenge, "refused"
    assert context.complete


def test_many_hosts_listen_with_few_threads() -> None:
    before = threading.active_count()
    with make_lab(tuple(f"sbs{number:02d}" for number in range(1, 51))) as lab:
        assert threading.active_count() - before < 10
        assert run(client(lab, host="sbs50"), "echo x")[0] == b"x"
        assert len({port for host in lab.hosts.values() for port in (host.ports.http, host.ports.https)}) == 100
