# Who owns the POP3 connector's file and who may read it.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function Get-FileAcl([string] $File) {
    return (Get-Acl -Path ([System.Management.Automation.WildcardPattern]::Escape($File)))
}

# The access list alone, without owner and group, which an administrator may not give to somebody else.
function Get-AccessText($Acl) {
    return ($Acl.Sddl -replace '\A.*?(?=D:)', '')
}

# The file's rights stay as they were. It is written by now, so what fails here is a warning.
function Restore-Acl($Change) {
    $file = $Change['Place']['File']
    $wanted = $Change['Acl']
    try {
        $found = Get-FileAcl $file
        $access = Get-AccessText $wanted
        if ((Get-AccessText $found) -ne $access) {
            $found.SetSecurityDescriptorSddlForm($access, [System.Security.AccessControl.AccessControlSections]::Access)
            Set-Acl -Path ([System.Management.Automation.WildcardPattern]::Escape($file)) -AclObject $found
            $found = Get-FileAcl $file
        }
        $Change['Owner'] = $found.Owner
        if ($found.Owner -ne $wanted.Owner) { Add-Warning "The file was $($wanted.Owner)'s and is $($found.Owner)'s." }
        if ((Get-AccessText $found) -ne $access) {
            Add-Warning "The file's access is $(Get-AccessText $found) and was $access."
        }
    }
    catch { Add-Warning "The file's access list could not be kept: $($_.Exception.GetBaseException().Message)" }
}
