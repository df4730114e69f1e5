# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All actions by name, for documentation, the groups of meta/runtime.yml and tests. A task loads its own noun alone."""

from __future__ import annotations

from collections.abc import Sequence

from .address_rewrite import desired as address_rewrite
from .host_tls import desired as host_tls
from .inbound import desired as inbound
from .inbound_mail import desired as inbound_mail
from .inbound_plan import desired as inbound_plan
from .mail_flow import declarations as mail_flow
from .mailboxes.candidates import MAILBOXES
from .options.action import Action
from .options.option import Option
from .pop3_connector import desired as pop3_connector
from .pop3_connector import fetch as pop3_connector_fetch
from .pop3_connector import learn as pop3_connector_learn
from .preflight import desired as preflight
from .probe import answers as probe
from .queue import backlog_facts as facts
from .queue import desired as queue
from .queue_recovery import desired as queue_recovery
from .receive_connector import desired as receive_connector
from .restore import desired as restore
from .run.options import EXCHANGE, LEDGER, PLANS
from .send_connector import desired as send_connector
from .smarthost_account import desired as smarthost_account
from .transport import desired as transport

ACTIONS = {
    each.name: each
    for each in (
        address_rewrite.ACTION,
        facts.ACTION,
        host_tls.ACTION,
        inbound.ACTION,
        inbound_mail.ACTION,
        inbound_plan.ACTION,
        mail_flow.ACTION,
        Action(
            "ping",
            (),
            needs_exchange=False,
            plans=False,
            role=False,
            description="Test the connection to the agent and back",
        ),
        pop3_connector.ACTION,
        pop3_connector_fetch.ACTION,
        pop3_connector_learn.ACTION,
        preflight.ACTION,
        probe.ACTION,
        queue.ACTION,
        queue_recovery.ACTION,
        receive_connector.ACTION,
        *restore.ACTIONS,
        send_connector.ACTION,
        smarthost_account.ACTION,
        transport.ACTION,
    )
}
ROLES = {name: each for name, each in ACTIONS.items() if each.role}
GROUPS = {
    "all": list(ACTIONS),
    "exchange": [name for name, each in ACTIONS.items() if each.needs_exchange],
    "plans": [name for name, each in ACTIONS.items() if each.plans],
}
"""Groups for ``module_defaults``, by what all of their members take: ``timeout``, ``exchange_...``, and ``backup_dir``
with ``accept_identity`` and ``approved_plan``."""
FRAGMENTS: dict[str, Sequence[Option]] = {
    "exchange": EXCHANGE,
    "plans": PLANS,
    "ledger": (LEDGER,),
    "rate": queue.RATE,
    "known_routes": (send_connector.KNOWN_ROUTES,),
    "mailboxes": (Option("mailboxes", MAILBOXES, "Mailboxes of the provider."),),
    "on_error": (address_rewrite.ON_ERROR,),
    "other_collectors": (pop3_connector.OTHER_COLLECTORS,),
    "pop3_backup": restore.BACK,
    "pop3_look": pop3_connector_fetch.LOOKING,
    "pop3_place": pop3_connector.PLACE,
    "resolver": (preflight.RESOLVER_PORT,),
}
"""The options that several modules have, by the fragment that documents them."""
