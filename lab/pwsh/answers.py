"""What the simulated machine answers to the stand-ins."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from lab.exchange import contract
from lab.exchange.conversion import ConversionError, RangeError, convert
from lab.exchange.errors import CmdletError
from lab.exchange.texts import text
from lab.exchange.values import Credential
from lab.host.machine import SimulatedMachine
from lab.pwsh import windows
from lab.pwsh.typed import typed_object
from lab.pwsh.wmi import UnknownFilter, instances

_PAGE = 200
"""Objects that a stand-in is told at once, so that it need not hold all of them."""


class Answers:
    """The questions by their name, ``op``. Thread-safe, as the machine is. ``further``: those of other parts."""

    def __init__(
        self,
        machine: SimulatedMachine,
        further: Mapping[str, Callable[[Mapping[str, Any], threading.Event], Any]] | None = None,
    ) -> None:
        self._machine = machine
        self._rests: dict[str, Iterator[Mapping[str, object]]] = {}
        self._ops: dict[str, Callable[[Mapping[str, Any], threading.Event], Any]] = {
            "invoke": self._invoke,
            "more": self._more,
            "convert": self._convert,
            "wmi": self._wmi,
            "events": self._events,
            "host": self._host,
            "open_session": self._open_session,
            **(further or {}),
        }

    def to(self, question: Mapping[str, Any], cancelled: threading.Event) -> Any:
        """The answer as JSON can hold it. Raises CmdletError as the host would, KeyError for an unknown question."""
        return self._ops[question["op"]](question, cancelled)

    def _invoke(self, question: Mapping[str, Any], cancelled: threading.Event) -> dict[str, Any]:
        """Run an Exchange cmdlet; its objects with the types that they have on a host, and what it warns of."""
        parameters = {name: _from_stand_in(value) for name, value in question["parameters"].items()}
        warnings: list[str] = []
        found = self._machine.invoke(question["command"], parameters, cancelled, warnings)
        return {**self._page(iter(found)), "warnings": [f"={one}" for one in warnings]}

    def _page(self, found: Iterator[Mapping[str, object]]) -> dict[str, Any]:
        """The next objects, and where there may be more of them the name under which to ask; as Exchange reads them."""
        objects = [typed_object(one) for one in islice(found, _PAGE)]
        if len(objects) < _PAGE:
            return {"objects": objects, "rest": None}
        name = secrets.token_hex(8)
        self._rests[name] = found
        return {"objects": objects, "rest": name}

    def _more(self, question: Mapping[str, Any], cancelled: threading.Event) -> dict[str, Any]:
        return self._page(self._rests.pop(question["rest"]))

    def _convert(self, question: Mapping[str, Any], cancelled: threading.Event) -> str | None:
        """Why a parameter's type does not take a value; None where it does.

        A value outside its range is another matter, which the cmdlet itself refuses.
        """
        cmdlet = contract.load()[question["command"]]
        try:
            convert(cmdlet.parameters[question["parameter"]], _from_stand_in(question["value"]))
        except ConversionError as error:
            return error.reason.render(self._machine.language)
        except RangeError:
            pass
        return None

    def _wmi(self, question: Mapping[str, Any], cancelled: threading.Event) -> list[dict[str, Any]] | None:
        """Instances of a WMI class; with ``facts`` that is what reading the host's facts means here."""
        if question["facts"]:
            self._machine.host_facts(cancelled)
        try:
            return instances(self._machine, question["class"], question["filter"])
        except UnknownFilter as error:
            raise CmdletError(str(error), "System.NotSupportedException", "NotImplemented", "UnknownFilter") from None

    def _events(self, question: Mapping[str, Any], cancelled: threading.Event) -> list[dict[str, Any]]:
        """The application log, newest first."""
        return [
            {"time": f"={event.time.isoformat()}", "source": event.source, "id": event.id, "kind": event.kind}
            for event in reversed(self._machine.events())
        ]

    def _host(self, question: Mapping[str, Any], cancelled: threading.Event) -> dict[str, Any]:
        facts, edition = self._machine.facts(), self._machine.profile.exchange
        return {
            "registry": self._machine.registry,
            "wsman": windows.wsman(facts),
            "snapins": windows.snapins(facts),
            "snapin_fails": self._machine.snapin_fails,
            "snapin_dies": bool(edition and edition.dies),
            "clock": f"={facts['Clock']['Utc']}",
        }

    def _open_session(self, question: Mapping[str, Any], cancelled: threading.Event) -> str:
        login = _from_stand_in(question["credential"])
        if not isinstance(login, Credential) or not self._machine.lets_in(login):
            denied = text("endpoint_denied", host=self._machine.fqdn).render(self._machine.language)
            transport = "System.Management.Automation.Remoting.PSRemotingTransportException"
            raise CmdletError(denied, transport, "OpenError", "AccessDenied,PSSessionOpenFailed")
        return self._machine.fqdn


def _from_stand_in(value: Any) -> Any:
    if isinstance(value, dict) and "$credential" in value:
        return Credential(**value["$credential"])
    return value
