# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""E-mail addresses: as an inventory writes them, as Exchange lists them, and what SMTP takes.

Exchange lists a recipient's addresses with a type before each: ``SMTP:`` in capitals marks the primary one, ``smtp:``
the others, ``X400:``, ``X500:`` and so on are no SMTP (Microsoft's reference of Set-Mailbox). Capitals of an address
itself do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from typing import Any

from ..options.values import Kind

PRIMARY, SECONDARY = "SMTP:", "smtp:"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})+")


def fits_local(local: str) -> bool:
    """Whether SMTP takes this before the @ as it is (RFC 5321: letters, digits and some signs, no umlauts)."""
    return _LOCAL.fullmatch(local) is not None


def fits(address: str) -> bool:
    """Whether SMTP takes this address as it is."""
    local, _at, domain = address.rpartition("@")
    return fits_local(local) and _DOMAIN.fullmatch(domain) is not None


def domain_of(address: str) -> str:
    """The domain of an address in small letters; the empty text where there is none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def smtp_addresses(entries: Iterable[str]) -> list[str]:
    """The SMTP addresses among a recipient's entries, in small letters, without their type."""
    return [entry[5:].lower() for entry in entries if entry[:5].lower() == SECONDARY]


def with_primary(entries: tuple[str, ...], target: str) -> tuple[str, ...]:
    """The entries with another primary address: the old one stays as a secondary one, every other stays as it is.

    The order is kept; an address that is there already is raised where it stands, a new one comes first.
    """
    wanted = target.lower()
    raised = False
    after: list[str] = []
    for entry in entries:
        if not raised and entry[:5].lower() == SECONDARY and entry[5:].lower() == wanted:
            after.append(PRIMARY + entry[5:])
            raised = True
        else:
            after.append(SECONDARY + entry[5:] if entry.startswith(PRIMARY) else entry)
    return tuple(after) if raised else (PRIMARY + target, *after)


class DomainName(Kind):
    """A mail domain, in small letters."""

    def parse(self, value: Any) -> Hashable:
        text = value.strip().removeprefix("@").lower() if isinstance(value, str) else ""
        _refuse_umlauts(text)
        if not _DOMAIN.fullmatch(text):
            raise ValueError("a domain such as beispiel.de")
        return text


class Address(Kind):
    """An e-mail address; capitals of its name are kept, its domain is in small letters."""

    def parse(self, value: Any) -> Hashable:
        text = value.strip() if isinstance(value, str) else ""
        _refuse_umlauts(text)
        if not fits(text):
            raise ValueError("an address such as info@beispiel.de")
        local, _at, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"


class AddressOrDomain(Kind):
    """One or the other."""

    def parse(self, value: Any) -> Hashable:
        one = Address() if isinstance(value, str) and "@" in value.strip()[1:] else DomainName()
        return one.parse(value)


def _refuse_umlauts(text: str) -> None:
    """Exchange 2010 and most providers speak plain SMTP; which punycode a domain would need is not guessed."""
    if not text.isascii():
        raise ValueError(
            "plain ASCII (mail of Exchange 2010 knows no umlauts; write a domain in its punycode form, xn--..., as the"
            " provider shows it)"
        )
