# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: mail_flow
version_added: 0.1.0
description:
  - Does what M(sbs.mailflow.address_rewrite), M(sbs.mailflow.send_connector) or M(sbs.mailflow.smarthost_account),
    M(sbs.mailflow.pop3_connector) and M(sbs.mailflow.transport) do, in one task with one login.
  - Every declaration is checked before the host is touched; an error in one stops all. Then everything is read in
    one remote process, decided, proven and saved, and applied one noun after the other, each read back.
  - A refusal by the host's state, a failed proof or a failed step stops that noun, and those that wait for it. A
    connector that is created or switched to another provider waits for the addresses; a login that is switched waits
    for nothing. The others are applied, and the task fails.
  - An option of the run that is not declared here, such as O(timeout), is taken from the variables of the roles of the
    nouns that take part (C(transport_timeout)), where those that are declared are equal.
attributes:
  diff_mode:
    description: Shows what is touched on the host before and after, one block for each noun.
notes:
  - The time limit is O(timeout) plus what the nouns add to theirs.
seealso:
  - module: sbs.mailflow.address_rewrite
  - module: sbs.mailflow.send_connector
  - module: sbs.mailflow.smarthost_account
  - module: sbs.mailflow.pop3_connector
  - module: sbs.mailflow.transport
# BEGIN written by scripts/reference
short_description: Keep the mail flow of an Exchange 2010 in its declared state, in one run
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
options:
  receive_connector:
    description:
      - Options of M(sbs.mailflow.receive_connector) as a mapping, without those that every action has.
        An empty one is not declared.
    type: dict
  address_rewrite:
    description:
      - Options of M(sbs.mailflow.address_rewrite) as a mapping, without those that every action has.
        An empty one is not declared.
    type: dict
  send_connector:
    description:
      - Options of M(sbs.mailflow.send_connector) as a mapping, without those that every action has. An
        empty one is not declared.
    type: dict
  smarthost_account:
    description:
      - Options of M(sbs.mailflow.smarthost_account) as a mapping, without those that every action has.
        An empty one is not declared.
    type: dict
  transport:
    description:
      - Options of M(sbs.mailflow.transport) as a mapping, without those that every action has. An empty
        one is not declared.
    type: dict
  pop3_connector:
    description:
      - Options of M(sbs.mailflow.pop3_connector) as a mapping, without those that every action has. An
        empty one is not declared.
    type: dict
  preflight:
    description:
      - Options of M(sbs.mailflow.preflight) as a mapping, without those that every action has. It takes
        part in every run, declared or not.
    type: dict
  inbound:
    description:
      - Options of M(sbs.mailflow.inbound) as a mapping, without those that every action has. Whether
        mail comes in as it says is judged in every run.
    type: dict
  only:
    description:
      - The declared nouns that take part, such as V(transport); by default all. An unknown or undeclared
        noun is refused.
    type: list
    elements: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Addresses, login and retry limits of one server
  sbs.mailflow.mail_flow:
    address_rewrite:
      rules:
        - from: nt4admins.local
          to: beispiel.de
    smarthost_account:
      provider: strato
      mailboxes:
        - address: info@beispiel.de
          password: "{{ vault_info }}"
          created: 2020-01-31
    transport:
      calm_for_provider: strato

- name: The transport settings alone
  sbs.mailflow.mail_flow:
    transport:
      calm_for_provider: strato
      smtp_max_messages_per_connection: 5
    send_connector:
      name: Internet
      smart_hosts: [smtp.strato.de]
    only: [transport]
"""

RETURN = r"""
---
plan:
  description: What the run does, or in check mode would do. V(null) when there is nothing to do. Each noun's own plan
    stands below RV(nouns).
  returned: unless a declaration was refused
  type: dict
  contains:
    noun:
      description: V(mail_flow).
      returned: always
      type: str
    digest:
      description: SHA-256 over the nouns and digests of their plans; O(approved_plan) takes it. That of a run of one
        noun is its plan's own.
      returned: always
      type: str
    nouns:
      description: The nouns that have something to do.
      returned: always
      type: list
      elements: str
transcript:
  description: The plans as lines of PowerShell, for review or to be run manually.
  returned: unless a declaration was refused
  type: list
  elements: str
steps:
  description:
    - The outcome of each step of all plans, as each noun's action reports it, with C(noun) beside it. Empty in check
      mode and when there was nothing to do.
  returned: unless a declaration was refused
  type: list
  elements: dict
backup_files:
  description: Where the states before the change were saved on the controller, one file a noun.
  returned: unless a declaration was refused
  type: list
  elements: str
  sample: [/srv/site/inventory/.mailflow/sbs/transport_20260131T093000Z.json]
nouns:
  description: For each noun that takes part what its own action returns.
  returned: unless a declaration was refused
  type: dict
said:
  description: The lines that the run has printed for whoever watches it, whatever the verbosity. Each noun's own stand
    below RV(nouns), too.
  returned: when there is any
  type: list
  elements: str
run_notices:
  description: Notices about the whole run, not about a single noun.
  returned: when there is any
  type: list
  elements: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
