"""The connector's own fetch, its log, and the mail that it could not deliver."""

from __future__ import annotations

import re
from typing import Any

from lab.exchange.host import Output
from lab.pop3 import Pop3Host, places
from lab.pop3.files import HostFile
from lab.twin.agent import Agent, Given, Refusal
from lab.twin.files import file_of, utc
from lab.twin.parameters import check_one_line, check_range


def start_pop3_fetch(agent: Agent, given: Given) -> Output:
    """``Start-Pop3Fetch``."""
    program = program_of(given)
    check_range("WaitSeconds", given.get("WaitSeconds", 30), 0, 600)
    if agent.machine.pop3.files.find(program) is None:
        raise Refusal("pop3_program_missing", f"There is no program '{program}'.")
    agent.machine.fetch(agent.ca_file)
    return [{"Program": program, "Started": True, "ExitCode": 0}]


def read_pop3_log(agent: Agent, given: Given) -> Output:
    """``Read-Pop3Log``."""
    lines, pop3 = given.get("Lines", 50), agent.machine.pop3
    check_range("Lines", lines, 1, 1000)
    folder = log_folder(given, "Folder")
    with pop3.lock:
        log = read_log(pop3, folder, lines)
    return [{**log, "Lines": [agent.hide(line) for line in log["Lines"]]}]


def get_bad_mail(agent: Agent, given: Given) -> Output:
    """``Get-BadMail``."""
    folder, pop3 = given.get("Folder") or places.BAD_MAIL, agent.machine.pop3
    with pop3.lock:
        return [{"Folder": folder, "Messages": len(pop3.files.in_folder(folder))}]


def program_of(given: Given) -> str:
    """The connector's program. Raises Refusal for what is no path."""
    return file_of(given, "Program", places.PROGRAM)


def log_folder(given: Given, key: str) -> str:
    """Where its logs are. Raises Refusal for what is no path."""
    folder = str(given.get(key) or places.LOGS)
    check_one_line("Folder", folder)
    return folder


def newest_log(pop3: Pop3Host, folder: str) -> HostFile | None:
    """The log file of a folder that was written to last."""
    logs = (file for file in pop3.files.in_folder(folder) if file.name.lower().endswith(".log"))
    return max(logs, key=lambda file: file.written, default=None)


def read_log(pop3: Pop3Host, folder: str, lines: int) -> dict[str, Any]:
    """The end of the newest log file, as it is."""
    newest = newest_log(pop3, folder)
    if newest is None:
        return {"Folder": folder, "Name": None, "LastWriteTime": None, "Length": None, "Lines": []}
    text = newest.data.decode("utf-8", "replace")
    tail = re.split("\r\n|\r|\n", text.removesuffix("\n").removesuffix("\r"))[-lines:] if text else []
    about = {"Name": newest.name, "LastWriteTime": utc(newest.written), "Length": len(newest.data)}
    return {"Folder": folder, **about, "Lines": tail}
