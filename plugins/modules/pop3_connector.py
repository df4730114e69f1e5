# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: pop3_connector
version_added: 0.1.0
description:
  - Keeps the accounts that the POP3 connector of an SBS 2008 or 2011 fetches as declared. Its file C(pop3records.dat)
    is kept byte for byte except for known values; what is not documented publicly is written only by a key map that
    was learned on the host.
  - The connector deletes at the provider what it has fetched. Each new login is tested first, a full mailbox has to be
    confirmed, and no mailbox is fetched twice.
notes:
  - Loads an Exchange shell only if a mailbox is new or changed, to verify that its mail has a recipient there.
seealso:
  - module: sbs.mailflow.pop3_connector_restore
  - module: sbs.mailflow.restore
  - module: sbs.mailflow.pop3_connector_fetch
  - module: sbs.mailflow.pop3_connector_learn
# BEGIN written by scripts/reference
short_description: Keep the accounts of the SBS POP3 connector as declared
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.ledger
  - sbs.mailflow.options.other_collectors
  - sbs.mailflow.options.pop3_place
options:
  accounts:
    description:
      - The accounts that the connector fetches, or is no longer to fetch.
    type: list
    elements: dict
    suboptions:
      provider:
        description:
          - The mail provider, which fills C(server), C(port) and C(ssl); without it the first two are
            needed. The key of one in the packaged table, such as V(strato), or a custom one as a mapping
            with C(name), C(pop3_host) and, if necessary, C(pop3_port), C(pop3_ssl) and C(min_poll_minutes).
        type: raw
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
      password:
        description:
          - The mailbox's password, from ansible-vault; needed for a new account.
        type: str
      mailbox:
        description:
          - 'The mailbox, distribution group or public folder that gets the mail: one plain address, or
            one of the values that the key map lists. Needs the key map.'
        type: str
      ssl:
        description:
          - Whether the connection uses implicit TLS; needs the key map.
        type: bool
      logon:
        description:
          - How the account logs in; needs the key map.
        type: str
        choices:
          - basic
          - spa
          - apop
      state:
        description:
          - Whether the account exists.
        type: str
        choices:
          - present
          - absent
        default: present
      replaces:
        description:
          - An account on the host that becomes this one, instead of a new one beside it.
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
  exclusive:
    description:
      - Remove the accounts on the host that O(accounts) does not name. Needs O(allow_removal).
    type: bool
    default: false
  allow_removal:
    description:
      - Allows removing accounts from the file. The connector's behaviour then is not documented publicly.
    type: bool
    default: false
  key_map:
    description:
      - 'The keys under which this host''s file holds mailbox, SSL and logon type. The map that the learning
        playbook has written to the host''s folder below O(backup_dir) is used without it; what is declared
        here overrides it: C(mailbox), C(ssl) and C(logon), each a mapping with C(key) and C(values),
        and C(copy_as_is), a list of keys whose value a new account takes from the account it is copied
        from.'
    type: dict
  update_password:
    description:
      - 'When the password of an account is written. V(on_change): when the host reports that it stores
        another one.'
    type: str
    choices:
      - on_change
      - always
      - on_create
    default: on_change
  validate_logins:
    description:
      - Test the login of each new or changed account from the host before it is written. Nothing is fetched
        or deleted.
    type: bool
    default: true
  max_waiting:
    description:
      - The largest number of messages waiting in a mailbox whose account is written without O(confirm_first_fetch).
    type: int
    default: 200
  confirm_first_fetch:
    description:
      - Confirms that all messages waiting in the mailboxes may be fetched, and so deleted at the provider,
        however many they are.
    type: bool
    default: false
  confirm_clear_text:
    description:
      - 'Confirms that user names and passwords of accounts without C(ssl) may be sent to the provider
        in clear text: such a login is then tested in clear text, as the connector logs in.'
    type: bool
    default: false
  confirm_mailbox:
    description:
      - Confirms that the mailboxes of new or changed accounts exist, if Exchange cannot be queried. What
        Exchange reports about them still takes precedence.
    type: bool
    default: false
  confirm_no_other_collector:
    description:
      - Confirms that another program that fetches mail and was found on the host does not fetch these
        mailboxes.
    type: bool
    default: false
  service_state:
    description:
      - Whether the connector's service is running.
    type: str
    choices:
      - unchanged
      - running
      - stopped
    default: unchanged
  fetch_task:
    description:
      - A scheduled task on the host that fetches at an interval of its own, as a mapping. The connector's
        own schedule continues beside it.
    type: dict
    suboptions:
      state:
        description:
          - Whether the task exists.
        type: str
        choices:
          - present
          - absent
        default: present
      interval_minutes:
        description:
          - The minutes between two fetches, 5 to 1439, and not less than a provider of the accounts allows;
            needed with V(present).
        type: int
      name:
        description:
          - The task's name.
        type: str
        default: sbs.mailflow POP3 fetch
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Two mailboxes at Strato
  sbs.mailflow.pop3_connector:
    accounts:
      - provider: strato
        username: info@beispiel.de
        password: "{{ vault_info_password }}"
        mailbox: info@beispiel.de
        logon: basic
      - provider: strato
        username: post@beispiel.de
        password: "{{ vault_post_password }}"
        mailbox: post@beispiel.de
        logon: basic
    key_map: "{{ pop3_connector_key_map }}"

- name: An account that is no longer fetched
  sbs.mailflow.pop3_connector:
    accounts:
      - server: pop3.strato.de
        port: 995
        username: alt@beispiel.de
        state: absent
    allow_removal: true

- name: A mailbox that has moved to another provider
  sbs.mailflow.pop3_connector:
    accounts:
      - provider: ionos
        username: info@beispiel.de
        password: "{{ vault_info_password }}"
        replaces: {server: pop3.strato.de, port: 995, username: info@beispiel.de}
    key_map: "{{ pop3_connector_key_map }}"
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
accounts:
  description:
    - The accounts on the host as they were read, each with C(server), C(port), C(username), and what the key map knows.
    - C(password) is V(same), V(different), V(unreadable) (as of another machine) or V(undeclared); C(opens) says
      whether the stored one can be decrypted on this computer.
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
service:
  description: The connector's service, C(name) and C(status), after the run.
  returned: unless the declaration or the host was refused
  type: dict
collectors:
  description: Services of other programs that may fetch mail.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
host_backup:
  description: The name of the backup that the write has made beside the file on the host. V(null) without a write.
  returned: unless the declaration or the host was refused
  type: str
  sample: pop3records.dat.20260302T120000Z.bak
host_backups:
  description: All backups beside the file, the newest last.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
proofs:
  description:
    - Each login that was proven before the write, as C(server), C(port), C(username), C(outcome), C(stage), C(text),
      C(messages) (how many wait; V(null) where it is not known), C(remembered) and C(proves), which states what it
      does not prove.
    - C(outcome) is V(proven), V(refused) or V(unknown).
  returned: unless the declaration was refused before
  type: list
  elements: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
