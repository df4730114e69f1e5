# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a transport server: one row each.

Argument check, diff and documentation page read this table; the lab does not, and a test holds the two against each
other. Names, bounds and defaults: Microsoft's reference of 2018-02-07 (the last that keeps Exchange 2010's own
wording), of the two defaults of an interval the one of a Hub Transport server. The folders are those of an installation
in Exchange's default folder.
"""

from __future__ import annotations

from ..exchange.objects import ExchangeObject
from ..exchange.settings import Setting, Settings
from ..options.values import Boolean, Choice, Integer, Limit, LocalPath, Size, TimeSpan

MINUTE, HOUR, DAY = 60, 3600, 86400
MB, GB = 1024**2, 1024**3
MOST = 2**31 - 1
AGE = TimeSpan(0, MOST)
"""How long logs are kept; Exchange ends at 24855.03:14:07, which is as many seconds as fit."""
LARGEST = 2**63 - 1024
"""How large logs may be; Exchange ends at 9223372036854775807 bytes, and this is the last whole KB."""
LOG_SIZE = Size(LARGEST, least=1)
LOGS = "C:\\Program Files\\Microsoft\\Exchange Server\\V14\\TransportRoles\\Logs"
"""The folder of all logs."""


SETTINGS = Settings(
    Setting(
        "message_retry_interval",
        TimeSpan(1, DAY),
        "How long one message waits after a temporary rejection (4xx) before it is tried again. This is what makes a"
        " backlog snowball with a provider that throttles.",
        prop="MessageRetryInterval",
        new_value=MINUTE,
    ),
    Setting(
        "transient_failure_retry_count",
        Integer(0, 15),
        "How often a failed connection is tried again at O(transient_failure_retry_interval).",
        prop="TransientFailureRetryCount",
        new_value=6,
    ),
    Setting(
        "transient_failure_retry_interval",
        TimeSpan(1, 12 * HOUR),
        "How long a queue waits between those attempts.",
        prop="TransientFailureRetryInterval",
        new_value=5 * MINUTE,
    ),
    Setting(
        "outbound_connection_failure_retry_interval",
        TimeSpan(1, 20 * DAY),
        "How long a queue waits between further attempts, once those are used up.",
        prop="OutboundConnectionFailureRetryInterval",
        new_value=10 * MINUTE,
    ),
    Setting(
        "max_outbound_connections",
        Limit(1, MOST),
        "How many outbound connections the server keeps open at once, to all domains: a number, or V(unlimited).",
        prop="MaxOutboundConnections",
        new_value=1000,
    ),
    Setting(
        "max_per_domain_outbound_connections",
        Limit(1, MOST),
        "How many of them may be to one domain, at most O(max_outbound_connections). All mail for a smart host counts"
        " as one.",
        prop="MaxPerDomainOutboundConnections",
        new_value=20,
    ),
    Setting(
        "message_expiration_timeout",
        TimeSpan(5, 90 * DAY),
        "How long a message stays in the queue before it expires and its sender gets a non-delivery report.",
        prop="MessageExpirationTimeout",
        new_value=2 * DAY,
    ),
    Setting(
        "delay_notification_timeout",
        TimeSpan(1, 30 * DAY),
        "How long before its sender gets a delay notification; at most O(message_expiration_timeout).",
        prop="DelayNotificationTimeout",
        new_value=4 * HOUR,
    ),
    Setting(
        "queue_max_idle_time",
        TimeSpan(5, HOUR),
        "How long an empty queue is kept.",
        prop="QueueMaxIdleTime",
        new_value=3 * MINUTE,
    ),
    Setting(
        "send_protocol_log_path",
        LocalPath(),
        "Where the SMTP dialogues of send connectors are logged, a folder on the server. An empty text disables the"
        " log.",
        prop="SendProtocolLogPath",
        new_value=f"{LOGS}\\ProtocolLog\\SmtpSend",
        nullable=True,
    ),
    Setting(
        "send_protocol_log_max_age",
        AGE,
        "How long those logs are kept.",
        prop="SendProtocolLogMaxAge",
        new_value=30 * DAY,
    ),
    Setting(
        "send_protocol_log_max_directory_size",
        Size(LARGEST, least=MB),
        "How large the folder grows before the oldest of those logs are deleted, such as V(250MB), or V(unlimited).",
        prop="SendProtocolLogMaxDirectorySize",
        new_value=250 * MB,
    ),
    Setting(
        "send_protocol_log_max_file_size",
        LOG_SIZE,
        "How large one of them grows before the next one is started; at most O(send_protocol_log_max_directory_size).",
        prop="SendProtocolLogMaxFileSize",
        new_value=10 * MB,
    ),
    Setting(
        "receive_protocol_log_path",
        LocalPath(),
        "Where the SMTP dialogues of receive connectors are logged, a folder on the server. An empty text disables the"
        " log.",
        prop="ReceiveProtocolLogPath",
        new_value=f"{LOGS}\\ProtocolLog\\SmtpReceive",
        nullable=True,
    ),
    Setting(
        "receive_protocol_log_max_age",
        AGE,
        "How long the SMTP logs of receive connectors are kept.",
        prop="ReceiveProtocolLogMaxAge",
        new_value=30 * DAY,
    ),
    Setting(
        "receive_protocol_log_max_directory_size",
        LOG_SIZE,
        "How large the folder grows before the oldest of those logs are deleted, such as V(250MB), or V(unlimited).",
        prop="ReceiveProtocolLogMaxDirectorySize",
        new_value=250 * MB,
    ),
    Setting(
        "receive_protocol_log_max_file_size",
        LOG_SIZE,
        "How large one of them grows before the next one is started; at most"
        " O(receive_protocol_log_max_directory_size).",
        prop="ReceiveProtocolLogMaxFileSize",
        new_value=10 * MB,
    ),
    Setting(
        "intra_org_connector_protocol_logging_level",
        Choice("None", "Verbose"),
        "Whether SMTP between Exchange servers of the organisation is logged.",
        prop="IntraOrgConnectorProtocolLoggingLevel",
        new_value="None",
    ),
    Setting(
        "connectivity_log_enabled",
        Boolean(),
        "Whether each outbound connection and its end are logged.",
        prop="ConnectivityLogEnabled",
        new_value=False,
    ),
    Setting(
        "connectivity_log_path",
        LocalPath(),
        "Where the connectivity log is written, a folder on the server. An empty text: nowhere; to disable the log,"
        " use O(connectivity_log_enabled).",
        prop="ConnectivityLogPath",
        new_value=f"{LOGS}\\Connectivity",
        nullable=True,
    ),
    Setting(
        "connectivity_log_max_age",
        AGE,
        "How long the connectivity log is kept.",
        prop="ConnectivityLogMaxAge",
        new_value=30 * DAY,
    ),
    Setting(
        "connectivity_log_max_directory_size",
        LOG_SIZE,
        "How large its folder grows before the oldest files are deleted, such as V(250MB), or V(unlimited).",
        prop="ConnectivityLogMaxDirectorySize",
        new_value=250 * MB,
    ),
    Setting(
        "connectivity_log_max_file_size",
        LOG_SIZE,
        "How large one file grows before the next one is started; at most O(connectivity_log_max_directory_size).",
        prop="ConnectivityLogMaxFileSize",
        new_value=10 * MB,
    ),
    Setting(
        "message_tracking_log_enabled",
        Boolean(),
        "Whether the delivery path of each message is logged.",
        prop="MessageTrackingLogEnabled",
        new_value=True,
    ),
    Setting(
        "message_tracking_log_path",
        LocalPath(),
        "Where the message tracking log is written, a folder on the server. An empty text: nowhere; to disable the"
        " log, use O(message_tracking_log_enabled).",
        prop="MessageTrackingLogPath",
        new_value=f"{LOGS}\\MessageTracking",
        nullable=True,
    ),
    Setting(
        "message_tracking_log_max_age",
        AGE,
        "How long the message tracking log is kept.",
        prop="MessageTrackingLogMaxAge",
        new_value=30 * DAY,
    ),
    Setting(
        "message_tracking_log_max_directory_size",
        LOG_SIZE,
        "How large its folder grows before the oldest files are deleted, such as V(1GB), or V(unlimited). On a server"
        " that holds mailboxes as well, such as SBS, the files of each role may take that much.",
        prop="MessageTrackingLogMaxDirectorySize",
        new_value=GB,
    ),
    Setting(
        "message_tracking_log_max_file_size",
        Size(4 * GB, least=1, unlimited=False),
        "How large one file grows before the next one is started; at most O(message_tracking_log_max_directory_size).",
        prop="MessageTrackingLogMaxFileSize",
        new_value=10 * MB,
    ),
    Setting(
        "message_tracking_log_subject_logging_enabled",
        Boolean(),
        "Whether it includes the message subjects.",
        prop="MessageTrackingLogSubjectLoggingEnabled",
        new_value=True,
    ),
)


TRANSPORT_SERVER = ExchangeObject("TransportServer", "transport server", SETTINGS)
