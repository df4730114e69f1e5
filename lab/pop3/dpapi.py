"""The data protection of one simulated Windows: authenticated encryption that no other machine can undo."""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MARK: Final = b"LABDPAPI"
_NONCE: Final = 12


class DataProtectionError(Exception):
    """The blob cannot be read here: of another machine, with another entropy, or no blob at all."""


class DataProtection:
    """``ProtectedData`` in the scope LocalMachine: a key per machine, randomised, the entropy goes into the seal."""

    def __init__(self) -> None:
        self._cipher = AESGCM(AESGCM.generate_key(bit_length=256))

    def protect(self, plain: bytes, entropy: bytes) -> bytes:
        """A new blob; never the same one twice."""
        nonce = os.urandom(_NONCE)
        return _MARK + nonce + self._cipher.encrypt(nonce, plain, entropy)

    def unprotect(self, blob: bytes, entropy: bytes) -> bytes:
        """What is in the blob. Raises DataProtectionError."""
        nonce, sealed = blob[len(_MARK) :][:_NONCE], blob[len(_MARK) + _NONCE :]
        if not blob.startswith(_MARK) or len(nonce) < _NONCE:
            raise DataProtectionError("The data is invalid.")
        try:
            return self._cipher.decrypt(nonce, sealed, entropy)
        except InvalidTag:
            raise DataProtectionError("Key not valid for use in specified state.") from None
