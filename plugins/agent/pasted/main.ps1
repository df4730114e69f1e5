# ---- asking ----------------------------------------------------------------------------------------------------------

# No session is opened from here.
function Import-ExchangeEndpoint { Stop-Step 'exchange_not_loaded' 'Only the snap-in is loaded here.' }

# Where WinRM does not run, its drive would offer to start it.
function Get-ShellMemory {
    $service = Get-Service -Name 'WinRM' -ErrorAction SilentlyContinue
    if (($null -ne $service) -and ($service.Status.ToString() -ne 'Running')) { return $null }
    try { return [int] (Get-Item -Path 'WSMan:\localhost\Shell\MaxMemoryPerShellMB' -ErrorAction Stop).Value }
    catch { Add-Warning "MaxMemoryPerShellMB could not be read: $($_.Exception.Message)" }
}

function Get-Results {
    $results = @{ }
    $number = 0
    foreach ($step in @($Table['steps'])) {
        $number++
        [System.Console]::Out.WriteLine("$number of $(@($Table['steps']).Count): $($step['command'])")
        $results[$step['id']] = Invoke-Step @{ exchange = 'snapin' } $step
    }
    return $results
}

function Get-Answer($Row, $Result) {
    $answer = New-Object System.Collections.Specialized.OrderedDictionary
    if ($Result['status'] -eq 'done') {
        $rows = New-Object System.Collections.ArrayList
        foreach ($found in @($Result['output'])) { [void] $rows.Add((Get-Shown $found $Row['shape'])) }
        $answer['status'] = 'answered'
        $answer['ms'] = $Result['ms']
        $answer['facts'] = $rows.ToArray()
        if ($Row['tally']) { $answer['facts'] = Get-Counted $rows.ToArray() }
        return $answer
    }
    $failure = $Result['error']
    $told = New-Object System.Collections.Specialized.OrderedDictionary
    $told['code'] = Get-Shown $failure['code'] 'code'
    $told['type'] = Get-Shown $failure['type'] 'exception'
    $told['message'] = Get-Harmless ([string] $failure['message'])
    $answer['status'] = 'failed'
    $answer['ms'] = $Result['ms']
    $answer['error'] = $told
    return $answer
}

# How often each row comes, in the order of their first coming.
function Get-Counted($Rows) {
    $counts = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($row in @($Rows)) {
        $text = ConvertTo-JsonText $row
        if (-not $counts.Contains($text)) { $counts[$text] = $row; $row['Count'] = 0 }
        $counts[$text]['Count'] = $counts[$text]['Count'] + 1
    }
    return , @($counts.get_Values())
}

function Get-FileContent($Results) {
    $content = New-Object System.Collections.Specialized.OrderedDictionary
    $content['format'] = 1
    $content['noun'] = 'probe'
    $content['host'] = 'host-1'
    $content['saved_at'] = ConvertTo-WireTime ([datetime]::UtcNow)
    $content['asked_by'] = 'pasted script'
    $content['agent'] = Get-Shown $AgentVersion 'release'
    $content['powershell'] = $PSVersionTable.PSVersion.ToString()
    $answers = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($row in @($Table['questions'])) { $answers[$row['key']] = Get-Answer $row $Results[$row['ask']] }
    $content['answers'] = $answers
    $content['warnings'] = @($Warnings.ToArray() | ForEach-Object { Get-Harmless $_ })
    return $content
}

# JSON over several lines, so that it can be read before it is sent.
function Format-Json([string] $Text) {
    $parts = New-Object System.Text.RegularExpressions.Regex('"(?:[^"\\]|\\.)*"|[{}\[\],]|[^"{}\[\],]+')
    $shown = New-Object System.Collections.ArrayList
    $depth = 0
    foreach ($match in @($parts.Matches($Text))) {
        $part = $match.Value
        if (@('}', ']') -contains $part) { $depth--; [void] $shown.Add("`n" + ('  ' * $depth)) }
        [void] $shown.Add($part)
        if (@('{', '[') -contains $part) { $depth++ }
        if (@('{', '[', ',') -contains $part) { [void] $shown.Add("`n" + ('  ' * $depth)) }
    }
    return (($shown.ToArray() -join '') + "`n")
}

function Get-AnswerFile {
    $folder = [System.Environment]::GetFolderPath('Desktop')
    if (-not $folder) { $folder = $HOME }
    return (Join-Place $folder 'sbs-mailflow-answers.json')
}

Import-JsonReader
$Table = ConvertFrom-JsonText $TableText
$Results = Get-Results
Initialize-StandIns (@($Results['host']['output']) | Select-Object -First 1)
$AnswerFile = Get-AnswerFile
$Content = Format-Json (ConvertTo-JsonText (Get-FileContent $Results))
[System.IO.File]::WriteAllText($AnswerFile, $Content, [System.Text.Encoding]::ASCII)
[System.Console]::Out.WriteLine("The answers are in $AnswerFile. Read them, then send them.")
