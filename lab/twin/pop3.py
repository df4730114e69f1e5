"""The agent's POP3 functions in Python: the connector's file, service, log, fetch, task, and what can be learnt."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import translate
from pathlib import Path
from time import monotonic
from typing import Any
from xml.etree import ElementTree

from lab.exchange.host import Output
from lab.exchange.values import Credential
from lab.machine import SimulatedMachine
from lab.pop3 import places
from lab.pop3.dpapi import DataProtectionError
from lab.pop3.host import Killed
from lab.twin.agent import Refusal, check_range, unreadable
from lab.twin.mail_talk import Server
from lab.twin.pop3_edits import apply_edits, check_edits
from lab.twin.pop3_facts import pop3_facts, read_log
from lab.twin.pop3_file import RecordsText
from lab.twin.pop3_login import check_pop3_login, prove_pop3_login
from lab.twin.pop3_read import backups, from_base64, open_file, read_records, sha256
from lab.twin.pop3_write import AFTER, Writing, set_service, write
from lab.twin.request import BrokenCall

Given = dict[str, Any]
_TASKS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
_INTERVAL = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?")


class Pop3Commands:
    """``commands`` are the functions by name, each from its bound parameters to its output objects."""

    def __init__(
        self,
        machine: SimulatedMachine,
        hide: Callable[[str], str],
        cancelled: threading.Event,
        ca_file: Path | None,
    ) -> None:
        self._machine = machine
        self._pop3 = machine.pop3
        self._hide = hide
        self._cancelled = cancelled
        self._ca_file = ca_file
        own: dict[str, Callable[[Given], Any]] = {
            "Read-Pop3Records": self._read,
            "Write-Pop3Records": self._write,
            "Restore-Pop3Records": self._restore,
            "Set-Pop3Service": self._set_service,
            "Start-Pop3Fetch": self._fetch,
            "Read-Pop3Log": self._log,
            "Get-TaskList": self._task_list,
            "Get-BadMail": self._bad_mail,
            "Measure-Pop3Waiting": self._waiting,
            "Get-FetchTask": lambda given: self._task(given["Name"]),
            "Set-FetchTask": self._set_task,
            "Remove-FetchTask": self._remove_task,
            "Get-ServiceList": self._services,
            "Get-Pop3Facts": self._facts,
        }
        self.commands = {name: self._run(name, function) for name, function in own.items()}

    def _run(self, name: str, function: Callable[[Given], Any]) -> Callable[[Given], Output]:
        """The function with what was ordered for it; where its process is killed there is no reply at all."""

        def run(given: Given) -> Output:
            self._machine.own_function(name, self._cancelled)
            try:
                found = function(given)
            except Killed:
                raise BrokenCall("The process was killed.") from None
            return found if isinstance(found, list) else [found]

        return run

    def _read(self, given: Given) -> dict[str, object]:
        candidates = given.get("Candidates") or []
        if not isinstance(candidates, list):
            raise unreadable("Candidates is no list.")
        with self._pop3.lock:
            return read_records(self._pop3, _path(given), _service(given), candidates, given.get("Content", True))

    def _write(self, given: Given) -> dict[str, object]:
        job, edits = _writing(given), check_edits(given["Edits"])
        if not job.sha256:
            raise unreadable("Sha256 is empty.")
        with self._pop3.lock:
            return write(self._pop3, job, lambda data: apply_edits(data or b"", edits, self._pop3.dpapi))

    def _restore(self, given: Given) -> dict[str, object]:
        job, name = _writing(given), given["Backup"]
        with self._pop3.lock:
            known = {file.name.lower(): file for file in backups(self._pop3, job.path)}
            if re.fullmatch(r"[^\\/:]+", name) is None or name.lower() not in known:
                raise unreadable("Backup is the name of no backup beside the file.")
            backup = known[name.lower()]
            return write(self._pop3, replace(job, like=backup), lambda _: backup.data)

    def _set_service(self, given: Given) -> dict[str, object]:
        check_range("TimeoutSeconds", given.get("TimeoutSeconds", 60), 1, 600)
        if given["Status"] not in ("Running", "Stopped"):
            raise unreadable("Status is Running or Stopped.")
        with self._pop3.lock:
            return set_service(self._pop3, _path(given), _service(given), given["Status"])

    def _fetch(self, given: Given) -> dict[str, object]:
        program = _file(given, "Program", places.PROGRAM)
        check_range("WaitSeconds", given.get("WaitSeconds", 30), 0, 600)
        if self._pop3.files.find(program) is None:
            raise Refusal("pop3_program_missing", f"There is no program '{program}'.")
        self._machine.fetch(self._ca_file)
        return {"Program": program, "Started": True, "ExitCode": 0}

    def _log(self, given: Given) -> dict[str, object]:
        lines = given.get("Lines", 50)
        check_range("Lines", lines, 1, 1000)
        with self._pop3.lock:
            log = read_log(self._pop3, given.get("Folder") or places.LOGS, lines)
        return {**log, "Lines": [self._hide(line) for line in log["Lines"]]}

    def _bad_mail(self, given: Given) -> dict[str, object]:
        folder = given.get("Folder") or places.BAD_MAIL
        with self._pop3.lock:
            return {"Folder": folder, "Messages": len(self._pop3.files.in_folder(folder))}

    def _waiting(self, given: Given) -> Output:
        seconds, limit, logins = given.get("TimeoutSeconds", 30), given.get("LimitSeconds", 90), given["Logins"]
        check_range("TimeoutSeconds", seconds, 1, 600)
        check_range("LimitSeconds", limit, 0, 600)
        with self._pop3.lock:
            data = open_file(self._pop3, _path(given))
        if sha256(data) != given["Sha256"]:
            raise Refusal("pop3_file_changed", "The file is not the one that was read.")
        text = RecordsText(data)
        found = logins if isinstance(logins, list) else [logins]
        late: dict[str, object] = {"Stage": "connect", "Problem": "no_time", "Messages": None, "Reply": None}
        end = monotonic() + limit
        return [late if monotonic() >= end else self._count(text, login, seconds) for login in found]

    def _count(self, text: RecordsText, login: Any, seconds: int) -> dict[str, object]:
        if not isinstance(login, dict):
            raise unreadable("A login is no table.")
        blob, entropy = (text.value_at(login.get(key)) for key in ("Password", "Entropy"))
        try:
            clear = self._pop3.dpapi.unprotect(from_base64(blob), from_base64(entropy)).decode("utf-16-le")
        except (DataProtectionError, ValueError):
            return {"Stage": "password", "Problem": "not_opened", "Messages": None, "Reply": None}
        given = {**login, "Credential": Credential(login["Username"], clear), "TimeoutSeconds": seconds}
        check_pop3_login(given)
        server = Server(given["Server"], given["Port"], seconds, self._ca_file)

        def hide(words: str) -> str:
            return self._hide(words).replace(clear, "********")

        return prove_pop3_login(server, given["Security"], given["Credential"], hide)

    def _task(self, name: str) -> dict[str, object]:
        if not name or name.endswith("\\") or re.search(r'[\x00-\x1f\x7f"]', name):
            raise unreadable("Name is no name of a task.")
        ran = self._pop3.tasks.schtasks(["/Query", "/TN", name, "/XML"])
        if ran.exit_code:
            absent = dict.fromkeys(("IntervalMinutes", "Command", "Arguments", "UserId", "Enabled"))
            return {"Name": name, "Exists": False, **absent}
        return {"Name": name, "Exists": True, **_read_task(ran.stdout)}

    def _task_list(self, given: Given) -> Output:
        names = given["Names"] if isinstance(given["Names"], list) else [given["Names"]]
        patterns = [re.compile(translate(str(name)), re.IGNORECASE) for name in names]
        with self._pop3.lock:
            tasks = [] if self._pop3.tasks.fails else self._pop3.tasks.all()
        return [
            {"Name": task.name, "Command": task.command, "Enabled": task.enabled}
            for task in tasks
            if any(one.match(text) for one in patterns for text in (task.name, task.command, task.arguments))
        ]

    def _set_task(self, given: Given) -> dict[str, object]:
        minutes = given["IntervalMinutes"]
        check_range("IntervalMinutes", minutes, 5, 1439)
        self._task(given["Name"])
        run = f'"{_file(given, "Program", places.PROGRAM)}" -downloadNow'
        words = ["/Create", "/F", "/SC", "MINUTE", "/MO", str(minutes), "/RU", "SYSTEM", "/TN", given["Name"]]
        self._schtasks([*words, "/TR", run])
        return self._task(given["Name"])

    def _remove_task(self, given: Given) -> dict[str, object]:
        self._task(given["Name"])
        self._schtasks(["/Delete", "/F", "/TN", given["Name"]])
        return {"Name": given["Name"]}

    def _schtasks(self, words: list[str]) -> None:
        with self._pop3.lock:
            ran = self._pop3.tasks.schtasks(words)
        if ran.exit_code:
            raise Refusal("schtasks_failed", " ".join((ran.stderr or ran.stdout).split()))

    def _services(self, given: Given) -> Output:
        names = given["Names"] if isinstance(given["Names"], list) else [given["Names"]]
        patterns = [re.compile(translate(str(name)), re.IGNORECASE) for name in names]
        shown = ("Name", "DisplayName", "Status", "StartMode")
        with self._pop3.lock:
            services = [service.shown() for service in self._pop3.services.all()]
        return [
            {key: service[key] for key in shown}
            for service in services
            if any(one.match(service[key]) for one in patterns for key in ("Name", "DisplayName"))
        ]

    def _facts(self, given: Given) -> dict[str, object]:
        with self._pop3.lock:
            found = pop3_facts(self._pop3, _path(given), _service(given), given.get("Salt"))
        return found


def _path(given: Given) -> str:
    return _file(given, "Path", places.ACCOUNTS)


def _file(given: Given, name: str, usual: str) -> str:
    """A file in a folder. Raises Refusal for what is none."""
    path = given.get(name) or usual
    if re.search(r'[\x00-\x1f\x7f-\x9f"]', path) or re.fullmatch(r".*[^:\\/][\\/][^:\\/]+", path) is None:
        raise unreadable(f"{name} is no path of a file in a folder.")
    return str(path)


def _service(given: Given) -> str:
    name = given.get("Service") or places.SERVICE
    if re.search(r"[\x00-\x1f\x7f*?'\"\[\]\\/%`]", name):
        raise unreadable("Service is no name of one.")
    return str(name)


def _writing(given: Given) -> Writing:
    after = given.get("ServiceAfter") or "as_before"
    if after not in AFTER:
        raise unreadable(f"ServiceAfter is one of {', '.join(AFTER)}.")
    check_range("TimeoutSeconds", given.get("TimeoutSeconds", 60), 1, 600)
    return Writing(_path(given), _service(given), given.get("Sha256") or None, after)


def _read_task(xml: str) -> Mapping[str, object]:
    """What the XML of a task says; its interval as PTnM or PTnH."""
    # What it declares is the encoding of the file that Windows keeps, not of what is printed.
    root = ElementTree.fromstring(xml.partition("?>")[2])

    def text(name: str) -> str | None:
        return root.findtext(f".//{_TASKS}{name}")

    return {
        "IntervalMinutes": _minutes(text("Interval")),
        "Command": text("Command"),
        "Arguments": text("Arguments"),
        "UserId": text("UserId"),
        "Enabled": root.findtext(f"{_TASKS}Settings/{_TASKS}Enabled") == "true",
    }


def _minutes(interval: str | None) -> int | None:
    match = _INTERVAL.fullmatch(interval or "")
    if match is None or match[0] == "PT":
        return None
    return int(match[1] or 0) * 60 + int(match[2] or 0)
