# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: address_rewrite
version_added: 0.1.0
description:
  - Gives recipients of an Exchange 2010 server, usually an SBS 2011, an address of the provider's as their primary
    one, so that mail is no longer sent from one that the provider rejects. By recipient, by one e-mail address policy,
    or by address rewrite entries of an Edge Transport server.
  - No address is taken from anyone. The old primary address stays as a secondary one, X400, X500 and all others stay as
    they are.
  - Everything that forbids a plan is found before anything is written, and reported all at once.
  - Before recipients are changed, their state is saved on the controller; M(sbs.mailflow.restore) puts
    it back.
attributes:
  diff_mode:
    description: Shows recipients, policies and accepted domains on the host before and after.
notes:
  - Thousands of recipients take Exchange minutes to an hour. Raise O(timeout) for the first run of them.
seealso:
  - module: sbs.mailflow.restore
  - module: sbs.mailflow.send_connector
# BEGIN written by scripts/reference
short_description: Give every recipient an address that the provider accepts as sender address
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.on_error
options:
  rules:
    description:
      - The source and target domain or address of each rule. The most specific rule applies; conflicting
        rules are refused.
    required: true
    type: list
    elements: dict
    suboptions:
      from:
        description:
          - The source domain, or one source address, that mail is not to be sent from.
        required: true
        type: str
      to:
        description:
          - The target domain, or the target address, that it is sent from instead.
        required: true
        type: str
      except:
        description:
          - Addresses, or recipients by name, alias or display name, to which this rule does not apply.
        type: list
        elements: str
  exceptions:
    description:
      - Addresses, or recipients by name, alias or display name, to which no rule applies.
    type: list
    elements: str
  method:
    description:
      - 'The method. V(recipients): the primary address of each recipient. V(policy): one e-mail address
        policy. V(edge): address rewrite entries of an Edge Transport server. V(auto): V(edge) on such
        a server, V(recipients) elsewhere.'
    type: str
    choices:
      - auto
      - recipients
      - policy
      - edge
    default: auto
  max_change_percent:
    description:
      - 'The safety limit: a larger share of all recipients changes only with O(confirm_mass_change=true).
        It does not apply to fewer than ten.'
    type: int
    default: 30
  confirm_mass_change:
    description:
      - Allows more recipients to change than O(max_change_percent).
    type: bool
    default: false
  force_upgrade:
    description:
      - Allows Exchange to upgrade objects left from Exchange 2003, which cannot be undone. Without it
        such recipients are listed and refused, if a rule applies to them.
    type: bool
    default: false
  domain_type:
    description:
      - The type of the accepted domains that mail is sent with. Without it, existing domains keep their
        type, and missing ones are created as V(internal_relay).
    type: str
    choices:
      - internal_relay
      - authoritative
  change_type:
    description:
      - Allows changing the type of an existing accepted domain to O(domain_type). The default domain
        is never changed.
    type: bool
    default: false
  all_mailboxes_here:
    description:
      - 'Confirms that every mailbox of the domain is on this server, which O(domain_type=authoritative)
        requires: mail to any other address of the domain is then returned to its sender.'
    type: bool
    default: false
  provider_mailboxes:
    description:
      - Mailboxes at the provider, whose addresses have to be recipients here with O(domain_type=authoritative).
    type: list
    elements: str
  unknown_recipients_return:
    description:
      - 'Whether mail to an unknown address of the domain is returned to this server: its MX points here,
        a collector routes by header, or the provider forwards. V(yes), V(no) or V(unknown), for all domains
        or as a mapping by domain. Needed for a domain that becomes V(internal_relay), since such mail
        would loop.'
    type: raw
  provider_domains:
    description:
      - The domains that the provider accepts in sender addresses; by default those of the rules.
    type: list
    elements: str
  sent_senders_days:
    description:
      - 'The number of past days for which the message tracking log is read for senders whose mail was
        sent with a foreign address. V(0): not at all.'
    type: int
    default: 30
  policy_name:
    description:
      - 'The e-mail address policy of O(method=policy): adopted, or created.'
    type: str
  policy_templates:
    description:
      - Its templates, with C(SMTP:) before the one of the primary address. By default C(SMTP:%m@) with
        the target domain of the rules, and C(smtp:%m@) with each source domain.
    type: list
    elements: str
  policy_priority:
    description:
      - Its priority. A new policy has V(1) by default, the highest; an existing policy keeps its own.
    type: int
  policy_included_recipients:
    description:
      - The recipients that it applies to. A new policy has V(AllRecipients) by default; an existing policy
        keeps its own.
    type: str
    choices:
      - AllRecipients
      - MailboxUsers
      - Resources
      - MailContacts
      - MailGroups
      - MailUsers
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Send from the provider's domain, and the bookkeeping from an address of its own
  sbs.mailflow.address_rewrite:
    rules:
      - {from: nt4admins.local, to: beispiel.de}
      - {from: buchhaltung@nt4admins.local, to: rechnung@beispiel.de}
    exceptions: [Scanner]
    unknown_recipients_return: "no"

- name: The same for a whole firm, whichever recipient fails
  sbs.mailflow.address_rewrite:
    rules:
      - {from: nt4admins.local, to: beispiel.de}
    confirm_mass_change: true
    on_error: continue
    timeout: 7200

- name: By a policy that also applies to later recipients
  sbs.mailflow.address_rewrite:
    method: policy
    policy_name: Absender beim Provider
    rules:
      - {from: nt4admins.local, to: beispiel.de}
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
        C(changes); of more than 1000 the first ones.
      returned: always
      type: list
      elements: dict
    steps_left_out:
      description: How many more steps the plan has. The saved state holds all of them.
      returned: for plans of more than 1000 steps
      type: int
transcript:
  description: The plan as lines of PowerShell, for review or to be run manually.
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
  sample: /srv/site/inventory/.mailflow/sbs/address_rewrite_20260131T093000Z.json
method:
  description: The method used, V(recipients), V(policy) or V(edge).
  returned: unless the declaration or the host was refused
  type: str
  sample: recipients
recipients:
  description: How many recipients there are.
  returned: unless the declaration or the host was refused
  type: int
changing:
  description: How many of them get other addresses.
  returned: unless the declaration or the host was refused
  type: int
policies_switched_off:
  description: The recipients that no longer follow e-mail address policies.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
may_be_reset:
  description:
    - Recipients that have an address of the provider's already, and follow a policy that gives them another one when
      they are edited.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
created_domains:
  description: The accepted domains that are created.
  returned: unless the declaration or the host was refused
  type: list
  elements: str
foreign_recipients:
  description: Recipients that would still send from an address that is in no domain of O(provider_domains), each with
    C(name), C(address), C(hidden) and C(why).
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
foreign_senders:
  description:
    - Sender addresses of that kind that mail was actually sent from in the last O(sent_senders_days) days, each with
      C(sender), C(messages) and C(last). C(<>) is the empty sender of bounces.
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
