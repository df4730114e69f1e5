# ---- what may be said ------------------------------------------------------------------------------------------------
# Known words, numbers and forms stay as they are; anything else gets a stand-in, the same one throughout: word-1,
# person-1@domain-1. plugins/plugin_utils/probe/stand_ins.py does the same, from the same table.

$StandIns = @{ Given = @{ }; Counts = @{ }; Names = $null; Words = $null; Keys = $null }

function Initialize-StandIns($Facts) {
    $ordinal = [System.StringComparer]::Ordinal
    $StandIns['Names'] = Get-OwnNames $Facts
    $StandIns['Words'] = New-Object System.Collections.Hashtable($ordinal)
    foreach ($line in @($Table['words'])) {
        foreach ($word in @($line -split ' ')) { $StandIns['Words'][$word] = $true }
    }
    $StandIns['Keys'] = New-Object System.Collections.Hashtable($ordinal)
    foreach ($text in @($Table['keys'])) { $StandIns['Keys'][$text] = $true }
    $escaped = @($StandIns['Names'].get_Keys() | ForEach-Object { [System.Text.RegularExpressions.Regex]::Escape($_) })
    $names = $escaped -join '|'
    if (-not $names) { $names = '(?!)' }
    # Of "Windows SBS" SBS is no name, whatever the server is called.
    $own = "(?<![0-9A-Za-z])(?<!Windows )(?i:$names)(?![0-9A-Za-z])"
    $StandIns['Own'] = New-Object System.Text.RegularExpressions.Regex($own)
    $tokens = @(@($own) + @($Table['tokens']) | ForEach-Object { "($_)" }) -join '|'
    $StandIns['Tokens'] = New-Object System.Text.RegularExpressions.Regex($tokens)
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
    $pattern = $Table['patterns'][$Kind]
    if ($pattern -and ($Text -cmatch $pattern)) { return $Text }
    if (($Kind -eq 'program') -and (Test-ProgramText $Text)) {
        $StandIns['Keys'][$Text] = $true
        return $Text
    }
    if (($Kind -eq 'key') -and $StandIns['Keys'].ContainsKey($Text)) { return $Text }
    return (Get-Harmless $Text)
}

# Whether a text out of a program's file tells of the program alone.
function Test-ProgramText([string] $Text) {
    return (($Text -cmatch '\A[\x20-\x3f\x41-\x7e]*(?![\s\S])') -and -not $StandIns['Own'].Match($Text).Success)
}

function Get-Harmless([string] $Text) {
    $shown = New-Object System.Collections.ArrayList
    $match = $StandIns['Tokens'].Match($Text)
    while ($match.Success -and (($match.Index + $match.Value.get_Length()) -le 500)) {
        [void] $shown.Add((Get-Token $match))
        $match = $match.NextMatch()
    }
    return ($shown.ToArray() -join '')
}

function Get-Token($Match) {
    $text = $Match.Value
    if ($Match.Groups[1].Success) {
        # Capitals are odd: of some letters the small one is another text.
        $name = $StandIns['Names'][$text.ToLowerInvariant()]
        if ($name) { return $name }
        return (Get-StandIn 'word' $text)
    }
    if ($Match.Groups[2].Success) { return (Get-StandIn 'guid' $text) }
    if ($Match.Groups[3].Success) { return (Get-AddressToken $text) }
    if ($Match.Groups[4].Success) {
        if ($text.StartsWith('S-1-5-21-', [System.StringComparison]::Ordinal)) { return (Get-StandIn 'sid' $text) }
        return $text
    }
    if ($Match.Groups[5].Success) {
        if (@($Table['addresses'] -split ' ') -contains $text) { return $text }
        return (Get-StandIn 'ip' $text)
    }
    if ($Match.Groups[6].Success) { return (Get-Dotted $text) }
    if ($Match.Groups[7].Success) { return (Get-Word $text) }
    return ($text -replace '[\x00-\x1f\x7f]', ' ')
}

function Get-AddressToken([string] $Text) {
    $at = $Text.IndexOf('@')
    $person = $Text.Substring(0, $at)
    if (-not ($person -cmatch $Table['templates'])) { $person = Get-StandIn 'person' $person }
    return ($person + '@' + (Get-DomainToken $Text.Substring($at + 1)))
}

# A number, the name of a file, words with dots between them, or a name in DNS.
function Get-Dotted([string] $Text) {
    $word = $Table['tokens'][5]
    $last = ($Text -split '\.' | Select-Object -Last 1).ToLowerInvariant()
    if (Get-OwnSuffix $Text) { return (Get-DomainToken $Text) }
    $unknown = @(Get-Pieces $Text $word | Where-Object { -not (Test-PlainWord $_) })
    $plain = (@($unknown).Count -eq 0) -and (@($Table['top_levels'] -split ' ') -cnotcontains $last)
    if ($plain -or (@($Table['endings'] -split ' ') -ccontains $last)) {
        return (Get-EachWord $Text $word $true)
    }
    if ($Text -cmatch '\A[0-9.]+(?![\s\S])') { return (Get-EachWord $Text '[0-9]+' $false) }
    return (Get-DomainToken $Text)
}

# Whether it may stand between dots: with numbers in it, it could belong to an address.
function Test-PlainWord([string] $Part) {
    return ($StandIns['Words'].ContainsKey($Part.ToLowerInvariant()) -or ((Test-Word $Part) -and ($Part -cnotmatch '[0-9]')))
}

function Get-Pieces([string] $Text, [string] $Pattern) {
    $regex = New-Object System.Text.RegularExpressions.Regex($Pattern)
    foreach ($match in @($regex.Matches($Text))) { $match.Value }
}

function Get-EachWord([string] $Text, [string] $Pattern, [bool] $Plain) {
    $regex = New-Object System.Text.RegularExpressions.Regex($Pattern)
    $shown = ''
    $from = 0
    foreach ($match in @($regex.Matches($Text))) {
        $piece = $match.Value
        if ($Plain -and -not (Test-PlainWord $piece)) { $piece = Get-HiddenWord $piece } else { $piece = Get-Word $piece }
        $shown += $Text.Substring($from, $match.Index - $from) + $piece
        $from = $match.Index + $match.Value.get_Length()
    }
    return ($shown + $Text.Substring($from))
}

# A name in DNS; a host of the server's own domain is told as one.
function Get-DomainToken([string] $Text) {
    $lowered = $Text.ToLowerInvariant()
    if ($StandIns['Names'].Contains($lowered)) { return $StandIns['Names'][$lowered] }
    $suffix = Get-OwnSuffix $Text
    if ($suffix) { return ((Get-StandIn 'machine' $Text) + '.' + $suffix) }
    return (Get-StandIn 'domain' $Text)
}

# The stand-in of the server's own domain, where the name is one in it.
function Get-OwnSuffix([string] $Text) {
    $lowered = $Text.ToLowerInvariant()
    foreach ($name in @($StandIns['Names'].get_Keys())) {
        if ($name.Contains('.') -and $lowered.EndsWith(".$name", [System.StringComparison]::Ordinal)) {
            return $StandIns['Names'][$name]
        }
    }
}

function Get-Word([string] $Text) {
    if (Test-Word $Text) { return $Text }
    return (Get-HiddenWord $Text)
}

function Get-HiddenWord([string] $Text) {
    if ($Text -cmatch '\A[0-9]+(?![\s\S])') { return ($Text -replace '[0-9]', '#') }
    return (Get-StandIn 'word' $Text)
}

function Test-Word([string] $Text) {
    if ($StandIns['Words'].ContainsKey($Text.ToLowerInvariant()) -or ($Text -cmatch $Table['numbers'])) { return $true }
    $pieces = @(Get-Pieces $Text $Table['camel'])
    if (($pieces -join '') -cne $Text) { return $false }
    $short = @($pieces | Where-Object { ($_ -cmatch '[A-Za-z]') -and ($_.get_Length() -lt 3) })
    if (($Text -cmatch '[0-9]') -and (@($short).Count -gt 0)) { return $false }
    foreach ($piece in @($pieces)) {
        $known = $StandIns['Words'].ContainsKey($piece.ToLowerInvariant()) -or ($piece -cmatch $Table['numbers'])
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
    foreach ($name in @($StandIns['Names'].get_Values())) { if ($name.StartsWith("$Kind-")) { return 1 } }
    return 0
}
