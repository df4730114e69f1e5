# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: host_tls
version_added: 0.1.0
description:
  - Enables TLS 1.2 in the registry of a server with Exchange 2010 on Windows Server 2008 R2, usually an SBS 2011, which
    no provider of today accepts mail from without it.
  - Values are only added. Nothing is ever disabled, and what is not declared is not read or written.
  - A server whose Exchange or Windows is too old for it is refused. Service packs and rollups are not installed.
  - Before the registry is changed, the keys are saved on the controller; M(sbs.mailflow.restore) puts them back and
    deletes what was not there.
attributes:
  diff_mode:
    description: Shows the keys before and after, and what SCHANNEL's mean on this Windows.
notes:
  - The Exchange shell is loaded only where O(restart=service) has something to restart, to see what is waiting.
  - What was started before the values were written does not know of them. The server itself is never restarted.
seealso:
  - module: sbs.mailflow.restore
  - module: sbs.mailflow.facts
# BEGIN written by scripts/reference
short_description: Keep TLS 1.2 enabled on a server, as sending to today's providers needs it
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
options:
  client:
    description:
      - 'Enable TLS 1.2 for what the server connects to: sending mail needs it. Nobody else is affected
        but programs of the server that follow SCHANNEL as clients. V(false) here and below means not
        managed: nothing is ever disabled.'
    type: bool
    default: false
  server:
    description:
      - 'Enable TLS 1.2 for what connects to the server as well. It affects everybody who does: Outlook
        Web App and mobile phones, Remote Desktop, LDAPS, and mail from outside.'
    type: bool
    default: false
  dotnet:
    description:
      - Let .NET programs, 32-bit and 64-bit, use what SCHANNEL has enabled unless they name versions
        themselves (C(SystemDefaultTlsVersions)). It affects every .NET program of the server, perhaps
        the SBS POP3 connector and the SBS console; .NET 3.5 needs its update for it.
    type: bool
    default: false
  winhttp:
    description:
      - Add TLS 1.1 and 1.2 to what WinHTTP offers by default (C(DefaultSecureProtocols)). It affects
        Windows Update, the download of root certificates and other programs that use WinHTTP; mail does
        not.
    type: bool
    default: false
  restart:
    description:
      - 'What is restarted once values are written, or where they cannot be in force yet. V(none): nothing,
        and the run says what is needed. V(service): Exchange''s transport service, C(MSExchangeTransport);
        no mail is accepted or delivered meanwhile. The server itself is never restarted.'
    type: str
    choices:
      - none
      - service
    default: none
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Send mail with TLS 1.2; the run says what has to be restarted
  sbs.mailflow.host_tls:
    client: true

- name: The same, for .NET programs such as the POP3 connector as well, and restart Exchange's transport
  sbs.mailflow.host_tls:
    client: true
    dotnet: true
    restart: service
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
  description: The plan as lines for review.
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
  sample: /srv/site/inventory/.mailflow/sbs/host_tls_20260131T093000Z.json
exchange_update:
  description: Exchange's version with its rollup, of C(ExSetup.exe).
  returned: success
  type: str
  sample: 14.3.513.0
schannel:
  description: For each declared end, what its key says on this Windows, V(enabled), V(disabled),
    V(disabled by default), V(misconfigured) or V(absent).
  returned: success
  type: dict
  sample: {client: enabled}
in_force:
  description:
    - Whether the values can be in force; V(true) where the server or its transport service was started after they were
      written, V(false) where it was before.
    - V(null) where nobody knows, because they were not written from this controller, or the host does not tell.
  returned: success
  type: bool
proven:
  description: V(not yet), always. TLS 1.2 is proven by C(SP_PROT_TLS1_2_CLIENT) in the SmtpSend log of a later mail.
  returned: success
  type: str
written_after:
  description: The host's own time just before values were last written from this controller (UTC).
  returned: success
  type: str
  sample: "2026-11-24T20:39:36+00:00"
boot:
  description: When the server was started (UTC).
  returned: success
  type: str
service_start:
  description: When its transport service was started (UTC). V(null) where it does not run, or that is not known.
  returned: success
  type: str
said:
  description: What has to be restarted, and where the proof is to be found; printed as well.
  returned: when values were written or cannot be in force
  type: list
  elements: str
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
