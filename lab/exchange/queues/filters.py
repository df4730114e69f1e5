"""The filters of Get-Queue, Get-Message and their kin: the part of OPATH that Microsoft's pages show for them.

``Property -operator Value``, several joined by ``-and``; operators -eq, -ne, -gt, -ge, -lt, -le, -like and -notlike
with ``*``; values in quotation marks of either kind or bare. Anything else is refused aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final

_PART: Final = re.compile(
    r"""\s*(?P<name>\w+)\s+-(?P<operator>eq|ne|gt|ge|lt|le|like|notlike)\s+
        (?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^\s'"]+))\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_AND: Final = re.compile(r"-and\b", re.IGNORECASE)
_TIMES: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda found, wanted: bool(found == wanted),
    "ne": lambda found, wanted: bool(found != wanted),
    "gt": lambda found, wanted: found is not None and bool(found > wanted),
    "ge": lambda found, wanted: found is not None and bool(found >= wanted),
    "lt": lambda found, wanted: found is not None and bool(found < wanted),
    "le": lambda found, wanted: found is not None and bool(found <= wanted),
}

Getter = Callable[[Any], object]


class FilterError(ValueError):
    """A filter that cannot be; says which part."""


def parse_filter(text: str, properties: Mapping[str, Getter]) -> Callable[[Any], bool]:
    """What a filter asks of an object, whose filterable properties ``properties`` reads. Raises FilterError."""
    tests: list[Callable[[Any], bool]] = []
    rest = text.strip().removeprefix("{").removesuffix("}")
    while True:
        found = _PART.match(rest)
        if found is None:
            raise FilterError(rest.strip() or text)
        tests.append(_test(found, properties))
        rest = rest[found.end() :]
        if not rest:
            return lambda thing: all(test(thing) for test in tests)
        joined = _AND.match(rest)
        if joined is None:
            raise FilterError(rest.strip())
        rest = rest[joined.end() :]


def _test(found: re.Match[str], properties: Mapping[str, Getter]) -> Callable[[Any], bool]:
    name, operator = _known(found["name"], properties), found["operator"].lower()
    get, wanted = properties[name], next(v for v in (found["single"], found["double"], found["bare"]) if v is not None)
    if operator in ("like", "notlike"):
        pattern = re.sub(r"([\[?])", r"[\1]", wanted.lower())
        return lambda thing: fnmatchcase(str(get(thing) or "").lower(), pattern) == (operator == "like")
    compare = _COMPARE[operator]
    return lambda thing: _compared(get(thing), wanted, compare)


def _known(given: str, names: Iterable[str]) -> str:
    for name in names:
        if name.lower() == given.lower():
            return name
    raise FilterError(given)


def _compared(found: object, wanted: str, compare: Callable[[Any, Any], bool]) -> bool:
    """Numbers and times by value, all else as text whatever its capitals."""
    if wanted.lower() == "$null":
        return compare(found, None)
    if isinstance(found, datetime):
        return compare(found, _time(wanted))
    if isinstance(found, int):
        return compare(found, _number(wanted))
    return compare(None if found is None else str(found).lower(), wanted.lower())


def _number(wanted: str) -> int:
    units = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
    match = re.fullmatch(r"(\d+)\s*(B|KB|MB|GB)?", wanted.strip(), re.IGNORECASE)
    if match is None:
        raise FilterError(wanted)
    return int(match[1]) * units[(match[2] or "B").upper()]


def _time(wanted: str) -> datetime:
    """ISO 8601, or as an American types it; without a zone it is UTC here, on a real server the server's own time."""
    try:
        moment = datetime.fromisoformat(wanted)
    except ValueError:
        moment = _american(wanted)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _american(wanted: str) -> datetime:
    for form in _TIMES:
        try:
            return datetime.strptime(wanted, form)
        except ValueError:
            continue
    raise FilterError(wanted)
