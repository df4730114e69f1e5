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
        [string] $Connector
    )
    Assert-Range 'the number of Ids' @($Ids).Count 1 $MostIds
    $start = ConvertFrom-OutcomeTime $Since
    # Capitals count in an id, other than in a table of PowerShell's own.
    $rows = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    foreach ($id in @($Ids)) {
        $rows[[string] $id] = @{ Id = [string] $id; Sent = 0; Failed = 0; Recipients = New-Object System.Collections.ArrayList }
    }
    Get-MessageTrackingLog -EventId 'SEND' -Start $start -ResultSize Unlimited -ErrorAction Stop |
        ForEach-Object { Add-Sent $rows $_ $Connector }
    Get-MessageTrackingLog -EventId 'FAIL' -Start $start -ResultSize Unlimited -ErrorAction Stop |
        ForEach-Object { Add-Failed $rows $_ }
    return @(Get-OutcomeRows $rows $Ids)
}

function ConvertFrom-OutcomeTime([string] $Text) {
    try { $time = [datetime]::ParseExact($Text, "yyyy-MM-dd'T'HH:mm:ss'Z'", $Invariant) }
    catch { Stop-Step 'parameter_unreadable' 'Since is no time like 2026-11-25T10:00:00Z.' }
    return [datetime]::SpecifyKind($time, [System.DateTimeKind]::Utc).ToLocalTime()
}

function Get-OutcomeRow($Rows, $Logged) {
    if ($null -eq $Logged) { return $null }
    return $Rows[[string] $Logged.MessageId]
}

# A message of the same id may have left over another connector, which is another message.
function Add-Sent($Rows, $Logged, [string] $Connector) {
    $row = Get-OutcomeRow $Rows $Logged
    if ($null -eq $row) { return }
    $used = [string] $Logged.ConnectorId
    if ($Connector -and $used -and ($used -ne $Connector)) { return }
    $row['Sent'] = $row['Sent'] + @(Get-LoggedRecipients $Logged).Count
}

function Add-Failed($Rows, $Logged) {
    $row = Get-OutcomeRow $Rows $Logged
    if ($null -eq $row) { return }
    foreach ($recipient in @(Get-LoggedRecipients $Logged)) { [void] $row['Recipients'].Add($recipient) }
    $row['Failed'] = $row['Recipients'].get_Count()
}

function Get-LoggedRecipients($Logged) {
    foreach ($recipient in @($Logged.Recipients)) { if ($null -ne $recipient) { [string] $recipient } }
}

# In the order in which they were asked for; of which the log knows nothing, nothing is told.
function Get-OutcomeRows($Rows, $Ids) {
    foreach ($id in @($Ids)) {
        $row = $Rows[[string] $id]
        if (($null -eq $row) -or (($row['Sent'] + $row['Failed']) -eq 0)) { continue }
        $Rows.Remove([string] $id)
        @{ Id = $row['Id']; Sent = $row['Sent']; Failed = $row['Failed']; Recipients = $row['Recipients'].ToArray() }
    }
}
