"""Rows on receive connectors, who may relay through them, the recipient filter and certificates; see ``rows``."""

from __future__ import annotations

from typing import Any

from .rows import (
    CANNOT_ASK,
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

INTERNET = "Windows SBS Internet Receive SBS"
RELAY = "ms-Exch-SMTP-Accept-Any-Recipient"
ANONYMOUS = "NT AUTHORITY\\ANONYMOUS LOGON"
GERMAN = "NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG"
CONNECTOR = [
    "Name",
    "Identity",
    "Server",
    "DistinguishedName",
    "Guid",
    "AuthMechanism",
    "Banner",
    "Bindings",
    "Comment",
    "ConnectionTimeout",
    "Enabled",
    "ExtendedProtectionPolicy",
    "Fqdn",
    "MaxHeaderSize",
    "MaxInboundConnection",
    "MaxMessageSize",
    "MaxProtocolErrors",
    "MaxRecipientsPerMessage",
    "MessageRateLimit",
    "MessageRateSource",
    "PermissionGroups",
    "ProtocolLoggingLevel",
    "RemoteIPRanges",
    "RequireTLS",
    "SizeEnabled",
    "TarpitInterval",
    "TlsDomainCapabilities",
    "WhenCreatedUTC",
    "IsValid",
    "NoSuchProperty",
]
PERMISSION = ["Identity", "User", "AccessRights", "ExtendedRights", "Deny", "IsInherited", "InheritanceType", "IsValid"]
FILTER = ["RecipientValidationEnabled", "BlockListEnabled", "BlockedRecipients", "Enabled", "Identity", "Name", "Guid"]
CERTIFICATE = ["Subject", "CertificateDomains", "Services", "NotAfter", "Status", "IsSelfSigned", "Thumbprint"]
READ: Step = ("Get-ReceiveConnector", {}, CONNECTOR)
READ_RIGHTS: Step = ("Get-ADPermission", {"Identity": INTERNET}, PERMISSION)
VALUES = {
    "AuthMechanism": "Tls, BasicAuth, BasicAuthRequireTLS",
    "Banner": "220 mail.beispiel.de",
    "Bindings": ["192.168.1.2:25", "[::]:25"],
    "Comment": "Grüße aus Köln – \"'`$(x)",
    "ConnectionTimeout": "00:20:00",
    "ExtendedProtectionPolicy": "Allow",
    "Fqdn": "mail.beispiel.de",
    "MaxHeaderSize": "128KB",
    "MaxInboundConnection": "unlimited",
    "MaxMessageSize": "25MB",
    "MaxProtocolErrors": 3,
    "MaxRecipientsPerMessage": 500,
    "MessageRateLimit": 600,
    "MessageRateSource": "User",
    "PermissionGroups": "ExchangeUsers, AnonymousUsers",
    "ProtocolLoggingLevel": "Verbose",
    "RemoteIPRanges": ["10.0.0.0/8", "172.16.0.1-172.16.0.9", "192.0.2.1", "::1"],
    "RequireTLS": True,
    "SizeEnabled": "EnabledWithoutValue",
    "TarpitInterval": "00:00:30",
}


def change(**parameters: Any) -> Step:
    """Set-ReceiveConnector on the one that takes mail of the internet."""
    return ("Set-ReceiveConnector", {"Identity": INTERNET, **parameters}, None)


def new(**parameters: Any) -> Step:
    """New-ReceiveConnector with what it cannot do without."""
    places = {"Name": "Scanner", "Bindings": "0.0.0.0:25", "RemoteIPRanges": ["192.168.1.50"]}
    return ("New-ReceiveConnector", {**places, **parameters}, CONNECTOR)


def right(verb: str, **parameters: Any) -> Step:
    """Add- or Remove-ADPermission about relaying by anonymous."""
    usual = {"Identity": INTERNET, "User": ANONYMOUS, "ExtendedRights": RELAY}
    return (f"{verb}-ADPermission", {**usual, **parameters}, PERMISSION if verb == "Add" else None)


REFUSED: list[tuple[Step, str]] = [
    (("Get-ReceiveConnector", {"Identity": "no such"}, ["Name"]), NOT_FOUND),
    (("Get-ReceiveConnector", {"Identity": INTERNET, "Server": "SBS"}, ["Name"]), NO_SET),
    (("Get-ReceiveConnector", {"Server": "EX9"}, ["Name"]), SERVER_REFUSAL),
    (("Set-ReceiveConnector", {"Comment": "x"}, None), MISSING),
    (("Set-ReceiveConnector", {"Identity": None}, None), IS_NULL),
    (("Set-ReceiveConnector", {"Identity": "no such"}, None), NOT_FOUND),
    (("Remove-ReceiveConnector", {}, None), MISSING),
    (("Remove-ReceiveConnector", {"Identity": "no such"}, None), NOT_FOUND),
    (("Remove-ReceiveConnector", {"Identity": INTERNET, "Confirm": True}, None), CANNOT_ASK),
    (change(TransportRole="FrontendTransport"), NAME_UNKNOWN),
    (change(AuthMechanism="Kerberos"), NOT_TAKEN),
    (change(AuthMechanism=None), NOT_TAKEN),
    (change(PermissionGroups="Everybody"), NOT_TAKEN),
    (change(Bindings=["25"]), NOT_TAKEN),
    (change(RemoteIPRanges=["10.0.0.9-10.0.0.1"]), NOT_TAKEN),
    (change(RemoteIPRanges=["10.0.0.1", "10.0.0.1"]), NOT_TAKEN),
    (change(TarpitInterval="soon"), NOT_TAKEN),
    (change(MaxMessageSize="unlimited"), NOT_TAKEN),
    (change(MaxMessageSize="1KB"), RULE),
    (change(TarpitInterval="00:11:00"), RULE),
    (change(MaxRecipientsPerMessage=0), RULE),
    (change(Banner="Hallo"), RULE),
    (change(RequireTLS=True, AuthMechanism="Integrated"), RULE),
    (change(AuthMechanism="Tls, ExternalAuthoritative", PermissionGroups="AnonymousUsers"), RULE),
    (change(Identity="Default SBS", Fqdn="mail.beispiel.de"), RULE),
    (change(RemoteIPRanges=["192.168.1.0/24"]), RULE),
    (change(RemoteIPRanges=["192.168.1.9-192.168.9.9"]), RULE),
    (change(PermissionGroups="Custom"), RULE),
    (new(Name=INTERNET), EXISTS),
    (new(Server="EX9"), SERVER_REFUSAL),
    (new(Usage="Internet", Internet=True), NO_SET),
    (new(Internet=True, Client=True), NO_SET),
    (("New-ReceiveConnector", {"Name": "Neu"}, None), MISSING),
    (READ, "done"),
]

RIGHTS_REFUSED: list[tuple[Step, str]] = [
    (right("Add", Identity=None), IS_NULL),
    (right("Remove", Identity=None), IS_NULL),
    (right("Add", Identity="no such"), NOT_FOUND),
    (right("Remove", Identity="no such"), NOT_FOUND),
    (right("Add", User="nobody"), NOT_FOUND),
    (right("Add", ExtendedRights="ms-Exch-Nope"), NOT_FOUND),
    (right("Add", ExtendedRights=None), SERVER_REFUSAL),
    (right("Add", AccessRights="GenericAll"), SERVER_REFUSAL),
    (right("Add", AccessRights="Everything"), NOT_TAKEN),
    (right("Remove", Confirm=True), CANNOT_ASK),
    (right("Add", Nope=1), NAME_UNKNOWN),
    (("Add-ADPermission", {"Identity": INTERNET}, None), NO_SET),
    (("Get-ADPermission", {"Identity": INTERNET, "Owner": True}, PERMISSION), SERVER_REFUSAL),
    (("Set-RecipientFilterConfig", {"RecipientValidationEnabled": "yes"}, None), NOT_TAKEN),
    (("Set-RecipientFilterConfig", {"Nope": True}, None), NAME_UNKNOWN),
    (("Get-ExchangeCertificate", {"Thumbprint": "00"}, CERTIFICATE), NOT_FOUND),
    (READ_RIGHTS, "done"),
]


def _table(name: str, rows: list[tuple[Step, str]], **more: Any) -> Row:
    return Row(name, [step for step, _ in rows], [expected for _, expected in rows], **more)


RECEIVE_ROWS = [
    Row("all receive connectors", [READ, change(**VALUES), READ], ["done"] * 3),
    Row("all receive connectors of a German server", [READ, READ_RIGHTS], ["done"] * 2, state="sbs2011_german"),
    Row(
        "everything of an open relay",
        [READ, ("Get-ADPermission", {"Identity": None}, PERMISSION)],
        ["done"] * 2,
        state="open_relay",
    ),
    Row("receive connectors of an Edge server", [READ], ["done"], state="edge2010"),
    Row(
        "a receive connector more and less",
        [
            new(Custom=True, PermissionGroups="AnonymousUsers", AuthMechanism="Tls"),
            new(Name="Probe", WhatIf=True, RemoteIPRanges=["192.168.1.51"]),
            new(Name="Intern", RemoteIPRanges="192.168.1.52", Usage="Internal"),
            ("Get-ReceiveConnector", {"Identity": "sbs\\scanner"}, CONNECTOR),
            ("Get-ReceiveConnector", {"Server": "sbs"}, CONNECTOR),
            ("Set-ReceiveConnector", {"Identity": "Scanner", "Name": "Kopierer", "Enabled": False}, None),
            ("Remove-ReceiveConnector", {"Identity": "SBS\\Intern"}, None),
            READ,
        ],
        ["done"] * 8,
    ),
    Row(
        "a receive connector that relays for everybody in its ranges",
        [change(AuthMechanism=["Tls", "ExternalAuthoritative"], PermissionGroups=["ExchangeServers"]), READ],
        ["done"] * 2,
    ),
    _table("refused changes of receive connectors", REFUSED),
    Row(
        "a right to relay comes and goes",
        [
            right("Add"),
            right("Add"),
            READ_RIGHTS,
            READ,
            right("Remove", WhatIf=True),
            right("Remove"),
            right("Remove"),
            READ_RIGHTS,
        ],
        ["done"] * 8,
    ),
    Row(
        "a German host knows anonymous by his German name and his SID",
        [
            right("Add", User=GERMAN),
            right("Remove", User="S-1-5-7"),
            right("Add"),
            ("Get-ADPermission", {"Identity": INTERNET, "User": GERMAN}, PERMISSION),
        ],
        ["done", "done", NOT_FOUND, "done"],
        state="sbs2011_german",
    ),
    Row(
        "inherited and denied rights",
        [READ_RIGHTS, right("Remove"), right("Remove", Deny=True), READ_RIGHTS],
        ["done"] * 4,
        state={
            "relay_rights": [
                {"connector": INTERNET, "user": "anonymous", "inherited": True},
                {"connector": INTERNET, "user": "anonymous", "deny": True},
                {"connector": INTERNET, "user": "scanner"},
            ]
        },
    ),
    Row(
        "permissions of nothing are those of everything",
        [("Get-ADPermission", {"Identity": identity}, PERMISSION) for identity in (None, "no such")],
        ["done"] * 2,
    ),
    _table("refused changes of rights and filters", RIGHTS_REFUSED),
    Row(
        "the recipient filter",
        [
            ("Get-RecipientFilterConfig", {}, FILTER),
            ("Set-RecipientFilterConfig", {"RecipientValidationEnabled": True, "BlockedRecipients": ["a@b.de"]}, None),
            ("Get-RecipientFilterConfig", {}, FILTER),
            ("Get-TransportAgent", {}, ["Identity", "Enabled"]),
        ],
        ["done"] * 4,
    ),
    Row(
        "certificates of Exchange",
        [("Get-ExchangeCertificate", {}, CERTIFICATE)],
        ["done"],
        state={"certificates": [{"names": ["mail.beispiel.de", "beispiel.de"], "not_after": "2031-03-01"}]},
    ),
]
