# The edits of the POP3 connector's file: which bytes of the planned one give way to which others.
# Copyright (c) 2026 the sbs.mailflow maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

function Get-EditedBytes($File, $Edits) {
    $bytes = $File['Bytes']
    $size = $bytes.GetLength(0)
    $new = New-Object System.IO.MemoryStream
    $at = 0
    foreach ($edit in @($Edits)) {
        Assert-Slice $edit $at $size
        $piece = Get-EditPiece $File $edit
        $new.Write($bytes, $at, $edit['Offset'] - $at)
        $new.Write($piece, 0, $piece.GetLength(0))
        $at = $edit['Offset'] + $edit['Length']
    }
    $new.Write($bytes, $at, $size - $at)
    return , $new.ToArray()
}

# A place of the planned file from a byte on; edits that follow each other do not overlap.
function Assert-Slice($Slice, [int] $From, [int] $Size) {
    $table = $Slice -is [System.Collections.IDictionary]
    if ((-not $table) -or -not (($Slice['Offset'] -is [int]) -and ($Slice['Length'] -is [int]))) {
        Stop-Step 'parameter_unreadable' 'A place in the file has no Offset or no Length.'
    }
    $room = $Size - $Slice['Offset']
    if (($Slice['Offset'] -lt $From) -or ($Slice['Length'] -lt 0) -or ($Slice['Length'] -gt $room)) {
        Stop-Step 'parameter_unreadable' "A place is beyond the file's end or before the last one: $($Slice['Offset'])"
    }
}

function Get-EditPiece($File, $Edit) {
    $kinds = @(@('Data', 'Copy', 'Password') | Where-Object { $Edit.Contains($_) })
    if (@($kinds).Count -ne 1) { Stop-Step 'parameter_unreadable' 'An edit has one of Data, Copy and Password.' }
    if ($kinds[0] -eq 'Data') { return , (ConvertFrom-EditData $Edit['Data']) }
    if ($kinds[0] -eq 'Copy') {
        Assert-Slice $Edit['Copy'] 0 $File['Bytes'].GetLength(0)
        return , (Copy-Slice $File $Edit['Copy'])
    }
    return , (New-PasswordPiece $File $Edit)
}

function ConvertFrom-EditData([string] $Data) {
    try { return , [System.Convert]::FromBase64String($Data) }
    catch { Stop-Step 'parameter_unreadable' 'The Data of an edit is no base64.' }
}

# The entropy is read where it stands in the file and leaves the host as little as the password does.
function New-PasswordPiece($File, $Edit) {
    if (-not ($Edit['Password'] -is [string])) { Stop-Step 'parameter_unreadable' 'A Password of an edit is no text.' }
    Assert-Slice $Edit['Entropy'] 0 $File['Bytes'].GetLength(0)
    try { $entropy = [System.Convert]::FromBase64String((Get-SliceText $File $Edit['Entropy'])) }
    catch { $entropy = $null }
    if (($null -eq $entropy) -or ($entropy.GetLength(0) -eq 0)) {
        Stop-Step 'pop3_entropy_missing' 'The entropy that the password must be protected with is empty or no base64.'
    }
    Import-ProtectedData
    return , $File['Encoding'].GetBytes((Protect-Pop3Value $Edit['Password'] $entropy))
}
