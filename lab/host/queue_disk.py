"""The volume of the queue database: how full it is, and the back pressure that this makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from lab.host.event_log import TRANSPORT, Event
from lab.host.state import StateError

PRESSURES: Final = ("Normal", "Medium", "High")


@dataclass(frozen=True)
class QueueDisk:
    """From ``medium_percent`` used on pressure is Medium, from ``high_percent`` on High.

    Microsoft computes the two of the size of the disk, and EdgeTransport.exe.config may say others.
    """

    size_gb: float = 500
    used_percent: float = 40
    medium_percent: float = 97
    high_percent: float = 99
    volume: str = "C:"

    @property
    def size(self) -> int:
        """In bytes."""
        return int(self.size_gb * 2**30)

    @property
    def free(self) -> int:
        """In bytes."""
        return int(self.size * (100 - self.used_percent) / 100)

    @property
    def pressure(self) -> str:
        """One of ``PRESSURES``."""
        if self.used_percent >= self.high_percent:
            return "High"
        return "Medium" if self.used_percent >= self.medium_percent else "Normal"

    def changed(self, wish: object) -> QueueDisk:
        """With some of it changed. Raises StateError."""
        known = self.__dataclass_fields__
        if not isinstance(wish, Mapping) or set(wish) - set(known):
            raise StateError(f"queue_disk: a mapping with some of {sorted(known)} is expected")
        for name, value in wish.items():
            if name != "volume" and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
                raise StateError(f"queue_disk: {name}: {value!r} is no number from 0 upwards")
        made = QueueDisk(**{**{name: getattr(self, name) for name in known}, **wish})
        if made.used_percent > 100:
            raise StateError(f"queue_disk: used_percent: {made.used_percent} is more than 100")
        return made


def events_of(before: str, after: str, now: datetime) -> list[Event]:
    """What the transport service logs where the pressure changes: 15004 up, 15005 down, 15006 nothing is taken.

    15007 is the same as 15006 for memory, of which there is enough here.
    """
    if before == after:
        return []
    rises = PRESSURES.index(after) > PRESSURES.index(before)
    logged = [Event(now, TRANSPORT, 15004, "Warning") if rises else Event(now, TRANSPORT, 15005, "Information")]
    if after == "High":
        logged.append(Event(now, TRANSPORT, 15006, "Error"))
    return logged


def as_data(disk: QueueDisk) -> dict[str, Any]:
    """JSON-able."""
    return {"volume": disk.volume, "size": disk.size, "free": disk.free, "pressure": disk.pressure}
