# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The calm preset: what a declaration that says how much the provider takes declares besides."""

from __future__ import annotations

from ..exchange.settings import Values
from .attempts import calm_interval
from .settings import MINUTE

# What Exchange itself gives an Edge server, which faces the internet.
TRANSIENT_INTERVAL, FAILURE_INTERVAL = 10 * MINUTE, 30 * MINUTE
CONNECTIONS = 2
"""One connection may hang while the other goes on; more of them only meet the limit sooner."""


def with_calm(declared: Values, provider_per_hour: int | None) -> Values:
    """The declared values, and calm ones for what is not declared. Without a rate there is nothing to be calm for."""
    if provider_per_hour is None:
        return declared
    return {
        "message_retry_interval": calm_interval(provider_per_hour),
        "transient_failure_retry_interval": TRANSIENT_INTERVAL,
        "outbound_connection_failure_retry_interval": FAILURE_INTERVAL,
        "max_per_domain_outbound_connections": _connections(declared),
        **declared,
    }


def _connections(declared: Values) -> int:
    """No more than are declared altogether."""
    outbound = declared.get("max_outbound_connections")
    return min(CONNECTIONS, outbound) if isinstance(outbound, int) else CONNECTIONS
