# Who has sent: the senders of mail that left, out of Exchange's message tracking log.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-SentSenders')
$NeedsExchange['Get-SentSenders'] = @('Get-MessageTrackingLog')

# The log of a busy month does not fit on the wire: counted here, one object a sender.
function Get-SentSenders {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [int] $Days)
    Assert-Range 'Days' $Days 1 90
    $since = (Get-Date).AddDays(-$Days)
    $counts = @{ }
    Get-MessageTrackingLog -EventId 'Send' -Start $since -ResultSize 'Unlimited' -ErrorAction Stop |
        ForEach-Object { Add-SentMessage $counts $_ }
    return @(Get-SortedSenders $counts)
}

function Add-SentMessage($Counts, $Sent) {
    if ($null -eq $Sent) { return }
    $sender = Get-EnvelopeSender $Sent
    $source = [string] $Sent.Source
    $key = $sender + ' ' + $source
    if (-not $Counts.ContainsKey($key)) {
        $Counts[$key] = @{ Sender = $sender; EventId = 'SEND'; Source = $source; Messages = 0; Last = $null }
    }
    $row = $Counts[$key]
    $row['Messages'] = $row['Messages'] + 1
    if (($null -eq $row['Last']) -or ($Sent.Timestamp -gt $row['Last'])) { $row['Last'] = $Sent.Timestamp }
}

# The most frequent first, then by name. Not Sort-Object, which sorts as the language of the server does.
function Get-SortedSenders($Counts) {
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($row in @($Counts.get_Values())) {
        $sorted[('{0:d10}' -f (2147483647 - $row['Messages'])) + $row['Sender'] + ' ' + $row['Source']] = $row
    }
    return $sorted.get_Values()
}
