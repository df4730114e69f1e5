# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be said of a host: known words, numbers and forms as they stand; anything else as a stand-in.

``scripts/probe_host.ps1`` does the same on the host, from the same table (data/harmless.json).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "data" / "harmless.json"
LONGEST = 500
"""Characters of a text that are looked at."""
Shape = str | Mapping[str, Any]
"""How a value is shown: the name of a kind, or by property the shape of what is below. Lists are shown item by item."""
_GUID, _ADDRESS, _SID, _IP, _DOTTED, _WORD = range(2, 8)
"""The groups of the tokens; the first one holds the host's own names."""


@cache
def harmless() -> dict[str, Any]:
    """The table, its words as a set."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return {**table, "words": frozenset(" ".join(table["words"]).split())}


class StandIns:
    """Shows values. The same name gets the same stand-in throughout, ``word-1`` being the first of its kind.

    ``names`` maps the host's own names to stand-ins, longest first; ``asked`` are texts of the request: keys may be.
    """

    def __init__(self, names: Mapping[str, str], asked: Iterable[str] = ()) -> None:
        self._names = {name.lower(): stand_in for name, stand_in in names.items()}
        own = "|".join(map(re.escape, self._names)) or "(?!)"
        # Of "Windows SBS" SBS is no name, whatever the server is called.
        tokens = (f"(?<![0-9A-Za-z])(?<!Windows )(?i:{own})(?![0-9A-Za-z])", *harmless()["tokens"])
        self._own = re.compile(tokens[0])
        self._tokens = re.compile("|".join(f"({token})" for token in tokens))
        self._given: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}
        self._keys = set(asked)

    def shown(self, value: Any, shape: Shape) -> Any:
        """The value in its shape, as JSON can hold it; what has another shape than expected is not shown."""
        if isinstance(shape, Mapping):
            if isinstance(value, list):
                return [self.shown(item, shape) for item in value]
            known = value if isinstance(value, Mapping) else {}
            return {name: self.shown(known.get(name), below) for name, below in shape.items()}
        if shape == "count":
            return len(value) if isinstance(value, (list, str)) else None
        if isinstance(value, list):
            return [self.shown(item, shape) for item in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return self._text(value, shape) if isinstance(value, str) else "object"

    def words(self, text: str) -> str:
        """The text with stand-ins for all that is not known to be harmless."""
        return "".join(self._token(match) for match in self._tokens.finditer(text) if match.end() <= LONGEST)

    def _text(self, text: str, kind: str) -> str:
        pattern = harmless()["patterns"].get(kind)
        if pattern and re.search(pattern, text):
            return text
        if kind == "program" and self._is_of_a_program(text):
            self._keys.add(text)
            return text
        return text if kind == "key" and text in self._keys else self.words(text)

    def _is_of_a_program(self, text: str) -> bool:
        """Whether a text out of a program's file tells of the program alone."""
        return re.search(r"\A[\x20-\x3f\x41-\x7e]*\Z", text) is not None and self._own.search(text) is None

    def _token(self, match: re.Match[str]) -> str:
        text, group = match[0], match.lastindex
        if group == 1:
            # Capitals are odd: of some letters the small one is another text.
            return self._names.get(text.lower()) or self._stand_in("word", text)
        if group == _GUID:
            return self._stand_in("guid", text)
        if group == _ADDRESS:
            person, domain = text.split("@", 1)
            person = person if re.search(harmless()["templates"], person) else self._stand_in("person", person)
            return f"{person}@{self._domain(domain)}"
        if group == _SID:
            return self._stand_in("sid", text) if text.startswith("S-1-5-21-") else text
        if group == _IP:
            return text if text in harmless()["addresses"].split() else self._stand_in("ip", text)
        if group == _DOTTED:
            return self._dotted(text)
        return self._word(text) if group == _WORD else (" " if text < " " or text == "\x7f" else text)

    def _dotted(self, text: str) -> str:
        """A number, the name of a file, words with dots between them, or a name in DNS."""
        last = text.rpartition(".")[2].lower()
        word = harmless()["tokens"][_WORD - 2]
        parts = re.findall(word, text)
        if self._own_suffix(text):
            return self._domain(text)
        plain = last not in harmless()["top_levels"].split() and all(self._is_plain(part) for part in parts)
        if plain or last in harmless()["endings"].split():
            return re.sub(word, lambda match: match[0] if self._is_plain(match[0]) else self._hidden(match[0]), text)
        if re.search(r"\A[0-9.]+\Z", text):
            return re.sub("[0-9]+", lambda match: self._word(match[0]), text)
        return self._domain(text)

    def _domain(self, text: str) -> str:
        """A name in DNS; a host of the server's own domain is told as one."""
        lowered = text.lower()
        if lowered in self._names:
            return self._names[lowered]
        suffix = self._own_suffix(text)
        return f"{self._stand_in('machine', text)}.{suffix}" if suffix else self._stand_in("domain", text)

    def _own_suffix(self, text: str) -> str | None:
        """The stand-in of the server's own domain, where the name is one in it."""
        lowered = text.lower()
        own = (stand_in for name, stand_in in self._names.items() if "." in name and lowered.endswith(f".{name}"))
        return next(own, None)

    def _word(self, text: str) -> str:
        return text if self._is_known(text) else self._hidden(text)

    def _hidden(self, text: str) -> str:
        return "#" * len(text) if re.search(r"\A[0-9]+\Z", text) else self._stand_in("word", text)

    def _is_plain(self, part: str) -> bool:
        """Whether it may stand between dots: with numbers in it, it could belong to an address."""
        return part.lower() in harmless()["words"] or (self._is_known(part) and re.search("[0-9]", part) is None)

    def _is_known(self, text: str) -> bool:
        words, numbers = harmless()["words"], harmless()["numbers"]
        if text.lower() in words or re.search(numbers, text):
            return True
        pieces = re.findall(harmless()["camel"], text)
        if any(piece.isdigit() for piece in pieces) and any(len(piece) < 3 for piece in pieces if not piece.isdigit()):
            return False
        return "".join(pieces) == text and all(piece.lower() in words or re.search(numbers, piece) for piece in pieces)

    def _stand_in(self, kind: str, text: str) -> str:
        key = (kind, text.lower())
        if key not in self._given:
            first = sum(1 for name in self._names.values() if name.startswith(f"{kind}-"))
            self._counts[kind] = self._counts.get(kind, min(first, 1)) + 1
            self._given[key] = f"{kind}-{self._counts[kind]}"
        return self._given[key]


def own_names(facts: Iterable[Mapping[str, Any]], computer: str = "") -> dict[str, str]:
    """The names that a host tells of itself (Get-HostFacts, and ``computer`` where that fails), with their stand-ins,
    the longest ones first."""
    told = next(iter(facts), {})
    domain, computer = str(told.get("Domain") or ""), str(told.get("ComputerName") or computer)
    names = {
        str(told.get("Fqdn") or ""): "host-1.domain-1",
        domain: "domain-1",
        domain.partition(".")[0]: "domain-1",
        computer: "host-1",
    }
    return {name: names[name] for name in sorted(names, key=lambda name: (-len(name), name.lower())) if name}
