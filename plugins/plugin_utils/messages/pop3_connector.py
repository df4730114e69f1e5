# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the POP3 connector, its fetching and its key map."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "pop3_no_mapping": ("a {type}", "{expected}", "Write it as documented."),
    "pop3_account_no_mapping": (
        "an account of type {type}",
        "a mapping with server, port and username",
        "Write it as in the example; its value is not repeated here, since it may hold a password.",
    ),
    "pop3_key_unknown_option": ("an option {option}, which does not exist here", "{known}", "Check its spelling."),
    "pop3_part_missing": (
        "no {option}",
        "server, port and username of every account",
        "Declare it, or a provider whose POP3 server is known.",
    ),
    "pop3_replaces_unfit": (
        "replaces: {old}",
        "another account, which becomes this one, without state: absent",
        "Leave it out.",
    ),
    "pop3_declared_twice": ("the account {account} twice", "each account once", "Remove one of them."),
    "pop3_replaced_twice": (
        "the account {account} replaced by two accounts",
        "one account that it becomes",
        "Remove one of the two replaces.",
    ),
    "pop3_replaced_declared": (
        "the account {account} both replaced and declared itself",
        "one of the two",
        "Remove it from accounts, or remove replaces.",
    ),
    "pop3_same_mailbox": (
        "several accounts for one mailbox of a provider: {accounts}",
        "one account for each mailbox (the connector deletes there what it has fetched)",
        "Leave one of them, and let the provider or Exchange forward the mail to others.",
    ),
    "pop3_exclusive_of_nothing": (
        "O(exclusive): true without O(accounts)",
        "the accounts that are to stay",
        "Declare O(accounts); an empty list means none.",
    ),
    "pop3_interval_missing": (
        "no interval_minutes",
        "the minutes between two fetches",
        "Declare it, or state: absent.",
    ),
    "pop3_interval_too_short": (
        "interval_minutes: {minutes}",
        "{least} or more, as the provider of {account} requires",
        "Raise it: a login that comes too early is refused.",
    ),
    "pop3_key_unfit": (
        "the key {name}",
        "a key of the file for this option, on one line, without a colon, that is not one of the publicly known keys",
        "Declare it as playbooks/learn_pop3_connector.yml reported it.",
    ),
    "pop3_key_twice": ("the key {name} for several options", "one option for each key", "Learn the map again."),
    "pop3_forms_missing": (
        "no values",
        "the text that the file has for each of {choices}",
        "Learn it with playbooks/learn_pop3_connector.yml.",
    ),
    "pop3_form_unfit": (
        "the value {value}, or the text for it",
        "texts on one line (quote True and False), for {choices}",
        "Correct it, or learn the map again.",
    ),
    "pop3_form_twice": (
        "the text {form} for several values",
        "a different text for each value",
        "Learn the map again.",
    ),
    "pop3_key_not_known": (
        "the option {option}, whose key in this host's file is unknown",
        "a key map learned on this host",
        "The key is not documented publicly, and nothing is guessed: run playbooks/learn_pop3_connector.yml with"
        " learn_option={option}, and declare the key map that it writes. Or leave the option out.",
    ),
    "pop3_form_not_known": (
        "{option}: {value}, whose text in the file the key map does not have",
        "a value of the key map",
        "Learn it: run playbooks/learn_pop3_connector.yml with learn_option={option} for this value.",
    ),
    "pop3_file_missing": (
        "no accounts file ({host_says})",
        "the file of an SBS with at least one POP3 account",
        "Create one account in the SBS console (Network, Connectivity, POP3 Connector), or correct file.",
    ),
    "pop3_file_unreadable": (
        "an accounts file that cannot be read without loss ({host_says})",
        "text that can be written back byte for byte",
        "Nothing was written. Check the file on the host; a backup of it can be restored with"
        " playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_file_damaged": (
        "a damaged accounts file ({what})",
        "lines as the connector writes them",
        "Nothing was written. Restore a backup with playbooks/restore_pop3_connector.yml (beside the file: {backups}),"
        " or recreate the accounts in the SBS console.",
    ),
    "pop3_file_cut": (
        "an accounts file that ends within an account",
        "a line - at the end of each",
        "Nothing was written. Check it in the SBS console, or restore a backup with"
        " playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_file_changed": (
        "an accounts file that has changed since the plan was made ({host_says})",
        "the file as it was read",
        "Nothing was written. If the SBS console is open, close it and run again. If the service itself rewrites the"
        " file when it stops, run once with service_state: stopped and no change of accounts, then with the accounts,"
        " and finally with service_state: running.",
    ),
    "pop3_file_locked": (
        "an accounts file that is open in another program ({host_says})",
        "read and write access to it",
        "Nothing was written. Close the SBS console on the host, and run again.",
    ),
    "pop3_not_written": (
        "an accounts file that could not be written ({host_says})",
        "free space and write permission in its folder",
        "The file is unchanged. Check the disk and the folder's permissions, and run again.",
    ),
    "pop3_service_missing": (
        "no service of the POP3 connector ({host_says})",
        "the service pop3connector",
        "Check that the host is an SBS 2008 or 2011, or declare O(service).",
    ),
    "pop3_service_not_stopped": (
        "a service that does not stop ({host_says})",
        "the service stopped before the file is written",
        "Nothing was written. Check the service on the host, and run again.",
    ),
    "pop3_service_not_started": (
        "a service that does not start ({host_says})",
        "a running service",
        "The file is written as planned. Check the service and the newest log on the host"
        " (playbooks/fetch_pop3_connector.yml shows it); the backup can be restored with"
        " playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_marker_unreadable": (
        "the marker of an interrupted write, which does not show whether the service was running before",
        "running or stopped",
        "Declare service_state: running or stopped.",
    ),
    "pop3_entropy_missing": (
        "no usable entropy for a password ({host_says})",
        "an Entropy line above each password",
        "Nothing was written. Without it no password can be encrypted: create the account in the SBS console.",
    ),
    "pop3_entropy_shared": (
        "passwords that stay and need the Entropy line of an account that is added or removed",
        "each password with the entropy that it is encrypted with",
        "Do it in the SBS console.",
    ),
    "pop3_equal_accounts": (
        "accounts that are equal: {accounts}",
        "one of each, to identify the account",
        "Neither is touched. Remove one of them in the SBS console.",
    ),
    "pop3_replaced_still_there": (
        "the account {account} beside {old}, which it is to replace",
        "one of the two",
        "Remove replaces, and declare the old one with state: absent and allow_removal: true.",
    ),
    "pop3_removal_not_allowed": (
        "accounts to remove: {accounts}",
        "allow_removal: true",
        "Declare it, or remove them in the SBS console. Whether the connector accepts it is not documented publicly;"
        " the file is saved on the host before.",
    ),
    "pop3_key_missing": (
        "not one line with the key {name} in the account",
        "exactly one (no line is added, since its position is unknown)",
        "Correct the key map, or change the account in the SBS console.",
    ),
    "pop3_begin_unknown": (
        "an account whose beginning cannot be determined, behind the head of the file",
        "another account to compare it with",
        "Create a second account in the SBS console.",
    ),
    "pop3_nothing_to_clone": (
        "no account on the host",
        "one that a new account can be copied from",
        "Create one account in the SBS console; from then on accounts can be declared. If there were accounts, restore"
        " a backup with playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_clone_unknown_key": (
        "a line {name} in the account, whose meaning is unknown",
        "only lines that may be copied to a new account",
        "It may be an identifier, a last status, or the mailbox. Learn its meaning with"
        " playbooks/learn_pop3_connector.yml, or, if it may be copied, name it in key_map.copy_as_is.",
    ),
    "pop3_clone_undeclared": (
        "no {option} declared for a new account, which would inherit it from {account}",
        "every mapped option of a new account",
        "Declare it, or name its key {name} in key_map.copy_as_is.",
    ),
    "pop3_mailbox_missing": (
        "a new account without mailbox",
        "the mailbox that gets its mail",
        "Declare it: it is never inherited from another account.",
    ),
    "pop3_mailbox_unfit": (
        "mailbox: {value}",
        "one plain address, without wildcard, name or scheme (this host's file holds the plain address)",
        "Correct it. If the file holds something other than addresses, list it as values of key_map.mailbox.",
    ),
    "pop3_target_missing": (
        "the mailbox {target}, which no recipient of this Exchange has",
        "a mailbox, distribution group or public folder here that gets the mail",
        "Nothing was written: the connector deletes at the provider what it has fetched, and this mail would be lost."
        " Correct mailbox, or create the recipient first.",
    ),
    "pop3_target_outside": (
        "the mailbox {target}, which forwards outside ({way})",
        "a mailbox, distribution group or public folder here that gets the mail",
        "Nothing was written: mail that is fetched and forwarded out again is fetched again, in an endless loop."
        " Declare another mailbox, or let the provider forward it.",
    ),
    "pop3_target_exchanges": (
        "the mailbox {target}, which is a system mailbox of Exchange ({kind})",
        "a mailbox, distribution group or public folder here that gets the mail",
        "Nothing was written: it accepts no mail from outside, or nobody reads it. Declare another mailbox.",
    ),
    "pop3_target_unproven": (
        "the mailbox {target}, whose existence Exchange could not confirm ({text})",
        "a mailbox that is verified, or that another account of the file already has",
        "Nothing was written: mail that is fetched for a mailbox that does not exist is lost. Correct"
        " exchange_connection and the permissions of the account, or check it yourself and declare confirm_mailbox:"
        " true.",
    ),
    "pop3_password_missing": (
        "a new account without password",
        "the mailbox's password",
        "Declare it from ansible-vault.",
    ),
    "pop3_text_not_writable": (
        "the text {text}, in a file whose encoding is {encoding}",
        "characters that the file can certainly hold",
        "Nothing was written. Create one account with such a character in the SBS console, which shows the encoding,"
        " or avoid it.",
    ),
    "pop3_fetched_already": (
        "another account for the same mailbox: {others}",
        "one account for each mailbox of a provider (the connector deletes there what it has fetched)",
        "Let this account replace it (replaces), or remove it in the same run (state: absent, allow_removal: true).",
    ),
    "pop3_other_collector": (
        "another program that fetches mail ({services}), beside the accounts {accounts}",
        "one program for each mailbox (each deletes there what it has fetched)",
        "Check which mailboxes it fetches. If none of these, declare confirm_no_other_collector: true.",
    ),
    "pop3_proof_without_password": (
        "another login, and no password to verify it with",
        "the account's password",
        "Declare password, or validate_logins: false.",
    ),
    "pop3_clear_text": (
        "a login sent over the network in clear text ({why})",
        "TLS, or confirmation that it may be sent in clear text: the connector logs in this way, and a test login"
        " would",
        "Nothing was written or sent. Declare ssl: true and its port (995), or confirm_clear_text: true;"
        " validate_logins: false writes without a test login.",
    ),
    "pop3_proof_too_soon": (
        "a login that was tried less than {minutes} minutes ago",
        "a pause of {minutes} minutes between two logins of a mailbox, as the provider requires",
        "Nothing was written. It can be tested from {moment} on: run again then.",
    ),
    "pop3_login_refused": (
        "a login that cannot be verified from this host (at {stage}: {text})",
        "the provider to accept it before the account is written",
        "Nothing was written. Correct server, port, ssl, username or password; some providers refuse every login for a"
        " while after one that came too early. validate_logins: false writes without a test login.",
    ),
    "pop3_many_waiting": (
        "{number} messages waiting in the mailbox ({text})",
        "at most {most}, and a known number",
        "Nothing was written. The connector fetches them all and deletes them at the provider: check server, username"
        " and mailbox once more, then declare confirm_first_fetch: true.",
    ),
    "pop3_backup_unknown": (
        "no backup {backup} beside the file",
        "one of {known}",
        "Give the name that a run reported as host_backup, or run without one to list them.",
    ),
    "pop3_backup_of_saved_gone": (
        "no backup beside the file that matches {path}",
        "one of {known}",
        "Check which of them was made then, and name it as backup (for playbooks/restore_pop3_connector.yml).",
    ),
    "pop3_learn_incomplete": (
        "no option, or no value for it",
        "what is changed in the SBS console between the two snapshots: option (mailbox, ssl, logon or interval) and"
        " value",
        "Declare both.",
    ),
    "pop3_learn_no_snapshot": (
        "no first snapshot of this host for this option ({path})",
        "one from before the change",
        "Run the stage before, change that one option of one account in the SBS console, then run the stage after.",
    ),
    "pop3_learn_other_lines": (
        "an accounts file with other lines than before",
        "the same lines, one of them with another value",
        "Nothing was learned. Change one option of one account only, and add or remove none; then start again.",
    ),
    "pop3_learn_ambiguous": (
        "several changed lines: {lines}",
        "one",
        "Nothing was learned. Change one option of one account only, and start again.",
    ),
    "pop3_learn_known_key": (
        "a change of {line}",
        "the line of the option {option}, whose key is not documented publicly",
        "Nothing was learned. Change this one option in the SBS console and nothing else, and start again.",
    ),
    "pop3_learn_no_account": (
        "a change of {line}, which is in no account",
        "one in the account that was changed",
        "Nothing was learned. Check the report, and start again.",
    ),
    "pop3_learn_other_account": (
        "a change of the account {found}",
        "one of {wanted}",
        "Nothing was learned. Change that account, or declare the other one, and start again.",
    ),
    "pop3_learn_not_in_file": (
        "the same accounts file as before; changed is: {found}",
        "another value of {option} in it",
        "Nothing was learned: either the console did not save the change, or this host keeps the option elsewhere,"
        " where this collection does not write.",
    ),
    "pop3_learn_contradicts": (
        "another entry for {option} in {path}: {found}",
        "the same in both",
        "Nothing was written. Learn it again, and declare O(overwrite): true if the new one is right.",
    ),
    "pop3_map_file_foreign": (
        "a file {path} that holds something other than pop3_connector_key_map",
        "a file of its own for the map",
        "It is left unchanged. Declare another path.",
    ),
    "pop3_task_foreign": (
        "a scheduled task {name} that runs something else ({runs})",
        "no task of that name, or one that fetches mail",
        "Declare another name in fetch_task.",
    ),
    "pop3_program_missing": (
        "no program of the POP3 connector ({host_says})",
        "Pop3Connector.exe",
        "Check that the host is an SBS 2008 or 2011; another path can be declared as program of pop3_connector_fetch.",
    ),
}

NOTICES: dict[str, str] = {
    "stage_fetching": "the POP3 connector is fetching, and its mailboxes are asked",
    "pop3_damage_nul": "it contains NUL characters",
    "pop3_damage_bytes": "it contains bytes that are not text",
    "pop3_damage_lines": "none of its lines belongs to an accounts file",
    "pop3_no_backup_there": "there is none",
    "pop3_password_declared": "(the declared one)",
    "pop3_password_state": "(never read; {state})",
    "pop3_learn_line": "the line {name} in block {number}",
    "pop3_learn_file": "the file {path}",
    "pop3_learn_nothing": "nothing at all",
    "pop3_learn_evidence": "{option} set to {value} in the SBS console changed {line}, and no other",
    "pop3_learn_interval": "The interval is only reported, never written. What changed: {places}.",
    "pop3_map_file_head": "Learned on the host {host} with playbooks/learn_pop3_connector.yml.",
    "pop3_no_answer": "the host did not answer",
    "pop3_no_backup": "none, since there is no backup",
    "pop3_present_file": "the current file of {length} bytes",
    "pop3_exit_code": "The connector's program ended with the exit code {code}; its meaning is not documented"
    " publicly.",
    "pop3_nothing_taken": "Nothing was fetched from {account}: {after} messages are waiting there, {before} were"
    " before. A refused login, RETR or DELE or a session that ends before QUIT leaves them; some may have been"
    " delivered anyway, and are delivered again with each fetch. Check the newest log.",
    "pop3_partly_taken": "{after} of {before} messages are still waiting for {account}, or others have arrived since:"
    " check the newest log.",
    "pop3_others_came": "{after} messages are waiting for {account}, {before} were before, and they are not the same:"
    " others have arrived since, so whether any were fetched is unknown. Check the newest log.",
    "pop3_not_asked": "What was fetched from {account} is unknown: {text}.",
    "pop3_count_too_soon": "not checked, since its provider requires {minutes} minutes between two logins, and the"
    " fetch is one",
    "pop3_count_unreadable": "not checked, since its stored password cannot be decrypted on this computer",
    "pop3_count_clear": "not checked, since the login would be sent in clear text (confirm_clear_text)",
    "pop3_count_port": "not checked, since its port is invalid",
    "pop3_count_no_time": "not checked, since the providers of other accounts took too long to answer",
    "pop3_count_running": "not checked again, since the program is still running",
    "pop3_bad_mail": "{number} messages that the connector could not deliver are in {folder}, {new} of them since this"
    " fetch began.",
    "pop3_interrupted": "A write of the accounts file was interrupted, and the service may be left stopped: the next"
    " run of pop3_connector repairs this.",
    "pop3_ssl_false": "ssl: false",
    "pop3_ssl_unknown": "whether it uses ssl is unknown, as neither the key map nor port 995 shows it",
    "pop3_clear_text_told": "The connector logs in at {accounts} in clear text: user name and password can be read on"
    " the network.",
    "pop3_no_tls": "the server does not use TLS on this port, which requires ssl: false; TLS is usually on port 995",
    "pop3_tls_first": "the server expects TLS on this port, which requires ssl: true; without TLS it is usually port"
    " 110",
    "pop3_tls_newer": "the server supports only TLS newer than 1.2, which neither this Windows nor the connector"
    " supports",
    "pop3_certificate_refused": "its certificate is not valid for it",
    "pop3_target_forwards": "{name} forwards to {to}",
    "pop3_target_kind": "{name} is a {kind} for {to}",
    "pop3_target_endless": "it forwards in a circle",
    "pop3_target_unknown": "{name} forwards to {to}, which is not a recipient known to Exchange",
    "pop3_target_unread": "it reported: {problem}",
    "pop3_target_confirmed": "Exchange could not confirm that the mailbox {target} exists ({text}); {reason}.",
    "pop3_target_said": "the inventory confirms it (confirm_mailbox)",
    "pop3_target_shared": "another account of the file already has it",
    "pop3_in_use": "The login {account} works, but the mailbox is in use by another program ({text}): how many"
    " messages are waiting is unknown. Check which program that is, since the connector deletes what it fetches.",
    "pop3_proof_proves": "that the provider accepts this login from the agent; not that the connector can fetch with"
    " it",
    "pop3_unproven": "The login {account} was not verified ({text}); the account is written anyway.",
    "pop3_not_validated": "The logins of {accounts} are written without a test login (validate_logins: false), so the"
    " number of waiting messages is unknown: the first fetch delivers them all and deletes them at the provider.",
    "pop3_mailbox_shared": "The accounts {account} and {other} on the host fetch the same mailbox of a provider.",
    "pop3_no_account_left": "No account is left on the host that a new one could be copied from; the next one has to"
    " be created in the SBS console.",
    "pop3_collector_task": "the scheduled task {name}, which starts {command}",
    "pop3_collector_known": "{shown}: {product}, known by its name",
    "pop3_collector_likely": "{shown}: likely {product}",
    "pop3_collector_alone": "Another program that fetches mail is on the host ({services}); the connector"
    " fetches nothing.",
    "pop3_password_foreign": "The stored passwords of {accounts} cannot be decrypted on this computer (after a restore"
    " or a migration), so nothing is fetched there. Declare these accounts with their passwords, which are then"
    " written again.",
    "pop3_collector_confirmed": "Another program that fetches mail is on the host ({services}); it does not fetch"
    " these mailboxes, as the inventory confirms.",
    "pop3_smtp_each": "Each account on the host has a SmtpServer block behind it, whose meaning is not documented"
    " publicly; the new ones ({accounts}) get none of their own. Check whether their mail arrives before more are"
    " declared.",
    "pop3_undeclared_kept": "Accounts on the host that are not declared are left unchanged: {accounts}.",
}
