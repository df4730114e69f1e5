# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pop3_connector_restore
version_added: 0.1.0
description:
  - Restores the accounts file of the POP3 connector to its state before a write, from a backup beside it
    on the host. Without O(backup) it lists the existing ones.
  - Whether the file is the same as a backup cannot be determined without its secrets leaving the host,
    so a restore is always carried out. The previous file becomes a backup, too.
notes:
  - Needs no Exchange shell.
seealso:
  - module: sbs.mailflow.pop3_connector
  - module: sbs.mailflow.restore
# BEGIN written by scripts/reference
short_description: Put a backup of the POP3 connector's accounts back
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.pop3_backup
  - sbs.mailflow.options.pop3_place
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: List the backups
  sbs.mailflow.pop3_connector_restore:

- name: Put one back
  sbs.mailflow.pop3_connector_restore:
    backup: pop3records.dat.20260302T120000Z.bak
"""

RETURN = r"""
---
plan:
  description: What the run does, or in check mode would do. V(null) when there is nothing to do. Holds no secret.
  returned: unless the declaration or the host was refused
  type: dict
transcript:
  description: The plan as comment lines, one for each value; no shell knows the commands of the agent.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
steps:
  description:
    - The outcome of each step of the plan. Empty in check mode and when there was nothing to do.
    - C(status) is V(done), V(failed), V(not_tried), and after a broken connection V(not_done) or V(unknown).
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
backup_file:
  description: Where what was known of the state before was noted on the controller. V(null) when nothing was written.
  returned: unless the declaration or the host was refused
  type: str
backups:
  description: The backups beside the file, the newest last, each with C(Name), C(Length) and C(LastWriteTime).
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
