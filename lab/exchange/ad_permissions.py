"""Get-, Add- and Remove-ADPermission, for Receive connectors alone: what else there is shows no permissions here."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from lab.exchange import errors, named_objects
from lab.exchange.ad_permission import (
    ANONYMOUS,
    ANY_RECIPIENT,
    AUTHENTICATED,
    EXTENDED_RIGHTS,
    WELL_KNOWN,
    PermissionEntry,
    Trustee,
)
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.receive_connector import ReceiveConnector
from lab.exchange.receive_connectors import ReceiveConnectors

_OF_THE_CALL: Final = {"Identity", "DomainController", "WhatIf"}
_SIMULATED: Final = {*_OF_THE_CALL, "User", "ExtendedRights", "AccessRights", "Deny"}
_FROM_ABOVE: Final = PermissionEntry(AUTHENTICATED, "ReadProperty", inherited=True)
"""One of the entries that every object of the configuration has from above; the others are left out."""
_STATE_NAMES: Final = {ANONYMOUS: "anonymous", AUTHENTICATED: "users"}
_STATE_KEYS: Final = {"connector", "user", "inherited", "deny", "remove"}


class AdPermissions:
    """The access lists of the connectors. ``is_user`` says whether the directory has an account of that name."""

    def __init__(self, host: ExchangeHost, connectors: ReceiveConnectors, is_user: Callable[[str], bool]) -> None:
        self._host = host
        self._connectors = connectors
        self._is_user = is_user

    def get(self, typed: dict[str, object]) -> Output:
        """Get-ADPermission. Without an identity, or with one that nothing has, it shows everything that there is."""
        command = "Get-ADPermission"
        named_objects.refuse_unknown(self._host, command, typed, {*_OF_THE_CALL, "User"})
        identity = typed.get("Identity")
        chosen = self._connectors.named(identity) if isinstance(identity, str) else []
        user = self._trustee(command, str(typed["User"])) if typed.get("User") else None
        return [
            self._shown(connector, entry)
            for connector in chosen or self._connectors.all
            for entry in (*connector.entries, _FROM_ABOVE)
            if user is None or entry.trustee == user
        ]

    def add(self, typed: dict[str, object]) -> Output:
        """Add-ADPermission; an entry that is there already is warned of."""
        connector, wanted = self._asked("Add-ADPermission", typed)
        new: list[PermissionEntry] = []
        for entry in wanted:
            if entry in connector.entries:
                self._warn("ace_present", connector, entry)
            else:
                new.append(entry)
        if new and not typed.get("WhatIf"):
            self._put(connector, (*connector.entries, *new))
        return [self._shown(connector, entry) for entry in new]

    def remove(self, typed: dict[str, object]) -> Output:
        """Remove-ADPermission: exactly these entries; one that is not there, or inherited, is warned of and stays."""
        connector, wanted = self._asked("Remove-ADPermission", typed)
        gone: set[PermissionEntry] = set()
        for entry in wanted:
            if entry in connector.entries:
                gone.add(entry)
            elif _inherited(entry) in connector.entries:
                self._warn("ace_inherited", connector, entry)
            else:
                self._warn("ace_missing", connector, entry)
        if gone and not typed.get("WhatIf"):
            self._put(connector, (entry for entry in connector.entries if entry not in gone))
        return []

    def edit(self, properties: Mapping[str, Any]) -> None:
        """Put an entry of a state there, or take it away with ``remove: true``. Raises KeyError, ValueError.

        ``connector`` is its name, ``user`` is anonymous, users (whoever has logged in) or a name.
        """
        unknown = properties.keys() - _STATE_KEYS
        if unknown or not {"connector", "user"} <= properties.keys():
            raise KeyError(
                f"a relay right has connector and user, and maybe {sorted(_STATE_KEYS)}; not {sorted(unknown)}"
            )
        name = str(properties["connector"])
        found = [each for each in self._connectors.local if each.Name == name]
        if not found:
            raise ValueError(f"there is no receive connector {name!r}")
        entry = PermissionEntry(
            self._named(str(properties["user"])),
            ANY_RECIPIENT,
            bool(properties.get("deny")),
            bool(properties.get("inherited")),
        )
        kept = tuple(each for each in found[0].entries if each != entry)
        self._put(found[0], kept if properties.get("remove") else (*kept, entry))

    def dump(self) -> list[dict[str, object]]:
        """Every entry about relaying, in the words of a state; those that permission groups give are among them."""
        return [
            {
                "connector": connector.Name,
                "user": _STATE_NAMES.get(entry.trustee, entry.trustee.name),
                "deny": entry.deny,
                "inherited": entry.inherited,
            }
            for connector in self._connectors.all
            for entry in connector.entries
            if entry.right == ANY_RECIPIENT
        ]

    def _asked(self, command: str, typed: dict[str, object]) -> tuple[ReceiveConnector, list[PermissionEntry]]:
        """The connector and the entries that a call is about."""
        named_objects.refuse_unknown(self._host, command, typed, _SIMULATED)
        connector = self._connectors.one(command, str(typed["Identity"]))
        trustee = self._trustee(command, str(typed["User"]))
        rights = [self._right(command, str(each)) for each in _each(typed.get("ExtendedRights"))]
        others = [str(each) for each in _each(typed.get("AccessRights")) if each != "ExtendedRight"]
        if others:
            raise self._host.error(command, "parameter_not_simulated", errors.LOCALIZED, parameter="AccessRights")
        if not rights:
            raise self._host.error(command, "ace_no_right", errors.LOCALIZED)
        return connector, [PermissionEntry(trustee, right, bool(typed.get("Deny"))) for right in rights]

    def _right(self, command: str, written: str) -> str:
        found = next((right for right in EXTENDED_RIGHTS if right.lower() == written.lower()), None)
        if found is None:
            raise self._host.error(command, "ace_right_not_found", errors.OBJECT_NOT_FOUND, right=written)
        return found

    def _trustee(self, command: str, written: str) -> Trustee:
        """By SID, or by a name in the host's own language, whole or without its domain."""
        wanted = written.lower()
        for known in WELL_KNOWN:
            name = known.display(self._host.language).lower()
            if wanted in (name, name.rpartition("\\")[2], (known.sid or name).lower()):
                return known
        found = self._of_an_entry(written)
        if found is None and not self._is_user(_bare(written)):
            raise self._host.error(command, "ace_user_not_found", errors.OBJECT_NOT_FOUND, user=written)
        return found or self._user(written)

    def _of_an_entry(self, written: str) -> Trustee | None:
        """The same account, however an entry spells it."""
        trustees = (entry.trustee for connector in self._connectors.all for entry in connector.entries)
        own = (each for each in trustees if each not in WELL_KNOWN)
        return next((each for each in own if _bare(each.name).lower() == _bare(written).lower()), None)

    def _named(self, user: str) -> Trustee:
        """Whom a state means."""
        known = {_STATE_NAMES.get(each, each.name): each for each in WELL_KNOWN}
        return known.get(user) or self._of_an_entry(user) or self._user(user)

    def _user(self, written: str) -> Trustee:
        domain, backslash, _rest = written.rpartition("\\")
        netbios = domain if backslash else self._host.directory.domain.partition(".")[0]
        return Trustee(f"{netbios.upper()}\\{_bare(written)}")

    def _put(self, connector: ReceiveConnector, entries: Iterable[PermissionEntry]) -> None:
        changed = copy.copy(connector)
        changed.entries = tuple(entries)
        self._connectors.replace(connector, changed)

    def _warn(self, key: str, connector: ReceiveConnector, entry: PermissionEntry) -> None:
        user = entry.trustee.display(self._host.language)
        control = "Deny" if entry.deny else "Allow"
        fields = {"object": connector.DistinguishedName, "user": user, "right": "ExtendedRight", "control": control}
        self._host.warn(key, **fields)

    def _shown(self, connector: ReceiveConnector, entry: PermissionEntry) -> dict[str, object]:
        extended = entry.right in EXTENDED_RIGHTS
        return {
            "Identity": connector.identity,
            "User": entry.trustee.display(self._host.language),
            "AccessRights": ["ExtendedRight"] if extended else [entry.right],
            "ExtendedRights": [entry.right] if extended else None,
            "Deny": entry.deny,
            "IsInherited": entry.inherited,
            "InheritanceType": "All",
            "ChildObjectTypes": None,
            "InheritedObjectType": None,
            "Properties": None,
            "IsValid": True,
        }


def _inherited(entry: PermissionEntry) -> PermissionEntry:
    return PermissionEntry(entry.trustee, entry.right, entry.deny, inherited=True)


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _bare(user: str) -> str:
    """A user's own name, without its domain."""
    return user.rpartition("\\")[2].partition("@")[0]
