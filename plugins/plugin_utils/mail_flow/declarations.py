# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish of a whole server: what is declared of which noun, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..action.place import Context
from ..errors import MailflowError, Reason, refuse
from ..messages import say
from ..options.action import Action
from ..options.kinds import Raw
from ..options.option import Option, names
from ..options.parse import parse, unknown_options
from ..options.spelling import Spelling
from ..options.values import Names
from ..run.subject import Subject
from .nouns import CONNECTORS, NOUNS
from .owners import Wishes, with_owners

WHERE = "mail flow"

OPTIONS: tuple[Option, ...] = (
    *(
        Option(
            noun,
            Raw("dict"),
            f"Options of M(sbs.mailflow.{noun}) as a mapping, without those that every action has. An empty one is not"
            " declared.",
        )
        for noun in NOUNS
    ),
    Option(
        "only",
        Names(),
        "The declared nouns that take part, such as V(transport); by default all. An unknown or undeclared noun is"
        " refused.",
    ),
)
"""The options of the action, besides those of every run."""
ACTION = Action(
    "mail_flow",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=False,
    description="Keep the mail flow of an Exchange 2010 in its declared state, in one run",
)


def parse_wishes(arguments: Mapping[str, Any], reasons: list[Reason]) -> Wishes:
    """What is declared of each noun, in their order; what is wrong is added to the reasons."""
    reasons += unknown_options(arguments, names(OPTIONS), Spelling(WHERE))
    declared = {noun: arguments[noun] for noun in NOUNS if arguments.get(noun) not in (None, {})}
    for noun, wish in declared.items():
        if not isinstance(wish, Mapping):
            reasons.append(say("noun_no_mapping", WHERE, noun=noun, type=type(wish).__name__))
    if set(CONNECTORS) <= set(declared):
        reasons.append(say("two_connectors", WHERE))
    if not declared:
        reasons.append(say("nothing_declared", WHERE, nouns=", ".join(NOUNS)))
    return {noun: dict(wish) for noun, wish in declared.items() if isinstance(wish, Mapping)}


def chosen(wishes: Wishes, arguments: Mapping[str, Any], reasons: list[Reason]) -> Wishes:
    """Those that take part; what is wrong is added to the reasons."""
    wanted = parse(OPTIONS, {"only": arguments.get("only")}, Spelling(WHERE), reasons).get("only")
    if wanted is None:
        return with_owners(wishes)
    # An empty list would do nothing, and look like a server on which nothing is left to do.
    for noun in sorted(map(repr, set(wanted) - set(wishes))) if wanted else ["[]"]:
        reasons.append(say("noun_not_declared", WHERE, noun=noun, declared=", ".join(wishes) or "none"))
    return with_owners({noun: wish for noun, wish in wishes.items() if noun in wanted})


def make_subjects(wishes: Wishes, reasons: Sequence[Reason], place: Context) -> list[Subject[Any]]:
    """The subjects of these nouns. Raises WishRefused with every reason against any of them, those given and what of
    the controller cannot be used among them."""
    wrong = list(reasons)
    made = []
    for noun, wish in wishes.items():
        try:
            made.append(NOUNS[noun].make(wish, [], place))
        except MailflowError as error:
            wrong += error.reasons
    refuse(dict.fromkeys(wrong))
    return made


def extra_seconds(wishes: Wishes) -> int:
    """Seconds by which these nouns prolong the time limit, together."""
    return sum(NOUNS[noun].extra_seconds(wish) for noun, wish in wishes.items())
