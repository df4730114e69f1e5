"""``Read-Pop3Records``: the masked file, what each stored password is equal to, the service, the backups."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from lab.exchange.errors import CmdletError
from lab.pop3 import Pop3Host
from lab.pop3.dpapi import DataProtectionError
from lab.pop3.files import HostIOError
from lab.pop3.places import split
from lab.twin.agent import Refusal, unreadable
from lab.twin.pop3_file import RecordsText, Secret

MARKER: Final = ".sbs-mailflow"


def read_records(
    pop3: Pop3Host, path: str, service: str, candidates: Sequence[Any], content: bool = True
) -> dict[str, object]:
    """The command's one object; see docs/wire.md. Raises Refusal, CmdletError."""
    wanted = _candidates(candidates)
    file = pop3.files.find(path)
    found: dict[str, object] = {"Path": path, "Exists": file is not None}
    found |= {"Length": None, "Sha256": None, "Masked": None, "Secrets": []}
    if file is not None:
        data = open_file(pop3, path)
        found |= {"Length": len(data), "Sha256": sha256(data)}
        if content:
            text = RecordsText(data)
            found |= {"Masked": packed(text.masked), "Secrets": _Secrets(pop3, text, wanted).shown()}
    return {
        **found,
        "Service": service_shown(pop3, service),
        "Interrupted": interrupted(pop3, path),
        "Backups": [
            {"Name": backup.name, "Length": len(backup.data), "LastWriteTime": utc(backup.written)}
            for backup in backups(pop3, path)
        ],
    }


class _Secrets:
    """What may be said of the secrets of one file. ``wanted``: passwords of the candidates by their user name."""

    def __init__(self, pop3: Pop3Host, text: RecordsText, wanted: Mapping[str, list[tuple[int, str]]]) -> None:
        self._pop3 = pop3
        self._text = text
        self._wanted = wanted
        self._usernames = text.usernames()

    def shown(self) -> list[dict[str, object]]:
        """One entry a secret, in the order of the file."""
        return [
            {"Key": secret.key, "Offset": secret.offset, "Length": secret.length}
            | (self._password(secret) if secret.key == "Password" else {})
            for secret in self._text.secrets
        ]

    def _password(self, secret: Secret) -> dict[str, object]:
        entropy = None if secret.entropy is None else self._text.secrets[secret.entropy].value
        if not entropy or not entropy.strip() or not secret.value.strip():
            return {"Entropy": secret.entropy, "Readable": None, "Equal": []}
        plain = self._unprotect(secret.value, entropy)
        equal = [] if plain is None else self._equal(secret, plain)
        return {"Entropy": secret.entropy, "Readable": plain is not None, "Equal": equal}

    def _unprotect(self, blob: str, entropy: str) -> bytes | None:
        try:
            return self._pop3.dpapi.unprotect(from_base64(blob), from_base64(entropy))
        except (DataProtectionError, ValueError):
            return None

    def _equal(self, secret: Secret, plain: bytes) -> list[int]:
        username = self._usernames.get(secret.block)
        candidates = [] if username is None else self._wanted.get(fold(username), [])
        return [index for index, password in candidates if password.encode("utf-16-le", "surrogatepass") == plain]


def _candidates(given: Sequence[Any]) -> dict[str, list[tuple[int, str]]]:
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for index, one in enumerate(given):
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in ("Username", "Password")):
            raise unreadable(f"Candidate {index} lacks its Username or its Password.")
        wanted[fold(one["Username"])].append((index, one["Password"]))
    return wanted


def open_file(pop3: Pop3Host, path: str) -> bytes:
    """The bytes of a file. Raises Refusal where another holds it, CmdletError where Windows says no."""
    try:
        return pop3.files.read(path)
    except HostIOError as error:
        raise as_refusal(error) from None


def as_refusal(error: HostIOError) -> Refusal | CmdletError:
    """What the agent makes of a file operation that failed."""
    if error.kind == "locked":
        return Refusal("pop3_file_locked", error.message)
    if error.kind == "missing":
        return Refusal("pop3_file_missing", error.message)
    return CmdletError(error.message, error.type, "NotSpecified", error.type.rpartition(".")[2])


def service_shown(pop3: Pop3Host, name: str) -> dict[str, object]:
    """A service in short, also one that is not there."""
    service = pop3.services.find(name)
    if service is None:
        return {"Name": name, "Exists": False, "DisplayName": None, "Status": None, "StartMode": None}
    shown = service.shown()
    return {
        "Name": shown["Name"],
        "Exists": True,
        **{key: shown[key] for key in ("DisplayName", "Status", "StartMode")},
    }


def interrupted(pop3: Pop3Host, path: str) -> str | None:
    """What the marker of a write that came to no end says."""
    marker = pop3.files.find(path + MARKER)
    return None if marker is None else marker.data.decode("ascii", "replace").strip()


def backups(pop3: Pop3Host, path: str) -> list[Any]:
    """The backups beside the file, oldest first: their names tell when."""
    folder, name = split(path)
    pattern = re.compile(re.escape(name) + r"\..*\.bak", re.IGNORECASE)
    found = [file for file in pop3.files.in_folder(folder) if pattern.fullmatch(file.name)]
    return sorted(found, key=lambda file: file.name)


def fold(name: str) -> str:
    """For .NET's OrdinalIgnoreCase: every character by itself."""
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in name)


def from_base64(text: str) -> bytes:
    """As .NET reads it, blanks left out. Raises ValueError."""
    try:
        return base64.b64decode("".join(text.split(" ")).translate({9: None}), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def packed(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode("ascii")


def sha256(data: bytes) -> str:
    """In small hexadecimal letters."""
    return hashlib.sha256(data).hexdigest()


def utc(moment: datetime) -> str:
    """As times come over the wire."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
