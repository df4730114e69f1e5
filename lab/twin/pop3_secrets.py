"""Stored passwords of the accounts file: opened, and closed again, with the host's own key."""

from __future__ import annotations

from lab.pop3.dpapi import DataProtection, DataProtectionError
from lab.twin.files import from_base64, packed


def unprotect(dpapi: DataProtection, blob: str, entropy: str) -> bytes | None:
    """What a password stands for; None where it cannot be opened."""
    try:
        return dpapi.unprotect(from_base64(blob), from_base64(entropy))
    except (DataProtectionError, ValueError):
        return None


def protect(dpapi: DataProtection, password: str, entropy: bytes) -> str:
    """A password as it is stored."""
    return packed(dpapi.protect(password.encode("utf-16-le", "surrogatepass"), entropy))
