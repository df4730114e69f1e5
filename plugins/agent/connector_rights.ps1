# Who may relay through a receive connector, whatever its permission groups say.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-ConnectorRights')
$NeedsExchange['Get-ConnectorRights'] = @('Get-ReceiveConnector', 'Get-ADPermission')

$MostConnectors = 100
$RelayRight = 'ms-Exch-SMTP-Accept-Any-Recipient'

function Get-ConnectorRights {
    [CmdletBinding()]
    param($Connectors)
    $asked = $PSBoundParameters.ContainsKey('Connectors')
    if ($asked) { Assert-Range 'the number of Connectors' @($Connectors).Count 1 $MostConnectors }
    foreach ($name in @($Connectors)) {
        if ($asked -and (-not ([string] $name).Trim())) { Stop-Step 'parameter_unreadable' 'A name in Connectors is empty.' }
    }
    $known = @(Get-ConnectorNames)
    $names = $known
    if ($asked) { $names = @($Connectors) }
    foreach ($name in $names) { Get-RelayRows ([string] $name) $known }
}

# Get-ADPermission takes a name that it does not know for all that there is: only what is a connector is asked for.
function Get-ConnectorNames {
    foreach ($found in @(Get-ReceiveConnector -Server $env:COMPUTERNAME -ErrorAction Stop)) {
        if ($null -ne $found) { [string] (Get-Property $found 'DistinguishedName') }
    }
}

# One that cannot be read says so, and hides none of the others.
function Get-RelayRows([string] $Name, $Known) {
    if (-not ($Name.Trim() -and ($Known -contains $Name))) {
        return (New-RelayRow $Name 'This server has no receive connector of that name.')
    }
    $rows = New-Object System.Collections.ArrayList
    try {
        foreach ($entry in @(Get-ADPermission -Identity $Name -ErrorAction Stop)) {
            if (($null -ne $entry) -and (Test-RelayRight $entry)) { [void] $rows.Add((Get-RelayRow $Name $entry)) }
        }
    }
    catch { return (New-RelayRow $Name (Hide-Secret $_.Exception.Message)) }
    return $rows.ToArray()
}

function New-RelayRow([string] $Name, $Failure) {
    return @{ Connector = $Name; User = $null; Sid = $null; Deny = $null; Inherited = $null; Error = $Failure }
}

function Test-RelayRight($Entry) {
    # By way of a variable, which takes the list apart that Get-Property keeps whole.
    $rights = Get-Property $Entry 'ExtendedRights'
    foreach ($right in @($rights)) { if ([string] $right -eq $RelayRight) { return $true } }
    return $false
}

# Switches by what they print: one that came through a session is always something.
function Get-RelayRow([string] $Name, $Entry) {
    $row = New-RelayRow $Name $null
    $row['User'] = [string] (Get-Property $Entry 'User')
    $row['Sid'] = Get-AccountSid $row['User']
    $row['Deny'] = ([string] (Get-Property $Entry 'Deny')) -eq 'True'
    $row['Inherited'] = ([string] (Get-Property $Entry 'IsInherited')) -eq 'True'
    return $row
}

# Names are in the server's language; a name that Windows does not know may be of an account that is gone.
function Get-AccountSid([string] $User) {
    if ($User -match '\AS-1-[0-9-]+\z') { return $User }
    try {
        $account = [System.Security.Principal.NTAccount] $User
        return $account.Translate([System.Security.Principal.SecurityIdentifier]).ToString()
    }
    catch { return $null }
}
