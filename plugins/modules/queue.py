# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: queue
version_added: 0.1.0
description:
  - Counts the messages waiting for each next hop, with the oldest message, its expiry and the last errors, each with
    its class
    (the classes, and what to do about each, are in docs/queue.md).
  - Compares the attempts that these cause in an hour with the rate that the provider accepts, and gives a verdict
    with its reasons and what to do next.
  - Changes nothing. Everything is counted on the host, in one remote process.
attributes:
  diff_mode:
    support: none
seealso:
  - module: sbs.mailflow.transport
  - module: sbs.mailflow.facts
# BEGIN written by scripts/reference
short_description: Report what is waiting in Exchange 2010's queues, why, and what that means at the provider's
  rate
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.rate
options:
  connector:
    description:
      - The name of the send connector; by default all of them.
    type: str
  hours:
    description:
      - The hours of message tracking over which the attempts are counted.
    type: int
    default: 1
  outcome_hours:
    description:
      - The hours of message tracking that are searched for returned mail, and for the last delivered
        message; at least O(hours).
    type: int
    default: 6
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Look at what waits for the smart host
  sbs.mailflow.queue:
    provider: strato
  register: looked

- name: Stop where a snowball rolls, and where it is worse
  ansible.builtin.assert:
    that: "'snowball' not in looked.at_least"
    fail_msg: "{{ looked.why | join(' ') }}"
"""

RETURN = r"""
---
verdict:
  description:
    - The state of the mail flow, the best first, V(healthy), V(noticed) (something was returned, too little to be
      sure), V(slowing) (something delays mail), V(snowball) (messages are refused for the rate, and the attempts alone
      exceed it), V(stuck) (nothing has been delivered for hours, though mail is waiting), or V(refused) (the
      smart host permanently rejects our mail). docs/queue.md defines them.
  returned: success
  type: str
at_least:
  description: The states up to the verdict, V(healthy) first.
  returned: success
  type: list
  elements: str
why:
  description: The reasons of the verdict, as sentences.
  returned: success
  type: list
  elements: str
what_to_do:
  description: What to do next, the most urgent first.
  returned: success
  type: list
  elements: str
waiting:
  description: How many messages wait for the smart host and are tried by Exchange itself; suspended ones are not.
  returned: success
  type: int
came_back:
  description:
    - What the smart host refused for good in the last O(outcome_hours), by class, that which touches all mail first.
      Each has C(class), C(words), C(exchange_code), C(source), C(confidence), C(messages), C(senders) (ten at most),
      C(since), C(automatic) (replies and reports without a sender), C(decides) (whether it can make the verdict
      V(refused)), C(over) (mail has left since the last of them, see C(docs/queue.md)) and C(what_to_do).
  returned: success
  type: list
  elements: dict
queues:
  description:
    - All queues of the server, each with C(identity), C(next_hop), C(connector) (its name), C(judged) (whether the
      verdict is about it), C(status), C(messages) by status, C(bytes), C(retries), C(oldest), C(first_expiry),
      C(last_retry), C(next_retry), C(last_error), C(errors) and C(senders).
    - An error has C(text), C(class), C(words) (the smart host's), C(exchange_code), C(source) and C(confidence).
  returned: success
  type: list
  elements: dict
traffic:
  description:
    - Of all connectors, what message tracking has of the last C(hours) as C(sent) and C(deferred), and of the last
      C(outcome_hours) as C(failed) (what was not delivered), and C(last_sent).
  returned: success
  type: dict
attempts:
  description:
    - C(per_message_per_hour), C(provider_per_hour) and C(backlog_that_stays_below) as in M(sbs.mailflow.transport).
    - C(likely_per_hour) is what all that waits makes in the worst case, C(seen_per_hour) what message tracking has.
  returned: success
  type: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
