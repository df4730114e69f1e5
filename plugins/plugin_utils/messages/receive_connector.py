# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of receive connectors."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "receive_name_missing": (
        "neither a name nor O(adopt): true",
        "one of them, to identify the connector",
        "Declare O(adopt): true to take the one that receives mail from the internet, or O(name).",
    ),
    "receive_absent_needs_name": (
        "O(state): absent with O(adopt): true",
        "the name of the receive connector to remove",
        "Declare O(name) without O(adopt): what is removed is never guessed.",
    ),
    "receive_list_empty": (
        "{option}: []",
        "where it listens, or whom it is for",
        "Add an entry, or leave the option out to keep what the connector has.",
    ),
    "receive_basic_tls": (
        "auth_mechanism with BasicAuthRequireTLS, but without BasicAuth and Tls",
        "all three (Exchange rejects it otherwise)",
        "Declare auth_mechanism: [Tls, BasicAuth, BasicAuthRequireTLS].",
    ),
    "receive_tls_missing": (
        "require_tls: true without Tls in auth_mechanism",
        "Tls in the list (Exchange rejects it otherwise)",
        "Add Tls to auth_mechanism, or leave require_tls out.",
    ),
    "receive_external_alone": (
        "auth_mechanism with ExternalAuthoritative and {others}",
        "ExternalAuthoritative with Tls at most (Exchange rejects it otherwise)",
        "Leave {others} out, or ExternalAuthoritative.",
    ),
    "receive_external_groups": (
        "auth_mechanism with ExternalAuthoritative, and no ExchangeServers in permission_groups",
        "ExchangeServers in the list (Exchange rejects it otherwise)",
        "Leave ExternalAuthoritative out, or add ExchangeServers; then all addresses of the connector may relay.",
    ),
    "receive_banner": (
        "O(banner): '{banner}'",
        "a text that begins with 220 and a blank (Exchange rejects it otherwise)",
        "Declare O(banner): '220 mail.beispiel.de', for example; an empty text restores Exchange's own.",
    ),
    "receive_tls_for_everyone": (
        "require_tls: true on a connector that takes mail from everyone",
        "a connector that takes mail without TLS, too (many senders could not deliver)",
        "Leave require_tls out; Tls in auth_mechanism offers it to those who can.",
    ),
    "receive_same_pair": (
        "the connectors '{one}' and '{other}' with the same range {ranges} at {bindings}",
        "each pair of binding and range on one connector of the server (Exchange rejects it otherwise)",
        "Declare other remote_ip_ranges or O(bindings), or adopt the connector that is there (O(adopt): true).",
    ),
    "receive_ranges_cross": (
        "the connectors '{one}' with {mine} and '{other}' with {theirs} at {bindings}, which overlap",
        "ranges that lie one within the other, or apart (Exchange rejects it otherwise)",
        "Declare remote_ip_ranges that fit.",
    ),
    "receive_addresses_untold": (
        "a new binding {binding}, and a host that does not report its own addresses",
        "an address that the server has (Exchange's transport may not start otherwise)",
        "Declare 0.0.0.0 or [::] instead, or repair the host's WMI and run it again.",
    ),
    "receive_address_lacking": (
        "a new binding {binding}, while the server has {own}",
        "an address that the server has (Exchange's transport may not start otherwise)",
        "Declare one of those, or 0.0.0.0 or [::] for all of them.",
    ),
    "receive_default_fqdn": (
        "another O(fqdn) for '{name}'",
        "the name that Exchange's setup gave it (the servers of an organisation find each other by it)",
        "Leave O(fqdn) out, or declare it for another connector.",
    ),
    "receive_fqdn_without_certificate": (
        "O(fqdn): {fqdn}, and no valid certificate for SMTP with that name, but {names}",
        "a certificate of that name (Exchange logs 12014 and offers no STARTTLS otherwise)",
        "Assign a certificate with Enable-ExchangeCertificate -Services SMTP, or declare a name that it has.",
    ),
    "receive_adopted_no_more": (
        "a declaration after which '{name}' takes no mail from the internet",
        "port {port}, AnonymousUsers and public addresses, by which O(adopt) finds it",
        "Declare O(name) instead of O(adopt).",
    ),
    "receive_adopt_not_clear": (
        "several connectors that take mail from the internet: {names}",
        "one to adopt",
        "Declare O(name), that of the intended one.",
    ),
    "receive_nothing_to_adopt": (
        "no enabled connector that takes mail from the internet, but {names}",
        "one to adopt, or a name for a new one",
        "Declare O(name), that of the intended one, or of a new one together with O(bindings) and remote_ip_ranges.",
    ),
    "receive_create_without": (
        "no connector of this name, and no {options} to create it with",
        "where the new connector listens, and whom it is for",
        "Declare O(bindings): ['0.0.0.0:25'] and remote_ip_ranges, or O(adopt): true to take an existing connector.",
    ),
    "receive_opens_relay": (
        "a change that makes it an open relay for {ranges}",
        "a connector by which nobody outside relays (the server would send spam, and soon be on block lists)",
        "Leave the change out, or close the relay with close_relay: true. One that is meant to relay, for fixed"
        " addresses, is declared in known_relays.",
    ),
    "receive_relay_open": (
        "an open relay still: {user} may send to any recipient",
        "a relay that is closed (close_relay)",
        "Read in the reasons of this run why it was not, and run it again. Until then switch the connector off, or"
        " close port 25 on the router.",
    ),
    "receive_relay_inherited": (
        "an open relay by an inherited right: {user} may send to any recipient on every connector",
        "a relay that is closed (close_relay); an inherited right is never touched",
        "Take it away where it was given, above the connector in Active Directory (ADSI Edit, Configuration).",
    ),
    "receive_relay_external": (
        "an open relay by ExternalAuthoritative with ExchangeServers: all of its addresses may send to any recipient",
        "a relay that is closed (close_relay); these are settings, and are not touched by it",
        "Declare auth_mechanism without ExternalAuthoritative for it, or remote_ip_ranges of the LAN only.",
    ),
    "receive_relay_untold": (
        "no readable answer about who may relay by it",
        "its rights and ranges, to know that the relay is closed (close_relay)",
        "Run Get-ADPermission for it in the Exchange shell: the account that runs this needs to read them.",
    ),
    "receive_own_untold": (
        "a change that takes addresses from a connector, and a host that does not report its own",
        "the server's own addresses, which are kept (the POP3 connector hands its mail over from them)",
        "Repair the host's WMI and run it again.",
    ),
    "receive_own_lost": (
        "a change after which no connector serves the server itself ({addresses}) as {names} does now",
        "a connector for the server's own addresses (the POP3 connector and programs on it hand their mail over from"
        " there)",
        "Leave the change out, or first give those addresses a connector of their own, with the same permission"
        " groups.",
    ),
    "receive_clients_untold": (
        "a change that takes {ranges} from {names}, and neither message tracking nor a protocol log that shows who used"
        " it in the last {days} days",
        "a look at who would lose it",
        "Switch protocol_logging_level: Verbose on and wait some days. Or declare clients_given_up: the addresses that"
        " may lose it, or an empty list if you know that there are none.",
    ),
    "receive_clients_cut": (
        "a change that takes {ranges} from {names}, which more clients used in the last {days} days than are listed",
        "a look at all who would lose it",
        "Declare clients_given_up: the addresses and ranges that may lose it, or an empty list if those that are listed"
        " are all that count.",
    ),
    "receive_clients_lose": (
        "{count} clients that used {names} in the last {days} days and would lose it: {clients}",
        "clients that keep their connector, or are given up by name",
        "Add them to remote_ip_ranges, or name them in clients_given_up. A scanner or a program there can send no more"
        " mail then.",
    ),
    "receive_restore_own": (
        "a saved state with which no connector serves the server itself ({addresses}) as one does now",
        "a connector for the server's own addresses (the POP3 connector and programs on it hand their mail over from"
        " there)",
        "If that is the state to go back to, name them in clients_given_up.",
    ),
    "receive_restore_opens": (
        "a saved state with which '{name}' is an open relay",
        "a connector by which nobody outside relays",
        "If that is the state to go back to, run the same command with -e confirm_open_relay=true.",
    ),
}

NOTICES: dict[str, str] = {
    "receive_relay_told": "The receive connector '{name}' is an open relay: {user} may send to any recipient, from"
    " {ranges}. Close it with close_relay: true; if it is meant for fixed addresses, declare it in known_relays.",
    "receive_relay_closing": "The receive connector '{name}' is an open relay for {ranges}; the right is taken away"
    " before anything else.",
    "receive_external_relay_told": "The receive connector '{name}' is an open relay: all of its addresses count as"
    " servers of the organisation (ExternalAuthoritative with ExchangeServers), among them {ranges}. Declare"
    " auth_mechanism without ExternalAuthoritative for it.",
    "receive_inherited_relay_told": "The receive connector '{name}' is an open relay for {ranges} by a right that"
    " {user} inherits. Take it away where it was given, above the connector in Active Directory; nothing here touches"
    " it.",
    "receive_relay_unknown": "Whether the receive connector '{name}' is an open relay is unknown: the host does not"
    " report its rights, or whom it is for, in a form that can be read.",
    "receive_relay_restored": "With the saved state the receive connector '{name}' is an open relay again.",
    "receive_closing_clients": "Clients of the LAN used '{name}' in the last {days} days: {addresses}. Once the relay"
    " is closed they can send to recipients of this server only; those that send further need a connector of their own,"
    " for their addresses.",
    "receive_adopted": "The existing receive connector '{name}' is adopted for '{desired}'; it keeps its name.",
    "receive_own_added": "The server's own addresses {addresses} stay in the ranges of '{name}', though they are not"
    " declared: the POP3 connector hands its mail over from there.",
    "receive_certificates_untold": "Whether there is a certificate for O(fqdn): {fqdn} is unknown: the host does not"
    " report its certificates.",
    "receive_certificate_missing": "O(fqdn): {fqdn} has no valid certificate for SMTP ({names} have one): Exchange"
    " offers no STARTTLS then. Assign one with Enable-ExchangeCertificate -Services SMTP.",
    "receive_agents_untold": "recipient_validation: whether the anti-spam agents are installed is unknown: the host"
    " does not report its agents.",
    "receive_agents_missing": "recipient_validation has no effect: the anti-spam agents are not installed. Run"
    " Install-AntispamAgents.ps1 of Exchange's folder Scripts in the Exchange shell, then Restart-Service"
    " MSExchangeTransport.",
    "receive_filter_off": "recipient_validation has no effect: the recipient filter is switched off. Run"
    " Enable-TransportAgent 'Recipient Filter Agent' and Set-RecipientFilterConfig -Enabled $true"
    " -ExternalMailEnabled $true in the Exchange shell.",
    "receive_domains_relayed": "recipient_validation is for authoritative domains only. Mail to any recipient in"
    " {domains} is taken as before, since Exchange passes on what it does not know there.",
}
