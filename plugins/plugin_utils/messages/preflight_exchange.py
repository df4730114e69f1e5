# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of Exchange: what was found, and what to do."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {}
FOUND = {
    "check_relay_none": "no open relay",
    "check_relay": "receive connector '{name}' is an open relay: everyone outside may send to any recipient by it",
    "check_relay_untold": "whether receive connector '{name}' is an open relay is unknown",
    "check_roles": "{version} with {roles}",
    "check_roles_hubs": "{count} Hub Transport servers: {names}",
    "check_agents_none": "none but Exchange's own",
    "check_agents": "others than Exchange's own: {names}",
    "check_connectors": "no other connector in the way",
    "check_connector_retired": "connector '{name}' is used by {servers} only, which is no server of this organisation",
    "check_connector_partly_retired": "connector '{name}' names {servers}, which is no server of this organisation",
    "check_connector_narrower": "connector '{name}' takes mail for {spaces} elsewhere",
    "check_connector_scoped": "connector '{name}' is for servers of its own Active Directory site only",
    "check_connectors_several": "several connectors take mail to every domain: {names}",
    "check_domains": "accepted here: {domains}",
    "check_domains_missing": "not accepted here: {domains}",
    "check_policies": "every e-mail address policy is applied",
    "check_policies_open": "not applied to its recipients: {names}",
    "check_targets": "every declared mailbox is a recipient here",
    "check_target_missing": "{target} is no recipient here",
    "check_target_outside": "mail for {target} leaves this Exchange",
    "check_target_untold": "where mail for {account} goes is not declared",
    "check_target_unread": "whether {target} is a recipient here was not told",
    "check_queue_empty": "nothing waits in the queues",
    "check_queue_waiting": "{count} messages wait in the queues",
    "check_queue_stuck": "{count} messages are in the queue {queue}",
}
REMEDIES = {
    "remedy_relay_own": "Declare receive_connector_close_relay: true, or receive_connector_known_relays if it is meant"
    " for fixed addresses.",
    "remedy_relay_inherited": "Take the inherited right away where it was given, above the connector in Active"
    " Directory.",
    "remedy_relay_external": "Declare receive_connector_auth_mechanism without ExternalAuthoritative for it.",
    "remedy_roles_old": "Install Service Pack 3 for Exchange 2010: without a service pack it is not supported here.",
    "remedy_roles": "Make sure that mail leaves through this server: it lacks the role of Hub Transport or Mailbox.",
    "remedy_roles_hubs": "Declare source_transport_servers of the connector, so that it is clear which of them sends.",
    "remedy_agents": "Find out who filters and who collects: what stands between may hold mail back, or change it.",
    "remedy_connector_retired": "Declare source_transport_servers with a server that is there.",
    "remedy_connector_narrower": "Disable the connector, or declare known_routes: the most specific address space wins,"
    " whatever the cost.",
    "remedy_connector_scoped": "Declare is_scoped_connector: false, unless it is meant.",
    "remedy_connectors_several": "Disable all but one of them, or declare known_routes.",
    "remedy_domains": "Make them accepted domains (address_rewrite does): replies to senders there are refused or"
    " sent on.",
    "remedy_policies": "Turn the policy off for recipients whose addresses were set by hand before it is applied.",
    "remedy_target": "Create the recipient, or correct the account: what is fetched for nobody is lost.",
    "remedy_target_untold": "Learn the key map and declare each account's O(mailbox).",
    "remedy_queue": "Look at them with the playbook check_transport.",
    "remedy_queue_stuck": "Recover the queue with the playbook recover_queue.",
}
NOTICES: dict[str, str] = {**FOUND, **REMEDIES}
