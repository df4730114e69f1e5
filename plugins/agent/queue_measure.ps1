# The queues, counted here: fifty thousand messages would be a reply of megabytes.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Measure-Queue')
$NeedsExchange['Measure-Queue'] = @('Get-Queue', 'Get-Message', 'Get-MessageTrackingLog')

$MostSenders = 10

function Measure-Queue {
    [CmdletBinding()]
    param([int] $Hours = 1, [int] $Errors = 20, [int] $Back = 1, $Counted = @(), $Latest = @(), $Causes = @())
    Assert-Range 'Hours' $Hours 1 720
    Assert-Range 'Errors' $Errors 1 100
    Assert-Range 'Back' $Back 1 720
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
    $traffic = New-Traffic $Hours $Back
    Read-Traffic $traffic $Counted $Latest $Causes
    return @($queues.ToArray()) + @(Get-TrafficTable $traffic)
}

function New-QueueTable($Queue) {
    $table = @{ Retries = 0; Bytes = [long] 0; Oldest = $null; FirstExpiry = $null; Senders = @{ } }
    $table['Errors'] = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
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
    if (-not $table['Messages'].Contains($status)) { $table['Messages'][$status] = 0 }
    $table['Messages'][$status]++
    $table['Retries'] += [int] $Message.RetryCount
    $table['Bytes'] += Get-ByteCount $Message.Size
    $table['Oldest'] = Get-Earlier $table['Oldest'] $Message.DateReceived
    $table['FirstExpiry'] = Get-Earlier $table['FirstExpiry'] $Message.ExpirationTime
    Add-Count $table['Senders'] $Message.FromAddress
    Add-Error $table['Errors'] $Message
}

# One text a kind, with how long its messages have waited; those that nobody has refused yet are a kind as well.
function Add-Error($Errors, $Message) {
    $text = [string] $Message.LastError
    $kind = Get-TextKind $text
    $row = $Errors[$kind]
    if ($null -eq $row) {
        $row = @{ Text = $text; Count = 0; Oldest = $null; FirstExpiry = $null }
        $Errors[$kind] = $row
    }
    $row['Count']++
    $row['Oldest'] = Get-Earlier $row['Oldest'] $Message.DateReceived
    $row['FirstExpiry'] = Get-Earlier $row['FirstExpiry'] $Message.ExpirationTime
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
    $Table['Errors'] = Get-MostFrequent $Table['Errors'].get_Values() 'Text' $Errors
    $senders = New-Object System.Collections.ArrayList
    foreach ($address in @($Table['Senders'].get_Keys())) {
        [void] $senders.Add(@{ Address = $address; Count = $Table['Senders'][$address] })
    }
    $Table['Senders'] = Get-MostFrequent $senders 'Address' $MostSenders
}

# Those of the same count by their text, byte for byte: the order must not hang on the server's language.
function Get-MostFrequent($Rows, [string] $Name, [int] $Most) {
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($row in @($Rows)) {
        if ($null -ne $row) { $sorted[(2147483647 - $row['Count']).ToString('D10', $Invariant) + $row[$Name]] = $row }
    }
    $found = New-Object System.Collections.ArrayList
    foreach ($row in @($sorted.get_Values())) {
        if ($found.get_Count() -lt $Most) { [void] $found.Add($row) }
    }
    return , $found.ToArray()
}
