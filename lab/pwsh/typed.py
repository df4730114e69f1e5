"""A machine's plain objects with the types that their values have on a host, for the stand-ins to make.

The agent turns sizes, enumerations, times and logins into the wire's forms; it can only prove that it does if
it meets them here. A value is ``[name, kind, text or list]``; every text begins with ``=``, since PowerShell's
JSON reader would take some texts for times.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from lab.exchange import contract

_PLAIN = {"Boolean", "Int32", "String"}
_SETTERS = (
    "New-SendConnector",
    "Set-TransportServer",
    "Set-TransportConfig",
    "New-AcceptedDomain",
    "New-EmailAddressPolicy",
    "Set-Mailbox",
    "Set-MailContact",
    "Set-ReceiveConnector",
)
"""The cmdlets whose parameters have the names and types of the objects' properties."""

_OF_RECIPIENTS = {"ExchangeVersion", "RecipientType", "RecipientTypeDetails", "ExchangeUserAccountControl"}
"""Of types of Exchange's own, though no cmdlet that changes an object has a parameter of the name."""

_TIMES = {"NotAfter", "Timestamp", "DateReceived", "ExpirationTime", "LastRetryTime", "NextRetryTime"}
_OWN_TYPES = {
    "DeliveryType",
    "FromAddress",
    "Identity",
    "InheritanceType",
    "Queue",
    "RootCAType",
    "SCL",
    "Services",
    "Size",
    "SourceIP",
    "Status",
    "User",
}
"""Of queues, messages, permissions and certificates, whose properties are no parameters of a cmdlet."""


def typed_object(plain: Mapping[str, object]) -> list[list[Any]]:
    """The properties of one object, in order."""
    return [[name, *_typed(name, value)] for name, value in plain.items()]


def _typed(name: str, value: object) -> list[Any]:
    if value is None or isinstance(value, bool | int):
        return ["plain", value]
    if isinstance(value, list):
        return ["list", [f"={entry}" for entry in value]]
    if isinstance(value, dict):
        return ["credential", f"={value['UserName']}"]
    return [_kind(name), f"={value}"]


@cache
def _kind(name: str) -> str:
    """``text``, ``time``, ``guid``, ``printed`` (a type of Exchange's own) or ``enum:<type>``."""
    if name.startswith("When") or name in _TIMES:
        return "time"
    if name in _OWN_TYPES | _OF_RECIPIENTS:
        return "printed"
    if name in ("Guid", "NextHopConnector"):
        return "guid"
    found = (contract.load()[setter].parameters.get(name) for setter in _SETTERS)
    parameter = next((each for each in found if each is not None), None)
    if parameter is None or parameter.type in _PLAIN or parameter.type.endswith("IdParameter"):
        return "text"
    return f"enum:{parameter.type}" if parameter.is_enumeration else "printed"
