# Runs scripts one after another that would each start a PowerShell of their own: for each a line of JSON comes in and one
# goes out. Environment, folder, runspace and output are each run's own; what .NET keeps for a whole process is not.
$asked, $told = [System.Console]::In, [System.Console]::Out
# What PowerShell remembers of a name or a text, it would remember of another run's classes. The names are those of 7.6; a
# PowerShell without them is left as it is.
$hidden = [System.Reflection.BindingFlags] 'NonPublic,Static'
$types = [psobject].Assembly.GetType('System.Management.Automation.Language.TypeCache')?.GetField('s_cache', $hidden)?.GetValue($null)
$forgetScripts = [scriptblock].GetMethod('ClearScriptBlockCache', $hidden)

function Set-Environment([hashtable] $Wanted) {
    foreach ($name in @([System.Environment]::GetEnvironmentVariables().Keys)) {
        if (-not $Wanted.ContainsKey($name)) { [System.Environment]::SetEnvironmentVariable($name, $null) }
    }
    foreach ($name in $Wanted.Keys) { [System.Environment]::SetEnvironmentVariable($name, $Wanted[$name]) }
    # Where PowerShell looks for modules, as it sets this when it starts.
    $folders = "$($Wanted['HOME'])/.local/share/powershell/Modules", "$PSHOME/Modules", $Wanted['PSModulePath']
    $env:PSModulePath = ($folders | Where-Object { $_ }) -join ':'
}

function Invoke-Run([hashtable] $Run) {
    Set-Environment $Run['environment']
    [System.Environment]::CurrentDirectory = $Run['folder']
    if ($types) { $types.Clear() }
    if ($forgetScripts) { [void] $forgetScripts.Invoke($null, @()) }
    $space = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    $shell = [powershell]::Create()
    $written, $failures, $code = [System.IO.StringWriter]::new(), @(), 0
    [System.Console]::SetOut($written)
    try {
        $space.Open()
        $shell.Runspace = $space
        $shown = @($shell.AddScript($Run['script']).Invoke([object[]] $Run['lines']))
        $shown += @($shell.Streams.Warning) + @($shell.Streams.Information)
        if ($shown) { $written.Write(($shown | Out-String)) }
    }
    catch { $failures, $code = @("$_"), 1 }
    finally {
        [System.Console]::SetOut($told)
        $failures += @(foreach ($failure in $shell.Streams.Error) { "$failure" })
        $shell.Dispose()
        $space.Dispose()
    }
    @{ code = $code; stdout = $written.ToString(); stderr = $failures -join "`n" }
}

while ($null -ne ($line = $asked.ReadLine())) {
    $ran = Invoke-Run ($line | ConvertFrom-Json -AsHashtable)
    $told.WriteLine((ConvertTo-Json $ran -Compress -EscapeHandling EscapeNonAscii))
    $told.Flush()
}
