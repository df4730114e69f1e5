# What of the host itself stands in the way of its mail: the disk of the queues, rights, shares, licence, directory.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-HostState')
[void] $OwnCommands.Add('Get-ServerState')

# Windows as a product of its licensing service, the one whose key is installed.
$WindowsLicence = "ApplicationID='55c92734-d682-4d71-983e-d6ec3f16059f' AND PartialProductKey IS NOT NULL"

function Get-HostState {
    [CmdletBinding()]
    param()
    $drive = Get-QueueDrive
    $disk = $null
    if ($drive) { $disk = Get-WmiInstance 'Win32_LogicalDisk' "DeviceID='$drive'" }
    return @{
        QueueDrive = $drive
        QueueSize  = $disk.Size
        QueueFree  = $disk.FreeSpace
        Groups     = Get-TokenGroups
    }
}

# The queues' database is below Exchange's folder, unless EdgeTransport.exe.config says otherwise.
function Get-QueueDrive {
    $key = Get-ExchangeKey
    if (-not $key) { return $null }
    $setup = Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup"
    if ([string] (Get-Property $setup 'MsiInstallPath') -match '^([A-Za-z]:)') { return $matches[1] }
}

# Those that count: a group that only denies is none of them.
function Get-TokenGroups {
    $found = New-Object System.Collections.ArrayList
    try {
        $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
        foreach ($group in @($identity.Groups)) { if ($null -ne $group) { [void] $found.Add($group.ToString()) } }
    }
    catch {
        Add-Warning "The groups of the account could not be read: $($_.Exception.Message)"
        return $null
    }
    return , $found.ToArray()
}

function Get-ServerState {
    [CmdletBinding()]
    param([int] $TimeoutSeconds = 120)
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    $licence = Get-WmiInstance 'SoftwareLicensingProduct' $WindowsLicence
    return @{
        Shares        = Get-ShareNames
        LicenceStatus = $licence.LicenseStatus
        DcdiagSilent  = Test-DcdiagSilent $TimeoutSeconds
    }
}

function Get-ShareNames {
    $found = New-Object System.Collections.ArrayList
    try {
        foreach ($share in @(Get-WmiObject -Class 'Win32_Share' -ErrorAction Stop)) {
            if ($null -ne $share) { [void] $found.Add($share.Name) }
        }
    }
    catch {
        Add-Warning "Win32_Share could not be read: $($_.Exception.Message)"
        return $null
    }
    return , $found.ToArray()
}

# With /q it says what is wrong and nothing else, in the server's language: only whether it says anything counts.
function Test-DcdiagSilent([int] $Seconds) {
    $start = New-Object System.Diagnostics.ProcessStartInfo('dcdiag.exe', '/q')
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    try { $process = [System.Diagnostics.Process]::Start($start) }
    catch {
        Add-Warning "dcdiag could not be started: $($_.Exception.GetBaseException().Message)"
        return $null
    }
    $silent = Test-SilentStream $process.StandardOutput.BaseStream $Seconds
    if ($null -eq $silent) { Add-Warning "dcdiag said nothing and did not end in $Seconds seconds." }
    # What it says after its first word is for nobody.
    try { $process.Kill() } catch { }
    return $silent
}

# Whether nothing but blanks comes until the end; nothing where there is no end in time.
function Test-SilentStream($Stream, [int] $Seconds) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $buffer = [System.Array]::CreateInstance([byte], 1024)
    while ($true) {
        $left = ($Seconds * 1000) - $watch.ElapsedMilliseconds
        $reading = $Stream.BeginRead($buffer, 0, 1024, $null, $null)
        if (-not $reading.AsyncWaitHandle.WaitOne([int] [System.Math]::Max(0, $left), $false)) { return $null }
        $count = $Stream.EndRead($reading)
        if ($count -eq 0) { return $true }
        foreach ($at in @(0..($count - 1))) { if ($buffer[$at] -gt 32) { return $false } }
    }
}
