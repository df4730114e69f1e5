# The simulated host's Windows, as far as the agent asks for it. Runs in today's PowerShell only.
. "$PSScriptRoot/../../bridge.ps1"
. "$PSScriptRoot/windows.ps1"
$ExchangeModule = "$PSScriptRoot/../../Exchange.psm1"
Set-Alias New-Object New-LabObject

function Get-HostState {
    if (-not $script:HostState) { $script:HostState = Invoke-Bridge @{ op = 'host' } }
    $script:HostState
}

function Write-HostError($Cmdlet, [string] $Type, [string] $Message, [string] $Id, [string] $Category) {
    $Cmdlet.WriteError((New-HostError @{ type = $Type; message = $Message; error_id = $Id; category = $Category }))
}

# Every text of the lab begins with a sign, since PowerShell's JSON reader would take some texts for times.
function ConvertFrom-BridgeText($Value) {
    if ($Value -is [array]) { return , [object[]] @(foreach ($each in $Value) { ConvertFrom-BridgeText $each }) }
    ($Value -is [string] -and $Value.StartsWith('=')) ? $Value.Substring(1) : $Value
}

function New-Table([hashtable] $Values) {
    $object = [ordered] @{}
    foreach ($name in $Values.Keys) {
        $value = $Values[$name]
        $object[$name] = ConvertFrom-BridgeText $value
    }
    [pscustomobject] $object
}

function Get-PSSnapin {
    [CmdletBinding()]
    param([Parameter(Position = 0)] [string[]] $Name, [switch] $Registered)
    foreach ($wanted in $Name) {
        $found = @((Get-HostState)['snapins'] | Where-Object { $_ -like $wanted })
        foreach ($snapin in $found) { [pscustomobject] @{ Name = $snapin } }
        if (-not $found) {
            $words = "No Windows PowerShell snap-ins matching the pattern '$wanted' were found."
            Write-HostError $PSCmdlet 'System.Management.Automation.PSArgumentException' $words 'GetPSSnapInRead' InvalidArgument
        }
    }
}

function Add-PSSnapin {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] [string[]] $Name)
    # What it has written so far stays; what it only meant to write does not.
    if ((Get-HostState)['snapin_dies']) { [System.Diagnostics.Process]::GetCurrentProcess().Kill() }
    foreach ($wanted in $Name) {
        $fails = (Get-HostState)['snapin_fails']
        if ($fails) {
            Write-HostError $PSCmdlet 'System.Management.Automation.Runspaces.PSSnapInException' $fails 'AddPSSnapInRead' InvalidArgument
            continue
        }
        if ((Get-HostState)['snapins'] -contains $wanted) { Import-Module $ExchangeModule -Global -DisableNameChecking; continue }
        $words = "No snap-ins have been registered for Windows PowerShell version 2."
        Write-HostError $PSCmdlet 'System.Management.Automation.PSArgumentException' $words 'AddPSSnapInRead' InvalidArgument
    }
}

function Get-WmiObject {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] [string] $Class, [string] $Filter)
    $facts = (Get-PSCallStack).Command -contains 'Get-HostFacts'
    $found = Invoke-Bridge @{ op = 'wmi'; class = $Class; filter = $Filter; facts = $facts }
    if ($null -ne $found) { return @(foreach ($instance in $found) { New-Table $instance }) }
    Write-HostError $PSCmdlet 'System.Management.ManagementException' "Invalid class `"$Class`"" 'GetWMIManagementException' InvalidType
}

function Get-ItemProperty {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] [string] $Path)
    if ($Path -notlike 'HKLM:\*') { return (Microsoft.PowerShell.Management\Get-ItemProperty @PSBoundParameters) }
    $values = (Get-HostState)['registry'][$Path.Substring(6).ToLowerInvariant()]
    if ($values) { return (New-Table $values) }
    $words = "Cannot find path '$Path' because it does not exist."
    Write-HostError $PSCmdlet 'System.Management.Automation.ItemNotFoundException' $words 'PathNotFound' ObjectNotFound
}

function Get-Item {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] [string] $Path)
    if ($Path -like 'HKLM:\*') { return (Get-RegistryKeys $Path $false $PSCmdlet) }
    if ($Path -like '*\ExSetup.exe' -or $Path -like '*/ExSetup.exe') { return (Get-Program $Path) }
    if ($Path -notlike 'WSMan:\*') { return (Microsoft.PowerShell.Management\Get-Item @PSBoundParameters) }
    $value = (Get-HostState)['wsman'][$Path.ToLowerInvariant()]
    if ($null -ne $value) { return [pscustomobject] @{ Name = Split-Path $Path -Leaf; Value = $value } }
    $words = "Cannot find path '$Path' because it does not exist."
    Write-HostError $PSCmdlet 'System.Management.Automation.ItemNotFoundException' $words 'PathNotFound' ObjectNotFound
}

# What the host's own PowerShell is; of everything else, as far as a module sees it.
function Get-Variable {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] [string] $Name, [switch] $ValueOnly)
    if ($Name -ne 'PSVersionTable') { return (Microsoft.PowerShell.Utility\Get-Variable @PSBoundParameters -Scope Global) }
    $table = @{ PSVersion = [version] $env:LAB_POWERSHELL; CLRVersion = [version] $env:LAB_CLR }
    if ($ValueOnly) { return $table }
    [pscustomobject] @{ Name = $Name; Value = $table }
}

# The host's time, to the second.
function Get-Date {
    [CmdletBinding()]
    param()
    [datetime]::Parse((Get-HostState)['clock'].Substring(1), [cultureinfo]::InvariantCulture)
}

# Of the application log, newest first. An event's instance id holds its severity as well, a server's time is local.
function Get-EventLog {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)] [ValidateSet('Application')] [string] $LogName, [int] $Newest = [int]::MaxValue)
    $severity = @{ Information = 0x40040000L; Warning = 0x80040000L; Error = 0xC0040000L }
    foreach ($event in (Invoke-Bridge @{ op = 'events' } | Select-Object -First $Newest)) {
        [pscustomobject] @{
            Source        = $event['source']
            EventID       = $event['id']
            InstanceId    = $severity[$event['kind']] + $event['id']
            EntryType     = $event['kind']
            TimeGenerated = [datetime]::Parse($event['time'].Substring(1), [cultureinfo]::InvariantCulture).ToLocalTime()
        }
    }
}

# The server's own endpoint. What comes through a real session is deserialised, and its errors are RemoteExceptions:
# that is not simulated.
function New-PSSession {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [uri] $ConnectionUri,
        [Parameter(Mandatory = $true)] [ValidateSet('Microsoft.Exchange')] [string] $ConfigurationName,
        [pscredential] $Credential,
        [Parameter(Mandatory = $true)] [ValidateSet('Kerberos')] [string] $Authentication
    )
    try { $name = Invoke-Bridge @{ op = 'open_session'; credential = (ConvertTo-BridgeValue $Credential) } }
    catch {
        if ($ErrorActionPreference -eq 'Stop') { throw $_ }
        $PSCmdlet.WriteError($_)
        return
    }
    [pscustomobject] @{ Id = 1; ComputerName = $name; State = 'Opened' }
}

function Import-PSSession {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true, Position = 0)] $Session,
        [Parameter(Position = 1)] [string[]] $CommandName,
        [switch] $AllowClobber
    )
    if ($Session.State -ne 'Opened') { throw 'The session is closed.' }
    Import-Module $ExchangeModule -Global -DisableNameChecking -Function $CommandName -PassThru
}

function Remove-PSSession {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true, Position = 0)] $Session)
    $Session.State = 'Closed'
}
