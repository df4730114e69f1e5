# Writing the POP3 connector's file: the service stopped, the file compared with the plan, the old one kept.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Write-Pop3Records')
[void] $OwnCommands.Add('Restore-Pop3Records')

function Write-Pop3Records {
    [CmdletBinding()]
    param(
        [string] $Path,
        [string] $Service,
        [Parameter(Mandatory = $true)] [string] $Sha256,
        [Parameter(Mandatory = $true)] $Edits,
        [string] $ServiceAfter,
        [int] $TimeoutSeconds = 60
    )
    $change = New-Pop3Change (Get-Pop3Place $Path) $Service $ServiceAfter $TimeoutSeconds
    $change['Sha256'] = $Sha256
    $change['Edits'] = @($Edits)
    return (Invoke-Pop3Change $change)
}

function Restore-Pop3Records {
    [CmdletBinding()]
    param(
        [string] $Path,
        [string] $Service,
        [Parameter(Mandatory = $true)] [string] $Backup,
        [string] $Sha256,
        [string] $ServiceAfter,
        [int] $TimeoutSeconds = 60
    )
    $place = Get-Pop3Place $Path
    $kept = Get-BackupFile $place $Backup
    $change = New-Pop3Change $place $Service $ServiceAfter $TimeoutSeconds
    $change['Sha256'] = $Sha256
    $change['Kept'] = $kept
    return (Invoke-Pop3Change $change)
}

function Get-BackupFile($Place, [string] $Backup) {
    $known = @(Get-Pop3Backups $Place | ForEach-Object { $_.Name })
    if ($known -notcontains $Backup) { Stop-Step 'parameter_unreadable' "There is no backup of that name: $Backup" }
    return (Join-Place $Place['Folder'] $Backup)
}

# Everything about one change of the file: Place, Controller, Seconds, Before (as the service was), After (as it is
# wanted), Sha256 (of the file as planned; nothing: there is none), Edits or Kept (the backup that comes back), and what
# comes of it: Bytes, Acl, Backup.
function New-Pop3Change($Place, [string] $Service, [string] $ServiceAfter, [int] $Seconds) {
    if (-not $ServiceAfter) { $ServiceAfter = 'as_before' }
    if (@('as_before', 'running', 'stopped') -cnotcontains $ServiceAfter) {
        Stop-Step 'parameter_unreadable' "ServiceAfter is '$ServiceAfter'; it must be as_before, running or stopped."
    }
    Assert-Range 'TimeoutSeconds' $Seconds 1 600
    $controller = Get-Pop3Controller $Service
    $before = Read-Pop3Mark $Place
    # Whoever left the mark stopped the service: what it shows now is not how it was.
    if (@('running', 'stopped') -notcontains $before) {
        $before = 'running'
        if (@('Stopped', 'StopPending') -contains $controller.Status.ToString()) { $before = 'stopped' }
    }
    $after = $ServiceAfter
    if ($after -eq 'as_before') { $after = $before }
    $change = @{ Place = $Place; Controller = $controller; Seconds = $Seconds; Before = $before; After = $after }
    $change['Backup'] = $null
    return $change
}

function Assert-Planned($Change) {
    $file = $Change['Place']['File']
    $exists = [System.IO.File]::Exists($file)
    if ($Change['Sha256'] -and -not $exists) { Stop-Step 'pop3_file_missing' 'The file is not there.' }
    if ((-not $Change['Sha256']) -and -not $exists) { return }
    Assert-Digest $Change (Read-SharedFile $file)
}

function Assert-Digest($Change, $Bytes) {
    if ((Get-Sha256 $Bytes) -ne $Change['Sha256']) {
        Stop-Step 'pop3_file_changed' 'The file is not the one that was read: something else has changed it since.'
    }
}

# Until the file is there, any failure leaves everything as it was. All that can be refused is refused before the
# service is stopped; what changes the file meanwhile is noticed after that.
function Invoke-Pop3Change($Change) {
    $written = $false
    try {
        Assert-Planned $Change
        Add-NewBytes $Change
        Stop-ForChange $Change
        Wait-Unlocked $Change['Place']['File']
        Assert-Planned $Change
        Save-Pop3File $Change
        $written = $true
    }
    finally { if (-not $written) { Undo-Pop3Change $Change } }
    Restore-Acl $Change
    Start-AfterChange $Change
    Remove-Pop3Mark $Change['Place']
    return (Get-ChangeReport $Change)
}

function Add-NewBytes($Change) {
    $alike = $Change['Place']['File']
    if ($Change['Kept']) {
        $Change['Bytes'] = Read-SharedFile $Change['Kept']
        if (-not $Change['Sha256']) { $alike = $Change['Kept'] }
    }
    else {
        $file = Read-Pop3File $Change['Place']
        Assert-Digest $Change $file['Bytes']
        $Change['Bytes'] = Get-EditedBytes $file $Change['Edits']
    }
    $Change['Acl'] = Get-FileAcl $alike
}

function Stop-ForChange($Change) {
    if ((Get-ServiceStatus $Change['Controller']) -eq 'Stopped') { return }
    try { Write-Pop3Mark $Change['Place'] $Change['Before'] }
    catch { Stop-Step 'pop3_not_written' "Nothing can be written there: $($_.Exception.GetBaseException().Message)" }
    Stop-HostService $Change['Controller'] $Change['Seconds'] 'pop3_service_not_stopped'
}

# A service says that it has stopped a moment before its process lets go of its files.
function Wait-Unlocked([string] $File) {
    if (-not [System.IO.File]::Exists($File)) { return }
    $open = [System.IO.FileMode]::Open
    $none = [System.IO.FileShare]::None
    for ($try = 1; $true; $try++) {
        try {
            (New-Object System.IO.FileStream($File, $open, [System.IO.FileAccess]::Read, $none)).Close()
            return
        }
        catch {
            $base = $_.Exception.GetBaseException()
            if ($base.GetType().FullName -ne 'System.IO.IOException') { throw }
            if ($try -ge 5) { Stop-Step 'pop3_file_locked' "Something holds the file open: $($base.Message)" }
        }
        Start-Sleep -Milliseconds 500
    }
}

function Get-TemporaryFile($Change) {
    return ($Change['Place']['File'] + '.sbs-mailflow.tmp')
}

function Save-Pop3File($Change) {
    $file = $Change['Place']['File']
    $temporary = Get-TemporaryFile $Change
    try {
        Write-Through $temporary $Change['Bytes']
        if ((Get-Sha256 (Read-SharedFile $temporary)) -ne (Get-Sha256 $Change['Bytes'])) { throw 'It reads otherwise.' }
        if ([System.IO.File]::Exists($file)) {
            $Change['Backup'] = Get-BackupName $Change['Place']
            [System.IO.File]::Replace($temporary, $file, (Join-Place $Change['Place']['Folder'] $Change['Backup']))
        }
        else { [System.IO.File]::Move($temporary, $file) }
    }
    catch { Stop-Step 'pop3_not_written' "The file could not be written: $($_.Exception.GetBaseException().Message)" }
}

# On the disk, not in a cache, when this returns.
function Write-Through([string] $File, $Bytes) {
    $create = [System.IO.FileMode]::Create
    $through = [System.IO.FileOptions]::WriteThrough
    $none = [System.IO.FileShare]::None
    $stream = New-Object System.IO.FileStream($File, $create, [System.IO.FileAccess]::Write, $none, 65536, $through)
    try { $stream.Write($Bytes, 0, $Bytes.GetLength(0)) }
    finally { $stream.Close() }
}

function Get-BackupName($Place) {
    $stamp = [datetime]::UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", $Invariant)
    $name = "$($Place['Name']).$stamp.bak"
    for ($number = 2; [System.IO.File]::Exists((Join-Place $Place['Folder'] $name)); $number++) {
        $name = "$($Place['Name']).${stamp}_$number.bak"
    }
    return $name
}

# Nothing here may fail: the reason why it is called is on its way.
function Undo-Pop3Change($Change) {
    $file = $Change['Place']['File']
    try {
        [System.IO.File]::Delete((Get-TemporaryFile $Change))
        # Where Windows fails in the middle of replacing, the old file has its backup's name.
        if ($Change['Backup'] -and -not [System.IO.File]::Exists($file)) {
            $kept = Join-Place $Change['Place']['Folder'] $Change['Backup']
            if ([System.IO.File]::Exists($kept)) { [System.IO.File]::Move($kept, $file) }
        }
    }
    catch { Add-Warning "After the failure: $($_.Exception.GetBaseException().Message)" }
    try {
        $paused = (Get-ServiceStatus $Change['Controller']) -eq 'Paused'
        if (($Change['Before'] -eq 'running') -and -not $paused) {
            Start-HostService $Change['Controller'] $Change['Seconds'] 'pop3_service_not_started'
        }
        Remove-Pop3Mark $Change['Place']
    }
    catch { Add-Warning "After the failure: $($_.Exception.GetBaseException().Message)" }
}

function Start-AfterChange($Change) {
    if ($Change['After'] -ne 'running') { return }
    try { Start-HostService $Change['Controller'] $Change['Seconds'] 'pop3_service_not_started' }
    catch { Stop-Step 'pop3_service_not_started' "The file is written. $($_.Exception.GetBaseException().Message)" }
}

function Get-ChangeReport($Change) {
    $bytes = Read-SharedFile $Change['Place']['File']
    $sha = Get-Sha256 $bytes
    if ($sha -ne (Get-Sha256 $Change['Bytes'])) { Add-Warning 'The file was changed again as soon as it was written.' }
    return @{
        Backup = $Change['Backup']
        Sha256 = $sha
        Length = $bytes.GetLength(0)
        Before = @{ running = 'Running'; stopped = 'Stopped' }[$Change['Before']]
        After  = Get-ServiceStatus $Change['Controller']
        Owner  = $Change['Owner']
    }
}
