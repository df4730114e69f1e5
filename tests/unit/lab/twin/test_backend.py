"""The twin: command line and standard input in, reply out, by docs/wire.md."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.twin.backend import Twin
from lab.wsman.backend import DIED, Backend, Call
from tests.reply_parts import parts_in, whole

PREFIX = "PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand "
PASSWORD = "Zq7-lab-only-Kupferdach-9134"
NAME = "Windows SBS Internet Send SBS"
DECODER = "$d=[Convert]::FromBase64String(@($input)-join'');New-Object IO.Compression.GZipStream"
LOGIN = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}}}
OTHER_LOGIN = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "other"}}}
READ = {"id": "read", "command": "Get-SendConnector", "select": ["Name", "Port"]}


class Console:
    """One command on a twin and what it wrote."""

    def __init__(self, machine: SimulatedMachine, command_line: str, sent: bytes = b"") -> None:
        self.out, self.err = bytearray(), bytearray()
        self.cancelled = threading.Event()
        self.call = Call(command_line, lambda: sent, self.out.extend, self.err.extend, self.cancelled)
        backend: Backend = Twin(machine)
        self.code = backend.run(self.call)
        backend.close()

    @property
    def reply(self) -> dict[str, Any]:
        assert self.code == 0, bytes(self.err)
        assert self.err == b""
        return whole(parts_in(bytes(self.out)))


def encoded(script: str, prefix: str = PREFIX) -> str:
    return prefix + base64.b64encode(script.encode("utf-16-le")).decode()


def packed(text: str) -> bytes:
    return base64.encodebytes(gzip.compress(text.encode("utf-8"), mtime=0))


def ask(machine: SimulatedMachine, *steps: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    request = {"protocol": 1, "exchange": "snapin", "steps": list(steps), "secrets": {"login": PASSWORD}} | more
    return results(machine, json.dumps(request))


def results(machine: SimulatedMachine, request: str) -> list[dict[str, Any]]:
    found = Console(machine, encoded(DECODER), packed(f"agent\n#REQUEST#{request}")).reply["results"]
    assert isinstance(found, list)
    return found


def codes(found: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(result["status"], result["error"] and result["error"]["code"]) for result in found]


@pytest.fixture
def machine() -> SimulatedMachine:
    return SimulatedMachine.from_state("sbs2011")


def test_the_envelope_of_a_reply(machine: SimulatedMachine) -> None:
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ]})
    reply = Console(machine, encoded(DECODER), packed(f"agent\n#REQUEST#{request}")).reply
    assert reply.pop("results")[0].pop("ms") >= 0
    who = {"computer": "SBS", "domain": machine.domain_sid}
    assert reply == {"protocol": 1, "agent": "0.1.0", "powershell": "2.0", **who, "warnings": []}


def test_reading_selects_and_knows_no_missing_property(machine: SimulatedMachine) -> None:
    found = ask(machine, {"id": "r", "command": "Get-SendConnector", "select": ["Name", "MaxMessageSize", "Nope"]})
    shown = {"Name": NAME, "MaxMessageSize": "10 MB (10,485,760 bytes)", "Nope": None}
    assert found[0] | {"ms": 0} == {"id": "r", "status": "done", "output": [shown], "error": None, "ms": 0}


def test_without_select_there_is_no_output(machine: SimulatedMachine) -> None:
    assert ask(machine, {"id": "r", "command": "Get-SendConnector"})[0]["output"] == []


def test_writing_and_reading_back_in_one_call(machine: SimulatedMachine) -> None:
    parameters = {
        "Identity": NAME,
        "SmartHosts": ["smtp.strato.de"],
        "DNSRoutingEnabled": False,
        "Port": 587,
        "RequireTLS": True,
        "SmartHostAuthMechanism": "BasicAuthRequireTLS",
        "AuthenticationCredential": LOGIN,
        "Comment": "geprüft ’",
    }
    found = ask(
        machine,
        {"id": "w", "command": "Set-SendConnector", "parameters": parameters},
        READ | {"select": ["AuthenticationCredential", "Comment", "SmartHosts"]},
    )
    assert codes(found) == [("done", None), ("done", None)]
    assert found[1]["output"] == [
        {
            "AuthenticationCredential": {"UserName": "info@beispiel.de"},
            "Comment": "geprüft ’",
            "SmartHosts": ["smtp.strato.de"],
        }
    ]
    assert machine.password_of(NAME) == PASSWORD
    assert PASSWORD not in json.dumps(found)


def test_a_secret_elsewhere_is_a_plain_string(machine: SimulatedMachine) -> None:
    step = {
        "id": "w",
        "command": "Set-SendConnector",
        "parameters": {"Identity": NAME, "Comment": {"$secret": "login"}},
    }
    assert codes(ask(machine, step)) == [("done", None)]
    assert machine.invoke("Get-SendConnector", {})[0]["Comment"] == PASSWORD


def test_a_removal_is_not_asked_about(machine: SimulatedMachine) -> None:
    step = {"id": "x", "command": "Remove-SendConnector", "parameters": {"Identity": NAME}}
    assert codes(ask(machine, step)) == [("done", None)]
    assert machine.dump()["send_connectors"] == []


def test_after_a_failure_only_always_steps_run(machine: SimulatedMachine) -> None:
    found = ask(
        machine,
        READ,
        {"id": "bad", "command": "Set-SendConnector", "parameters": {"Identity": "Nirgends", "Port": 26}},
        {"id": "next", "command": "Set-SendConnector", "parameters": {"Identity": NAME, "Port": 26}},
        READ | {"id": "back", "always": True},
        READ | {"id": "late"},
    )
    assert [result["id"] for result in found] == ["read", "bad", "next", "back", "late"]
    assert [result["status"] for result in found] == ["done", "failed", "not_tried", "done", "not_tried"]
    error = found[1]["error"]
    assert error == {
        "message": "The operation couldn't be performed because object 'Nirgends' couldn't be found on "
        "'sbs.nt4admins.local'.",
        "type": "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
        "category": "InvalidData",
        "error_id": error["error_id"],
        "code": None,
    }
    assert error["error_id"].endswith("SystemConfigurationTasks.SetSendConnector")
    assert found[3]["output"] == [{"Name": NAME, "Port": 25}]
    assert found[2]["error"] is None
    assert found[2]["output"] == []


def test_an_ordered_failure_arrives(machine: SimulatedMachine) -> None:
    machine.fail_next("Set-SendConnector", "Der Verzeichnisdienst ist ausgelastet.")
    step = {"id": "w", "command": "Set-SendConnector", "parameters": {"Identity": NAME, "Port": 26}}
    assert ask(machine, step)[0]["error"]["message"] == "Der Verzeichnisdienst ist ausgelastet."


def test_an_unlisted_command_is_refused_and_nothing_runs(machine: SimulatedMachine) -> None:
    step = {"id": "w", "command": "Set-SendConnector", "parameters": {"Identity": NAME, "Port": 26}}
    found = ask(machine, step, {"id": "evil", "command": "Invoke-Expression"}, READ | {"always": True})
    assert codes(found) == [("not_tried", None), ("failed", "command_refused"), ("not_tried", None)]
    assert "'Invoke-Expression'" in found[1]["error"]["message"]
    assert machine.history == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"Identity": NAME, "Comment": {"$secret": "other"}},
        {"Identity": NAME, "SmartHosts": [{"$secret": "other"}]},
        {
            "Identity": NAME,
            "AuthenticationCredential": {"$credential": {"username": "a", "password": {"$secret": "o"}}},
        },
        {"Identity": NAME, "AuthenticationCredential": {"$credential": {"username": "a"}}},
        {"Identity": NAME, "AuthenticationCredential": {"$credential": "a"}},
    ],
)
def test_a_parameter_without_its_secret(machine: SimulatedMachine, parameters: dict[str, Any]) -> None:
    found = ask(machine, READ, {"id": "w", "command": "Set-SendConnector", "parameters": parameters})
    assert codes(found) == [("done", None), ("failed", "parameter_unreadable")]
    assert [entry["command"] for entry in machine.history] == ["Get-SendConnector"]


@pytest.mark.parametrize(
    ("state", "exchange", "code"),
    [
        ("sbs2011", "none", "exchange_not_loaded"),
        ("no_exchange", "snapin", "exchange_missing"),
        ("no_exchange", "endpoint", "exchange_missing"),
        ("no_snapin", "snapin", "exchange_missing"),
        ("snapin_fails", "snapin", "exchange_not_loaded"),
        ("little_memory", "snapin", "exchange_not_loaded"),
        ("exchange2007", "snapin", "exchange_missing"),
        ("exchange2013", "snapin", "exchange_too_new"),
        ("exchange2013", "endpoint", "exchange_too_new"),
        ("sbs2011", "endpoint", "exchange_not_loaded"),  # without a credential
    ],
)
def test_exchange_that_cannot_be_loaded(state: str, exchange: str, code: str) -> None:
    machine = SimulatedMachine.from_state(state)
    facts = {"id": "facts", "command": "Get-HostFacts", "select": ["ComputerName"]}
    found = ask(machine, facts, READ, READ, READ | {"always": True}, exchange=exchange)
    assert codes(found) == [("done", None), ("failed", code), ("not_tried", None), ("failed", code)]
    assert found[0]["output"] == [{"ComputerName": "SBS"}]
    assert {found[1]["error"][key] for key in ("type", "category", "error_id")} == {None}


def test_a_process_dies_where_the_snap_in_takes_it_along() -> None:
    facts = {"id": "facts", "command": "Get-HostFacts", "select": ["ComputerName"]}
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [facts, READ, facts]})
    console = Console(
        SimulatedMachine.from_state("snapin_dies"), encoded(DECODER), packed(f"agent\n#REQUEST#{request}")
    )
    (part,) = parts_in(bytes(console.out))
    assert (console.code, console.err, part["more"]) == (DIED, b"", True)
    assert [result["output"] for result in part["results"]] == [[{"ComputerName": "SBS"}]]


def test_the_endpoint_needs_no_snap_in_to_die_of() -> None:
    account = {"username": "Administrator", "password": PASSWORD}
    machine = SimulatedMachine.from_state({"profile": "snapin_dies", "endpoint_account": account})
    login = {"$credential": {"username": "Administrator", "password": {"$secret": "login"}}}
    found = ask(machine, READ, exchange="endpoint", endpoint={"uri": "http://sbs/PowerShell/", "credential": login})
    assert codes(found) == [("done", None)]


@pytest.mark.parametrize(
    ("password", "status"),
    [({"$secret": "login"}, ("done", None)), ("wrong", ("failed", "exchange_not_loaded"))],
)
@pytest.mark.parametrize("profile", ["sbs2011", "no_snapin"])
def test_the_endpoint_asks_for_a_login(profile: str, password: Any, status: tuple[str, str | None]) -> None:
    account = {"username": "Administrator", "password": PASSWORD}
    machine = SimulatedMachine.from_state({"profile": profile, "endpoint_account": account})
    credential = {"$credential": {"username": "NT4ADMINS\\Administrator", "password": password}}
    endpoint = {"uri": "http://sbs/PowerShell/", "credential": credential}
    found = ask(machine, READ, exchange="endpoint", endpoint=endpoint)
    assert codes(found) == [status]
    if status[1]:
        assert "Access is denied" in found[0]["error"]["message"]


def test_the_endpoint_credential_needs_its_secret(machine: SimulatedMachine) -> None:
    credential = {"$credential": {"username": "x", "password": {"$secret": "other"}}}
    found = ask(machine, READ, exchange="endpoint", endpoint={"uri": "u", "credential": credential})
    assert codes(found) == [("failed", "parameter_unreadable")]


def test_an_error_never_repeats_a_secret(machine: SimulatedMachine) -> None:
    step = {"id": "w", "command": "Set-SendConnector", "parameters": {"Identity": NAME, "Port": {"$secret": "login"}}}
    found = ask(machine, step)
    assert 'Cannot convert value "********"' in found[0]["error"]["message"]
    assert PASSWORD not in json.dumps(found)


@pytest.mark.parametrize(
    "request_text",
    [
        "no JSON",
        "[]",
        '{"steps": []}',
        '{"protocol": 2, "steps": []}',
        '{"protocol": 1}',
        '{"protocol": 1, "steps": {}}',
        '{"protocol": 1, "steps": ["Get-SendConnector"]}',
        '{"protocol": 1, "steps": [{"id": "x"}]}',
        '{"protocol": 1, "steps": [], "secrets": ["x"]}',
        '{"protocol": 1, "steps": [{"command": "Get-SendConnector", "parameters": [1]}]}',
        '{"protocol": 1, "steps": [{"command": "Get-SendConnector", "select": "Name"}]}',
    ],
)
def test_a_request_that_cannot_be_read(machine: SimulatedMachine, request_text: str) -> None:
    found = results(machine, request_text)
    assert codes(found) == [("failed", "request_unreadable")]
    assert found[0]["id"] == "request"
    assert machine.history == []


@pytest.mark.parametrize(
    ("sent", "piece"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf  \r\n", "is empty"),
        (b"!!! no base64", "no base64 of a gzip"),
        (base64.b64encode(b"no gzip"), "no base64 of a gzip"),
        (packed("agent\n#REQUEST#{}")[:-20], "no base64 of a gzip"),
        (base64.b64encode(gzip.compress(b"agent\n#REQUEST#{}", mtime=0)[:-4]), "no base64 of a gzip"),
        (packed("agent ü\n#REQUEST#{}"), "no base64 of a gzip of ASCII"),
        (packed('{"protocol": 1}'), "no agent and request"),
        (packed('\n#REQUEST#{"protocol": 1}'), "no agent and request"),
        (b"A" * 100_001, "at most 100000"),
    ],
)
def test_a_standard_input_that_breaks_the_wire(machine: SimulatedMachine, sent: bytes, piece: str) -> None:
    console = Console(machine, encoded(DECODER), sent)
    assert console.code == 1
    assert console.out == b""
    assert piece in console.err.decode()


def test_a_byte_order_mark_and_line_ends_do_not_matter(machine: SimulatedMachine) -> None:
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ]})
    sent = b"\xef\xbb\xbf" + packed(f"agent\n#REQUEST#{request}").replace(b"\n", b"\r\n")
    assert codes(Console(machine, encoded(DECODER), sent).reply["results"]) == [("done", None)]


def test_exactly_the_agreed_number_of_bytes_is_read(machine: SimulatedMachine) -> None:
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ]})
    sent = packed(f"agent\n#REQUEST#{request}").ljust(100_000, b"\n")
    assert codes(Console(machine, encoded(DECODER), sent).reply["results"]) == [("done", None)]


def test_the_last_mark_is_the_real_one(machine: SimulatedMachine) -> None:
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ]})
    sent = packed(f"agent\n#REQUEST# in its text\n#REQUEST#{request}")
    assert codes(Console(machine, encoded(DECODER), sent).reply["results"]) == [("done", None)]


@pytest.mark.parametrize(
    ("command_line", "piece"),
    [
        (encoded(encoded(DECODER)), "wrapped the command line once more"),
        (encoded(f"powershell -encodedcommand {'A' * 40}"), "wrapped the command line once more"),
        (PREFIX + "!!!!", "no base64 of UTF-16LE"),
        (PREFIX + "QUJD", "no base64 of UTF-16LE"),
        (encoded(DECODER + " " * 3000), "at most 3039"),
        (encoded(DECODER, PREFIX.replace("PowerShell", "powershell")), "runs no PowerShell"),
        (encoded("Get-Date"), "runs no PowerShell: Get-Date"),
        ("cmd /c dir", "runs no PowerShell: cmd /c dir"),
        ("", "runs no PowerShell"),
    ],
)
def test_a_command_line_that_is_not_the_wires(machine: SimulatedMachine, command_line: str, piece: str) -> None:
    console = Console(machine, command_line, packed("agent\n#REQUEST#{}"))
    assert console.code == 1
    assert console.out == b""
    assert piece in console.err.decode()


def test_a_decoder_of_exactly_the_agreed_length_runs(machine: SimulatedMachine) -> None:
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ]})
    console = Console(machine, encoded(DECODER.ljust(3039)), packed(f"agent\n#REQUEST#{request}"))
    assert codes(console.reply["results"]) == [("done", None)]


@pytest.mark.parametrize(("length", "shown"), [(80, "x" * 80), (81, "x" * 77 + "...")])
def test_a_long_command_is_cut_in_the_refusal(machine: SimulatedMachine, length: int, shown: str) -> None:
    assert Console(machine, encoded("x" * length)).err.decode().endswith(f": {shown}\r\n")


def test_standard_input_is_not_read_where_nothing_reads_it(machine: SimulatedMachine) -> None:
    """The endpoint cannot know whether anything will be sent; reading would wait for ever."""

    def never() -> bytes:
        raise AssertionError("stdin was read")

    out = bytearray()
    assert Twin(machine).run(Call(encoded("hostname"), never, out.extend, out.extend, threading.Event())) == 0
    assert out == b"SBS\r\n"


@pytest.mark.parametrize(
    ("script", "out", "code"),
    [
        ("$PSVersionTable.PSVersion.ToString()", "2.0\r\n", 0),
        ("hostname", "SBS\r\n", 0),
        ("$env:COMPUTERNAME", "SBS\r\n", 0),
        ("Write-Output 'it''s ä'", "it's ä\r\n", 0),
        ("exit 3", "", 3),
        (
            'if ($PSVersionTable.PSVersion -lt "5.1") { "Ansible requires PowerShell v5.1" }',
            '{"failed":true,"msg":"Ansible requires PowerShell v5.1"}\r\n',
            1,
        ),
    ],
)
@pytest.mark.parametrize("prefix", [PREFIX, PREFIX.lower().replace("encodedcommand", "EncodedCommand")])
def test_raw_commands(machine: SimulatedMachine, prefix: str, script: str, out: str, code: int) -> None:
    console = Console(machine, encoded(script, prefix))
    assert (console.out.decode("utf-8"), console.err, console.code) == (out, b"", code)


def test_a_reply_of_five_megabytes_arrives_whole(machine: SimulatedMachine) -> None:
    letters = random.Random(5)
    comment = "".join(letters.choices(string.ascii_letters + "äöüß€", k=5_000_000))
    machine.change({"send_connectors": [{"Name": NAME, "Comment": comment}]})
    found = ask(machine, READ | {"select": ["Comment"]})
    assert found[0]["output"] == [{"Comment": comment}]


def test_output_is_ascii_in_lines(machine: SimulatedMachine) -> None:
    machine.change({"send_connectors": [{"Name": NAME, "Comment": "ü" * 100_000}]})
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ | {"select": ["Comment"]}]})
    console = Console(machine, encoded(DECODER), packed(f"agent\n#REQUEST#{request}"))
    lines = console.out.decode("ascii").split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("<<<SBS.MAILFLOW.REPLY", "SBS.MAILFLOW.REPLY>>>", "")
    assert max(map(len, lines)) <= 4096
    text = gzip.decompress(base64.b64decode("".join(lines[1:-2])))
    assert b"\\u00fc" in text


def test_a_cancelled_call_stops_before_the_next_step(machine: SimulatedMachine) -> None:
    machine.delay_next("Get-SendConnector", 3600)
    write = {"id": "w", "command": "Set-SendConnector", "parameters": {"Identity": NAME, "Port": 26}}
    request = json.dumps({"protocol": 1, "exchange": "snapin", "steps": [READ, write]})
    sent = packed(f"agent\n#REQUEST#{request}")
    out, cancelled = bytearray(), threading.Event()
    call = Call(encoded(DECODER), lambda: sent, out.extend, out.extend, cancelled)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(Twin(machine).run, call)
        cancelled.set()
        assert running.result(timeout=30) == 1
    assert out == b""
    assert "Set-SendConnector" not in [entry["command"] for entry in machine.history]


def test_one_twin_answers_many_calls_at_once(machine: SimulatedMachine) -> None:
    def write(number: int) -> list[tuple[str, str | None]]:
        parameters = {"Name": f"c{number}", "AddressSpaces": [f"d{number}.de"]}
        return codes(ask(machine, {"id": "n", "command": "New-SendConnector", "parameters": parameters}, READ))

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(write, range(64)))
    assert found == [[("done", None), ("done", None)]] * 64
    assert len(machine.dump()["send_connectors"]) == 65
