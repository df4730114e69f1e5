"""What the tests of the POP3 connector share: accounts files of several shapes."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace

ENTROPY = "UW7kHdQ2Zb0pXr5Tn1Lv8w=="
BLOB = "AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAAodd7engineonlyKupferblob"


@dataclass(frozen=True)
class Shape:
    """One form that the file may have. ``before`` and ``after``: further keys around Server to Password."""

    name: str
    codec: str = "utf-8"
    bom: bytes = b""
    end: str = "\r\n"
    marker: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ("Mailbox:{mailbox}", "UseSsl:{ssl}", "LogonType:{logon}")
    entropy_each: bool = False
    head: tuple[str, ...] = ()
    tail: tuple[str, ...] = ("SmtpServer:", "Server:localhost", "Port:25", "Username:", "Password:", "-")
    last_end: bool = True


SHAPES = (
    Shape("plain"),
    Shape("marker with a value", marker="{n}"),
    Shape(
        "extra keys before and after",
        before=("Id:{n}",),
        after=("Mailbox:{mailbox}", "UseSsl:{ssl}", "LogonType:{logon}", "Flags:7"),
    ),
    Shape("entropy in each record", entropy_each=True),
    Shape("utf-8 with bom", bom=codecs.BOM_UTF8),
    Shape("utf-16le with bom, lf", codec="utf-16-le", bom=codecs.BOM_UTF16_LE, end="\n"),
    Shape("lf", end="\n"),
    Shape("cr", end="\r"),
    Shape("unknown blocks", head=("Schedule:15", "x", "-"), tail=("Other:1", "-", "loose: end")),
    Shape("no end behind the last line", tail=(), last_end=False),
)


def account(n: int = 1, **values: str) -> dict[str, str]:
    """One account as the file has it."""
    return {
        "server": "pop3.strato.de",
        "port": "995",
        "username": f"user{n}@beispiel.de",
        "mailbox": f"user{n}@nt4admins.local",
        "ssl": "True",
        "logon": "0",
        "password": BLOB + f"{n:04}",
        **values,
    }


def text_of(shape: Shape, *accounts: dict[str, str]) -> str:
    """The file's text."""
    lines = [*shape.head] + ([] if shape.entropy_each else [f"Entropy:{ENTROPY}"])
    for n, each in enumerate(accounts, 1):
        known = {**each, "n": str(n)}
        lines += [] if not shape.entropy_each else [f"Entropy:{ENTROPY}"]
        lines += [line.format(**known) for line in (*shape.before, f"Pop3Account:{shape.marker}")]
        lines += [f"Server:{each['server']}", f"Port:{each['port']}", f"Username:{each['username']}"]
        lines += [f"Password:{each['password']}", *(line.format(**known) for line in shape.after), "-"]
    lines += shape.tail
    text = "".join(line + shape.end for line in lines)
    return text if shape.last_end else text[: -len(shape.end)]


def data_of(shape: Shape, *accounts: dict[str, str]) -> bytes:
    """The file's bytes."""
    return shape.bom + text_of(shape, *accounts).encode(shape.codec)


def without(shape: Shape, *keys: str) -> Shape:
    """The shape without some of its further keys."""
    return replace(shape, after=tuple(line for line in shape.after if line.split(":")[0] not in keys))
