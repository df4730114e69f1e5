# Parses every PowerShell file of a folder and writes what the lint rules need of their syntax trees, as JSON by name.
# A tool of the tests: it runs in today's PowerShell, so it may use today's language.
param([string] $Folder)
$ErrorActionPreference = 'Stop'

function Get-Kind($Node) { if ($Node) { $Node.GetType().Name -replace 'Ast$', '' } }

function Get-FunctionName($Node) {
    for ($above = $Node.Parent; $above; $above = $above.Parent) {
        if ($above -is [System.Management.Automation.Language.FunctionDefinitionAst]) { return $above.Name }
    }
}

function Get-CommandFacts($Node) {
    $name = $null
    if ($Node.CommandElements[0] -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
        $name = $Node.GetCommandName()
    }
    $parameters = [System.Collections.Generic.List[object]]::new()
    $arguments = [System.Collections.Generic.List[object]]::new()
    $elements = @($Node.CommandElements | Select-Object -Skip 1)
    for ($i = 0; $i -lt $elements.Count; $i++) {
        $element = $elements[$i]
        if ($element -is [System.Management.Automation.Language.CommandParameterAst]) {
            $next = if ($i + 1 -lt $elements.Count) { $elements[$i + 1] }
            $value = $element.Argument ? $element.Argument.Extent.Text : $null
            $parameters.Add(@{ name = $element.ParameterName; value = $value; next = $next.Extent.Text })
        }
        else {
            $after = $i -gt 0 -and $elements[$i - 1] -is [System.Management.Automation.Language.CommandParameterAst] -and
                -not $elements[$i - 1].Argument
            $splatted = $element -is [System.Management.Automation.Language.VariableExpressionAst] -and $element.Splatted
            $arguments.Add(@{
                kind = Get-Kind $element; text = $element.Extent.Text; after_parameter = $after; splatted = $splatted
            })
        }
    }
    @{ name = $name; parameters = $parameters; arguments = $arguments; operator = "$($Node.InvocationOperator)" }
}

function Get-TableFacts($Node) {
    @($Node.KeyValuePairs | ForEach-Object {
        $value = $_.Item2.PipelineElements ? $_.Item2.PipelineElements[0].Expression : $null
        @{
            key = $_.Item1.Extent.Text.Trim("'", '"'); value = $_.Item2.Extent.Text
            table = ($value -is [System.Management.Automation.Language.HashtableAst]) ? @(Get-TableFacts $value) : $null
        }
    })
}

function Get-MemberFacts($Node) {
    @{
        member = $Node.Member -is [System.Management.Automation.Language.StringConstantExpressionAst] ? $Node.Member.Value : $null
        static = $Node.Static
        call = $Node -is [System.Management.Automation.Language.InvokeMemberExpressionAst]
        of_kind = Get-Kind $Node.Expression
        of = $Node.Expression -is [System.Management.Automation.Language.TypeExpressionAst] ?
            $Node.Expression.TypeName.FullName : $Node.Expression.Extent.Text
    }
}

function Get-Specifics($Node) {
    switch (Get-Kind $Node) {
        'Command' { Get-CommandFacts $Node }
        'Hashtable' { @{ pairs = @(Get-TableFacts $Node) } }
        'MemberExpression' { Get-MemberFacts $Node }
        'InvokeMemberExpression' { Get-MemberFacts $Node }
        { $_ -in 'TypeExpression', 'TypeConstraint', 'Attribute' } { @{ type = $Node.TypeName.FullName } }
        'NamedAttributeArgument' { @{ omitted = $Node.ExpressionOmitted } }
        'VariableExpression' { @{ variable = "$($Node.VariablePath)" } }
        'Pipeline' { @{ first = $Node.PipelineElements[0].Extent.Text; length = $Node.PipelineElements.Count } }
        'FunctionDefinition' { @{ name = $Node.Name } }
        'ForEachStatement' { @{ over_kind = Get-Kind $Node.Condition.PipelineElements[0].Expression; over = $Node.Condition.Extent.Text } }
        'AssignmentStatement' { @{
            to = $Node.Left.Extent.Text
            pairs = ($Node.Right.Expression -is [System.Management.Automation.Language.HashtableAst]) ? @(Get-TableFacts $Node.Right.Expression) : $null
        } }
        { $_ -in 'FileRedirection', 'MergingRedirection' } { @{ stream = "$($Node.FromStream)" } }
        default { @{} }
    }
}

function Get-NodeFacts($Node) {
    $facts = @{
        kind = Get-Kind $Node; line = $Node.Extent.StartLineNumber; text = $Node.Extent.Text
        parent = if ($Node.Parent) { Get-Kind $Node.Parent }; function = Get-FunctionName $Node
    }
    $more = Get-Specifics $Node
    foreach ($key in $more.Keys) { $facts[$key] = $more[$key] }
    $facts
}

function Get-TokenFacts($Token) {
    @{ kind = "$($Token.Kind)"; line = $Token.Extent.StartLineNumber; text = $Token.Text }
    foreach ($nested in $Token.NestedTokens) { Get-TokenFacts $nested }
}

function Get-FileFacts([string] $Path) {
    $tokens = $null
    $errors = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref] $tokens, [ref] $errors)
    @{
        errors = @($errors | ForEach-Object { "line $($_.Extent.StartLineNumber): $($_.Message)" })
        requires = [bool] ($tree.ScriptRequirements)
        tokens = @($tokens | ForEach-Object { Get-TokenFacts $_ })
        nodes = @($tree.FindAll({ $true }, $true) | ForEach-Object { Get-NodeFacts $_ })
    }
}

$files = @{ }
foreach ($file in Get-ChildItem -LiteralPath $Folder -Filter *.ps1) { $files[$file.Name] = Get-FileFacts $file.FullName }
$files | ConvertTo-Json -Depth 12 -Compress -EscapeHandling EscapeNonAscii
