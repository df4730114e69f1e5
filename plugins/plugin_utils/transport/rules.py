# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which settings of a transport server exclude each other; exchange/rules.py says when that is asked."""

from __future__ import annotations

from typing import Any

from ..errors import Reason
from ..exchange.rules import Rule, broken
from ..exchange.settings import Values
from ..messages import notice_of, reason_of
from ..options.values import UNLIMITED, TimeSpan
from .settings import SETTINGS


def conflicts(values: Values, where: str) -> list[Reason]:
    """All rules that these values break."""
    return broken(RULES, values, where)


def warnings(values: Values) -> list[str]:
    """Settings that Microsoft advises against, as sentences."""
    return [*_early_reports(values), *_logs_without_folder(values)]


def _early_reports(values: Values) -> list[str]:
    count, interval = values.get("transient_failure_retry_count"), values.get("transient_failure_retry_interval")
    delay = values.get("delay_notification_timeout")
    if not isinstance(count, int) or not isinstance(interval, int) or not isinstance(delay, int):
        return []
    if delay > count * interval:
        return []
    return [notice_of("delay_before_retries_end", delay=TimeSpan.text(delay), retries=TimeSpan.text(count * interval))]


def _logs_without_folder(values: Values) -> list[str]:
    return [
        notice_of("log_without_folder", log=log)
        for log in ("connectivity_log", "message_tracking_log")
        if values.get(f"{log}_enabled") is True and values.get(f"{log}_path", "") is None
    ]


def _connections(values: Values, where: str) -> Reason | None:
    """Exchange's own rule."""
    per_domain, outbound = values.get("max_per_domain_outbound_connections"), values.get("max_outbound_connections")
    if _number(per_domain) <= _number(outbound, unknown=float("inf")):
        return None
    return reason_of("per_domain_above_outbound", where, per_domain=per_domain, outbound=outbound)


def _delay(values: Values, where: str) -> Reason | None:
    """Ours: whether Exchange compares the two is not documented; the sender would hear of no delay."""
    delay, expiration = values.get("delay_notification_timeout"), values.get("message_expiration_timeout")
    if not isinstance(delay, int) or not isinstance(expiration, int) or delay <= expiration:
        return None
    return reason_of("delay_after_expiration", where, delay=TimeSpan.text(delay), expiration=TimeSpan.text(expiration))


def _log_sizes(log: str) -> Rule:
    """Exchange's own rule, for one of its logs."""
    file_size, directory_size = SETTINGS[f"{log}_max_file_size"], SETTINGS[f"{log}_max_directory_size"]

    def rule(values: Values, where: str) -> Reason | None:
        file, directory = values.get(file_size.name), values.get(directory_size.name)
        if _number(file) <= _number(directory, unknown=float("inf")):
            return None
        shown, at_most = file_size.kind.show(file), directory_size.kind.show(directory)
        return reason_of("log_file_above_directory", where, log=log, file=shown, directory=at_most)

    return rule


def _number(limit: Any, unknown: float = 0) -> float:
    if limit == UNLIMITED:
        return float("inf")
    return limit if isinstance(limit, int) else unknown


LOGS = ("send_protocol_log", "receive_protocol_log", "connectivity_log", "message_tracking_log")
RULES: tuple[Rule, ...] = (_connections, _delay, *(_log_sizes(log) for log in LOGS))
