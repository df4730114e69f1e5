# Files: where one is, its bytes while others write to it, and their digest.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# ProgramW6432 is the native folder also where PowerShell is a 32-bit one.
function Get-ServerFolder {
    $programs = $env:ProgramW6432
    if (-not $programs) { $programs = $env:ProgramFiles }
    return ($programs + '\Windows Small Business Server')
}

# A file by its folder and name. Cut here and not by .NET, which knows the backslash on Windows only.
function Get-Place([string] $Name, [string] $Path) {
    if (($Path -match '\p{Cc}') -or -not ($Path -match '\A(.*[^:\\/])[\\/]([^:\\/]+)\z')) {
        Stop-Step 'parameter_unreadable' "$Name is no path of a file in a folder."
    }
    return @{ Path = $Path; Folder = $matches[1]; Name = $matches[2]; File = Join-Place $matches[1] $matches[2] }
}

function Join-Place([string] $Folder, [string] $Name) {
    return [System.IO.Path]::Combine($Folder, $Name)
}

# The files of a folder by a pattern, oldest first; none where there is no folder.
function Get-FolderFiles([string] $Folder, [string] $Pattern) {
    $found = New-Object System.IO.DirectoryInfo($Folder)
    if (-not $found.Exists) { return }
    $files = @($found.GetFiles() | Where-Object { $_.Name -like $Pattern })
    return @($files | Sort-Object -Property LastWriteTimeUtc, Name)
}

function Get-FileFacts($File) {
    return @{ Name = $File.Name; Length = $File.get_Length(); LastWriteTime = $File.LastWriteTimeUtc }
}

# Whoever else has it open may go on. That it is locked is what a plain IOException means here: a missing file and a
# denied access have types of their own.
function Open-SharedFile([string] $File) {
    $open = [System.IO.FileMode]::Open
    $share = [System.IO.FileShare]::ReadWrite
    try { return (New-Object System.IO.FileStream($File, $open, [System.IO.FileAccess]::Read, $share)) }
    catch {
        $base = $_.Exception.GetBaseException()
        if ($base.GetType().FullName -ne 'System.IO.IOException') { throw }
        Stop-Step 'pop3_file_locked' "The file cannot be opened: $($base.Message)"
    }
}

# A list of bytes goes behind a comma wherever it is returned: PowerShell would unroll it.
function Read-SharedFile([string] $File) {
    $stream = Open-SharedFile $File
    try { return , (Read-Rest $stream) }
    finally { $stream.Close() }
}

function Read-Rest($Stream) {
    $buffer = [System.Array]::CreateInstance([byte], 65536)
    $all = New-Object System.IO.MemoryStream
    while (($count = $Stream.Read($buffer, 0, 65536)) -gt 0) { $all.Write($buffer, 0, $count) }
    return , $all.ToArray()
}

function Get-FirstBytes($Bytes) {
    return [System.BitConverter]::ToString($Bytes, 0, [System.Math]::Min(4, $Bytes.GetLength(0))).Replace('-', '')
}

function Get-Sha256($Bytes) {
    $digest = [System.Security.Cryptography.SHA256]::Create().ComputeHash($Bytes)
    return [System.BitConverter]::ToString($digest).Replace('-', '').ToLowerInvariant()
}
