"""Dovecots in every kind of trouble that is the whole server's."""

from __future__ import annotations

import poplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import trustme

from .dovecot import Dovecot, User
from .provider import leaf_files, slug

DOVECOTS: Final[dict[str, dict[str, Any]]] = {
    "good": {},
    "no database": {},
    "a stranger": {},
    "another name": {},
    "expired": {},
    "TLS 1.3 only": {"least_tls": "TLSv1.3"},
    "one connection": {"most_connections": 1},
}


@contextmanager
def dovecots(
    folder: Path, certificates: Mapping[str, trustme.LeafCert], users: Mapping[str, User]
) -> Iterator[dict[str, Dovecot]]:
    """One for each kind of trouble that is the whole server's."""
    with ExitStack() as stack:
        started = {}
        for name, options in DOVECOTS.items():
            leaf = name if name in certificates else "good"
            files = leaf_files(folder, leaf, certificates[leaf])
            made = Dovecot(folder / slug(name), users, files[leaf], files[f"{leaf}.key"], **options)
            started[name] = stack.enter_context(made)
        started["no database"].database_gone()
        yield started


def held(server: Dovecot, address: str, ca_file: Path) -> poplib.POP3_SSL:
    """A session that somebody else has opened."""
    context = ssl.create_default_context(cafile=str(ca_file))
    session = poplib.POP3_SSL("localhost", server.ports["pop3"], context=context)
    session.encoding = "utf-8"
    session.user(address)
    session.pass_(server.users[address].password)
    return session
