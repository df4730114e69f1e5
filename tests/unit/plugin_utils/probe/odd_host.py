"""A simulated host full of odd names and secrets, none of which may be in its answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.agent.session import Session
from lab.wsman.backend import Backend, Call

PASSWORD = "Zq7-Quittenmus-9134-Ofenrohr"
NEEDLES = (
    "dachziegel",
    "kupferdach",
    "xylander",
    "zwickelmann",
    "notariat",
    "ofenrohr",
    "quittenmus",
    "smtp-provider",
    "grünspan",
    "gruenspan",
    "10.47.11.8",
    "47.11",
    "47-11",
    "hinterhof",
)
"""Parts of every odd name, address and password, in small letters."""
AWKWARD = (
    "Zwickelmann's XYLANDER, xylander; (Xylander)",
    "dachziegel-07.kupferdach-gruenspan.example and hinterhof.kupferdach-gruenspan.example",
    "Windows DACHZIEGEL-07 and Windows Hinterhof",
    "KUPFERDACH-GRUENSPAN\\zwickelmann",
    "{0A1B2C3D-47aa-47bb-47cc-0123456789ab} of Ofenrohr",
    "S-1-5-21-471108-47115-4711-1107 and S-1-5-32-544",
    "10.47.11.8/24, 10.47.11.8:25, 127.0.0.1, 255.255.255.255, 1.2.3, 10.47.11.8.9, x10.47.11.8y, 10-47-11-8",
    "fe80::1047:1108%11 and 2026-11-24T20:39:36.123Z and 26.11.2026 and 0471 108 47 11",
    "quittenmus@smtp-provider.example;Ofenrohr@hinterhof %m@notariat.example @xylander",
    "https://notariat-zwickelmann.example/Hinterhof?u=xylander&p=" + PASSWORD,
    "pop3records.dat x10.47.11.8.log connector.20261124.log Xylander.dat setup.exe.config V14.Kupferdach",
    "a.b.c .hidden trailing.",
    "MSExchangeTransport UseSslForXylander SSLZwickelmann HTTPServer pop3 Pop33 x64 ofenrohr47",
    "Grünspan Straße ÄÖÜ \u4e2d\u6587 \U0001f511 e\u0301",
    '550 5.7.1 "Xylander <xylander@hinterhof>" refused by smtp-provider.example [10.47.11.8] 999 1234',
    "tab\there, bell\x07there, \x7f",
    "x" * 480 + " Zwickelmann am Hinterhof",
    "",
)
"""Texts in which names stand as nobody expects them."""
_DATA = r"C:\Program Files\Windows Small Business Server\Data"
USEFUL = (
    ("name", "Default MAIL", "Default host-1"),
    ("name", "MAIL\\Default MAIL", "host-1\\Default host-1"),
    ("name", "MAIL\\4711", "host-1\\4711"),
    ("name", "Windows SBS Internet Send MAIL", "Windows SBS Internet Send host-1"),
    ("name", "Windows SBS Internet-Sendeconnector SERVER2", "Windows SBS Internet-Sendeconnector word-1"),
    ("name", "Windows Firma", "word-1 domain-1"),
    ("words", "Windows Firma", "Windows domain-1"),
    ("name", "NT AUTHORITY\\NetworkService", "NT AUTHORITY\\NetworkService"),
    ("name", "FIRMA\\Administrator", "domain-1\\word-1"),
    ("name", "SMTP:*;1", "SMTP:*;1"),
    ("name", "0.0.0.0-255.255.255.255", "0.0.0.0-255.255.255.255"),
    ("file", "pop3records.dat", "pop3records.dat"),
    ("path", f"{_DATA}\\pop3records.dat", f"{_DATA}\\pop3records.dat"),
    ("path", "C:\\Users\\bak\\Data", "C:\\word-1\\word-2\\word-3"),
    ("term", "Company -eq 'Field'", "Company -eq 'word-1'"),
    ("term", "RecipientType -eq 'UserMailbox'", "RecipientType -eq 'UserMailbox'"),
    ("words", 'with: "421 4.2.1 Unable to connect."', 'with: "421 4.2.1 Unable to connect."'),
    ("name", "DACHZIEGEL\\Default MAIL", "word-1\\word-2 host-1"),
    ("name", "\\\\SERVER2\\Data", "\\\\word-1\\word-2"),
    (
        "file",
        "Microsoft.WindowsServerSolutions.Pop3Connector.exe",
        "Microsoft.WindowsServerSolutions.Pop3Connector.exe",
    ),
    ("release", "0.1.0", "0.1.0"),
    ("release", "10.47.11.8", "ip-1"),
    ("name", "[2003:47:11:8::1]:25 fe80::1047", "[ip-1]:25 ip-2"),
    ("name", "[::]:25", "[::]:25"),
    ("words", "at 20:39:36", "at 20:39:36"),
    ("words", "Version 14.3", "Version 14.3"),
    ("words", "'System.OutOfMemoryException' was thrown.", "'System.OutOfMemoryException' was thrown."),
    ("words", 'Exception of type "System.Net.ZwickelException"', 'Exception of type "domain-2"'),
    ("words", "RPC server is unavailable (HRESULT: 0x800706BA)", "RPC server is unavailable (HRESULT: 0x800706BA)"),
    ("words", "Der Zugriff auf den Pfad wurde verweigert.", "Der Zugriff auf den Pfad wurde verweigert."),
    ("words", "'Get-Queue' is not recognized", "'Get-Queue' is not recognized"),
    ("words", "-ERR login failed for Huber", "-ERR login failed for word-1"),
    ("words", "S-1-5-18 S-1-5-32-544 S-1-5-80-1-2", "S-1-5-18 S-1-5-32-544 sid-1"),
    ("term", "64-bit", "64-bit"),
    ("term", "O:SYG:BAD:AI(A;ID;0x1200a9;;;BU)(A;;FA;;;LA)", "O:SYG:BAD:AI(A;ID;0x1200a9;;;BU)(A;;FA;;;LA)"),
    ("size", "10 Mo (10 485 760 octets)", "10 Mo (10 485 760 octets)"),
    ("version", "6.1.7601.17514 (win7sp1_rtm.101119-1850)", "6.1.7601.17514 (win7sp1_rtm.101119-1850)"),
    ("program", "Server", "Server"),
    ("key", "LeaveOnServer", "LeaveOnServer"),
    ("key", "HuberMailbox", "word-1"),
    ("program", "HuberMailbox", "word-1"),
    ("program", "MailboxHuber", "word-1"),
    ("program", "PasswordHuber1", "word-1"),
    ("program", "SecurePasswordAuthentication", "SecurePasswordAuthentication"),
    ("program", "DeleteAfterDownload", "DeleteAfterDownload"),
    ("program", "Zwickelmann", "word-1"),
    ("program", "LastFetchTime", "LastFetchTime"),
    ("program", "UseSsl", "UseSsl"),
    ("program", "10.0.0.5", "ip-1"),
    ("program", "mail.kind.example", "host-1.domain-2"),
    ("program", "kind@head.example", "person-1@domain-2"),
    ("program", "Mail", "host-1"),
    ("value", "Kim", "word-1"),
    ("code", "exchange_missing", "exchange_missing"),
)
"""Kind, text and what is shown of it on the host MAIL of firma.local."""
ODD: dict[str, Any] = {
    "computer_name": "DACHZIEGEL-07",
    "domain": "kupferdach-gruenspan.example",
    "organisation": "Notariat Zwickelmann & Xylander GmbH",
    "send_connectors": [
        {
            "Name": "Internet über Herrn Xylander (DACHZIEGEL-07)",
            "AddressSpaces": ["*", "notariat-zwickelmann.example"],
            "SmartHosts": ["mx.smtp-provider.example", "10.47.11.8"],
            "DNSRoutingEnabled": False,
            "RequireTLS": True,
            "SmartHostAuthMechanism": "BasicAuthRequireTLS",
            "Fqdn": "mail.kupferdach-gruenspan.example",
            "Comment": "Hinterhof, bei Frau Zwickelmann klingeln",
            "AuthenticationCredential": {"username": "xylander@notariat-zwickelmann.example", "password": PASSWORD},
        }
    ],
    "receive_connectors": [
        {"Name": "Scanner Hinterhof", "RemoteIPRanges": ["10.47.11.8"], "Bindings": ["10.47.11.8:25"]},
    ],
    "services": [{"name": "popconXylander", "display_name": "POPcon für Notariat Zwickelmann"}],
    "registry": {
        r"SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002": {"Functions": f"Ofenrohr {PASSWORD}"},
    },
    "recipients": [
        {"Name": "Xaver Xylander", "Alias": "xylander"},
        {
            "Name": "Zita Zwickelmann",
            "RecipientTypeDetails": "MailContact",
            "ExternalEmailAddress": "z@hinterhof.example",
        },
    ],
    "accepted_domains": [
        {"Name": "Kupferdach", "DomainName": "kupferdach-gruenspan.example", "Default": True},
        {"Name": "Notariat", "DomainName": "notariat-zwickelmann.example", "DomainType": "InternalRelay"},
    ],
    "email_address_policies": [
        {
            "Name": "Regel von Xylander",
            "Priority": 1,
            "EnabledEmailAddressTemplates": ["SMTP:%g.%s@notariat-zwickelmann.example"],
            "RecipientFilter": "Company -eq 'Kupferdach Hinterhof'",
        },
    ],
    "tracking": [
        *({"Sender": "xylander@hinterhof.example", "EventId": "Defer", "ConnectorId": text} for text in AWKWARD),
        {
            "Sender": "xylander@kupferdach-gruenspan.example",
            "ConnectorId": "Internet über Herrn Xylander (DACHZIEGEL-07)",
            "MessageSubject": "Erbsache Zwickelmann",
        },
        {"Sender": "", "EventId": "Receive", "ConnectorId": r"DACHZIEGEL-07\Scanner Hinterhof"},
    ],
    "pop3_connector": {
        "accounts": [
            {
                "server": "pop.smtp-provider.example",
                "port": 995,
                "username": "xylander@notariat-zwickelmann.example",
                "password": PASSWORD,
                "mailbox": "xaver.xylander@kupferdach-gruenspan.example",
            }
        ],
        "service": {"display_name": "POP3 Zwickelmann Grünspan", "account": r"KUPFERDACH-GRUENSPAN\xylander"},
    },
}


def session_with(backend: Backend) -> Session:
    """A session to the agent on a backend of the lab."""

    def execute(command_line: str, stdin: bytes) -> tuple[int, bytes, bytes]:
        out, err = bytearray(), bytearray()
        code = backend.run(Call(command_line, lambda: stdin, out.extend, err.extend, threading.Event()))
        return code, bytes(out), bytes(err)

    return Session(execute, "host")


def found_in(content: Mapping[str, Any] | str) -> list[str]:
    """The needles that stand in answers, whatever their capitals."""
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return [needle for needle in NEEDLES if needle in text.lower()]


POSITIONS = (
    "{}",
    "{}2",
    "{}-3",
    "Old{}",
    "Internet {}",
    "Default {}",
    "Windows SBS Internet Send {}",
    "DACHZIEGEL-07\\Default {}",
    "NACHBAR\\{}",
    "C:\\Users\\{}\\Data",
    "D:\\{}\\Exchange Server\\V14\\Logs",
    "{}.dat",
    "smtp:{}.de;1",
    "CN={},OU=Users,DC=nachbar,DC=local",
)
"""Values of properties that hold names, paths or files."""
SENTENCES = (
    "Herr {} hat keinen Zugriff.",
    "The mailbox of Frau {} is full.",
    "Dr. {} called.",
    "The mailbox '{}' could not be opened.",
    'Access to "{}" is denied.',
    "Access to \u00ab{}\u00bb is denied.",
    "C:\\Users\\{}\\pop3records.dat could not be read.",
    "NACHBAR\\{} was refused.",
    "No object CN={},OU=Users,DC=nachbar was found.",
    "{} GmbH was refused",
    "mailbox: {}",
    "550 5.1.1 <{}>: user unknown",
    "refused by mail.{}.de [10.47.11.8]",
    "https://nachbar.example/{}?user={}",
    "{}2 is not available, nor are {}-3 and Old{}.",
)
"""Sentences with a name where names stand."""
ANYWHERE = (
    "{} could not be reached",
    "The user {} does not exist",
    "Cannot open {} on the server",
    "Connected to {}",
    "Welcome to {} mail server",
    "Retrieving mail for {}",
    "220 {} ESMTP",
    "+OK {} ready",
    "Task {} started",
    "USER {}",
    "the password {}",
    "Zugriff von {} wurde verweigert.",
    "Il server {} non \u00e8 disponibile",
    "L'utilisateur \u00ab {} \u00bb n'existe pas",
    "Serwer {} jest niedost\u0119pny",
)
"""Sentences with a name where nothing tells that one stands there."""
HIDDEN = (
    *((kind, position) for kind in ("name", "path", "file", "suites", "code") for position in POSITIONS),
    *((kind, sentence) for kind in ("words", "term", "key", "program") for sentence in SENTENCES),
)
"""By kind of a value the positions in which nothing is shown for being a word."""
_PEOPLE = """
Kind Field Klein Small Head Mark Link List Land Forest Day Low Long Short Smart Pool Root Room Read Stone
Place Wait Field-Head McKind O'Head Max Sid Zone Access Mail Exchange Server SMTP Postfach Inbox Kerberos
Queue Äpfel Straße head kind server Daten SERVER2 EX01 MAIL-3 SBS2011-alt OldServer Zwickelmann xylander K2
4711 Müller-Head Ü
"""
PEOPLE = _PEOPLE.split()
"""Names of people, firms and hosts, most of them words of the table or made of some."""
