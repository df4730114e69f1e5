# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a queue's recovery."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "rate_missing": (
        "neither per_hour nor a provider with a known rate",
        "the number of messages an hour that the provider accepts",
        "Declare per_hour.",
    ),
    "neither_mailboxes_nor_keep_login": (
        "no mailboxes, and keep_login is not true",
        "the mailboxes, one of which logs in afterwards, or keep_login: true",
        "Declare smarthost_account_mailboxes, or keep the login where it is old enough already.",
    ),
    "mailboxes_without_provider": (
        "mailboxes without a provider",
        "the provider whose mailboxes these are",
        "Declare O(provider).",
    ),
    "senders_first_unfit": (
        "order and senders_first that do not match",
        "senders_first with O(order): senders, and only then",
        "Declare both or neither.",
    ),
    "recovery_busy": (
        "another recovery running on this host: {holder}",
        "one at a time ({path})",
        "It continues by itself. Wait until it has ended; or stop its ansible-playbook, and run this again.",
    ),
    "recovery_guards": (
        "a change of {what}, while a recovery of the connector '{connector}' is in progress (stage {stage})",
        "no change of this until the recovery has ended ({path}); everything else may be changed",
        "Nothing was written. Let it finish with playbooks/recover_queue.yml, or abandon it with -e"
        " queue_recovery_abandon=true; then run this again.",
    ),
    "recovery_unwatched": (
        "that the parent process {parent} has ended",
        "a run with a visible parent process",
        "No further tick is made, and the recovery stays as it is: run playbooks/recover_queue.yml again.",
    ),
    "recovery_unreadable": (
        "the file {path}, which cannot be used ({problem})",
        "the file as an earlier tick has written it",
        "It is left unchanged. Repair it from a copy; or check the host's queue, correct it manually, and move the"
        " file away.",
    ),
    "recovery_of_other_connector": (
        "a recovery of the connector '{connector}' in progress ({path})",
        "one recovery a host at a time, since the server's settings apply to all connectors",
        "Let it finish first.",
    ),
    "clock_not_told": (
        "a host that does not report its clock",
        "the time that its queue is assessed by",
        "Check the warnings of the agent; Win32_OperatingSystem must be readable.",
    ),
    "recovery_stopped_by_others": (
        "the queue {identity} suspended, and not by a recovery known here",
        "an active queue, or a recovery of this controller that suspended it",
        "Find out who did it: another controller's recovery has its file there. If it is no longer needed, declare"
        " take_over: true.",
    ),
    "recovery_missing": (
        "{count} saved messages that left the queue without an entry in message tracking: {names}",
        "every saved message sent, failed, removed or still queued",
        "Search for them (Get-MessageTrackingLog -MessageId), then declare their ids as accept_missing. Until then the"
        " settings stay as they are.",
    ),
    "recovery_refused": (
        "{count} messages that are suspended, since the provider refuses {names}: {words}",
        "a provider that accepts them",
        "Correct what the reply names; the next tick asks the provider again and continues with what it accepts then."
        " Messages that it will never accept are removed with remove_messages, or released with accept_refused, which"
        " results in a non-delivery report to the sender.",
    ),
    "recovery_step_failed": (
        "{command} on {target} failed ({host_says})",
        "the command to succeed",
        "Run it again: it continues from there. The queue may still be suspended.",
    ),
    "recovery_stands": (
        "the queue of this connector, suspended since {since} by a recovery (stage {stage})",
        "a recovery that continues",
        "No mail is sent through it until then: run playbooks/recover_queue.yml again. It continues from {path}.",
    ),
}

NOTICES: dict[str, str] = {
    "recovery_nothing": "Only {waiting} messages are waiting, and a recovery starts from {minimum} on: nothing to do.",
    "stage_recovery_reading": "recovery, stage {stage}: reading the queue",
    "stage_recovery_writing": "recovery, stage {stage}: {steps} steps, and reading the queue again",
    "stage_recovery_asking": "recovery: asking the provider about {senders} senders",
    "stage_recovery_sleeping": "recovery: the next look at the queue is at {moment}",
    "recovery_hours_left": ", about {hours} h left",
    "recovery_ended": "The recovery has ended: begun {began}, ended {ended}, after {duration}.",
    "recovery_silent": "The host does not answer ({problem}). What was done is in the file; the next look is in"
    " {seconds} seconds.",
    "recovery_waits": "Another run holds the host ({problem}). The next check is in {seconds} seconds.",
    "recovery_progress": "Stage {stage}: {kept} of {saved} messages are suspended, {sent} are delivered, {failed} have"
    " failed.",
    "recovery_progress_standing": "Stage {stage}: the queue is suspended, {saved} messages are saved.",
    "recovery_none_to_abandon": "No recovery is in progress here: there is nothing to abandon.",
    "recovery_abandoned": "The recovery is being abandoned: {count} suspended messages are released at once, although"
    " the provider accepts {rate} an hour.",
    "recovery_queue_stands": "The queue of '{connector}' is suspended since {since} by this recovery (stage {stage}):"
    " no mail is sent through it until the recovery continues. Run playbooks/recover_queue.yml again if it does not"
    " continue by itself.",
    "recovery_messages_held": "{count} messages are still suspended and are released below {rate} an hour as the"
    " recovery continues. Run playbooks/recover_queue.yml again if it does not continue by itself. New mail is sent.",
    "recovery_started_again": "The queue was resumed in stage {stage}, by somebody or by a restart of the transport"
    " service: it is suspended again, and the quiet time starts again.",
    "recovery_foreign": "{count} messages were suspended individually before this recovery: they stay so. With"
    " take_over_messages: true they are released with the others, as after a recovery whose file is lost.",
    "recovery_expiry_helped": "The raised message_expiration_timeout helps {helped} of {total} messages that were"
    " queued already.",
    "recovery_expiry_no_help": "The raised message_expiration_timeout helps {helped} of {total} messages that were"
    " queued already: they still expire when they would have. New mail expires later.",
    "recovery_hurries": "Messages might expire before their turn: {share} percent of the provider's rate are used as"
    " long as that is the case.",
    "recovery_will_expire": "{count} messages expire before their turn at this rate, although they are released first."
    " Their senders get non-delivery reports. A higher share_in_need releases more of them in time.",
    "recovery_needs_login": "The connector still logs in as {found}. The recovery continues once another mailbox that"
    " is old enough logs in, or with keep_login: true.",
    "recovery_queue_stopped": "The queue {identity} was suspended by somebody else: nothing is released until it is"
    " resumed.",
    "recovery_loose": "{count} messages were no longer suspended, possibly after a restart of the transport service:"
    " they are suspended again.",
    "recovery_halved": "{count} released messages were deferred, refused because of the provider's rate: they are"
    " suspended again, and the rate is reduced from {before} to {rate} an hour.",
    "recovery_sender_refused": "The provider refuses the sender {sender} ({words}). {remedy} Until then {count}"
    " messages are suspended.",
    "recovery_all_refused": "The provider refuses all mail sent with this login ({words}). {remedy} Until then nothing"
    " is released, and {count} messages are suspended.",
    "recovery_senders_unproven": "Whether the provider accepts the waiting senders is not known for all ({problem}):"
    " of each unconfirmed sender, one message is released first.",
    "senders_of_unknown_login": "the login {username} is none of the declared mailboxes",
    "all_with_this_login": "all mail sent with this login",
    "senders_without_host": "the connector has no smart host",
    "recovery_goes_last": "{count} released messages were deferred, each because of a recipient or its content, not"
    " because of the provider's rate: they are suspended again and released last, later each time.",
    "recovery_waits_for_others": "All other mail is delivered. {count} messages deferred for their own reasons, such"
    " as full mailboxes, are too many for Exchange's own retries: the next is released at {moment}. To end it earlier,"
    " remove them (remove_messages) or abandon it.",
    "recovery_link_dead": "The smart host accepts nothing at the moment ({words}): nothing is released until it does.",
    "recovery_no_room": "New mail and the attempts of the last hour use up the share of the rate: nothing can be"
    " released yet.",
    "recovery_too_large": "Messages with more recipients than the provider accepts in an hour stay suspended: {names}."
    " Resume them manually at a quiet time, or split them.",
    "recovery_still_queued": "{count} saved messages are still queued: refused for their own reasons, or suspended"
    " before this recovery.",
    "recovery_still_warm": "More than half of an hour's rate was released in the last hour: the settings are restored"
    " a little later, since new mail might be refused.",
    "recovery_stray": "Saved messages are in the queue {queue}, from which nothing is delivered. Check them before you"
    " resume them.",
    "recovery_setting_kept": "{option} is {value} now, which is neither the previous value nor the one that this"
    " recovery set: it is left unchanged.",
    "recovery_cut": "What took effect is read by the next tick, which continues from there.",
    "ledger_suspended": "recovery: the queue of '{connector}' is being suspended",
    "ledger_resumed": "recovery: the queue of '{connector}' is resumed",
}
