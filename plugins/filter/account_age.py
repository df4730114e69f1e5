# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The age gate's face in playbooks. The rule itself is in plugin_utils/account_age.py, and every action that writes
a smarthost login asks it again; what a playbook does with an answer of these filters decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.sbs.mailflow.plugins.plugin_utils.account_age import Mailbox, parse_mailbox, parse_now
from ansible_collections.sbs.mailflow.plugins.plugin_utils.errors import InputRefused, refuse

# By their full names: the checkout's filter_plugins links to this file, and a relative import would not find its way.
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes import go_live
from ansible_collections.sbs.mailflow.plugins.plugin_utils.mailboxes.preference import (
    choose,
    parse_mailboxes,
    reasons_against,
)

Filter = Callable[..., Any]


def telling(filter_of: Filter) -> Filter:
    """A filter whose refusals are Ansible's own errors; they never repeat what may hold a password."""

    @wraps(filter_of)
    def filtered(*words: Any, **options: Any) -> Any:
        try:
            return filter_of(*words, **options)
        except InputRefused as refused:
            raise AnsibleFilterError("\n".join(str(reason) for reason in refused.reasons)) from refused

    return filtered


@telling
def account_age(mailbox: Any, now: Any = None) -> dict[str, Any]:
    """The age of a mailbox at ``now`` (default: the controller's clock), and from when on it may log in."""
    if not isinstance(mailbox, Mapping):
        raise AnsibleFilterError(f"account_age: found a {type(mailbox).__name__}, expected a mapping with created")
    moment = _moment(now, mailbox.get("time_zone"), "account_age")
    data = {**mailbox, "address": mailbox.get("address") or mailbox.get("username")}
    return _told(parse_mailbox(data, moment, "account_age"), moment)


@telling
def choose_mailbox(mailboxes: Any, now: Any = None, provider: Any = None) -> Any:
    """The first of the mailboxes that is old enough, as it was declared; None where none is."""
    moment = _moment(now, None, "choose_mailbox")
    parsed = parse_mailboxes(mailboxes, provider, moment, "choose_mailbox")
    chosen = choose(parsed, moment)
    return None if chosen is None else mailboxes[parsed.index(chosen)]


@telling
def require_mailbox(mailboxes: Any, now: Any = None, provider: Any = None) -> Any:
    """As choose_mailbox, but an error with the reason of every mailbox where none is old enough."""
    moment = _moment(now, None, "require_mailbox")
    parsed = parse_mailboxes(mailboxes, provider, moment, "require_mailbox")
    chosen = choose(parsed, moment)
    if chosen is None:
        refuse(reasons_against(parsed, moment, "require_mailbox"))
    return mailboxes[parsed.index(chosen)] if chosen else None


@telling
def latest_creation(go_live_date: Any, minimum_age_days: Any = None, time_zone: Any = None) -> str:
    """The last day on which a mailbox may be made that is to log in from that date on, as YYYY-MM-DD."""
    return go_live.latest_creation(go_live_date, minimum_age_days, time_zone, "latest_creation").isoformat()


@telling
def usable_from(created: Any, minimum_age_days: Any = None, time_zone: Any = None) -> str:
    """The first moment at which a mailbox made then may log in, as ISO 8601."""
    return go_live.usable_from(created, minimum_age_days, time_zone, "usable_from").isoformat()


def _moment(now: Any, time_zone: Any, where: str) -> datetime:
    return datetime.now(UTC) if now is None else parse_now(now, time_zone, f"{where}, now")


def _told(mailbox: Mailbox, now: datetime) -> dict[str, Any]:
    return {
        "address": mailbox.address,
        "days": round(mailbox.age_days(now), 3),
        "minimum_age_days": mailbox.minimum_age_days,
        "usable": mailbox.usable_at(now),
        "usable_from": mailbox.usable_from.astimezone(mailbox.zone).isoformat(),
        "days_left": mailbox.days_left(now),
    }


class FilterModule:
    """Ansible's entry."""

    def filters(self) -> dict[str, Filter]:
        """The filters of this file by name."""
        return {
            "account_age": account_age,
            "choose_mailbox": choose_mailbox,
            "require_mailbox": require_mailbox,
            "latest_creation": latest_creation,
            "usable_from": usable_from,
        }
