# Reading the host: what it does not tell is null.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# A registry key's values, or nothing.
function Get-RegistryKey([string] $Path) {
    return (Get-ItemProperty -Path ('HKLM:\' + $Path) -ErrorAction SilentlyContinue)
}

# The first of a class, or of those that the filter names.
function Get-WmiInstance([string] $Class, [string] $Filter) {
    $asked = @{ Class = $Class; ErrorAction = 'Stop' }
    if ($Filter) { $asked['Filter'] = $Filter }
    try { return (Get-WmiObject @asked | Select-Object -First 1) }
    catch { Add-Warning "$Class could not be read: $($_.Exception.Message)" }
}

function Get-HostFqdn($Network) {
    if ($Network.Domain) { return ($Network.Hostname + '.' + $Network.Domain).ToLowerInvariant() }
    return $Network.Hostname
}
