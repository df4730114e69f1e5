# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every sentence that an administrator acts on, in one place, so that it can be translated in one place.

REASONS are refusals and failures: what was found, what was expected, what to do. NOTICES are all other
sentences. Nothing secret is ever put into one.
"""

from __future__ import annotations

from typing import Any

from .errors import Reason
from .visible import visible

REASONS: dict[str, tuple[str, str, str]] = {
    # The age gate
    "mailbox_too_young": (
        "the mailbox {address}, {age} days old",
        "an age of at least {minimum} days before it logs in (providers throttle young mailboxes)",
        "It may be used from {usable_from} on ({days_left} more days); log in with an older mailbox until then.",
    ),
    "login_comes_into_use": (
        "the login {username}, which has not sent the mail to {place} from here before, and of which no age is known",
        "a login that sends it already, or one that is declared and old enough",
        "Declare login with its username and created; a password is needed only where it is to be written.",
    ),
    "other_login_comes_into_use": (
        "the login {username} of a connector that would take over the mail to {place}, and of which no age is known",
        "a login that sends it already, or one that is declared and old enough",
        "Let that connector take over first, in a task of its own that declares login with its username and created;"
        " or, with state: absent, declare that login here.",
    ),
    "login_comes_into_use_again": (
        "the login {username}, of which neither the host nor the saved state shows that it sent the mail to {place}",
        "a login that has sent it, or one that is declared and old enough",
        "Declare it in logins, with username and created; a password is needed only where it is to be written.",
    ),
    "unknown_login_comes_into_use": (
        "a connector that would send the mail to {place} with a login which the host does not tell",
        "a login that is known, and old enough or sending that mail already",
        "Give the connector its login anew, in a task of its own: declare login with username, password and created,"
        " and smart_host_auth_mechanism.",
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
    # The wish
    "option_unknown": (
        "an option {option}, which does not exist",
        "an option of the documentation",
        "Check its spelling.",
    ),
    "value_unfit": ("{option}: {value}", "{expected}", "Correct the value."),
    "login_no_mapping": (
        "a login of type {type}",
        "a mapping with username, password and created",
        "Write it as in the example; its value is not repeated here, since it may hold a password.",
    ),
    "login_option_unknown": (
        "an option login.{option}, which does not exist",
        "username, password, created, minimum_age_days or time_zone",
        "Check its spelling.",
    ),
    "password_missing": (
        "a login without a password",
        "the mailbox's password as a text",
        "Take it from ansible-vault.",
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
    "exchange_login_missing": (
        "exchange_connection: endpoint without a complete exchange_login",
        "exchange_login with username and password, both texts, and nothing else",
        "Declare the account that opens the session; its value is not repeated here.",
    ),
    "name_missing": (
        "neither a name nor adopt: true",
        "a way to tell which connector is meant",
        "Declare name, or adopt: true to take the existing connector of the address space.",
    ),
    "adopt_without_address_space": (
        "adopt: true without address_spaces",
        "the address space of the connector to adopt",
        "Declare address_spaces: ['*'].",
    ),
    "absent_needs_name": (
        "state: absent with adopt: true",
        "the name of the connector to remove",
        "Name it and leave adopt out: what is removed is never guessed.",
    ),
    "list_empty": (
        "{option}: []",
        "at least one entry",
        "Add an entry, or leave the option out to keep what is there.",
    ),
    "smart_hosts_empty": (
        "smart_hosts: []",
        "at least one smart host",
        "Name the provider's smart host; to send by DNS, declare dns_routing_enabled: true and no smart_hosts.",
    ),
    "port_465": (
        "port: 465",
        "a STARTTLS port (Exchange's send connector speaks STARTTLS only, 465 is TLS from the first byte)",
        "Use port 587, if the provider offers STARTTLS there.",
    ),
    "port_465_of_provider": (
        "port: 465",
        "a STARTTLS port (Exchange's send connector speaks STARTTLS only, 465 is TLS from the first byte)",
        "Use port {port}: {host} offers STARTTLS there.",
    ),
    "smart_hosts_with_dns_routing": (
        "smart_hosts together with dns_routing_enabled: true",
        "one of the two (Exchange refuses both)",
        "Leave dns_routing_enabled out.",
    ),
    "neither_smart_hosts_nor_dns": (
        "dns_routing_enabled: false without smart hosts",
        "a smart host, or DNS routing",
        "Declare smart_hosts.",
    ),
    "basic_without_login": (
        "smart_host_auth_mechanism: {mechanism} without a login",
        "the mailbox that logs in",
        "Declare login with username, password and created.",
    ),
    "login_without_basic": (
        "a login with smart_host_auth_mechanism: {mechanism}",
        "BasicAuthRequireTLS (or BasicAuth with require_tls: true)",
        "Declare smart_host_auth_mechanism: BasicAuthRequireTLS.",
    ),
    "basic_in_clear": (
        "smart_host_auth_mechanism: BasicAuth without require_tls: true",
        "a login over TLS only (the password would cross the internet in the clear)",
        "Declare BasicAuthRequireTLS, or add require_tls: true.",
    ),
    "tls_without_starttls": (
        "TLS required together with ignore_starttls: true",
        "ignore_starttls: false (Exchange refuses both)",
        "Leave ignore_starttls out, or set it to false.",
    ),
    "helo_without_extensions": (
        "force_helo: true with TLS or a login",
        "EHLO (HELO knows neither STARTTLS nor AUTH)",
        "Leave force_helo out.",
    ),
    "tls_auth_level_without_tls": (
        "tls_auth_level: {level} without TLS",
        "require_tls: true and ignore_starttls: false (Exchange refuses it otherwise)",
        "Add require_tls: true.",
    ),
    "domain_validation_without_domain": (
        "tls_auth_level: DomainValidation without tls_domain",
        "the name in the smart host's certificate",
        "Declare tls_domain.",
    ),
    "tls_domain_unused": (
        "tls_domain: {domain} without tls_auth_level: DomainValidation",
        "DomainValidation (tls_domain has no effect otherwise)",
        "Declare tls_auth_level: DomainValidation, or no domain (tls_domain: '' empties what the host has).",
    ),
    "create_without_address_space": (
        "no connector of this name, and no address_spaces to create it with",
        "the address spaces of the new connector",
        "Declare address_spaces: ['*'] for all mail, or adopt: true to take an existing connector.",
    ),
    "exclusive_without_any_domain": (
        "exclusive: true on a connector that is not enabled for every domain (*)",
        "an enabled connector with the address space *",
        "Declare address_spaces: ['*'] and enabled: true, or leave exclusive out.",
    ),
    # Transport
    "per_domain_above_outbound": (
        "max_per_domain_outbound_connections: {per_domain} with max_outbound_connections: {outbound}",
        "no more connections to one domain than altogether (Exchange refuses it otherwise)",
        "Lower the one, or raise the other.",
    ),
    "delay_after_expiration": (
        "delay_notification_timeout: {delay} with message_expiration_timeout: {expiration}",
        "a report of the delay before the message is given up",
        "Shorten the one, or lengthen the other.",
    ),
    "log_file_above_directory": (
        "{log}_max_file_size: {file} with {log}_max_directory_size: {directory}",
        "no file larger than the folder may become (Exchange refuses it otherwise)",
        "Lower the one, or raise the other.",
    ),
    "calm_twice": (
        "calm_for_per_hour together with calm_for_provider",
        "one of the two",
        "Leave calm_for_provider out where you know the number.",
    ),
    "connector_unclear": (
        "{count} send connectors that fit: {names}",
        "one connector for every domain to a smart host, or one of the name that is declared",
        "Give the connector's name.",
    ),
    "connector_without_setting": (
        "a connector without smtp_max_messages_per_connection",
        "the one setting that transport keeps of it",
        "Declare the setting, or leave the connector out.",
    ),
    "declared_twice": (
        "smtp_max_messages_per_connection: {value}, but {other} in {variable}",
        "one value for the connector",
        "Declare it in one place: with the connector where that is declared, else here.",
    ),
    "no_transport_server": (
        "no transport settings of this server ({server})",
        "a server with the Hub Transport role",
        "Take this host out of the group, or do not declare transport for it.",
    ),
    # Addresses
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
    # The queues
    "rate_twice": (
        "per_hour and provider at once",
        "one of them",
        "Give the number, or the provider whose number is packaged.",
    ),
    "rate_without_backlog": (
        "per_hour or provider without backlog",
        "backlog: true where a rate is given, since only the backlog is judged by it",
        "Add backlog: true, or leave the rate out.",
    ),
    "queue_connector_unknown": (
        "no send connector '{name}', but {names}",
        "the name of a send connector of this organisation",
        "Correct the name, or leave it out to look at all of them.",
    ),
    # The recovery of a queue
    "rate_missing": (
        "neither per_hour nor a provider whose rate is known",
        "how many messages an hour the provider takes",
        "Give per_hour.",
    ),
    "neither_mailboxes_nor_keep_login": (
        "no mailboxes, and keep_login is not true",
        "the mailboxes of which one has to log in afterwards, or keep_login: true",
        "Declare smarthost_account_mailboxes, or keep the login where it is old enough already.",
    ),
    "mailboxes_without_provider": (
        "mailboxes without a provider",
        "the provider whose mailboxes these are",
        "Give the provider.",
    ),
    "senders_first_unfit": (
        "order and senders_first that do not belong together",
        "senders_first with order: senders, and only then",
        "Give both or neither.",
    ),
    "recovery_busy": (
        "another recovery at work on this host: {holder}",
        "one at a time ({path})",
        "It goes on by itself. Wait until it has ended; or end its ansible-playbook, and run this again.",
    ),
    "recovery_guards": (
        "a change of {what}, while a recovery of the connector '{connector}' is under way (stage {stage})",
        "that this stays as it is until the recovery has ended ({path}); all else may be changed",
        "Nothing was written. Let it come to its end with playbooks/recover_queue.yml, or end it unfinished with -e"
        " queue_recovery_abandon=true; then run this again.",
    ),
    "recovery_unwatched": (
        "that the process {parent} has ended, which had started this one",
        "a run that somebody can see",
        "No further tick is made, and the recovery stays as it is: run playbooks/recover_queue.yml again.",
    ),
    "recovery_unreadable": (
        "the file {path}, which cannot be used ({problem})",
        "what an earlier tick has written",
        "It is kept as it is. Repair it from a copy; or look at the host's queue, put it in order by hand, and move the"
        " file away.",
    ),
    "recovery_of_other_connector": (
        "a recovery of the connector '{connector}' under way ({path})",
        "one recovery a host at a time, since the server's settings are one for all connectors",
        "Let it come to its end first.",
    ),
    "clock_not_told": (
        "a host that does not tell its clock",
        "the time by which its queue is judged",
        "Look at the warnings of the agent; Win32_OperatingSystem must be readable.",
    ),
    "recovery_stopped_by_others": (
        "the queue {identity} suspended, by nobody who is known here",
        "a queue that runs, or a recovery of this controller that suspended it",
        "Find out who did it: another controller's recovery has its file there. If nobody needs it any more, give"
        " take_over: true.",
    ),
    "recovery_missing": (
        "{count} saved messages that left the queue without a trace in message tracking: {names}",
        "every saved message sent, failed, removed or still queued",
        "Look for them (Get-MessageTrackingLog -MessageId), then give their ids as accept_missing. Until then the"
        " settings stay as they are.",
    ),
    "recovery_refused": (
        "{count} messages that are kept back, since the provider refuses {names}: {words}",
        "a provider that takes them",
        "Correct what the words name; the next tick asks the provider again and goes on with what it takes then. What"
        " it will never take is removed with remove_messages, or let go as a report of non-delivery to its sender with"
        " accept_refused.",
    ),
    "recovery_step_failed": (
        "{command} on {target} failed ({host_says})",
        "a command that the host carries out",
        "Run it again: it goes on where it is. The queue may still be suspended.",
    ),
    "recovery_stands": (
        "the queue of this connector suspended since {since} by a recovery (stage {stage})",
        "a recovery that goes on",
        "No mail leaves over it until then: run playbooks/recover_queue.yml again. It goes on from {path}.",
    ),
    "backlog_before_switch": (
        "{waiting} messages waiting in the queue of '{connector}', and a login that is to be switched",
        "at most {most}, half of what the provider takes in an hour: all of them would be tried at once with the new"
        " login",
        "Let the queue empty, run playbooks/recover_queue.yml, which switches in between, or give switch_with_backlog:"
        " true.",
    ),
    # The provider
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
    "smart_host_unknown": (
        "{provider}, of which no smart host with STARTTLS is known",
        "the smart host to log in at",
        "Declare connector with smart_hosts and port, as the provider's customer area names them.",
    ),
    # The mailboxes of a smarthost account
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
    "mailbox_option_unknown": (
        "an option {option}, which does not exist",
        "address, username, password, created, minimum_age_days, time_zone or recreated",
        "Check its spelling.",
    ),
    "username_missing": (
        "no username, or one that is no text",
        "the login name that {provider} has issued for the mailbox",
        "Look it up in the provider's customer area and declare username.",
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
    "mailbox_barred": (
        "the mailbox {address}, which is not tried: {barred}",
        "a mailbox that may log in",
        "Put that right first.",
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
    "window_no_mapping": (
        "a {type}",
        "a mapping with days, from, to and time_zone",
        "Write it as in the documentation.",
    ),
    "window_unfit": (
        "{option}: {value}",
        "{expected}",
        "Correct it, or leave it out.",
    ),
    "connector_no_mapping": (
        "connector: a {type}",
        "a mapping with options of the send connector",
        "Write it as in the documentation.",
    ),
    "connector_option_refused": (
        "connector.{option}",
        "no such option here (the login follows from the mailboxes)",
        "Leave it out.",
    ),
    "clock_far_off": (
        "a clock that is {skew}",
        "host and controller within an hour of each other",
        "Correct the one that is wrong: the age of mailboxes is judged by the controller's.",
    ),
    # The switch of the login
    "login_refused": (
        "the login {address} refused by the provider: {text}",
        "the provider to take it",
        "Nothing was written. Correct the mailbox or its password; a password that was refused is not tried again for"
        " seven days, until another one is declared, or with retry_refused: true.",
    ),
    "auth_refused": (
        "the login {address} turned away by the provider, not for its password: {text}",
        "the provider to take it",
        "Nothing was written. Ask the provider what its reply means; the next run tries again.",
    ),
    "certificate_unfit": (
        "a certificate of {server} that does not fit, before the login {address} was tried ({text})",
        "one that this host trusts, for the name of the smart host",
        "Nothing was written. Correct the smart host's name, or what the host trusts, and run again.",
    ),
    "mail_refused": (
        "the login {address} taken by the provider, but no mail with it (refused at {stage}: {text})",
        "the provider to take its sender and recipient",
        "Nothing was written. Correct the sender or the mailbox; the next run tries again.",
    ),
    "logins_in_doubt": (
        "the login {address} refused by {server} ({text}), and with it, now or shortly before, another one",
        "a provider that checks logins",
        "Nothing was written, and nothing is remembered of the passwords: this is what an outage of the provider's"
        " login database looks like. Both are tried again after {hours} hours at the earliest (retry_hours). Where it"
        " stays, ask the provider whether the mailboxes are locked, or correct their passwords.",
    ),
    "login_unproven": (
        "the login {address}, which cannot be proven at {server} from this host (it got as far as {stage}: {text})",
        "a proof before it is written",
        "Nothing was written. Check the smart host and its port, and run again. Where TLS is what fails, the server"
        " lacks TLS 1.2 (README, 'TLS 1.2 towards the provider'), and writing the login would help nobody. Where it is"
        " something else, accept_unproven: true switches all the same.",
    ),
    "tls_unproven": (
        "the login {address}, for which this host and {server} have agreed on no TLS ({text})",
        "a proof over TLS before a login is written",
        "Nothing was written. The server most likely lacks TLS 1.2: README, 'TLS 1.2 towards the provider', says what"
        " is needed and what to do without. Writing the login all the same would help nobody.",
    ),
    "way_back_unproven": (
        "the login {address} in use now, which cannot be proven from this host ({text})",
        "a login to go back to, should the new one be refused",
        "Nothing was written. To switch all the same, declare accept_unproven: true.",
    ),
    "refused_after_switch": (
        "the new login {address} refused by the provider, as Exchange reports: {text}",
        "the provider to take it",
        "There is no proven login to go back to. Declare another mailbox and run again; mail waits in the queue.",
    ),
    "went_back": (
        "the new login {address} refused by the provider, as Exchange reports: {text}",
        "the provider to take it",
        "The connector logs in as {previous} again. The refused login is not tried again until its declared password"
        " changes.",
    ),
    "back_failed": (
        "the new login {address} refused by the provider, as Exchange reports: {text}",
        "the connector to log in as {previous} again, which failed",
        "Run again, or restore the state before (backup_file).",
    ),
    "calendar_failed": (
        "a calendar file {path} that cannot be written ({problem})",
        "a place on the controller that can be written",
        "What the run did on the host stands. Declare another calendar_file.",
    ),
    # The ledger
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
    # The host's state
    "duplicate_name": (
        "{count} connectors of that name ({guids})",
        "one",
        "Rename or remove the other in the Exchange console; which one is meant cannot be told from here.",
    ),
    "adopt_not_clear": (
        "several enabled connectors for {spaces}: {names}",
        "one to adopt",
        "Declare the name of the one that is meant.",
    ),
    "only_disabled_to_adopt": (
        "no enabled connector to adopt, but one that is switched off: {names}",
        "an enabled one (a second connector beside it is not made unasked)",
        "Declare enabled: true to adopt it and switch it on, or leave adopt out to make a new one.",
    ),
    "nothing_to_adopt": (
        "no enabled connector for {spaces}",
        "one to adopt, or a name for a new one",
        "Declare a name: then the connector is created where none can be adopted.",
    ),
    "same_cost": (
        "another enabled connector for {space} at the same cost {cost}: {names}",
        "one way out (Exchange would choose between the two by itself)",
        "Adopt that one (adopt: true), switch it off (in the Exchange console; exclusive: true does it for *), or give"
        " one of them a higher cost.",
    ),
    "look_alike_name": (
        "the connector '{name}', whose name looks like '{wished}', while none is called exactly that",
        "one connector of this name",
        "If that one is meant, declare its name exactly as it is there, or adopt it (adopt: true). If a second one is"
        " meant, declare '{name}' in known_routes.",
    ),
    "adopts_of_other_servers": (
        "the connector '{name}', which only {servers} use, not this server ({server}): no mail leaves from here by it",
        "a connector of this server to adopt",
        "Declare source_transport_servers: [{server}] to make it this server's, as where the other one is retired, or"
        " declare the connector's name if it is meant as it is.",
    ),
    "adopts_scoped": (
        "the connector '{name}', which is scoped: servers of other Active Directory sites do not see it",
        "a connector for the whole organisation to adopt",
        "Declare is_scoped_connector: false to lift that, or true to keep it, or declare the connector's name if it is"
        " meant as it is.",
    ),
    "no_connector_left": (
        "that no enabled connector for every domain (*) would be left",
        "one that takes the mail (it would stand in the queues)",
        "Declare one; if mail shall stop, say so with confirm_no_smarthost: true.",
    ),
    "only_dns_left": (
        "that only {names} would be left, which sends straight by DNS",
        "a smart host (mail from a dynamic address is refused by most receivers)",
        "Declare smart_hosts; if mail shall leave by DNS, say so with confirm_no_smarthost: true.",
    ),
    "host_busy": (
        "another run at work on this host: {holder}",
        "one at a time, since each decides by what it has read ({path})",
        "Nothing was written by this one. Run it again when the other has ended.",
    ),
    "lock_unknown": (
        "a file system that cannot lock {path} ({problem})",
        "one on which runs can keep each other off",
        "Nothing was written on the host. Declare a backup_dir on a disk of this controller: some network file systems"
        " know no locks.",
    ),
    "plan_not_approved": (
        "a plan with the digest {digest}",
        "the approved plan {approved}",
        "The host or the inventory has changed since. Run with --check --diff, look, and approve the new digest.",
    ),
    "noun_not_tried": (
        "{noun} not tried, since {before} before it failed",
        "{before} as it should be",
        "Mend what is said of {before} and run again: {noun} then goes on.",
    ),
    "nouns_failed": (
        "{failed} failed; not tried: {left}",
        "all nouns as they are declared",
        "As declared, or on the way there as planned: {done}. Mend the reasons and run again; it goes on from there.",
    ),
    "noun_no_mapping": ("{noun}: a {type}", "a mapping of its options", "Write it as in the documentation."),
    "two_connectors": (
        "both send_connector and smarthost_account",
        "one of them",
        "Leave send_connector out: smarthost_account keeps the connector as well, by its option connector.",
    ),
    "nothing_declared": ("nothing declared", "one of {nouns}", "Declare what the server's mail flow should be."),
    "noun_not_declared": (
        "only: {noun}",
        "nouns that are declared ({declared})",
        "Correct the name, or declare it.",
    ),
    "run_options_differ": (
        "{names} with different values",
        "one value for the whole run",
        "Declare {option}, or the same value for each.",
    ),
    # The host and its agent
    "exchange_too_new": (
        "Exchange 2013 or later ({version})",
        "Exchange 2010 (version 14)",
        "Nothing was loaded: Microsoft warns of damage when the snap-in runs there. Later versions are not supported"
        " yet.",
    ),
    "exchange_too_old": (
        "Exchange version {version}",
        "Exchange 2010 (version 14)",
        "This host cannot be managed; take it out of the group.",
    ),
    "exchange_missing": (
        "no Exchange 2010 with its management shell ({host_says})",
        "an Exchange 2010 server",
        "Check that the inventory names the SBS host itself, and that Exchange's management tools are installed on it.",
    ),
    "exchange_not_loaded": (
        "the Exchange shell does not load: {host_says}",
        "the snap-in (or, if asked for, the endpoint) in a WinRM logon",
        "Raise MaxMemoryPerShellMB (README, 'What a real host needs'), and check that the account is an Exchange"
        " administrator. If the snap-in still does not load, exchange_connection: endpoint goes without it.",
    ),
    "snapin_needs_old_runtime": (
        "a PowerShell in which Exchange 2010's snap-in must not be loaded: {host_says}",
        "PowerShell 2.0 on the CLR 2.0, as on an untouched SBS 2011 (WMF 3.0 or later has changed that)",
        "Declare exchange_connection: endpoint with exchange_login, which needs no snap-in; or take the WMF off the"
        " server, since Exchange 2010 is not supported with it. What needs no Exchange goes on as it is.",
    ),
    "not_this_server": (
        "the Exchange servers {names}, none of which is this host ({computer})",
        "an Exchange server",
        "Run against the Exchange server itself.",
    ),
    "step_failed": (
        "{command} failed on {target}: {host_says}",
        "the step to succeed",
        "{done} of {total} steps were done before it, {left} not tried. Correct the cause and run again; it goes on"
        " from there.",
    ),
    "step_failed_others_done": (
        "{command} failed on {target}: {host_says}",
        "the step to succeed",
        "{done} of {total} steps were done all the same, {failed} failed. Correct the cause and run again; it goes on"
        " from there.",
    ),
    "read_failed": (
        "{command} failed: {host_says}",
        "to read the host's state",
        "Nothing was written. Check that the account is a domain administrator or an Exchange administrator.",
    ),
    "read_back_failed": (
        "the plan carried out, and then {command} failed: {host_says}",
        "to read the host's state back",
        "Every step was done; only the proof is missing. Run again: it begins by reading.",
    ),
    "read_back_differs": (
        "after the plan still other values: {changes}",
        "the declared ones",
        "The host took the plan and shows something else; another program may have written there at the same time. Look"
        " at it there before you run again.",
    ),
    "reply_missing": (
        "no reply of the agent (exit code {code}; its output begins {beginning})",
        "a reply between its two marks",
        "Check that PowerShell starts on the host, and that its memory quota is raised (README, 'What a real host"
        " needs').",
    ),
    "reply_cut": (
        "a reply of the agent that is cut or garbled",
        "a whole reply between its marks",
        "Run again. If it happens again, raise MaxMemoryPerShellMB on the host (README, 'What a real host needs').",
    ),
    "agent_died": (
        "no answer to what needs Exchange: {host_says}",
        "an answer to every step",
        "What needs no Exchange was answered. Raise MaxMemoryPerShellMB (README, 'What a real host needs'): a shell has"
        " too little for the snap-in at first. If its process dies all the same, exchange_connection: endpoint goes"
        " without the snap-in.",
    ),
    "reply_too_large": (
        "a reply of the agent of more than {limit} bytes when it is unpacked",
        "less",
        "Nothing of it was used. Look at what the host answers: no state that this collection reads is that large.",
    ),
    "reply_foreign": (
        "a reply of protocol {protocol}",
        "protocol {expected}",
        "Two versions of sbs.mailflow are mixed on this controller; install one.",
    ),
    "request_refused": (
        "the agent refused the request: {host_says}",
        "to be understood",
        "This is a fault of sbs.mailflow; please report it with this message.",
    ),
    "request_too_large": (
        "a single step of {size} bytes",
        "at most {limit} bytes on stdin",
        "Declare less at once.",
    ),
    "connection_lost": (
        "the connection broke while {what} ran ({host_says})",
        "an answer",
        "{outcome} Run again: it goes on from there.",
    ),
    "unreachable": (
        "no WinRM connection: {host_says}",
        "a host that answers and takes the login",
        "Check ansible_host, ansible_port, ansible_user and the password, and that WinRM is enabled (README).",
    ),
    "timed_out": (
        "no end after {seconds} seconds",
        "an answer within the action's timeout",
        "{outcome} The shell on the host was closed. Look at the host, then run again, with a larger timeout if need"
        " be.",
    ),
    "timed_out_proving": (
        "{found}, while a login was tried",
        "the server's word within the action's timeout",
        "Nothing was written on the host, and its shell was closed. Run again, with a larger timeout if need be.",
    ),
    "timed_out_waiting": (
        "{found}, while Exchange's protocol log was read",
        "Exchange's own word within the action's timeout",
        "The login {address} is written and read back; whether it works shows with the next message.",
    ),
    "timed_out_reading": (
        "{found}",
        "the host's state within the action's timeout",
        "Nothing was written on the host, and its shell was closed. Look at the host, then run again, with a larger"
        " timeout if need be.",
    ),
    "connection_in_clear": (
        "WinRM over http with the transport {transport}, which sends user, password and every request in the clear",
        "a connection that nobody on the way can read",
        "Set ansible_winrm_transport: ntlm, which encrypts over http on port 5985; or ansible_winrm_scheme: https with"
        " ansible_port: 5986. Nothing was sent.",
    ),
    "connection_never_encrypted": (
        "ansible_winrm_message_encryption: never over http, which sends every request in the clear",
        "a connection that nobody on the way can read",
        "Leave ansible_winrm_message_encryption out (auto encrypts over http); or set ansible_winrm_scheme: https with"
        " ansible_port: 5986. Nothing was sent.",
    ),
    "become_refused": (
        "become: true",
        "no become",
        "Log in as the account that shall act: WinRM ignores become for this action, and it would run as the login"
        " user.",
    ),
    "delegated": (
        "delegate_to: {delegated}",
        "a task that is not delegated",
        "Run it on the server's own inventory entry (hosts, add_host): variables, saved states and ledger would be"
        " those of {host}, and the changes would happen elsewhere.",
    ),
    "connection_refused": (
        "the connection {connection}",
        "ansible_connection: winrm",
        "Only winrm carries the agent to a stock SBS 2011 (psrp and ssh need newer software there).",
    ),
    "internal": (
        "an unforeseen {type}",
        "to get through",
        "This is a fault of sbs.mailflow; please report it. {outcome}",
    ),
    # The POP3 connector
    "pop3_no_mapping": ("a {type}", "{expected}", "Write it as in the documentation."),
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
        "another account, which becomes this one, and no state: absent",
        "Leave it out.",
    ),
    "pop3_declared_twice": ("the account {account} twice", "each account once", "Take one of them out."),
    "pop3_replaced_twice": (
        "the account {account} replaced by two accounts",
        "one that it becomes",
        "Take one of the two replaces out.",
    ),
    "pop3_replaced_declared": (
        "the account {account} both replaced and declared itself",
        "one of the two",
        "Take it out of accounts, or take replaces out.",
    ),
    "pop3_same_mailbox": (
        "several accounts for one mailbox of a provider: {accounts}",
        "one account for each mailbox (the connector deletes there what it has fetched)",
        "Leave one of them, and let the provider or Exchange hand the mail on to others.",
    ),
    "pop3_exclusive_of_nothing": (
        "exclusive: true without accounts",
        "the accounts that are to stay",
        "Declare accounts; an empty list stands for none.",
    ),
    "pop3_interval_missing": (
        "no interval_minutes",
        "how many minutes lie between two fetches",
        "Declare it, or state: absent.",
    ),
    "pop3_interval_too_short": (
        "interval_minutes: {minutes}",
        "{least} or more, as the provider of {account} wants",
        "Raise it: a login that comes too early is refused.",
    ),
    "pop3_key_unfit": (
        "the key {name}",
        "a key of the file for this option, on one line, without a colon, that is not one of the publicly known keys",
        "Take it as playbooks/learn_pop3_connector.yml found it.",
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
        "another text for each value",
        "Learn the map again.",
    ),
    "pop3_key_not_known": (
        "the option {option}, whose key in this host's file is not known",
        "a key map that was learnt on this host",
        "Nobody has published where the file has it, and nothing is guessed: run playbooks/learn_pop3_connector.yml"
        " with learn_option={option}, and declare the key map that it writes. Or leave the option out.",
    ),
    "pop3_form_not_known": (
        "{option}: {value}, of which the key map does not know how the file says it",
        "a value of the key map",
        "Learn it: run playbooks/learn_pop3_connector.yml with learn_option={option} for this value.",
    ),
    "pop3_file_missing": (
        "no accounts file ({host_says})",
        "the file of an SBS with at least one POP3 account",
        "Make one account in the SBS console (Network, Connectivity, POP3 Connector), or correct file.",
    ),
    "pop3_file_unreadable": (
        "an accounts file that cannot be read without loss ({host_says})",
        "text that can be written again byte for byte",
        "Nothing was written. Look at the file on the host; a backup of it can be put back with"
        " playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_file_damaged": (
        "a damaged accounts file ({what})",
        "lines that the connector has written",
        "Nothing was written. Put a backup back with playbooks/restore_pop3_connector.yml (beside the file: {backups}),"
        " or make the accounts anew in the SBS console.",
    ),
    "pop3_file_cut": (
        "an accounts file that ends within an account",
        "a line - at the end of each",
        "Nothing was written. Look at it in the SBS console, or put a backup back with"
        " playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_file_changed": (
        "another accounts file than the plan was made for ({host_says})",
        "the file as it was read",
        "Nothing was written. If the SBS console is open, close it and run again. If the service itself rewrites the"
        " file when it stops, run once with service_state: stopped and no change of accounts, then with the accounts,"
        " and at last with service_state: running.",
    ),
    "pop3_file_locked": (
        "an accounts file that is held open ({host_says})",
        "to read and write it",
        "Nothing was written. Close the SBS console on the host, and run again.",
    ),
    "pop3_not_written": (
        "an accounts file that could not be written ({host_says})",
        "room and rights beside it",
        "The file is as it was. Look at the disk and the folder's rights, and run again.",
    ),
    "pop3_service_missing": (
        "no service of the POP3 connector ({host_says})",
        "the service pop3connector",
        "Check that the host is an SBS 2008 or 2011, or declare service.",
    ),
    "pop3_service_not_stopped": (
        "a service that does not stop ({host_says})",
        "the service stopped before the file is written",
        "Nothing was written. Look at the service on the host, and run again.",
    ),
    "pop3_service_not_started": (
        "a service that does not start ({host_says})",
        "the service to run",
        "What the plan says of the file is written. Look at the service and the newest log on the host"
        " (playbooks/fetch_pop3_connector.yml shows it); the backup can be put back with"
        " playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_marker_unreadable": (
        "the mark of a write that was interrupted, which does not say whether the service ran before",
        "running or stopped",
        "Declare service_state: running or stopped.",
    ),
    "pop3_entropy_missing": (
        "no usable entropy for a password ({host_says})",
        "an Entropy line above each password",
        "Nothing was written. Without it no password can be encrypted: make the account in the SBS console.",
    ),
    "pop3_entropy_shared": (
        "passwords that stay and need the Entropy line of an account that is added or removed",
        "each of them to keep the entropy that it is encrypted with",
        "Do it in the SBS console.",
    ),
    "pop3_equal_accounts": (
        "accounts that are equal: {accounts}",
        "one of each, to tell which is meant",
        "Neither is touched. Remove one of them in the SBS console.",
    ),
    "pop3_replaced_still_there": (
        "the account {account} beside {old}, which it is to replace",
        "one of the two",
        "Take replaces out, and declare the old one with state: absent and allow_removal: true.",
    ),
    "pop3_removal_not_allowed": (
        "accounts to remove: {accounts}",
        "allow_removal: true",
        "Declare it, or remove them in the SBS console. That the connector takes it is not publicly known; the file is"
        " saved on the host before.",
    ),
    "pop3_key_missing": (
        "not one line with the key {name} in the account",
        "exactly one (no line is added, since its place is not known)",
        "Correct the key map, or change the account in the SBS console.",
    ),
    "pop3_begin_unknown": (
        "an account of which it cannot be told where it begins, behind the head of the file",
        "another account to compare it with",
        "Make a second account in the SBS console.",
    ),
    "pop3_nothing_to_clone": (
        "no account on the host",
        "one after which a new one can be made",
        "Make one account in the SBS console; from then on accounts can be declared. If there were accounts, put a"
        " backup back with playbooks/restore_pop3_connector.yml.",
    ),
    "pop3_clone_unknown_key": (
        "a line {name} in the account, whose meaning is not known",
        "only lines that may be had twice in a new account",
        "It may be an identifier, a last status, or the mailbox. Learn its meaning with"
        " playbooks/learn_pop3_connector.yml, or, where it may be copied, name it in key_map.copy_as_is.",
    ),
    "pop3_clone_undeclared": (
        "no {option} declared for a new account, which would take it over from {account}",
        "every mapped option of a new account",
        "Declare it, or name its key {name} in key_map.copy_as_is.",
    ),
    "pop3_mailbox_missing": (
        "a new account without mailbox",
        "the mailbox that gets its mail",
        "Declare it: it is never taken over from another account.",
    ),
    "pop3_mailbox_unfit": (
        "mailbox: {value}",
        "one plain address, without wildcard, name or scheme (this host's file holds the address as it is)",
        "Correct it. Where the file holds something else than addresses, list it as values of key_map.mailbox.",
    ),
    "pop3_target_missing": (
        "the mailbox {target}, which no recipient of this Exchange has",
        "a mailbox, distribution group or public folder here that gets the mail",
        "Nothing was written: the connector deletes at the provider what it has fetched, and this mail would be lost."
        " Correct mailbox, or make the recipient first.",
    ),
    "pop3_target_outside": (
        "the mailbox {target}, which leads outside ({way})",
        "a mailbox, distribution group or public folder here that gets the mail",
        "Nothing was written: mail that is fetched and sent out again comes back, and so goes round for ever. Declare"
        " another mailbox, or have the provider forward it.",
    ),
    "pop3_target_exchanges": (
        "the mailbox {target}, which is Exchange's own ({kind})",
        "a mailbox, distribution group or public folder here that gets the mail",
        "Nothing was written: it takes no mail from outside, or nobody reads it. Declare another mailbox.",
    ),
    "pop3_target_unproven": (
        "the mailbox {target}, of which Exchange could not say whether it is there ({text})",
        "a mailbox that is proven, or that another account of the file has already",
        "Nothing was written: mail that is fetched for a mailbox that is not there is lost. Correct exchange_connection"
        " and the rights of the account, or look yourself and declare confirm_mailbox: true.",
    ),
    "pop3_password_missing": (
        "a new account without password",
        "the mailbox's password",
        "Take it from ansible-vault.",
    ),
    "pop3_text_not_writable": (
        "the text {text}, in a file whose encoding is {encoding}",
        "characters that the file can hold beyond doubt",
        "Nothing was written. Make one account with such a character in the SBS console, which shows the encoding, or"
        " do without it.",
    ),
    "pop3_fetched_already": (
        "that {others} fetches the same mailbox",
        "one account for each mailbox of a provider (the connector deletes there what it has fetched)",
        "Let this account replace it (replaces), or remove it in the same run (state: absent, allow_removal: true).",
    ),
    "pop3_other_collector": (
        "another program that fetches mail ({services}), beside new or changed accounts: {accounts}",
        "one program for each mailbox (each deletes there what it has fetched)",
        "Look which mailboxes it fetches. If none of these, declare confirm_no_other_collector: true.",
    ),
    "pop3_proof_without_password": (
        "another login, and no password to prove it with",
        "the account's password",
        "Declare password, or validate_logins: false.",
    ),
    "pop3_clear_text": (
        "a login that goes over the net in the clear ({why})",
        "TLS, or your word that it may be read on its way: the connector logs in so, and a proof would",
        "Nothing was written or sent. Declare ssl: true and the port for it (995), or confirm_clear_text: true;"
        " validate_logins: false writes without proof.",
    ),
    "pop3_proof_too_soon": (
        "a login that was tried less than {minutes} minutes ago",
        "a pause of {minutes} minutes between two logins of a mailbox, as the provider wants",
        "Nothing was written. It can be proven from {moment} on: run again then.",
    ),
    "pop3_login_refused": (
        "a login that cannot be proven from this host (at {stage}: {text})",
        "the provider to take it before the account is written",
        "Nothing was written. Correct server, port, ssl, username or password; some providers refuse every login for a"
        " while after one that came too early. validate_logins: false writes without proof.",
    ),
    "pop3_many_waiting": (
        "{number} messages that wait in the mailbox ({text})",
        "at most {most}, and to know how many",
        "Nothing was written. The connector fetches them all and deletes them at the provider: look at server, username"
        " and mailbox once more, then declare confirm_first_fetch: true.",
    ),
    "pop3_backup_unknown": (
        "no backup {backup} beside the file",
        "one of {known}",
        "Give the name that a run reported as host_backup, or run without one to list them.",
    ),
    "pop3_backup_of_saved_gone": (
        "no backup beside the file that is what {path} tells of",
        "one of {known}",
        "Look which of them was made then, and name it as backup (playbooks/restore_pop3_connector.yml takes it).",
    ),
    "pop3_learn_incomplete": (
        "no option, or no value for it",
        "what is changed in the SBS console between the two looks: option (mailbox, ssl, logon or interval) and value",
        "Declare both.",
    ),
    "pop3_learn_no_snapshot": (
        "no first look at this host for this option ({path})",
        "one from before the change",
        "Run the stage before, change that one option of one account in the SBS console, then run the stage after.",
    ),
    "pop3_learn_other_lines": (
        "an accounts file whose lines are others than before",
        "the same lines, of which one has another value",
        "Nothing was learnt. Change one option of one account only, and add or remove none; then begin again.",
    ),
    "pop3_learn_ambiguous": (
        "several changed lines: {lines}",
        "one",
        "Nothing was learnt. Change one option of one account only, and begin again.",
    ),
    "pop3_learn_known_key": (
        "a change of {line}",
        "the line of the option {option}, whose key is not publicly known",
        "Nothing was learnt. Change this one option in the SBS console and nothing else, and begin again.",
    ),
    "pop3_learn_no_account": (
        "a change of {line}, which is in no account",
        "one in the account that was changed",
        "Nothing was learnt. Look at the report, and begin again.",
    ),
    "pop3_learn_other_account": (
        "a change of the account {found}",
        "one of {wanted}",
        "Nothing was learnt. Change that account, or declare the other one, and begin again.",
    ),
    "pop3_learn_not_in_file": (
        "the same accounts file as before; changed is: {found}",
        "another value of {option} in it",
        "Nothing was learnt: either the console did not save the change, or this host keeps the option elsewhere, where"
        " this collection does not write.",
    ),
    "pop3_learn_contradicts": (
        "that {path} says something else of {option}: {found}",
        "one truth",
        "Nothing was written. Learn it again, and declare overwrite: true if the new one is right.",
    ),
    "pop3_map_file_foreign": (
        "a file {path} that holds something else than pop3_connector_key_map",
        "a file of its own for the map",
        "It is left as it is. Declare another path.",
    ),
    "pop3_task_foreign": (
        "a scheduled task {name} that runs something else ({runs})",
        "no task of that name, or one that fetches mail",
        "Declare another name in fetch_task.",
    ),
    "pop3_program_missing": (
        "no program of the POP3 connector ({host_says})",
        "Pop3Connector.exe",
        "Check that the host is an SBS 2008 or 2011; pop3_connector_fetch takes another place of it as program.",
    ),
    "schtasks_failed": (
        "schtasks refused ({host_says})",
        "the scheduled task in its declared state",
        "Look at the Task Scheduler on the host, and run again.",
    ),
    # Saving and restoring
    "backup_failed": (
        "the state before cannot be saved to {path} ({problem})",
        "a place on the controller that can be written",
        "Nothing was written on the host. Declare backup_dir.",
    ),
    "backup_file_missing": (
        "no backup_file and no run",
        "the path of a saved state, as a run reported it, or one of the runs: {known}",
        "Declare backup_file, or run.",
    ),
    "restore_named_twice": (
        "{named}",
        "one of backup_file, run and backup",
        "Take the others out.",
    ),
    "run_unknown": (
        "no run {run} with a saved state in {path}",
        "last, or one of the runs: {known}",
        "Declare one of them, or the backup_dir of that run; or name a single saved state in backup_file.",
    ),
    "run_incomplete": (
        "of the run {run} only these files, or some of them twice: {files}",
        "all that it had saved, each once",
        "Bring back what was moved or edited; or name each saved state in backup_file, the connector's before the"
        " addresses'.",
    ),
    "runs_unread": (
        "a folder of saved states in {path} that cannot be read ({problem})",
        "a folder whose files can be listed",
        "Make it readable, or declare its real place as backup_dir; or name a single saved state in backup_file.",
    ),
    "run_overtaken": (
        "later runs that have changed what the run {run} has changed: {later}",
        "none, or none that was not put back since",
        "Put those back first, the newest first; or name each saved state that is to come back in backup_file.",
    ),
    "run_unreadable": (
        "a saved file that cannot be read, or is damaged: {path}",
        "saved states of which each says whose it is and to which run it belongs",
        "If it is surely of another run, move it elsewhere; if not, name each saved state in backup_file, the"
        " connector's before the addresses'.",
    ),
    "restore_stopped": (
        "{failed} failed; saved states that were not tried any more: {left}",
        "all of them put back",
        "As they were saved: {done}. See to what failed, and run the restore again: it goes on from there.",
    ),
    "backup_unreadable": (
        "the file {path} ({problem})",
        "a saved state, as backup_file reports it",
        "Give the path that the run reported.",
    ),
    "backup_of_other_host": (
        "a saved state of the host {saved}",
        "one of {host}",
        "Take this host's own file; or, if both are one server, accept_identity: {identity} says so.",
    ),
    "other_server": (
        "{saved} in {path}, and a host that says it is {here}",
        "the same server in both (inventory name/computer/SID of the domain)",
        "Check ansible_host, and whose file that is; nothing was written. If both are one server (renamed, replaced, or"
        " named otherwise in the inventory), accept_identity: {saved} says so.",
    ),
    "server_changed": (
        "an answer of {here} after one of {before}",
        "one server for the whole run",
        "Check ansible_host: its name must not lead to several servers in turn. Run it again to see what was done.",
    ),
    "restore_needs_login": (
        "a saved connector with the login {username}, and no password for it",
        "the login in the option logins (no host gives a password back)",
        "Declare it there, with username, password and created.",
    ),
    "restore_login_untold": (
        "a removed connector that logged in, of which the saved state does not tell as whom (the host did not)",
        "a login that is known: no connector is created to log in without one",
        "Create it with send_connector first, under this name and with its login (username, password and created); then"
        " restore: that login stays.",
    ),
}

NOTICES: dict[str, str] = {
    "shell_memory_low": "WinRM gives a shell {found} MB on this host: loading Exchange's snap-in will fail below"
    " {enough} MB. Raise MaxMemoryPerShellMB (README, 'What a real host needs').",
    "no_changes": "no changes",
    # Where the controller keeps what it knows
    "place_linked": "Ledger and saved states stay in {place}, where they were kept beside the playbook until now. From"
    " now on every playbook finds them there, by the link {link} beside the inventory; declare backup_dir for another"
    " place.",
    "place_left": "{left} holds a ledger or saved states as well, which this run does not ask: it keeps all in {place},"
    " beside the inventory. Move what is still wanted there, or declare backup_dir, and remove the other folder.",
    # What the packaged table knows of a provider
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
    "steps_left_out": "{number} more steps are not shown here. The diff (--diff) names every object, and the saved"
    " state of a run (backup_file) holds the whole plan.",
    "and_more": "{beginning}, and {number} more",
    "no_run": "no run at all",
    "run_listed": "{run} ({moment}: {nouns})",
    "restore_listed": "{run} ({moment}, a restore: {nouns})",
    "undone_listed": "{run} ({moment}, put back: {nouns})",
    "run_back_already": "The run {run} was put back before, so only what was changed since comes back. The runs before"
    " it: {known}.",
    "restore_not_noted": "What was put back could not be noted in {path}, so a restore of an earlier run will count it"
    " as not put back.",
    "blank_in_username": "The user name {username} has a blank in it, which few servers mean.",
    "blank_around_password": "The password of {username} begins or ends with a blank, which few servers mean.",
    "no_login": "no login",
    "unknown_login": "a login that the host does not tell",
    "any_domain": "every domain",
    "hidden_value": "a text that is not repeated here, since it might be a password",
    "password_prompt": "Password of {username}",
    "password_hidden": "(never read)",
    "password_will_be_written": "(written: {why})",
    "password_not_declared": "no login is declared",
    "password_of_removed": "the connector is to be absent",
    "password_for_new_connector": "the connector is created",
    "password_always": "update_password is always",
    "password_on_create": "update_password is on_create",
    "password_on_create_other_login": "update_password is on_create, though the login is {found}",
    "password_kept": "{username} is the login already, and update_password is auto",
    "password_for_new_login": "the login changes from {found} to {username}",
    "password_rotated": "it is another one than was written last",
    "password_restored": "the saved login is put back",
    "young_login_kept": "The login {username} is too young and in use already: it is kept, and old enough on {relief}."
    " Until then the provider may throttle it.",
    "age_denied": "The ledger knows better of {found}. {remedy} The login is in use already and stays.",
    "adopted": "The existing connector '{name}' is adopted for '{wished}'; it keeps its name.",
    "other_route": "Mail to {spaces} may leave by the connector '{name}' ({way}) instead of '{own}'. Switch it off, or"
    " declare it in known_routes if it is meant.",
    "routes_compete": "The connectors '{one}' and '{two}' take mail to {spaces} at the same cost: Exchange chooses"
    " between them by itself. Switch one off, or give it a higher cost.",
    "look_alike_left": "There is no connector '{wished}' to remove, but '{name}', whose name looks like it: that one"
    " stays.",
    "used_by_other_servers": "Only {servers} use the connector '{name}', not this server ({server}): no mail leaves"
    " from here by it. Declare source_transport_servers, as it is if it is meant so.",
    "connector_scoped": "The connector '{name}' is scoped: servers of other Active Directory sites do not see it."
    " Declare is_scoped_connector, as it is if it is meant so.",
    "certificate_needs_name": "A smart host given as an IP address: with BasicAuthRequireTLS its certificate has to"
    " carry exactly that name, which is unlikely.",
    "fqdn_unused_on_sbs": "fqdn: Microsoft says that Exchange 2010 on a server with Hub Transport and Mailbox role (an"
    " SBS) does not use it.",
    "domain_secure_without_effect": "domain_secure_enabled: works only with DNS routing and STARTTLS.",
    "login_left_stored": "The login {found} stays stored on '{name}', unused: it had none before.",
    "restored_login_untold": "As whom '{name}' logged in is not in the saved state, since the host did not tell: it"
    " keeps the login that it has now.",
    "login_not_told": "The connector '{name}' logs in, and the host does not tell as whom: a declared login"
    " counts as another one, and is written in every run unless update_password: on_create is declared.",
    "login_given_up": "The login {found} stays stored on '{name}', unused: whether Exchange takes it away is not known."
    " To have it gone, remove the connector and let it be created anew.",
    "delay_before_retries_end": "delay_notification_timeout: {delay} is no longer than all tries of a connection take"
    " ({retries}: transient_failure_retry_count times transient_failure_retry_interval), so senders hear of a delay"
    " that ends by itself. Microsoft advises a longer one.",
    "saved_connector_gone": "The send connector '{name}' is not there any more, so its smtp_max_messages_per_connection"
    " was not put back.",
    "log_without_folder": "{log}_path is empty while {log}_enabled is true: Exchange then writes errors to its event"
    " log instead. To end the log, set {log}_enabled to false.",
    "snowball": "Each waiting message is tried up to {per_message} times an hour (message_retry_interval). The provider"
    " takes {provider} messages an hour: more than {backlog} waiting messages make more attempts than it takes, and"
    " where it counts refused ones, none gets through any more. Declare a longer message_retry_interval, or leave it to"
    " calm_for_per_hour.",
    "snowball_of_unknown_rate": "Each waiting message is tried up to {per_message} times an hour"
    " (message_retry_interval). At a provider that throttles and counts refused attempts, a backlog then grows by"
    " itself. Declare calm_for_per_hour or calm_for_provider.",
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
    # The queues
    "queue_healthy": "Nothing stands out: {waiting} messages wait for the smart host.",
    "queue_snowball": "{throttled} messages were refused because of the provider's rate, and there are up to {attempts}"
    " attempts an hour where the provider takes {rate}: the attempts themselves keep the rate exceeded.",
    "queue_snowball_blind": "{throttled} messages were refused because of the provider's rate, and what waits is tried"
    " up to {likely} times an hour. How much the provider takes is not declared; at most providers that is more.",
    "queue_backlog": "{waiting} messages wait, more than half of the {rate} that the provider takes in an hour.",
    "queue_old": "The oldest message has waited for {hours} hours.",
    "queue_expires": "The first message is given up in {hours} hours, and its sender gets a report of non-delivery.",
    "queue_refused": "{count} messages did not leave ({kind}: {meaning}): {words}.",
    "queue_came_back": "{count} messages of {senders} senders ({sender}) came back for good ({kind}: {meaning}):"
    " {words}.",
    "no_words": "no words",
    "queue_came_back_before": "{count} messages of {senders} senders ({sender}) came back for good ({kind}: {meaning}):"
    " {words}. Mail has left since, and for an hour none has come back for that: it counts as repaired.",
    "queue_automatic_came_back": "{count} automatic replies or reports, which have no sender, came back for good"
    " ({kind}: {meaning}): {words}. Mail that people write is not touched by that.",
    "queue_given_up": "{count} messages were given up after they had waited in the queue for too long, and their"
    " senders got reports of non-delivery.",
    "queue_unreached": "{count} messages came back because no name server, or no road of this server, leads to where"
    " they were to go.",
    "queue_more_came_back": "Mail came back for {count} more reasons or senders than are told here.",
    "queue_stuck": "Nothing has left for {hours} hours, though {waiting} messages wait.",
    "queue_untracked": "Message tracking is switched off: what came back, and whether anything leaves, cannot be seen.",
    "queue_tracking_unread": "Message tracking could not be read ({problem}): what came back, and whether anything"
    " leaves, cannot be seen. Look whether the service Microsoft Exchange Transport Log Search runs.",
    "queue_suspended": "The queue {identity} is suspended: nothing leaves it.",
    "queue_messages_held": "{count} messages are suspended one by one: they stay until somebody resumes them.",
    "queue_poison": "{count} messages stand in the poison queue: the transport service suspects them of having crashed"
    " it. Look at each before you resume or remove it.",
    "queue_unreachable": "{count} messages have no way out: no send connector takes their domain, or none is enabled.",
    "queue_submission": "{count} messages are not sorted yet. If they stay, look for back pressure (a full disk, event"
    " 15004 to 15007) on the server.",
    "queue_do_recover": "Do not resume, retry or resubmit anything by hand: each attempt counts. Look at what"
    " playbooks/recover_queue.yml --check says, then run it: it stops the queue (Suspend-Queue), calms the retry"
    " settings, lets an hour pass without attempts, logs in with a mailbox that is old enough, and lets the messages go"
    " in portions below the rate.",
    "queue_do_wait_or_recover": "Do not switch the login now: everything would be tried at once. Let the queue empty"
    " first.",
    "queue_do_unstick": "Look at the last error of the queue, at the line to the provider, and whether the transport"
    " service runs; then send one mail, and see what becomes of it.",
    "queue_do_resume": "Find out who suspended the queue, and why, before you resume it.",
    "queues_unread": "The queues could not be read ({problem}).",
    # What to do about a refusal, by its class
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
    # The recovery of a queue
    "recovery_nothing": "Only {waiting} messages wait, and a recovery begins from {minimum} on: nothing to do.",
    "recovery_silent": "The host does not answer ({problem}). What was done is in the file; the next look is in"
    " {seconds} seconds.",
    "recovery_waits": "Another run holds the host ({problem}). The next look is in {seconds} seconds.",
    "recovery_progress": "Stage {stage}: {kept} of {saved} messages are kept back, {sent} have left, {failed} have"
    " failed.",
    "recovery_progress_standing": "Stage {stage}: the queue is suspended, {saved} messages are saved.",
    "recovery_none_to_abandon": "No recovery is under way here: there is nothing to abandon.",
    "recovery_abandoned": "The recovery is being abandoned: {count} messages that were kept back are let go at once,"
    " although the provider takes {rate} an hour.",
    "recovery_queue_stands": "The queue of '{connector}' is suspended since {since} by this recovery (stage {stage}):"
    " no mail leaves over it until the recovery goes on. Run playbooks/recover_queue.yml again if it does not by"
    " itself.",
    "recovery_messages_held": "{count} messages are still kept back and are let go below {rate} an hour as the recovery"
    " goes on. Run playbooks/recover_queue.yml again if it does not by itself. New mail leaves.",
    "recovery_started_again": "The queue was started again in stage {stage}, by somebody or by a restart of the"
    " transport service: it is suspended once more, and the quiet time begins anew.",
    "recovery_foreign": "{count} messages were suspended one by one before this recovery: they stay so. With"
    " take_over_messages: true they are let go with the others, as after a recovery whose file is lost.",
    "recovery_expiry_helped": "The raised message_expiration_timeout helps {helped} of {total} messages that were"
    " queued already.",
    "recovery_expiry_no_help": "The raised message_expiration_timeout helps {helped} of {total} messages that were"
    " queued already: they are still given up when they would have been. New mail lives longer.",
    "recovery_hurries": "Messages might expire before their turn: {share} percent of the provider's rate are used as"
    " long as that is so.",
    "recovery_will_expire": "{count} messages expire before their turn at this rate, although they go first. Their"
    " senders get reports of non-delivery. A higher share_in_need lets more of them go in time.",
    "recovery_needs_login": "The connector still logs in as {found}. The recovery goes on once another mailbox that is"
    " old enough logs in, or with keep_login: true.",
    "recovery_queue_stopped": "The queue {identity} was suspended by somebody else: nothing is let go until it runs"
    " again.",
    "recovery_loose": "{count} messages were no longer kept back, as perhaps after a restart of the transport service:"
    " they are kept back again.",
    "recovery_halved": "{count} messages that were let go came back, refused for the provider's rate: they are kept"
    " back again, and the rate goes down from {before} to {rate} an hour.",
    "recovery_sender_refused": "The provider refuses the sender {sender} ({words}). {remedy} Until then {count}"
    " messages are kept back.",
    "recovery_all_refused": "The provider refuses what comes with this login ({words}). {remedy} Until then nothing"
    " is let go, and {count} messages are kept back.",
    "recovery_senders_unproven": "Whether the provider takes the senders that wait is not known for all ({problem}): of"
    " each who was not seen to pass one message goes first.",
    "senders_of_unknown_login": "the login {username} is none of the declared mailboxes",
    "all_with_this_login": "all that comes with this login",
    "senders_without_host": "the connector has no smart host",
    "recovery_goes_last": "{count} messages that were let go came back by themselves, each refused for a recipient, or"
    " for what it is, and not for the provider's rate: they are kept back again and go last, later each time.",
    "recovery_waits_for_others": "All else has left. {count} messages that came back by themselves, as from full"
    " mailboxes, are too many for Exchange's own retries: the next goes at {moment}. To end it before, remove them"
    " (remove_messages) or abandon it.",
    "recovery_link_dead": "The smart host takes nothing now ({words}): nothing is let go until it does.",
    "recovery_no_room": "New mail and what was tried in the last hour use up the share of the rate: nothing can be let"
    " go yet.",
    "recovery_too_large": "Messages with more recipients than the provider takes in an hour stay suspended: {names}."
    " Resume them by hand at a quiet time, or split them.",
    "recovery_still_queued": "{count} saved messages are still queued: refused for reasons of their own, or suspended"
    " before this recovery.",
    "recovery_still_warm": "More than half of an hour's rate has been let go in the last hour: the settings go back a"
    " little later, since new mail might be refused.",
    "recovery_stray": "Saved messages stand in the queue {queue}, which leads nowhere. Look at them before you resume"
    " them.",
    "recovery_setting_kept": "{option} is {value} now, which is neither what it was nor what this recovery wrote: it is"
    " left so.",
    "lock_holder": "{what} on {host}, process {pid}, since {since}",
    "lock_holder_unknown": "one that has not said who it is",
    "recovery_cut": "What took effect is read by the next tick, which goes on from there.",
    "ledger_suspended": "recovery: the queue of '{connector}' is being suspended",
    "ledger_resumed": "recovery: the queue of '{connector}' runs again",
    "backlog_of_unknown_rate": "{count} messages wait for the smart host, and how much the provider takes in an hour is"
    " not known (per_hour): a switch makes Exchange try all of them at once.",
    "backlog_unread": "How much mail waits for the smart host could not be read ({problem}). With a large backlog, a"
    " switch makes Exchange try all of it at once.",
    "account_in_use": "{address} is the first mailbox that may log in, and in use",
    "account_switched": "the login changes from {found} to {address}, the first mailbox that may log in",
    "account_postponed": "{address} may log in now; the switch waits until {moment}, when somebody can look",
    "account_none_usable": "no declared mailbox may log in",
    "account_back": "the new login was refused; back to {address}",
    "barred_login_kept": "The login {username} is in use and may not be chosen ({barred}): it is kept, since no other"
    " may log in.",
    "mailbox_passed_over": "The mailbox {address} is not tried: {barred}.",
    "foreign_login_kept": "The login {username} is none of the declared mailboxes: it is kept, since none of them may"
    " log in yet.",
    "unknown_login_kept": "None of the declared mailboxes may log in yet: the connector keeps its login, which the host"
    " does not tell.",
    "event_switch": "the login switches to {address}",
    "event_relief": "{address} is old enough",
    "never_observed": "it was never seen to log in, and require_observed_age is true",
    "refused_before": "the provider refused this password on {moment} ({text}); it is not tried again before {again},"
    " unless another one is declared, or retry_refused: true",
    "refused_with_others": "the provider refused this password on {moment} together with another one, as in an"
    " outage; it is not tried again before {again}",
    "certificate_refused": "the certificate does not fit",
    "connector_unused": "smarthost_account keeps the connector, so these variables are not used: {names}.",
    "ledger_new": "The ledger {path} is new, although {connector} logs in with {address} already. That is right where"
    " sbs.mailflow begins its work here. If it has run on this server before, its ledger was lost, and with it when"
    " each mailbox was first seen to log in, which login was refused, and which password was written: put the old file"
    " back. A job of AWX or of an execution environment loses it at its end, unless backup_dir is on a volume that"
    " stays (docs/awx.md).",
    "password_unknown": "The ledger does not know which password was written for {address}, so none is written unasked;"
    " if it has changed, run once with update_password: always.",
    "no_way_back": "The login {address} in use now was not proven ({text}): there is no way back.",
    "proof_proves": "that the provider takes this login from the agent; not that Exchange's own SMTP can use it, which"
    " only its protocol log shows",
    "exchange_silent": "No new session of Exchange within {seconds} seconds after {address} was written: whether its"
    " login works shows with the next message.",
    "exchange_ended": "Exchange has opened a session for {address}, and it ended before the login was taken ({text}):"
    " nothing leaves like this. Exchange tries again by itself; if that goes on, look at TLS and at the provider's"
    " words. The way back: {way_back}.",
    "way_back_previous": "put {previous} first in smarthost_account_mailboxes, or run"
    " playbooks/restore_send_connector.yml with the state that was saved",
    "way_back_saved": "playbooks/restore_send_connector.yml with the state that was saved",
    "exchange_unread": "Exchange's protocol log could not be read ({problem}): whether the login {address} works shows"
    " with the next message.",
    "log_nowhere": "the host names no folder for it",
    "clock_off": "The host's clock is {skew}.",
    "clock_ahead": "{length} ahead of the controller's",
    "clock_behind": "{length} behind the controller's",
    # The POP3 connector
    "change_told": "{option}: {before} -> {after}",
    "own_command": "({command} is the agent's own command; it cannot be run by hand)",
    "pop3_damage_nul": "there are NUL characters in it",
    "pop3_damage_bytes": "there are bytes in it that are no text",
    "pop3_damage_lines": "none of its lines is one of an accounts file",
    "pop3_no_backup_there": "there is none",
    "pop3_password_declared": "(the declared one)",
    "pop3_password_state": "(never read; {state})",
    "pop3_learn_line": "the line {name} in block {number}",
    "pop3_learn_file": "the file {path}",
    "pop3_learn_nothing": "nothing at all",
    "pop3_learn_evidence": "{option} set to {value} in the SBS console changed {line}, and no other",
    "pop3_learn_interval": "The interval is only reported, never written. What changed: {places}.",
    "pop3_map_file_head": "Learnt on the host {host} with playbooks/learn_pop3_connector.yml.",
    "pop3_no_answer": "no answer of the host came",
    "pop3_no_backup": "none, for there is no backup",
    "pop3_present_file": "the present file of {length} bytes",
    "pop3_exit_code": "The connector's program ended with the exit code {code}; what that means is not publicly known.",
    "pop3_nothing_taken": "Nothing was taken from {account}: {after} messages still wait there, {before} did before. A"
    " refused login, RETR or DELE or a session that is cut before QUIT leaves them; some may have been delivered all"
    " the same, and are again with each fetch. Look at the newest log.",
    "pop3_partly_taken": "{after} of {before} messages still wait for {account}, or others have come since: look at the"
    " newest log.",
    "pop3_others_came": "{after} messages wait for {account}, {before} did before, and they are not the same: others"
    " have come since, so whether any were taken is not known. Look at the newest log.",
    "pop3_not_asked": "What was taken from {account} is not known: {text}.",
    "pop3_count_too_soon": "not asked, since its provider wants {minutes} minutes between two logins, and the fetch is"
    " one",
    "pop3_count_unreadable": "not asked, since its stored password does not open on this computer",
    "pop3_count_clear": "not asked, since the login would go in the clear (confirm_clear_text)",
    "pop3_count_port": "not asked, since its port is none",
    "pop3_count_no_time": "not asked, since the providers of others took too long to answer",
    "pop3_count_running": "not asked again, since the program still runs",
    "pop3_bad_mail": "{number} messages that the connector could not deliver lie in {folder}, {new} of them since this"
    " fetch began.",
    "pop3_interrupted": "A write of the accounts file was interrupted, and the service may be left stopped: the next"
    " run of pop3_connector puts it right.",
    "pop3_ssl_false": "ssl: false",
    "pop3_ssl_unknown": "whether it has ssl is not known, as neither the key map nor port 995 says so",
    "pop3_clear_text_told": "The connector logs in at {accounts} in the clear: whoever is on the way can read name and"
    " password.",
    "pop3_no_tls": "the server speaks without TLS on this port, which goes with ssl: false; TLS is mostly on port 995",
    "pop3_tls_first": "the server waits for TLS on this port, which goes with ssl: true; without it is mostly port 110",
    "pop3_tls_newer": "the server speaks newer TLS than 1.2 only, which neither this Windows nor the connector can",
    "pop3_certificate_refused": "its certificate does not fit",
    "pop3_target_forwards": "{name} forwards to {to}",
    "pop3_target_kind": "{name} is a {kind} for {to}",
    "pop3_target_endless": "it forwards in a circle",
    "pop3_target_unknown": "{name} forwards to {to}, which is no recipient that Exchange shows",
    "pop3_target_unread": "it said: {problem}",
    "pop3_target_confirmed": "Exchange could not say whether the mailbox {target} is there ({text}); that it is,"
    " {reason}.",
    "pop3_target_said": "the inventory says (confirm_mailbox)",
    "pop3_target_shared": "another account of the file shows, which has it already",
    "pop3_in_use": "The login {account} works, but the mailbox is in use by another program ({text}): how many messages"
    " wait is not known. Look which program that is, since the connector deletes what it fetches.",
    "pop3_proof_proves": "that the provider takes this login from the agent; not that the connector can fetch with it",
    "pop3_unproven": "The login {account} was not proven ({text}); the account is written all the same.",
    "pop3_not_validated": "The logins of {accounts} are written without a proof (validate_logins: false), so nobody"
    " knows how many messages wait there: the first fetch delivers them all and deletes them at the provider.",
    "pop3_mailbox_shared": "The accounts {account} and {other} on the host fetch the same mailbox of a provider.",
    "pop3_no_account_left": "No account is left on the host after which a new one could be made; the next one has to be"
    " made in the SBS console.",
    "pop3_collector_task": "the scheduled task {name}, which starts {command}",
    "pop3_collector_seen": "Another program that fetches mail is on the host ({services}). If it fetches the same"
    " mailboxes, each gets a part of their mail: look, and declare confirm_no_other_collector: true if it does not.",
    "pop3_password_foreign": "The stored passwords of {accounts} do not open on this computer (after a restore or a"
    " migration), so nothing is fetched there. Declare these accounts with their passwords, which are then written"
    " anew.",
    "pop3_collector_confirmed": "Another program that fetches mail is on the host ({services}); it does not fetch these"
    " mailboxes, as the inventory says.",
    "pop3_smtp_each": "Each account on the host has a SmtpServer block behind it, whose meaning is not publicly known;"
    " the new ones ({accounts}) get none of their own. Look whether their mail arrives before more are declared.",
    "pop3_undeclared_kept": "Accounts on the host that are not declared are left as they are: {accounts}.",
    "report_written": "The report is {path}.",
    "report_not_written": "The report could not be written ({path}: {problem}).",
    "outcome_timed_out": "What ran on the host may have taken effect.",
    "outcome_unknown_internal": "Look at the host before you run again.",
    "outcome_nothing_written": "Nothing was written on the host.",
    "outcome_unknown": "What took effect could not be read, since the host does not answer.",
    "outcome_read": "Read afterwards: {done} of {total} steps had taken effect.",
    "outcome_none": "Read afterwards: none of the {total} steps had taken effect.",
    "reply_ends": "the agent's output ends before its last part (exit code {code}); its process most likely died while"
    " Exchange was loading",
    "read_again": "Reading the host failed once ({problem}) and was repeated.",
    "connection_to_anybody": "The connection sends the password of its own account (transport {transport}) to whoever"
    " answers, since ansible_winrm_server_cert_validation is not validate: trust the host's certificate"
    " (ansible_winrm_ca_trust_path), or set ansible_winrm_transport: ntlm.",
    "broke_after_plan": "The connection broke after the plan ({problem}); read again, the host shows it all in effect.",
    "what_reading": "the reading of its state",
    "what_applying": "the plan",
}


REPORT: dict[str, Any] = {
    "language": "en",
    "title": "Mail flow report",
    "host": "Host",
    "state": "State",
    "tasks": "What",
    "nothing": "Nothing of this collection has run.",
    "unreachable": "unreachable",
    "failed": "failed",
    "alarm": "needs attention",
    "planned": "would change",
    "changed": "changed",
    "unchanged": "as declared",
    "looked": "looked at",
    "where": "Where",
    "found": "Found",
    "expected": "Expected",
    "remedy": "What to do",
    "step": "Step",
    "target": "On",
    "status": "Outcome",
    "left_out": "{count} more steps are not shown.",
    "transcript": "The same as PowerShell",
    "facts": {
        "connector": "Send connector",
        "server": "Server",
        "decision": "Decision",
        "why": "Why",
        "login": "Login",
        "next_date": "Next date",
        "next_event": "What happens then",
        "verdict": "Verdict",
        "what_to_do": "What to do",
        "waiting": "Waiting messages",
        "stage": "Stage",
        "counts": "Messages",
        "bounced": "Who got reports of non-delivery",
        "attempts": "Attempts",
        "backup_file": "State before",
        "recovery_file": "File of the recovery",
    },
}
"""The words of the report (data/report.html.j2); the sentences in it are those above."""


def say(key: str, where: str, **values: Any) -> Reason:
    """The reason of that key, with the place and the values filled in; whatever they are, each of its texts is one line
    of printable characters."""
    found, expected, remedy = (visible(sentence.format(**values)) for sentence in REASONS[key])
    return Reason(visible(where), found, expected, remedy)


def tell(key: str, **values: Any) -> str:
    """The sentence of that key, with the values filled in, in one line of printable characters."""
    return visible(NOTICES[key].format(**values))
