# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the send connector."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "login_comes_into_use": (
        "the login {username}, which has not sent the mail to {place} from here before, and whose age is unknown",
        "a login that already sends it, or one that is declared and old enough",
        "Declare O(login) with its username and created; a password is needed only where it is to be written.",
    ),
    "other_login_comes_into_use": (
        "the login {username} of a connector that would take over the mail to {place}, and whose age is unknown",
        "a login that already sends it, or one that is declared and old enough",
        "Let that connector take over first, in a task of its own that declares login with its username and created;"
        " or, with O(state): absent, declare that O(login) here.",
    ),
    "login_comes_into_use_again": (
        "the login {username}, for which neither the host nor the saved state shows that it sent the mail to {place}",
        "a login that has sent it, or one that is declared and old enough",
        "Declare it in O(logins), with username and created; a password is needed only where it is to be written.",
    ),
    "unknown_login_comes_into_use": (
        "a connector that would send the mail to {place} with a login that the host does not report",
        "a login that is known, and either old enough or already sending that mail",
        "Set the connector's login again, in a task of its own: declare O(login) with username, password and created,"
        " and smart_host_auth_mechanism.",
    ),
    "login_no_mapping": (
        "a login of type {type}",
        "a mapping with username, password and created",
        "Write it as in the example; its value is not repeated here, since it may hold a password.",
    ),
    "login_option_unknown": (
        "an option login.{option}, which does not exist",
        "{known}",
        "Check its spelling.",
    ),
    "password_missing": (
        "a login without a password",
        "the mailbox's password as a text",
        "Declare it from ansible-vault.",
    ),
    "name_missing": (
        "neither a name nor O(adopt): true",
        "one of them, to identify the connector",
        "Declare O(name), or O(adopt): true to take the existing connector of the address space.",
    ),
    "adopt_without_address_space": (
        "O(adopt): true without address_spaces",
        "the address space of the connector to adopt",
        "Declare address_spaces: ['*'].",
    ),
    "absent_needs_name": (
        "O(state): absent with O(adopt): true",
        "the name of the connector to remove",
        "Declare O(name) and leave O(adopt) out: what is removed is never guessed.",
    ),
    "list_empty": (
        "{option}: []",
        "at least one entry",
        "Add an entry, or leave the option out to keep the present value.",
    ),
    "smart_hosts_empty": (
        "smart_hosts: []",
        "at least one smart host",
        "Declare the provider's smart host; to send by DNS routing, declare O(way): direct and no smart_hosts.",
    ),
    "port_465": (
        "O(port): 465",
        "a STARTTLS port (Exchange's send connector supports only STARTTLS, port 465 is implicit TLS)",
        "Use port 587, if the provider offers STARTTLS there.",
    ),
    "port_465_of_provider": (
        "O(port): 465",
        "a STARTTLS port (Exchange's send connector supports only STARTTLS, port 465 is implicit TLS)",
        "Use port {port}: {host} offers STARTTLS there.",
    ),
    "smart_hosts_with_dns_routing": (
        "smart_hosts together with dns_routing_enabled: true",
        "one of the two (Exchange rejects both together)",
        "Leave dns_routing_enabled out.",
    ),
    "neither_smart_hosts_nor_dns": (
        "dns_routing_enabled: false without smart hosts",
        "a smart host, or DNS routing",
        "Declare smart_hosts.",
    ),
    "direct_with_smart_hosts": (
        "O(way): direct together with smart_hosts: {value}",
        "one of the two",
        "Leave smart_hosts out; or declare O(way): smarthost.",
    ),
    "direct_without_dns": (
        "O(way): direct together with dns_routing_enabled: false",
        "DNS routing, by which the recipients' servers are found",
        "Leave dns_routing_enabled out; or declare O(way): smarthost.",
    ),
    "direct_with_mechanism": (
        "O(way): direct together with smart_host_auth_mechanism: {value}",
        "None (the recipients' servers take no login)",
        "Leave smart_host_auth_mechanism out; or declare O(way): smarthost.",
    ),
    "direct_with_login": (
        "O(way): direct together with a login",
        "no login (the recipients' servers take none)",
        "Leave O(login) out; or declare O(way): smarthost.",
    ),
    "direct_with_tls": (
        "O(way): direct together with require_tls: true",
        "TLS where it is offered (many recipients' servers offer none, or an old one: their mail would stay in the"
        " queue)",
        "Leave require_tls out: Exchange uses TLS wherever a server offers it.",
    ),
    "direct_with_tls_check": (
        "O(way): direct together with {option}: {value}",
        "no check of certificates (many recipients' servers have one of another name: their mail would stay in the"
        " queue)",
        "Leave {option} out.",
    ),
    "direct_with_port": (
        "O(way): direct together with O(port): {value}",
        "port 25, the one on which all mail servers take mail",
        "Leave O(port) out.",
    ),
    "smarthost_with_dns": (
        "O(way): smarthost together with dns_routing_enabled: true",
        "one of the two",
        "Leave dns_routing_enabled out; or declare O(way): direct.",
    ),
    "smarthost_without_hosts": (
        "O(way): smarthost without smart_hosts",
        "the provider's smart hosts",
        "Declare smart_hosts.",
    ),
    "smarthost_with_no_smarthost": (
        "O(way): smarthost together with confirm_no_smarthost: true",
        "one of the two (confirm_no_smarthost: true is the old spelling of O(way): direct)",
        "Leave confirm_no_smarthost out; or declare O(way): direct.",
    ),
    "calm_beside_direct": (
        "{option} of the transport server beside O(way): direct of the send connector",
        "a smart host, whose provider's rate such values keep (the recipients' servers have none in common)",
        "Leave {option} out; or declare O(way): smarthost.",
    ),
    "account_beside_direct": (
        "mailboxes that log in at a smart host, and O(way): direct of the send connector",
        "one of the two",
        "Leave the smarthost account out to send directly; or leave O(way) out.",
    ),
    "basic_without_login": (
        "smart_host_auth_mechanism: {mechanism} without a login",
        "the mailbox that logs in",
        "Declare O(login) with username, password and created.",
    ),
    "login_without_basic": (
        "a login with smart_host_auth_mechanism: {mechanism}",
        "BasicAuthRequireTLS (or BasicAuth with require_tls: true)",
        "Declare smart_host_auth_mechanism: BasicAuthRequireTLS.",
    ),
    "basic_in_clear": (
        "smart_host_auth_mechanism: BasicAuth without require_tls: true",
        "a login over TLS only (the password would be sent over the internet in clear text)",
        "Declare BasicAuthRequireTLS, or add require_tls: true.",
    ),
    "tls_without_starttls": (
        "TLS required together with ignore_starttls: true",
        "ignore_starttls: false (Exchange rejects both together)",
        "Leave ignore_starttls out, or set it to false.",
    ),
    "helo_without_extensions": (
        "force_helo: true with TLS or a login",
        "EHLO (HELO supports neither STARTTLS nor AUTH)",
        "Leave force_helo out.",
    ),
    "tls_auth_level_without_tls": (
        "tls_auth_level: {level} without TLS",
        "require_tls: true and ignore_starttls: false (Exchange rejects it otherwise)",
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
        "Declare tls_auth_level: DomainValidation, or no domain (tls_domain: '' clears the host's value).",
    ),
    "create_without_address_space": (
        "no connector of this name, and no address_spaces to create it with",
        "the address spaces of the new connector",
        "Declare address_spaces: ['*'] for all mail, or O(adopt): true to take an existing connector.",
    ),
    "exclusive_without_any_domain": (
        "O(exclusive): true on a connector that is not enabled for every domain (*)",
        "an enabled connector with the address space *",
        "Declare address_spaces: ['*'] and O(enabled): true, or leave O(exclusive) out.",
    ),
    "duplicate_name": (
        "{count} connectors with that name ({guids})",
        "one",
        "Rename or remove the other in the Exchange console; which one is meant cannot be determined here.",
    ),
    "adopt_not_clear": (
        "several enabled connectors for {spaces}: {names}",
        "one to adopt",
        "Declare O(name), that of the intended one.",
    ),
    "only_disabled_to_adopt": (
        "no enabled connector to adopt, but a disabled one: {names}",
        "an enabled one (a second connector beside it is not created by default)",
        "Declare O(enabled): true to adopt and enable it, or leave O(adopt) out to create a new one.",
    ),
    "nothing_to_adopt": (
        "no enabled connector for {spaces}",
        "one to adopt, or a name for a new one",
        "Declare a name (O(name)): then the connector is created if none can be adopted.",
    ),
    "same_cost": (
        "another enabled connector for {space} at the same cost {cost}: {names}",
        "one route (Exchange would choose between the two by itself)",
        "Adopt that one (O(adopt): true), disable it (in the Exchange console; O(exclusive): true does it for *), or"
        " set a higher cost on one of them.",
    ),
    "look_alike_name": (
        "the connector '{name}', whose name resembles '{desired}', while none has exactly that name",
        "one connector with this name",
        "If that one is intended, declare O(name) exactly as on the host, or adopt it (O(adopt): true). If a second one"
        " is intended, declare '{name}' in known_routes.",
    ),
    "adopts_of_other_servers": (
        "the connector '{name}', which only {servers} use, not this server ({server}): no mail is sent through it from"
        " here",
        "a connector of this server to adopt",
        "Declare source_transport_servers: [{server}] to assign it to this server, for example if the other one is"
        " retired, or declare O(name) if it is correct as it is.",
    ),
    "adopts_scoped": (
        "the connector '{name}', which is scoped: servers of other Active Directory sites do not see it",
        "a connector for the whole organisation to adopt",
        "Declare is_scoped_connector: false to remove the scope, or true to keep it, or declare O(name)"
        " if it is correct as it is.",
    ),
    "no_connector_left": (
        "no enabled connector left for every domain (*)",
        "one that sends the mail (it would stay in the queues)",
        "Declare one; if mail is to stop, confirm it with confirm_no_smarthost: true.",
    ),
    "only_dns_left": (
        "only {names} left, which sends directly by DNS",
        "a smart host (mail from a dynamic IP address is rejected by most receivers)",
        "Declare smart_hosts; if mail is to be sent by DNS, declare O(way): direct (confirm_no_smarthost: true is its"
        " old spelling).",
    ),
    "restore_to_none": (
        "a saved state with no enabled connector for every domain (*)",
        "one that sends the mail (it would stay in the queues)",
        "If that is the state to go back to, run the same command with -e confirm_no_smarthost=true.",
    ),
    "restore_to_dns": (
        "a saved state in which only {names} sends mail to every domain (*), directly by DNS",
        "a smart host (mail from a dynamic IP address is rejected by most receivers)",
        "If that is the state to go back to, such as that of a server before its first smart host, run the same command"
        " with -e confirm_no_smarthost=true.",
    ),
    "restore_needs_login": (
        "a saved connector with the login {username}, and no password for it",
        "the login in the option O(logins) (no host returns a password)",
        "Declare it there, with username, password and created.",
    ),
    "restore_login_untold": (
        "a removed connector that logged in, whose user name is not in the saved state (the host did not report it)",
        "a login that is known: no connector is created to log in without one",
        "Create it with send_connector first, under this name and with its login (username, password and created); then"
        " restore: that login stays.",
    ),
}

NOTICES: dict[str, str] = {
    "no_login": "no login",
    "unknown_login": "a login that the host does not report",
    "any_domain": "every domain",
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
    "password_rotated": "it differs from the one written last",
    "password_restored": "the saved login is put back",
    "young_login_kept": "The login {username} is too young and already in use: it is kept, and is old enough on"
    " {relief}. Until then the provider may throttle it.",
    "age_denied": "The ledger contradicts the declaration of {found}. {remedy} The login is already in use and stays.",
    "adopted": "The existing connector '{name}' is adopted for '{desired}'; it keeps its name.",
    "other_route": "Mail to {spaces} may be sent through the connector '{name}' ({way}) instead of '{own}'. Disable"
    " it, or declare it in known_routes if it is intended.",
    "routes_compete": "The connectors '{one}' and '{two}' accept mail to {spaces} at the same cost: Exchange chooses"
    " between them by itself. Disable one, or set a higher cost on it.",
    "look_alike_left": "There is no connector '{desired}' to remove, but '{name}', whose name resembles it: that one"
    " stays.",
    "used_by_other_servers": "Only {servers} use the connector '{name}', not this server ({server}): no mail is sent"
    " through it from here. Declare source_transport_servers, unchanged if that is intended.",
    "connector_scoped": "The connector '{name}' is scoped: servers of other Active Directory sites do not see it."
    " Declare is_scoped_connector, unchanged if that is intended.",
    "certificate_needs_name": "A smart host given as an IP address: with BasicAuthRequireTLS its certificate has to"
    " contain exactly that name, which is unlikely.",
    "fqdn_unused_on_sbs": "O(fqdn): according to Microsoft, Exchange 2010 on a server with Hub Transport and Mailbox"
    " role (an SBS) does not use it.",
    "domain_secure_without_effect": "domain_secure_enabled: works only with DNS routing and STARTTLS.",
    "login_left_stored": "The login {found} stays stored on '{name}', unused: it had none before.",
    "restored_login_untold": "The user name that '{name}' logged in with is not in the saved state, since the host did"
    " not report it: the connector keeps its present login.",
    "login_not_told": "The connector '{name}' logs in, and the host does not report the user name: a declared login"
    " counts as different, and is written in every run unless update_password: on_create is declared.",
    "login_given_up": "The login {found} stays stored on '{name}', unused: whether Exchange removes it is unknown. To"
    " remove it, remove the connector and let it be recreated.",
    "password_unknown": "The ledger has no record of the password written for {address}, so no password is written; if"
    " it has changed, run once with update_password: always.",
}
