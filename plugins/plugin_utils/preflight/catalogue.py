# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks. A new one is a function and a row of its group."""

from __future__ import annotations

from . import (
    direct_rows,
    dns_rows,
    exchange_rows,
    host_rows,
    inbound_rows,
    pop3_rows,
    relay_rows,
    server_rows,
    smarthost_rows,
    tls_rows,
)
from .check import Check

CHECKS: tuple[Check, ...] = (
    *host_rows.ROWS,
    *tls_rows.ROWS,
    *exchange_rows.ROWS,
    *relay_rows.ROWS,
    *smarthost_rows.ROWS,
    *direct_rows.ROWS,
    *pop3_rows.ROWS,
    *dns_rows.ROWS,
    *inbound_rows.ROWS,
    *server_rows.ROWS,
)
"""In the order in which they are shown."""
BY_NAME = {each.name: each for each in CHECKS}
