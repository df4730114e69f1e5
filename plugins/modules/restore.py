# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: restore
version_added: 0.1.0
description:
  - Restores a host to its state before a run, for any noun; from one saved state (O(backup_file)), or from all
    that one task has saved (O(run)), in reverse order of application.
  - If several are put back, all are read, decided and saved before the first is written, so a refusal stops
    everything. After a failure none is tried, and the result names them. The result is then that of
    M(sbs.mailflow.mail_flow), with what this module also reports.
  - What the run changed is changed back, what it removed is created again, what it created is removed, in that order.
  - The state before the restore is saved too, so a restore can be undone like any other change.
  - M(sbs.mailflow.address_rewrite_restore), M(sbs.mailflow.send_connector_restore) and
    M(sbs.mailflow.transport_restore) are aliases of it.
notes:
  - The file of the POP3 connector's accounts is kept on the host, since its secrets are not to leave it. A saved state
    contains its hash, by which the backup beside it is found.
seealso:
  - module: sbs.mailflow.address_rewrite
  - module: sbs.mailflow.pop3_connector
  - module: sbs.mailflow.send_connector
  - module: sbs.mailflow.smarthost_account
  - module: sbs.mailflow.transport
# BEGIN written by scripts/reference
short_description: Put saved states back
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.on_error
  - sbs.mailflow.options.pop3_backup
  - sbs.mailflow.options.pop3_place
options:
  backup_file:
    description:
      - 'The saved state of one noun: the path that a changing run reported as C(backup_file). The file
        itself shows its noun. One of this, O(run) and O(backup) is needed.'
    type: str
  run:
    description:
      - 'A run whose saved states are all put back, in reverse order of application: its C(run) in those
        files, or V(last) for the newest one of this host in O(backup_dir) that was not itself a restore.
        Refused if a later run has changed the same since, unless that was put back.'
    type: str
  logins:
    description:
      - 'The logins of saved send connectors whose passwords have to be written, because the host has
        another login now: no host returns a password; and those that come into use by the restore though
        they were not when it was saved, for which C(username) and C(created) are enough. Each must have
        passed its minimum age, unless it was in use when the state was saved. Mailboxes as the smarthost
        account declares them are taken, too.'
    type: list
    elements: dict
    suboptions:
      username:
        description:
          - The user name that the mailbox logs in with, usually its address.
        required: true
        type: str
      password:
        description:
          - The mailbox's password, from ansible-vault. Needed if it is to be written; a login that is
            already stored on the host may be declared without it, to declare its age.
        type: str
      created:
        description:
          - 'When the provider created the mailbox: a date, or a date-time. A plain date counts as the
            end of that day, so that 14 days are never 13 and some hours.'
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
          - 'Confirms that the mailbox was deleted and recreated: its earlier login history no longer
            counts.'
        type: bool
  confirm_no_smarthost:
    description:
      - Allow a saved state with which no enabled connector sends mail to every domain (V(*)), or only
        one that sends directly by DNS.
    type: bool
    default: false
  confirm_open_relay:
    description:
      - Allow a saved state with which a receive connector is an open relay.
    type: bool
    default: false
  clients_given_up:
    description:
      - Client addresses that may lose their receive connector by the saved state, the server's own among
        them; as in O(sbs.mailflow.receive_connector#module:clients_given_up).
    type: list
    elements: str
  remove_created_domains:
    description:
      - Remove the accepted domains that the run had created. Mail to addresses in them is then rejected.
    type: bool
    default: false
  force:
    description:
      - Also put back what was changed since of the addresses of recipients and of the registry's values.
        Without it that is listed and left unchanged.
    type: bool
    default: false
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Check what a restore would change
  sbs.mailflow.restore:
    backup_file: inventory/.mailflow/sbs/send_connector_20260131T093000Z.json
    logins:
      - username: info@beispiel.de
        password: "{{ vault_info_password }}"
        created: 2026-01-31
  check_mode: true
  diff: true

- name: Put back all that the last run has changed
  sbs.mailflow.restore:
    run: last
"""

RETURN = r"""
---
plan:
  description: What the run does, or in check mode would do. V(null) when there is nothing to do. Holds no secret. Where
    several saved states are put back, each noun's own plan stands below RV(nouns).
  returned: unless the declaration or the host was refused
  type: dict
  contains:
    noun:
      description: What the plan is about; V(restore) where several saved states are put back.
      returned: always
      type: str
    digest:
      description: SHA-256 over the steps, or over the nouns and digests of several plans. The same plan always has the
        same digest; O(approved_plan) takes it.
      returned: always
      type: str
    steps:
      description: The commands in their order, each with C(action), C(target), C(command), C(parameters) and
        C(changes); of more than 1000 the first ones.
      returned: where one saved state is put back
      type: list
      elements: dict
    nouns:
      description: The nouns that have something to do.
      returned: where several saved states are put back
      type: list
      elements: str
    steps_left_out:
      description: How many more steps the plan has. The saved state holds all of them.
      returned: for plans of more than 1000 steps
      type: int
transcript:
  description: The plan as lines of PowerShell, for review or to be run manually. It asks for passwords.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
steps:
  description:
    - The outcome of each step of the plan, if several saved states are put back with C(noun) beside it. Empty in
      check mode and when there was nothing to do.
    - C(status) is V(done), V(failed), V(not_tried), and after a broken connection V(not_done) or V(unknown).
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
backup_file:
  description: Where the state before the change was saved on the controller. V(null) when nothing was written, and
    where several saved states were put back (see RV(restored)).
  returned: unless the declaration or the host was refused
  type: str
  sample: /srv/site/inventory/.mailflow/sbs/send_connector_20260131T093000Z.json
backup_files:
  description: Where the states before the change were saved, one file a noun.
  returned: where several saved states are put back
  type: list
  elements: str
nouns:
  description: For each noun what is returned where its saved state alone is put back.
  returned: where several saved states are put back
  type: dict
run_notices:
  description: Notices about the whole run, not about a single noun.
  returned: where several saved states are put back and there is any
  type: list
  elements: str
restored:
  description:
    - The saved states in the order in which they were put back, each with C(noun), C(file), C(changed) and
      C(backup_file), where the state before it was saved.
    - Where there are several, each also contains what the noun reports in addition; a single one reports that in the
      result itself.
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
connector:
  description: The name of the connector on the host. V(null) when it is not known yet.
  returned: for a state of send connectors or of a transport server
  type: str
password:
  description: Whether the password is written by this plan (C(written)), and why (C(why)).
  returned: for a state of send connectors
  type: dict
  sample:
    written: true
    why: the saved login is put back
other_connectors:
  description: Other enabled connectors that send mail to every domain, with C(name), C(cost) and C(smart_hosts).
  returned: for a state of send connectors
  type: list
  elements: dict
other_routes:
  description: All other enabled connectors, with C(name), C(address_spaces) and, in C(internet), those of them that
    send mail to the internet.
  returned: for a state of send connectors
  type: list
  elements: dict
server:
  description: The name of the transport server.
  returned: for a state of a transport server
  type: str
  sample: SBS
attempts:
  description: What the settings allow at most once the plan is carried out, as M(sbs.mailflow.transport) reports it.
  returned: for a state of a transport server
  type: dict
method:
  description: How the run had been done.
  returned: for a state of addresses
  type: str
  sample: recipients
changed_since:
  description: Recipients whose addresses were changed since. They are left unchanged unless O(force=true).
  returned: for a state of addresses
  type: list
  elements: str
gone:
  description: Saved recipients that no longer exist.
  returned: for a state of addresses
  type: list
  elements: str
backups:
  description: The backups of the POP3 connector's accounts on the host, the newest last, each with C(Name), C(Length)
    and C(LastWriteTime).
  returned: for a state of the POP3 connector
  type: list
  elements: dict
backup:
  description: The one of them that is put back. V(null) where the file is as it was saved.
  returned: for a state of the POP3 connector
  type: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
