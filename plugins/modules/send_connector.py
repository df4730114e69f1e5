# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: send_connector
version_added: 0.1.0
description:
  - Brings a send connector of an Exchange 2010 server, usually an SBS 2011, into the declared state. Typically it
    sends all mail to the provider's smart host, with login and TLS.
  - Only declared options are written on an existing connector.
  - A login whose mailbox is younger than 14 days (or O(login.minimum_age_days)) does not come into use, whether it is
    written or a connector that stores it starts to send mail because of the change, since providers throttle young
    mailboxes.
  - Before a connector is changed, its state is saved on the controller;
    M(sbs.mailflow.restore) puts it back.
notes:
  - A password on the host can be neither read nor compared. Whether it is written depends on O(update_password).
seealso:
  - module: sbs.mailflow.restore
  - plugin: sbs.mailflow.account_age
    plugin_type: filter
# BEGIN written by scripts/reference
short_description: Keep a send connector of Exchange 2010 in its declared state
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
  - sbs.mailflow.options.known_routes
options:
  name:
    description:
      - The connector's name. Required unless O(adopt=true); with it, the name for a new connector if
        there is none to adopt.
    type: str
  state:
    description:
      - Whether the connector exists. V(absent) removes it.
    type: str
    choices:
      - present
      - absent
    default: present
  adopt:
    description:
      - 'Adopt the existing enabled connector with the same address spaces, whatever its name: the SBS
        wizard names its connector in the server''s language. An adopted connector keeps its name.'
    type: bool
    default: false
  way:
    description:
      - 'How mail leaves. V(smarthost): through the provider''s servers, which O(smart_hosts) names. V(direct):
        straight to the recipients'' mail servers, found by DNS, without a login and without requiring
        TLS; for a server with a fixed address and a name (PTR) of its own. What contradicts it is refused.
        Without it, the settings alone decide.'
    type: str
    choices:
      - smarthost
      - direct
  update_password:
    description:
      - 'When the password is written, since no host returns it for comparison. V(auto): when the connector
        is created, its login name changes, or the ledger in O(backup_dir) shows that another one was
        written last. V(always): at every run. V(on_create): only on a new connector.'
    type: str
    choices:
      - auto
      - always
      - on_create
    default: auto
  exclusive:
    description:
      - Disable all other enabled connectors that send mail to every domain (V(*)). They are not removed.
    type: bool
    default: false
  confirm_no_smarthost:
    description:
      - Allow a change after which no enabled connector sends mail to every domain (it stays in the queues),
        or only one that sends directly by DNS (most receivers reject mail from a dynamic IP address).
        For the latter it is the old spelling of O(way=direct).
    type: bool
    default: false
  enabled:
    description:
      - Whether the connector is used.
      - Exchange's C(Enabled). A new connector has V(true).
    type: bool
  address_spaces:
    description:
      - The address spaces of this connector, as V(type:space;cost). V(*) means every SMTP domain, at
        cost 1.
      - Exchange's C(AddressSpaces).
    type: list
    elements: str
  smart_hosts:
    description:
      - The provider's smart hosts, as host names or IP addresses. Disables DNS routing.
      - Exchange's C(SmartHosts). A new connector has V(nothing).
    type: list
    elements: str
  port:
    description:
      - The smart host's port. Exchange supports only STARTTLS, so never 465.
      - Exchange's C(Port). A new connector has V(25).
    type: int
  dns_routing_enabled:
    description:
      - Whether mail is sent directly to the recipients' mail servers. Off whenever O(smart_hosts) is
        given.
      - Exchange's C(DNSRoutingEnabled). A new connector has V(true).
    type: bool
  smart_host_auth_mechanism:
    description:
      - How Exchange logs in at the smart host. The two V(BasicAuth) values need O(login).
      - Exchange's C(SmartHostAuthMechanism). A new connector has V(None).
    type: str
    choices:
      - None
      - BasicAuth
      - BasicAuthRequireTLS
      - ExchangeServer
      - ExternalAuthoritative
  require_tls:
    description:
      - Whether mail is sent over TLS only.
      - Exchange's C(RequireTLS). A new connector has V(false).
    type: bool
  ignore_starttls:
    description:
      - Never use TLS, even if the smart host offers it.
      - Exchange's C(IgnoreSTARTTLS).
    type: bool
  tls_auth_level:
    description:
      - How the smart host's certificate is checked. Needs O(require_tls=true).
      - Exchange's C(TlsAuthLevel). A new connector has V(nothing).
    type: str
    choices:
      - EncryptionOnly
      - CertificateValidation
      - DomainValidation
  tls_domain:
    description:
      - The name that the smart host's certificate must contain, with O(tls_auth_level=DomainValidation).
      - Exchange's C(TlsDomain). A new connector has V(nothing).
    type: str
  source_transport_servers:
    description:
      - The Hub Transport servers that use this connector. A new connector gets the local server.
      - Exchange's C(SourceTransportServers).
    type: list
    elements: str
  max_message_size:
    description:
      - 'The largest message: bytes (rounded up to KB), a size such as V(25MB), or V(unlimited).'
      - Exchange's C(MaxMessageSize). A new connector has V(10MB).
    type: str
  connection_inactivity_timeout:
    description:
      - 'How long an idle connection stays open: V(00:10:00), or a number of seconds.'
      - Exchange's C(ConnectionInactivityTimeOut). A new connector has V(00:10:00).
    type: str
  smtp_max_messages_per_connection:
    description:
      - How many messages are sent over one connection before a new one is opened.
      - Exchange's C(SmtpMaxMessagesPerConnection).
    type: int
  fqdn:
    description:
      - The name that Exchange sends in EHLO. According to Microsoft, a server with Hub Transport and
        Mailbox role (an SBS) does not use it.
      - Exchange's C(Fqdn). A new connector has V(nothing).
    type: str
  protocol_logging_level:
    description:
      - Whether the SMTP dialogue is logged on the server.
      - Exchange's C(ProtocolLoggingLevel). A new connector has V(None).
    type: str
    choices:
      - None
      - Verbose
  comment:
    description:
      - Free text on the connector.
      - Exchange's C(Comment). A new connector has V(nothing).
    type: str
  error_policies:
    description:
      - Which permanent errors are tried again.
      - Exchange's C(ErrorPolicies).
    type: list
    elements: str
    choices:
      - Default
      - DowngradeAuthFailures
      - DowngradeDnsFailures
  domain_secure_enabled:
    description:
      - Mutual TLS for Domain Security.
      - Exchange's C(DomainSecureEnabled).
    type: bool
  use_external_dns_servers_enabled:
    description:
      - Whether the external DNS servers of the transport server resolve the smart host's name.
      - Exchange's C(UseExternalDNSServersEnabled). A new connector has V(false).
    type: bool
  is_scoped_connector:
    description:
      - Whether only servers of the same Active Directory site use the connector.
      - Exchange's C(IsScopedConnector). A new connector has V(false).
    type: bool
  source_ip_address:
    description:
      - The local address from which mail is sent.
      - Exchange's C(SourceIPAddress).
    type: str
  force_helo:
    description:
      - Send HELO instead of EHLO; then there is no TLS and no login.
      - Exchange's C(ForceHELO). A new connector has V(false).
    type: bool
  usage:
    description:
      - The permissions of a new connector. Exchange accepts it on creation only and does not show it
        afterwards.
      - Exchange's C(Usage). A new connector has V(Custom).
    type: str
    choices:
      - Custom
      - Internal
      - Internet
      - Partner
  login:
    description:
      - The provider mailbox that logs in at the smart host. Its password is written and never read.
    type: dict
    suboptions:
      username:
        description:
          - The user name that the mailbox logs in with, usually its address.
        required: true
        type: str
      password:
        description:
          - The mailbox's password, from ansible-vault. Needed if it is to be written; a login that is
            already stored on the host may be declared without it, to declare its age.
        type: str
      created:
        description:
          - 'When the provider created the mailbox: a date, or a date-time. A plain date counts as the
            end of that day, so that 14 days are never 13 and some hours.'
        required: true
        type: raw
      minimum_age_days:
        description:
          - 'How old the mailbox must be, in days: 14 (the default) or more, never less.'
        type: int
      time_zone:
        description:
          - The provider's time zone, for a V(created) without one; by default V(Europe/Berlin).
        type: str
      recreated:
        description:
          - 'Confirms that the mailbox was deleted and recreated: its earlier login history no longer
            counts.'
        type: bool
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Send all mail to the provider, with a mailbox that is old enough
  sbs.mailflow.send_connector:
    name: Smarthost
    adopt: true
    address_spaces: ["*"]
    smart_hosts: [smtp.strato.de]
    port: 587
    smart_host_auth_mechanism: BasicAuthRequireTLS
    login:
      username: info@beispiel.de
      password: "{{ vault_info_password }}"
      created: 2026-01-31

- name: Write a new password
  sbs.mailflow.send_connector:
    name: Smarthost
    update_password: always
    smart_host_auth_mechanism: BasicAuthRequireTLS
    login:
      username: info@beispiel.de
      password: "{{ vault_info_new_password }}"
      created: 2026-01-31

- name: Remove a connector, if another one is left that sends mail to a smart host
  sbs.mailflow.send_connector:
    name: Old smarthost
    state: absent
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
  description: The plan as lines of PowerShell, for review or to be run manually. It asks for passwords.
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
  sample: /srv/site/inventory/.mailflow/sbs/send_connector_20260131T093000Z.json
connector:
  description: The name of the connector on the host. V(null) when it is not known yet.
  returned: unless the declaration or the host was refused
  type: str
password:
  description: Whether the password is written by this plan (C(written)), and why (C(why)).
  returned: unless the declaration or the host was refused
  type: dict
  sample:
    written: true
    why: the login changes from no login to info@beispiel.de
other_connectors:
  description: Other enabled connectors that send mail to every domain, with C(name), C(cost) and C(smart_hosts).
  returned: unless the declaration or the host was refused
  type: list
  elements: dict
other_routes:
  description: All other enabled connectors, with C(name), C(address_spaces) and, in C(internet), those of them that
    send mail to the internet.
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
