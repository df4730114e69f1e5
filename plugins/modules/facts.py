# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: facts
version_added: 0.1.0
description:
  - Reports the versions of Windows, PowerShell and Exchange, Exchange's roles, the language, the clock and
    WinRM's memory limit.
  - Replaces C(gather_facts), which refuses PowerShell 2.0. Loads no Exchange shell unless O(backlog=true).
attributes:
  diff_mode:
    support: none
seealso:
  - module: sbs.mailflow.ping
  - module: sbs.mailflow.queue
# BEGIN written by scripts/reference
short_description: Gather facts of a host with PowerShell 2.0 and Exchange
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.rate
options:
  backlog:
    description:
      - Also report the messages waiting in Exchange's queues, as RV(ignore:ansible_facts.sbs_mailflow.backlog).
        Loads an Exchange shell, which the other facts do not need.
    type: bool
    default: false
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Gather facts
  sbs.mailflow.facts:

- name: Show Exchange's version
  ansible.builtin.debug:
    var: ansible_facts.sbs_mailflow.exchange.build

- name: Gather facts, including the queues
  sbs.mailflow.facts:
    backlog: true
    provider: strato
"""

RETURN = r"""
---
ansible_facts:
  description: The facts, below one key. What the host does not report is V(null).
  returned: success
  type: dict
  contains:
    sbs_mailflow:
      description: All facts of this collection.
      returned: success
      type: dict
      contains:
        agent:
          description: The version of the agent that ran on the host.
          returned: success
          type: str
        computer_name:
          description: The computer's own name.
          returned: success
          type: str
        fqdn:
          description: Its name with the domain.
          returned: success
          type: str
        domain:
          description: Its Active Directory domain.
          returned: success
          type: str
        small_business_server:
          description: Whether Windows calls itself a Small Business Server.
          returned: success
          type: bool
        windows:
          description: C(version), C(caption), C(service_pack), C(architecture), C(sku), C(suite_mask) and C(language).
          returned: success
          type: dict
        powershell:
          description: C(version), and C(clr), the version of its .NET.
          returned: success
          type: dict
        exchange:
          description: >-
            C(installed), C(major), C(minor), C(build) (at the service pack, whatever was installed since), C(roles) and
            C(snapin_registered); C(update), the version of its ExSetup.exe, which shows the rollup, with C(update_name)
            and C(smtp_follows_schannel) (from Exchange 2010 SP3 Update Rollup 9, 14.3.235.1, on).
          returned: success
          type: dict
        tls:
          description: >-
            C(exchange_tls12), whether Exchange's SMTP can offer TLS 1.2 by its rollup and the client's key, once the
            server was restarted with them. C(schannel), of C(TLS 1.0), C(TLS 1.1) and C(TLS 1.2) for C(client) and
            C(server) the C(state) of the key (V(enabled), V(disabled by default), V(disabled), V(misconfigured),
            V(absent)) and whether that means C(on) for this Windows. C(agent_tls12), whether the .NET that logins are
            tested with supports it, which shows nothing about Exchange.
          returned: success
          type: dict
        clock:
          description: C(utc), C(time_zone) and C(utc_offset_minutes).
          returned: success
          type: dict
        clock_skew_seconds:
          description: How far the host's clock is ahead of the controller's, in seconds.
          returned: success
          type: int
        winrm:
          description: C(max_memory_per_shell_mb).
          returned: success
          type: dict
        backlog:
          description: >-
            What M(sbs.mailflow.queue) returns: C(verdict), C(at_least), C(why), C(what_to_do), C(came_back),
            C(waiting), C(queues), C(traffic) and C(attempts). V(null) where the queues could not be
            read, which a warning reports.
          returned: when O(backlog=true)
          type: dict
"""
