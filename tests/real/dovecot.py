"""A Dovecot of its own: logins for Postfix, and POP3, from one folder, on ports of the loopback."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .processes import ServerProcess, free_port

_MAIL_USER: Final = 65534  # nobody, as whom all mailboxes are read
_CONF: Final = """
protocols = pop3
base_dir = {folder}/run
log_path = {folder}/dovecot.log
listen = 127.0.0.1, 127.0.0.2
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = {least_tls}
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_max_userip_connections = {most_connections}
pop3_lock_session = yes
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={user} home={folder}/mail/%u
}}
service auth {{
  unix_listener auth-postfix {{
    path = auth-postfix
    mode = 0666
  }}
  inet_listener {{
    address = 127.0.0.1
    port = {sasl}
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {pop3_plain}
  }}
  inet_listener pop3s {{
    port = {pop3}
  }}
}}
# Without it every login waits the longer, the more were refused to that address before.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


@dataclass(frozen=True)
class User:
    """A mailbox: its password, the messages in it, further fields of its line in the passwd-file (``nologin``)."""

    password: str
    messages: tuple[bytes, ...] = ()
    fields: str = ""


@dataclass
class Dovecot:
    """Listens between ``start`` and ``close``. ``ports`` has ``pop3`` (TLS first), ``pop3_plain`` (STLS), ``sasl``."""

    folder: Path
    users: Mapping[str, User]
    certificate: Path
    key: Path
    least_tls: str = "TLSv1.2"
    most_connections: int = 10
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.process: ServerProcess | None = None
        for name in ("pop3", "pop3_plain", "sasl"):
            self.ports.setdefault(name, free_port())
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        (self.folder / "dovecot.conf").write_text(self._conf(), encoding="utf-8")
        self.database_back()
        for name, user in self.users.items():
            self._fill(name, user.messages)

    def __enter__(self) -> Dovecot:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it; on return it takes connections."""
        command = [shutil.which("dovecot") or "dovecot", "-F", "-c", str(self.folder / "dovecot.conf")]
        log, ports = self.folder / "dovecot.log", list(self.ports.values())
        self.process = ServerProcess("Dovecot", command, log, ports, " starting up ")

    def close(self) -> None:
        """End it."""
        if self.process:
            self.process.close()
            self.process = None

    def database_gone(self) -> None:
        """Nobody's login can be looked up any more."""
        self._write_users("", 0o000)

    def database_back(self) -> None:
        """Logins can be looked up."""
        self._write_users("".join(_line(*each) for each in self.users.items()), 0o644)

    def _write_users(self, lines: str, mode: int) -> None:
        made = self.folder / "users.new"
        made.write_text(lines, encoding="utf-8")
        made.chmod(mode)
        made.rename(self.folder / "users")

    def waiting(self, name: str) -> int:
        """How many messages are in a mailbox."""
        return sum(len(list((self._maildir(name) / part).glob("*"))) for part in ("new", "cur"))

    def _maildir(self, name: str) -> Path:
        return self.folder / "mail" / name / "Maildir"

    def _fill(self, name: str, messages: tuple[bytes, ...]) -> None:
        for part in ("new", "cur", "tmp"):
            (self._maildir(name) / part).mkdir(parents=True, exist_ok=True)
        for number, message in enumerate(messages):
            (self._maildir(name) / "new" / f"{1700000000 + number}.M{number}P1.localhost").write_bytes(message)
        for path in [self.folder / "mail", *(self.folder / "mail").rglob("*")]:
            os.chown(path, _MAIL_USER, _MAIL_USER)

    def _conf(self) -> str:
        own = {"folder": self.folder, "certificate": self.certificate, "key": self.key, "user": _MAIL_USER}
        limits = {"least_tls": self.least_tls, "most_connections": self.most_connections}
        return _CONF.format(**own, **limits, **self.ports)


def _line(name: str, user: User) -> str:
    """A mailbox's line of the passwd-file, whatever its password is made of."""
    return f"{name}:{{PLAIN.b64}}{base64.b64encode(user.password.encode()).decode()}::::::{user.fields}\n"
