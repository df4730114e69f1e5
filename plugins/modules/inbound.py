# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: inbound
version_added: 0.1.0
description:
  - Checks whether mail comes in to a server the way it is declared for each domain, by an MX of its own, by the POP3
    connector, or by a collector of another maker. Nothing is written on the host.
  - A mailbox that two would fetch is refused, and so is a domain with two ways that is not in transition.
  - The checks are those of the group V(inbound) of M(sbs.mailflow.preflight), whose variables count here as well. In
    M(sbs.mailflow.mail_flow) they take part in every run, where a plan that closes a domain's last way is refused.
attributes:
  check_mode:
    support: full
seealso:
  - module: sbs.mailflow.mail_flow
  - module: sbs.mailflow.preflight
# BEGIN written by scripts/reference
short_description: Check whether mail comes in to an Exchange 2010 the way it is declared for each domain
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
options:
  domains:
    description:
      - The domains for which mail comes in, each with its way. One has two ways only while it is in transition.
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
  confirm_no_other_collector:
    description:
      - Confirms that a collector that is found on the host does not fetch the mailboxes that the POP3
        connector fetches. A domain whose O(domains) names the way V(collector) is confirmation for that
        domain alone.
    type: bool
    default: false
  public_address:
    description:
      - The fixed public address of this server, to which the MX of domains of the way V(mx) lead; by
        default that of C(preflight_public_address).
    type: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: See whether mail comes in as it is declared
  sbs.mailflow.inbound:
    public_address: 203.0.113.10
    domains:
      - domain: beispiel.de
        way: mx
      - domain: t-online.de
        way: pop3
        mailboxes: [firma@t-online.de]
"""

RETURN = r"""
---
checks:
  description: One row a check, as M(sbs.mailflow.preflight) returns them.
  returned: unless a declaration was refused
  type: list
  elements: dict
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
