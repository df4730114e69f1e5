"""The bytes of a fake ``Pop3Connector.exe``: no program, but its texts lie in it as those of a managed one would."""

from __future__ import annotations

from lab.pop3.profiles import FileProfile

_OTHER = ("-downloadNow", "Retrieving messages from the POP3 server", "pop3records.dat", "Error {0} occurred.")
_FILLER = b"\x4d\x5a\x90\x00\x03\x00\x00\x00\xff\xfe\x07\x08"


def program_bytes(profile: FileProfile) -> bytes:
    """Runtime version in ASCII; every key of the profile in UTF-16LE, at even and at odd offsets."""
    keys = [line.partition(":")[0] for line in (*profile.head, *profile.account, *profile.tail) if ":" in line]
    texts = [*dict.fromkeys(keys), "SmtpServer", *_OTHER]
    heap = b"".join(_user_string(text) for text in texts)
    head = (
        _FILLER * 100 + b"BSJB\x01\x00\x01\x00\x00\x00\x00\x00\x0c\x00\x00\x00" + profile.runtime.encode() + b"\x00\x00"
    )
    far = _user_string("Far away from the keys of the file")
    return head + b"\x00\x00" + _FILLER * 20 + heap + _FILLER * 700 + far


def _user_string(text: str) -> bytes:
    """As in the #US heap: a length of one byte, UTF-16LE, one byte more; a further one now and then for the offsets."""
    written = text.encode("utf-16-le")
    return bytes([len(written) + 1]) + written + (b"\x00\x07" if len(text) % 3 else b"\x00")
