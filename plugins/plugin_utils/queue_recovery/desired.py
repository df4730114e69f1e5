# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a recovery: whose queue, what the provider takes, in what order and how carefully its mail is
released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..errors import Reason, collect, refuse
from ..mailboxes.candidates import MAILBOXES, Candidate, parse_candidates
from ..mailboxes.login_history import Retry
from ..mailboxes.providers import ADDRESS, Provider, find_provider, mature_rates
from ..messages import reason_of
from ..options.action import Action
from ..options.kinds import ListOf, Raw
from ..options.option import Option
from ..options.parse import parse
from ..options.spelling import Spelling
from ..options.values import Boolean, Choice, Integer, Text, Trimmed
from ..queue.desired import MOST_PER_HOUR
from ..run.options import LEDGER
from ..transport.settings import DAY, SETTINGS

WHERE = "queue recovery"
OLDEST, NEWEST, SIZE, SENDERS = "oldest", "newest", "size", "senders"
ORDERS = (OLDEST, NEWEST, SIZE, SENDERS)


@dataclass(frozen=True)
class Desired:
    """A checked declaration. ``rate`` is what the provider takes in an hour, ``share`` (0 to 1) what of it is used, and
    ``share_in_need`` where messages might expire otherwise."""

    rate: int
    share: float
    connector: str | None = None
    share_in_need: float = 0.75
    order: str = OLDEST
    senders_first: tuple[str, ...] = ()
    quiet: timedelta = timedelta(hours=1)
    expiration: int = 7 * DAY
    candidates: tuple[Candidate, ...] = ()
    keep_login: bool = False
    minimum_backlog: int = 0
    take_over: bool = False
    take_over_messages: bool = False
    remove_messages: tuple[str, ...] = ()
    remove_with_report: bool = True
    accept_missing: tuple[str, ...] = ()
    accept_refused: tuple[str, ...] = ()
    sender_rule: str = "address"
    retry: Retry = Retry()
    abandon: bool = False
    wait: bool = False
    pause: timedelta = timedelta(minutes=5)
    ledger: str | None = None


OPTIONS: tuple[Option, ...] = (
    Option(
        "provider",
        Raw(),
        "The mail provider, as in O(sbs.mailflow.smarthost_account#module:provider). Its packaged rate is used, if one"
        " is known.",
    ),
    Option(
        "per_hour",
        Integer(1, MOST_PER_HOUR),
        "The number of messages an hour that the provider accepts from the login that is used afterwards. Required if"
        " no packaged rate is known; every recipient counts.",
    ),
    Option("connector", Text(64), "The name of the send connector. By default the one for every domain."),
    Option(
        "share",
        Integer(1, 100),
        "The percentage of the provider's rate used for the backlog; the rest is for new mail and for uncounted"
        " messages.",
        default=50,
    ),
    Option(
        "share_in_need",
        Integer(1, 100),
        "The percentage used as long as messages might otherwise expire before their turn. Not more than O(share) if"
        " that is the same or less.",
        default=75,
    ),
    Option(
        "order",
        Choice(*ORDERS),
        "Which messages are released first: the oldest, the newest, the smallest (V(size)), or those of"
        " O(senders_first). Messages that would expire before their turn are released before all others.",
        default=OLDEST,
    ),
    Option(
        "senders_first",
        ListOf(Trimmed()),
        "With O(order=senders): the senders whose messages are released first, in their order.",
    ),
    Option(
        "quiet_minutes",
        Integer(0, 1440),
        "How long no attempt is made at all, so that the provider's counter expires.",
        default=60,
    ),
    Option(
        "message_expiration_timeout",
        SETTINGS["message_expiration_timeout"].kind,
        "The value that Exchange's MessageExpirationTimeout is raised to meanwhile, by default seven days. A longer"
        " one is kept.",
    ),
    Option(
        "mailboxes",
        MAILBOXES,
        "The mailboxes of O(sbs.mailflow.smarthost_account#module:mailboxes). The recovery continues once the"
        " connector logs in with a different one than before that is old enough. Required unless O(keep_login=true).",
    ),
    Option("keep_login", Boolean(), "Continue with the connector's present login.", default=False),
    Option(
        "minimum_backlog",
        Integer(1, MOST_PER_HOUR),
        "The number of waiting messages from which on a recovery starts; by default more than half of the provider's"
        " rate.",
    ),
    Option(
        "take_over",
        Boolean(),
        "Start although the queue is already suspended, and not by a recovery known here.",
        default=False,
    ),
    Option(
        "take_over_messages",
        Boolean(),
        "Release messages that were suspended individually before together with the others, as by a recovery whose"
        " file is lost. By default they count as somebody else's and stay suspended.",
        default=False,
    ),
    Option(
        "remove_messages",
        ListOf(Trimmed()),
        "Identities of saved messages (C(SBS\\\\12\\\\345)) that are removed instead of sent. Nothing else is ever"
        " removed.",
    ),
    Option(
        "remove_with_report",
        Boolean(),
        "Whether the senders of removed messages get a non-delivery report.",
        default=True,
    ),
    Option(
        "accept_missing",
        ListOf(Trimmed()),
        "InternetMessageIds of messages that left the queue without an entry in message tracking, and that you have"
        " checked yourself.",
    ),
    Option(
        "accept_refused",
        ListOf(Trimmed()),
        "Senders whose messages are released although the provider refuses them, so that they get non-delivery"
        " reports: addresses, a domain as V(@beispiel.de), or V(*) for all.",
    ),
    Option(
        "retry_hours",
        Integer(0, 168),
        "If the provider rejects the login that senders are tested with, it is tried again after this number of hours"
        " at the earliest, unless its declared password changes.",
        default=4,
    ),
    Option(
        "abandon",
        Boolean(),
        "Abandon the recovery that is in progress. All messages that it has suspended are released at once, regardless"
        " of the provider's rate, the queue is resumed, and the settings are restored. Once started, abandoning"
        " continues to the end.",
        default=False,
    ),
    Option(
        "wait",
        Boolean(),
        "Make ticks until nothing is left to do, or another login is needed, and report the progress on the screen. By"
        " default one call is one tick.",
        default=False,
    ),
    Option("pause", Integer(0, 3600), "With O(wait), the maximum seconds between two ticks.", default=300),
    LEDGER,
)
"""The options of the action, besides those of every run."""
ACTION = Action(
    "queue_recovery",
    OPTIONS,
    needs_exchange=True,
    plans=True,
    role=False,
    description="Recover the queue of a send connector from a snowball",
)
_LATER = ("provider", "mailboxes")


def parse_desired(
    arguments: Mapping[str, Any], now: datetime, found: Sequence[Reason] = (), where: str | Spelling = WHERE
) -> Desired:
    """The declaration of a task's arguments at the moment ``now`` (aware); ``where`` says how its options are written.
    Raises InputRefused with every reason."""
    reasons = list(found)
    given = parse(OPTIONS, arguments, Spelling.of(where), reasons, later=_LATER)
    provider = _provider(reasons, arguments)
    rate = _rate(reasons, given.pop("per_hour", None), provider)
    stays = bool(given["keep_login"] or given["abandon"])
    candidates = () if given["abandon"] else _candidates(reasons, arguments, provider, stays, now)
    if (given["order"] == SENDERS) != bool(given.get("senders_first")):
        reasons.append(reason_of("senders_first_unfit", WHERE))
    refuse(reasons)
    rule = provider.sender_rule if provider else ADDRESS
    return Desired(rate=rate, candidates=candidates, sender_rule=rule, **_canonical(given, rate))


def _canonical(given: dict[str, Any], rate: int) -> dict[str, Any]:
    """The values of the options as the declaration holds them: shares of one, spans of time, addresses in small
    letters."""
    own = {
        "quiet": timedelta(minutes=given.pop("quiet_minutes")),
        "pause": timedelta(seconds=given["pause"]),
        "expiration": given.pop("message_expiration_timeout", 7 * DAY),
        "minimum_backlog": given.get("minimum_backlog", rate // 2 + 1),
        "retry": Retry(hours=given.pop("retry_hours")),
    }
    shares = {name: given[name] / 100 for name in ("share", "share_in_need")}
    small = {name: tuple(each.lower() for each in given.get(name, ())) for name in ("senders_first", "accept_refused")}
    return {**given, **own, **shares, **small}


def _provider(reasons: list[Reason], arguments: Mapping[str, Any]) -> Provider | None:
    if arguments.get("provider") is None:
        return None
    found: Provider | None = collect(reasons, find_provider, arguments["provider"], f"{WHERE}, provider")
    return found


def _rate(reasons: list[Reason], per_hour: int | None, provider: Provider | None) -> int:
    """Messages an hour; a declared number wins over the packaged one."""
    rate = per_hour or (mature_rates().get(provider.key) if provider else None)
    if rate is None and not reasons:
        reasons.append(reason_of("rate_missing", WHERE))
    return rate or 1


def _candidates(
    reasons: list[Reason], arguments: Mapping[str, Any], provider: Provider | None, keep_login: bool, now: datetime
) -> tuple[Candidate, ...]:
    """The mailboxes of which one has to log in; where the login stays, those with whose password senders are proven."""
    declared = arguments.get("mailboxes")
    if declared is None:
        if not keep_login:
            reasons.append(reason_of("neither_mailboxes_nor_keep_login", WHERE))
        return ()
    if provider is None:
        if not keep_login:
            reasons.append(reason_of("mailboxes_without_provider", WHERE))
        return ()
    return collect(reasons, parse_candidates, declared, provider, now, WHERE) or ()
