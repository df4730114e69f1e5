# What Exchange's message tracking log writes here: kinds of events and how often, of nobody's mail in particular.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-TrackingForms')
$NeedsExchange['Get-TrackingForms'] = @('Get-MessageTrackingLog')

function Get-TrackingForms {
    [CmdletBinding()]
    param([int] $Hours = 24)
    Assert-Range 'Hours' $Hours 1 720
    $since = (Get-Date).AddHours(-$Hours)
    $counts = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    Get-MessageTrackingLog -Start $since -ResultSize 'Unlimited' -ErrorAction Stop |
        ForEach-Object { Add-TrackingForm $counts $_ }
    return $counts.get_Values()
}

function Add-TrackingForm($Counts, $Logged) {
    $row = @{ EventId = [string] $Logged.EventId; Source = [string] $Logged.Source; Count = 0; EmptySenders = 0 }
    $row['ConnectorId'] = [string] $Logged.ConnectorId
    $key = @($row['EventId'], $row['Source'], $row['ConnectorId']) -join ' '
    if (-not $Counts.ContainsKey($key)) { $Counts[$key] = $row }
    $row = $Counts[$key]
    $row['Count'] = $row['Count'] + 1
    if ([string] $Logged.Sender -eq '<>') { $row['EmptySenders'] = $row['EmptySenders'] + 1 }
}
