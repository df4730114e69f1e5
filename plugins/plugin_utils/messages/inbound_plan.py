# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the plan of a change of the way on which mail comes in."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "plan_no_domains": (
        "no domain whose mail comes in",
        "a list of domains with their ways",
        "Declare inbound_domains: each domain, and the way on which its mail comes in.",
    ),
    "plan_moment_unfit": (
        "{option}: what is no moment",
        "a date, or a date with a time",
        "Write it as 2026-03-02 or '2026-03-02 18:30', in the time of time_zone.",
    ),
    "plan_time_zone_unknown": ("time_zone: no such zone", "a time zone such as Europe/Berlin", "Correct it."),
    "plan_confirmed_unknown": (
        "O(confirmed): {names}",
        "steps that nobody can see from the server: {known}",
        "Correct the name. Of the other steps the state is read, and nobody can vouch for it.",
    ),
    "plan_is_urgent": (
        "{found}",
        "a way on which mail comes in without loss",
        "See RV(ignore:lines) of the result for the whole plan.",
    ),
    "plan_moment_ahead": (
        "{option}: {told}, which is still to come",
        "the moment of what has been done",
        "Correct it; leave it out for as long as it has not been done.",
    ),
    "plan_recipient_strange": (
        "recipient: {recipient}, of none of the domains that are planned",
        "an address of one of {domains}",
        "Correct it, or leave it out: the first known address of each domain gets the mail then.",
    ),
    "plan_only_unknown": (
        "O(only): {names}",
        "domains of inbound_domains: {known}",
        "Correct the name.",
    ),
    "plan_no_login": (
        "send_mail, and no login with which a mail may be sent ({why})",
        "a smart host with a mailbox that is old enough to log in",
        "Declare the smarthost account or the send connector with its login; without send_mail nothing is sent.",
    ),
}
STEPS: dict[str, str] = {
    "plan_do_preflight": "the server is fit to take mail",
    "plan_do_addresses": "every address to which mail comes is one of a recipient here",
    "plan_do_accepted": "the domain is an accepted one, and authoritative",
    "plan_do_filter": "mail to addresses that nobody has is refused",
    "plan_do_connector": "a receive connector takes mail from everybody, and relays for nobody",
    "plan_do_ttl": "the TTL of the MX is low, and the time of the old one is over",
    "plan_do_router": "the router leads port 25 of the public address to the server",
    "plan_do_name": "who connects from outside is answered as he should be",
    "plan_do_spf": "the SPF record does not rest on the MX that is about to change",
    "plan_do_mx": "the MX is this server, and it alone",
    "plan_do_mail": "a mail from outside comes in by SMTP",
    "plan_do_overlap": "fetching goes on for the old TTL and five days",
    "plan_do_end": "nothing is fetched that nobody needs, and no account is deleted",
    "plan_do_mailboxes": "there are mailboxes at the provider, and accounts that fetch them",
    "plan_do_mx_back": "the MX are those of the provider, and these alone",
    "plan_do_ttl_again": "the TTL of the MX is as usual again",
    "plan_do_fetch": "the provider's mailboxes are fetched",
    "plan_do_open": "the receive connector stays open for the old TTL and five days",
    "plan_do_close": "nobody outside is let in any more",
}
BACK: dict[str, str] = {
    "plan_back_nothing": "nothing to undo",
    "plan_back_addresses": "playbooks/restore_addresses.yml; addresses too many do no harm",
    "plan_back_accepted": "playbooks/restore.yml, the saved state of address_rewrite",
    "plan_back_filter": "receive_connector_recipient_validation: false, or playbooks/restore.yml",
    "plan_back_connector": "playbooks/restore.yml, the saved state of receive_connector; only after the MX is back",
    "plan_back_ttl": "the TTL of before",
    "plan_back_router": "take the forwarding out; only after the MX is back and the time of its TTL and five days over",
    "plan_back_spf": "the record of before",
    "plan_back_mx": "the provider's MX again, at once; then the TTL, fetching, and the connector open for five"
    " days more: O(to)=pop3",
    "plan_back_overlap": "none is needed: fetching takes nothing away from the other way",
    "plan_back_end": "pop3_connector_service_state: running, and the fetch task again; the accounts are still there",
    "plan_back_mailboxes": "leave the mailboxes: without them the smart host's login is lost too",
    "plan_back_mx_back": "this server as the MX again, O(to)=mx",
    "plan_back_ttl_again": "300 again",
    "plan_back_fetch": "pop3_connector_service_state: stopped, and the fetch task state: absent",
    "plan_back_close": "playbooks/restore.yml, the saved state of receive_connector",
}
HANDS: dict[str, str] = {
    "plan_hands_ours": "our own, by variables",
    "plan_hands_zone": "whoever has the domain's zone",
    "plan_hands_router": "whoever has the router and the line",
    "plan_hands_provider": "the provider's customer area",
    "plan_hands_outside": "somebody outside",
}
FOUND: dict[str, str] = {
    # The host
    "plan_host_untold": "the server did not tell",
    "plan_host_fails": "failed checks: {names}",
    "plan_host_fit": "no check of the server fails",
    "plan_addresses_missing": "nobody here has {addresses}",
    "plan_addresses_undeclared": "which addresses get mail today is not declared",
    "plan_addresses_untold": "the recipients could not be read",
    "plan_addresses_here": "recipients here have {addresses}; further names of the provider's mailboxes cannot be seen",
    "plan_accepted_untold": "the accepted domains could not be read",
    "plan_accepted_none": "it is no accepted domain, so its mail is refused",
    "plan_accepted_relays": "its type is {type}: mail to an address that nobody has goes on, and in a circle once"
    " the MX is here",
    "plan_accepted": "it is authoritative",
    "plan_filter_refused": "an address that nobody has was refused at RCPT",
    "plan_filter_takes": "an address that nobody has was accepted at RCPT, so a bounce goes to a sender that may be"
    " forged",
    "plan_filter_untold": "the recipient filter could not be read",
    "plan_filter_off": "the recipient filter or its agent is off: addresses are not compared with those that there are",
    "plan_filter_on": "the recipient filter is on, and compares addresses with those that there are",
    "plan_connector_untold": "the receive connectors could not be read",
    "plan_connector_none": "no enabled receive connector on port 25 takes mail from public addresses without a login",
    "plan_connector": "{names} takes mail from everybody, and relays for nobody without a login",
    "plan_relay_untold": "{names} takes mail from everybody; whether it relays could not be read",
    "plan_relays": "{names} passes on mail of anybody to anybody",
    "plan_relays_talk": "a recipient in a foreign domain was accepted at RCPT without a login",
    # DNS
    "plan_ttl_over": "the MX is here already, and nothing waits for its TTL",
    "plan_mx_untold": "where the MX lead is not known ({why})",
    "plan_ttl_high": "a TTL of {span} ({ttl} s)",
    "plan_ttl_since": "a TTL of {ttl} s; since when, and what it was before, cannot be seen",
    "plan_ttl_waits": "a TTL of {ttl} s; until {at} somebody may still have the old one",
    "plan_ttl_low": "a TTL of {ttl} s, and the time of the old one is over",
    "plan_spf_untold": "what the SPF record means after the change is not known",
    "plan_mx_here": "the MX is {hosts}, this server",
    "plan_mx_both": "the MX are {hosts}: this server and another. Part of the mail goes to the other one",
    "plan_mx_there": "the MX is {hosts}, not this server",
    # The way in
    "plan_came": "mail came in from {address}",
    "plan_came_at": "mail came in from {address}, last at {at}",
    "plan_router_hairpin": "the server was reached over its public address",
    "plan_router_silent": "no mail from a public address is in the tracking log: whether nobody sent or nobody comes"
    " through cannot be told from inside, nor whether the line lets port 25 in",
    "plan_router_untold": "the tracking log could not be read, and the public path cannot be tried from inside",
    "plan_vouched": "an administrator vouches for it",
    "plan_talk_wrong": "the server answers wrongly: {says}",
    "plan_talk_hairpin": "over the public address an address that is here was accepted, one that nobody has and a"
    " foreign one refused",
    "plan_talk_inside": "from inside the answers are right; whether anybody outside gets them cannot be seen",
    "plan_talk_other": "from inside {by} answers, another connector than the world comes to ({says}); whether that one"
    " relays is judged by its permissions alone",
    "plan_talk_untold": "the server was not asked from inside, or did not answer all of it ({says})",
    "plan_talk_no_tls": "STARTTLS is not offered, so mail comes in unencrypted",
    "plan_talk_bad_tls": "TLS fails ({problem})",
    "plan_mail_outside": "a mail to oneself came in by SMTP from outside: MX works from outside",
    "plan_mail_early": "the MX is not here yet",
    "plan_mail_local": "a mail to oneself lay in the provider's mailbox, though the MX is here: provider delivers"
    " locally",
    "plan_mail_local_too": "mail comes in from outside; yet a mail to oneself lay in the provider's mailbox: provider"
    " delivers locally, so fetching must go on",
    "plan_mail_kept": "a mail to oneself lay in the provider's mailbox; the provider may still know the MX of before",
    "plan_mail_of_others": "{came}, but it may have been to {names}",
    "plan_mail_undated": "{came}; whether that was after the change of the MX cannot be seen",
    "plan_mail_unread": "the tracking log could not be read",
    "plan_mail_refused": "a mail to oneself was not sent: {says}",
    "plan_mail_lost": "a mail to oneself was not found {says}",
    "plan_mail_untold": "no mail from outside has been seen since the change",
    # Time
    "plan_overlap_early": "it begins with the change of the MX",
    "plan_overlap_over": "it was to last until {at}",
    "plan_overlap_stopped": "nothing fetches, and until {at} mail may still come to the provider",
    "plan_overlap_waits": "it lasts until {at}",
    "plan_overlap_ended": "nothing fetches any more; whether it did long enough cannot be seen now",
    "plan_overlap_since": "when the MX was changed cannot be seen; it lasts until {span} and {days} days after the"
    " change",
    "plan_overlap_no_ttl": "when the MX was changed cannot be seen; it lasts until the old TTL and {days} days"
    " after the change",
    "plan_overlap_old_ttl": "which TTL the MX had before its change cannot be seen",
    "plan_end_stopped": "nothing fetches",
    "plan_end_needed": "fetching goes on for {names}",
    "plan_end_untold": "whether anything fetches could not be read",
    "plan_end_local": "the provider delivers its own customers' mail locally, so fetching goes on",
    "plan_end_runs": "fetching goes on",
    "plan_end_others": "fetching goes on, also by {names}",
    "plan_of_provider": "the domain is {owner}'s own: it was never here, and its zone is nobody's to change",
    # Back
    "plan_mailboxes": "accounts fetch {names}",
    "plan_mailboxes_others": "a program of another maker fetches, and from where cannot be read",
    "plan_mailboxes_untold": "which of the server's POP3 accounts fetch mail of this domain is not known",
    "plan_mailboxes_none": "no POP3 account fetches mail of this domain",
    "plan_ttl_early": "it comes after the change of the MX",
    "plan_ttl_still_low": "a TTL of {ttl} s: nearly every mail asks anew",
    "plan_ttl_usual": "a usual TTL of {ttl} s",
    "plan_fetch_untold": "whether the POP3 connector runs could not be read",
    "plan_fetch_stopped": "neither the POP3 connector nor another program fetches",
    "plan_fetch_runs": "mail is fetched",
    "plan_open_early": "it counts from the change of the MX",
    "plan_open_over": "it had to stay open until {at}",
    "plan_open_closed": "it is closed, and until {at} mail may still be sent here",
    "plan_open_waits": "it stays open until {at}",
    "plan_open_ended": "it is closed; whether it was open long enough cannot be seen now",
    "plan_closed": "no receive connector takes mail from public addresses",
    "plan_closed_needed": "it is open for {names}",
    "plan_closed_open": "{names} is open to public addresses",
    # SPF
    "plan_spf_mx": "its 'mx' means this server once the MX is here, and no longer the provider's, by which mail leaves",
    "plan_spf_mx_perhaps": "its 'mx' means this server once the MX is here; whether mail leaves by what it meant"
    " before is not known",
    "plan_spf_plain": "nothing in it rests on the MX",
    "plan_spf_none": "there is no SPF record, so nothing changes",
    "plan_spf_unread": "the SPF record is not known ({why})",
    "plan_spf_direct": "mail leaves from this server itself, and 'mx' names it once the MX is here",
    # The mail
    "plan_mail_within": "within {seconds} s",
    "plan_search_failed": "the last look failed ({problem})",
    "plan_box_unseen": "the mailbox of {account}: {why}",
    "plan_mail_not_asked": "the server did not send it ({problem})",
    "plan_mail_by_host": "refused by the smart host, {answer}",
    "plan_mail_doubt": "within {seconds} s; whether the smart host took it is not known",
    "plan_not_sent": "send_mail: none was sent to {domains}, since the MX is not known to be here, or no address that"
    " a recipient here has is known",
    "plan_mail_kept_off": "the login may not be used: {why}",
    "plan_mail_no_route": "no smart host is declared",
    "plan_mail_nobody": "no mailbox with a password is declared that is old enough",
    "plan_mail_unkept": "what the provider says of it could not be remembered",
    "plan_mx_missing": "there is no MX, so mail goes to the address of the domain itself",
    "plan_mx_families": "whether {hosts} is this server is not known: declare inbound_public_address",
    "plan_mx_private": "{hosts} has a private address for whoever asks here; ask a name server outside",
    "plan_now": "now",
    "plan_urgent": "URGENT, {domain}: {text}",
    "plan_says_known": "{address} was refused, {reply}",
    "plan_says_unknown": "{address}, which nobody has, was accepted",
    "plan_says_right": "an address that is here was accepted",
    "plan_says_nobody": "one that nobody has was refused",
    "plan_says_foreign": "{address}, which is foreign, was accepted",
    "plan_says_other": "from inside connectors answer that take nothing without a login: {names}",
    "plan_says_silent": "not reached, {problem}",
    "stage_plan_mail": "waiting for the mail to oneself",
    "stage_plan_reading": "reading how mail comes in",
    **STEPS,
    **BACK,
    **HANDS,
}
"""Parts of lines."""
REMEDIES: dict[str, str] = {
    "plan_host_do": "Run playbooks/preflight.yml, and do what it says of the server.",
    "plan_addresses_do": "Give each of them to a recipient as a proxy address, before the MX is changed: they bounce"
    " then. Aliases, groups and people who have left are easily forgotten.",
    "plan_addresses_declare": "Name the provider's mailboxes in inbound_domains (mailboxes).",
    "plan_accepted_do": "Make it an authoritative accepted domain: address_rewrite_domain_type: authoritative.",
    "plan_filter_do": "Declare receive_connector_recipient_validation: true; where the anti-spam agents are"
    " missing, run Scripts\\Install-AntispamAgents.ps1 on the server first.",
    "plan_connector_do": "Let SBS's wizard for the internet address make one, or declare the role receive_connector.",
    "plan_connector_look": "Run it again with a login that may read receive connectors and their rights.",
    "plan_relay_do": "Declare receive_connector_close_relay: true, at once.",
    "plan_mx_look": "Ask another resolver (preflight_resolver), and declare inbound_public_address, so that one's"
    " own MX is known.",
    "plan_ttl_do": "Set the TTL of the MX records to {low}, then wait {span}: at the earliest {span} after that the MX"
    " may be changed. Note when it was: -e ttl_lowered=WHEN -e old_ttl={old}.",
    "plan_ttl_tell": "Give -e ttl_lowered=WHEN (when it was lowered) and -e old_ttl=SECONDS (those of before).",
    "plan_ttl_wait": "Wait until then.",
    "plan_router_do": "Forward port 25 of the public address to the server, and try it from outside, from a line that"
    ' lets port 25 out. Then -e \'{{"confirmed": ["router"]}}\'.',
    "plan_talk_do": "Mend what the server answers before anybody outside is sent to it.",
    "plan_talk_outside": "From outside, by the name that is to be the MX: openssl s_client -starttls smtp -connect"
    " NAME:25, then EHLO, MAIL FROM:<>, RCPT TO of an address that is here (250), of one that nobody has (550"
    ' 5.1.1), of a foreign one (550 5.7.1), RSET. Then -e \'{{"confirmed": ["router", "proof_by_name"]}}\'.',
    "plan_spf_do": "Name the provider by include, and leave out 'mx' if this server sends nothing itself.",
    "plan_mx_do": "Set the MX to the server's name, and no other one: what a provider's MX takes as a backup lies"
    " in its mailboxes. Note when it was: -e mx_changed=WHEN.",
    "plan_mx_one": "Leave one way: the other MX take part of the mail.",
    "plan_mail_do": "Run it with -e send_mail=true once the MX is here: one mail is sent through the smart host to an"
    " address of the domain. Or send one from outside, and give -e mx_changed=WHEN; or look at its header, then"
    ' -e \'{{"confirmed": ["proof_by_mail"]}}\'.',
    "plan_mail_kept_do": "Send another one then, and give -e mx_changed=WHEN -e old_ttl=SECONDS.",
    "plan_mail_refused_do": "Mend what is said there, and run it again with -e send_mail=true.",
    "plan_mail_local_do": "Take the domain out of the provider's mail settings, if it lets you, and if the smart host's"
    " login stays; else let fetching go on for good: the provider's own customers reach you no other way.",
    "plan_mail_lost_do": "Look at the queue of the provider, which may try again for hours, and wait or ask there.",
    "plan_overlap_later": "Nothing to do before.",
    "plan_overlap_start": "Start fetching again until then: pop3_connector_service_state: running.",
    "plan_overlap_wait": "Let fetching go on until then.",
    "plan_overlap_tell": "Give -e mx_changed=WHEN -e old_ttl=SECONDS (when the MX was changed, and its TTL of before;"
    " 172800 if nobody knows).",
    "plan_end_look": "Run playbooks/check_inbound.yml, which names the services and tasks that fetch.",
    "plan_end_others_do": "Stop {names} on the server, and the POP3 connector by pop3_connector_service_state: stopped."
    " Delete no account and no mailbox: the smart host's login is one of them.",
    "plan_end_do": "Stop it: pop3_connector_service_state: stopped, and pop3_connector_fetch_task with state: absent."
    " Delete no account and no mailbox: the smart host's login is one of them.",
    "plan_mailboxes_do": "Have the mailboxes at the provider, and declare pop3_connector_accounts.",
    "plan_mailboxes_look": 'Look there which mailboxes it fetches, then -e \'{{"confirmed": ["mailboxes"]}}\'.',
    "plan_mx_back_do": "Set the MX to the provider's again, and to no other; note when it was: -e mx_changed=WHEN; mail"
    " waits at the provider until it is fetched.",
    "plan_ttl_again": "Set it to an hour or more once the MX stays as it is.",
    "plan_fetch_do": "Declare pop3_connector_service_state: running.",
    "plan_open_again": "Open it again until then, or that mail is lost after the sender's five days.",
    "plan_open_wait": "Leave connector and router as they are until then.",
    "plan_close_do": "Take the forwarding out of the router, and close the connector, if nobody else needs it.",
    # Urgent
    "plan_urgent_nowhere": "Mail to the domain goes to nobody: its MX ({hosts}) is none, refuses all mail, or has no"
    " address. Set it to where mail is to go.",
    "plan_urgent_closed": "Mail is lost now: the MX leads here ({hosts}), and no receive connector takes it. Open the"
    " connector, or set the MX back.",
    "plan_urgent_unaccepted": "Mail is refused now: the MX leads here, and the domain is no accepted one. Make it one:"
    " address_rewrite_domain_type: authoritative.",
    "plan_urgent_refuses": "Mail is refused now: the MX leads here, and {says}.",
    "plan_urgent_bounces": "Mail bounces now: the MX leads here, and nobody has {addresses}. Give each of them to a"
    " recipient as a proxy address.",
    "plan_urgent_unfetched": "Mail lies at the provider now: its MX takes it, and nothing here fetches it. Start"
    " fetching: pop3_connector_accounts, pop3_connector_service_state: running.",
    "plan_urgent_unfit": "Mail is put off or lost now: the server takes none while these checks fail: {names}. Run"
    " playbooks/preflight.yml, and do what it says of them.",
    "plan_urgent_relay": "This server is an open relay: {found}. Declare receive_connector_close_relay: true now.",
    # Lines
    "plan_head": "{domain}: the way to {to}, {done} of {number} steps done.",
    "plan_line": "{number} {state}: {about}. Seen: {evidence}.",
    "plan_line_next": "{number} {state}, next: {about}. Seen: {evidence}.",
    "plan_next": "{domain}, step {number} is next. {remedy} From when on: {when}. Whose hands: {hands}.",
    "plan_next_back": "The way back of step {number}: {back}.",
    "plan_all_done": "{domain}: all done, its mail comes in by {to}.",
}
NOTICES: dict[str, str] = {**FOUND, **REMEDIES}
