# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: send_connector_restore
version_added: 0.1.0
description:
  - Brings send connectors back to what they were before a run of M(sbs.mailflow.send_connector).
  - What the run changed is changed back, what it removed is created again, what it created is removed, in that order.
  - The state before the restore is saved too, so a restore can be undone like any other change.
author:
  - The sbs.mailflow maintainers (!UNKNOWN)
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
seealso:
  - module: sbs.mailflow.send_connector
# BEGIN written by scripts/reference
short_description: Put a saved state of send connectors back
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.exchange
  - sbs.mailflow.plans
options:
  backup_file:
    description:
      - 'The saved state: the path that a changing run reported as RV(sbs.mailflow.send_connector#module:backup_file).'
    required: true
    type: str
  logins:
    description:
      - 'The logins of the saved connectors whose passwords have to be written, because the host has another
        login now: no host gives a password back; and those that come into use by the restore though they
        were not when it was saved, for which C(username) and C(created) are enough. Each must have passed
        its minimum age, unless it was in use when the state was saved.'
    type: list
    elements: dict
    suboptions:
      username:
        description:
          - The name with which the mailbox logs in, as a rule its address.
        required: true
        type: str
      password:
        description:
          - The mailbox's password, from ansible-vault. Needed where it is to be written; a login that
            is stored on the host already may be declared without it, to tell its age.
        type: str
      created:
        description:
          - 'When the provider made the mailbox: a date, or a date-time. A plain date counts as the end
            of that day, so that 14 days are never 13 and some hours.'
        required: true
        type: raw
      minimum_age_days:
        description:
          - 'How old the mailbox must be, in days: 14 (the default) or more, never less.'
        type: int
      time_zone:
        description:
          - The provider's time zone, for a V(created) without one; by default V(Europe/Berlin).
        type: str
      recreated:
        description:
          - 'Says that the mailbox was deleted and made again: what was observed of it before does not
            count any more.'
        type: bool
  confirm_no_smarthost:
    description:
      - Allow a saved state with which no enabled connector takes mail to every domain (V(*)), or only
        one that sends straight by DNS.
    type: bool
    default: false
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Look at what a restore would change
  sbs.mailflow.send_connector_restore:
    backup_file: backup/sbs/send_connector_20260131T093000Z.json
    logins:
      - username: info@beispiel.de
        password: "{{ vault_info_password }}"
        created: 2026-01-31
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
  description: The plan as lines of PowerShell, for review or to be run by hand. It asks for passwords.
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
  sample: /srv/site/backup/sbs/send_connector_20260131T093000Z.json
connector:
  description: The name of the connector on the host. V(null) when it is not known yet.
  returned: unless the wish or the host was refused
  type: str
password:
  description: Whether the password is written by this plan (C(written)), and why (C(why)).
  returned: unless the wish or the host was refused
  type: dict
  sample:
    written: true
    why: the login changes from no login to info@beispiel.de
other_connectors:
  description: Other enabled connectors that take mail to every domain, with C(name), C(cost) and C(smart_hosts).
  returned: unless the wish or the host was refused
  type: list
  elements: dict
other_routes:
  description: All other enabled connectors, with C(name), C(address_spaces) and, in C(internet), those of them by which
    mail leaves for the internet.
  returned: unless the wish or the host was refused
  type: list
  elements: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
