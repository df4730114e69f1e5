# Which services are here: other collectors of mail are known by the names of theirs.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-ServiceList')

function Get-ServiceList {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Names)
    $modes = Get-StartModes
    foreach ($service in @(Get-Service | Where-Object { Test-ServiceName $_ $Names } | Sort-Object -Property Name)) {
        @{
            Name        = $service.Name
            DisplayName = $service.DisplayName
            Status      = $service.Status.ToString()
            StartMode   = $modes[$service.Name]
        }
    }
}

function Test-ServiceName($Service, $Names) {
    foreach ($name in @($Names)) {
        if (($Service.Name -like $name) -or ($Service.DisplayName -like $name)) { return $true }
    }
    return $false
}

# All of them in one question.
function Get-StartModes {
    $modes = @{ }
    try {
        foreach ($found in @(Get-WmiObject -Class 'Win32_Service' -ErrorAction Stop | Where-Object { $null -ne $_ })) {
            $modes[$found.Name] = $found.StartMode
        }
    }
    catch { Add-Warning "The start modes of services could not be read: $($_.Exception.Message)" }
    return $modes
}
