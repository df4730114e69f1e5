# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: ping
version_added: 0.1.0
description:
  - Connects over WinRM, logs in, and runs the agent with nothing to do.
  - Replaces C(ansible.windows.win_ping), which refuses PowerShell 2.0.
attributes:
  diff_mode:
    support: none
seealso:
  - module: sbs.mailflow.facts
# BEGIN written by scripts/reference
short_description: Test the connection to the agent and back
extends_documentation_fragment:
  - sbs.mailflow.run
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Check whether the host answers
  sbs.mailflow.ping:

- name: Wait until a server that restarts answers, for ten minutes at most
  sbs.mailflow.ping:
  register: answer
  until: answer.ping is defined
  retries: 60
  delay: 10
"""

RETURN = r"""
---
ping:
  description: Always V(pong).
  returned: success
  type: str
  sample: pong
computer:
  description: The computer's own name.
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
