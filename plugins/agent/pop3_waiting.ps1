# How many messages wait at the providers, with the passwords that the POP3 connector has stored: they are opened here
# and go nowhere but to the server that the connector sends them to. Nothing is fetched or deleted.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Measure-Pop3Waiting')

# Logins: each with Server, Port, Username, Security, and where its Password and that one's Entropy stand in the file.
function Measure-Pop3Waiting {
    [CmdletBinding()]
    param(
        [string] $Path,
        [Parameter(Mandatory = $true)] [string] $Sha256,
        [Parameter(Mandatory = $true)] $Logins,
        [int] $TimeoutSeconds = 30,
        [int] $LimitSeconds = 90
    )
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    Assert-Range 'LimitSeconds' $LimitSeconds 0 600
    $file = Read-Pop3File (Get-Pop3Place $Path)
    if ((Get-Sha256 $file['Bytes']) -ne $Sha256) { Stop-Step 'pop3_file_changed' 'The file is not the one that was read.' }
    Import-ProtectedData
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    foreach ($login in @($Logins)) {
        # Servers that are silent must not keep the fetch from being started at all.
        if ($watch.ElapsedMilliseconds -ge 1000 * $LimitSeconds) {
            @{ Stage = 'connect'; Problem = 'no_time'; Messages = $null; Reply = $null }
        }
        else { Measure-Login $file $login $TimeoutSeconds }
    }
}

function Measure-Login($File, $Login, [int] $Seconds) {
    if (-not ($Login -is [System.Collections.IDictionary])) { Stop-Step 'parameter_unreadable' 'A login is no table.' }
    foreach ($key in @('Password', 'Entropy')) { Assert-Slice $Login[$key] 0 $File['Bytes'].GetLength(0) }
    $clear = Get-StoredPassword $File $Login
    if ($null -eq $clear) { return @{ Stage = 'password'; Problem = 'not_opened'; Messages = $null; Reply = $null } }
    $credential = New-Credential @{ username = [string] $Login['Username']; password = $clear }
    return (Test-Pop3Login $Login['Server'] $Login['Port'] $Login['Security'] $credential $Seconds)
}

# Why one does not open is not asked: .NET's words about it would be about a secret.
function Get-StoredPassword($File, $Login) {
    $blob = (Get-SliceText $File $Login['Password']).Trim()
    $salt = (Get-SliceText $File $Login['Entropy']).Trim()
    try { return [System.Text.Encoding]::Unicode.GetString((Unprotect-Pop3Value $blob $salt)) }
    catch { return $null }
}
