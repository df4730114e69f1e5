"""The accounts that may log in at a simulated host."""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from spnego._ntlm_raw.crypto import ntowfv1

_NO_LM_HASH: Final = "0" * 32
_NTLM_FILE_VARIABLE: Final = "NTLM_USER_FILE"
# The acceptor reads the variable of the whole process, and several labs may live in one.
_ntlm_file_lock: Final = threading.Lock()


@dataclass(frozen=True)
class Account:
    """One account of the simulated domain; answers to ``user``, ``DOMAIN\\user`` and ``user@dns.domain``."""

    user: str
    password: str = field(repr=False)
    domain: str = "NT4ADMINS"
    dns_domain: str = "nt4admins.local"

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way to write the user name."""
        return (self.user, f"{self.domain}\\{self.user}", f"{self.user}@{self.dns_domain}")

    @property
    def ntlm_names(self) -> tuple[str, ...]:
        """Name and domain as NTLM clients send them: the domain may be none, the caller's or one of the challenge's."""
        domains = ("", f"{self.domain}\\", f"{self.dns_domain}\\")
        return tuple(domain + name for domain in domains for name in (self.spellings[0], self.spellings[2]))

    def is_called(self, name: str) -> bool:
        """Whether ``name`` means this account, ignoring case."""
        return name.casefold() in {spelling.casefold() for spelling in self.spellings}


class Accounts:
    """Checks passwords (Basic) and keeps the file from which pyspnego's acceptor reads NT hashes (NTLM)."""

    def __init__(self, accounts: list[Account], ntlm_file: Path) -> None:
        self._accounts = accounts
        self._ntlm_file = ntlm_file
        lines = [_smbpasswd_line(name, one.password) for one in accounts for name in one.ntlm_names]
        ntlm_file.touch(mode=0o600)
        ntlm_file.write_text("".join(lines), encoding="utf-8")

    @property
    def domain(self) -> Account:
        """The account that tells the domain of all of them."""
        return self._accounts[0]

    def find(self, name: str) -> str | None:
        """The account's own name for what an NTLM client has sent."""
        return next((one.user for one in self._accounts if name.casefold() in map(str.casefold, one.ntlm_names)), None)

    def check(self, name: str, password: str) -> str | None:
        """The account's own name, if the password is right."""
        for account in self._accounts:
            if account.is_called(name) and hmac.compare_digest(account.password.encode(), password.encode()):
                return account.user
        return None

    @contextmanager
    def for_ntlm(self) -> Iterator[None]:
        """Let pyspnego's acceptor read this file; holds a lock of the process, so keep it short."""
        with _ntlm_file_lock:
            before = os.environ.get(_NTLM_FILE_VARIABLE)
            os.environ[_NTLM_FILE_VARIABLE] = str(self._ntlm_file)
            try:
                yield
            finally:
                if before is None:
                    del os.environ[_NTLM_FILE_VARIABLE]
                else:
                    os.environ[_NTLM_FILE_VARIABLE] = before


def _smbpasswd_line(name: str, password: str) -> str:
    """smbpasswd layout with the NT hash: no password in the file, and four times faster than hashing at each login."""
    nt_hash = ntowfv1(password).hex().upper()
    return f"{name}:1000:{_NO_LM_HASH}:{nt_hash}:[U]:LCT-00000000\n"
