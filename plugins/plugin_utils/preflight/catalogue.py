# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks. A new one is a function and a row of its group."""

from __future__ import annotations

from .check import Check

CHECKS: tuple[Check, ...] = ()
"""In the order in which they are shown."""
BY_NAME = {each.name: each for each in CHECKS}
