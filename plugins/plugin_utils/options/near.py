# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which name may be meant by one that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

OF_EVERY_RUN = (
    "timeout",
    "exchange_connection",
    "exchange_uri",
    "exchange_login",
    "backup_dir",
    "accept_identity",
    "approved_plan",
)
"""The options that stand beside those of a noun (run.options has what each of them is)."""
_MOST = 3
_OTHER = re.compile(r"[^a-z0-9]")


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names near this one, the likeliest first: whatever its capitals, lines and hyphens, as a role's
    variable instead of an option (``send_connector_port``), or with some letters wrong."""
    forms = {_form(each): each for each in known}
    if _form(name) in forms:
        return [forms[_form(name)]]
    of_role = [each for each in forms.values() if name.lower().endswith(f"_{each}")]
    likeliest = sorted(of_role, key=len, reverse=True)[:1]  # known_routes, and not routes if there were such an option
    close = [forms[each] for each in get_close_matches(_form(name), forms, _MOST)]
    return list(dict.fromkeys([*likeliest, *close]))[:_MOST]


def inside(name: str, options: Iterable[Any]) -> list[tuple[str, str]]:
    """The name in a mapping, and the option that is this mapping, where that is written as one option: ``username`` or
    ``login_username`` instead of ``login: {username: ...}``."""
    found = []
    for option in options:
        kind = getattr(option, "kind", None)
        for each in getattr(getattr(kind, "item", kind), "options", ()):
            if _form(name) in (_form(each.name), _form(f"{option.name}_{each.name}")):
                found.append((each.name, option.name))
    return found[:_MOST]


def _form(name: str) -> str:
    return _OTHER.sub("", name.lower())
