"""Runs the steps of a request on a simulated machine, as docs/wire.md says that the agent does."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from lab.exchange import contract, errors
from lab.exchange.errors import CmdletError
from lab.exchange.texts import text
from lab.exchange.values import Credential
from lab.machine import SimulatedMachine

OWN_FUNCTIONS = ("Get-HostFacts",)
_TOO_NEW = 15  # the major version of Exchange 2013


class Refusal(Exception):
    """The agent itself says no: the message, and one of the wire page's codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_error(self) -> dict[str, Any]:
        """The ``error`` of a result; no exception of the host stands behind it."""
        return {"message": self.message, "type": None, "category": None, "error_id": None, "code": self.code}


class Steps:
    """One request on one machine."""

    def __init__(self, machine: SimulatedMachine, request: Mapping[str, Any], cancelled: threading.Event) -> None:
        self._machine = machine
        self._request = request
        self._cancelled = cancelled
        self._secrets: dict[str, str] = dict(request.get("secrets") or {})
        self._loaded: Refusal | bool = False

    def run(self) -> list[dict[str, Any]]:
        """One result per step, in the request's order. Where any command is refused, no step is run."""
        steps = self._request["steps"]
        refused = [step["command"] for step in steps if not _is_listed(step["command"])]
        if refused:
            return [_refused(step) for step in steps]
        results: list[dict[str, Any]] = []
        for step in steps:
            failed = any(result["status"] == "failed" for result in results)
            skipped = self._cancelled.is_set() or (failed and not step.get("always"))
            results.append(_result(step, "not_tried") if skipped else self._run(step))
        return results

    def _run(self, step: Mapping[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        result = _result(step, "done")
        try:
            result["output"] = self._output(step)
        except (Refusal, CmdletError) as error:
            result["status"] = "failed"
            result["error"] = self._error(error)
        result["ms"] = int((time.monotonic() - started) * 1000)
        return result

    def _output(self, step: Mapping[str, Any]) -> list[dict[str, Any]]:
        parameters = {name: self._resolve(value) for name, value in (step.get("parameters") or {}).items()}
        objects = self._invoke(step["command"], parameters)
        names = step.get("select")
        return [_select(found, names) for found in objects] if names else []

    def _invoke(self, command: str, parameters: dict[str, object]) -> list[dict[str, object]]:
        cmdlet = contract.find(command)
        if cmdlet is None:
            self._take_no_parameters("Get-HostFacts", parameters)
            return [self._machine.host_facts(self._cancelled)]
        self._load_exchange()
        if cmdlet.supports_should_process:
            parameters.setdefault("Confirm", False)  # nobody is there to be asked
        return self._machine.invoke(cmdlet.name, parameters, self._cancelled)

    def _take_no_parameters(self, command: str, parameters: Mapping[str, object]) -> None:
        """The agent's own functions are bound by PowerShell as any command is."""
        for name in parameters:
            unknown = text("binder_unknown", parameter=name).render(self._machine.language)
            raise CmdletError(unknown, errors.BINDING, "InvalidArgument", f"NamedParameterNotFound,{command}")

    def _load_exchange(self) -> None:
        """Load the Exchange shell once; a failure is remembered for every later step that needs it."""
        if self._loaded is False:
            try:
                self._check_exchange()
                self._loaded = True
            except Refusal as refusal:
                self._loaded = refusal
        if isinstance(self._loaded, Refusal):
            raise self._loaded

    def _check_exchange(self) -> None:
        edition, way = self._machine.profile.exchange, self._request.get("exchange")
        if edition is not None and edition.major >= _TOO_NEW:
            raise Refusal("exchange_too_new", f"Exchange {edition.version} is installed: its snap-in must not load.")
        if edition is None or edition.major < 14:
            raise Refusal("exchange_missing", "No Exchange 2010 server is installed here.")
        if way == "endpoint":
            self._check_endpoint()
        elif way != "snapin":
            raise Refusal("exchange_not_loaded", "The request does not ask for the Exchange shell.")
        elif not edition.snapin:
            raise Refusal("exchange_missing", "The snap-in of Exchange 2010 is not registered here.")

    def _check_endpoint(self) -> None:
        endpoint = self._request.get("endpoint") or {}
        credential = self._resolve(endpoint.get("credential"))
        if not isinstance(credential, Credential) or not self._machine.lets_in(credential):
            denied = text("endpoint_denied", host=self._machine.fqdn).render(self._machine.language)
            raise Refusal("exchange_not_loaded", denied)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "$secret" in value:
            return self._secret(value["$secret"])
        if "$credential" in value:
            return self._credential(value["$credential"])
        return {name: self._resolve(entry) for name, entry in value.items()}

    def _credential(self, parts: Any) -> Credential:
        if not isinstance(parts, dict) or not {"username", "password"} <= parts.keys():
            raise Refusal("parameter_unreadable", "A $credential lacks its username or its password.")
        return Credential(str(parts["username"]), str(self._resolve(parts["password"])))

    def _secret(self, name: str) -> str:
        if name not in self._secrets:
            raise Refusal("parameter_unreadable", f"A parameter names the secret '{name}', which the request lacks.")
        return self._secrets[name]

    def _error(self, error: Refusal | CmdletError) -> dict[str, Any]:
        """The error of a result; hosts like to repeat what they were given, so every secret in it is masked."""
        if isinstance(error, Refusal):
            shown = error.as_error()
        else:
            kept = {"type": error.type, "category": error.category, "error_id": error.error_id}
            shown = {"message": error.message, **kept, "code": None}
        for secret in sorted(filter(None, self._secrets.values()), key=len, reverse=True):
            shown["message"] = shown["message"].replace(secret, "********")
        return shown


def _is_listed(command: str) -> bool:
    own = {name.lower() for name in OWN_FUNCTIONS}
    return command.lower() in own or contract.find(command) is not None


def _result(step: Mapping[str, Any], status: str) -> dict[str, Any]:
    return {"id": step.get("id"), "status": status, "output": [], "error": None, "ms": 0}


def _select(found: Mapping[str, object], names: list[str]) -> dict[str, object]:
    """The wanted properties under the names that the request has for them; PowerShell does not mind capitals."""
    known = {name.lower(): value for name, value in found.items()}
    return {name: known.get(name.lower()) for name in names}


def _refused(step: Mapping[str, Any]) -> dict[str, Any]:
    result = _result(step, "not_tried")
    if not _is_listed(step["command"]):
        refusal = Refusal("command_refused", f"'{step['command']}' is not on the agent's list of commands.")
        result |= {"status": "failed", "error": refusal.as_error()}
    return result
