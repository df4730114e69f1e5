# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: address_rewrite_restore
version_added: 0.1.0
description:
  - Brings recipients, e-mail address policies, accepted domains and rewrite entries back to what they were before a run
    of M(sbs.mailflow.address_rewrite), from the file that the run saved on the controller.
  - A restore saves the state before it, too.
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
attributes:
  check_mode:
    support: full
  diff_mode:
    description: Shows recipients, policies and accepted domains on the host before and after.
    support: full
notes:
  - Transport agents that the run had enabled stay enabled.
seealso:
  - module: sbs.mailflow.address_rewrite
# BEGIN written by scripts/reference
short_description: Put saved addresses back
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.exchange
  - sbs.mailflow.plans
options:
  backup_file:
    description:
      - 'The saved state: the path that a changing run reported as RV(sbs.mailflow.address_rewrite#module:backup_file).'
    required: true
    type: str
  remove_created_domains:
    description:
      - Remove the accepted domains that the run had created. Mail to addresses in them is then refused.
    type: bool
    default: false
  force:
    description:
      - Put back the addresses of recipients that were changed since, too. Without it they are listed
        and left alone.
    type: bool
    default: false
  on_error:
    description:
      - What happens to the other recipients when one fails. Either way the task fails, and every one
        is reported.
    type: str
    choices:
      - stop
      - continue
    default: stop
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Look at what a restore would change
  sbs.mailflow.address_rewrite_restore:
    backup_file: backup/sbs/address_rewrite_20260131T093000Z.json
  check_mode: true
  diff: true
"""

RETURN = r"""
---
plan:
  description: What the run does, or in check mode would do. V(null) when there is nothing to do. Holds no secret.
  returned: unless the wish or the host was refused
  type: dict
  contains:
    noun:
      description: What the plan is about.
      returned: always
      type: str
    digest:
      description: SHA-256 over the steps. The same plan always has the same digest; O(approved_plan) takes it.
      returned: always
      type: str
    steps:
      description: The commands in their order, each with C(action), C(target), C(command), C(parameters) and
        C(changes); of more than 1000 the first ones.
      returned: always
      type: list
      elements: dict
    steps_left_out:
      description: How many more steps the plan has. The saved state holds all of them.
      returned: for plans of more than 1000 steps
      type: int
transcript:
  description: The plan as lines of PowerShell, for review or to be run by hand.
  returned: unless the wish or the host was refused
  type: list
  elements: str
steps:
  description:
    - What became of each step of the plan. Empty in check mode and when there was nothing to do.
    - C(status) is V(done), V(failed), V(not_tried), and after a broken connection V(not_done) or V(unknown).
  returned: unless the wish or the host was refused
  type: list
  elements: dict
backup_file:
  description: Where the state before the change was saved on the controller. V(null) when nothing was written.
  returned: unless the wish or the host was refused
  type: str
  sample: /srv/site/backup/sbs/address_rewrite_20260131T093000Z.json
method:
  description: How the run had been done.
  returned: unless the wish or the host was refused
  type: str
  sample: recipients
changed_since:
  description: Recipients whose addresses were changed since. They are left as they are unless O(force=true).
  returned: unless the wish or the host was refused
  type: list
  elements: str
gone:
  description: Saved recipients that are not there any more.
  returned: unless the wish or the host was refused
  type: list
  elements: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
