# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Block lists of addresses, which are DNS zones (RFC 5782), and what they say of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import cast

from ..messages import notice_of
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding, joined
from .resolver import ABSENT, EMPTY, FOUND, Resolver
from .resolver import UNKNOWN as NOT_TOLD

ALIVE, DEAD = "alive", "dead"
_ANSWERS, _ERRORS = ip_network("127.0.0.0/8"), ip_network("127.255.255.0/24")
_LISTED, _NOT_LISTED = "2.0.0.127", "1.0.0.127"  # what each list has, and has not, to be told from a dead one


@dataclass(frozen=True)
class BlockList:
    """A list. ``refuse``: the last numbers of its answers for which recipients refuse mail, empty: all; ``warn``: those
    that are an office line's usual ones. ``serious``: whether so many ask it that a listing is a failure."""

    zone: str
    state: str = ALIVE
    refuse: frozenset[int] = frozenset()
    warn: frozenset[int] = frozenset()
    serious: bool = False


BLOCK_LISTS = (
    # Spamhaus: .2 SBL, .3 CSS, .4 XBL, .9 DROP; .10 and .11 PBL, in which most lines of offices are.
    BlockList("zen.spamhaus.org", refuse=frozenset({2, 3, 4, 9}), warn=frozenset({10, 11}), serious=True),
    # By rspamd's rbl.conf of 2026-08: .10 to .12 are bad, from .13 on neutral and good.
    BlockList("rep.mailspike.net", refuse=frozenset({10, 11, 12})),
    BlockList("bl.blocklist.de"),
    BlockList("bl.spameatingmonkey.net"),
    # Ended: such a zone may once list everything, so nobody asks it.
    BlockList("dnsbl.sorbs.net", DEAD),  # 2024-06-05
    BlockList("ix.dnsbl.manitu.net", DEAD),  # 2025-01
    BlockList("dnsbl.inps.de", DEAD),  # 2020-05
    BlockList("ubl.unsubscore.com", DEAD),
    # Answers those that are registered, and all others with an error.
    BlockList("bl.score.senderscore.com", DEAD),
)
"""States as of 2026-08."""


def judge_lists(resolver: Resolver, address: str) -> Finding:
    """What the living lists say of an address."""
    told = [_judge(resolver, each, address) for each in BLOCK_LISTS if each.state == ALIVE]
    spoke = [each for each in told if each.result != UNKNOWN]
    clean = all(each.result == PASS for each in spoke)
    worst = cast(Finding, joined(spoke or told))
    if not spoke or not clean:
        return worst
    return Finding(PASS, notice_of("list_clean", address=address, zones=", ".join(each.found for each in spoke)))


def _judge(resolver: Resolver, block_list: BlockList, address: str) -> Finding:
    zone = block_list.zone
    why = _mute(resolver, zone)
    reverse = re.sub(r"\.(in-addr|ip6)\.arpa$", "", ip_address(address).reverse_pointer)
    answer = resolver.ask(f"{reverse}.{zone}", "A")
    if answer.outcome in (EMPTY, ABSENT) and not why:
        return Finding(PASS, zone)
    codes = map(IPv4Address, answer.records)
    numbers = {int(each) & 255 for each in codes if each in _ANSWERS and each not in _ERRORS}
    if why or not numbers:
        return Finding(UNKNOWN, notice_of("list_mute", zone=zone, why=why or answer.why or notice_of("list_error")))
    if numbers & block_list.refuse or not block_list.refuse:
        result = FAIL if block_list.serious else WARN
        return Finding(
            result, notice_of("list_listed", address=address, zone=zone), notice_of("list_remove", zone=zone)
        )
    if numbers & block_list.warn:
        return Finding(WARN, notice_of("list_line", address=address, zone=zone), notice_of("list_smarthost"))
    return Finding(PASS, zone)


def _mute(resolver: Resolver, zone: str) -> str:
    """Why a list says nothing: it fails its own test, or answers us with an error; empty where it is alive."""
    listed, free = resolver.ask(f"{_LISTED}.{zone}", "A"), resolver.ask(f"{_NOT_LISTED}.{zone}", "A")
    if NOT_TOLD in (listed.outcome, free.outcome):
        return listed.why or free.why
    if free.outcome == FOUND:
        return notice_of("list_everything")
    codes = list(map(IPv4Address, listed.records))
    if not codes or any(each not in _ANSWERS for each in codes):
        return notice_of("list_no_test")
    return notice_of("list_error") if any(each in _ERRORS for each in codes) else ""
