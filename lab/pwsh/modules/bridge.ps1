# How a stand-in asks the lab: one JSON line there, one back. Runs in today's PowerShell only.

function Invoke-Bridge([hashtable] $Question) {
    $Question['token'] = $env:LAB_BRIDGE_TOKEN
    $client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', [int] $env:LAB_BRIDGE_PORT)
    try {
        $stream = $client.GetStream()
        $line = ConvertTo-Json $Question -Depth 10 -Compress -EscapeHandling EscapeNonAscii
        $bytes = [System.Text.Encoding]::ASCII.GetBytes($line + "`n")
        $stream.Write($bytes, 0, $bytes.Length)
        $reply = [System.IO.StreamReader]::new($stream).ReadLine() | ConvertFrom-Json -AsHashtable
    }
    finally { $client.Dispose() }
    if ($reply['error']) { throw (New-HostError $reply['error']) }
    # Behind a comma, so that PowerShell does not unroll lists.
    return , $reply['answer']
}

# The error as the host would raise it. Its id is complete: PowerShell adds a command's name only to its own.
function New-HostError([hashtable] $Failure) {
    $exception = New-HostException ($Failure['type'] ?? 'System.Exception') $Failure['message']
    [System.Management.Automation.ErrorRecord]::new($exception, $Failure['error_id'], $Failure['category'], $null)
}

# An exception of the named type. Exchange's types do not exist here, so a type of that name is made.
function New-HostException([string] $TypeName, [string] $Message) {
    $type = $TypeName -as [type]
    if (-not $type) { $type = New-ExceptionType $TypeName }
    $type::new($Message)
}

function New-ExceptionType([string] $TypeName) {
    $name = [System.Reflection.AssemblyName]::new("Lab.$TypeName")
    $module = [System.Reflection.Emit.AssemblyBuilder]::DefineDynamicAssembly($name, 'Run').DefineDynamicModule('Lab')
    $builder = $module.DefineType($TypeName, 'Public, Class', [System.Exception])
    $code = $builder.DefineConstructor('Public', 'Standard', [type[]] @([string])).GetILGenerator()
    $code.Emit([System.Reflection.Emit.OpCodes]::Ldarg_0)
    $code.Emit([System.Reflection.Emit.OpCodes]::Ldarg_1)
    $code.Emit([System.Reflection.Emit.OpCodes]::Call, [System.Exception].GetConstructor([type[]] @([string])))
    $code.Emit([System.Reflection.Emit.OpCodes]::Ret)
    $builder.CreateType()
}

# A value as JSON can carry it to the lab.
function ConvertTo-BridgeValue($Value) {
    if ($null -eq $Value) { return $null }
    if ($Value -is [System.Management.Automation.PSCredential]) {
        $password = $Value.GetNetworkCredential().Password
        return @{ '$credential' = @{ username = $Value.UserName; password = $password } }
    }
    if ($Value -is [switch]) { return [bool] $Value }
    if ($Value -is [datetime]) { return $Value.ToUniversalTime().ToString('o') }
    if ($Value -is [System.Collections.IDictionary]) {
        $table = @{ }
        foreach ($name in $Value.Keys) { $table[[string] $name] = ConvertTo-BridgeValue $Value[$name] }
        return $table
    }
    if ($Value -is [enum] -or $Value -is [System.Net.IPAddress]) { return $Value.ToString() }
    if ($Value -is [array]) { return , @(foreach ($item in $Value) { ConvertTo-BridgeValue $item }) }
    $Value
}
