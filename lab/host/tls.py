"""Which versions of TLS a host's programs offer as clients: Windows' defaults, the SCHANNEL keys, Exchange's build.

Each key below ``SCHANNEL\\Protocols\\TLS x\\Client`` has ``Enabled`` (0: not to be had at all) and
``DisabledByDefault`` (not 0: only for whoever asks for that version by its name). What is absent is Windows' default,
which differs (Microsoft: "Protocols in TLS/SSL", "TLS registry settings"). That half a key means its value and the
default of the other one is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")
PROTOCOLS: Final = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
PREPARED: Final = {rf"{PROTOCOLS}\TLS 1.2\Client": {"Enabled": 1, "DisabledByDefault": 0}}
"""What an administrator has set on a host that sends to a provider of today."""

# SP3 RU9: from here on Exchange 2010's SMTP follows SCHANNEL (KB3029667).
FOLLOWS_SCHANNEL: Final = (14, 3, 235, 1)
# From which build of Windows on: known at all; offered without being asked for by name.
_KNOWN: Final = {"1.0": (0,), "1.1": (6, 1), "1.2": (6, 1), "1.3": (10, 0, 20348)}
_OFFERED: Final = {"1.0": (0,), "1.1": (6, 2), "1.2": (6, 2), "1.3": (10, 0, 20348)}

Keys = Mapping[str, Mapping[str, Any]]
"""A registry: values by the path of their key in small letters."""


def offered_by_default(keys: Keys, windows: str) -> tuple[str, ...]:
    """What a program offers that names no version, oldest first."""
    number = _numbers(windows)
    return tuple(
        version
        for version in _usable(VERSIONS, keys, windows)
        if not _value(keys, version, "DisabledByDefault", 0 if number >= _OFFERED[version] else 1)
    )


def offered_by_name(wanted: Iterable[str], keys: Keys, windows: str) -> tuple[str, ...]:
    """What of these versions a program offers that asks for them by name, oldest first."""
    return tuple(_usable(wanted, keys, windows))


def follows_schannel(build: str) -> bool:
    """Whether the SMTP of this build of Exchange 2010 does; older ones were built for TLS 1.0."""
    return _numbers(build) >= FOLLOWS_SCHANNEL


def _usable(wanted: Iterable[str], keys: Keys, windows: str) -> list[str]:
    number = _numbers(windows)
    return [each for each in sorted(wanted) if number >= _KNOWN[each] and _value(keys, each, "Enabled", 1)]


def _value(keys: Keys, version: str, name: str, otherwise: int) -> bool:
    values = keys.get(rf"{PROTOCOLS}\TLS {version}\Client".lower(), {})
    return bool(next((value for known, value in values.items() if known.lower() == name.lower()), otherwise))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
