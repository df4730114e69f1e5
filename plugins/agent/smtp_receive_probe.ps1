# Whom a receiving server takes mail for, asked as far as the recipients. No data is ever sent.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

[void] $OwnCommands.Add('Test-SmtpReceive')

$MostProbed = 20

function Test-SmtpReceive {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Address,
        [int] $Port = 25,
        [Parameter(Mandatory = $true)] $Recipients,
        [string] $Helo,
        [string] $Sender,
        [string] $TlsName,
        [int] $TimeoutSeconds = 30
    )
    if (-not $Helo) { $Helo = Get-HeloName }
    if (-not $TlsName) { $TlsName = $Address }
    Assert-OneLine @{ Address = $Address; Sender = $Sender; Helo = $Helo; TlsName = $TlsName }
    Assert-Range 'Port' $Port 1 65535
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    Assert-Range 'the number of Recipients' @($Recipients).Count 1 $MostProbed
    foreach ($each in @($Recipients)) { Assert-OneLine @{ Recipients = [string] $each } }
    $row = @{
        Connected = $false; Greeting = $null; Ehlo = @(); Mail = $null; Replies = @(); Stage = 'connect'; Error = $null
        Text = $null; Tls = @{ Offered = $null; Version = $null; Subject = $null; Issuer = $null; NotAfter = $null }
    }
    $row['Tls']['Problem'] = $null
    $row['Tls']['Error'] = $null
    $asked = @{ Helo = $Helo; Sender = $Sender; Recipients = @($Recipients); Tls = $true }
    $talk = New-ReceiveTalk $Address $Port $TimeoutSeconds $TlsName
    Invoke-ReceiveProbe $row $talk $asked
    if ($row['Tls']['Error']) {
        $asked['Tls'] = $false
        Invoke-ReceiveProbe $row (New-ReceiveTalk $Address $Port $TimeoutSeconds $TlsName) $asked
    }
    return $row
}

# Whatever its certificate is, it is told and not judged.
function New-ReceiveTalk([string] $Address, [int] $Port, [int] $Seconds, [string] $TlsName) {
    $talk = New-Talk $Address $Port $Seconds
    $talk['TlsName'] = $TlsName
    $talk['AnyCertificate'] = $true
    return $talk
}

function Invoke-ReceiveProbe($Row, $Talk, $Asked) {
    try { Invoke-ReceiveTalk $Row $Talk $Asked }
    catch { if (-not $Talk['Report']['Problem']) { throw } }
    finally { Close-Talk $Talk }
    $report = $Talk['Report']
    if ($report['Tls']) { Set-ReceiveTls $Row['Tls'] $report }
    if (@('starttls', 'tls') -contains $report['Stage']) {
        $Row['Tls']['Error'] = $report['Problem']
        return
    }
    $Row['Stage'] = $report['Stage']
    $Row['Error'] = $report['Problem']
    if ($report['Problem']) { $Row['Text'] = $report['Text'] }
}

function Set-ReceiveTls($Tls, $Report) {
    $Tls['Version'] = $Report['Tls']
    $seen = $Report['Certificate']
    if ($null -eq $seen) { return }
    foreach ($name in @('Subject', 'Issuer', 'NotAfter', 'Problem')) { $Tls[$name] = $seen[$name] }
}

function Invoke-ReceiveTalk($Row, $Talk, $Asked) {
    Connect-Server $Talk
    $Row['Connected'] = $true
    $Talk['Report']['Stage'] = 'greeting'
    Read-Answer $Talk
    $Row['Greeting'] = ConvertTo-ShownText (Get-AnswerText $Talk)
    if (-not $Talk['Code'].StartsWith('2')) { Stop-Refused $Talk }
    Send-ReceiveHello $Row $Talk $Asked
    $offered = Test-Offered $Talk['Report']['Capabilities'] '^STARTTLS( |$)'
    # What the first connection was told stands.
    if ($null -eq $Row['Tls']['Offered']) { $Row['Tls']['Offered'] = $offered }
    if ($offered -and $Asked['Tls']) {
        Invoke-Stage $Talk 'starttls' 'STARTTLS' '2'
        Start-Handshake $Talk
        Send-ReceiveHello $Row $Talk $Asked
    }
    Send-Envelope $Row $Talk $Asked
    $Talk['Report']['Stage'] = 'done'
}

function Send-ReceiveHello($Row, $Talk, $Asked) {
    Send-Hello $Talk $Asked['Helo']
    $Row['Ehlo'] = @(foreach ($words in @($Talk['Words'])) { ConvertTo-ShownText $words })
}

# A refused recipient ends nothing, but for 421, with which the server leaves.
function Send-Envelope($Row, $Talk, $Asked) {
    Send-Asked $Talk 'mail' ('MAIL FROM:<' + $Asked['Sender'] + '>')
    $Row['Mail'] = ConvertTo-ShownText (Get-AnswerText $Talk)
    if (-not $Talk['Code'].StartsWith('2')) { Stop-Refused $Talk }
    foreach ($each in @($Asked['Recipients'])) {
        Send-Asked $Talk 'rcpt' "RCPT TO:<$each>"
        $Row['Replies'] = @($Row['Replies']) + @{
            Recipient = [string] $each; Reply = ConvertTo-ShownText (Get-AnswerText $Talk)
        }
        if ($Talk['Code'] -eq '421') { Stop-Refused $Talk }
    }
}
