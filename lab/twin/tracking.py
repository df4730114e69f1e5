"""The lines of the message tracking log, as the agent's own functions read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

Logged = Mapping[str, object]
EMPTY: Final = "<>"
"""The empty sender, as the log shows it."""

_PARTICULAR: Final = re.compile(
    r"(?<!\S)(?![245][0-9][0-9](?!\S))(?!#?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?!\S))\S*[@0-9]\S*"
)


def text_kind(text: str) -> str:
    """What texts of one kind share: all but names, addresses and numbers."""
    return _PARTICULAR.sub("*", re.sub(r"\{LRT=[^}]*\}", "", text))


def envelope_sender(logged: Logged) -> str:
    """The sender that a provider judges, in small letters."""
    return str(logged["ReturnPath"] or logged["Sender"] or EMPTY).lower()


def reasons(logged: Logged) -> dict[str, str]:
    """The first text of each kind; an empty one where the log gives none."""
    found: dict[str, str] = {}
    for status in listed(logged["RecipientStatus"]):
        if kind := text_kind(status):
            found.setdefault(kind, status)
    return found or {"": ""}


def earlier(known: str | None, moment: str) -> str:
    """The earlier one of two moments."""
    return moment if known is None else min(known, moment)


def listed(value: object) -> list[str]:
    """The texts of a list; none of anything else."""
    return [str(each) for each in value] if isinstance(value, list) else []


def names(value: Any) -> list[str]:
    """What a parameter names: nothing, one or several."""
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each]


def written(moment: datetime) -> str:
    """As times come over the wire."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
