"""The table: a state of the host, one request, and what both backends must have made of it.

A row states what it proves in ``expect``: the status or error code or error id of each step, so that two backends that
fail alike by accident do not pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PASSWORD = "Zq7-lab-only-Kupferdach-9134"
SBS = "Windows SBS Internet Send SBS"
LOGIN = {"$credential": {"username": "info@beispiel.de", "password": {"$secret": "login"}}}
DOOR = {"$credential": {"username": "NT4ADMINS\\Administrator", "password": {"$secret": "door"}}}
SMARTHOST = {"SmartHosts": ["smtp.strato.de"], "DNSRoutingEnabled": False, "Port": 587, "RequireTLS": True}
WITH_LOGIN = {**SMARTHOST, "SmartHostAuthMechanism": "BasicAuthRequireTLS", "AuthenticationCredential": LOGIN}
EVERY_PROPERTY = [
    "AddressSpaces",
    "AuthenticationCredential",
    "Comment",
    "ConnectionInactivityTimeOut",
    "DNSRoutingEnabled",
    "DomainSecureEnabled",
    "Enabled",
    "ErrorPolicies",
    "ForceHELO",
    "Fqdn",
    "IgnoreSTARTTLS",
    "IsCoexistenceConnector",
    "IsScopedConnector",
    "LinkedReceiveConnector",
    "MaxMessageSize",
    "Name",
    "Port",
    "ProtocolLoggingLevel",
    "RequireOorg",
    "RequireTLS",
    "SmartHostAuthMechanism",
    "SmartHosts",
    "SmtpMaxMessagesPerConnection",
    "SourceIPAddress",
    "SourceTransportServers",
    "TlsAuthLevel",
    "TlsDomain",
    "UseExternalDNSServersEnabled",
    "SmartHostsString",
    "ConnectedDomains",
    "DistinguishedName",
    "Guid",
    "HomeMTA",
    "HomeMtaServerId",
    "Id",
    "Identity",
    "IsSmtpConnector",
    "IsValid",
    "ObjectClass",
    "SourceRoutingGroup",
    "WhenChanged",
    "WhenChangedUTC",
    "WhenCreated",
    "WhenCreatedUTC",
    "NoSuchProperty",
]
SERVER = [
    "AdminDisplayVersion",
    "DistinguishedName",
    "Domain",
    "Edition",
    "Fqdn",
    "Guid",
    "Id",
    "Identity",
    "IsHubTransportServer",
    "IsMailboxServer",
    "IsValid",
    "Name",
    "ServerRole",
    "Site",
]
TRANSPORT = [
    "Name",
    "ConnectivityLogEnabled",
    "ConnectivityLogMaxAge",
    "ConnectivityLogMaxDirectorySize",
    "ConnectivityLogMaxFileSize",
    "ConnectivityLogPath",
    "IntraOrgConnectorProtocolLoggingLevel",
    "MaxConcurrentMailboxSubmissions",
    "MessageTrackingLogEnabled",
    "MessageTrackingLogMaxAge",
    "MessageTrackingLogMaxDirectorySize",
    "MessageTrackingLogMaxFileSize",
    "MessageTrackingLogPath",
    "MessageTrackingLogSubjectLoggingEnabled",
    "ReceiveProtocolLogMaxAge",
    "ReceiveProtocolLogMaxDirectorySize",
    "ReceiveProtocolLogMaxFileSize",
    "ReceiveProtocolLogPath",
    "SendProtocolLogMaxDirectorySize",
    "SendProtocolLogMaxFileSize",
    "SendProtocolLogPath",
    "MessageRetryInterval",
    "TransientFailureRetryCount",
    "TransientFailureRetryInterval",
    "OutboundConnectionFailureRetryInterval",
    "MaxOutboundConnections",
    "MaxPerDomainOutboundConnections",
    "MessageExpirationTimeout",
    "DelayNotificationTimeout",
    "QueueMaxIdleTime",
    "SendProtocolLogMaxAge",
    "MaxConnectionRatePerMinute",
    "MaxConcurrentMailboxDeliveries",
    "Guid",
    "Identity",
    "IsValid",
    "DistinguishedName",
]
FACTS = ["ComputerName", "Fqdn", "Domain", "Windows", "PowerShell", "Exchange", "Clock", "WinRM"]
READ = ("Get-SendConnector", {}, EVERY_PROPERTY)
READ_FACTS = ("Get-HostFacts", {}, FACTS)

TLS_CLIENT = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client"
REGISTRY = {
    "Values": [
        {"Key": TLS_CLIENT.lower(), "Name": "enabled"},
        {"Key": TLS_CLIENT, "Name": "NoSuchValue"},
        {"Key": r"SOFTWARE\NoSuchKey", "Name": "Enabled"},
    ]
}
WINDOWS: list[tuple[str, dict[str, Any], list[str] | None]] = [
    ("Get-RegistryValues", REGISTRY, ["Key", "Name", "Present", "Value"]),
    ("Get-RegistryValues", {}, ["Key"]),
    ("Get-UpdateFacts", {}, ["ExSetup", "WinHttp", "WebIo", "DotNet35"]),
    ("Get-EventCounts", {"Sources": ["*POP3*"]}, ["Source", "Id", "Kind", "Count"]),
    ("Get-StartTimes", {"Services": ["MSExchangeTransport", "NoSuchService"]}, ["Boot", "Services"]),
    ("Get-StartTimes", {}, ["Boot"]),
]
THROUGH_THE_DOOR: dict[str, Any] = {
    "endpoint": {"uri": "http://sbs/PowerShell/", "credential": DOOR},
    "secrets": {"login": PASSWORD, "door": "lab-only-Dachpappe-4711"},
}
TRACKED = [
    {"Sender": "", "ConnectorId": r"SBS\Default SBS", "EventId": "Receive", "Count": 3},
    {"Sender": "info@beispiel.de", "ConnectorId": SBS, "Count": 2},
    {"Sender": "info@beispiel.de", "ConnectorId": SBS, "Ago": "1.01:00:00"},
]

Step = tuple[str, dict[str, Any], list[str] | None]


@dataclass(frozen=True)
class Row:
    """``state`` names a file of lab/states or is one; ``each`` runs every step whatever the others did."""

    name: str
    steps: list[Step]
    expect: list[str]
    state: str | dict[str, Any] = "sbs2011"
    exchange: str = "snapin"
    each: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """As docs/wire.md has it."""
        steps = [
            {"id": f"step {number}", "command": command, "parameters": parameters, "always": self.each}
            | ({} if select is None else {"select": select})
            for number, (command, parameters, select) in enumerate(self.steps)
        ]
        secrets = {"login": PASSWORD}
        return {"protocol": 1, "exchange": self.exchange, "steps": steps, "secrets": secrets} | self.more


def new(**parameters: Any) -> Step:
    """New-SendConnector with what it cannot do without."""
    return ("New-SendConnector", {"Name": "Neu", "AddressSpaces": ["*"], **parameters}, ["Name"])


def change(**parameters: Any) -> Step:
    """Set-SendConnector on the one that is there."""
    return ("Set-SendConnector", {"Identity": SBS, **parameters}, None)


def transport(**parameters: Any) -> Step:
    """Set-TransportServer on the host itself."""
    return ("Set-TransportServer", {"Identity": "SBS", **parameters}, None)


READ_TRANSPORT = ("Get-TransportServer", {"Identity": "SBS"}, TRANSPORT)

NAME_UNKNOWN = "NamedParameterNotFound"
NOT_TAKEN = "ParameterArgumentTransformationError"
IS_NULL = "ParameterArgumentValidationErrorNullNotAllowed"
IS_EMPTY = "ParameterArgumentValidationErrorEmptyStringNotAllowed"
EMPTY_LIST = "ParameterArgumentValidationErrorEmptyArrayNotAllowed"
MISSING = "MissingMandatoryParameter"
NO_SET = "AmbiguousParameterSet"
HOST = "Microsoft.Exchange."
RULE = "Microsoft.Exchange.Data.DataValidationException"
NOT_FOUND = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException"
SERVER_REFUSAL = "Microsoft.Exchange.Data.Common.LocalizedException"
EXISTS = "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException"
CANNOT_ASK = "System.Management.Automation.PSInvalidOperationException"

BINDER: list[tuple[Step, str]] = [
    (change(Nope=1), NAME_UNKNOWN),
    (change(TlsCertificateName="x"), NAME_UNKNOWN),
    (change(Usage="Custom"), NAME_UNKNOWN),
    (("Get-SendConnector", {"ResultSize": "Unlimited"}, None), NAME_UNKNOWN),
    (("Set-SendConnector", {"Port": 25}, None), MISSING),
    (("Remove-SendConnector", {}, None), MISSING),
    (("New-SendConnector", {"AddressSpaces": ["*"]}, None), MISSING),
    (("New-SendConnector", {"Name": "Neu"}, None), MISSING),
    (("New-SendConnector", {"Name": "N", "AddressSpaces": "*", "LinkedReceiveConnector": "R"}, None), NO_SET),
    (("Set-SendConnector", {"Identity": None}, None), IS_NULL),
    (("New-SendConnector", {"Name": "", "AddressSpaces": ["*"]}, None), IS_EMPTY),
    (("New-SendConnector", {"Name": None, "AddressSpaces": ["*"]}, None), IS_EMPTY),
    (("New-SendConnector", {"Name": "Neu", "AddressSpaces": []}, None), EMPTY_LIST),
    (("New-SendConnector", {"Name": "Neu", "AddressSpaces": None}, None), IS_NULL),
    (change(Port="smtp"), NOT_TAKEN),
    (change(Port=2**40), NOT_TAKEN),
    (change(Port=[25]), NOT_TAKEN),
    (change(Enabled="yes"), NOT_TAKEN),
    (change(Enabled=None), NOT_TAKEN),
    (change(SmartHostAuthMechanism="Plain"), NOT_TAKEN),
    (change(SmartHostAuthMechanism=None), NOT_TAKEN),
    (change(TlsAuthLevel="Strict"), NOT_TAKEN),
    (change(ErrorPolicies="UpgradeCustomFailures"), NOT_TAKEN),
    (change(AddressSpaces=["SMTP:*;0"]), NOT_TAKEN),
    (change(AddressSpaces=["a b"]), NOT_TAKEN),
    (change(AddressSpaces=["*", "SMTP:*;1"]), NOT_TAKEN),
    (change(SmartHosts=["not a host"]), NOT_TAKEN),
    (change(MaxMessageSize="ten"), NOT_TAKEN),
    (change(MaxMessageSize=None), NOT_TAKEN),
    (change(ConnectionInactivityTimeOut="soon"), NOT_TAKEN),
    (change(SourceIPAddress="1.2.3.4.5"), NOT_TAKEN),
    (change(Fqdn="a b"), NOT_TAKEN),
    (change(TlsDomain="a b"), NOT_TAKEN),
    (change(Comment=["a", "b"]), NOT_TAKEN),
    (change(AuthenticationCredential="info@beispiel.de"), NOT_TAKEN),
]

RULES: list[tuple[Step, str]] = [
    (("Get-SendConnector", {"Identity": "no such"}, ["Name"]), NOT_FOUND),
    (("Set-SendConnector", {"Identity": "no such", "Port": 25}, None), NOT_FOUND),
    (("Remove-SendConnector", {"Identity": "no such"}, None), NOT_FOUND),
    (("Remove-SendConnector", {"Identity": SBS, "Confirm": True}, None), CANNOT_ASK),
    (("Get-ExchangeServer", {"Identity": "no such"}, ["Name"]), NOT_FOUND),
    (("New-SendConnector", {"Name": SBS, "AddressSpaces": ["*"]}, None), EXISTS),
    (change(SmartHosts=["smtp.strato.de"]), RULE),
    (change(DNSRoutingEnabled=False), RULE),
    (change(**SMARTHOST, SmartHostAuthMechanism="BasicAuth"), RULE),
    (change(**SMARTHOST, IgnoreSTARTTLS=True), RULE),
    (change(TlsAuthLevel="EncryptionOnly"), RULE),
    (change(**SMARTHOST, TlsAuthLevel="DomainValidation"), RULE),
    (change(Port=70000), RULE),
    (change(ConnectionInactivityTimeOut="2.00:00:00"), RULE),
    (new(SourceTransportServers=["EX9"]), SERVER_REFUSAL),
    (new(Usage="Internet", Internet=True), SERVER_REFUSAL),
]

TRANSPORT_REFUSALS: list[tuple[Step, str]] = [
    (("Set-TransportServer", {"MessageRetryInterval": "00:15:00"}, None), MISSING),
    (("Set-TransportServer", {"Identity": None}, None), IS_NULL),
    (("Set-TransportServer", {"Identity": "no such"}, None), NOT_FOUND),
    (transport(Nope=1), NAME_UNKNOWN),
    (transport(QueueLogMaxAge="7.00:00:00"), NAME_UNKNOWN),
    (transport(MessageRetryInterval="often"), NOT_TAKEN),
    (transport(MessageRetryInterval=None), NOT_TAKEN),
    (transport(MessageRetryInterval="00:00:00"), RULE),
    (transport(MessageRetryInterval="1.00:00:01"), RULE),
    (transport(TransientFailureRetryCount="six"), NOT_TAKEN),
    (transport(TransientFailureRetryCount=16), RULE),
    (transport(MaxOutboundConnections="10MB"), NOT_TAKEN),
    (transport(MaxOutboundConnections=None), NOT_TAKEN),
    (transport(MaxOutboundConnections=19), RULE),
    (transport(MaxPerDomainOutboundConnections="unlimited"), RULE),
    (transport(SendProtocolLogPath="Logs"), NOT_TAKEN),
    (transport(IntraOrgConnectorProtocolLoggingLevel="Loud"), NOT_TAKEN),
    (transport(TransportSyncLogLoggingLevel="Loud"), NOT_TAKEN),
    (transport(TransportSyncLogLoggingLevel="RawData"), SERVER_REFUSAL),
    (transport(MessageTrackingLogMaxFileSize="unlimited"), NOT_TAKEN),
    (transport(MessageTrackingLogMaxFileSize="2GB"), RULE),
    (transport(ConnectivityLogMaxFileSize=0), RULE),
    (transport(ReceiveProtocolLogMaxDirectorySize="much"), NOT_TAKEN),
    (transport(ExternalDNSServers=["10.0.0"]), NOT_TAKEN),
    (transport(PickupDirectoryMaxMessagesPerMinute=50), SERVER_REFUSAL),
    (transport(MessageTrackingLogEnabled="yes"), NOT_TAKEN),
    (transport(MessageTrackingLogEnabled=False, Confirm=True), CANNOT_ASK),
    (READ_TRANSPORT, "done"),
]

TRANSPORT_VALUES = {
    "ConnectivityLogEnabled": True,
    "ConnectivityLogMaxAge": "7.00:00:00",
    "ConnectivityLogMaxDirectorySize": "unlimited",
    "ConnectivityLogMaxFileSize": "20MB",
    "ConnectivityLogPath": None,
    "DelayNotificationTimeout": "12:00:00",
    "IntraOrgConnectorProtocolLoggingLevel": "Verbose",
    "MaxOutboundConnections": "unlimited",
    "MaxPerDomainOutboundConnections": 2,
    "MessageExpirationTimeout": "4.00:00:00",
    "MessageRetryInterval": "00:30:00",
    "MessageTrackingLogEnabled": False,
    "MessageTrackingLogMaxAge": "0.00:00:00",
    "MessageTrackingLogMaxDirectorySize": "3GB",
    "MessageTrackingLogMaxFileSize": "4294967",
    "MessageTrackingLogPath": "D:\\Verfolgung",
    "MessageTrackingLogSubjectLoggingEnabled": False,
    "OutboundConnectionFailureRetryInterval": "00:30:00",
    "QueueMaxIdleTime": "00:05:00",
    "ReceiveProtocolLogMaxAge": "14.00:00:00",
    "SendProtocolLogMaxAge": "14.00:00:00",
    "SendProtocolLogMaxDirectorySize": 2097152,
    "SendProtocolLogMaxFileSize": "2MB",
    "SendProtocolLogPath": "D:\\Protokolle für Exchange\\",
    "TransientFailureRetryCount": 0,
    "TransientFailureRetryInterval": "00:10:00",
}

VALUES = {
    "MaxMessageSize": "20MB",
    "ConnectionInactivityTimeOut": "00:05:00",
    "ErrorPolicies": "DowngradeDnsFailures, DowngradeAuthFailures",
    "ProtocolLoggingLevel": "Verbose",
    "Comment": "Grüße aus Köln – ‘sbs’ 漢字 \U0001f4e7 \"'`$(x)\t\u0001 2026-11-24T20:39:36Z",
    "SourceIPAddress": "192.168.1.2",
    "Fqdn": "mail.beispiel.de",
    "TlsAuthLevel": "DomainValidation",
    "TlsDomain": "*.strato.de",
    "SmtpMaxMessagesPerConnection": 5,
    "AddressSpaces": ["*", "beispiel.de;7", "X400:o=Beispiel;c=de;9"],
    "SmartHosts": ["smtp.strato.de", "192.168.1.9"],
    "ForceHELO": True,
    "Enabled": False,
    "UseExternalDNSServersEnabled": 1,
}

CLEAR = {"Comment": None, "Fqdn": None, "SourceIPAddress": None}

ROWS = [
    Row("facts", [READ_FACTS], ["done"]),
    Row("facts of a German server", [READ_FACTS, READ], ["done", "done"], state="sbs2011_german"),
    Row("facts without Exchange", [READ_FACTS], ["done"], state="no_exchange", exchange="none"),
    Row("facts beside Exchange 2013", [READ_FACTS], ["done"], state="exchange2013", exchange="none"),
    Row("facts without the snap-in", [READ_FACTS], ["done"], state="no_snapin", exchange="none"),
    Row(
        "facts of Windows",
        WINDOWS,
        ["done", "MissingMandatoryParameter", "done", "done", "done", "MissingMandatoryParameter"],
        state={"registry": {TLS_CLIENT: {"Enabled": 1}}},
        exchange="none",
    ),
    *(
        Row(
            f"what {name} tells of Exchange, TLS and its shells",
            [
                ("Get-UpdateFacts", {}, ["ExSetup"]),
                ("Get-TlsAbility", {}, ["Tls12"]),
                ("Get-ShellLimits", {}, ["MaxMemoryPerShellMB"]),
            ],
            ["done"] * 3,
            state={"profile": name, **state},
            exchange="none",
        )
        for name, state in (
            ("sbs2011", {}),
            ("sbs2011_wmf3", {"exsetup_version": "14.3.235.1", "dotnet_tls12": False, "max_memory_per_shell_mb": 1024}),
            ("no_exchange", {"dotnet_tls12": False}),
        )
    ),
    Row(
        "kinds of tracking events",
        [
            ("Get-TrackingForms", {}, ["EventId", "Source", "ConnectorId", "Count", "EmptySenders"]),
            ("Get-TrackingForms", {"Hours": 30}, ["EventId", "Count"]),
            ("Get-TrackingForms", {"Hours": 0}, ["EventId"]),
        ],
        ["done", "done", "parameter_unreadable"],
        state={"tracking": TRACKED},
    ),
    Row("facts given a parameter", [("Get-HostFacts", {"Verbosely": True}, FACTS)], [NAME_UNKNOWN]),
    Row(
        "every property, one by name, none",
        [READ, ("Get-SendConnector", {"Identity": SBS}, ["Name"]), ("Get-SendConnector", {}, None), READ],
        ["done", "done", "done", "done"],
    ),
    Row("every property of a login", [READ], ["done"], state="smarthost"),
    Row("no connector at all", [READ], ["done"], state="no_connector"),
    Row(
        "servers",
        [("Get-ExchangeServer", {}, SERVER), ("Get-ExchangeServer", {"Identity": "EX2", "Status": True}, SERVER)],
        ["done", "done"],
        state="two_servers",
    ),
    Row(
        "transport servers",
        [
            ("Get-TransportServer", {}, TRANSPORT),
            ("Get-TransportServer", {"Identity": "EX2"}, TRANSPORT),
            ("Get-TransportServer", {"Identity": "EX3"}, ["Name"]),
            ("Get-TransportServer", {"Status": True}, ["Name"]),
        ],
        ["done", "done", NOT_FOUND, NAME_UNKNOWN],
        state="two_servers",
    ),
    Row(
        "transport settings",
        [
            transport(**TRANSPORT_VALUES),
            READ_TRANSPORT,
            transport(MessageRetryInterval="00:01:00", WhatIf=True),
            transport(SendProtocolLogPath=None, MaxOutboundConnections=2),
            READ_TRANSPORT,
        ],
        ["done"] * 5,
        state="sbs2011_german",
    ),
    Row(
        "what a transport server refuses",
        [step for step, _ in TRANSPORT_REFUSALS],
        [error for _, error in TRANSPORT_REFUSALS],
    ),
    Row(
        "from nothing to a smarthost and away",
        [
            new(**WITH_LOGIN),
            READ,
            ("Set-SendConnector", {"Identity": "Neu", "Name": "Neuer", **VALUES}, None),
            READ,
            (
                "Set-SendConnector",
                {"Identity": "Neuer", "TlsAuthLevel": None, "TlsDomain": None, **CLEAR},
                None,
            ),
            ("Set-SendConnector", {"Identity": "Neuer", "AuthenticationCredential": None}, None),
            ("Remove-SendConnector", {"Identity": "Neuer", "WhatIf": True}, None),
            READ,
            ("Remove-SendConnector", {"Identity": "Neuer"}, None),
            READ,
        ],
        ["done"] * 5 + [RULE] + ["done"] * 4,
        state="sbs2011_german",
    ),
    Row("what the binder refuses", [step for step, _ in BINDER], [error for _, error in BINDER]),
    Row(
        "what the binder refuses on a German server",
        [step for step, _ in BINDER],
        [error for _, error in BINDER],
        state={"language": "de", "send_connectors": [{"Name": SBS, "AddressSpaces": ["*"]}]},
    ),
    Row("what Exchange refuses", [step for step, _ in RULES], [error for _, error in RULES]),
    Row(
        "what Exchange refuses in German",
        [step for step, _ in RULES],
        [error for _, error in RULES],
        state={"language": "de", "send_connectors": [{"Name": SBS, "AddressSpaces": ["*"]}]},
    ),
    Row(
        "two connectors of one name",
        [("Set-SendConnector", {"Identity": "Internet", "Port": 26}, None), READ],
        ["Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException", "done"],
        state="duplicate_names",
    ),
    Row(
        "a step fails, the others wait",
        [change(Port=26), change(Port=70000), change(Port=27), READ],
        ["done", RULE, "not_tried", "not_tried"],
        each=False,
    ),
    Row(
        "the command is not on the list",
        [READ, ("Get-Process", {}, None), ("Invoke-Expression", {"Command": "1"}, None), READ_FACTS],
        ["not_tried", "command_refused", "command_refused", "not_tried"],
    ),
    Row(
        "names in other capitals",
        [("get-sendconnector", {"identity": SBS.upper()}, ["name", "Port"]), ("GET-HOSTFACTS", {}, ["computername"])],
        ["done", "done"],
    ),
    Row(
        "a secret that is not there",
        [change(**WITH_LOGIN | {"AuthenticationCredential": {"$secret": "other"}}), READ],
        ["parameter_unreadable", "done"],
    ),
    Row(
        "a secret in an error",
        [
            ("Get-SendConnector", {"Identity": {"$secret": "login"}}, ["Name"]),
            change(SmartHosts=[{"$secret": "login"}, "a b"]),
            change(SmartHostAuthMechanism={"$secret": "login"}),
            change(**{PASSWORD: 1}),
        ],
        [NOT_FOUND, NOT_TAKEN, NOT_TAKEN, NAME_UNKNOWN],
    ),
    Row("no server", [READ, READ_FACTS], ["exchange_missing", "done"], state="no_exchange"),
    Row("a snap-in that fails", [READ, READ], ["exchange_not_loaded"] * 2, state="snapin_fails"),
    Row("too little memory for the snap-in", [READ], ["exchange_not_loaded"], state="little_memory"),
    Row(
        "a connector of a server that is gone",
        [READ, ("Get-ExchangeServer", {}, SERVER)],
        ["done"] * 2,
        "retired_server",
    ),
    Row(
        "a PowerShell that the snap-in must not meet",
        [READ, READ_FACTS, ("Get-ShellLimits", {}, ["MaxMemoryPerShellMB"])],
        ["snapin_needs_old_runtime", "done", "done"],
        state="sbs2011_wmf3",
    ),
    Row(
        "a PowerShell that the snap-in must not meet, by the endpoint",
        [READ],
        ["done"],
        state={
            "profile": "sbs2011_wmf3",
            "endpoint_account": {"username": "Administrator", "password": "lab-only-Dachpappe-4711"},
        },
        exchange="endpoint",
        more=THROUGH_THE_DOOR,
    ),
    Row("no snap-in", [READ, READ], ["exchange_missing", "exchange_missing"], state="no_snapin"),
    Row("too new", [READ, READ_FACTS], ["exchange_too_new", "done"], state="exchange2013"),
    Row("too new for the endpoint", [READ], ["exchange_too_new"], state="exchange2013", exchange="endpoint"),
    Row("too old", [READ], ["exchange_missing"], state="exchange2007"),
    Row("not asked for", [READ, READ_FACTS], ["exchange_not_loaded", "done"], exchange="none"),
    Row(
        "through the endpoint",
        [READ, change(Port=26), change(Port=70000), READ],
        ["done", "done", RULE, "done"],
        exchange="endpoint",
        more=THROUGH_THE_DOOR,
    ),
    Row(
        "the endpoint does not let in",
        [READ, READ_FACTS],
        ["exchange_not_loaded", "done"],
        exchange="endpoint",
        more={"endpoint": {"uri": "http://sbs/PowerShell/", "credential": LOGIN}},
    ),
    Row(
        "the endpoint's secret is not there",
        [READ],
        ["parameter_unreadable"],
        exchange="endpoint",
        more={
            "endpoint": {
                "uri": "http://sbs/PowerShell/",
                "credential": {"$credential": {"username": "a", "password": {"$secret": "other"}}},
            }
        },
    ),
]

UNREADABLE = {
    "no JSON": "{nope",
    "empty": "",
    "a list": "[]",
    "another protocol": '{"protocol": 2, "exchange": "none", "steps": [], "secrets": {}}',
    "no protocol": '{"exchange": "none", "steps": [], "secrets": {}}',
    "no steps": '{"protocol": 1, "exchange": "none", "secrets": {}}',
    "steps of another type": '{"protocol": 1, "exchange": "none", "steps": {"id": "a"}, "secrets": {}}',
    "a step without a command": '{"protocol": 1, "exchange": "none", "steps": [{"id": "a"}], "secrets": {}}',
    "cut in the middle": '{"protocol": 1, "exchange": "none", "steps": [{"id": "a", "comm',
}
