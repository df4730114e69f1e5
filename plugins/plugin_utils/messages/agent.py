# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of the host, its agent and the connection to it."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "clock_far_off": (
        "a clock that is {skew}",
        "host and controller within an hour of each other",
        "Correct the wrong one: the age of mailboxes is calculated from the controller's clock.",
    ),
    "exchange_too_new": (
        "Exchange 2013 or later ({version})",
        "Exchange 2010 (version 14)",
        "Nothing was loaded: Microsoft warns of damage when the snap-in runs there. Later versions are not supported"
        " yet.",
    ),
    "exchange_too_old": (
        "Exchange version {version}",
        "Exchange 2010 (version 14)",
        "This host cannot be managed; remove it from the group.",
    ),
    "exchange_missing": (
        "no Exchange 2010 with its management shell ({host_says})",
        "an Exchange 2010 server",
        "Check that the inventory names the SBS host itself, and that Exchange's management tools are installed on it.",
    ),
    "exchange_not_loaded": (
        "the Exchange Management Shell does not load: {host_says}",
        "the snap-in (or, if asked for, the endpoint) in a WinRM session",
        "Raise MaxMemoryPerShellMB (docs/server.md), and check that the account is an Exchange"
        " administrator. If the snap-in still does not load, exchange_connection: endpoint works without it.",
    ),
    "snapin_needs_old_runtime": (
        "a PowerShell in which Exchange 2010's snap-in must not be loaded: {host_says}",
        "PowerShell 2.0 on the CLR 2.0, as on an untouched SBS 2011 (WMF 3.0 or later has changed that)",
        "Declare exchange_connection: endpoint with exchange_login, which needs no snap-in; or uninstall the WMF,"
        " since Exchange 2010 is not supported with it. What needs no Exchange still works.",
    ),
    "not_this_server": (
        "the Exchange servers {names}, none of which is this host ({computer})",
        "an Exchange server",
        "Run against the Exchange server itself.",
    ),
    "read_failed": (
        "{command} failed: {host_says}",
        "to read the host's state",
        "Nothing was written. Check that the account is a domain administrator or an Exchange administrator.",
    ),
    "reply_missing": (
        "no reply of the agent ({ending})",
        "a reply between its two markers",
        "Check that PowerShell starts on the host, and that its memory quota is raised (docs/server.md).",
    ),
    "agent_died": (
        "no answer to the steps that need Exchange: {host_says}",
        "an answer to every step",
        "The steps that need no Exchange were answered. Raise MaxMemoryPerShellMB (docs/server.md):"
        " the default is too low for the snap-in. If the process still dies, exchange_connection: endpoint works"
        " without the snap-in.",
    ),
    "reply_too_large": (
        "a reply of the agent of more than {limit} bytes after decompression",
        "less",
        "The reply was discarded. Check what the host returns: no state that this collection reads is that large.",
    ),
    "reply_foreign": (
        "a reply of protocol {protocol}",
        "protocol {expected}",
        "Two versions of sbs.mailflow are mixed on this controller; install one.",
    ),
    "request_refused": (
        "the agent rejected the request: {host_says}",
        "a valid request",
        "This is a bug in sbs.mailflow; please report it with this message.",
    ),
    "request_too_large": (
        "a single step of {size} bytes",
        "at most {limit} bytes on stdin",
        "Declare less at once.",
    ),
    "schtasks_failed": (
        "schtasks failed ({host_says})",
        "the scheduled task in its declared state",
        "Check the Task Scheduler on the host, and run again.",
    ),
    "server_changed": (
        "an answer from {here} after one from {before}",
        "one server for the whole run",
        "Check ansible_host: the name must not resolve to several servers. Run it again to see what was done.",
    ),
}

NOTICES: dict[str, str] = {
    "shell_memory_low": "WinRM limits a shell to {found} MB on this host: loading Exchange's snap-in will fail below"
    " {enough} MB. Raise MaxMemoryPerShellMB (docs/server.md).",
    "clock_off": "The host's clock is {skew}.",
    "clock_ahead": "{length} ahead of the controller's",
    "clock_behind": "{length} behind the controller's",
    "reply_ends": "the agent's output ends before its last part (exit code {code}); its process most likely died while"
    " Exchange was loading",
    "reply_late": "Exchange has not answered within {seconds} seconds, and is no longer waited for",
}
