# ---- what may be said ------------------------------------------------------------------------------------------------
# Published values, words, numbers and forms stay as they are; anything else gets a stand-in, the same one throughout:
# word-1, person-1@domain-1. Where a name can stand, nothing is shown for being a word.
# plugins/plugin_utils/probe/stand_ins.py does the same, from the same table.

$StandIns = @{ Given = @{ }; Counts = @{ }; Hosts = $null }
# Kinds of texts in which not every word is somebody's.
$Spoken = @('words', 'term', 'key', 'program')
$PublishedKeys = @('Pop3Account', 'SmtpServer', 'Server', 'Port', 'Username', 'Password', 'Entropy')
$OwnBefore = @('', 'host-1', 'host-1.domain-1')

function Initialize-StandIns($Facts) {
    $StandIns['Hosts'] = Get-OwnNames $Facts
    foreach ($name in @('words', 'parts', 'people', 'capitals', 'codes')) {
        $StandIns[$name] = New-WordSet ($Table[$name] -join ' ' -split ' ')
    }
    $StandIns['Keys'] = New-WordSet $Table['keys']
    foreach ($name in @('names', 'segments')) {
        $known = '(?:' + ($Table[$name] -join '|') + ')' + $Table["${name}_end"]
        $StandIns[$name] = New-Expression ($Table['opening'] + $known)
    }
    $published = $Table['phrases'] -join '|'
    $phrases = $Table['before'] + "([`"']?)(?:$published)" + $Table['behind'] + '[.]?\1'
    $StandIns['phrases'] = New-Expression "\A(?:$phrases)(?![\s\S])"
    $StandIns['positions'] = New-Expression (@(@($phrases) + @($Table['positions'])) -join '|')
    $escaped = @($StandIns['Hosts'].get_Keys() | ForEach-Object { [System.Text.RegularExpressions.Regex]::Escape($_) })
    $names = $escaped -join '|'
    if (-not $names) { $names = '(?!)' }
    $own = "(?<![0-9A-Za-z])(?i:$names)(?![0-9A-Za-z])"
    $StandIns['Own'] = New-Expression $own
    $StandIns['Tokens'] = New-Expression (@(@($own) + @($Table['tokens']) | ForEach-Object { "($_)" }) -join '|')
}

function New-Expression([string] $Pattern) {
    return (New-Object System.Text.RegularExpressions.Regex($Pattern))
}

function New-WordSet($Words) {
    $set = New-Object System.Collections.Hashtable([System.StringComparer]::Ordinal)
    foreach ($word in @($Words)) { $set[$word] = $true }
    return $set
}

# The names that the host tells of itself, the longest first.
function Get-OwnNames($Facts) {
    $names = New-Object System.Collections.Specialized.OrderedDictionary
    if ($null -eq $Facts) { $Facts = @{ ComputerName = $env:COMPUTERNAME } }
    $domain = [string] $Facts['Domain']
    $found = @{ }
    $found[([string] $Facts['Fqdn']).ToLowerInvariant()] = 'host-1.domain-1'
    $found[$domain.ToLowerInvariant()] = 'domain-1'
    $found[@($domain -split '\.')[0].ToLowerInvariant()] = 'domain-1'
    $found[([string] $Facts['ComputerName']).ToLowerInvariant()] = 'host-1'
    $sorted = New-Object System.Collections.SortedList([System.StringComparer]::Ordinal)
    foreach ($name in @($found.get_Keys())) { $sorted['{0:d5} {1}' -f (99999 - $name.get_Length()), $name] = $name }
    foreach ($name in @($sorted.get_Values())) { if ($name) { $names[$name] = $found[$name] } }
    return $names
}

# A shape is the name of a kind, or a list of names, each with the shape of what is below it.
function Get-Shown($Value, $Shape) {
    if (-not ($Shape -is [string])) { return , (Get-ShownParts $Value $Shape) }
    if ($Value -is [string]) { return (Get-ShownText $Value $Shape) }
    if (($null -eq $Value) -or ($Value -is [bool]) -or (Test-Number $Value)) { return $Value }
    if ($Value -is [System.Collections.IDictionary]) { return 'object' }
    if ($Shape -eq 'count') { return @($Value).Count }
    $shown = New-Object System.Collections.ArrayList
    foreach ($item in @($Value)) { [void] $shown.Add((Get-Shown $item $Shape)) }
    return , $shown.ToArray()
}

function Get-ShownParts($Value, $Shape) {
    if ($Value -is [System.Array]) {
        $rows = New-Object System.Collections.ArrayList
        foreach ($item in @($Value)) { [void] $rows.Add((Get-ShownParts $item $Shape)) }
        return , $rows.ToArray()
    }
    $known = @{ }
    if ($Value -is [System.Collections.IDictionary]) { $known = $Value }
    $parts = New-Object System.Collections.Specialized.OrderedDictionary
    foreach ($pair in @($Shape)) { $parts[$pair[0]] = Get-Shown $known[$pair[0]] $pair[1] }
    return $parts
}

function Get-ShownText([string] $Text, [string] $Kind) {
    if ($Kind -eq 'count') { return $Text.get_Length() }
    if ($Kind -eq 'program') { return (Get-ProgramText $Text) }
    $pattern = $Table['patterns'][$Kind]
    if ($pattern -and ($Text -cmatch $pattern)) { return $Text }
    if (($Kind -eq 'key') -and ($StandIns['Keys'].ContainsKey($Text) -or ($PublishedKeys -ccontains $Text))) {
        return $Text
    }
    if (($Kind -eq 'code') -and $StandIns['codes'].ContainsKey($Text)) { return $Text }
    if ($Spoken -contains $Kind) { return (Get-Spoken (Get-Cut $Text) $Kind) }
    return (Get-ShownName (Get-Cut $Text) $Kind)
}

# A text out of a program's file is shown where it is all known words and tells nothing of this host.
function Get-ProgramText([string] $Text) {
    if (($Text -cmatch $Table['patterns']['identifier']) -and -not (Test-Somebodys $Text.Trim([char[]] '-:'))) {
        $StandIns['Keys'][$Text] = $true
        return $Text
    }
    return (Get-Spoken (Get-Cut $Text) 'program')
}

function Test-Somebodys([string] $Name) {
    if ($PublishedKeys -ccontains $Name) { return $false }
    $lowered = $Name.ToLowerInvariant()
    if ($StandIns['Own'].Match($Name).Success -or $StandIns['Given'].ContainsKey("word $lowered")) { return $true }
    return ($StandIns['people'].ContainsKey($lowered) -or -not (Test-Word $Name))
}

function Get-Harmless([string] $Text) {
    return (Get-Spoken (Get-Cut $Text) 'words')
}

# A word that would be cut off falls away: half a number is no number.
function Get-Cut([string] $Text) {
    if ($Text.get_Length() -le 500) { return $Text }
    return ($Text.Substring(0, 500) -replace '[^\x00-\x20]*(?![\s\S])', '')
}

# Words outside the positions in which names stand, and those as names.
function Get-Spoken([string] $Text, [string] $Kind) {
    $shown = ''
    $from = 0
    foreach ($match in @($StandIns['positions'].Matches($Text))) {
        $shown += Get-Tokens $Text.Substring($from, $match.Index - $from) $Kind
        $shown += Get-Position $match.Value $Kind
        $from = $match.Index + $match.Value.get_Length()
    }
    return ($shown + (Get-Tokens $Text.Substring($from) $Kind))
}

# A name; only an answer of a mail server is a sentence within quotes. What follows PASS is nothing but hidden.
function Get-Position([string] $Text, [string] $Kind) {
    if ($StandIns['phrases'].Match($Text).Success) { return $Text }
    if ($Text -cmatch $Table['secret']) {
        $command = $Matches[0]
        return ($command + (Get-StandIn 'word' $Text.Substring($command.get_Length())))
    }
    if ($Text -cmatch $Table['reply']) {
        return ('"' + (Get-Spoken $Text.Substring(1, $Text.get_Length() - 2) $Kind) + '"')
    }
    return (Get-ShownName $Text 'name')
}

# What is known to stand at the beginning of a name, or between the backslashes of a path, up to what is not.
function Get-ShownName([string] $Text, [string] $Kind) {
    $list = 'names'
    if ((@('file', 'path') -contains $Kind) -or ($Text -cmatch $Table['drive'])) { $list = 'segments' }
    $shown = New-Object System.Collections.ArrayList
    $open = $true
    foreach ($segment in @($Text -split '\\')) {
        $end = 0
        if ($open) { $end = Get-KnownLength $segment $list (($shown.ToArray() -join '\') -ceq 'host-1') }
        $rest = Get-Tokens $segment.Substring($end) 'name'
        [void] $shown.Add($segment.Substring(0, $end) + $rest)
        $open = $open -and ((($end -gt 0) -and -not $rest.Trim()) -or (($end -eq 0) -and ($OwnBefore -ccontains $rest)))
    }
    return ($shown.ToArray() -join '\')
}

# Queues are SERVER\number.
function Get-KnownLength([string] $Segment, [string] $List, [bool] $OfHost) {
    $known = $StandIns[$List].Match($Segment)
    if ($known.Success) { return $known.Value.get_Length() }
    if ($OfHost -and ($Segment -cmatch '\A[0-9]{1,6}(?![\s\S])')) { return $Segment.get_Length() }
    return 0
}

function Get-Tokens([string] $Text, [string] $Kind) {
    $shown = New-Object System.Collections.ArrayList
    foreach ($match in @($StandIns['Tokens'].Matches($Text))) { [void] $shown.Add((Get-Token $match $Kind)) }
    return ($shown.ToArray() -join '')
}

function Get-Token($Match, [string] $Kind) {
    $text = $Match.Value
    if ($Match.Groups[1].Success) {
        # Capitals are odd: of some letters the small one is another text.
        $name = $StandIns['Hosts'][$text.ToLowerInvariant()]
        if ($name) { return $name }
        return (Get-StandIn 'word' $text)
    }
    if ($Match.Groups[2].Success) { return (Get-StandIn 'guid' $text) }
    if ($Match.Groups[3].Success) { return (Get-AddressToken $text) }
    if ($Match.Groups[4].Success) {
        if ($text -cmatch $Table['sids']) { return $text }
        return (Get-StandIn 'sid' $text)
    }
    if ($Match.Groups[5].Success -or $Match.Groups[6].Success) {
        if (@($Table['addresses'] -split ' ') -contains $text) { return $text }
        return (Get-StandIn 'ip' $text)
    }
    if ($Match.Groups[7].Success) { return (Get-Dotted $text $Kind) }
    if ($Match.Groups[8].Success) { return (Get-Word $text $Kind) }
    return ($text -replace '[\x00-\x1f\x7f]', ' ')
}

function Get-AddressToken([string] $Text) {
    $at = $Text.IndexOf('@')
    $person = $Text.Substring(0, $at)
    if (-not ($person -cmatch $Table['templates'])) { $person = Get-StandIn 'person' $person }
    return ($person + '@' + (Get-DomainToken $Text.Substring($at + 1)))
}

# A number, the name of a file, a type of .NET, or a name in DNS.
function Get-Dotted([string] $Text, [string] $Kind) {
    if (Get-OwnSuffix $Text) { return (Get-DomainToken $Text) }
    $dot = $Text.LastIndexOf('.')
    if (($Text -cmatch $Table['patterns']['exception']) -and (Test-Word $Text.Substring($dot + 1))) { return $Text }
    if ($Text -cmatch '\A[0-9.]+(?![\s\S])') { return (Get-EachWord $Text '[0-9]+' $Kind) }
    $ending = $Text.Substring($dot)
    if (@($Table['endings'] -split ' ') -ccontains $ending.Substring(1).ToLowerInvariant()) {
        return ((Get-EachWord $Text.Substring(0, $dot) $Table['piece'] $Kind) + $ending)
    }
    if (($Text -cmatch '\ASystem\.') -and ($Kind -ne 'name')) {
        $parts = @(Get-Pieces $Text $Table['piece'])
        $unknown = @($parts | Where-Object { -not (Test-Shown $_.ToLowerInvariant() 'key') })
        if (@($unknown).Count -eq 0) { return $Text }
    }
    return (Get-DomainToken $Text)
}

# Between dots; with numbers in it, it could belong to an address.
function Get-PlainWord([string] $Text, [string] $Kind) {
    $plain = $StandIns['words'].ContainsKey($Text.ToLowerInvariant()) -or ($Text -cnotmatch '[0-9]')
    if ($plain) { return (Get-Word $Text $Kind) }
    return (Get-HiddenWord $Text)
}

function Get-Pieces([string] $Text, [string] $Pattern) {
    $regex = New-Expression $Pattern
    foreach ($match in @($regex.Matches($Text))) { $match.Value }
}

function Get-EachWord([string] $Text, [string] $Pattern, [string] $Kind) {
    $regex = New-Expression $Pattern
    $shown = ''
    $from = 0
    foreach ($match in @($regex.Matches($Text))) {
        $piece = $match.Value
        if ($Pattern -eq '[0-9]+') { $piece = Get-Word $piece $Kind } else { $piece = Get-PlainWord $piece $Kind }
        $shown += $Text.Substring($from, $match.Index - $from) + $piece
        $from = $match.Index + $match.Value.get_Length()
    }
    return ($shown + $Text.Substring($from))
}

# A name in DNS; a host of the server's own domain is told as one.
function Get-DomainToken([string] $Text) {
    $lowered = $Text.ToLowerInvariant()
    if ($StandIns['Hosts'].Contains($lowered)) { return $StandIns['Hosts'][$lowered] }
    $suffix = Get-OwnSuffix $Text
    if ($suffix) { return ((Get-StandIn 'machine' $Text) + '.' + $suffix) }
    return (Get-StandIn 'domain' $Text)
}

# The stand-in of the server's own domain, where the name is one in it.
function Get-OwnSuffix([string] $Text) {
    $lowered = $Text.ToLowerInvariant()
    foreach ($name in @($StandIns['Hosts'].get_Keys())) {
        if ($name.Contains('.') -and $lowered.EndsWith(".$name", [System.StringComparison]::Ordinal)) {
            return $StandIns['Hosts'][$name]
        }
    }
}

function Get-Word([string] $Text, [string] $Kind) {
    if (Test-Shown $Text $Kind) { return $Text }
    return (Get-HiddenWord $Text)
}

function Get-HiddenWord([string] $Text) {
    if ($Text -cmatch '\A[0-9_-]+(?![\s\S])') { return ($Text -replace '[0-9]', '#') }
    return (Get-StandIn 'word' $Text)
}

# In names numbers alone, in sentences what is nobody's name as it is written there.
function Test-Shown([string] $Text, [string] $Kind) {
    if ($Text -cmatch $Table['numbers']) { return $true }
    if (($Text -cmatch '\A[0-9]+(?![\s\S])') -and $StandIns['words'].ContainsKey($Text)) { return $true }
    if ($Kind -eq 'term') { return (Test-Word $Text) }
    if (($Kind -eq 'name') -or $StandIns['people'].ContainsKey($Text.ToLowerInvariant())) { return $false }
    if ($StandIns['words'].ContainsKey($Text) -or $StandIns['capitals'].ContainsKey($Text)) { return $true }
    return (($Kind -eq 'key') -and (Test-Word $Text))
}

# A word of the table, or put together of some.
function Test-Word([string] $Text) {
    $whole = $StandIns['words'].ContainsKey($Text.ToLowerInvariant())
    if ($whole -or $StandIns['capitals'].ContainsKey($Text)) { return $true }
    $pieces = @(Get-Pieces $Text $Table['camel'])
    if (($pieces -join '') -cne $Text) { return $false }
    foreach ($piece in @($pieces)) {
        $piece = $piece.ToLowerInvariant()
        $known = $StandIns['words'].ContainsKey($piece) -or $StandIns['parts'].ContainsKey($piece)
        if (-not $known) { return $false }
    }
    return $true
}

function Get-StandIn([string] $Kind, [string] $Text) {
    $key = $Kind + ' ' + $Text.ToLowerInvariant()
    if (-not $StandIns['Given'].ContainsKey($key)) {
        if (-not $StandIns['Counts'].ContainsKey($Kind)) { $StandIns['Counts'][$Kind] = Get-FirstNumber $Kind }
        $StandIns['Counts'][$Kind] = $StandIns['Counts'][$Kind] + 1
        $StandIns['Given'][$key] = "$Kind-$($StandIns['Counts'][$Kind])"
    }
    return $StandIns['Given'][$key]
}

# The host's own domain is the first one.
function Get-FirstNumber([string] $Kind) {
    foreach ($name in @($StandIns['Hosts'].get_Values())) { if ($name.StartsWith("$Kind-")) { return 1 } }
    return 0
}
