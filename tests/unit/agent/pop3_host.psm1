# What of Windows the agent's POP3 functions need, each piece a file of the folder that TEST_POP3 names. A text is
# "protected" by the name of the computer and the entropy in front of it.

class PretendedProtection {
    static [byte[]] Protect([byte[]] $clear, [byte[]] $entropy, [object] $scope) {
        $front = [System.Text.Encoding]::ASCII.GetBytes("HERE" + [System.Convert]::ToBase64String($entropy) + "|")
        return $front + [System.Text.Encoding]::ASCII.GetBytes([System.Convert]::ToBase64String($clear))
    }
    static [byte[]] Unprotect([byte[]] $blob, [byte[]] $entropy, [object] $scope) {
        $front, $rest = [System.Text.Encoding]::ASCII.GetString($blob) -split '\|', 2
        if ($front -cne "HERE" + [System.Convert]::ToBase64String($entropy)) {
            throw [System.Security.Cryptography.CryptographicException]::new("Key not valid: $rest")
        }
        return [System.Convert]::FromBase64String($rest)
    }
}
$accelerators = [psobject].Assembly.GetType('System.Management.Automation.TypeAccelerators')
$accelerators::Add('System.Security.Cryptography.ProtectedData', [PretendedProtection])

function Get-Knob([string] $Name) {
    $file = "$env:TEST_POP3/$Name"
    if ([System.IO.File]::Exists($file)) { return [System.IO.File]::ReadAllText($file) }
}
function Set-Knob([string] $Name, [string] $Text) { [System.IO.File]::WriteAllText("$env:TEST_POP3/$Name", $Text) }

class PretendedService {
    [string] $Name = 'pop3connector'
    [string] $DisplayName = 'Windows SBS POP3 Connector'
    [string] $Status
    [object[]] $DependentServices = @()
    [object[]] $ServicesDependedOn = @(@{ Name = 'RpcSs' })
    PretendedService() { $this.Refresh() }
    [void] Refresh() {
        $this.Status = Get-Knob 'status'
        $needed = Get-Knob 'dependent'
        if ($needed) { $this.DependentServices = @(@{ Name = $needed; Status = 'Running' }) }
    }
    [void] Stop() {
        Set-Knob 'calls' ((Get-Knob 'calls') + 'stop ')
        if (Get-Knob 'stop_fails') { throw [System.InvalidOperationException]::new('Cannot stop it.') }
        if (Get-Knob 'stop_hangs') { Set-Knob 'status' 'StopPending'; return }
        $rewritten = Get-Knob 'rewritten'
        if ($rewritten) { [System.IO.File]::WriteAllText((Get-Knob 'file'), $rewritten) }
        Set-Knob 'status' 'Stopped'
    }
    [void] Start() {
        Set-Knob 'calls' ((Get-Knob 'calls') + 'start ')
        if (Get-Knob 'start_fails') { throw [System.InvalidOperationException]::new('Cannot start it.') }
        Set-Knob 'status' 'Running'
    }
    [void] WaitForStatus([string] $Wanted, [timespan] $Time) {
        $this.Refresh()
        if ($this.Status -ne $Wanted) { throw [System.TimeoutException]::new("Time out has expired after $Time.") }
    }
}

function Get-Service {
    [CmdletBinding()]
    param($Name)
    if ((-not $Name) -or (($Name -eq 'pop3connector') -and (Get-Knob 'status'))) { [PretendedService]::new() }
}
function Get-Acl {
    [CmdletBinding()]
    param($Path)
    $sddl = Get-Knob 'sddl'
    $set = { param($Text, $Sections) $this.Sddl = ($this.Sddl -replace '(?<=\A.*?)D:.*', '') + $Text }
    [pscustomobject] @{ Owner = 'SBS\Somebody'; Sddl = $sddl } |
        Add-Member -MemberType ScriptMethod -Name SetSecurityDescriptorSddlForm -Value $set -PassThru
    if (Get-Knob 'sddl_later') { Set-Knob 'sddl' (Get-Knob 'sddl_later') }
}
function Set-Acl {
    [CmdletBinding()]
    param($Path, $AclObject)
    if (Get-Knob 'acl_fails') { throw 'Not the owner.' }
    [System.IO.File]::Delete("$env:TEST_POP3/sddl_later")
    Set-Knob 'sddl' $AclObject.Sddl
}
Set-Alias New-Object Microsoft.PowerShell.Utility\New-Object
Export-ModuleMember -Function Get-Service, Get-Acl, Set-Acl -Alias New-Object
