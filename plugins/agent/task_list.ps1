# Which scheduled tasks are here: some programs that collect mail are started by one, and have no service.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-TaskList')

# Of all tasks schtasks prints one document after the other, each behind a comment with the task's name.
$TaskDocuments = '(?s)(?:<!--\s*\\?([^>]*?)\s*-->\s*(?:<\?xml[^>]*>\s*)?)?(<Task[\s>].*?</Task>)'

# What a task gives its program may hold a password: it is looked through, and not told.
function Get-TaskList {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [string[]] $Names)
    $asked = Invoke-Schtasks '/Query /XML'
    if ($asked['ExitCode'] -ne 0) { Add-Warning "The scheduled tasks could not be read: $($asked['Error'])"; return }
    $regex = [System.Text.RegularExpressions.Regex] $TaskDocuments
    $match = $regex.Match($asked['Output'])
    while ($match.Success) {
        $task = @{ Name = $match.Groups[1].Value; Command = $null; Arguments = $null; Enabled = $null }
        Add-TaskFacts $task $match.Groups[2].Value
        if (Test-TaskName $task $Names) { @{ Name = $task['Name']; Command = $task['Command']; Enabled = $task['Enabled'] } }
        $match = $match.NextMatch()
    }
}

function Test-TaskName($Task, $Names) {
    foreach ($name in @($Names)) {
        foreach ($key in @('Name', 'Command', 'Arguments')) { if ($Task[$key] -like $name) { return $true } }
    }
    return $false
}
