# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name of the address from which a server sends directly, as recipients look at it."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address

from ..messages import notice_of
from .finding import FAIL, PASS, UNKNOWN, WARN, Finding
from .resolver import FOUND, Answer, Resolver
from .resolver import UNKNOWN as NOT_TOLD

_DIAL_UP = re.compile(r"(dyn(amic|ip)?|dip|dial(in|up)?|pools?|[avsx]*dsl|ppp(oe)?)\d*")


def names_of(resolver: Resolver, address: str) -> Answer:
    """What an address is called (PTR)."""
    return resolver.ask(ip_address(address).reverse_pointer, "PTR")


def judge_name(resolver: Resolver, address: str) -> Finding:
    """Whether an address has a name that leads back to it, and not one that looks like a dial-in line's."""
    answer = names_of(resolver, address)
    if answer.outcome == NOT_TOLD:
        return Finding(UNKNOWN, notice_of("ptr_unknown", address=address, why=answer.why))
    if answer.outcome != FOUND:
        return Finding(FAIL, notice_of("ptr_none", address=address), notice_of("ptr_order"))
    kind = "A" if ip_address(address).version == 4 else "AAAA"
    told = {name: resolver.ask(name, kind) for name in answer.records}
    back = [name for name, each in told.items() if any(_same(address, record) for record in each.records)]
    names = ", ".join(back or answer.records)
    if not back:
        why = next((each.why for each in told.values() if each.outcome == NOT_TOLD), "")
        if why:
            return Finding(UNKNOWN, notice_of("ptr_unknown", address=address, why=why))
        return Finding(FAIL, notice_of("ptr_elsewhere", address=address, names=names), notice_of("ptr_order"))
    if all(looks_dial_up(name, address) for name in back):
        return Finding(WARN, notice_of("ptr_dial_up", address=address, names=names), notice_of("ptr_order"))
    return Finding(PASS, notice_of("ptr_found", address=address, names=names))


def _same(address: str, record: str) -> bool:
    return ip_address(address) == ip_address(record)


def looks_dial_up(name: str, address: str) -> bool:
    """Whether a name is like those that a provider gives to all of its lines: by a word in it, or by the address."""
    words = re.split(r"[.\-_]", name.lower())
    if any(_DIAL_UP.fullmatch(each) for each in words):
        return True
    known = ip_address(address)
    if not isinstance(known, IPv4Address):
        return False
    octets, numbers = str(known).split("."), re.findall(r"\d+", name)
    runs = [[str(int(each)) for each in numbers[at : at + 4]] for at in range(len(numbers))]
    return f"{int(known):08x}" in name.lower() or octets in runs or octets[::-1] in runs
