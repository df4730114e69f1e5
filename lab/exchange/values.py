"""Typed values of Exchange and the text forms in which a host reads and prints them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta

from lab.exchange.texts import Language

_UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_SIZE = re.compile(r"(\d+)\s*(B|KB|MB|GB|TB)?", re.IGNORECASE)
_PRINTED_SIZE = re.compile(r".*\(([\d.,\u00a0' ]+) bytes\)")
_TIME_SPAN = re.compile(r"(-)?(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")


@dataclass(frozen=True)
class Credential:
    """A login as ``PSCredential`` holds it; the password never shows in its repr."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credential(username={self.username!r})"


@dataclass(frozen=True)
class Size:
    """``Unlimited<ByteQuantifiedSize>``: a number of bytes, or None for unlimited."""

    bytes: int | None

    @classmethod
    def parse(cls, value: int | str) -> Size:
        """Read ``10MB``, ``unlimited``, a number of bytes or a size as a host prints it; else ValueError."""
        written = str(value).strip()
        if written.lower() == "unlimited":
            return cls(None)
        if printed := _PRINTED_SIZE.fullmatch(written):
            return cls(int(re.sub(r"\D", "", printed[1])))
        if match := _SIZE.fullmatch(written):
            return cls(int(match[1]) * _UNITS[(match[2] or "B").upper()])
        raise ValueError(written)

    def rounded_up_to_kb(self) -> Size:
        """As a Send connector stores it: 1,048,577 bytes become 1,025 KB."""
        return self if self.bytes is None else Size(-(-self.bytes // 1024) * 1024)

    def allows(self, other: Size) -> bool:
        """Whether the other is no larger than this one."""
        return self.bytes is None or (other.bytes is not None and other.bytes <= self.bytes)

    def display(self, language: Language) -> str:
        """``10 MB (10,485,760 bytes)``; a German server writes the digits with points."""
        if self.bytes is None:
            return "unlimited"
        unit = max((u for u in _UNITS if self.bytes >= _UNITS[u]), key=_UNITS.__getitem__, default="B")
        short = f"{self.bytes / _UNITS[unit]:.4g}" if unit != "B" else str(self.bytes)
        digits = f"{self.bytes:,}"
        if language == "de":
            short, digits = short.replace(".", ","), digits.replace(",", ".")
        return f"{short} {unit} ({digits} bytes)"


def parse_time_span(value: int | str) -> timedelta:
    """Read a .NET time span: ``[-][d.]hh:mm[:ss[.fff]]``, whole days, or ticks of 100 ns if it is a number."""
    if isinstance(value, int):
        return timedelta(microseconds=value / 10)
    written = value.strip()
    if written.isdigit():
        return timedelta(days=int(written))
    match = _TIME_SPAN.fullmatch(written)
    if match is None or int(match[3]) > 23 or int(match[4]) > 59 or int(match[5] or 0) > 59:
        raise ValueError(written)
    fraction = int((match[6] or "0").ljust(7, "0")) / 10
    span = timedelta(int(match[2] or 0), int(match[5] or 0), fraction, 0, int(match[4]), int(match[3]))
    return -span if match[1] else span


def display_time_span(span: timedelta) -> str:
    """As ``TimeSpan.ToString()`` gives it: ``00:10:00``, ``1.00:00:00``; the same in every language."""
    days = f"{span.days}." if span.days else ""
    fraction = f".{span.microseconds * 10:07d}" if span.microseconds else ""
    hours, rest = divmod(span.seconds, 3600)
    return f"{days}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}{fraction}"


@dataclass(frozen=True)
class Limit:
    """``Unlimited<Int32>``: a number of something, or None for unlimited."""

    number: int | None

    @classmethod
    def parse(cls, value: int | str) -> Limit:
        """Read ``20``, a number or ``unlimited``; else ValueError."""
        written = str(value).strip()
        return cls(None if written.lower() == "unlimited" else int(written))

    def display(self) -> str:
        """``20`` or ``unlimited``, the same in every language."""
        return "unlimited" if self.number is None else str(self.number)

    def allows(self, other: Limit) -> bool:
        """Whether the other is no higher than this one."""
        return self.number is None or (other.number is not None and other.number <= self.number)


@dataclass(frozen=True)
class AddressSpace:
    """What a Send connector routes: ``Type:Space;Cost``, cost 1..100."""

    type: str
    space: str
    cost: int

    @classmethod
    def parse(cls, written: str) -> AddressSpace:
        """Read ``*``, ``contoso.com;2``, ``SMTP:*.contoso.com;5``, ``X400:o=MySite;c=us;1``; else ValueError."""
        kind, colon, rest = written.strip().partition(":")
        kind, rest = (kind.strip(), rest.strip()) if colon else ("SMTP", kind.strip())
        space, semicolon, cost = rest.rpartition(";")
        if not semicolon:
            space, cost = rest, "1"
        if not kind or not space or not re.fullmatch(r"\d{1,3}", cost) or not 1 <= int(cost) <= 100:
            raise ValueError(written)
        if kind.upper() == "SMTP":
            kind = "SMTP"
            if space != "*" and not is_domain(space.removeprefix("*.")):
                raise ValueError(written)
        return cls(kind, space, int(cost))

    def display(self) -> str:
        """The canonical form, ``SMTP:*;1``."""
        return f"{self.type}:{self.space};{self.cost}"


def parse_smart_host(written: str) -> str:
    """A smart host as a host prints it: an FQDN, or an IP address in brackets; else ValueError."""
    bare = written.strip()
    if bare.startswith("[") and bare.endswith("]"):
        return f"[{ipaddress.ip_address(bare[1:-1])}]"
    try:
        return f"[{ipaddress.ip_address(bare)}]"
    except ValueError:
        if not is_domain(bare) or re.fullmatch(r"[\d.]+", bare):
            raise ValueError(written) from None
        return bare


def is_local_path(written: str) -> bool:
    """Whether the text is a full path on a drive of the host, ``C:\\Logs``."""
    return re.fullmatch(r'[A-Za-z]:\\[^/:*?"<>|\x00-\x1f]*', written) is not None


def is_domain(written: str) -> bool:
    """Whether the text can be a domain name in DNS."""
    return len(written) <= 255 and _DOMAIN.fullmatch(written) is not None
