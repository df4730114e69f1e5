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
    if ($ExchangeCommands.ContainsKey($command)) {
        Import-Exchange $Request
        $given = Join-Defaults $given $ExchangeCommands[$command]
    }
    elseif ($NeedsExchange.ContainsKey($command)) { Import-Exchange $Request }
    $rows = New-Object System.Collections.ArrayList
    foreach ($object in @(Invoke-Listed $command $given)) {
        if (($null -ne $object) -and $Step['select']) { [void] $rows.Add((Select-Property $object $Step['select'])) }
    }
    return , $rows.ToArray()
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

function Invoke-Steps($Request) {
    $results = New-Object System.Collections.ArrayList
    $failed = $false
    foreach ($step in @($Request['steps'])) {
        if ($failed -and -not $step['always']) { $result = New-Result $step['id'] 'not_tried' }
        else { $result = Invoke-Step $Request $step }
        if ($result['status'] -eq 'failed') { $failed = $true }
        [void] $results.Add($result)
    }
    return , $results.ToArray()
}
