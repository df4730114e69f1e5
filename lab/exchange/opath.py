"""Exchange's filter language, OPATH: comparisons of properties with values, joined. What is not known is refused aloud.

Which properties, operators and forms a cmdlet's filters may have is said by its Dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Matches = Callable[[Any], bool]
Getter = Callable[[Any], object]
Operator = Callable[[Any], Callable[[Any], bool]]
"""From the value that a filter names to the test of the value that an object has."""

_NAME: Final = re.compile(r"[A-Za-z]\w*")
_OPERATOR: Final = re.compile(r"-[A-Za-z]+")
_QUOTED: Final = re.compile(r"'((?:[^']|'')*)'|\"([^\"]*)\"")
_WORD: Final = re.compile(r"\$[A-Za-z]+")
_BARE: Final = re.compile(r"[^\s'\"]+")
_TOKENS: Final = (_NAME, _OPERATOR, _WORD, re.compile(r"[()!]"))
_SHOWN: Final = 20  # characters of what is no token at all


class FilterError(ValueError):
    """The part of a filter that is not understood."""


@dataclass(frozen=True)
class Dialect:
    """``properties`` and ``operators`` by their names, whatever the capitals.

    ``nested``: there are ``-or``, ``-not`` (or ``!``) and brackets beside ``-and``. ``words`` are values that stand
    without quotation marks; ``bare``: any value may, and braces around the whole filter are none of it.
    """

    properties: Mapping[str, Getter]
    operators: Mapping[str, Operator]
    nested: bool = True
    words: Mapping[str, object] = field(default_factory=dict)
    bare: bool = False


def parse_filter(written: str, dialect: Dialect) -> Matches:
    """What decides whether an object is meant. Raises FilterError."""
    text = written.strip()
    parser = _Parser(text.removeprefix("{").removesuffix("}") if dialect.bare else text, dialect)
    matches = parser.any_of()
    parser.end()
    return matches


class _Parser:
    """Recursive descent: any_of, all_of, single."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text = text
        self._dialect = dialect
        self._at = 0

    def any_of(self) -> Matches:
        parts = [self._all_of()]
        while self._dialect.nested and self._take("-or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda thing: any(part(thing) for part in parts)

    def end(self) -> None:
        if self._blank() < len(self._text):
            raise self._error()

    def _all_of(self) -> Matches:
        parts = [self._single()]
        while self._take("-and"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda thing: all(part(thing) for part in parts)

    def _single(self) -> Matches:
        if self._dialect.nested and (self._take("-not") or self._take("!")):
            denied = self._single()
            return lambda thing: not denied(thing)
        if self._dialect.nested and self._take("("):
            inner = self.any_of()
            if not self._take(")"):
                raise FilterError(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Matches:
        name, operator, value = self._next(_NAME), self._next(_OPERATOR), self._value()
        read = _named(self._dialect.properties, name)
        holds = _named(self._dialect.operators, operator)(value)
        return lambda thing: holds(read(thing))

    def _value(self) -> object:
        quoted = self._match(_QUOTED)
        if quoted:
            return quoted[2] if quoted[1] is None else quoted[1].replace("''", "'")
        if self._dialect.bare:
            return self._next(_BARE)
        return _named(self._dialect.words, self._next(_WORD))

    def _next(self, pattern: re.Pattern[str]) -> str:
        found = self._match(pattern)
        if found is None:
            raise self._error()
        return found[0]

    def _take(self, word: str) -> bool:
        return self._match(re.compile(re.escape(word) + (r"\b" if word[1:] else ""), re.IGNORECASE)) is not None

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._blank())
        if found:
            self._at = found.end()
        return found

    def _blank(self) -> int:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1
        return self._at

    def _error(self) -> FilterError:
        """Says what stands where something else is expected."""
        quoted = _QUOTED.match(self._text, self._at)
        if quoted:
            return FilterError(quoted[0][1:-1])
        token = next((found for each in _TOKENS if (found := each.match(self._text, self._at))), None)
        return FilterError(token[0] if token else self._text[self._at :][:_SHOWN].strip() or "...")


def _named(table: Mapping[str, Any], name: str) -> Any:
    for known, found in table.items():
        if known.lower() == name.lower():
            return found
    raise FilterError(name.lower() if name[0] in "-$" else name)
