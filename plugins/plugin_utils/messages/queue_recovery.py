# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a queue's recovery."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "rate_missing": (
        "neither per_hour nor a provider whose rate is known",
        "how many messages an hour the provider takes",
        "Give per_hour.",
    ),
    "neither_mailboxes_nor_keep_login": (
        "no mailboxes, and keep_login is not true",
        "the mailboxes of which one has to log in afterwards, or keep_login: true",
        "Declare smarthost_account_mailboxes, or keep the login where it is old enough already.",
    ),
    "mailboxes_without_provider": (
        "mailboxes without a provider",
        "the provider whose mailboxes these are",
        "Give the provider.",
    ),
    "senders_first_unfit": (
        "order and senders_first that do not belong together",
        "senders_first with order: senders, and only then",
        "Give both or neither.",
    ),
    "recovery_busy": (
        "another recovery at work on this host: {holder}",
        "one at a time ({path})",
        "It goes on by itself. Wait until it has ended; or end its ansible-playbook, and run this again.",
    ),
    "recovery_guards": (
        "a change of {what}, while a recovery of the connector '{connector}' is under way (stage {stage})",
        "that this stays as it is until the recovery has ended ({path}); all else may be changed",
        "Nothing was written. Let it come to its end with playbooks/recover_queue.yml, or end it unfinished with -e"
        " queue_recovery_abandon=true; then run this again.",
    ),
    "recovery_unwatched": (
        "that the process {parent} has ended, which had started this one",
        "a run that somebody can see",
        "No further tick is made, and the recovery stays as it is: run playbooks/recover_queue.yml again.",
    ),
    "recovery_unreadable": (
        "the file {path}, which cannot be used ({problem})",
        "what an earlier tick has written",
        "It is kept as it is. Repair it from a copy; or look at the host's queue, put it in order by hand, and move the"
        " file away.",
    ),
    "recovery_of_other_connector": (
        "a recovery of the connector '{connector}' under way ({path})",
        "one recovery a host at a time, since the server's settings are one for all connectors",
        "Let it come to its end first.",
    ),
    "clock_not_told": (
        "a host that does not tell its clock",
        "the time by which its queue is judged",
        "Look at the warnings of the agent; Win32_OperatingSystem must be readable.",
    ),
    "recovery_stopped_by_others": (
        "the queue {identity} suspended, by nobody who is known here",
        "a queue that runs, or a recovery of this controller that suspended it",
        "Find out who did it: another controller's recovery has its file there. If nobody needs it any more, give"
        " take_over: true.",
    ),
    "recovery_missing": (
        "{count} saved messages that left the queue without a trace in message tracking: {names}",
        "every saved message sent, failed, removed or still queued",
        "Look for them (Get-MessageTrackingLog -MessageId), then give their ids as accept_missing. Until then the"
        " settings stay as they are.",
    ),
    "recovery_refused": (
        "{count} messages that are kept back, since the provider refuses {names}: {words}",
        "a provider that takes them",
        "Correct what the words name; the next tick asks the provider again and goes on with what it takes then. What"
        " it will never take is removed with remove_messages, or let go as a report of non-delivery to its sender with"
        " accept_refused.",
    ),
    "recovery_step_failed": (
        "{command} on {target} failed ({host_says})",
        "a command that the host carries out",
        "Run it again: it goes on where it is. The queue may still be suspended.",
    ),
    "recovery_stands": (
        "the queue of this connector suspended since {since} by a recovery (stage {stage})",
        "a recovery that goes on",
        "No mail leaves over it until then: run playbooks/recover_queue.yml again. It goes on from {path}.",
    ),
}

NOTICES: dict[str, str] = {
    "recovery_nothing": "Only {waiting} messages wait, and a recovery begins from {minimum} on: nothing to do.",
    "recovery_silent": "The host does not answer ({problem}). What was done is in the file; the next look is in"
    " {seconds} seconds.",
    "recovery_waits": "Another run holds the host ({problem}). The next look is in {seconds} seconds.",
    "recovery_progress": "Stage {stage}: {kept} of {saved} messages are kept back, {sent} have left, {failed} have"
    " failed.",
    "recovery_progress_standing": "Stage {stage}: the queue is suspended, {saved} messages are saved.",
    "recovery_none_to_abandon": "No recovery is under way here: there is nothing to abandon.",
    "recovery_abandoned": "The recovery is being abandoned: {count} messages that were kept back are let go at once,"
    " although the provider takes {rate} an hour.",
    "recovery_queue_stands": "The queue of '{connector}' is suspended since {since} by this recovery (stage {stage}):"
    " no mail leaves over it until the recovery goes on. Run playbooks/recover_queue.yml again if it does not by"
    " itself.",
    "recovery_messages_held": "{count} messages are still kept back and are let go below {rate} an hour as the recovery"
    " goes on. Run playbooks/recover_queue.yml again if it does not by itself. New mail leaves.",
    "recovery_started_again": "The queue was started again in stage {stage}, by somebody or by a restart of the"
    " transport service: it is suspended once more, and the quiet time begins anew.",
    "recovery_foreign": "{count} messages were suspended one by one before this recovery: they stay so. With"
    " take_over_messages: true they are let go with the others, as after a recovery whose file is lost.",
    "recovery_expiry_helped": "The raised message_expiration_timeout helps {helped} of {total} messages that were"
    " queued already.",
    "recovery_expiry_no_help": "The raised message_expiration_timeout helps {helped} of {total} messages that were"
    " queued already: they are still given up when they would have been. New mail lives longer.",
    "recovery_hurries": "Messages might expire before their turn: {share} percent of the provider's rate are used as"
    " long as that is so.",
    "recovery_will_expire": "{count} messages expire before their turn at this rate, although they go first. Their"
    " senders get reports of non-delivery. A higher share_in_need lets more of them go in time.",
    "recovery_needs_login": "The connector still logs in as {found}. The recovery goes on once another mailbox that is"
    " old enough logs in, or with keep_login: true.",
    "recovery_queue_stopped": "The queue {identity} was suspended by somebody else: nothing is let go until it runs"
    " again.",
    "recovery_loose": "{count} messages were no longer kept back, as perhaps after a restart of the transport service:"
    " they are kept back again.",
    "recovery_halved": "{count} messages that were let go came back, refused for the provider's rate: they are kept"
    " back again, and the rate goes down from {before} to {rate} an hour.",
    "recovery_sender_refused": "The provider refuses the sender {sender} ({words}). {remedy} Until then {count}"
    " messages are kept back.",
    "recovery_all_refused": "The provider refuses what comes with this login ({words}). {remedy} Until then nothing"
    " is let go, and {count} messages are kept back.",
    "recovery_senders_unproven": "Whether the provider takes the senders that wait is not known for all ({problem}): of"
    " each who was not seen to pass one message goes first.",
    "senders_of_unknown_login": "the login {username} is none of the declared mailboxes",
    "all_with_this_login": "all that comes with this login",
    "senders_without_host": "the connector has no smart host",
    "recovery_goes_last": "{count} messages that were let go came back by themselves, each refused for a recipient, or"
    " for what it is, and not for the provider's rate: they are kept back again and go last, later each time.",
    "recovery_waits_for_others": "All else has left. {count} messages that came back by themselves, as from full"
    " mailboxes, are too many for Exchange's own retries: the next goes at {moment}. To end it before, remove them"
    " (remove_messages) or abandon it.",
    "recovery_link_dead": "The smart host takes nothing now ({words}): nothing is let go until it does.",
    "recovery_no_room": "New mail and what was tried in the last hour use up the share of the rate: nothing can be let"
    " go yet.",
    "recovery_too_large": "Messages with more recipients than the provider takes in an hour stay suspended: {names}."
    " Resume them by hand at a quiet time, or split them.",
    "recovery_still_queued": "{count} saved messages are still queued: refused for reasons of their own, or suspended"
    " before this recovery.",
    "recovery_still_warm": "More than half of an hour's rate has been let go in the last hour: the settings go back a"
    " little later, since new mail might be refused.",
    "recovery_stray": "Saved messages stand in the queue {queue}, which leads nowhere. Look at them before you resume"
    " them.",
    "recovery_setting_kept": "{option} is {value} now, which is neither what it was nor what this recovery wrote: it is"
    " left so.",
    "recovery_cut": "What took effect is read by the next tick, which goes on from there.",
    "ledger_suspended": "recovery: the queue of '{connector}' is being suspended",
    "ledger_resumed": "recovery: the queue of '{connector}' runs again",
}
