# Which TLS Exchange itself spoke when it sent, and what it called itself, out of its SmtpSend protocol log.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-SentTls')
[void] $OwnCommands.Add('Get-SentNames')
$NeedsExchange['Get-SentTls'] = @('Get-TransportServer')
$NeedsExchange['Get-SentNames'] = @('Get-TransportServer')

# Bytes of the log that are looked at and rows that are told, of either the newest.
$SentBytes = [long] 33554432
$SentRows = 100

function Get-SentTls {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [int] $Days, [string] $Path)
    # One quick look at each line; the few that tell are looked at again.
    $sent = Read-SentLog $Days $Path 'SP_PROT_|,<,"?235[ -]'
    foreach ($row in @(Get-SentRows $sent)) {
        @{
            Connector = $row['Connector']
            Server    = $row['Server']
            Protocol  = $row['Protocol']
            At        = $row['Time'].Substring(0, 19) + 'Z'
            LoggedIn  = $sent['LoggedIn'].ContainsKey($row['Session'])
        }
    }
}

function Get-SentNames {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [int] $Days, [string] $Path)
    $sent = Read-SentLog $Days $Path ',>,"?(EHLO|HELO) ' -Names
    foreach ($row in @(Get-SentRows $sent)) {
        $at = $row['Time'].Substring(0, 19) + 'Z'
        @{ Connector = $row['Connector']; Command = $row['Command']; Name = $row['Name']; At = $at }
    }
}

function Read-SentLog([int] $Days, [string] $Path, [string] $Telling, [switch] $Names) {
    Assert-Range 'Days' $Days 1 90
    if (-not $Path) { $Path = Get-SendLogFolder }
    $since = (Get-Date).ToUniversalTime().AddDays(-$Days)
    $sent = @{ After = ConvertTo-LogText $since; Left = $SentBytes }
    $sent['Telling'] = $Telling
    $sent['Names'] = [bool] $Names
    $sent['Rows'] = @{ }
    $sent['LoggedIn'] = @{ }
    $files = @()
    if ($Path) { $files = @(Get-LogFiles $Path $since) }
    for ($at = @($files).Count - 1; ($at -ge 0) -and ($sent['Left'] -gt 0); $at--) { Add-SentFile $sent $files[$at].FullName }
    return $sent
}

function Get-SendLogFolder {
    $server = Get-TransportServer -Identity $env:COMPUTERNAME -ErrorAction Stop
    return [string] (Get-Property $server 'SendProtocolLogPath')
}

function Add-SentFile($Sent, [string] $Path) {
    $reader = Open-LogEnd $Sent $Path
    try {
        while ($null -ne ($line = $reader.ReadLine())) {
            if ($line -cmatch $Sent['Telling']) { Add-SentLine $Sent $line }
        }
    }
    finally { $reader.Close() }
}

function Add-SentLine($Sent, [string] $Line) {
    $fields = @(Get-EventFields $Line $Sent['After'])
    if (@($fields).Count -eq 0) { return }
    if ($Sent['Names']) { Add-SentName $Sent $fields $Line; return }
    # The login may stand in another file than the handshake of its session.
    if ($Line -match ($EventFields + '"?235[ -]')) { if ($fields[6] -eq '<') { $Sent['LoggedIn'][$fields[2]] = $true } }
    elseif (($fields[6] -eq '*') -and ($Line -cmatch 'SP_PROT_[0-9A-Z_]+')) { Add-SentTls $Sent $fields $matches[0] }
}

# The newest by connector, remote endpoint and protocol.
function Add-SentTls($Sent, $Fields, [string] $Protocol) {
    $row = @{ Connector = $Fields[1]; Server = $Fields[5]; Protocol = $Protocol; Time = $Fields[0]; Session = $Fields[2] }
    Add-SentRow $Sent (@($row['Connector'], $row['Server'], $Protocol) -join "`n") $row
}

# The newest by connector, command and name.
function Add-SentName($Sent, $Fields, [string] $Line) {
    if (($Fields[6] -ne '>') -or -not ($Line -cmatch ($EventFields + '"?(EHLO|HELO) ([^\s",]+)'))) { return }
    $row = @{ Connector = $Fields[1]; Command = $matches[8]; Name = $matches[9]; Time = $Fields[0] }
    Add-SentRow $Sent (@($row['Connector'], $row['Command'], $row['Name']) -join "`n") $row
}

function Add-SentRow($Sent, [string] $Key, $Row) {
    $known = $Sent['Rows'][$Key]
    if (($null -eq $known) -or ([string]::CompareOrdinal($Row['Time'], $known['Time']) -gt 0)) { $Sent['Rows'][$Key] = $Row }
}

# Oldest first.
function Get-SentRows($Sent) {
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($key in @($Sent['Rows'].get_Keys())) { $sorted[$Sent['Rows'][$key]['Time'] + $key] = $Sent['Rows'][$key] }
    $left = [System.Math]::Max(0, $sorted.get_Count() - $SentRows)
    foreach ($row in @($sorted.get_Values())) {
        if ($left-- -le 0) { $row }
    }
}
