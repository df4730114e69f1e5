"""A simulated host full of odd names and secrets, none of which may be in its answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.session import Session
from lab.backend import Backend, Call

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
