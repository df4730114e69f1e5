"""A server's TLS through the action, on a simulated host: read, written, read back, and looked at in later runs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.parts import needs_exchange
from ansible_collections.sbs.mailflow.plugins.plugin_utils.controller.identity import Identity
from ansible_collections.sbs.mailflow.plugins.plugin_utils.recovery.store import Store
from tests.unit.plugin_utils.host_tls.tls_host import BOOT, CLIENT, CLIENT_KEY, NOW, ON, SERVER, TLS12, TlsHost
from tests.unit.plugin_utils.recovery.test_store import RECOVERY

TRANSPORT = "MSExchangeTransport"


@pytest.fixture
def sbs(tmp_path: Path) -> TlsHost:
    return TlsHost(tmp_path / "kept")


def asked_of_exchange(host: TlsHost) -> list[str]:
    return [each["command"] for each in host.machine.history if needs_exchange(each["command"])]


def saved(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(result["backup_file"]).read_text())
    return found


def remedies(result: dict[str, Any]) -> str:
    return " ".join(each["found"] for each in result["reasons"])


def test_declared_looked_at_written_and_converged(sbs: TlsHost) -> None:
    looked = sbs.run(check=True, client=True)
    assert (looked["changed"], sbs.values(CLIENT)) == (True, None)
    assert looked["diff"]["after"] == f"{CLIENT_KEY}:\n  Enabled: 1\n  DisabledByDefault: 0\n  state: enabled\n"
    done = sbs.run(client=True)
    assert done["plan"]["digest"] == looked["plan"]["digest"] and done["transcript"] == looked["transcript"]
    assert (done["steps"][0]["status"], sbs.values(CLIENT), sbs.values(SERVER)) == ("done", ON, None)
    assert (done["schannel"], done["in_force"], done["written_after"]) == (
        {"client": "enabled"},
        False,
        NOW.isoformat(),
    )
    assert "Restart-Service MSExchangeTransport" in sbs.said[0] and "shutdown" in sbs.said[0]
    again = sbs.run(client=True)
    assert (again["changed"], again["plan"], again["in_force"]) == (False, None, False)
    assert any("Restart-Service" in line for line in sbs.said)
    assert asked_of_exchange(sbs) == []


def test_the_saved_state_tells_absent_from_zero_and_an_absent_key_from_an_empty_one(sbs: TlsHost) -> None:
    sbs.machine.write_registry(SERVER, {})
    told = saved(sbs.run(client=True, server=True))
    keys = {each["key"]: each for each in told["registry"]}
    nothing = dict.fromkeys(ON)
    assert keys[CLIENT] == {"key": CLIENT, "present": False, "before": nothing, "after": ON}
    assert keys[SERVER] == {"key": SERVER, "present": True, "before": nothing, "after": ON}
    assert keys[TLS12] == {"key": TLS12, "present": True, "before": {}, "after": {}}
    sbs.machine.write_registry(CLIENT, {"Enabled": 0})
    (only,) = [each for each in saved(sbs.run(client=True))["registry"] if each["after"]]
    assert (only["before"], only["after"]) == ({"Enabled": 0}, {"Enabled": 1})


@pytest.mark.parametrize("reboot", [False, True])
def test_the_next_run_knows_whether_the_values_can_be_in_force(sbs: TlsHost, reboot: bool) -> None:
    sbs.run(client=True)
    sbs.passes(10)
    if reboot:
        sbs.machine.reboot()
    else:
        sbs.machine.restart_service(TRANSPORT)
    told = sbs.run(client=True)
    assert (told["in_force"], told["proven"], sbs.said) == (True, "not yet", [])
    assert told["service_start"] == (NOW + timedelta(minutes=10)).isoformat()
    assert (told["boot"] == BOOT.isoformat()) is not reboot


def test_values_of_somebody_else_are_in_force_for_all_that_is_known(sbs: TlsHost) -> None:
    sbs.machine.write_registry(CLIENT, ON)
    told = sbs.run(client=True)
    assert (told["changed"], told["in_force"], told["written_after"]) == (False, None, None)


def test_the_service_is_restarted_once_and_then_left(sbs: TlsHost) -> None:
    done = sbs.run(client=True, restart="service")
    assert [step["command"] for step in done["plan"]["steps"]] == ["Set-RegistryValues", "Restart-TransportService"]
    assert {step["status"] for step in done["steps"]} == {"done"} and done["in_force"] is True
    assert sbs.machine.started(TRANSPORT) == NOW and "SP_PROT_TLS1_2_CLIENT" in sbs.said[0]
    assert asked_of_exchange(sbs) == ["Get-Queue"]
    sbs.passes(5)
    again = sbs.run(client=True, restart="service")
    assert (again["changed"], again["in_force"], sbs.machine.started(TRANSPORT)) == (False, True, NOW)


def test_a_restart_that_is_declared_later_is_made_up_for(sbs: TlsHost) -> None:
    sbs.run(client=True)
    sbs.passes(5)
    done = sbs.run(client=True, restart="service")
    assert [step["command"] for step in done["plan"]["steps"]] == ["Restart-TransportService"]
    assert (done["in_force"], saved(done)["registry"], saved(done)["written_after"]) == (True, [], None)
    assert done["diff"]["after"] == f"{TRANSPORT}:\n  restarted: true\n"


def test_a_clock_that_was_set_back_restarts_nothing(sbs: TlsHost) -> None:
    sbs.passes(60 * 24 * 300)
    sbs.run(client=True)
    sbs.passes(-60 * 24 * 300 + 5)
    told = sbs.run(client=True, restart="service")
    assert (told["changed"], told.get("failed"), told["in_force"]) == (False, None, None)


def waiting(host: TlsHost) -> None:
    host.machine.submit("anna@nt4admins.local", ["jemand@example.com"], 101)


def backup(host: TlsHost) -> None:
    host.machine.change({"services": [{"name": "wbengine"}]})


def no_shell(host: TlsHost) -> None:
    host.machine.fail_next("Get-Queue", "Exchange antwortet nicht.", 5)


def no_service(host: TlsHost) -> None:
    host.machine.change({"services": [{"name": TRANSPORT, "remove": True}]})


@pytest.mark.parametrize(
    ("what", "found"),
    [
        (waiting, "101 messages waiting"),
        (backup, "wbengine is Running"),
        (no_shell, "Exchange antwortet nicht."),
        (no_service, f"no service {TRANSPORT}"),
    ],
)
@pytest.mark.parametrize("check", [False, True])
def test_a_restart_at_a_bad_time_is_refused_and_shown(sbs: TlsHost, what: Any, found: str, check: bool) -> None:
    what(sbs)
    told = sbs.run(check=check, client=True, restart="service")
    assert told["failed"] and found in remedies(told) and sbs.values(CLIENT) is None
    assert [step["status"] for step in told["steps"]] == ["not_tried", "not_tried"]
    assert sbs.run(client=True)["changed"]


def test_a_restart_is_refused_while_a_queue_is_recovered(sbs: TlsHost) -> None:
    machine = sbs.machine
    identity = Identity("sbs", machine.computer_name, machine.domain_sid)
    recovery = {"host": identity.label, "computer": identity.computer, "domain": identity.domain}
    Store(str(sbs.folder), "sbs").save(type(RECOVERY)(**{**vars(RECOVERY), **recovery}))
    told = sbs.run(client=True, restart="service")
    assert told["failed"] and "the transport service" in remedies(told) and sbs.values(CLIENT) is None
    assert not sbs.run(client=True).get("failed")


@pytest.mark.parametrize(
    ("fault", "status"), [("will_not_stop", "service_not_stopped"), ("will_not_start", "service_not_started")]
)
def test_a_service_that_is_stuck_is_told_and_the_next_run_goes_on(sbs: TlsHost, fault: str, status: str) -> None:
    sbs.machine.change({"services": [{"name": TRANSPORT, fault: True}]})
    told = sbs.run(client=True, restart="service")
    assert told["failed"] and [step["status"] for step in told["steps"]] == ["done", "failed"]
    assert sbs.values(CLIENT) == ON and ("does not stop" in told["msg"] or "does not start" in told["msg"])
    sbs.passes(5)
    sbs.machine.change({"services": [{"name": TRANSPORT, fault: False}]})
    again = sbs.run(client=True, restart="service")
    assert [step["command"] for step in again["plan"]["steps"]] == ["Restart-TransportService"]
    assert again["in_force"] and sbs.machine.started(TRANSPORT) == NOW + timedelta(minutes=5)


def test_a_registry_that_may_not_be_read_is_not_absent(sbs: TlsHost) -> None:
    sbs.machine.fail_next("Read-RegistryKeys", "Der angeforderte Registrierungszugriff ist unzulaessig.")
    told = sbs.run(client=True)
    assert told["failed"] and "unzulaessig" in remedies(told) and "plan" not in told
    sbs.machine.fail_next("Set-RegistryValues", "Zugriff verweigert")
    told = sbs.run(client=True)
    assert told["failed"] and "Zugriff verweigert" in told["msg"] and sbs.values(CLIENT) is None


def test_what_may_not_be_told_is_unknown_and_no_reason(sbs: TlsHost) -> None:
    def rewrite(reply: dict[str, Any]) -> dict[str, Any]:
        for result in reply["results"]:
            if result["id"] == "read_start_times":
                result["output"] = [{"Boot": None, "Services": None}]
        return reply

    sbs.rewrite = rewrite
    assert sbs.run(client=True)["changed"]
    told = sbs.run(client=True)
    assert (told["changed"], told["in_force"], told["boot"]) == (False, None, None)


def test_old_ones_are_refused_with_their_plan(tmp_path: Path) -> None:
    stock = TlsHost(tmp_path, {"profile": "sbs2011_sp1", "exsetup_version": "14.1.218.15"})
    told = stock.run(client=True)
    assert told["failed"] and "Exchange 14.1.218.15 (Exchange Server 2010 SP1)" in told["msg"]
    assert told["plan"]["steps"] and stock.values(CLIENT) is None
    assert "14.3.513.0" in told["reasons"][0]["remedy"] and "docs/host_tls.md" in told["reasons"][0]["remedy"]
    bare = TlsHost(tmp_path, {"profile": "no_exchange"})
    assert "no Exchange server" in remedies(bare.run(client=True))


def test_nothing_declared_writes_nothing(sbs: TlsHost) -> None:
    told = sbs.run(restart="service")
    assert (told["changed"], told["plan"], told["in_force"], told["schannel"]) == (False, None, None, {})
