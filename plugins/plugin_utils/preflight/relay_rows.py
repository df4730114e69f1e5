# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether everyone can send to anybody by this server, which is told although nothing is declared of receiving."""

from __future__ import annotations

from collections.abc import Iterator

from ..agent import host_facts
from ..messages import notice_of
from ..receive_connector import places
from ..receive_connector.diff import NOUN, own_ranges
from ..receive_connector.relay import STEP, OpenRelay, open_relays, parse_rights, untold
from ..receive_connector.state import READ_STEP, ReceiveConnector
from .check import Check
from .finding import FAIL, PASS, UNKNOWN, Finding, joined
from .situation import Situation
from .told import reads, reply_of
from .told import untold as nobody_told


def _open_relay(situation: Situation) -> Finding | None:
    """Where the noun itself takes part, it says so."""
    if NOUN in situation.declared.nouns and not situation.alone:
        return None
    connectors = situation.ways_today.receiving
    if connectors is None:
        return nobody_told()
    return joined(_found(situation, connectors)) or Finding(PASS, notice_of("check_relay_none"))


def _found(situation: Situation, connectors: tuple[ReceiveConnector, ...]) -> Iterator[Finding]:
    reply = reply_of(situation)
    rights, own = parse_rights(reply), own_ranges(places.parse_own(reply))
    for each in open_relays(connectors, rights, own, situation.declared.known_relays):
        yield Finding(FAIL, notice_of("check_relay", name=each.connector.name), _remedy(each))
    for unknown in untold(connectors, rights, own):
        yield Finding(UNKNOWN, notice_of("check_relay_untold", name=unknown.name))


def _remedy(relay: OpenRelay) -> str:
    if relay.entry is None:
        return notice_of("remedy_relay_external")
    return notice_of("remedy_relay_inherited" if relay.entry.inherited else "remedy_relay_own")


ROWS: tuple[Check, ...] = (
    Check(
        "open_relay",
        "exchange",
        "no receive connector by which everyone outside may send to any recipient",
        "Get-ReceiveConnector, and Get-ADPermission for S-1-5-7",
        _open_relay,
        reads=reads(host_facts.STEP, places.STEP, READ_STEP, STEP),
    ),
)
