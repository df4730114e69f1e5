# Reading the POP3 connector's accounts: what leaves the host holds no secret and nothing that one could be had from.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Read-Pop3Records')

function Read-Pop3Records {
    [CmdletBinding()]
    param([string] $Path, [string] $Service, $Candidates, [bool] $Content = $true)
    $place = Get-Pop3Place $Path
    $asked = Get-CandidateTable $Candidates
    $read = @{ Path = $place['Path']; Exists = $false; Length = $null; Sha256 = $null; Masked = $null; Secrets = @() }
    $read['Service'] = Get-Pop3ServiceFacts $Service
    $read['Interrupted'] = Read-Pop3Mark $place
    $read['Backups'] = @(Get-Pop3Backups $place | ForEach-Object { Get-FileFacts $_ })
    if (-not [System.IO.File]::Exists($place['File'])) { return $read }
    if ($Content) {
        $file = Read-Pop3File $place
        Add-Pop3Content $read $file $asked
    }
    # A backup can replace what is no text as well, so then nobody asks whether it is one.
    else { $file = @{ Bytes = Read-SharedFile $place['File'] } }
    $read['Exists'] = $true
    $read['Length'] = $file['Bytes'].GetLength(0)
    $read['Sha256'] = Get-Sha256 $file['Bytes']
    return $read
}

function Add-Pop3Content($Read, $File, $Asked) {
    $secrets = Find-Pop3Secrets $File
    $Read['Masked'] = [System.Convert]::ToBase64String((Get-MaskedBytes $File $secrets))
    $Read['Secrets'] = @(Get-SecretRows $File $secrets $Asked)
}

# Who is asked for, by user name: the places in the request's list, and their passwords as they stand under DPAPI. No
# culture may say which names are alike.
function Get-CandidateTable($Candidates) {
    $table = New-Object System.Collections.Hashtable([System.StringComparer]::OrdinalIgnoreCase)
    $number = 0
    foreach ($candidate in @($Candidates)) {
        if ($null -eq $candidate) { continue }
        if (-not ($candidate -is [System.Collections.IDictionary]) -or -not ($candidate['Username'] -is [string]) -or
            -not ($candidate['Password'] -is [string])) {
            Stop-Step 'parameter_unreadable' 'A candidate has no Username or no Password.'
        }
        $name = $candidate['Username']
        if (-not $table.ContainsKey($name)) { $table[$name] = New-Object System.Collections.ArrayList }
        $clear = [System.Convert]::ToBase64String([System.Text.Encoding]::Unicode.GetBytes($candidate['Password']))
        [void] $table[$name].Add(@{ Place = $number; Clear = $clear })
        $number++
    }
    return $table
}

function Get-SecretRows($File, $Secrets, $Asked) {
    Import-ProtectedData
    foreach ($secret in @($Secrets)) {
        $row = @{ Key = $secret['Key']; Offset = $secret['Offset']; Length = $secret['Length'] }
        if ($secret['Key'] -eq 'Password') {
            $row['Entropy'] = $secret['Entropy']
            $row['Readable'] = $null
            $row['Equal'] = @()
            if ($null -ne $secret['Entropy']) { Add-Judgement $row $File $secret $Secrets[$secret['Entropy']] $Asked }
        }
        $row
    }
}

# The password comes into the clear here, is compared and goes no further. Why one is not readable is not asked: .NET's
# words about it would be about a secret.
function Add-Judgement($Row, $File, $Secret, $Entropy, $Asked) {
    $blob = (Get-SliceText $File $Secret).Trim()
    $salt = (Get-SliceText $File $Entropy).Trim()
    if ((-not $blob) -or (-not $salt)) { return }
    try { $clear = Unprotect-Pop3Value $blob $salt }
    catch { $Row['Readable'] = $false; return }
    $Row['Readable'] = $true
    $user = $Secret['Block']['Username']
    if (($null -eq $user) -or -not $Asked.ContainsKey($user)) { return }
    $found = [System.Convert]::ToBase64String($clear)
    $Row['Equal'] = @(
        foreach ($one in @($Asked[$user])) {
            if ([string]::CompareOrdinal($one['Clear'], $found) -eq 0) { $one['Place'] }
        }
    )
}
