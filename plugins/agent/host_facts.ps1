# Which host this is, and what runs on it.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-HostFacts')
[void] $OwnCommands.Add('Get-ShellLimits')

function Get-HostFacts {
    [CmdletBinding()]
    param()
    $system = Get-WmiInstance 'Win32_OperatingSystem'
    $network = Get-RegistryKey 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    $zone = Get-RegistryKey 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation'
    return @{
        ComputerName = $env:COMPUTERNAME
        Fqdn         = Get-HostFqdn $network
        Domain       = $network.Domain
        Windows      = Get-WindowsFacts $system
        PowerShell   = @{
            Version = $PSVersionTable.PSVersion.ToString()
            Clr     = [System.Environment]::Version.ToString()
        }
        Exchange     = Get-ExchangeFacts
        Clock        = @{
            Utc              = Get-HostClock $system
            TimeZone         = $zone.TimeZoneKeyName
            UtcOffsetMinutes = $system.CurrentTimeZone
        }
        WinRM        = @{ MaxMemoryPerShellMB = Get-ShellMemory }
    }
}

function Get-WindowsFacts($System) {
    $language = $null
    if ($null -ne $System.OSLanguage) { $language = '{0:x4}' -f [int] $System.OSLanguage }
    return @{
        Version      = $System.Version
        Caption      = $System.Caption
        ServicePack  = $System.ServicePackMajorVersion
        Architecture = $System.OSArchitecture
        Sku          = $System.OperatingSystemSKU
        SuiteMask    = $System.OSProductSuite
        Language     = $language
    }
}

# Where WMI is damaged, PowerShell knows the time as well.
function Get-HostClock($System) {
    $time = ConvertFrom-WmiTime $System.LocalDateTime
    if ($null -eq $time) { return (Get-Date).ToUniversalTime() }
    return $time
}

# The WMI form of a time, 20261124213936.123456+060, as UTC.
function ConvertFrom-WmiTime([string] $Text) {
    if (-not ($Text -match '^([0-9]{14})\.[0-9]{6}([+-][0-9]{3})$')) { return $null }
    $local = [datetime]::ParseExact($matches[1], 'yyyyMMddHHmmss', $Invariant)
    return [datetime]::SpecifyKind($local.AddMinutes(-[int] $matches[2]), [System.DateTimeKind]::Utc)
}

function Get-ShellLimits {
    [CmdletBinding()]
    param()
    return @{ MaxMemoryPerShellMB = Get-ShellMemory }
}

function Get-ShellMemory {
    try { return [int] (Get-Item -Path 'WSMan:\localhost\Shell\MaxMemoryPerShellMB' -ErrorAction Stop).Value }
    catch { Add-Warning "MaxMemoryPerShellMB could not be read: $($_.Exception.Message)" }
}
