# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of values: how a declaration is written, how Exchange prints it, when the two are equal.

A kind turns both into one canonical, hashable form: strictly for a declaration (ValueError says what was expected),
leniently for a host (what cannot be read becomes ``Unreadable``, which equals nothing). Forms of Exchange 2010:
REF18 and printed objects, see docs/send_connector.md.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UNLIMITED = "unlimited"
_MOST_BITS = 1024
_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True)
class Unreadable:
    """A value of the host that the kind does not understand; it equals no declaration and is shown as it came."""

    raw: str


class Kind:
    """A kind of value. ``ansible_type`` is the option's type in Ansible's documentation."""

    ansible_type = "str"
    elements: str | None = None
    choices: tuple[str, ...] = ()
    nothing: Hashable = None
    """The canonical form of what has no value."""

    def parse(self, value: Any) -> Hashable:
        """The canonical form of a declared value; ValueError with what was expected."""
        raise NotImplementedError  # pragma: no cover

    def host(self, value: Any) -> Hashable:
        """The canonical form of a value read on the host; never raises."""
        try:
            return None if value is None else self.parse(value)
        except ValueError:
            return Unreadable(str(value))

    def parameter(self, canonical: Hashable) -> Any:
        """The canonical form as a cmdlet's parameter (plain JSON)."""
        return canonical

    def show(self, canonical: Hashable) -> Any:
        """The canonical form for a person, in a diff (plain JSON)."""
        return canonical.raw if isinstance(canonical, Unreadable) else canonical


class Text(Kind):
    """Free text on one or more lines; the empty text is no text."""

    def __init__(self, longest: int = 1024) -> None:
        self.longest = longest

    def parse(self, value: Any) -> Hashable:
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise ValueError("a text")
        text = str(value) if is_writable(value) else ""
        if len(text) > self.longest or not is_writable(value):
            raise ValueError(f"a text of at most {self.longest} characters")
        if any(ord(character) < 32 and character not in "\r\n\t" for character in text):
            raise ValueError("a text without control characters")
        return text or None


class Trimmed(Text):
    """A text without the blanks around it; one of blanks alone is no text."""

    def parse(self, value: Any) -> Hashable:
        text = super().parse(value)
        return str(text).strip() or None if text is not None else None


class Boolean(Kind):
    """Yes or no, as Ansible reads it."""

    ansible_type = "bool"
    _words = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}

    def parse(self, value: Any) -> Hashable:
        if isinstance(value, bool):
            return bool(value)
        word = self._words.get(value.strip().lower()) if isinstance(value, str) else None
        if word is None:
            raise ValueError("true or false")
        return word


def is_true(declared: Any) -> bool:
    """Whether something that is declared elsewhere, and checked there, means yes."""
    with suppress(ValueError):
        return Boolean().parse(declared) is True
    return False


class Integer(Kind):
    """A whole number within bounds, both included."""

    ansible_type = "int"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def parse(self, value: Any) -> Hashable:
        number = value
        if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,12}\s*", value):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not self.least <= number <= self.most:
            raise ValueError(f"a whole number from {self.least} to {self.most}")
        return int(number)


class Limit(Kind):
    """A whole number within bounds, both included, or ``unlimited``."""

    def __init__(self, least: int, most: int) -> None:
        self._number = Integer(least, most)

    def parse(self, value: Any) -> Hashable:
        if isinstance(value, str) and value.strip().lower() == UNLIMITED:
            return UNLIMITED
        try:
            return self._number.parse(value)
        except ValueError as error:
            raise ValueError(f"{error}, or {UNLIMITED}") from error


class Choice(Kind):
    """One of Exchange's enumeration values; capitals do not matter in a declaration."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices
        self._known = {choice.lower(): choice for choice in choices}

    def parse(self, value: Any) -> Hashable:
        known = self._known.get(value.strip().lower()) if isinstance(value, str) else None
        if known is None:
            raise ValueError("one of " + ", ".join(self.choices))
        return known


class Flags(Kind):
    """A set of enumeration values that Exchange prints with commas; ``none`` stands alone for no flag."""

    ansible_type = "list"
    elements = "str"

    def __init__(self, none: str, *choices: str) -> None:
        self.none, self.choices = none, (none, *choices)
        self._choice = Choice(*self.choices)

    def parse(self, value: Any) -> Hashable:
        names = frozenset(str(self._choice.parse(part)) for part in _parts(value))
        if not names or (self.none in names and len(names) > 1):
            raise ValueError(f"{self.none} alone, or any of " + ", ".join(self.choices[1:]))
        return names

    def parameter(self, canonical: Hashable) -> Any:
        return ", ".join(sorted(_members(canonical)))

    def show(self, canonical: Hashable) -> Any:
        return canonical.raw if isinstance(canonical, Unreadable) else sorted(_members(canonical))


class Size(Kind):
    """Bytes within bounds, both included and rounded up to whole KB as Exchange does, or ``unlimited`` where it may be.

    Exchange prints ``10 MB (10,485,760 bytes)``, with the server's own thousands separator: the digits in
    brackets count.
    """

    def __init__(self, most: int, least: int = 0, unlimited: bool = True) -> None:
        self.most, self.least, self.unlimited = most, least, unlimited
        self._or_unlimited = f", or {UNLIMITED}" if unlimited else ""

    def parse(self, value: Any) -> Hashable:
        text = _written(value)
        if text.lower() == UNLIMITED and self.unlimited:
            return UNLIMITED
        match = re.fullmatch(r"(\d{1,19}(?:\.\d{1,6})?)\s*(B|KB|MB|GB|TB)?", text, re.IGNORECASE)
        if match is None:
            raise ValueError(f"a number of bytes, a size such as 10MB{self._or_unlimited}")
        written = Fraction(match[1]) * _UNITS[(match[2] or "B").upper()]
        size = math.ceil(written / 1024) * 1024
        if written < self.least or size > self.most + 1:
            least = f"at least {self.least} and " if self.least else ""
            raise ValueError(f"{least}at most {self.most} bytes{self._or_unlimited}")
        return size

    def host(self, value: Any) -> Hashable:
        inside = re.search(r"\((\d[\d.,'\s\u00a0\u202f]*)[^\d)]*\)", str(value))
        if inside is None:
            return super().host(value)
        return int("".join(character for character in inside[1] if character.isdecimal()))

    def parameter(self, canonical: Hashable) -> Any:
        # Exchange takes no more than the bound, and rounds the bound itself up to whole KB.
        return str(min(canonical, self.most) if isinstance(canonical, int) else canonical)

    def show(self, canonical: Hashable) -> Any:
        if not isinstance(canonical, int):
            return super().show(canonical)
        for unit in ("TB", "GB", "MB", "KB"):
            if canonical and canonical % _UNITS[unit] == 0:
                return f"{canonical // _UNITS[unit]}{unit}"
        return f"{canonical}B"


class TimeSpan(Kind):
    """Seconds. Written ``00:10:00``, ``1.00:00:00`` or as a number of seconds (YAML turns ``10:00:00`` into one)."""

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def parse(self, value: Any) -> Hashable:
        match = re.fullmatch(r"(?:(\d{1,5})\.)?(\d{1,2}):([0-5]?\d):([0-5]?\d)(?:\.0+)?", _written(value))
        if match and int(match[2]) < 24:
            days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        elif re.fullmatch(r"\d{1,9}", _written(value)):
            total = int(_written(value))
        else:
            raise ValueError("a time span such as 00:10:00 or 1.00:00:00, or a number of seconds")
        if not self.least <= total <= self.most:
            raise ValueError(f"a time span from {self.text(self.least)} to {self.text(self.most)}")
        return total

    @staticmethod
    def text(seconds: int) -> str:
        """Seconds as .NET prints a time span."""
        days, rest = divmod(seconds, 86400)
        clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        return f"{days}.{clock}" if days else clock

    def parameter(self, canonical: Hashable) -> Any:
        return self.text(canonical) if isinstance(canonical, int) else canonical

    def show(self, canonical: Hashable) -> Any:
        return self.text(canonical) if isinstance(canonical, int) else super().show(canonical)


class Names(Kind):
    """A set of names in which neither order nor capitals matter."""

    ansible_type = "list"
    elements = "str"
    nothing: Hashable = frozenset()

    def parse(self, value: Any) -> Hashable:
        return frozenset(self.each(value))

    def each(self, value: Any) -> list[str]:
        """The canonical forms of all declared names in their order; ValueError with what was expected."""
        return [self.one(part) for part in _parts(value)]

    def host(self, value: Any) -> Hashable:
        """Each by itself: one that cannot be read (an X.400 address, say) must not hide the others."""
        return frozenset(map(self._lenient, value)) if isinstance(value, list) else super().host(value)

    def one(self, part: str) -> str:
        """The canonical form of one name; ValueError with what was expected."""
        return part.lower()

    def one_of_host(self, part: str) -> str:
        """The canonical form of one name as the host tells it; ValueError with what was expected."""
        return self.one(part)

    def _lenient(self, part: Any) -> str:
        try:
            return self.one_of_host(part.strip())
        except (AttributeError, ValueError):
            return str(part)

    def parameter(self, canonical: Hashable) -> Any:
        return sorted(_members(canonical)) or None

    def show(self, canonical: Hashable) -> Any:
        return canonical.raw if isinstance(canonical, Unreadable) else sorted(_members(canonical))


class ServerNames(Names):
    """Exchange servers; a full domain name counts as its first label, since Exchange prints that alone."""

    def one(self, part: str) -> str:
        bare = part.lower()
        if not _HOST_NAME.fullmatch(bare):
            raise ValueError("server names such as SBS")
        return bare.partition(".")[0]


class SmartHosts(Names):
    """Host names or IP addresses of smart hosts; Exchange prints an address in brackets."""

    def one(self, part: str) -> str:
        bare = part.strip().strip("[]").rstrip(".").lower()
        address = ip_address(bare)
        if address is None and not (_HOST_NAME.fullmatch(bare) and re.search(r"[a-z]", bare)):
            raise ValueError("host names such as smtp.strato.de, or IP addresses")
        return bare if address is None else str(address)


class AddressSpaces(Names):
    """Address spaces ``type:space;cost``; ``*`` is ``SMTP:*;1``. Canonical as Exchange prints it, without the
    ``Local:`` that it puts before those of a connector that is scoped, which is a property of its own."""

    def one(self, part: str) -> str:
        match = re.fullmatch(r"(?:([A-Za-z0-9]{1,16}):)?([^\s;:]+)(?:;\s*(\d{1,3}))?", part.strip())
        cost = int(match[3] or 1) if match else 0
        if match is None or not 1 <= cost <= 100:
            raise ValueError("address spaces such as *, beispiel.de or SMTP:*;1 with a cost from 1 to 100")
        kind, space = (match[1] or "SMTP").upper(), match[2]
        if kind != "SMTP":
            return f"{kind}:{space};{cost}"
        if space != "*" and not _HOST_NAME.fullmatch(space.lower().removeprefix("*.")):
            raise ValueError("SMTP address spaces that are *, a domain such as beispiel.de, or *.beispiel.de")
        return f"SMTP:{space.lower()};{cost}"

    def one_of_host(self, part: str) -> str:
        return self.one(re.sub(r"^local:(?=.*[^\s:])", "", part, flags=re.IGNORECASE))


class HostName(Kind):
    """A fully qualified domain name, without regard to capitals."""

    def __init__(self, wildcard: bool = False) -> None:
        self.wildcard = wildcard

    def parse(self, value: Any) -> Hashable:
        if value == "":
            return None
        name = value.strip().rstrip(".").lower() if isinstance(value, str) else ""
        bare = name.removeprefix("*.") if self.wildcard else name
        if not _HOST_NAME.fullmatch(bare):
            raise ValueError("a domain name such as mail.beispiel.de")
        return name


class LocalPath(Kind):
    """A folder on a drive of the host; the empty text is no folder. Capitals count, a backslash at the end does not."""

    def parse(self, value: Any) -> Hashable:
        if value == "":
            return None
        path = value.strip() if isinstance(value, str) else ""
        if not re.fullmatch(r'[A-Za-z]:\\[^/:*?"<>|\x00-\x1f]{0,240}', path):
            raise ValueError("a full path on a drive of the host, such as D:\\Logs")
        bare = path.rstrip("\\ ")
        return f"{bare}\\" if len(bare) == len("D:") else bare


class IpAddress(Kind):
    """An IPv4 or IPv6 address."""

    def parse(self, value: Any) -> Hashable:
        address = ip_address(value.strip()) if isinstance(value, str) else None
        if address is None:
            raise ValueError("an IP address")
        return str(address)


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text is, or None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def time_zone(value: Any) -> ZoneInfo | None:
    """The time zone of that name, or None. Names of the database begin with a capital; what lies beside them there is
    none of them (``localtime``, ``posixrules``) or counts leap seconds (``right/...``)."""
    if not isinstance(value, str) or value == "Factory" or not re.fullmatch(r"[A-Z][A-Za-z0-9_+/-]*", value):
        return None
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_writable(value: object) -> bool:
    """Whether Python writes a value in digits: it refuses numbers of some thousand."""
    return not isinstance(value, int) or value.bit_length() <= _MOST_BITS


def _written(value: Any) -> str:
    """A text or a number as a text, without blanks around it; the empty text for anything else."""
    known = isinstance(value, (str, int, float)) and not isinstance(value, bool) and is_writable(value)
    return str(value).strip() if known else ""


def _parts(value: Any) -> Sequence[str]:
    """A list of texts; a single text is split at commas, as Ansible does for lists."""
    parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple, set, frozenset)):
        raise ValueError("a list of texts")
    if not all(isinstance(part, str) and part.strip() for part in parts):
        raise ValueError("a list of texts, none of them empty")
    return [part.strip() for part in parts]


def _members(canonical: Hashable) -> frozenset[str]:
    return canonical if isinstance(canonical, frozenset) else frozenset()
