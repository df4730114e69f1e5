# A scheduled task that lets the POP3 connector fetch. Of schtasks.exe only exit codes and XML are read: its words are
# in the server's language.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-FetchTask')
[void] $OwnCommands.Add('Set-FetchTask')
[void] $OwnCommands.Add('Remove-FetchTask')

function Get-FetchTask {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Name)
    Assert-TaskName $Name
    $task = @{ Name = $Name; Exists = $false; IntervalMinutes = $null; Command = $null; Arguments = $null }
    $task['UserId'] = $null
    $task['Enabled'] = $null
    $asked = Invoke-Schtasks "/Query /TN `"$Name`" /XML"
    if ($asked['ExitCode'] -eq 0) { Add-TaskFacts $task $asked['Output'] }
    return $task
}

function Set-FetchTask {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Name,
        [Parameter(Mandatory = $true)] [int] $IntervalMinutes,
        [string] $Program
    )
    Assert-TaskName $Name
    Assert-Range 'IntervalMinutes' $IntervalMinutes 5 1439
    $path = (Get-Pop3Program $Program)['Path']
    Assert-Unquoted 'Program' $path
    $run = '"\"' + $path + '\" -downloadNow"'
    Assert-Schtasks "/Create /F /SC MINUTE /MO $IntervalMinutes /RU SYSTEM /TN `"$Name`" /TR $run"
    return (Get-FetchTask $Name)
}

function Remove-FetchTask {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string] $Name)
    Assert-TaskName $Name
    Assert-Schtasks "/Delete /F /TN `"$Name`""
    return @{ Name = $Name }
}

# Quoted on a command line, where a backslash before the last quotation mark would take it away.
function Assert-TaskName([string] $Name) {
    Assert-Unquoted 'Name' $Name
    if (($Name -eq '') -or $Name.EndsWith('\')) { Stop-Step 'parameter_unreadable' 'Name is no name of a task.' }
}

function Assert-Unquoted([string] $Name, [string] $Value) {
    if ($Value -match '[\p{Cc}"]') {
        Stop-Step 'parameter_unreadable' "$Name holds a quotation mark or a control character."
    }
}

function Assert-Schtasks([string] $Arguments) {
    $done = Invoke-Schtasks $Arguments
    if ($done['ExitCode'] -eq 0) { return }
    $words = ($done['Error'] + ' ' + $done['Output']).Trim()
    Stop-Step 'schtasks_failed' "schtasks ended with $($done['ExitCode']): $($words -replace '\s+', ' ')"
}

# Not by PowerShell's own way of starting programs, which quotes otherwise in each of its versions. Both pipes are read
# to their ends one after the other: what schtasks says of an error fits into one.
function Invoke-Schtasks([string] $Arguments) {
    $start = New-Object System.Diagnostics.ProcessStartInfo('schtasks.exe', $Arguments)
    $start.UseShellExecute = $false
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $output = $process.StandardOutput.ReadToEnd()
    $problem = $process.StandardError.ReadToEnd()
    $process.WaitForExit()
    return @{ ExitCode = $process.ExitCode; Output = $output.Trim(); Error = $problem.Trim() }
}

function Add-TaskFacts($Task, [string] $Text) {
    $Task['Exists'] = $true
    $document = New-Object System.Xml.XmlDocument
    # Another form than XML tells nothing but that the task is there.
    try { $document.LoadXml($Text.Substring([System.Math]::Max(0, $Text.IndexOf('<')))) }
    catch { return }
    $Task['Command'] = Get-TaskText $document 'Actions' 'Command'
    $Task['Arguments'] = Get-TaskText $document 'Actions' 'Arguments'
    $Task['UserId'] = Get-TaskText $document 'Principals' 'UserId'
    $Task['Enabled'] = (Get-TaskText $document 'Settings' 'Enabled') -ne 'false'
    $Task['IntervalMinutes'] = ConvertFrom-TaskInterval (Get-TaskText $document 'Triggers' 'Interval')
}

function Get-TaskText($Document, [string] $Within, [string] $Name) {
    $found = $Document.SelectSingleNode("//*[local-name()='$Within']//*[local-name()='$Name']")
    if ($null -ne $found) { return $found.InnerText }
}

function ConvertFrom-TaskInterval([string] $Text) {
    if (-not ($Text -match '\APT(?:([0-9]{1,4})H)?(?:([0-9]{1,4})M)?\z')) { return $null }
    $minutes = 60 * [int] $matches[1] + [int] $matches[2]
    if ($minutes -gt 0) { return $minutes }
}
