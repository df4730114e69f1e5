"""What the agent may say: PowerShell 2.0's commands, Exchange 2010's cmdlets, .NET 3.5's types and members."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")


def _load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return data


@cache
def commands() -> dict[str, frozenset[str]]:
    """Every command with all its parameters, common ones included."""
    powershell = _load("powershell2_commands.json")
    common = frozenset(powershell["common_parameters"])
    known = {name: frozenset(entry["parameters"]) | common for name, entry in powershell["commands"].items()}
    exchange = _load("exchange_2010_parameters.json")["cmdlets"]
    return known | {name: frozenset(parameters) | common for name, parameters in exchange.items()}


@cache
def exchange_commands() -> frozenset[str]:
    """The cmdlets of Exchange 2010."""
    return frozenset(_load("exchange_2010_parameters.json")["cmdlets"])


@cache
def accelerators() -> frozenset[str]:
    """Short type names that PowerShell 2.0 resolves, in small letters."""
    return frozenset(_load("dotnet_allowed.json")["accelerators"]["names"])


@cache
def attributes() -> frozenset[str]:
    """Attributes that PowerShell 2.0 knows."""
    return frozenset(_load("dotnet_allowed.json")["attributes"])


@cache
def types() -> dict[str, frozenset[str]]:
    """Allowed .NET types, each with its allowed members."""
    return {name: frozenset(members) for name, members in _load("dotnet_allowed.json")["types"].items()}


@cache
def members() -> frozenset[str]:
    """Every member name that some allowed object has: of an instance, the parser does not know the type."""
    of_hosts = {key: value for key, value in _load("dotnet_allowed.json")["host_properties"].items() if key != "about"}
    return frozenset().union(*types().values(), *of_hosts.values())


@cache
def language() -> dict[str, frozenset[str]]:
    """The ``syntax`` that PowerShell 2.0 has, and the ``newer_tokens`` and ``newer_variables`` that it lacks."""
    return {key: frozenset(value) for key, value in _load("language.json").items() if key != "about"}
