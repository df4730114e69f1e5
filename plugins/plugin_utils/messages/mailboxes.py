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
        "Declare the login name.",
    ),
    "created_missing": (
        "no creation date (created)",
        "the day on which the provider created the mailbox",
        "Look it up in the provider's customer area and declare it, such as created: 2026-01-31.",
    ),
    "created_unreadable": (
        "created: {value}",
        "a date such as 2026-01-31, or a date-time such as 2026-01-31T14:30+01:00",
        "Write the year first.",
    ),
    "now_unreadable": (
        "a time of type {type} that cannot be parsed",
        "a date such as 2026-01-31, or a date-time such as 2026-01-31T14:30+01:00",
        "Write the year first, or leave it out to take the controller's clock.",
    ),
    "created_in_future": (
        "created: {value}, which is in the future (it is {now})",
        "a date that is not in the future",
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
        "Write it in quotes: without them YAML parses it as another type, such as a number without its leading zero.",
    ),
    "login_text_unfit": (
        "{option}: {found}",
        "the text as issued, without characters that no server accepts",
        "Enter it again; it is not repeated here. To encrypt it, pipe it from printf %s, not echo, into ansible-vault"
        " encrypt_string, since echo adds a line break. A text with double braces needs !unsafe before it, or Ansible"
        " removes a part of it as a template.",
    ),
    "provider_unknown": (
        "the provider {found}",
        "one of {known}",
        "Correct it, or describe the provider yourself: a mapping with its name and server.",
    ),
    "provider_option_unknown": (
        "an option provider.{option}, which does not exist",
        "{known}",
        "Check its spelling.",
    ),
    "provider_incomplete": (
        "a custom provider without name or {needs}",
        "both",
        "Declare them; the rest has defaults.",
    ),
    "mailboxes_missing": (
        "no mailboxes",
        "a list of at least one provider mailbox",
        "Declare O(mailboxes), the intended one first, each with address, password and created.",
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
        "Remove one of them.",
    ),
    "created_after_login": (
        "the mailbox {address} declared as created {created}, though it logged in on {observed}",
        "a creation before its first login",
        "Correct created. If it was deleted and recreated, declare recreated: true beside created; its age then counts"
        " from created.",
    ),
    "created_before_anew": (
        "the mailbox {address} declared as created {created}, though its predecessor logged in on {observed}, and it"
        " was recreated since",
        "a creation after the last login of the one that it replaces",
        "Correct created: the day on which it was recreated.",
    ),
    "ledger_failed": (
        "a ledger that cannot be used ({problem})",
        "an SQLite file of this collection that can be read and written",
        "It is left unchanged. Correct its permissions, or restore a copy; without it, the login history is lost.",
    ),
    "ledger_foreign": (
        "a file of version {version}",
        "a ledger of version {expected}",
        "It is left unchanged. Use the sbs.mailflow that wrote it, or declare another O(ledger).",
    ),
}

NOTICES: dict[str, str] = {
    "provider_port": "The packaged table lists {provider}'s server {host} on port {ports}, not on {port}.",
    "provider_ssl": "On port {port}, the packaged table lists {provider} with ssl: {ssl}.",
    "provider_wants_address": "{provider} requires a full e-mail address as the user name, according to the packaged"
    " table; {username} is none.",
    "provider_wants_name": "{provider} requires the mailbox's own name as the user name, according to the packaged"
    " table, not an address such as {username}.",
    "provider_size": "Messages of up to {size} may be sent, but {provider} accepts {limit} at most (encoded): larger"
    " ones are returned.",
    "size_above_organisation": "max_message_size: {size} has no effect above {limit}, Exchange's limit for the whole"
    " organisation (Set-TransportConfig -MaxSendSize).",
    "provider_pop3_switch": "{provider} refuses POP3 until its owner has enabled it in the mailbox's settings, on the"
    " provider's web site.",
    "blank_in_username": "The user name {username} contains a space, which is rarely intended.",
    "blank_around_password": "The password of {username} begins or ends with a space, which is rarely intended.",
    "queue_suspended": "The queue {identity} is suspended: no mail is sent from it.",
    "refusal_do_login": "Check the login of the send connector: its password, and whether the provider still accepts"
    " it (docs/smarthost_account.md).",
    "refusal_do_login_outage": "Wait: the provider cannot check logins at the moment, which does not mean that user"
    " name or password are wrong. Change neither because of it; ask the provider if it lasts for hours.",
    "refusal_do_sender": "The provider accepts only addresses of its own mailboxes or domains as senders, and none"
    " that it has banned. Check the senders, and give them such an address.",
    "refusal_do_address": "Check what the reply names: a block list (ask the provider, or the list's operator, to"
    " remove the address from it), the PTR record, the HELO name (the connector's Fqdn), or SPF, DKIM and DMARC of the"
    " sender's domain. Retrying does not help.",
    "refusal_do_throttled": "Declare calm retry settings (transport_calm_for_provider or transport_calm_for_per_hour),"
    " and let the queue empty; never retry by hand.",
    "refusal_do_old_server": "Send through a smart host that accepts mail from this version of Exchange, or replace"
    " the server: the receiver throttles mail from unsupported versions, and then refuses it.",
    "refusal_do_connection": "Check name, port and TLS of the smart host from the server (docs/send_connector.md).",
    "refusal_do_recipient": "Inform the senders: the recipient's address is wrong, the mailbox is full or closed, or"
    " the recipient's server accepts no more for now. There is nothing to change here.",
    "refusal_do_greylisted": "Wait: a later attempt is accepted, once the other server's greylisting delay has passed.",
    "refusal_do_content": "Check the message: make it smaller, or remove what the other side's filter refuses. Other"
    " mail is not affected.",
    "refusal_do_per_message_limit": "Send it to fewer recipients in one message; it is not a rate limit.",
    "refusal_do_notice": "Look for the other server's reply elsewhere, in the queue's last error or in message"
    " tracking: this text is Exchange's own.",
    "refusal_do_other": "Read the reply. A fault of the other server usually passes by itself; if it persists, ask the"
    " provider.",
}
