$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
# $input exists only up here; a byte order mark arrives as one to three odd characters, depending on the code page.
$sent = (@($input) -join '') -replace '^[^A-Za-z0-9+/]+', ''
$zipped = New-Object System.IO.MemoryStream(, [System.Convert]::FromBase64String($sent))
$plain = New-Object System.IO.Compression.GZipStream($zipped, [System.IO.Compression.CompressionMode]::Decompress)
$text = (New-Object System.IO.StreamReader($plain, [System.Text.Encoding]::ASCII)).ReadToEnd()
$mark = "`n#REQUEST#"
# The request is one line, so the last mark is the real one, whatever the agent's own text says.
$cut = $text.LastIndexOf($mark, [System.StringComparison]::Ordinal)
if ($cut -lt 0) { throw 'The standard input holds no request.' }
$agent = $text.Substring(0, $cut)
$request = $text.Substring($cut).Replace($mark, '')
& ([System.Management.Automation.ScriptBlock]::Create($agent)) $request
