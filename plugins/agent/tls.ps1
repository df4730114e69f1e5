# TLS as this host's .NET knows it, for logins that are proven from here and for the facts.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Get-TlsAbility')

# As numbers, since .NET 3.5 has a name for the oldest only. All three are tried first; a .NET that was never taught the
# newer two either refuses the sum before a byte is sent, or drops them and offers the oldest.
$TlsAll = 3072 + 768 + 192
$TlsOld = 192
$TlsNew = 3072
$TlsNames = @{ 48 = 'Ssl3'; 192 = 'Tls'; 768 = 'Tls11'; 3072 = 'Tls12'; 12288 = 'Tls13' }

function Get-TlsAbility {
    [CmdletBinding()]
    param()
    return @{ Tls12 = Test-Tls12 }
}

function ConvertTo-TlsVersions([int] $Number) {
    return [System.Enum]::ToObject([System.Security.Authentication.SslProtocols], $Number)
}

# Whether this .NET offers TLS 1.2 where nothing else is asked for. Without a network: of a stream on which nobody answers.
# What comes of it as an exception tells nothing, only the hello does.
function Test-Tls12 {
    $said = New-Object System.IO.MemoryStream
    try {
        $stream = New-Object System.Net.Security.SslStream($said, $true)
        $stream.AuthenticateAsClient('localhost', $null, (ConvertTo-TlsVersions $TlsNew), $false)
    }
    catch { }
    return (Test-NewHello $said.ToArray())
}

# A handshake's record with a ClientHello in it, of version 3.3.
function Test-NewHello($Bytes) {
    if (@($Bytes).Count -lt 11) { return $false }
    return (($Bytes[0] -eq 22) -and ($Bytes[5] -eq 1) -and ($Bytes[9] -eq 3) -and ($Bytes[10] -ge 3))
}

# What is wrong with a proof that did not go through TLS 1.2, once a reply. A server that was reached with less and
# would take more does not know why it got less: this .NET does.
function Add-TlsWarning([bool] $Knows, [string] $Server, [string] $Tls) {
    $text = 'The .NET of this host cannot speak TLS 1.2 (update KB3154518): a login cannot be proven from here at a' +
        ' server that wants it. Exchange itself may do better, or worse.'
    if ($Knows) {
        if (-not $Tls) { return }
        $text = "$Server was reached with $Tls, not with TLS 1.2, which this host can speak."
    }
    if (@($Warnings) -notcontains $text) { Add-Warning $text }
}
