"""Templates of e-mail addresses, as Microsoft documents them for policies: ``SMTP:%g.%s@beispiel.de``.

``%m`` alias, ``%g`` given name, ``%s`` surname, ``%i`` initials, ``%d`` display name, ``%1g`` the first letter,
``%rxy`` x is replaced by y in what follows, ``%rxx`` x is removed. What Exchange makes of characters that SMTP does not
know and of variables without a value is assumed: letters lose their accents, anything else goes, and where nothing is
left the alias takes its place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from lab.exchange.values import is_domain

_TOKEN = re.compile(r"%r(.)(.)|%(\d*)([mgsid])|([^%\s])")
_WRITTEN = re.compile(r"(?:(SMTP):)?([^@]*)@(.+)", re.IGNORECASE)
_NEVER = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]")
_LIGATURES = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE"})

Variables = Mapping[str, str | None]
"""The values of one recipient by the letters ``m g s i d``."""


@dataclass(frozen=True)
class AddressTemplate:
    """``primary``: of the address with which recipients send; ``local`` is empty for the alias alone."""

    primary: bool
    local: str
    domain: str

    @classmethod
    def parse(cls, written: str) -> AddressTemplate:
        """Read ``SMTP:%m@beispiel.de``, ``smtp:...`` or ``@beispiel.de``; else ValueError. Only SMTP is simulated."""
        match = _WRITTEN.fullmatch(written.strip())
        if match is None or not is_domain(match[3]) or not _is_readable(match[2]):
            raise ValueError(written)
        return cls(match[1] != "smtp", match[2], match[3])

    def display(self) -> str:
        """``SMTP:%m@beispiel.de``."""
        return f"{'SMTP' if self.primary else 'smtp'}:{self.bare()}"

    def bare(self) -> str:
        """The same without its type, as a policy shows its primary one."""
        return f"{self.local}@{self.domain}"

    def local_part(self, variables: Variables) -> str:
        """What stands before the ``@`` for one recipient; empty where not even the alias gives anything."""
        made = fit_for_smtp(_filled(self.local, variables)) if self.local else ""
        return made or fit_for_smtp(variables["m"] or "")


def fit_for_smtp(written: str) -> str:
    """What is left of a text in an address."""
    plain = unicodedata.normalize("NFKD", written.translate(_LIGATURES))
    kept = _NEVER.sub("", plain)
    return re.sub(r"\.{2,}", ".", kept).strip(".")[:64]


def _is_readable(local: str) -> bool:
    return "".join(match[0] for match in _TOKEN.finditer(local)) == local


def _filled(local: str, variables: Variables) -> str:
    made: list[str] = []
    replaced: dict[int, str] = {}
    for old, new, length, variable, plain in _TOKEN.findall(local):
        if old:
            replaced[ord(old)] = "" if old == new else new
        elif plain:
            made.append(plain)
        else:
            value = (variables[variable] or "").translate(replaced)
            made.append(value[: int(length)] if length else value)
    return "".join(made)
