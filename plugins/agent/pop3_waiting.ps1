# How many messages wait at the providers, with the passwords that the POP3 connector has stored: they are opened here
# and go nowhere but to the server that the connector sends them to. Nothing is fetched or deleted; which messages they
# are is read of their headers alone, and told of one that is asked for.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Measure-Pop3Waiting')

# Ids that are told of a login, the last; messages and lines of each that are searched for one of them.
$MostUids = 5000
$MostSearched = 50
$HeaderLines = 1000
$HeaderLimit = 65536

# Logins: each with Server, Port, Username, Security, and where its Password and that one's Entropy stand in the file.
function Measure-Pop3Waiting {
    [CmdletBinding()]
    param(
        [string] $Path,
        [Parameter(Mandatory = $true)] [string] $Sha256,
        [Parameter(Mandatory = $true)] $Logins,
        [string] $LogFolder,
        [int] $TimeoutSeconds = 30,
        [int] $LimitSeconds = 90
    )
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    Assert-Range 'LimitSeconds' $LimitSeconds 0 600
    $logs = Get-Pop3LogFolder $LogFolder
    $file = Read-Pop3File (Get-Pop3Place $Path)
    if ((Get-Sha256 $file['Bytes']) -ne $Sha256) { Stop-Step 'pop3_file_changed' 'The file is not the one that was read.' }
    Import-ProtectedData
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    foreach ($login in @($Logins)) {
        # Servers that are silent must not keep the fetch from being started at all.
        if ($watch.ElapsedMilliseconds -ge 1000 * $LimitSeconds) {
            @{ Stage = 'connect'; Problem = 'no_time'; Messages = $null; Reply = $null }
        }
        else { Measure-Login $file $login $TimeoutSeconds $logs }
    }
}

function Measure-Login($File, $Login, [int] $Seconds, [string] $Logs) {
    if (-not ($Login -is [System.Collections.IDictionary])) { Stop-Step 'parameter_unreadable' 'A login is no table.' }
    foreach ($key in @('Password', 'Entropy')) { Assert-Slice $Login[$key] 0 $File['Bytes'].GetLength(0) }
    if (Test-JustWorked $Logs $Login['PauseMinutes']) {
        return @{ Stage = 'connect'; Problem = 'too_soon'; Messages = $null; Reply = $null }
    }
    $clear = Get-StoredPassword $File $Login
    if ($null -eq $clear) { return @{ Stage = 'password'; Problem = 'not_opened'; Messages = $null; Reply = $null } }
    $credential = New-Credential @{ username = [string] $Login['Username']; password = $clear }
    Assert-Talk $Login['Port'] $Seconds $credential
    $talk = New-Pop3Talk $Login['Server'] $Login['Port'] $Seconds $Login['Security'] $credential
    return (Invoke-Pop3Inquiry $talk $Login $credential)
}

# Whether the connector wrote to its log within so many minutes: it may have logged in itself. So may one whose log is of
# the future, where a clock was put back.
function Test-JustWorked([string] $Logs, $Minutes) {
    if ($null -eq $Minutes) { return $false }
    if (-not ($Minutes -is [int])) { Stop-Step 'parameter_unreadable' 'PauseMinutes of a login is no number.' }
    Assert-Range 'PauseMinutes' $Minutes 1 1440
    $newest = Get-NewestLog $Logs
    return (($null -ne $newest) -and ($newest.LastWriteTimeUtc.AddMinutes($Minutes) -gt (Get-Date).ToUniversalTime()))
}

function Invoke-Pop3Inquiry($Talk, $Login, $Credential) {
    $told = @{ }
    if ($Login['Uids']) { $told['Uids'] = $null }
    if ($Login['FindMessageId']) { $told['Found'] = $null }
    try {
        Invoke-Pop3Talk $Talk $Login['Security'] $Credential
        if ($Login['Uids']) { $told['Uids'] = Get-Uids $Talk }
        if ($Login['FindMessageId']) { $told['Found'] = Test-Waiting $Talk ([string] $Login['FindMessageId']) }
        $Talk['Report']['Stage'] = 'done'
    }
    catch { if (-not $Talk['Report']['Problem']) { throw } }
    finally { Close-Pop3Talk $Talk }
    Set-SpokenInstead $Talk $Login['Security']
    $report = Get-Pop3Report $Talk
    foreach ($name in @($told.get_Keys())) { $report[$name] = $told[$name] }
    return $report
}

# Nothing where the server has no such list.
function Get-Uids($Talk) {
    if (-not (Start-Pop3List $Talk 'uidl' 'UIDL')) { return $null }
    $uids = New-Object System.Collections.Queue
    while (($line = Read-Line $Talk) -ne '.') {
        if (-not ($line -match '\A[0-9]+ ([\x21-\x7E]+) *\z')) { Stop-Talk $Talk 'unreadable' $line }
        $uids.Enqueue((ConvertTo-ShownText $matches[1]))
        if ($uids.get_Count() -gt $MostUids) { [void] $uids.Dequeue() }
    }
    return , $uids.ToArray()
}

# Newest first; nothing where the server does not show headers.
function Test-Waiting($Talk, [string] $MessageId) {
    $Talk['LineLimit'] = $HeaderLimit
    $last = [System.Math]::Max(0, $Talk['Messages'] - $MostSearched)
    for ($number = $Talk['Messages']; $number -gt $last; $number--) {
        if (-not (Start-Pop3List $Talk 'top' "TOP $number 0")) { return $null }
        if ([string]::CompareOrdinal((Read-MessageId $Talk), $MessageId) -eq 0) { return $true }
    }
    return $false
}

# Of the header that follows. A line that begins with a blank goes on with the one before.
function Read-MessageId($Talk) {
    $found = ''
    $count = 0
    $inside = $false
    while (($line = Read-Line $Talk) -ne '.') {
        if (++$count -gt $HeaderLines) { Stop-Talk $Talk 'unreadable' }
        if ($line -match '\A[ \t]') { if ($inside) { $found = $found + $line.Trim() } }
        else {
            $inside = $line -match '\AMessage-ID[ \t]*:(.*)\z'
            if ($inside) { $found = $matches[1].Trim() }
        }
    }
    return $found
}

# Why one does not open is not asked: .NET's words about it would be about a secret.
function Get-StoredPassword($File, $Login) {
    $blob = (Get-SliceText $File $Login['Password']).Trim()
    $salt = (Get-SliceText $File $Login['Entropy']).Trim()
    try { return [System.Text.Encoding]::Unicode.GetString((Unprotect-Pop3Value $blob $salt)) }
    catch { return $null }
}
