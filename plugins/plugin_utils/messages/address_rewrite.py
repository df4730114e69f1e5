# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of addresses: policies, domains, recipients, Edge entries."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "rules_missing": (
        "no rules",
        "a list of at least one rule",
        "Declare O(rules), each with from and to: from: nt4admins.local, to: beispiel.de.",
    ),
    "rule_no_mapping": (
        "a {type}",
        "a mapping with from and to",
        "Write it as documented.",
    ),
    "rule_option_unknown": (
        "an option {option}, which does not exist for a rule",
        "{known}",
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
        "two rules for the same source: {first} and {second}",
        "one",
        "Remove one of them.",
    ),
    "rules_to_one_address": (
        "two rules to the same address: {first} and {second}",
        "an address of its own for each recipient (Exchange gives one to one object only)",
        "Give one of them another address, or make one address a secondary address of the other recipient in the"
        " Exchange console.",
    ),
    "rule_to_itself": (
        "the rule {rule}",
        "a target other than the source",
        "Correct it, or remove it.",
    ),
    "rule_chain": (
        "the rules {first} and {second}, of which the second applies to the result of the first",
        "rules that do not chain (the next run would rewrite again, and a loop never ends)",
        "Write one rule from the first source to the final target.",
    ),
    "freemail_domain": (
        "the rule {rule}: {domain} is a domain of {provider}'s own, where anybody may have a mailbox",
        "a domain of the firm's own (each recipient would send with an address that may be a stranger's, which the"
        " provider refuses; and as an Authoritative domain Exchange would keep all mail to the strangers)",
        "Nothing that can be confirmed changes this. Ways out: a domain of the firm's own at the provider, as the"
        " target; where the firm has one mailbox in {domain}, a rule for the one address that sends with it, and the"
        " mailbox in provider_mailboxes; or, for several senders with one mailbox, a relay between this server and the"
        " provider that rewrites them (an Edge Transport server needs the domain Authoritative, too).",
    ),
    "freemail_address": (
        "the rule {rule}: {domain} is a domain of {provider}'s own, and this address is not declared as a mailbox of"
        " the firm's",
        "a mailbox that the firm has there (any other address is a stranger's, which the provider refuses as a sender)",
        "If it is the firm's, add it to provider_mailboxes. Otherwise use a domain of the firm's own at the provider,"
        " as the target, or a relay that rewrites the senders.",
    ),
    "freemail_authoritative": (
        "domain_type: authoritative, and a rule into {domain}, a domain of {provider}'s own",
        "the type InternalRelay for it, whatever is confirmed (Exchange would return mail from here to every other"
        " mailbox of {provider})",
        "Leave domain_type out, or declare it as internal_relay.",
    ),
    "freemail_template": (
        "the template {template}: {domain} is a domain of {provider}'s own, where anybody may have a mailbox",
        "templates in domains of the firm's own (every recipient would get an address that may be a stranger's)",
        "Use a domain of the firm's own at the provider. Where the firm has one mailbox in {domain}, use O(method):"
        " recipients and a rule for the one address that sends with it.",
    ),
    "freemail_on_edge": (
        "a rule into {domain}, a domain of {provider}'s own, on an Edge Transport server",
        "a domain of the firm's own (rewriting here needs the accepted domain Authoritative, and Exchange would then"
        " return mail to every other mailbox of {provider})",
        "Use a domain of the firm's own at the provider, as the target, or a relay behind this server that rewrites the"
        " senders.",
    ),
    "rules_of_one_recipient": (
        "{name}, to which two rules apply: {first} and {second}",
        "one rule for a recipient, since mail is sent from one address",
        "Remove one of them.",
    ),
    "recipients_unreadable": (
        "recipients whose addresses cannot be read: {names}",
        "a list of addresses with one primary (SMTP:) at most, and a GUID",
        "Check them in the Exchange console. They may have any address, so no other can be assigned safely.",
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
        "recipients of Exchange 2007 or later (their cmdlets have no ForceUpgrade)",
        "Add them to the exceptions, or move them to this server first.",
    ),
    "recipients_untold": (
        "recipients for which the host did not report {prop}: {names}",
        "its value before their addresses are changed",
        "Add them to the exceptions, and change them in the Exchange console.",
    ),
    "address_forbidden": (
        "{name}, who would get the address {address}",
        "an address of ASCII letters, digits and the characters that SMTP allows",
        "Write a rule for this one address, with a local part without umlauts or spaces, or add an exception.",
    ),
    "address_taken": (
        "{name}, who would get the address {address}, which {owner} has",
        "an address that no other object has",
        "Remove it from the other object in the Exchange console, or write a rule for this one address.",
    ),
    "address_twice": (
        "the address {address} for both {first} and {second}",
        "an address of its own for each recipient",
        "Write a rule for one of them alone, or add an exception.",
    ),
    "mass_change": (
        "{changing} of {total} recipients that would change",
        "no more than {percent} percent at once (max_change_percent)",
        "Check them with --check --diff. If that is intended, declare confirm_mass_change: true for this run.",
    ),
    "domain_external_relay": (
        "an accepted domain of the type ExternalRelay",
        "a type with which recipients here can have addresses",
        "Declare domain_type and change_type: true, if none of your other servers needs it.",
    ),
    "domain_default_type": (
        "the type {type}, declared as {wanted}",
        "the type that it has: the default domain, and a domain covered by the wildcard (*.) of another, are never"
        " changed",
        "Leave domain_type out, or change it in the Exchange console.",
    ),
    "domain_other_type": (
        "the type {type}, declared as {wanted}",
        "the type that it has (mail of the whole domain depends on it)",
        "Leave domain_type out, or declare change_type: true.",
    ),
    "domain_would_loop": (
        "mail to unknown addresses of {domain} that is returned to this server (unknown_recipients_return), with"
        " InternalRelay",
        "mail that is relayed and not returned (it would loop)",
        "Disable the forwarding, the catch-all or the collector that returns it; or, if all mailboxes are here,"
        " declare domain_type: authoritative with all_mailboxes_here: true.",
    ),
    "domain_may_loop": (
        "InternalRelay, without a declaration whether mail to unknown addresses of {domain} is returned to this server",
        "this declaration (returned mail would loop)",
        "Check where the domain's MX points, whether the provider forwards or has a catch-all, and whether a POP3"
        " collector routes by header; then declare unknown_recipients_return: yes or no.",
    ),
    "domain_not_all_here": (
        "domain_type: authoritative without all_mailboxes_here: true",
        "confirmation that every mailbox of the domain is on this server (mail to all others is returned)",
        "Declare it, or leave domain_type out.",
    ),
    "domain_mailbox_missing": (
        "domain_type: authoritative, and no recipient here with the addresses of the provider's mailboxes {addresses}",
        "a recipient here for each (mail from here to these addresses would be returned)",
        "Give the address to a recipient, or leave domain_type out.",
    ),
    "domain_pointed_into": (
        "domain_type: authoritative, and contacts or mail users whose external address is in the domain: {names}",
        "no mailbox of the domain elsewhere (their mail would be returned)",
        "Remove them, or leave domain_type out.",
    ),
    "policy_name_missing": (
        "O(method): policy without policy_name",
        "the name of the policy to take over or to create",
        "Declare it.",
    ),
    "policy_single_rule": (
        "O(method): policy with a rule for one address, {rule}",
        "rules of domains (a policy generates addresses from a template)",
        "Remove it and change that recipient in the Exchange console, or use O(method): recipients.",
    ),
    "policy_several_targets": (
        "O(method): policy with rules to several domains: {domains}",
        "one domain for the primary address",
        "Use O(method): recipients.",
    ),
    "policy_other_target": (
        "the template {template}",
        "one in the target domain of the rules, {domain}",
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
        "a recipient filter that cannot be evaluated here, for {number} recipients: {names}",
        "to know to whom the policy applies before another one is added",
        "Use O(method): recipients, give the declared policy a higher priority than this one, or exclude those"
        " recipients from address policies.",
    ),
    "aliases_missing": (
        "recipients without an alias: {names}",
        "an alias (Exchange saves no recipient without one, and a policy generates the address from it)",
        "Set one for each in the Exchange console.",
    ),
    "policy_address_unknown": (
        "{name}, for whom the result of the template {template} is unknown",
        "names that are set, of characters that SMTP allows",
        "Correct the names, exclude the recipient from address policies, or use O(method): recipients.",
    ),
    "policy_address_taken": (
        "{name}, for whom the policy generates {address}, which {owner} has: Exchange would append digits",
        "an address that no other object has",
        "Change the alias, or exclude the recipient from address policies.",
    ),
    "policy_address_twice": (
        "the address {address} that the policy generates for both {first} and {second}: Exchange would append digits"
        " to one",
        "an address of its own for each recipient",
        "Change one of the aliases, or exclude one of them from address policies.",
    ),
    "policy_legacy": (
        "recipients left from Exchange 2003 that follow policies: {names}",
        "recipients of Exchange 2007 or later (the effect of an update on older ones is unknown)",
        "Exclude them from address policies, or use O(method): recipients.",
    ),
    "policy_exempt": (
        "exceptions that follow policies, so that the policy would change them: {names}",
        "exceptions that are excluded from address policies",
        "Switch off 'automatically update' for them in the Exchange console, or use O(method): recipients.",
    ),
    "template_domain": (
        "the template {template}",
        "an accepted domain, Authoritative or InternalRelay ({domain} is not)",
        "Correct policy_templates, or create the accepted domain.",
    ),
    "policy_is_default": (
        "policy_priority or policy_included_recipients for the default policy",
        "neither (it always has the lowest priority, and applies to every recipient that no other policy applies to)",
        "Leave them out, or declare another policy_name.",
    ),
    "edge_not_here": (
        "O(method): edge on a server with the roles {roles}",
        "an Edge Transport server (only this role has address rewrite entries, and an SBS cannot have it)",
        "Use O(method): recipients or policy here.",
    ),
    "recipients_on_edge": (
        "an Edge Transport server (roles {roles}), which has no recipients",
        "O(method): edge or auto",
        "Declare one of them, or run against the server with the mailboxes.",
    ),
    "edge_exceptions": (
        "exceptions, on an Edge Transport server",
        "none (an entry supports only domains as exceptions)",
        "Remove them.",
    ),
    "edge_one_target": (
        "the rules {first} and {second}, to the same target on an Edge Transport server",
        "a target of its own for each (inbound mail is rewritten in reverse)",
        "Remove one of them.",
    ),
    "edge_domain": (
        "the type {type}",
        "an authoritative accepted domain, which rewriting needs",
        "Make it authoritative in the organisation; the Edge server receives it by its Edge Subscription.",
    ),
    "edge_agent_missing": (
        "no transport agent '{agent}'",
        "both rewriting agents, as Exchange Setup installs them",
        "Install the agent again.",
    ),
}

NOTICES: dict[str, str] = {
    "policies_switched_off": "{number} recipients no longer follow e-mail address policies, since a policy would reset"
    " their new address.",
    "policy_may_reset": "{number} recipients have an address that the provider accepts, and follow a policy that"
    " resets it when they are edited (may_be_reset). Exclude them from address policies, or use O(method): policy.",
    "policy_resets": "The policy '{policy}' gives {number} recipients another primary address, even where the present"
    " one was set manually.",
    "provider_mailbox_bounces": "{domain} is Authoritative here: mail from here to {addresses} is returned to its"
    " sender, since no recipient has that address.",
    "freemail_several": "The rules lead to several addresses of {provider}'s: {addresses}. A login there sends with its"
    " own address and its aliases alone; mail with the address of another mailbox is refused. If they are no aliases,"
    " use a domain of the firm's own at the provider, or a relay that rewrites the senders.",
    "freemail_swallowed": "{domain} is an accepted domain of the type Authoritative here, and a domain of {provider}'s"
    " own: mail from here to everybody else's mailbox there is returned to its sender. Make it InternalRelay in the"
    " Exchange console, or remove it once no recipient here has an address in it.",
    "agents_need_restart": "The transport service has to be restarted before {agents} work.",
    "foreign_recipients": "{number} recipients still send from an address that the provider does not accept"
    " (foreign_recipients).",
    "foreign_senders": "Mail was actually sent from {number} foreign sender addresses, {messages} messages in all"
    " (foreign_senders); the sender <> is that of non-delivery reports.",
    "senders_unread": "The sender addresses actually used could not be read ({problem}); sent_senders_days: 0 skips"
    " this.",
    "policy_takes_own_mailboxes": "Exchange's system mailboxes follow this policy, and get its addresses ({names});"
    " the old ones stay. To prevent that, exclude them from all policies first (EmailAddressPolicyEnabled).",
    "foreign_system": "a system recipient of Exchange",
    "foreign_exempt": "an exception",
    "foreign_without_rule": "no rule applies",
    "no_such_domain": "none",
    "policies_of": "policies of {name}",
    "restore_changed_since": "Recipients whose addresses were changed since are left as they are: {names}. Declare"
    " O(force): true to restore them anyway.",
    "restore_gone": "Recipients that no longer exist: {names}.",
    "created_domain_stays": "The accepted domain {domain}, which that run had created, stays; remove_created_domains:"
    " true removes it.",
}
