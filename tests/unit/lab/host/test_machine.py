"""The simulated host: states, dumps, drift, ordered failures, and many threads at once."""

from __future__ import annotations

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import lab.host.state
from lab.exchange.errors import CmdletError
from lab.exchange.values import Credential
from lab.host.clock import Clock
from lab.host.machine import SimulatedMachine
from lab.host.profiles import PROFILES
from lab.host.state import StateError
from lab.host.state_files import load_state

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
NAME = "Windows SBS Internet Send SBS"
STATES = sorted(path.stem for path in (Path(lab.__file__).parent / "states").glob("*.yml"))


@pytest.fixture
def machine() -> SimulatedMachine:
    return SimulatedMachine.from_state("sbs2011")


def read(machine: SimulatedMachine, identity: str = NAME) -> dict[str, Any]:
    return machine.invoke("Get-SendConnector", {"Identity": identity})[0]


@pytest.mark.parametrize("state", STATES)
def test_every_state_that_the_lab_brings_can_be_built_and_dumped(state: str) -> None:
    dump = SimulatedMachine.from_state(state).dump()
    assert dump["profile"] == load_state(state)["profile"]
    assert json.loads(json.dumps(dump)) == dump


def test_the_example_state_shows_every_key() -> None:
    assert set(load_state("sbs2011")) == set(lab.host.state.DEFAULTS)


def test_there_is_a_state_for_every_profile() -> None:
    assert {load_state(state)["profile"] for state in STATES} == set(PROFILES)


def test_a_state_can_be_a_file_or_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text("language: de\nsend_connectors: [{Name: Ä, AddressSpaces: ['*']}]\n", encoding="utf-8")
    machine = SimulatedMachine.from_state(path)
    assert read(machine, "Ä")["AddressSpaces"] == ["SMTP:*;1"]
    assert SimulatedMachine.from_state(str(path)).language == "de"
    assert SimulatedMachine.from_state({}).dump()["send_connectors"] == []


@pytest.mark.parametrize(
    ("state", "piece"),
    [
        ({"profil": "sbs2011"}, "unknown keys ['profil']; possible are ['accepted_domains',"),
        ({"profile": "sbs2008"}, "'sbs2008' is none of ['edge2010', 'exchange2007',"),
        ({"language": "fr"}, "'fr' is none of ['de', 'en']"),
        ({"send_connectors": [{"Port": 25}]}, "every entry is a mapping with a Name"),
        ({"send_connectors": ["x"]}, "every entry is a mapping with a Name"),
        (
            {"send_connectors": [{"Name": "x", "Prt": 25}]},
            "'x': \"a send connector has no property 'Prt'",
        ),
        ({"send_connectors": [{"Name": "x", "Port": "abc"}]}, "send connector 'x': Cannot convert value \"abc\""),
        ({"send_connectors": [{"Name": "x", "Port": 70000}]}, "'70000' of the property Port"),
        ({"profile": "no_exchange", "send_connectors": [{"Name": "x"}]}, "has no simulated Exchange"),
        ({"clock": "2026-11-24T20:39:36"}, "no time zone"),
    ],
)
def test_a_state_that_cannot_be(state: dict[str, Any], piece: str) -> None:
    with pytest.raises(ValueError) as caught:
        SimulatedMachine.from_state(state)
    assert piece in str(caught.value)


def test_a_state_that_is_not_there() -> None:
    with pytest.raises(StateError, match=r"'nowhere': no such file; the lab brings .*sbs2011"):
        load_state("nowhere")


def test_a_state_file_that_is_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "list.yml"
    path.write_text("- a\n", encoding="utf-8")
    with pytest.raises(StateError, match="a mapping is expected, found list"):
        load_state(path)


def test_a_bad_host_can_be_described() -> None:
    """A real host may hold what its cmdlets would refuse today."""
    bad = {"Name": "x", "SmartHosts": ["a.de"], "DNSRoutingEnabled": True, "TlsAuthLevel": "EncryptionOnly"}
    machine = SimulatedMachine.from_state({"send_connectors": [bad]})
    assert read(machine, "x")["SmartHosts"] == ["a.de"]


def test_facts_of_the_default_host() -> None:
    facts = SimulatedMachine.from_state({"language": "de", "clock": "2026-11-24T21:39:36+01:00"}).host_facts()
    assert facts == {
        "ComputerName": "SBS",
        "Fqdn": "sbs.nt4admins.local",
        "Domain": "nt4admins.local",
        "Windows": {
            "Version": "6.1.7601",
            "Caption": "Microsoft Windows Small Business Server 2011 Standard ",
            "ServicePack": 1,
            "Architecture": "64-Bit",
            "Sku": 9,
            "SuiteMask": 305,
            "Language": "0407",
        },
        "PowerShell": {"Version": "2.0", "Clr": "2.0.50727.5420"},
        "Exchange": {
            "Installed": True,
            "Major": 14,
            "Minor": 3,
            "Build": "14.3.123.4",
            "Roles": ["ClientAccess", "HubTransport", "Mailbox"],
            "SnapinRegistered": True,
        },
        "Clock": {"Utc": "2026-11-24T20:39:36Z", "TimeZone": "W. Europe Standard Time", "UtcOffsetMinutes": 60},
        "WinRM": {"MaxMemoryPerShellMB": 150},
    }


@pytest.mark.parametrize(
    ("profile", "installed", "major", "snapin"),
    [
        ("sbs2011", True, 14, True),
        ("exchange2010", True, 14, True),
        ("exchange2013", True, 15, True),
        ("exchange2007", True, 8, False),
        ("no_snapin", True, 14, False),
        ("snapin_fails", True, 14, True),
        ("snapin_dies", True, 14, True),
        ("no_exchange", False, None, False),
    ],
)
def test_what_a_profile_tells_of_exchange(profile: str, installed: bool, major: int | None, snapin: bool) -> None:
    exchange = SimulatedMachine.from_state(profile).host_facts()["Exchange"]
    assert isinstance(exchange, dict)
    assert (exchange["Installed"], exchange["Major"], exchange["SnapinRegistered"]) == (installed, major, snapin)


def test_a_host_without_exchange_knows_no_exchange_cmdlet() -> None:
    machine = SimulatedMachine.from_state("no_exchange")
    with pytest.raises(CmdletError, match="'Get-SendConnector' is not recognized"):
        machine.invoke("Get-SendConnector", {})
    with pytest.raises(KeyError):
        machine.password_of("x")


@pytest.mark.parametrize(
    ("moment", "offset"),
    [
        ("2026-03-29T00:59:59Z", 60),
        ("2026-03-29T01:00:00Z", 120),
        ("2026-10-25T00:59:59Z", 120),
        ("2026-10-25T01:00:00Z", 60),
    ],
)
def test_the_clock_knows_summer_time(moment: str, offset: int) -> None:
    assert Clock(moment).facts()["UtcOffsetMinutes"] == offset


def test_the_dump_has_a_digest_instead_of_the_password() -> None:
    login = {"username": "info@beispiel.de", "password": PASSWORD}
    connector = {"Name": "x", "AddressSpaces": ["*"], "AuthenticationCredential": login}
    machine = SimulatedMachine.from_state({"send_connectors": [connector]})
    machine.invoke("Set-SendConnector", {"Identity": "x", "AuthenticationCredential": Credential("a@b.de", PASSWORD)})
    dump = machine.dump()
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    assert dump["send_connectors"][0]["AuthenticationCredential"] == {"UserName": "a@b.de", "password_sha256": digest}
    assert PASSWORD not in json.dumps(dump)
    assert machine.password_of("x") == PASSWORD


def test_history_names_parameters_but_no_values(machine: SimulatedMachine) -> None:
    machine.invoke("Set-SendConnector", {"Identity": NAME, "Comment": PASSWORD})
    with pytest.raises(CmdletError):
        machine.invoke("Get-SendConnector", {"Identity": "x"})
    assert machine.dump()["history"] == [
        {"command": "Set-SendConnector", "parameters": ["Comment", "Identity"], "status": "done"},
        {"command": "Get-SendConnector", "parameters": ["Identity"], "status": "failed"},
    ]
    assert PASSWORD not in json.dumps(machine.history)


def test_drift_merges_by_name_and_removes(machine: SimulatedMachine) -> None:
    before = read(machine)
    machine.change({"send_connectors": [{"Name": NAME, "Port": 26}, {"Name": "New", "AddressSpaces": ["a.de"]}]})
    assert read(machine) | {"WhenChanged": "", "WhenChangedUTC": ""} == before | {
        "Port": 26,
        "WhenChanged": "",
        "WhenChangedUTC": "",
    }
    assert read(machine, "New")["AddressSpaces"] == ["SMTP:a.de;1"]
    machine.change({"remove": ["New"]})
    assert [c["Name"] for c in machine.dump()["send_connectors"]] == [NAME]
    assert machine.history[-1]["command"] == "Get-SendConnector"  # drift is nobody's cmdlet


def test_drift_sets_the_clock(machine: SimulatedMachine) -> None:
    machine.change({"clock": "2030-01-01T00:00:00Z"})
    machine.invoke("Set-SendConnector", {"Identity": NAME, "Port": 26})
    assert read(machine)["WhenChanged"] == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("changes", "piece"),
    [
        ({"connectors": []}, "unknown keys ['connectors']"),
        ({"remove": [NAME, "nobody"]}, "0 connectors are named 'nobody'"),
        ({"send_connectors": [{"Name": NAME, "Port": 26}, {"Name": NAME, "Nope": 1}]}, "no property 'Nope'"),
        ({"remove": [NAME], "send_connectors": [{"Name": "New", "Port": "x"}]}, "Cannot convert"),
    ],
)
def test_drift_happens_whole_or_not_at_all(machine: SimulatedMachine, changes: dict[str, Any], piece: str) -> None:
    before = machine.dump()["send_connectors"]
    with pytest.raises(StateError) as caught:
        machine.change(changes)
    assert piece in str(caught.value)
    assert machine.dump()["send_connectors"] == before


def test_drift_on_a_name_that_two_share_is_refused() -> None:
    machine = SimulatedMachine.from_state("duplicate_names")
    with pytest.raises(StateError, match="2 connectors are named 'Internet'"):
        machine.change({"send_connectors": [{"Name": "Internet", "Port": 26}]})


def test_drift_needs_an_exchange() -> None:
    with pytest.raises(StateError, match="no simulated Exchange"):
        SimulatedMachine.from_state("no_exchange").change({"remove": ["x"]})


def outcome(machine: SimulatedMachine, command: str = "Get-SendConnector") -> str:
    try:
        machine.invoke(command, {})
    except CmdletError as error:
        return error.message
    return "done"


def test_ordered_failures_come_and_go(machine: SimulatedMachine) -> None:
    machine.fail_next("get-sendconnector", "Kaputt", times=2, after=1)
    assert [outcome(machine) for _ in range(4)] == ["done", "Kaputt", "Kaputt", "done"]


def test_a_failure_is_for_its_own_cmdlet_and_changes_nothing(machine: SimulatedMachine) -> None:
    machine.fail_next("Set-SendConnector")
    assert outcome(machine) == outcome(machine, "Get-ExchangeServer") == "done"
    with pytest.raises(CmdletError, match="told to let this command fail"):
        machine.invoke("Set-SendConnector", {"Identity": NAME, "Port": 26})
    assert read(machine)["Port"] == 25


def test_failures_are_taken_in_their_order(machine: SimulatedMachine) -> None:
    machine.fail_next("Get-SendConnector", "one")
    machine.fail_next("Get-SendConnector", "two")
    assert [outcome(machine) for _ in range(3)] == ["one", "two", "done"]


def test_host_facts_can_fail_too(machine: SimulatedMachine) -> None:
    machine.fail_next("Get-HostFacts", "WMI")
    with pytest.raises(CmdletError, match="WMI"):
        machine.host_facts()


def test_a_delay_ends_when_the_command_is_cancelled(machine: SimulatedMachine) -> None:
    machine.delay_next("Get-SendConnector", 3600)
    cancelled = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(machine.invoke, "Get-SendConnector", {}, cancelled)
        machine.invoke("Get-ExchangeServer", {})  # a delay holds up nobody else
        assert not waiting.done()
        cancelled.set()
        assert len(waiting.result(timeout=30)) == 1


def test_many_threads_make_connectors_of_one_name_only_once(machine: SimulatedMachine) -> None:
    def create(number: int) -> bool:
        try:
            machine.invoke("New-SendConnector", {"Name": f"c{number % 10}", "AddressSpaces": f"d{number}.de"})
        except CmdletError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(create, range(200)))
    assert made.count(True) == 10
    assert len(machine.dump()["send_connectors"]) == 11
    assert len(machine.history) == 200
    guids = {connector["Guid"] for connector in machine.dump()["send_connectors"]}
    assert len(guids) == 11


@pytest.mark.parametrize(
    ("username", "password", "taken"),
    [
        ("Administrator", PASSWORD, True),
        ("NT4ADMINS\\administrator", PASSWORD, True),
        ("administrator@nt4admins.local", PASSWORD, True),
        ("Administrator", "wrong", False),
        ("other", PASSWORD, False),
    ],
)
def test_whom_the_exchange_endpoint_lets_in(username: str, password: str, taken: bool) -> None:
    account = {"username": "Administrator", "password": PASSWORD}
    machine = SimulatedMachine.from_state({"endpoint_account": account})
    assert machine.lets_in(Credential(username, password)) is taken
    assert PASSWORD not in json.dumps(machine.dump())


def test_without_an_account_the_endpoint_lets_nobody_in() -> None:
    assert SimulatedMachine.from_state({}).lets_in(Credential("Administrator", "")) is False
