# One request, one reply in one or two parts. The last of the agent's files: here it begins to run.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function Read-Request([string] $Text) {
    try { $request = ConvertFrom-JsonText $Text }
    catch { Stop-Step 'request_unreadable' 'The request is no JSON.' }
    if (-not ($request -is [System.Collections.IDictionary]) -or ($request['protocol'] -ne 1)) {
        Stop-Step 'request_unreadable' 'The request is not of protocol 1.'
    }
    if (-not ($request['steps'] -is [System.Array])) {
        Stop-Step 'request_unreadable' 'The request has no list of steps.'
    }
    foreach ($step in @($request['steps'])) {
        if (-not ($step -is [System.Collections.IDictionary]) -or -not ($step['command'] -is [string])) {
            Stop-Step 'request_unreadable' 'A step of the request names no command.'
        }
    }
    return $request
}

function Test-Listed([string] $Command) {
    return ($ExchangeCommands.ContainsKey($Command) -or ($OwnCommands -contains $Command))
}

# Results of a request that holds a command which is not on the list: nothing is run. $null where all are.
function Get-Refusals($Request) {
    $results = New-Object System.Collections.ArrayList
    $refused = $false
    foreach ($step in @($Request['steps'])) {
        $result = New-Result $step['id'] 'not_tried'
        if (-not (Test-Listed $step['command'])) {
            $refused = $true
            $words = "'$($step['command'])' is not on the agent's list of commands."
            $result['status'] = 'failed'
            $result['error'] = New-Refusal 'command_refused' $words
        }
        [void] $results.Add($result)
    }
    if ($refused) { return , $results.ToArray() }
}

function Invoke-Request([string] $Text) {
    try { $request = Read-Request $Text }
    catch {
        $result = New-Result 'request' 'failed'
        $result['error'] = ConvertTo-StepError $_
        Write-Reply @($result) $false
        return
    }
    if ($request['secrets']) {
        foreach ($name in @($request['secrets'].get_Keys())) {
            $Secrets[$name] = $request['secrets'][$name]
            Add-Hidden $Secrets[$name]
        }
    }
    $refusals = Get-Refusals $request
    if ($refusals) { Write-Reply $refusals $false }
    else { Write-Answers $request }
}

# What needs no Exchange and stands before all that does is told before anything is loaded: a process that dies while it
# loads takes the other answers with it only.
function Write-Answers($Request) {
    $steps = @($Request['steps'])
    $leading = Get-LeadingCount $steps
    if (($leading -gt 0) -and ($leading -lt @($steps).Count)) {
        Write-Reply (Invoke-Steps $Request $steps[0..($leading - 1)]) $true
        $steps = $steps[$leading..(@($steps).Count - 1)]
    }
    try { $results = Invoke-Steps $Request $steps }
    finally { Close-Exchange }
    Write-Reply $results $false
}

# The SID of the directory domain whose account runs this (of a computer's own account: that of the computer), or nothing.
function Get-DomainSid {
    try { return [System.Security.Principal.WindowsIdentity]::GetCurrent().User.AccountDomainSid.ToString() }
    catch { return $null }
}

# One part of the reply. $More: another one follows, with the other results and with all warnings.
function Write-Reply($Results, [bool] $More) {
    $reply = New-Object System.Collections.Specialized.OrderedDictionary
    $reply['protocol'] = 1
    $reply['agent'] = $AgentVersion
    $reply['powershell'] = $PSVersionTable.PSVersion.ToString()
    $reply['computer'] = $env:COMPUTERNAME
    $reply['domain'] = Get-DomainSid
    $reply['results'] = $Results
    $reply['warnings'] = $Warnings
    if ($More) { $reply['more'] = $true }
    $zipped = New-Object System.IO.MemoryStream
    $zip = New-Object System.IO.Compression.GZipStream($zipped, [System.IO.Compression.CompressionMode]::Compress)
    $text = New-Object System.IO.StreamWriter($zip, [System.Text.Encoding]::ASCII)
    $text.Write((ConvertTo-JsonText $reply))
    $text.Close()
    $lines = [System.Convert]::ToBase64String($zipped.ToArray(), [System.Base64FormattingOptions]::InsertLineBreaks)
    # Not through the pipeline: PowerShell 2.0 would wrap the lines at the width of a console that is not there.
    [System.Console]::Out.WriteLine("`n<<<SBS.MAILFLOW.REPLY`n$lines`nSBS.MAILFLOW.REPLY>>>")
    [System.Console]::Out.Flush()
}

Import-JsonReader
Invoke-Request $RequestText
exit 0
