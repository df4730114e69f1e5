# Copyright (c) 2026 the sbs.mailflow maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether somebody on the way could read what a WinRM connection carries: its login, and the passwords in a request.

Ansible's plugin and pywinrm connect that way without a word, so it is looked at before.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from urllib.request import getproxies, proxy_bypass

from ..errors import HostRefused
from ..messages import notice_of, reason_of
from .causes import CLEAR_LOGIN, Way

ENCRYPTING = ("ntlm", "kerberos", "credssp")
"""The transports that encrypt what they carry by themselves, unless they are told never to."""
HTTP_PORT = 5985
_NAMED = {"host": "remote_addr", "path": "path", "user": "remote_user"}
"""What the sentences about a failed connection name, and the plugin's options for it."""


@dataclass(frozen=True)
class WinrmOptions:
    """What the connection plugin makes of its variables, whatever they are called and wherever they stand."""

    scheme: str
    transports: tuple[str, ...]
    message_encryption: str = "auto"
    validates: bool = True
    certificate: bool = False
    declared: bool = True
    """Whether a transport is declared: otherwise Ansible chooses one."""

    def check(self, where: str) -> tuple[str, ...]:
        """Notices about it. Raises HostRefused where it carries anything in the clear."""
        names = ", ".join(self.transports)
        if not self.declared:
            names = notice_of("transport_left_out", transport=names)
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
    declared = bool(transports)
    if not declared:
        named = "@" in str(connection.get_option("remote_user") or "")
        transports = ["kerberos" if named else "ssl" if scheme == "https" else "plaintext"]
    return WinrmOptions(
        scheme=_word(scheme),
        transports=tuple(map(_word, transports)),
        message_encryption=_word(extras.get("ansible_winrm_message_encryption", "auto")),
        validates=_word(extras.get("ansible_winrm_server_cert_validation", "validate")) == "validate",
        certificate=bool(extras.get("ansible_winrm_cert_pem")),
        declared=declared,
    )


def way_of(connection: Any, is_open: bool) -> Way:
    """The connection, as far as the causes of a failure differ by it; what it does not tell is left out."""
    with suppress(Exception):
        options = winrm_options(connection)
        values = {name: connection.get_option(option) for name, option in _NAMED.items()}
        values |= {"port": connection.get_option("port"), "scheme": options.scheme}
        return Way(is_open, options.transports, options.declared, _proxy(connection, options.scheme), values)
    return Way(is_open)


def _proxy(connection: Any, scheme: str) -> str:
    """The proxy that the connection takes, without its login; none where it is told to take none."""
    extras = connection.get_option("_extras") or {}
    found = extras.get("ansible_winrm_proxy", "legacy_requests")
    if found == "legacy_requests":
        host, proxies = str(connection.get_option("remote_addr")), getproxies()
        found = "" if proxy_bypass(host) else proxies.get(scheme) or proxies.get("all")
    return str(found or "").rpartition("@")[2].rpartition("//")[2]


def secrets_of_proxy(connection: Any) -> list[str]:
    """The passwords in the addresses of a connection's proxy and of the environment's, as they stand there and as they
    are meant."""
    declared = (connection.get_option("_extras") or {}).get("ansible_winrm_proxy")
    found = [secret for address in (declared, *getproxies().values()) for secret in _passwords_in(str(address or ""))]
    return list(dict.fromkeys(found))


def _passwords_in(address: str) -> list[str]:
    login = address.rpartition("@")[0].rpartition("//")[2] if "//" not in address.rpartition("@")[2] else ""
    password = login.partition(":")[2]
    return [password, unquote(password)] if password else []


def _word(value: Any) -> str:
    return str(value).strip().lower()
