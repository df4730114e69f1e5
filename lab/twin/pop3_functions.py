"""What each of the agent's POP3 functions takes: mandatory parameters, then the others, by name and .NET type."""

from __future__ import annotations

from typing import Final

_PLACE: Final = {"Path": "String", "Service": "String"}
_WRITING: Final = {**_PLACE, "ServiceAfter": "String", "TimeoutSeconds": "Int32"}
_INTERVAL: Final = {"Name": "String", "IntervalMinutes": "Int32"}

FUNCTIONS: Final[dict[str, tuple[dict[str, str], dict[str, str]]]] = {
    "Read-Pop3Records": ({}, {**_PLACE, "Candidates": "Object", "Content": "Boolean"}),
    "Write-Pop3Records": ({"Sha256": "String", "Edits": "Object"}, _WRITING),
    "Restore-Pop3Records": ({"Backup": "String"}, {**_WRITING, "Sha256": "String"}),
    "Set-Pop3Service": ({"Status": "String"}, {**_PLACE, "TimeoutSeconds": "Int32"}),
    "Start-Pop3Fetch": ({}, {"Program": "String", "WaitSeconds": "Int32"}),
    "Read-Pop3Log": ({}, {"Folder": "String", "Lines": "Int32"}),
    "Get-TaskList": ({"Names": "Object"}, {}),
    "Get-BadMail": ({}, {"Folder": "String"}),
    "Measure-Pop3Waiting": (
        {"Sha256": "String", "Logins": "Object"},
        {"Path": "String", "TimeoutSeconds": "Int32", "LimitSeconds": "Int32"},
    ),
    "Get-FetchTask": ({"Name": "String"}, {}),
    "Set-FetchTask": (_INTERVAL, {"Program": "String"}),
    "Remove-FetchTask": ({"Name": "String"}, {}),
    "Get-ServiceList": ({"Names": "Object"}, {}),
    "Get-Pop3Facts": ({}, {**_PLACE, "Salt": "String"}),
}
