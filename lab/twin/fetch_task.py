"""The scheduled task that fetches: read, set and removed by schtasks.exe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree

from lab.exchange.host import Output
from lab.twin.agent import Agent, Given, Refusal, unreadable
from lab.twin.parameters import check_range
from lab.twin.pop3_fetch import program_of

_TASKS = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
_INTERVAL = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?")


def get_fetch_task(agent: Agent, given: Given) -> Output:
    """``Get-FetchTask``."""
    name = given["Name"]
    if not name or name.endswith("\\") or re.search(r'[\x00-\x1f\x7f"]', name):
        raise unreadable("Name is no name of a task.")
    ran = agent.machine.pop3.tasks.schtasks(["/Query", "/TN", name, "/XML"])
    if ran.exit_code:
        absent = dict.fromkeys(("IntervalMinutes", "Command", "Arguments", "UserId", "Enabled"))
        return [{"Name": name, "Exists": False, **absent}]
    return [{"Name": name, "Exists": True, **_read_task(ran.stdout)}]


def set_fetch_task(agent: Agent, given: Given) -> Output:
    """``Set-FetchTask``."""
    minutes = given["IntervalMinutes"]
    check_range("IntervalMinutes", minutes, 5, 1439)
    get_fetch_task(agent, given)
    words = ["/Create", "/F", "/SC", "MINUTE", "/MO", str(minutes), "/RU", "SYSTEM", "/TN", given["Name"]]
    _schtasks(agent, [*words, "/TR", f'"{program_of(given)}" -downloadNow'])
    return get_fetch_task(agent, given)


def remove_fetch_task(agent: Agent, given: Given) -> Output:
    """``Remove-FetchTask``."""
    get_fetch_task(agent, given)
    _schtasks(agent, ["/Delete", "/F", "/TN", given["Name"]])
    return [{"Name": given["Name"]}]


def _schtasks(agent: Agent, words: list[str]) -> None:
    with agent.machine.pop3.lock:
        ran = agent.machine.pop3.tasks.schtasks(words)
    if ran.exit_code:
        raise Refusal("schtasks_failed", " ".join((ran.stderr or ran.stdout).split()))


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
