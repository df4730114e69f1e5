"""The registry of a host: the facts where a real Windows keeps them, what a state adds, and what was written since."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

_EXCHANGE_KEYS = {14: "v14", 15: "v15"}
PROGRAMS = r"C:\Program Files\Microsoft\Exchange Server"
_HIVE: Final = re.compile(r"^(HKLM|HKEY_LOCAL_MACHINE):?\\", re.IGNORECASE)
_Snapshot = tuple[dict[str, dict[str, Any]], dict[str, datetime]]


class Registry:
    """The values of each simulated key below HKLM, by its path in small letters.

    A key is there because it was named: those above it are not made. Not thread-safe: the machine holds the lock.
    """

    def __init__(self, keys: Mapping[str, Mapping[str, Any]], now: Callable[[], datetime]) -> None:
        self._now = now
        self._written: dict[str, datetime] = {}
        self._keys = {
            _path(key): {name: _as_read(value) for name, value in values.items()} for key, values in keys.items()
        }

    def snapshot(self) -> _Snapshot:
        """All of it, to come back to."""
        return self.keys, dict(self._written)

    def restore(self, snapshot: _Snapshot) -> None:
        """Come back to a snapshot."""
        self._keys, self._written = snapshot

    @property
    def keys(self) -> dict[str, dict[str, Any]]:
        """All of it, a copy."""
        return {path: dict(values) for path, values in self._keys.items()}

    def write(self, key: str, values: Mapping[str, Any]) -> None:
        """Make the key if it is not there, and set its values; None deletes one. Capitals do not matter in names."""
        path = _path(key)
        there = self._keys.setdefault(path, {})
        known = {name.lower(): name for name in there}
        for name, value in values.items():
            spelled = known.get(name.lower(), name)
            if value is None:
                there.pop(spelled, None)
            else:
                there[spelled] = _as_read(value)
        self._written[path] = self._now()

    def delete(self, key: str) -> bool:
        """Take away a key without values and without keys below it; whether it is gone. The one above it stays."""
        path = _path(key)
        if self._keys.get(path) or self.below(path):
            return False
        if path in self._keys:
            del self._keys[path]
            if above := path.rpartition("\\")[0]:
                self._keys.setdefault(above, {})
            self._written[path] = self._now()
        return True

    def values(self, key: str) -> dict[str, Any] | None:
        """The values of a key; None where it is not there. One below which keys are is there."""
        path = _path(key)
        found = self._keys.get(path)
        return dict(found) if found is not None else {} if self.below(path) else None

    def below(self, key: str) -> list[str]:
        """The names of the keys right below a key."""
        beginning = f"{_path(key)}\\"
        inside = (other.removeprefix(beginning) for other in self._keys if other.startswith(beginning))
        return sorted({each.partition("\\")[0] for each in inside})

    def written(self, key: str) -> datetime | None:
        """When the key was last written or taken away; None: not since the host is there."""
        return self._written.get(_path(key))


def registry_of(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The facts as values of the keys in which a host has them."""
    return {
        r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters": {
            "Hostname": facts["ComputerName"],
            "Domain": facts["Domain"],
        },
        r"SYSTEM\CurrentControlSet\Control\TimeZoneInformation": {"TimeZoneKeyName": facts["Clock"]["TimeZone"]},
        **_exchange(facts["Exchange"]),
    }


def _exchange(exchange: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Exchange 2007 keeps its setup elsewhere; nothing here asks for it, so nothing is made up."""
    version = _EXCHANGE_KEYS.get(exchange["Major"])
    if version is None:
        return {}
    root = rf"SOFTWARE\Microsoft\ExchangeServer\{version}"
    names = ("MsiProductMajor", "MsiProductMinor", "MsiBuildMajor", "MsiBuildMinor")
    setup = dict(zip(names, map(int, exchange["Build"].split(".")), strict=True))
    roles = {rf"{root}\{role}Role": {"ConfiguredVersion": exchange["Build"]} for role in exchange["Roles"]}
    return {rf"{root}\Setup": {**setup, "MsiInstallPath": rf"{PROGRAMS}\{version.upper()}"}, **roles}


def _path(key: str) -> str:
    return _HIVE.sub("", key).strip("\\").lower()


def _as_read(value: Any) -> Any:
    """A DWORD as PowerShell reads it: 0xFFFFFFFF is -1."""
    if isinstance(value, int) and not isinstance(value, bool) and 2**31 <= value < 2**32:
        return value - 2**32
    return value
