# An object's values in the wire's forms.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

$NumberTypes = @('SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Single', 'Double',
    'Decimal')

# bool, number, string, $null, list and table come back as they are, everything else as a string. Sizes, time spans,
# addresses and enumerations say themselves what they are.
function ConvertTo-WireValue($Value) {
    if ($null -eq $Value) { return $null }
    if (($Value -is [bool]) -or (Test-Number $Value)) { return $Value }
    if ($Value -is [datetime]) { return (ConvertTo-WireTime $Value) }
    # Only the login name, and only like this: GetNetworkCredential() of PowerShell 2.0 splits info@beispiel.de.
    if (Test-Credential $Value) { return @{ UserName = $Value.UserName } }
    if ($Value -is [System.Collections.IDictionary]) { return (ConvertTo-WireTable $Value) }
    if (($Value -is [string]) -or -not ($Value -is [System.Collections.IEnumerable])) { return $Value.ToString() }
    return , (ConvertTo-WireList $Value)
}

# One that came through a session is a table of its properties, with its type's name in front.
function Test-Credential($Value) {
    if ($Value -is [System.Management.Automation.PSCredential]) { return $true }
    return (@($Value.PSObject.TypeNames) -contains 'Deserialized.System.Management.Automation.PSCredential')
}

# Enumerations are numbers underneath but must show their names; those that came through a session are plain numbers
# with a name to show, and betray themselves by their type names only.
function Test-Number($Value) {
    if (($Value -is [System.Enum]) -or -not ($Value -is [System.ValueType])) { return $false }
    if (@($Value.PSObject.TypeNames) -contains 'Deserialized.System.Enum') { return $false }
    return ($NumberTypes -contains [System.Type]::GetTypeCode($Value.GetType()).ToString())
}

function ConvertTo-WireTime($Time) {
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", $Invariant)
}

function ConvertTo-WireTable($Table) {
    $plain = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($key in @($Table.get_Keys())) { $plain[[string] $key] = ConvertTo-WireValue $Table[$key] }
    return $plain
}

function ConvertTo-WireList($List) {
    $plain = New-Object System.Collections.ArrayList
    foreach ($item in @($List)) { [void] $plain.Add((ConvertTo-WireValue $item)) }
    return , $plain.ToArray()
}

# One unreadable property is no reason to lose the object.
function Select-Property($Object, $Names) {
    $row = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($name in @($Names)) {
        $row[$name] = $null
        try { $row[$name] = ConvertTo-WireValue (Get-Property $Object $name) }
        catch { Add-Warning "The property $name could not be read: $($_.Exception.Message)" }
    }
    return $row
}

function Get-Property($Object, [string] $Name) {
    if ($Object -is [System.Collections.IDictionary]) { return , $Object[$Name] }
    # Through the list of properties, since a missing one is no error. Called as a method: newer PowerShells pass over
    # in silence what .Value cannot read. The comma keeps a list whole.
    $property = $Object.PSObject.Properties[$Name]
    if ($null -ne $property) { return , $property.get_Value() }
}
