# What became of messages that left a queue: out of Exchange's message tracking log, for these messages alone.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-MessageOutcomes')
$NeedsExchange['Get-MessageOutcomes'] = @('Get-MessageTrackingLog')

$MostIds = 1000

function Get-MessageOutcomes {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Since,
        [Parameter(Mandatory = $true)] $Ids,
        $Events = @('SEND', 'FAIL')
    )
    Assert-Range 'the number of Ids' @($Ids).Count 1 $MostIds
    $start = ConvertFrom-OutcomeTime $Since
    # Capitals count in an id, other than in a table of PowerShell's own.
    $rows = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    foreach ($id in @($Ids)) { $rows[[string] $id] = New-Object System.Collections.Specialized.OrderedDictionary }
    foreach ($name in @($Events)) {
        $eventId = [string] $name
        Get-MessageTrackingLog -EventId $eventId -Start $start -ResultSize Unlimited -ErrorAction Stop |
            ForEach-Object { Add-Outcome $rows $_ }
    }
    return @(Get-OutcomeRows $rows $Ids)
}

function ConvertFrom-OutcomeTime([string] $Text) {
    try { $time = [datetime]::ParseExact($Text, "yyyy-MM-dd'T'HH:mm:ss'Z'", $Invariant) }
    catch { Stop-Step 'parameter_unreadable' 'Since is no time like 2026-11-25T10:00:00Z.' }
    return [datetime]::SpecifyKind($time, [System.DateTimeKind]::Utc).ToLocalTime()
}

# By event, source, connector and reason: the same id may stand for several messages.
function Add-Outcome($Rows, $Logged) {
    if ($null -eq $Logged) { return }
    $forms = $Rows[[string] $Logged.MessageId]
    if ($null -eq $forms) { return }
    $row = @{ EventId = [string] $Logged.EventId; Source = [string] $Logged.Source }
    $row['ConnectorId'] = [string] $Logged.ConnectorId
    $row['Text'] = @((Get-LoggedReasons $Logged).get_Values())[0]
    $key = @($row['EventId'], $row['Source'], $row['ConnectorId'], (Get-TextKind $row['Text'])) -join "`n"
    if (-not $forms.Contains($key)) {
        $row['Recipients'] = New-Object System.Collections.ArrayList
        $forms[$key] = $row
    }
    foreach ($recipient in @(Get-LoggedRecipients $Logged)) { [void] $forms[$key]['Recipients'].Add($recipient) }
}

# In the order in which they were asked for; of which the log knows nothing, nothing is told.
function Get-OutcomeRows($Rows, $Ids) {
    foreach ($id in @($Ids)) {
        $forms = $Rows[[string] $id]
        if (($null -eq $forms) -or ($forms.get_Count() -eq 0)) { continue }
        $Rows.Remove([string] $id)
        $events = New-Object System.Collections.ArrayList
        foreach ($row in @($forms.get_Values())) {
            $row['Recipients'] = $row['Recipients'].ToArray()
            [void] $events.Add($row)
        }
        @{ Id = [string] $id; Events = $events.ToArray() }
    }
}
