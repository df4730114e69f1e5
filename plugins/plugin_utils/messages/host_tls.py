# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences of a server's TLS."""

from __future__ import annotations

REASONS: dict[str, tuple[str, str, str]] = {
    "tls_no_exchange": (
        "no Exchange server on this host",
        "an Exchange server, whose sending TLS 1.2 is for",
        "Remove this host from the group, or do not declare its TLS.",
    ),
    "tls_update_unknown": (
        "an unknown version of ExSetup.exe (the registry has {build}, which stays at the service pack)",
        "Exchange 2010 SP3 Update Rollup 9 (14.3.235.1) or later, which follows the registry's values of TLS",
        "In the Exchange Management Shell, '(Get-Command ExSetup).FileVersionInfo' shows the version. If that fails as"
        " well, the installation of Exchange is damaged: its bin folder is found by MsiInstallPath in the registry.",
    ),
    "tls_exchange_too_old": (
        "Exchange {update} ({name})",
        "Exchange 2010 SP3 Update Rollup 9 (14.3.235.1) or later: an older one sends with TLS 1.0 whatever the registry"
        " has",
        "Install Exchange 2010 SP3 and its last Update Rollup (32, 14.3.513.0) by hand; service packs and rollups are"
        " not installed by this collection. docs/host_tls.md says which.",
    ),
    "tls_windows_too_old": (
        "Windows {version}",
        "Windows Server 2008 R2 SP1 (6.1.7601) or later",
        "Install Service Pack 1 of Windows Server 2008 R2 by hand; service packs are not installed by this"
        " collection. docs/host_tls.md says which.",
    ),
    "tls_registry_unread": (
        "registry keys that cannot be read ({host_says})",
        "the keys of TLS, as they are: what cannot be read is not absent",
        "Nothing was decided or written. Check that the account is an administrator of the server.",
    ),
    "tls_value_no_dword": (
        "the value {name} in {place}, which is no DWORD",
        "a DWORD, or no value: anything else could not be restored",
        "Look who has written it, and remove it by hand.",
    ),
    "tls_service_unknown": (
        "no service {service}, or one whose status cannot be read",
        "Exchange's transport service, which O(restart) is to restart",
        "Declare O(restart) as none, or check the services on the host.",
    ),
    "tls_backup_runs": (
        "a backup in progress (the service wbengine is {status})",
        "no backup while the transport service is restarted: it may be reading Exchange's files",
        "Wait until the backup is finished, and run again, or declare O(restart) as none.",
    ),
    "tls_queue_unread": (
        "queues that cannot be read ({host_says})",
        "to know how much mail is waiting before the transport service is restarted",
        "Declare O(restart) as none, or make Exchange's shell load (docs/server.md).",
    ),
    "tls_much_waiting": (
        "{count} messages waiting in the queues",
        "at most {most} when the transport service is restarted",
        "Find out why they wait (playbooks/check_transport.yml), or declare O(restart) as none.",
    ),
    "registry_refused": (
        "a registry key that Windows does not let be read or written ({host_says})",
        "an administrator's access to the keys of TLS",
        "Check the permissions of that key. What was written before it is in the steps and can be restored.",
    ),
    "service_missing": (
        "no such service on the host ({host_says})",
        "Exchange's transport service",
        "Values that the run was to write are written. Check the services on the host.",
    ),
    "service_not_stopped": (
        "a service that does not stop ({host_says})",
        "the transport service stopped and started again",
        "The values are written. Look at the service on the host: if it stops later, nobody starts it again"
        " ('Start-Service MSExchangeTransport'). The next run restarts it if that is still needed.",
    ),
    "service_not_started": (
        "a service that does not start ({host_says})",
        "a running transport service: no mail is accepted or delivered without it",
        "The values are written. Run 'Start-Service MSExchangeTransport' on the host, and look into its event log.",
    ),
}

NOTICES: dict[str, str] = {
    "tls_misconfigured": "{place} has only one of the two values Enabled and DisabledByDefault. What Windows makes of"
    " that is not documented; the missing one is added.",
    "tls_restart_needed": "What was started before the values of TLS were written does not know of them. Restart"
    " Exchange's transport first, when no backup runs: 'Restart-Service {service}'. If the SmtpSend log of a mail sent"
    " after that does not have SP_PROT_TLS1_2_CLIENT, the server has to be restarted by its administrator ('shutdown /r"
    " /t 0'); this collection never does that. Other programs know of the values once they are started again.",
    "tls_restored": "What was started before keeps the values of TLS that it knows until it is started again:"
    " 'Restart-Service {service}', or a restart of the server by its administrator.",
    "tls_proof": "Exchange's transport service is started after the values of TLS were written, so they can be in"
    " force. The proof is SP_PROT_TLS1_2_CLIENT in the SmtpSend log of a mail sent since; without it, the server has to"
    " be restarted by its administrator.",
    "tls_changed_since": "Changed by somebody else since, so it was left as it is: {names}. With force it is put back"
    " where it is a DWORD.",
}
