"""Microsoft's contract of the simulated cmdlets, typed: what contract.json says of Exchange 2010."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """One parameter of a cmdlet in Exchange 2010.

    ``type`` is the type's short name as the reference writes it (``Unlimited``), ``position`` counts from 1,
    ``range`` is the documented text (``0..65535``), ``default`` too (``10 MB``).
    """

    name: str
    type: str
    position: int | None
    accepted_values: tuple[str, ...]
    range: tuple[str, str] | None
    default: str | None
    aliases: tuple[str, ...]

    @property
    def is_enumeration(self) -> bool:
        """Whether its type is an enumeration, not a list whose elements are of one."""
        return bool(self.accepted_values) and self.type != "MultiValuedProperty" and not self.type.endswith("[]")


@dataclass(frozen=True)
class ParameterSet:
    """One way to call a cmdlet: the names it takes, and which of them it must have."""

    name: str
    parameters: tuple[str, ...]
    mandatory: tuple[str, ...]


@dataclass(frozen=True)
class Cmdlet:
    """One cmdlet: its parameters and sets in Exchange 2010. ``default_set`` counts where several fit."""

    name: str
    default_set: str | None
    sets: tuple[ParameterSet, ...]
    parameters: Mapping[str, Parameter]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that full name or alias, whatever its capitals."""
        wanted = name.lower()
        for parameter in self.parameters.values():
            if wanted in (parameter.name.lower(), *(alias.lower() for alias in parameter.aliases)):
                return parameter
        return None

    @property
    def supports_should_process(self) -> bool:
        """Whether the cmdlet changes something and so knows -Confirm and -WhatIf."""
        return "Confirm" in self.parameters


@cache
def load() -> Mapping[str, Cmdlet]:
    """All simulated cmdlets by name."""
    data = json.loads(Path(__file__).with_name("contract.json").read_text(encoding="utf-8"))
    return {name: _cmdlet(name, entry) for name, entry in data["cmdlets"].items()}


def find(command: str) -> Cmdlet | None:
    """The cmdlet of that name, whatever its capitals."""
    return {name.lower(): cmdlet for name, cmdlet in load().items()}.get(command.lower())


def _cmdlet(name: str, entry: dict[str, Any]) -> Cmdlet:
    return Cmdlet(
        name=name,
        default_set=entry.get("default_set"),
        sets=tuple(_parameter_set(set_name, entry) for set_name in entry["sets"]),
        parameters={key: _parameter(key, value) for key, value in entry["parameters"].items()},
    )


def _parameter_set(name: str, entry: dict[str, Any]) -> ParameterSet:
    members = (key for key, value in entry["parameters"].items() if name in value.get("sets", (name,)))
    return ParameterSet(name=name, parameters=tuple(members), mandatory=tuple(entry["sets"][name]))


def _range(documented: str) -> tuple[str, str] | None:
    """Both ends, sizes in bytes."""
    lowest, _, highest = documented.removesuffix(" bytes").partition("..")
    if highest.endswith(" KB"):
        highest = str(int(highest.removesuffix(" KB")) * 1024)
    return (lowest, highest) if highest else None


def _parameter(name: str, entry: dict[str, Any]) -> Parameter:
    return Parameter(
        name=name,
        type=entry["type"],
        position=entry.get("position"),
        accepted_values=tuple(entry.get("values", ())),
        range=_range(entry.get("range", "")),
        default=entry.get("default"),
        aliases=tuple(entry.get("aliases", ())),
    )
