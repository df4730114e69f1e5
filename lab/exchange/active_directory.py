"""Where the objects of a simulated organisation stand in Active Directory, and how they are named there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

_NAMESPACE = uuid.UUID("6f0c2a51-3e0b-4d0e-9b59-5d1f5a0e2010")
_GROUP = "CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups"
_ROUTING = "CN=Connections,CN=Exchange Routing Group (DWBGZMFD01QNBJR),CN=Routing Groups"


@dataclass(frozen=True)
class Directory:
    """The names of one organisation: ``domain`` is its DNS name, ``controller`` the FQDN of its domain controller."""

    domain: str
    organisation: str
    controller: str

    def connector_dn(self, name: str) -> str:
        """The distinguished name of a Send connector."""
        return f"CN={_escaped(name)},{_ROUTING},{_GROUP},{self._root()}"

    def server_dn(self, name: str) -> str:
        """The distinguished name of an Exchange server."""
        return f"CN={_escaped(name)},CN=Servers,{_GROUP},{self._root()}"

    def guid(self, kind: str, name: str, number: int) -> str:
        """A GUID that is the same in every run: from domain, kind, name and a running number."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.domain}/{kind}/{name}/{number}"))

    def _root(self) -> str:
        components = ",".join(f"DC={label}" for label in self.domain.split("."))
        return f"CN={_escaped(self.organisation)},CN=Microsoft Exchange,CN=Services,CN=Configuration,{components}"


def _escaped(name: str) -> str:
    return "".join(f"\\{character}" if character in ',+"\\<>;=' else character for character in name)
