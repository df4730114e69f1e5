# Loads by itself as soon as one of the commands is called that PowerShell 7 does not have (Get-PSSnapin,
# Add-PSSnapin, Get-WmiObject); from then on its other functions stand before PowerShell's own.
@{
    ModuleVersion     = '1.0'
    RootModule        = 'Lab.psm1'
    FunctionsToExport = @(
        'Get-PSSnapin', 'Add-PSSnapin', 'Get-WmiObject', 'Get-ItemProperty', 'Get-Item',
        'New-PSSession', 'Import-PSSession', 'Remove-PSSession'
    )
    CmdletsToExport   = @()
    AliasesToExport   = @()
    VariablesToExport = @()
}
