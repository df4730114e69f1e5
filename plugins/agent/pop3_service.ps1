# The POP3 connector's service: what it is doing, and the mark that it was stopped.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Set-Pop3Service')

function Set-Pop3Service {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Status,
        [string] $Service,
        [string] $Path,
        [int] $TimeoutSeconds = 60
    )
    $place = Get-Pop3Place $Path
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    if (@('Running', 'Stopped') -cnotcontains $Status) {
        Stop-Step 'parameter_unreadable' "Status is '$Status'; it must be Running or Stopped."
    }
    $controller = Get-Pop3Controller $Service
    $before = $controller.Status.ToString()
    if ($Status -eq 'Running') { Start-HostService $controller $TimeoutSeconds 'pop3_service_not_started' }
    else { Stop-HostService $controller $TimeoutSeconds 'pop3_service_not_stopped' }
    Remove-Pop3Mark $place
    return @{ Name = $controller.Name; Before = $before; Status = Get-ServiceStatus $controller }
}

# Its own characters only: the name becomes part of a pattern and of a query.
function Get-Pop3ServiceName([string] $Service) {
    if (-not $Service) { return 'pop3connector' }
    if ($Service -match '[\p{Cc}*?''"\[\]\\/%`]') { Stop-Step 'parameter_unreadable' 'Service is no name of one.' }
    return $Service
}

# The service, or nothing.
function Find-Pop3Controller([string] $Service) {
    $name = Get-Pop3ServiceName $Service
    $found = @(Get-Service -Name $name -ErrorAction SilentlyContinue | Where-Object { $_.Name -eq $name })
    return ($found | Select-Object -First 1)
}

function Get-Pop3Controller([string] $Service) {
    $controller = Find-Pop3Controller $Service
    if ($null -eq $controller) {
        Stop-Step 'pop3_service_missing' "There is no service $(Get-Pop3ServiceName $Service) here."
    }
    return $controller
}

# Status and mode as Windows names them, in no language.
function Get-Pop3ServiceFacts([string] $Service) {
    $controller = Find-Pop3Controller $Service
    $facts = @{ Name = Get-Pop3ServiceName $Service; Exists = $false; DisplayName = $null; Status = $null }
    $facts['StartMode'] = $null
    if ($null -eq $controller) { return $facts }
    $facts['Exists'] = $true
    $facts['Name'] = $controller.Name
    $facts['DisplayName'] = $controller.DisplayName
    $facts['Status'] = $controller.Status.ToString()
    $facts['StartMode'] = (Get-ServiceInstance $controller.Name).StartMode
    return $facts
}

function Get-ServiceInstance([string] $Name) {
    $filter = "Name='$Name'"
    try { return (Get-WmiObject -Class 'Win32_Service' -Filter $filter -ErrorAction Stop | Select-Object -First 1) }
    catch { Add-Warning "The service $Name could not be read in WMI: $($_.Exception.Message)" }
}

# Beside the connector's file while the service is stopped for its sake: 'running' or 'stopped', as it was before. Where
# it is found, a write never came to its end.
function Get-Pop3MarkFile($Place) {
    return ($Place['File'] + '.sbs-mailflow')
}

function Read-Pop3Mark($Place) {
    $file = Get-Pop3MarkFile $Place
    if (-not [System.IO.File]::Exists($file)) { return $null }
    $text = [System.Text.Encoding]::ASCII.GetString((Read-SharedFile $file))
    return ($text.Substring(0, [System.Math]::Min(100, $text.get_Length()))).Trim()
}

function Write-Pop3Mark($Place, [string] $Before) {
    [System.IO.File]::WriteAllText((Get-Pop3MarkFile $Place), $Before, [System.Text.Encoding]::ASCII)
}

function Remove-Pop3Mark($Place) {
    $file = Get-Pop3MarkFile $Place
    if ([System.IO.File]::Exists($file)) { [System.IO.File]::Delete($file) }
}
