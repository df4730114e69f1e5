# Who delivers by SMTP: clients of the receive connectors, out of message tracking and the SmtpReceive protocol log.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Measure-SmtpClients')
$NeedsExchange['Measure-SmtpClients'] = @('Get-MessageTrackingLog', 'Get-TransportServer')

# Bytes of the log that are looked at, the newest; different clients that are counted and told, of each source.
$ReceivedBytes = [long] 33554432
$MostClients = 20000
$ClientRows = 1000

# What is looked at again: a connection, and an answer that says no.
$TellingReceive = ',\+,|,>,"?[45][0-9][0-9]'
# The code of such an answer and its enhanced one.
$RefusedCode = '\A([45][0-9][0-9])(?:[ -]([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.]))?'

function Measure-SmtpClients {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [int] $Days, [string] $Path)
    Assert-Range 'Days' $Days 1 90
    $about = @{ Cut = $false; Files = 0; Since = $null; Problems = New-Object System.Collections.ArrayList }
    $since = (Get-Date).AddDays(-$Days)
    $tracked = New-Object System.Collections.Hashtable([System.StringComparer]::OrdinalIgnoreCase)
    try {
        Get-MessageTrackingLog -EventId 'Receive' -Start $since -ResultSize 'Unlimited' -ErrorAction Stop |
            ForEach-Object { Add-TrackedClient $about $tracked $_ }
    }
    catch { [void] $about['Problems'].Add((Hide-Secret $_.Exception.Message)) }
    Get-ClientRows $about $tracked
    $logged = New-Object System.Collections.Hashtable([System.StringComparer]::OrdinalIgnoreCase)
    try { Add-LoggedClients $about $logged $Path $since.ToUniversalTime() }
    catch { [void] $about['Problems'].Add((Hide-Secret $_.Exception.Message)) }
    Get-ClientRows $about $logged
    $about['Problems'] = $about['Problems'].ToArray()
    return (Get-ClientTotal $about)
}

# Its own word that it is no client: the empty connector.
function Get-ClientTotal($About) {
    $row = New-Client $null $null $null
    foreach ($name in @($About.get_Keys())) { $row[$name] = $About[$name] }
    return $row
}

function New-Client($Connector, $Address, $Source) {
    return @{
        Connector = $Connector; Address = $Address; Count = 0; Last = $null; Source = $Source
        Refused = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal); Text = $null; Cut = $false
    }
}

# The row of a client, or nothing where there are too many of them.
function Get-Client($About, $Clients, [string] $Connector, [string] $Address, [string] $Source) {
    $key = $Connector + ' ' + $Address
    if (-not $Clients.ContainsKey($key)) {
        if ($Clients.get_Count() -ge $MostClients) {
            $About['Cut'] = $true
            return $null
        }
        $Clients[$key] = New-Client $Connector $Address $Source
    }
    return $Clients[$key]
}

function Add-TrackedClient($About, $Clients, $Logged) {
    if (($null -eq $Logged) -or ([string] $Logged.Source -ne 'SMTP')) { return }
    $client = Get-Client $About $Clients ([string] $Logged.ConnectorId) ([string] (Get-Property $Logged 'ClientIp')) 'tracking'
    if ($null -eq $client) { return }
    $client['Count'] = $client['Count'] + 1
    if (($null -eq $client['Last']) -or ($Logged.Timestamp -gt $client['Last'])) { $client['Last'] = $Logged.Timestamp }
}

# Newest file first: of a log that is too long the newest part is read.
function Add-LoggedClients($About, $Clients, [string] $Path, $Since) {
    if (-not $Path) { $Path = Get-ReceiveLogFolder }
    $log = @{ After = ConvertTo-LogText $Since; Left = $ReceivedBytes; Skipped = $false }
    $files = @(Get-LogFiles $Path $Since)
    for ($at = @($files).Count - 1; $at -ge 0; $at--) {
        if ($log['Left'] -le 0) { $log['Skipped'] = $true; break }
        $About['Files'] = $About['Files'] + 1
        Add-ClientFile $About $Clients $log $files[$at].FullName
    }
    if ($log['Skipped']) { $About['Cut'] = $true }
}

function Get-ReceiveLogFolder {
    $server = Get-TransportServer -Identity $env:COMPUTERNAME -ErrorAction Stop
    $folder = [string] (Get-Property $server 'ReceiveProtocolLogPath')
    if (-not $folder) { throw ([System.InvalidOperationException] 'The server has no ReceiveProtocolLogPath.') }
    return $folder
}

function Add-ClientFile($About, $Clients, $Log, [string] $Path) {
    $reader = Open-LogEnd $Log $Path
    try {
        while ($null -ne ($line = $reader.ReadLine())) {
            if ($line -cmatch $TellingReceive) { Add-ClientLine $About $Clients $Log $line }
        }
    }
    finally { $reader.Close() }
}

function Add-ClientLine($About, $Clients, $Log, [string] $Line) {
    $fields = @(Get-EventFields $Line $Log['After'])
    if (@($fields).Count -eq 0) { return }
    $answer = ''
    if ($fields[6] -eq '>') { $answer = Get-EventData $Line }
    if (($fields[6] -ne '+') -and -not ($answer -match $RefusedCode)) { return }
    $time = $fields[0].Substring(0, 19) + 'Z'
    if ((-not $About['Since']) -or ([string]::CompareOrdinal($time, $About['Since']) -lt 0)) { $About['Since'] = $time }
    $client = Get-Client $About $Clients $fields[1] (Get-EndpointAddress $fields[5]) 'log'
    if ($null -eq $client) { return }
    if ($answer) { Add-RefusedAnswer $client $time $answer }
    else { $client['Count'] = $client['Count'] + 1 }
    if ([string]::CompareOrdinal($time, [string] $client['Last']) -gt 0) { $client['Last'] = $time }
}

# The field behind the event.
function Get-EventData([string] $Line) {
    if ($Line -match ($EventFields + '("(?:[^"]|"")*"|[^,"]*)')) { return (ConvertFrom-CsvField $matches[8]) }
}

# Without its port, and an address of IPv6 without its brackets.
function Get-EndpointAddress([string] $Endpoint) {
    return ($Endpoint -replace ':[0-9]+\z', '') -replace '[\[\]]', ''
}

function Add-RefusedAnswer($Client, [string] $Time, [string] $Answer) {
    if (-not ($Answer -match $RefusedCode)) { return }
    $code = $matches[1]
    if ($matches[2]) { $code = $code + ' ' + $matches[2] }
    $Client['Refused'][$code] = 1 + [int] $Client['Refused'][$code]
    # Files come newest first, their lines oldest first.
    if ([string]::CompareOrdinal($Time, [string] $Client['Refusal']) -ge 0) {
        $Client['Refusal'] = $Time
        $Client['Text'] = ConvertTo-ShownText $Answer
    }
}

# The most frequent first, then by name. Not Sort-Object, which sorts as the language of the server does.
function Get-ClientRows($About, $Clients) {
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($row in @($Clients.get_Values())) {
        $rank = '{0:d10}' -f (2147483647 - $row['Count'])
        $sorted[$rank + $row['Connector'] + ' ' + $row['Address']] = $row
    }
    $left = $ClientRows
    foreach ($row in @($sorted.get_Values())) {
        if ($left-- -gt 0) { $row }
        else { $About['Cut'] = $true }
    }
}
