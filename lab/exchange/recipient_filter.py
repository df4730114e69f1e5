"""Filters of recipients: the part of Exchange's filter language that the lab understands. All else is refused aloud.

``Property -eq 'Value'``, ``-ne``, ``-like 'a*'``, ``$null``, ``$true``, ``$false``, ``-and``, ``-or``,
``-not``, brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.exchange.recipient import CUSTOM_ATTRIBUTES, Recipient

Matches = Callable[[Recipient], bool]
_TOKEN = re.compile(r"\s*(?:(\(|\)|!)|(-[A-Za-z]+)|(\$[A-Za-z]+)|'((?:[^']|'')*)'|\"([^\"]*)\"|([A-Za-z][A-Za-z0-9]*))")
_WORDS = {"$null": None, "$true": True, "$false": False}


class FilterError(ValueError):
    """What in a filter the lab does not understand."""


def parse_filter(written: str) -> Matches:
    """What decides whether a recipient is meant. Raises FilterError."""
    parser = _Parser(written)
    matches = parser.any_of()
    parser.end()
    return matches


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


class _Parser:
    """Recursive descent: any_of, all_of, single."""

    def __init__(self, written: str) -> None:
        self._tokens = _tokens(written)
        self._at = 0

    def any_of(self) -> Matches:
        parts = [self._all_of()]
        while self._take("operator", "-or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda recipient: any(part(recipient) for part in parts)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise FilterError(self._tokens[self._at].text)

    def _all_of(self) -> Matches:
        parts = [self._single()]
        while self._take("operator", "-and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda recipient: all(part(recipient) for part in parts)

    def _single(self) -> Matches:
        if self._take("operator", "-not") or self._take("bracket", "!"):
            denied = self._single()
            return lambda recipient: not denied(recipient)
        if self._take("bracket", "("):
            inner = self.any_of()
            if not self._take("bracket", ")"):
                raise FilterError(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Matches:
        name, operator, value = self._next("name"), self._next("operator").lower(), self._value()
        read = _PROPERTIES.get(name.lower())
        compare = _COMPARISONS.get(operator)
        if read is None or compare is None:
            raise FilterError(name if read is None else operator)
        holds = compare(value)
        return lambda recipient: holds(read(recipient))

    def _value(self) -> object:
        if self._at < len(self._tokens) and self._tokens[self._at].kind == "word":
            word = self._next("word").lower()
            if word not in _WORDS:
                raise FilterError(word)
            return _WORDS[word]
        return self._next("text")

    def _next(self, kind: str) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind != kind:
            raise FilterError(self._tokens[self._at].text if self._at < len(self._tokens) else "...")
        self._at += 1
        return self._tokens[self._at - 1].text

    def _take(self, kind: str, text: str) -> bool:
        found = self._at < len(self._tokens) and self._tokens[self._at] == _Token(kind, text)
        self._at += found
        return found


def _tokens(written: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(written.rstrip()):
        match = _TOKEN.match(written, at)
        if match is None:
            raise FilterError(written[at : at + 20].strip())
        bracket, operator, word, single, double, name = match.groups()
        kinds = {"bracket": bracket, "operator": operator and operator.lower(), "word": word, "name": name}
        kinds["text"] = single.replace("''", "'") if single is not None else double
        tokens += [_Token(kind, text) for kind, text in kinds.items() if text is not None]
        at = match.end()
    return tokens


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


_COMPARISONS = {"-eq": _is, "-ne": _is_not, "-like": _is_like}
_PROPERTIES: dict[str, Callable[[Recipient], object]] = {
    "emailaddresses": lambda one: [each.display() for each in one.addresses],
    "externalemailaddress": lambda one: one.ExternalEmailAddress and one.ExternalEmailAddress.display(),
    "guid": lambda one: one.Guid,
    "primarysmtpaddress": lambda one: one.primary,
    "recipienttype": lambda one: one.kind.type,
    **{
        name.lower(): (lambda one, name=name: getattr(one, name))  # type: ignore[misc]
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
    **{name.lower(): (lambda one, name=name: one.attributes.get(name)) for name in CUSTOM_ATTRIBUTES},  # type: ignore[misc]
}
