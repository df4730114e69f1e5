# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Exchange names the mailboxes that are its own: nobody writes with them."""

from __future__ import annotations

import re

_SYSTEM_ADDRESS = re.compile(
    r"(SystemMailbox\{[0-9a-f-]+\}|DiscoverySearchMailbox\s?\{[0-9a-f-]+\}|FederatedEmail\.[0-9a-f-]+"
    r"|Migration\.[0-9a-f-]+|HealthMailbox[0-9a-f]{7,}|MicrosoftExchange[0-9a-f]{32}|MsExchApproval[0-9a-f-]*)(@.*)?",
    re.IGNORECASE,
)
"""Whatever Exchange calls their kind."""


def is_system_address(text: str) -> bool:
    """Whether a name or an address is that of a mailbox of Exchange's own."""
    return _SYSTEM_ADDRESS.fullmatch(text.strip("<> ")) is not None
