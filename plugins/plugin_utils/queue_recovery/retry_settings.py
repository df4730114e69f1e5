# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The transport server's settings while a queue is dug out: messages live longer, are tried seldom and over one
connection. They go back when new mail needs them no longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ..exchange.settings import Values
from ..messages import notice_of
from ..recovery.record import FINISHED, QUIET, SETTLED, Recovery
from ..transport.attempts import calm_interval
from ..transport.saved import read_saved, saved_server
from ..transport.settings import SETTINGS, TRANSPORT_SERVER
from ..transport.state import TransportServer
from . import budget
from .desired import Desired
from .transitions import Transition, slipped_back, to_stage
from .view import View


def set_retry_settings(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """Messages live longer, are tried seldom and over one connection. Then their expiry is looked at once more."""
    if (slipped := slipped_back(recovery, view)) is not None:
        return slipped
    wanted = _calm(view.server, recovery, desired)
    step = TRANSPORT_SERVER.change(view.server, wanted)
    before = recovery.settings_before or saved_server(view.server)
    if step is not None:
        written = {option: SETTINGS[option].shown(wanted[option]) for option in SETTLED if option in wanted}
        return Transition(replace(recovery, settings_before=before, settings_written=written), (step,))
    if view.messages is None:
        return Transition(recovery)
    kept = replace(recovery, settings_before=before)
    return to_stage(kept, QUIET, *_expiry(kept, view), *_late(kept, desired, view))


def is_calm(view: View, recovery: Recovery, desired: Desired) -> bool:
    """Whether the server's settings need no change for a recovery."""
    return TRANSPORT_SERVER.change(view.server, _calm(view.server, recovery, desired)) is None


def _calm(server: TransportServer, recovery: Recovery, desired: Desired) -> Values:
    expiration = server.values.get("message_expiration_timeout")
    interval = server.values.get("message_retry_interval")
    calm = calm_interval(recovery.rate)
    return {
        "message_expiration_timeout": max(expiration, desired.expiration)
        if isinstance(expiration, int)
        else desired.expiration,
        "message_retry_interval": max(interval, calm) if isinstance(interval, int) else calm,
        "max_per_domain_outbound_connections": 1,
        "message_tracking_log_enabled": True,
    }


def _expiry(recovery: Recovery, view: View) -> list[str]:
    """Whether the raised time-out helped what was queued already: only the messages can tell."""
    before = recovery.settings_before or {}
    timeout = view.server.values.get(SETTLED[0])
    if before.get("settings", {}).get(SETTLED[0]) == SETTINGS[SETTLED[0]].shown(timeout):
        return []
    known = [row for row in view.own_rows() if row.expiry and row.received]
    span = timedelta(seconds=timeout) if isinstance(timeout, int) else timedelta(0)
    helped = sum(bool(row.expiry and row.received and row.expiry - row.received >= span) for row in known)
    key = "recovery_expiry_helped" if helped else "recovery_expiry_no_help"
    return [notice_of(key, helped=helped, total=len(known))] if known else []


def _late(recovery: Recovery, desired: Desired, view: View) -> list[str]:
    """What expires before its turn, quiet time included."""
    late = budget.will_expire(recovery, desired, view.now + desired.quiet)
    return [notice_of("recovery_will_expire", count=len(late))] if late else []


def restore(recovery: Recovery, view: View, desired: Desired, controller: datetime) -> Transition:
    """The settings go back, but for those that somebody has changed since, once new mail needs them no longer."""
    if budget.still_warm(recovery, view.now) and not desired.abandon:
        return Transition(recovery, wait=budget.TICK, notices=(notice_of("recovery_still_warm"),))
    before = read_saved(recovery.settings_before).values if recovery.settings_before else {}
    wanted: Values = {}
    notices = []
    for option, written in recovery.settings_written.items():
        now, was = view.server.values.get(option), before.get(option)
        if option not in before or now == was:
            continue
        if SETTINGS[option].shown(now) == written:
            wanted[option] = was
        else:
            notices.append(notice_of("recovery_setting_kept", option=option, value=SETTINGS[option].shown(now)))
    step = TRANSPORT_SERVER.change(view.server, wanted)
    if step is not None:
        return Transition(recovery, (step,), notices=tuple(notices))
    return to_stage(recovery, FINISHED, *notices)
