# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When two names are one mailbox: spellings that a provider, or a person, takes for the same."""

from __future__ import annotations

import unicodedata

from .characters import latin, without_unseen

_BEYOND_LETTERS = ("Cc", "Cf", "Mn", "Zs", "Zl", "Zp")


def mailbox_key(name: str) -> str:
    """The same text for all spellings of one mailbox: capitals, blanks, invisible and look-alike characters, a dot at
    the end and the two forms of an international domain do not count."""
    # Look-alikes twice, since capitals look like other letters than their small ones; composed last, since a letter and
    # its accent are one letter, while an accent alone is as good as invisible.
    small = latin(latin(without_unseen(name)).casefold()).casefold()
    letters = (each for each in without_unseen(small) if unicodedata.category(each) not in _BEYOND_LETTERS)
    seen = "".join(letters).rstrip(".")
    local, at, domain = seen.rpartition("@")
    return f"{local}{at}{_ascii(domain)}" if at else seen


def _ascii(domain: str) -> str:
    """An international domain as it is written in DNS; what is none stays as it is."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
