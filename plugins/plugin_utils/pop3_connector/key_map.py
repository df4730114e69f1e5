# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key map: under which keys, and in which form, the accounts file of a host holds what is not publicly known.

Nobody has published where mailbox, SSL and logon type stand. They are written only as a map says that was learnt on
the host (playbooks/learn_pop3_connector.yml); nothing in here guesses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputRefused, Reason, refuse
from ..messages import reason_of
from ..options.parse import unknown_options
from ..options.spelling import Spelling, Words
from ..options.values import Text, is_writable
from .records import ACCOUNT, ENTROPY, PASSWORD, PORT, SERVER, SMTP_SERVER, USERNAME

LOGONS = ("basic", "spa", "apop")
VALUES: dict[str, tuple[str, ...] | None] = {"mailbox": None, "ssl": ("true", "false"), "logon": LOGONS}
"""The mapped options and what can be declared for them; None: any text."""
KNOWN_KEYS = (SERVER, PORT, USERNAME, PASSWORD, ENTROPY)
_WORDS = Words(unknown="pop3_key_unknown_option")
_RESERVED = (*KNOWN_KEYS, SMTP_SERVER)


@dataclass(frozen=True)
class Mapped:
    """One option's key in the file, and the text for each value that can be declared; None: the text as it is."""

    key: str
    forms: Mapping[str, str] | None = None

    def form(self, value: str) -> str | None:
        """The text of a declared value; None where the map knows none."""
        return value if self.forms is None else self.forms.get(value)

    def shown(self, text: str) -> str:
        """A text of the file as it would be declared, or as it is."""
        return next((value for value, form in (self.forms or {}).items() if form == text), text)


@dataclass(frozen=True)
class KeyMap:
    """What is known of one host's file. ``copy_as_is``: keys whose value a new account takes from the one it is made
    after."""

    options: Mapping[str, Mapped] = field(default_factory=dict)
    copy_as_is: frozenset[str] = frozenset()

    def option_of(self, key: str) -> str | None:
        """The option that a key holds."""
        return next((option for option, mapped in self.options.items() if mapped.key == key), None)


def one_line(text: str) -> bool:
    """Whether a text may stand in a value: one line, no control characters, no blanks around it, no half characters."""
    return text == text.strip() and not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text)


class LineText(Text):
    """A text that may stand in a line of the file; the empty text is no text."""

    def parse(self, value: Any) -> str | None:
        """The text; ValueError with what was expected."""
        if not isinstance(value, str) or len(value) > self.longest or not one_line(value):
            raise ValueError(
                f"a text of at most {self.longest} characters on one line, without control characters or"
                " blanks around it"
            )
        return value or None


def parse_key_map(declared: Any, where: str) -> KeyMap:
    """The map of an inventory. Raises InputRefused with every reason."""
    if declared is None:
        return KeyMap()
    if not isinstance(declared, Mapping):
        raise InputRefused(reason_of("pop3_no_mapping", where, type=type(declared).__name__, expected="a mapping"))
    known = (*VALUES, "copy_as_is")
    reasons = unknown_options(declared, known, Spelling(where, words=_WORDS))
    given = {option: declared[option] for option in VALUES if declared.get(option) is not None}
    options = {option: _mapped(reasons, f"{where}.{option}", option, each) for option, each in given.items()}
    copied = _copied(reasons, f"{where}.copy_as_is", declared.get("copy_as_is"))
    keys = [each.key for each in options.values()]
    reasons += [
        reason_of("pop3_key_twice", where, name=key) for key in sorted(set(keys)) if key and keys.count(key) > 1
    ]
    refuse(reasons)
    return KeyMap(options, copied)


def _mapped(reasons: list[Reason], where: str, option: str, declared: Any) -> Mapped:
    if not isinstance(declared, Mapping):
        reasons.append(reason_of("pop3_no_mapping", where, type=type(declared).__name__, expected="a mapping with key"))
        return Mapped("")
    reasons += unknown_options(declared, ("key", "values"), Spelling(where, words=_WORDS))
    key = declared.get("key")
    # The marker line may have a value, and that may be the mailbox.
    reserved = (*_RESERVED, *(() if option == "mailbox" else (ACCOUNT,)))
    if not _is_key(key) or key in reserved:
        reasons.append(reason_of("pop3_key_unfit", where, name=Spelling(where).shown(key)))
        key = ""
    return Mapped(str(key), _forms(reasons, where, option, declared.get("values")))


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and bool(key) and ":" not in key and one_line(key)


def _forms(reasons: list[Reason], where: str, option: str, declared: Any) -> dict[str, str] | None:
    """What is written for each value. ssl and logon need it: how the file says yes and no is not known."""
    choices = VALUES[option]
    if declared is None:
        if choices is not None:
            reasons.append(reason_of("pop3_forms_missing", where, choices=", ".join(choices)))
        return None
    if not isinstance(declared, Mapping) or not declared:
        reasons.append(
            reason_of("pop3_no_mapping", where, type=type(declared).__name__, expected="values as a mapping")
        )
        return None
    forms: dict[str, str] = {}
    for value, text in declared.items():
        name = "" if not is_writable(value) else str(value) if choices is None else str(value).lower()
        form = str(text) if isinstance(text, int) and not isinstance(text, bool) and is_writable(text) else text
        if (choices is not None and name not in choices) or not isinstance(form, str) or not one_line(form):
            reasons.append(
                reason_of("pop3_form_unfit", where, value=name, choices=", ".join(choices or ("any mailbox",)))
            )
        else:
            forms[name] = form
    texts = list(forms.values())
    reasons += [reason_of("pop3_form_twice", where, form=text) for text in sorted(set(texts)) if texts.count(text) > 1]
    return forms


def _copied(reasons: list[Reason], where: str, declared: Any) -> frozenset[str]:
    if declared is None:
        return frozenset()
    if not isinstance(declared, Sequence) or isinstance(declared, str) or not all(map(_is_key, declared)):
        reasons.append(reason_of("pop3_no_mapping", where, type=type(declared).__name__, expected="a list of keys"))
        return frozenset()
    reasons += [reason_of("pop3_key_unfit", where, name=repr(key)) for key in declared if key in _RESERVED]
    return frozenset(declared)
