# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a whole server: what is declared of which noun, checked strictly and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..action.place import Context
from ..errors import MailflowError, Reason, refuse
from ..inbound.desired import NOUN as INBOUND
from ..inbound.desired import WHERE as WAYS
from ..inbound.desired import Desired as Inbound
from ..inbound.desired import parse_desired as parse_ways
from ..inbound.rules import of_connector
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import Raw
from ..options.option import Option, names
from ..options.parse import parse, unknown_options
from ..options.spelling import Spelling
from ..options.values import Names
from ..pop3_connector.subject import Pop3ConnectorSubject
from ..preflight.catalogue import BY_NAME
from ..preflight.desired import NOUN as PREFLIGHT
from ..preflight.desired import Desired as Preflight
from ..preflight.desired import parse_desired
from ..run.subject import Subject
from .nouns import CONNECTORS, NOUNS
from .owners import Declarations, with_owners

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
        PREFLIGHT,
        Raw("dict"),
        "Options of M(sbs.mailflow.preflight) as a mapping, without those that every action has. It takes part in every"
        " run, declared or not.",
    ),
    Option(
        INBOUND,
        Raw("dict"),
        "Options of M(sbs.mailflow.inbound) as a mapping, without those that every action has. Whether mail comes in as"
        " it says is judged in every run.",
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


def parse_declarations(arguments: Mapping[str, Any], reasons: list[Reason]) -> Declarations:
    """What is declared of each noun, in their order; what is wrong is added to the reasons."""
    reasons += unknown_options(arguments, names(OPTIONS), Spelling(WHERE))
    declared = {noun: arguments[noun] for noun in NOUNS if arguments.get(noun) not in (None, {})}
    for noun, desired in declared.items():
        if not isinstance(desired, Mapping):
            reasons.append(reason_of("noun_no_mapping", WHERE, noun=noun, type=type(desired).__name__))
    if set(CONNECTORS) <= set(declared):
        reasons.append(reason_of("two_connectors", WHERE))
    if not declared and not _has_ways(arguments.get(INBOUND)):
        reasons.append(reason_of("nothing_declared", WHERE, nouns=", ".join((*NOUNS, INBOUND))))
    return {noun: dict(desired) for noun, desired in declared.items() if isinstance(desired, Mapping)}


def _has_ways(inbound: Any) -> bool:
    """Whether something is declared of how mail comes in; what is no mapping has a reason of its own."""
    return bool(inbound.get("domains") if isinstance(inbound, Mapping) else inbound)


def parse_preflight(arguments: Mapping[str, Any], reasons: list[Reason], where: Spelling) -> Preflight:
    """The preflight of the run; what is wrong is added to the reasons."""
    return parse_desired(_mapping(PREFLIGHT, arguments, reasons), reasons, BY_NAME, where)


def parse_inbound(arguments: Mapping[str, Any], reasons: list[Reason], where: Spelling) -> Inbound:
    """How mail comes in to the server of the run; what is wrong is added to the reasons."""
    return parse_ways(_mapping(INBOUND, arguments, reasons), reasons, where)


def _mapping(noun: str, arguments: Mapping[str, Any], reasons: list[Reason]) -> Mapping[str, Any]:
    desired = arguments.get(noun)
    if desired is not None and not isinstance(desired, Mapping):
        reasons.append(reason_of("noun_no_mapping", WHERE, noun=noun, type=type(desired).__name__))
    return desired if isinstance(desired, Mapping) else {}


def chosen(declarations: Declarations, arguments: Mapping[str, Any], reasons: list[Reason]) -> Declarations:
    """Those that take part; what is wrong is added to the reasons."""
    wanted = parse(OPTIONS, {"only": arguments.get("only")}, Spelling(WHERE), reasons).get("only")
    if wanted is None:
        return with_owners(declarations)
    # An empty list would do nothing, and look like a server on which nothing is left to do.
    for noun in sorted(map(repr, set(wanted) - set(declarations))) if wanted else ["[]"]:
        reasons.append(reason_of("noun_not_declared", WHERE, noun=noun, declared=", ".join(declarations) or "none"))
    return with_owners({noun: desired for noun, desired in declarations.items() if noun in wanted})


def make_subjects(
    declarations: Declarations, reasons: Sequence[Reason], place: Context, inbound: Inbound | None = None
) -> list[Subject[Any]]:
    """The subjects of these nouns, where mail comes in so. Raises InputRefused with every reason against any of them,
    those given and what of the controller cannot be used among them."""
    wrong = list(reasons)
    made = []
    for noun, desired in declarations.items():
        try:
            made.append(NOUNS[noun].make(desired, [], place))
        except MailflowError as error:
            wrong += error.reasons
    for each in made:
        if inbound is not None and isinstance(each, Pop3ConnectorSubject):
            wrong += of_connector(inbound.domains, each.desired, place.spelling(INBOUND, WAYS).where)
    refuse(dict.fromkeys(wrong))
    return made


def extra_seconds(declarations: Declarations) -> int:
    """Seconds by which these nouns prolong the time limit, together."""
    return sum(NOUNS[noun].extra_seconds(desired) for noun, desired in declarations.items())
