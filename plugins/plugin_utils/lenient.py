# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others tell, read leniently: whatever stands where something else belongs counts as not told. Nothing raises."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

FIRST_YEAR, LAST_YEAR = 1970, 2200


def text(value: Any) -> str | None:
    """A text, or None."""
    return value if isinstance(value, str) else None


def is_of(kind: type, value: Any) -> bool:
    """Whether a value is of a kind; true and false are no numbers."""
    return isinstance(value, kind) and isinstance(value, bool) is (kind is bool)


def guid(value: Any) -> str:
    """A GUID in one spelling; an empty text where there is none."""
    return str(value or "").strip("{} ").lower()


def number(value: Any) -> int | None:
    """A whole number that a host prints, or None."""
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"\s*[0-9]{1,15}\s*", value) else None
    counts = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return int(value) if counts else None


def moment(value: Any) -> datetime | None:
    """A moment as the wire carries it (ISO 8601 with its zone), or None; also where it is so far off that nobody can
    reckon with it, as Windows writes "never"."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo and FIRST_YEAR <= found.year <= LAST_YEAR else None


def texts(value: Any) -> list[str]:
    """A list's members as texts; a single text is a list of one."""
    return [value] if isinstance(value, str) else [str(each) for each in value] if isinstance(value, list) else []


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Of a list the members that are objects."""
    listed = value if isinstance(value, (list, tuple)) else ()
    return [each for each in listed if isinstance(each, Mapping)]


def first(output: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one object that a step gives; an empty one where it gave none."""
    return next(iter(output), {})


def inside(value: Any) -> Mapping[str, Any]:
    """An object inside another one; an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}
