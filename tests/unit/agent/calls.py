"""What a script calls, and with what."""

from __future__ import annotations

from typing import Any

from .syntax import Script


def own_functions(script: Script) -> set[str]:
    """The functions that the script itself defines."""
    return {node["name"] for node in script.of_kind("FunctionDefinition")}


def called(script: Script) -> set[str]:
    """The commands and functions that the script names."""
    return {node["name"] for node in script.of_kind("Command") if node["name"]}


def splatted_pairs(script: Script, node: dict[str, Any]) -> list[dict[str, Any]]:
    """The pairs of the tables that a command is splatted with, where the same function writes them down."""
    wanted = {"$" + argument["text"][1:] for argument in node["arguments"] if argument["splatted"]}
    return [
        pair
        for assignment in script.of_kind("AssignmentStatement")
        if assignment["to"] in wanted and assignment["function"] == node["function"]
        for pair in assignment["pairs"] or []
    ]


def given_to(script: Script, node: dict[str, Any]) -> dict[str, str]:
    """What a call is given by name, values as written without quotes."""
    given = {parameter["name"]: parameter["value"] or parameter["next"] for parameter in node["parameters"]}
    given |= {pair["key"]: pair["value"] for pair in splatted_pairs(script, node)}
    return {name: (value or "").strip("'\"") for name, value in given.items()}
