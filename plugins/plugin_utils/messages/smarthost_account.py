# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the login at the smart host and its switch."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "backlog_before_switch": (
        "{waiting} messages waiting in the queue of '{connector}', and a login that is to be switched",
        "at most {most}, half of what the provider accepts in an hour: all of them would be tried at once with the new"
        " login",
        "Let the queue empty, run playbooks/recover_queue.yml, which includes the switch, or declare"
        " switch_with_backlog: true.",
    ),
    "smart_host_unknown": (
        "{provider}, for which no smart host with STARTTLS is known",
        "the smart host to log in at",
        "Declare O(connector) with smart_hosts and port, as listed in the provider's customer area.",
    ),
    "mailbox_option_unknown": (
        "an option {option}, which does not exist for a mailbox",
        "{known}",
        "Check its spelling.",
    ),
    "username_missing": (
        "no username, or one that is not a text",
        "the login name that {provider} has issued for the mailbox",
        "Look it up in the provider's customer area and declare username.",
    ),
    "mailbox_barred": (
        "the mailbox {address}, which is not tried: {barred}",
        "a mailbox that may log in",
        "Correct that first.",
    ),
    "window_no_mapping": (
        "a {type}",
        "a mapping with days, from, to and time_zone",
        "Write it as documented.",
    ),
    "window_unfit": (
        "{option}: {value}",
        "{expected}",
        "Correct it, or leave it out.",
    ),
    "connector_no_mapping": (
        "O(connector): a {type}",
        "a mapping with options of the send connector",
        "Write it as documented.",
    ),
    "connector_option_refused": (
        "O(connector).{option}",
        "no such option here (the login is derived from the mailboxes)",
        "Leave it out.",
    ),
    "login_refused": (
        "the login {address} rejected by the provider: {text}",
        "the provider to accept it",
        "Nothing was written. Correct the mailbox or its password; a rejected password is not tried again for seven"
        " days, unless another one is declared, or with retry_refused: true.",
    ),
    "auth_refused": (
        "the login {address} rejected by the provider, not because of its password: {text}",
        "the provider to accept it",
        "Nothing was written. Ask the provider what its reply means; the next run tries again.",
    ),
    "certificate_unfit": (
        "an invalid certificate of {server}, before the login {address} was tried ({text})",
        "one that this host trusts, with the name of the smart host",
        "Nothing was written. Correct the smart host's name, or what the host trusts, and run again.",
    ),
    "mail_refused": (
        "the login {address} accepted by the provider, but no mail with it (rejected at {stage}: {text})",
        "the provider to accept its sender and recipient",
        "Nothing was written. Correct the sender or the mailbox; the next run tries again.",
    ),
    "logins_in_doubt": (
        "the login {address} rejected by {server} ({text}), together with another one, now or shortly before",
        "a provider that can check logins",
        "Nothing was written, and no password is recorded as rejected: this is how an outage of the provider's login"
        " database appears. Both are tried again after {hours} hours at the earliest (retry_hours). If it persists,"
        " ask the provider whether the mailboxes are locked, or correct their passwords.",
    ),
    "login_unproven": (
        "the login {address}, which cannot be verified at {server} from this host (reached stage {stage}: {text})",
        "a successful test login before it is written",
        "Nothing was written. Check the smart host and its port, and run again. If TLS fails, the server lacks TLS 1.2"
        " (docs/server.md, 'TLS 1.2 towards the provider'), and writing the login would not help. If something else"
        " fails, accept_unproven: true switches anyway.",
    ),
    "tls_unproven": (
        "the login {address}, for which the TLS handshake between this host and {server} failed ({text})",
        "a successful test login over TLS before a login is written",
        "Nothing was written. The server most likely lacks TLS 1.2: docs/server.md, 'TLS 1.2 towards the provider',"
        " describes what is needed and what to do without it. Writing the login anyway would not help.",
    ),
    "tls_newer": (
        "the login {address}, and a smart host {server} that supports only TLS newer than 1.2 ({text})",
        "a smart host with TLS 1.2, the newest of this Windows and of Exchange 2010",
        "Nothing was written, and writing the login anyway would not help. Ask the provider for a smart host or a port"
        " with TLS 1.2, or let a relay beside the server (Postfix) send to this one.",
    ),
    "way_back_unproven": (
        "the login {address} in use now, which cannot be verified from this host ({text})",
        "a login to go back to if the new one is rejected",
        "Nothing was written. To switch all the same, declare accept_unproven: true.",
    ),
    "refused_after_switch": (
        "the new login {address} rejected by the provider, as Exchange reports: {text}",
        "the provider to accept it",
        "There is no verified login to go back to. Declare another mailbox and run again; mail waits in the queue.",
    ),
    "went_back": (
        "the new login {address} rejected by the provider, as Exchange reports: {text}",
        "the provider to accept it",
        "The connector logs in as {previous} again. The rejected login is not tried again until its declared password"
        " changes.",
    ),
    "back_failed": (
        "the new login {address} rejected by the provider, as Exchange reports: {text}",
        "the connector to log in as {previous} again, which failed",
        "Run again, or restore the state before (backup_file).",
    ),
    "timed_out_proving": (
        "{found}, while a login was tried",
        "the server's reply within the action's timeout",
        "Nothing was written on the host, and its shell was closed. Run again, with a larger timeout if necessary.",
    ),
    "timed_out_waiting": (
        "{found}, while Exchange's protocol log was read",
        "Exchange's own log entry within the action's timeout",
        "The login {address} is written and read back; whether it works is shown by the next message.",
    ),
}

NOTICES: dict[str, str] = {
    "stage_session": "waiting for Exchange to log in as {address}",
    "backlog_of_unknown_rate": "{count} messages are waiting for the smart host, and the provider's rate is unknown"
    " (per_hour): a switch makes Exchange try all of them at once.",
    "backlog_unread": "The amount of mail waiting for the smart host could not be read ({problem}). With a large"
    " backlog, a switch makes Exchange try all of it at once.",
    "account_in_use": "{address} is the first mailbox that may log in, and in use",
    "account_switched": "the login changes from {found} to {address}, the first mailbox that may log in",
    "account_postponed": "{address} may log in now; the switch waits until {moment}, when somebody can monitor it",
    "account_none_usable": "no declared mailbox may log in",
    "account_back": "the new login was rejected; back to {address}",
    "barred_login_kept": "The login {username} is in use and may not be chosen ({barred}): it is kept, since no other"
    " may log in.",
    "mailbox_passed_over": "The mailbox {address} is not tried: {barred}.",
    "foreign_login_kept": "The login {username} is none of the declared mailboxes: it is kept, since none of them may"
    " log in yet.",
    "unknown_login_kept": "None of the declared mailboxes may log in yet: the connector keeps its login, which the"
    " host does not report.",
    "headline_in_use": "{who} logs in",
    "headline_took_over": "{address} logs in from now on, instead of {before}",
    "headline_back": "{who} logs in again",
    "headline_unknown": "whether {address} or {before} logs in is not known",
    "headline_foreign": "{username} (not declared)",
    "headline_untold": "an account that the host does not name",
    "headline_nobody": "nobody",
    "headline_next": "{address} takes over on {moment}: {why}",
    "headline_age": "it is {days} days old then",
    "headline_age_and_window": "it is {days} days old on {moment}, and the next switch window opens then",
    "headline_window": "it is old enough now, and the switch is postponed to the next switch window",
    "headline_relief": "it is too young and kept since no other may log in, and old enough on {moment}",
    "headline_settled": "it is the preferred one, nothing is left to switch",
    "headline_nothing_to_come": "no other takes over by itself",
    "headline_would_switch": "a run without --check lets {address} take over now",
    "headline_postponed": "the switch to {address} is due and postponed: {why}",
    "headline_back_why": "the switch to {address} failed: {why}",
    "headline_but": "but not all went well: {why}",
    "headline_again": "{problem}; the next run tries again",
    "headline_passed_over": "{address} is not tried: {barred}",
    "headline_undecided": "who logs in was not found out: {problem}",
    "headline_old_enough": "{address} has been old enough since {moment}",
    "headline_not_old_enough": "{address} is old enough on {moment}",
    "event_switch": "the login switches to {address}",
    "event_relief": "{address} is old enough",
    "never_observed": "it has no observed login, and require_observed_age is true",
    "refused_before": "the provider rejected this password on {moment} ({text}); it is not tried again before {again},"
    " unless another one is declared, or retry_refused: true",
    "refused_with_others": "the provider rejected this password on {moment} together with another one, as in an"
    " outage; it is not tried again before {again}",
    "certificate_refused": "the certificate is not valid",
    "no_way_back": "The login {address} in use now was not verified ({text}): there is no login to go back to.",
    "proof_proves": "that the provider accepts this login from the agent; not that Exchange's own SMTP can use it,"
    " which only its protocol log shows",
    "exchange_silent": "No new session of Exchange within {seconds} seconds after {address} was written: whether its"
    " login works is shown by the next message.",
    "exchange_ended": "Exchange has opened a session for {address}, and it ended before the login was accepted"
    " ({text}): no mail is sent this way. Exchange tries again by itself; if this continues, check TLS and the"
    " provider's reply. To go back: {way_back}.",
    "way_back_previous": "put {previous} first in smarthost_account_mailboxes, or run"
    " playbooks/restore_send_connector.yml with the saved state",
    "way_back_saved": "playbooks/restore_send_connector.yml with the saved state",
    "exchange_unread": "Exchange's protocol log could not be read ({problem}): whether the login {address} works is"
    " shown by the next message.",
    "log_nowhere": "the host reports no folder for it",
    "run_overdue": "The smarthost account has not run on this host for {hours} hours (last on {last}; expected every"
    " {expected} hours). Check the timer or cron job, and what its last runs reported.",
    "run_missed": "The smarthost account has not run on this host for {hours} hours (last on {last}), although the"
    " login was to switch on {due}. Let it run daily, or check the timer or cron job and what its last runs reported.",
    "ledger_new": "The ledger {path} is new, although {connector} logs in with {address} already. This is correct if"
    " sbs.mailflow runs on this server for the first time. If it has run before, its ledger was lost, and with it the"
    " first observed login of each mailbox, the rejected logins and the record of written passwords: restore the old"
    " file. A job of AWX or of an execution environment loses it at its end, unless backup_dir is on a volume that"
    " persists (docs/awx.md).",
}
