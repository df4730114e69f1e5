# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an action is to those who write about all of them: its documentation, its role, the groups of actions, tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .option import Option


@dataclass(frozen=True)
class Action:
    """One action. ``options``: its own ones, besides those of every run. ``needs_exchange``: it may load an Exchange
    shell. ``plans``: it makes a plan, or keeps something on the controller. ``role``: a role of the same name hands its
    variables on to it. ``description``: one line without a full stop. ``parts``: those of its options that hold
    those of another action."""

    name: str
    options: Sequence[Option]
    needs_exchange: bool
    plans: bool
    role: bool
    description: str
    parts: Mapping[str, Action] = field(default_factory=dict, hash=False)
