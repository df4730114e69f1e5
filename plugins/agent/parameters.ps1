# The parameters of a step: what stands for a secret or a login becomes one, and what no function may be given.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function Resolve-Value($Value) {
    if ($Value -is [System.Collections.IDictionary]) {
        if ($Value.Contains('$secret')) { return (Get-Secret $Value['$secret']) }
        if ($Value.Contains('$credential')) { return (New-Credential $Value['$credential']) }
        return (Resolve-Table $Value)
    }
    if ($Value -is [System.Array]) { return , (Resolve-List $Value) }
    return $Value
}

function Resolve-Table($Table) {
    $resolved = @{ }
    foreach ($key in @($Table.get_Keys())) { $resolved[$key] = Resolve-Value $Table[$key] }
    return $resolved
}

function Resolve-List($List) {
    $resolved = New-Object System.Collections.ArrayList
    foreach ($item in @($List)) { [void] $resolved.Add((Resolve-Value $item)) }
    return , $resolved.ToArray()
}

function Get-Secret([string] $Name) {
    if (-not $Secrets.ContainsKey($Name)) {
        Stop-Step 'parameter_unreadable' "A parameter names the secret '$Name', which the request does not hold."
    }
    return $Secrets[$Name]
}

function New-Credential($Parts) {
    $password = New-Object System.Security.SecureString
    $clear = [string] (Resolve-Value $Parts['password'])
    Add-Hidden $clear
    foreach ($character in @($clear.ToCharArray())) { $password.AppendChar($character) }
    return (New-Object System.Management.Automation.PSCredential($Parts['username'], $password))
}

# A line break in a value would be a command of its own on the wire.
function Assert-OneLine($Values) {
    foreach ($name in @($Values.get_Keys())) {
        if ($Values[$name] -match '\p{Cc}') {
            Stop-Step 'parameter_unreadable' "$name holds a control character, which no line may hold."
        }
    }
}

function Assert-Range([string] $Name, [int] $Value, [int] $Lowest, [int] $Highest) {
    if (($Value -lt $Lowest) -or ($Value -gt $Highest)) {
        Stop-Step 'parameter_unreadable' "$Name is $Value; it must be from $Lowest through $Highest."
    }
}
