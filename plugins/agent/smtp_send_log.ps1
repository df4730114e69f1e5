# Exchange's own record of what it sent.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Read-SmtpSendLog')

# The first two fields of a line: date-time, connector-id.
$LogFields = '^("(?:[^"]|"")*"|[^,"]*),("(?:[^"]|"")*"|[^,"]*),'
# Behind them: session-id, sequence-number, local-endpoint, remote-endpoint, event; then the data.
$EventFields = '^' + ('("(?:[^"]|"")*"|[^,"]*),' * 7)
$LogTime = '^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?Z\z'

function Read-SmtpSendLog {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [string] $After,
        [Parameter(Mandatory = $true)] [string] $Connector,
        [int] $MaxLines = 2000
    )
    Assert-Range 'MaxLines' $MaxLines 1 100000
    $log = @{ After = ConvertTo-LogTime $After; Connector = $Connector; MaxLines = $MaxLines; Truncated = $false }
    $log['Lines'] = New-Object System.Collections.Queue
    $files = @(Get-LogFiles $Path (ConvertFrom-LogTime $log['After']))
    foreach ($file in @($files)) { Add-LogLines $log $file.FullName }
    return @{ Files = @($files).Count; Lines = $log['Lines'].ToArray(); Truncated = $log['Truncated'] }
}

# With the three digits that Exchange writes: texts of one length can be compared as they are.
function ConvertTo-LogTime([string] $Text) {
    if (-not ($Text -match $LogTime)) { Stop-Step 'parameter_unreadable' 'After is no time like 2026-11-25T10:00:00Z.' }
    return ($matches[1] + '.' + ([string] $matches[2] + '000').Substring(0, 3) + 'Z')
}

function ConvertFrom-LogTime([string] $Text) {
    try { $time = [datetime]::ParseExact($Text, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $Invariant) }
    catch { Stop-Step 'parameter_unreadable' "There is no time $Text." }
    return [datetime]::SpecifyKind($time, [System.DateTimeKind]::Utc)
}

# Oldest first. The newest is read whatever its time says: Windows may not write that down while Exchange holds it open.
function Get-LogFiles([string] $Path, $After) {
    $folder = New-Object System.IO.DirectoryInfo($Path)
    if (-not $folder.Exists) { return }
    $files = @($folder.GetFiles() | Where-Object { $_.Name -like '*.log' } | Sort-Object -Property CreationTimeUtc, Name)
    $newest = @($files | Select-Object -Last 1 | ForEach-Object { $_.Name })
    return @($files | Where-Object { ($_.LastWriteTimeUtc -ge $After) -or ($newest -contains $_.Name) })
}

# Exchange goes on writing meanwhile.
function Open-LogFile([string] $Path) {
    $share = [System.IO.FileShare]::ReadWrite
    return (New-Object System.IO.FileStream($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share))
}

# A reader of no more than may still be looked at (Left): the end of a longer file.
function Open-LogEnd($Log, [string] $Path) {
    $stream = Open-LogFile $Path
    $length = $stream.get_Length()
    $skipped = [System.Math]::Max([long] 0, $length - $Log['Left'])
    $Log['Left'] = $Log['Left'] - ($length - $skipped)
    [void] $stream.Seek($skipped, [System.IO.SeekOrigin]::Begin)
    $reader = New-Object System.IO.StreamReader($stream, [System.Text.Encoding]::UTF8)
    if ($skipped) {
        $Log['Skipped'] = $true
        [void] $reader.ReadLine()
    }
    return $reader
}

# The fields of a line from that time on, up to its event; none of any other line.
function Get-EventFields([string] $Line, [string] $After) {
    if (-not ($Line -match $EventFields)) { return }
    $fields = @(foreach ($at in @(1..7)) { ConvertFrom-CsvField $matches[$at] })
    if (-not ($fields[0] -match $LogTime)) { return }
    if ([string]::CompareOrdinal($fields[0], $After) -lt 0) { return }
    return $fields
}

function ConvertTo-LogText($Time) {
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $Invariant)
}

function Add-LogLines($Log, [string] $Path) {
    $stream = Open-LogFile $Path
    try {
        $reader = New-Object System.IO.StreamReader($stream, [System.Text.Encoding]::UTF8)
        while ($null -ne ($line = $reader.ReadLine())) {
            # Most lines are older: one quick look each. A quotation mark would sort before every digit.
            $older = [string]::CompareOrdinal($line, $Log['After']) -lt 0
            if ($older -and -not $line.StartsWith('"')) { continue }
            if (Test-LogLine $Log $line) { Add-LogLine $Log $line }
        }
    }
    finally { $stream.Close() }
}

function Test-LogLine($Log, [string] $Line) {
    if (-not ($Line -match $LogFields)) { return $false }
    $time = ConvertFrom-CsvField $matches[1]
    $connector = ConvertFrom-CsvField $matches[2]
    if ((-not ($time -match $LogTime)) -or ([string]::CompareOrdinal($time, $Log['After']) -lt 0)) { return $false }
    return $connector.Equals($Log['Connector'], [System.StringComparison]::OrdinalIgnoreCase)
}

function ConvertFrom-CsvField([string] $Field) {
    if (-not $Field.StartsWith('"')) { return $Field }
    return $Field.Substring(1, $Field.get_Length() - 2).Replace('""', '"')
}

# Where there are too many, the oldest go.
function Add-LogLine($Log, [string] $Line) {
    $Log['Lines'].Enqueue((Hide-Secret $Line))
    if ($Log['Lines'].get_Count() -gt $Log['MaxLines']) {
        [void] $Log['Lines'].Dequeue()
        $Log['Truncated'] = $true
    }
}
