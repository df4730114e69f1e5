"""Which TLS Exchange spoke: the twin reads the lab's text of its protocol log, the agent the same in a real folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent import wire
from lab.exchange.transport_server import TransportServer
from lab.host.machine import SimulatedMachine
from lab.twin import sent_tls
from lab.up.backends import BACKENDS, make_backend
from lab.wsman.backend import Backend

from .asking import ask_raw, stdin_of

pytestmark = pytest.mark.pwsh

CLOCK = "2026-11-25T10:00:00Z"
SELECT = ["Connector", "Server", "Protocol", "At", "LoggedIn"]
STRATO, GMX = "81.169.145.133:587", "[2001:db8::1]:587"
TLS = "TLS protocol SP_PROT_TLS1_{}_CLIENT negotiation succeeded using bulk encryption algorithm CALG_AES_256"
ODD = '"Strato, ""neu"""'


def line(time: str, session: str, event: str, data: str, connector: str = "Internet", remote: str = STRATO) -> str:
    return f"2026-11-{time}Z,{connector},{session},7,10.0.0.1:1,{remote},{event},{data}"


def tls(time: str, session: str, minor: int = 0, **more: str) -> str:
    return line(time, session, "*", f",{TLS.format(minor)}", **more)


def login(time: str, session: str, **more: str) -> str:
    return line(time, session, "<", '"235 2.7.0 Authentication, successful",', **more)


FILES = {
    "SEND20261123-1.LOG": [
        tls("23T09:00:00.000", "A0"),
        login("23T09:00:01.000", "A0"),
        tls("23T09:00:02.000", "A1", 2),
    ],
    "SEND20261124-1.LOG": [
        "#Fields: date-time,connector-id,session-id",
        tls("24T09:00:00.000", "B0"),
        login("24T09:00:00.500", "B0"),
        tls("24T09:00:01.000", "B1", connector="INTERNET"),
        tls("24T09:00:01.000", "B2", remote=GMX),
        line("24T09:00:02.000", "B1", "<", "250 you said SP_PROT_TLS1_3_CLIENT,<,235 and so on"),
        line("24T09:00:03.000", "B1", ">", "235 2.7.0 says the client,"),
        login("24T09:00:04.000", "B2", remote=GMX),
        tls("24T09:00:05.000", "B3", connector=ODD),
        "24.11.2026 09:00,Internet,B4,1,,,*,SP_PROT_TLS1_1_CLIENT",
        line("24T10:00:00.000", "B5", "*", f'"{TLS.format(2)}",'),
    ],
    "SEND20261125-1.LOG": [login("24T10:00:00.100", "B5"), "2026-11-25T09:00:00.000Z,Internet,C0,1,,,*"],
    "SEND20261125-1.txt": [tls("25T09:00:00.000", "D0", 3)],
}


def row(at: str, minor: int, logged_in: bool, connector: str = "Internet", remote: str = STRATO) -> dict[str, Any]:
    named = {"Connector": connector, "Server": remote, "Protocol": f"SP_PROT_TLS1_{minor}_CLIENT"}
    return {**named, "At": f"2026-11-{at}Z", "LoggedIn": logged_in}


RECENT = [
    row("24T09:00:01", 0, False, "INTERNET"),
    row("24T09:00:01", 0, True, remote=GMX),
    row("24T09:00:05", 0, False, 'Strato, "neu"'),
    row("24T10:00:00", 2, True),
]


def written(folder: Path, files: dict[str, list[str]]) -> Path:
    """The folder of a real host, whose files were written last when their last lines say so."""
    folder.mkdir()
    for name, lines in files.items():
        file = folder / name
        file.write_bytes("\r\n".join(lines).encode())
        moment = datetime.fromisoformat(name[4:12] + "T090002+0000").timestamp()
        os.utime(file, (moment, moment))
    return folder


def backend_of(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path, files: dict[str, list[str]]) -> Backend:
    """A host that writes its log into that folder, which both backends find."""
    machine = SimulatedMachine({"profile": "sbs2011", "clock": CLOCK})
    assert machine.organisation is not None
    settings: TransportServer = machine.organisation.transport_servers.settings["SBS"]
    settings.SendProtocolLogPath = str(folder)
    texts = {str(folder): {file: "\r\n".join(lines) for file, lines in files.items()}}
    monkeypatch.setattr(machine, "smtp_send_log_files", lambda path: texts.get(path, {}))
    return make_backend(name, machine)


def asked(
    backend: Backend,
    given: list[dict[str, Any]],
    changes: dict[str, str] | None = None,
    command: str = "Get-SentTls",
    select: Sequence[str] = SELECT,
) -> list[dict[str, Any]]:
    steps = [
        {"id": str(number), "command": command, "parameters": entry, "select": [*select], "always": True}
        for number, entry in enumerate(given)
    ]
    try:
        request = {"protocol": 1, "exchange": "snapin", "steps": steps, "secrets": {}}
        answer = ask_raw(backend, wire.command_line(), stdin_of(request, changes))
    finally:
        backend.close()
    assert (answer.code, answer.stderr) == (0, b"")
    results: list[dict[str, Any]] = answer.reply["results"]
    return results


@pytest.mark.parametrize("name", BACKENDS)
def test_the_newest_handshakes_are_told_and_whether_a_login_followed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "SmtpSend", FILES)
    given = [{"Days": 1}, {"Days": 7}, {"Days": 7, "Path": str(tmp_path / "nowhere")}, {"Days": 0}, {"Days": 91}, {}]
    results = asked(backend_of(name, monkeypatch, folder, FILES), given)
    assert results[0]["output"] == [RECENT[-1]]
    assert results[1]["output"] == RECENT
    assert results[2]["output"] == []
    refused = [result["error"]["code"] or result["error"]["error_id"] for result in results[3:]]
    assert refused == ["parameter_unreadable"] * 2 + ["MissingMandatoryParameter,Get-SentTls"]


@pytest.mark.parametrize("name", BACKENDS)
def test_no_more_than_the_newest_rows_and_the_newest_part_of_the_log(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that sends straight to recipients meets many others, and a log may be long."""
    many = [tls(f"24T{10 + at // 60}:{at % 60:02}:00.000", f"E{at}", remote=f"192.0.2.{at}:25") for at in range(120)]
    files = {"SEND20261124-1.LOG": many[:60], "SEND20261125-1.LOG": many[60:]}
    folder = written(tmp_path / "SmtpSend", files)
    (result,) = asked(backend_of(name, monkeypatch, folder, files), [{"Days": 7}])
    assert [entry["Server"] for entry in result["output"]] == [f"192.0.2.{at}:25" for at in range(20, 120)]
    kept = len("\r\n".join(many[60:])) + len("\r\n".join(many[50:60])) + 5
    monkeypatch.setattr(sent_tls, "_BYTES", kept)
    less = {"$SentBytes = [long] 33554432": f"$SentBytes = [long] {kept}"}
    (result,) = asked(backend_of(name, monkeypatch, folder, files), [{"Days": 7}], less)
    assert [entry["Server"] for entry in result["output"]] == [f"192.0.2.{at}:25" for at in range(50, 120)]


NAMES = ("Connector", "Command", "Name", "At")


def said(time: str, data: str, event: str = ">", connector: str = "Internet") -> str:
    return line(time, "F0", event, data, connector=connector)


SAID = {
    "SEND20261123-1.LOG": [said("23T09:00:00.000", "EHLO alt.beispiel.de,"), said("23T09:00:02.000", "HELO kurz,")],
    "SEND20261124-1.LOG": [
        said("24T09:00:00.000", "EHLO mail.beispiel.de,"),
        said("24T09:00:05.000", "EHLO Mail.Beispiel.de,", connector="INTERNET"),
        said("24T09:00:04.000", "EHLO mail.beispiel.de,"),
        said("24T09:00:06.000", "EHLO sbs.firma.local,", connector=ODD),
        said("24T09:00:07.000", "250 EHLO fremd.test,", event="<"),
        said("24T09:00:07.500", "EHLO fremd.test,", event="<"),
        said("24T09:00:08.000", "MAIL FROM:<a@EHLO b>,"),
        said("24T09:00:09.000", "EHLO ,"),
        said("24T09:00:10.000", "ehlo klein.test,"),
        said("24T10:00:00.000", '"EHLO in, quotes",'),
        tls("24T10:00:01.000", "F1", 2),
        login("24T10:00:02.000", "F1"),
    ],
}


def name(at: str, name: str, command: str = "EHLO", connector: str = "Internet") -> dict[str, Any]:
    return {"Connector": connector, "Command": command, "Name": name, "At": f"2026-11-{at}Z"}


NAMED = [
    name("24T09:00:05", "Mail.Beispiel.de", connector="INTERNET"),
    name("24T09:00:06", "sbs.firma.local", connector='Strato, "neu"'),
    name("24T10:00:00", "in"),
]


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_the_server_called_itself_is_told_as_it_was_said(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "SmtpSend", SAID)
    given = [{"Days": 1}, {"Days": 7}, {"Days": 7, "Path": str(tmp_path / "nowhere")}, {"Days": 0}, {}]
    host = backend_of(backend, monkeypatch, folder, SAID)
    results = asked(host, given, command="Get-SentNames", select=NAMES)
    assert results[0]["output"] == NAMED[-1:]
    old = [name("23T09:00:00", "alt.beispiel.de"), name("23T09:00:02", "kurz", "HELO")]
    assert results[1]["output"] == [*old, *NAMED]
    assert results[2]["output"] == []
    refused = [result["error"]["code"] or result["error"]["error_id"] for result in results[3:]]
    assert refused == ["parameter_unreadable", "MissingMandatoryParameter,Get-SentNames"]
