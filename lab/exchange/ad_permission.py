"""Permissions on a Receive connector: accounts, the entries of an access list, and what they come to.

What each permission group gives is documented of Exchange 2010. The German names of trustees are those of a German
Windows; that Exchange's own accounts (``MS Exchange\\...``) are called the same there is assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lab.exchange.texts import Language

ANY_RECIPIENT: Final = "ms-Exch-SMTP-Accept-Any-Recipient"
"""The right to hand in mail for recipients that are not of the organisation: to relay."""
SUBMIT: Final = "ms-Exch-SMTP-Submit"
"""The right to hand in mail at all."""
_ANY_SENDER: Final = "ms-Exch-SMTP-Accept-Any-Sender"
_OWN_SENDER: Final = "ms-Exch-SMTP-Accept-Authoritative-Domain-Sender"
_FLAG: Final = "ms-Exch-SMTP-Accept-Authentication-Flag"
_EXCH50: Final = "ms-Exch-SMTP-Accept-Exch50"
_NO_ANTI_SPAM: Final = "ms-Exch-Bypass-Anti-Spam"
_NO_SIZE_LIMIT: Final = "ms-Exch-Bypass-Message-Size-Limit"
_ROUTING: Final = "ms-Exch-Accept-Headers-Routing"
_FOREST: Final = "ms-Exch-Accept-Headers-Forest"
_ORGANISATION: Final = "ms-Exch-Accept-Headers-Organization"

EXTENDED_RIGHTS: Final = (
    ANY_RECIPIENT,
    SUBMIT,
    _ANY_SENDER,
    _OWN_SENDER,
    _FLAG,
    _EXCH50,
    _NO_ANTI_SPAM,
    _NO_SIZE_LIMIT,
    _ROUTING,
    _FOREST,
    _ORGANISATION,
)
"""The rights that an entry on a Receive connector can be about, by the names that Exchange prints."""


@dataclass(frozen=True)
class Trustee:
    """Whoever an entry is for. ``sid`` is None for Exchange's own accounts, which Windows does not know."""

    name: str
    german: str = ""
    sid: str | None = None

    def display(self, language: Language) -> str:
        """As a host of that language prints it."""
        return self.german if language == "de" and self.german else self.name


ANONYMOUS: Final = Trustee("NT AUTHORITY\\ANONYMOUS LOGON", "NT-AUTORITÄT\\ANONYMOUS-ANMELDUNG", "S-1-5-7")
AUTHENTICATED: Final = Trustee(
    "NT AUTHORITY\\Authenticated Users", "NT-AUTORITÄT\\Authentifizierte Benutzer", "S-1-5-11"
)
HUBS: Final = Trustee("MS Exchange\\Hub Transport Servers")
EDGES: Final = Trustee("MS Exchange\\Edge Transport Servers")
SECURED: Final = Trustee("MS Exchange\\Externally Secured Servers")
LEGACY: Final = Trustee("MS Exchange\\Legacy Exchange Servers")
PARTNERS: Final = Trustee("MS Exchange\\Partner Servers")
WELL_KNOWN: Final = (ANONYMOUS, AUTHENTICATED, HUBS, EDGES, SECURED, LEGACY, PARTNERS)

_OF_SERVERS: Final = (SUBMIT, _ANY_SENDER, ANY_RECIPIENT, _OWN_SENDER, _FLAG, _NO_ANTI_SPAM, _ROUTING, _EXCH50)
_INSIDE: Final = (*_OF_SERVERS, _NO_SIZE_LIMIT, _FOREST, _ORGANISATION)
_GROUPS: Final[dict[str, dict[Trustee, tuple[str, ...]]]] = {
    "AnonymousUsers": {ANONYMOUS: (SUBMIT, _ANY_SENDER, _OWN_SENDER, _ROUTING)},
    "ExchangeUsers": {AUTHENTICATED: (SUBMIT, ANY_RECIPIENT, _NO_ANTI_SPAM, _ROUTING)},
    "ExchangeServers": {HUBS: _INSIDE, EDGES: _INSIDE, SECURED: _OF_SERVERS},
    "ExchangeLegacyServers": {LEGACY: _OF_SERVERS},
    "Partners": {PARTNERS: (SUBMIT, _ROUTING)},
}


@dataclass(frozen=True)
class PermissionEntry:
    """One entry: the account may (or, with ``deny``, may not) use the right; ``inherited`` from above."""

    trustee: Trustee
    right: str
    deny: bool = False
    inherited: bool = False


Permissions = tuple[PermissionEntry, ...]


def group_entries(groups: Iterable[str]) -> Permissions:
    """What permission groups put on a connector."""
    return tuple(
        PermissionEntry(trustee, right)
        for group in groups
        for trustee, rights in _GROUPS.get(group, {}).items()
        for right in rights
    )


def with_groups(entries: Permissions, before: Iterable[str], after: Iterable[str]) -> Permissions:
    """The access list once PermissionGroups is set: entries that no group has put there stay (assumed)."""
    gone, new = set(group_entries(before)), group_entries(after)
    kept = tuple(entry for entry in entries if entry not in gone and entry not in new)
    return (*new, *kept)


def shown_groups(entries: Permissions) -> str:
    """What an access list reads back as: the groups all of whose entries are there, and Custom where others are.

    That entries which no group gives show as Custom is assumed.
    """
    own = {entry for entry in entries if not entry.inherited}
    whole = [group for group in _GROUPS if own.issuperset(group_entries([group]))]
    rest = own - set(group_entries(whole))
    return ", ".join([*whole, *(["Custom"] if rest else [])]) or "None"


def allows(entries: Permissions, trustees: Iterable[Trustee], right: str) -> bool:
    """Whether one who is all of these accounts has the right, as Windows decides it.

    The object's own entries come before inherited ones, and what denies before what allows.
    """
    who = set(trustees)
    about = [entry for entry in entries if entry.right == right and entry.trustee in who]
    first = min(about, key=lambda entry: (entry.inherited, not entry.deny), default=None)
    return first is not None and not first.deny
