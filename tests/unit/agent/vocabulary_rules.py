"""Commands, parameters, .NET types and members: what is not known to exist in 2.0 on .NET 3.5 is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import vocabulary
from .calls import own_functions, splatted_pairs
from .rule import at, rule
from .syntax import Script

# Where a name or a text that is not written in the script may be called.
DYNAMIC_CALLS = {"Invoke-Listed": "& $Command @Given", None: "& ([System.Management.Automation.ScriptBlock]::Create("}


@rule
def known_commands(script: Script) -> Iterator[str]:
    for node in script.of_kind("Command"):
        name = node["name"]
        if name == "Invoke-Expression":
            yield at(node, "Invoke-Expression runs what nobody has read")
        elif name and name not in vocabulary.commands() and name not in own_functions(script) | script.beside:
            yield at(node, f"the command {name} is not known")


@rule
def dynamic_calls_in_one_place(script: Script) -> Iterator[str]:
    for node in script.of_kind("Command"):
        allowed = DYNAMIC_CALLS.get(node["function"])
        if node["name"] is None and not (allowed and node["text"].startswith(allowed)):
            yield at(node, f"{node['text']} calls what is not written here")


@rule
def known_parameters(script: Script) -> Iterator[str]:
    for node in script.of_kind("Command"):
        known = vocabulary.commands().get(node["name"])
        if known is None:
            continue
        splatted = [pair["key"] for pair in splatted_pairs(script, node)]
        for name in [parameter["name"] for parameter in node["parameters"]] + splatted:
            if name not in known:
                yield at(node, f"{node['name']} has no parameter {name} (written in full)")


@rule
def known_action_preferences(script: Script) -> Iterator[str]:
    for node in script.of_kind("Command"):
        given = {parameter["name"]: parameter["value"] or parameter["next"] for parameter in node["parameters"]}
        given |= {pair["key"]: pair["value"] for pair in splatted_pairs(script, node)}
        for name in ("ErrorAction", "WarningAction"):
            if (given.get(name) or "").strip("'\"").lower() == "ignore":
                yield at(node, f"-{name} Ignore is not PowerShell 2.0")


@rule
def known_types(script: Script) -> Iterator[str]:
    for node in script.of_kind("TypeExpression", "TypeConstraint"):
        name = node["type"].removesuffix("[]")
        if name not in vocabulary.types() and name.lower() not in vocabulary.accelerators():
            yield at(node, f"the type [{name}] is not on the list")
    for node in script.of_kind("Attribute"):
        if node["type"] not in vocabulary.attributes():
            yield at(node, f"the attribute [{node['type']}] is not on the list")
    for node in script.of_kind("Command"):
        if node["name"] == "New-Object" and created_type(node) not in vocabulary.types():
            yield at(node, f"New-Object makes a {created_type(node)}, which is not on the list")


@rule
def known_members(script: Script) -> Iterator[str]:
    for node in script.of_kind("MemberExpression", "InvokeMemberExpression"):
        name = node["member"]
        if name is None:
            yield at(node, f"{node['text']}: a member whose name is not written here")
        elif node["static"]:
            if name not in vocabulary.types().get(full_name(node["of"]), frozenset()):
                yield at(node, f"[{node['of']}]::{name} is not on the list")
        elif name not in vocabulary.members() and name not in ("Count", "Length"):
            yield at(node, f".{name} is not on the list")


def full_name(type_name: str) -> str:
    """``datetime`` as ``System.DateTime``, so that its members can be looked up."""
    return {"datetime": "System.DateTime", "string": "System.String"}.get(type_name.lower(), type_name)


def created_type(node: dict[str, Any]) -> str:
    """The type that a New-Object makes, as written."""
    named = [parameter["next"] for parameter in node["parameters"] if parameter["name"] == "TypeName"]
    positional = [argument["text"] for argument in node["arguments"] if not argument["after_parameter"]]
    return str((named or positional or [""])[0]).strip("'\"")
