# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a line of Exchange's message tracking log means: one row for each event and source that concerns mail on its way
out, by Microsoft's page on the log. What has no row means nothing to the mail flow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SENT, DEFERRED, REFUSED, GIVEN_UP, UNREACHED = "sent", "deferred", "refused", "given_up", "unreached"
REMOVED, INTERNAL, NOTHING = "removed", "internal", "nothing"
NOT_DELIVERED: Final = (REFUSED, GIVEN_UP, UNREACHED)
"""The outcomes of mail that was to leave and has come to its end here."""


@dataclass(frozen=True)
class TrackingRule:
    """``status`` is what the reason has to hold, ``why`` is for the page. A source in any other case is the same."""

    event: str
    source: str
    outcome: str
    why: str
    status: str = ""

    def fits(self, event: str, source: str, status: str) -> bool:
        """Whether a line is meant."""
        same = (self.event, self.source) == (event.strip().upper(), source.strip().upper())
        return same and re.search(self.status, status, re.IGNORECASE) is not None


TABLE: Final = (
    TrackingRule("SEND", "SMTP", SENT, "accepted by the smart host"),
    TrackingRule("DEFER", "SMTP", DEFERRED, "deferred by the smart host"),
    TrackingRule("FAIL", "SMTP", REFUSED, "permanently rejected by the smart host"),
    TrackingRule("FAIL", "QUEUE", REMOVED, "removed by an administrator", r"QUEUE\.Admin"),
    TrackingRule("FAIL", "ADMIN", REMOVED, "removed by an administrator"),
    TrackingRule("FAIL", "QUEUE", GIVEN_UP, "expired in the queue (4.4.7)"),
    TrackingRule("FAIL", "DNS", UNREACHED, "DNS has no destination for it"),
    TrackingRule("FAIL", "ROUTING", UNREACHED, "no route leads there (5.4.x)", r"\b[45]\.4\.\d"),
    TrackingRule(
        "FAIL", "ROUTING", INTERNAL, "no recipient here has the address (5.1.1), or a rule of this server rejects it"
    ),
    TrackingRule("FAIL", "STOREDRIVER", INTERNAL, "a mailbox of this server did not accept it"),
    TrackingRule("FAIL", "AGENT", NOTHING, "a rule has replaced or dropped a recipient"),
    TrackingRule("DEFER", "AGENT", NOTHING, "a rule has deferred it"),
    TrackingRule("DEFER", "STOREDRIVER", NOTHING, "a mailbox of this server accepts it later"),
)
"""The first row that fits."""


def outcome_of(event: str, source: str, status: str = "") -> str:
    """What a line means."""
    return next((row.outcome for row in TABLE if row.fits(event, source, status)), NOTHING)


def is_attempt(event: str, source: str) -> bool:
    """Whether the smart host was talked to about the message, which its rate may count: Source SMTP alone."""
    return outcome_of(event, source) in (SENT, DEFERRED, REFUSED)
