# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: smarthost_account
version_added: 0.1.0
description:
  - Decides which of the provider's mailboxes logs in at the smarthost, the first in the list that is old enough, and
    lets a send connector use it.
  - A new login is tested from the SBS host before it is written, up to C(RCPT TO) and without sending anything. After a
    switch, Exchange's own protocol log is awaited; if the provider rejects the new login there, the connector gets the
    previous mailbox again.
  - A mailbox that is too young is never written. One that is already in use stays, with a warning.
  - The login history (first logins, switches, rejections) is kept in a ledger on the controller.
  - Run daily. It does nothing until the day on which a preferred mailbox is old enough, then switches automatically
    within O(switch_window).
attributes:
  check_mode:
    description: Reads the host and reports what it would do. No login is tried, and the ledger is only read.
notes:
  - With this module, do not declare a login for M(sbs.mailflow.send_connector) on the same connector.
seealso:
  - module: sbs.mailflow.send_connector
  - module: sbs.mailflow.restore
  - plugin: sbs.mailflow.account_age
    plugin_type: filter
# BEGIN written by scripts/reference
short_description: Let the first provider mailbox that is old enough log in at the smarthost
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.ledger
  - sbs.mailflow.options.known_routes
  - sbs.mailflow.options.mailboxes
options:
  provider:
    description:
      - 'The mail provider: the key of one in the packaged table, such as V(strato), or a custom one as
        a mapping with C(name), C(smtp_host) and, if necessary, C(starttls_port), C(username_form), C(age_counts_from),
        C(minimum_age_days) and C(sender_rule).'
    required: true
    type: raw
  mailboxes:
    description:
      - 'The mailboxes that may log in, in order of preference: the intended one first, then those that
        are used until it is old enough.'
    required: true
  connector:
    description:
      - Options of M(sbs.mailflow.send_connector) for the connector, as a mapping without C(login). By
        default it adopts the connector for every domain and sends its mail to the provider's smarthost
        with login and TLS; its protocol log is enabled, since that is where Exchange records its own
        logins.
    type: dict
  sender:
    description:
      - The sender address that a login is tested with; by default the mailbox's own address.
    type: str
  accept_unproven:
    description:
      - 'Also switch to a login that cannot be verified from this host, for example if a firewall allows
        only Exchange out. Not for a server without TLS 1.2: no mail would be sent there. A login that
        the provider rejects is never used.'
    type: bool
    default: false
  update_password:
    description:
      - 'When the password of a login that stays is written again. V(auto): when it differs from the one
        that the ledger shows as written last. V(always): at every run.'
    type: str
    choices:
      - auto
      - always
    default: auto
  switch_window:
    description:
      - When a switch may happen by itself, as a mapping.
    type: dict
    suboptions:
      days:
        description:
          - Days of the week in English; by default V(monday) to V(thursday).
        type: list
        elements: str
      from:
        description:
          - The time of day at which the window starts; by default V(07:00).
        type: str
      to:
        description:
          - The time of day at which the window ends; by default V(16:00).
        type: str
      time_zone:
        description:
          - The site's time zone; by default V(Europe/Berlin).
        type: str
  wait_for_session:
    description:
      - 'The seconds to wait after a switch for a new session in Exchange''s protocol log. V(0): do not
        wait.'
    type: int
    default: 600
  require_observed_age:
    description:
      - Count a mailbox's age only from the first login in the ledger, not from its declared C(created).
    type: bool
    default: false
  per_hour:
    description:
      - The number of messages an hour that the provider accepts; by default the packaged number, if one
        is known. With more than half of that waiting, the login is not switched.
    type: int
  switch_with_backlog:
    description:
      - Switch regardless of the amount of waiting mail. Exchange then tries all of it at once with the
        new login.
    type: bool
    default: false
  retry_refused:
    description:
      - Try a password again that the provider has rejected, for example after it has unlocked the mailbox.
        By default a rejected password is not tried again for seven days, unless another one is declared.
    type: bool
    default: false
  retry_hours:
    description:
      - A login that was rejected together with another one, as in an outage of the provider or with both
        locked there, is tried again after this number of hours at the earliest; a login rejected alone
        as well, with O(retry_refused=true).
    type: int
    default: 4
  calendar_file:
    description:
      - A calendar file (.ics) on the controller with the date of the next event. It has one event a host,
        so all hosts may share it; a file that is no calendar of this collection is refused.
    type: str
  expected_every_hours:
    description:
      - 'For a timer or cron job: report when the run before this one was more than this number of hours
        ago, V(26) for a daily one. Without it, that is reported only if a switch was due meanwhile.'
    type: int
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Send with the old mailbox until the new one is old enough
  sbs.mailflow.smarthost_account:
    provider: strato
    mailboxes:
      - address: smarthost@beispiel.de
        password: "{{ vault_smarthost_password }}"
        created: 2026-11-20
      - address: info@beispiel.de
        password: "{{ vault_info_password }}"
        created: 2019-03-01
    calendar_file: /srv/site/smarthost.ics
"""

RETURN = r"""
---
plan:
  description: What the run does, or in check mode would do. V(null) when there is nothing to do. Holds no secret.
  returned: unless the declaration or the host was refused
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
  description: The plan as lines of PowerShell, for review or to be run manually. It asks for passwords.
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
  description: Where the state before the change was saved on the controller. V(null) when nothing was written.
  returned: unless the declaration or the host was refused
  type: str
  sample: /srv/site/inventory/.mailflow/sbs/send_connector_20260131T093000Z.json
connector:
  description: The name of the connector on the host. V(null) when it is not known yet.
  returned: unless the declaration or the host was refused
  type: str
password:
  description: Whether the password is written by this plan (C(written)), and why (C(why)).
  returned: unless the declaration or the host was refused
  type: dict
  sample:
    written: true
    why: the login changes from no login to info@beispiel.de
other_connectors:
  description: Other enabled connectors that send mail to every domain, with C(name), C(cost) and C(smart_hosts).
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
other_routes:
  description: All other enabled connectors, with C(name), C(address_spaces) and, in C(internet), those of them that
    send mail to the internet.
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
decision:
  description: >-
    What happens to the login: V(keep), V(switch), V(postpone) (to the next switch window), V(back) where Exchange
    reported that the new login was rejected, or V(nobody) where no mailbox may log in and none does, which is a
    failure.
  returned: when a decision was made
  type: str
why:
  description: The decision in a sentence.
  returned: when a decision was made
  type: str
login:
  description: The login of the connector after the run. V(null) where one that is not declared stays.
  returned: when a decision was made
  type: str
mailboxes:
  description:
    - The declared mailboxes, each with C(address), C(usable), C(usable_from), C(minimum_age_days), C(observed) (first
      login) and C(barred) (why it is not tried).
  returned: when a decision was made
  type: list
  elements: dict
next_date:
  description: The time of the next event, as ISO 8601. V(null) if there is none.
  returned: when a decision was made
  type: str
next_event:
  description: The next event.
  returned: when a decision was made
  type: str
next_login:
  description: The login that the next event is about. V(null) if there is none.
  returned: when a decision was made
  type: str
said:
  description: >-
    The line that the run has printed for whoever watches it, whatever the verbosity: who logs in, who takes over, when
    and why.
  returned: always
  type: list
  elements: str
  sample:
    - "info@beispiel.de logs in; smarthost@beispiel.de takes over on 2026-12-07 (Monday) 07:00 CET: it is 14 days old on
      2026-12-05 (Saturday) 00:00 CET, and the next switch window opens then"
stages:
  description:
    - What was done, in order, each with C(stage), C(mailbox), C(outcome) and C(text), a proof also with C(proves),
      which states what it does not prove.
    - Stages are V(observation), V(gate), V(proof), V(way_back), V(write), V(exchange) and V(back).
  returned: always
  type: list
  elements: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
