# One message to oneself: the only thing here that sends data. It is sent once, and never again.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Send-OwnMail')

function Send-OwnMail {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Server,
        [Parameter(Mandatory = $true)] [int] $Port,
        [Parameter(Mandatory = $true)] $Credential,
        [Parameter(Mandatory = $true)] [string] $Sender,
        [Parameter(Mandatory = $true)] [string] $Recipient,
        [Parameter(Mandatory = $true)] [string] $MessageId,
        [Parameter(Mandatory = $true)] [string] $Subject,
        [string] $Security = 'starttls',
        [string] $HeloName,
        [int] $TimeoutSeconds = 30
    )
    if (-not $HeloName) { $HeloName = Get-HeloName }
    Assert-OneLine @{ Server = $Server; Sender = $Sender; Recipient = $Recipient; HeloName = $HeloName }
    Assert-Talk $Port $TimeoutSeconds $Credential
    if (@('starttls', 'tls') -notcontains $Security) {
        Stop-Step 'parameter_unreadable' 'Security is none of starttls and tls.'
    }
    if (-not ($MessageId -match '\A<[\x21-\x3B\x3D\x3F\x41-\x7E]+@[\x21-\x3B\x3D\x3F\x41-\x7E]+>\z')) {
        Stop-Step 'parameter_unreadable' 'MessageId is no <left@right>.'
    }
    if (-not ($Subject -match '\A[\x20-\x7E]+\z')) { Stop-Step 'parameter_unreadable' 'Subject is no printable ASCII.' }
    $mail = @{ Sender = $Sender; Recipient = $Recipient; MessageId = $MessageId; Subject = $Subject }
    $mail['Accepted'] = $false
    $mail['Replies'] = New-Object System.Collections.ArrayList
    $talk = New-Talk $Server $Port $TimeoutSeconds
    try { Invoke-OwnMail $talk $mail ($Security -eq 'tls') $Credential $HeloName }
    catch { if (-not $talk['Report']['Problem']) { throw } }
    finally { Close-Talk $talk }
    if ($Security -eq 'starttls') { Set-NewerTls $talk $HeloName }
    return (Get-OwnMailReport $talk $mail)
}

function Get-OwnMailReport($Talk, $Mail) {
    $report = $Talk['Report']
    return @{
        Accepted = $Mail['Accepted']; Replies = $Mail['Replies'].ToArray(); Stage = $report['Stage']
        Error = $report['Problem']; Code = $report['Code']; Text = $report['Text']; Tls = $report['Tls']
        Certificate = $report['Certificate']
    }
}

function Invoke-OwnMail($Talk, $Mail, [bool] $Implicit, $Credential, [string] $HeloName) {
    if ($Implicit) {
        Connect-Server $Talk
        Start-Handshake $Talk
        $Talk['Report']['Stage'] = 'greeting'
        Read-Reply $Talk '2'
    }
    else {
        Request-Tls $Talk $HeloName
        Start-Handshake $Talk
    }
    Send-Hello $Talk $HeloName
    Send-Login $Talk $Credential
    Invoke-MailStage $Talk $Mail 'mail' ('MAIL FROM:<' + $Mail['Sender'] + '>') '2'
    Invoke-MailStage $Talk $Mail 'rcpt' ('RCPT TO:<' + $Mail['Recipient'] + '>') '2'
    Invoke-MailStage $Talk $Mail 'data' 'DATA' '3'
    Send-OwnData $Talk $Mail
    $Talk['Report']['Stage'] = 'done'
    Set-Reply $Talk
}

# From here on nobody knows what becomes of it until the server has answered.
function Send-OwnData($Talk, $Mail) {
    $Talk['Report']['Stage'] = 'sent'
    $Mail['Accepted'] = $null
    Send-Line $Talk ((Get-OwnLines $Mail) -join "`r`n")
    Add-MailReply $Talk $Mail
    $Mail['Accepted'] = $Talk['Code'].StartsWith('2')
    if (-not $Mail['Accepted']) { Stop-Refused $Talk }
}

function Invoke-MailStage($Talk, $Mail, [string] $Stage, [string] $Line, [string] $Wanted) {
    $Talk['Report']['Stage'] = $Stage
    Send-Line $Talk $Line
    Add-MailReply $Talk $Mail
    if (-not $Talk['Code'].StartsWith($Wanted)) { Stop-Refused $Talk }
}

function Add-MailReply($Talk, $Mail) {
    Read-Answer $Talk
    $reply = ConvertTo-ShownText (Get-AnswerText $Talk)
    [void] $Mail['Replies'].Add(@{ Stage = $Talk['Report']['Stage']; Reply = $reply })
}

# A line that is a dot ends it; a subject that begins with one is doubled there, as the rules say.
function Get-OwnLines($Mail) {
    $date = (Get-Date).ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", $Invariant)
    return @(
        ('From: <' + $Mail['Sender'] + '>')
        ('To: <' + $Mail['Recipient'] + '>')
        ('Subject: ' + $Mail['Subject'])
        ('Date: ' + $date)
        ('Message-ID: ' + $Mail['MessageId'])
        'MIME-Version: 1.0'
        'Content-Type: text/plain; charset=us-ascii'
        'Auto-Submitted: auto-generated'
        'X-Auto-Response-Suppress: All'
        ''
        ($Mail['Subject'] -replace '\A\.', '..')
        '.'
    )
}
