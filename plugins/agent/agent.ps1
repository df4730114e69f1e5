# The agent: runs the steps of one request on the host and writes one reply (docs/wire.md). This is its first part; the
# others follow it as one text, in the order of plugins/plugin_utils/agent/parts.py.
# Written for Windows PowerShell 2.0 on .NET 3.5, where most hosts of its kind stand still; runs on 5.1 and 7 by the
# same road. It knows no policy: what to change is decided by the controller.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
param([string] $RequestText)

$AgentVersion = '0.1.0'

# Characters that are told of what a server says.
$TextLimit = 500

# The only cmdlets that a request may name, each with the parameters that it gets where the request is silent.
$ExchangeCommands = @{
    'Get-ExchangeServer'   = @{ }
    'Get-SendConnector'    = @{ }
    'Get-TransportServer'  = @{ }
    'New-SendConnector'    = @{ Confirm = $false }
    'Set-SendConnector'    = @{ Confirm = $false }
    'Remove-SendConnector' = @{ Confirm = $false }
    'Set-TransportServer'  = @{ Confirm = $false }
    'Get-TransportConfig'  = @{ }
    'Set-TransportConfig'  = @{ Confirm = $false }
    # The connectors by which mail comes in, who may relay by them, and whose recipients are known.
    'Add-ADPermission'          = @{ Confirm = $false }
    'Get-ADPermission'          = @{ }
    'Get-ExchangeCertificate'   = @{ }
    'Get-ReceiveConnector'      = @{ }
    'Get-RecipientFilterConfig' = @{ }
    'New-ReceiveConnector'      = @{ Confirm = $false }
    'Remove-ADPermission'       = @{ Confirm = $false }
    'Remove-ReceiveConnector'   = @{ Confirm = $false }
    'Set-ReceiveConnector'      = @{ Confirm = $false }
    'Set-RecipientFilterConfig' = @{ Confirm = $false }
    # The queues.
    'Get-Message'          = @{ ResultSize = 'Unlimited' }
    'Get-Queue'            = @{ ResultSize = 'Unlimited' }
    'Remove-Message'       = @{ Confirm = $false }
    'Resume-Message'       = @{ Confirm = $false }
    'Resume-Queue'         = @{ Confirm = $false }
    'Retry-Queue'          = @{ Confirm = $false }
    'Suspend-Message'      = @{ Confirm = $false }
    'Suspend-Queue'        = @{ Confirm = $false }
    # The addresses with which mail leaves.
    'Disable-TransportAgent'       = @{ Confirm = $false }
    'Enable-TransportAgent'        = @{ Confirm = $false }
    'Get-AcceptedDomain'           = @{ }
    'Get-AddressRewriteEntry'      = @{ }
    'Get-DistributionGroup'        = @{ ResultSize = 'Unlimited' }
    'Get-DynamicDistributionGroup' = @{ ResultSize = 'Unlimited' }
    'Get-EmailAddressPolicy'       = @{ }
    'Get-MailContact'              = @{ ResultSize = 'Unlimited' }
    'Get-MailPublicFolder'         = @{ ResultSize = 'Unlimited' }
    'Get-MailUser'                 = @{ ResultSize = 'Unlimited' }
    'Get-Mailbox'                  = @{ ResultSize = 'Unlimited' }
    'Get-MessageTrackingLog'       = @{ ResultSize = 'Unlimited' }
    'Get-Recipient'                = @{ ResultSize = 'Unlimited' }
    'Get-TransportAgent'           = @{ }
    'New-AcceptedDomain'           = @{ Confirm = $false }
    'New-AddressRewriteEntry'      = @{ Confirm = $false }
    'New-EmailAddressPolicy'       = @{ Confirm = $false }
    'Remove-AcceptedDomain'        = @{ Confirm = $false }
    'Remove-AddressRewriteEntry'   = @{ Confirm = $false }
    'Remove-EmailAddressPolicy'    = @{ Confirm = $false }
    'Set-AcceptedDomain'           = @{ Confirm = $false }
    'Set-AddressRewriteEntry'      = @{ Confirm = $false }
    'Set-DistributionGroup'        = @{ Confirm = $false }
    'Set-DynamicDistributionGroup' = @{ Confirm = $false }
    'Set-EmailAddressPolicy'       = @{ Confirm = $false }
    'Set-MailContact'              = @{ Confirm = $false }
    'Set-MailPublicFolder'         = @{ Confirm = $false }
    'Set-MailUser'                 = @{ Confirm = $false }
    'Set-Mailbox'                  = @{ Confirm = $false }
    'Update-EmailAddressPolicy'    = @{ Confirm = $false }
}
# The agent's own functions that a request may name: each part that was sent adds its own.
$OwnCommands = New-Object System.Collections.ArrayList
# Those of them that use Exchange cmdlets, each with the cmdlets.
$NeedsExchange = @{ }

# A hardened host logs what cmdlets are given (event 4103), in the clear: no secret, and nothing that a host or a server
# says before Hide-Secret, ever passes a pipeline or a parameter of a cmdlet, New-Object included. Functions are not logged.
$Secrets = @{ }
$Hidden = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
$Warnings = New-Object System.Collections.ArrayList
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture

# Where the agent itself says no: the code travels in the exception's data and ends in the reply.
function Stop-Step([string] $Code, [string] $Message) {
    $refusal = [System.InvalidOperationException] $Message
    $refusal.Data['code'] = $Code
    throw $refusal
}

# What may never be said: as it is, and in the form in which a mail server is told it. Longest first, since one may
# begin another.
function Add-Hidden([string] $Secret) {
    if (-not $Secret) { return }
    foreach ($form in @($Secret, (ConvertTo-Base64 $Secret))) {
        $Hidden[('{0:d10}' -f (2147483647 - $form.get_Length())) + $form] = $form
    }
}

# Hosts like to repeat what they were given.
function Hide-Secret([string] $Text) {
    foreach ($secret in @($Hidden.get_Values())) { $Text = $Text.Replace([string] $secret, '********') }
    return $Text
}

# Hidden before it is cut, so that no secret is cut in two. Half a character at the cut would be no text.
function ConvertTo-ShownText([string] $Text) {
    $shown = (Hide-Secret $Text) -replace '\p{Cc}', ' '
    if ($shown.get_Length() -gt $TextLimit) { $shown = $shown.Substring(0, $TextLimit) -replace '[\uD800-\uDBFF]\z', '' }
    return $shown
}

function ConvertTo-Base64([string] $Text) {
    return [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($Text))
}

function Add-Warning([string] $Text) {
    [void] $Warnings.Add((Hide-Secret $Text))
}

function New-Refusal([string] $Code, [string] $Message) {
    return @{ message = (Hide-Secret $Message); type = $null; category = $null; error_id = $null; code = $Code }
}

function ConvertTo-StepError($Record) {
    $code = $Record.Exception.Data['code']
    if ($code) { return (New-Refusal $code $Record.Exception.Message) }
    return @{
        message  = Hide-Secret $Record.Exception.Message
        type     = $Record.Exception.GetType().FullName
        category = $Record.CategoryInfo.Category.ToString()
        error_id = Hide-Secret $Record.FullyQualifiedErrorId
        code     = $null
    }
}
