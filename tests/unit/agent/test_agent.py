"""What the agent does beyond what the lab's Exchange shows it: odd values, warnings, failures of the host itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.reply_parts import parts_in

from .conftest import SECRETS, Run, stdin_of

pytestmark = pytest.mark.pwsh

Agent = Callable[..., dict[str, Any]]
PASSWORD = SECRETS["login"]

READER = """
function Get-SendConnector {
    [CmdletBinding()]
    param($Identity)
    %s
}
"""


def reader(body: str) -> str:
    """A Get-SendConnector that does this."""
    return READER % body


def values(run_agent: Agent, body: str, *names: str) -> dict[str, Any]:
    """The properties of the one object that the body returns."""
    reply = run_agent(reader(body), ("Get-SendConnector", {}, list(names)))
    (result,) = reply["results"]
    assert result["error"] is None
    (found,) = result["output"]
    assert reply["warnings"] == []
    assert isinstance(found, dict)
    return found


def test_values_take_the_wires_forms(run_agent: Agent) -> None:
    body = """
    [pscustomobject] @{
        Yes = $true; Number = 5; Long = 4GB; Half = 0.5; Text = 'a'; Nothing = $null; Char = [char] 'x'
        Size = [version] '1.2.3.4'; Span = [timespan] '00:10:00'; Guid = [guid] '54297c20-ffd7-52ae-9f7b-e5f09d43358c'
        Day = [System.DayOfWeek] 'Monday'; Empty = @(); One = @('a'); Address = [ipaddress] '127.0.0.1'
        Nested = @(@(1), @(), @(@{ a = 1 })); List = [System.Collections.Generic.List[string]] @('b')
        Utc = [datetime]::new(2026, 11, 24, 20, 39, 36, [System.DateTimeKind]::Utc)
        Table = @{ '$odd key' = 1; Count = 2; Keys = 3 }
        Local = [datetime]::new(2026, 11, 24, 20, 39, 36, [System.DateTimeKind]::Utc).ToLocalTime()
        Login = [pscredential]::new('info@beispiel.de', (ConvertTo-SecureString 'x' -AsPlainText -Force))
    }"""
    expected = {
        "Yes": True,
        "Number": 5,
        "Long": 4294967296,
        "Half": 0.5,
        "Text": "a",
        "Nothing": None,
        "Char": "x",
        "Size": "1.2.3.4",
        "Span": "00:10:00",
        "Guid": "54297c20-ffd7-52ae-9f7b-e5f09d43358c",
        "Day": "Monday",
        "Empty": [],
        "One": ["a"],
        "Address": "127.0.0.1",
        "Nested": [[1], [], [{"a": 1}]],
        "List": ["b"],
        "Utc": "2026-11-24T20:39:36Z",
        "Table": {"$odd key": 1, "Count": 2, "Keys": 3},
        "Local": "2026-11-24T20:39:36Z",
        "Login": {"UserName": "info@beispiel.de"},
        "Missing": None,
    }
    assert values(run_agent, body, *expected) == expected


def test_values_that_came_through_a_session_keep_their_names(run_agent: Agent) -> None:
    """A deserialised enumeration is a number that only its type names betray."""
    body = """
    $list = [System.Collections.ArrayList] @(1)
    $there = [pscustomobject] @{ Day = [System.DayOfWeek] 'Monday'; List = $list; Port = 25 }
    [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($there))
    """
    assert values(run_agent, body, "Day", "List", "Port") == {"Day": "Monday", "List": [1], "Port": 25}


@pytest.mark.own_powershell
def test_a_login_that_came_through_a_session_keeps_its_name(run_agent: Agent) -> None:
    body = """
    $login = New-Object psobject -Property @{ UserName = 'info@beispiel.de'; Password = 'System.Security.SecureString' }
    $login.PSObject.TypeNames.Insert(0, 'Deserialized.System.Management.Automation.PSCredential')
    New-Object psobject -Property @{ AuthenticationCredential = $login }
    """
    found = values(run_agent, body, "AuthenticationCredential")
    assert found == {"AuthenticationCredential": {"UserName": "info@beispiel.de"}}


def test_text_crosses_in_ascii(run_stdin: Callable[..., Run]) -> None:
    text = 'Grüße – ‘x’ 漢字 \U0001f4e7 "\\/ \u0001\t\r\n\u2028 </a> &amp; \ufffe'
    step = {"id": text, "command": "Get-SendConnector", "parameters": {"Identity": text}, "select": ["Echo"]}
    request = {"protocol": 1, "exchange": "snapin", "steps": [step], "secrets": {}}
    done = run_stdin(stdin_of(request), reader("[pscustomobject] @{ Echo = $Identity }"))
    assert done.text.isascii()
    assert done.reply["results"][0]["output"] == [{"Echo": text}]
    assert done.reply["results"][0]["id"] == text


def test_parameters_arrive_with_their_types(run_agent: Agent) -> None:
    body = """
    $shown = foreach ($item in $Identity) { if ($null -eq $item) { 'null' } else { $item.GetType().Name } }
    [pscustomobject] @{ Types = @($shown); Keys = @($Identity[6].Keys); Secret = $Identity[7] -ceq $env:NONE }"""
    given = [1, 2**40, 0.5, True, "a", None, {"$odd": 1, "item": 2, "a b": 3, "": 4}, {"$secret": "login"}, [], [1]]
    reply = run_agent(reader(body), ("Get-SendConnector", {"Identity": given}, ["Types", "Keys"]))
    (found,) = reply["results"][0]["output"]
    kinds = ["Int32", "Int64", "Double", "Boolean", "String", "null", "Hashtable", "String", "Object[]", "Object[]"]
    assert found["Types"] == kinds
    assert sorted(found["Keys"]) == ["", "$odd", "a b", "item"]


def test_a_login_is_a_credential_with_its_whole_name(run_agent: Agent) -> None:
    body = """
    $same = $Identity.GetNetworkCredential().Password -ceq 'Zq7-lab-only-Kupferdach-9134'
    [pscustomobject] @{ Type = $Identity.GetType().Name; Name = $Identity.UserName; Same = $same }"""
    login = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}}}
    reply = run_agent(reader(body), ("Get-SendConnector", {"Identity": login}, ["Type", "Name", "Same"]))
    assert reply["results"][0]["output"] == [{"Type": "PSCredential", "Name": "info@beispiel.de", "Same": True}]


def test_an_error_that_ends_nothing_by_itself_fails_the_step(run_agent: Agent) -> None:
    reply = run_agent(
        reader("Write-Error 'no such thing' -Category InvalidData -ErrorId Odd; [pscustomobject] @{ Name = 'a' }"),
        ("Get-SendConnector", {}, ["Name"]),
    )
    (result,) = reply["results"]
    assert (result["status"], result["output"]) == ("failed", [])
    assert result["error"]["message"] == "no such thing"
    assert result["error"]["category"] == "InvalidData"
    assert result["error"]["code"] is None


def test_a_property_that_cannot_be_read_is_null_and_a_warning(run_agent: Agent) -> None:
    body = """
    $object = [pscustomobject] @{ Name = 'a' }
    $object | Add-Member ScriptProperty Broken { throw 'out of order: Zq7-lab-only-Kupferdach-9134' }
    $object"""
    reply = run_agent(reader(body), ("Get-SendConnector", {}, ["Broken", "Name"]))
    (result,) = reply["results"]
    assert (result["status"], result["output"]) == ("done", [{"Broken": None, "Name": "a"}])
    (warning,) = reply["warnings"]
    assert warning.startswith("The property Broken could not be read: ") and "out of order: ********" in warning


def test_warnings_are_collected_without_secrets(run_agent: Agent) -> None:
    body = f"Write-Warning 'first {PASSWORD}'; Write-Warning 'second'; if ($Identity) {{ throw 'stop' }}"
    reply = run_agent(reader(body), ("Get-SendConnector", {}, []), ("Get-SendConnector", {"Identity": 1}, []))
    assert [result["status"] for result in reply["results"]] == ["done", "failed"]
    assert reply["warnings"] == ["first ********", "second"] * 2


def test_writers_never_ask(run_agent: Agent) -> None:
    names = ("New-SendConnector", "Set-SendConnector", "Remove-SendConnector", "Set-TransportServer")
    cmdlets = "\n".join(
        f"""function {name} {{
            [CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High')] param($Identity, $Name)
            if ($PSCmdlet.ShouldProcess('it')) {{ [pscustomobject] @{{ Asked = $false }} }}
        }}"""
        for name in names
    )
    reply = run_agent(cmdlets, *((name, {}, ["Asked"]) for name in names))
    assert [result["output"] for result in reply["results"]] == [[{"Asked": False}]] * len(names)


def test_a_damaged_host_is_still_readable(run_agent: Agent) -> None:
    reply = run_agent("", ("Get-HostFacts", {}, ["ComputerName", "Windows", "Clock", "Exchange", "WinRM"]))
    (result,) = reply["results"]
    (facts,) = result["output"]
    assert result["status"] == "done"
    assert facts["ComputerName"] == "SBS"
    assert set(facts["Windows"].values()) == {None}
    clock = datetime.fromisoformat(facts["Clock"].pop("Utc"))
    assert abs(clock - datetime.now(UTC)) < timedelta(minutes=5)
    assert facts["Clock"] == {"TimeZone": None, "UtcOffsetMinutes": None}
    assert facts["WinRM"] == {"MaxMemoryPerShellMB": None}
    assert (facts["Exchange"]["Build"], facts["Exchange"]["Roles"]) == ("14.3.123.4", [])
    assert any("The WMI repository is damaged." in warning for warning in reply["warnings"])
    assert any("MaxMemoryPerShellMB" in warning for warning in reply["warnings"])


def test_a_function_that_was_not_sent_is_refused(run_stdin: Callable[..., Run]) -> None:
    steps = [{"id": name, "command": name} for name in ("Get-HostFacts", "Read-SmtpSendLog")]
    request = {"protocol": 1, "exchange": "none", "steps": steps, "secrets": {}}
    done = run_stdin(stdin_of(request, ["Get-HostFacts"]))
    assert [result["status"] for result in done.reply["results"]] == ["not_tried", "failed"]
    assert done.reply["results"][1]["error"]["code"] == "command_refused"


def test_a_snap_in_that_does_not_load_is_told_in_the_hosts_words(run_agent: Agent) -> None:
    reply = run_agent("throw 'mixed mode assembly'", ("Get-SendConnector", {}, []), ("Get-SendConnector", {}, []))
    errors = [result["error"] for result in reply["results"]]
    assert [error["code"] for error in errors] == ["exchange_not_loaded"] * 2
    assert "mixed mode assembly" in errors[0]["message"]
    assert errors[0] == errors[1]


def test_each_part_tells_all_warnings_so_far(run_stdin: Callable[..., Run]) -> None:
    """So those of the last part are the reply's, and a part that comes alone keeps its own."""
    steps = [{"id": name, "command": name, "always": True} for name in ("Get-HostFacts", "Get-SendConnector")]
    request = {"protocol": 1, "exchange": "snapin", "steps": steps, "secrets": SECRETS}
    done = run_stdin(stdin_of(request), reader("Write-Warning 'late'"))
    first, last = (part["warnings"] for part in parts_in(done.stdout.encode()))
    assert any("The WMI repository is damaged." in warning for warning in first)
    assert last == [*first, "late"]


def test_no_object_is_held_once_its_values_are_taken(run_agent: Agent) -> None:
    """The cmdlet counts which of its objects are still alive when it has given the last one but one."""
    body = """
    $made = [System.Collections.ArrayList]::new()
    foreach ($number in 1..200) {
        $object = [pscustomobject] @{ Number = $number; Alive = $null; Weight = 'x' * 10000 }
        [void] $made.Add([System.WeakReference]::new($object))
        $object
    }
    $object = $null
    [gc]::Collect()
    [gc]::WaitForPendingFinalizers()
    [gc]::Collect()
    [pscustomobject] @{ Number = 0; Alive = @($made | Where-Object { $_.IsAlive }).Count }"""
    reply = run_agent(reader(body), ("Get-SendConnector", {}, ["Number", "Alive"]))
    (*rows, counted) = reply["results"][0]["output"]
    assert [row["Number"] for row in rows] == list(range(1, 201))
    assert counted["Alive"] < 5


@pytest.mark.own_powershell
def test_a_reply_of_five_megabytes_arrives_whole(run_agent: Agent) -> None:
    body = "foreach ($number in 1..5000) { [pscustomobject] @{ Number = $number; Text = 'Größe €' * 150 } }"
    reply = run_agent(reader(body), ("Get-SendConnector", {}, ["Number", "Text"]))
    (result,) = reply["results"]
    assert [row["Number"] for row in result["output"]] == list(range(1, 5001))
    assert {row["Text"] for row in result["output"]} == {"Größe €" * 150}
