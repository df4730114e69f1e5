"""What the check of TLS makes of what host_tls declares and has written: a check and the run alike, before a provider
that takes TLS 1.2 only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight import subject
from ansible_collections.sbs.mailflow.plugins.plugin_utils.preflight.tls_probe import REFUSED, TAKEN
from tests.unit.plugin_utils.mail_flow.flow_host import AT_STRATO, CONNECTOR, UNTOUCHED, Server

from .told import FakeProbe

WITHOUT_KEYS = {**UNTOUCHED, "registry": {}}


@pytest.fixture(autouse=True)
def _takes_tls_1_2_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "TlsProbe", lambda *given: FakeProbe(REFUSED, TAKEN))


def test_only_a_server_to_which_no_mail_goes_with_tls_today_is_new(tmp_path: Path) -> None:
    (today,) = AT_STRATO["send_connectors"]
    wanted = {**CONNECTOR, "tls_auth_level": "CertificateValidation"}

    def stops(**more: Any) -> bool:
        sbs = Server(tmp_path / "kept", {**UNTOUCHED, "registry": {}, "send_connectors": [{**today, **more}]})
        told = sbs.flow({"send_connector": {**wanted, "smart_hosts": hosts}}, check=True)
        (found,) = [each for each in told["nouns"]["preflight"]["checks"] if each["name"] == "tls"]
        assert found["result"] == "fail"
        return bool(found["stops"])

    hosts = ["smtp.strato.de"]
    assert not stops() and not stops(SmartHosts=["SMTP.strato.de", "smtp2.strato.de"])
    assert stops(Port=25) and stops(RequireTLS=False, SmartHostAuthMechanism="BasicAuth")
    hosts = ["smtp.strato.de", "smtp2.strato.de"]
    assert stops()


def declares(server: Server, **declared: Any) -> None:
    server.variables = {f"host_tls_{name}": value for name, value in declared.items()}


def tls(server: Server, check: bool = False) -> str:
    """The check's result in a run that turns mail to the provider, which goes by it."""
    told = server.flow({"send_connector": CONNECTOR}, check=check)
    (found,) = [each["result"] for each in told["nouns"]["preflight"]["checks"] if each["name"] == "tls"]
    assert bool(told.get("failed")) is (found == "fail")
    return str(found)


@pytest.mark.parametrize(("restart", "result"), [("none", "fail"), ("service", "pass")])
def test_check_and_run_judge_alike_what_is_declared(tmp_path: Path, restart: str, result: str) -> None:
    sbs = Server(tmp_path / "kept", WITHOUT_KEYS)
    declares(sbs, client=True, restart=restart)
    foretold = tls(sbs, check=True)
    sbs.run("host_tls", {"client": True, "restart": restart})
    assert (foretold, tls(sbs)) == (result, result)


def test_a_run_that_skips_host_tls_does_not_count_on_it(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", WITHOUT_KEYS)
    declares(sbs, client=True, restart="service")
    assert tls(sbs) == "fail"


def test_check_and_run_judge_alike_a_restart_that_is_declared_later(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", WITHOUT_KEYS)
    sbs.run("host_tls", {"client": True})
    declares(sbs, client=True, restart="service")
    foretold = tls(sbs, check=True)
    sbs.run("host_tls", {"client": True, "restart": "service"})
    assert (foretold, tls(sbs)) == ("pass", "pass")


@pytest.mark.parametrize("option", ["server", "dotnet", "winhttp"])
def test_what_is_written_for_others_does_not_make_sending_wait(tmp_path: Path, option: str) -> None:
    sbs = Server(tmp_path / "kept", UNTOUCHED)
    assert sbs.run("host_tls", {"client": True, option: True})["changed"]
    assert tls(sbs) == "pass"


def test_a_plan_that_is_approved_for_the_mail_flow_is_not_the_one_of_host_tls(tmp_path: Path) -> None:
    sbs = Server(tmp_path / "kept", WITHOUT_KEYS)
    sbs.variables = {"mail_flow_approved_plan": "0" * 64, "mail_flow_backup_dir": str(tmp_path / "shared")}
    assert sbs.run("host_tls", {"client": True})["changed"]
    own = sbs.run("host_tls", {"client": True, "server": True, "approved_plan": "0" * 64})
    assert own["failed"] and "expected the approved plan" in own["msg"]
