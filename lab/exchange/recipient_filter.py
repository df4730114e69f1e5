"""Filters of recipients: the part of Exchange's filter language that the lab understands for them.

``Property -eq 'Value'``, ``-ne``, ``-like 'a*'``, ``$null``, ``$true``, ``$false``, ``-and``, ``-or``,
``-not``, brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lab.exchange.opath import Dialect, Getter, Matches, parse_filter
from lab.exchange.recipient import CUSTOM_ATTRIBUTES


def parse_recipient_filter(written: str) -> Matches:
    """What decides whether a recipient is meant. Raises FilterError."""
    return parse_filter(written, _DIALECT)


def _is(value: object) -> Callable[[object], bool]:
    """``$null`` is no value at all; of a list one entry is enough; capitals do not matter."""
    if value is None:
        return lambda found: not found and found is not False
    wanted = str(value).lower()
    return lambda found: any(str(each).lower() == wanted for each in _each(found))


def _is_not(value: object) -> Callable[[object], bool]:
    holds = _is(value)
    return lambda found: not holds(found)


def _is_like(value: object) -> Callable[[object], bool]:
    pattern = re.compile(".*".join(map(re.escape, str(value).split("*"))), re.IGNORECASE | re.DOTALL)
    return lambda found: any(pattern.fullmatch(str(each)) for each in _each(found))


def _each(found: object) -> list[object]:
    return found if isinstance(found, list) else [] if found is None else [found]


_PROPERTIES: Final[dict[str, Getter]] = {
    "EmailAddresses": lambda one: [each.display() for each in one.addresses],
    "ExternalEmailAddress": lambda one: one.ExternalEmailAddress and one.ExternalEmailAddress.display(),
    "Guid": lambda one: one.Guid,
    "PrimarySmtpAddress": lambda one: one.primary,
    "RecipientType": lambda one: one.kind.type,
    **{
        name: (lambda one, name=name: getattr(one, name))  # type: ignore[misc]
        for name in (
            "Alias",
            "Company",
            "Department",
            "DisplayName",
            "EmailAddressPolicyEnabled",
            "FirstName",
            "HiddenFromAddressListsEnabled",
            "Initials",
            "LastName",
            "Name",
            "RecipientTypeDetails",
            "StateOrProvince",
            "WindowsEmailAddress",
        )
    },
    **{name: (lambda one, name=name: one.attributes.get(name)) for name in CUSTOM_ATTRIBUTES},  # type: ignore[misc]
}
_DIALECT: Final = Dialect(
    _PROPERTIES,
    {"-eq": _is, "-ne": _is_not, "-like": _is_like},
    words={"$null": None, "$true": True, "$false": False},
)
