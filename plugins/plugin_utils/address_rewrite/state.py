# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read of a host: an Exchange organisation with its recipients, or an Edge server."""

from __future__ import annotations

from dataclasses import dataclass

from .domains import AcceptedDomain
from .edge_entries import Agent, RewriteEntry
from .policies import Policy
from .recipients import Recipient
from .senders import Sender


@dataclass(frozen=True)
class State:
    """What was read of either half. ``senders`` is None where they were not asked for or not told; ``problem`` is
    why they were not told, in the host's words."""

    where: str
    domains: tuple[AcceptedDomain, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    unreadable: tuple[str, ...] = ()
    policies: tuple[Policy, ...] = ()
    senders: tuple[Sender, ...] | None = None
    problem: str | None = None
    entries: tuple[RewriteEntry, ...] = ()
    agents: tuple[Agent, ...] = ()
