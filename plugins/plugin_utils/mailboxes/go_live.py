# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning without a host: on which day at the latest a mailbox has to be made, to be old enough on another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..account_age import Mailbox, parse_mailbox, parse_now

_FAR_AHEAD = datetime(9000, 1, 1, tzinfo=UTC)
"""No day is in the future for a plan."""


def latest_creation(go_live: Any, minimum_age_days: Any, time_zone: Any, where: str) -> date:
    """The last day on which a mailbox may be made that is to log in from the moment ``go_live`` on.

    ``go_live`` is a date (its beginning) or date-time; the mailbox is declared with the plain date of its creation,
    which counts as the end of that day. Raises InputRefused.
    """
    moment = parse_now(go_live, time_zone, where)
    mailbox = _mailbox(_EARLY, minimum_age_days, time_zone, where)
    day = moment.astimezone(mailbox.zone).date() - timedelta(days=mailbox.minimum_age_days)
    while usable_from(day, minimum_age_days, time_zone, where) > moment:
        day -= timedelta(days=1)
    return day


_EARLY = date(2000, 1, 1)


def usable_from(created: Any, minimum_age_days: Any, time_zone: Any, where: str) -> datetime:
    """The first moment (in the mailbox's zone) at which a mailbox made then may log in. Raises InputRefused."""
    mailbox = _mailbox(created, minimum_age_days, time_zone, where)
    return mailbox.usable_from.astimezone(mailbox.zone)


def _mailbox(created: Any, minimum_age_days: Any, time_zone: Any, where: str) -> Mailbox:
    declared = {"created": created, "minimum_age_days": minimum_age_days, "time_zone": time_zone}
    return parse_mailbox({**declared, "address": where}, _FAR_AHEAD, where)
