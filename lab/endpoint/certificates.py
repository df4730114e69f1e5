"""The lab's own certificate authority and the certificate of its https listeners."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme


class Certificates:
    """One CA and one server certificate (RSA, as a 2008 R2 host has) for 127.0.0.1 and localhost."""

    def __init__(self, ca_file: Path) -> None:
        authority = trustme.CA(organization_name="sbs.mailflow lab")
        certificate = authority.issue_cert("127.0.0.1", "localhost", key_type=trustme.KeyType.RSA)
        authority.cert_pem.write_to_path(str(ca_file))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        certificate.configure_cert(self.context)
