# Steps: each a command, its output and how it ended.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function New-Result($Id, [string] $Status) {
    return @{ id = $Id; status = $Status; output = @(); error = $null; ms = 0 }
}

function Invoke-Step($Request, $Step) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $result = New-Result $Step['id'] 'done'
    try { $result['output'] = Get-StepOutput $Request $Step }
    catch {
        $result['status'] = 'failed'
        $result['error'] = ConvertTo-StepError $_
    }
    $result['ms'] = $watch.ElapsedMilliseconds
    return $result
}

function Get-StepOutput($Request, $Step) {
    $command = $Step['command']
    $given = @{ }
    if ($Step['parameters']) { $given = Resolve-Table $Step['parameters'] }
    if (Test-NeedsExchange $Step) { Import-Exchange $Request }
    if ($ExchangeCommands.ContainsKey($command)) { $given = Join-Defaults $given $ExchangeCommands[$command] }
    $rows = New-Object System.Collections.ArrayList
    Invoke-Listed $command $given | Add-Row $rows $Step['select']
    return , $rows.ToArray()
}

# Each object is let go as soon as its values are taken: what Exchange makes of 3,000 recipients does not fit the memory of
# a shell at once. A function, since what passes a cmdlet may be logged.
function Add-Row($Rows, $Names) {
    process {
        if (($null -ne $_) -and $Names) { [void] $Rows.Add((Select-Property $_ $Names)) }
    }
}

function Join-Defaults($Given, $Defaults) {
    foreach ($name in @($Defaults.get_Keys())) {
        if (-not $Given.ContainsKey($name)) { $Given[$name] = $Defaults[$name] }
    }
    $Given['ErrorAction'] = 'Stop'
    $Given['WarningAction'] = 'SilentlyContinue'
    $Given['WarningVariable'] = 'said'
    return $Given
}

# The only place where a name out of the request is called; Assert-Commands has seen it.
function Invoke-Listed([string] $Command, $Given) {
    $said = @()
    try { & $Command @Given }
    finally {
        foreach ($warning in @($said)) { if ($null -ne $warning) { Add-Warning $warning.ToString() } }
    }
}

# Whether a step failed, in whichever part of the reply.
$Broken = @{ Step = $false }

function Invoke-Steps($Request, $Steps) {
    $results = New-Object System.Collections.ArrayList
    foreach ($step in @($Steps)) {
        if ($Broken['Step'] -and -not $step['always']) { $result = New-Result $step['id'] 'not_tried' }
        else { $result = Invoke-Step $Request $step }
        if ($result['status'] -eq 'failed') { $Broken['Step'] = $true }
        [void] $results.Add($result)
    }
    return , $results.ToArray()
}

# How many steps stand before the first that needs Exchange.
function Get-LeadingCount($Steps) {
    $count = 0
    foreach ($step in @($Steps)) {
        if (Test-NeedsExchange $step) { return $count }
        $count++
    }
    return $count
}

function Test-NeedsExchange($Step) {
    return (@(Get-ExchangeCommands $Step['command']).Count -gt 0)
}
