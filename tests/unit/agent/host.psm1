# The least that the agent needs around it: an Exchange 2010 in the registry and a snap-in. Each test brings the cmdlets.
function Get-PSSnapin { param([switch] $Registered, $Name) [pscustomobject] @{ Name = $Name } }
function Add-PSSnapin { param($Name) Import-Module $env:TEST_CMDLETS -Global }
function Get-WmiObject { [CmdletBinding()] param($Class, $Filter) throw 'The WMI repository is damaged.' }
function Get-ItemProperty {
    [CmdletBinding()]
    param([string] $Path)
    if ($Path -like '*\v14\Setup') {
        [pscustomobject] @{ MsiProductMajor = 14; MsiProductMinor = 3; MsiBuildMajor = 123; MsiBuildMinor = 4 }
    }
}
