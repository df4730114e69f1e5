# Which messages the other side refused for good, and in which words: out of Exchange's message tracking log.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-SmtpRefusals')
$NeedsExchange['Get-SmtpRefusals'] = @('Get-MessageTrackingLog')

function Get-SmtpRefusals {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Since)
    $start = ConvertFrom-OutcomeTime $Since
    Get-MessageTrackingLog -EventId 'FAIL' -Start $start -ResultSize Unlimited -ErrorAction Stop |
        ForEach-Object { Get-SmtpRefusal $_ }
}

# What expired, was removed or is nobody here was refused by no other server.
function Get-SmtpRefusal($Logged) {
    if (($null -eq $Logged) -or ([string] $Logged.Source -ne 'SMTP')) { return }
    $words = @(foreach ($status in @($Logged.RecipientStatus)) { if ($status) { [string] $status } })
    if (@($words).Count) { @{ Id = [string] $Logged.MessageId; Words = $words[0] } }
}
