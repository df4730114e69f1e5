"""What the tests of the transport server share: the server as a host prints it, and a small host in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.sbs.mailflow.plugins.plugin_utils.request import Reply, StepResult
from ansible_collections.sbs.mailflow.plugins.plugin_utils.send_connector.state import SendConnector
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.desired import parse_desired
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.settings import SETTINGS
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.state import (
    READ_STEP,
    State,
    TransportServer,
    find_server,
)
from ansible_collections.sbs.mailflow.plugins.plugin_utils.transport.subject import TransportSubject
from lab.host.machine import SimulatedMachine
from tests.unit.plugin_utils.run.examples import FakeHost

LOGS = "C:\\Program Files\\Microsoft\\Exchange Server\\V14\\TransportRoles\\Logs"


def _untouched() -> dict[str, Any]:
    german = SimulatedMachine.from_state("sbs2011_german").organisation
    assert german is not None
    (shown,) = german.invoke("Get-TransportServer", {"Identity": "SBS"})
    return {row.prop: shown[row.prop] for row in SETTINGS}


DEFAULTS = _untouched()
"""A server as Exchange 2010 begins, on a German Windows."""


def printed(name: str = "SBS", **changes: Any) -> dict[str, Any]:
    """A server as a host prints it."""
    assert set(changes) <= set(DEFAULTS)
    return {"Name": name, **DEFAULTS, **changes}


def server(**changes: Any) -> TransportServer:
    """A server as the engine reads it."""
    found = find_server([printed(**changes)], "SBS")
    assert found is not None
    return found


def state(connector: SendConnector | None = None, **changes: Any) -> State:
    """A host as the engine reads it."""
    return State(server(**changes), connector)


def subject(**options: Any) -> TransportSubject:
    """The subject of a declaration."""
    return TransportSubject(parse_desired(options))


def reply(*servers: dict[str, Any], computer: str = "SBS") -> Reply:
    """A reply to the reading steps, on an organisation with these transport servers."""
    exchange = StepResult(
        "read_exchange_servers",
        "done",
        ({"Name": "SBS", "AdminDisplayVersion": "Version 14.3 (Build 123.4)", "ServerRole": "HubTransport"},),
    )
    return Reply("0.1.0", "2.0", computer, (exchange, StepResult(READ_STEP.id, "done", servers)))


class TransportHost(FakeHost):
    """Transport servers, and send connectors, in memory behind the wire."""

    def __init__(self, *servers: dict[str, Any], connectors: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(*connectors)
        self.servers = [dict(each) for each in servers] or [printed()]

    @property
    def own(self) -> dict[str, Any]:
        """The host's own."""
        return next(each for each in self.servers if each["Name"] == "SBS")

    def _run(self, command: str, given: dict[str, Any], secrets: dict[str, str]) -> list[dict[str, Any]]:
        if command == "Get-TransportServer":
            return self.servers
        if command != "Set-TransportServer":
            return super()._run(command, given, secrets)
        assert given.pop("Confirm") is False
        identity = given.pop("Identity")
        target = next(each for each in self.servers if each["Name"] == identity)
        target.update({name: value for name, value in given.items() if name not in self.deaf})
        return []
