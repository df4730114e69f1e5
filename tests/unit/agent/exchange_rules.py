"""How Exchange is spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import vocabulary
from .calls import given_to
from .rule import at, rule
from .syntax import Script

# The one function that takes a password out of a login.
TELLS_A_PASSWORD = "Get-ClearPassword"


@rule
def logins_by_user_name(script: Script) -> Iterator[str]:
    """GetNetworkCredential() of PowerShell 2.0 splits info@beispiel.de; only a mail server is told a password."""
    for node in script.of_kind("MemberExpression", "InvokeMemberExpression"):
        if node["function"] == TELLS_A_PASSWORD and node["member"] in ("Password", "SecureStringToGlobalAllocUnicode"):
            continue
        if node["member"] in ("GetNetworkCredential", "Password", "Domain") and "redential" in node["of"]:
            yield at(node, f"{node['text']}: take .UserName and nothing else")
        elif node["member"] in ("GetNetworkCredential", "SecureStringToBSTR", "SecureStringToGlobalAllocUnicode"):
            yield at(node, f"{node['text']}: a password never comes back")


@rule
def writers_do_not_ask(script: Script) -> Iterator[str]:
    """A question would hang or fail the step: nobody is there."""
    for node, name, given in exchange_calls(script):
        if "Confirm" in vocabulary.commands()[name] and given.get("Confirm") != "$false":
            yield at(node, f"{name} needs -Confirm:$false")


@rule
def readers_read_all(script: Script) -> Iterator[str]:
    """Without it they stop at 1,000 objects."""
    for node, name, given in exchange_calls(script):
        if "ResultSize" in vocabulary.commands()[name] and given.get("ResultSize") != "Unlimited":
            yield at(node, f"{name} needs -ResultSize Unlimited")


@rule
def direct_calls_stop(script: Script) -> Iterator[str]:
    """catch sees terminating errors only."""
    for node in script.of_kind("Command"):
        if node["name"] in vocabulary.exchange_commands() and given_to(script, node).get("ErrorAction") != "Stop":
            yield at(node, f"{node['name']} needs -ErrorAction Stop")


@rule
def listed_commands_exist(script: Script) -> Iterator[str]:
    for node, pair in listed(script):
        if pair["key"] not in vocabulary.exchange_commands():
            yield at(node, f"{pair['key']} is no cmdlet of Exchange 2010 in the contract")
        for name in [default["key"] for default in pair["table"] or []]:
            if name not in vocabulary.commands().get(pair["key"], frozenset()):
                yield at(node, f"{pair['key']} has no parameter {name}")


def listed(script: Script) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of $ExchangeCommands: what a request may call, with the parameters that are added."""
    return [
        (node, pair)
        for node in script.of_kind("AssignmentStatement")
        if node["to"] == "$ExchangeCommands"
        for pair in node["pairs"] or []
    ]


def exchange_calls(script: Script) -> Iterator[tuple[dict[str, Any], str, dict[str, str]]]:
    """Every way an Exchange cmdlet is called: written out, or listed for requests."""
    for node in script.of_kind("Command"):
        if node["name"] in vocabulary.exchange_commands():
            yield node, node["name"], given_to(script, node)
    for node, pair in listed(script):
        if pair["key"] in vocabulary.exchange_commands():
            yield node, pair["key"], {entry["key"]: entry["value"].strip("'\"") for entry in pair["table"] or []}
