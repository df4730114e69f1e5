# The proof of a login at a POP3 server. Nothing is fetched, nothing deleted.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Test-Pop3Login')

# Lines of the list of capabilities: nobody else ends what a server says.
$CapabilityLimit = 100

function Test-Pop3Login {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Server,
        [Parameter(Mandatory = $true)] [int] $Port,
        [Parameter(Mandatory = $true)] [string] $Security,
        [Parameter(Mandatory = $true)] $Credential,
        [int] $TimeoutSeconds = 30
    )
    Assert-Talk $Port $TimeoutSeconds $Credential
    $talk = New-Pop3Talk $Server $Port $TimeoutSeconds $Security $Credential
    try { Invoke-Pop3Talk $talk $Security $Credential }
    catch { if (-not $talk['Report']['Problem']) { throw } }
    finally { Close-Pop3Talk $talk }
    Set-SpokenInstead $talk $Security
    return (Get-Pop3Report $talk)
}

function New-Pop3Talk([string] $Server, [int] $Port, [int] $Seconds, [string] $Security, $Credential) {
    if (@('tls', 'stls', 'none') -notcontains $Security) {
        Stop-Step 'parameter_unreadable' 'Security is none of tls, stls and none.'
    }
    Assert-OneLine @{ Server = $Server; Credential = $Credential.UserName + (Get-ClearPassword $Credential) }
    $talk = New-Talk $Server $Port $Seconds
    $talk['Messages'] = $null
    $talk['Octets'] = $null
    return $talk
}

# A connection that failed because the other end speaks otherwise is named so. Its first bytes tell, in no language.
function Set-SpokenInstead($Talk, [string] $Security) {
    $report = $Talk['Report']
    if (@('tls', 'timeout', 'closed') -notcontains $report['Problem']) { return }
    $tls = ($Security -eq 'tls') -and ($report['Stage'] -eq 'tls')
    if (-not ($tls -or (($Security -eq 'none') -and ($report['Stage'] -eq 'greeting')))) { return }
    $spoken = Get-FirstAnswer $Talk $TlsHello
    # Dovecot hangs up on a TLS that is too old without the alert.
    if ($spoken -eq 'closed') { $spoken = $spoken + (Get-FirstAnswer $Talk $TlsNewerHello) }
    if ($tls -and ($spoken -match '\A(2B-4F-4B|2D-45-52-52)')) { $report['Problem'] = 'no_tls' }
    elseif ($tls -and ($spoken -match $TlsNewer)) { $report['Problem'] = 'tls_newer' }
    elseif ((-not $tls) -and ($spoken -match '\A(closed)?1[56]-03')) { $report['Problem'] = 'tls_first' }
}

# What comes back on a connection that begins as TLS does, or why nothing does; nothing is asked for on it.
function Get-FirstAnswer($Talk, [string] $Hello) {
    $again = New-TalkAgain $Talk
    try {
        Connect-Server $again
        return (Get-Spoken $again $Hello)
    }
    catch { return [string] $again['Report']['Problem'] }
    finally { $again['Client'].Close() }
}

function Get-Pop3Report($Talk) {
    $report = $Talk['Report']
    return @{
        Stage = $report['Stage']; Problem = $report['Problem']; Reply = $report['Text']; Tls = $report['Tls']
        Certificate = $report['Certificate']; Messages = $Talk['Messages']; Octets = $Talk['Octets']
    }
}

function Invoke-Pop3Talk($Talk, [string] $Security, $Credential) {
    Connect-Server $Talk
    if ($Security -eq 'tls') { Start-Handshake $Talk }
    $Talk['Report']['Stage'] = 'greeting'
    Read-Pop3Status $Talk
    if ($Security -eq 'stls') { Start-Stls $Talk }
    Invoke-Pop3Stage $Talk 'user' ('USER ' + $Credential.UserName)
    Invoke-Pop3Stage $Talk 'pass' ('PASS ' + (Get-ClearPassword $Credential))
    Invoke-Pop3Stage $Talk 'stat' 'STAT'
    Set-Maildrop $Talk
    $Talk['Report']['Text'] = ConvertTo-ShownText (Get-AnswerText $Talk)
    $Talk['Report']['Stage'] = 'done'
}

function Invoke-Pop3Stage($Talk, [string] $Stage, [string] $Line) {
    $Talk['Report']['Stage'] = $Stage
    Send-Line $Talk $Line
    Read-Pop3Status $Talk
}

# Takes a line that says yes; one that says no ends the talk.
function Read-Pop3Status($Talk) {
    Reset-Answer $Talk
    $Talk['Watch'] = [System.Diagnostics.Stopwatch]::StartNew()
    $line = Add-Pop3Line $Talk
    if ($line -match '(?s)^\+OK( .*)?\z') { return }
    if ($line -match '(?s)^-ERR( .*)?\z') { Stop-Talk $Talk 'reply' $line }
    Stop-Reading $Talk 'unreadable'
}

function Add-Pop3Line($Talk) {
    $line = Read-Line $Talk
    [void] $Talk['Lines'].Add($line)
    return $line
}

# How many messages wait, and of how many octets.
function Set-Maildrop($Talk) {
    $line = [string] @($Talk['Lines'])[0]
    if (-not ($line -match '(?s)^\+OK ([0-9]{1,9}) ([0-9]{1,18})( .*)?\z')) { Stop-Reading $Talk 'unreadable' }
    $Talk['Messages'] = ConvertFrom-JsonNumber $matches[1]
    $Talk['Octets'] = ConvertFrom-JsonNumber $matches[2]
}

# No password goes out in the clear where STLS is wanted.
function Start-Stls($Talk) {
    $offers = @(Get-Pop3Offers $Talk)
    $Talk['Report']['Stage'] = 'stls'
    if (-not (Test-Offered $offers '^STLS( |\z)')) { Stop-Talk $Talk 'not_offered' }
    Invoke-Pop3Stage $Talk 'stls' 'STLS'
    Start-Handshake $Talk
}

# Whether lines follow; not where the server says no.
function Start-Pop3List($Talk, [string] $Stage, [string] $Question) {
    $Talk['Report']['Stage'] = $Stage
    Send-Line $Talk $Question
    $Talk['Watch'] = [System.Diagnostics.Stopwatch]::StartNew()
    $line = Add-Pop3Line $Talk
    if ($line -match '(?s)^-ERR( .*)?\z') { return $false }
    if (-not ($line -match '(?s)^\+OK( .*)?\z')) { Stop-Reading $Talk 'unreadable' }
    return $true
}

# A server that does not know the question offers nothing.
function Get-Pop3Offers($Talk) {
    if (-not (Start-Pop3List $Talk 'capa' 'CAPA')) { return }
    while (($line = Add-Pop3Line $Talk) -ne '.') {
        if (@($Talk['Lines']).Count -gt $CapabilityLimit) { Stop-Reading $Talk 'unreadable' }
    }
    return @($Talk['Lines'])
}

# With a farewell where the server still listens. The proof is over: whatever it says changes nothing.
function Close-Pop3Talk($Talk) {
    $report = $Talk['Report']
    $Talk['Report'] = @{ }
    try {
        if (@($null, 'reply', 'not_offered') -contains $report['Problem']) { Invoke-Pop3Stage $Talk 'done' 'QUIT' }
    }
    catch { }
    $Talk['Client'].Close()
    $Talk['Report'] = $report
}
