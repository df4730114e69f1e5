# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of TLS."""

from __future__ import annotations

FOUND: dict[str, str] = {
    "preflight_build_too_old": "Exchange's build {build} is older than SP3 Update Rollup 9 (14.3.235.1), and speaks"
    " TLS 1.0 whatever Windows can",
    "preflight_keys_off": "TLS 1.2 is off for clients in SCHANNEL ({state})",
    "preflight_keys_half": "only one of the two values of SCHANNEL's TLS 1.2\\Client is set",
    "preflight_host_untold": "the server does not tell whether Exchange can speak TLS 1.2",
    "preflight_start_untold": "the server does not tell when it was started, or its clock was set back since its keys"
    " of TLS 1.2 were written, so it is not known whether it uses them yet",
    "preflight_keys_declared": "TLS 1.2 is declared (host_tls_client), and not in force yet",
    "preflight_keys_new": "the keys of TLS 1.2 were written after Exchange's transport was started",
    "preflight_no_starttls_here": "{place} offers the controller no STARTTLS",
    "preflight_tls_able": "this server can speak TLS 1.2 with {place}, which is not asked in this run",
    "preflight_unable_unasked": "{words}, and {place} is not asked in this run whether it takes that",
    "preflight_unable_unprobed": "{words}, and {why}",
    "preflight_unprobed": "what {place} takes of TLS could not be asked from the controller ({words})",
    "preflight_tls_optional": "{connector} sends without TLS where the smart host has none",
    "preflight_clear_password": "{connector} logs in without requiring TLS, so its password may be sent in clear text",
    "preflight_tls_sent": "Exchange has sent to {place} with TLS {version} ({at}, its own log)",
    "preflight_tls_likely": "{place} takes what this server offers in TLS 1.2, which only a mail that was sent proves",
    "preflight_no_suite": "{place} takes no version and no cipher suite that this server has",
    "preflight_provider_old": "{place} takes TLS 1.0, and not TLS 1.2",
    "preflight_still_old": "{place} still takes TLS 1.0, which is all that this server speaks: {words}",
    "preflight_too_old": "{place} refuses TLS 1.0, and this server speaks no other: {words}",
    "preflight_pending_new": "mail to {place} would not be taken before a restart, since it refuses TLS 1.0: {words}",
    "preflight_pending": "mail to {place} goes without TLS 1.2 until a restart: {words}",
    "preflight_schannel_untold": "the server does not tell its SCHANNEL keys",
    "preflight_schannel_half": "set up by half: {keys}",
    "preflight_schannel": "nothing is set up by half; TLS 1.2 for clients: {state}",
    "preflight_dotnet": "the server's framework (.NET 3.5) speaks TLS 1.2",
    "preflight_dotnet_old": "the server's framework (.NET 3.5) cannot speak TLS 1.2, so that a login proof may fail"
    " where Exchange itself gets through",
    "preflight_dotnet_untold": "the server does not tell what its framework (.NET 3.5) speaks",
}
"""What was found, inside a line."""

REASONS: dict[str, tuple[str, str, str]] = {}
NOTICES: dict[str, str] = {
    **FOUND,
    "preflight_tls_ways": "Three ways lead out: declare host_tls_client: true, once Exchange 2010 SP3 has Update Rollup"
    " 9 or later (docs/server.md), put a TLS relay between the server and the provider, or send through a provider that"
    " takes TLS 1.0.",
    "preflight_relay": "Put a TLS relay between the server and the provider (docs/server.md), send through another"
    " provider, or ask this one for a suite that Server 2008 R2 has; no update of Windows adds any. Where a policy"
    " lists the server's suites, allow more of them first.",
    "preflight_unasked_do": "Run playbooks/preflight.yml, which asks the provider. If nothing arrives, declare"
    " host_tls_client: true, once Exchange 2010 SP3 has Update Rollup 9 or later (docs/server.md).",
    "preflight_restart": "Run Restart-Service MSExchangeTransport on the server, or restart the server where that is"
    " not enough; then send one mail, and look for SP_PROT_TLS1_2_CLIENT in the SmtpSend log.",
    "preflight_ask_host": "Check it from the server, which is the one that counts: the checks of the group smarthost in"
    " playbooks/preflight.yml ask from there.",
    "preflight_ask_keys": "Look at exchange.update and tls in the facts of sbs.mailflow.facts, and send one mail with"
    " protocol_logging_level: Verbose.",
    "preflight_ask_provider": "It works as long as both keep it on; ask the provider for TLS 1.2.",
    "preflight_clear_password_do": "Declare smart_host_auth_mechanism: BasicAuthRequireTLS and require_tls: true.",
    "preflight_schannel_half_do": "Set both DWORDs of each, Enabled and DisabledByDefault, or remove both; for TLS 1.2"
    " declare host_tls_client: true.",
    "preflight_dotnet_old_do": "Install KB3154518, or any later rollup of the framework (.NET 3.5.1).",
}
