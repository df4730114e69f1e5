"""Faults that are ordered for one host, as data: ``{"kind": "drop", "action": "Command", "nth": 2}``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

_MESSAGE: Final = frozenset({"drop", "unauthorized", "delay", "soap_fault"})
_COMMAND: Final = frozenset({"kill_shell", "hang", "garbage", "cut_reply", "pieces", "stderr", "exit"})
_WHEN: Final = {
    "drop": ("before", "after", "answered"),
    "kill_shell": ("start", "end"),
    "hang": ("start", "end"),
}
# Further keys of each kind, and what they are when not given; None is worked out where the fault happens.
_KEYS: Final[dict[str, dict[str, Any]]] = {
    "drop": {"after": None},
    "unauthorized": {},
    "delay": {"seconds": 1.0},
    "soap_fault": {"code": 170, "message": "The requested resource is in use. "},
    "kill_shell": {},
    "hang": {},
    "garbage": {"text": "Windows PowerShell\r\nCopyright (C) 2009 Microsoft Corporation.\r\n<<<\r\n"},
    "cut_reply": {"at": None},
    "pieces": {"size": 7},
    "stderr": {"text": "#< CLIXML\r\n"},
    "exit": {"code": 1},
    "refuse_port": {"seconds": None},
    "fail_cmdlet": {"cmdlet": None, "message": None, "after": 0},
    "delay_cmdlet": {"cmdlet": None, "seconds": 1.0},
}
KINDS: Final = tuple(_KEYS)


@dataclass
class FaultOrder:
    """One order.

    ``action`` and ``command`` choose the messages it concerns (``command``: only those of the n-th Command since the
    order; for faults of commands, which Command is the first). The ``nth`` of them is the first to be hit, ``count``
    says how many are hit (0: all until cleared), ``when`` whether before or after the host has done its work.
    """

    kind: str
    action: str | None = None
    command: int | None = None
    nth: int = 1
    count: int = 1
    when: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    commands_before: int = 0
    seen: int = 0
    done: int = 0

    @classmethod
    def from_data(cls, data: dict[str, Any], commands_before: int = 0) -> FaultOrder:
        """Read one order; raises ValueError that names what is wrong."""
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in _KEYS:
            raise ValueError(f"unknown kind of fault {kind!r}; there are: {', '.join(KINDS)}")
        known = {"kind", "action", "command", "nth", "count", "when", *_KEYS[kind]}
        unknown = sorted(set(data) - known)
        if unknown:
            raise ValueError(f"fault {kind}: unknown {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
        when = data.get("when", _WHEN.get(kind, ("",))[0])
        if when not in _WHEN.get(kind, ("",)):
            raise ValueError(f"fault {kind}: when is {when!r}; possible: {', '.join(_WHEN.get(kind, ())) or 'nothing'}")
        extra = {key: data.get(key, default) for key, default in _KEYS[kind].items()}
        numbers = {key: _number(kind, data, key) for key in ("nth", "count") if key in data}
        if "cmdlet" in extra and not extra["cmdlet"]:
            raise ValueError(f"fault {kind}: cmdlet is missing, the name of one is expected")
        if kind == "drop" and extra["after"] is not None:
            # "drop after N messages": N are answered, the next one meets a closed connection.
            numbers["nth"] = _number(kind, data, "after") + 1
        command = _number(kind, data, "command") if data.get("command") is not None else None
        return cls(
            kind, data.get("action"), command, when=when, extra=extra, commands_before=commands_before, **numbers
        )

    def as_data(self) -> dict[str, Any]:
        """The order as it was given, with defaults filled in and what has been done of it."""
        chosen = {"action": self.action, "command": self.command, "when": self.when or None, **self.extra}
        given = {key: value for key, value in chosen.items() if value is not None}
        return {"kind": self.kind, **given, "nth": self.nth, "count": self.count, "done": self.done}

    @property
    def used_up(self) -> bool:
        """Whether nothing more will happen."""
        return self.count > 0 and self.done >= self.count

    def hits(self, action: str | None, command: int | None) -> bool:
        """Whether this message is hit; counts it if the order concerns it."""
        if self.action not in (None, action):
            return False
        if self.command is not None and (command is None or command - self.commands_before != self.command):
            return False
        self.seen += 1
        return self._hit()

    def hits_command(self, command: int) -> bool:
        """Whether the command of that number (of this host, from 1) is hit; counts it if so."""
        first = self.commands_before + (self.command or self.nth)
        if command < first:
            return False
        return self._hit(seen=self.nth)

    def _hit(self, seen: int | None = None) -> bool:
        if self.used_up or (self.seen if seen is None else seen) < self.nth:
            return False
        self.done += 1
        return True


def _number(kind: str, data: dict[str, Any], key: str) -> int:
    value = data[key]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"fault {kind}: {key} is {value!r}, expected a whole number from 0")
    return value


class Faults:
    """The orders of one host that have not been used up. Thread-safe."""

    def __init__(self, note: Callable[..., None]) -> None:
        self._lock = threading.Lock()
        self._orders: list[FaultOrder] = []
        self._commands = 0
        self._note = note

    def order(self, data: dict[str, Any] | None = None, **keys: Any) -> FaultOrder:
        """Place an order, as a dict or as keywords; raises ValueError."""
        with self._lock:
            order = FaultOrder.from_data({**(data or {}), **keys}, self._commands)
            self._orders.append(order)
            return order

    def pending(self) -> list[dict[str, Any]]:
        """The orders that still wait, as data."""
        with self._lock:
            return [order.as_data() for order in self._orders]

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def for_http(self, connection: int) -> list[FaultOrder]:
        """Orders that hit an HTTP request before anyone looks at it: 401 to everything."""
        with self._lock:
            concerned = [order for order in self._orders if order.kind == "unauthorized" and not _selective(order)]
            return self._carry_out([order for order in concerned if order.hits(None, None)], connection=connection)

    def for_message(self, action: str, command: int | None, connection: int) -> list[FaultOrder]:
        """Orders that hit this message. ``command``: number of the command that it speaks of, if any."""
        with self._lock:
            # A Command message speaks of the command that it is about to start.
            number = self._commands + 1 if action == "Command" else command
            kinds = [order for order in self._orders if order.kind in _MESSAGE]
            concerned = [order for order in kinds if order.kind != "unauthorized" or _selective(order)]
            hit = [order for order in concerned if order.hits(action, number)]
            return self._carry_out(hit, connection=connection, met=action)

    def for_command(self) -> tuple[int, list[FaultOrder]]:
        """Number of the command that starts now, and the orders that hit it."""
        with self._lock:
            self._commands += 1
            concerned = [order for order in self._orders if order.kind in _COMMAND]
            hit = [order for order in concerned if order.hits_command(self._commands)]
            return self._commands, self._carry_out(hit, met_command=self._commands)

    def done(self, order: FaultOrder) -> None:
        """The host has carried the order out."""
        with self._lock:
            order.done = max(order.count, 1)
            self._carry_out([order])

    def _carry_out(self, hit: list[FaultOrder], **where: Any) -> list[FaultOrder]:
        for order in hit:
            self._note(order.as_data(), **where)
        self._orders = [order for order in self._orders if not order.used_up]
        return hit


def _selective(order: FaultOrder) -> bool:
    return order.action is not None or order.command is not None
