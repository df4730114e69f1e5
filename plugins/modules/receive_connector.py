# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: receive_connector
version_added: 0.1.0
description:
  - Brings the receive connector for mail from the internet of an Exchange 2010, usually an SBS 2011, into the declared
    state. It is always one of the host's own server.
  - Only declared options are written. A new connector also gets C(AnonymousUsers) and C(Tls), unless others are
    declared.
  - What Exchange would refuse, or what would stop its transport, is refused before anything is written.
  - Every run reports the connectors by which everyone may relay (RV(open_relays)); with O(close_relay=true) they are
    closed before anything else. A task that is to close them, and cannot, fails.
  - Nobody loses a connector unnoticed. Where a change takes addresses from a connector, the clients that used it in the
    last 14 days have to be named in O(clients_given_up). The server's own addresses are never given up.
  - Before a connector is changed, its state is saved on the controller; M(sbs.mailflow.restore) puts it back.
attributes:
  diff_mode:
    description: Shows the connectors that change, before and after.
notes:
  - Connectors for private addresses alone, as scanners and programs use them, are shown with their right to relay, and
    are never called open or closed.
seealso:
  - module: sbs.mailflow.restore
  - module: sbs.mailflow.send_connector
# BEGIN written by scripts/reference
short_description: Keep the receive connector for mail from the internet in its declared state
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
options:
  name:
    description:
      - The connector's name. With O(adopt=true), which one of several is meant, and the name for a new
        one if there is none to adopt.
    type: str
  state:
    description:
      - Whether the receive connector exists. V(absent) removes it.
    type: str
    choices:
      - present
      - absent
    default: present
  adopt:
    description:
      - 'Adopt the connector that takes mail from the internet, whatever its name: enabled, on port 25,
        for anonymous clients with public addresses. An adopted connector keeps its name; several are
        refused unless O(name) is one of them.'
    type: bool
    default: false
  close_relay:
    description:
      - 'Close connectors that relay for everyone: the right of anonymous clients to send to any recipient
        is taken away from each that is for public addresses and not in O(known_relays), before anything
        else of a run. What is inherited, and V(ExternalAuthoritative), is reported and left; the task
        then fails. Without this option open relays are reported in every run.'
    type: bool
    default: false
  known_relays:
    description:
      - Connectors that may relay for the public addresses that they are for, such as those of a branch
        office. One for everyone is an open relay whatever is declared here.
    type: list
    elements: str
  clients_given_up:
    description:
      - 'Client addresses that may lose their connector by this declaration: those that used it in the
        last 14 days are listed, and refuse the change until they are named here. A range that reaches
        beyond private addresses counts for public ones only. Where neither message tracking nor a protocol
        log shows who used it, the change is refused until this is declared; an empty list is enough then.'
    type: list
    elements: str
  recipient_validation:
    description:
      - 'Whether mail to recipients that do not exist is rejected at once, in authoritative domains: the
        organisation''s C(RecipientValidationEnabled). It takes effect only if the anti-spam agents are
        installed, which is checked and reported, and never done.'
    type: bool
  enabled:
    description:
      - Whether Exchange uses the receive connector.
      - Exchange's C(Enabled). A new connector has V(true).
    type: bool
  bindings:
    description:
      - 'The local addresses and ports that it listens on, such as V(0.0.0.0:25) for all IPv4 addresses
        of the server and V([::]:25) for all IPv6 addresses. An address that the server lacks is refused:
        Exchange''s transport may not start with it.'
      - Exchange's C(Bindings).
    type: list
    elements: str
  remote_ip_ranges:
    description:
      - 'The client addresses that it is for: single ones, V(192.168.1.0/24) or V(a-b). V(0.0.0.0-255.255.255.255)
        is everyone. Of several connectors, that with the smallest range around a client''s address takes
        its mail. The server''s own addresses and the loopback are added where they are not declared,
        since the POP3 connector hands its mail over from there.'
      - Exchange's C(RemoteIPRanges).
    type: list
    elements: str
  permission_groups:
    description:
      - Who may deliver. V(AnonymousUsers) is what mail from the internet needs. The list replaces that
        of the connector.
      - Exchange's C(PermissionGroups).
    type: list
    elements: str
    choices:
      - None
      - AnonymousUsers
      - ExchangeUsers
      - ExchangeServers
      - ExchangeLegacyServers
      - Partners
  auth_mechanism:
    description:
      - How clients may log in, and V(Tls) for STARTTLS. V(ExternalAuthoritative) lets every address of
        O(remote_ip_ranges) relay.
      - Exchange's C(AuthMechanism).
    type: list
    elements: str
    choices:
      - None
      - Tls
      - Integrated
      - BasicAuth
      - BasicAuthRequireTLS
      - ExchangeServer
      - ExternalAuthoritative
  require_tls:
    description:
      - 'Whether mail is taken over TLS only. Refused on a connector for everyone: many senders could
        not deliver.'
      - Exchange's C(RequireTLS). A new connector has V(false).
    type: bool
  fqdn:
    description:
      - The name in the greeting, in EHLO and in Received headers, and for which a certificate is looked
        for. Never changed on C(Default <server>).
      - Exchange's C(Fqdn).
    type: str
  banner:
    description:
      - 'The greeting, beginning with V(220). An empty text: Exchange''s own, with the server''s name.'
      - Exchange's C(Banner). A new connector has V(nothing).
    type: str
  max_message_size:
    description:
      - 'The largest message: bytes (rounded up to KB) or a size such as V(25MB).'
      - Exchange's C(MaxMessageSize). A new connector has V(10MB).
    type: str
  max_recipients_per_message:
    description:
      - How many recipients one message may have.
      - Exchange's C(MaxRecipientsPerMessage). A new connector has V(200).
    type: int
  tarpit_interval:
    description:
      - How long a rejection to an anonymous client is delayed, which makes harvesting of addresses slow.
      - Exchange's C(TarpitInterval). A new connector has V(00:00:05).
    type: str
  protocol_logging_level:
    description:
      - Whether the SMTP dialogue is logged on the server. V(Verbose) shows afterwards who used the connector.
      - Exchange's C(ProtocolLoggingLevel). A new connector has V(None).
    type: str
    choices:
      - None
      - Verbose
  comment:
    description:
      - Free text on the receive connector.
      - Exchange's C(Comment). A new connector has V(nothing).
    type: str
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Receive mail from the internet by the connector that the SBS wizard has made, whatever its name
  sbs.mailflow.receive_connector:
    adopt: true
    max_message_size: 25MB
    protocol_logging_level: Verbose
    close_relay: true
    recipient_validation: true

- name: Take mail from a provider's filter only
  sbs.mailflow.receive_connector:
    adopt: true
    remote_ip_ranges:
      - 203.0.113.0/24
      - 198.51.100.0/24
    clients_given_up:
      - 0.0.0.0-255.255.255.255

- name: Look for open relays, and change nothing
  sbs.mailflow.receive_connector: {}
  check_mode: true
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
  sample: /srv/site/inventory/.mailflow/sbs/receive_connector_20260131T093000Z.json
connector:
  description: The name of the connector that the declaration is about. V(null) where it is about none.
  returned: success
  type: str
  sample: Windows SBS Internet Receive SBS
internet_connectors:
  description: The connectors that take mail from the internet, enabled, on port 25, for anonymous clients with public
    addresses.
  returned: always, unless the host could not be read
  type: list
  elements: str
open_relays:
  description: The connectors by which anonymous clients with public addresses may send to any recipient, after the run.
  returned: always, unless the host could not be read
  type: list
  elements: str
relays:
  description:
    - All connectors by which clients that do not log in may send to any recipient, each with C(connector), C(user),
      C(way) (V(anonymous) or V(ExternalAuthoritative)), C(inherited), C(remote_ip_ranges), C(enabled) and C(open).
    - One for private addresses only is not C(open).
  returned: always, unless the host could not be read
  type: list
  elements: dict
own_addresses:
  description: The server's own addresses, each with C(address) and the C(connector) that takes mail from there on
    port 25.
  returned: always, unless the host could not be read
  type: list
  elements: dict
clients_losing:
  description:
    - The clients that used a connector in the last 14 days and lose it by the plan, each with C(address), C(connector),
      C(count), C(last) and C(source) (V(tracking) or V(log)). Empty where nobody could lose anything, which is then not
      looked up.
  returned: success
  type: list
  elements: dict
recipient_validation:
  description: Whether recipients are validated (C(enabled)), whether the agent for it is enabled (C(agent); V(false)
    where it is not installed, V(null) where that is not known), and whether the filter is (C(filter)). V(null) where
    it is not declared.
  returned: success
  type: dict
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
