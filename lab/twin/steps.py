"""Runs the steps of a request on a simulated machine, as docs/wire.md says that the agent does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from lab.exchange import contract
from lab.exchange.binding import bind_to
from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.host.machine import SimulatedMachine
from lab.twin import functions
from lab.twin.agent import Agent, Refusal
from lab.twin.exchange import ExchangeShell
from lab.twin.parameters import SecretResolver


@dataclass(frozen=True)
class Part:
    """One part of a reply: results, all warnings so far, and whether another part follows."""

    results: list[dict[str, Any]]
    warnings: list[str] = field(default_factory=list)
    more: bool = False


class Steps:
    """One request on one machine, which trusts the certificates of the authority in ``ca_file``."""

    def __init__(
        self,
        machine: SimulatedMachine,
        request: Mapping[str, Any],
        cancelled: threading.Event,
        ca_file: Path | None = None,
    ) -> None:
        self._agent = Agent(machine, cancelled, ca_file)
        self._request = request
        self._resolver = SecretResolver(self._agent, dict(request.get("secrets") or {}))
        self._exchange = ExchangeShell(self._agent, request, self._resolver)
        self._failed = False

    def run(self) -> Iterator[Part]:
        """One result per step, in the request's order: first of what needs no Exchange and comes before all that does.
        Where any command is refused, no step is run. Raises ProcessDied."""
        steps = self._request["steps"]
        refused = [step["command"] for step in steps if not _is_listed(step["command"])]
        if refused:
            yield Part([_refused(step) for step in steps])
            return
        leading = list(takewhile(lambda step: not _needs_exchange(step["command"]), steps))
        if 0 < len(leading) < len(steps):
            yield Part(self._results(leading), list(self._agent.warnings), more=True)
            steps = steps[len(leading) :]
        yield Part(self._results(steps), self._agent.warnings)

    def _results(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        results: list[dict[str, Any]] = []
        for step in steps:
            skipped = self._agent.cancelled.is_set() or (self._failed and not step.get("always"))
            results.append(_result(step, "not_tried") if skipped else self._run(step))
            self._failed = self._failed or results[-1]["status"] == "failed"
        return results

    def _run(self, step: Mapping[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        result = _result(step, "done")
        try:
            result["output"] = self._output(step)
        except (Refusal, CmdletError) as error:
            result["status"] = "failed"
            result["error"] = self._agent.as_error(error)
        result["ms"] = int((time.monotonic() - started) * 1000)
        return result

    def _output(self, step: Mapping[str, Any]) -> list[dict[str, Any]]:
        parameters = {name: self._resolver.resolve(value) for name, value in (step.get("parameters") or {}).items()}
        objects = self._invoke(step["command"], parameters)
        names = step.get("select")
        return [_select(found, names) for found in objects] if names else []

    def _invoke(self, command: str, parameters: dict[str, object]) -> Output:
        own, language = functions.find(command), self._agent.machine.language
        if own is not None:
            if own.of_exchange:
                self._exchange.load()
            return own.answer(self._agent, bind_to(own.signature, parameters, language))
        cmdlet = contract.find(command)
        assert cmdlet is not None
        self._exchange.load()
        if cmdlet.supports_should_process:
            parameters.setdefault("Confirm", False)  # nobody is there to be asked
        if "ResultSize" in cmdlet.parameters:
            parameters.setdefault("ResultSize", "Unlimited")
        return self._agent.invoke(cmdlet.name, parameters)


def _needs_exchange(command: str) -> bool:
    own = functions.find(command)
    return own is None or own.of_exchange


def _is_listed(command: str) -> bool:
    return functions.find(command) is not None or contract.find(command) is not None


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
