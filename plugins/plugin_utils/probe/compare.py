# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which assumptions of engine, agent and lab the answers of a host contradict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..lenient import inside
from .answers import ANSWERED, NOUN
from .question import Expect, Question
from .questions import ASKED

SHOWN = 3
"""Values that a conflict names."""


def is_probe(content: Any) -> bool:
    """Whether a file's content are the answers of a host."""
    return isinstance(content, Mapping) and content.get("noun") == NOUN and isinstance(content.get("answers"), Mapping)


def conflicts(content: Mapping[str, Any]) -> list[str]:
    """One line for each assumption that does not hold, and for each question without an answer."""
    answers = inside(content.get("answers"))
    return [line for row in ASKED for line in _of_row(row, inside(answers.get(row.key)))]


def _of_row(row: Question, answer: Mapping[str, Any]) -> Iterator[str]:
    where = ", ".join(row.where)
    if answer.get("status") != ANSWERED:
        error = inside(answer.get("error"))
        yield (
            f"{row.key}: no answer ({error.get('code') or answer.get('status') or 'not in the file'}:"
            f" {error.get('message') or 'nothing said'}); assumed: {row.assumed} ({where})"
        )
        return
    for expect in row.expects:
        wrong = misfits(expect, answer.get("facts") or [])
        if wrong:
            found = ", ".join(wrong[:SHOWN]) + (f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else "")
            says = "no" if expect.some else "a"
            yield (
                f"{row.key}: assumed: {row.assumed} ({where}); {says} {expect.path} that fits {expect.pattern}"
                f"{'' if expect.some else ' was expected'}; found {found}"
            )


def misfits(expect: Expect, facts: Any) -> list[str]:
    """The values, each once, that contradict; none where nothing is told."""
    told = list(dict.fromkeys(values_at(facts, expect.path.split("."))))
    wrong = [value for value in told if not re.search(expect.pattern, value)]
    if expect.some:
        return wrong if len(wrong) == len(told) else []
    return wrong


def values_at(facts: Any, path: list[str]) -> Iterator[str]:
    """The values at the path as text, through whatever lists are on the way; nulls are left out."""
    if isinstance(facts, list):
        for each in facts:
            yield from values_at(each, path)
    elif path and isinstance(facts, Mapping):
        yield from values_at(facts.get(path[0]), path[1:])
    elif not path and facts is not None:
        yield facts if isinstance(facts, str) else json.dumps(facts)
