"""TLS as a client of Windows Server 2008 R2 speaks it: its suites and curve, and the versions that it is told.

Suites: Microsoft, "TLS Cipher Suites in Windows 7" (after KB3042058), in its order, without DSS, 3DES, RC4 and NULL,
which OpenSSL has no more. Of its two curves Python's ssl can offer one.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUITES: Final = (
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-SHA",
    "DHE-RSA-AES128-SHA",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-SHA256",
    "AES128-SHA256",
    "AES256-SHA",
    "AES128-SHA",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-ECDSA-AES128-SHA",
)
CURVE: Final = "prime256v1"
VERSIONS: Final = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
OPENSSL_CONFIG: Final = f"""openssl_conf = host
[host]
ssl_conf = tls
[tls]
system_default = schannel
[schannel]
MinProtocol = TLSv1
CipherString = {":".join(SUITES)}:@SECLEVEL=0
Groups = {CURVE}
"""
"""Suites and curve for a program that goes by OpenSSL's configuration."""
NAMES: Final = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}
"""Versions as Python calls them."""


class NothingInCommon(OSError):
    """This side has no version of TLS for the other one."""


@dataclass(frozen=True)
class TlsClient:
    """What a program of the host offers (``1.0``, oldest first), and whom the host trusts (PEM; None: nobody)."""

    versions: tuple[str, ...]
    ca_file: Path | None = None

    def shake_hands(self, plain: socket.socket, name: str, verified: bool = False) -> ssl.SSLSocket:
        """Encrypt a connection; ``verified``: only with whom the host trusts, whatever his name. Raises OSError.

        A hello names the newest version only: what comes of it may be one between, which is switched off.
        """
        if not self.versions:
            raise NothingInCommon("no version of TLS is switched on")
        encrypted = self._context(verified).wrap_socket(plain, server_hostname=name)
        if version_of(encrypted) not in self.versions:
            encrypted.close()
            raise NothingInCommon(f"{encrypted.version()} is switched off")
        return encrypted

    def _context(self, verified: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED if verified else ssl.CERT_NONE
        context.set_ciphers(f"{':'.join(SUITES)}:@SECLEVEL=0")
        context.set_ecdh_curve(CURVE)
        offer(context, self.versions)
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context


def version_of(encrypted: ssl.SSLSocket) -> str:
    """The version that was agreed on."""
    return NAMES[encrypted.version() or ""]


def offer(context: ssl.SSLContext, versions: Sequence[str]) -> None:
    """From the oldest to the newest of these; what is older than 1.2 needs ciphers at OpenSSL's level 0."""
    context.minimum_version, context.maximum_version = VERSIONS[min(versions)], VERSIONS[max(versions)]
