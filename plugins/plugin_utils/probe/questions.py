# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one table of what only a real host can answer: what is run there, and which questions that answers.

``docs/unknowns.md`` and ``scripts/probe_host.ps1`` are made from it, ``playbooks/probe_host.yml`` asks it, and
``scripts/compare-probe`` holds the answers against it. What cannot be asked by reading is in by_hand.py.
"""

from __future__ import annotations

from typing import Any

from ..pop3_connector import collectors
from ..request import Step
from .by_hand import BY_HAND
from .question import Ask, Expect, Question

_SCHANNEL = r"SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols"
_DOTNET = (r"SOFTWARE\Microsoft\.NETFramework", r"SOFTWARE\Wow6432Node\Microsoft\.NETFramework")
_WINHTTP = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings\WinHttp"
_SUITES = r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"
_PROTOCOLS = ("TLS 1.0", "TLS 1.1", "TLS 1.2")
_ENDS = [rf"{_SCHANNEL}\{protocol}\{end}" for protocol in _PROTOCOLS for end in ("Client", "Server")]
_RUNTIMES = [rf"{root}\{version}" for root in _DOTNET for version in ("v2.0.50727", "v4.0.30319")]


def _values(keys: list[str], *names: str) -> list[dict[str, str]]:
    return [{"Key": key, "Name": name} for key in keys for name in names]


def _registry(*values: list[dict[str, str]]) -> dict[str, Any]:
    return {"Values": [value for some in values for value in some]}


ASKS = (
    Ask("host", "Get-HostFacts"),
    Ask("tls", "Get-RegistryValues", _registry(_values(_ENDS, "Enabled", "DisabledByDefault"))),
    Ask(
        "dotnet",
        "Get-RegistryValues",
        _registry(
            _values(_RUNTIMES, "SystemDefaultTlsVersions", "SchUseStrongCrypto"),
            _values([_WINHTTP], "DefaultSecureProtocols"),
            _values([_SUITES], "Functions"),
        ),
    ),
    Ask("updates", "Get-UpdateFacts"),
    Ask("pop3", "Get-Pop3Facts"),
    Ask("services", "Get-ServiceList", dict(collectors.read_step(()).parameters)),
    Ask("addresses", "Get-OwnAddresses"),
    Ask("events", "Get-EventCounts", {"Sources": ["*pop3*", "MSExchangeTransport"]}),
    Ask("server", "Get-ExchangeServer", exchange=True),
    Ask("send", "Get-SendConnector", exchange=True),
    Ask("receive", "Get-ReceiveConnector", exchange=True),
    Ask("filter", "Get-RecipientFilterConfig", exchange=True),
    Ask("transport", "Get-TransportServer", exchange=True),
    Ask("queues", "Get-Queue", exchange=True),
    Ask("policies", "Get-EmailAddressPolicy", exchange=True),
    Ask("domains", "Get-AcceptedDomain", exchange=True),
    Ask("recipients", "Get-Recipient", exchange=True),
    Ask("agents", "Get-TransportAgent", exchange=True),
    Ask("tracking", "Get-TrackingForms", {"Hours": 24}, exchange=True),
    Ask("memory", "Get-ProcessFacts", exchange=True),
)
"""What is run on a host, in this order: in one process what needs no Exchange, in another the rest."""

_WORDS, _TERM, _NAME, _VALUE = "words", "term", "name", "value"
_FILE = {"Name": "file", "Length": _WORDS}
_REGISTRY = {"Key": "key", "Name": "key", "Present": _WORDS, "Value": "suites"}

ASKED = (
    Question(
        "windows",
        "Which Windows, PowerShell and .NET is it, and does it call itself a Small Business Server?",
        "The agent is written for PowerShell 2.0 on .NET 3.5; another one says little about an untouched SBS.",
        "6.1.7601, PowerShell 2.0, CLR 2, a SKU of a Small Business Server",
        ("lab/host/profiles.py", "plugins/plugin_utils/agent/host_facts.py"),
        "host",
        {
            "Windows": {
                "Version": "version",
                "ServicePack": _WORDS,
                "Architecture": _TERM,
                "Sku": _WORDS,
                "SuiteMask": _WORDS,
                "Language": "language",
            },
            "PowerShell": {"Version": "version", "Clr": "version"},
        },
        (
            Expect("Windows.Version", r"^6\.1\.7601$"),
            Expect("Windows.Sku", "^(9|25|50)$"),
            Expect("PowerShell.Version", r"^2\.0$"),
            Expect("PowerShell.Clr", r"^2\.0\.50727\."),
        ),
        says=("**No physical SBS yet**", "No physical server has been asked yet. Whether a running transport service"),
    ),
    Question(
        "names",
        "Does the registry tell the server's name and domain as they are looked for?",
        "A login is proven with this name in EHLO, and a host is known by it.",
        "host name and domain in Tcpip\\Parameters, together the full name",
        ("plugins/agent/host.ps1", "lab/host/registry.py"),
        "host",
        {"ComputerName": _NAME, "Domain": _NAME, "Fqdn": _NAME},
        (Expect("ComputerName", "^host-1$"), Expect("Domain", "^domain-1$"), Expect("Fqdn", r"^host-1\.domain-1$")),
    ),
    Question(
        "shell_memory_limit",
        "How much memory does WinRM give a shell?",
        "With 150 MB, loading the snap-in is expected to fail.",
        "150 MB on an untouched server",
        ("lab/host/profiles.py", "plugins/agent/host_facts.ps1"),
        "host",
        {"WinRM": {"MaxMemoryPerShellMB": _WORDS}},
        (Expect("WinRM.MaxMemoryPerShellMB", "^150$"),),
        says=("150 MB a shell are too little",),
    ),
    Question(
        "exchange_setup",
        "What does the registry say of Exchange, and is its snap-in registered?",
        "Version and roles are read there before anything of Exchange is loaded.",
        "keys v14 and v15 below ExchangeServer; the version is the service pack's, without rollups",
        ("plugins/agent/exchange.ps1", "lab/host/registry.py", "lab/host/profiles.py"),
        "host",
        {"Exchange": {"Installed": _WORDS, "Build": "version", "Roles": _TERM, "SnapinRegistered": _WORDS}},
        (
            Expect("Exchange.Installed", "^true$"),
            Expect("Exchange.Build", r"^14\.3\.123\.4$"),
            Expect("Exchange.Roles", "^HubTransport$", some=True),
            Expect("Exchange.SnapinRegistered", "^true$"),
        ),
    ),
    Question(
        "updates",
        "Which rollup of Exchange is installed, and are the updates for TLS 1.2 there?",
        "Before 14.3.235.1 Exchange's SMTP speaks TLS 1.0 only, and no provider takes that any more.",
        "Exchange speaks TLS 1.2 (the lab's does in its prepared state)",
        ("lab/states/sbs2011.yml", "docs/server.md"),
        "updates",
        {"ExSetup": "version", "WinHttp": "version", "WebIo": "version", "DotNet35": _WORDS},
        (
            Expect("ExSetup", r"^(14\.3\.(23[5-9]|2[4-9]\d|[3-9]\d\d)|15\.)"),
            Expect("DotNet35", "^true$"),
        ),
    ),
    Question(
        "tls_keys",
        "What do the SCHANNEL keys say of TLS 1.0 to 1.2?",
        "Without the client keys of TLS 1.2 a 2008 R2 does not offer it.",
        "no keys on an untouched server",
        ("docs/server.md", "lab/states/sbs2011_stock.yml"),
        "tls",
        _REGISTRY,
        (Expect("Present", "^false$"),),
        says=("half a key of SCHANNEL",),
    ),
    Question(
        "dotnet_tls",
        "What do .NET, WinHTTP and the cipher policy have for TLS?",
        "Login proofs and the POP3 connector are .NET programs; a policy replaces Windows' own list of suites.",
        "nothing on an untouched server",
        ("plugins/agent/smtp_login.ps1", "lab/states/sbs2011_stock.yml"),
        "dotnet",
        _REGISTRY,
        (Expect("Value", "(?!)"),),
        says=("whether it can speak TLS 1.2",),
    ),
    Question(
        "pop3_form",
        "How is pop3records.dat encoded, and how do its lines end?",
        "The file is edited byte for byte.",
        "UTF-8, with or without a mark, or UTF-16LE with one; CRLF or LF",
        ("lab/pop3/profiles.yml", "plugins/agent/pop3_file.ps1"),
        "pop3",
        {"Bytes": {"Length": _WORDS, "FirstBytes": "hexadecimal", "Crlf": _WORDS, "Lf": _WORDS, "Cr": _WORDS}},
        (Expect("Bytes.Cr", "^0$"), Expect("Bytes.FirstBytes", "^(?!feff|0000)")),
        says=("all of `lab/pop3/profiles.yml`", "that there is no file\nbefore the first account"),
    ),
    Question(
        "pop3_keys",
        "Which keys has an account, in which order, and what does the program name?",
        "Mailbox, SSL and logon type can only be written once their keys are known.",
        "nothing beyond Pop3Account, Server, Port, Username, Password, Entropy and a line `-`; the lab guesses",
        ("lab/pop3/profiles.yml", "plugins/plugin_utils/pop3_connector/key_map.py", "plugins/agent/pop3_file.ps1"),
        "pop3",
        {
            "Program": {"Strings": "program"},
            "Lines": {"Key": "key", "ValueLength": _WORDS, "Class": _TERM, "Value": _VALUE, "Account": _WORDS},
        },
        tuple(Expect("Lines.Key", f"^{key}$", some=True) for key in ("Pop3Account", "Server", "Port", "Username")),
        says=("is not publicly known.**", "format nobody has published", "nobody knows the real ones yet"),
    ),
    Question(
        "pop3_access",
        "Who owns the accounts file, and who may read it?",
        "A file that is replaced has to keep both.",
        "SYSTEM and the administrators",
        ("lab/pop3/files.py", "plugins/agent/pop3_access.ps1"),
        "pop3",
        {"Acl": _TERM},
        (Expect("Acl", "^O:SY"),),
        says=("the file's owner and access list (`lab/pop3/files.py`)",),
    ),
    Question(
        "pop3_service",
        "What is the connector's service called, how does it start, as whom, and what does it need?",
        "It is stopped before the file is written, and started after it.",
        "pop3connector, by itself, as LocalSystem",
        ("plugins/agent/pop3_service.ps1", "lab/pop3/services.py", "lab/pop3/places.py"),
        "pop3",
        {
            "Service": {
                "Name": _NAME,
                "Exists": _WORDS,
                "DisplayName": _NAME,
                "Status": _TERM,
                "StartMode": _TERM,
                "Description": _WORDS,
                "Account": _NAME,
                "Program": "path",
                "DependsOn": _NAME,
            }
        },
        (
            Expect("Service.Exists", "^true$"),
            Expect("Service.DisplayName", "^Windows SBS POP3 Connector$"),
            Expect("Service.StartMode", "^Auto$"),
            Expect("Service.Account", "^LocalSystem$"),
        ),
        says=("that a service runs and starts by itself as `LocalSystem`",),
    ),
    Question(
        "pop3_places",
        "Where are the connector's files, log and program?",
        "They are looked for at fixed places.",
        "Data, Logs\\pop3connector and Bin below Windows Small Business Server",
        ("plugins/agent/files.ps1", "lab/pop3/places.py"),
        "pop3",
        {"Folders": {"Path": "path", "Files": _FILE}},
        (
            Expect(
                "Folders.Path", r"^C:\\Program Files\\Windows Small Business Server\\(Data|Logs\\pop3connector|Bin)$"
            ),
        ),
    ),
    Question(
        "pop3_program",
        "Which .NET does the connector's program run on?",
        "That decides which registry values could make it speak TLS 1.2.",
        "either runtime",
        ("lab/pop3/program.py", "plugins/agent/pop3_facts.ps1"),
        "pop3",
        {"Program": {"Exists": _WORDS, "FileVersion": "version", "Runtime": "runtime", "Config": _WORDS}},
        (Expect("Program.Exists", "^true$"), Expect("Program.Runtime", r"^v(2\.0\.50727|4\.0\.30319)$")),
    ),
    Question(
        "pop3_schedule",
        "Where is the interval kept?",
        "Until that is known it is never written; a task of our own fetches instead.",
        "at no place that is known",
        ("plugins/plugin_utils/pop3_connector/task.py", "lab/pop3/host.py"),
        "pop3",
        {"Registry": {"Path": "path", "Name": "key", "Kind": _TERM, "Value": _VALUE}},
        (Expect("Registry.Name", "^(?!.*(Interval|Schedule|Poll|Frequency|Minute))"),),
        says=("Where the connector's own schedule is kept is not known",),
    ),
    Question(
        "pop3_log",
        "What is the connector's log called, and what form have its lines?",
        "It is shown as it is; nothing is read out of it.",
        "one *.log; the words of the lab's are the lab's",
        ("lab/pop3/places.py", "plugins/agent/pop3_fetch.ps1"),
        "pop3",
        {"Log": {"Name": "file", "Length": _WORDS, "Lines": _WORDS}},
        (Expect("Log.Name", r"\.log$"),),
        says=("the log's name",),
    ),
    Question(
        "collectors",
        "Which other programs fetch mail here?",
        "Two collectors of one mailbox take each other's mail.",
        "known by the product's name in that of their service",
        ("plugins/plugin_utils/pop3_connector/collectors.py",),
        "services",
        {"Name": _NAME, "DisplayName": _NAME, "Status": _TERM, "StartMode": _TERM},
    ),
    Question(
        "own_addresses",
        "Does WMI tell the server's own addresses with their networks?",
        "Ranges that narrow must not shut out the server itself, from where the POP3 connector hands its mail over.",
        "each address with its prefix, IPv6 too; no loopback",
        ("plugins/agent/own_addresses.ps1", "plugins/plugin_utils/receive_connector/places.py"),
        "addresses",
        {"Address": _NAME, "Prefix": _WORDS},
        (Expect("Prefix", r"^\d{1,3}$"),),
    ),
    Question(
        "events",
        "Which events do the connector and Exchange's transport write?",
        "Back pressure (15004 to 15007) and the connector's own failures would show there.",
        "back pressure is 15004, 15006 or 15007, until 15005; of the connector none is read",
        ("plugins/plugin_utils/preflight/host_rows.py", "lab/host/queue_disk.py"),
        "events",
        {"Source": _NAME, "Id": _WORDS, "Kind": _TERM, "Count": _WORDS},
    ),
    Question(
        "exchange_shell",
        "Does Exchange's snap-in load in a network logon, and how long does it take?",
        "Everything that reads or changes Exchange goes through it.",
        "it loads",
        ("plugins/agent/exchange.ps1", "lab/pwsh/modules/Lab/Lab.psm1"),
        "server",
        {"AdminDisplayVersion": "display_version", "ServerRole": _TERM, "Edition": _TERM},
        (Expect("AdminDisplayVersion", "^Version 14\\."), Expect("ServerRole", "HubTransport|Edge", some=True)),
        says=("Microsoft does not support loading Exchange's snap-in",),
    ),
    Question(
        "send_connectors",
        "What are the send connectors called, and how do their values read?",
        "The connector of SBS's wizard is adopted by what it is for; sizes and lists are compared by value.",
        "Windows SBS Internet Send and the server's name, SMTP:*;1, sizes with the bytes in brackets",
        (
            "lab/states/sbs2011.yml",
            "plugins/plugin_utils/send_connector/settings.py",
            "plugins/plugin_utils/options/values.py",
        ),
        "send",
        {
            "Name": _NAME,
            "AddressSpaces": _NAME,
            "SmartHosts": _NAME,
            "Port": _WORDS,
            "Enabled": _WORDS,
            "DNSRoutingEnabled": _WORDS,
            "SmartHostAuthMechanism": _TERM,
            "RequireTLS": _WORDS,
            "IgnoreSTARTTLS": _WORDS,
            "TlsAuthLevel": _TERM,
            "MaxMessageSize": "size",
            "ConnectionInactivityTimeOut": "span",
            "SmtpMaxMessagesPerConnection": "number",
            "ProtocolLoggingLevel": _TERM,
            "ErrorPolicies": _TERM,
            "DomainSecureEnabled": _WORDS,
            "SourceIPAddress": _NAME,
            "SourceTransportServers": _NAME,
            "Fqdn": _NAME,
            "IsScopedConnector": _WORDS,
        },
        (
            Expect("Name", "^Windows SBS Internet[ -]Send(econnector)? host-1$", some=True),
            Expect("AddressSpaces", r"^SMTP:\*;1$", some=True),
            Expect("MaxMessageSize", r"^[0-9.,]+ [KMG]?B \([0-9.,\s]+ bytes\)$|^unlimited$"),
            Expect("SmtpMaxMessagesPerConnection", "^20$"),
            Expect("ErrorPolicies", "^Default$"),
            Expect("IgnoreSTARTTLS", "^false$"),
            Expect("DomainSecureEnabled", "^false$"),
            Expect("SourceIPAddress", r"^0\.0\.0\.0$"),
            Expect("SourceTransportServers", "^host-1$"),
        ),
        says=("| not documented |",),
    ),
    Question(
        "receive_connectors",
        "What are the receive connectors called, and whom do they let in?",
        "Mail that the POP3 connector or a relay hands over comes in by one of them.",
        "Default, Client and two of SBS's own, whose names are guesses",
        ("lab/exchange/receive_connectors.py",),
        "receive",
        {
            "Name": _NAME,
            "Bindings": _NAME,
            "RemoteIPRanges": _NAME,
            "PermissionGroups": _TERM,
            "AuthMechanism": _TERM,
            "MaxMessageSize": "size",
            "ProtocolLoggingLevel": _TERM,
            "Enabled": _WORDS,
            "Fqdn": _NAME,
            "RequireTLS": _WORDS,
            "TarpitInterval": "span",
        },
        tuple(
            Expect("Name", f"^{name} host-1$", some=True)
            for name in ("Default", "Client", "Windows SBS Internet Receive", "Windows SBS Fax Sharepoint Receive")
        ),
        says=("the names of receive connectors that SBS's wizard makes",),
    ),
    Question(
        "recipient_filter",
        "What is the recipient filter like before anybody has changed it?",
        "Without it Exchange takes mail for everybody; that it can be set says nothing of its agent (see agents).",
        "on, and it does not compare recipients",
        ("lab/exchange/recipient_filter_config.py", "plugins/plugin_utils/receive_connector/recipients.py"),
        "filter",
        {"Enabled": _WORDS, "RecipientValidationEnabled": _WORDS, "ExternalMailEnabled": _WORDS},
        (Expect("Enabled", "^true$"), Expect("RecipientValidationEnabled", "^false$")),
    ),
    Question(
        "transport_settings",
        "What are the retry and connection limits, and where is the protocol log?",
        "Calm settings are worked out from Exchange 2010's defaults.",
        "the documented defaults of Exchange 2010",
        ("lab/exchange/transport_server.py", "plugins/plugin_utils/transport/settings.py"),
        "transport",
        {
            "MessageRetryInterval": "span",
            "TransientFailureRetryCount": _WORDS,
            "TransientFailureRetryInterval": "span",
            "OutboundConnectionFailureRetryInterval": "span",
            "MessageExpirationTimeout": "span",
            "DelayNotificationTimeout": "span",
            "QueueMaxIdleTime": "span",
            "MaxOutboundConnections": "number",
            "MaxPerDomainOutboundConnections": "number",
            "MessageTrackingLogEnabled": _WORDS,
            "MessageTrackingLogMaxAge": "span",
            "SendProtocolLogPath": "path",
        },
        (
            Expect("MessageRetryInterval", "^00:01:00$"),
            Expect("TransientFailureRetryCount", "^6$"),
            Expect("TransientFailureRetryInterval", "^00:05:00$"),
            Expect("OutboundConnectionFailureRetryInterval", "^00:10:00$"),
            Expect("MessageExpirationTimeout", r"^2\.00:00:00$"),
            Expect("DelayNotificationTimeout", "^04:00:00$"),
            Expect("MaxPerDomainOutboundConnections", "^20$"),
            Expect("SendProtocolLogPath", r"\\V14\\TransportRoles\\Logs\\ProtocolLog\\SmtpSend$"),
        ),
        says=("what `0` means to it is not documented",),
    ),
    Question(
        "queues",
        "Can the queues be read, and how do they and their errors read?",
        "The snap-in asks the transport service by RPC, which a network logon may not be allowed.",
        "Get-Queue answers; identities are server\\number",
        ("plugins/agent/queue_measure.ps1", "plugins/plugin_utils/queue/last_error.py", "lab/exchange/queues/queue.py"),
        "queues",
        {
            "Identity": _NAME,
            "DeliveryType": _TERM,
            "NextHopDomain": _NAME,
            "Status": _TERM,
            "MessageCount": _WORDS,
            "LastError": _WORDS,
        },
        (Expect("Identity", r"^host-1\\(\d+|Submission|Unreachable|Poison)$"),),
        says=("whether `Get-Queue` can be read over WinRM with the snap-in is not proven", "(seen in public threads)"),
    ),
    Question(
        "policies",
        "What is SBS's e-mail address policy called, and how do templates and filters read?",
        "Addresses are given by policies; a foreign one of higher priority would undo what is declared.",
        "Windows SBS Email Address Policy",
        ("lab/exchange/untouched.py", "plugins/plugin_utils/address_rewrite/policies.py"),
        "policies",
        {
            "Name": _NAME,
            "Priority": _TERM,
            "EnabledEmailAddressTemplates": _NAME,
            "RecipientFilter": _TERM,
            "IncludedRecipients": _TERM,
        },
        (Expect("Name", "^Windows SBS Email Address Policy$", some=True), Expect("Priority", r"^(\d+|Lowest)$")),
        says=("the names of SBS's\npolicy, groups and units", "of a filter that `IncludedRecipients` makes"),
    ),
    Question(
        "accepted_domains",
        "Which kinds of accepted domains are there?",
        "A domain that is shared with the provider has to be an internal relay.",
        "one, authoritative",
        ("lab/exchange/untouched.py", "plugins/plugin_utils/address_rewrite/domains.py"),
        "domains",
        {"DomainName": _NAME, "DomainType": _TERM, "Default": _WORDS},
        (Expect("DomainType", "^(Authoritative|InternalRelay|ExternalRelay)$"),),
    ),
    Question(
        "recipients",
        "What does Get-Recipient show, and which kinds of recipients are there?",
        "Recipients of which it does not tell the policy flag or the version are refused.",
        "it shows both",
        ("plugins/plugin_utils/address_rewrite/recipients.py", "lab/exchange/recipient.py"),
        "recipients",
        {
            "RecipientType": _TERM,
            "RecipientTypeDetails": _TERM,
            "EmailAddressPolicyEnabled": _WORDS,
            "ExchangeVersion": "object_version",
        },
        (
            Expect("RecipientTypeDetails", "^[A-Z][A-Za-z]+$"),
            Expect("EmailAddressPolicyEnabled", "^(true|false)$", some=True),
            Expect("ExchangeVersion", r"^\d+\.\d+ \(\d", some=True),
        ),
        tally=True,
        says=(
            "that `Get-Recipient` of Exchange 2010 shows",
            "which properties each cmdlet shows",
        ),
    ),
    Question(
        "agents",
        "Which transport agents are there?",
        "Antivirus and anti-spam may refuse or take mail that is declared to pass.",
        "Microsoft's own",
        ("lab/exchange/address_rewriting.py",),
        "agents",
        {"Identity": _NAME, "Enabled": _WORDS},
        (
            Expect(
                "Identity",
                "^(Transport Rule|Text Messaging (Routing|Delivery)|Connection Filtering|Content Filter|Sender Id"
                "|Sender Filter|Recipient Filter|Protocol Analysis) Agent$",
            ),
        ),
    ),
    Question(
        "tracking",
        "Which events does message tracking write, with which source, connector and sender?",
        "What left and what failed is counted there; the connector of RECEIVE is the one that takes the mail of POP3.",
        "SEND only to other servers; the connector's name with SEND; `<>` for the empty sender",
        ("lab/exchange/message_tracking.py", "plugins/agent/sent_senders.ps1", "plugins/agent/queue_outcomes.ps1"),
        "tracking",
        {"EventId": _TERM, "Source": _TERM, "ConnectorId": _NAME, "Count": _WORDS, "EmptySenders": _WORDS},
        (Expect("EventId", "^[A-Z]+$"), Expect("Source", "^[A-Z]+$")),
        says=("that the log shows the empty sender as `<>`", "that EXPAND shows contacts by their external address"),
    ),
    Question(
        "shell_memory",
        "How much memory does a process need that has loaded Exchange?",
        "It says whether 150 MB a shell are enough.",
        "more than 150 MB",
        ("docs/server.md",),
        "memory",
        {"PeakMegabytes": _WORDS, "PrivateMegabytes": _WORDS},
        (Expect("PeakMegabytes", r"^(1[5-9]\d|[2-9]\d\d|\d{4,})$"),),
    ),
)
"""The rows that a host answers when it is only looked at."""

QUESTIONS = (*ASKED, *BY_HAND)


def step_of(ask: Ask) -> Step:
    """What the agent is told to run: no property but those that some question shows leaves the host."""
    shown = dict.fromkeys(name for each in ASKED if each.ask == ask.id for name in each.shape)
    return Step(ask.id, ask.command, ask.parameters, tuple(shown), always=True)
