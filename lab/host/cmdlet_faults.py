"""Failures and delays of single cmdlets that a test has ordered in advance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class _Fault:
    command: str
    after: int
    times: int
    message: str | None
    seconds: float


@dataclass(frozen=True)
class Ordered:
    """What one call of a cmdlet meets: a delay in seconds, and whether it fails; ``message`` None = the usual text."""

    seconds: float = 0.0
    fails: bool = False
    message: str | None = None


class CmdletFaults:
    """Faults by command name, taken in the order in which they were ordered."""

    def __init__(self) -> None:
        self._failures: list[_Fault] = []
        self._delays: list[_Fault] = []

    def fail(self, command: str, message: str | None, times: int, after: int) -> None:
        """Let ``times`` calls of the command fail, after ``after`` more have passed."""
        self._failures.append(_Fault(command.lower(), after, times, message, 0.0))

    def delay(self, command: str, seconds: float) -> None:
        """Hold up the next call of the command."""
        self._delays.append(_Fault(command.lower(), 0, 1, None, seconds))

    def take(self, command: str) -> Ordered:
        """What this call of the command meets; using up what was ordered for it."""
        failure = _next(self._failures, command.lower())
        delay = _next(self._delays, command.lower())
        return Ordered(
            seconds=delay.seconds if delay else 0.0,
            fails=failure is not None,
            message=failure.message if failure else None,
        )


def _next(faults: list[_Fault], command: str) -> _Fault | None:
    for fault in faults:
        if fault.command != command:
            continue
        if fault.after:
            fault.after -= 1
            return None
        fault.times -= 1
        if not fault.times:
            faults.remove(fault)
        return fault
    return None
