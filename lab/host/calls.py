"""The calls of a host's cmdlets: each runs whole, one at a time, and meets what was ordered for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from lab.exchange import errors
from lab.exchange.errors import CmdletError
from lab.exchange.host import Output
from lab.exchange.texts import Language, text
from lab.host.cmdlet_faults import CmdletFaults, Ordered


class Calls:
    """``history`` has every call with the names of its parameters and what became of it."""

    def __init__(self, lock: threading.RLock, language: Language) -> None:
        self._lock = lock
        self._language = language
        self.history: list[dict[str, Any]] = []
        self.faults = CmdletFaults()

    def run(
        self,
        command: str,
        parameters: Mapping[str, object],
        cancelled: threading.Event | None,
        execute: Callable[[], Output],
    ) -> Output:
        """One call. Raises CmdletError. A delay ends early when ``cancelled`` is set."""
        ordered = self._meet(command, cancelled)
        with self._lock:
            entry = {"command": command, "parameters": sorted(parameters), "status": "failed"}
            self.history.append(entry)
            self._fail_if_ordered(command, ordered)
            output = execute()
            entry["status"] = "done"
            return output

    def meet(self, command: str, cancelled: threading.Event | None) -> None:
        """What was ordered for one of the agent's own functions happens now: a delay, a failure (CmdletError)."""
        self._fail_if_ordered(command, self._meet(command, cancelled))

    def _meet(self, command: str, cancelled: threading.Event | None) -> Ordered:
        with self._lock:
            ordered = self.faults.take(command)
        if ordered.seconds:
            (cancelled or threading.Event()).wait(ordered.seconds)
        return ordered

    def _fail_if_ordered(self, command: str, ordered: Ordered) -> None:
        if ordered.fails:
            message = ordered.message or text("ordered_failure").render(self._language)
            raise CmdletError(message, errors.LOCALIZED, "NotSpecified", f"0BADC0DE,{command}")
