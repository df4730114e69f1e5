# The registry's values of TLS: an absent one is not 0, and a key that may not be read is not absent. Written below these
# places alone, whatever a request says. And the restart of the service that has to read them anew.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Read-RegistryKeys')
[void] $OwnCommands.Add('Set-RegistryValues')
[void] $OwnCommands.Add('Restart-TransportService')

# Below HKLM, each with the values that may be written there.
$RegistryPlaces = @{
    'SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols'           = @('Enabled', 'DisabledByDefault')
    'SOFTWARE\Microsoft\.NETFramework'                                                = @('SystemDefaultTlsVersions')
    'SOFTWARE\Wow6432Node\Microsoft\.NETFramework'                                    = @('SystemDefaultTlsVersions')
    'SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp'             = @('DefaultSecureProtocols')
    'SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp' = @('DefaultSecureProtocols')
}

function Read-RegistryKeys {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Keys)
    foreach ($path in @($Keys)) { [void] (Get-WritableNames $path) }
    foreach ($path in @($Keys)) {
        try { Read-OneKey $path }
        catch { Stop-AtRegistry $path $_ }
    }
}

# Values that are $null are removed, and with RemoveEmpty the key, if nothing is left in it then.
function Set-RegistryValues {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Key,
        $Values,
        [bool] $RemoveEmpty
    )
    if ($null -eq $Values) { $Values = @() }
    $names = Get-WritableNames $Key
    foreach ($each in @($Values)) { Assert-WritableValue $names $each }
    try {
        Write-KeyValues $Key $Values
        if ($RemoveEmpty) { Remove-EmptyKey $Key }
        return (Read-OneKey $Key)
    }
    catch { Stop-AtRegistry $Key $_ }
}

# The names of the values that may be written in a key.
function Get-WritableNames([string] $Path) {
    foreach ($place in @($RegistryPlaces.get_Keys())) {
        $within = ($Path + '\').StartsWith($place + '\', [System.StringComparison]::OrdinalIgnoreCase)
        if ($within -and ($Path -notmatch '\p{Cc}|\\\\|\\$')) { return $RegistryPlaces[$place] }
    }
    Stop-Step 'parameter_unreadable' "The key $Path is none of those that are written."
}

function Assert-WritableValue($Names, $Wanted) {
    if (@($Names) -notcontains $Wanted['Name']) {
        Stop-Step 'parameter_unreadable' "The value $($Wanted['Name']) is none of those that are written."
    }
    $number = $Wanted['Value']
    if (($null -ne $number) -and ($number -isnot [int])) {
        Stop-Step 'parameter_unreadable' "$($Wanted['Name']) is no whole number of 32 bits."
    }
}

function Stop-AtRegistry([string] $Path, $Record) {
    Stop-Step 'registry_refused' "HKLM\${Path}: $($Record.Exception.GetBaseException().Message)"
}

function Read-OneKey([string] $Path) {
    $row = @{ Key = $Path; Present = $false; Values = @(); SubKeys = @() }
    $found = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Path)
    if ($null -eq $found) { return $row }
    try {
        $row['Present'] = $true
        $row['Values'] = @(Read-KeyValues $found)
        $row['SubKeys'] = @($found.GetSubKeyNames())
    }
    finally { $found.Close() }
    return $row
}

# What is no DWORD is named, not shown.
function Read-KeyValues($Opened) {
    foreach ($name in @($Opened.GetValueNames())) {
        $row = @{ Name = $name; Kind = $Opened.GetValueKind($name).ToString(); Value = $null }
        if ($row['Kind'] -eq 'DWord') { $row['Value'] = $Opened.GetValue($name) }
        $row
    }
}

function Write-KeyValues([string] $Path, $Wanted) {
    if (Test-AddsValue $Wanted) { $opened = [Microsoft.Win32.Registry]::LocalMachine.CreateSubKey($Path) }
    else { $opened = [Microsoft.Win32.Registry]::LocalMachine.OpenSubKey($Path, $true) }
    if ($null -eq $opened) { return }
    try {
        foreach ($each in @($Wanted)) {
            if ($null -eq $each['Value']) { $opened.DeleteValue($each['Name'], $false) }
            else { $opened.SetValue($each['Name'], $each['Value'], [Microsoft.Win32.RegistryValueKind]::DWord) }
        }
    }
    finally { $opened.Close() }
}

# A key is made only for what is to stand in it.
function Test-AddsValue($Wanted) {
    foreach ($each in @($Wanted)) { if ($null -ne $each['Value']) { return $true } }
    return $false
}

function Remove-EmptyKey([string] $Path) {
    $left = Read-OneKey $Path
    if (-not $left['Present'] -or $left['Values'] -or $left['SubKeys']) { return }
    [Microsoft.Win32.Registry]::LocalMachine.DeleteSubKey($Path, $false)
}

# This one service alone; it is back when this returns, or the step has failed.
function Restart-TransportService {
    [CmdletBinding()]
    param([int] $TimeoutSeconds = 180)
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    $service = $null
    foreach ($found in @(Get-Service -Name 'MSExchangeTransport' -ErrorAction SilentlyContinue)) { $service = $found }
    if ($null -eq $service) { Stop-Step 'service_missing' 'There is no service MSExchangeTransport here.' }
    $before = $service.Status.ToString()
    Stop-HostService $service $TimeoutSeconds 'service_not_stopped'
    Start-HostService $service $TimeoutSeconds 'service_not_started'
    return @{ Name = $service.Name; Before = $before; Status = Get-ServiceStatus $service }
}
