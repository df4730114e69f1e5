# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules have that make a plan, or keep something on the controller."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that modules share."""

    DOCUMENTATION = r"""
---
# BEGIN written by scripts/reference
options:
  backup_dir:
    description:
      - Where the state before a change is saved on the controller; by default C(.mailflow) beside the
        inventory file that has the host, whatever playbook is run. C(backup) beside the playbook, the
        default until then, stays in use where there is one, and for a host of no inventory file.
    type: str
  accept_identity:
    description:
      - 'Identities of servers, as a refusal names them, that are this host, too: what the controller
        keeps of them is then its own. For a server that was renamed or replaced, or whose inventory entry
        was.'
    type: list
    elements: str
  approved_plan:
    description:
      - The digest of the only plan that may be applied, as an earlier check mode reported it.
    type: str
# END written by scripts/reference
"""
