# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which noun waits for which: the one table of dependencies.

In a run towards what is declared everything else is independent: a login that is switched on its day must not wait for
a leaver's POP3 account.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WAITS_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"send_connector": ("address_rewrite",), "smarthost_account": ("address_rewrite",)}
)
"""noun -> the nouns that come first, where its subject ``waits``: a connector that is created, adopted or turned to
another provider would hand it senders which it does not know."""
