# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be said of a host: published values, words, numbers and forms as they stand; anything else as a stand-in.

Where a name can stand (in properties that hold names; in sentences within quotes, behind a backslash or a title)
nothing is shown for being a word: only what Windows, Exchange or a product is known to write there. A noun with a
capital could be a firm's name anywhere, so it is shown within a published phrase alone.
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
LISTS = ("words", "parts", "people", "capitals", "codes")
SPOKEN = ("words", "term", "key", "program")
"""Kinds of texts in which not every word is somebody's: sentences, values of Exchange's own enumerations, keys."""
PATHS = ("file", "path")
PUBLISHED_KEYS = ("Pop3Account", "SmtpServer", "Server", "Port", "Username", "Password", "Entropy")
"""Keys of pop3records.dat that are known in print, whatever the host is called."""
OWN = ("", "host-1", "host-1.domain-1")
"""What may stand before a known value: ``SERVER\\Default SERVER``."""
_NUMBER = r"\A[0-9]{1,6}(?![\s\S])"
_GUID, _ADDRESS, _SID, _IP, _IP6, _DOTTED, _WORD = range(2, 9)
"""The groups of the tokens; the first one holds the host's own names."""


@cache
def harmless() -> dict[str, Any]:
    """The table, its lists of words as sets."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    sets = {name: frozenset(" ".join(table[name]).split()) for name in LISTS}
    begins = {
        name: f"{table['opening']}(?:{'|'.join(table[name])}){table[f'{name}_end']}" for name in ("names", "segments")
    }
    phrases = f"{table['before']}([\"']?)(?:{'|'.join(table['phrases'])}){table['behind']}[.]?\\1"
    positions = "|".join((phrases, *table["positions"]))
    return {**table, **sets, **begins, "phrases": rf"\A(?:{phrases})(?![\s\S])", "positions": positions}


class StandIns:
    """Shows values. The same name gets the same stand-in throughout, ``word-1`` being the first of its kind.

    ``names`` maps the host's own names to stand-ins, longest first; ``asked`` are texts of the request: keys may be.
    """

    def __init__(self, names: Mapping[str, str], asked: Iterable[str] = ()) -> None:
        self._names = {name.lower(): stand_in for name, stand_in in names.items()}
        own = "|".join(map(re.escape, self._names)) or "(?!)"
        tokens = (f"(?<![0-9A-Za-z])(?i:{own})(?![0-9A-Za-z])", *harmless()["tokens"])
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
        """A sentence with stand-ins for all that is not known to be harmless."""
        return self._spoken(_cut(text), "words")

    def _text(self, text: str, kind: str) -> str:
        pattern = harmless()["patterns"].get("identifier" if kind == "program" else kind)
        if pattern and re.search(pattern, text) and (kind != "program" or not self._is_somebodys(text)):
            if kind == "program":
                self._keys.add(text)
            return text
        if (kind == "key" and (text in self._keys or text in PUBLISHED_KEYS)) or (
            kind == "code" and text in harmless()["codes"]
        ):
            return text
        return self._spoken(_cut(text), kind) if kind in SPOKEN else self._name(_cut(text), kind)

    def _is_somebodys(self, text: str) -> bool:
        """Whether a text out of a program's file tells of this host, was hidden before, or is not all known words."""
        name = text.strip("-:")
        if name in PUBLISHED_KEYS:
            return False
        if self._own.search(name) is not None or ("word", name.lower()) in self._given:
            return True
        return name.lower() in harmless()["people"] or not self._is_known(name)

    def _spoken(self, text: str, kind: str) -> str:
        """Words outside the positions in which names stand, and those as names."""
        shown, at = "", 0
        for found in re.finditer(harmless()["positions"], text):
            shown += self._pieces(text[at : found.start()], kind) + self._position(found[0], kind)
            at = found.end()
        return shown + self._pieces(text[at:], kind)

    def _position(self, text: str, kind: str) -> str:
        """A name; only an answer of a mail server is a sentence within quotes. What follows PASS is hidden."""
        if re.search(harmless()["phrases"], text):
            return text
        if secret := re.search(harmless()["secret"], text):
            return secret[0] + self._stand_in("word", text[secret.end() :])
        if re.search(harmless()["reply"], text):
            return '"' + self._spoken(text[1:-1], kind) + '"'
        return self._name(text, "name")

    def _name(self, text: str, kind: str) -> str:
        """What is known to begin a name, or to stand between the backslashes of a path, up to what is not."""
        is_path = kind in PATHS or re.search(harmless()["drive"], text) is not None
        begin = harmless()["segments" if is_path else "names"]
        shown: list[str] = []
        is_open = True
        for segment in text.split("\\"):
            # Queues are SERVER\\number.
            known = re.search(f"{begin}|{_NUMBER}" if shown == ["host-1"] else begin, segment) if is_open else None
            end = known.end() if known else 0
            rest = self._pieces(segment[end:], "name")
            shown.append(segment[:end] + rest)
            is_open = is_open and ((end > 0 and not rest.strip()) or (rest in OWN and end == 0))
        return "\\".join(shown)

    def _pieces(self, text: str, kind: str) -> str:
        return "".join(self._token(match, kind) for match in self._tokens.finditer(text))

    def _token(self, match: re.Match[str], kind: str) -> str:
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
            return text if re.search(harmless()["sids"], text) else self._stand_in("sid", text)
        if group in (_IP, _IP6):
            return text if text in harmless()["addresses"].split() else self._stand_in("ip", text)
        if group == _DOTTED:
            return self._dotted(text, kind)
        return self._word(text, kind) if group == _WORD else (" " if text < " " or text == "\x7f" else text)

    def _dotted(self, text: str, kind: str) -> str:
        """A number, the name of a file, a type of .NET, or a name in DNS."""
        last = text.rpartition(".")[2].lower()
        piece = harmless()["piece"]
        parts = re.findall(piece, text)
        if self._own_suffix(text):
            return self._domain(text)
        if re.search(harmless()["patterns"]["exception"], text) and self._is_known(parts[-1]):
            return text
        if re.search(r"\A[0-9.]+\Z", text):
            return re.sub("[0-9]+", lambda match: self._word(match[0], kind), text)
        if last in harmless()["endings"].split():
            name, dot, ending = text.rpartition(".")
            return re.sub(piece, lambda match: self._plain(match[0], kind), name) + dot + ending
        if parts[0] == "System" and kind != "name" and all(self._stands(part.lower(), "key") for part in parts):
            return text
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

    def _word(self, text: str, kind: str) -> str:
        return text if self._stands(text, kind) else self._hidden(text)

    def _plain(self, text: str, kind: str) -> str:
        """Between dots; with numbers in it, it could belong to an address."""
        is_plain = text.lower() in harmless()["words"] or re.search("[0-9]", text) is None
        return self._word(text, kind) if is_plain else self._hidden(text)

    def _hidden(self, text: str) -> str:
        if re.search(r"\A[0-9_-]+\Z", text):
            return re.sub("[0-9]", "#", text)
        return self._stand_in("word", text)

    def _stands(self, text: str, kind: str) -> bool:
        """Whether a word is shown: in names numbers alone, in sentences what is nobody's name as it is written."""
        table = harmless()
        if re.search(table["numbers"], text) or (text.isdigit() and text in table["words"]):
            return True
        if kind == "term":
            return self._is_known(text)
        if kind == "name" or text.lower() in table["people"]:
            return False
        return text in table["words"] or text in table["capitals"] or (kind == "key" and self._is_known(text))

    def _is_known(self, text: str) -> bool:
        """Whether it is a word of the table, or put together of some."""
        table = harmless()
        pieces = re.findall(table["camel"], text)
        if text.lower() in table["words"] or text in table["capitals"]:
            return True
        return "".join(pieces) == text and all(piece.lower() in table["words"] | table["parts"] for piece in pieces)

    def _stand_in(self, kind: str, text: str) -> str:
        key = (kind, text.lower())
        if key not in self._given:
            first = sum(1 for name in self._names.values() if name.startswith(f"{kind}-"))
            self._counts[kind] = self._counts.get(kind, min(first, 1)) + 1
            self._given[key] = f"{kind}-{self._counts[kind]}"
        return self._given[key]


def _cut(text: str) -> str:
    """What is looked at of a text; a word that would be cut off falls away, since half a number is no number."""
    return text if len(text) <= LONGEST else re.sub(r"[^\x00-\x20]*\Z", "", text[:LONGEST])


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
