"""How the agent itself says no, and the checks that it shares."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """The agent itself says no: the message, and one of the wire page's codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def as_error(self) -> dict[str, Any]:
        """The ``error`` of a result; no exception of the host stands behind it."""
        return {"message": self.message, "type": None, "category": None, "error_id": None, "code": self.code}


def unreadable(message: str) -> Refusal:
    """A parameter has a value that the function cannot use."""
    return Refusal("parameter_unreadable", message)


def check_range(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise Refusal for a number out of its range."""
    if not lowest <= value <= highest:
        raise unreadable(f"{name} is {value}; it must be from {lowest} through {highest}.")
