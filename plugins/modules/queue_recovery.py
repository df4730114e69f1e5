# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: queue_recovery
version_added: 0.1.0
description:
  - Suspends the queue of the send connector, saves its messages, calms the transport settings, makes no
    attempt for an hour, waits for a mature login, suspends every message individually, resumes the queue and releases
    messages in batches below the provider's rate. Then it verifies that none is missing, and restores the settings.
  - One call is one tick. It reads, does what the present stage needs, and reports when the next one is due.
    With O(wait), as in C(playbooks/recover_queue.yml), it makes all of them, for as long as that takes.
  - All its data is in one file on the controller, in O(backup_dir). An interrupted run continues
    from there.
  - A message is removed only by its identity (O(remove_messages)).
attributes:
  diff_mode:
    support: none
notes:
  - While the queue is suspended, new mail continues to queue; every result warns of it.
seealso:
  - module: sbs.mailflow.queue
  - module: sbs.mailflow.smarthost_account
  - module: sbs.mailflow.transport
# BEGIN written by scripts/reference
short_description: Recover the queue of a send connector from a snowball
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.ledger
  - sbs.mailflow.options.mailboxes
options:
  provider:
    description:
      - The mail provider, as in O(sbs.mailflow.smarthost_account#module:provider). Its packaged rate
        is used, if one is known.
    type: raw
  per_hour:
    description:
      - The number of messages an hour that the provider accepts from the login that is used afterwards.
        Required if no packaged rate is known; every recipient counts.
    type: int
  connector:
    description:
      - The name of the send connector. By default the one for every domain.
    type: str
  share:
    description:
      - The percentage of the provider's rate used for the backlog; the rest is for new mail and for uncounted
        messages.
    type: int
    default: 50
  share_in_need:
    description:
      - The percentage used as long as messages might otherwise expire before their turn. Not more than
        O(share) if that is the same or less.
    type: int
    default: 75
  order:
    description:
      - 'Which messages are released first: the oldest, the newest, the smallest (V(size)), or those of
        O(senders_first). Messages that would expire before their turn are released before all others.'
    type: str
    choices:
      - oldest
      - newest
      - size
      - senders
    default: oldest
  senders_first:
    description:
      - 'With O(order=senders): the senders whose messages are released first, in their order.'
    type: list
    elements: str
  quiet_minutes:
    description:
      - How long no attempt is made at all, so that the provider's counter expires.
    type: int
    default: 60
  message_expiration_timeout:
    description:
      - The value that Exchange's MessageExpirationTimeout is raised to meanwhile, by default seven days.
        A longer one is kept.
    type: str
  mailboxes:
    description:
      - The mailboxes of O(sbs.mailflow.smarthost_account#module:mailboxes). The recovery continues once
        the connector logs in with a different one than before that is old enough. Required unless O(keep_login=true).
  keep_login:
    description:
      - Continue with the connector's present login.
    type: bool
    default: false
  minimum_backlog:
    description:
      - The number of waiting messages from which on a recovery starts; by default more than half of the
        provider's rate.
    type: int
  take_over:
    description:
      - Start although the queue is already suspended, and not by a recovery known here.
    type: bool
    default: false
  take_over_messages:
    description:
      - Release messages that were suspended individually before together with the others, as by a recovery
        whose file is lost. By default they count as somebody else's and stay suspended.
    type: bool
    default: false
  remove_messages:
    description:
      - Identities of saved messages (C(SBS\\12\\345)) that are removed instead of sent. Nothing else
        is ever removed.
    type: list
    elements: str
  remove_with_report:
    description:
      - Whether the senders of removed messages get a non-delivery report.
    type: bool
    default: true
  accept_missing:
    description:
      - InternetMessageIds of messages that left the queue without an entry in message tracking, and that
        you have checked yourself.
    type: list
    elements: str
  accept_refused:
    description:
      - 'Senders whose messages are released although the provider refuses them, so that they get non-delivery
        reports: addresses, a domain as V(@beispiel.de), or V(*) for all.'
    type: list
    elements: str
  retry_hours:
    description:
      - If the provider rejects the login that senders are tested with, it is tried again after this number
        of hours at the earliest, unless its declared password changes.
    type: int
    default: 4
  abandon:
    description:
      - Abandon the recovery that is in progress. All messages that it has suspended are released at once,
        regardless of the provider's rate, the queue is resumed, and the settings are restored. Once started,
        abandoning continues to the end.
    type: bool
    default: false
  wait:
    description:
      - Make ticks until nothing is left to do, or another login is needed, and report the progress on
        the screen. By default one call is one tick.
    type: bool
    default: false
  pause:
    description:
      - With O(wait), the maximum seconds between two ticks.
    type: int
    default: 300
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: One step further
  sbs.mailflow.queue_recovery:
    provider: strato
    mailboxes: "{{ smarthost_account_mailboxes }}"
  register: tick

- name: With the login that the connector has, at a rate of one's own, one sender first
  sbs.mailflow.queue_recovery:
    per_hour: 100
    keep_login: true
    order: senders
    senders_first: [chef@beispiel.de]
"""

RETURN = r"""
---
stage:
  description: >-
    Where the recovery is: V(suspend), V(save), V(settle), V(quiet), V(switch), V(prove), V(hold), V(release),
    V(verify), V(restore) or V(done).
  returned: unless nothing was read
  type: str
done:
  description: Whether nothing is left to do. Also where there was nothing to recover.
  returned: unless nothing was read
  type: bool
next_tick_seconds:
  description: When the next tick is due, in seconds of the host's clock. An earlier one does no harm.
  returned: unless nothing was read
  type: int
needs_login:
  description: Whether it waits for another login of the connector.
  returned: unless nothing was read
  type: bool
began:
  description: When the recovery began, by the host's clock. V(null) where none has.
  returned: unless nothing was read
  type: str
ended:
  description: When it ended; V(null) until then.
  returned: unless nothing was read
  type: str
duration:
  description: How long it has lasted, in hours and minutes.
  returned: unless nothing was read
  type: str
counts:
  description:
    - How many messages are where, as C(saved), C(queued), C(kept_back), C(sent), C(failed), C(removed), C(accepted) and
      C(gone) (left the queue, and nothing is known yet). V(null) where there was nothing to recover.
  returned: unless nothing was read
  type: dict
rate_per_hour:
  description: The provider's rate as the recovery takes it now, halved by every refusal for the
    rate, and a step higher after each hour without one.
  returned: where there is something to recover
  type: int
connector:
  description: The name of the connector.
  returned: unless nothing was read
  type: str
bounced:
  description: The senders who got non-delivery reports, each with C(sender), C(recipients) and C(message_id).
  returned: unless nothing was read
  type: list
  elements: dict
refused:
  description: The senders whose messages stay suspended because the provider refuses them, each with C(name) (an
    address, a domain as C(@beispiel.de), or C(*) for all), C(class) and C(words).
  returned: unless nothing was read
  type: list
  elements: dict
outlook:
  description: >-
    In check mode: C(stages) that have something to do, with the C(hours) of each, all C(hours), C(messages),
    C(recipients), C(per_hour), C(too_large) and C(will_expire).
  returned: unless nothing was read
  type: dict
recovery_file:
  description: Where the recovery is kept on the controller; at its end, where it was put aside.
  returned: unless nothing was read
  type: str
plan:
  description: What this tick does, or in check mode would do. V(null) where it only looks.
  returned: unless nothing was read
  type: dict
transcript:
  description: The plan as lines of PowerShell.
  returned: unless nothing was read
  type: list
  elements: str
steps:
  description: What became of each step, with C(action), C(target), C(command), C(status), C(error) and C(ms).
  returned: unless nothing was read
  type: list
  elements: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
