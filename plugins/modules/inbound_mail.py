# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: inbound_mail
version_added: 0.1.0
description:
  - Looks at the mail that comes in, by whatever way (the server's own MX, the SBS POP3 connector, a collector of
    another maker), and gives a verdict with its reasons and what to do next.
  - Asks the providers how much is waiting, each mailbox once and never within the pause that its provider requires
    between two logins. Since when a message waits follows from what the last look has kept on the controller.
  - Changes nothing on the host. All but the question to the providers is read in one remote process.
attributes:
  diff_mode:
    support: none
seealso:
  - module: sbs.mailflow.queue
  - module: sbs.mailflow.pop3_connector
  - module: sbs.mailflow.pop3_connector_fetch
# BEGIN written by scripts/reference
short_description: Report whether mail comes in to Exchange 2010, and where it stands if it does not
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.ledger
  - sbs.mailflow.options.other_collectors
  - sbs.mailflow.options.pop3_look
  - sbs.mailflow.options.pop3_place
options:
  domains:
    description:
      - The domains for which mail comes in, each with its way, as O(sbs.mailflow.inbound#module:domains);
        without them the ways follow from what the host shows.
    type: list
    elements: dict
    suboptions:
      domain:
        description:
          - The domain, such as V(beispiel.de).
        required: true
        type: str
      way:
        description:
          - 'How its mail comes in. V(mx): its MX is this server. V(pop3): the POP3 connector of the SBS
            fetches it. V(collector): a program of another maker fetches it.'
        required: true
        type: str
        choices:
          - mx
          - pop3
          - collector
      mailboxes:
        description:
          - The provider's mailboxes, by user name or address, from which this domain's mail is fetched.
            For V(pop3) by default the accounts of C(pop3_connector_accounts) whose user name is in the
            domain.
        type: list
        elements: str
      transition:
        description:
          - 'Whether the domain is on its way from one way to another: then it may have two, and both
            may be in use.'
        type: bool
        default: false
  hours:
    description:
      - The hours of message tracking that are searched for received mail.
    type: int
    default: 24
  ask_providers:
    description:
      - Ask the provider of each account how many messages are waiting, with the stored passwords, which
        do not leave the host. No mailbox is asked within the pause that its provider requires between
        two logins, nor one in clear text without O(confirm_clear_text).
    type: bool
    default: true
  key_map:
    description:
      - The key map of the host's file, as O(sbs.mailflow.pop3_connector#module:key_map); without it the
        port determines whether a connection uses TLS, and the accounts' targets are not known.
    type: dict
  log_lines:
    description:
      - The number of lines of the connector's newest log to show.
    type: int
    default: 20
  fetch_task:
    description:
      - The name of the scheduled task that fetches.
    type: str
    default: sbs.mailflow POP3 fetch
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Look at incoming mail
  sbs.mailflow.inbound_mail:
    domains:
      - domain: beispiel.de
        way: pop3
  register: looked

- name: Stop where mail is stuck, and where it may be lost
  ansible.builtin.assert:
    that: "'stuck' not in looked.at_least"
    fail_msg: "{{ looked.why | join(' ') }}"
"""

RETURN = r"""
---
verdict:
  description:
    - The state of incoming mail, the best first, V(healthy), V(noticed) (something is worth a look, or is not known),
      V(waiting) (mail is waiting at the provider for more than an hour), V(stuck) (nothing comes in by one of the
      ways), or V(losing) (mail may be lost). docs/check_inbound.md defines them.
  returned: success
  type: str
at_least:
  description: The states up to the verdict, V(healthy) first.
  returned: success
  type: list
  elements: str
why:
  description: The reasons of the verdict, as sentences, the worst first.
  returned: success
  type: list
  elements: str
what_to_do:
  description: What to do next, the most urgent first.
  returned: success
  type: list
  elements: str
waiting:
  description: How many messages wait at the providers, of the mailboxes of which it is known; null where it is of none.
  returned: success
  type: int
ways:
  description: The ways by which mail is to come in, V(mx), V(pop3), V(collector), declared or as the host shows.
  returned: success
  type: list
  elements: str
domains:
  description: The declared domains, each as C(domain) and C(way).
  returned: success
  type: list
  elements: dict
compared_with:
  description: When the last look was that this one was compared with; null at the first.
  returned: success
  type: str
accounts:
  description:
    - The accounts of the POP3 connector, null where they could not be read. Each has C(server), C(port), C(username),
      C(outcome), C(text) (why it is not known better), C(messages) and C(octets) that wait, C(asked) (when the provider
      told), C(waits_since) (since when the oldest is known to wait), C(asked_before) (the last look), and of the
      messages of that look how many C(remained), how many have C(left), and how many are C(back) that had gone before.
    - The outcome is V(counted), V(busy) (the mailbox is in use or wants a pause just now), V(later) (the pause of its
      provider is not over, and the last look's numbers are told), V(refused), V(unreached) or V(unknown).
  returned: success
  type: list
  elements: dict
targets:
  description: For whom each account fetches, as C(account), C(target), C(outcome) (V(here), V(missing), V(outside),
    V(exchanges), V(unknown)) and C(text). Empty without a key map.
  returned: success
  type: list
  elements: dict
service:
  description: The connector's service as C(name), C(exists) and C(status).
  returned: success
  type: dict
fetch_task:
  description: The scheduled task that fetches, as C(exists) and C(enabled).
  returned: success
  type: dict
log:
  description: The connector's newest log as C(folder), C(name), C(last_write_time), C(length) and its last C(lines), as
    they are; nobody has published what they mean.
  returned: success
  type: dict
bad_mail:
  description: How many messages the connector could not deliver.
  returned: success
  type: int
collectors:
  description: Other programs that fetch, as C(name) and whether each C(runs).
  returned: success
  type: list
  elements: dict
received:
  description: What message tracking has of the last C(hours) as C(messages), C(newest), C(by) (C(connector),
    C(address), C(place), C(count), C(newest)) and C(twice) (C(message_id), C(count)). The place is V(own) (the server
    itself, so the POP3 connector), V(lan), V(internet) or V(unknown).
  returned: success
  type: dict
refused:
  description: What the receive connectors have refused within a day, the most frequent first, a hundred at most, each
    with C(connector), C(address), C(place), C(code), C(class), C(meaning), C(words), C(count), C(last) and
    C(what_to_do).
  returned: success
  type: list
  elements: dict
checks:
  description: What the preflight's checks C(disk), C(back_pressure) and C(services) find, each as C(result) and
    C(found).
  returned: success
  type: dict
unknown:
  description: The names of what could not be determined.
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
