# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: transport
version_added: 0.1.0
description:
  - Brings the retry, connection and log settings of an Exchange 2010 transport server, usually an SBS 2011, into the
    declared state. It is always the host's own server.
  - Only declared options are written, and calm ones where O(calm_for_per_hour) or O(calm_for_provider) asks for them.
  - With O(smtp_max_messages_per_connection) one setting of the send connector is managed as well. Where the inventory
    declares another value for it with M(sbs.mailflow.send_connector), the task refuses.
  - Before the server is changed, its state is saved on the controller; M(sbs.mailflow.restore) puts it back.
attributes:
  diff_mode:
    description: Shows the server's settings on the host before and after, and the connector's where it changes.
notes:
  - Exchange has no outbound limit of messages a minute. What can be set is how often refused mail is retried.
seealso:
  - module: sbs.mailflow.restore
  - module: sbs.mailflow.send_connector
# BEGIN written by scripts/reference
short_description: Keep the retry and connection limits of Exchange 2010's transport in their declared
  state
extends_documentation_fragment:
  - sbs.mailflow.run
  - sbs.mailflow.options.exchange
  - sbs.mailflow.options.plans
options:
  calm_for_per_hour:
    description:
      - The number of messages an hour that the provider accepts. Retry and connection settings that are
        not declared then get calm values, so that a usual backlog causes no more attempts than that.
    type: int
  calm_for_provider:
    description:
      - The same with the packaged number of a provider, for a mailbox past the first, throttled days.
        For other providers O(calm_for_per_hour).
    type: str
    choices:
      - 1und1
      - ionos
      - strato
  smtp_max_messages_per_connection:
    description:
      - 'How many messages are sent over one connection of the send connector before a new one is opened:
        the connector''s C(SmtpMaxMessagesPerConnection). If the inventory declares the connector, declare
        it there.'
    type: int
  connector:
    description:
      - The name of the connector that O(smtp_max_messages_per_connection) is for. By default the only
        enabled one that sends mail for every domain (V(*)) to a smart host.
    type: str
  message_retry_interval:
    description:
      - How long one message waits after a temporary rejection (4xx) before it is tried again. This is
        what makes a backlog snowball with a provider that throttles.
      - Exchange's C(MessageRetryInterval). Exchange 2010 begins with V(00:01:00).
    type: str
  transient_failure_retry_count:
    description:
      - How often a failed connection is tried again at O(transient_failure_retry_interval).
      - Exchange's C(TransientFailureRetryCount). Exchange 2010 begins with V(6).
    type: int
  transient_failure_retry_interval:
    description:
      - How long a queue waits between those attempts.
      - Exchange's C(TransientFailureRetryInterval). Exchange 2010 begins with V(00:05:00).
    type: str
  outbound_connection_failure_retry_interval:
    description:
      - How long a queue waits between further attempts, once those are used up.
      - Exchange's C(OutboundConnectionFailureRetryInterval). Exchange 2010 begins with V(00:10:00).
    type: str
  max_outbound_connections:
    description:
      - 'How many outbound connections the server keeps open at once, to all domains: a number, or V(unlimited).'
      - Exchange's C(MaxOutboundConnections). Exchange 2010 begins with V(1000).
    type: str
  max_per_domain_outbound_connections:
    description:
      - How many of them may be to one domain, at most O(max_outbound_connections). All mail for a smart
        host counts as one.
      - Exchange's C(MaxPerDomainOutboundConnections). Exchange 2010 begins with V(20).
    type: str
  message_expiration_timeout:
    description:
      - How long a message stays in the queue before it expires and its sender gets a non-delivery report.
      - Exchange's C(MessageExpirationTimeout). Exchange 2010 begins with V(2.00:00:00).
    type: str
  delay_notification_timeout:
    description:
      - How long before its sender gets a delay notification; at most O(message_expiration_timeout).
      - Exchange's C(DelayNotificationTimeout). Exchange 2010 begins with V(04:00:00).
    type: str
  queue_max_idle_time:
    description:
      - How long an empty queue is kept.
      - Exchange's C(QueueMaxIdleTime). Exchange 2010 begins with V(00:03:00).
    type: str
  send_protocol_log_path:
    description:
      - Where the SMTP dialogues of send connectors are logged, a folder on the server. An empty text
        disables the log.
      - Exchange's C(SendProtocolLogPath). Exchange 2010 begins with V(C:\\Program Files\\Microsoft\\Exchange
        Server\\V14\\TransportRoles\\Logs\\ProtocolLog\\SmtpSend).
    type: str
  send_protocol_log_max_age:
    description:
      - How long those logs are kept.
      - Exchange's C(SendProtocolLogMaxAge). Exchange 2010 begins with V(30.00:00:00).
    type: str
  send_protocol_log_max_directory_size:
    description:
      - How large the folder grows before the oldest of those logs are deleted, such as V(250MB), or V(unlimited).
      - Exchange's C(SendProtocolLogMaxDirectorySize). Exchange 2010 begins with V(250MB).
    type: str
  send_protocol_log_max_file_size:
    description:
      - How large one of them grows before the next one is started; at most O(send_protocol_log_max_directory_size).
      - Exchange's C(SendProtocolLogMaxFileSize). Exchange 2010 begins with V(10MB).
    type: str
  receive_protocol_log_path:
    description:
      - Where the SMTP dialogues of receive connectors are logged, a folder on the server. An empty text
        disables the log.
      - Exchange's C(ReceiveProtocolLogPath). Exchange 2010 begins with V(C:\\Program Files\\Microsoft\\Exchange
        Server\\V14\\TransportRoles\\Logs\\ProtocolLog\\SmtpReceive).
    type: str
  receive_protocol_log_max_age:
    description:
      - How long the SMTP logs of receive connectors are kept.
      - Exchange's C(ReceiveProtocolLogMaxAge). Exchange 2010 begins with V(30.00:00:00).
    type: str
  receive_protocol_log_max_directory_size:
    description:
      - How large the folder grows before the oldest of those logs are deleted, such as V(250MB), or V(unlimited).
      - Exchange's C(ReceiveProtocolLogMaxDirectorySize). Exchange 2010 begins with V(250MB).
    type: str
  receive_protocol_log_max_file_size:
    description:
      - How large one of them grows before the next one is started; at most O(receive_protocol_log_max_directory_size).
      - Exchange's C(ReceiveProtocolLogMaxFileSize). Exchange 2010 begins with V(10MB).
    type: str
  intra_org_connector_protocol_logging_level:
    description:
      - Whether SMTP between Exchange servers of the organisation is logged.
      - Exchange's C(IntraOrgConnectorProtocolLoggingLevel). Exchange 2010 begins with V(None).
    type: str
    choices:
      - None
      - Verbose
  connectivity_log_enabled:
    description:
      - Whether each outbound connection and its end are logged.
      - Exchange's C(ConnectivityLogEnabled). Exchange 2010 begins with V(false).
    type: bool
  connectivity_log_path:
    description:
      - 'Where the connectivity log is written, a folder on the server. An empty text: nowhere; to disable
        the log, use O(connectivity_log_enabled).'
      - Exchange's C(ConnectivityLogPath). Exchange 2010 begins with V(C:\\Program Files\\Microsoft\\Exchange
        Server\\V14\\TransportRoles\\Logs\\Connectivity).
    type: str
  connectivity_log_max_age:
    description:
      - How long the connectivity log is kept.
      - Exchange's C(ConnectivityLogMaxAge). Exchange 2010 begins with V(30.00:00:00).
    type: str
  connectivity_log_max_directory_size:
    description:
      - How large its folder grows before the oldest files are deleted, such as V(250MB), or V(unlimited).
      - Exchange's C(ConnectivityLogMaxDirectorySize). Exchange 2010 begins with V(250MB).
    type: str
  connectivity_log_max_file_size:
    description:
      - How large one file grows before the next one is started; at most O(connectivity_log_max_directory_size).
      - Exchange's C(ConnectivityLogMaxFileSize). Exchange 2010 begins with V(10MB).
    type: str
  message_tracking_log_enabled:
    description:
      - Whether the delivery path of each message is logged.
      - Exchange's C(MessageTrackingLogEnabled). Exchange 2010 begins with V(true).
    type: bool
  message_tracking_log_path:
    description:
      - 'Where the message tracking log is written, a folder on the server. An empty text: nowhere; to
        disable the log, use O(message_tracking_log_enabled).'
      - Exchange's C(MessageTrackingLogPath). Exchange 2010 begins with V(C:\\Program Files\\Microsoft\\Exchange
        Server\\V14\\TransportRoles\\Logs\\MessageTracking).
    type: str
  message_tracking_log_max_age:
    description:
      - How long the message tracking log is kept.
      - Exchange's C(MessageTrackingLogMaxAge). Exchange 2010 begins with V(30.00:00:00).
    type: str
  message_tracking_log_max_directory_size:
    description:
      - How large its folder grows before the oldest files are deleted, such as V(1GB), or V(unlimited).
        On a server that holds mailboxes as well, such as SBS, the files of each role may take that much.
      - Exchange's C(MessageTrackingLogMaxDirectorySize). Exchange 2010 begins with V(1GB).
    type: str
  message_tracking_log_max_file_size:
    description:
      - How large one file grows before the next one is started; at most O(message_tracking_log_max_directory_size).
      - Exchange's C(MessageTrackingLogMaxFileSize). Exchange 2010 begins with V(10MB).
    type: str
  message_tracking_log_subject_logging_enabled:
    description:
      - Whether it includes the message subjects.
      - Exchange's C(MessageTrackingLogSubjectLoggingEnabled). Exchange 2010 begins with V(true).
    type: bool
# END written by scripts/reference
"""

EXAMPLES = r"""
---
- name: Retry refused mail no more often than a mature mailbox at Strato permits
  sbs.mailflow.transport:
    calm_for_provider: strato

- name: The same for a provider that accepts 100 messages an hour, with one connection only
  sbs.mailflow.transport:
    calm_for_per_hour: 100
    max_per_domain_outbound_connections: 1

- name: Keep single settings, independent of the provider
  sbs.mailflow.transport:
    message_retry_interval: "00:15:00"
    message_expiration_timeout: 4.00:00:00
    message_tracking_log_max_age: 60.00:00:00
    message_tracking_log_max_directory_size: 2GB

- name: Limit the messages over one connection of the send connector to the smart host
  sbs.mailflow.transport:
    smtp_max_messages_per_connection: 5
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
  sample: /srv/site/inventory/.mailflow/sbs/transport_20260131T093000Z.json
server:
  description: The name of the transport server.
  returned: success
  type: str
  sample: SBS
connector:
  description: The name of the send connector. V(null) where nothing of one is declared.
  returned: success
  type: str
  sample: Windows SBS Internet Send SBS
attempts:
  description:
    - What the settings allow at most once the plan is applied. C(docs/transport.md) has the arithmetic and what it
      assumes.
  returned: success
  type: dict
  contains:
    per_message_per_hour:
      description: How often one waiting message is tried in an hour. V(null) when the host's value cannot be read.
      returned: success
      type: int
    provider_per_hour:
      description: The number of messages an hour that the provider accepts, by the declared calm. V(null) without one.
      returned: success
      type: int
    backlog_that_stays_below:
      description: The number of waiting messages that cause no more attempts an hour than that. V(null) where either
        is not known.
      returned: success
      type: int
  sample:
    per_message_per_hour: 2
    provider_per_hour: 250
    backlog_that_stays_below: 125
reasons:
  description: On failure, each reason as C(where), C(found), C(expected) and C(remedy). RV(ignore:msg) holds
    the same as text.
  returned: failure
  type: list
  elements: dict
"""
