"""The edits of ``Write-Pop3Records``: from the planned file's bytes to the new ones."""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from typing import Any, Final

from lab.pop3.dpapi import DataProtection
from lab.twin.agent import Refusal, unreadable
from lab.twin.files import from_base64
from lab.twin.pop3_file import RecordsText
from lab.twin.pop3_secrets import protect

_WAYS: Final = ("Data", "Copy", "Password")


def check_edits(edits: object) -> list[dict[str, Any]]:
    """The edits, as far as they can be judged without the file: shape, order, no overlap. Raises Refusal."""
    if not isinstance(edits, list) or not all(isinstance(edit, dict) for edit in edits):
        raise unreadable("Edits is no list of objects.")
    end = 0
    for number, edit in enumerate(edits):
        offset, length = _range(edit, f"Edit {number}")
        if offset < end:
            raise unreadable(f"Edit {number} begins before the one above it has ended.")
        end = offset + length
        if sum(way in edit for way in _WAYS) != 1:
            raise unreadable(f"Edit {number} has not exactly one of {', '.join(_WAYS)}.")
    return edits


def apply_edits(data: bytes, edits: Sequence[Mapping[str, Any]], dpapi: DataProtection) -> bytes:
    """The new bytes of the file. Raises Refusal, before anything is written."""
    text = RecordsText(data)
    pieces, position = [], 0
    for number, edit in enumerate(edits):
        offset, length = _range(edit, f"Edit {number}", len(data))
        pieces += [data[position:offset], _new(text, edit, dpapi, f"Edit {number}")]
        position = offset + length
    return b"".join([*pieces, data[position:]])


def _new(text: RecordsText, edit: Mapping[str, Any], dpapi: DataProtection, name: str) -> bytes:
    if "Copy" in edit:
        return _slice(text, edit["Copy"], name)
    if "Password" in edit:
        return _encrypted(text, edit, dpapi, name)
    try:
        return from_base64(edit["Data"])
    except (ValueError, AttributeError):
        raise unreadable(f"The Data of {name} is no base64.") from None


def _encrypted(text: RecordsText, edit: Mapping[str, Any], dpapi: DataProtection, name: str) -> bytes:
    password = edit["Password"]
    if not isinstance(password, str):
        raise unreadable(f"The Password of {name} is no text.")
    try:
        entropy = from_base64(_slice(text, edit.get("Entropy"), name).decode(text.codec))
    except (ValueError, binascii.Error):
        entropy = b""
    if not entropy:
        raise Refusal("pop3_entropy_missing", f"{name} points to no entropy.")
    return text.encode(protect(dpapi, password, entropy))


def _slice(text: RecordsText, place: Any, name: str) -> bytes:
    if not isinstance(place, dict):
        raise unreadable(f"{name} points to no place of the file.")
    offset, length = _range(place, name, len(text.data))
    return text.data[offset : offset + length]


def _range(place: Mapping[str, Any], name: str, size: int | None = None) -> tuple[int, int]:
    offset, length = place.get("Offset"), place.get("Length")
    for value in (offset, length):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise unreadable(f"{name} has an Offset or Length that is no number from 0.")
    assert isinstance(offset, int) and isinstance(length, int)
    if size is not None and offset + length > size:
        raise unreadable(f"{name} points behind the end of the file.")
    return offset, length
