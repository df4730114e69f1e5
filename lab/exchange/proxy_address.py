"""The addresses of a recipient: ``SMTP:`` is the primary one, ``smtp:`` any other, ``X400:`` and ``X500:`` are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.exchange.values import is_domain

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_TYPED = re.compile(r"([A-Za-z][A-Za-z0-9]{0,8}):(.*)", re.DOTALL)


class AddressError(ValueError):
    """A list of addresses that no recipient can have; ``key`` and ``address`` say why, by ``texts``."""

    def __init__(self, key: str, address: str) -> None:
        super().__init__(address)
        self.key = key
        self.address = address


@dataclass(frozen=True)
class ProxyAddress:
    """One address with its type as written: for SMTP, capitals mark the primary one."""

    prefix: str
    address: str

    @classmethod
    def parse(cls, written: str) -> ProxyAddress:
        """Read ``SMTP:a@b``, ``smtp:a@b``, ``a@b`` or ``X500:/o=...``; raises AddressError where it is none."""
        match = _TYPED.fullmatch(written.strip())
        prefix, address = (match[1], match[2].strip()) if match else ("smtp", written.strip())
        if not address or (prefix.lower() == "smtp" and not is_smtp_address(address)):
            raise AddressError("address_invalid", written)
        return cls(prefix, address)

    @property
    def is_smtp(self) -> bool:
        """Whether mail servers know it."""
        return self.prefix.lower() == "smtp"

    @property
    def is_primary(self) -> bool:
        """Whether it is the one with which its recipient sends."""
        return self.prefix == "SMTP"

    @property
    def key(self) -> str:
        """What no other recipient may have: capitals do not matter."""
        return f"{self.prefix}:{self.address}".lower()

    def display(self) -> str:
        """``SMTP:info@beispiel.de``."""
        return f"{self.prefix}:{self.address}"


@dataclass(frozen=True)
class AddressEdit:
    """``@{Add = ...; Remove = ...}``, which Exchange 2010 knows from Service Pack 1."""

    add: tuple[ProxyAddress, ...]
    remove: tuple[ProxyAddress, ...]


Addresses = tuple[ProxyAddress, ...]


def is_smtp_address(written: str) -> bool:
    """Whether it is an address of printable ASCII without quotes, as Exchange 2010 takes it (what else is assumed)."""
    local, at, domain = written.rpartition("@")
    return bool(at) and len(written) <= 315 and len(local) <= 64 and bool(_LOCAL.fullmatch(local)) and is_domain(domain)


def arranged(addresses: Sequence[ProxyAddress]) -> Addresses:
    """The list with exactly one primary SMTP address, if it has any: where none is marked, the first of them.

    Raises AddressError for two primary ones and for an address that is given twice.
    """
    seen: set[str] = set()
    for each in addresses:
        if each.key in seen:
            raise AddressError("convert_twice", each.display())
        seen.add(each.key)
    primary = [each for each in addresses if each.is_primary]
    if len(primary) > 1:
        raise AddressError("primary_twice", primary[1].display())
    first = next((each for each in addresses if each.is_smtp), None)
    return tuple(addresses) if primary or first is None else with_primary(addresses, first.address)


def with_primary(addresses: Iterable[ProxyAddress], primary: str) -> Addresses:
    """The list with that SMTP address as the primary one; the former primary one stays as a secondary one."""
    wanted = ProxyAddress("SMTP", primary)
    rest = [each for each in addresses if each.key != wanted.key]
    return (wanted, *(ProxyAddress("smtp", each.address) if each.is_smtp else each for each in rest))


def edited(addresses: Addresses, edit: AddressEdit) -> Addresses:
    """The list after an edit. A new ``SMTP:`` takes the place of the old primary one, which stays (assumed).

    Raises AddressError for an address that is there already, and where no primary one would be left.
    """
    keys = {each.key for each in addresses}
    for each in edit.add:
        if each.key in keys:
            raise AddressError("convert_twice", each.display())
        addresses = with_primary(addresses, each.address) if each.is_primary else (*addresses, each)
        keys.add(each.key)
    gone = {each.key for each in edit.remove}
    left = tuple(each for each in addresses if each.key not in gone)
    lost = next((each for each in addresses if each.is_primary and each.key in gone), None)
    if lost is not None:
        raise AddressError("primary_removed", lost.display())
    return left


def primary_of(addresses: Iterable[ProxyAddress]) -> str:
    """The primary SMTP address, without its type; empty where there is none."""
    return next((each.address for each in addresses if each.is_primary), "")
