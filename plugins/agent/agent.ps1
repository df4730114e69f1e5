# The agent: runs the steps of one request on the host and writes one reply (docs/wire.md).
# Written for Windows PowerShell 2.0 on .NET 3.5, where most hosts of its kind stand still; runs on 5.1 and 7 by the
# same road. It knows no policy: what to change is decided by the controller.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
param([string] $RequestText)

$AgentVersion = '0.1.0'
$Snapin = 'Microsoft.Exchange.Management.PowerShell.E2010'

# The only cmdlets that a request may name, each with the parameters that it gets where the request is silent.
$ExchangeCommands = @{
    'Get-ExchangeServer'   = @{ }
    'Get-SendConnector'    = @{ }
    'Get-TransportServer'  = @{ }
    'New-SendConnector'    = @{ Confirm = $false }
    'Set-SendConnector'    = @{ Confirm = $false }
    'Remove-SendConnector' = @{ Confirm = $false }
    'Set-TransportServer'  = @{ Confirm = $false }
}
# The agent's own functions that a request may name.
$OwnCommands = @('Get-HostFacts', 'Test-SmtpLogin', 'Read-SmtpSendLog')

$Secrets = @{ }
$Hidden = New-Object System.Collections.ArrayList
$Warnings = New-Object System.Collections.ArrayList
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture

# ---- refusals and what may be said -----------------------------------------------------------------------------------

# Where the agent itself says no: the code travels in the exception's data and ends in the reply.
function Stop-Step([string] $Code, [string] $Message) {
    $refusal = New-Object System.InvalidOperationException($Message)
    $refusal.Data['code'] = $Code
    throw $refusal
}

# What may never be said: as it is, and in the form in which a mail server is told it.
function Add-Hidden([string] $Secret) {
    if (-not $Secret) { return }
    [void] $Hidden.Add($Secret)
    [void] $Hidden.Add((ConvertTo-Base64 $Secret))
}

# Hosts like to repeat what they were given. Longest first, since one secret may begin another.
function Hide-Secret([string] $Text) {
    foreach ($secret in @($Hidden.ToArray() | Sort-Object -Property Length -Descending)) {
        $Text = $Text.Replace([string] $secret, '********')
    }
    return $Text
}

function ConvertTo-Base64([string] $Text) {
    return [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($Text))
}

function Add-Warning([string] $Text) {
    [void] $Warnings.Add((Hide-Secret $Text))
}

function New-Refusal([string] $Code, [string] $Message) {
    return @{ message = (Hide-Secret $Message); type = $null; category = $null; error_id = $null; code = $Code }
}

function ConvertTo-StepError($Record) {
    $code = $Record.Exception.Data['code']
    if ($code) { return (New-Refusal $code $Record.Exception.Message) }
    return @{
        message  = Hide-Secret $Record.Exception.Message
        type     = $Record.Exception.GetType().FullName
        category = $Record.CategoryInfo.Category.ToString()
        error_id = Hide-Secret $Record.FullyQualifiedErrorId
        code     = $null
    }
}

# ---- JSON in ---------------------------------------------------------------------------------------------------------

# The one JSON reader and writer that .NET 3.5 and .NET 10 share. 3.5 does not load its assemblies by itself; where
# they are part of something else nothing is found, and nothing is missing.
function Import-JsonReader {
    [void] [System.Reflection.Assembly]::LoadWithPartialName('System.Runtime.Serialization')
    [void] [System.Reflection.Assembly]::LoadWithPartialName('System.ServiceModel.Web')
}

function ConvertFrom-JsonText([string] $Text) {
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($Text)
    $quotas = [System.Xml.XmlDictionaryReaderQuotas]::Max
    $reader = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonReader($bytes, $quotas)
    [void] $reader.MoveToContent()
    return (Read-JsonValue $reader)
}

# The reader shows JSON as XML: every element says its type, and a list comes back behind a comma so that PowerShell
# does not unroll it on the way.
function Read-JsonValue($Reader) {
    $type = $Reader.GetAttribute('type')
    if ($type -eq 'object') { return (Read-JsonObject $Reader) }
    if ($type -eq 'array') { return , (Read-JsonArray $Reader) }
    $text = $Reader.ReadElementContentAsString()
    if ($type -eq 'null') { return $null }
    if ($type -eq 'boolean') { return ($text -eq 'true') }
    if ($type -eq 'number') { return (ConvertFrom-JsonNumber $text) }
    return $text
}

function Read-JsonObject($Reader) {
    $table = @{ }
    $Reader.ReadStartElement()
    while ($Reader.MoveToContent() -eq [System.Xml.XmlNodeType]::Element) {
        # A key that is no XML name ("$secret") arrives as <a:item item="$secret">.
        $key = $Reader.GetAttribute('item')
        if ($null -eq $key) { $key = $Reader.LocalName }
        $table[$key] = Read-JsonValue $Reader
    }
    $Reader.ReadEndElement()
    return $table
}

function Read-JsonArray($Reader) {
    $items = New-Object System.Collections.ArrayList
    $Reader.ReadStartElement()
    while ($Reader.MoveToContent() -eq [System.Xml.XmlNodeType]::Element) {
        [void] $items.Add((Read-JsonValue $Reader))
    }
    $Reader.ReadEndElement()
    return , $items.ToArray()
}

function ConvertFrom-JsonNumber([string] $Text) {
    if ($Text -match '^-?[0-9]{1,9}$') { return [System.Convert]::ToInt32($Text, $Invariant) }
    if ($Text -match '^-?[0-9]{1,18}$') { return [System.Convert]::ToInt64($Text, $Invariant) }
    return [System.Convert]::ToDouble($Text, $Invariant)
}

# ---- JSON out --------------------------------------------------------------------------------------------------------

function ConvertTo-JsonText($Value) {
    $memory = New-Object System.IO.MemoryStream
    $writer = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonWriter($memory)
    $writer.WriteStartElement('root')
    Write-JsonValue $writer $Value
    $writer.WriteEndElement()
    $writer.Flush()
    return (ConvertTo-AsciiText ([System.Text.Encoding]::UTF8.GetString($memory.ToArray())))
}

# One Replace per distinct character is quick, whatever the length of the text.
function ConvertTo-AsciiText([string] $Text) {
    $odd = New-Object System.Text.RegularExpressions.Regex('[^\x00-\x7F]')
    $match = $odd.Match($Text)
    while ($match.Success) {
        $Text = $Text.Replace($match.Value, ('\u{0:x4}' -f [int] [char] $match.Value))
        $match = $odd.Match($Text, $match.Index)
    }
    return $Text
}

function Write-JsonValue($Writer, $Value) {
    if ($null -eq $Value) { Write-JsonScalar $Writer 'null' '' }
    elseif ($Value -is [string]) { Write-JsonScalar $Writer 'string' $Value }
    elseif ($Value -is [bool]) { Write-JsonScalar $Writer 'boolean' $Value.ToString().ToLowerInvariant() }
    elseif ($Value -is [System.Collections.IDictionary]) { Write-JsonObject $Writer $Value }
    elseif ($Value -is [System.Collections.IEnumerable]) { Write-JsonArray $Writer $Value }
    else { Write-JsonScalar $Writer 'number' ([System.Convert]::ToString($Value, $Invariant)) }
}

function Write-JsonScalar($Writer, [string] $Type, [string] $Text) {
    $Writer.WriteAttributeString('type', $Type)
    if ($Type -ne 'null') { $Writer.WriteString($Text) }
}

function Write-JsonObject($Writer, $Table) {
    $Writer.WriteAttributeString('type', 'object')
    foreach ($key in @($Table.get_Keys())) {
        # The form that takes any key, XML name or not.
        $Writer.WriteStartElement('a', 'item', 'item')
        $Writer.WriteAttributeString('item', [string] $key)
        Write-JsonValue $Writer $Table[$key]
        $Writer.WriteEndElement()
    }
}

function Write-JsonArray($Writer, $Items) {
    $Writer.WriteAttributeString('type', 'array')
    foreach ($item in @($Items)) {
        $Writer.WriteStartElement('item')
        Write-JsonValue $Writer $item
        $Writer.WriteEndElement()
    }
}

# ---- an object's values in the wire's forms --------------------------------------------------------------------------

$NumberTypes = @('SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Single', 'Double',
    'Decimal')

# bool, number, string, $null, list and table come back as they are, everything else as a string. Sizes, time spans,
# addresses and enumerations say themselves what they are.
function ConvertTo-WireValue($Value) {
    if ($null -eq $Value) { return $null }
    if (($Value -is [bool]) -or (Test-Number $Value)) { return $Value }
    if ($Value -is [datetime]) { return (ConvertTo-WireTime $Value) }
    # Only the login name, and only like this: GetNetworkCredential() of PowerShell 2.0 splits info@beispiel.de.
    if ($Value -is [System.Management.Automation.PSCredential]) { return @{ UserName = $Value.UserName } }
    if ($Value -is [System.Collections.IDictionary]) { return (ConvertTo-WireTable $Value) }
    if (($Value -is [string]) -or -not ($Value -is [System.Collections.IEnumerable])) { return $Value.ToString() }
    return , (ConvertTo-WireList $Value)
}

# Enumerations are numbers underneath but must show their names; those that came through a session are plain numbers
# with a name to show, and betray themselves by their type names only.
function Test-Number($Value) {
    if (($Value -is [System.Enum]) -or -not ($Value -is [System.ValueType])) { return $false }
    if (@($Value.PSObject.TypeNames) -contains 'Deserialized.System.Enum') { return $false }
    return ($NumberTypes -contains [System.Type]::GetTypeCode($Value.GetType()).ToString())
}

function ConvertTo-WireTime($Time) {
    return $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", $Invariant)
}

function ConvertTo-WireTable($Table) {
    $plain = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($key in @($Table.get_Keys())) { $plain[[string] $key] = ConvertTo-WireValue $Table[$key] }
    return $plain
}

function ConvertTo-WireList($List) {
    $plain = New-Object System.Collections.ArrayList
    foreach ($item in @($List)) { [void] $plain.Add((ConvertTo-WireValue $item)) }
    return , $plain.ToArray()
}

# One unreadable property is no reason to lose the object.
function Select-Property($Object, $Names) {
    $row = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($name in @($Names)) {
        $row[$name] = $null
        try { $row[$name] = ConvertTo-WireValue (Get-Property $Object $name) }
        catch { Add-Warning "The property $name could not be read: $($_.Exception.Message)" }
    }
    return $row
}

function Get-Property($Object, [string] $Name) {
    if ($Object -is [System.Collections.IDictionary]) { return , $Object[$Name] }
    # Through the list of properties, since a missing one is no error. Called as a method: newer PowerShells pass over
    # in silence what .Value cannot read. The comma keeps a list whole.
    $property = $Object.PSObject.Properties[$Name]
    if ($null -ne $property) { return , $property.get_Value() }
}

# ---- parameters ------------------------------------------------------------------------------------------------------

function Resolve-Value($Value) {
    if ($Value -is [System.Collections.IDictionary]) {
        if ($Value.Contains('$secret')) { return (Get-Secret $Value['$secret']) }
        if ($Value.Contains('$credential')) { return (New-Credential $Value['$credential']) }
        return (Resolve-Table $Value)
    }
    if ($Value -is [System.Array]) { return , (Resolve-List $Value) }
    return $Value
}

function Resolve-Table($Table) {
    $resolved = @{ }
    foreach ($key in @($Table.get_Keys())) { $resolved[$key] = Resolve-Value $Table[$key] }
    return $resolved
}

function Resolve-List($List) {
    $resolved = New-Object System.Collections.ArrayList
    foreach ($item in @($List)) { [void] $resolved.Add((Resolve-Value $item)) }
    return , $resolved.ToArray()
}

function Get-Secret([string] $Name) {
    if (-not $Secrets.ContainsKey($Name)) {
        Stop-Step 'parameter_unreadable' "A parameter names the secret '$Name', which the request does not hold."
    }
    return $Secrets[$Name]
}

function New-Credential($Parts) {
    $password = New-Object System.Security.SecureString
    $clear = [string] (Resolve-Value $Parts['password'])
    Add-Hidden $clear
    foreach ($character in @($clear.ToCharArray())) { $password.AppendChar($character) }
    return (New-Object System.Management.Automation.PSCredential($Parts['username'], $password))
}

# ---- reading the host: what it does not tell is null -----------------------------------------------------------------

# A registry key's values, or nothing.
function Get-RegistryKey([string] $Path) {
    return (Get-ItemProperty -Path ('HKLM:\' + $Path) -ErrorAction SilentlyContinue)
}

function Get-WmiInstance([string] $Class) {
    try { return (Get-WmiObject -Class $Class -ErrorAction Stop | Select-Object -First 1) }
    catch { Add-Warning "$Class could not be read: $($_.Exception.Message)" }
}

function Get-ShellMemory {
    try { return [int] (Get-Item -Path 'WSMan:\localhost\Shell\MaxMemoryPerShellMB' -ErrorAction Stop).Value }
    catch { Add-Warning "MaxMemoryPerShellMB could not be read: $($_.Exception.Message)" }
}

# The WMI form of a time, 20261124213936.123456+060, as UTC.
function ConvertFrom-WmiTime([string] $Text) {
    if (-not ($Text -match '^([0-9]{14})\.[0-9]{6}([+-][0-9]{3})$')) { return $null }
    $local = [datetime]::ParseExact($matches[1], 'yyyyMMddHHmmss', $Invariant)
    return [datetime]::SpecifyKind($local.AddMinutes(-[int] $matches[2]), [System.DateTimeKind]::Utc)
}

function Test-SnapinRegistered {
    try { return [bool] (Get-PSSnapin -Registered -Name $Snapin -ErrorAction SilentlyContinue) }
    catch { Add-Warning "The registered snap-ins could not be read: $($_.Exception.Message)" }
    return $false
}

# The newest Exchange server that set itself up here: 'v15' (2013 and later), 'v14' (2010) or nothing.
function Get-ExchangeKey {
    foreach ($key in @('v15', 'v14')) {
        if (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup") { return $key }
    }
}

function Get-ExchangeRoles([string] $Key) {
    $roles = New-Object System.Collections.ArrayList
    foreach ($role in @('ClientAccess', 'EdgeTransport', 'HubTransport', 'Mailbox', 'UnifiedMessaging')) {
        if (Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$Key\${role}Role") { [void] $roles.Add($role) }
    }
    return , $roles.ToArray()
}

function Get-ExchangeFacts {
    $registered = Test-SnapinRegistered
    $key = Get-ExchangeKey
    $facts = @{ Installed = $false; Major = $null; Minor = $null; Build = $null; Roles = @() }
    $facts['SnapinRegistered'] = $registered
    if ($key) {
        $setup = Get-RegistryKey "SOFTWARE\Microsoft\ExchangeServer\$key\Setup"
        $facts['Installed'] = $true
        $facts['Major'] = $setup.MsiProductMajor
        $facts['Minor'] = $setup.MsiProductMinor
        $build = @($setup.MsiProductMajor, $setup.MsiProductMinor, $setup.MsiBuildMajor, $setup.MsiBuildMinor)
        $facts['Build'] = $build -join '.'
        $facts['Roles'] = Get-ExchangeRoles $key
    }
    return $facts
}

function Get-WindowsFacts($System) {
    $language = $null
    if ($null -ne $System.OSLanguage) { $language = '{0:x4}' -f [int] $System.OSLanguage }
    return @{
        Version      = $System.Version
        Caption      = $System.Caption
        ServicePack  = $System.ServicePackMajorVersion
        Architecture = $System.OSArchitecture
        Sku          = $System.OperatingSystemSKU
        SuiteMask    = $System.OSProductSuite
        Language     = $language
    }
}

function Get-HostFqdn($Network) {
    if ($Network.Domain) { return ($Network.Hostname + '.' + $Network.Domain).ToLowerInvariant() }
    return $Network.Hostname
}

function Get-HostFacts {
    [CmdletBinding()]
    param()
    $system = Get-WmiInstance 'Win32_OperatingSystem'
    $network = Get-RegistryKey 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    $zone = Get-RegistryKey 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation'
    return @{
        ComputerName = $env:COMPUTERNAME
        Fqdn         = Get-HostFqdn $network
        Domain       = $network.Domain
        Windows      = Get-WindowsFacts $system
        PowerShell   = @{
            Version = $PSVersionTable.PSVersion.ToString()
            Clr     = [System.Environment]::Version.ToString()
        }
        Exchange     = Get-ExchangeFacts
        Clock        = @{
            Utc              = ConvertFrom-WmiTime $system.LocalDateTime
            TimeZone         = $zone.TimeZoneKeyName
            UtcOffsetMinutes = $system.CurrentTimeZone
        }
        WinRM        = @{ MaxMemoryPerShellMB = Get-ShellMemory }
    }
}

# ---- what the agent's own functions refuse ---------------------------------------------------------------------------

# A line break in a value would be a command of its own on the wire.
function Assert-OneLine($Values) {
    foreach ($name in @($Values.get_Keys())) {
        if ($Values[$name] -match '\p{Cc}') {
            Stop-Step 'parameter_unreadable' "$name holds a control character, which no line may hold."
        }
    }
}

function Assert-Range([string] $Name, [int] $Value, [int] $Lowest, [int] $Highest) {
    if (($Value -lt $Lowest) -or ($Value -gt $Highest)) {
        Stop-Step 'parameter_unreadable' "$Name is $Value; it must be from $Lowest through $Highest."
    }
}

# ---- the proof of a login at a smart host ----------------------------------------------------------------------------

# Bytes of one line, lines of one answer, characters that are told of it: nobody else ends what a server says.
$LineLimit = 2048
$AnswerLimit = 100
$TextLimit = 500

# As numbers, since .NET 3.5 has a name for the oldest only. All three are tried first; a .NET that was never taught the
# newer two refuses the sum before a byte is sent.
$TlsAll = 3072 + 768 + 192
$TlsOld = 192
$TlsNames = @{ 48 = 'Ssl3'; 192 = 'Tls'; 768 = 'Tls11'; 3072 = 'Tls12'; 12288 = 'Tls13' }

function Test-SmtpLogin {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Server,
        [Parameter(Mandatory = $true)] [int] $Port,
        [Parameter(Mandatory = $true)] $Credential,
        [Parameter(Mandatory = $true)] [string] $Sender,
        [Parameter(Mandatory = $true)] [string] $Recipient,
        [int] $TimeoutSeconds = 30,
        [string] $HeloName
    )
    if (-not $HeloName) { $HeloName = Get-HeloName }
    Assert-OneLine @{ Server = $Server; Sender = $Sender; Recipient = $Recipient; HeloName = $HeloName }
    Assert-Range 'Port' $Port 1 65535
    Assert-Range 'TimeoutSeconds' $TimeoutSeconds 1 600
    # Not by the parameter's type: newer PowerShells would ask for what is missing.
    if (-not ($Credential -is [System.Management.Automation.PSCredential])) {
        Stop-Step 'parameter_unreadable' 'Credential is no login.'
    }
    $talk = New-Talk $Server $Port $TimeoutSeconds
    try { Invoke-Talk $talk $Credential $Sender $Recipient $HeloName }
    catch { if (-not $talk['Report']['Problem']) { throw } }
    finally { Close-Talk $talk }
    return $talk['Report']
}

function Get-HeloName {
    $name = Get-HostFqdn (Get-RegistryKey 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters')
    if ($name) { return $name }
    return $env:COMPUTERNAME
}

# One connection: how far it came (Report), what was read and not yet used (Buffer, From, Filled), and the answer that is
# being read (Lines, Words, Line, since Watch).
function New-Talk([string] $Server, [int] $Port, [int] $Seconds) {
    $talk = @{ Server = $Server; Port = $Port; Milliseconds = 1000 * $Seconds; From = 0; Filled = 0 }
    $talk['Buffer'] = [System.Array]::CreateInstance([byte], 4096)
    $talk['Report'] = @{
        Stage = 'connect'; Problem = $null; Code = $null; Text = $null; Tls = $null
        Certificate = $null; Mechanism = $null; Capabilities = @()
    }
    return $talk
}

function Invoke-Talk($Talk, $Credential, [string] $Sender, [string] $Recipient, [string] $HeloName) {
    Connect-Server $Talk
    $Talk['Report']['Stage'] = 'greeting'
    Read-Reply $Talk '2'
    Send-Hello $Talk $HeloName
    Start-Tls $Talk
    Send-Hello $Talk $HeloName
    Send-Login $Talk $Credential
    Invoke-Stage $Talk 'mail' "MAIL FROM:<$Sender>" '2'
    Invoke-Stage $Talk 'rcpt' "RCPT TO:<$Recipient>" '2'
    $Talk['Report']['Stage'] = 'done'
    Set-Reply $Talk
}

# Ends the talk: the report says why, the exception only unwinds.
function Stop-Talk($Talk, [string] $Problem, [string] $Words) {
    $Talk['Report']['Problem'] = $Problem
    if ($Words) { $Talk['Report']['Text'] = ConvertTo-ShownText $Words }
    throw (New-Object System.InvalidOperationException($Problem))
}

# With whatever the server had said of its answer by then.
function Stop-Reading($Talk, [string] $Problem) {
    Stop-Talk $Talk $Problem (Get-AnswerText $Talk)
}

# Hidden before it is cut, so that no secret is cut in two. Half a character at the cut would be no text.
function ConvertTo-ShownText([string] $Text) {
    $shown = (Hide-Secret $Text) -replace '\p{Cc}', ' '
    if ($shown.get_Length() -gt $TextLimit) { $shown = $shown.Substring(0, $TextLimit) -replace '[\uD800-\uDBFF]\z', '' }
    return $shown
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

# Takes a whole answer; one of another kind than wanted (its first digit) ends the talk.
function Read-Reply($Talk, [string] $Wanted) {
    Read-Answer $Talk
    if ($Talk['Code'].StartsWith($Wanted)) { return }
    Set-Reply $Talk
    Stop-Talk $Talk 'reply'
}

function Set-Reply($Talk) {
    $Talk['Report']['Code'] = [int] $Talk['Code']
    $Talk['Report']['Text'] = ConvertTo-ShownText (Get-AnswerText $Talk)
}

function Read-Answer($Talk) {
    Reset-Answer $Talk
    $Talk['Watch'] = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        if (@($Talk['Lines']).Count -ge $AnswerLimit) { Stop-Reading $Talk 'unreadable' }
        $line = Read-Line $Talk
        [void] $Talk['Lines'].Add($line)
    } while (Test-Continued $Talk $line)
}

# 250-more comes, 250 is the last; one answer has one code.
function Test-Continued($Talk, [string] $Line) {
    if (-not ($Line -match '(?s)^([2-5][0-9][0-9])(?:([ -])(.*))?\z')) { Stop-Reading $Talk 'unreadable' }
    if ($Talk['Code'] -and ($Talk['Code'] -ne $matches[1])) { Stop-Reading $Talk 'unreadable' }
    $Talk['Code'] = $matches[1]
    [void] $Talk['Words'].Add([string] $matches[3])
    return ($matches[2] -eq '-')
}

function Read-Line($Talk) {
    $Talk['Line'] = New-Object System.IO.MemoryStream
    do {
        if ($Talk['From'] -ge $Talk['Filled']) { Read-Piece $Talk }
        $ended = Move-Piece $Talk
        if ($Talk['Line'].get_Length() -gt $LineLimit) { Stop-Reading $Talk 'unreadable' }
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

function Invoke-Stage($Talk, [string] $Stage, [string] $Line, [string] $Wanted) {
    $Talk['Report']['Stage'] = $Stage
    Send-Line $Talk $Line
    Read-Reply $Talk $Wanted
}

function Send-Hello($Talk, [string] $HeloName) {
    Invoke-Stage $Talk 'ehlo' "EHLO $HeloName" '2'
    # The first line is the server's name.
    $offers = @($Talk['Words'] | Select-Object -Skip 1 | ForEach-Object { ConvertTo-ShownText $_ })
    $Talk['Report']['Capabilities'] = $offers
}

function Assert-Offer($Talk, [string] $Stage, [string] $Pattern) {
    $Talk['Report']['Stage'] = $Stage
    if (-not @($Talk['Report']['Capabilities'] | Where-Object { $_ -match $Pattern })) { Stop-Talk $Talk 'not_offered' }
}

# LOGIN alone, since Exchange 2010 speaks no other: what PLAIN proves would be no proof for it.
function Send-Login($Talk, $Credential) {
    Assert-Offer $Talk 'auth' '^AUTH (.* )?LOGIN( |$)'
    $Talk['Report']['Mechanism'] = 'LOGIN'
    Invoke-Stage $Talk 'auth' 'AUTH LOGIN' '3'
    Invoke-Stage $Talk 'auth' (ConvertTo-Base64 $Credential.UserName) '3'
    Invoke-Stage $Talk 'auth' (ConvertTo-Base64 (Get-ClearPassword $Credential)) '2'
}

# The one place where a password comes back, since the server must hear it. Not by GetNetworkCredential(), which
# refuses some names and splits others.
function Get-ClearPassword($Credential) {
    $secure = $Credential.Password
    $memory = [System.Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($secure)
    try { return [System.Runtime.InteropServices.Marshal]::PtrToStringUni($memory, $secure.get_Length()) }
    finally { [System.Runtime.InteropServices.Marshal]::ZeroFreeGlobalAllocUnicode($memory) }
}

function Start-Tls($Talk) {
    Assert-Offer $Talk 'starttls' '^STARTTLS( |$)'
    Invoke-Stage $Talk 'starttls' 'STARTTLS' '2'
    # Whoever is in between could have put words there that look as if they came through the tunnel.
    if ($Talk['From'] -lt $Talk['Filled']) { Stop-Reading $Talk 'unreadable' }
    $Talk['Report']['Stage'] = 'tls'
    try {
        try { Invoke-Handshake $Talk $TlsAll }
        catch {
            if (-not ($_.Exception.InnerException -is [System.ArgumentException])) { throw }
            Add-Warning "The .NET of this host can speak TLS 1.0 only; Exchange itself may do better (KB3154518)."
            Invoke-Handshake $Talk $TlsOld
        }
    }
    catch { Stop-Handshake $Talk $_.Exception }
    $seen = $Talk['Report']['Certificate']
    if ((-not $seen) -or $seen['Problem']) { Stop-Talk $Talk 'certificate' $Talk['Doubts'] }
}

# Blocks on purpose: the certificate is judged by a script block, which runs on this thread only.
function Invoke-Handshake($Talk, [int] $Versions) {
    $judge = {
        param($Origin, $Certificate, $Chain, $Doubts)
        Add-Certificate $Talk $Certificate $Chain $Doubts
        return ([int] $Doubts -eq 0)
    }
    $callback = [System.Net.Security.RemoteCertificateValidationCallback] $judge
    $stream = New-Object System.Net.Security.SslStream($Talk['Stream'], $true, $callback)
    $protocols = [System.Enum]::ToObject([System.Security.Authentication.SslProtocols], $Versions)
    $stream.AuthenticateAsClient($Talk['Server'], $null, $protocols, $false)
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

function Test-HungUp($Socket) {
    return ($Socket.Poll(0, [System.Net.Sockets.SelectMode]::SelectRead) -and ($Socket.Available -eq 0))
}

# With a farewell where the server still listens. The proof is over: whatever it says changes nothing.
function Close-Talk($Talk) {
    $report = $Talk['Report']
    $Talk['Report'] = @{ }
    try {
        if ($report['Stage'] -eq 'done') { Invoke-Stage $Talk 'done' 'RSET' '2' }
        if (@($null, 'reply', 'not_offered') -contains $report['Problem']) { Invoke-Stage $Talk 'done' 'QUIT' '2' }
    }
    catch { }
    $Talk['Client'].Close()
    $Talk['Report'] = $report
}

# ---- Exchange's own record of what it sent ---------------------------------------------------------------------------

# The first two fields of a line: date-time, connector-id.
$LogFields = '^("(?:[^"]|"")*"|[^,"]*),("(?:[^"]|"")*"|[^,"]*),'
$LogTime = '^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?Z\z'

function Read-SmtpSendLog {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory = $true)] [string] $Path,
        [Parameter(Mandatory = $true)] [string] $After,
        [Parameter(Mandatory = $true)] [string] $Connector,
        [int] $MaxLines = 2000
    )
    Assert-Range 'MaxLines' $MaxLines 1 100000
    $log = @{ After = ConvertTo-LogTime $After; Connector = $Connector; MaxLines = $MaxLines; Truncated = $false }
    $log['Lines'] = New-Object System.Collections.Queue
    $files = @(Get-LogFiles $Path (ConvertFrom-LogTime $log['After']))
    foreach ($file in @($files)) { Add-LogLines $log $file.FullName }
    return @{ Files = @($files).Count; Lines = $log['Lines'].ToArray(); Truncated = $log['Truncated'] }
}

# With the three digits that Exchange writes: texts of one length can be compared as they are.
function ConvertTo-LogTime([string] $Text) {
    if (-not ($Text -match $LogTime)) { Stop-Step 'parameter_unreadable' 'After is no time like 2026-11-25T10:00:00Z.' }
    return ($matches[1] + '.' + ([string] $matches[2] + '000').Substring(0, 3) + 'Z')
}

function ConvertFrom-LogTime([string] $Text) {
    try { $time = [datetime]::ParseExact($Text, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", $Invariant) }
    catch { Stop-Step 'parameter_unreadable' "There is no time $Text." }
    return [datetime]::SpecifyKind($time, [System.DateTimeKind]::Utc)
}

# Oldest first. The newest is read whatever its time says: Windows may not write that down while Exchange holds it open.
function Get-LogFiles([string] $Path, $After) {
    $folder = New-Object System.IO.DirectoryInfo($Path)
    if (-not $folder.Exists) { return }
    $files = @($folder.GetFiles() | Where-Object { $_.Name -like '*.log' } | Sort-Object -Property CreationTimeUtc, Name)
    $newest = @($files | Select-Object -Last 1 | ForEach-Object { $_.Name })
    return @($files | Where-Object { ($_.LastWriteTimeUtc -ge $After) -or ($newest -contains $_.Name) })
}

# Exchange goes on writing meanwhile.
function Add-LogLines($Log, [string] $Path) {
    $share = [System.IO.FileShare]::ReadWrite
    $stream = New-Object System.IO.FileStream($Path, [System.IO.FileMode]::Open, [System.IO.FileAccess]::Read, $share)
    try {
        $reader = New-Object System.IO.StreamReader($stream, [System.Text.Encoding]::UTF8)
        while ($null -ne ($line = $reader.ReadLine())) {
            # Most lines are older: one quick look each. A quotation mark would sort before every digit.
            $older = [string]::CompareOrdinal($line, $Log['After']) -lt 0
            if ($older -and -not $line.StartsWith('"')) { continue }
            if (Test-LogLine $Log $line) { Add-LogLine $Log $line }
        }
    }
    finally { $stream.Close() }
}

function Test-LogLine($Log, [string] $Line) {
    if (-not ($Line -match $LogFields)) { return $false }
    $time = ConvertFrom-CsvField $matches[1]
    $connector = ConvertFrom-CsvField $matches[2]
    if ((-not ($time -match $LogTime)) -or ([string]::CompareOrdinal($time, $Log['After']) -lt 0)) { return $false }
    return $connector.Equals($Log['Connector'], [System.StringComparison]::OrdinalIgnoreCase)
}

function ConvertFrom-CsvField([string] $Field) {
    if (-not $Field.StartsWith('"')) { return $Field }
    return $Field.Substring(1, $Field.get_Length() - 2).Replace('""', '"')
}

# Where there are too many, the oldest go.
function Add-LogLine($Log, [string] $Line) {
    $Log['Lines'].Enqueue((Hide-Secret $Line))
    if ($Log['Lines'].get_Count() -gt $Log['MaxLines']) {
        [void] $Log['Lines'].Dequeue()
        $Log['Truncated'] = $true
    }
}

# ---- the Exchange shell ----------------------------------------------------------------------------------------------

$Exchange = @{ Tried = $false; Failure = $null; Session = $null }

# Once per request; a second step that needs the shell hears the same reason.
function Import-Exchange($Request) {
    if ($Exchange['Failure']) { throw $Exchange['Failure'] }
    if ($Exchange['Tried']) { return }
    $Exchange['Tried'] = $true
    try {
        Assert-Exchange $Request['exchange']
        if ($Request['exchange'] -eq 'endpoint') { Import-ExchangeEndpoint $Request['endpoint'] $Request['steps'] }
        else { Import-ExchangeSnapin }
    }
    catch {
        $Exchange['Failure'] = $_.Exception
        throw
    }
}

# Microsoft warns of damage where the snap-in is loaded beside Exchange 2013 or later: look before anything is loaded.
function Assert-Exchange([string] $Way) {
    $found = Get-ExchangeFacts
    if ($found['Installed'] -and ($found['Major'] -ne 14)) {
        Stop-Step 'exchange_too_new' "Exchange $($found['Build']) is 2013 or later: its snap-in must not be loaded."
    }
    if (-not $found['Installed']) { Stop-Step 'exchange_missing' 'No Exchange 2010 server is installed here.' }
    if (($Way -eq 'snapin') -and -not $found['SnapinRegistered']) {
        Stop-Step 'exchange_missing' "The snap-in $Snapin is not registered here for this PowerShell."
    }
    if (@('snapin', 'endpoint') -notcontains $Way) {
        Stop-Step 'exchange_not_loaded' 'The request does not ask for the Exchange shell.'
    }
}

function Import-ExchangeSnapin {
    try { Add-PSSnapin -Name $Snapin -ErrorAction Stop }
    catch { Stop-Step 'exchange_not_loaded' "The snap-in $Snapin could not be loaded: $($_.Exception.Message)" }
}

function Import-ExchangeEndpoint($Endpoint, $Steps) {
    $session = @{
        ConfigurationName = 'Microsoft.Exchange'
        ConnectionUri     = $Endpoint['uri']
        Credential        = Resolve-Value $Endpoint['credential']
        Authentication    = 'Kerberos'
    }
    $wanted = @($Steps | ForEach-Object { $_['command'] } | Where-Object { $ExchangeCommands.ContainsKey($_) })
    try {
        $Exchange['Session'] = New-PSSession @session -ErrorAction Stop
        [void] (Import-PSSession -Session $Exchange['Session'] -CommandName $wanted -AllowClobber -ErrorAction Stop)
    }
    catch { Stop-Step 'exchange_not_loaded' "No session to $($Endpoint['uri']) could be used: $($_.Exception.Message)" }
}

function Close-Exchange {
    if ($Exchange['Session']) { Remove-PSSession -Session $Exchange['Session'] -ErrorAction SilentlyContinue }
}

# ---- steps -----------------------------------------------------------------------------------------------------------

function New-Result($Id, [string] $Status) {
    return @{ id = $Id; status = $Status; output = @(); error = $null; ms = 0 }
}

function Invoke-Step($Request, $Step) {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $result = New-Result $Step['id'] 'done'
    try { $result['output'] = Get-StepOutput $Request $Step }
    catch {
        $result['status'] = 'failed'
        $result['error'] = ConvertTo-StepError $_
    }
    $result['ms'] = $watch.ElapsedMilliseconds
    return $result
}

function Get-StepOutput($Request, $Step) {
    $command = $Step['command']
    $given = @{ }
    if ($Step['parameters']) { $given = Resolve-Table $Step['parameters'] }
    if ($ExchangeCommands.ContainsKey($command)) {
        Import-Exchange $Request
        $given = Join-Defaults $given $ExchangeCommands[$command]
    }
    $rows = New-Object System.Collections.ArrayList
    foreach ($object in @(Invoke-Listed $command $given)) {
        if (($null -ne $object) -and $Step['select']) { [void] $rows.Add((Select-Property $object $Step['select'])) }
    }
    return , $rows.ToArray()
}

function Join-Defaults($Given, $Defaults) {
    foreach ($name in @($Defaults.get_Keys())) {
        if (-not $Given.ContainsKey($name)) { $Given[$name] = $Defaults[$name] }
    }
    $Given['ErrorAction'] = 'Stop'
    $Given['WarningAction'] = 'SilentlyContinue'
    $Given['WarningVariable'] = 'said'
    return $Given
}

# The only place where a name out of the request is called; Assert-Commands has seen it.
function Invoke-Listed([string] $Command, $Given) {
    $said = @()
    try { & $Command @Given }
    finally {
        foreach ($warning in @($said | Where-Object { $null -ne $_ })) { Add-Warning $warning.ToString() }
    }
}

function Invoke-Steps($Request) {
    $results = New-Object System.Collections.ArrayList
    $failed = $false
    foreach ($step in @($Request['steps'])) {
        if ($failed -and -not $step['always']) { $result = New-Result $step['id'] 'not_tried' }
        else { $result = Invoke-Step $Request $step }
        if ($result['status'] -eq 'failed') { $failed = $true }
        [void] $results.Add($result)
    }
    return , $results.ToArray()
}

# ---- one request, one reply ------------------------------------------------------------------------------------------

function Read-Request([string] $Text) {
    try { $request = ConvertFrom-JsonText $Text }
    catch { Stop-Step 'request_unreadable' 'The request is no JSON.' }
    if (-not ($request -is [System.Collections.IDictionary]) -or ($request['protocol'] -ne 1)) {
        Stop-Step 'request_unreadable' 'The request is not of protocol 1.'
    }
    if (-not ($request['steps'] -is [System.Array])) {
        Stop-Step 'request_unreadable' 'The request has no list of steps.'
    }
    foreach ($step in @($request['steps'])) {
        if (-not ($step -is [System.Collections.IDictionary]) -or -not ($step['command'] -is [string])) {
            Stop-Step 'request_unreadable' 'A step of the request names no command.'
        }
    }
    return $request
}

function Test-Listed([string] $Command) {
    return ($ExchangeCommands.ContainsKey($Command) -or ($OwnCommands -contains $Command))
}

# Results of a request that holds a command which is not on the list: nothing is run. $null where all are.
function Get-Refusals($Request) {
    $results = New-Object System.Collections.ArrayList
    $refused = $false
    foreach ($step in @($Request['steps'])) {
        $result = New-Result $step['id'] 'not_tried'
        if (-not (Test-Listed $step['command'])) {
            $refused = $true
            $words = "'$($step['command'])' is not on the agent's list of commands."
            $result['status'] = 'failed'
            $result['error'] = New-Refusal 'command_refused' $words
        }
        [void] $results.Add($result)
    }
    if ($refused) { return , $results.ToArray() }
}

function Invoke-Request([string] $Text) {
    try { $request = Read-Request $Text }
    catch {
        $result = New-Result 'request' 'failed'
        $result['error'] = ConvertTo-StepError $_
        return , @($result)
    }
    if ($request['secrets']) {
        foreach ($name in @($request['secrets'].get_Keys())) {
            $Secrets[$name] = $request['secrets'][$name]
            Add-Hidden $Secrets[$name]
        }
    }
    $refusals = Get-Refusals $request
    if ($refusals) { return , $refusals }
    try { return , (Invoke-Steps $request) }
    finally { Close-Exchange }
}

function Write-Reply($Results) {
    $reply = New-Object System.Collections.Specialized.OrderedDictionary
    $reply['protocol'] = 1
    $reply['agent'] = $AgentVersion
    $reply['powershell'] = $PSVersionTable.PSVersion.ToString()
    $reply['computer'] = $env:COMPUTERNAME
    $reply['results'] = $Results
    $reply['warnings'] = $Warnings
    $zipped = New-Object System.IO.MemoryStream
    $zip = New-Object System.IO.Compression.GZipStream($zipped, [System.IO.Compression.CompressionMode]::Compress)
    $text = New-Object System.IO.StreamWriter($zip, [System.Text.Encoding]::ASCII)
    $text.Write((ConvertTo-JsonText $reply))
    $text.Close()
    $lines = [System.Convert]::ToBase64String($zipped.ToArray(), [System.Base64FormattingOptions]::InsertLineBreaks)
    # Not through the pipeline: PowerShell 2.0 would wrap the lines at the width of a console that is not there.
    [System.Console]::Out.WriteLine("`n<<<SBS.MAILFLOW.REPLY`n$lines`nSBS.MAILFLOW.REPLY>>>")
}

Import-JsonReader
Write-Reply (Invoke-Request $RequestText)
exit 0
