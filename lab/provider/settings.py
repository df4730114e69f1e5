"""What a simulated provider is like: its mailboxes and its knobs, read strictly from plain data."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

MECHANISMS: Final = ("LOGIN", "PLAIN")
STAGES: Final = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data")
ACTIONS: Final = ("close", "hang")
_REPLY: Final = re.compile(r"[45]\d\d [\x20-\x7e]+")
_MAILBOX_KEYS: Final = frozenset({"address", "password", "created"})
_CHANGE_ONLY: Final = frozenset({"remove"})


class SettingsError(ValueError):
    """A provider that cannot be built: says which key, what was found and what is possible."""


@dataclass(frozen=True)
class Mailbox:
    """``created`` is a moment in UTC; of a bare date it is the first one of that day in UTC."""

    address: str
    created: datetime
    password: str = field(repr=False)

    def dump(self) -> dict[str, Any]:
        """JSON-able, with a hash where the password is."""
        digest = hashlib.sha256(self.password.encode()).hexdigest()
        return {"address": self.address, "created": self.created.isoformat(), "password_sha256": digest}


@dataclass(frozen=True)
class Settings:
    """All of one provider, never changed in place.

    ``sender_domains`` None: the domains of the mailboxes. ``stages`` holds, for a stage, ``close``, ``hang`` or a
    whole 4xx or 5xx reply. ``clock`` is a fixed time as ``lab.clock.Clock`` takes it, None for the real one.
    """

    mailboxes: tuple[Mailbox, ...] = ()
    sender_domains: tuple[str, ...] | None = None
    null_sender: bool = True
    young_days: int = 14
    young_per_hour: int = 5
    per_hour: int = 250
    attempts_count: bool = True
    starttls: bool = True
    auth: tuple[str, ...] = MECHANISMS
    auth_without_tls: bool = False
    refuse_logins: tuple[str, ...] = ()
    certificate_names: tuple[str, ...] = ("localhost", "127.0.0.1")
    stages: Mapping[str, str] = field(default_factory=dict)
    clock: str | None = None

    def mailbox(self, address: str) -> Mailbox | None:
        """The mailbox of that address, whatever its capitals."""
        return next((box for box in self.mailboxes if box.address.lower() == address.lower()), None)

    def takes_login(self, address: str, password: str) -> bool:
        """Whether the mailbox may log in with this password."""
        box = self.mailbox(address)
        refused = {name.lower() for name in self.refuse_logins}
        return box is not None and box.password == password and box.address.lower() not in refused

    def takes_sender(self, address: str) -> bool:
        """Whether mail may come from this address; ``""`` is the sender of bounces."""
        if not address:
            return self.null_sender
        return _domain(address) in (_own_domains(self.mailboxes) if self.sender_domains is None else self._domains())

    def limit_of(self, box: Mailbox, now: datetime) -> int:
        """How many mails an hour the mailbox may send now."""
        return self.young_per_hour if self.is_young(box, now) else self.per_hour

    def is_young(self, box: Mailbox, now: datetime) -> bool:
        """Younger than ``young_days`` times 24 hours."""
        return now - box.created < timedelta(days=self.young_days)

    def dump(self) -> dict[str, Any]:
        """All knobs, JSON-able; the mailboxes are dumped by whoever knows the time."""
        shown = {name: getattr(self, name) for name in _READERS}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()} | {
            "stages": dict(self.stages)
        }

    def _domains(self) -> set[str]:
        return {domain.lower() for domain in self.sender_domains or ()}


def read_settings(data: object) -> Settings:
    """The provider that a state's key ``provider`` describes. Raises SettingsError."""
    return _apply(Settings(), data, allowed=frozenset(_READERS) | {"mailboxes"})


def changed(settings: Settings, change: object) -> Settings:
    """The settings after a change: knobs are replaced, ``mailboxes`` merged by address, those in ``remove`` go.

    Raises SettingsError; the old settings are as they were in any case.
    """
    return _apply(settings, change, allowed=frozenset(_READERS) | {"mailboxes"} | _CHANGE_ONLY)


def _apply(settings: Settings, data: object, allowed: frozenset[str]) -> Settings:
    if not isinstance(data, Mapping):
        raise SettingsError(f"provider: a mapping is expected, found {type(data).__name__}")
    unknown = sorted(map(str, set(data) - allowed))
    if unknown:
        raise SettingsError(f"provider: unknown keys {unknown}; possible are {sorted(allowed)}")
    knobs = {name: _READERS[name](name, value) for name, value in data.items() if name in _READERS}
    boxes = _removed(settings.mailboxes, data.get("remove", []))
    return replace(settings, **knobs, mailboxes=_merged(boxes, data.get("mailboxes", [])))


def _removed(boxes: tuple[Mailbox, ...], remove: object) -> tuple[Mailbox, ...]:
    gone = {address.lower() for address in _texts("remove", remove)}
    missing = sorted(gone - {box.address.lower() for box in boxes})
    if missing:
        raise SettingsError(f"remove: no mailbox {missing[0]!r}; there are {[box.address for box in boxes]}")
    return tuple(box for box in boxes if box.address.lower() not in gone)


def _merged(boxes: tuple[Mailbox, ...], entries: object) -> tuple[Mailbox, ...]:
    if not isinstance(entries, list | tuple):
        raise SettingsError(f"mailboxes: a list is expected, found {type(entries).__name__}")
    merged = {box.address.lower(): box for box in boxes}
    seen: set[str] = set()
    for entry in entries:
        address = _address_of(entry)
        if address.lower() in seen:
            raise SettingsError(f"mailboxes: {address!r} is there twice")
        seen.add(address.lower())
        merged[address.lower()] = _mailbox(entry, merged.get(address.lower()))
    return tuple(merged.values())


def _address_of(entry: object) -> str:
    if not isinstance(entry, Mapping) or not _domain(str(entry.get("address", ""))):
        raise SettingsError("mailboxes: every entry is a mapping with an address such as info@beispiel.de")
    return str(entry["address"])


def _mailbox(entry: Mapping[str, object], known: Mailbox | None) -> Mailbox:
    """A new mailbox, which needs every key, or a known one with some of them changed."""
    name = entry["address"]
    unknown = sorted(map(str, set(entry) - _MAILBOX_KEYS))
    if unknown:
        raise SettingsError(f"mailbox {name!r}: unknown keys {unknown}; possible are {sorted(_MAILBOX_KEYS)}")
    missing = sorted(_MAILBOX_KEYS - set(entry))
    if missing and known is None:
        raise SettingsError(f"mailbox {name!r}: {', '.join(missing)} missing")
    known = known or Mailbox(str(name), datetime.now(UTC), "")
    created = _moment(f"mailbox {name!r}: created", entry.get("created", known.created))
    # The known spelling stays: the mails of the last hour are counted under it.
    return Mailbox(known.address, created, _password(str(name), entry.get("password", known.password)))


def _password(name: str, value: object) -> str:
    """What is wrong with a password is said without repeating it."""
    if not isinstance(value, str) or not value:
        raise SettingsError(f"mailbox {name!r}: password: a text that is not empty is expected")
    return value


def _moment(name: str, value: object) -> datetime:
    """A moment in UTC from a datetime with its zone, a date, or either of them as text in ISO 8601."""
    if isinstance(value, str):
        value = _parsed(name, value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise SettingsError(f"{name}: {value.isoformat()} has no time zone; write it like 2026-11-24T20:39:36Z")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise SettingsError(f"{name}: a date or a time is expected, found {type(value).__name__}")


def _parsed(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{name}: {text!r} is neither 2026-11-24 nor like 2026-11-24T20:39:36Z") from None


def _boolean(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise SettingsError(f"{name}: {value!r} is neither true nor false")
    return value


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SettingsError(f"{name}: {value!r} is no whole number from 0 upwards")
    return value


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) and entry for entry in value):
        raise SettingsError(f"{name}: a list of texts is expected")
    return tuple(value)


def _some_texts(name: str, value: object) -> tuple[str, ...] | None:
    return None if value is None else _texts(name, value)


def _names(name: str, value: object) -> tuple[str, ...]:
    names = _texts(name, value)
    if not names:
        raise SettingsError(f"{name}: a certificate needs at least one name")
    return names


def _mechanisms(name: str, value: object) -> tuple[str, ...]:
    chosen = _texts(name, value)
    if not set(chosen) <= set(MECHANISMS):
        raise SettingsError(f"{name}: {list(chosen)} holds others than {list(MECHANISMS)}")
    return chosen


def _stages(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise SettingsError(f"{name}: a mapping of stages is expected")
    for stage, action in value.items():
        if stage not in STAGES:
            raise SettingsError(f"{name}: {stage!r} is no stage; there are {', '.join(STAGES)}")
        if not isinstance(action, str) or (action not in ACTIONS and not _REPLY.fullmatch(action)):
            raise SettingsError(f"{name}: {stage}: {action!r} is neither close, hang nor a 4xx or 5xx reply")
    return dict(value)


def _clock(name: str, value: object) -> str | None:
    return None if value is None else _moment(name, value).isoformat()


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower() if "@" in address else ""


def _own_domains(boxes: tuple[Mailbox, ...]) -> set[str]:
    return {_domain(box.address) for box in boxes}


_READERS: Final[dict[str, Callable[[str, object], Any]]] = {
    "sender_domains": _some_texts,
    "null_sender": _boolean,
    "young_days": _number,
    "young_per_hour": _number,
    "per_hour": _number,
    "attempts_count": _boolean,
    "starttls": _boolean,
    "auth": _mechanisms,
    "auth_without_tls": _boolean,
    "refuse_logins": _texts,
    "certificate_names": _names,
    "stages": _stages,
    "clock": _clock,
}
