# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of DNS: what was found, without a full stop, and what to do."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {}
NOTICES: dict[str, str] = {
    # Why nobody told.
    "dns_too_late": "the time for all checks was over before it was asked",
    "dns_no_library": "the controller has no dnspython ({python} -m pip install dnspython)",
    "dns_no_resolver": "the controller has no DNS server of its own (/etc/resolv.conf)",
    "dns_error": "{kind}: {error}",
    "dns_silent": "no DNS server answered in time",
    "dns_refused": "the DNS server answered {told}",
    "dns_lies": "this resolver answers for names that do not exist",
    "dns_denies": "this resolver denies names that exist",
    "dns_idn": "the name is to be written as DNS has it, with xn--",
    # MX
    "mx_found": "mail to {domain} goes to {hosts}",
    "mx_unknown": "where mail to {domain} goes is not known ({why})",
    "mx_no_domain": "there is no domain {domain}",
    "mx_name": "Correct the domain, or have it registered; recipients refuse mail of a domain that does not exist.",
    "mx_null": "{domain} says that it takes no mail (null MX)",
    "mx_none": "{domain} has neither an MX record nor an address",
    "mx_only_address": "{domain} has no MX record, so mail goes to the address of its web site",
    "mx_write": "Write the provider's MX records into the domain's zone.",
    "mx_host": "Name in the MX record a host that has an address record of its own.",
    "mx_address": "an MX record of {domain} is the address {host}, where a name must be",
    "mx_nowhere": "an MX record of {domain} names {host}, which has no address",
    "mx_alias": "an MX record of {domain} names {host}, which is an alias (CNAME)",
    "mx_way_fits": "mail to {domain} goes where it is fetched",
    "mx_way_mixed": "part of the mail to {domain} goes to {hosts}, and not where it is fetched",
    "mx_way_other": "mail to {domain} does not go to the provider from which it is fetched",
    "mx_way_unknown": "whether {hosts} is the provider from which the mail to {domain} is fetched is not known",
    "mx_way_decide": "Decide for one way: all MX records of the provider from which mail is fetched, or no POP3 account"
    " for this domain.",
    # SPF
    "spf_counted": "the SPF record of {domain} takes {number} of {most} DNS lookups",
    "spf_unknown": "the SPF record of {domain} is not known ({why})",
    "spf_none": "{domain} has no SPF record",
    "spf_write": "Write the provider's SPF record into the domain's zone.",
    "spf_several": "{domain} has {number} SPF records, and recipients evaluate none",
    "spf_no_term": "the SPF record of {domain} has a term that recipients refuse, '{term}'",
    "spf_lookups": "the SPF record of {domain} takes more than {most} DNS lookups",
    "spf_circle": "the SPF record of {domain} leads back to {target} in a circle",
    "spf_no_target": "the SPF record of {domain} names {target}, which has {number} SPF records where one must be",
    "spf_void": "the SPF record of {domain} has more than {most} names that do not exist",
    "spf_mx": "the SPF record of {domain} asks for the MX records of {name}, which are more than {most}",
    "spf_macro": "it depends on the mail, by '{term}'",
    "spf_mend": "Leave one SPF record, with nothing but what sends mail of this domain; recipients take this one for an"
    " error.",
    "spf_lets_all": "the SPF record of {domain} lets everybody send (+all)",
    "spf_narrow": "End it with ~all or -all.",
    "spf_redirect_void": "the SPF record of {domain} has a redirect that counts for nothing, beside its 'all'",
    "spf_one_of_both": "Leave out the one of both that is not meant.",
    "spf_spare": "Remove includes that nobody uses any more; one record of a provider that grows makes it an error.",
    # Whether the provider passes.
    "sender_spf": "the SPF record of {domain} names {provider}",
    "sender_spf_unknown": "whether the SPF record of {domain} names {provider} is not known ({why})",
    "sender_spf_perhaps": "the SPF record of {domain} names {provider} by addresses at most",
    "sender_spf_missing": "the SPF record of {domain} does not name {provider}",
    "sender_spf_add": "Add include:{include} to the domain's SPF record, before its 'all'.",
    "dkim_found": "the zone of {domain} has a DKIM key of {provider}",
    "dkim_unknown": "whether the zone of {domain} has a DKIM key of {provider} is not known ({why})",
    "dkim_missing": "the zone of {domain} has no DKIM key of {provider}",
    "dkim_switch_on": "Switch DKIM on in the provider's customer area; where another provider has the zone, write"
    " {names} into it.",
    "dmarc_none": "{domain} has no DMARC record",
    "dmarc_write": "Write the TXT record _dmarc with v=DMARC1; p=none into the zone: large recipients want one.",
    "dmarc_unknown": "the DMARC record of {domain} is not known ({why})",
    "dmarc_several": "{place} has several DMARC records, and recipients obey none",
    "dmarc_one": "Leave one.",
    "dmarc_lets": "{place} asks no recipient to refuse mail",
    "dmarc_aligned": "DMARC of {domain} asks for {policy}, and its own mail passes",
    "dmarc_hits": "DMARC of {domain} asks for {policy}, and its own mail through the smart host passes neither SPF nor"
    " DKIM",
    "dmarc_untold": "DMARC of {domain} asks for {policy}, and whether its own mail passes SPF or DKIM is not known",
    "dmarc_relax": "Set p=none until the provider's SPF and DKIM are in the zone.",
    # The smart host, and the public address of a server that uses none.
    "host_resolves": "{host} is {addresses}",
    "host_unknown": "the address of {host} is not known ({why})",
    "host_nowhere": "the controller's DNS knows no address of {host}",
    "host_only_6": "{host} has an IPv6 address only",
    "host_check": "Correct the smart host, unless it is one that only the server itself can find.",
    "ptr_found": "{address} is {names}",
    "ptr_unknown": "the name of {address} is not known ({why})",
    "ptr_none": "{address} has no name (PTR)",
    "ptr_elsewhere": "{address} is called {names}, which is another address",
    "ptr_dial_up": "{address} is called {names}, as a dial-in line is",
    "ptr_order": "Have the line's provider set the address's name (PTR) to the server's, or send through a smart host.",
    "list_clean": "{address} is on none of {zones}",
    "list_listed": "{address} is on {zone}",
    "list_line": "{address} is on {zone} as an address from which no mail is expected",
    "list_remove": "Find what sent spam from there, and ask for removal on the page of {zone}.",
    "list_smarthost": "Have it taken off the list by the line's provider, or send through a smart host.",
    "list_mute": "{zone} says nothing ({why})",
    "list_error": "it answers with an error, as it does to public resolvers",
    "list_everything": "it lists what no list may have",
    "list_no_test": "it does not list its own test entry",
    "t_online": "T-Online takes mail only from servers that it knows, and whether it knows {address} nobody can ask",
    "t_online_register": "Send through a smart host; or give the server a fixed name (PTR) with an imprint at its web"
    " page, and write to T-Online's postmaster.",
}
