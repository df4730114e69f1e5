# JSON, read and written.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

# ---- in --------------------------------------------------------------------------------------------------------------

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

# ---- out -------------------------------------------------------------------------------------------------------------

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
