"""The scheduled task that fetches."""

from __future__ import annotations

from lab.pop3 import places
from tests.unit.lab.twin.pop3_commands import (
    code,
    machine_with,
    output,
    run,
)


def test_a_task_comes_and_goes() -> None:
    machine = machine_with()
    absent = {"IntervalMinutes": None, "Command": None, "Arguments": None, "UserId": None, "Enabled": None}
    found = output(machine, "Get-FetchTask", Name="Fetch & co")
    assert found | absent == found
    assert found["Exists"] is False
    for minutes in (15, 60, 90, 1439):
        found = output(machine, "Set-FetchTask", Name="Fetch & co", IntervalMinutes=minutes)
        assert (found["Exists"], found["IntervalMinutes"], found["Enabled"]) == (True, minutes, True)
        assert (found["Command"], found["Arguments"], found["UserId"]) == (places.PROGRAM, "-downloadNow", "S-1-5-18")
    assert output(machine, "Get-FetchTask", Name="fetch & CO")["Exists"] is True
    assert output(machine, "Remove-FetchTask", Name="Fetch & co")["Name"] == "Fetch & co"
    assert machine.dump()["tasks"] == []


def test_tasks_that_cannot_be() -> None:
    machine = machine_with()
    machine.change({"tasks": [{"name": "Daily", "minutes": None, "command": "x.exe", "enabled": False}]})
    found = output(machine, "Get-FetchTask", Name="Daily")
    assert (found["IntervalMinutes"], found["Enabled"]) == (None, False)
    for minutes in (4, 1440):
        assert code(machine, "Set-FetchTask", Name="x", IntervalMinutes=minutes) == "parameter_unreadable"
    for name in ('a"b', "folder\\", "a\nb"):
        assert code(machine, "Get-FetchTask", Name=name) == "parameter_unreadable"
        assert code(machine, "Remove-FetchTask", Name=name) == "parameter_unreadable"
    assert code(machine, "Remove-FetchTask", Name="nope") == "schtasks_failed"
    machine.change({"pop3_connector": {"schtasks_fails": "Zugriff verweigert"}})
    result = run(machine, "Set-FetchTask", Name="x", IntervalMinutes=5)
    assert result["error"]["code"] == "schtasks_failed"
    assert "Zugriff verweigert" in result["error"]["message"]
