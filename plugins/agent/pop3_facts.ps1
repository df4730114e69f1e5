# What only a real host can tell about the POP3 connector, read-only, with every value that might be somebody's masked.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-Pop3Facts')

$Pop3Lines = '(?<=\A|[\r\n])(?!\z)(?:([^\r\n:]*):)?([^\r\n]*)(?:\r\n|\r|\n|\z)'
# Characters of a text that is shown, bytes on either side of where the program names the record, of a program at most.
$ShownText = 3
$ProgramReach = 4000
$ProgramLimit = 33554432
$MailAddress = '[^\s@<>"'',;:()\[\]]+@[^\s@<>"'',;:()\[\]]+'
$SbsKey = 'HKLM:\SOFTWARE\Microsoft\SmallBusinessServer'

function Get-Pop3Facts {
    [CmdletBinding()]
    param([string] $Path, [string] $Service, [string] $Salt)
    $place = Get-Pop3Place $Path
    $name = Get-Pop3ServiceName $Service
    $facts = @{ Lines = @(); Acl = $null }
    $facts['Bytes'] = @{ Length = $null; FirstBytes = $null; Crlf = $null; Lf = $null; Cr = $null }
    if ([System.IO.File]::Exists($place['File'])) { Add-FileFacts $facts (Read-Pop3File $place) $Salt $place['File'] }
    $facts['Service'] = Get-WholeServiceFacts $name
    $facts['Folders'] = @(Get-Pop3Folders $place['Folder'])
    $facts['Program'] = Get-ProgramFacts
    $facts['Registry'] = @(Get-RegistryFacts @($SbsKey, "HKLM:\SYSTEM\CurrentControlSet\Services\$name"))
    $facts['Log'] = Get-MaskedLog
    return $facts
}

function Add-FileFacts($Facts, $File, [string] $Salt, [string] $Path) {
    $Facts['Bytes'] = Get-ByteFacts $File
    $Facts['Lines'] = @(Get-LineFacts $File $Salt)
    try { $Facts['Acl'] = (Get-FileAcl $Path).Sddl }
    catch { Add-Warning "The file's access list could not be read: $($_.Exception.Message)" }
}

function Get-ByteFacts($File) {
    $whole = New-Object System.Text.RegularExpressions.Regex('\r\n')
    $pairs = $whole.Matches($File['Text']).get_Count()
    $all = $File['Text'].get_Length()
    return @{
        Length     = $File['Bytes'].GetLength(0)
        FirstBytes = (Get-FirstBytes $File['Bytes']).ToLowerInvariant()
        Crlf       = $pairs
        Lf         = $all - $File['Text'].Replace("`n", '').get_Length() - $pairs
        Cr         = $all - $File['Text'].Replace("`r", '').get_Length() - $pairs
    }
}

# One row for each line: its key, what kind of value it has and how long it is, and in which block it stands. The value
# itself is shown where it can be nobody's name and no password.
function Get-LineFacts($File, [string] $Salt) {
    $account = 0
    foreach ($match in @(Find-Pop3Matches $File $Pop3Lines)) {
        $value = $match.Groups[2].Value
        $length = Get-ValueLength $File $match.Groups[2]
        $row = @{ Key = $null; ValueLength = $length; Class = Get-ValueClass $value; Account = $account }
        $row['Value'] = $null
        $row['Digest'] = $null
        if ($match.Groups[1].Success) { Add-ValueFacts $row $File $match $Salt }
        elseif ($value -eq '-') { $row['Value'] = '-'; $account++ }
        $row
    }
}

function Add-ValueFacts($Row, $File, $Match, [string] $Salt) {
    $Row['Key'] = Get-SliceText $File (Get-Pop3Slice $File $Match.Groups[1])
    if (@('Password', 'Entropy') -ccontains $Row['Key']) { return }
    $slice = Get-Pop3Slice $File $Match.Groups[2]
    $value = Get-SliceText $File $slice
    $short = $Row['ValueLength'] -le $ShownText
    if ($short -or ($Row['Key'] -ceq 'Port') -or (@('True', 'False') -contains $value)) { $Row['Value'] = $value }
    if ($Salt) { $Row['Digest'] = Get-SaltedDigest (Copy-Slice $File $slice) $Salt }
}

# In characters; without a byte order mark, where nothing says what one is, in bytes.
function Get-ValueLength($File, $Group) {
    if (($File['Mark'] -eq 0) -or ($File['Unit'] -gt 1)) { return $Group.get_Length() }
    return (Get-SliceText $File (Get-Pop3Slice $File $Group)).get_Length()
}

function Get-ValueClass([string] $Value) {
    if ($Value -eq '') { return 'empty' }
    if ($Value -match '\A[0-9]+\z') { return 'digits' }
    if (($Value -match '\A[A-Za-z0-9+/]{16,}={0,2}\z') -and ($Value.get_Length() % 4 -eq 0)) { return 'base64' }
    return 'text'
}

# Enough to tell whether a value has changed, and too little to tell what it is without the salt.
function Get-SaltedDigest($Bytes, [string] $Salt) {
    $joined = New-Object System.IO.MemoryStream
    $end = [System.Text.Encoding]::UTF8.GetBytes($Salt)
    $joined.Write($Bytes, 0, $Bytes.GetLength(0))
    $joined.Write($end, 0, $end.GetLength(0))
    return (Get-Sha256 $joined.ToArray()).Substring(0, 12)
}

function Get-WholeServiceFacts([string] $Name) {
    $facts = Get-Pop3ServiceFacts $Name
    foreach ($key in @('Description', 'Account', 'Program', 'DependsOn')) { $facts[$key] = $null }
    if (-not $facts['Exists']) { return $facts }
    $instance = Get-ServiceInstance $facts['Name']
    $facts['Description'] = $instance.Description
    $facts['Account'] = $instance.StartName
    $facts['Program'] = $instance.PathName
    $needs = @((Find-Pop3Controller $Name).ServicesDependedOn | Where-Object { $null -ne $_ })
    $facts['DependsOn'] = @($needs | ForEach-Object { $_.Name })
    return $facts
}

function Get-Pop3Folders([string] $Data) {
    $root = Get-ServerFolder
    foreach ($row in @(@($Data, '*'), @(($root + '\Logs\pop3connector'), '*'), @(($root + '\Bin'), '*pop3*'))) {
        $files = @(Get-FolderFiles $row[0] $row[1] | Sort-Object -Property Name | ForEach-Object { Get-FileFacts $_ })
        @{ Path = $row[0]; Files = $files }
    }
}

function Get-ProgramFacts {
    $place = Get-Pop3Program
    $facts = @{ Path = $place['Path']; Exists = $false; FileVersion = $null; Runtime = $null }
    $facts['Config'] = [System.IO.File]::Exists($place['File'] + '.config')
    $facts['Strings'] = @(Get-ProgramStrings $place['Folder'])
    if (-not [System.IO.File]::Exists($place['File'])) { return $facts }
    $facts['Exists'] = $true
    $facts['FileVersion'] = [System.Diagnostics.FileVersionInfo]::GetVersionInfo($place['File']).FileVersion
    $bytes = Read-ProgramText $place['File']
    foreach ($runtime in @('v2.0.50727', 'v4.0.30319')) {
        if ($bytes.IndexOf($runtime, [System.StringComparison]::Ordinal) -ge 0) { $facts['Runtime'] = $runtime }
    }
    return $facts
}

# Each byte as a character.
function Read-ProgramText([string] $File) {
    return [System.Text.Encoding]::GetEncoding(28591).GetString((Read-SharedFile $File))
}

# The texts that stand near the record's name in the connector's programs: where one is named the others are.
function Get-ProgramStrings([string] $Folder) {
    $seen = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    foreach ($file in @(Get-FolderFiles $Folder '*pop3*' | Where-Object { $_.Name -match '\.(exe|dll)\z' })) {
        if ($file.get_Length() -gt $ProgramLimit) {
            Add-Warning "$($file.Name) is too large to be looked at."
            continue
        }
        foreach ($text in @(Find-ProgramStrings (Read-ProgramText (Join-Place $Folder $file.Name)))) {
            if (-not $seen.ContainsKey($text)) { $seen[$text] = $true; $text }
        }
    }
}

function Find-ProgramStrings([string] $Text) {
    $single = [System.Text.Encoding]::GetEncoding(28591)
    $name = $single.GetString([System.Text.Encoding]::Unicode.GetBytes('Pop3Account'))
    $wide = New-Object System.Text.RegularExpressions.Regex('(?:[\x20-\x7E]\x00){3,120}')
    $at = $Text.IndexOf($name, [System.StringComparison]::Ordinal)
    while ($at -ge 0) {
        $from = [System.Math]::Max(0, $at - $ProgramReach)
        $end = [System.Math]::Min($Text.get_Length(), $at + $name.get_Length() + $ProgramReach)
        $window = $Text.Substring($from, $end - $from)
        foreach ($match in @($wide.Matches($window))) { $match.Value.Replace([string] [char] 0, '') }
        $at = $Text.IndexOf($name, $at + 1, [System.StringComparison]::Ordinal)
    }
}

function Get-RegistryFacts($Paths) {
    foreach ($path in @($Paths)) {
        $keys = @(Get-Item -Path $path -ErrorAction SilentlyContinue) +
            @(Get-ChildItem -Path $path -Recurse -ErrorAction SilentlyContinue)
        foreach ($key in @($keys | Where-Object { $null -ne $_ })) {
            foreach ($name in @($key.GetValueNames())) {
                $value = Get-RegistryShown ($key.GetValue($name))
                $shown = $key.Name -replace '\AHKEY_LOCAL_MACHINE', 'HKLM'
                @{ Path = $shown; Name = $name; Kind = $key.GetValueKind($name).ToString(); Value = $value }
            }
        }
    }
}

# Numbers and True and False as they are, of anything else how long it is.
function Get-RegistryShown($Value) {
    if (($null -eq $Value) -or (Test-Number $Value)) { return $Value }
    if (($Value -is [string]) -and ($Value -match '\A([0-9]+|True|False)\z')) { return $Value }
    if ($Value -is [string]) { return $Value.get_Length() }
    return @($Value).Count
}

function Get-MaskedLog {
    try { $log = Read-Pop3Log }
    catch { Add-Warning "The log could not be read: $($_.Exception.Message)"; return $null }
    $log['Lines'] = @(foreach ($line in @($log['Lines'])) { $line -replace $MailAddress, '********' })
    return $log
}
