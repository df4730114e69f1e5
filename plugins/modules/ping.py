# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ping
short_description: Prove the way to the agent and back
version_added: 0.1.0
description:
  - Connects over WinRM, logs in, and runs the agent with nothing to do.
  - Stands in for C(ansible.windows.win_ping), which refuses PowerShell 2.0.
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
attributes:
  action:
    description: Runs on the controller, as an action plugin.
    support: full
  check_mode:
    description: Reads the host and says what it would do, without doing it.
    support: full
  diff_mode:
    description: Shows the objects on the host before and after.
    support: none
notes:
  - Works over O(ignore:ansible_connection=winrm) only, and never with C(become).
  - Needs nothing on the host but the Windows PowerShell 2.0 that an untouched SBS 2011 has.
seealso:
  - module: sbs.mailflow.facts
options:
  # BEGIN written by scripts/reference
  timeout:
    description:
      - After how many seconds the action gives up and closes its shell on the host.
    type: int
    default: 600
  # END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: See whether the host answers
  sbs.mailflow.ping:
"""

RETURN = r"""
---
ping:
  description: Always V(pong).
  returned: success
  type: str
  sample: pong
computer:
  description: The name that the computer has for itself.
  returned: success
  type: str
  sample: SBS
powershell:
  description: The version of its PowerShell.
  returned: success
  type: str
  sample: "2.0"
agent:
  description: The version of the agent that ran there.
  returned: success
  type: str
  sample: 0.1.0
"""
