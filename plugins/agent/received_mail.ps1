# What came in, out of Exchange's message tracking log: how much from whom, what came twice, and the way of single messages.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-ReceivedMail')
$NeedsExchange['Get-ReceivedMail'] = @('Get-MessageTrackingLog')

$MostAskedIds = 1000
# Different messages that are compared, and what is told of each kind.
$MostReceived = 100000
$ReceivedRows = 1000
$WayRows = 2000

function Get-ReceivedMail {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [int] $Hours, $MessageIds)
    Assert-Range 'Hours' $Hours 1 720
    $ids = @(foreach ($id in @($MessageIds)) { if ($null -ne $id) { [string] $id } })
    Assert-Range 'the number of MessageIds' @($ids).Count 0 $MostAskedIds
    $start = (Get-Date).AddHours(-$Hours)
    $mail = @{ Cut = $false; Clients = New-OrdinalTable; Times = New-OrdinalTable; Ways = New-OrdinalTable }
    foreach ($id in @($ids)) { $mail['Ways'][$id] = New-Object System.Collections.ArrayList }
    foreach ($eventId in @(Get-WantedEvents $ids)) {
        Get-MessageTrackingLog -EventId $eventId -Start $start -ResultSize Unlimited -ErrorAction Stop |
            ForEach-Object { Add-ReceivedLine $mail $_ }
    }
    @{ Counts = Get-TopRows $mail 'Clients' 1; Twice = Get-TopRows $mail 'Times' 2; Cut = $mail['Cut'] }
    return @(Get-WayRows $mail $ids)
}

# Capitals count in an id, other than in a table of PowerShell's own.
function New-OrdinalTable {
    return (New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal))
}

function Get-WantedEvents($Ids) {
    'Receive'
    if (@($Ids).Count -gt 0) { 'Deliver' }
}

function Add-ReceivedLine($Mail, $Logged) {
    if ($null -eq $Logged) { return }
    $id = [string] $Logged.MessageId
    if (([string] $Logged.EventId -eq 'RECEIVE') -and ([string] $Logged.Source -eq 'SMTP')) { Add-Received $Mail $id $Logged }
    if ($Mail['Ways'].ContainsKey($id)) { [void] $Mail['Ways'][$id].Add((Get-WayRow $id $Logged)) }
}

function Add-Received($Mail, [string] $Id, $Logged) {
    $way = @{ Connector = [string] $Logged.ConnectorId; ClientIp = Get-TextOrNothing $Logged 'ClientIp' }
    $key = $way['Connector'] + ' ' + $way['ClientIp']
    $row = Get-CountedRow $Mail 'Clients' $key $way
    if (($null -ne $row) -and (($null -eq $row['Newest']) -or ($Logged.Timestamp -gt $row['Newest']))) {
        $row['Newest'] = $Logged.Timestamp
    }
    [void] (Get-CountedRow $Mail 'Times' $Id @{ MessageId = $Id })
}

# Counted once more; nothing where there are too many different ones.
function Get-CountedRow($Mail, [string] $Kind, [string] $Key, $Named) {
    $table = $Mail[$Kind]
    if (-not $table.ContainsKey($Key)) {
        if ($table.get_Count() -ge $MostReceived) {
            $Mail['Cut'] = $true
            return $null
        }
        $Named['Count'] = 0
        $table[$Key] = $Named
    }
    $table[$Key]['Count'] = $table[$Key]['Count'] + 1
    return $table[$Key]
}

# Those with at least so many, the most frequent first, then by name. Not Sort-Object, which sorts as the language of the
# server does.
function Get-TopRows($Mail, [string] $Kind, [int] $Least) {
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($key in @($Mail[$Kind].get_Keys())) {
        $row = $Mail[$Kind][$key]
        if ($row['Count'] -ge $Least) { $sorted[('{0:d10}' -f (2147483647 - $row['Count'])) + $key] = $row }
    }
    $rows = New-Object System.Collections.ArrayList
    foreach ($row in @($sorted.get_Values())) {
        if ($rows.get_Count() -lt $ReceivedRows) { [void] $rows.Add($row) }
        else { $Mail['Cut'] = $true }
    }
    return , $rows.ToArray()
}

function Get-WayRow([string] $Id, $Logged) {
    return @{
        MessageId  = $Id
        Time       = $Logged.Timestamp
        EventId    = [string] $Logged.EventId
        Source     = [string] $Logged.Source
        Connector  = Get-TextOrNothing $Logged 'ConnectorId'
        ClientIp   = Get-TextOrNothing $Logged 'ClientIp'
        Sender     = Get-EnvelopeSender $Logged
        Recipients = @(Get-LoggedRecipients $Logged)
    }
}

function Get-TextOrNothing($Logged, [string] $Name) {
    $text = [string] (Get-Property $Logged $Name)
    if ($text) { return $text }
}

# In the order in which they were asked for, of one the oldest first.
function Get-WayRows($Mail, $Ids) {
    $left = $WayRows
    foreach ($id in @($Ids)) {
        $sorted = New-Object System.Collections.SortedList
        $rows = @($Mail['Ways'][$id])
        $Mail['Ways'][$id] = @()
        for ($at = 0; $at -lt @($rows).Count; $at++) {
            $sorted[(ConvertTo-SortedTime $rows[$at]['Time']) + ('{0:d10}' -f $at)] = $rows[$at]
        }
        foreach ($row in @($sorted.get_Values())) { if ($left-- -gt 0) { $row } }
    }
}

function ConvertTo-SortedTime($Time) {
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", $Invariant)
}
