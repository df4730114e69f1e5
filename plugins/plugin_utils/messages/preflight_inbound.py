# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of how mail comes in: what was found, without a full stop, and what to do."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {}
FOUND: dict[str, str] = {
    "inbound_mx_none": "nobody can send mail to {domain}: it has no MX record, or says that it takes none",
    "inbound_mx_own": "mail to {domain} comes to this server",
    "inbound_mx_at_provider": "mail to {domain} goes to {hosts}, and nobody fetches it there",
    "inbound_mx_both": "mail to {domain} comes to this server, and a part of it may go to {hosts}",
    "inbound_mx_before": "mail to {domain} goes to {hosts} first",
    "inbound_mx_not_fetched": "mail to {domain} comes to this server ({hosts}), and not where it is fetched",
    "inbound_mx_elsewhere": "mail to {domain} goes to {hosts}, which is neither this server nor where it is fetched",
    "inbound_mx_moved": "the MX of {domain} has moved to this server",
    "inbound_mx_at_both": "the MX of {domain} leads to this server and to the provider",
    "inbound_mx_stays": "the MX of {domain} still leads to the provider",
    "inbound_mx_untold": "whether {hosts} is this server is not known, so neither is where mail to {domain} goes",
    "inbound_spf_stays": "the SPF record of {domain} does not go by its MX",
    "inbound_spf_mx": "the SPF record of {domain} lets its MX send (mx), which means other servers once they move",
    "inbound_accepted": "{domain} is accepted here ({type})",
    "inbound_accepted_provider": "{domain} is the provider's, and is not kept here",
    "inbound_accepted_swallows": "{domain} is the provider's, and accepted here as Authoritative: mail to its other"
    " addresses never leaves",
    "inbound_accepted_none": "{domain} is not accepted here, so mail to it is refused",
    "inbound_accepted_external": "{domain} is accepted here as ExternalRelay, so mail to it goes out again",
    "inbound_accepted_loops": "{domain} is accepted here as InternalRelay: with an own MX, mail to unknown addresses"
    " goes out and comes back",
    "inbound_recipients": "every known address of {domain} is one here",
    "inbound_recipients_missing": "addresses that nobody here has: {addresses}",
    "inbound_filter": "unknown recipients are refused at once",
    "inbound_filter_off": "unknown recipients are not refused (RecipientValidationEnabled), and bounces go to forged"
    " senders",
    "inbound_filter_no_agent": "unknown recipients are not refused, although that is switched on: the Recipient Filter"
    " Agent is missing or disabled, and bounces go to forged senders",
    "inbound_certificate": "there is a certificate for {name}",
    "inbound_certificate_ends": "the certificate for {name} ends within 30 days",
    "inbound_certificate_over": "the certificate for {name} is over",
    "inbound_certificate_none": "Exchange has no certificate that SMTP uses for {name}, so there is no STARTTLS",
    "inbound_open": "mail to {domain} can come in by {ways}",
    "inbound_closed": "mail to {domain} can come in by no way: {why}",
    "inbound_closed_mx": "no receive connector takes mail from the internet",
    "inbound_closed_service": "the service of the POP3 connector does not run",
    "inbound_closed_accounts": "no POP3 account fetches it",
    "inbound_closed_collector": "no other program that fetches mail is found",
    "inbound_leftovers_none": "no POP3 account fetches mail that comes in by MX",
    "inbound_leftovers": "POP3 accounts still fetch mail of domains whose way is mx: {accounts}",
    "inbound_collector_found": "{names}, for {domains}",
    "inbound_collector_missing": "no program that fetches mail is found, although the way of {domains} is collector",
    "inbound_collector_beside": "{names}, beside the POP3 connector, which fetches for {domains}",
}
"""Parts of lines."""
NOTICES: dict[str, str] = {
    **FOUND,
    "remedy_inbound_mx_none": "Write its MX records into the domain's zone.",
    "remedy_inbound_mx_at_provider": "Declare the way by which it is fetched; or, while the MX is about to move,"
    " transition: true.",
    "remedy_inbound_mx_both": "Decide for one way, and take the other's MX records out; while it is about to change,"
    " declare transition: true.",
    "remedy_inbound_mx_before": "If that is a filter which hands it on, accept this check; else correct the MX"
    " records.",
    "remedy_inbound_mx_not_fetched": "Declare the way mx, or let the MX records lead to the provider again.",
    "remedy_inbound_mx_untold": "Declare inbound_public_address.",
    "remedy_inbound_spf": "Name the provider in it by include before the MX moves, where mail leaves through it; what"
    " the provider sends fails otherwise.",
    "remedy_inbound_accepted": "Make it an accepted domain of the type Authoritative (address_rewrite does so).",
    "remedy_inbound_accepted_swallows": "Take it out of the accepted domains; an address of it may stay.",
    "remedy_inbound_accepted_loops": "Make it Authoritative once every mailbox is here.",
    "remedy_inbound_recipients": "Give each to its recipient as a further address: mail to it is refused otherwise.",
    "remedy_inbound_filter": "Declare receive_connector_recipient_validation: true. That needs the anti-spam agents:"
    " where they are missing, run Scripts\\Install-AntispamAgents.ps1 on the server, then Restart-Service"
    " MSExchangeTransport.",
    "remedy_inbound_certificate": "Import a certificate for {name}, and give it to SMTP (Enable-ExchangeCertificate).",
    "remedy_inbound_closed": "Open the way that is declared, or declare the one that is open.",
    "remedy_inbound_leftovers": "Declare transition: true while they are needed; then stop the connector's service, or"
    " remove the accounts.",
    "remedy_inbound_collector_missing": "Look whether it runs; name its service in"
    " pop3_connector_other_collectors where it is not known, or declare another way.",
    "remedy_inbound_collector_beside": "Check which mailboxes it fetches. If none of the POP3 connector's, declare"
    " inbound_confirm_no_other_collector: true.",
    "remedy_inbound_collector_undeclared": "Declare the way collector for the domains that it fetches, or remove it.",
}
