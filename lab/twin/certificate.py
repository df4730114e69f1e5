"""Judges a server's certificate as .NET's SslStream does, as far as the lab's own authority issues such."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

_SHORT = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COUNTRY_NAME: "C",
    NameOID.LOCALITY_NAME: "L",
    NameOID.STATE_OR_PROVINCE_NAME: "S",
}
_NEEDS_QUOTES = set(',+="\n<>#;')


@dataclass(frozen=True)
class Verdict:
    """The certificate in .NET's words; ``problem`` None: the host would trust it for that server."""

    subject: str
    issuer: str
    not_after: str
    problem: str | None
    chain: tuple[str, ...]


def judge(der: bytes, server: str, trusted: Path | None) -> Verdict:
    """Judge the certificate of ``server``; trusted is what the authority in that PEM file has issued itself."""
    certificate = x509.load_der_x509_certificate(der)
    chain = tuple(_chain_problems(certificate, trusted))
    problems = [] if _is_for(certificate, server) else ["RemoteCertificateNameMismatch"]
    if chain:
        problems.append("RemoteCertificateChainErrors")
    return Verdict(
        subject=_name(certificate.subject),
        issuer=_name(certificate.issuer),
        not_after=f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}",
        problem=", ".join(problems) or None,
        chain=chain,
    )


def _chain_problems(certificate: x509.Certificate, trusted: Path | None) -> list[str]:
    now = datetime.now(UTC)
    found = []
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        found.append("NotTimeValid")
    if trusted is None or not _issued_by(certificate, x509.load_pem_x509_certificate(trusted.read_bytes())):
        found.append("PartialChain")
    return found


def _issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_for(certificate: x509.Certificate, server: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(server) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return any(_covers(name.lower(), server.lower()) for name in names.get_values_for_type(x509.DNSName))


def _covers(name: str, server: str) -> bool:
    """A star stands for the first label."""
    return name == server or (name.startswith("*.") and name[2:] == server.partition(".")[2])


def _name(name: x509.Name) -> str:
    """``CN=mx.example, O=Example``: the last part first, odd values in quotation marks."""
    return ", ".join(f"{_SHORT.get(part.oid, part.oid.dotted_string)}={_value(part)}" for part in reversed(list(name)))


def _value(part: x509.NameAttribute[str | bytes]) -> str:
    value = str(part.value)
    if not _NEEDS_QUOTES & set(value) and value == value.strip():
        return value
    return '"' + value.replace('"', '""') + '"'
