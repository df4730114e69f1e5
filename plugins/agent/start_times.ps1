# Since when Windows and its services run: what was changed later may not be in force yet.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-StartTimes')

function Get-StartTimes {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Services)
    $system = Get-WmiInstance 'Win32_OperatingSystem'
    $started = @(foreach ($name in @($Services)) { @{ Name = $name; Started = Get-ServiceStart $name } })
    return @{ Boot = ConvertFrom-WmiTime $system.LastBootUpTime; Services = $started }
}

# By its process, whose number is 0 where the service does not run.
function Get-ServiceStart([string] $Name) {
    $service = Get-WmiInstance 'Win32_Service' "Name='$Name'"
    if (-not $service.ProcessId) { return $null }
    $process = Get-WmiInstance 'Win32_Process' "ProcessId=$($service.ProcessId)"
    return (ConvertFrom-WmiTime $process.CreationDate)
}
