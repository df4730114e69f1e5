"""What cmdlets are given. A host that logs modules (event 4103, from PowerShell 3.0 on) writes every object that a
cmdlet binds to a parameter, from a pipeline too, into its event log as text: a secret would stand there in the
clear, and so would one that a server or a cmdlet repeats. Functions are not logged, nor are methods and operators.

So nothing reaches a cmdlet but constants and what stands here, each looked at: it cannot hold a secret, or shows its
type there instead of what it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import vocabulary
from .calls import own_functions, splatted_pairs
from .rule import at, rule
from .syntax import Script

_FILES = "files show their paths"
_SERVICES = "services show their types"
_LOG = "Get-MessageTrackingLog -EventId"
_ALL = "-ResultSize Unlimited -ErrorAction Stop"
_OBJECTS = "objects of Exchange or of Windows show their identities or types"
PIPED: dict[str, str] = {
    "Get-StepOutput: Invoke-Listed $command $given": "goes on to a function, which is not logged",
    "Get-WmiInstance: Get-WmiObject @asked": _OBJECTS,
    "Add-Certificate: $Chain.ChainStatus": "what is wrong in a chain of certificates: its type",
    "Add-Certificate: @($facts['Problem']) + ($why -join ', ')": ".NET's names of that",
    "Get-LogFiles: $folder.GetFiles()": _FILES,
    "Get-LogFiles: $files": _FILES,
    "Get-FolderFiles: $found.GetFiles()": _FILES,
    "Get-FolderFiles: $files": _FILES,
    "Get-Pop3Backups: $found": _FILES,
    "Find-Pop3Controller: Get-Service -Name $name -ErrorAction SilentlyContinue": _SERVICES,
    "Find-Pop3Controller: $found": _SERVICES,
    "Get-ServiceInstance: Get-WmiObject -Class 'Win32_Service' -Filter $filter -ErrorAction Stop": _OBJECTS,
    "Stop-HostService: $Controller.DependentServices": _SERVICES,
    "Stop-HostService: $others": _SERVICES,
    "Stop-HostService: $needed": _SERVICES,
    "Read-Pop3Records: Get-Pop3Backups $place": _FILES,
    "Get-EditPiece: @('Data', 'Copy', 'Password')": "constants",
    "Get-BackupFile: Get-Pop3Backups $Place": _FILES,
    "Read-Pop3File: Get-Pop3Backups $Place": _FILES,
    "Get-NewestLog: Get-FolderFiles $Folder '*.log'": _FILES,
    "Get-WholeServiceFacts: (Find-Pop3Controller $Name).ServicesDependedOn": _SERVICES,
    "Get-WholeServiceFacts: $needs": _SERVICES,
    "Get-Pop3Folders: Get-FolderFiles $row[0] $row[1]": _FILES,
    "Get-ProgramStrings: Get-FolderFiles $Folder '*pop3*'": _FILES,
    "Get-RegistryFacts: $keys": "keys of the registry show their paths",
    "Get-ServiceList: Get-Service": _SERVICES,
    "Get-StartModes: Get-WmiObject -Class 'Win32_Service' -ErrorAction Stop": _OBJECTS,
    f"Get-SentSenders: {_LOG} 'Send' -Start $since -ResultSize 'Unlimited' -ErrorAction Stop": _OBJECTS,
    "Measure-Queue: Get-Message -ResultSize Unlimited -ErrorAction Stop": _OBJECTS,
    f"Add-Traffic: {_LOG} $eventId -Start $start {_ALL}": _OBJECTS,
    f"Get-MessageOutcomes: {_LOG} $eventId -Start $start {_ALL}": _OBJECTS,
    "Get-EventCounts: Get-EventLog -LogName 'Application' -Newest $EventLimit -ErrorAction Stop": _OBJECTS,
    f"Measure-SmtpClients: {_LOG} 'Receive' -Start $since -ResultSize 'Unlimited' -ErrorAction Stop": _OBJECTS,
    f"Get-ReceivedMail: {_LOG} $eventId -Start $start {_ALL}": _OBJECTS,
    "Get-TrackingForms: Get-MessageTrackingLog -Start $since -ResultSize 'Unlimited' -ErrorAction Stop": _OBJECTS,
}
"""The first elements of pipelines, each with its function, and why what comes of them may be seen."""

GIVEN: dict[str, set[str]] = {
    "Add-PSSnapin": {"$Snapin"},
    # The distinguished name of a connector that is there.
    "Get-ADPermission": {"$Name"},
    "Get-Acl": {"([System.Management.Automation.WildcardPattern]::Escape($File))"},
    "Get-ChildItem": {"$path"},
    "Get-EventLog": {"$EventLimit"},
    "Get-Item": {"$path"},
    "Get-ItemProperty": {"('HKLM:\\' + $Path)"},
    "Get-MessageTrackingLog": {"$eventId", "$since", "$start"},
    "Get-PSSnapin": {"$Snapin"},
    "Get-ReceiveConnector": {"$env:COMPUTERNAME"},
    "Get-Service": {"$name"},
    "Get-TransportServer": {"$env:COMPUTERNAME"},
    "Get-WmiObject": {"@asked", "$filter"},
    "Import-PSSession": {"$Exchange['Session']", "$wanted"},
    "New-Object": {
        # A login: its name, and a SecureString, which shows its type.
        "($Parts['username'], $password)",
        # Streams, arrays of bytes, certificates and script blocks show their types.
        "($Talk['Stream'], $true, $callback)",
        "($said, $true)",
        "($Certificate)",
        "($plain, [System.Text.Encoding]::ASCII)",
        "($stream, [System.Text.Encoding]::UTF8)",
        "($zip, [System.Text.Encoding]::ASCII)",
        "($zipped, [System.IO.Compression.CompressionMode]::Compress)",
        "($zipped, [System.IO.Compression.CompressionMode]::Decompress)",
        "(, [System.Convert]::FromBase64String($sent))",
        # Paths and names that a request gives.
        "($File, $create, [System.IO.FileAccess]::Write, $none, 65536, $through)",
        "($File, $open, [System.IO.FileAccess]::Read, $none)",
        "($File, $open, [System.IO.FileAccess]::Read, $share)",
        "($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)",
        "($Folder)",
        "($Path)",
        "($place['File'], '-downloadNow')",
        "('schtasks.exe', $Arguments)",
        "('dcdiag.exe', '/q')",
        # Constants and numbers.
        "($Pattern)",
        "('(?:[\\x20-\\x7E]\\x00){3,120}')",
        "('[^\\x00-\\x7F]')",
        "('\\r\\n')",
        "($big, $false, $true)",
        "($false, $true)",
        "(0, 0, $Seconds)",
        "([System.StringComparer]::Ordinal)",
        "([System.StringComparer]::OrdinalIgnoreCase)",
        "([char] 'x', [int] ($longest / $File['Unit']))",
    },
    # The login in it is a credential, which shows its type.
    "New-PSSession": {"@session"},
    "Remove-PSSession": {"$Exchange['Session']"},
    "Select-Object": set(),
    "Set-Acl": {"$found", "([System.Management.Automation.WildcardPattern]::Escape($file))"},
    "Sort-Object": {"CreationTimeUtc, Name", "LastWriteTimeUtc, Name"},
}
"""What cmdlets are given besides constants, as it is written."""

_CONSTANT = ("StringConstantExpression", "ConstantExpression", "ScriptBlockExpression")
_SWITCHES = {"$true", "$false"}


@rule
def only_known_objects_in_pipelines(script: Script) -> Iterator[str]:
    for node in pipelines(script):
        if piped(node) not in PIPED:
            yield at(node, f"{node['first']} passes a pipeline, where it may be logged; loop over it")


@rule
def only_known_values_for_cmdlets(script: Script) -> Iterator[str]:
    for node in cmdlet_calls(script):
        for text in values(node):
            if text not in GIVEN.get(node["name"], set()):
                yield at(node, f"{node['name']} is given {text}, which may be logged; take a method or a cast")
        for pair in splatted_pairs(script, node):
            if "ecret" in pair["value"] or "lear" in pair["value"]:
                yield at(node, f"{node['name']} is given {pair['value']}")


def pipelines(script: Script) -> list[dict[str, Any]]:
    """Pipelines of more than one element."""
    return [node for node in script.of_kind("Pipeline") if node["length"] > 1]


def piped(node: dict[str, Any]) -> str:
    """A pipeline as the table has it."""
    return f"{node['function']}: {node['first']}"


def cmdlet_calls(script: Script) -> Iterator[dict[str, Any]]:
    """Calls of what is no function of the agent's own."""
    own = own_functions(script) | script.beside
    yield from (node for node in script.of_kind("Command") if node["name"] in vocabulary.commands().keys() - own)


def values(node: dict[str, Any]) -> Iterator[str]:
    """What a call is given, as it is written, but for constants."""
    yield from (each["text"] for each in node["arguments"] if each["kind"] not in _CONSTANT)
    yield from (each["value"] for each in node["parameters"] if each["value"] and each["value"] not in _SWITCHES)


def given(script: Script) -> set[tuple[str, str]]:
    """All that the script's cmdlets are given, but for constants."""
    return {(node["name"], text) for node in cmdlet_calls(script) for text in values(node)}
