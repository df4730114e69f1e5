# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a host: its accounts file with all secrets masked, the connector's service, and who else fetches."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import AgentFailed, HostRefused
from ..lenient import is_of
from ..messages import notice_of, reason_of
from ..request import Reply, Step
from . import collectors
from .desired import ConnectorPlace
from .key_map import KeyMap
from .mailbox import AccountKey
from .records import ENTROPY, PASSWORD, PORT, SERVER, USERNAME, Block, Line, Records, parse
from .task import HostTask, host_task

T = TypeVar("T")

READ_ID = "read_records"
SELECT = ("Path", "Exists", "Length", "Sha256", "Masked", "Secrets", "Service", "Interrupted", "Backups")
FILE = "pop3records.dat"
DIFFERENT, SAME, UNREADABLE, UNDECLARED = "different", "same", "unreadable", "undeclared"


@dataclass(frozen=True)
class Secret:
    """Where a secret value stands in the file (bytes). ``entropy`` is the number of the one a password was encrypted
    with; ``equal`` the numbers of the declared passwords that it is."""

    key: str
    offset: int
    length: int
    entropy: int | None = None
    readable: bool | None = None
    equal: frozenset[int] = frozenset()

    @property
    def place(self) -> dict[str, int]:
        """The place as the agent takes it."""
        return {"Offset": self.offset, "Length": self.length}


@dataclass(frozen=True)
class HostAccount:
    """One account of the file; ``password`` is None where it has no or several lines for one."""

    block: Block
    identity: AccountKey
    password: Secret | None

    def value(self, key: str) -> str | None:
        """The value of the one line with that key."""
        line = self.block.line(key)
        return None if line is None else line.value

    @property
    def opens(self) -> bool:
        """Whether the stored password opens on this computer, so that the connector can log in with it."""
        return self.password is not None and self.password.readable is True

    def password_state(self, candidate: int | None) -> str:
        """How the stored password compares with the declared one of that number."""
        if candidate is None:
            return UNDECLARED
        if self.password is None or self.password.readable is not True:
            return UNREADABLE
        return SAME if candidate in self.password.equal else DIFFERENT

    def as_data(self, key_map: KeyMap, candidate: int | None) -> dict[str, Any]:
        """The account for a task's result."""
        mapped = {
            option: None if (text := self.value(each.key)) is None else each.shown(text)
            for option, each in key_map.options.items()
        }
        return {**self.identity._asdict(), **mapped, "password": self.password_state(candidate), "opens": self.opens}


@dataclass(frozen=True)
class Service:
    """The connector's service; ``status`` None where there is none of that name."""

    name: str
    exists: bool
    status: str | None = None


@dataclass(frozen=True)
class State:
    """What was read. ``records`` is None where there is no file; ``interrupted`` the text of a marker that a write left
    behind which never came to its end."""

    where: str
    path: str
    records: Records | None
    sha256: str | None
    length: int
    secrets: tuple[Secret, ...]
    service: Service
    interrupted: str | None = None
    backups: tuple[Mapping[str, Any], ...] = ()
    collectors: tuple[collectors.FoundCollector, ...] = ()
    task: HostTask | None = None
    accounts: tuple[HostAccount, ...] = field(default=())

    @property
    def file(self) -> str:
        """The file's bare name."""
        return bare_name(self.path)

    @property
    def backup_names(self) -> tuple[str, ...]:
        """The backups beside the file, the newest last."""
        return tuple(str(each.get("Name")) for each in self.backups)


def bare_name(path: str | None) -> str:
    """The name of a file on the host without its folder; of None that of the usual file."""
    return (path or "").replace("/", "\\").rsplit("\\", 1)[-1] or FILE


def read_step(place: ConnectorPlace, candidates: Sequence[tuple[str, str]] = ()) -> Step:
    """The step that reads file and service. ``candidates``: user name and secret's name of each declared password."""
    listed = [{"Username": name, "Password": {"$secret": secret}} for name, secret in candidates]
    more = {"Candidates": listed} if listed else {}
    return Step(READ_ID, "Read-Pop3Records", {**place.parameters(), **more}, SELECT)


def outside_step(place: ConnectorPlace, select: Sequence[str] = SELECT, step_id: str = READ_ID) -> Step:
    """The step that reads all but the file's content, and so works whatever that is."""
    return Step(step_id, "Read-Pop3Records", {**place.parameters(), "Content": False}, tuple(select), always=True)


def parse_state(reply: Reply, where: str, place: ConnectorPlace, content: bool = True) -> State:
    """The state of a reply. Raises HostRefused for a file that cannot be kept, AgentFailed for a reply that is none.

    ``content`` is false where the file was read from outside alone: then there are no ``records``.
    """
    try:
        return _state(reply, where, place, content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise AgentFailed(reason_of("reply_cut", where)) from error


def _state(reply: Reply, where: str, place: ConnectorPlace, content: bool) -> State:
    reported = reply.result(READ_ID).output[0]
    told_service = reported["Service"] or {}
    records, secrets = None, tuple(_secret(each) for each in reported["Secrets"] or ())
    if any(each.entropy is not None and not 0 <= each.entropy < len(secrets) for each in secrets):
        raise ValueError("an entropy that is not there")
    if reported["Exists"] and content:
        data = base64.b64decode(reported["Masked"], validate=True)
        if len(data) != reported["Length"]:
            raise ValueError("masked bytes of another length")
        records = parse(data, where)
        if records.damage:
            named = ", ".join(str(each["Name"]) for each in reported["Backups"] or ()) or notice_of(
                "pop3_no_backup_there"
            )
            raise HostRefused(reason_of("pop3_file_damaged", where, what=notice_of(records.damage), backups=named))
    return State(
        where,
        str(reported["Path"] or FILE),
        records,
        _one(str, reported["Sha256"]),
        int(reported["Length"] or 0),
        secrets,
        Service(str(told_service.get("Name") or place.service_name), *_service(told_service)),
        _one(str, reported["Interrupted"]),
        tuple(dict(each) for each in reported["Backups"] or ()),
        collectors.found(reply, place.service_name),
        host_task(reply),
        _accounts(records, secrets) if records else (),
    )


def _service(reported: Mapping[str, Any]) -> tuple[bool, str | None]:
    return bool(reported.get("Exists")), _one(str, reported.get("Status"))


def _one(kind: type[T], value: Any) -> T | None:
    """A value of that type, or none. Raises TypeError."""
    if value is None or is_of(kind, value):
        return value  # type: ignore[no-any-return]
    raise TypeError(f"no {kind.__name__}")


def _secret(reported: Mapping[str, Any]) -> Secret:
    return Secret(
        str(reported["Key"]),
        int(reported["Offset"]),
        int(reported["Length"]),
        _one(int, reported.get("Entropy")),
        _one(bool, reported.get("Readable")),
        frozenset(int(each) for each in reported.get("Equal") or ()),
    )


def _accounts(records: Records, secrets: Sequence[Secret]) -> tuple[HostAccount, ...]:
    by_offset = {each.offset: each for each in secrets if each.key == PASSWORD}
    return tuple(
        HostAccount(block, _identity(block), _password(block, records, by_offset)) for block in records.accounts
    )


def _identity(block: Block) -> AccountKey:
    """Server, port and user name; of a line that is there twice the first, so that the account can be named."""
    found = [block.lines_of(key) for key in (SERVER, PORT, USERNAME)]
    return AccountKey(*(lines[0].value if lines else "" for lines in found))


def _password(block: Block, records: Records, by_offset: Mapping[int, Secret]) -> Secret | None:
    line = block.line(PASSWORD)
    return None if line is None else by_offset.get(secret_offset(line, records))


def secret_offset(line: Line, records: Records) -> int:
    """Where the value of a secret's line begins: right behind its colon, blanks included."""
    return line.offset + len(f"{line.key}:".encode(records.encoding.name))


def entropy_of(secrets: Sequence[Secret], secret: Secret | None) -> Secret | None:
    """The entropy that a password is encrypted with, unless it is none or empty."""
    if secret is None or secret.entropy is None:
        return None
    found = secrets[secret.entropy]
    return found if found.key == ENTROPY and found.length else None
