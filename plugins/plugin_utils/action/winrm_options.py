# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether somebody on the way could read what a WinRM connection carries: its login, and the passwords in a request.

Ansible's plugin and pywinrm connect that way without a word, so it is looked at before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ..errors import HostRefused
from ..messages import notice_of, reason_of

ENCRYPTING = ("ntlm", "kerberos", "credssp")
"""The transports that encrypt what they carry by themselves, unless they are told never to."""
CLEAR_LOGIN = ("basic", "plaintext", "ssl")
"""Those that send the password as it is (ssl: where it has no certificate of its own)."""
HTTP_PORT = 5985


@dataclass(frozen=True)
class WinrmOptions:
    """What the connection plugin makes of its variables, whatever they are called and wherever they stand."""

    scheme: str
    transports: tuple[str, ...]
    message_encryption: str = "auto"
    validates: bool = True
    certificate: bool = False

    def check(self, where: str) -> tuple[str, ...]:
        """Notices about it. Raises HostRefused where it carries anything in the clear."""
        names = ", ".join(self.transports)
        if self.scheme != "https":
            if self.message_encryption == "never":
                raise HostRefused(reason_of("connection_never_encrypted", where))
            if any(each not in ENCRYPTING for each in self.transports):
                raise HostRefused(reason_of("connection_in_clear", where, transport=names))
        elif not self.validates and not self.certificate and any(each in CLEAR_LOGIN for each in self.transports):
            return (notice_of("connection_to_anybody", transport=names),)
        return ()


def winrm_options(connection: Any) -> WinrmOptions:
    """The options of Ansible's winrm connection, which has templated them, by the rules of that plugin."""
    extras: Mapping[str, Any] = connection.get_option("_extras") or {}
    scheme = connection.get_option("scheme") or ("http" if connection.get_option("port") == HTTP_PORT else "https")
    transports = [each for each in connection.get_option("transport") or () if each is not None]
    if not transports:
        named = "@" in str(connection.get_option("remote_user") or "")
        transports = ["kerberos" if named else "ssl" if scheme == "https" else "plaintext"]
    return WinrmOptions(
        scheme=_word(scheme),
        transports=tuple(map(_word, transports)),
        message_encryption=_word(extras.get("ansible_winrm_message_encryption", "auto")),
        validates=_word(extras.get("ansible_winrm_server_cert_validation", "validate")) == "validate",
        certificate=bool(extras.get("ansible_winrm_cert_pem")),
    )


def secrets_of_proxy(connection: Any) -> list[str]:
    """The password in the address of a connection's proxy, as it stands there and as it is meant."""
    address = str((connection.get_option("_extras") or {}).get("ansible_winrm_proxy") or "")
    login = address.rpartition("@")[0].rpartition("//")[2] if "//" not in address.rpartition("@")[2] else ""
    password = login.partition(":")[2]
    return list(dict.fromkeys((password, unquote(password)))) if password else []


def _word(value: Any) -> str:
    return str(value).strip().lower()
