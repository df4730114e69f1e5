# Who owns the POP3 connector's file and who may read it.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function Get-FileAcl([string] $File) {
    return (Get-Acl -Path ([System.Management.Automation.WildcardPattern]::Escape($File)))
}

# The file stays whose it was. It is written by now, so what fails here is a warning.
function Restore-Acl($Change) {
    $file = $Change['Place']['File']
    $wanted = $Change['Acl']
    try {
        $found = Get-FileAcl $file
        if ($found.Sddl -ne $wanted.Sddl) {
            Set-Acl -Path ([System.Management.Automation.WildcardPattern]::Escape($file)) -AclObject $wanted
            $found = Get-FileAcl $file
        }
        $Change['Owner'] = $found.Owner
        if ($found.Sddl -ne $wanted.Sddl) { Add-Warning "The file's access is $($found.Sddl) and was $($wanted.Sddl)." }
    }
    catch { Add-Warning "The file's access list could not be kept: $($_.Exception.GetBaseException().Message)" }
}
