# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: preflight
version_added: 0.1.0
description:
  - Checks what mail needs before anything is changed. That is the host (build, TLS, disk, services, clock), its
    Exchange (routes, domains, queues), the provider (port, STARTTLS, certificate, login), POP3, and DNS of the sender
    domains. Nothing is written on the host.
  - Each check has a name, what was found, one of V(pass), V(warn), V(fail) and V(unknown), and a remedy. V(unknown),
    as after a name server's failure or silence, is never a failure.
  - Goes by what the inventory declares for the roles of the nouns (C(smarthost_account_...) and so on). A check that
    does not concern it is not made.
  - In M(sbs.mailflow.mail_flow) the same checks take part in every run. There a failed check refuses a plan that would
    run into it; what leaves today is never stopped. DNS and the provider are only asked where something is to be
    written.
attributes:
  check_mode:
    support: full
    description: Logins are not recorded then.
seealso:
  - module: sbs.mailflow.mail_flow
# BEGIN written by scripts/reference
short_description: Check whether the mail of an Exchange 2010 can reach its goal, before anything is changed
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.resolver
options:
  accept:
    description:
      - 'Names of checks whose result is accepted as it is, such as V(spf): they stop nothing and are
        not warned of. An unknown name is refused.'
    type: list
    elements: str
  fail_on:
    description:
      - 'When a failed check makes the task fail. V(change): only if a planned change would run into it.
        V(always): on a host where nothing is to be changed, too, so that a timer can raise an alarm.'
    type: str
    choices:
      - change
      - always
    default: change
  only:
    description:
      - 'The groups of checks to make, of V(host), V(tls), V(exchange), V(smarthost), V(direct), V(pop3),
        V(dns), V(inbound), V(server). By default all but V(server), which is not about mail: directory,
        shares and licences.'
    type: list
    elements: str
  answer_seconds:
    description:
      - The seconds after which everything that is asked over the network counts as unknown. It is asked
        side by side, so all of it together takes no longer.
    type: int
    default: 10
  resolver:
    description:
      - The address of the DNS server that the controller asks; by default its own resolver. A lying or
        filtering one gives wrong results.
    type: str
  public_address:
    description:
      - The fixed public address from which the server sends directly; its name and block lists are checked
        then.
    type: str
  recipient_servers:
    description:
      - 'Mail servers of recipients, such as the MX of customers. M(sbs.mailflow.preflight) alone lets
        a server that is declared to send directly connect to their port 25, to see whether it gets out;
        nothing is said to them. Two or more, since one may be silent for its own reasons. None: it is
        not tried.'
    type: list
    elements: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: See whether this server's mail can reach its goal
  sbs.mailflow.preflight:
    only: [tls, dns]
  register: looked
"""

RETURN = r"""
---
checks:
  description: One row a check, the worst first.
  returned: unless a declaration was refused
  type: list
  elements: dict
  contains:
    name:
      description: What O(accept) takes.
      returned: always
      type: str
    group:
      description: Its group, as in O(only).
      returned: always
      type: str
    result:
      description: V(fail), V(warn), V(unknown) or V(pass).
      returned: always
      type: str
    found:
      description: What was found.
      returned: always
      type: str
    remedy:
      description: What to do; empty where there is nothing to do.
      returned: always
      type: str
    accepted:
      description: Whether O(accept) names it.
      returned: always
      type: bool
    stops:
      description: The nouns whose planned change would run into it.
      returned: always
      type: list
      elements: str
lines:
  description: The same, each on one line.
  returned: unless a declaration was refused
  type: list
  elements: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
