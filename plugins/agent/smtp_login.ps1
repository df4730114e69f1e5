# The proof of a login at a smart host.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Test-SmtpLogin')

# Lines of one answer: nobody else ends what a server says.
$AnswerLimit = 100
$MostSmtpSenders = 20

function Test-SmtpLogin {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Server,
        [Parameter(Mandatory = $true)] [int] $Port,
        [Parameter(Mandatory = $true)] $Credential,
        [Parameter(Mandatory = $true)] [string] $Sender,
        [Parameter(Mandatory = $true)] [string] $Recipient,
        [int] $TimeoutSeconds = 30,
        [string] $HeloName,
        $Senders
    )
    if (-not $HeloName) { $HeloName = Get-HeloName }
    Assert-OneLine @{ Server = $Server; Sender = $Sender; Recipient = $Recipient; HeloName = $HeloName }
    Assert-Talk $Port $TimeoutSeconds $Credential
    Assert-Senders $Senders
    $talk = New-Talk $Server $Port $TimeoutSeconds
    $talk['Report']['Senders'] = @()
    try { Invoke-Talk $talk $Credential $Sender $Senders $Recipient $HeloName }
    catch { if (-not $talk['Report']['Problem']) { throw } }
    finally { Close-Talk $talk }
    Set-NewerTls $talk $HeloName
    return $talk['Report']
}

# A handshake that failed because the server wants a newer TLS than this host can is named so.
function Set-NewerTls($Talk, [string] $HeloName) {
    $report = $Talk['Report']
    if (($report['Stage'] -ne 'tls') -or (@('tls', 'closed') -notcontains $report['Problem'])) { return }
    $spoken = Get-AnswerToTls $Talk $HeloName $TlsHello
    if ($spoken -eq 'closed') { $spoken = $spoken + (Get-AnswerToTls $Talk $HeloName $TlsNewerHello) }
    if ($spoken -match $TlsNewer) { $report['Problem'] = 'tls_newer' }
}

# What comes back after STARTTLS on another connection, or why nothing does.
function Get-AnswerToTls($Talk, [string] $HeloName, [string] $Hello) {
    $again = New-TalkAgain $Talk
    try {
        Request-Tls $again $HeloName
        return (Get-Spoken $again $Hello)
    }
    catch { return [string] $again['Report']['Problem'] }
    finally { $again['Client'].Close() }
}

function Get-HeloName {
    $name = Get-HostFqdn (Get-RegistryKey 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters')
    if ($name) { return $name }
    return $env:COMPUTERNAME
}

function Assert-Senders($Senders) {
    if ($null -eq $Senders) { return }
    Assert-Range 'the number of Senders' @($Senders).Count 1 $MostSmtpSenders
    foreach ($each in @($Senders)) { Assert-OneLine @{ Senders = [string] $each } }
}

function Invoke-Talk($Talk, $Credential, [string] $Sender, $Senders, [string] $Recipient, [string] $HeloName) {
    Request-Tls $Talk $HeloName
    Start-Handshake $Talk
    Send-Hello $Talk $HeloName
    Send-Login $Talk $Credential
    if ($null -ne $Senders) { Invoke-Senders $Talk @($Senders) $Recipient }
    else {
        Invoke-Stage $Talk 'mail' "MAIL FROM:<$Sender>" '2'
        Invoke-Stage $Talk 'rcpt' "RCPT TO:<$Recipient>" '2'
    }
    $Talk['Report']['Stage'] = 'done'
    Set-Reply $Talk
}

# Each sender by himself: a refusal of one is no end of the talk, but for 421, with which the server leaves.
function Invoke-Senders($Talk, $Senders, [string] $Recipient) {
    $told = New-Object System.Collections.ArrayList
    foreach ($each in @($Senders)) {
        $row = @{ Sender = [string] $each; Stage = 'mail'; Code = $null; Text = $null }
        Send-Asked $Talk 'mail' "MAIL FROM:<$each>"
        if ($Talk['Code'].StartsWith('2')) {
            $row['Stage'] = 'rcpt'
            Send-Asked $Talk 'rcpt' "RCPT TO:<$Recipient>"
        }
        $row['Code'] = [int] $Talk['Code']
        $row['Text'] = ConvertTo-ShownText (Get-AnswerText $Talk)
        [void] $told.Add($row)
        $Talk['Report']['Senders'] = $told.ToArray()
        if ($Talk['Code'] -eq '421') { Stop-Refused $Talk }
        Invoke-Stage $Talk 'rset' 'RSET' '2'
    }
}

# Whatever the answer is.
function Send-Asked($Talk, [string] $Stage, [string] $Line) {
    $Talk['Report']['Stage'] = $Stage
    Send-Line $Talk $Line
    Read-Answer $Talk
}

# Takes a whole answer; one of another kind than wanted (its first digit) ends the talk.
function Read-Reply($Talk, [string] $Wanted) {
    Read-Answer $Talk
    if (-not $Talk['Code'].StartsWith($Wanted)) { Stop-Refused $Talk }
}

function Stop-Refused($Talk) {
    Set-Reply $Talk
    Stop-Talk $Talk 'reply'
}

function Set-Reply($Talk) {
    $Talk['Report']['Code'] = [int] $Talk['Code']
    $Talk['Report']['Text'] = ConvertTo-ShownText (Get-AnswerText $Talk)
}

function Read-Answer($Talk) {
    Reset-Answer $Talk
    $Talk['Watch'] = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        if (@($Talk['Lines']).Count -ge $AnswerLimit) { Stop-Reading $Talk 'unreadable' }
        $line = Read-Line $Talk
        [void] $Talk['Lines'].Add($line)
    } while (Test-Continued $Talk $line)
}

# 250-more comes, 250 is the last; one answer has one code.
function Test-Continued($Talk, [string] $Line) {
    if (-not ($Line -match '(?s)^([2-5][0-9][0-9])(?:([ -])(.*))?\z')) { Stop-Reading $Talk 'unreadable' }
    if ($Talk['Code'] -and ($Talk['Code'] -ne $matches[1])) { Stop-Reading $Talk 'unreadable' }
    $Talk['Code'] = $matches[1]
    [void] $Talk['Words'].Add([string] $matches[3])
    return ($matches[2] -eq '-')
}

function Invoke-Stage($Talk, [string] $Stage, [string] $Line, [string] $Wanted) {
    $Talk['Report']['Stage'] = $Stage
    Send-Line $Talk $Line
    Read-Reply $Talk $Wanted
}

function Send-Hello($Talk, [string] $HeloName) {
    Invoke-Stage $Talk 'ehlo' "EHLO $HeloName" '2'
    $words = @($Talk['Words'])
    $offers = New-Object System.Collections.ArrayList
    # The first line is the server's name.
    for ($i = 1; $i -lt @($words).Count; $i++) { [void] $offers.Add((ConvertTo-ShownText $words[$i])) }
    $Talk['Report']['Capabilities'] = $offers.ToArray()
}

function Assert-Offer($Talk, [string] $Stage, [string] $Pattern) {
    $Talk['Report']['Stage'] = $Stage
    if (-not (Test-Offered $Talk['Report']['Capabilities'] $Pattern)) { Stop-Talk $Talk 'not_offered' }
}

# LOGIN alone, since Exchange 2010 speaks no other: what PLAIN proves would be no proof for it.
function Send-Login($Talk, $Credential) {
    Assert-Offer $Talk 'auth' '^AUTH (.* )?LOGIN( |$)'
    $Talk['Report']['Mechanism'] = 'LOGIN'
    Invoke-Stage $Talk 'auth' 'AUTH LOGIN' '3'
    Invoke-Stage $Talk 'auth' (ConvertTo-Base64 $Credential.UserName) '3'
    Invoke-Stage $Talk 'auth' (ConvertTo-Base64 (Get-ClearPassword $Credential)) '2'
}

# As far as the handshake.
function Request-Tls($Talk, [string] $HeloName) {
    Connect-Server $Talk
    $Talk['Report']['Stage'] = 'greeting'
    Read-Reply $Talk '2'
    Send-Hello $Talk $HeloName
    Assert-Offer $Talk 'starttls' '^STARTTLS( |$)'
    Invoke-Stage $Talk 'starttls' 'STARTTLS' '2'
}

# With a farewell where the server still listens. The proof is over: whatever it says changes nothing.
function Close-Talk($Talk) {
    $report = $Talk['Report']
    $Talk['Report'] = @{ }
    try {
        if ($report['Stage'] -eq 'done') { Invoke-Stage $Talk 'done' 'RSET' '2' }
        if (@($null, 'reply', 'not_offered') -contains $report['Problem']) { Invoke-Stage $Talk 'done' 'QUIT' '2' }
    }
    catch { }
    $Talk['Client'].Close()
    $Talk['Report'] = $report
}
