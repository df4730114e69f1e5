"""What came in and from whom: the twin in Python, the agent in a real PowerShell, of the same host."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from lab.exchange.errors import CmdletError
from lab.host.machine import SimulatedMachine
from lab.twin import received_mail, smtp_clients
from lab.up.backends import BACKENDS, make_backend

from .asking import ask_raw, stdin_of
from .rows import PASSWORD

pytestmark = pytest.mark.pwsh

CLOCK = "2026-11-25T10:00:00Z"
INTERNET, DEFAULT = r"SBS\Windows SBS Internet Receive SBS", r"SBS\Default SBS"
CLIENTS = ["Connector", "Address", "Count", "Last", "Source", "Refused", "Text", "Cut", "Files", "Since", "Problems"]
MAIL = [
    "Counts",
    "Twice",
    "Cut",
    "MessageId",
    "Time",
    "EventId",
    "Source",
    "Connector",
    "ClientIp",
    "Sender",
    "Recipients",
]
Prepare = Callable[[SimulatedMachine], None]
Steps = list[tuple[str, dict[str, Any], list[str]]]


def both(
    state: dict[str, Any], steps: Steps, changes: dict[str, str] | None = None, prepare: Prepare = lambda machine: None
) -> list[dict[str, Any]]:
    """The results that both backends give, each of a host of its own."""
    listed = [
        {"id": str(number), "command": command, "parameters": given, "select": select, "always": True}
        for number, (command, given, select) in enumerate(steps)
    ]
    request = {"protocol": 1, "exchange": "snapin", "steps": listed, "secrets": {"login": PASSWORD}}
    found = {}
    for name in BACKENDS:
        machine = SimulatedMachine({"profile": "sbs2011", "clock": CLOCK, **state})
        prepare(machine)
        backend = make_backend(name, machine)
        try:
            answer = ask_raw(backend, wire.command_line(), stdin_of(request, changes))
        finally:
            backend.close()
        assert (answer.code, answer.stderr) == (0, b""), answer
        assert PASSWORD not in answer.everything
        found[name] = [{**result, "ms": 0, "error": kind(result["error"])} for result in answer.reply["results"]]
    assert found["pwsh"] == found["twin"]
    return found["pwsh"]


def kind(error: dict[str, Any] | None) -> str | None:
    return error and (error["code"] or error["error_id"])


def outputs(
    state: dict[str, Any], *steps: tuple[str, dict[str, Any], list[str]], **more: Any
) -> list[list[dict[str, Any]]]:
    results = both(state, list(steps), **more)
    assert [result["error"] for result in results] == [None] * len(steps)
    return [result["output"] for result in results]


# -- the host's own addresses ------------------------------------------------------------------------------------------


def test_own_addresses() -> None:
    (found,) = outputs({}, ("Get-OwnAddresses", {}, ["Address", "Prefix"]))
    assert found == [{"Address": "192.168.1.2", "Prefix": 24}]


# -- who delivers ------------------------------------------------------------------------------------------------------


def line(
    time: str, session: str, event: str, data: str = "", remote: str = "203.0.113.9:4711", at: str = INTERNET
) -> str:
    return f"2026-11-{time}.123Z,{at},{session},1,192.168.1.2:25,{remote},{event},{data},"


REFUSED = "550 5.7.1 Unable to relay"
LOGS = {
    "RECV20261124-1.LOG": [
        "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context",
        line("24T09:00:00", "A", "+"),
        line("24T09:00:01", "A", "<", "RCPT TO:<550 5.7.1>"),
        line("24T09:00:01", "A", ">", REFUSED),
        line("24T09:00:02", "A", ">", "250 2.1.5 Recipient OK"),
        line("24T09:00:02", "A", "*", "550 5.7.1 said nobody"),
        line("24T09:00:03", "A", "-"),
        line("24T09:01:00", "B", "+", at=INTERNET.upper()),
        line("24T09:01:00", "B", ">", '"421 4.3.2 Service, not available"'),
        line("24T10:00:00", "C", "+", remote="[2001:db8::9]:25"),
        "24.11.2026,no line,C,1,,,+,,",
    ],
    "RECV20261125-1.LOG": [
        line("25T08:00:00", "D", "+", remote="192.168.1.50:1", at=DEFAULT),
        line("25T08:00:01", "D", ">", "421 " + PASSWORD, remote="192.168.1.50:1", at=DEFAULT),
        line("25T08:00:02", "D", ">", REFUSED + " (again)", remote="192.168.1.50:1", at=DEFAULT),
        line("25T08:00:03", "D", ">", "421 you", remote="192.168.1.50:1", at=DEFAULT),
    ],
}
TRACKING = [
    {"EventId": "Receive", "ConnectorId": DEFAULT, "ClientIp": "192.168.1.50", "Count": 3, "Ago": "2:00:00"},
    {"EventId": "Receive", "ConnectorId": DEFAULT, "ClientIp": "192.168.1.50", "Ago": "1:00:00"},
    {"EventId": "Receive", "ConnectorId": INTERNET, "ClientIp": "203.0.113.9", "Ago": "1:30:00"},
    {"EventId": "Receive", "Source": "STOREDRIVER", "ClientIp": "192.168.1.2"},
    {"EventId": "Send", "ConnectorId": "Internet", "ClientIp": "192.168.1.2"},
    {"EventId": "Receive", "ConnectorId": INTERNET, "ClientIp": "203.0.113.9", "Ago": "9.00:00:00"},
]


def with_logs(folder: Path, files: dict[str, list[str]], path: str | None = "same") -> Prepare:
    """The log in a folder that both backends find; ``path`` is what Exchange says of it."""
    folder.mkdir(exist_ok=True)
    for name, lines in files.items():
        (folder / name).write_bytes("\r\n".join(lines).encode())
        moment = datetime.fromisoformat(f"{name[4:12]}T100005+0000").timestamp()
        os.utime(folder / name, (moment, moment))
    texts = {str(folder): {name: "\r\n".join(lines) for name, lines in files.items()}}

    def prepare(machine: SimulatedMachine) -> None:
        assert machine.organisation is not None
        settings = machine.organisation.transport_servers.settings["SBS"]
        settings.ReceiveProtocolLogPath = str(folder) if path == "same" else path
        machine.smtp_receive_log_files = lambda path: texts.get(path, {})  # type: ignore[method-assign]

    return prepare


def client(source: str, connector: str, address: str, count: int, last: str, **more: Any) -> dict[str, Any]:
    named = {"Connector": connector, "Address": address, "Count": count, "Last": f"2026-11-{last}Z", "Source": source}
    rest = {"Refused": {}, "Text": None, "Cut": False, **dict.fromkeys(("Files", "Since", "Problems"))}
    return {**named, **rest, **more}


def total(**told: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("Connector", "Address", "Last", "Source", "Text", "Since"))
    return {**empty, "Count": 0, "Refused": {}, "Cut": False, "Files": 0, "Problems": [], **told}


TRACKED = [
    client("tracking", DEFAULT, "192.168.1.50", 4, "25T09:00:00"),
    client("tracking", INTERNET, "203.0.113.9", 1, "25T08:30:00"),
]
LOGGED = [
    client("log", INTERNET, "203.0.113.9", 2, "24T09:01:00", Refused={"550 5.7.1": 1, "421 4.3.2": 1},
           Text="421 4.3.2 Service, not available"),
    client("log", DEFAULT, "192.168.1.50", 1, "25T08:00:03", Refused={"421": 2, "550 5.7.1": 1}, Text="421 you"),
    client("log", INTERNET, "2001:db8::9", 1, "24T10:00:00"),
]  # fmt: skip


def test_clients_by_connector_out_of_tracking_and_log(tmp_path: Path) -> None:
    (found,) = outputs(
        {"tracking": TRACKING}, ("Measure-SmtpClients", {"Days": 7}, CLIENTS), prepare=with_logs(tmp_path / "in", LOGS)
    )
    assert found == [*TRACKED, *LOGGED, total(Files=2, Since="2026-11-24T09:00:00Z")]


def test_a_log_that_is_told_and_one_that_is_not_there(tmp_path: Path) -> None:
    prepare = with_logs(tmp_path / "in", LOGS, path=None)
    told, nowhere, unknown = outputs(
        {},
        ("Measure-SmtpClients", {"Days": 1, "Path": str(tmp_path / "in")}, CLIENTS),
        ("Measure-SmtpClients", {"Days": 1, "Path": str(tmp_path / "nowhere")}, CLIENTS),
        ("Measure-SmtpClients", {"Days": 1}, CLIENTS),
        prepare=prepare,
    )
    assert told == [LOGGED[1], LOGGED[2], total(Files=2, Since="2026-11-24T10:00:00Z")]
    assert nowhere == [total()]
    assert unknown == [total(Problems=["The server has no ReceiveProtocolLogPath."])]


def test_a_source_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    def prepare(machine: SimulatedMachine) -> None:
        with_logs(tmp_path / "in", LOGS)(machine)
        machine.fail_next("Get-MessageTrackingLog", f"The log is {PASSWORD}.")

    (found,) = outputs({}, ("Measure-SmtpClients", {"Days": 7}, CLIENTS), prepare=prepare)
    assert found[:-1] == LOGGED
    assert found[-1]["Problems"] == ["The log is ********."]


def test_no_more_clients_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {"RECV20261125-1.LOG": [line("25T08:00:00", str(at), "+", remote=f"198.51.100.{at}:1") for at in range(9)]}
    monkeypatch.setattr(smtp_clients, "_CLIENTS", 5)
    monkeypatch.setattr(smtp_clients, "_ROWS", 3)
    less = {"$MostClients = 20000": "$MostClients = 5", "$ClientRows = 1000": "$ClientRows = 3"}
    step = ("Measure-SmtpClients", {"Days": 1}, CLIENTS)
    (found,) = outputs({}, step, changes=less, prepare=with_logs(tmp_path / "in", many))
    assert [row["Address"] for row in found[:-1]] == [f"198.51.100.{at}" for at in range(3)]
    assert found[-1]["Cut"] is True


def test_of_a_long_log_the_newest_part_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = LOGS["RECV20261125-1.LOG"]
    kept = len("\r\n".join(newest[1:])) + 5
    monkeypatch.setattr(smtp_clients, "_BYTES", kept)
    less = {"$ReceivedBytes = [long] 33554432": f"$ReceivedBytes = [long] {kept}"}
    step = ("Measure-SmtpClients", {"Days": 7}, CLIENTS)
    (found,) = outputs({}, step, changes=less, prepare=with_logs(tmp_path / "in", LOGS))
    assert [(row["Address"], row["Count"]) for row in found] == [("192.168.1.50", 0), (None, 0)]
    assert (found[-1]["Cut"], found[-1]["Files"]) == (True, 1)


# -- what came in ------------------------------------------------------------------------------------------------------

FETCHED = {"MessageId": "<1@Example.com>", "Sender": "Kunde@example.com", "Recipients": ["info@beispiel.de"]}
RECEIVED = [
    {**FETCHED, "EventId": "Deliver", "Source": "STOREDRIVER", "Ago": "0:59:00"},
    {**FETCHED, "EventId": "Receive", "ConnectorId": INTERNET, "ClientIp": "203.0.113.9", "Ago": "1:00:00"},
    {**FETCHED, "EventId": "Receive", "ConnectorId": DEFAULT, "ClientIp": "192.168.1.2", "Ago": "0:30:00"},
    {
        **FETCHED,
        "MessageId": "<1@example.com>",
        "EventId": "Receive",
        "ConnectorId": DEFAULT,
        "ClientIp": "192.168.1.2",
    },
    {"MessageId": "<2@sbs>", "EventId": "Receive", "Source": "STOREDRIVER", "Sender": "", "Count": 2},
    {**FETCHED, "EventId": "Receive", "ConnectorId": INTERNET, "ClientIp": "203.0.113.9", "Ago": "1.16:00:00"},
]


def way(event: str, time: str, **more: Any) -> dict[str, Any]:
    named = {"MessageId": "<1@Example.com>", "Time": f"2026-11-25T{time}Z", "EventId": event, "Source": "SMTP"}
    ends = {"Sender": "kunde@example.com", "Recipients": ["info@beispiel.de"]}
    return {**dict.fromkeys(MAIL), **named, **ends, **more}


COUNTS = {
    **dict.fromkeys(MAIL),
    "Counts": [
        {"Connector": DEFAULT, "ClientIp": "192.168.1.2", "Count": 2, "Newest": CLOCK},
        {"Connector": INTERNET, "ClientIp": "203.0.113.9", "Count": 1, "Newest": "2026-11-25T09:00:00Z"},
    ],
    "Twice": [{"MessageId": "<1@Example.com>", "Count": 2}],
    "Cut": False,
}


def test_counts_and_the_way_of_a_message() -> None:
    asked = {"Hours": 24, "MessageIds": ["<2@sbs>", "<1@Example.com>", "<nobody@sbs>"]}
    found, nothing, bare = outputs(
        {"tracking": RECEIVED},
        ("Get-ReceivedMail", asked, MAIL),
        ("Get-ReceivedMail", {"Hours": 24, "MessageIds": []}, MAIL),
        ("Get-ReceivedMail", {"Hours": 24}, MAIL),
    )
    assert found[0] == COUNTS and nothing == bare == [COUNTS]
    local = {"MessageId": "<2@sbs>", "Source": "STOREDRIVER", "Sender": "<>", "Recipients": ["jemand@beispiel.org"]}
    assert found[1:3] == [way("RECEIVE", "10:00:00", **local)] * 2
    assert found[3:] == [
        way("RECEIVE", "09:00:00", Connector=INTERNET, ClientIp="203.0.113.9"),
        way("DELIVER", "09:01:00", Source="STOREDRIVER"),
        way("RECEIVE", "09:30:00", Connector=DEFAULT, ClientIp="192.168.1.2"),
    ]


def test_no_more_than_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in {"_DIFFERENT": 2, "_ROWS": 1, "_WAYS": 1}.items():
        monkeypatch.setattr(received_mail, name, number)
    less = {"$MostReceived = 100000": "$MostReceived = 2", "$ReceivedRows = 1000": "$ReceivedRows = 1",
            "$WayRows = 2000": "$WayRows = 1"}  # fmt: skip
    step = ("Get-ReceivedMail", {"Hours": 24, "MessageIds": ["<1@Example.com>"]}, MAIL)
    (found,) = outputs({"tracking": RECEIVED}, step, changes=less)
    assert found == [{**COUNTS, "Counts": COUNTS["Counts"][:1], "Cut": True}, found[1]]


# -- who may relay -----------------------------------------------------------------------------------------------------

RIGHTS = ["Connector", "User", "Sid", "Deny", "Inherited", "Error"]
DN = "CN={},CN=SMTP Receive Connectors,CN=Protocols,CN=SBS,CN=Configuration,DC=nt4admins,DC=local"
RELAY = ["ms-Exch-SMTP-Submit", "ms-Exch-SMTP-Accept-Any-Recipient"]


def entry(user: str, *rights: str, deny: bool = False, inherited: bool = False) -> dict[str, object]:
    return {"User": user, "ExtendedRights": list(rights), "Deny": deny, "IsInherited": inherited}


ENTRIES = {
    DN.format("Default SBS"): [
        entry("NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG", *RELAY, inherited=True),
        entry("NT AUTHORITY\\ANONYMOUS LOGON", "ms-Exch-SMTP-Submit"),
        entry("S-1-5-21-1-2-3-500", *RELAY, deny=True),
        entry("MS Exchange\\Hub Transport Servers", "MS-EXCH-SMTP-ACCEPT-ANY-RECIPIENT"),
    ],
    DN.format("Leer"): [],
}


def rights(machine: SimulatedMachine) -> None:
    """An Exchange that knows three connectors, of which the rights of one cannot be read."""
    invoke = machine.invoke

    def answer(command: str, parameters: Any, *more: Any) -> Any:
        if command == "Get-ReceiveConnector":
            return [{"DistinguishedName": name} for name in (*ENTRIES, DN.format("Kaputt"))]
        if command != "Get-ADPermission":
            return invoke(command, parameters, *more)
        if parameters["Identity"] not in ENTRIES:
            raise CmdletError(f"Active Directory says {PASSWORD}.", "System.Exception", "ReadError", "ADError")
        return ENTRIES[parameters["Identity"]]

    machine.invoke = answer  # type: ignore[method-assign]


def right(name: str, user: str | None = None, sid: str | None = None, **more: Any) -> dict[str, Any]:
    named = {"Connector": name, "User": user, "Sid": sid}
    return {**named, **dict.fromkeys(("Deny", "Inherited", "Error")), **more}


def test_who_may_relay_and_an_error_of_one_hides_no_other() -> None:
    default, broken, unknown = DN.format("Default SBS"), DN.format("Kaputt"), DN.format("Weg")
    names = [broken, unknown, default.upper(), DN.format("Leer")]
    (found,) = outputs({}, ("Get-ConnectorRights", {"Connectors": [*names[:2], default]}, RIGHTS), prepare=rights)
    own = {"Deny": False, "Inherited": False}
    assert found == [
        right(broken, Error="Active Directory says ********."),
        right(unknown, Error="This server has no receive connector of that name."),
        right(default, "NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG", "S-1-5-7", **{**own, "Inherited": True}),
        right(default, "S-1-5-21-1-2-3-500", "S-1-5-21-1-2-3-500", **{**own, "Deny": True}),
        right(default, "MS Exchange\\Hub Transport Servers", None, **own),
    ]
    of_default = found[2:]
    (found,) = outputs({}, ("Get-ConnectorRights", {"Connectors": names[3]}, RIGHTS), prepare=rights)
    assert found == []
    (found,) = outputs({}, ("Get-ConnectorRights", {}, RIGHTS), prepare=rights)
    assert found == [*of_default, right(broken, Error="Active Directory says ********.")]


# -- what no function takes --------------------------------------------------------------------------------------------

UNUSABLE: list[tuple[str, dict[str, Any]]] = [
    ("Get-ConnectorRights", {"Connectors": [DN, ""]}),
    ("Get-ConnectorRights", {"Connectors": [DN, None]}),
    ("Get-ConnectorRights", {"Connectors": [" "]}),
    ("Get-ConnectorRights", {"Connectors": ["x"] * 101}),
    ("Measure-SmtpClients", {"Days": 0}),
    ("Measure-SmtpClients", {"Days": 91}),
    ("Get-ReceivedMail", {"Hours": 0}),
    ("Get-ReceivedMail", {"Hours": 721}),
    ("Get-ReceivedMail", {"Hours": 1, "MessageIds": ["<x>"] * 1001}),
]
LACKING = ["Measure-SmtpClients", "Get-ReceivedMail"]


def test_what_is_refused() -> None:
    steps: Steps = [(command, given, ["Error"]) for command, given in UNUSABLE]
    results = both({}, [*steps, *((command, {}, ["Error"]) for command in LACKING)])
    missing = [f"MissingMandatoryParameter,{command}" for command in LACKING]
    assert [result["error"] for result in results] == ["parameter_unreadable"] * len(UNUSABLE) + missing
