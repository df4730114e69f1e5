# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the transport server's limits."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "per_domain_above_outbound": (
        "max_per_domain_outbound_connections: {per_domain} with max_outbound_connections: {outbound}",
        "no more connections to one domain than in total (Exchange rejects it otherwise)",
        "Lower the first, or raise the second.",
    ),
    "delay_after_expiration": (
        "delay_notification_timeout: {delay} with message_expiration_timeout: {expiration}",
        "a delay notification before the message expires",
        "Shorten the first, or lengthen the second.",
    ),
    "log_file_above_directory": (
        "{log}_max_file_size: {file} with {log}_max_directory_size: {directory}",
        "no file larger than the folder may become (Exchange rejects it otherwise)",
        "Lower the first, or raise the second.",
    ),
    "calm_twice": (
        "calm_for_per_hour together with calm_for_provider",
        "one of the two",
        "Leave calm_for_provider out if you know the number.",
    ),
    "connector_unclear": (
        "{count} matching send connectors: {names}",
        "one connector for every domain to a smart host, or one with the declared name",
        "Declare O(connector), the connector's name.",
    ),
    "connector_without_setting": (
        "a connector without smtp_max_messages_per_connection",
        "the only setting of it that transport manages",
        "Declare the setting, or leave O(connector) out.",
    ),
    "declared_twice": (
        "smtp_max_messages_per_connection: {value}, but {other} in {variable}",
        "one value for the connector",
        "Declare it in one place: with the connector if that is declared, otherwise here.",
    ),
    "no_transport_server": (
        "no transport settings of this server ({server})",
        "a server with the Hub Transport role",
        "Remove this host from the group, or do not declare transport for it.",
    ),
}

NOTICES: dict[str, str] = {
    "delay_before_retries_end": "delay_notification_timeout: {delay} is no longer than all attempts of a connection"
    " take ({retries}: transient_failure_retry_count times transient_failure_retry_interval), so senders are notified"
    " of a delay that ends by itself. Microsoft recommends a longer one.",
    "saved_connector_gone": "The send connector '{name}' no longer exists, so its smtp_max_messages_per_connection was"
    " not put back.",
    "log_without_folder": "{log}_path is empty while {log}_enabled is true: Exchange then writes errors to its event"
    " log instead. To disable the log, set {log}_enabled to false.",
    "snowball_of_unknown_rate": "Each waiting message is tried up to {per_message} times an hour"
    " (message_retry_interval). With a provider that throttles and counts refused attempts, a backlog then grows by"
    " itself. Declare calm_for_per_hour or calm_for_provider.",
}
