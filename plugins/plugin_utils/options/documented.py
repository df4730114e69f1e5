# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options as Ansible documents them: in a module's page, and as the variables of a role's argument spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .kinds import ListOf, Record
from .option import UNDECLARED, Option
from .spelling import Spelling

_OPTION = re.compile(r"O\((\w+)")


def of_module(rows: Iterable[Option], more: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The options of a module's documentation by name; ``more`` sentences are known of some."""
    return {row.name: _option(row, more) for row in rows}


def shared(rows: Iterable[Option], fragments: Mapping[str, Sequence[Option]]) -> dict[str, Sequence[Option]]:
    """The fragments that a module with these options extends: those of which it has every option, of the same kind,
    whatever it says of them itself."""
    mine = {(row.name, id(row.kind)) for row in rows}
    return {name: each for name, each in fragments.items() if mine.issuperset((row.name, id(row.kind)) for row in each)}


def beside(fragments: Iterable[Iterable[Option]], options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What a module's documentation says of its options besides what these fragments do."""
    told = of_module((row for rows in fragments for row in rows), {})
    own = {
        name: {key: value for key, value in page.items() if told.get(name, {}).get(key) != value}
        for name, page in options.items()
    }
    return {name: page for name, page in own.items() if page}


def of_role(rows: Sequence[Option], more: Mapping[str, Sequence[str]], spelt: Spelling) -> dict[str, Any]:
    """The variables of a role's argument spec by name. A mapping is raw there, since validation before the action would
    repeat what it does not like; and a choice is a text, which the action takes in any case."""
    pages = of_module(rows, more)
    return {spelt(row.name): _variable(row, pages, spelt) for row in rows}


def taking_null(variables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The variables of a role as Ansible checks them. It refuses null for a truth value or number that has a default,
    where it is what is not declared; so those are raw, and the action checks them."""
    return {
        name: {**page, "type": "raw"} if "default" in page and page["type"] in ("bool", "int") else dict(page)
        for name, page in variables.items()
    }


def one_of(row: Option) -> list[str]:
    """The choices of an option as a sentence, if it has any."""
    return [f"One of {', '.join(f'V({each})' for each in row.kind.choices)}."] if row.kind.choices else []


def in_exchange(rows: Iterable[Any], sentence: str) -> dict[str, list[str]]:
    """What settings' rows know of Exchange, by option: the property and, where it is documented, what it begins with,
    in this ``sentence``."""
    known = {row.name: (row.prop, begin_of(row)) for row in rows if not row.secret}
    return {
        name: [f"Exchange's C({prop})." + (f" {sentence}".format(begin.replace("\\", "\\\\")) if begin else "")]
        for name, (prop, begin) in known.items()
    }


def begin_of(row: Any) -> str:
    """What Exchange begins with, as an inventory would say it; the empty text where that is not documented."""
    begin = row.new_value
    shown = "" if repr(begin) == "not documented" else row.kind.show(begin)
    return str(shown).lower() if isinstance(shown, bool) else "nothing" if shown in (None, []) else str(shown)


def nested(row: Option) -> tuple[Option, ...]:
    """The options of the mapping, or of each mapping of the list, that an option is."""
    kind = row.kind.item if isinstance(row.kind, ListOf) else row.kind
    return kind.options if isinstance(kind, Record) else ()


def _option(row: Option, more: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    page: dict[str, Any] = {"description": [row.description, *more.get(row.name, ())]}
    page |= {"required": True} if row.required else {}
    page |= {"type": row.kind.ansible_type}
    page |= {"elements": row.kind.elements} if row.kind.elements else {}
    page |= {"choices": list(row.kind.choices)} if row.kind.choices else {}
    page |= {} if row.default is UNDECLARED else {"default": row.default}
    return page | ({"suboptions": of_module(nested(row), {})} if nested(row) else {})


def _variable(row: Option, pages: Mapping[str, Any], spelt: Spelling) -> dict[str, Any]:
    keys = [f"C({each.name}) ({each.kind.ansible_type}): {_in_words(each)}" for each in nested(row)]
    told = [*pages[row.name]["description"], *one_of(row), *keys]
    left_out = ("suboptions", "choices", *(["elements"] if keys else []))
    page = {key: value for key, value in pages[row.name].items() if key not in left_out}
    page |= {"type": "raw"} if keys else {}
    return page | {"description": [_spelt(text, pages, spelt) for text in told]}


def _spelt(text: str, pages: Mapping[str, Any], spelt: Spelling) -> str:
    """O(login) as O(send_connector_login): a role's variables bear its name."""
    return _OPTION.sub(lambda at: f"O({spelt(at[1])}" if at[1] in pages else at[0], text)


def _in_words(row: Option) -> str:
    """A key of a mapping: what it means, and what else a suboption would say of it."""
    default = [] if row.default is UNDECLARED else [f"By default V({row.default})."]
    return " ".join([row.description, *one_of(row), *default, *(["Required."] if row.required else [])])
