"""What a lint rule is: a function that takes a script and yields what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .syntax import Script

Rule = Callable[[Script], Iterator[str]]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Add a rule to the list under its own name."""
    RULES[function.__name__] = function
    return function


def at(node: dict[str, Any], words: str) -> str:
    """A finding with its place."""
    return f"line {node['line']}: {words}"
