"""The lab's own certificate authority and the certificates of its listeners."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import trustme


class Certificates:
    """One CA, whose certificate is written to ``ca_file``; ``context`` is that of 127.0.0.1 and localhost."""

    def __init__(self, ca_file: Path) -> None:
        self._authority = trustme.CA(organization_name="sbs.mailflow lab")
        self._authority.cert_pem.write_to_path(str(ca_file))
        # RSA, as a 2008 R2 host has.
        self.context = self.issue("127.0.0.1", "localhost", key_type=trustme.KeyType.RSA)

    def issue(self, *names: str, key_type: trustme.KeyType = trustme.KeyType.ECDSA) -> ssl.SSLContext:
        """A server's context with a new certificate for these names; ValueError for what cannot stand in one."""
        certificate = self.leaf(*names, key_type=key_type)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        certificate.configure_cert(context)
        return context

    def leaf(self, *names: str, **options: Any) -> trustme.LeafCert:
        """A new certificate for these names and its key, for a server outside of this process; the options are
        trustme's."""
        return self._authority.issue_cert(*names, **options)
