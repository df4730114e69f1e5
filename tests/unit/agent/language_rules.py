"""What PowerShell 2.0 cannot say, or says otherwise than today's PowerShell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from . import vocabulary
from .rule import at, rule
from .syntax import Script


@rule
def parses(script: Script) -> Iterator[str]:
    yield from script.errors


@rule
def ascii_only(script: Script) -> Iterator[str]:
    """The text crosses code pages."""
    for number, line in enumerate(script.text.splitlines(), 1):
        if not line.isascii():
            yield f"line {number}: a character that is not ASCII"


@rule
def known_syntax(script: Script) -> Iterator[str]:
    for node in script.nodes:
        if node["kind"] not in vocabulary.language()["syntax"]:
            yield at(node, f"{node['kind']} is not PowerShell 2.0")


@rule
def known_operators(script: Script) -> Iterator[str]:
    for before, token in zip([{"kind": ""}, *script.tokens], script.tokens, strict=False):
        newer_number = token["kind"] == "Number" and not re.fullmatch(
            r"(0x[0-9a-f]+|\d+(\.\d+)?)([kmgtp]b|[ld])?", token["text"], re.IGNORECASE
        )
        if token["kind"] in vocabulary.language()["newer_tokens"] or newer_number:
            yield at(token, f"{token['text']} is not PowerShell 2.0")
        if token["kind"] == "Pipe" and before["kind"] == "NewLine":
            yield at(token, "a line cannot begin with a pipe before PowerShell 7")


@rule
def known_escapes(script: Script) -> Iterator[str]:
    for node in script.of_kind("ExpandableStringExpression", "StringConstantExpression"):
        if re.search(r"`(u\{|e)", node["text"]) and not node["text"].startswith("'"):
            yield at(node, "`u{} and `e are not PowerShell 2.0")


@rule
def known_variables(script: Script) -> Iterator[str]:
    for node in script.of_kind("VariableExpression"):
        if node["variable"].lower() in vocabulary.language()["newer_variables"]:
            yield at(node, f"${node['variable']} is not PowerShell 2.0")


@rule
def no_requirements(script: Script) -> Iterator[str]:
    if script.requires:
        yield "a #requires line is no business of the agent"


@rule
def known_redirections(script: Script) -> Iterator[str]:
    for node in script.of_kind("FileRedirection", "MergingRedirection"):
        if node["stream"] not in ("Output", "Error"):
            yield at(node, f"the stream {node['stream']} is not in PowerShell 2.0")


@rule
def mandatory_has_a_value(script: Script) -> Iterator[str]:
    for node in script.of_kind("NamedAttributeArgument"):
        if node["omitted"]:
            yield at(node, f"{node['text']} needs '= $true' before PowerShell 3")


@rule
def script_blocks_for_where_and_foreach(script: Script) -> Iterator[str]:
    for node in script.of_kind("Command"):
        if node["name"] not in ("Where-Object", "ForEach-Object"):
            continue
        kinds = {argument["kind"] for argument in node["arguments"]}
        if kinds != {"ScriptBlockExpression"}:
            yield at(node, f"{node['name']} takes a script block only before PowerShell 3")


@rule
def counts_only_lists(script: Script) -> Iterator[str]:
    """.Count of one object or of $null is nothing before PowerShell 3."""
    for node in script.of_kind("MemberExpression"):
        if node["member"] in ("Count", "Length") and node["of_kind"] != "ArrayExpression":
            yield at(node, f"{node['text']}: put @() around what is counted")


@rule
def loops_over_lists(script: Script) -> Iterator[str]:
    """foreach over $null runs once before PowerShell 3."""
    for node in script.of_kind("ForEachStatement"):
        if node["over_kind"] != "ArrayExpression":
            yield at(node, f"foreach over {node['over']}: put @() around it")
