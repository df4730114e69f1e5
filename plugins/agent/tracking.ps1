# One line of Exchange's message tracking log, as everything here reads it; what it means is decided elsewhere.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# What tells two refusals of the same kind apart: names, addresses, numbers. The codes stay.
$Particular = '(?<!\S)(?![245][0-9][0-9](?!\S))(?!#?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?!\S))\S*[@0-9]\S*'

# The provider judges the sender of the envelope; that of the header is what the log calls Sender.
function Get-EnvelopeSender($Logged) {
    foreach ($address in @([string] $Logged.ReturnPath, [string] $Logged.Sender)) {
        if ($address) { return $address.ToLowerInvariant() }
    }
    return '<>'
}

function Get-LoggedRecipients($Logged) {
    foreach ($recipient in @($Logged.Recipients)) { if ($null -ne $recipient) { [string] $recipient } }
}

# Why, in the words of whoever said so; the first one where there are several alike.
function Get-LoggedReasons($Logged) {
    $found = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($status in @($Logged.RecipientStatus)) {
        $kind = Get-TextKind ([string] $status)
        if ($kind -and (-not $found.Contains($kind))) { $found[$kind] = [string] $status }
    }
    if ($found.get_Count() -eq 0) { $found[''] = '' }
    return $found
}

# Texts of one kind differ in what is particular to a message alone.
function Get-TextKind([string] $Text) {
    return ($Text -replace '\{LRT=[^}]*\}', '') -replace $Particular, '*'
}
