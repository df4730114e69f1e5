# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pop3_connector_learn
version_added: 0.1.0
description:
  - The keys under which the accounts file holds mailbox, SSL and logon type are not documented publicly.
    This reads a host, all values masked, and learns them from one change that is made in the SBS console between two
    snapshots.
  - It never writes on the host. What it learns goes to a variables file on the controller.
attributes:
  diff_mode:
    support: none
notes:
  - Needs no Exchange shell.
seealso:
  - module: sbs.mailflow.pop3_connector
# BEGIN written by scripts/reference
short_description: Learn where the POP3 connector of a host keeps its options
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.pop3_place
options:
  stage:
    description:
      - V(report) writes the visible state of the connector, masked, to a file on the controller. V(before)
        and V(after) take a snapshot of the host before and after one change in the SBS console.
    type: str
    choices:
      - report
      - before
      - after
    default: report
  option:
    description:
      - The option that is changed between the two snapshots.
    type: str
    choices:
      - mailbox
      - ssl
      - logon
      - interval
  value:
    description:
      - The value that it gets in the console, as an inventory would declare it.
    type: str
  value_before:
    description:
      - The value that it had, if known; only a short text of the file can be shown for it.
    type: str
  account:
    description:
      - The account that is changed.
    type: dict
    suboptions:
      server:
        description:
          - The POP3 server.
        type: str
      port:
        description:
          - Its port.
        type: int
      username:
        description:
          - The user name that the account logs in with.
        required: true
        type: str
  path:
    description:
      - The variables file on the controller that gets the map; by default C(pop3_connector_key_map.yml)
        in the host's folder below O(backup_dir).
    type: str
  overwrite:
    description:
      - Replace a different entry for the option in the file.
    type: bool
    default: false
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: The first look
  sbs.mailflow.pop3_connector_learn:
    stage: before
    option: ssl
    value: "true"

- name: The second look, after the change in the SBS console
  sbs.mailflow.pop3_connector_learn:
    stage: after
    option: ssl
    value: "true"
    account: {server: pop3.strato.de, port: 995, username: info@beispiel.de}
"""

RETURN = r"""
---
stage:
  description: The stage.
  returned: success
  type: str
report_file:
  description: The masked report, or the first look, on the controller.
  returned: with the stages V(report) and V(before)
  type: str
facts:
  description: What can be seen of the connector, masked.
  returned: with the stages V(report) and V(before)
  type: dict
learned:
  description: C(option), C(key) (V(null) where the file does not hold it) and C(values).
  returned: with the stage V(after)
  type: dict
evidence:
  description: What it follows from.
  returned: with the stage V(after)
  type: list
  elements: str
elsewhere:
  description: What else has changed, where the file has not.
  returned: with the stage V(after)
  type: list
  elements: str
key_map:
  description: The whole map of the variables file.
  returned: with the stage V(after)
  type: dict
key_map_file:
  description: The variables file on the controller.
  returned: with the stage V(after)
  type: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
