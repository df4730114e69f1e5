# A service of Windows: what it is doing, starting it and stopping it, each within a time.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function Get-ServiceStatus($Controller) {
    $Controller.Refresh()
    return $Controller.Status.ToString()
}

# Not by Stop-Service, which waits for ever. .NET would stop what depends on the service as well, and nobody would
# start that again.
function Stop-HostService($Controller, [int] $Seconds, [string] $Code) {
    if ((Get-ServiceStatus $Controller) -eq 'Stopped') { return }
    $others = @($Controller.DependentServices | Where-Object { $null -ne $_ })
    $needed = @($others | Where-Object { $_.Status.ToString() -ne 'Stopped' })
    if ($needed) {
        $names = @($needed | ForEach-Object { $_.Name }) -join ', '
        Stop-Step $Code "Other services need $($Controller.Name) and run: $names"
    }
    try {
        if ($Controller.Status.ToString() -ne 'StopPending') { $Controller.Stop() }
        $Controller.WaitForStatus('Stopped', (New-Object System.TimeSpan(0, 0, $Seconds)))
    }
    catch {
        $words = $_.Exception.GetBaseException().Message
        Stop-Step $Code "The service $($Controller.Name) did not stop in $Seconds seconds: $words"
    }
}

function Start-HostService($Controller, [int] $Seconds, [string] $Code) {
    if ((Get-ServiceStatus $Controller) -eq 'Running') { return }
    try {
        if ($Controller.Status.ToString() -ne 'StartPending') { $Controller.Start() }
        $Controller.WaitForStatus('Running', (New-Object System.TimeSpan(0, 0, $Seconds)))
    }
    catch {
        $words = $_.Exception.GetBaseException().Message
        Stop-Step $Code "The service $($Controller.Name) did not start in $Seconds seconds: $words"
    }
}
