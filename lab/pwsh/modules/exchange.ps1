# What every stand-in for an Exchange cmdlet does.
. "$PSScriptRoot/bridge.ps1"

# Asks the simulated Exchange whether a type of its own takes a value, while PowerShell binds the parameter.
class ExchangeConversion : System.Management.Automation.ArgumentTransformationAttribute {
    [string] $Command
    [string] $Parameter
    ExchangeConversion([string] $command, [string] $parameter) {
        $this.Command = $command
        $this.Parameter = $parameter
    }
    [object] Transform([System.Management.Automation.EngineIntrinsics] $engine, [object] $value) {
        $question = @{ op = 'convert'; command = $this.Command; parameter = $this.Parameter }
        $question['value'] = ConvertTo-BridgeValue $value
        $reason = Invoke-Bridge $question
        if ($reason) { throw [System.Management.Automation.ArgumentTransformationMetadataException]::new($reason) }
        return $value
    }
}

# Stands for Exchange's own types, which say what they are through ToString() only.
class ExchangeValue {
    hidden [string] $Text
    ExchangeValue([string] $text) { $this.Text = $text }
    [string] ToString() { return $this.Text }
}

function Invoke-Simulated([string] $Command, $Bound, $Cmdlet) {
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
    $parameters = @{}
    foreach ($name in $Bound.Keys) {
        if ($name -notin $common) { $parameters[$name] = ConvertTo-BridgeValue $Bound[$name] }
    }
    try { $answer = Invoke-Bridge @{ op = 'invoke'; command = $Command; parameters = $parameters } }
    catch {
        # As Exchange does it: an error ends the cmdlet only where the caller says so.
        if ($ErrorActionPreference -eq 'Stop') { throw $_ }
        $Cmdlet.WriteError($_)
        return
    }
    $warnings = $answer['warnings']
    New-HostObjects $answer['objects']
    while ($answer['rest']) {
        $answer = Invoke-Bridge @{ op = 'more'; rest = $answer['rest'] }
        New-HostObjects $answer['objects']
    }
    foreach ($warning in $warnings) { $Cmdlet.WriteWarning($warning.Substring(1)) }
}

# Most values are plain, text, or one that came before; a call for each would be most of the time that 10,000 objects take.
function New-HostObjects($All) {
    $known = [hashtable]::new()
    foreach ($properties in $All) {
        $object = [ordered] @{}
        foreach ($property in $properties) {
            $kind, $value = $property[1], $property[2]
            if ($kind -eq 'text') { $value = $value.Substring(1) }
            elseif ($kind -eq 'list') { $value = ConvertFrom-BridgeValue $kind $value }
            elseif ($kind -ne 'plain') {
                $key = $kind + $value
                if (-not $known.ContainsKey($key)) { $known[$key] = ConvertFrom-BridgeValue $kind $value }
                $value = $known[$key]
            }
            $object[$property[0]] = $value
        }
        [pscustomobject] $object
    }
}

function ConvertFrom-BridgeValue([string] $Kind, $Value) {
    if ($Kind -eq 'list') {
        $items = [System.Collections.ArrayList]::new()
        foreach ($item in $Value) { [void] $items.Add([ExchangeValue]::new($item.Substring(1))) }
        return , $items
    }
    $text = $Value.Substring(1)
    switch -Regex ($Kind) {
        '^guid$' { return [guid] $text }
        '^time$' { return [datetime]::Parse($text, [cultureinfo]::InvariantCulture).ToLocalTime() }
        '^credential$' { return [pscredential]::new($text, [securestring]::new()) }
        '^enum:' { return $text -as ($Kind.Substring(5) -as [type]) }
    }
    [ExchangeValue]::new($text)
}
