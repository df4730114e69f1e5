"""Rows on recipients, policies, accepted domains, rewriting and the tracking log; see ``rows``."""

from __future__ import annotations

from typing import Any

from .rows import (
    CANNOT_ASK,
    DOOR,
    EXISTS,
    IS_NULL,
    MISSING,
    NAME_UNKNOWN,
    NO_SET,
    NOT_FOUND,
    NOT_TAKEN,
    RULE,
    SERVER_REFUSAL,
    Row,
    Step,
)

IN_USE = "Microsoft.Exchange.Configuration.Tasks.ProxyAddressExistsException"
RECIPIENT = "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException"
TOO_OLD = "Microsoft.Exchange.Data.InvalidObjectOperationException"
NO_COMMAND = "System.Management.Automation.CommandNotFoundException"
PARAMETER = "parameter_unreadable"
OBJECT = ["Name", "Guid", "Identity", "Id", "IsValid", "DistinguishedName", "WhenChanged", "WhenCreatedUTC"]
RECIPIENT_PROPERTIES = [
    *OBJECT,
    "Alias",
    "Company",
    "CustomAttribute1",
    "CustomAttribute15",
    "Department",
    "DisplayName",
    "EmailAddresses",
    "EmailAddressPolicyEnabled",
    "ExchangeVersion",
    "ExternalEmailAddress",
    "FirstName",
    "HiddenFromAddressListsEnabled",
    "Initials",
    "LastName",
    "ManagedBy",
    "OrganizationalUnit",
    "PrimarySmtpAddress",
    "RecipientType",
    "RecipientTypeDetails",
    "StateOrProvince",
    "NoSuchProperty",
]
OF_KINDS = [
    *RECIPIENT_PROPERTIES,
    "WindowsEmailAddress",
    "ExchangeUserAccountControl",
    "IsResource",
    "IsShared",
    "ResourceType",
    "GroupType",
    "RecipientFilter",
]
POLICY = [
    *OBJECT,
    "Priority",
    "EnabledEmailAddressTemplates",
    "EnabledPrimarySMTPAddressTemplate",
    "DisabledEmailAddressTemplates",
    "IncludedRecipients",
    "RecipientFilter",
    "RecipientFilterApplied",
    "RecipientContainer",
    "ConditionalDepartment",
    "ConditionalCustomAttribute1",
]
DOMAIN = [*OBJECT, "DomainName", "DomainType", "Default", "AddressBookEnabled", "OutboundOnly"]
ENTRY = [*OBJECT, "InternalAddress", "ExternalAddress", "ExceptionList", "OutboundOnly"]
EVENT = [
    "Timestamp",
    "EventId",
    "Source",
    "Sender",
    "ReturnPath",
    "Recipients",
    "RecipientCount",
    "ConnectorId",
    "MessageId",
    "MessageSubject",
]
SENDER = ["Sender", "EventId", "Source", "Messages", "Last"]
READ: Step = ("Get-Recipient", {}, RECIPIENT_PROPERTIES)
NOUNS = ("Mailbox", "DistributionGroup", "DynamicDistributionGroup", "MailContact", "MailUser", "MailPublicFolder")


def mailbox(identity: str = "anna", **parameters: Any) -> Step:
    return ("Set-Mailbox", {"Identity": identity, **parameters}, None)


def group(identity: str = "alle", **parameters: Any) -> Step:
    return ("Set-DistributionGroup", {"Identity": identity, **parameters}, None)


def new_policy(**parameters: Any) -> Step:
    primary = {"EnabledEmailAddressTemplates": ["SMTP:%m@beispiel.de"]} if "Enabled" not in str(parameters) else {}
    return ("New-EmailAddressPolicy", {"Name": "Neu", **primary, **parameters}, ["Name", "Priority"])


BY_HAND = {"EmailAddressPolicyEnabled": False}
BYPASS = {"BypassSecurityGroupManagerCheck": True}

RECIPIENT_CHANGES: list[tuple[Step, str]] = [
    (mailbox(**BY_HAND, PrimarySmtpAddress="anna@beispiel.de"), "done"),
    (mailbox("xaver", **BY_HAND, EmailAddresses=["SMTP:xaver@beispiel.de", "smtp:xaver@nt4admins.local"]), "done"),
    (mailbox("bernd", EmailAddresses={"Add": "smtp:zwei@beispiel.de", "Remove": ["smtp:nie@beispiel.de"]}), "done"),
    (mailbox("chefin", EmailAddresses={"Add": ["SMTP:neu@beispiel.de"]}), "done"),
    (mailbox("vera", CustomAttribute1="Grüße"), "done"),
    (mailbox("versteckt", HiddenFromAddressListsEnabled=False, DisplayName="Sichtbar"), "done"),
    (mailbox("ausgeschieden", Alias="weg"), "done"),
    (mailbox("anna", WindowsEmailAddress="alt@beispiel.de", WhatIf=True), "done"),
    (mailbox("anna", CustomAttribute1=None), "done"),
    (group(**BYPASS, **BY_HAND, PrimarySmtpAddress="alle@beispiel.de"), "done"),
    (group("vorstand", HiddenFromAddressListsEnabled=True), "done"),
    (group("altegruppe", **BYPASS, ForceUpgrade=True, CustomAttribute1="x"), "done"),
    (("Set-DynamicDistributionGroup", {"Identity": "allepostfaecher", "Alias": "postfaecher"}, None), "done"),
    (("Set-MailContact", {"Identity": "aussendienst", "ExternalEmailAddress": "x@beispiel.org"}, None), "done"),
    (("Set-MailUser", {"Identity": "frei", "Name": "Frei"}, None), "done"),
    (
        ("Set-MailPublicFolder", {"Identity": "auftraege", **BY_HAND, "PrimarySmtpAddress": "o@beispiel.de"}, None),
        "done",
    ),
    (READ, "done"),
]

RECIPIENT_REFUSALS: list[tuple[Step, str]] = [
    (("Set-Mailbox", {"Alias": "x"}, None), MISSING),
    (("Set-Mailbox", {"Identity": None}, None), IS_NULL),
    (mailbox("nobody"), NOT_FOUND),
    (mailbox("alle"), NOT_FOUND),
    (("Get-Mailbox", {"Identity": "alle"}, ["Name"]), NOT_FOUND),
    (("Get-Recipient", {"Identity": "alle", "Anr": "a"}, ["Name"]), NO_SET),
    (("Get-Recipient", {"RecipientTypeDetails": ["Robot"]}, ["Name"]), NOT_TAKEN),
    (("Get-Recipient", {"ResultSize": "many"}, ["Name"]), NOT_TAKEN),
    (("Get-Recipient", {"Filter": "Notes -eq 'x'"}, ["Name"]), SERVER_REFUSAL),
    (("Get-Mailbox", {"Archive": True}, ["Name"]), SERVER_REFUSAL),
    (mailbox(ForceUpgrade=True), NAME_UNKNOWN),
    (mailbox(EmailAddresses=["anna@müller.de"]), NOT_TAKEN),
    (mailbox(EmailAddresses=["SMTP:a@beispiel.de", "SMTP:b@beispiel.de"]), NOT_TAKEN),
    (mailbox(EmailAddresses=["a@beispiel.de", "smtp:A@beispiel.de"]), NOT_TAKEN),
    (mailbox(EmailAddresses={"Replace": "a@beispiel.de"}), NOT_TAKEN),
    (mailbox(PrimarySmtpAddress="anna"), NOT_TAKEN),
    (mailbox(EmailAddressPolicyEnabled="yes"), NOT_TAKEN),
    (mailbox(PrimarySmtpAddress="anna@beispiel.de"), RECIPIENT),
    (mailbox(EmailAddresses=["SMTP:anna@beispiel.de"]), RECIPIENT),
    (mailbox(**BY_HAND, EmailAddresses=["a@beispiel.de"], PrimarySmtpAddress="a@beispiel.de"), RECIPIENT),
    (mailbox(EmailAddresses={"Remove": "smtp:anna@nt4admins.local"}), RULE),
    (mailbox(EmailAddresses={"Add": "anna@nt4admins.local"}), RULE),
    (mailbox(**BY_HAND, PrimarySmtpAddress="chef@beispiel.de"), IN_USE),
    (mailbox(EmailAddresses={"Add": "smtp:kanzlei@beispiel.org"}), IN_USE),
    (mailbox(Alias="a b"), RULE),
    (mailbox(Alias=None), RULE),
    (mailbox("Ohne Alias", HiddenFromAddressListsEnabled=True), RULE),
    (mailbox("ohneadresse", HiddenFromAddressListsEnabled=True), RULE),
    (mailbox("altespostfach", HiddenFromAddressListsEnabled=True), TOO_OLD),
    (mailbox(MaxSendSize="10MB"), SERVER_REFUSAL),
    (mailbox(Name="Bernd Meyer"), EXISTS),
    (mailbox(Alias="x", Confirm=True), CANNOT_ASK),
    (group(HiddenFromAddressListsEnabled=True), RECIPIENT),
    (group("altegruppe", **BYPASS, HiddenFromAddressListsEnabled=True), CANNOT_ASK),
    (("Get-AddressRewriteEntry", {}, ["Name"]), NO_COMMAND),
    (READ, "done"),
]

POLICIES: list[tuple[Step, str]] = [
    (("Get-EmailAddressPolicy", {}, POLICY), "done"),
    (new_policy(IncludedRecipients="MailContacts, MailUsers"), "done"),
    (("Update-EmailAddressPolicy", {"Identity": "Neu"}, None), "done"),
    (
        ("Set-EmailAddressPolicy", {"Identity": "Neu", "Priority": 1, "IncludedRecipients": "AllRecipients"}, None),
        "done",
    ),
    (("Update-EmailAddressPolicy", {"Identity": "Neu"}, None), "done"),
    (("Update-EmailAddressPolicy", {"Identity": "Neu", "FixMissingAlias": True}, None), "done"),
    (("Get-EmailAddressPolicy", {}, POLICY), "done"),
    (READ, "done"),
    (
        (
            "Set-EmailAddressPolicy",
            {
                "Identity": "Neu",
                "RecipientFilter": "(RecipientType -eq 'UserMailbox') -and (Alias -like 'a*')",
                "EnabledPrimarySMTPAddressTemplate": "%g.%s@beispiel.de",
            },
            None,
        ),
        "done",
    ),
    (
        ("Set-EmailAddressPolicy", {"Identity": "Vertrieb", "ConditionalDepartment": ["Vertrieb", "Einkauf"]}, None),
        "done",
    ),
    (("Get-EmailAddressPolicy", {"Identity": "Neu"}, POLICY), "done"),
    (("Remove-EmailAddressPolicy", {"Identity": "Neu"}, None), "done"),
    (("Get-EmailAddressPolicy", {}, POLICY), "done"),
    (new_policy(), NO_SET),
    (new_policy(IncludedRecipients="Everybody"), NOT_TAKEN),
    (new_policy(IncludedRecipients="AllRecipients", RecipientFilter="Alias -ne $null"), NO_SET),
    (new_policy(RecipientFilter="Notes -eq 'x'"), SERVER_REFUSAL),
    (new_policy(IncludedRecipients="AllRecipients", EnabledEmailAddressTemplates=["X400:c=de"]), NOT_TAKEN),
    (new_policy(IncludedRecipients="AllRecipients", EnabledEmailAddressTemplates=["smtp:%m@beispiel.de"]), RULE),
    (new_policy(IncludedRecipients="AllRecipients", EnabledEmailAddressTemplates=["SMTP:%m@fremd.de"]), RULE),
    (new_policy(IncludedRecipients="AllRecipients", EnabledEmailAddressTemplates=["SMTP:%m@x.alt.example"]), RULE),
    (new_policy(IncludedRecipients="AllRecipients", Priority="first"), NOT_TAKEN),
    (new_policy(IncludedRecipients="AllRecipients", Priority=9), RULE),
    (new_policy(IncludedRecipients="AllRecipients", Priority="Lowest"), RULE),
    (
        (
            "New-EmailAddressPolicy",
            {"Name": "Vertrieb", "IncludedRecipients": "None", "EnabledPrimarySMTPAddressTemplate": "@beispiel.de"},
            None,
        ),
        EXISTS,
    ),
    (("Set-EmailAddressPolicy", {"Identity": "Default Policy", "Name": "x"}, None), SERVER_REFUSAL),
    (("Remove-EmailAddressPolicy", {"Identity": "Default Policy"}, None), SERVER_REFUSAL),
    (("Remove-EmailAddressPolicy", {"Identity": "Vertrieb", "Confirm": True}, None), CANNOT_ASK),
    (("Update-EmailAddressPolicy", {"Identity": "Nein"}, None), NOT_FOUND),
]

DOMAINS: list[tuple[Step, str]] = [
    (
        ("New-AcceptedDomain", {"Name": "Neu", "DomainName": "neu.example", "DomainType": "InternalRelay"}, DOMAIN),
        "done",
    ),
    (("New-AcceptedDomain", {"Name": "Viele", "DomainName": "*.neu.example"}, DOMAIN), "done"),
    (("Set-AcceptedDomain", {"Identity": "neu", "MakeDefault": True, "AddressBookEnabled": True}, None), "done"),
    (("Set-AcceptedDomain", {"Identity": "beispiel.de", "DomainType": "Authoritative", "Name": "Wir"}, None), "done"),
    (("Get-AcceptedDomain", {}, DOMAIN), "done"),
    (("Get-AcceptedDomain", {"Identity": "Alte Firma"}, DOMAIN), "done"),
    (("Remove-AcceptedDomain", {"Identity": "Viele"}, None), "done"),
    (("New-AcceptedDomain", {"Name": "x"}, None), MISSING),
    (("New-AcceptedDomain", {"Name": "x", "DomainName": "a b"}, None), NOT_TAKEN),
    (("New-AcceptedDomain", {"Name": "x", "DomainName": "x.de", "DomainType": "Relay"}, None), NOT_TAKEN),
    (("New-AcceptedDomain", {"Name": "x", "DomainName": "BEISPIEL.de"}, None), EXISTS),
    (("New-AcceptedDomain", {"Name": "Wir", "DomainName": "x.de"}, None), EXISTS),
    (("Set-AcceptedDomain", {"Identity": "nt4admins.local", "DomainType": "ExternalRelay"}, None), SERVER_REFUSAL),
    (("Set-AcceptedDomain", {"Identity": "Alte Firma", "MakeDefault": True}, None), SERVER_REFUSAL),
    (("Set-AcceptedDomain", {"Identity": "Wir", "PendingRemoval": True}, None), SERVER_REFUSAL),
    (("Remove-AcceptedDomain", {"Identity": "Neu"}, None), SERVER_REFUSAL),
    (("Remove-AcceptedDomain", {"Identity": "nt4admins.local"}, None), SERVER_REFUSAL),
    (("Remove-AcceptedDomain", {"Identity": "Nein"}, None), NOT_FOUND),
    (("Get-AcceptedDomain", {}, DOMAIN), "done"),
]


def entry(internal: str, external: str, **more: Any) -> Step:
    given = {"Name": "Neu", "InternalAddress": internal, "ExternalAddress": external, **more}
    return ("New-AddressRewriteEntry", given, ENTRY)


EDGE: list[tuple[Step, str]] = [
    (("Get-AddressRewriteEntry", {}, ENTRY), "done"),
    (entry("*.nt4admins.local", "beispiel.de", OutboundOnly=True, ExceptionList=["a.nt4admins.local"]), "done"),
    (("Set-AddressRewriteEntry", {"Identity": "Neu", "ExceptionList": [], "Name": "Alle"}, None), "done"),
    (("Get-AddressRewriteEntry", {"Identity": "Alle"}, ENTRY), "done"),
    (("Remove-AddressRewriteEntry", {"Identity": "Alle"}, None), "done"),
    (("Get-TransportAgent", {}, ["Identity", "Enabled", "Priority"]), "done"),
    (("Enable-TransportAgent", {"Identity": "address rewriting outbound agent"}, None), "done"),
    (("Disable-TransportAgent", {"Identity": "Sender Id Agent"}, None), "done"),
    (("Get-TransportAgent", {}, ["Identity", "Enabled"]), "done"),
    (("New-AddressRewriteEntry", {"Name": "x", "InternalAddress": "a.de"}, None), MISSING),
    (entry("nt4admins.local", "*.beispiel.de"), RULE),
    (entry("*.nt4admins.local", "beispiel.de"), RULE),
    (entry("nt4admins.local", "info@beispiel.de"), RULE),
    (entry("nt4 admins", "beispiel.de"), RULE),
    (entry("nt4admins.local", "beispiel.de", ExceptionList=["a.nt4admins.local"]), RULE),
    (entry("buchhaltung@nt4admins.local", "x@beispiel.de"), EXISTS),
    (("Enable-TransportAgent", {"Identity": "No Agent"}, None), NOT_FOUND),
    (("Get-Mailbox", {}, ["Name"]), NO_COMMAND),
    (("Get-AcceptedDomain", {}, DOMAIN), "done"),
    (("Get-ExchangeServer", {}, ["Name", "ServerRole", "IsEdgeServer"]), "done"),
    (("Get-TransportServer", {}, ["Name", "TransientFailureRetryInterval"]), "done"),
]

TRACKING: list[tuple[Step, str]] = [
    (("Get-MessageTrackingLog", {"EventId": "send", "Start": "2026-11-20T00:00:00Z"}, EVENT), "done"),
    (("Get-MessageTrackingLog", {"Sender": "anna@nt4admins.local", "End": "2026-11-24T00:00:00Z"}, EVENT), "done"),
    (("Get-MessageTrackingLog", {"ResultSize": 3}, EVENT), "done"),
    (("Get-MessageTrackingLog", {"EventId": "Explode"}, EVENT), SERVER_REFUSAL),
    (("Get-MessageTrackingLog", {"Start": "yesterday"}, EVENT), NOT_TAKEN),
    (("Get-MessageTrackingLog", {"Server": "EX9"}, EVENT), NOT_FOUND),
    (("Get-SentSenders", {"Days": 30}, SENDER), "done"),
    (("Get-SentSenders", {"Days": 90}, SENDER), "done"),
    (("Get-SentSenders", {"Days": 1}, SENDER), "done"),
    (("Get-SentSenders", {"Days": 0}, SENDER), PARAMETER),
    (("Get-SentSenders", {"Days": 91}, SENDER), PARAMETER),
    (("Get-SentSenders", {"Days": "all"}, SENDER), NOT_TAKEN),
    (("Get-SentSenders", {}, SENDER), MISSING),
    (("Get-SentSenders", {"Since": 1, "Days": 1}, SENDER), NAME_UNKNOWN),
]


def _row(name: str, table: list[tuple[Step, str]], state: str | dict[str, Any] = "addresses", **more: Any) -> Row:
    return Row(name, [step for step, _ in table], [expected for _, expected in table], state=state, **more)


ENDPOINT = {"uri": "http://sbs/PowerShell/", "credential": DOOR}
ADDRESS_ROWS = [
    Row(
        "recipients of every kind",
        [READ, *((f"Get-{noun}", {}, OF_KINDS) for noun in NOUNS)],
        ["done"] * 7,
        state="addresses",
    ),
    Row(
        "recipients that are asked for",
        [
            ("Get-Recipient", {"Identity": "CHEF@beispiel.de"}, ["Name"]),
            ("Get-Recipient", {"RecipientType": ["MailContact", "MailUser"], "SortBy": "Name"}, ["Name"]),
            ("Get-Recipient", {"RecipientTypeDetails": "RoomMailbox"}, ["Name"]),
            ("Get-Recipient", {"Filter": "HiddenFromAddressListsEnabled -eq $true -or Alias -like '*1'"}, ["Name"]),
            ("Get-Recipient", {"ResultSize": 2}, ["Name"]),
            ("Get-Mailbox", {"Anr": "a", "OrganizationalUnit": "nt4admins.local/MyBusiness"}, ["Name"]),
        ],
        ["done"] * 6,
        state="addresses",
    ),
    _row("what is changed of recipients", RECIPIENT_CHANGES),
    _row("what a recipient refuses", RECIPIENT_REFUSALS),
    _row("e-mail address policies", POLICIES),
    _row("accepted domains", DOMAINS),
    _row("an Edge server", EDGE, "edge2010"),
    _row("what has left", TRACKING),
    Row(
        "more recipients than a stand-in is told at once",
        [("Get-Recipient", {}, ["Name", "EmailAddresses"]), ("Get-Mailbox", {}, ["Name"])],
        ["done", "done"],
        state={"generated_recipients": 450},
    ),
    Row(
        "who has sent, through the server's own endpoint",
        [("Get-SentSenders", {"Days": 30}, SENDER), ("Get-Recipient", {"Identity": "anna"}, ["Name"])],
        ["done", "done"],
        state={
            "endpoint_account": {"username": "Administrator", "password": "lab-only-Dachpappe-4711"},
            "tracking": [{"Sender": "anna@nt4admins.local"}],
        },
        exchange="endpoint",
        more={"endpoint": ENDPOINT, "secrets": {"door": "lab-only-Dachpappe-4711"}},
    ),
    Row(
        "who has sent, without Exchange",
        [("Get-SentSenders", {"Days": 30}, SENDER)],
        ["exchange_missing"],
        state="no_exchange",
    ),
    Row(
        "who has sent, without the Exchange shell",
        [("Get-SentSenders", {"Days": 30}, SENDER)],
        ["exchange_not_loaded"],
        exchange="none",
    ),
]
