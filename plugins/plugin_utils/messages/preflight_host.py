# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a preflight's checks of the host and of the server: what was found, and what to do."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {}
FOUND = {
    "check_untold": "the host did not tell",
    "check_windows": "Windows {version}",
    "check_build": "Exchange {build} ({name})",
    "check_build_unnamed": "Exchange {build}",
    "check_build_untold": "Exchange {build}, of which update rollup was not told",
    "check_memory": "WinRM allows a shell {found} MB",
    "check_memory_unlimited": "WinRM sets no limit to a shell's memory",
    "check_rights": "the login is an administrator of the server and of the domain",
    "check_rights_of_server": "the login is an administrator of the server",
    "check_rights_not_of_domain": "the login is no domain administrator",
    "check_rights_none": "the login is no administrator of the server",
    "check_clock": "the host's clock and the controller's differ by {seconds} s",
    "check_disk": "{percent} % of {drive}, where the queues are, is used",
    "check_pressure_none": "no back pressure within 24 hours",
    "check_pressure_over": "back pressure within 24 hours, which is over since {moment}",
    "check_pressure_rose": "back pressure since {moment} (event {event})",
    "check_pressure_refuses": "Exchange has refused mail because of back pressure since {moment} (event {event})",
    "check_services_run": "Exchange's services run",
    "check_services_stopped": "not running: {names}",
    "check_collectors_none": "no other program that fetches mail",
    "check_collectors": "other programs that may fetch mail: {names}",
    "check_directory_runs": "the services of Active Directory run",
    "check_directory_stopped": "services of Active Directory that do not run: {names}",
    "check_shares": "SYSVOL and NETLOGON are shared",
    "check_shares_missing": "not shared: {names}",
    "check_dcdiag_silent": "dcdiag finds nothing",
    "check_dcdiag_speaks": "dcdiag finds faults",
    "check_licence": "Windows is licensed",
    "check_licence_missing": "Windows is not licensed (LicenseStatus {status})",
    "check_trial_none": "Exchange is licensed",
    "check_trial": "Exchange is a trial edition for {days} more days",
}
REMEDIES = {
    "remedy_windows": "Install Service Pack 1 for Windows Server 2008 R2: no update for TLS 1.2 fits an older one.",
    "remedy_build": "Install Service Pack 3 for Exchange 2010 with its last update rollup: below 14.3.235.1 (Rollup"
    " 9) its SMTP speaks TLS 1.0 only.",
    "remedy_memory": "Raise MaxMemoryPerShellMB to {enough} or more: with less, Exchange's shell may not load.",
    "remedy_rights": "Connect as a domain administrator: Exchange's cmdlets and this server's registry ask for it.",
    "remedy_clock": "Correct the time source (w32tm): with 300 seconds or more, Kerberos refuses logins.",
    "remedy_disk": "Free space on {drive} before anything goes live: with back pressure Exchange refuses mail, even"
    " what a collector has already deleted at the provider.",
    "remedy_pressure": "Free disk space and memory on the server until Exchange logs event 15005.",
    "remedy_services": "Start them in this order: {names}.",
    "remedy_collectors": "Decide which program collects: each deletes at the provider what it has fetched.",
    "remedy_directory": "Repair Active Directory before anything else: Exchange has all its settings there.",
    "remedy_dcdiag": "Run dcdiag /q on the server and repair what it names before anything else.",
    "remedy_licence": "Enter a licence key: a server without one restarts or stops by itself.",
    "remedy_trial": "Enter a product key (Set-ExchangeServer -ProductKey).",
}
NOTICES: dict[str, str] = {**FOUND, **REMEDIES}
