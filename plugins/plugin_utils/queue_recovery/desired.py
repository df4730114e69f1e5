# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wish of a recovery: whose queue, what the provider takes, in what order and how carefully its mail is let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..controls import Control, convert_all, names, unknown_options
from ..errors import Reason, collect, refuse
from ..messages import say
from ..providers import ADDRESS, Provider, find_provider, mature_rates
from ..queue.desired import MOST_PER_HOUR
from ..smarthost_account.book import Retry
from ..smarthost_account.candidates import Candidate, parse_candidates
from ..transport.settings import DAY, SETTINGS
from ..values import Boolean, Choice, Integer, Kind, Text

WHERE = "queue recovery"
OLDEST, NEWEST, SIZE, SENDERS = "oldest", "newest", "size", "senders"
ORDERS = (OLDEST, NEWEST, SIZE, SENDERS)


class Texts(Kind):
    """A list of texts whose order and capitals count."""

    ansible_type = "list"
    elements = "str"

    def wish(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise ValueError("a list of texts, none of them empty")
        return tuple(each.strip() for each in value)


@dataclass(frozen=True)
class Desired:
    """A checked wish. ``rate`` is what the provider takes in an hour, ``share`` (0 to 1) what of it is used, and
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


OPTIONS: tuple[Control, ...] = (
    Control(
        "provider",
        Text(),
        None,
        "The mail provider, as O(sbs.mailflow.smarthost_account#module:provider) has it. Its packaged rate is used,"
        " where one is known.",
    ),
    Control(
        "per_hour",
        Integer(1, MOST_PER_HOUR),
        None,
        "How many messages an hour the provider takes of the login that is used afterwards. Required where no packaged"
        " rate is known; every recipient counts.",
    ),
    Control("connector", Text(64), None, "The name of the send connector. By default the one for every domain."),
    Control(
        "share",
        Integer(1, 100),
        50,
        "How many percent of the provider's rate are used for the backlog; the rest is for new mail and for what nobody"
        " counts.",
    ),
    Control(
        "share_in_need",
        Integer(1, 100),
        75,
        "How many percent are used as long as messages might expire before their turn otherwise. Not more than O(share)"
        " where that is the same or less.",
    ),
    Control(
        "order",
        Choice(*ORDERS),
        OLDEST,
        "Which messages go first: the oldest, the newest, the smallest (V(size)), or those of O(senders_first). What"
        " would expire before its turn goes before all others.",
    ),
    Control(
        "senders_first", Texts(), None, "With O(order=senders): the senders whose messages go first, in their order."
    ),
    Control(
        "quiet_minutes",
        Integer(0, 1440),
        60,
        "How long no attempt is made at all, so that the provider's count runs out.",
    ),
    Control(
        "message_expiration_timeout",
        SETTINGS["message_expiration_timeout"].kind,
        None,
        "What Exchange's MessageExpirationTimeout is raised to meanwhile, by default seven days. A longer one is kept.",
    ),
    Control(
        "mailboxes",
        Text(),
        None,
        "The mailboxes of O(sbs.mailflow.smarthost_account#module:mailboxes). The recovery goes on once the connector"
        " logs in with another one than before that is old enough. Required unless O(keep_login=true).",
    ),
    Control("keep_login", Boolean(), False, "Go on with the login that the connector has."),
    Control(
        "minimum_backlog",
        Integer(1, MOST_PER_HOUR),
        None,
        "From how many waiting messages on a recovery begins; by default more than half of the provider's rate.",
    ),
    Control(
        "take_over",
        Boolean(),
        False,
        "Begin although the queue is suspended already and no recovery is known here that did it.",
    ),
    Control(
        "take_over_messages",
        Boolean(),
        False,
        "Let messages go with the others that were suspended one by one before, as by a recovery whose file is lost. By"
        " default they count as somebody else's and stay suspended.",
    ),
    Control(
        "remove_messages",
        Texts(),
        None,
        "Identities of saved messages (C(SBS\\\\12\\\\345)) that are removed instead of sent. Nothing else is ever"
        " removed.",
    ),
    Control(
        "remove_with_report", Boolean(), True, "Whether the senders of removed messages get a report of non-delivery."
    ),
    Control(
        "accept_missing",
        Texts(),
        None,
        "InternetMessageIds of messages that left the queue without a trace, and that you have looked after yourself.",
    ),
    Control(
        "accept_refused",
        Texts(),
        None,
        "Senders whose messages are let go although the provider refuses them, so that they get reports of"
        " non-delivery: addresses, a domain as V(@beispiel.de), or V(*) for all.",
    ),
    Control(
        "retry_hours",
        Integer(0, 168),
        4,
        "Where the provider refuses the login with which senders are proven, it is tried again after so many hours at"
        " the earliest, unless its declared password changes.",
    ),
    Control(
        "abandon",
        Boolean(),
        False,
        "End the recovery that is under way without finishing it. Everything that it keeps back is let go at once,"
        " whatever the provider takes, the queue runs again, and the settings go back. What it has begun to abandon it"
        " abandons to the end.",
    ),
    Control(
        "wait",
        Boolean(),
        False,
        "Make ticks until nothing is left to do, or another login is needed, and tell on the screen how it goes. By"
        " default one call is one tick.",
    ),
    Control("pause", Integer(0, 3600), 300, "With O(wait), the most seconds between two ticks."),
    Control(
        "ledger", Text(), None, "The ledger's file on the controller; by default C(ledger.sqlite) in O(backup_dir)."
    ),
)
"""The options of the action, besides those of every run."""
_RAW = ("provider", "mailboxes")


def parse_desired(arguments: Mapping[str, Any], now: datetime, found: Sequence[Reason] = ()) -> Desired:
    """The wish of a task's arguments at the moment ``now`` (aware). Raises WishRefused with every reason."""
    reasons = [*found, *unknown_options(arguments, names(OPTIONS), WHERE)]
    values = convert_all(reasons, WHERE, (each for each in OPTIONS if each.option not in _RAW), arguments)
    provider = _provider(reasons, arguments)
    rate = _rate(reasons, values["per_hour"], provider)
    stays = bool(values["keep_login"] or values["abandon"])
    candidates = () if values["abandon"] else _candidates(reasons, arguments, provider, stays, now)
    if (values["order"] == SENDERS) != bool(values["senders_first"]):
        reasons.append(say("senders_first_unfit", WHERE))
    refuse(reasons)
    return Desired(
        rate=rate,
        share=values["share"] / 100,
        share_in_need=values["share_in_need"] / 100,
        connector=values["connector"],
        order=values["order"],
        senders_first=tuple(each.lower() for each in values["senders_first"] or ()),
        quiet=timedelta(minutes=values["quiet_minutes"]),
        expiration=values["message_expiration_timeout"] or 7 * DAY,
        candidates=candidates,
        keep_login=values["keep_login"],
        minimum_backlog=values["minimum_backlog"] or rate // 2 + 1,
        take_over=values["take_over"],
        take_over_messages=values["take_over_messages"],
        remove_messages=values["remove_messages"] or (),
        remove_with_report=values["remove_with_report"],
        accept_missing=values["accept_missing"] or (),
        accept_refused=tuple(each.lower() for each in values["accept_refused"] or ()),
        sender_rule=provider.sender_rule if provider else ADDRESS,
        retry=Retry(hours=values["retry_hours"]),
        abandon=values["abandon"],
        wait=values["wait"],
        pause=timedelta(seconds=values["pause"]),
        ledger=values["ledger"],
    )


def _provider(reasons: list[Reason], arguments: Mapping[str, Any]) -> Provider | None:
    if arguments.get("provider") is None:
        return None
    found: Provider | None = collect(reasons, find_provider, arguments["provider"], f"{WHERE}, provider")
    return found


def _rate(reasons: list[Reason], per_hour: int | None, provider: Provider | None) -> int:
    """Messages an hour; a declared number wins over the packaged one."""
    rate = per_hour or (mature_rates().get(provider.key) if provider else None)
    if rate is None and not reasons:
        reasons.append(say("rate_missing", WHERE))
    return rate or 1


def _candidates(
    reasons: list[Reason], arguments: Mapping[str, Any], provider: Provider | None, keep_login: bool, now: datetime
) -> tuple[Candidate, ...]:
    """The mailboxes of which one has to log in; where the login stays, those with whose password senders are proven."""
    declared = arguments.get("mailboxes")
    if declared is None:
        if not keep_login:
            reasons.append(say("neither_mailboxes_nor_keep_login", WHERE))
        return ()
    if provider is None:
        if not keep_login:
            reasons.append(say("mailboxes_without_provider", WHERE))
        return ()
    return collect(reasons, parse_candidates, declared, provider, now, WHERE) or ()
