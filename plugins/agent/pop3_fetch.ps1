# The POP3 connector's program and log: fetching now, and the end of the newest log as plain text.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Start-Pop3Fetch')
[void] $OwnCommands.Add('Read-Pop3Log')
[void] $OwnCommands.Add('Get-BadMail')

# Bytes that are looked at of a log, which may be of any size.
$LogTail = 1048576

function Start-Pop3Fetch {
    [CmdletBinding()]
    param([string] $Program, [int] $WaitSeconds = 30)
    $place = Get-Pop3Program $Program
    Assert-Range 'WaitSeconds' $WaitSeconds 0 600
    if (-not [System.IO.File]::Exists($place['File'])) {
        Stop-Step 'pop3_program_missing' "The connector's program is not there: $($place['Path'])"
    }
    $start = New-Object System.Diagnostics.ProcessStartInfo($place['File'], '-downloadNow')
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $code = $null
    if ($process.WaitForExit(1000 * $WaitSeconds)) { $code = $process.ExitCode }
    return @{ Program = $place['Path']; Started = $true; ExitCode = $code }
}

function Get-Pop3Program([string] $Program) {
    if (-not $Program) { $Program = (Get-ServerFolder) + '\Bin\Pop3Connector.exe' }
    return (Get-Place 'Program' $Program)
}

function Read-Pop3Log {
    [CmdletBinding()]
    param([string] $Folder, [int] $Lines = 50)
    $Folder = Get-Pop3LogFolder $Folder
    Assert-Range 'Lines' $Lines 1 1000
    $log = @{ Folder = $Folder; Name = $null; LastWriteTime = $null; Length = $null; Lines = @() }
    $newest = Get-NewestLog $Folder
    if ($null -eq $newest) { return $log }
    $log['Name'] = $newest.Name
    $log['LastWriteTime'] = $newest.LastWriteTimeUtc
    $tail = Read-FileTail (Join-Place $Folder $newest.Name)
    $log['Length'] = $tail['Length']
    $found = @(Get-TailLines $tail)
    $count = @($found).Count
    $log['Lines'] = Get-HiddenLines $found ([System.Math]::Max(0, $count - $Lines)) $count
    return $log
}

function Get-Pop3LogFolder([string] $Folder) {
    if (-not $Folder) { $Folder = (Get-ServerFolder) + '\Logs\pop3connector' }
    Assert-OneLine @{ Folder = $Folder }
    return $Folder
}

function Get-NewestLog([string] $Folder) {
    $newest = Get-FolderFiles $Folder '*.log' | Select-Object -Last 1
    return $newest
}

# How many messages the connector has put aside, if it has such a folder.
function Get-BadMail {
    [CmdletBinding()]
    param([string] $Folder)
    if (-not $Folder) { $Folder = (Get-ServerFolder) + '\Data\badmail' }
    Assert-OneLine @{ Folder = $Folder }
    return @{ Folder = $Folder; Messages = @(Get-FolderFiles $Folder '*').Count }
}

# The lines from one on and before another.
function Get-HiddenLines($Lines, [int] $From, [int] $To) {
    $shown = New-Object System.Collections.ArrayList
    for ($i = $From; $i -lt $To; $i++) { [void] $shown.Add((Hide-Secret $Lines[$i])) }
    return , $shown.ToArray()
}

# The last bytes of a file that may be open and growing, and the first ones, which may tell the encoding.
function Read-FileTail([string] $File) {
    $stream = Open-SharedFile $File
    try {
        $length = $stream.get_Length()
        $first = [System.Array]::CreateInstance([byte], [int] [System.Math]::Min(4, $length))
        [void] $stream.Read($first, 0, $first.GetLength(0))
        # Even, so that no character of two bytes is cut in two.
        $from = [System.Math]::Max(0, $length - $LogTail)
        $from = $from - $from % 4
        [void] $stream.Seek($from, [System.IO.SeekOrigin]::Begin)
        return @{ Length = $length; From = $from; First = $first; Bytes = Read-Rest $stream }
    }
    finally { $stream.Close() }
}

function Get-TailLines($Tail) {
    $text = (ConvertFrom-TailBytes $Tail) -replace '\A\uFEFF', ''
    $lines = @($text -split '\r\n|\r|\n')
    # What stands before the first line break of a cut file is no whole line; what stands after the last is one, unless
    # it is empty.
    $first = 0
    if ($Tail['From'] -gt 0) { $first = 1 }
    $count = @($lines).Count
    if (($count -gt $first) -and ($lines[$count - 1] -eq '')) { $count-- }
    for ($i = $first; $i -lt $count; $i++) { $lines[$i] }
}

# By its byte order mark, else as UTF-8 where it is that, else byte by byte.
function ConvertFrom-TailBytes($Tail) {
    $first = Get-FirstBytes $Tail['First']
    if ($first.StartsWith('FFFE')) { return [System.Text.Encoding]::Unicode.GetString($Tail['Bytes']) }
    if ($first.StartsWith('FEFF')) { return [System.Text.Encoding]::BigEndianUnicode.GetString($Tail['Bytes']) }
    $begin = 0
    if ($Tail['From'] -gt 0) { $begin = [System.Math]::Max(0, [System.Array]::IndexOf($Tail['Bytes'], [byte] 10)) }
    $strict = New-Object System.Text.UTF8Encoding($false, $true)
    $count = $Tail['Bytes'].GetLength(0) - $begin
    try { return $strict.GetString($Tail['Bytes'], $begin, $count) }
    catch { return [System.Text.Encoding]::GetEncoding(28591).GetString($Tail['Bytes'], $begin, $count) }
}
