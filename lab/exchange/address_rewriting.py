"""What only an Edge Transport server has: address rewrite entries, and the agents that carry them out.

Rules from Microsoft's reference of New-AddressRewriteEntry. That two entries cannot rewrite the same internal address
is assumed. A Hub Transport server has transport agents too, though not these; their names are from Microsoft's pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from lab.exchange import contract, directory_object, errors, named_objects
from lab.exchange.conversion import convert
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.proxy_address import is_smtp_address
from lab.exchange.values import is_domain

EDGE_AGENTS: Final = (
    "Connection Filtering Agent",
    "Address Rewriting Inbound Agent",
    "Edge Rule Agent",
    "Content Filter Agent",
    "Sender Id Agent",
    "Sender Filter Agent",
    "Recipient Filter Agent",
    "Protocol Analysis Agent",
    "Attachment Filtering Agent",
    "Address Rewriting Outbound Agent",
)
HUB_AGENTS: Final = ("Transport Rule Agent", "Text Messaging Routing Agent", "Text Messaging Delivery Agent")
_SETTABLE = ("Name", "InternalAddress", "ExternalAddress", "ExceptionList", "OutboundOnly")


@dataclass(frozen=True)
class AddressRewriteEntry:
    """One entry; fields carry Exchange's names."""

    Name: str
    Guid: str
    DistinguishedName: str
    WhenCreated: datetime
    WhenChanged: datetime
    InternalAddress: str = ""
    ExternalAddress: str = ""
    ExceptionList: tuple[str, ...] = ()
    OutboundOnly: bool = False

    def read_back(self) -> dict[str, object]:
        """As Get-AddressRewriteEntry returns it, in plain values."""
        return {
            **{name: getattr(self, name) for name in _SETTABLE},
            "ExceptionList": list(self.ExceptionList),
            **directory_object.read_back(self, self.Name),
        }


class AddressRewriteEntries:
    """All entries, oldest first."""

    def __init__(self, host: ExchangeHost) -> None:
        self._host = host
        self._created = 0
        self.all: list[AddressRewriteEntry] = []

    def get(self, typed: dict[str, object]) -> Output:
        """Get-AddressRewriteEntry."""
        chosen = self.all
        if isinstance(identity := typed.get("Identity"), str):
            chosen = [self._one("Get-AddressRewriteEntry", identity)]
        return [entry.read_back() for entry in chosen]

    def new(self, typed: dict[str, object]) -> Output:
        """New-AddressRewriteEntry."""
        entry = _written(self._blank(str(typed["Name"])), typed)
        self._check("New-AddressRewriteEntry", entry, None)
        if typed.get("WhatIf"):
            return []
        self.all = [*self.all, entry]
        return [entry.read_back()]

    def set(self, typed: dict[str, object]) -> Output:
        """Set-AddressRewriteEntry."""
        command = "Set-AddressRewriteEntry"
        before = self._one(command, str(typed["Identity"]))
        after = _written(before, typed)
        after = replace(after, DistinguishedName=self._host.directory.rewrite_entry_dn(after.Name))
        self._check(command, after, before)
        if not typed.get("WhatIf"):
            changed = replace(after, WhenChanged=self._host.now())
            self.all = [changed if other is before else other for other in self.all]
        return []

    def remove(self, typed: dict[str, object]) -> Output:
        """Remove-AddressRewriteEntry."""
        entry = self._one("Remove-AddressRewriteEntry", str(typed["Identity"]))
        if not typed.get("WhatIf"):
            self.all = [other for other in self.all if other is not entry]
        return []

    def edit(self, properties: Mapping[str, Any]) -> None:
        """Put or change one behind the cmdlets' back, by its name: no rule is asked. ``remove: true`` takes it away."""
        name = str(properties["Name"])
        before = next((each for each in self.all if each.Name == name), None)
        others = [other for other in self.all if other is not before]
        if not properties.get("remove"):
            typed = {key: _typed(key, value) for key, value in properties.items() if key != "remove"}
            others.append(_written(before or self._blank(name), typed))
        self.all = others

    def _blank(self, name: str) -> AddressRewriteEntry:
        self._created += 1
        now, directory = self._host.now(), self._host.directory
        guid = directory.guid("address-rewrite-entry", name, self._created)
        return AddressRewriteEntry(name, guid, directory.rewrite_entry_dn(name), now, now)

    def _one(self, command: str, identity: str) -> AddressRewriteEntry:
        return named_objects.one(self._host, command, self.all, identity)

    def _check(self, command: str, entry: AddressRewriteEntry, before: AddressRewriteEntry | None) -> None:
        named_objects.check_name(self._host, command, self.all, entry, before)
        key, fields = _broken_rule(entry)
        if key:
            raise self._host.error(command, key, errors.DATA_VALIDATION, **fields)
        for other in self.all:
            if other is not before and other.InternalAddress.lower() == entry.InternalAddress.lower():
                fields = {"identity": other.Name, "internal": entry.InternalAddress}
                raise self._host.error(command, "rewrite_entry_exists", errors.OBJECT_EXISTS, **fields)


class TransportAgents:
    """The agents of the local server and Get-, Enable- and Disable-TransportAgent. All are enabled at first."""

    def __init__(self, host: ExchangeHost, names: tuple[str, ...]) -> None:
        self._host = host
        self.enabled = dict.fromkeys(names, True)

    def get(self, typed: dict[str, object]) -> Output:
        """Get-TransportAgent."""
        identity = typed.get("Identity")
        chosen = [self._one("Get-TransportAgent", identity)] if isinstance(identity, str) else list(self.enabled)
        return [self._read_back(name) for name in chosen]

    def enable(self, typed: dict[str, object]) -> Output:
        """Enable-TransportAgent."""
        return self._switch("Enable-TransportAgent", typed, True)

    def disable(self, typed: dict[str, object]) -> Output:
        """Disable-TransportAgent."""
        return self._switch("Disable-TransportAgent", typed, False)

    def all(self) -> Output:
        """What Get-TransportAgent shows of all of them."""
        return [self._read_back(name) for name in self.enabled]

    def edit(self, properties: Mapping[str, Any]) -> None:
        """Switch one behind the cmdlets' back: ``Name`` and ``Enabled``. Raises KeyError for one that is not there."""
        if properties.keys() != {"Name", "Enabled"} or properties["Name"] not in self.enabled:
            raise KeyError(f"an agent is Name, one of {sorted(self.enabled)}, and Enabled")
        self.enabled = {**self.enabled, properties["Name"]: bool(properties["Enabled"])}

    def _switch(self, command: str, typed: dict[str, object], enabled: bool) -> Output:
        name = self._one(command, str(typed["Identity"]))
        if not typed.get("WhatIf"):
            self.enabled = {**self.enabled, name: enabled}
            self._host.warn("service_restart")
        return []

    def _one(self, command: str, identity: str) -> str:
        found = next((name for name in self.enabled if name.lower() == identity.lower()), None)
        if found is None:
            raise self._host.error(command, "agent_not_found", errors.OBJECT_NOT_FOUND, identity=identity)
        return found

    def _read_back(self, name: str) -> dict[str, object]:
        priority = list(self.enabled).index(name) + 1
        return {"Identity": name, "Enabled": self.enabled[name], "Priority": priority}


def _written(entry: AddressRewriteEntry, typed: Mapping[str, Any]) -> AddressRewriteEntry:
    changes: dict[str, Any] = {name: typed[name] for name in _SETTABLE if name in typed}
    if "ExceptionList" in changes:
        changes["ExceptionList"] = tuple(changes["ExceptionList"])
    return replace(entry, **changes)


def _broken_rule(entry: AddressRewriteEntry) -> tuple[str, dict[str, object]]:
    internal, external = entry.InternalAddress, entry.ExternalAddress
    wildcard = internal.startswith("*.")
    both: dict[str, object] = {"internal": internal, "external": external}
    if "*" in external:
        return "rewrite_wildcard_outside", both
    for name, value in (("InternalAddress", internal.removeprefix("*.")), ("ExternalAddress", external)):
        if not is_smtp_address(value) and not is_domain(value):
            return "rewrite_address_invalid", {"parameter": name, "value": value}
    if ("@" in internal) != ("@" in external):
        return "rewrite_kinds_differ", both
    if wildcard and not entry.OutboundOnly:
        return "rewrite_wildcard_both_ways", both
    if entry.ExceptionList and not wildcard:
        return "rewrite_exceptions", both
    return "", {}


def _typed(name: str, value: object) -> Any:
    if name not in _SETTABLE:
        raise KeyError(f"an address rewrite entry has no property {name!r}")
    return convert(contract.load()["New-AddressRewriteEntry"].parameters[name], value)
