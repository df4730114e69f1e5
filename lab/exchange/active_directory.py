"""Where the objects of a simulated organisation stand in Active Directory, and how they are named there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

_NAMESPACE = uuid.UUID("6f0c2a51-3e0b-4d0e-9b59-5d1f5a0e2010")
_GROUP = "CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups"
_CONTAINERS = {"Users", "Microsoft Exchange System Objects"}  # no organisational units, right below the domain
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

    def receive_connector_dn(self, server: str, name: str) -> str:
        """The distinguished name of a Receive connector of that server."""
        return f"CN={_escaped(name)},CN=SMTP Receive Connectors,CN=Protocols,{self.server_dn(server)}"

    def server_dn(self, name: str) -> str:
        """The distinguished name of an Exchange server."""
        return f"CN={_escaped(name)},CN=Servers,{_GROUP},{self._root()}"

    def policy_dn(self, name: str) -> str:
        """The distinguished name of an e-mail address policy."""
        return f"CN={_escaped(name)},CN=Recipient Policies,{self._root()}"

    def accepted_domain_dn(self, name: str) -> str:
        """The distinguished name of an accepted domain."""
        return f"CN={_escaped(name)},CN=Accepted Domains,CN=Transport Settings,{self._root()}"

    def rewrite_entry_dn(self, name: str) -> str:
        """The distinguished name of an address rewrite entry."""
        return f"CN={_escaped(name)},CN=Address Rewrite Configuration,CN=Transport Settings,{self._root()}"

    def recipient_dn(self, unit: str, name: str) -> str:
        """The distinguished name of an object in a unit, given by its canonical name (``nt4admins.local/Users``)."""
        path = unit.split("/")[1:]
        containers = [f"{'CN' if label in _CONTAINERS else 'OU'}={_escaped(label)}" for label in reversed(path)]
        if len(path) > 1:
            containers = [f"OU={_escaped(label)}" for label in reversed(path)]
        return ",".join([f"CN={_escaped(name)}", *containers, self._domain_dn()])

    def guid(self, kind: str, name: str, number: int) -> str:
        """A GUID that is the same in every run: from domain, kind, name and a running number."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.domain}/{kind}/{name}/{number}"))

    def _root(self) -> str:
        organisation = _escaped(self.organisation)
        return f"CN={organisation},CN=Microsoft Exchange,CN=Services,CN=Configuration,{self._domain_dn()}"

    def _domain_dn(self) -> str:
        return ",".join(f"DC={label}" for label in self.domain.split("."))


def _escaped(name: str) -> str:
    return "".join(f"\\{character}" if character in ',+"\\<>;=' else character for character in name)
