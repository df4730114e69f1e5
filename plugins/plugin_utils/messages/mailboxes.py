# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of mailboxes, providers, logins and the ledger."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "mailbox_too_young": (
        "the mailbox {address}, {age} days old",
        "an age of at least {minimum} days before it logs in (providers throttle young mailboxes)",
        "It may be used from {usable_from} on ({days_left} more days); log in with an older mailbox until then.",
    ),
    "mailbox_without_address": (
        "a login without a name",
        "the address (username) of a provider mailbox",
        "Give the login name.",
    ),
    "created_missing": (
        "no creation date (created)",
        "the day on which the provider made the mailbox",
        "Look it up in the provider's customer area and declare it, such as created: 2026-01-31.",
    ),
    "created_unreadable": (
        "created: {value}",
        "a date such as 2026-01-31, or a date-time such as 2026-01-31T14:30+01:00",
        "Write the year first.",
    ),
    "now_unreadable": (
        "a moment of type {type} that cannot be read",
        "a date such as 2026-01-31, or a date-time such as 2026-01-31T14:30+01:00",
        "Write the year first, or leave it out to take the controller's clock.",
    ),
    "created_in_future": (
        "created: {value}, which is in the future (it is {now})",
        "a day that has come",
        "Check the date, and the clock of this controller.",
    ),
    "created_too_long_ago": (
        "created: {value}",
        "a date after {earliest} (no provider's mailbox is older)",
        "Check the year.",
    ),
    "minimum_age_below_floor": (
        "minimum_age_days: {value}",
        "{floor} days or more (the floor holds for every provider)",
        "Leave it out, or raise it; it cannot be lowered.",
    ),
    "minimum_age_unreadable": (
        "minimum_age_days: {value}",
        "a whole number of days, at most {ceiling}",
        "Correct it, or leave it out.",
    ),
    "time_zone_unknown": (
        "time_zone: {value}",
        "a time zone of the IANA database, such as Europe/Berlin",
        "Correct it; if it is right, install the controller's tzdata package.",
    ),
    "login_text_unquoted": (
        "{option}: {found}; put it in quotes",
        "a text",
        "Write it in quotes: without them YAML makes something else of it, such as a number without its first zero.",
    ),
    "login_text_unfit": (
        "{option}: {found}",
        "the text as it was issued, without what no server takes in it",
        "Write it anew; it is not repeated here. To encrypt it, printf %s, not echo, goes before ansible-vault"
        " encrypt_string, since echo adds a line break. One with double braces in it needs !unsafe before it, or"
        " Ansible takes a part of it away.",
    ),
    "provider_unknown": (
        "the provider {found}",
        "one of {known}",
        "Correct it, or describe the provider yourself: a mapping with its name and server.",
    ),
    "provider_option_unknown": (
        "an option provider.{option}, which does not exist",
        "an option of the documentation",
        "Check its spelling.",
    ),
    "provider_incomplete": (
        "a described provider without name or {needs}",
        "both",
        "Declare them; the rest has defaults.",
    ),
    "mailboxes_missing": (
        "no mailboxes",
        "a list of at least one provider mailbox",
        "Declare mailboxes, the intended one first, each with address, password and created.",
    ),
    "mailbox_no_mapping": (
        "a {type}",
        "a mapping with address, password and created",
        "Write it as in the example; its value is not repeated here, since it may hold a password.",
    ),
    "minimum_age_below_provider": (
        "minimum_age_days: {value}",
        "{minimum} days or more with {provider}",
        "Leave it out, or raise it; it cannot be lowered.",
    ),
    "mailbox_twice": (
        "the mailbox {address} twice",
        "each mailbox once",
        "Take one of them out.",
    ),
    "created_after_login": (
        "the mailbox {address} declared as created {created}, though it logged in on {observed}",
        "a creation before its first login",
        "Correct created. If it was deleted and made again, declare recreated: true beside created; its age"
        " then counts from created.",
    ),
    "created_before_anew": (
        "the mailbox {address} declared as created {created}, though the one before it logged in on {observed}, and it"
        " was made anew since",
        "a creation after the last login of the one that it replaces",
        "Correct created: the day on which it was made again.",
    ),
    "ledger_failed": (
        "a ledger that cannot be used ({problem})",
        "an SQLite file of this collection that can be read and written",
        "It is left as it is. Correct its rights, or put a copy back; without it, what was observed is lost.",
    ),
    "ledger_foreign": (
        "a file of version {version}",
        "a ledger of version {expected}",
        "It is left as it is. Use the sbs.mailflow that wrote it, or declare another ledger.",
    ),
}

NOTICES: dict[str, str] = {
    "provider_port": "The packaged table knows {provider}'s server {host} on port {ports}, not on {port}.",
    "provider_ssl": "On port {port}, the packaged table has {provider} with ssl: {ssl}.",
    "provider_wants_address": "{provider} wants a whole address as the user name, as the packaged table has it;"
    " {username} is none.",
    "provider_wants_name": "{provider} wants the mailbox's own name as the user name, as the packaged table has it, and"
    " no address such as {username}.",
    "provider_size": "Messages of up to {size} may leave, but {provider} takes {limit} at most (encoded): what is"
    " larger comes back.",
    "size_above_organisation": "max_message_size: {size} has no effect above {limit}, Exchange's limit for the whole"
    " organisation (Set-TransportConfig -MaxSendSize).",
    "provider_pop3_switch": "{provider} refuses POP3 until its owner has switched it on in the mailbox's settings, on"
    " the provider's page.",
    "blank_in_username": "The user name {username} has a blank in it, which few servers mean.",
    "blank_around_password": "The password of {username} begins or ends with a blank, which few servers mean.",
    "queue_suspended": "The queue {identity} is suspended: nothing leaves it.",
    "refusal_do_login": "Check the login of the send connector: its password, and whether the provider still takes it"
    " (docs/smarthost_account.md).",
    "refusal_do_login_outage": "Wait: the provider cannot check logins for the moment, which says nothing about name or"
    " password. Change neither because of it; ask the provider where it lasts for hours.",
    "refusal_do_sender": "The provider takes only addresses of its own mailboxes or domains as senders, and none that"
    " it has banned. Look at the senders, and give them such an address.",
    "refusal_do_address": "Look at what the words name: a block list (ask the provider, or whoever runs the list, to"
    " take the address off it), the PTR record, the HELO name (the connector's Fqdn), or SPF, DKIM and DMARC of the"
    " sender's domain. Retrying does not help.",
    "refusal_do_throttled": "Declare calm retry settings (transport_calm_for_provider or transport_calm_for_per_hour),"
    " and let the queue empty; never retry by hand.",
    "refusal_do_old_server": "Send by a smart host that takes mail from this version of Exchange, or replace the"
    " server: the receiver slows down mail from versions out of support, and then refuses it.",
    "refusal_do_connection": "Check name, port and TLS of the smart host from the server (docs/send_connector.md).",
    "refusal_do_recipient": "Tell the senders: the recipient's address is wrong, his mailbox is full or closed, or his"
    " server takes no more for now. There is nothing to change here.",
    "refusal_do_greylisted": "Wait: a later attempt is taken, if it does not come before the other server's time.",
    "refusal_do_content": "Look at the message: make it smaller, or take out what the other side's filter refuses."
    " Other mail is not touched.",
    "refusal_do_per_message_limit": "Send it to fewer recipients in one message; it is no limit of the rate.",
    "refusal_do_notice": "Look for the other side's words elsewhere, in the queue's last error or in message tracking:"
    " this text is Exchange's own.",
    "refusal_do_other": "Read the words. A fault of the other server mostly passes by itself; with what stays, ask the"
    " provider.",
}
