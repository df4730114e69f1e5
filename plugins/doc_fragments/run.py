# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of the collection has."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that modules share."""

    DOCUMENTATION = r"""
---
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
attributes:
  check_mode:
    description: Reads the host and reports what it would do, without doing it.
    support: full
  diff_mode:
    description: Shows the objects on the host before and after.
    support: full
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - Works over O(ignore:ansible_connection=winrm) only, and never with C(become).
  - Needs nothing on the host but the Windows PowerShell 2.0 that an untouched SBS 2011 has.
# BEGIN written by scripts/reference
options:
  timeout:
    description:
      - The seconds after which the action stops and closes its shell on the host.
    type: int
    default: 600
# END written by scripts/reference
"""
