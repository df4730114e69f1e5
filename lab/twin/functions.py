"""The agent's own functions: what PowerShell's binder knows of each (docs/wire.md), and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Final

from lab.exchange.contract import Cmdlet, Parameter, ParameterSet
from lab.exchange.host import Output
from lab.pop3.host import Killed
from lab.twin.agent import Agent, Function, Given
from lab.twin.connector_rights import get_connector_rights
from lab.twin.fetch_task import get_fetch_task, remove_fetch_task, set_fetch_task
from lab.twin.host_facts import get_host_facts, get_shell_limits
from lab.twin.host_state import get_host_state, get_server_state
from lab.twin.network_probe import reach_of
from lab.twin.own_addresses import get_own_addresses
from lab.twin.own_mail import send_own_mail
from lab.twin.pop3_facts import get_pop3_facts
from lab.twin.pop3_fetch import get_bad_mail, read_pop3_log, start_pop3_fetch
from lab.twin.pop3_login import prove_pop3_login
from lab.twin.pop3_read import read_pop3_records
from lab.twin.pop3_service import set_pop3_service
from lab.twin.pop3_waiting import measure_pop3_waiting
from lab.twin.pop3_write import restore_pop3_records, write_pop3_records
from lab.twin.queue_measure import measure_queue
from lab.twin.queue_outcomes import get_message_outcomes
from lab.twin.received_mail import get_received_mail
from lab.twin.registry_write import read_registry_keys, restart_transport_service, set_registry_values
from lab.twin.request import BrokenCall
from lab.twin.sent_senders import get_sent_senders
from lab.twin.sent_tls import get_sent_names, get_sent_tls
from lab.twin.service_list import get_service_list
from lab.twin.smtp_clients import measure_smtp_clients
from lab.twin.smtp_login import prove_smtp_login
from lab.twin.smtp_receive_probe import probe_receiving
from lab.twin.smtp_send_log import read_smtp_send_log
from lab.twin.start_times import get_start_times
from lab.twin.task_list import get_task_list
from lab.twin.tls import get_tls_ability
from lab.twin.tracking_forms import get_tracking_forms
from lab.twin.windows_facts import get_event_counts, get_process_facts, get_registry_values, get_update_facts

_PLACE: Final = {"Path": "String", "Service": "String"}
_WRITING: Final = {**_PLACE, "ServiceAfter": "String", "TimeoutSeconds": "Int32"}


@dataclass(frozen=True)
class OwnFunction:
    """``mandatory`` and ``optional`` are its parameters by name and .NET type; ``of_exchange``: it calls cmdlets."""

    name: str
    answer: Function
    mandatory: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    of_exchange: bool = False

    @property
    def signature(self) -> Cmdlet:
        """What the binder goes by."""
        types = {**self.mandatory, **self.optional}
        parameters = {key: Parameter(key, type_name, None, (), None, None, ()) for key, type_name in types.items()}
        only_set = ParameterSet("__AllParameterSets", tuple(types), tuple(self.mandatory))
        return Cmdlet(self.name, None, (only_set,), parameters)


def find(command: str) -> OwnFunction | None:
    """The function of that name, whatever its capitals."""
    return _BY_NAME.get(command.lower())


def _of_pop3(
    name: str, answer: Function, mandatory: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> OwnFunction:
    """One for which something may be ordered; where its process is killed there is no reply at all."""

    @wraps(answer)
    def run(agent: Agent, given: Given) -> Output:
        agent.machine.own_function(name, agent.cancelled)
        try:
            return answer(agent, given)
        except Killed:
            raise BrokenCall("The process was killed.") from None

    return OwnFunction(name, run, mandatory, optional or {})


_FUNCTIONS: Final = (
    OwnFunction("Get-HostFacts", get_host_facts),
    OwnFunction("Get-ShellLimits", get_shell_limits),
    OwnFunction("Get-RegistryValues", get_registry_values, {"Values": "Object"}),
    OwnFunction("Get-UpdateFacts", get_update_facts),
    _of_pop3("Read-RegistryKeys", read_registry_keys, {"Keys": "Object"}),
    _of_pop3(
        "Set-RegistryValues", set_registry_values, {"Key": "String"}, {"Values": "Object", "RemoveEmpty": "Boolean"}
    ),
    _of_pop3("Restart-TransportService", restart_transport_service, {}, {"TimeoutSeconds": "Int32"}),
    OwnFunction("Get-EventCounts", get_event_counts, {"Sources": "Object"}),
    OwnFunction("Get-ProcessFacts", get_process_facts),
    OwnFunction("Get-TlsAbility", get_tls_ability),
    OwnFunction("Get-HostState", get_host_state),
    OwnFunction("Get-ServerState", get_server_state, {}, {"TimeoutSeconds": "Int32"}),
    OwnFunction("Get-StartTimes", get_start_times, {"Services": "Object"}),
    OwnFunction("Get-SentTls", get_sent_tls, {"Days": "Int32"}, {"Path": "String"}, of_exchange=True),
    OwnFunction("Get-SentNames", get_sent_names, {"Days": "Int32"}, {"Path": "String"}, of_exchange=True),
    OwnFunction(
        "Test-SmtpLogin",
        prove_smtp_login,
        {"Server": "String", "Port": "Int32", "Credential": "Object", "Sender": "String", "Recipient": "String"},
        {"TimeoutSeconds": "Int32", "HeloName": "String", "Senders": "Object"},
    ),
    OwnFunction("Test-Reach", reach_of, {"Places": "Object"}, {"TimeoutSeconds": "Int32"}),
    OwnFunction(
        "Test-Pop3Login",
        prove_pop3_login,
        {"Server": "String", "Port": "Int32", "Security": "String", "Credential": "Object"},
        {"TimeoutSeconds": "Int32"},
    ),
    OwnFunction(
        "Read-SmtpSendLog",
        read_smtp_send_log,
        {"Path": "String", "After": "String", "Connector": "String"},
        {"MaxLines": "Int32"},
    ),
    OwnFunction("Get-ConnectorRights", get_connector_rights, {}, {"Connectors": "Object"}, of_exchange=True),
    OwnFunction("Get-OwnAddresses", get_own_addresses),
    OwnFunction("Measure-SmtpClients", measure_smtp_clients, {"Days": "Int32"}, {"Path": "String"}, of_exchange=True),
    OwnFunction("Get-ReceivedMail", get_received_mail, {"Hours": "Int32"}, {"MessageIds": "Object"}, of_exchange=True),
    OwnFunction(
        "Test-SmtpReceive",
        probe_receiving,
        {"Address": "String", "Recipients": "Object"},
        {
            **dict.fromkeys(("Port", "TimeoutSeconds"), "Int32"),
            **dict.fromkeys(("Helo", "Sender", "TlsName"), "String"),
        },
    ),
    OwnFunction(
        "Send-OwnMail",
        send_own_mail,
        {
            "Port": "Int32",
            "Credential": "Object",
            **dict.fromkeys(("Server", "Sender", "Recipient", "MessageId", "Subject"), "String"),
        },
        {"TimeoutSeconds": "Int32", **dict.fromkeys(("Security", "HeloName"), "String")},
    ),
    OwnFunction("Get-SentSenders", get_sent_senders, {"Days": "Int32"}, of_exchange=True),
    OwnFunction("Get-TrackingForms", get_tracking_forms, {}, {"Hours": "Int32"}, of_exchange=True),
    OwnFunction(
        "Measure-Queue",
        measure_queue,
        {},
        {
            **dict.fromkeys(("Hours", "Errors", "Back"), "Int32"),
            **dict.fromkeys(("Counted", "Latest", "Causes"), "Object"),
        },
        of_exchange=True,
    ),
    OwnFunction(
        "Get-MessageOutcomes",
        get_message_outcomes,
        {"Since": "String", "Ids": "Object"},
        {"Events": "Object"},
        of_exchange=True,
    ),
    _of_pop3("Read-Pop3Records", read_pop3_records, {}, {**_PLACE, "Candidates": "Object", "Content": "Boolean"}),
    _of_pop3("Write-Pop3Records", write_pop3_records, {"Sha256": "String", "Edits": "Object"}, _WRITING),
    _of_pop3("Restore-Pop3Records", restore_pop3_records, {"Backup": "String"}, {**_WRITING, "Sha256": "String"}),
    _of_pop3("Set-Pop3Service", set_pop3_service, {"Status": "String"}, {**_PLACE, "TimeoutSeconds": "Int32"}),
    _of_pop3("Start-Pop3Fetch", start_pop3_fetch, {}, {"Program": "String", "WaitSeconds": "Int32"}),
    _of_pop3("Read-Pop3Log", read_pop3_log, {}, {"Folder": "String", "Lines": "Int32"}),
    _of_pop3("Get-BadMail", get_bad_mail, {}, {"Folder": "String"}),
    _of_pop3(
        "Measure-Pop3Waiting",
        measure_pop3_waiting,
        {"Sha256": "String", "Logins": "Object"},
        {"Path": "String", "LogFolder": "String", "TimeoutSeconds": "Int32", "LimitSeconds": "Int32"},
    ),
    _of_pop3("Get-FetchTask", get_fetch_task, {"Name": "String"}),
    _of_pop3("Set-FetchTask", set_fetch_task, {"Name": "String", "IntervalMinutes": "Int32"}, {"Program": "String"}),
    _of_pop3("Remove-FetchTask", remove_fetch_task, {"Name": "String"}),
    _of_pop3("Get-TaskList", get_task_list, {"Names": "Object"}),
    _of_pop3("Get-ServiceList", get_service_list, {"Names": "Object"}),
    _of_pop3("Get-Pop3Facts", get_pop3_facts, {}, {**_PLACE, "Salt": "String"}),
)
_BY_NAME: Final = {function.name.lower(): function for function in _FUNCTIONS}
