# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every sentence that an administrator acts on, one module a noun, so that it can be translated in one place.

REASONS are refusals and failures: what was found, what was expected, what to do. NOTICES are all other
sentences. Nothing secret is ever put into one.
"""

from __future__ import annotations

from typing import Any

from ..errors import Reason
from . import (
    address_rewrite,
    agent,
    connection,
    controller,
    host_tls,
    inbound,
    inbound_mail,
    inbound_plan,
    mail_flow,
    mailboxes,
    pop3_connector,
    preflight,
    preflight_direct,
    preflight_dns,
    preflight_exchange,
    preflight_host,
    preflight_inbound,
    preflight_provider,
    preflight_tls,
    queue,
    queue_recovery,
    receive_connector,
    report,
    restore,
    run,
    send_connector,
    smarthost_account,
    transport,
)
from .spelled import spelled
from .visible import visible

BY_NOUN = (
    address_rewrite,
    agent,
    connection,
    controller,
    host_tls,
    inbound_mail,
    inbound,
    inbound_plan,
    mail_flow,
    mailboxes,
    pop3_connector,
    preflight,
    preflight_exchange,
    preflight_host,
    preflight_inbound,
    preflight_provider,
    preflight_tls,
    preflight_direct,
    preflight_dns,
    queue,
    queue_recovery,
    receive_connector,
    report,
    restore,
    run,
    send_connector,
    smarthost_account,
    transport,
)
REASONS = {key: texts for each in BY_NOUN for key, texts in each.REASONS.items()}
NOTICES = {key: text for each in BY_NOUN for key, text in each.NOTICES.items()}
_NOUN_OF = {key: each.__name__.rpartition(".")[2] for each in BY_NOUN for key in (*each.REASONS, *each.NOTICES)}


def reason_of(key: str, where: str, **values: Any) -> Reason:
    """The reason of that key, with the place and the values filled in; whatever they are, each of its texts is one line
    of printable characters."""
    found, expected, remedy = (visible(spelled(each, _NOUN_OF[key]).format(**values)) for each in REASONS[key])
    return Reason(visible(where), found, expected, remedy)


def notice_of(key: str, **values: Any) -> str:
    """The sentence of that key, with the values filled in, in one line of printable characters."""
    return visible(spelled(NOTICES[key], _NOUN_OF[key]).format(**values))
