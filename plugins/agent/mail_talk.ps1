# A talk with a mail server: the connection, its lines, TLS and its certificate.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# Bytes of one line: nobody else ends what a server says.
$LineLimit = 2048

# How a client of TLS 1.2 begins.
$TlsHello = 'FgMBAGoBAABmAwNzYnMubWFpbGZsb3cgYXNrcyB3aGF0IGlzIHNwb2tlbgAAFMAvwDDAK8AswB' +
    'PAFACcAJ0ALwA1AQAAKQAKAAgABgAdABcAGAALAAIBAAANAA4ADAQBBQEGAQQDBQMGA/8BAAEA'
# And how one of TLS 1.3 begins that has no key to share yet (RFC 8446, 4.2.8): whoever speaks that asks for one.
$TlsNewerHello = 'FgMBAGABAABcAwNzYnMubWFpbGZsb3cgYXNrcyB3aGF0IGlzIHNwb2tlbgAABhMBEwITAw' +
    'EAAC0ACgAIAAYAHQAXABgADQAQAA4EAwgEBAEFAwgFBQEIBgArAAMCAwQAMwACAAA='
# What a server answers for which TLS 1.2 is too old: the alert protocol_version (RFC 5246, 7.2), or nothing, and TLS 1.3
# to whoever asks for that.
$TlsNewer = '\A(15-03-..-00-02-..-46|closed16-03)'

# One connection: how far it came (Report), what was read and not yet used (Buffer, From, Filled), and the answer that is
# being read (Lines, Words, Line, since Watch).
function New-Talk([string] $Server, [int] $Port, [int] $Seconds) {
    $talk = @{ Server = $Server; Port = $Port; Milliseconds = 1000 * $Seconds; From = 0; Filled = 0 }
    # What a certificate must be for, whether it matters, and the bytes that a line may have.
    $talk['TlsName'] = $Server
    $talk['AnyCertificate'] = $false
    $talk['LineLimit'] = $LineLimit
    $talk['Buffer'] = [System.Array]::CreateInstance([byte], 4096)
    $talk['Report'] = @{
        Stage = 'connect'; Problem = $null; Code = $null; Text = $null; Tls = $null
        Certificate = $null; Mechanism = $null; Capabilities = @()
    }
    return $talk
}

# What every talk is asked with. The login not by a parameter's type: newer PowerShells would ask for what is missing.
function Assert-Talk([int] $Port, [int] $TimeoutSeconds, $Credential) {
    Assert-Range 'Port' $Port 1 65535
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    if (-not ($Credential -is [System.Management.Automation.PSCredential])) {
        Stop-Step 'parameter_unreadable' 'Credential is no login.'
    }
}

# Ends the talk: the report says why, the exception only unwinds.
function Stop-Talk($Talk, [string] $Problem, [string] $Words) {
    $Talk['Report']['Problem'] = $Problem
    if ($Words) { $Talk['Report']['Text'] = ConvertTo-ShownText $Words }
    throw ([System.InvalidOperationException] $Problem)
}

# With whatever the server had said of its answer by then.
function Stop-Reading($Talk, [string] $Problem) {
    Stop-Talk $Talk $Problem (Get-AnswerText $Talk)
}

function Test-Offered($Offers, [string] $Pattern) {
    foreach ($offer in @($Offers)) { if ($offer -match $Pattern) { return $true } }
    return $false
}

function Connect-Server($Talk) {
    $client = New-Object System.Net.Sockets.TcpClient
    $Talk['Client'] = $client
    try {
        $waiting = $client.BeginConnect($Talk['Server'], $Talk['Port'], $null, $null)
        $answered = $waiting.AsyncWaitHandle.WaitOne($Talk['Milliseconds'], $false)
        if ($answered) { $client.EndConnect($waiting) }
    }
    catch { Stop-Talk $Talk 'connect' $_.Exception.GetBaseException().Message }
    if (-not $answered) { Stop-Talk $Talk 'timeout' }
    $Talk['Stream'] = $client.GetStream()
    # For the handshake and for what is sent; answers have a time of their own.
    $Talk['Stream'].ReadTimeout = $Talk['Milliseconds']
    $Talk['Stream'].WriteTimeout = $Talk['Milliseconds']
}

function Send-Line($Talk, [string] $Line) {
    Reset-Answer $Talk
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Line + "`r`n")
    try { $Talk['Stream'].Write($bytes, 0, @($bytes).Length) }
    catch { Stop-Talk $Talk 'closed' }
}

function Reset-Answer($Talk) {
    $Talk['Lines'] = New-Object System.Collections.ArrayList
    $Talk['Words'] = New-Object System.Collections.ArrayList
    $Talk['Line'] = $null
    $Talk['Code'] = $null
}

function Read-Line($Talk) {
    $Talk['Line'] = New-Object System.IO.MemoryStream
    do {
        if ($Talk['From'] -ge $Talk['Filled']) { Read-Piece $Talk }
        $ended = Move-Piece $Talk
        if ($Talk['Line'].get_Length() -gt $Talk['LineLimit']) { Stop-Reading $Talk 'unreadable' }
    } until ($ended)
    $line = Get-LineText $Talk
    $Talk['Line'] = $null
    return $line
}

# Adds to the line what has come of it; tells whether that ends it.
function Move-Piece($Talk) {
    $count = $Talk['Filled'] - $Talk['From']
    $end = [System.Array]::IndexOf($Talk['Buffer'], [byte] 10, $Talk['From'], $count)
    if ($end -ge 0) { $count = $end - $Talk['From'] }
    $Talk['Line'].Write($Talk['Buffer'], $Talk['From'], $count)
    $Talk['From'] = $Talk['From'] + $count + 1
    return ($end -ge 0)
}

# By waiting instead of the stream's own time-out, which would begin anew with every byte.
function Read-Piece($Talk) {
    $left = [int] ($Talk['Milliseconds'] - $Talk['Watch'].ElapsedMilliseconds)
    if ($left -le 0) { Stop-Reading $Talk 'timeout' }
    try {
        $waiting = $Talk['Stream'].BeginRead($Talk['Buffer'], 0, 4096, $null, $null)
        $arrived = $waiting.AsyncWaitHandle.WaitOne($left, $false)
        if ($arrived) { $Talk['Filled'] = $Talk['Stream'].EndRead($waiting) }
    }
    catch { Stop-Reading $Talk 'closed' }
    if (-not $arrived) { Stop-Reading $Talk 'timeout' }
    if ($Talk['Filled'] -eq 0) { Stop-Reading $Talk 'closed' }
    $Talk['From'] = 0
}

function Get-LineText($Talk) {
    return ([System.Text.Encoding]::UTF8.GetString($Talk['Line'].ToArray()) -replace '\r\z', '')
}

function Get-AnswerText($Talk) {
    $lines = @($Talk['Lines'])
    if ($Talk['Line'] -and ($Talk['Line'].get_Length() -gt 0)) { $lines = $lines + (Get-LineText $Talk) }
    return ($lines -join ' | ')
}

# The one place where a password comes back, since the server must hear it. Not by GetNetworkCredential(), which
# refuses some names and splits others.
function Get-ClearPassword($Credential) {
    $secure = $Credential.Password
    $memory = [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($secure)
    try { return [System.Runtime.InteropServices.Marshal]::PtrToStringUni($memory, $secure.get_Length()) }
    finally { [System.Runtime.InteropServices.Marshal]::ZeroFreeGlobalAllocUnicode($memory) }
}

# With what this .NET can speak. Ends the talk where there is no tunnel, or one to somebody else.
function Start-Handshake($Talk) {
    # Whoever is in between could have put words there that look as if they came through the tunnel.
    if ($Talk['From'] -lt $Talk['Filled']) { Stop-Reading $Talk 'unreadable' }
    $Talk['Report']['Stage'] = 'tls'
    try {
        try { Invoke-Handshake $Talk $TlsAll }
        catch {
            if (-not ($_.Exception.InnerException -is [System.ArgumentException])) { throw }
            if (-not $Talk['AnyCertificate']) { Add-TlsWarning $false }
            Invoke-Handshake $Talk $TlsOld
        }
    }
    catch {
        $problem = $_.Exception
        if (-not $Talk['AnyCertificate']) { Add-TlsWarning (Test-Tls12) }
        Stop-Handshake $Talk $problem
    }
    if ($Talk['AnyCertificate']) { return }
    $spoken = $Talk['Report']['Tls']
    if (@('Tls12', 'Tls13') -notcontains $spoken) { Add-TlsWarning (Test-Tls12) $Talk['Server'] $spoken }
    $seen = $Talk['Report']['Certificate']
    if ((-not $seen) -or $seen['Problem']) { Stop-Talk $Talk 'certificate' $Talk['Doubts'] }
}

# Blocks on purpose: the certificate is judged by a script block, which runs on this thread only.
function Invoke-Handshake($Talk, [int] $Versions) {
    $judge = {
        param($Origin, $Certificate, $Chain, $Doubts)
        Add-Certificate $Talk $Certificate $Chain $Doubts
        return ($Talk['AnyCertificate'] -or ([int] $Doubts -eq 0))
    }
    $callback = [System.Net.Security.RemoteCertificateValidationCallback] $judge
    $stream = New-Object System.Net.Security.SslStream($Talk['Stream'], $true, $callback)
    $stream.AuthenticateAsClient($Talk['TlsName'], $null, (ConvertTo-TlsVersions $Versions), $false)
    $Talk['Report']['Tls'] = $TlsNames[[int] $stream.SslProtocol]
    $Talk['Stream'] = $stream
}

# Must give no output: it would become part of the judgement.
function Add-Certificate($Talk, $Certificate, $Chain, $Doubts) {
    $facts = @{ Subject = $null; Issuer = $null; NotAfter = $null; Problem = $null }
    if ([int] $Doubts -ne 0) {
        $facts['Problem'] = $Doubts.ToString()
        $why = @($Chain.ChainStatus | Where-Object { $null -ne $_ } | ForEach-Object { $_.Status.ToString() })
        $Talk['Doubts'] = (@($facts['Problem']) + ($why -join ', ') | Where-Object { $_ }) -join ': '
    }
    $Talk['Report']['Certificate'] = $facts
    if ($null -eq $Certificate) { return }
    $whole = New-Object System.Security.Cryptography.X509Certificates.X509Certificate2($Certificate)
    $facts['Subject'] = ConvertTo-ShownText $whole.Subject
    $facts['Issuer'] = ConvertTo-ShownText $whole.Issuer
    $facts['NotAfter'] = $whole.NotAfter
}

# .NET's exceptions tell apart what it minds in the handshake; whether the server hung up, the socket tells.
function Stop-Handshake($Talk, $Exception) {
    $seen = $Talk['Report']['Certificate']
    if ($seen -and $seen['Problem']) { Stop-Talk $Talk 'certificate' $Talk['Doubts'] }
    $base = $Exception.GetBaseException()
    $socket = $base -is [System.Net.Sockets.SocketException]
    if ($socket -and ($base.SocketErrorCode.ToString() -eq 'TimedOut')) { Stop-Talk $Talk 'timeout' }
    $refused = $Exception.InnerException -is [System.Security.Authentication.AuthenticationException]
    if ($socket -or ((-not $refused) -and (Test-HungUp $Talk['Client'].Client))) { Stop-Talk $Talk 'closed' }
    Stop-Talk $Talk 'tls' $base.Message
}

# A new connection to the same server, for a look at how it speaks.
function New-TalkAgain($Talk) {
    return (New-Talk $Talk['Server'] $Talk['Port'] ([System.Math]::Min(10, $Talk['Milliseconds'] / 1000)))
}

# What comes back where a connection goes on as TLS does: its first bytes, which tell in no language.
function Get-Spoken($Again, [string] $Hello) {
    Reset-Answer $Again
    $bytes = [System.Convert]::FromBase64String($Hello)
    $Again['Stream'].Write($bytes, 0, $bytes.GetLength(0))
    $Again['Watch'] = [System.Diagnostics.Stopwatch]::StartNew()
    if ($Again['From'] -ge $Again['Filled']) { Read-Piece $Again }
    $count = [System.Math]::Min(16, $Again['Filled'] - $Again['From'])
    return [System.BitConverter]::ToString($Again['Buffer'], $Again['From'], $count)
}

function Test-HungUp($Socket) {
    return ($Socket.Poll(0, [System.Net.Sockets.SelectMode]::SelectRead) -and ($Socket.Available -eq 0))
}
