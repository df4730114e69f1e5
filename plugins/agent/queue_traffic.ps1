# What message tracking has of the last hours, counted by event and source; what that means is decided elsewhere.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

$MostCauses = 100

# By the host's own clock.
function New-Traffic([int] $Hours, [int] $Back) {
    $now = (Get-HostClock (Get-WmiInstance 'Win32_OperatingSystem')).ToUniversalTime()
    $traffic = @{ Recent = $now.AddHours(-$Hours); Since = $now.AddHours(-$Back); Problem = $null }
    foreach ($name in @('Events', 'Causes')) {
        $traffic[$name] = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    }
    return $traffic
}

# The log is read by a service of its own; where that stands, what waits is told all the same.
function Read-Traffic($Traffic, $Counted, $Latest, $Causes) {
    try {
        Add-Traffic $Traffic $Counted $Traffic['Recent'] $false
        Add-Traffic $Traffic $Latest $Traffic['Since'] $false
        Add-Traffic $Traffic $Causes $Traffic['Since'] $true
    }
    catch { $Traffic['Problem'] = Hide-Secret $_.Exception.Message }
}

function Add-Traffic($Traffic, $Events, $Since, [bool] $WithCauses) {
    foreach ($name in @($Events)) {
        $eventId = [string] $name
        if (-not $eventId) { continue }
        $start = $Since.ToLocalTime()
        Get-MessageTrackingLog -EventId $eventId -Start $start -ResultSize Unlimited -ErrorAction Stop |
            ForEach-Object { Add-Tracked $Traffic $_ $WithCauses }
    }
}

function Add-Tracked($Traffic, $Logged, [bool] $WithCauses) {
    if ($null -eq $Logged) { return }
    $row = @{ EventId = [string] $Logged.EventId; Source = [string] $Logged.Source; Count = 0; Last = $null }
    $key = $row['EventId'] + ' ' + $row['Source']
    if (-not $Traffic['Events'].ContainsKey($key)) { $Traffic['Events'][$key] = $row }
    $row = $Traffic['Events'][$key]
    $time = $Logged.Timestamp.ToUniversalTime()
    if ($time -ge $Traffic['Recent']) { $row['Count']++ }
    if (($null -eq $row['Last']) -or ($time -gt $row['Last'])) { $row['Last'] = $time }
    if ($WithCauses) { Add-Causes $Traffic['Causes'] $row $Logged $time }
}

# A message that was refused for several recipients is one.
function Add-Causes($Causes, $Form, $Logged, $Time) {
    $sender = Get-EnvelopeSender $Logged
    $reasons = Get-LoggedReasons $Logged
    foreach ($kind in @($reasons.get_Keys())) {
        $key = @($Form['EventId'], $Form['Source'], $sender, $kind) -join "`n"
        if (-not $Causes.ContainsKey($key)) { $Causes[$key] = New-Cause $Form $sender $reasons[$kind] }
        $row = $Causes[$key]
        $row['Ids'][[string] $Logged.MessageId] = $true
        $row['First'] = Get-Earlier $row['First'] $Time
        if (($null -eq $row['Last']) -or ($Time -gt $row['Last'])) { $row['Last'] = $Time }
    }
}

function New-Cause($Form, [string] $Sender, [string] $Text) {
    $row = @{ EventId = $Form['EventId']; Source = $Form['Source']; Sender = $Sender; Text = $Text; First = $null; Last = $null }
    $row['Ids'] = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    return $row
}

function Get-TrafficTable($Traffic) {
    $events = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($key in @($Traffic['Events'].get_Keys())) { $events[$key] = $Traffic['Events'][$key] }
    $rows = New-Object System.Collections.ArrayList
    foreach ($row in @($Traffic['Causes'].get_Values())) {
        $row['Count'] = $row['Ids'].get_Count()
        $row.Remove('Ids')
        $row['Order'] = @($row['Text'], $row['Sender'], $row['EventId'], $row['Source']) -join "`n"
        [void] $rows.Add($row)
    }
    $causes = Get-MostFrequent $rows 'Order' $MostCauses
    foreach ($row in @($causes)) { $row.Remove('Order') }
    $left = $rows.get_Count() - $causes.get_Length()
    $table = @{ Identity = $null; Events = @($events.get_Values()); Causes = $causes; CausesLeftOut = $left }
    if ($Traffic['Problem']) { $table = @{ Identity = $null; Events = $null; Causes = @(); CausesLeftOut = 0 } }
    $table['Problem'] = $Traffic['Problem']
    return $table
}
