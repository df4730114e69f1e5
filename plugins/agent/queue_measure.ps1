# The queues, counted here: fifty thousand messages would be a reply of megabytes.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Measure-Queue')
$NeedsExchange['Measure-Queue'] = @('Get-Queue', 'Get-Message', 'Get-MessageTrackingLog')

$MostSenders = 10

function Measure-Queue {
    [CmdletBinding()]
    param([int] $Hours = 1, [int] $Errors = 20)
    Assert-Range 'Hours' $Hours 1 720
    Assert-Range 'Errors' $Errors 1 100
    $queues = New-Object System.Collections.ArrayList
    $tables = @{ }
    foreach ($queue in @(Get-Queue -ResultSize Unlimited -ErrorAction Stop)) {
        if ($null -eq $queue) { continue }
        $table = New-QueueTable $queue
        $tables[$table['Identity']] = $table
        [void] $queues.Add($table)
    }
    # Through the pipeline, so that no more than one message is held at a time.
    Get-Message -ResultSize Unlimited -ErrorAction Stop | ForEach-Object { Add-QueuedMessage $tables $_ }
    foreach ($table in @($queues.ToArray())) { Complete-QueueTable $table $Errors }
    return @($queues.ToArray()) + @(Get-QueueTraffic $Hours)
}

function New-QueueTable($Queue) {
    $table = @{ Retries = 0; Bytes = [long] 0; Oldest = $null; FirstExpiry = $null; Errors = @{ }; Senders = @{ } }
    $table['Messages'] = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($status in @('Ready', 'Retry', 'Active', 'Suspended')) { $table['Messages'][$status] = 0 }
    foreach ($name in @('NextHopDomain', 'NextHopConnector', 'DeliveryType', 'Status', 'MessageCount', 'LastError',
            'LastRetryTime', 'NextRetryTime')) {
        $table[$name] = Get-Property $Queue $name
    }
    $table['Identity'] = $Queue.Identity.ToString()
    return $table
}

# A queue that came in between is counted next time.
function Add-QueuedMessage($Tables, $Message) {
    if ($null -eq $Message) { return }
    $table = $Tables[$Message.Queue.ToString()]
    if ($null -eq $table) { return }
    $status = $Message.Status.ToString()
    if ($table['Messages'].Contains($status)) { $table['Messages'][$status]++ }
    $table['Retries'] += [int] $Message.RetryCount
    $table['Bytes'] += Get-ByteCount $Message.Size
    $table['Oldest'] = Get-Earlier $table['Oldest'] $Message.DateReceived
    $table['FirstExpiry'] = Get-Earlier $table['FirstExpiry'] $Message.ExpirationTime
    Add-Count $table['Senders'] $Message.FromAddress
    Add-Count $table['Errors'] $Message.LastError
}

function Get-Earlier($Known, $Time) {
    if (($null -eq $Known) -or ($Time -lt $Known)) { return $Time }
    return $Known
}

# The number in brackets, whatever stands between its digits: a size that came through a session has no methods.
function Get-ByteCount($Size) {
    $text = [string] $Size
    if ($text -match '\(([^)]*)\)') { $text = $matches[1] }
    $digits = $text -replace '[^0-9]', ''
    if ($digits) { return [long] $digits }
    return [long] 0
}

function Add-Count($Counted, $Text) {
    $key = [string] $Text
    if (-not $key) { return }
    if ($Counted.ContainsKey($key)) { $Counted[$key]++ } else { $Counted[$key] = 1 }
}

function Complete-QueueTable($Table, [int] $Errors) {
    $Table['Errors'] = Get-MostFrequent $Table['Errors'] 'Text' $Errors
    $Table['Senders'] = Get-MostFrequent $Table['Senders'] 'Address' $MostSenders
}

# Those of the same count by their text, byte for byte: the order must not hang on the server's language.
function Get-MostFrequent($Counted, [string] $Name, [int] $Most) {
    $list = New-Object System.Collections.ArrayList
    foreach ($text in @($Counted.get_Keys())) {
        $place = (2147483647 - $Counted[$text]).ToString('D10', $Invariant)
        [void] $list.Add($place + $text)
    }
    $keys = [string[]] $list.ToArray()
    [System.Array]::Sort($keys, [System.StringComparer]::Ordinal)
    $rows = New-Object System.Collections.ArrayList
    foreach ($key in @($keys)) {
        if ($rows.get_Count() -ge $Most) { break }
        $row = New-Object System.Collections.Specialized.OrderedDictionary
        $row[$Name] = $key.Substring(10)
        $row['Count'] = $Counted[$row[$Name]]
        [void] $rows.Add($row)
    }
    return , $rows.ToArray()
}

# By the host's own clock.
function Get-QueueTraffic([int] $Hours) {
    $now = ConvertFrom-WmiTime (Get-WmiInstance 'Win32_OperatingSystem').LocalDateTime
    $since = $now.AddHours(-$Hours).ToLocalTime()
    return @{
        Identity = $null
        Sent     = Get-EventCount 'SEND' $since
        Deferred = Get-EventCount 'DEFER' $since
        Failed   = Get-EventCount 'FAIL' $since
    }
}

function Get-EventCount([string] $EventId, $Since) {
    $counted = @{ Events = 0 }
    Get-MessageTrackingLog -EventId $EventId -Start $Since -ResultSize Unlimited -ErrorAction Stop |
        ForEach-Object { if ($null -ne $_) { $counted['Events']++ } }
    return $counted['Events']
}
