# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: inbound_plan
version_added: 0.1.0
description:
  - Tells for each domain which steps of a change between POP3 and an own MX are done, by what this is seen, which step
    is next, from when on, whose hands it is in, and how each is undone. Nothing is written on the host, and nothing is
    kept between runs, so every run derives all of it anew from DNS, the host and what is declared.
  - What loses or misuses mail now comes first, whatever the next step is. An example is an MX that leads here while no
    receive connector takes the mail.
  - What nobody can see from the server is V(unknown) and never a failure. That goes for the public path, for port 25 of
    the line, for when the MX was changed, and for a name server that does not answer.
  - Goes by what the inventory declares for the roles C(send_connector), C(smarthost_account) and C(pop3_connector).
  - Reads in two remote processes, the second of which asks the server itself over SMTP as far as C(RCPT TO). With
    O(send_mail) one mail is sent and looked for in further ones.
attributes:
  check_mode:
    support: full
    description: No mail is sent then.
seealso:
  - module: sbs.mailflow.preflight
# BEGIN written by scripts/reference
short_description: Tell how far a change between POP3 and an own MX has come, and what is the next step
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.resolver
options:
  domains:
    description:
      - The domains, each with its way, as the role C(inbound) takes them.
    required: true
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
  to:
    description:
      - 'By which way mail is to come in: the steps to it are planned. V(mx): straight to this server.
        V(pop3): the provider''s mailboxes, which are fetched. By default the way that each domain declares;
        of one in transition with two ways V(mx).'
    type: str
    choices:
      - mx
      - pop3
  only:
    description:
      - The domains that are planned; by default all of O(domains). What is told with the other options
        is told of these.
    type: list
    elements: str
  public_address:
    description:
      - The fixed public address of this server. MX records that lead there are its own; it is also tried
        from the server itself, where a success proves something and a failure nothing.
    type: str
  mx_changed:
    description:
      - 'When the MX was changed: a date, which counts as the end of that day, or a date with a time in
        O(time_zone). Nobody can see that, and the waiting after the change counts from it.'
    type: str
  ttl_lowered:
    description:
      - When the TTL of the MX was lowered before the change, written the same way.
    type: str
  old_ttl:
    description:
      - The TTL of the MX in seconds before it was lowered.
    type: int
  confirmed:
    description:
      - Steps that are done and cannot be seen from the server, of V(router), V(proof_by_name), V(spf),
        V(proof_by_mail), V(mailboxes). Against what is seen this counts for nothing.
    type: list
    elements: str
  time_zone:
    description:
      - The time zone of moments that are told and shown, beside UTC.
    type: str
    default: Europe/Berlin
  send_mail:
    description:
      - Sends one mail through the declared smart host to an address of each domain whose MX is here,
        and looks where it arrives. The login is that of the smarthost account or of the send connector,
        if it is old enough.
    type: bool
    default: false
  recipient:
    description:
      - The address to which that mail goes; by default the first that is known of the domain.
    type: str
  wait_seconds:
    description:
      - The seconds in which that mail is looked for.
    type: int
    default: 120
  days:
    description:
      - The days of message tracking in which mail from outside is looked for.
    type: int
    default: 7
  fail_on_urgent:
    description:
      - Whether the task fails where mail is lost, lies unfetched or is misused now, so that a timer can
        raise an alarm.
    type: bool
    default: false
  answer_seconds:
    description:
      - The seconds after which everything that DNS is asked counts as unknown.
    type: int
    default: 10
  resolver:
    description:
      - The address of the DNS server that the controller asks; by default its own.
    type: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: See what is next on the way from POP3 to an own MX
  sbs.mailflow.inbound_plan:
    domains:
      - {domain: beispiel.de, way: pop3, mailboxes: [info@beispiel.de]}
    to: mx
    public_address: 203.0.113.5
  register: plan
"""

RETURN = r"""
---
domains:
  description: One row a domain.
  returned: unless a declaration was refused
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      returned: always
      type: str
    to:
      description: The way that is planned, V(mx) or V(pop3).
      returned: always
      type: str
    steps:
      description: The steps in their order. Each has C(step) (its name), C(about), C(state) (V(done), V(waiting),
        V(open) or V(unknown)), C(evidence), C(remedy), C(whose) (V(ours), V(zone), V(router), V(provider) or
        V(outside)), C(variables), C(next_from) and C(back).
      returned: always
      type: list
      elements: dict
    next:
      description: The name of the first step that is not done; none where all are.
      returned: always
      type: str
    urgent:
      description: What loses or misuses mail now.
      returned: always
      type: list
      elements: str
lines:
  description: The same, each on one line, the urgent first.
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
