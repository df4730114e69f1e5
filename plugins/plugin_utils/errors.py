# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The errors of the engine, one small tree.

    MailflowError          something an administrator has to act on; carries its reasons
    +-- InputRefused        the declaration cannot be carried out; nothing was written
    +-- HostRefused        the host is not one that may be touched, or is not in a state for this declaration
        +-- Busy               another run is at work on it; nothing was read or written
        +-- NotTried           a noun waits for another one, which has failed; nothing of it was written
        +-- ServerChanged      another server answers than before; nothing more may be sent
    +-- AgentFailed        the agent's answer cannot be used: cut, garbled, of another protocol
        +-- AnsweredInPart     its process ended before it had answered every step; holds what it had answered
        +-- NoReply            its process ended, and nothing of an answer came
        +-- RequestTooLarge    a step that no call can carry; nothing was sent
    +-- StepFailed         a step of a plan failed on the host
    +-- Unreachable        no connection came about; nothing was read or written
    +-- ConnectionLost     the connection broke while something ran; what took effect is reported
        +-- NotStarted         the host's PowerShell ended before it did anything, as far as it says
    +-- TimedOut           the action's own time-out ended it
    +-- LedgerFailed       the controller's ledger cannot be read or written

Every reason says where, what was found, what was expected and what to do. The sentences themselves stand in
messages, so that they can be translated in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from .request import Reply


@dataclass(frozen=True)
class Reason:
    """One thing that is wrong: where it is, what was found there, what was expected, what to do."""

    where: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; expected {self.expected}. {self.remedy}"

    def as_data(self) -> dict[str, str]:
        """The reason as plain data for a task's result."""
        return {"where": self.where, "found": self.found, "expected": self.expected, "remedy": self.remedy}


class MailflowError(Exception):
    """Base of all errors of the engine; ``reasons`` holds everything that was found at once."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("\n".join(str(reason) for reason in reasons))
        self.reasons = reasons


class InputRefused(MailflowError):
    """The declaration contradicts itself, Exchange, the provider or the account age; nothing was written."""


class HostRefused(MailflowError):
    """The host is no supported Exchange server, or its state forbids the plan; nothing was written."""


class Busy(HostRefused):
    """Another run holds the host; nothing was written."""


class NotTried(HostRefused):
    """A noun's plan waits for another noun, which has failed."""


class ServerChanged(HostRefused):
    """Another server has answered in one session than before."""


class AgentFailed(MailflowError):
    """No usable answer came from the agent."""


class AnsweredInPart(AgentFailed):
    """A process ended before it had answered every step. ``reply``: a result for each step of the request; those that
    it took with it have failed."""

    def __init__(self, *reasons: Reason, reply: Reply) -> None:
        super().__init__(*reasons)
        self.reply = reply


class NoReply(AgentFailed):
    """A process ended without a word of the agent."""


class RequestTooLarge(AgentFailed):
    """A step is larger than one call may be; nothing was sent."""


class StepFailed(MailflowError):
    """A step of a plan failed on the host, or reading back shows another state than was asked for."""


class Unreachable(MailflowError):
    """No connection to the host came about. ``said``: what is to be read of its nouns all the same."""

    said: tuple[str, ...] = ()


class ConnectionLost(MailflowError):
    """The connection broke while a command ran; the command may have taken effect. ``host_says``: how, in short.
    ``remedy``: what to do about the cause, where it is known."""

    def __init__(self, *reasons: Reason, host_says: str = "", remedy: str = "") -> None:
        super().__init__(*reasons)
        self.host_says = host_says
        self.remedy = remedy


class NotStarted(ConnectionLost):
    """The PowerShell that was to run the agent ended without it; its first reason says why."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*reasons, host_says=reasons[0].found, remedy=reasons[0].remedy)


class TimedOut(MailflowError):
    """The action's time-out ran out; its shell was closed. ``heard``: what the process had said by then."""

    heard: bytes = b""


class LedgerFailed(MailflowError):
    """The ledger on the controller is corrupt, of another version, or cannot be written; it is left as it is."""


def refusal_of(reasons: Iterable[Reason], kind: type[MailflowError] = InputRefused) -> MailflowError | None:
    """The error of that kind with all reasons; None where there is none."""
    found = tuple(reasons)
    return kind(*found) if found else None


def refuse(reasons: Iterable[Reason]) -> None:
    """Raise InputRefused with all reasons, if there is any."""
    if error := refusal_of(reasons):
        raise error


def collect(reasons: list[Reason], parse: Callable[..., Any], *arguments: Any) -> Any:
    """What a parser makes of its arguments; where it refuses them, None, and its reasons are kept instead of raised."""
    try:
        return parse(*arguments)
    except InputRefused as refused:
        reasons.extend(refused.reasons)
        return None
