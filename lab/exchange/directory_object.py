"""What every object of the directory shows, whatever its kind."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Stored(Protocol):
    """An object as the directory keeps it; times are UTC."""

    @property
    def DistinguishedName(self) -> str: ...
    @property
    def Guid(self) -> str: ...
    @property
    def WhenChanged(self) -> datetime: ...
    @property
    def WhenCreated(self) -> datetime: ...


def read_back(stored: Stored, identity: str) -> dict[str, object]:
    """Its place, its GUID and its times, in plain values; ``identity`` is by what Exchange calls it."""
    changed, created = wire_time(stored.WhenChanged), wire_time(stored.WhenCreated)
    return {
        "DistinguishedName": stored.DistinguishedName,
        "Guid": stored.Guid,
        "Id": identity,
        "Identity": identity,
        "IsValid": True,
        "WhenChanged": changed,
        "WhenChangedUTC": changed,
        "WhenCreated": created,
        "WhenCreatedUTC": created,
    }


def wire_time(moment: datetime) -> str:
    """A moment (UTC) as the wire page writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
