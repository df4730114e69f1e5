# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of smart host and POP3 servers."""

from __future__ import annotations

FOUND: dict[str, str] = {
    "preflight_reach_untold": "the server does not tell whether it can connect to {place}",
    "preflight_reached": "{place} takes connections",
    "preflight_unreached": "no connection from the server to {place} ({problem})",
    "preflight_only_465": "no connection from the server to {place}, only to port 465, where Exchange cannot send",
    "preflight_implicit_tls": "{place} wants TLS from the first byte on, which Exchange does not speak",
    "preflight_unresolved": "the server finds no address of {host}",
    "preflight_resolved_apart": "the server finds {host} at {here}, and the controller at {there}",
    "preflight_resolved": "the server finds {host} at {addresses}",
    "preflight_starttls": "{place} offers STARTTLS",
    "preflight_no_starttls": "{place} offers the server no STARTTLS",
    "preflight_no_talk": "no talk with {place} came as far as STARTTLS ({words})",
    "preflight_auth_login": "{place} offers AUTH LOGIN",
    "preflight_no_auth_login": "{place} offers no AUTH LOGIN inside TLS",
    "preflight_certificate": "{place} has a certificate that the server trusts, valid until {until}",
    "preflight_certificate_bad": "the server does not accept the certificate of {place} ({problem})",
    "preflight_certificate_undated": "{place} has a certificate that the server trusts; until when is not told",
    "preflight_login": "{place} takes the login of {address}, its sender and its recipient",
    "preflight_login_said": "the login of {address} at {place} came as far as {stage}: {text}",
    "preflight_login_untold": "the server does not tell what came of the login of {address}",
    "preflight_login_unkept": "no login was made, since nobody would remember it (check mode, or no ledger)",
    "preflight_no_login": "no mailbox is declared that may be tried",
    "preflight_null_sender": "{place} takes the null sender",
    "preflight_null_sender_refused": "{place} does not take the null sender: {text}",
    "preflight_pop3_no_password": "{account}: no password is declared",
    "preflight_pop3_clear": "{account}: fetched in clear text, in which no password is sent for a check",
    "preflight_pop3_later": "{account}: tried lately, and the provider wants no further login until {at}",
    "preflight_pop3_untold": "{account}: the server does not tell what came of the login",
    "preflight_pop3_login": "{account}: the login is taken, messages waiting: {messages}",
    "preflight_pop3_said": "{account}: the login came as far as {stage}: {text}",
    "preflight_pop3_fetched": "the POP3 connector itself has taken mail from {place} ({at})",
    "preflight_pop3_old": "{place} takes TLS 1.0, which the POP3 connector speaks at least",
    "preflight_pop3_new": "{place} takes nothing older than TLS 1.2, and nobody knows whether the POP3 connector"
    " speaks it",
    "preflight_pop3_disabled": "{place} takes nothing older than TLS 1.2, which SCHANNEL's keys forbid to all clients"
    " here",
}
"""What was found, inside a line."""

REASONS: dict[str, tuple[str, str, str]] = {}
NOTICES: dict[str, str] = {
    **FOUND,
    "preflight_use_587": "Declare port 587 of the provider's server, or put a TLS relay between Exchange and the"
    " provider (docs/server.md).",
    "preflight_unreached_do": "Let the server out to this port: its own firewall, the router's, and the line's provider"
    " may each be in between; some block 25, and not 587.",
    "preflight_pop3_unreached_do": "Let the server out to this port: its own firewall and the router's may each be in"
    " between. With TLS it is 995.",
    "preflight_forwarders": "Check the forwarders of the server's DNS service.",
    "preflight_no_auth_login_do": "Look up in the provider's help which port takes logins with a password, usually"
    " 587.",
    "preflight_certificate_bad_do": "Declare the name that the certificate has. Where it is the chain, let the server"
    " update its roots (an old server may lack them), or import the one that is missing into its trusted roots.",
    "preflight_certificate_soon": "The provider has to renew it; watch it until then.",
    "preflight_login_refused_do": "Check user name and password on the provider's web site; some want a password for"
    " programs, or refuse SMTP until it is switched on.",
    "preflight_sender_refused_do": "The login itself is right. Give the mailbox a sender that it owns, or wait where it"
    " is about too many mails in an hour.",
    "preflight_null_sender_do": "Delivery reports and out-of-office replies do not leave by this smart host; no setting"
    " here changes that.",
    "preflight_pop3_refused_do": "Check user name and password on the provider's web site; some refuse POP3 until it is"
    " switched on there.",
    "preflight_pop3_new_do": "Try it: send the mailbox a mail, run sbs.mailflow.pop3_connector_fetch, which counts"
    " before and after, and see it taken. Where it is not, set SystemDefaultTlsVersions, or put a TLS relay"
    " before it and declare that one's port without ssl.",
    "preflight_pop3_disabled_do": "Declare host_tls_client: true, and restart the server.",
    "preflight_pop3_relay": "Put a TLS relay between the server and the provider, and declare that one's port without"
    " ssl, or have the mail forwarded to another provider.",
}
