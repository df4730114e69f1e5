# The host's own addresses.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-OwnAddresses')

function Get-OwnAddresses {
    [CmdletBinding()]
    param()
    $seen = @{ }
    foreach ($adapter in @(Get-WmiObject -Class 'Win32_NetworkAdapterConfiguration' -ErrorAction Stop)) {
        if (($null -eq $adapter) -or -not $adapter.IPEnabled) { continue }
        $masks = @($adapter.IPSubnet)
        $at = 0
        foreach ($address in @($adapter.IPAddress)) {
            $mask = [string] $masks[$at++]
            $plain = ([string] $address) -replace '%.*', ''
            if ((-not $plain) -or $seen.ContainsKey($plain)) { continue }
            $seen[$plain] = $true
            @{ Address = $plain; Prefix = Get-PrefixLength $mask }
        }
    }
}

# Of IPv6 it is told as it is, of IPv4 as a mask.
function Get-PrefixLength([string] $Mask) {
    if ($Mask -match '\A[0-9]{1,3}\z') { return [int] $Mask }
    if (-not ($Mask -match '\A([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\z')) { return $null }
    $bits = ''
    foreach ($at in @(1..4)) {
        foreach ($weight in @(128, 64, 32, 16, 8, 4, 2, 1)) { $bits = $bits + [int] [bool] ([int] $matches[$at] -band $weight) }
    }
    if (-not ($bits -match '\A(1*)0*\z')) { return $null }
    return $matches[1].get_Length()
}
