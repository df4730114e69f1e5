# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Exchange's LastError says: its own code around the words of the smart host, and the class of those words.

Exchange puts a code of its own around what it was told (Microsoft KB979175, KB4051498): ``451 4.4.0 Primary target IP
address responded with: "421 4.4.2 Connection dropped." Attempted failover to alternate host, ...``. Later versions
write ``[{LED=...};{FQDN=...};{IP=...}]``. Copies have typographic quotes. A refusal of one message stands there bare.
The classes are rows of data/refusals.json, each with its source and how sure it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

THROTTLED, LOGIN, SENDER, ADDRESS = "throttled", "login", "sender", "address"
CONNECTION, OTHER = "connection", "other"
CLASSES = (THROTTLED, LOGIN, SENDER, ADDRESS, CONNECTION, OTHER)
"""The smart host's rate; its word on the login, on the sender's address, on our IP address; no connection or no TLS."""

_TABLE = Path(__file__).parent.parent / "data" / "refusals.json"
_OPENING, _CLOSING = '"\u201c\u201d\u201e\u00ab\u00bb', '"\u201c\u201d\u00ab\u00bb'
_QUOTED = re.compile(rf"responded with:?\s*[{_OPENING}](.*?)[{_CLOSING}](?=\s*\.?\s*(?:Attempted|$))", re.S | re.I)
_CUT = re.compile(rf"responded with:?\s*[{_OPENING}](.*)", re.S | re.I)
_LATER = re.compile(r"\{LED=(.*?)\};?(?:\{|\]|$)", re.S)
_CODE = re.compile(r"([245]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3}))?(?!\d)")


@dataclass(frozen=True)
class LastError:
    """One text of Exchange, taken apart. ``outer`` is Exchange's own code (``451 4.4.0``), None where it put none
    around; ``words`` are the smart host's as far as they can be told from Exchange's; ``kind`` is one of CLASSES."""

    text: str
    outer: str | None
    words: str
    kind: str
    source: str
    confidence: str

    @property
    def permanent(self) -> bool:
        """Whether the words are a refusal for good (5xx)."""
        return self.words.startswith("5")

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        shown = {"class": self.kind, "words": self.words, "exchange_code": self.outer}
        return {"text": self.text, **shown, "source": self.source, "confidence": self.confidence}


def read_last_error(value: Any) -> LastError | None:
    """A LastError of a queue or a message; None where there is none."""
    text = " ".join(str(value or "").split())
    if not text:
        return None
    outer, words = _parts(text)
    kind, source, confidence = classify(words)
    return LastError(text, outer, words, kind, source, confidence)


def _parts(text: str) -> tuple[str | None, str]:
    """Exchange's code and the words inside; without an inside the whole text is taken for the words."""
    for pattern in (_QUOTED, _CUT, _LATER):
        found = pattern.search(text)
        if found and found[1].strip():
            code = _CODE.match(text)
            inner = found[1].strip()
            # Later versions nest the two forms.
            return (code[0] if code else None), (_parts(inner)[1] if pattern is _LATER else inner)
    return None, text


def classify(words: str) -> tuple[str, str, str]:
    """The class of a smart host's words, who says so and how sure that is (``other`` and empty where no row fits)."""
    for pattern, kind, source, confidence in _rows():
        if pattern.search(words):
            return kind, source, confidence
    return OTHER, "", ""


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[re.Pattern[str], str, str, str], ...]:
    rows = json.loads(_TABLE.read_text(encoding="ascii"))["rows"]
    return tuple(
        (re.compile(row["pattern"], re.IGNORECASE), row["class"], row["source"], row["confidence"]) for row in rows
    )
