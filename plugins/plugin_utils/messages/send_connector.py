# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the send connector."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
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
    "connector_unclear": (
        "{count} send connectors that fit: {names}",
        "one connector for every domain to a smart host, or one of the name that is declared",
        "Give the connector's name.",
    ),
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
        "the connector '{name}', whose name looks like '{desired}', while none is called exactly that",
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
    "no_login": "no login",
    "unknown_login": "a login that the host does not tell",
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
    "password_rotated": "it is another one than was written last",
    "password_restored": "the saved login is put back",
    "young_login_kept": "The login {username} is too young and in use already: it is kept, and old enough on {relief}."
    " Until then the provider may throttle it.",
    "age_denied": "The ledger knows better of {found}. {remedy} The login is in use already and stays.",
    "adopted": "The existing connector '{name}' is adopted for '{desired}'; it keeps its name.",
    "other_route": "Mail to {spaces} may leave by the connector '{name}' ({way}) instead of '{own}'. Switch it off, or"
    " declare it in known_routes if it is meant.",
    "routes_compete": "The connectors '{one}' and '{two}' take mail to {spaces} at the same cost: Exchange chooses"
    " between them by itself. Switch one off, or give it a higher cost.",
    "look_alike_left": "There is no connector '{desired}' to remove, but '{name}', whose name looks like it: that one"
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
    "password_unknown": "The ledger does not know which password was written for {address}, so none is written unasked;"
    " if it has changed, run once with update_password: always.",
}
