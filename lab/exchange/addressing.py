"""Everything in an organisation that decides with which addresses mail leaves, and the cmdlets for it by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lab.exchange.accepted_domains import AcceptedDomains
from lab.exchange.address_rewriting import EDGE_AGENTS, HUB_AGENTS, AddressRewriteEntries, TransportAgents
from lab.exchange.email_address_policies import EmailAddressPolicies
from lab.exchange.exchange_servers import ExchangeServers
from lab.exchange.host import ExchangeHost, Output
from lab.exchange.message_tracking import MessageTracking
from lab.exchange.recipients import Recipients

ASKS_FIRST: Final = {
    "Disable-TransportAgent",
    "Remove-AcceptedDomain",
    "Remove-AddressRewriteEntry",
    "Remove-EmailAddressPolicy",
}


class Addressing:
    """Recipients, policies, accepted domains, rewriting and the tracking log of one organisation."""

    def __init__(self, host: ExchangeHost, servers: ExchangeServers) -> None:
        self.is_edge = "Edge" in servers.local.roles
        self.domains = AcceptedDomains(host)
        self.policies = EmailAddressPolicies(host, self.domains)
        self.domains.templates = self.policies.templates
        self.recipients = Recipients(host, self.policies)
        self.rewrite_entries = AddressRewriteEntries(host)
        self.agents = TransportAgents(host, EDGE_AGENTS if self.is_edge else HUB_AGENTS)
        self.tracking = MessageTracking(host, servers)

    def cmdlets(self) -> dict[str, Callable[[dict[str, object]], Output]]:
        """Those that the local server's role has: rewriting on an Edge server alone, recipients on all others.

        That the shell of another role does not know these commands at all is assumed.
        """
        shared: dict[str, Callable[[dict[str, object]], Output]] = {
            "Get-AcceptedDomain": self.domains.get,
            "New-AcceptedDomain": self.domains.new,
            "Set-AcceptedDomain": self.domains.set,
            "Remove-AcceptedDomain": self.domains.remove,
            "Get-MessageTrackingLog": self.tracking.get,
            "Get-TransportAgent": self.agents.get,
            "Enable-TransportAgent": self.agents.enable,
            "Disable-TransportAgent": self.agents.disable,
        }
        return shared | (self._on_edge() if self.is_edge else self._inside())

    def _on_edge(self) -> dict[str, Callable[[dict[str, object]], Output]]:
        return {
            "Get-AddressRewriteEntry": self.rewrite_entries.get,
            "New-AddressRewriteEntry": self.rewrite_entries.new,
            "Set-AddressRewriteEntry": self.rewrite_entries.set,
            "Remove-AddressRewriteEntry": self.rewrite_entries.remove,
        }

    def _inside(self) -> dict[str, Callable[[dict[str, object]], Output]]:
        return {
            "Get-EmailAddressPolicy": self.policies.get,
            "New-EmailAddressPolicy": self.policies.new,
            "Set-EmailAddressPolicy": self.policies.set,
            "Remove-EmailAddressPolicy": self.policies.remove,
            **self.recipients.cmdlets(),
        }
