"""The agent's own functions as PowerShell's binder knows them: what docs/wire.md says that each takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lab.exchange.contract import Cmdlet, Parameter, ParameterSet
from lab.twin import pop3_functions as pop3
from lab.twin.pop3_login import PARAMETERS


def find(command: str) -> Cmdlet | None:
    """The function of that name, whatever its capitals."""
    return next((function for name, function in OWN_FUNCTIONS.items() if name.lower() == command.lower()), None)


def _function(
    name: str, mandatory: Mapping[str, str] | None = None, optional: Mapping[str, str] | None = None
) -> Cmdlet:
    types = {**(mandatory or {}), **(optional or {})}
    parameters = {key: Parameter(key, type_name, None, (), None, None, ()) for key, type_name in types.items()}
    only_set = ParameterSet("__AllParameterSets", tuple(types), tuple(mandatory or ()))
    return Cmdlet(name, None, (only_set,), parameters)


OWN_FUNCTIONS: Final = {
    function.name: function
    for function in (
        _function("Get-HostFacts"),
        _function(
            "Test-SmtpLogin",
            {"Server": "String", "Port": "Int32", "Credential": "Object", "Sender": "String", "Recipient": "String"},
            {"TimeoutSeconds": "Int32", "HeloName": "String", "Senders": "Object"},
        ),
        _function(
            "Read-SmtpSendLog", {"Path": "String", "After": "String", "Connector": "String"}, {"MaxLines": "Int32"}
        ),
        _function("Test-Pop3Login", *PARAMETERS),
        *(_function(name, *types) for name, types in pop3.FUNCTIONS.items()),
        _function("Get-SentSenders", {"Days": "Int32"}),
        _function("Get-RegistryValues", {"Values": "Object"}),
        _function("Get-UpdateFacts"),
        _function("Get-TlsAbility"),
        _function("Get-ShellLimits"),
        _function("Get-EventCounts", {"Sources": "Object"}),
        _function("Get-ProcessFacts"),
        _function("Get-TrackingForms", {}, {"Hours": "Int32"}),
        _function(
            "Measure-Queue",
            {},
            {
                **dict.fromkeys(("Hours", "Errors", "Back"), "Int32"),
                **dict.fromkeys(("Counted", "Latest", "Causes"), "Object"),
            },
        ),
        _function("Get-MessageOutcomes", {"Since": "String", "Ids": "Object"}, {"Events": "Object"}),
    )
}
