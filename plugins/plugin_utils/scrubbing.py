# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets out of everything that leaves the action: results, messages, texts of foreign exceptions.

Ansible's own no_log does not reach the results of action plugins on ansible-core up to 2.21, nor exception texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

HIDDEN = "********"
SHORT = 4
"""Secrets of fewer characters are hidden only where they are the whole text: replaced everywhere they would
garble every word."""


def scrub(value: Any, secrets: Iterable[str]) -> Any:
    """The value as plain JSON types, with every secret replaced, in keys and texts alike, escaped forms too."""
    return _scrub(value, {form for secret in secrets if secret for form in _forms(secret)})


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in a text: as it is, and as JSON or Python would escape it."""
    return {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}


def _scrub(value: Any, forms: set[str]) -> Any:
    if isinstance(value, str):
        return _scrub_text(str(value), forms)
    if isinstance(value, Mapping):
        return {_scrub(str(key), forms): _scrub(item, forms) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_scrub(item, forms) for item in value]
    return value


def _scrub_text(text: str, forms: set[str]) -> str:
    if text in forms:
        return HIDDEN
    pieces: list[str] = []
    at = 0
    for start, end in sorted(_places(text, forms)):
        if start >= at:
            pieces += [text[at:start], HIDDEN]
        at = max(at, end)
    return "".join([*pieces, text[at:]])


def _places(text: str, forms: set[str]) -> Iterator[tuple[int, int]]:
    """Where the secrets stand, those too that overlap: of each, begin and end."""
    for form in forms:
        start = text.find(form) if len(form) >= SHORT else -1
        while start >= 0:
            yield start, start + len(form)
            start = text.find(form, start + 1)
