# The Exchange shell: what is installed here, and loading it.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

$Snapin = 'Microsoft.Exchange.Management.PowerShell.E2010'

function Test-SnapinRegistered {
    try { return [bool] (Get-PSSnapin -Registered -Name $Snapin -ErrorAction SilentlyContinue) }
    catch { Add-Warning "The registered snap-ins could not be read: $($_.Exception.Message)" }
    return $false
}

# The newest Exchange server that set itself up here: 'v15' (2013 and later), 'v14' (2010) or nothing.
function Get-ExchangeKey {
    foreach ($key in @('v15', 'v14')) {
        if (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup") { return $key }
    }
}

function Get-ExchangeRoles([string] $Key) {
    $roles = New-Object System.Collections.ArrayList
    foreach ($role in @('ClientAccess', 'EdgeTransport', 'HubTransport', 'Mailbox', 'UnifiedMessaging')) {
        if (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$Key\${role}Role") { [void] $roles.Add($role) }
    }
    return , $roles.ToArray()
}

function Get-ExchangeFacts {
    $registered = Test-SnapinRegistered
    $key = Get-ExchangeKey
    $facts = @{ Installed = $false; Major = $null; Minor = $null; Build = $null; Roles = @() }
    $facts['SnapinRegistered'] = $registered
    if ($key) {
        $setup = Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup"
        $facts['Installed'] = $true
        $facts['Major'] = $setup.MsiProductMajor
        $facts['Minor'] = $setup.MsiProductMinor
        $build = @($setup.MsiProductMajor, $setup.MsiProductMinor, $setup.MsiBuildMajor, $setup.MsiBuildMinor)
        $facts['Build'] = $build -join '.'
        $facts['Roles'] = Get-ExchangeRoles $key
    }
    return $facts
}

$Exchange = @{ Tried = $false; Failure = $null; Session = $null }

# Once per request; a second step that needs the shell hears the same reason.
function Import-Exchange($Request) {
    if ($Exchange['Failure']) { throw $Exchange['Failure'] }
    if ($Exchange['Tried']) { return }
    $Exchange['Tried'] = $true
    try {
        Assert-Exchange $Request['exchange']
        if ($Request['exchange'] -eq 'endpoint') { Import-ExchangeEndpoint $Request['endpoint'] $Request['steps'] }
        else { Import-ExchangeSnapin }
    }
    catch {
        $Exchange['Failure'] = $_.Exception
        throw
    }
}

# Microsoft warns of damage where the snap-in is loaded beside Exchange 2013 or later: look before anything is loaded.
function Assert-Exchange([string] $Way) {
    $found = Get-ExchangeFacts
    if ($found['Installed'] -and ($found['Major'] -ne 14)) {
        Stop-Step 'exchange_too_new' "Exchange $($found['Build']) is 2013 or later: its snap-in must not be loaded."
    }
    if (-not $found['Installed']) { Stop-Step 'exchange_missing' 'No Exchange 2010 server is installed here.' }
    if (($Way -eq 'snapin') -and -not $found['SnapinRegistered']) {
        Stop-Step 'exchange_missing' "The snap-in $Snapin is not registered here for this PowerShell."
    }
    if ($Way -eq 'snapin') { Assert-OldRuntime }
    if (@('snapin', 'endpoint') -notcontains $Way) {
        Stop-Step 'exchange_not_loaded' 'The request does not ask for the Exchange shell.'
    }
}

# WMF 3.0 and later run on the CLR 4, into which the snap-in of Exchange 2010 cannot be loaded as a whole.
function Assert-OldRuntime {
    $runtime = (Get-Variable -Name 'PSVersionTable' -ValueOnly)['CLRVersion']
    if (($null -ne $runtime) -and ((Get-Property $runtime 'Major') -ge 4)) {
        Stop-Step 'snapin_needs_old_runtime' "PowerShell runs on the CLR $runtime, Exchange 2010's snap-in on 2.0."
    }
}

function Import-ExchangeSnapin {
    try { Add-PSSnapin -Name $Snapin -ErrorAction Stop }
    catch { Stop-Step 'exchange_not_loaded' "The snap-in $Snapin could not be loaded: $($_.Exception.Message)" }
}

function Import-ExchangeEndpoint($Endpoint, $Steps) {
    $session = @{
        ConfigurationName = 'Microsoft.Exchange'
        ConnectionUri     = $Endpoint['uri']
        Credential        = Resolve-Value $Endpoint['credential']
        Authentication    = 'Kerberos'
    }
    $wanted = @(foreach ($step in @($Steps)) { Get-ExchangeCommands $step['command'] })
    try {
        $Exchange['Session'] = New-PSSession @session -ErrorAction Stop
        [void] (Import-PSSession -Session $Exchange['Session'] -CommandName $wanted -AllowClobber -ErrorAction Stop)
    }
    catch { Stop-Step 'exchange_not_loaded' "No session to $($Endpoint['uri']) could be used: $($_.Exception.Message)" }
}

# The Exchange cmdlets that a step calls.
function Get-ExchangeCommands([string] $Command) {
    if ($NeedsExchange.ContainsKey($Command)) { return $NeedsExchange[$Command] }
    if ($ExchangeCommands.ContainsKey($Command)) { return $Command }
}

function Close-Exchange {
    if ($Exchange['Session']) { Remove-PSSession -Session $Exchange['Session'] -ErrorAction SilentlyContinue }
}
