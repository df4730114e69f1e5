# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a look at incoming mail."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "look_busy": (
        "another look at incoming mail at work ({holder})",
        "one look at a time, since two logins at one mailbox disturb each other",
        "Wait until it has ended. Its lock is {path}.",
    ),
}

FOUND: dict[str, str] = {
    "stage_inbound": "reading the POP3 connector, loading Exchange's shell and reading what came in",
    "stage_asking_providers": "asking the providers what is waiting",
    "look_what_clock": "the server's clock, by which its times are judged",
    "look_what_accounts": "the accounts of the POP3 connector",
    "look_what_log": "the connector's log",
    "look_what_bad_mail": "the messages that the connector could not deliver",
    "look_what_fetch_task": "the scheduled task that fetches",
    "look_what_collectors": "other programs that fetch",
    "look_what_own_addresses": "the server's own addresses",
    "look_what_receive_connectors": "the receive connectors",
    "look_what_received": "what came in, by message tracking",
    "look_what_refusals": "what the receive connectors have refused",
    "look_what_disk": "the disk of the queues",
    "look_what_back_pressure": "back pressure",
    "look_what_services": "Exchange's services",
    "look_same_mailbox": "another account fetches the same mailbox, and one login is enough",
    "look_later": "its provider wants no further login before {at}",
    "look_just_worked": "the connector itself has just logged in, as its log shows, and the provider wants a pause",
    "look_not_wanted": "nobody was to be asked",
    "look_pressure": "the server is short of disk or memory (back pressure)",
    "look_paused": "the transport service is paused or stopping",
    "look_auth": "a login was asked for: the connector does not take mail from anonymous clients",
    "look_tls": "encryption was asked for first",
    "look_login": "a login failed",
    "look_relay": "mail for other domains, or a sender who may not",
    "look_recipient": "an unknown recipient",
    "look_size": "too large",
    "look_loop": "a loop, or no way onward",
    "look_many": "too many recipients at once",
    "look_filter": "a filter took it for spam",
    "look_dropped": "the connection ended early",
    "look_protocol": "commands that make no sense",
    "look_other": "an answer of no known class",
}
"""Parts of sentences."""
NOTICES: dict[str, str] = {
    **FOUND,
    "look_check_mode": "In check mode nothing is kept for the next look, and no provider is asked.",
    "look_not_kept": "What was seen could not be kept on the controller ({path}: {problem}): the next look cannot tell"
    " since when messages are waiting.",
    "look_unreadable": "What the last look has kept could not be read ({problem}): this look begins anew.",
    "look_healthy": "No problem found.",
    "look_untold": "Not known: {what} ({problem}).",
    "look_do_unread": "Correct what keeps it from being read, and look again.",
    "look_may_be_lost": "Mail that is fetched meanwhile may be lost: the provider deletes what was fetched.",
    "look_target_missing": "The account {account} fetches for {target}, which no recipient of this Exchange has: what"
    " it fetches has no place here, and the provider deletes it.",
    "look_target_outside": "The account {account} fetches for {target}, whose mail goes outside ({text}): it may come"
    " back and be fetched again.",
    "look_target_exchanges": "The account {account} fetches for {target}, which is a system mailbox of Exchange"
    " ({text}): nobody reads it.",
    "look_target_unknown": "Not known: whether {target}, for which the account {account} fetches, is a recipient here"
    " ({text}).",
    "look_do_target": "Stop the connector's service until a mailbox, group or public folder here has {target}, or"
    " declare another mailbox for the account (pop3_connector).",
    "look_do_exchange": "Check that Exchange answers, and look again.",
    "look_unmapped": "Not known: for whom the accounts fetch, since the key map of this host is not known.",
    "look_do_map": "Learn the key map with playbooks/learn_pop3_connector.yml.",
    "look_task_off": "The scheduled task that fetches is disabled.",
    "look_do_task": "Enable it in the task scheduler of the server, or declare pop3_connector_fetch_task again.",
    "look_service": "The connector's service {name} is {status}: nothing is fetched.",
    "look_service_missing": "There is no service {name}, but accounts of the connector: nothing is fetched.",
    "look_service_untold": "Not known: whether the connector's service {name} is running.",
    "look_do_service_missing": "Name the service as the host has it (pop3_connector_service), or repair the SBS's"
    " POP3 connector.",
    "look_do_service": "Find out who stopped it, and why; then declare pop3_connector_service_state: running.",
    "look_login_refused": "The provider refuses the login of {account} ({text}).",
    "look_do_account": "Test name and password at the provider's web page; correct the account (pop3_connector).",
    "look_unreached": "The provider of {account} could not be asked ({text}).",
    "look_do_reach": "Check the connection from the server to the provider, and run playbooks/preflight.yml, which"
    " tells ports, certificates and TLS apart.",
    "look_password": "The stored password of {account} cannot be decrypted on this computer: the connector cannot log"
    " in.",
    "look_do_password": "Write it again: pop3_connector with update_password: always.",
    "look_not_now": "The mailbox of {account} cannot be counted just now, which is no failure ({text}).",
    "look_not_asked": "Not known: what is waiting for {account} ({text}).",
    "look_waits_new": "{messages} messages are waiting for {account}, none of which an earlier look has seen.",
    "look_waits": "{messages} messages are waiting for {account}, the oldest for {hours} hours at least (since"
    " {since}).",
    "look_waits_untold": "{messages} messages are waiting for {account}; since when is not known, since its provider"
    " tells no unique ids.",
    "look_do_waiting": "Look at the end of the connector's log and at its service, and let it fetch once with"
    " playbooks/fetch_pop3_connector.yml.",
    "look_back": "{messages} messages of {account} were gone at an earlier look, and are there again.",
    "look_never_deleted": "All {messages} messages of {account} that were there at the last look are there still,"
    " though fetched mail has come in since ({at}): what is fetched is not deleted at the provider.",
    "look_do_never_deleted": "Check whether another program fetches the mailbox and leaves a copy, and whether the"
    " provider keeps fetched mail by a setting of its own. Until then users may get everything twice, and the mailbox"
    " fills up.",
    "look_twice": "{messages} messages came in more than once, one of them {most} times. One message to two mailboxes"
    " that are both fetched comes in twice; more often than that, it is fetched again and again.",
    "look_do_twice": "Check whether another program or another server fetches the same mailboxes, and whether one"
    " mailbox forwards into another.",
    "look_bad_mail": "{messages} messages that the connector could not deliver are in its folder of bad mail.",
    "look_bad_mail_more": "{messages} messages that the connector could not deliver are in its folder of bad mail,"
    " {before} at the last look.",
    "look_do_bad_mail": "Look at their recipients: each names a mailbox that is missing here.",
    "look_log_old": "The connector has written no log for {hours} hours (since {at}).",
    "look_nothing": "No mail came in by SMTP within {hours} hours.",
    "look_do_nothing": "Send one message from outside, and look again; then playbooks/preflight.yml.",
    "look_nothing_mx": "No mail came in from the internet within {hours} hours, though domains are declared whose MX"
    " leads here.",
    "look_do_mx": "Check MX, the router's port 25 and the receive connector: playbooks/preflight.yml and"
    " playbooks/plan_inbound.yml.",
    "look_no_accounts": "The way of {names} is pop3, but the POP3 connector has no account.",
    "look_do_accounts": "Declare the accounts (pop3_connector), or the way by which their mail comes in.",
    "look_no_collector": "The way of {names} is collector, but none was found at work.",
    "look_do_collector": "Start the collector's service; name one that is not known in"
    " pop3_connector_other_collectors.",
    "look_no_connector": "The way of {names} is mx, but no receive connector takes mail from the internet.",
    "look_do_connector": "Declare it (receive_connector).",
    "look_collectors": "Other programs that fetch are on this server: {names}.",
    "look_do_collectors": "Make sure that none of them fetches a mailbox that the POP3 connector fetches: each would"
    " get a part of its mail.",
    "look_no_way": "No way was found by which mail comes in: no account, no collector, no connector for the internet.",
    "look_do_way": "Declare one: docs/inbound.md compares them.",
    "look_refused": "Refused as {kind} ({meaning}): {count}, most often {address} at {connector} ({words}).",
    "look_no_receive_log": "Not known: what the receive connectors have refused, since none of them writes a log.",
    "look_do_receive_log": "Declare receive_connector_protocol_logging_level: Verbose.",
    "look_receive_log_cut": "Not all clients of the receive connectors were counted: there are too many.",
    "look_do_pressure": "Free space on the disk of the queues, and find what takes the memory; stop the connector and"
    " collectors until then.",
    "look_do_paused": "Start the service Microsoft Exchange Transport.",
    "look_do_auth": "If senders of the internet are refused so, let their connector take anonymous clients"
    " (AnonymousUsers in receive_connector_permission_groups); give a device of this office a connector of its own,"
    " for its address.",
    "look_do_tls": "Do not require TLS at a connector for the internet: not every sender can.",
    "look_do_login": "If the client is known, correct its password. If not, somebody guesses: leave no login open to"
    " the internet.",
    "look_do_relay": "If it is a device or program of this office, give it a connector of its own for its address.",
    "look_do_recipient": "If the address should exist, add it to a mailbox; the address policy may have taken it away.",
    "look_do_size": "Raise receive_connector_max_message_size, and the limits of the organisation and of the mailbox.",
    "look_do_loop": "Find out who sends it round: a forwarding between two servers, or a catch-all.",
    "look_do_many": "Nothing: the sender sends the rest later. For a list of one's own raise"
    " receive_connector_max_recipients_per_message.",
    "look_do_filter": "Look at the filter's own log, if it is a sender that is wanted.",
    "look_do_dropped": "Nothing, unless one sender keeps complaining.",
    "look_do_protocol": "Look at the client: it is broken, or a scanner of somebody's.",
    "look_do_other": "Read the words of the answer, and the whole dialogue in the SmtpReceive log of that connector.",
}
