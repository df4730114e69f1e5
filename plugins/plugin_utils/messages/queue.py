# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the queues and what waits in them."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "rate_twice": (
        "per_hour and provider at once",
        "one of them",
        "Declare per_hour, or the O(provider) whose number is packaged.",
    ),
    "rate_without_backlog": (
        "per_hour or provider without backlog",
        "backlog: true where a rate is given, since the rate is used only to assess the backlog",
        "Add backlog: true, or leave the rate out.",
    ),
    "queue_connector_unknown": (
        "no send connector '{name}', but {names}",
        "the name of a send connector of this organisation",
        "Correct the name, or leave it out to read all of them.",
    ),
}

NOTICES: dict[str, str] = {
    "stage_queues": "loading Exchange's shell and reading the queues",
    "snowball": "Each waiting message is tried up to {per_message} times an hour (message_retry_interval). The"
    " provider accepts {provider} messages an hour: more than {backlog} waiting messages cause more attempts than"
    " that, and if the provider counts refused ones, no more mail is delivered. Declare a longer"
    " message_retry_interval, or leave it out, so that the calm preset sets it.",
    "queue_healthy": "No problem found: {waiting} messages are waiting for the smart host.",
    "queue_snowball": "{throttled} messages were refused because of the provider's rate, and there are up to"
    " {attempts} attempts an hour while the provider accepts {rate}: the attempts themselves keep the rate exceeded.",
    "queue_snowball_blind": "{throttled} messages were refused because of the provider's rate, and the waiting"
    " messages are tried up to {likely} times an hour. The provider's rate is not declared; with most providers, that"
    " exceeds it.",
    "queue_backlog": "{waiting} messages are waiting, more than half of the {rate} that the provider accepts in an"
    " hour.",
    "queue_old": "The oldest message has been waiting for {hours} hours.",
    "queue_expires": "The first message expires in {hours} hours, and its sender gets a non-delivery report.",
    "queue_refused": "{count} messages were not delivered ({kind}: {meaning}): {words}.",
    "queue_came_back": "{count} messages of {senders} senders ({sender}) were permanently rejected ({kind}:"
    " {meaning}): {words}.",
    "no_words": "no reply text",
    "queue_came_back_before": "{count} messages of {senders} senders ({sender}) were permanently rejected ({kind}:"
    " {meaning}): {words}. Mail has been delivered since, and for an hour none has been rejected for that: it counts"
    " as repaired.",
    "queue_automatic_came_back": "{count} automatic replies or reports, which have no sender, were permanently"
    " rejected ({kind}: {meaning}): {words}. Mail that people write is not affected.",
    "queue_given_up": "{count} messages expired in the queue, and their senders got non-delivery reports.",
    "queue_unreached": "{count} messages were returned because neither DNS nor a route of this server leads to their"
    " destination.",
    "queue_more_came_back": "Mail was returned for {count} more reasons or senders than are listed here.",
    "queue_stuck": "Nothing has been delivered for {hours} hours, though {waiting} messages are waiting.",
    "queue_untracked": "Message tracking is disabled: what was returned, and whether anything is delivered, cannot be"
    " determined.",
    "queue_tracking_unread": "Message tracking could not be read ({problem}): what was returned, and whether anything"
    " is delivered, cannot be determined. Check whether the service Microsoft Exchange Transport Log Search is"
    " running.",
    "queue_messages_held": "{count} messages are suspended individually: they stay until somebody resumes them.",
    "queue_poison": "{count} messages are in the poison queue: the transport service suspects them of having crashed"
    " it. Check each before you resume or remove it.",
    "queue_unreachable": "{count} messages are unreachable: no send connector covers their domain, or none is enabled.",
    "queue_submission": "{count} messages are not categorized yet. If they stay, check for back pressure (a full disk,"
    " event 15004 to 15007) on the server.",
    "queue_do_recover": "Do not resume, retry or resubmit anything by hand: each attempt counts. Check what"
    " playbooks/recover_queue.yml --check reports, then run it: it suspends the queue (Suspend-Queue), calms the retry"
    " settings, lets an hour pass without attempts, logs in with a mailbox that is old enough, and releases the"
    " messages in batches below the rate.",
    "queue_do_wait_or_recover": "Do not switch the login now: everything would be tried at once. Let the queue empty"
    " first.",
    "queue_do_unstick": "Check the last error of the queue, the connection to the provider, and whether the transport"
    " service is running; then send one message, and check whether it is delivered.",
    "queue_do_resume": "Find out who suspended the queue, and why, before you resume it.",
    "queues_unread": "The queues could not be read ({problem}).",
}
