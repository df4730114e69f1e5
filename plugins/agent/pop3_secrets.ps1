# The secrets of the POP3 connector's file: DPAPI for this computer, with the entropy that stands above.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# .NET 3.5 does not load it by itself.
function Import-ProtectedData {
    [void] [System.Reflection.Assembly]::LoadWithPartialName('System.Security')
}

# Both as base64. Fails where the blob is of another computer, has another entropy, or is no base64.
function Unprotect-Pop3Value([string] $Blob, [string] $Entropy) {
    $scope = [System.Security.Cryptography.DataProtectionScope]::LocalMachine
    $bytes = [System.Convert]::FromBase64String($Blob)
    $salt = [System.Convert]::FromBase64String($Entropy)
    return , [System.Security.Cryptography.ProtectedData]::Unprotect($bytes, $salt, $scope)
}

# As base64. The text under it is UTF-16LE without an end.
function Protect-Pop3Value([string] $Password, $Entropy) {
    $scope = [System.Security.Cryptography.DataProtectionScope]::LocalMachine
    $clear = [System.Text.Encoding]::Unicode.GetBytes($Password)
    $blob = [System.Security.Cryptography.ProtectedData]::Protect($clear, $Entropy, $scope)
    return [System.Convert]::ToBase64String($blob)
}
