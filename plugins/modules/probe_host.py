# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: probe_host
version_added: 0.1.0
description:
  - Asks an SBS or Exchange server the questions of C(docs/unknowns.md), read-only, in two remote processes, and writes
    the answers to one file on the controller. A question that fails reports it, and the others continue.
  - The file holds no password, address, name of a person, firm, host or domain. What is not known to be
    harmless is replaced by a stand-in such as V(person-1@domain-1), the same one throughout.
  - It never writes on the host. On a host without Exchange, or with another than 2010, it answers what needs none.
attributes:
  diff_mode:
    support: none
notes:
  - C(scripts/probe_host.ps1) asks the same on a server itself, without Ansible.
seealso:
  - module: sbs.mailflow.facts
# BEGIN written by scripts/reference
short_description: Query a host for facts that are not documented publicly
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Query what is not documented publicly
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
  description: The questions without an answer, each with the error.
  returned: success
  type: dict
contradictions:
  description: What the answers contradict of what is assumed, as C(scripts/compare-probe) reports it.
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
