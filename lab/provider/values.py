"""Single values of a provider's plain data: each reader takes the key's name and a value, or raises SettingsError."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


class SettingsError(ValueError):
    """A provider that cannot be built: says which key, what was found and what is possible."""


def password(name: str, value: object) -> str:
    """What is wrong with a password is said without repeating it."""
    if not isinstance(value, str) or not value:
        raise SettingsError(f"mailbox {name!r}: password: a text that is not empty is expected")
    return value


def moment(name: str, value: object) -> datetime:
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


def clock(name: str, value: object) -> str | None:
    """A fixed time, or None for the real one."""
    return None if value is None else moment(name, value).isoformat()


def boolean(name: str, value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise SettingsError(f"{name}: {value!r} is neither true nor false")
    return value


def number(name: str, value: object) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SettingsError(f"{name}: {value!r} is no whole number from 0 upwards")
    return value


def texts(name: str, value: object) -> tuple[str, ...]:
    """A list of texts, none of them empty."""
    if not isinstance(value, list | tuple) or not all(isinstance(entry, str) and entry for entry in value):
        raise SettingsError(f"{name}: a list of texts is expected")
    return tuple(value)


def some_texts(name: str, value: object) -> tuple[str, ...] | None:
    """A list of texts, or None."""
    return None if value is None else texts(name, value)


def names(name: str, value: object) -> tuple[str, ...]:
    """The names in a certificate."""
    found = texts(name, value)
    if not found:
        raise SettingsError(f"{name}: a certificate needs at least one name")
    return found


def some_names(name: str, value: object) -> tuple[str, ...] | None:
    """The names in a certificate, or None."""
    return None if value is None else names(name, value)
