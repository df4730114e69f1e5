"""For each lint rule, what it must refuse and what it must let pass."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[list[str], list[str]]] = {
    "parses": (["if ($x {"], ["if ($x) { }"]),
    "ascii_only": (["# Gr\u00fc\u00dfe"], ["# Gruesse"]),
    "known_syntax": (
        [
            "class Connector { [string] $Name }",
            "enum Level { None; Verbose }",
            "using namespace System.IO",
            "$x = $a ? 1 : 2",
            "Get-Item -Path a && Get-Item -Path b",
            "Get-Item -Path a || Get-Item -Path b",
            "Invoke-Command -ScriptBlock { $using:name }",
        ],
        ["function Get-Name { try { return 1 } catch { throw } finally { $x = @{ a = 1 } } }\nwhile ($true) { break }"],
    ),
    "known_operators": (
        [
            "'a' -in @('a')",
            "'a' -notin @('a')",
            "'a' -cin @('a')",
            "1 -shl 2",
            "1 -shr 2",
            "$x ?? 1",
            "$x ??= 1",
            "${x}?.Name",
            "${x}?[0]",
            "$x ? 1 : 2",
            "0b101",
            "1u",
            "Get-Item -Path a\n| Sort-Object",
        ],
        [
            "@('a') -contains 'a'; 1 -bor 2; 10MB; 0x1f; 1.5d; 'a' -split 'b' -join 'c'",
            "Get-Item -Path a |\n  Sort-Object",
        ],
    ),
    "known_escapes": (['"`u{20ac}"', '"a`e[0m"'], ['"a`n`t`$"', "'`u{20ac}'"]),
    "known_variables": (
        ["@(1) | ForEach-Object { $PSItem }", "$PSScriptRoot", "$PSCommandPath", "if ($IsWindows) { }"],
        ["@(1) | ForEach-Object { $_ }; $MyInvocation; $PSVersionTable"],
    ),
    "no_requirements": (["#requires -Modules ActiveDirectory", "#requires -Version 5"], ["# requires nothing"]),
    "known_redirections": (
        ["Get-Item -Path a 3> $null", "Get-Item -Path a *> $null", "Get-Item -Path a 6>&1", "Get-Item -Path a 4>&1"],
        ["Get-Item -Path a 2> $null", "Get-Item -Path a 2>&1"],
    ),
    "mandatory_has_a_value": (
        [
            "function A { param([Parameter(Mandatory)] $X) }",
            "function A { [CmdletBinding(SupportsShouldProcess)] param() }",
        ],
        ["function A { param([Parameter(Mandatory = $true)] $X) }"],
    ),
    "known_commands": (
        [
            "ConvertTo-Json 1",
            "Get-CimInstance Win32_OperatingSystem",
            "Resolve-DnsName example.com",
            "gwmi Win32_OperatingSystem",
            "Invoke-Expression $text",
            "Get-Mail",
        ],
        ["Get-WmiObject -Class Win32_OperatingSystem; Get-SendConnector; function Read-It { }; Read-It"],
    ),
    "dynamic_calls_in_one_place": (
        ["function A { & $Command }", ". $Path", "& { 1 }", "function Invoke-Listed { & $Other }"],
        ["function Invoke-Listed([string] $Command, $Given) { & $Command @Given }"],
    ),
    "known_parameters": (
        [
            "Get-Content -Path a -Raw",
            "Get-Content -Path a -Tail 5",
            "Select-Object -SkipLast 1",
            "Get-ChildItem -File",
            "Get-WmiObject -Cla Win32_OperatingSystem",
            "New-SendConnector -Name a -TlsCertificateName b",
            "Set-SendConnector -Identity a -Usage Custom",
            "Get-Item -Path a -PipelineVariable p",
            "$splat = @{ Path = 'a'; Raw = $true }\nGet-Content @splat",
        ],
        [
            "Get-Content -Path a -TotalCount 5",
            "Set-SendConnector -Identity a -SmartHosts b -Confirm:$false -ErrorAction Stop -WarningVariable w",
            "$splat = @{ Path = 'a' }\nGet-Content @splat -ErrorAction Stop",
        ],
    ),
    "known_action_preferences": (
        [
            "Get-Item -Path a -ErrorAction Ignore",
            "Get-Item -Path a -ErrorAction:Ignore",
            "Get-Item -Path a -WarningAction 'Ignore'",
            "$splat = @{ Path = 'a'; ErrorAction = 'Ignore' }\nGet-Item @splat",
        ],
        ["Get-Item -Path a -ErrorAction SilentlyContinue"],
    ),
    "script_blocks_for_where_and_foreach": (
        ["Get-Item -Path a | Where-Object Name -eq 'b'", "Get-Item -Path a | ForEach-Object Name"],
        ["Get-Item -Path a | Where-Object { $_ } | ForEach-Object { $_ }"],
    ),
    "known_types": (
        [
            "[ordered] @{ }",
            "[pscustomobject] @{ }",
            "[pscredential] $x",
            "[ipaddress] '127.0.0.1'",
            "[System.Threading.Tasks.Task]::Delay(1)",
            "[System.IO.Compression.ZipFile]",
            "[System.Numerics.BigInteger] 1",
            "New-Object System.Net.Http.HttpClient",
            "New-Object -TypeName System.Net.Http.HttpClient",
            "New-Object $type",
            "function A { [OutputType([string])] param() }",
        ],
        [
            "[string] $x; [System.Text.Encoding]::ASCII; [datetime] $y; [string[]] $z; [void] 1",
            "New-Object System.IO.MemoryStream(, $bytes); New-Object -TypeName System.Collections.ArrayList",
        ],
    ),
    "known_members": (
        [
            "[System.IO.MemoryStream]::new()",
            "[string]::IsNullOrWhiteSpace($x)",
            "[System.Convert]::ToHexString($x)",
            "[System.Text.Encoding]::Latin1",
            "@(1).Where({ $_ })",
            "@(1).ForEach({ $_ })",
            "$stream.CopyTo($other)",
            "$builder.Clear()",
            "$x.$name",
        ],
        ["[System.Convert]::ToBase64String($x); $list.Add(1); $text.Replace('a', 'b'); @(1).Count"],
    ),
    "counts_only_lists": (
        ["$items.Count", "(Get-Item -Path a).Count", "$items.Length -gt 0"],
        ["@($items).Count", "@(Get-Item -Path a).Length"],
    ),
    "loops_over_lists": (
        ["foreach ($x in $items) { }", "foreach ($x in Get-Item -Path a) { }", "foreach ($x in $table.get_Keys()) { }"],
        ["foreach ($x in @($items)) { }", "foreach ($x in @('a', 'b')) { }"],
    ),
    "logins_by_user_name": (
        [
            "$c.AuthenticationCredential.GetNetworkCredential().UserName",
            "$x.GetNetworkCredential()",
            "$Credential.Password",
            "[System.Runtime.InteropServices.Marshal]::SecureStringToBSTR($x)",
            "function Test-It { [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($x) }",
            "function Get-ClearPassword { $Credential.GetNetworkCredential() }",
        ],
        [
            "$c.AuthenticationCredential.UserName",
            "$network.Domain",
            "function Get-ClearPassword { return $Credential.Password }",
        ],
    ),
    "writers_do_not_ask": (
        [
            "Set-SendConnector -Identity a -ErrorAction Stop",
            "Remove-SendConnector -Identity a -Confirm:$true",
            "Remove-SendConnector -Identity a -Confirm",
            "$ExchangeCommands = @{ 'New-SendConnector' = @{ } }",
            "$ExchangeCommands = @{ 'New-SendConnector' = @{ Confirm = $true } }",
        ],
        [
            "Set-SendConnector -Identity a -Confirm:$false",
            "$splat = @{ Confirm = $false }\nRemove-SendConnector @splat",
            "$ExchangeCommands = @{ 'New-SendConnector' = @{ Confirm = $false }; 'Get-SendConnector' = @{ } }",
        ],
    ),
    "readers_read_all": (
        [
            "Get-Mailbox -ErrorAction Stop",
            "Get-Mailbox -ResultSize 1000",
            "$ExchangeCommands = @{ 'Get-Mailbox' = @{ } }",
        ],
        [
            "Get-Mailbox -ResultSize Unlimited",
            "$ExchangeCommands = @{ 'Get-Mailbox' = @{ ResultSize = 'Unlimited' }; 'Get-SendConnector' = @{ } }",
        ],
    ),
    "direct_calls_stop": (
        ["Get-SendConnector", "Get-SendConnector -ErrorAction SilentlyContinue"],
        ["Get-SendConnector -ErrorAction Stop", "Get-Item -Path a"],
    ),
    "listed_commands_exist": (
        [
            "$ExchangeCommands = @{ 'Get-TransportService' = @{ } }",
            "$ExchangeCommands = @{ 'Get-Process' = @{ } }",
            "$ExchangeCommands = @{ 'Get-SendConnector' = @{ ResultSize = 'Unlimited' } }",
        ],
        ["$ExchangeCommands = @{ 'Get-SendConnector' = @{ } }"],
    ),
    "only_known_objects_in_pipelines": (
        [
            "$Hidden | Sort-Object -Property Length",
            "$Secrets.get_Values() | ForEach-Object { $_ }",
            "@($Talk['Words'] | Select-Object -Skip 1)",
            "$_.Exception.Message | Out-Null",
            "Get-Content -Path a | ForEach-Object { $_ }",
            "function Get-Other { $files | Sort-Object -Property Name }",
        ],
        [
            "function Get-FolderFiles { $files | Sort-Object -Property Name }",
            "foreach ($word in @($Talk['Words'])) { $word.Trim() }",
        ],
    ),
    "only_known_values_for_cmdlets": (
        [
            "New-Object System.InvalidOperationException($Message)",
            "Sort-Object -InputObject $Hidden",
            "Write-Output $clear",
            "Select-Object -InputObject:$Secrets -First 1",
            "New-Object System.Text.RegularExpressions.Regex($secret)",
            "Get-Item -Path ('a' + $Text)",
            "$given = @{ Path = $clear }\nGet-Item @given",
        ],
        [
            "[System.InvalidOperationException] $Message",
            "function Hide-It { }; Hide-It $Secret",
            "Get-ItemProperty -Path 'HKLM:\\SOFTWARE' -ErrorAction SilentlyContinue; Get-Queue -Confirm:$false",
        ],
    ),
}
