"""The whole of a host as JSON can hold it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any

from lab.exchange.organisation import Organisation
from lab.exchange.send_connector import SendConnector
from lab.exchange.texts import Language
from lab.pop3 import Pop3Host


def exchange_as_data(organisation: Organisation | None, language: Language) -> dict[str, Any]:
    """Connectors, servers, queues and addresses; of the latter nothing where there is no Exchange."""
    if organisation is None:
        return {"send_connectors": [], "receive_connectors": [], "transport_servers": [], "queues": None}
    return {
        "send_connectors": [_connector(connector, language) for connector in organisation.connectors.all],
        "receive_connectors": organisation.receive_connectors.dump(),
        "relay_rights": organisation.permissions.dump(),
        "recipient_filter": organisation.recipient_filter.dump(),
        "certificates": organisation.certificates.dump(),
        "transport_servers": organisation.transport_servers.all(),
        "queues": organisation.queues.summary(),
        **organisation.addresses.dump(),
    }


def pop3_as_data(pop3: Pop3Host) -> dict[str, Any]:
    """Connector, services and tasks."""
    return {
        "pop3_connector": pop3.dump(),
        "services": [service.shown() for service in pop3.services.all()],
        "tasks": [asdict(task) for task in pop3.tasks.all()],
    }


def _connector(connector: SendConnector, language: Language) -> dict[str, Any]:
    """Instead of a password its SHA-256 in hexadecimal."""
    shown: dict[str, Any] = connector.read_back(language)
    login = connector.AuthenticationCredential
    if login is not None:
        digest = hashlib.sha256(login.password.encode()).hexdigest()
        shown["AuthenticationCredential"] = {"UserName": login.username, "password_sha256": digest}
    return shown
