# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: probe_host
short_description: Ask a host what nobody has published
version_added: 0.1.0
description:
  - Asks an SBS or Exchange server the questions of C(docs/unknowns.md), read-only, in two remote processes, and writes
    the answers to one file on the controller. A question that fails says so, and the others go on.
  - The file holds no password, address, name of a person, firm, host or domain. What is not known to be
    harmless is replaced by a stand-in such as V(person-1@domain-1), the same one throughout.
  - It never writes on the host. On a host without Exchange, or with another than 2010, it answers what needs none.
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
  - C(scripts/probe_host.ps1) asks the same on a server itself, without Ansible.
seealso:
  - module: sbs.mailflow.facts
options:
  # BEGIN written by scripts/reference
  timeout:
    description:
      - After how many seconds the action gives up and closes its shell on the host.
    type: int
    default: 600
  exchange_connection:
    description:
      - 'How the agent reaches Exchange''s cmdlets: the snap-in on the host, or a session to the host''s
        own V(Microsoft.Exchange) endpoint, which needs O(exchange_login).'
    type: str
    choices:
      - snapin
      - endpoint
    default: snapin
  exchange_uri:
    description:
      - The endpoint's address; by default V(http://localhost/PowerShell/).
    type: str
  exchange_login:
    description:
      - The account for O(exchange_connection=endpoint), which the snap-in does not need.
    type: dict
    suboptions:
      username:
        description:
          - The account, as V(NT4ADMINS\\Administrator). Required.
        type: str
        required: true
      password:
        description:
          - Its password, from ansible-vault. Required.
        type: str
        required: true
  backup_dir:
    description:
      - 'Where the state before a change is saved on the controller; by default C(backup) beside the playbook
        (for a playbook of the collection itself: in the working directory).'
    type: str
  accept_identity:
    description:
      - 'Identities of servers, as a refusal names them, that are this host, too: what the controller keeps
        of them is then its own. For a server that was renamed or replaced, or whose inventory entry was.'
    type: list
    elements: str
  approved_plan:
    description:
      - The digest of the only plan that may be applied, as an earlier check mode reported it.
    type: str
  # END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Ask what nobody has published
  sbs.mailflow.probe_host:
  register: probe
"""

RETURN = r"""
---
file:
  description: The file on the controller, in the host's folder of O(backup_dir); V(null) in check mode.
  returned: success
  type: str
answered:
  description: How many questions were answered.
  returned: success
  type: int
failed_questions:
  description: The questions without an answer, each with what was said instead.
  returned: success
  type: dict
contradictions:
  description: What the answers contradict of what is assumed, as C(scripts/compare-probe) says it.
  returned: success
  type: list
  elements: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
