"""``Read-Pop3Records``: the masked file, what each stored password is equal to, the service, the backups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lab.exchange.host import Output
from lab.pop3 import Pop3Host
from lab.twin.agent import Agent, Given, unreadable
from lab.twin.files import open_file, packed, sha256, utc
from lab.twin.pop3_file import RecordsText, Secret, backups, path_of
from lab.twin.pop3_secrets import unprotect
from lab.twin.pop3_service import interrupted, service_of, service_shown

Candidates = Mapping[str, list[tuple[int, str]]]
"""Passwords by their user name, each with its number."""


def read_pop3_records(agent: Agent, given: Given) -> Output:
    """``Read-Pop3Records``; see docs/wire.md."""
    candidates, pop3 = given.get("Candidates") or [], agent.machine.pop3
    if not isinstance(candidates, list):
        raise unreadable("Candidates is no list.")
    with pop3.lock:
        path, service = path_of(given), service_of(given)
        return [
            {
                **_file(pop3, path, _candidates(candidates), given.get("Content", True)),
                "Service": service_shown(pop3, service),
                "Interrupted": interrupted(pop3, path),
                "Backups": [
                    {"Name": backup.name, "Length": len(backup.data), "LastWriteTime": utc(backup.written)}
                    for backup in backups(pop3, path)
                ],
            }
        ]


def _file(pop3: Pop3Host, path: str, wanted: Candidates, content: bool) -> dict[str, object]:
    file = pop3.files.find(path)
    found: dict[str, object] = {"Path": path, "Exists": file is not None}
    found |= {"Length": None, "Sha256": None, "Masked": None, "Secrets": []}
    if file is not None:
        data = open_file(pop3, path)
        found |= {"Length": len(data), "Sha256": sha256(data)}
        if content:
            text = RecordsText(data)
            found |= {"Masked": packed(text.masked), "Secrets": _Secrets(pop3, text, wanted).shown()}
    return found


class _Secrets:
    """What may be said of the secrets of one file."""

    def __init__(self, pop3: Pop3Host, text: RecordsText, wanted: Candidates) -> None:
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
        plain = unprotect(self._pop3.dpapi, secret.value, entropy)
        equal = [] if plain is None else self._equal(secret, plain)
        return {"Entropy": secret.entropy, "Readable": plain is not None, "Equal": equal}

    def _equal(self, secret: Secret, plain: bytes) -> list[int]:
        username = self._usernames.get(secret.block)
        candidates = [] if username is None else self._wanted.get(_fold(username), [])
        return [index for index, password in candidates if password.encode("utf-16-le", "surrogatepass") == plain]


def _candidates(given: Sequence[Any]) -> Candidates:
    wanted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for index, one in enumerate(given):
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in ("Username", "Password")):
            raise unreadable(f"Candidate {index} lacks its Username or its Password.")
        wanted[_fold(one["Username"])].append((index, one["Password"]))
    return wanted


def _fold(name: str) -> str:
    """For .NET's OrdinalIgnoreCase: every character by itself."""
    return "".join(upper if len(upper := character.upper()) == 1 else character for character in name)
