# What only a real Windows can tell: values of the registry, versions of files, events, and memory.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-RegistryValues')
[void] $OwnCommands.Add('Get-UpdateFacts')
[void] $OwnCommands.Add('Get-EventCounts')
[void] $OwnCommands.Add('Get-ProcessFacts')

# Events of the application log that are looked at, the newest.
$EventLimit = 5000

function Get-RegistryValues {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] $Values)
    foreach ($wanted in @($Values)) {
        $found = Get-RegistryKey $wanted['Key']
        $row = @{ Key = $wanted['Key']; Name = $wanted['Name']; Present = ($null -ne $found); Value = $null }
        if ($row['Present']) { $row['Value'] = Get-Property $found $wanted['Name'] }
        $row
    }
}

# What is updated shows in the files: rollups stand neither in Exchange's part of the registry nor among the hotfixes.
function Get-UpdateFacts {
    [CmdletBinding()]
    param()
    $system = $env:windir + '\System32'
    return @{
        ExSetup  = Get-FileVersion (Get-ExchangeFolder) 'ExSetup.exe'
        WinHttp  = Get-FileVersion $system 'winhttp.dll'
        WebIo    = Get-FileVersion $system 'webio.dll'
        DotNet35 = Test-FileText ($env:windir + '\Microsoft.NET\Framework64\v2.0.50727') 'System.dll' 'SystemDefaultTlsVersions'
    }
}

function Get-ExchangeFolder {
    $key = Get-ExchangeKey
    if (-not $key) { return $null }
    $folder = Get-Property (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup") 'MsiInstallPath'
    if ($folder) { return (Join-Place $folder 'bin') }
}

# As numbers: in the text of an Exchange file they are filled up with zeros.
function Get-FileVersion([string] $Folder, [string] $Name) {
    if (-not $Folder) { return $null }
    $path = Join-Place $Folder $Name
    if (-not [System.IO.File]::Exists($path)) { return $null }
    $found = Get-Property (Get-Item -Path $path -ErrorAction Stop) 'VersionInfo'
    return (@($found.FileMajorPart, $found.FileMinorPart, $found.FileBuildPart, $found.FilePrivatePart) -join '.')
}

# Whether the text stands in the file in UTF-16, at whatever offset.
function Test-FileText([string] $Folder, [string] $Name, [string] $Text) {
    $file = Join-Place $Folder $Name
    if (-not [System.IO.File]::Exists($file)) { return $null }
    $single = [System.Text.Encoding]::GetEncoding(28591)
    $wanted = $single.GetString([System.Text.Encoding]::Unicode.GetBytes($Text))
    return ($single.GetString((Read-SharedFile $file)).IndexOf($wanted, [System.StringComparison]::Ordinal) -ge 0)
}

# How often each event of these sources (patterns) stands among the newest of the application log, and when it came last.
function Get-EventCounts {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Sources)
    $counts = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    Get-EventLog -LogName 'Application' -Newest $EventLimit -ErrorAction Stop | ForEach-Object {
        foreach ($pattern in @($Sources)) {
            if ($_.Source -like $pattern) { Add-Event $counts $_; break }
        }
    }
    return $counts.get_Values()
}

function Add-Event($Counts, $Found) {
    $kind = $Found.EntryType.ToString()
    $number = [int] ($Found.InstanceId -band 0xFFFF)
    $key = "$($Found.Source) $('{0:d5}' -f $number) $kind"
    if (-not $Counts.ContainsKey($key)) {
        $Counts[$key] = @{ Source = $Found.Source; Id = $number; Kind = $kind; Count = 0; Latest = $Found.TimeGenerated }
    }
    $row = $Counts[$key]
    $row['Count'] = $row['Count'] + 1
    if ($Found.TimeGenerated -gt $row['Latest']) { $row['Latest'] = $Found.TimeGenerated }
}

# What this very process has needed so far; asked last, after whatever was loaded.
function Get-ProcessFacts {
    [CmdletBinding()]
    param()
    $process = [System.Diagnostics.Process]::GetCurrentProcess()
    return @{
        PeakMegabytes    = [int] ($process.PeakWorkingSet64 / 1MB)
        PrivateMegabytes = [int] ($process.PrivateMemorySize64 / 1MB)
    }
}
