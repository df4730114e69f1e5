# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: transport_restore
version_added: 0.1.0
description:
  - Brings the transport settings of the host's own server back to what they were before a run of
    M(sbs.mailflow.transport), from the file that the run saved on the controller.
  - Where the run kept a setting of the send connector as well, that goes back, too, and nothing else of the connector.
  - A restore saves the state before it, too.
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
attributes:
  check_mode:
    support: full
  diff_mode:
    description: Shows the server's settings on the host before and after, and the connector's where it changes.
    support: full
notes:
  - A setting that could not be read when the state was saved is left as it is.
seealso:
  - module: sbs.mailflow.transport
# BEGIN written by scripts/reference
short_description: Put a saved state of the transport server back
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.exchange
  - sbs.mailflow.plans
options:
  backup_file:
    description:
      - 'The saved state: the path that a changing run reported as RV(sbs.mailflow.transport#module:backup_file).'
    required: true
    type: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Look at what a restore would change
  sbs.mailflow.transport_restore:
    backup_file: backup/sbs/transport_20260131T093000Z.json
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
        C(changes).
      returned: always
      type: list
      elements: dict
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
  sample: /srv/site/backup/sbs/transport_20260131T093000Z.json
server:
  description: The name of the transport server.
  returned: success
  type: str
  sample: SBS
connector:
  description: The name of the send connector of which something goes back. V(null) where there is none.
  returned: success
  type: str
  sample: Windows SBS Internet Send SBS
attempts:
  description:
    - What the settings allow at most once the plan is carried out. C(docs/transport.md) has the arithmetic and what it
      assumes.
  returned: success
  type: dict
  contains:
    per_message_per_hour:
      description: How often one waiting message is tried in an hour. V(null) when the host's value cannot be read.
      returned: success
      type: int
    provider_per_hour:
      description: How many messages an hour the provider takes, by the declared calm. V(null) without one.
      returned: success
      type: int
    backlog_that_stays_below:
      description: How many waiting messages make no more attempts an hour than that. V(null) where either is not known.
      returned: success
      type: int
  sample:
    per_message_per_hour: 2
    provider_per_hour: 250
    backlog_that_stays_below: 125
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
