# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nouns that can be declared of a server, in the order in which they are carried out: addresses before the
connector, so that no sender is foreign to a provider when mail turns to it, and last what proves logins at many
servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..action.place import Make
from ..address_rewrite import making as address_rewrite
from ..pop3_connector import making as pop3_connector
from ..send_connector import making as send_connector
from ..smarthost_account import making as smarthost_account
from ..transport import making as transport


@dataclass(frozen=True)
class Noun:
    """How the subject of a run is made of what is declared, and by how many seconds that prolongs the run."""

    make: Make
    extra_seconds: Callable[[Mapping[str, Any]], int] = lambda arguments: 0


NOUNS: Mapping[str, Noun] = {
    "address_rewrite": Noun(address_rewrite.make),
    "send_connector": Noun(send_connector.make),
    "smarthost_account": Noun(smarthost_account.make, smarthost_account.extra_seconds),
    "transport": Noun(transport.make),
    "pop3_connector": Noun(pop3_connector.make),
}
CONNECTORS = ("send_connector", "smarthost_account")
"""Two ways to declare one thing."""
