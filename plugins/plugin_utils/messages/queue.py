# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the queues and what waits in them."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "rate_twice": (
        "per_hour and provider at once",
        "one of them",
        "Give the number, or the provider whose number is packaged.",
    ),
    "rate_without_backlog": (
        "per_hour or provider without backlog",
        "backlog: true where a rate is given, since only the backlog is judged by it",
        "Add backlog: true, or leave the rate out.",
    ),
    "queue_connector_unknown": (
        "no send connector '{name}', but {names}",
        "the name of a send connector of this organisation",
        "Correct the name, or leave it out to look at all of them.",
    ),
}

NOTICES: dict[str, str] = {
    "snowball": "Each waiting message is tried up to {per_message} times an hour (message_retry_interval). The provider"
    " takes {provider} messages an hour: more than {backlog} waiting messages make more attempts than it takes, and"
    " where it counts refused ones, none gets through any more. Declare a longer message_retry_interval, or leave it to"
    " calm_for_per_hour.",
    "queue_healthy": "Nothing stands out: {waiting} messages wait for the smart host.",
    "queue_snowball": "{throttled} messages were refused because of the provider's rate, and there are up to {attempts}"
    " attempts an hour where the provider takes {rate}: the attempts themselves keep the rate exceeded.",
    "queue_snowball_blind": "{throttled} messages were refused because of the provider's rate, and what waits is tried"
    " up to {likely} times an hour. How much the provider takes is not declared; at most providers that is more.",
    "queue_backlog": "{waiting} messages wait, more than half of the {rate} that the provider takes in an hour.",
    "queue_old": "The oldest message has waited for {hours} hours.",
    "queue_expires": "The first message is given up in {hours} hours, and its sender gets a report of non-delivery.",
    "queue_refused": "{count} messages did not leave ({kind}: {meaning}): {words}.",
    "queue_came_back": "{count} messages of {senders} senders ({sender}) came back for good ({kind}: {meaning}):"
    " {words}.",
    "no_words": "no words",
    "queue_came_back_before": "{count} messages of {senders} senders ({sender}) came back for good ({kind}: {meaning}):"
    " {words}. Mail has left since, and for an hour none has come back for that: it counts as repaired.",
    "queue_automatic_came_back": "{count} automatic replies or reports, which have no sender, came back for good"
    " ({kind}: {meaning}): {words}. Mail that people write is not touched by that.",
    "queue_given_up": "{count} messages were given up after they had waited in the queue for too long, and their"
    " senders got reports of non-delivery.",
    "queue_unreached": "{count} messages came back because no name server, or no road of this server, leads to where"
    " they were to go.",
    "queue_more_came_back": "Mail came back for {count} more reasons or senders than are told here.",
    "queue_stuck": "Nothing has left for {hours} hours, though {waiting} messages wait.",
    "queue_untracked": "Message tracking is switched off: what came back, and whether anything leaves, cannot be seen.",
    "queue_tracking_unread": "Message tracking could not be read ({problem}): what came back, and whether anything"
    " leaves, cannot be seen. Look whether the service Microsoft Exchange Transport Log Search runs.",
    "queue_messages_held": "{count} messages are suspended one by one: they stay until somebody resumes them.",
    "queue_poison": "{count} messages stand in the poison queue: the transport service suspects them of having crashed"
    " it. Look at each before you resume or remove it.",
    "queue_unreachable": "{count} messages have no way out: no send connector takes their domain, or none is enabled.",
    "queue_submission": "{count} messages are not sorted yet. If they stay, look for back pressure (a full disk, event"
    " 15004 to 15007) on the server.",
    "queue_do_recover": "Do not resume, retry or resubmit anything by hand: each attempt counts. Look at what"
    " playbooks/recover_queue.yml --check says, then run it: it stops the queue (Suspend-Queue), calms the retry"
    " settings, lets an hour pass without attempts, logs in with a mailbox that is old enough, and lets the messages go"
    " in portions below the rate.",
    "queue_do_wait_or_recover": "Do not switch the login now: everything would be tried at once. Let the queue empty"
    " first.",
    "queue_do_unstick": "Look at the last error of the queue, at the line to the provider, and whether the transport"
    " service runs; then send one mail, and see what becomes of it.",
    "queue_do_resume": "Find out who suspended the queue, and why, before you resume it.",
    "queues_unread": "The queues could not be read ({problem}).",
}
