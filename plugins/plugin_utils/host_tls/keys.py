# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry keys of TLS: one row each, and which of their values a declaration takes. Only ever added to: whatever
is allowed stays so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ..agent.tls_facts import SCHANNEL, VALUES, Version, end_state

PROTOCOL = "TLS 1.2"
SYSTEM_DEFAULT, SECURE_PROTOCOLS = "SystemDefaultTlsVersions", "DefaultSecureProtocols"
WINHTTP_DEFAULT = 0xA0
"""What WinHTTP offers where no value says so: SSL 3.0 and TLS 1.0."""
TLS11_AND_12 = 0x200 | 0x800
WINDOWS_8_1 = (6, 3)
"""The first Windows, as Server 2012 R2, whose WinHTTP offers TLS 1.1 and 1.2 by itself."""
_DWORD = 2**32
_VIEWS = ("SOFTWARE", r"SOFTWARE\Wow6432Node")
"""Of 64-bit and of 32-bit programs."""

Numbers = Mapping[str, int]
"""The DWORDs of a key by name; what is absent is not in it."""


@dataclass(frozen=True)
class Row:
    """One key below HKLM: the option that manages it, the values that it may be given, and ``wanted``: those of them
    that it takes on this version of Windows, given what is there. ``parents``: keys above it that may be absent."""

    path: str
    option: str
    names: tuple[str, ...]
    wanted: Callable[[Numbers, Version | None], Numbers]
    parents: tuple[str, ...] = ()


def is_on(numbers: Numbers, windows: Version | None) -> bool | None:
    """Whether TLS 1.2 is spoken with these values by who names no versions; None: unknown."""
    on = end_state(PROTOCOL, numbers, windows)["on"]
    return on if isinstance(on, bool) else None


def _schannel(numbers: Numbers, windows: Version | None) -> Numbers:
    """Nothing where it is on already: since Windows 8 without any value. A value that says so already stays."""
    if is_on(numbers, windows):
        return {}
    enabled, hidden = VALUES
    wanted = {} if numbers.get(enabled) else {enabled: 1}
    return wanted if numbers.get(hidden) == 0 else {**wanted, hidden: 0}


def _dotnet(numbers: Numbers, windows: Version | None) -> Numbers:
    return {} if numbers.get(SYSTEM_DEFAULT) == 1 else {SYSTEM_DEFAULT: 1}


def _winhttp(numbers: Numbers, windows: Version | None) -> Numbers:
    """From Windows 8.1 on, an absent value stands for more than ours would."""
    found = numbers.get(SECURE_PROTOCOLS)
    if found is None and windows and windows >= WINDOWS_8_1:
        return {}
    allowed = (WINHTTP_DEFAULT if found is None else found % _DWORD) | TLS11_AND_12
    wanted = allowed if allowed < _DWORD // 2 else allowed - _DWORD  # as .NET shows it
    return {} if found == wanted else {SECURE_PROTOCOLS: wanted}


def _rows() -> Iterable[Row]:
    for end in ("Client", "Server"):
        path = SCHANNEL[PROTOCOL, end]
        yield Row(path, end.lower(), VALUES, _schannel, (path.rpartition("\\")[0],))
    for view in _VIEWS:
        for clr in ("v2.0.50727", "v4.0.30319"):
            yield Row(rf"{view}\Microsoft\.NETFramework\{clr}", "dotnet", (SYSTEM_DEFAULT,), _dotnet)
    for view in _VIEWS:
        path = rf"{view}\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
        yield Row(path, "winhttp", (SECURE_PROTOCOLS,), _winhttp)


ROWS = tuple(_rows())
"""In the order in which they are written."""
CLIENT = ROWS[0]
NAMES = {row.path: row.names for row in ROWS} | {parent: () for row in ROWS for parent in row.parents}
"""Every key that may be written, or made on the way, with its values."""


def rows_of(managed: Iterable[str]) -> tuple[Row, ...]:
    """The rows of these options."""
    options = set(managed)
    return tuple(row for row in ROWS if row.option in options)


def with_parents(rows: Iterable[Row]) -> tuple[str, ...]:
    """The paths of these rows, each parent once, after all that is below it."""
    listed = list(rows)
    return tuple(dict.fromkeys([*(row.path for row in listed), *(each for row in listed for each in row.parents)]))


def shown(path: str) -> str:
    """How people call a key."""
    return f"HKLM\\{path}"
