"""Writes the stand-ins for Exchange's cmdlets from Microsoft's contract, as the text of a PowerShell module.

PowerShell's own binder then refuses what Exchange's would: an unknown name, a value that the type does not
take, a missing mandatory parameter, sets that exclude each other. Types of Exchange's own that PowerShell does
not know are converted by the simulated Exchange, which the binder asks through an attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lab.exchange import contract
from lab.exchange.contract import Cmdlet, Parameter
from lab.exchange.conversion import FLAGS

_COMMON = Path(__file__).with_name("modules") / "exchange.ps1"
_DOTNET = {
    "Boolean": "bool",
    "Int32": "int",
    "String": "string",
    "SwitchParameter": "switch",
    "PSCredential": "System.Management.Automation.PSCredential",
    "IPAddress": "System.Net.IPAddress",
    "MultiValuedProperty": "object[]",
    "DateTime": "datetime",
    "String[]": "string[]",
}
_OWN_CONVERSION = {"MultiValuedProperty"}
_NULLABLE = {"TlsAuthLevel", "WellKnownRecipientType"}
_SHOULD_PROCESS = {"Confirm", "WhatIf"}


def module_text() -> str:
    """The whole module in one text: PowerShell's types do not leave their file. It needs ``bridge.ps1`` beside it."""
    cmdlets = contract.load().values()
    parts = [_COMMON.read_text(encoding="utf-8"), *_enumerations(cmdlets), *map(_function, cmdlets)]
    return "\n\n".join(parts) + "\n"


def _enumerations(cmdlets: Iterable[Cmdlet]) -> Iterator[str]:
    """A real enumeration per type, so that its values are numbers underneath as on a host."""
    seen = {p.type: p.accepted_values for c in cmdlets for p in c.parameters.values() if p.is_enumeration}
    for name, values in sorted(seen.items()):
        if name in FLAGS:
            members = "; ".join(f"{value} = {(1 << number) >> 1}" for number, value in enumerate(values))
            yield f"[Flags()] enum {name} {{ {members} }}"
        else:
            yield f"enum {name} {{ {'; '.join(values)} }}"


def _function(cmdlet: Cmdlet) -> str:
    binding = [f"SupportsShouldProcess = ${str(cmdlet.supports_should_process).lower()}"]
    if cmdlet.default_set:
        binding.append(f"DefaultParameterSetName = '{cmdlet.default_set}'")
    parameters = [_parameter(cmdlet, p) for name, p in cmdlet.parameters.items() if name not in _SHOULD_PROCESS]
    return (
        f"function {cmdlet.name} {{\n    [CmdletBinding({', '.join(binding)})]\n    param(\n"
        + ",\n".join(parameters)
        + f"\n    )\n    Invoke-Simulated '{cmdlet.name}' $PSBoundParameters $PSCmdlet\n}}"
    )


def _parameter(cmdlet: Cmdlet, parameter: Parameter) -> str:
    lines = [*_attributes(cmdlet, parameter), f"[{_type(parameter)}] ${parameter.name}"]
    return "\n".join(f"        {line}" for line in lines)


def _attributes(cmdlet: Cmdlet, parameter: Parameter) -> Iterator[str]:
    for entry in cmdlet.sets:
        if parameter.name in entry.parameters:
            named = [f"ParameterSetName = '{entry.name}'"]
            if parameter.name in entry.mandatory:
                named.append("Mandatory = $true")
            if parameter.position is not None:
                named.append(f"Position = {parameter.position - 1}")
            yield f"[Parameter({', '.join(named)})]"
    if parameter.aliases:
        yield f"[Alias({', '.join(repr(alias) for alias in parameter.aliases)})]"
    if parameter.type in _OWN_CONVERSION or _type(parameter) == "object":
        yield f"[ExchangeConversion('{cmdlet.name}', '{parameter.name}')]"


def _type(parameter: Parameter) -> str:
    """The type in PowerShell; ``object`` stands for a type of Exchange's own."""
    if parameter.is_enumeration:
        return f"Nullable[{parameter.type}]" if parameter.type in _NULLABLE else parameter.type
    return _DOTNET.get(parameter.type, "object")
