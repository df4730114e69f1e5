"""What collections of named objects have in common: one by its name, the next running number, the usual refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from lab.exchange import errors
from lab.exchange.host import ExchangeHost


class Named(Protocol):
    """An object of the directory."""

    @property
    def Name(self) -> str: ...
    @property
    def Guid(self) -> str: ...
    @property
    def DistinguishedName(self) -> str: ...


Found = TypeVar("Found", bound=Named)


def named(objects: Sequence[Found], identity: str) -> list[Found]:
    """The objects whose name, GUID or distinguished name this is, whatever the capitals."""
    wanted = identity.lower()
    return [
        each
        for each in objects
        if wanted in (each.Name.lower(), each.DistinguishedName.lower()) or wanted.strip("{}") == each.Guid
    ]


def one(host: ExchangeHost, command: str, objects: Sequence[Found], identity: str) -> Found:
    """The one object of that identity; CmdletError where there is none or more."""
    found = named(objects, identity)
    if not found:
        raise host.not_found(command, identity)
    if len(found) > 1:
        raise host.error(command, "object_ambiguous", errors.OBJECT_AMBIGUOUS, identity=identity)
    return found[0]


def refuse_unknown(host: ExchangeHost, command: str, typed: dict[str, object], known: set[str]) -> None:
    """Refuse aloud a parameter that the lab does not simulate; switches that are off say nothing."""
    for name in sorted(typed.keys() - known):
        if typed[name] is not False:
            raise host.error(command, "parameter_not_simulated", errors.LOCALIZED, parameter=name)


def check_name(host: ExchangeHost, command: str, objects: Sequence[Named], changed: Named, own: Named | None) -> None:
    """Refuse a name that another object in the same place has."""
    dn = changed.DistinguishedName
    if any(other is not own and other.DistinguishedName.lower() == dn.lower() for other in objects):
        controller = host.directory.controller
        raise host.error(command, "object_exists", errors.OBJECT_EXISTS, controller=controller, dn=dn)
