"""What a state says of Exchange and of the POP3 connector, built."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from lab.exchange.active_directory import Directory
from lab.exchange.address_state import KEYS as ADDRESS_KEYS
from lab.exchange.exchange_server import ExchangeServer
from lab.exchange.organisation import Organisation
from lab.exchange.queues.server import Dialer
from lab.exchange.receive_connectors import untouched
from lab.host.collectors import read_collectors, services_of
from lab.host.profiles import PROFILES
from lab.host.services import usual_services
from lab.host.state import StateError, complete
from lab.pop3 import Pop3Host
from lab.pop3.settings import Pop3Error

Settings = Mapping[str, Any]
"""A complete state."""
RECEIVING_KEYS = ("relay_rights", "recipient_filter", "certificates")
"""What of a state is about mail that comes in, beside the connectors."""
_OF_EXCHANGE = (
    "send_connectors",
    "receive_connectors",
    "relay_rights",
    "recipient_filter",
    "certificates",
    "transport_servers",
    "generated_recipients",
    *ADDRESS_KEYS,
)


def is_playable(state: Mapping[str, Any]) -> bool:
    """Whether a host can be in this state, as far as its Exchange and its POP3 connector go."""
    lock = threading.RLock()
    try:
        settings = complete(state)
        build_organisation(settings, lambda: datetime.now(UTC), _no_dialer, lock)
        build_pop3(settings, lambda: datetime.now(UTC), lock)
    except StateError:
        return False
    return True


def fqdn_of(settings: Settings) -> str:
    """The host's name in DNS."""
    return f"{str(settings['computer_name']).lower()}.{settings['domain']}"


def build_organisation(
    settings: Settings, now: Callable[[], datetime], dialer: Callable[[], Dialer], lock: threading.RLock
) -> Organisation | None:
    """The simulated Exchange; only 2010 is simulated, of other versions a host has no more than the facts."""
    edition = PROFILES[settings["profile"]].exchange
    if edition is None or edition.major != 14:
        for key in _OF_EXCHANGE:
            if settings[key]:
                raise StateError(f"{key}: profile {settings['profile']!r} has no simulated Exchange")
        return None
    name = str(settings["computer_name"])
    directory = Directory(str(settings["domain"]), str(settings["organisation"]), fqdn_of(settings))
    servers = [{"name": name, "roles": edition.roles}, *settings["servers"]]
    built = [_server(directory, edition.version, entry) for entry in servers]
    organisation = Organisation(directory, built, settings["language"], now, dialer, lock)
    for properties in settings["send_connectors"]:
        checked("send connector", organisation.connectors.add, properties)
    _build_receiving(organisation, settings)
    for properties in settings["transport_servers"]:
        checked("transport server", organisation.transport_servers.edit, properties)
    organisation.addresses.build(settings, _is_sbs(settings), checked)
    return organisation


def _build_receiving(organisation: Organisation, settings: Settings) -> None:
    """Receive connectors, who may relay, the recipient filter (an SBS has it from the start, assumed), certificates."""
    is_sbs, given = _is_sbs(settings), settings["receive_connectors"]
    for properties in untouched(str(settings["computer_name"]), is_sbs) if given is None else given:
        checked("receive connector", organisation.receive_connectors.edit, properties)
    receiving = {key: settings[key] for key in RECEIVING_KEYS if settings[key] is not None}
    filtering = {"agents_installed": is_sbs, **settings["recipient_filter"]}
    change_receiving(organisation, {**receiving, "recipient_filter": filtering})


def change_receiving(organisation: Organisation, changes: Mapping[str, Any]) -> None:
    """Those of the keys of a state that are about mail that comes in. Raises StateError, then maybe half done."""
    for properties in changes.get("relay_rights", []):
        named = {"Name": properties.get("connector"), **properties} if isinstance(properties, dict) else properties
        checked("relay right", lambda given: organisation.permissions.edit(_unnamed(given)), named)
    try:
        if "recipient_filter" in changes:
            organisation.recipient_filter.edit(changes["recipient_filter"])
        if "certificates" in changes:
            organisation.certificates.put(changes["certificates"])
    except ValueError as error:
        raise StateError(str(error)) from error


def _unnamed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "Name"}


def build_pop3(settings: Settings, now: Callable[[], datetime], lock: threading.RLock) -> Pop3Host:
    """An SBS has the connector from the start, other kinds of machine only where the state says so."""
    is_sbs = _is_sbs(settings)
    collectors = services_of(read_collectors(settings["collectors"]))
    services = [*usual_services(PROFILES[settings["profile"]], is_sbs), *collectors, *settings["services"]]
    with state_errors():
        return Pop3Host(settings["pop3_connector"], is_sbs, now, lock, services, settings["tasks"])


@contextmanager
def state_errors() -> Iterator[None]:
    """What the POP3 connector finds wrong is wrong with the state."""
    try:
        yield
    except Pop3Error as error:
        raise StateError(str(error)) from error


def checked(kind: str, apply: Any, properties: Any) -> None:
    """Apply the properties of one object; what is wrong with them becomes a StateError that names it."""
    if not isinstance(properties, dict) or "Name" not in properties:
        raise StateError(f"{kind.replace(' ', '_')}s: every entry is a mapping with a Name")
    try:
        apply(properties)
    except Exception as error:
        reason = getattr(error, "reason", None)
        shown = reason.render("en") if reason is not None else error
        raise StateError(f"{kind} {properties['Name']!r}: {shown}") from error


def _no_dialer() -> Dialer:
    raise StateError("nothing leaves a host that is only looked at")


def _is_sbs(settings: Settings) -> bool:
    return "Small Business" in PROFILES[settings["profile"]].windows.caption


def _server(directory: Directory, version: str, entry: Mapping[str, Any]) -> ExchangeServer:
    """Setup calls the role EdgeTransport; Exchange itself prints it as Edge."""
    name = str(entry["name"])
    guid, dn = directory.guid("server", name, 0), directory.server_dn(name)
    roles = tuple(entry.get("roles", ("Mailbox", "ClientAccess", "HubTransport")))
    roles = tuple("Edge" if role == "EdgeTransport" else role for role in roles)
    return ExchangeServer(name, directory.domain, guid, dn, version, "Standard", roles)
