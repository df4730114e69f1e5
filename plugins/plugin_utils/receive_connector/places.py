# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a client of the server is, by its address: mail of the server itself, of the LAN and of the internet comes in
by the same connectors, and means something else."""

from __future__ import annotations

from collections.abc import Collection

from ..lenient import text
from ..options.values import ip_address
from ..request import DONE, Reply, Step
from .ranges import PRIVATE

STEP = Step("read_own_addresses", "Get-OwnAddresses", select=("Address", "Prefix"), always=True)
OWN, LAN, INTERNET, NOWHERE = "own", "lan", "internet", "unknown"
"""The server itself (so the POP3 connector hands its mail over), a private address, any other; or no address is
told."""


def parse_own(reply: Reply) -> tuple[str, ...] | None:
    """The server's own addresses in a reply, without the loopback; None where the host told none: it has one."""
    result = reply.result(STEP.id)
    told = result.output if result.status == DONE else ()
    found = (ip_address((text(row.get("Address")) or "").strip().partition("%")[0]) for row in told)
    return tuple(dict.fromkeys(str(each) for each in found if each is not None and not each.is_loopback)) or None


def place_of(address: object, own: Collection[str] = ()) -> str:
    """Where a client is; ``own`` are the server's addresses."""
    bare = address.strip().partition("%")[0] if isinstance(address, str) else ""
    found = ip_address(bare)
    if found is None:
        return NOWHERE
    plain = getattr(found, "ipv4_mapped", None) or found
    if plain.is_loopback or {bare, str(plain)} & set(own):
        return OWN
    return LAN if any(each.has(str(plain)) for each in PRIVATE) else INTERNET
