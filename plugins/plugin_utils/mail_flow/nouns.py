# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The nouns that can be declared of a server, in the order in which they are carried out: first the receive connector,
so that no relay stays open while others are proven; addresses before the send connector, so that no sender is foreign
to a provider when mail turns to it; and last what proves logins at many servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..action.place import Make
from ..address_rewrite import making as address_rewrite
from ..address_rewrite.desired import ACTION as ADDRESSES
from ..options.action import Action
from ..pop3_connector import making as pop3_connector
from ..pop3_connector.desired import ACTION as POP3
from ..receive_connector import making as receive_connector
from ..receive_connector.desired import ACTION as RECEIVING
from ..send_connector import making as send_connector
from ..send_connector.desired import ACTION as CONNECTOR
from ..smarthost_account import making as smarthost_account
from ..smarthost_account.desired import ACTION as ACCOUNT
from ..transport import making as transport
from ..transport.desired import ACTION as TRANSPORT


@dataclass(frozen=True)
class Noun:
    """What can be declared, how the subject of a run is made of it, and by how many seconds that prolongs the run."""

    action: Action
    make: Make
    extra_seconds: Callable[[Mapping[str, Any]], int] = lambda arguments: 0


NOUNS: Mapping[str, Noun] = {
    "receive_connector": Noun(RECEIVING, receive_connector.make),
    "address_rewrite": Noun(ADDRESSES, address_rewrite.make),
    "send_connector": Noun(CONNECTOR, send_connector.make),
    "smarthost_account": Noun(ACCOUNT, smarthost_account.make, smarthost_account.extra_seconds),
    "transport": Noun(TRANSPORT, transport.make),
    "pop3_connector": Noun(POP3, pop3_connector.make),
}
CONNECTORS = ("send_connector", "smarthost_account")
"""Two ways to declare one thing."""
