# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Exchange says of mail that did not leave: its own words around those of the other side, and their class.

Exchange puts a code of its own around what it was told (Microsoft KB979175, KB4051498): ``451 4.4.0 Primary target IP
address responded with: "421 4.4.2 Connection dropped." Attempted failover to alternate host, ...``. Later versions
write ``[{LED=...};{FQDN=...};{IP=...}]`` and nest both; a report of non-delivery has ``#550 5.1.1 ... ##``. Copies have
typographic quotes, or end in the middle. A refusal of one message stands there bare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..mailboxes.refusals import NOTICE, Meaning, classify
from ..messages import notice_of
from ..messages.visible import folded

_OPENING, _CLOSING = "\"'\u201c\u201d\u201e\u00ab\u00bb\u2018", "\"'\u201c\u201d\u00ab\u00bb\u2019"
_SAYS = r"(?:responded with|primary target IP address|failed on \w+ with|returned):?"
_INNER = (
    re.compile(r"\{LED=(.*?)(?:\};?\s*(?:\{|\]|$)|$)", re.S),
    re.compile(rf"{_SAYS}\s*[{_OPENING}](.*)[{_CLOSING}](?=[\s.]*(?:Attempted|The last|$))", re.S | re.I),
    re.compile(rf"{_SAYS}\s*[{_OPENING}](.*)", re.S | re.I),
    re.compile(r" -> ([45]\d\d[ -].*)", re.S),
    re.compile(r"^#\s*(?:<[^>]*?smtp;)?\s*([45]\d\d[ -].*?)>?\s*(?:##|#SMTP#|$)", re.S | re.I),
)
"""What holds other words: a frame, quotes, quotes that were cut, Microsoft 365's arrow, a report of non-delivery."""
_AROUND = _OPENING + _CLOSING + " "
_A_CODE = 3
"""Digits of a code; what is shorter was cut off before it said anything."""
_FRAME = re.compile(r"\[?\{L(?:RT|ED)\b")
_CODE = re.compile(r"([245]\d\d)(?:[ -]([245]\.\d{1,3}\.\d{1,3}))?(?!\d)")


@dataclass(frozen=True)
class LastError:
    """One text of Exchange, taken apart. ``outer`` is Exchange's own code (``451 4.4.0``), None where it put none
    around; ``words`` are the other side's as far as they can be told from Exchange's, empty in a frame that holds
    none; ``kind`` is one of refusals.CLASSES."""

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

    @property
    def quoted(self) -> str:
        """The words as they stand at the end of a sentence."""
        return self.words.rstrip(". ") or notice_of("no_words")

    def as_data(self) -> dict[str, Any]:
        """For a task's result."""
        shown = {"class": self.kind, "words": self.words, "exchange_code": self.outer}
        return {"text": self.text, **shown, "source": self.source, "confidence": self.confidence}


def read_last_error(value: Any) -> LastError | None:
    """A LastError of a queue or a message; None where there is none."""
    text = folded(str(value or ""))
    if not text:
        return None
    outer, words = _parts(text)
    meaning = classify(words) if words else Meaning(NOTICE, "Exchange: a frame without words", "general")
    return LastError(text, outer, words, meaning.kind, meaning.source, meaning.confidence)


def _parts(text: str) -> tuple[str | None, str]:
    """Exchange's code and the words inside; without an inside the whole text is taken for the words."""
    for pattern in _INNER:
        found = pattern.search(text)
        if found and len(found[1].strip(_AROUND)) >= _A_CODE:
            code = _CODE.match(text)
            return (code[0] if code else None), _parts(found[1].strip())[1]
    return None, "" if _FRAME.match(text) else text
