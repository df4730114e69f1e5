# The alias loads the module with the first command that the decoder calls, before any type is looked up.
@{
    ModuleVersion     = '1.0'
    RootModule        = 'Pop3Host.psm1'
    FunctionsToExport = @('Get-Service', 'Get-Acl', 'Set-Acl')
    CmdletsToExport   = @()
    AliasesToExport   = @('New-Object')
    VariablesToExport = @()
}
