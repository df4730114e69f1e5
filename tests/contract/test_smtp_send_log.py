"""Exchange's record of what it sent: the twin reads the lab's text, the agent the same in a real folder."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lab.host.machine import SimulatedMachine
from lab.up.backends import BACKENDS, make_backend

from .asking import ask

pytestmark = pytest.mark.pwsh

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
NAME = "Windows SBS Internet Send SBS"
COMMA = 'Strato, "neu"'
HEADER = "#Software: Microsoft Exchange Server\r\n#Version: 14.0.0.0\r\n#Log-type: SMTP Send Protocol Log\r\n"
FIELDS = (
    "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\r\n"
)


def line(time: str, connector: str = NAME, data: str = "EHLO sbs") -> str:
    return f"{time},{connector},08CE5C0F1D2A3B4C,7,10.0.0.1:1,81.169.145.133:587,>,{data},"


OLD = [line("2026-11-23T08:00:00.000Z"), line("2026-11-23T09:00:00.000Z")]
BEFORE = [line("2026-11-24T23:59:59.999Z"), line("2026-11-25T09:59:59.999Z")]
AFTER = [
    line("2026-11-25T10:00:00.000Z"),
    line("2026-11-25T10:00:00.123Z", NAME.upper(), "Grüße €"),
    line("2026-11-25T10:00:00.124Z", f'"{NAME}"', '"a ""b"", c"'),
    line('"2026-11-25T10:00:01.000Z"'),
    line("2026-11-25T10:00:02.000Z", data=f"it is {PASSWORD}"),
]
OTHERS = [
    line("2026-11-25T10:00:03.000Z", "Other"),
    line("2026-11-25T10:00:03.000Z", f"{NAME} 2"),
    line("2026-11-25T10:00:04.000Z", '"Strato, ""neu"""'),
    "2026-11-25T10:00:05.000Z",
    f"2026-11-25T10:00:05.000Z,{NAME}",
    f"25.11.2026 10:00,{NAME},a,b",
    f"zz,{NAME},a,b",
    '"2026-11-25T10:00:05.000Z',
    "",
]
FILES = {
    "SEND20261123-1.LOG": HEADER + FIELDS + "\r\n".join(OLD),
    "SEND20261124-1.LOG": "\ufeff" + HEADER + FIELDS + "\r\n".join([*BEFORE, *AFTER[:2]]) + "\r\n",
    "SEND20261125-1.LOG": HEADER + FIELDS + "\r\n".join([*AFTER[2:], *OTHERS]),
    "readme.txt": "\r\n".join(AFTER),
}
HIDDEN = [entry.replace(PASSWORD, "********") for entry in AFTER]

Given = dict[str, Any]
SINCE: Given = {"After": "2026-11-25T10:00:00Z", "Connector": NAME}
FOUND: list[tuple[Given, Given]] = [
    (SINCE, {"Files": 2, "Lines": HIDDEN, "Truncated": False}),
    ({**SINCE, "MaxLines": 5}, {"Files": 2, "Lines": HIDDEN, "Truncated": False}),
    ({**SINCE, "MaxLines": 2}, {"Files": 2, "Lines": HIDDEN[-2:], "Truncated": True}),
    ({**SINCE, "After": "2026-11-25T10:00:00.1239Z"}, {"Files": 2, "Lines": HIDDEN[1:], "Truncated": False}),
    ({**SINCE, "After": "2026-11-25T10:00:00.124Z"}, {"Files": 1, "Lines": HIDDEN[2:], "Truncated": False}),
    ({**SINCE, "After": "2026-11-26T00:00:00Z"}, {"Files": 1, "Lines": [], "Truncated": False}),
    (
        {**SINCE, "After": "2000-01-01T00:00:00Z"},
        {"Files": 3, "Lines": [*OLD, *BEFORE, *HIDDEN], "Truncated": False},
    ),
    ({**SINCE, "Connector": "nobody"}, {"Files": 2, "Lines": [], "Truncated": False}),
    ({**SINCE, "Connector": COMMA.upper()}, {"Files": 2, "Lines": [OTHERS[2]], "Truncated": False}),
]
NO = "parameter_unreadable"
REFUSED: list[tuple[Given, str]] = [
    ({**SINCE, "After": "2026-11-25"}, NO),
    ({**SINCE, "After": "2026-11-25T10:00:00"}, NO),
    ({**SINCE, "After": "2026-11-25T10:00:00Z\n"}, NO),
    ({**SINCE, "After": "2026-13-25T10:00:00Z"}, NO),
    ({**SINCE, "After": "2026-11-25T24:00:00Z"}, NO),
    ({**SINCE, "MaxLines": 0}, NO),
    ({**SINCE, "MaxLines": 100_001}, NO),
    ({"After": "2026-11-25T10:00:00Z"}, "MissingMandatoryParameter,Read-SmtpSendLog"),
    ({**SINCE, "Nope": 1}, "NamedParameterNotFound,Read-SmtpSendLog"),
]


def written(folder: Path) -> Path:
    """The folder of a real host, whose files were written last when their last lines say so."""
    folder.mkdir()
    for name, text in FILES.items():
        file = folder / name
        file.write_bytes(text.encode())
        day = {"SEND20261123-1.LOG": "2026-11-23T09:00:00", "SEND20261124-1.LOG": "2026-11-25T10:00:00.123500"}
        moment = datetime.fromisoformat(day.get(name, "2026-11-25T10:00:05") + "+00:00").timestamp()
        os.utime(file, (moment, moment))
    return folder


def asked(name: str, folder: Path, given: list[Given], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    machine = SimulatedMachine.from_state("no_exchange")
    texts = {str(folder): {file: text.removeprefix("\ufeff") for file, text in FILES.items()}}
    monkeypatch.setattr(machine, "smtp_send_log_files", lambda path: texts.get(path, {}))
    steps = [
        {
            "id": str(number),
            "command": "Read-SmtpSendLog",
            "parameters": {"Path": str(folder), **entry},
            "select": ["Files", "Lines", "Truncated"],
            "always": True,
        }
        for number, entry in enumerate(given)
    ]
    backend = make_backend(name, machine)
    try:
        request = {"protocol": 1, "exchange": "none", "steps": steps, "secrets": {"login": PASSWORD}}
        answer = ask(backend, request)
    finally:
        backend.close()
    assert (answer.code, answer.stderr) == (0, b"")
    assert PASSWORD not in answer.everything
    results: list[dict[str, Any]] = answer.reply["results"]
    return results


@pytest.mark.parametrize("name", BACKENDS)
def test_what_is_found_and_what_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {**SINCE, "Path": str(tmp_path / "nowhere")}
    given = [*(entry for entry, _ in FOUND), absent, *(entry for entry, _ in REFUSED)]
    results = asked(name, written(tmp_path / "SmtpSend"), given, monkeypatch)
    outputs = [result["output"] for result in results[: len(FOUND) + 1]]
    assert outputs == [*([found] for _, found in FOUND), [{"Files": 0, "Lines": [], "Truncated": False}]]
    errors = [result["error"] for result in results[len(FOUND) + 1 :]]
    assert [error and (error["code"] or error["error_id"]) for error in errors] == [kind for _, kind in REFUSED]


def test_a_file_that_cannot_be_read_fails_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "SEND20261125-2.LOG").symlink_to(tmp_path / "gone")
    (result,) = asked("pwsh", tmp_path, [SINCE], monkeypatch)
    assert (result["status"], result["error"]["code"]) == ("failed", None)
    assert "gone" in result["error"]["message"] or "SEND20261125-2.LOG" in result["error"]["message"]


def test_a_file_that_is_being_written_to_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its time is older than its last line, which has no end yet."""
    with (tmp_path / "SEND20261125-1.LOG").open("w", encoding="utf-8") as log:
        log.write(HEADER + FIELDS + AFTER[0])
        log.flush()
        os.utime(log.fileno(), (0, 0))
        (result,) = asked("pwsh", tmp_path, [SINCE], monkeypatch)
    assert result["output"] == [{"Files": 1, "Lines": AFTER[:1], "Truncated": False}]
