# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules have, each group a fragment of its own: sbs.mailflow.options.ledger."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that modules share."""

    # BEGIN written by scripts/reference
    EXCHANGE = r"""
---
options:
  exchange_connection:
    description:
      - 'How the agent accesses Exchange''s cmdlets: the snap-in on the host, or a session to the host''s
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
          - The account, as V(NT4ADMINS\\Administrator).
        required: true
        type: str
      password:
        description:
          - Its password, from ansible-vault.
        required: true
        type: str
"""

    PLANS = r"""
---
options:
  backup_dir:
    description:
      - Where the state before a change is saved on the controller; by default C(.mailflow) beside the
        inventory file that has the host, whatever playbook is run. C(backup) beside the playbook, the
        default until then, stays in use where there is one, and for a host of no inventory file.
    type: str
  accept_identity:
    description:
      - 'Identities of servers, as a refusal names them, that are also this host: the controller''s data
        about them then belongs to it. For a server that was renamed or replaced, or whose inventory entry
        was.'
    type: list
    elements: str
  approved_plan:
    description:
      - The digest of the only plan that may be applied, as an earlier check mode reported it.
    type: str
"""

    LEDGER = r"""
---
options:
  ledger:
    description:
      - The ledger's file on the controller; by default C(ledger.sqlite) in O(backup_dir).
    type: str
"""

    RATE = r"""
---
options:
  per_hour:
    description:
      - The number of messages an hour that the provider accepts.
    type: int
  provider:
    description:
      - The same with the packaged number of a provider, for a mailbox past the first, throttled days.
        For other providers O(per_hour).
    type: str
    choices:
      - 1und1
      - ionos
      - strato
"""

    KNOWN_ROUTES = r"""
---
options:
  known_routes:
    description:
      - 'Other enabled connectors that are intended to send mail to the internet: their names, or address
        spaces such as V(*.de). All that is not named here is reported in every run.'
    type: list
    elements: str
"""

    MAILBOXES = r"""
---
options:
  mailboxes:
    description:
      - Mailboxes of the provider.
    type: list
    elements: dict
    suboptions:
      address:
        description:
          - The mailbox's e-mail address.
        required: true
        type: str
      username:
        description:
          - The user name that it logs in with, if that is neither the address nor the provider's usual
            form of it.
        type: str
      password:
        description:
          - The mailbox's password, from ansible-vault.
        required: true
        type: str
      created:
        description:
          - 'When the provider created the mailbox (or the contract, if the provider counts from that):
            a date, which counts as the end of that day, or a date-time.'
        required: true
        type: raw
      minimum_age_days:
        description:
          - Its minimum age, in days; the provider's own minimum or more, never less.
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
"""

    ON_ERROR = r"""
---
options:
  on_error:
    description:
      - What happens to the other recipients when one fails. Either way the task fails, and every one
        is reported.
    type: str
    choices:
      - stop
      - continue
    default: stop
"""

    OTHER_COLLECTORS = r"""
---
options:
  other_collectors:
    description:
      - Names of further services that fetch mail, with V(*) as wildcard, besides the known ones.
    type: list
    elements: str
"""

    POP3_BACKUP = r"""
---
options:
  backup:
    description:
      - The name of a backup of the POP3 connector's accounts, which is beside the file on the host, as
        RV(sbs.mailflow.pop3_connector#module:host_backup) reports it.
    type: str
  service_state:
    description:
      - Whether the POP3 connector's service is running once its accounts are put back.
    type: str
    choices:
      - unchanged
      - running
      - stopped
    default: unchanged
"""

    POP3_LOOK = r"""
---
options:
  confirm_clear_text:
    description:
      - Confirms that user names and passwords of accounts without C(ssl) may be sent to the provider
        in clear text.
    type: bool
    default: false
  log_folder:
    description:
      - The folder of its logs, if it is not the default.
    type: str
  bad_mail_folder:
    description:
      - The folder of messages that it could not deliver, if it is not the default.
    type: str
"""

    POP3_PLACE = r"""
---
options:
  file:
    description:
      - The path of the accounts file on the host, if it is not the default.
    type: str
  service:
    description:
      - The name of the connector's service, if it is not V(pop3connector).
    type: str
"""

    RESOLVER = r"""
---
options:
  resolver_port:
    description:
      - The port of O(resolver).
    type: int
    default: 53
"""
    # END written by scripts/reference
