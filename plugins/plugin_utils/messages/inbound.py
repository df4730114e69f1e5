# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the ways on which mail comes in."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "inbound_part_missing": ("no {option}", "a domain and its way", "Declare it."),
    "inbound_no_mapping": ("a {type}", "a mapping with C(domain) and C(way)", "Write it as documented."),
    "inbound_nothing_declared": (
        "no domain",
        "O(domains) with one domain or more",
        "Declare by which way mail comes in.",
    ),
    "inbound_mx_of_provider": (
        "{domain} with the way mx, although it is {provider}'s own domain",
        "a domain whose zone is the firm's",
        "Declare pop3 or collector for it: its MX is the provider's, and stays so.",
    ),
    "inbound_internal": (
        "{domain}, which nobody outside can send to",
        "a domain that has an MX in public DNS",
        "Leave it out, or correct the name.",
    ),
    "inbound_mx_mailboxes": (
        "{domain} with the way mx and mailboxes at a provider ({mailboxes})",
        "no mailboxes, since nothing is fetched",
        "Leave mailboxes out; while they are still fetched, declare transition: true.",
    ),
    "inbound_declared_twice": (
        "{domain} twice with the same way",
        "one entry for a domain and a way",
        "Write both as one, with the mailboxes of both.",
    ),
    "inbound_two_ways": (
        "{domain} with the ways {ways}",
        "one way for a domain, unless it is on its way from one to another",
        "Leave one out, or declare transition: true for as long as both are in use.",
    ),
    "inbound_fetched_twice": (
        "{mailbox} fetched both by the POP3 connector and by another collector",
        "one that fetches a mailbox: each deletes at the provider what it has fetched, so chance divides its mail",
        "Leave it to one of them, in a transition as well.",
    ),
    "inbound_account_of_other_way": (
        "the POP3 account {account}, although mail to {domain} comes in by {way}",
        "accounts of domains whose way is pop3",
        "Remove the account once nothing waits in its mailbox; while it is still needed, declare transition: true for"
        " the domain.",
    ),
    "inbound_mailbox_not_fetched": (
        "{domain} with the way pop3 and the mailbox {mailbox}, which is no account",
        "mailboxes that pop3_connector_accounts names",
        "Declare its account, or correct the name.",
    ),
    "inbound_service_stopped": (
        "the POP3 connector's service stopped by the declaration, although mail to {domains} comes in by it",
        "a service that runs for as long as a domain has the way pop3",
        "Declare another way for the domain first, or leave pop3_connector_service_state out.",
    ),
    "inbound_nothing_fetched": (
        "{domain} with the way pop3, and no account that fetches its mail",
        "an account whose user name is in the domain, or mailboxes that name one",
        "Declare the account, or name its mailbox.",
    ),
}

NOTICES: dict[str, str] = {}
