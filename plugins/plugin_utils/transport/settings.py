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

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from ..values import Boolean, Choice, Integer, Kind, Limit, LocalPath, Size, TimeSpan

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


@dataclass(frozen=True)
class Setting:
    """One setting: the option in the inventory and the Exchange property of the same meaning.

    ``default`` is what Exchange 2010 begins with (canonical form).
    ``can_be_nothing``: whether Exchange knows the setting without a value.
    """

    option: str
    prop: str
    kind: Kind
    default: Any
    description: str
    can_be_nothing: bool = False
    required: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "message_retry_interval",
        "MessageRetryInterval",
        TimeSpan(1, DAY),
        MINUTE,
        "How long one message waits after a temporary refusal (4xx) before it is tried again. What makes a backlog"
        " snowball at a provider that throttles.",
    ),
    Setting(
        "transient_failure_retry_count",
        "TransientFailureRetryCount",
        Integer(0, 15),
        6,
        "How often a failed connection is tried again at O(transient_failure_retry_interval).",
    ),
    Setting(
        "transient_failure_retry_interval",
        "TransientFailureRetryInterval",
        TimeSpan(1, 12 * HOUR),
        5 * MINUTE,
        "How long a queue waits between those tries.",
    ),
    Setting(
        "outbound_connection_failure_retry_interval",
        "OutboundConnectionFailureRetryInterval",
        TimeSpan(1, 20 * DAY),
        10 * MINUTE,
        "How long a queue waits between further tries, once those are used up.",
    ),
    Setting(
        "max_outbound_connections",
        "MaxOutboundConnections",
        Limit(1, MOST),
        1000,
        "How many connections the server holds open at once, to all domains: a number, or V(unlimited).",
    ),
    Setting(
        "max_per_domain_outbound_connections",
        "MaxPerDomainOutboundConnections",
        Limit(1, MOST),
        20,
        "How many of them to one domain, at most O(max_outbound_connections). All mail for a smart host counts as one.",
    ),
    Setting(
        "message_expiration_timeout",
        "MessageExpirationTimeout",
        TimeSpan(5, 90 * DAY),
        2 * DAY,
        "After how long a message that did not leave is given up and reported to its sender.",
    ),
    Setting(
        "delay_notification_timeout",
        "DelayNotificationTimeout",
        TimeSpan(1, 30 * DAY),
        4 * HOUR,
        "After how long its sender is told that it still waits; at most O(message_expiration_timeout).",
    ),
    Setting(
        "queue_max_idle_time",
        "QueueMaxIdleTime",
        TimeSpan(5, HOUR),
        3 * MINUTE,
        "How long an empty queue stays.",
    ),
    Setting(
        "send_protocol_log_path",
        "SendProtocolLogPath",
        LocalPath(),
        f"{LOGS}\\ProtocolLog\\SmtpSend",
        "Where the SMTP dialogues of send connectors are logged, a folder on the server. An empty text: nowhere.",
        can_be_nothing=True,
    ),
    Setting("send_protocol_log_max_age", "SendProtocolLogMaxAge", AGE, 30 * DAY, "How long those logs are kept."),
    Setting(
        "send_protocol_log_max_directory_size",
        "SendProtocolLogMaxDirectorySize",
        Size(LARGEST, least=MB),
        250 * MB,
        "How large the folder grows before the oldest of those logs go, such as V(250MB), or V(unlimited).",
    ),
    Setting(
        "send_protocol_log_max_file_size",
        "SendProtocolLogMaxFileSize",
        LOG_SIZE,
        10 * MB,
        "How large one of them grows before the next begins; at most O(send_protocol_log_max_directory_size).",
    ),
    Setting(
        "receive_protocol_log_path",
        "ReceiveProtocolLogPath",
        LocalPath(),
        f"{LOGS}\\ProtocolLog\\SmtpReceive",
        "Where the SMTP dialogues of receive connectors are logged, a folder on the server. An empty text: nowhere.",
        can_be_nothing=True,
    ),
    Setting(
        "receive_protocol_log_max_age",
        "ReceiveProtocolLogMaxAge",
        AGE,
        30 * DAY,
        "How long the SMTP logs of receive connectors are kept.",
    ),
    Setting(
        "receive_protocol_log_max_directory_size",
        "ReceiveProtocolLogMaxDirectorySize",
        LOG_SIZE,
        250 * MB,
        "How large the folder grows before the oldest of those logs go, such as V(250MB), or V(unlimited).",
    ),
    Setting(
        "receive_protocol_log_max_file_size",
        "ReceiveProtocolLogMaxFileSize",
        LOG_SIZE,
        10 * MB,
        "How large one of them grows before the next begins; at most O(receive_protocol_log_max_directory_size).",
    ),
    Setting(
        "intra_org_connector_protocol_logging_level",
        "IntraOrgConnectorProtocolLoggingLevel",
        Choice("None", "Verbose"),
        "None",
        "Whether SMTP between Exchange servers of the organisation is logged.",
    ),
    Setting(
        "connectivity_log_enabled",
        "ConnectivityLogEnabled",
        Boolean(),
        False,
        "Whether each outbound connection and its end are logged.",
    ),
    Setting(
        "connectivity_log_path",
        "ConnectivityLogPath",
        LocalPath(),
        f"{LOGS}\\Connectivity",
        "Where the connectivity log is written, a folder on the server. An empty text: nowhere; to end it,"
        " O(connectivity_log_enabled).",
        can_be_nothing=True,
    ),
    Setting(
        "connectivity_log_max_age", "ConnectivityLogMaxAge", AGE, 30 * DAY, "How long the connectivity log is kept."
    ),
    Setting(
        "connectivity_log_max_directory_size",
        "ConnectivityLogMaxDirectorySize",
        LOG_SIZE,
        250 * MB,
        "How large its folder grows before the oldest files go, such as V(250MB), or V(unlimited).",
    ),
    Setting(
        "connectivity_log_max_file_size",
        "ConnectivityLogMaxFileSize",
        LOG_SIZE,
        10 * MB,
        "How large one file grows before the next begins; at most O(connectivity_log_max_directory_size).",
    ),
    Setting(
        "message_tracking_log_enabled",
        "MessageTrackingLogEnabled",
        Boolean(),
        True,
        "Whether the way of each message is logged.",
    ),
    Setting(
        "message_tracking_log_path",
        "MessageTrackingLogPath",
        LocalPath(),
        f"{LOGS}\\MessageTracking",
        "Where the message tracking log is written, a folder on the server. An empty text: nowhere; to end it,"
        " O(message_tracking_log_enabled).",
        can_be_nothing=True,
    ),
    Setting(
        "message_tracking_log_max_age",
        "MessageTrackingLogMaxAge",
        AGE,
        30 * DAY,
        "How long the message tracking log is kept.",
    ),
    Setting(
        "message_tracking_log_max_directory_size",
        "MessageTrackingLogMaxDirectorySize",
        LOG_SIZE,
        GB,
        "How large its folder grows before the oldest files go, such as V(1GB), or V(unlimited). On a server that holds"
        " mailboxes as well, such as SBS, the files of either role may take that much.",
    ),
    Setting(
        "message_tracking_log_max_file_size",
        "MessageTrackingLogMaxFileSize",
        Size(4 * GB, least=1, unlimited=False),
        10 * MB,
        "How large one file grows before the next begins; at most O(message_tracking_log_max_directory_size).",
    ),
    Setting(
        "message_tracking_log_subject_logging_enabled",
        "MessageTrackingLogSubjectLoggingEnabled",
        Boolean(),
        True,
        "Whether it holds the subjects.",
    ),
)

BY_OPTION = {setting.option: setting for setting in SETTINGS}

Values = dict[str, Hashable]
"""Option -> canonical value."""


def show_values(values: Values) -> dict[str, Any]:
    """Values for a person, in the table's order; what is not known or not set is left out."""
    return {
        setting.option: setting.kind.show(values[setting.option])
        for setting in SETTINGS
        if values.get(setting.option) is not None
    }
