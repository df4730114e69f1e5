"""What the key ``pop3_connector`` of a state says; ``lab/states/sbs2011.yml`` explains every key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from lab.pop3.profiles import FILE_PROFILES, FileProfile

DISPLAY_NAME: Final = "Windows SBS POP3 Connector"
_REWRITES: Final = (None, "same", "status")
_END: Final = re.compile(r"\d+(\.\d+){3}:\d+", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
LOGONS: Final = ("basic", "spa", "apop")


class Pop3Error(ValueError):
    """A state or change of the connector that cannot be: says what is wrong."""


@dataclass(frozen=True)
class Pop3Account:
    """One account as the console asks for it. ``foreign``: its password was encrypted on another machine."""

    server: str
    port: int
    username: str
    password: str
    mailbox: str
    ssl: bool = True
    logon: str = "basic"
    foreign: bool = False

    def plain(self) -> dict[str, Any]:
        """The options that the file may hold, by name."""
        return {name: getattr(self, name) for name in ("server", "port", "username", "mailbox", "ssl", "logon")}


@dataclass(frozen=True)
class Pop3Settings:
    """A connector as a state begins it. ``file`` None: there is a file if there are accounts."""

    installed: bool
    profile: FileProfile
    accounts: tuple[Pop3Account, ...]
    file: bool | None
    service: Mapping[str, Any]
    rewrites_at_stop: str | None
    mailboxes: tuple[str, ...]
    trouble: Mapping[str, Any]
    hands_over_to: str
    loses_refused: bool
    only_these: bool
    """Whether the host has no other mailboxes than those."""


_DEFAULTS: Final[dict[str, Any]] = {
    "installed": True,
    "profile": "plain",
    "accounts": [],
    "file": None,
    "service": {},
    "rewrites_at_stop": None,
    "mailboxes": None,
    "trouble": {},
    "hands_over_to": "127.0.0.1:25",
    "loses_refused": True,
}


def read_settings(data: Mapping[str, Any] | None, installed: bool) -> Pop3Settings:
    """The settings; ``installed`` is what None stands for. Raises Pop3Error."""
    given = {**_DEFAULTS, **(data if data is not None else {"installed": installed})}
    unknown = sorted(set(given) - set(_DEFAULTS))
    if unknown:
        raise Pop3Error(f"pop3_connector: unknown keys {unknown}; possible are {sorted(_DEFAULTS)}")
    if given["profile"] not in FILE_PROFILES:
        raise Pop3Error(f"pop3_connector: profile {given['profile']!r} is none of {sorted(FILE_PROFILES)}")
    accounts = tuple(read_account(entry) for entry in given["accounts"])
    profile = FILE_PROFILES[given["profile"]]
    check_rewrites(given["rewrites_at_stop"], profile)
    mailboxes = given["mailboxes"]
    targets = tuple(dict.fromkeys(account.mailbox for account in accounts)) if mailboxes is None else tuple(mailboxes)
    return Pop3Settings(
        bool(given["installed"]),
        profile,
        accounts,
        given["file"],
        given["service"],
        given["rewrites_at_stop"],
        targets,
        given["trouble"],
        read_assumption("hands_over_to", given["hands_over_to"]),
        read_assumption("loses_refused", given["loses_refused"]),
        mailboxes is not None,
    )


def read_assumption(name: str, value: Any) -> Any:
    """Where the connector hands over to, or whether it loses what is refused there. Raises Pop3Error."""
    if name == "loses_refused" and not isinstance(value, bool):
        raise Pop3Error(f"pop3_connector: loses_refused is true or false, not {value!r}")
    if name == "hands_over_to" and not _END.fullmatch(str(value)):
        raise Pop3Error(f"pop3_connector: hands_over_to is an address with a port such as 127.0.0.1:25, not {value!r}")
    return value


def read_account(data: Mapping[str, Any]) -> Pop3Account:
    """One account. Raises Pop3Error that names what is wrong, never the password."""
    unknown = sorted(set(data) - set(Pop3Account.__dataclass_fields__))
    missing = sorted({"server", "port", "username", "password", "mailbox"} - set(data))
    if unknown or missing:
        raise Pop3Error(f"pop3_connector: an account lacks {missing} and has the unknown keys {unknown}")
    account = Pop3Account(**data)
    for name in ("server", "username", "mailbox", "password"):
        if not isinstance(getattr(account, name), str) or _CONTROL.search(getattr(account, name)):
            raise Pop3Error(f"pop3_connector: {name} of an account is a text of one line")
    if account.logon not in LOGONS or not isinstance(account.port, int):
        raise Pop3Error(f"pop3_connector: logon is one of {LOGONS}, port a number")
    return account


def check_rewrites(value: Any, profile: FileProfile) -> None:
    """Raise Pop3Error for what the service cannot do when it stops."""
    if value not in _REWRITES:
        raise Pop3Error(f"pop3_connector: rewrites_at_stop is one of {_REWRITES}, not {value!r}")
    if value == "status" and "status" not in profile.keys:
        raise Pop3Error(f"pop3_connector: profile {profile.name} has no value that changes by itself")
