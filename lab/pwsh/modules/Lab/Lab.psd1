# Loads by itself with the first command that any script calls: PowerShell looks for New-Object here before it looks
# into its own modules. So its functions stand before PowerShell's own from the start, and so do its types, which are
# looked up when a script is read.
@{
    ModuleVersion     = '1.0'
    RootModule        = 'Lab.psm1'
    FunctionsToExport = @(
        'New-LabObject', 'Get-PSSnapin', 'Add-PSSnapin', 'Get-WmiObject', 'Get-ItemProperty', 'Get-Item', 'Get-Variable', 'Get-Date', 'Get-EventLog',
        'New-PSSession', 'Import-PSSession', 'Remove-PSSession',
        'Get-Service', 'Get-Acl', 'Set-Acl', 'Get-ChildItem'
    )
    CmdletsToExport   = @()
    AliasesToExport   = @('New-Object')
    VariablesToExport = @()
}
