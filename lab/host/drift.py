"""What changes on a host behind Ansible's back."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from lab.exchange.address_state import KEYS as ADDRESS_KEYS
from lab.exchange.organisation import Organisation
from lab.exchange.queues import QueueEngine
from lab.exchange.send_connector import SendConnector
from lab.host.building import RECEIVING_KEYS, change_receiving, checked, state_errors
from lab.host.state import StateError
from lab.host.windows import HostWindows, read_addresses
from lab.pop3 import Pop3Host
from lab.pop3.host import merge_or_remove
from lab.pop3.services import Services

Changes = Mapping[str, Any]
_EXCHANGE = {"send_connectors", "receive_connectors", "remove", "transport_servers", *RECEIVING_KEYS, *ADDRESS_KEYS}
_POP3 = {"pop3_connector", "services", "tasks"}
_WINDOWS = {"registry", "queue_disk", "events", "own_addresses"}
_AROUND = {"router", "scanners", "collectors"}
_CHANGEABLE = {"clock", "delivery", "restart_transport", "reboot", *_EXCHANGE, *_POP3, *_WINDOWS, *_AROUND}


def check_keys(changes: Changes) -> None:
    """Raise StateError for a key that no host has."""
    unknown = set(changes) - _CHANGEABLE
    if unknown:
        raise StateError(f"change: unknown keys {sorted(unknown)}; possible are {sorted(_CHANGEABLE)}")


def change_pop3(pop3: Pop3Host, changes: Changes) -> None:
    """Change connector, services and tasks; then maybe half done (StateError)."""
    with state_errors():
        if "pop3_connector" in changes:
            pop3.change(changes["pop3_connector"])
        for store, entries in ((pop3.services, "services"), (pop3.tasks, "tasks")):
            for entry in changes.get(entries, []):
                merge_or_remove(store, entry)


def replace_services(services: Services, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """Take those away that are no more, add those that are new; what was there stays as it is. Raises ValueError."""
    names = {each["name"] for each in after}
    for gone in (each["name"] for each in before if each["name"] not in names):
        services.remove(gone)
    for new in (each for each in after if services.find(each["name"]) is None):
        services.merge(new)


def change_windows(windows: HostWindows, changes: Changes) -> None:
    """Change registry, disk and events; with StateError maybe half done."""
    keys = changes.get("registry", {})
    if not all(isinstance(values, Mapping) for values in keys.values()):
        raise StateError("registry: the values of each key are a mapping")
    if "queue_disk" in changes:
        windows.change_disk(changes["queue_disk"])
    if "own_addresses" in changes:
        windows.own_addresses = read_addresses(changes["own_addresses"])
    windows.add_events(changes.get("events", []))
    for key, values in keys.items():
        windows.registry.write(key, values)


def change_delivery(queues: QueueEngine, wish: object) -> bool | None:
    """``true``, ``false`` or assumptions by name with ``running`` among them; whether mail is delivered from now on."""
    assumptions = {"running": wish} if isinstance(wish, bool) else wish
    if not isinstance(assumptions, Mapping) or not isinstance(assumptions.get("running", True), bool):
        raise StateError("delivery: true, false or a mapping of assumptions is expected; running is true or false")
    try:
        queues.assumptions.change({name: value for name, value in assumptions.items() if name != "running"})
    except ValueError as error:
        raise StateError(str(error)) from error
    return assumptions.get("running")


def change_exchange(organisation: Organisation | None, changes: Changes) -> None:
    """All that is Exchange's or, with StateError, nothing."""
    if not changes.keys() & _EXCHANGE:
        return
    if organisation is None:
        raise StateError("change: this host has no simulated Exchange")
    connectors, servers = organisation.connectors, organisation.transport_servers
    before = copy.deepcopy((connectors.all, servers.settings))
    receiving = (
        organisation.receive_connectors.all,
        organisation.recipient_filter.settings,
        organisation.certificates.all,
    )
    try:
        with organisation.addresses.all_or_nothing():
            organisation.addresses.change(changes, checked)
            _change_transport(organisation, changes)
    except StateError:
        connectors.all, servers.settings = before
        organisation.receive_connectors.all, organisation.recipient_filter.settings = receiving[:2]
        organisation.certificates.all = receiving[2]
        raise


def _change_transport(organisation: Organisation, changes: Changes) -> None:
    connectors, servers = organisation.connectors, organisation.transport_servers
    for name in changes.get("remove", []):
        gone = _connector(organisation, name)
        connectors.all = [other for other in connectors.all if other is not gone]
    for properties in changes.get("send_connectors", []):
        _merge(organisation, properties)
    for properties in changes.get("transport_servers", []):
        checked("transport server", servers.edit, properties)
    for properties in changes.get("receive_connectors", []):
        checked("receive connector", organisation.receive_connectors.edit, properties)
    change_receiving(organisation, changes)


def _merge(organisation: Organisation, properties: dict[str, Any]) -> None:
    collection = organisation.connectors
    if any(connector.Name == properties.get("Name") for connector in collection.all):
        connector = _connector(organisation, properties["Name"])
        checked("send connector", lambda given: collection.edit(connector, given), properties)
    else:
        checked("send connector", collection.add, properties)


def _connector(organisation: Organisation, name: str) -> SendConnector:
    found = [connector for connector in organisation.connectors.all if connector.Name == name]
    if len(found) != 1:
        raise StateError(f"change: {len(found)} connectors are named {name!r}, exactly one is expected")
    return found[0]
