# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of addresses: policies, domains, recipients, Edge entries."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "rules_missing": (
        "no rules",
        "a list of at least one rule",
        "Declare rules, each with from and to: from: nt4admins.local, to: beispiel.de.",
    ),
    "rule_no_mapping": (
        "a {type}",
        "a mapping with from and to",
        "Write it as in the documentation.",
    ),
    "rule_option_unknown": (
        "an option {option}, which does not exist",
        "from, to or except",
        "Check its spelling.",
    ),
    "rule_incomplete": (
        "a rule without {option}",
        "a domain or an address",
        "Declare it.",
    ),
    "rule_mixed": (
        "from {source} to {target}",
        "a domain to a domain, or an address to an address",
        "Write both sides in the same form.",
    ),
    "rule_twice": (
        "two rules of the same: {first} and {second}",
        "one",
        "Take one of them out.",
    ),
    "rules_to_one_address": (
        "two rules to the same address: {first} and {second}",
        "an address of its own for each recipient (Exchange gives one to one object only)",
        "Give one of them another address, or make the one a secondary address of the other in the Exchange console.",
    ),
    "rule_to_itself": (
        "the rule {rule}",
        "another domain or address than it comes from",
        "Correct it, or take it out.",
    ),
    "rule_chain": (
        "the rules {first} and {second}, of which the second takes what the first makes",
        "rules that do not follow on each other (the next run would go on, and circles never end)",
        "Write one rule from where it begins to where it shall end.",
    ),
    "rules_of_one_recipient": (
        "{name}, who has the addresses of two rules: {first} and {second}",
        "one rule for a recipient, since mail leaves with one address",
        "Take one of them out.",
    ),
    "recipients_unreadable": (
        "recipients whose addresses cannot be read: {names}",
        "a list of addresses with one primary (SMTP:) at most, and a GUID",
        "Look at them in the Exchange console. They may have any address, so no other can be given safely.",
    ),
    "recipient_kind_unknown": (
        "{name}, a recipient of the type {kind}",
        "a mailbox, group, contact, mail user or public folder",
        "Add it to the exceptions.",
    ),
    "recipients_legacy": (
        "recipients left from Exchange 2003, which Exchange would have to upgrade: {names}",
        "recipients of Exchange 2007 or later",
        "Add them to the exceptions, or declare force_upgrade: true; it cannot be undone.",
    ),
    "recipients_stuck": (
        "mailboxes or public folders left from Exchange 2003: {names}",
        "ones of Exchange 2007 or later (their cmdlets know no ForceUpgrade)",
        "Add them to the exceptions, or move them to this server first.",
    ),
    "recipients_untold": (
        "recipients of which the host did not tell {prop}: {names}",
        "to know it before their addresses are changed",
        "Add them to the exceptions, and change them in the Exchange console.",
    ),
    "address_forbidden": (
        "{name}, who would get the address {address}",
        "an address of ASCII letters, digits and the signs that SMTP takes",
        "Write a rule for this one address, with a name without umlauts or blanks, or make it an exception.",
    ),
    "address_taken": (
        "{name}, who would get the address {address}, which {owner} has",
        "an address that no other object has",
        "Take it from the other in the Exchange console, or write a rule for this one address.",
    ),
    "address_twice": (
        "the address {address} for both {first} and {second}",
        "an address of its own for each recipient",
        "Write a rule for one of them alone, or make it an exception.",
    ),
    "mass_change": (
        "{changing} of {total} recipients that would change",
        "no more than {percent} percent at once (max_change_percent)",
        "Look at them with --check --diff. If that is meant, declare confirm_mass_change: true for this run.",
    ),
    "domain_external_relay": (
        "an accepted domain of the type ExternalRelay",
        "one in which recipients here can have addresses",
        "Declare domain_type and change_type: true, if no other server of yours needs it.",
    ),
    "domain_default_type": (
        "the type {type}, declared as {wanted}",
        "the type that it has: the default domain, and one that is covered by *. of another, are never changed",
        "Leave domain_type out, or change it in the Exchange console.",
    ),
    "domain_other_type": (
        "the type {type}, declared as {wanted}",
        "the type that it has (mail of the whole domain depends on it)",
        "Leave domain_type out, or declare change_type: true.",
    ),
    "domain_would_loop": (
        "that mail to unknown addresses of {domain} comes back here (unknown_recipients_return), with InternalRelay",
        "mail that goes on and stays away (it would go round in circles)",
        "Stop the forward, the catch-all or the collector that returns it; or, if all mailboxes are here, declare"
        " domain_type: authoritative with all_mailboxes_here: true.",
    ),
    "domain_may_loop": (
        "no answer whether mail to unknown addresses of {domain} comes back here, which InternalRelay needs",
        "to know it (it would go round in circles)",
        "See where the domain's MX points, whether the provider forwards or has a catch-all, and whether a POP3"
        " collector routes by header; then declare unknown_recipients_return: yes or no.",
    ),
    "domain_not_all_here": (
        "domain_type: authoritative without all_mailboxes_here: true",
        "your word that every mailbox of the domain is on this server (mail to all others is returned)",
        "Declare it, or leave domain_type out.",
    ),
    "domain_mailbox_missing": (
        "domain_type: authoritative, and nobody here with the provider's mailboxes {addresses}",
        "a recipient here for each (mail from here to them would be returned)",
        "Give the address to a recipient, or leave domain_type out.",
    ),
    "domain_pointed_into": (
        "domain_type: authoritative, and contacts or mail users whose mail goes on into the domain: {names}",
        "no mailbox of the domain elsewhere (their mail would be returned)",
        "Remove them, or leave domain_type out.",
    ),
    "policy_name_missing": (
        "method: policy without policy_name",
        "the name of the policy to take over or to create",
        "Declare it.",
    ),
    "policy_single_rule": (
        "method: policy with a rule for one address, {rule}",
        "rules of domains (a policy gives addresses by a template)",
        "Take it out and change that recipient in the Exchange console, or use method: recipients.",
    ),
    "policy_several_targets": (
        "method: policy with rules to several domains: {domains}",
        "one domain for the primary address",
        "Use method: recipients.",
    ),
    "policy_other_target": (
        "the template {template}",
        "one in the domain to which the rules lead, {domain}",
        "Correct policy_templates, or leave it out.",
    ),
    "policy_template_unfit": (
        "the template {template}",
        "SMTP: or smtp:, variables such as %m, %g, %s, %d, %1g or %rxy, and @ with a domain",
        "Correct it.",
    ),
    "policy_primary_template": (
        "{number} templates of the primary address (SMTP:)",
        "one",
        "Write SMTP: before one of them, and smtp: before the others.",
    ),
    "policy_filter_unknown": (
        "a filter that cannot be evaluated from here, for {number} recipients: {names}",
        "to know for whom the policy is, before another one is put beside it",
        "Use method: recipients, give the declared policy a higher priority than this one, or let those recipients not"
        " follow policies.",
    ),
    "aliases_missing": (
        "recipients without an alias: {names}",
        "an alias (Exchange writes no recipient without one, and a policy makes the address from it)",
        "Give them one in the Exchange console.",
    ),
    "policy_address_unknown": (
        "{name}, for whom it is not known what the template {template} makes",
        "names that are there, of characters that SMTP takes",
        "Correct the names, let the recipient not follow policies, or use method: recipients.",
    ),
    "policy_address_taken": (
        "{name}, for whom the policy makes {address}, which {owner} has: Exchange would add digits",
        "an address that no other object has",
        "Change the alias, or let the recipient not follow policies.",
    ),
    "policy_address_twice": (
        "the address {address} that the policy makes for both {first} and {second}: Exchange would add digits to one",
        "an address of its own for each recipient",
        "Change one of the aliases, or let one of them not follow policies.",
    ),
    "policy_legacy": (
        "recipients left from Exchange 2003 that follow policies: {names}",
        "ones of Exchange 2007 or later (what an update makes of older ones is not known)",
        "Let them not follow policies, or use method: recipients.",
    ),
    "policy_exempt": (
        "exceptions that follow policies, so that the policy would change them: {names}",
        "exceptions that do not",
        "Switch off 'automatically update' for them in the Exchange console, or use method: recipients.",
    ),
    "template_domain": (
        "the template {template}",
        "a domain that is accepted, Authoritative or InternalRelay ({domain} is not)",
        "Correct policy_templates, or create the accepted domain.",
    ),
    "policy_is_default": (
        "policy_priority or policy_included_recipients for the default policy",
        "neither (it always comes last, and is for everybody whom no other is for)",
        "Leave them out, or declare another policy_name.",
    ),
    "edge_not_here": (
        "method: edge on a server with the roles {roles}",
        "an Edge Transport server (only it has rewrite entries, and an SBS cannot be one)",
        "Use method: recipients or policy here.",
    ),
    "recipients_on_edge": (
        "an Edge Transport server (roles {roles}), which has no recipients",
        "method: edge or auto",
        "Declare one of them, or run against the server with the mailboxes.",
    ),
    "edge_exceptions": (
        "exceptions, on an Edge Transport server",
        "none (an entry knows only domains as exceptions)",
        "Take them out.",
    ),
    "edge_one_target": (
        "the rules {first} and {second}, to the same on an Edge Transport server",
        "a target of its own for each (mail that comes in is rewritten the other way round)",
        "Take one of them out.",
    ),
    "edge_domain": (
        "the type {type}",
        "an authoritative accepted domain, which rewriting needs",
        "Make it one in the organisation; the Edge server gets it by its subscription.",
    ),
    "edge_agent_missing": (
        "no transport agent '{agent}'",
        "both rewriting agents, as Exchange's set-up installs them",
        "Install the agent again.",
    ),
}

NOTICES: dict[str, str] = {
    "policies_switched_off": "{number} recipients no longer follow e-mail address policies, since a policy would take"
    " their new address back.",
    "policy_may_reset": "{number} recipients have an address that the provider takes, and follow a policy that takes it"
    " back when they are edited (may_be_reset). Let them not follow policies, or use method: policy.",
    "policy_resets": "The policy '{policy}' gives {number} recipients another primary address, also where the one that"
    " they have was set by hand.",
    "provider_mailbox_bounces": "{domain} is Authoritative here: mail from here to {addresses} is returned to its"
    " sender, since no recipient has that address.",
    "agents_need_restart": "The transport service has to be restarted before {agents} work.",
    "foreign_recipients": "{number} recipients still leave with an address that the provider does not take"
    " (foreign_recipients).",
    "foreign_senders": "Mail has really left with {number} foreign senders, {messages} messages in all"
    " (foreign_senders); the sender <> is that of bounces.",
    "senders_unread": "Which senders mail really left with could not be read ({problem}); sent_senders_days: 0 leaves"
    " it out.",
    "policy_takes_own_mailboxes": "Mailboxes of Exchange's own follow this policy, and Exchange gives them its"
    " addresses ({names}); the old ones stay. Who does not want that takes them out of all policies first"
    " (EmailAddressPolicyEnabled).",
    "foreign_system": "a recipient of Exchange's own",
    "foreign_exempt": "an exception",
    "foreign_without_rule": "no rule applies",
    "no_such_domain": "none",
    "policies_of": "policies of {name}",
    "restore_changed_since": "Recipients whose addresses were changed since are left as they are: {names}. Declare"
    " force: true to put them back all the same.",
    "restore_gone": "Recipients that are not there any more: {names}.",
    "created_domain_stays": "The accepted domain {domain}, which that run had created, stays; remove_created_domains:"
    " true takes it away.",
}
