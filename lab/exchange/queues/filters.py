"""The filters of Get-Queue, Get-Message and their kin: the part of OPATH that Microsoft's pages show for them.

``Property -operator Value``, several joined by ``-and``; operators -eq, -ne, -gt, -ge, -lt, -le, -like and -notlike
with ``*``; values in quotation marks of either kind or bare. Anything else is refused aloud.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final

from lab.exchange.opath import Dialect, FilterError, Getter, Matches, Operator, parse_filter

_TIMES: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y")


def parse_queue_filter(written: str, properties: Mapping[str, Getter]) -> Matches:
    """What decides whether a queue or a message is meant, with what can be read of it. Raises FilterError.

    What it gives raises FilterError as well: a value that its property does not take shows when it is compared.
    """
    return parse_filter(written, Dialect(properties, _OPERATORS, nested=False, bare=True))


def _like(wanted: str) -> Callable[[Any], bool]:
    pattern = re.sub(r"([\[?])", r"[\1]", wanted.lower())
    return lambda found: fnmatchcase(str(found or "").lower(), pattern)


def _not_like(wanted: str) -> Callable[[Any], bool]:
    like = _like(wanted)
    return lambda found: not like(found)


def _by(compare: Callable[[Any, Any], bool]) -> Operator:
    return lambda wanted: lambda found: _compared(found, wanted, compare)


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


_OPERATORS: Final[dict[str, Operator]] = {
    "-eq": _by(lambda found, wanted: bool(found == wanted)),
    "-ne": _by(lambda found, wanted: bool(found != wanted)),
    "-gt": _by(lambda found, wanted: found is not None and bool(found > wanted)),
    "-ge": _by(lambda found, wanted: found is not None and bool(found >= wanted)),
    "-lt": _by(lambda found, wanted: found is not None and bool(found < wanted)),
    "-le": _by(lambda found, wanted: found is not None and bool(found <= wanted)),
    "-like": _like,
    "-notlike": _not_like,
}
