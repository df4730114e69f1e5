# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files below plugins/agent make up the agent that a request needs: docs/wire.md, Standard input."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "agent"
ORDER = (
    "agent",
    "json",
    "values",
    "parameters",
    "host",
    "exchange",
    "steps",
    "tls",
    "host_facts",
    "mail_talk",
    "smtp_login",
    "smtp_send_log",
    "pop3_login",
    "files",
    "pop3_file",
    "pop3_secrets",
    "service_control",
    "pop3_service",
    "pop3_read",
    "pop3_edits",
    "pop3_access",
    "pop3_write",
    "pop3_fetch",
    "pop3_waiting",
    "pop3_facts",
    "fetch_task",
    "service_list",
    "task_list",
    "tracking",
    "sent_senders",
    "queue_measure",
    "queue_traffic",
    "queue_outcomes",
    "windows_facts",
    "registry_write",
    "tracking_forms",
    "start_times",
    "sent_tls",
    "host_state",
    "network_probe",
    "connector_rights",
    "own_addresses",
    "smtp_clients",
    "received_mail",
    "smtp_receive_probe",
    "own_mail",
    "request",
)
"""Every part in its place: ``agent`` begins with the script's parameters, ``request`` runs what is there."""
_POP3_SERVICE = ("files", "pop3_file", "service_control", "pop3_service")
_POP3_WRITE = (*_POP3_SERVICE, "pop3_secrets", "pop3_edits", "pop3_access", "pop3_write")
_POP3_FETCH = ("files", "pop3_fetch")
_POP3_LOGIN = ("tls", "mail_talk", "pop3_login")
_POP3_WAITING = (*_POP3_LOGIN, *_POP3_FETCH, "pop3_file", "pop3_secrets", "pop3_edits", "pop3_waiting")
_SMTP = ("tls", "mail_talk", "smtp_login")
_WINDOWS_FACTS = ("files", "windows_facts")
_SENT = ("smtp_send_log", "sent_tls")
_REGISTRY_WRITE = ("service_control", "registry_write")
OWN_COMMANDS = {
    "Get-HostFacts": ("host_facts",),
    "Get-ShellLimits": ("host_facts",),
    "Test-SmtpLogin": _SMTP,
    "Read-SmtpSendLog": ("smtp_send_log",),
    "Test-Pop3Login": _POP3_LOGIN,
    "Read-Pop3Records": (*_POP3_SERVICE, "pop3_secrets", "pop3_read"),
    "Write-Pop3Records": _POP3_WRITE,
    "Restore-Pop3Records": _POP3_WRITE,
    "Set-Pop3Service": _POP3_SERVICE,
    "Start-Pop3Fetch": _POP3_FETCH,
    "Read-Pop3Log": _POP3_FETCH,
    "Get-BadMail": _POP3_FETCH,
    "Measure-Pop3Waiting": _POP3_WAITING,
    "Get-Pop3Facts": (*_POP3_SERVICE, *_POP3_FETCH, "pop3_access", "pop3_facts"),
    "Get-FetchTask": (*_POP3_FETCH, "fetch_task"),
    "Set-FetchTask": (*_POP3_FETCH, "fetch_task"),
    "Remove-FetchTask": (*_POP3_FETCH, "fetch_task"),
    "Get-ServiceList": ("service_list",),
    "Get-TaskList": (*_POP3_FETCH, "fetch_task", "task_list"),
    "Get-SentSenders": ("tracking", "sent_senders"),
    "Measure-Queue": ("host_facts", "tracking", "queue_measure", "queue_traffic"),
    "Get-MessageOutcomes": ("tracking", "queue_outcomes"),
    "Get-RegistryValues": _WINDOWS_FACTS,
    "Get-UpdateFacts": _WINDOWS_FACTS,
    "Get-EventCounts": _WINDOWS_FACTS,
    "Get-ProcessFacts": _WINDOWS_FACTS,
    "Read-RegistryKeys": _REGISTRY_WRITE,
    "Set-RegistryValues": _REGISTRY_WRITE,
    "Restart-TransportService": _REGISTRY_WRITE,
    "Get-TlsAbility": ("tls",),
    "Get-TrackingForms": ("tracking_forms",),
    "Get-StartTimes": ("host_facts", "start_times"),
    "Get-SentTls": _SENT,
    "Get-SentNames": _SENT,
    "Get-HostState": ("host_state",),
    "Get-ServerState": ("host_state",),
    "Test-Reach": ("network_probe",),
    "Get-ConnectorRights": ("connector_rights",),
    "Get-OwnAddresses": ("own_addresses",),
    "Measure-SmtpClients": ("smtp_send_log", "smtp_clients"),
    "Get-ReceivedMail": ("tracking", "received_mail"),
    "Test-SmtpReceive": (*_SMTP, "smtp_receive_probe"),
    "Send-OwnMail": (*_SMTP, "own_mail"),
}
"""The agent's own functions, each with the parts that only it and its like need."""
OF_EXCHANGE = frozenset(
    {
        "Get-ConnectorRights",
        "Get-MessageOutcomes",
        "Get-ReceivedMail",
        "Get-SentNames",
        "Get-SentSenders",
        "Get-SentTls",
        "Get-TrackingForms",
        "Measure-Queue",
        "Measure-SmtpClients",
    }
)
"""Those of them that call Exchange's cmdlets."""
_ALWAYS = frozenset(ORDER).difference(*OWN_COMMANDS.values())
_NEEDED = {command.lower(): parts for command, parts in OWN_COMMANDS.items()}
_WITHOUT = frozenset(command.lower() for command in OWN_COMMANDS.keys() - OF_EXCHANGE)


def agent_text(commands: Iterable[str]) -> str:
    """The agent as it is sent for these commands (any capitals), with one kind of line ends.

    It refuses what it was not sent for: each part puts its own function on the agent's list.
    """
    wanted = _ALWAYS.union(*(_NEEDED.get(command.lower(), ()) for command in commands))
    return "\n".join(_part(name) for name in ORDER if name in wanted)


def needs_exchange(command: str) -> bool:
    """Whether the agent loads Exchange for this command (any capitals). What does not, and stands first, is answered
    before it is loaded."""
    return command.lower() not in _WITHOUT


@cache
def _part(name: str) -> str:
    return (FOLDER / f"{name}.ps1").read_text(encoding="ascii").replace("\r\n", "\n")
