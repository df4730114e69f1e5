# The POP3 connector's file: its place, its encoding, and where its secrets stand in it.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# A line ends at CR or LF and at nothing else; a block of lines at a line that is exactly a hyphen.
$Pop3Marks = '(?<=\A|[\r\n])(?:(Password|Entropy|Username):([^\r\n]*)|-(?=[\r\n]|\z))'

function Get-Pop3Place([string] $Path) {
    if (-not $Path) { $Path = (Get-ServerFolder) + '\Data\pop3records.dat' }
    return (Get-Place 'Path' $Path)
}

function Get-Pop3Backups($Place) {
    $name = [System.Management.Automation.WildcardPattern]::Escape($Place['Name'])
    $found = @(Get-FolderFiles $Place['Folder'] "$name.*.bak")
    # By their names, which tell when each was made: their times tell when the file was last written to before that.
    return @($found | Sort-Object -Property { $_.Name -replace 'Z\.bak\z', 'Z_1.bak' })
}

# Bytes, Text and how they belong together: Text begins after Mark bytes, and each of its characters is Unit bytes.
function Read-Pop3File($Place) {
    $bytes = Read-SharedFile $Place['File']
    $file = Get-Pop3Encoding $bytes
    $file['Bytes'] = $bytes
    try { $file['Text'] = Get-Pop3Text $file }
    catch {
        $names = @(Get-Pop3Backups $Place | ForEach-Object { $_.Name }) -join ', '
        Stop-Step 'pop3_file_unreadable' "The file is not what its byte order mark says. Backups beside it: $names"
    }
    return $file
}

# The encodings are the strict ones, which refuse what they could not write again.
function Get-Pop3Encoding($Bytes) {
    $first = Get-FirstBytes $Bytes
    $big = $first -match '\A(0000)?FEFF'
    if (@('FFFE0000', '0000FEFF') -contains $first) {
        return @{ Mark = 4; Unit = 4; Encoding = New-Object System.Text.UTF32Encoding($big, $false, $true) }
    }
    if ($first -match '\A(FFFE|FEFF)') {
        return @{ Mark = 2; Unit = 2; Encoding = New-Object System.Text.UnicodeEncoding($big, $false, $true) }
    }
    $strict = New-Object System.Text.UTF8Encoding($false, $true)
    if ($first.StartsWith('EFBBBF')) { return @{ Mark = 3; Unit = 1; Encoding = $strict } }
    try { [void] $strict.GetCharCount($Bytes) }
    catch { $strict = [System.Text.Encoding]::GetEncoding(28591) }
    return @{ Mark = 0; Unit = 1; Encoding = $strict }
}

# Of single bytes each is a character (28591 is Latin-1), whatever they mean: keys are found alike in UTF-8 and in any
# ANSI code page. Of four bytes each is one as well, also where .NET makes two of them.
function Get-Pop3Text($File) {
    $size = $File['Bytes'].GetLength(0) - $File['Mark']
    if ($size % $File['Unit']) { throw 'It ends within a character.' }
    $text = $File['Encoding'].GetString($File['Bytes'], $File['Mark'], $size)
    if ($File['Unit'] -eq 4) { return ($text -replace '[\uD800-\uDBFF][\uDC00-\uDFFF]', [string] [char] 0xFFFD) }
    if ($File['Unit'] -eq 2) { return $text }
    return [System.Text.Encoding]::GetEncoding(28591).GetString($File['Bytes'], $File['Mark'], $size)
}

# Every match of a pattern in the text, in order.
function Find-Pop3Matches($File, [string] $Pattern) {
    $regex = New-Object System.Text.RegularExpressions.Regex($Pattern)
    $match = $regex.Match($File['Text'])
    while ($match.Success) {
        $match
        $match = $match.NextMatch()
    }
}

# Where a group of a match stands, in bytes.
function Get-Pop3Slice($File, $Group) {
    $offset = $File['Mark'] + $Group.Index * $File['Unit']
    return @{ Offset = $offset; Length = $Group.get_Length() * $File['Unit'] }
}

function Get-SliceText($File, $Slice) {
    return $File['Encoding'].GetString($File['Bytes'], $Slice['Offset'], $Slice['Length'])
}

function Copy-Slice($File, $Slice) {
    $piece = [System.Array]::CreateInstance([byte], $Slice['Length'])
    [System.Array]::Copy($File['Bytes'], $Slice['Offset'], $piece, 0, $Slice['Length'])
    return , $piece
}

# The file's secrets in its order: Key, Offset, Length; of a password also Entropy (the place in this list of the last
# one above it) and Block, a table that knows its Username once the block was read to its end.
function Find-Pop3Secrets($File) {
    $secrets = New-Object System.Collections.ArrayList
    $entropy = $null
    $block = @{ Username = $null }
    foreach ($match in @(Find-Pop3Matches $File $Pop3Marks)) {
        $key = $match.Groups[1].Value
        if (-not $key) { $block = @{ Username = $null }; continue }
        $secret = Get-Pop3Slice $File $match.Groups[2]
        if ($key -eq 'Username') { $block['Username'] = Get-SliceText $File $secret; continue }
        $secret['Key'] = $key
        if ($key -eq 'Entropy') { $entropy = $secrets.get_Count() }
        else { $secret['Entropy'] = $entropy; $secret['Block'] = $block }
        [void] $secrets.Add($secret)
    }
    return , $secrets.ToArray()
}

# The file's bytes with an x for each character of each secret; of one with NULs in it the first stays NUL, since that
# tells of damage.
function Get-MaskedBytes($File, $Secrets) {
    $masked = $File['Bytes'].Clone()
    $longest = 0
    foreach ($secret in @($Secrets)) { $longest = [System.Math]::Max($longest, $secret['Length']) }
    $letters = New-Object System.String([char] 'x', [int] ($longest / $File['Unit']))
    $cover = $File['Encoding'].GetBytes($letters)
    $nul = [System.Array]::CreateInstance([byte], $File['Unit'])
    foreach ($secret in @($Secrets)) {
        [System.Array]::Copy($cover, 0, $masked, $secret['Offset'], $secret['Length'])
        if ((Get-SliceText $File $secret).IndexOf([char] 0) -ge 0) {
            [System.Array]::Copy($nul, 0, $masked, $secret['Offset'], $File['Unit'])
        }
    }
    return , $masked
}
