# Whether servers can be reached from here at all; nothing is said to them.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Test-Reach')

$MostPlaces = 100

function Test-Reach {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] $Places,
        [int] $TimeoutSeconds = 10
    )
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 120
    Assert-Range 'the number of Places' @($Places).Count 1 $MostPlaces
    foreach ($place in @($Places)) {
        Assert-Range 'Port' $place['Port'] 1 65535
        Assert-OneLine @{ Name = [string] $place['Name'] }
    }
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    # All at once; then one time for all of them.
    $calls = @(foreach ($place in @($Places)) { Start-Reach $place })
    foreach ($call in @($calls)) { Complete-Reach $call $watch (1000 * $TimeoutSeconds) }
}

function Start-Reach($Place) {
    $row = @{
        Name = [string] $Place['Name']; Port = [int] $Place['Port']; Addresses = @(); Connected = $false
        Problem = $null; Ms = $null
    }
    $call = @{ Row = $row; Client = New-Object System.Net.Sockets.TcpClient }
    try {
        $call['Names'] = [System.Net.Dns]::BeginGetHostAddresses($row['Name'], $null, $null)
        $call['Waiting'] = $call['Client'].BeginConnect($row['Name'], $row['Port'], $null, $null)
    }
    catch { $row['Problem'] = Get-SocketProblem $_.Exception }
    return $call
}

function Complete-Reach($Call, $Watch, [int] $Limit) {
    $row = $Call['Row']
    try {
        if ($Call['Names'] -and (Wait-Reach $Call['Names'] $Watch $Limit)) {
            $found = [System.Net.Dns]::EndGetHostAddresses($Call['Names'])
            $row['Addresses'] = @(foreach ($address in @($found)) { $address.ToString() })
        }
        if ($Call['Waiting'] -and (Wait-Reach $Call['Waiting'] $Watch $Limit)) {
            $Call['Client'].EndConnect($Call['Waiting'])
            $row['Connected'] = $true
        }
        elseif (-not $row['Problem']) { $row['Problem'] = 'TimedOut' }
    }
    catch { $row['Problem'] = Get-SocketProblem $_.Exception }
    finally { $Call['Client'].Close() }
    $row['Ms'] = [int] $Watch.ElapsedMilliseconds
    return $row
}

function Wait-Reach($Waiting, $Watch, [int] $Limit) {
    $left = [int] [System.Math]::Max(0, $Limit - $Watch.ElapsedMilliseconds)
    return $Waiting.AsyncWaitHandle.WaitOne($left, $false)
}

# .NET's name of it, which is no word of the host's language.
function Get-SocketProblem($Exception) {
    $base = $Exception.GetBaseException()
    if ($base -is [System.Net.Sockets.SocketException]) { return $base.SocketErrorCode.ToString() }
    return 'Unknown'
}
