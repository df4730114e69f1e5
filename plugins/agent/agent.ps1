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
}
# The agent's own functions that a request may name.
$OwnCommands = @('Get-HostFacts')

$Secrets = @{ }
$Warnings = New-Object System.Collections.ArrayList
$Invariant = [System.Globalization.CultureInfo]::InvariantCulture

# ---- refusals and what may be said -----------------------------------------------------------------------------------

# Where the agent itself says no: the code travels in the exception's data and ends in the reply.
function Stop-Step([string] $Code, [string] $Message) {
    $refusal = New-Object System.InvalidOperationException($Message)
    $refusal.Data['code'] = $Code
    throw $refusal
}

# Hosts like to repeat what they were given. Longest first, since one secret may begin another.
function Hide-Secret([string] $Text) {
    foreach ($secret in @($Secrets.get_Values() | Sort-Object -Property Length -Descending)) {
        if ($secret) { $Text = $Text.Replace([string] $secret, '********') }
    }
    return $Text
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

function Get-HostFacts {
    [CmdletBinding()]
    param()
    $system = Get-WmiInstance 'Win32_OperatingSystem'
    $network = Get-RegistryKey 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
    $zone = Get-RegistryKey 'SYSTEM\CurrentControlSet\Control\TimeZoneInformation'
    $fqdn = $network.Hostname
    if ($network.Domain) { $fqdn = ($fqdn + '.' + $network.Domain).ToLowerInvariant() }
    return @{
        ComputerName = $env:COMPUTERNAME
        Fqdn         = $fqdn
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
        foreach ($name in @($request['secrets'].get_Keys())) { $Secrets[$name] = $request['secrets'][$name] }
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
