# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of mail that is sent straight to the recipients' servers."""

from __future__ import annotations

FOUND: dict[str, str] = {
    "direct_no_address": "{connectors} sends directly, and from which public address is not declared",
    "direct_private": "{address} is no address of the internet",
    "direct_address": "mail leaves from {address}, which is declared to be fixed",
    "direct_unlogged": "which name {connector} gives in EHLO is not known: its log shows no session of the last {days}"
    " days (set: {fqdn})",
    "direct_no_name": "no name",
    "direct_says_local": "{connector} says {command} {name} ({at}, its own log), which is no name of the internet",
    "direct_says_other": "{connector} says {command} {name} ({at}, its own log), and {fqdn} is set",
    "direct_will_say": "{connector} says {command} {name} until now ({at}, its own log), and {fqdn} is declared",
    "direct_says_no_ptr": "{connector} says {command} {name} ({at}, its own log), and {address} is called {names}",
    "direct_says_elsewhere": "{connector} says {command} {name} ({at}, its own log), which is {addresses}, and not"
    " {address}",
    "direct_says_nowhere": "{connector} says {command} {name} ({at}, its own log), which has no address",
    "direct_says_unknown": "{connector} says {command} {name} ({at}, its own log), and whether that is the name of its"
    " address is not known ({why})",
    "direct_says": "{connector} says {command} {name} ({at}, its own log)",
    "direct_reached": "the server gets out to port 25 ({place})",
    "direct_unreached": "the server does not get out to port 25 ({places})",
    "direct_reach_unknown": "whether the server gets out to port 25 is not known ({places})",
    "direct_reach_undeclared": "whether the server gets out to port 25 was not asked, since no way out is declared",
    "direct_reach_nobody": "whether the server gets out to port 25 was not tried: no server of a recipient is declared",
    "direct_spf": "the SPF record of {domain} lets {address} send",
    "direct_spf_unknown": "whether the SPF record of {domain} lets {address} send is not known ({why})",
    "direct_spf_depends": "it depends on what only recipients can tell",
    "direct_spf_missing": "the SPF record of {domain} does not name {address}",
}
"""What was found, inside a line."""

REASONS: dict[str, tuple[str, str, str]] = {}
NOTICES: dict[str, str] = {
    **FOUND,
    "direct_declare_address": "Declare public_address, the line's fixed address; without a fixed one send through a"
    " smart host.",
    "direct_fixed_line": "Declare public_address as the internet sees it, which is the router's; behind a shared"
    " address of the line's provider (CGNAT) send through a smart host.",
    "direct_log": "Declare protocol_logging_level: Verbose for the connector, send one mail to the internet, and run it"
    " again.",
    "direct_name_it": "Declare the connector's fqdn, the name of its address (PTR), send one mail, and run it again:"
    " Microsoft says that an SBS does not use it, so only the log tells. If the name stays, send through a smart host.",
    "direct_open_port": "Let the server out to port 25: its own firewall, the router's, and the line's provider may"
    " each be in between. Where the provider keeps it closed, send through a smart host.",
    "direct_declare_way": "Declare send_connector_way: direct, and run playbooks/preflight.yml again.",
    "direct_declare_recipients": "Name two mail servers of recipients in preflight_recipient_servers, such as the MX of"
    " customers: the server connects to their port 25, and says nothing.",
    "direct_spf_add": "Add {term} to the domain's SPF record, before its 'all'.",
}
