# Services, data protection, access lists and registry keys of the simulated Windows, as .NET and its cmdlets show them.

# The types of .NET that are for Windows only. An accelerator of a type's whole name stands before the type itself.
class LabProtectedData {
    static [byte[]] Protect([byte[]] $Data, [byte[]] $Entropy, [object] $Scope) {
        return [LabProtectedData]::Ask('dpapi_protect', $Data, $Entropy, $Scope)
    }
    static [byte[]] Unprotect([byte[]] $Data, [byte[]] $Entropy, [object] $Scope) {
        return [LabProtectedData]::Ask('dpapi_unprotect', $Data, $Entropy, $Scope)
    }
    hidden static [byte[]] Ask([string] $Op, [byte[]] $Data, [byte[]] $Entropy, [object] $Scope) {
        if ("$Scope" -ne 'LocalMachine') { throw [System.NotSupportedException]::new('Only LocalMachine is simulated.') }
        $question = @{ op = $Op; data = [convert]::ToBase64String($Data); entropy = '' }
        if ($Entropy) { $question['entropy'] = [convert]::ToBase64String($Entropy) }
        return [convert]::FromBase64String((Invoke-Bridge $question))
    }
}
# Whoever runs the agent, as far as it is asked: the SIDs of the account's domain and of its groups.
class LabWindowsIdentity {
    [object] $User = @{ AccountDomainSid = $env:LAB_DOMAIN_SID }
    [object[]] $Groups = $env:LAB_GROUPS.Split(' ', [System.StringSplitOptions]::RemoveEmptyEntries)
    static [LabWindowsIdentity] GetCurrent() { return [LabWindowsIdentity]::new() }
}
# A name of an account that Windows translates.
class LabNTAccount {
    hidden [string] $Name
    LabNTAccount([string] $name) { $this.Name = $name }
    [object] Translate([type] $wanted) {
        $sid = Invoke-Bridge @{ op = 'sid'; user = $this.Name }
        if (-not $sid) { throw [System.InvalidOperationException]::new('Some or all identity references could not be translated.') }
        return $sid
    }
}
# A connection that may lead to the host's own SMTP port, for which the lab listens elsewhere and wants to be told so first.
class LabTcpClient {
    [System.Net.Sockets.TcpClient] $Inner = [System.Net.Sockets.TcpClient]::new()
    hidden [string] $First
    [object] $Client = $this.Inner.Client
    [object] BeginConnect([string] $name, [int] $port, [object] $callback, [object] $state) {
        $own = Invoke-Bridge @{ op = 'own_port'; address = $name; port = $port }
        if (-not $own) { return $this.Inner.BeginConnect($name, $port, $callback, $state) }
        $this.First = $own['introduction'].Substring(1) + "`r`n"
        return $this.Inner.BeginConnect('127.0.0.1', $own['port'], $callback, $state)
    }
    [void] EndConnect([object] $waiting) {
        $this.Inner.EndConnect($waiting)
        if (-not $this.First) { return }
        $stream = $this.Inner.GetStream()
        while ($stream.ReadByte() -notin 10, -1) { }
        $bytes = [System.Text.Encoding]::ASCII.GetBytes($this.First)
        $stream.Write($bytes, 0, $bytes.Length)
    }
    [object] GetStream() { return $this.Inner.GetStream() }
    [void] Close() { $this.Inner.Close() }
}
# A .NET that may not offer all that it is asked for: what one that was never taught TLS 1.2 does not know it drops in
# silence and offers TLS 1.0, and of the rest goes what SCHANNEL has switched off.
class LabOldSslStream : System.Net.Security.SslStream {
    LabOldSslStream([System.IO.Stream] $inner, [bool] $open) : base($inner, $open) { }
    LabOldSslStream([System.IO.Stream] $inner, [bool] $open, [System.Net.Security.RemoteCertificateValidationCallback] $judge) : base($inner, $open, $judge) { }
    [void] AuthenticateAsClient([string] $name, [System.Security.Cryptography.X509Certificates.X509CertificateCollection] $own, [System.Security.Authentication.SslProtocols] $versions, [bool] $revoked) {
        $wanted = $env:LAB_DOTNET_KNOWS -eq '0' ? 192 : [int] $versions
        $offered = [System.Security.Authentication.SslProtocols] ($wanted -band [int] $env:LAB_DOTNET_TLS)
        # As PowerShell shows what a method throws: inside of an exception of its own.
        $inner = [System.Security.Authentication.AuthenticationException]::new('The client and server cannot communicate, because they do not possess a common algorithm')
        $refused = [System.Management.Automation.MethodInvocationException]::new($inner.Message, $inner)
        if ([int] $offered -eq 0) { throw $refused }
        try { ([System.Net.Security.SslStream] $this).AuthenticateAsClient($name, $own, $offered, $revoked) }
        catch {
            if ($_.Exception.GetBaseException().Message -like '*alert protocol version*') { throw $refused }
            throw
        }
    }
}
# An open key of the registry, and the hive in which .NET finds it.
class LabOpenKey {
    hidden [string] $Path
    LabOpenKey([string] $path) { $this.Path = $path }
    [string[]] GetValueNames() { return @(foreach ($value in $this.Read()['Values']) { $value['Name'] }) }
    [string[]] GetSubKeyNames() { return @($this.Read()['SubKeys']) }
    [string] GetValueKind([string] $name) { return $this.Find($name)['Kind'] }
    [object] GetValue([string] $name) { return $this.Find($name)['Value'] }
    [void] SetValue([string] $name, [object] $value, [Microsoft.Win32.RegistryValueKind] $kind) {
        if ($kind -ne 'DWord') { throw [System.NotSupportedException]::new('Only DWORDs are simulated.') }
        Invoke-Bridge @{ op = 'write_registry'; path = $this.Path; values = @{ $name = [int] $value } }
    }
    [void] DeleteValue([string] $name, [bool] $must) {
        Invoke-Bridge @{ op = 'write_registry'; path = $this.Path; values = @{ $name = $null } }
    }
    [void] Close() { }
    hidden [object] Read() { return (Invoke-Bridge @{ op = 'registry_key'; path = $this.Path }) }
    hidden [object] Find([string] $name) {
        return @(foreach ($value in $this.Read()['Values']) { if ($value['Name'] -eq $name) { $value } })[0]
    }
}
class LabHive {
    [object] OpenSubKey([string] $path) {
        if (Invoke-Bridge @{ op = 'registry_key'; path = $path }) { return [LabOpenKey]::new($path) }
        return $null
    }
    [object] OpenSubKey([string] $path, [bool] $writable) { return $this.OpenSubKey($path) }
    [object] CreateSubKey([string] $path) {
        Invoke-Bridge @{ op = 'write_registry'; path = $path; values = @{ } }
        return [LabOpenKey]::new($path)
    }
    [void] DeleteSubKey([string] $path, [bool] $must) { Invoke-Bridge @{ op = 'delete_registry_key'; path = $path } }
}
class LabRegistry {
    static [LabHive] $LocalMachine = [LabHive]::new()
}
$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$accelerators::Add('System.Security.Cryptography.ProtectedData', [LabProtectedData])
$accelerators::Add('Microsoft.Win32.Registry', [LabRegistry])
$accelerators::Add('System.Security.Principal.NTAccount', [LabNTAccount])
$accelerators::Add('System.Security.Principal.WindowsIdentity', [LabWindowsIdentity])

# A ServiceController. Nothing takes time here: what has not come by itself does not come by waiting.
class LabService {
    [string] $Name
    [string] $DisplayName
    [string] $Status
    [object[]] $DependentServices = @()
    [object[]] $ServicesDependedOn = @()
    LabService([hashtable] $Shown) {
        $this.Name = $Shown['Name']
        $this.DisplayName = $Shown['DisplayName']
        $this.Status = $Shown['Status']
        $this.ServicesDependedOn = @(foreach ($other in $Shown['DependsOn']) { [pscustomobject] @{ Name = $other } })
    }
    [void] Refresh() { $this.Status = (Invoke-Bridge @{ op = 'service'; name = $this.Name })['Status'] }
    [void] Stop() { Invoke-Bridge @{ op = 'service_control'; name = $this.Name; action = 'stop' } }
    [void] Start() { Invoke-Bridge @{ op = 'service_control'; name = $this.Name; action = 'start' } }
    [void] WaitForStatus([string] $Wanted, [timespan] $Time) {
        $this.Refresh()
        if ($this.Status -ne $Wanted) {
            throw [System.TimeoutException]::new("Time out has expired and the operation has not been completed.")
        }
    }
}

# What New-Object is on such a host: a type that is loaded already cannot be stood before.
function New-LabObject {
    param([Parameter(Position = 0)] [string] $TypeName, [Parameter(Position = 1)] [object[]] $ArgumentList)
    if ($TypeName -eq 'System.Net.Sockets.TcpClient') { return [LabTcpClient]::new() }
    # Without brackets, which would take a collection apart.
    if ($TypeName -ne 'System.Net.Security.SslStream' -or $env:LAB_DOTNET_TLS -eq '4032') { return Microsoft.PowerShell.Utility\New-Object @PSBoundParameters }
    if ($ArgumentList.Count -eq 2) { return [LabOldSslStream]::new($ArgumentList[0], $ArgumentList[1]) }
    [LabOldSslStream]::new($ArgumentList[0], $ArgumentList[1], $ArgumentList[2])
}

# A program with its version; the simulated one of Exchange is a text with it.
function Get-Program([string] $Path) {
    $parts = [int[]] ([System.IO.File]::ReadAllText($Path) -split '[.]')
    $names = 'FileMajorPart', 'FileMinorPart', 'FileBuildPart', 'FilePrivatePart'
    $version = @{ }
    foreach ($at in 0..3) { $version[$names[$at]] = $parts[$at] }
    [pscustomobject] @{ Name = 'ExSetup.exe'; VersionInfo = [pscustomobject] $version }
}

function Get-Service {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string[]] $Name = '*')
    $all = Invoke-Bridge @{ op = 'services' }
    foreach ($wanted in $Name) {
        $found = @($all | Where-Object { $_['Name'] -like $wanted })
        foreach ($service in $found) { New-LabService $service $all }
        if (-not $found -and $wanted -notmatch '[*?]') {
            $words = "Cannot find any service with service name '$wanted'."
            $type = 'Microsoft.PowerShell.Commands.ServiceCommandException'
            Write-HostError $PSCmdlet $type $words 'NoServiceFoundForGivenName' ObjectNotFound
        }
    }
}

function New-LabService([hashtable] $Shown, $All) {
    $service = [LabService]::new($Shown)
    $others = @($All | Where-Object { $_['DependsOn'] -contains $Shown['Name'] })
    $service.DependentServices = @(foreach ($other in $others) { [LabService]::new($other) })
    $service
}

function Get-Acl {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] [string] $Path)
    $access = Invoke-Bridge @{ op = 'access'; path = $Path }
    if ($access) {
        $found = [pscustomobject] @{ Path = $Path; Owner = $access['owner']; Sddl = $access['sddl'] }
        $set = { param($Text, $Sections) $this.Sddl = ($this.Sddl -replace '(?<=\A.*?)D:.*', '') + $Text }
        return ($found | Add-Member -MemberType ScriptMethod -Name SetSecurityDescriptorSddlForm -Value $set -PassThru)
    }
    $words = "Cannot find path '$Path' because it does not exist."
    Write-HostError $PSCmdlet 'System.Management.Automation.ItemNotFoundException' $words 'PathNotFound' ObjectNotFound
}

function Set-Acl {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0)] [string] $Path,
        [Parameter(Mandatory = $true, Position = 1)] $AclObject
    )
    $question = @{ op = 'set_access'; path = $Path; owner = $AclObject.Owner; sddl = $AclObject.Sddl }
    [void] (Invoke-Bridge $question)
}

# A RegistryKey of which only the values of one kind are known: texts.
class LabRegistryKey {
    [string] $Name
    hidden [hashtable[]] $Values
    LabRegistryKey([string] $name, [hashtable[]] $values) { $this.Name = $name; $this.Values = $values }
    [string[]] GetValueNames() { return @(foreach ($value in $this.Values) { $value['Name'] }) }
    [object] GetValue([string] $name) { return $this.Find($name)['Value'] }
    [string] GetValueKind([string] $name) { return $this.Find($name)['Kind'] }
    hidden [hashtable] Find([string] $name) {
        return @(foreach ($value in $this.Values) { if ($value['Name'] -eq $name) { $value } })[0]
    }
}

# The key of a path, or all below it, as far as they hold values of the connector.
function Get-RegistryKeys([string] $Path, [bool] $Below, $Cmdlet) {
    $wanted = $Path -replace '^HKLM:', 'HKLM'
    $values = Invoke-Bridge @{ op = 'registry_values' }
    $found = @($values | Group-Object { $_['Path'] } | Where-Object {
        $Below ? $_.Name.StartsWith("$wanted\", 'OrdinalIgnoreCase') : $_.Name -eq $wanted
    })
    foreach ($group in $found) {
        [LabRegistryKey]::new(($group.Name -replace '^HKLM', 'HKEY_LOCAL_MACHINE'), [hashtable[]] $group.Group)
    }
    if ($found -or $Below) { return }
    $words = "Cannot find path '$Path' because it does not exist."
    Write-HostError $Cmdlet 'System.Management.Automation.ItemNotFoundException' $words 'PathNotFound' ObjectNotFound
}

function Get-ChildItem {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string] $Path = '.', [switch] $Recurse)
    if ($Path -notlike 'HKLM:\*') { return (Microsoft.PowerShell.Management\Get-ChildItem @PSBoundParameters) }
    Get-RegistryKeys $Path $true $PSCmdlet
}
