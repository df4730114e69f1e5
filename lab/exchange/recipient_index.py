"""All recipients of the organisation by everything by which Exchange looks for them. Nothing walks over them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lab.exchange.recipient import Recipient


class RecipientIndex:
    """Recipients by GUID in the order of their making, the owners of addresses, and the names of each."""

    def __init__(self) -> None:
        self._all: dict[str, Recipient] = {}
        self._owners: dict[str, dict[str, None]] = {}
        self._names: dict[str, dict[str, None]] = {}

    def __iter__(self) -> Iterator[Recipient]:
        return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    def put(self, recipient: Recipient) -> None:
        """Add it, or put it in the place of the one with its GUID."""
        if old := self._all.get(recipient.Guid):
            self._unregister(old)
        self._all[recipient.Guid] = recipient
        for key in (each.key for each in recipient.addresses):
            self._owners.setdefault(key, {})[recipient.Guid] = None
        for name in _names(recipient):
            self._names.setdefault(name, {})[recipient.Guid] = None

    def drop(self, recipient: Recipient) -> None:
        """Take it away."""
        self._unregister(recipient)
        del self._all[recipient.Guid]

    def owner_of(self, key: str, beside: str) -> Recipient | None:
        """Who else than the one with the GUID ``beside`` has an address (``ProxyAddress.key``)."""
        return next((self._all[guid] for guid in self._owners.get(key, ()) if guid != beside), None)

    def named(self, identity: str) -> list[Recipient]:
        """Whom the identity means: a GUID, canonical or distinguished name, else name, alias, display name, address."""
        wanted = identity.lower()
        if found := self._all.get(wanted.strip("{}")):
            return [found]
        found_all = [self._all[guid] for guid in self._names.get(wanted, ())]
        exact = [one for one in found_all if wanted in (one.path.lower(), one.DistinguishedName.lower())]
        return exact or found_all

    def those(self, guids: Iterable[str]) -> list[Recipient]:
        """The recipients with these GUIDs, as far as they are still there."""
        return [self._all[guid] for guid in guids if guid in self._all]

    def _unregister(self, recipient: Recipient) -> None:
        _forget(self._owners, (each.key for each in recipient.addresses), recipient.Guid)
        _forget(self._names, _names(recipient), recipient.Guid)


def _names(recipient: Recipient) -> set[str]:
    names = {
        recipient.Name,
        recipient.path,
        recipient.DistinguishedName,
        recipient.Alias,
        recipient.DisplayName,
        *(each.address for each in recipient.addresses),
    }
    return {name.lower() for name in names if name}


def _forget(index: dict[str, dict[str, None]], keys: Iterable[str], guid: str) -> None:
    for key in keys:
        entry = index[key]
        entry.pop(guid, None)
        if not entry:
            del index[key]
