# Which TLS Exchange itself spoke when it sent, out of its SmtpSend protocol log.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-SentTls')
$NeedsExchange['Get-SentTls'] = @('Get-TransportServer')

# Bytes of the log that are looked at and rows that are told, of either the newest.
$SentBytes = [long] 33554432
$SentRows = 100

function Get-SentTls {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [int] $Days, [string] $Path)
    Assert-Range 'Days' $Days 1 90
    if (-not $Path) { $Path = Get-SendLogFolder }
    if (-not $Path) { return }
    $since = (Get-Date).ToUniversalTime().AddDays(-$Days)
    $sent = @{ After = ConvertTo-LogText $since; Left = $SentBytes }
    $sent['Rows'] = @{ }
    $sent['LoggedIn'] = @{ }
    $files = @(Get-LogFiles $Path $since)
    for ($at = @($files).Count - 1; ($at -ge 0) -and ($sent['Left'] -gt 0); $at--) { Add-SentFile $sent $files[$at].FullName }
    return @(Get-SentRows $sent)
}

function Get-SendLogFolder {
    $server = Get-TransportServer -Identity $env:COMPUTERNAME -ErrorAction Stop
    return [string] (Get-Property $server 'SendProtocolLogPath')
}

function Add-SentFile($Sent, [string] $Path) {
    $reader = Open-LogEnd $Sent $Path
    try {
        while ($null -ne ($line = $reader.ReadLine())) {
            # One quick look at each; the few that tell are looked at again.
            if ($line -cmatch 'SP_PROT_|,<,"?235[ -]') { Add-SentLine $Sent $line }
        }
    }
    finally { $reader.Close() }
}

function Add-SentLine($Sent, [string] $Line) {
    $fields = @(Get-EventFields $Line $Sent['After'])
    if (@($fields).Count -eq 0) { return }
    # The login may stand in another file than the handshake of its session.
    if ($Line -match ($EventFields + '"?235[ -]')) { if ($fields[6] -eq '<') { $Sent['LoggedIn'][$fields[2]] = $true } }
    elseif (($fields[6] -eq '*') -and ($Line -cmatch 'SP_PROT_[0-9A-Z_]+')) { Add-SentTls $Sent $fields $matches[0] }
}

# The newest by connector, remote endpoint and protocol.
function Add-SentTls($Sent, $Fields, [string] $Protocol) {
    $row = @{ Connector = $Fields[1]; Server = $Fields[5]; Protocol = $Protocol; Time = $Fields[0]; Session = $Fields[2] }
    $key = @($row['Connector'], $row['Server'], $Protocol) -join "`n"
    $known = $Sent['Rows'][$key]
    if (($null -eq $known) -or ([string]::CompareOrdinal($row['Time'], $known['Time']) -gt 0)) { $Sent['Rows'][$key] = $row }
}

# Oldest first.
function Get-SentRows($Sent) {
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($key in @($Sent['Rows'].get_Keys())) { $sorted[$Sent['Rows'][$key]['Time'] + $key] = $Sent['Rows'][$key] }
    $left = [System.Math]::Max(0, $sorted.get_Count() - $SentRows)
    foreach ($row in @($sorted.get_Values())) {
        if ($left-- -gt 0) { continue }
        @{
            Connector = $row['Connector']
            Server    = $row['Server']
            Protocol  = $row['Protocol']
            At        = $row['Time'].Substring(0, 19) + 'Z'
            LoggedIn  = $Sent['LoggedIn'].ContainsKey($row['Session'])
        }
    }
}
